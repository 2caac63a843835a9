from babilu.presentation.person_hues import HUES, hue_of

NAMES = [f"person {number}" for number in range(100)]


def test_a_name_keeps_its_hue_from_one_start_to_the_next() -> None:
    # Whoever changes these numbers gives everybody another colour.
    assert [hue_of(name) for name in ("alice", "bob", "carol", "Łukasz")] == [3, 1, 4, 7]


def test_case_changes_no_hue_and_names_are_shared_out_among_all() -> None:
    assert hue_of("BOB") == hue_of("bob")
    assert {hue_of(name) for name in NAMES} == set(range(HUES))
