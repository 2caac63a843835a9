from collections.abc import Iterator
from dataclasses import replace
from unittest import mock

import msgspec
import pytest

from babilu.group import changes as c
from babilu.group import group_log
from babilu.group.entries import LogEntry, read_kept_entry
from babilu.group.fold import LogFold
from babilu.group.group_log import (
    Admission,
    EntryBeyondLimit,
    EntryEarly,
    EntryKnown,
    EntryRefused,
    EntryTaken,
    GroupLog,
    LogLimit,
    Refusal,
)
from babilu.group.reasons import NotCounted
from babilu.identity.codec import encode_shape
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.limits import GROUP_MEMBERS
from babilu.kernel.states import GroupRole
from tests.unit.group.logs import Group, build
from tests.unit.group.people import create, device_list, identity, named, no_entry, octets, unsigned
from tests.unit.group.stories import message

OPEN = c.InitialPolicy(adds=True, pins=True)


def refusal(admission: Admission) -> Refusal:
    assert isinstance(admission, EntryRefused), admission
    return admission.reason


def reason(group: Group, entry: LogEntry) -> NotCounted | None:
    why = group.log.why_not(entry.hash)
    return None if why is None else why.reason


class TestTheDoor:
    def test_takes_an_entry_once(self) -> None:
        group = Group("A")
        entry = group.entry("O", c.SetTitle("Tea"))
        assert group.log.add(entry) == EntryTaken()
        assert group.log.add(entry) == EntryKnown()
        assert group.log.state.title == "Tea"

    def test_names_what_is_missing_before_an_entry(self) -> None:
        group, other = Group("A"), Group("A")
        other.log = GroupLog(group.first)
        one = other.write("O", c.SetTitle("one"))
        two = other.write("O", c.SetTitle("two"))
        assert group.log.add(two) == EntryEarly((one.hash,))
        assert group.log.missing((one.hash, group.first.hash)) == (one.hash,)
        assert group.log.add(one) == EntryTaken()
        assert group.log.add(two) == EntryTaken()

    def test_refuses_what_belongs_to_another_group_or_begins_this_one_again(self) -> None:
        group = Group("A")
        foreign = unsigned(
            "O", c.JoinHeads(), parents=group.log.heads, group=octets("another group"), grant=group.grant("O")
        )
        assert refusal(group.log.add(foreign)) is Refusal.ANOTHER_GROUP
        assert refusal(group.log.add(unsigned("O", create("A")))) is Refusal.ANOTHER_GROUP

    def test_refuses_a_grant_that_is_not_in_the_past_or_somebody_elses(self) -> None:
        group = Group("A", "B")
        start = group.log.heads
        appoint = group.write("O", c.AppointAdmin(identity("A")))
        grant = c.GrantName(appoint.hash, 0)
        assert refusal(group.log.add(group.entry("A", c.SetTitle("x"), on=start, grant=grant))) is Refusal.NO_GRANT
        nowhere = c.GrantName(no_entry("nowhere"), 0)
        assert refusal(group.log.add(group.entry("A", c.SetTitle("x"), grant=nowhere))) is Refusal.NO_GRANT
        assert refusal(group.log.add(group.entry("B", c.SetTitle("x"), grant=grant))) is Refusal.ANOTHERS_GRANT

    @pytest.mark.parametrize(
        "change",
        [
            c.RemoveMember(identity("B")),
            c.AppointAdmin(identity("B")),
            c.DemoteAdmin(identity("B")),
            c.SetTitle("x"),
            c.SetTopic("x"),
            c.SetPicture(b"x"),
            c.SetLifetime(60_000),
            c.SetPolicy(c.PolicyField.ADDS, True),
            c.HideMessages((message("1"),)),
            c.AddMember(named("C")),
            c.SetPin(message("1"), True),
        ],
        ids=lambda change: type(change).__name__,
    )
    def test_refuses_members_what_admins_alone_may_do(self, change: c.Change) -> None:
        group = Group("A", "B")
        assert refusal(group.log.add(group.entry("A", change))) is Refusal.ADMINS_ONLY
        assert group.log.add(group.entry("O", change)) == EntryTaken()

    def test_takes_what_everybody_may_do_with_the_entry_that_says_so(self) -> None:
        group = Group("A", "B", policy=OPEN)
        added = group.write("A", c.AddMember(named("C")), policy=group.first.hash)
        assert group.log.counts(added.hash)
        assert group.names() == {"O", "A", "B", "C"}

    def test_refuses_a_policy_that_is_about_something_else_or_not_in_the_past(self) -> None:
        group = Group("A", "B")
        start = group.log.heads
        pins = group.write("O", c.SetPolicy(c.PolicyField.PINS, True))
        add = c.AddMember(named("C"))
        assert refusal(group.log.add(group.entry("A", add, policy=pins.hash))) is Refusal.NO_POLICY
        assert refusal(group.log.add(group.entry("A", add, policy=no_entry("x")))) is Refusal.NO_POLICY
        pin = c.SetPin(message("1"), True)
        assert refusal(group.log.add(group.entry("A", pin, policy=pins.hash, on=start))) is Refusal.NO_POLICY
        assert group.log.add(group.entry("A", pin, policy=pins.hash)) == EntryTaken()

    def test_refuses_an_admins_grant_for_what_rests_on_a_policy(self) -> None:
        group = Group("A", policy=OPEN)
        add = c.AddMember(named("C"))
        assert refusal(group.log.add(group.entry("O", add, policy=group.first.hash))) is Refusal.NO_POLICY

    def test_refuses_companions_all_but_what_all_may_do(self) -> None:
        group = Group("A", "B", policy=OPEN)
        assert refusal(group.log.add(group.entry("O", c.SetTitle("x"), device="1c"))) is Refusal.COMPANION
        add = c.AddMember(named("C"))
        assert refusal(group.log.add(group.entry("O", add, device="1c"))) is Refusal.COMPANION
        group.write("A", add, policy=group.first.hash, device="1c")
        group.write("A", c.JoinHeads(), device="1c")
        group.write("A", device_list("A", 1, "1c"), device="1c")
        group.write("A", c.LeaveGroup(), device="1c")
        assert group.names() == {"O", "B", "C"}

    def test_refuses_device_lists_of_people_who_were_never_in(self) -> None:
        group = Group("A")
        assert refusal(group.log.add(group.entry("X", device_list("X", 1, "1")))) is Refusal.NEVER_IN

    def test_refuses_what_builds_on_something_refused(self) -> None:
        group = Group("A")
        bad = group.entry("A", c.SetTitle("x"))
        follows = group.entry("O", c.SetTitle("y"), on=[bad.hash])
        assert group.log.add(follows) == EntryEarly((bad.hash,))
        assert refusal(group.log.add(bad)) is Refusal.ADMINS_ONLY
        assert refusal(group.log.add(bad)) is Refusal.ADMINS_ONLY
        assert refusal(group.log.add(follows)) is Refusal.BUILDS_ON_REFUSED

    def test_a_log_begins_with_a_create_alone(self) -> None:
        group = Group("A")
        with pytest.raises(ProtocolError) as caught:
            GroupLog(group.entry("O", c.JoinHeads()))
        assert caught.value.code is ErrorCode.MALFORMED


