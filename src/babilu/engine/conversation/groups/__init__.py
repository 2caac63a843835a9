"""Turns of groups: the same log at every member, and messages that go to whoever it lists and to nobody else."""
