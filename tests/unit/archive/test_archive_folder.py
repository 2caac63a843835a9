"""Tests of which daily archives stay: seven days and four weeks, and nothing else in the folder is touched."""

from datetime import UTC, datetime, timedelta

from babilu.archive.folder import archive_name, made_at, surplus

PROFILE = "alice@127.0.0.1_5050"
BEGIN = datetime(2026, 11, 2, 8, tzinfo=UTC)


def name_of(day: float, profile: str = PROFILE) -> str:
    return archive_name(profile, int((BEGIN + timedelta(days=day)).timestamp() * 1000))


def left_after(days: int) -> list[str]:
    """Make one every day, and let go what is surplus each time."""
    kept: list[str] = []
    for day in range(days):
        kept.append(name_of(day))
        gone = surplus(PROFILE, kept)
        kept = [name for name in kept if name not in gone]
    return kept


def test_seven_days_and_four_weeks_stay_of_any_number() -> None:
    kept = left_after(100)
    assert kept[-7:] == [name_of(day) for day in range(93, 100)]
    assert len(kept) == 9
    weeks = {made.isocalendar()[:2] for name in kept if (made := made_at(PROFILE, name)) is not None}
    assert len(weeks) == 4


def test_as_long_as_there_are_few_all_stay() -> None:
    assert left_after(7) == [name_of(day) for day in range(7)]


def test_of_one_day_the_newest_stays() -> None:
    assert surplus(PROFILE, [name_of(0.1), name_of(0.3), name_of(0.2)]) == [name_of(0.2), name_of(0.1)]


def test_what_is_nobody_s_or_another_profile_s_is_left_alone() -> None:
    others = ["notes.txt", name_of(0, "bob@direct"), f"{PROFILE}-20261399T000000Z.babilu", f"{PROFILE}-.babilu"]
    many = [name_of(day) for day in range(60)]
    assert not {*surplus(PROFILE, [*many, *others])} & {*others}