class TestForks:
    def test_a_device_that_shows_two_logs_is_named_with_both(self) -> None:
        group = Group("A")
        start = group.log.heads
        one = group.entry("O", c.SetTitle("one"), on=start)
        two = group.entry("O", c.SetTitle("two"), on=start)
        assert group.log.add(one) == EntryTaken()
        assert group.log.add(two) == EntryTaken(fork=one.hash)
        (device, both), *rest = group.log.forks().items()
        assert device == (identity("O"), one.device)
        assert set(both) == {one.hash, two.hash}
        assert not rest

    @pytest.mark.parametrize("attempt", range(20))
    def test_a_device_that_cannot_name_all_ends_names_those_that_know_its_own_entries(self, attempt: int) -> None:
        group = Group("A", admins=["A"])
        start = group.log.heads
        for number in range(12):
            group.write("O", c.SetTitle(f"{attempt} {number}"), on=start, device=str(number))
        last = group.write("A", c.SetTitle("x"), on=start)
        parents = group.log.next_parents(identity("A"), last.device)
        assert len(parents) == 8
        assert last.hash in parents
        assert parents == tuple(sorted(parents))
        group.write("A", c.JoinHeads(), on=parents)
        again = group.log.next_parents(identity("A"), last.device)
        assert again == group.log.heads
        group.write("A", c.JoinHeads(), on=again)
        assert group.log.forks() == {}

    def test_two_devices_or_two_people_beside_each_other_are_no_fork(self) -> None:
        group = Group("A", admins=["A"])
        start = group.log.heads
        group.write("O", c.SetTitle("one"), on=start)
        group.write("O", c.SetTitle("two"), on=start, device="2")
        group.write("A", c.SetTitle("three"), on=start)
        assert group.log.forks() == {}


