import random
from unittest import mock

import pytest

from babilu.group import changes as c
from babilu.group import intake as intake_module
from babilu.group.entries import LogEntry
from babilu.group.group_log import EntryRefused, GroupLog, Refusal
from babilu.group.intake import LogIntake
from babilu.kernel.ids import DeviceId
from tests.unit.group.logs import Group
from tests.unit.group.people import octets
from tests.unit.group.stories import a_log

ONE, OTHER = DeviceId(octets("one", 16)), DeviceId(octets("other", 16))


def row(length: int) -> tuple[LogEntry, list[LogEntry]]:
    """Give the first entry of a group, and a row of them after it."""
    group = Group("A")
    return group.first, [group.write("O", c.SetTitle(str(number))) for number in range(length)]


def test_whatever_the_order_all_are_taken_once_nothing_is_missing() -> None:
    for seed in range(30):
        log = a_log(seed).log
        first, *rest = log.entries
        random.Random(seed).shuffle(rest)
        intake = LogIntake(GroupLog(first))
        taken = [each for entry in rest for each in intake.receive(ONE, [entry]).taken]
        assert {each.hash for each in taken} == {each.hash for each in rest}
        assert (len(intake), intake.missing()) == (0, ())
        assert intake.log.state == log.state


def test_what_is_missing_is_named_once() -> None:
    first, entries = row(4)
    intake = LogIntake(GroupLog(first))
    received = intake.receive(ONE, [entries[3], entries[2], entries[3]])
    assert received.taken == ()
    assert received.missing == (entries[1].hash,)
    assert len(intake) == 2
    assert intake.receive(ONE, entries[:2]).taken == tuple(entries)


def test_what_waits_for_something_refused_is_refused_with_it() -> None:
    group = Group("A")
    bad = group.entry("A", c.SetTitle("x"))
    follows = group.entry("O", c.SetTitle("y"), on=[bad.hash])
    intake = LogIntake(group.log)
    intake.receive(ONE, [follows])
    received = intake.receive(OTHER, [bad])
    assert received.refused == (
        (bad, EntryRefused(Refusal.ADMINS_ONLY)),
        (follows, EntryRefused(Refusal.BUILDS_ON_REFUSED)),
    )
    assert len(intake) == 0


def test_a_fork_is_told_with_both_entries() -> None:
    group = Group("A")
    start = group.log.heads
    one, two = (group.entry("O", c.SetTitle(each), on=start) for each in "xy")
    assert LogIntake(group.log).receive(ONE, [one, two]).forks == ((two, one.hash),)


def test_of_one_sender_so_much_waits_and_the_oldest_makes_room() -> None:
    first, entries = row(6)
    with mock.patch.object(intake_module, "ENTRIES_WAITING_OF_ONE", 3):
        intake = LogIntake(GroupLog(first))
        intake.receive(ONE, entries[1:])
        assert len(intake) == 3
        intake.receive(OTHER, [entries[1]])
        assert len(intake) == 4
        assert intake.receive(ONE, entries[:1]).taken == tuple(entries[:2])


@pytest.mark.parametrize("limit", ["ENTRIES_WAITING", "ENTRIES_WAITING_BYTES"])
def test_in_all_so_much_waits_and_whoever_has_most_makes_room(limit: str) -> None:
    first, entries = row(8)
    most = 4 if limit == "ENTRIES_WAITING" else 4 * max(len(each.encoded.body) for each in entries)
    with mock.patch.object(intake_module, limit, most):
        intake = LogIntake(GroupLog(first))
        intake.receive(OTHER, [entries[1]])
        intake.receive(ONE, entries[2:])
        assert len(intake) == 4
        assert intake.receive(ONE, [entries[0]]).taken == tuple(entries[:2])


def test_repeating_what_waits_takes_no_more_room() -> None:
    first, entries = row(3)
    intake = LogIntake(GroupLog(first))
    for _ in range(100):
        intake.receive(ONE, entries[1:])
    assert len(intake) == 2
    assert sum(map(len, intake._for.values())) == 2
