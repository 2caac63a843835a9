"""Every property of groups over a few hundred random logs; `--faults` tries a million."""

from collections import Counter

import pytest

from tests.unit.group import properties as p

SEEDS = 120
UNUSUAL: dict[p.Property, tuple[str, ...]] = {
    p.whoever_was_removed_is_in_only_by_a_grant_that_knows_of_it: ("removed and in again",),
    p.who_is_out_changes_nothing: ("out by others and writing", "left and writing"),
    p.no_coalition_touches_anybody_senior_to_all_of_it: (
        "coalitions", "hidden by seniors", "coalitions of plain members", "plain members where admins pin",
    ),
    p.what_a_demoted_admin_did_beside_it_is_gone: ("spoilt and undone",),
    p.a_closed_policy_is_closed_wherever_one_writes: ("closed and tried add", "closed and tried pin"),
    p.a_device_off_the_list_does_nothing_more: ("stolen devices",),
    p.a_device_linked_later_acts: ("linked later",),
    p.nobody_else_leads_members_elsewhere: ("attacks without a ghost",),
    p.only_the_right_people_go_on: ("wrong people or settings", "left the old group afterwards"),
    p.a_stolen_device_of_the_founder_leads_nobody: ("thief",),
    p.a_group_goes_on_again_and_again: ("chains",),
    p.ghosts_undo_nothing_for_those_who_followed: ("ghosts with a plan that holds",),
    p.clients_with_parts_of_the_log_end_in_one_group: ("clients that changed over", "ghosts with a plan"),
}  # fmt: skip
"""What a search must have come upon, or it has tried nothing."""


def test_every_property_is_tried() -> None:
    assert set(UNUSUAL) == set(p.PROPERTIES)


@pytest.mark.parametrize("tried", p.PROPERTIES, ids=lambda each: each.__name__)
def test_it_holds_of_random_groups(tried: p.Property) -> None:
    seen: Counter[str] = Counter()
    for seed in range(SEEDS):
        tried(seed, seen)
    assert {each for each in UNUSUAL[tried] if not seen[each]} == set()