class TestWhyNot:
    def test_names_the_end_that_did_not_know(self) -> None:
        group = Group("A", admins=["A"])
        start = group.log.heads
        end = group.write("O", c.RemoveMember(identity("A")))
        late = group.write("A", c.SetTitle("x"), on=start, grant=c.GrantName(start[0], 0))
        why = group.log.why_not(late.hash)
        assert why is not None
        assert (why.reason, why.by) == (NotCounted.ENDED, end.hash)
        assert group.log.why_not(end.hash) is None

    def test_names_an_own_end(self) -> None:
        group = Group("A", admins=["A"])
        start = group.log.heads
        grant = group.grant("A")
        group.write("A", c.LeaveGroup())
        assert reason(group, group.write("A", c.SetTitle("x"), on=start, grant=grant)) is NotCounted.LEFT

    def test_names_what_comes_of_a_grant_that_is_void(self) -> None:
        group = Group("A", "B", admins=["A"])
        start = group.log.heads
        grant = group.grant("A")
        group.write("O", c.RemoveMember(identity("A")))
        add = group.write("A", c.AppointAdmin(identity("B")), on=start, grant=grant)
        follows = group.write("B", c.SetTitle("x"), on=[add.hash], grant=c.GrantName(add.hash, 0))
        assert reason(group, follows) is NotCounted.GRANT_VOID

    def test_names_a_policy_that_was_closed_or_does_not_count(self) -> None:
        group = Group("A", "B", admins=["B"], policy=OPEN)
        start = group.log.heads
        closing = group.write("O", c.SetPolicy(c.PolicyField.ADDS, False))
        late = group.write("A", c.AddMember(named("C")), on=start, policy=group.first.hash)
        why = group.log.why_not(late.hash)
        assert why is not None
        assert (why.reason, why.by) == (NotCounted.POLICY_CLOSED, closing.hash)
        opening = group.write("B", c.SetPolicy(c.PolicyField.ADDS, True), on=start)
        group.write("O", c.RemoveMember(identity("B")), on=[closing.hash])
        void = group.write("A", c.AddMember(named("D")), policy=opening.hash)
        assert reason(group, void) is NotCounted.POLICY_VOID
        assert group.names() == {"O", "A"}

    def test_names_lists_that_bind_nobody(self) -> None:
        group = Group("A", "B")
        start = group.log.heads
        newer = group.write("A", device_list("A", 2, "2"), device="2")
        older = group.write("A", device_list("A", 1, "1"), on=start, device="1")
        assert reason(group, newer) is None
        assert reason(group, older) is NotCounted.SUPERSEDED
        group.write("O", c.RemoveMember(identity("B")), on=start)
        assert reason(group, group.write("B", device_list("B", 1, "1"), on=start)) is NotCounted.ENDED
        assert reason(group, newer) is None

    def test_every_entry_counts_or_has_a_reason(self) -> None:
        group = Group("A", admins=["A"])
        start = group.log.heads
        group.write("O", c.DemoteAdmin(identity("A")))
        for _ in range(3):
            group.write("A", c.SetTitle("x"), on=start, grant=c.GrantName(start[0], 0))
        for each in group.log.entries:
            assert group.log.counts(each.hash) is (group.log.why_not(each.hash) is None)


