import random
from collections import Counter

import pytest

from babilu.group import changes as c
from babilu.group.judging import (
    ContentClaim,
    ContentVerdict,
    EarliestCopy,
    earliest_copy,
    is_in_time,
    judge_content,
)
from babilu.kernel.ids import EntryHash
from babilu.kernel.limits import DAY_MS, LATE_RECEIVED_MS, LATE_STORED_MS, STORED_AHEAD_MS
from tests.unit.group.logs import Group
from tests.unit.group.people import NOW, identity, no_entry

HOUR = LATE_STORED_MS
END = EarliestCopy(NOW, NOW)


def judge(
    group: Group,
    author: str,
    heads: tuple[EntryHash, ...],
    *,
    before: tuple[EntryHash, ...] = (),
    stored_at: int | None = NOW,
    received_at: int = NOW,
    is_post: bool = True,
    followed: EntryHash | None = None,
    reader: str = "O",
) -> ContentVerdict:
    claim = ContentClaim(identity(author), heads, before, stored_at, received_at, identity(reader), is_post)
    return judge_content(group.log, claim, {each.hash: END for each in group.log.entries}, followed)


def test_what_a_member_says_at_heads_that_are_known_is_taken() -> None:
    group = Group("A")
    assert judge(group, "A", group.log.heads) is ContentVerdict.TAKEN


def test_heads_that_are_not_known_are_waited_for() -> None:
    group = Group("A")
    assert judge(group, "A", (no_entry("x"),)) is ContentVerdict.HEADS_UNKNOWN


def test_heads_of_one_device_only_grow() -> None:
    group = Group("A")
    start = group.log.heads
    group.write("O", c.SetTitle("x"))
    assert judge(group, "A", group.log.heads, before=start) is ContentVerdict.TAKEN
    assert judge(group, "A", group.log.heads, before=group.log.heads) is ContentVerdict.TAKEN
    assert judge(group, "A", start, before=group.log.heads) is ContentVerdict.HEADS_BACK


def test_who_is_not_in_or_may_not_post_at_their_own_heads_says_nothing() -> None:
    group = Group("A", "B")
    assert judge(group, "X", group.log.heads) is ContentVerdict.NOT_IN
    group.write("O", c.SetPolicy(c.PolicyField.POSTS, False))
    assert judge(group, "A", group.log.heads) is ContentVerdict.MAY_NOT_POST
    assert judge(group, "A", group.log.heads, is_post=False) is ContentVerdict.TAKEN
    assert judge(group, "O", group.log.heads) is ContentVerdict.TAKEN


@pytest.mark.parametrize("closing", ["removed", "left", "posts", "moved"])
def test_who_names_old_heads_is_heard_for_an_hour_and_no_longer(closing: str) -> None:
    group = Group("A", "B", admins=["B"])
    old, followed = group.log.heads, None
    if closing == "removed":
        group.write("O", c.RemoveMember(identity("A")))
    elif closing == "left":
        group.write("A", c.LeaveGroup())
    elif closing == "posts":
        group.write("O", c.SetPolicy(c.PolicyField.POSTS, False))
    else:
        followed = group.write("O", c.JoinHeads()).hash

    def at(stored_at: int | None, received_at: int) -> ContentVerdict:
        return judge(group, "A", old, stored_at=stored_at, received_at=received_at, followed=followed)

    assert at(NOW + HOUR, NOW + LATE_RECEIVED_MS) is ContentVerdict.TAKEN
    assert at(NOW + HOUR + 1, NOW + HOUR + 1) is ContentVerdict.TOO_LATE
    assert at(NOW - DAY_MS, NOW + LATE_RECEIVED_MS + 1) is ContentVerdict.TOO_LATE
    assert at(None, NOW + HOUR) is ContentVerdict.TAKEN
    assert at(None, NOW + HOUR + 1) is ContentVerdict.TOO_LATE


def test_of_several_ends_of_a_grant_the_first_counts_and_of_several_grants_the_last() -> None:
    group = Group("A", "B", admins=["B"])
    old = group.log.heads
    one = group.write("O", c.RemoveMember(identity("A")), on=old)
    two = group.write("B", c.RemoveMember(identity("A")), on=old)
    copies = {each.hash: END for each in group.log.entries}
    copies[one.hash] = EarliestCopy(NOW + HOUR, NOW + HOUR)
    claim = ContentClaim(identity("A"), old, (), NOW + HOUR + 1, NOW + HOUR + 1, identity("O"))
    assert judge_content(group.log, claim, copies) is ContentVerdict.TOO_LATE
    copies[two.hash] = copies[one.hash]
    assert judge_content(group.log, claim, copies) is ContentVerdict.TAKEN


