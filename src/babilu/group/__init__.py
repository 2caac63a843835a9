"""Group log: what a group is, computed by each member from signed entries, the same in any order of arrival."""