class TestDevices:
    def test_what_a_device_off_the_list_says_does_not_count_but_that_it_leaves(self) -> None:
        group = Group("A", admins=["A"])
        listed = group.write("A", device_list("A", 1, "2"), device="2")
        stolen = group.write("A", c.SetTitle("x"), device="1")
        why = group.log.why_not(stolen.hash)
        assert why is not None
        assert (why.reason, why.by) == (NotCounted.DEVICE_OFF, listed.hash)
        group.write("A", c.LeaveGroup(), device="1")
        assert group.names() == {"O"}

    def test_a_device_that_was_linked_later_acts_once_a_newer_list_names_it(self) -> None:
        group = Group("A", admins=["A"])
        group.write("A", device_list("A", 1, "1"))
        group.write("A", device_list("A", 2, "13"), device="3")
        assert group.log.counts(group.write("A", c.SetTitle("new"), device="3").hash)
        assert reason(group, group.write("A", c.SetTitle("old"), device="2")) is NotCounted.DEVICE_OFF
        assert group.log.state.title == "new"

    def test_what_a_device_said_before_it_was_listed_does_not_count(self) -> None:
        group = Group("A", admins=["A"])
        first = group.write("A", device_list("A", 1, "1"))
        early = group.write("A", c.SetTitle("early"), device="3", on=[first.hash])
        group.write("A", device_list("A", 2, "13"))
        for log in (group.log, build(group.log.entries)):
            why = log.why_not(early.hash)
            assert why is not None
            assert (why.reason, why.by) == (NotCounted.DEVICE_OFF, first.hash)

    def test_another_list_of_the_same_version_lets_no_device_in(self) -> None:
        group = Group("A", admins=["A"])
        group.write("A", device_list("A", 1, "1"))
        group.write("A", device_list("A", 1, "12"), device="2")
        assert reason(group, group.write("A", c.SetTitle("x"), device="2")) is NotCounted.DEVICE_OFF

    def test_ends_of_one_grant_say_nothing_of_another(self) -> None:
        group = Group("A", "B")
        removal = group.write("O", c.RemoveMember(identity("B")))
        back = group.write("O", c.AddMember(named("B")))
        grant = c.GrantName(back.hash, 0)
        act = group.write("B", c.JoinHeads(), grant=grant)
        again = group.write("O", c.RemoveMember(identity("B")))
        old = group.write("B", c.JoinHeads(), on=[group.first.hash], grant=c.GrantName(group.first.hash, 3))
        log = build(group.log.entries)
        # The first grant has both ends, the second one alone, which knows of what was done under it.
        assert log.counts(act.hash)
        why = log.why_not(old.hash)
        assert why is not None
        assert why.by == min(removal.hash, again.hash)


class TestLaterVersions:
    def unknown(self, group: Group, author: str = "A", tag: bytes = b"\xa5other") -> LogEntry:
        entry = group.entry(author, c.SetTitle("Picnic"))
        body = encode_shape(entry.body).replace(b"\xa5title", tag)
        return read_kept_entry(c.EncodedEntry(body, octets("signature", 64)))

    def test_what_is_not_understood_keeps_its_place_and_changes_nothing(self) -> None:
        group = Group("A")
        before = group.log.state
        entry = self.unknown(group)
        assert group.log.add(entry) == EntryTaken()
        assert reason(group, entry) is NotCounted.NOT_UNDERSTOOD
        assert group.log.state == replace(before, heads=(entry.hash,))
        after = group.write("O", c.SetTitle("Tea"))
        assert after.body.parents == (entry.hash,)
        assert group.log.state.title == "Tea"

    def test_what_rests_on_it_is_not_understood_either(self) -> None:
        group = Group("A")
        entry = self.unknown(group)
        group.log.add(entry)
        rests = group.write("A", c.SetTitle("Tea"), grant=c.GrantName(entry.hash, 0))
        assert reason(group, rests) is NotCounted.NOT_UNDERSTOOD
        assert reason(group, group.write("O", c.JoinHeads())) is None
        assert {reason(group, each) for each in build(group.log.entries).entries} >= {NotCounted.NOT_UNDERSTOOD}

    def test_nobody_says_it_who_was_never_in(self) -> None:
        group = Group("A")
        entry = self.unknown(group)
        body = encode_shape(msgspec.structs.replace(entry.body, author=identity("X")))
        stranger = read_kept_entry(c.EncodedEntry(body, octets("signature", 64)))
        assert refusal(group.log.add(stranger)) is Refusal.NEVER_IN