def test_somebody_whose_grant_does_not_count_has_no_hour() -> None:
    group = Group("A", admins=["A"])
    start, grant = group.log.heads, group.grant("A")
    group.write("O", c.RemoveMember(identity("A")))
    late = group.write("A", c.AddMember(c.NamedPerson(identity("X"))), on=start, grant=grant)
    assert judge(group, "X", (late.hash,)) is ContentVerdict.TOO_LATE


def test_whoever_was_let_in_is_shown_nothing_from_heads_at_which_they_were_not_in() -> None:
    group = Group("A")
    start = group.log.heads
    group.write("O", c.AddMember(c.NamedPerson(identity("N"))))
    assert judge(group, "A", start, reader="N") is ContentVerdict.NOT_MEANT
    assert judge(group, "A", group.log.heads, reader="N") is ContentVerdict.TAKEN


@pytest.mark.parametrize("closing", ["removed", "posts"])
def test_what_was_over_before_its_reader_came_back_is_over_however_late_they_learn_it(closing: str) -> None:
    group = Group("A", "N")
    old = group.log.heads
    group.write("O", c.RemoveMember(identity("N")))
    change = c.RemoveMember(identity("A")) if closing == "removed" else c.SetPolicy(c.PolicyField.POSTS, False)
    group.write("O", change)
    assert judge(group, "A", old, reader="O") is ContentVerdict.TAKEN
    group.write("O", c.AddMember(c.NamedPerson(identity("N"))))
    assert judge(group, "A", old, reader="N") is ContentVerdict.TOO_LATE


def test_a_right_that_was_given_later_is_no_coming_in() -> None:
    group = Group("A", "N")
    old = group.log.heads
    group.write("O", c.RemoveMember(identity("A")))
    group.write("O", c.AppointAdmin(identity("N")))
    assert judge(group, "A", old, reader="N") is ContentVerdict.TAKEN


def test_a_stamp_far_ahead_of_the_own_clock_is_taken_as_five_minutes_ahead() -> None:
    assert earliest_copy(None, NOW + DAY_MS, NOW) == EarliestCopy(NOW + STORED_AHEAD_MS, NOW)
    assert earliest_copy(None, None, NOW) == END
    assert earliest_copy(END, NOW - 5, NOW + 10) == EarliestCopy(NOW - 5, NOW)
    assert earliest_copy(END, NOW + 5, NOW + 10) == END


# The stored times over many readers, clocks and relays.


def latest_shown(seed: int, *, lying: bool) -> float:
    """Tell how late, in hours, what a removed writer wrote is still shown by one of several readers.

    With an honest relay it is counted from the removal; with a lying one from when the reader received it.
    """
    r = random.Random(seed)
    removed, latest = 10 * DAY_MS, 0
    for _ in range(4):
        skew, pause = r.randint(-600_000, 600_000), r.choice([0, 1_000, 30_000, 300_000])
        online = sorted(r.randint(0, 40 * DAY_MS) for _ in range(30))
        end_stored = removed + pause
        fetched = next((each for each in online if each >= end_stored), None)
        if fetched is None:
            continue
        stamp = r.choice([end_stored, end_stored + 30 * DAY_MS]) if lying else end_stored
        copy = earliest_copy(None, stamp, fetched + skew)
        for _ in range(60):
            near = r.randint(removed - HOUR, removed + 3 * HOUR)
            wrote = r.choice([near, r.randint(9 * DAY_MS, 40 * DAY_MS)])
            stored = wrote + r.choice([0, 1_000, 30_000, 300_000])
            read = next((each for each in online if each >= max(stored, fetched)), None)
            if read is None:
                continue
            said = r.choice([stored, removed - DAY_MS]) if lying else stored
            if is_in_time(copy, said, read + skew):
                latest = max(latest, wrote - fetched if lying else wrote - removed - pause)
    return latest / HOUR


def test_an_honest_relay_gives_the_removed_an_hour_and_a_lying_one_a_day() -> None:
    honest = max(latest_shown(seed, lying=False) for seed in range(200))
    lying = max(latest_shown(seed, lying=True) for seed in range(200))
    assert 0.5 < honest <= 1
    assert 2 < lying <= 24.4


def test_two_devices_of_one_person_differ_only_around_the_hour() -> None:
    seen: Counter[str] = Counter()
    for seed in range(50):
        r = random.Random(seed)
        copies = [earliest_copy(None, each, each) for each in (r.choice([0, 30_000]), r.choice([0, 300_000]))]
        for _ in range(100):
            wrote = r.randint(0, 2 * HOUR)
            lanes = [wrote + r.choice([0, 30_000, 300_000]) for _ in copies]
            shown = [is_in_time(copy, each, each) for copy, each in zip(copies, lanes, strict=True)]
            seen["same" if shown[0] == shown[1] else "differ"] += 1
            assert shown[0] == shown[1] or abs(wrote - HOUR) <= 600_000
    assert seen["differ"]
    assert seen["same"] > 8 * seen["differ"]