class TestTheState:
    def test_roles_follow_from_rank_and_policy(self) -> None:
        group = Group("A", "B", admins=["A"])
        roles = {each.identity: each.role for each in group.log.state.members}
        assert roles == {
            identity("O"): GroupRole.OWNER,
            identity("A"): GroupRole.ADMIN,
            identity("B"): GroupRole.MEMBER,
        }
        group.write("O", c.SetPolicy(c.PolicyField.POSTS, False))
        state = group.log.state
        reader = state.member(identity("B"))
        assert reader is not None
        assert reader.role is GroupRole.READER
        assert not state.may_post(identity("B"))
        assert state.may_post(identity("A"))
        assert not state.may_post(identity("X"))

    def test_when_the_owner_leaves_the_next_in_rank_is_the_owner(self) -> None:
        group = Group("A", "B", admins=["B"])
        group.write("O", c.LeaveGroup())
        owner = group.log.state.owner
        assert owner is not None
        assert (owner.identity, owner.role) == (identity("B"), GroupRole.OWNER)

    def test_titles_are_cleaned_and_kept_as_they_were_signed(self) -> None:
        group = Group("A")
        group.write("O", c.SetTitle("a\u202eb\x1b"))
        assert group.log.state.title == "a\\u202eb\\x1b"
        assert group.log.state.raw_title == "a\u202eb\x1b"

    def test_of_more_people_than_a_group_has_the_most_senior_are_in(self) -> None:
        people = [f"person {number}" for number in range(GROUP_MEMBERS - 1)]
        group = Group(*people)
        group.write("O", c.AddMember(named("X")))
        assert len(group.log.state.members) == GROUP_MEMBERS
        assert group.log.state.member(identity("X")) is None
        group.write("O", c.RemoveMember(identity(people[5])))
        assert group.log.state.member(identity("X")) is not None

    def test_an_entry_that_has_all_others_in_its_past_is_decided_alone(self) -> None:
        group = Group("A", admins=["A"])
        assert group.log.state.title == "Picnic"
        with mock.patch.object(group_log, "LogFold", wraps=LogFold) as folds:
            for number in range(20):
                group.write("OA"[number % 2], c.SetTitle(str(number)))
                assert group.log.state.title == str(number)
            assert folds.call_count == 0
            grant, earlier = group.grant("A"), group.log.entries[-5:-1]
            for each in earlier:
                group.write("A", c.SetTitle("beside"), on=[each.hash], grant=grant)
            assert folds.call_count == 0
            assert group.log.state.title in {"19", "beside"}
            assert folds.call_count == 1

    def test_a_state_at_heads_is_that_of_whoever_knows_no_more(self) -> None:
        group = Group("A", "B")
        before = group.log.state
        group.write("O", c.RemoveMember(identity("A")))
        group.write("O", c.SetTitle("Tea"))
        assert group.log.state_at(before.heads) == before
        assert group.log.state_at(group.log.heads) == group.log.state
        with pytest.raises(ProtocolError):
            group.log.state_at((no_entry("x"),))

    def test_what_somebody_lacks_is_given_in_an_order_in_which_it_can_be_taken(self) -> None:
        group = Group("A", admins=["A"])
        heads = group.log.heads
        other = build(group.log.entries)
        for number in range(5):
            group.write("O", c.SetTitle(str(number)), on=heads if number == 3 else None)
        lacking = group.log.after(heads)
        assert len(lacking) == 5
        assert all(isinstance(other.add(each), EntryTaken) for each in lacking)
        assert other.heads == group.log.heads


@pytest.fixture
def small() -> Iterator[None]:
    """Small limits of a log."""
    with (
        mock.patch.object(group_log, "ENTRIES_OF_GRANT", 5),
        mock.patch.object(group_log, "ENTRIES_OF_GROUP", 20),
        mock.patch.object(group_log, "LISTS_OF_MEMBER", 3),
        mock.patch.object(group_log, "LAST_WORDS", 6),
        mock.patch.object(group_log, "LAST_WORDS_OF_ONE", 2),
    ):
        yield


@pytest.mark.usefixtures("small")
class TestLimits:
    def fill(self, group: Group, author: str) -> Admission:
        admission: Admission = EntryTaken()
        while isinstance(admission, EntryTaken):
            admission = group.log.add(group.entry(author, c.JoinHeads()))
        return admission

    def test_of_one_grant_so_many_entries_are_taken_until_a_senior_removes_its_holder(self) -> None:
        group = Group("A")
        grant = group.grant("A")
        assert self.fill(group, "A") == EntryBeyondLimit(LogLimit.GRANT, identity("A"))
        assert len(group.log) == 6
        heads = group.log.heads
        group.write("O", c.RemoveMember(identity("A")))
        late = group.entry("A", c.JoinHeads(), on=heads, grant=grant)
        assert group.log.add(late) == EntryTaken()
        assert not group.log.counts(late.hash)

    def test_of_one_person_so_many_lists_are_taken(self) -> None:
        group = Group("A")
        for version in range(1, 4):
            group.write("A", device_list("A", version, "1"))
        assert group.log.add(group.entry("A", device_list("A", 4, "1"))) == EntryBeyondLimit(
            LogLimit.LISTS, identity("A")
        )
        group.write("O", device_list("O", 1, "1"))

    def test_a_group_is_full_for_all_but_those_who_go(self) -> None:
        people = ("A", "B", "C", "D")
        group = Group(*people)
        for each in ("O", *people):
            self.fill(group, each)
        assert len(group.log) == 20
        assert group.log.add(group.entry("D", c.JoinHeads())) == EntryBeyondLimit(LogLimit.GROUP, identity("D"))
        start, grant = group.first.hash, group.grant("A", -1)
        leave = c.LeaveGroup()
        assert isinstance(group.log.add(group.entry("A", leave, grant=grant)), EntryTaken)
        assert isinstance(group.log.add(group.entry("A", leave, on=[start], grant=grant)), EntryTaken)
        third = group.entry("A", leave, on=[start], grant=grant)
        assert group.log.add(third) == EntryBeyondLimit(LogLimit.GROUP, identity("A"))
        for each in ("B", "C"):
            for _ in range(2):
                group.log.add(group.entry(each, leave, on=[start], grant=c.GrantName(start, 3 if each == "B" else 4)))
        assert len(group.log) == 26
        last = group.entry("D", leave)
        assert group.log.add(last) == EntryBeyondLimit(LogLimit.GROUP, identity("D"))

    def test_only_so_many_refused_entries_are_remembered(self) -> None:
        with mock.patch.object(group_log, "REFUSED_REMEMBERED", 3):
            group = Group("A")
        bad = [group.entry("A", c.SetTitle(str(number))) for number in range(4)]
        for each in bad:
            group.log.add(each)
        follows = [group.entry("O", c.JoinHeads(), on=[each.hash]) for each in bad]
        assert group.log.add(follows[0]) == EntryEarly((bad[0].hash,))
        assert refusal(group.log.add(follows[3])) is Refusal.BUILDS_ON_REFUSED

    def test_only_so_many_states_at_heads_are_remembered(self) -> None:
        with mock.patch.object(group_log, "STATES_REMEMBERED", 2):
            group = Group("A")
        heads = [group.log.heads]
        for number in range(4):
            group.write("O", c.SetTitle(str(number)))
            heads.append(group.log.heads)
        for each in heads:
            assert group.log.state_at(each).heads == each
        assert len(group.log._states) == 2
