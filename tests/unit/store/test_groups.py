"""Groups: their logs, who is in them, and what the people in them are to us."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from babilu.api.views import NOTES_LABEL
from babilu.kernel.ids import ConversationId, DeviceId, EntryHash
from babilu.kernel.states import ConversationKind, GroupRole
from babilu.store import group_peers, groups, strangers
from babilu.store.database import Database
from babilu.store.group_labels import LABEL_OF_NOTES
from babilu.store.group_records import GroupRecord, KeptEntry
from babilu.store.groups import OWN
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import (
    NOW,
    a_conversation,
    a_device,
    add_contact,
    add_incoming,
    add_outgoing,
    an_entry,
    an_envelope,
    an_incoming,
    some_bytes,
)
from tests.unit.store.test_costs import counted

MEMBER, ADMIN, OWNER = GroupRole.MEMBER, GroupRole.ADMIN, GroupRole.OWNER


def add_group(unit: UnitOfWork, title: str = "Picnic", *, accepted: bool = True, by: int | None = None) -> GroupRecord:
    """Add a group in a conversation of its own, in which we are the owner or were added."""
    group = a_conversation()
    made = unit.conversations.add_group(group, title, unit.conversations.free_label(title), NOW)
    record = unit.groups.add(group, made.conversation, NOW, accepted=accepted, added_by=by)
    record = replace(record, own_role=OWNER if by is None else MEMBER, members=1)
    unit.groups.set_state(record, ())
    return record


def a_hash() -> EntryHash:
    return EntryHash(some_bytes(32))


def a_kept_entry(stored_at: int = NOW) -> KeptEntry:
    return KeptEntry(a_hash(), some_bytes(200), some_bytes(64), stored_at, NOW)


def people(unit: UnitOfWork, *names: str, accepted: bool = False) -> list[int]:
    """Add people of whom the user has accepted nobody, or all."""
    made = [add_contact(unit, name).contact for name in names]
    if not accepted:
        unit.statements.run("UPDATE contact SET accepted = 0")
    return made


def is_fellow(unit: UnitOfWork, contact: int) -> bool:
    found = unit.contacts.by_contact(contact)
    assert found is not None
    return found.fellow


def names_of(unit: UnitOfWork, conversation: int) -> list[tuple[str, GroupRole]]:
    return [(contact.name, role) for contact, role in unit.groups.members(conversation)]


def written(unit: UnitOfWork) -> int:
    return unit.statements.number("SELECT total_changes()")


def test_a_group_has_a_conversation_of_its_own_with_a_label_and_a_title(unit: UnitOfWork) -> None:
    record = add_group(unit, "Picnic")
    conversation = unit.conversations.by_number(record.conversation)
    assert conversation is not None
    assert (conversation.kind, conversation.id, conversation.contact) == (ConversationKind.GROUP, record.id, None)
    assert (conversation.label, conversation.title) == ("#picnic", "Picnic")
    assert unit.conversations.by_label("#PICNIC") == conversation
    unit.conversations.set_title(record.conversation, "Barbecue")
    later = unit.conversations.by_label("#picnic")
    assert later is not None
    assert later.title == "Barbecue"
    assert unit.conversations.by_label("#barbecue") is None


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("Picnic", "#picnic"),
        ("  2026: Picnic, in the PARK!  ", "#picnic-in-the-park"),
        ("\uff26\uff55\uff4c\uff4c \u00bd", "#full-1-2"),
        ("Café Zürich 7", "#café-zürich-7"),
        ("हिन्दी समूह", "#हिन्दी-समूह"),
        ("123 !?", "#group"),
        ("", "#group"),
        ("x" * 70, "#" + "x" * 32),
        ("y" * 31 + " z", "#" + "y" * 31),
        ("Notes", "#notes~2"),
    ],
)
def test_a_label_is_made_of_letters_digits_and_dashes_of_the_title(unit: UnitOfWork, title: str, label: str) -> None:
    assert unit.conversations.free_label(title) == label


def test_a_label_that_is_taken_or_looks_like_one_that_is_gets_a_number(unit: UnitOfWork) -> None:
    assert LABEL_OF_NOTES == NOTES_LABEL
    for expected in ("#picnic", "#picnic~2", "#picnic~3"):
        record = add_group(unit, "Picnic")
        found = unit.conversations.by_label(expected)
        assert found is not None
        assert found.conversation == record.conversation
    # The first letter is Cyrillic.
    assert unit.conversations.free_label("\u0440icnic") == "#\u0440icnic~4"


def test_a_group_is_found_by_its_id_its_log_and_its_conversation(unit: UnitOfWork) -> None:
    record = add_group(unit)
    for found in (
        unit.groups.by_id(record.id),
        unit.groups.by_log(record.log),
        unit.groups.of_conversation(record.conversation),
    ):
        assert found == record
    assert unit.groups.all() == [record]
    assert unit.groups.by_id(a_conversation()) is None
    assert unit.groups.of_conversation(unit.conversations.of_contact(add_contact(unit).contact).conversation) is None


def test_everything_of_a_state_is_kept_but_how_many_entries_there_are(unit: UnitOfWork) -> None:
    (bob,) = people(unit, "bob")
    record = add_group(unit)
    other = add_group(unit, "Other")
    changed = GroupRecord(
        log=record.log,
        id=record.id,
        conversation=record.conversation,
        accepted=False,
        added_by=bob,
        added_at=NOW + 1,
        own_role=GroupRole.READER,
        topic="Cakes",
        picture=b"picture",
        everybody_adds=True,
        everybody_posts=False,
        everybody_pins=True,
        members=7,
        entries=3,
        heads=(a_hash(), a_hash()),
        followed=a_hash(),
        followed_since=NOW + 2,
        successor=other.log,
    )
    unit.groups.set_state(changed, ())
    assert unit.groups.by_log(record.log) == replace(changed, entries=0)


class TestALog:
    def test_has_its_entries_in_the_order_in_which_they_were_taken(self, unit: UnitOfWork) -> None:
        record, other = add_group(unit), add_group(unit)
        kept = [a_kept_entry() for _ in range(5)]
        unit.groups.append(record.log, kept[:2])
        unit.groups.append(record.log, ())
        unit.groups.append(record.log, kept[2:])
        unit.groups.append(other.log, [kept[0]])
        assert unit.groups.entries(record.log) == kept
        assert unit.groups.entries(record.log, after=3) == kept[3:]
        assert [found.entries for found in unit.groups.all()] == [5, 1]

    def test_has_ends_that_contents_name(self, unit: UnitOfWork) -> None:
        record, ends = add_group(unit), (a_hash(), a_hash())
        assert unit.groups.heads(record.id) == ()
        unit.groups.set_state(replace(record, heads=ends), ())
        assert unit.groups.heads(record.id) == ends
        assert unit.groups.heads(a_conversation()) is None

    def test_counts_the_earliest_copy_of_each_entry(self, unit: UnitOfWork) -> None:
        record = add_group(unit)
        entry = a_kept_entry(NOW + 50)
        unit.groups.append(record.log, [entry])
        for stored_at in (NOW + 60, NOW + 40, NOW + 45):
            unit.groups.note_copy(record.log, entry.hash, stored_at)
        assert unit.groups.copies(record.log, [a_hash(), entry.hash]) == {entry.hash: (NOW + 40, NOW)}

    def test_keeps_what_each_device_has_named_last(self, unit: UnitOfWork) -> None:
        record, phone = add_group(unit), a_device()
        assert unit.group_peers.heads_named(record.log, phone) == ((), 0)
        first, second = a_hash(), a_hash()
        unit.group_peers.note_heads(record.log, phone, (first,))
        unit.group_peers.note_heads(record.log, phone, (first, second), 7)
        assert unit.group_peers.heads_named(record.log, phone) == ((first, second), 7)
        assert unit.group_peers.heads_named(add_group(unit).log, phone) == ((), 0)

    def test_keeps_for_no_more_devices_what_they_named_than_members_have(
        self, unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(group_peers, "HEADS_NAMED_KEPT", 4)
        listed = an_entry()
        bob = add_contact(unit, entries=(listed,)).contact
        record = add_group(unit)
        unit.groups.set_state(record, [(bob, MEMBER)])
        devices = [DeviceId(listed.device), *(a_device() for _ in range(4))]
        for device in devices:
            unit.group_peers.note_heads(record.log, device, (a_hash(),))
        left = [device for device in devices if unit.group_peers.heads_named(record.log, device)[0]]
        assert left == [devices[0], devices[-1]]

    def test_remembers_when_somebody_was_told_what(self, unit: UnitOfWork) -> None:
        record, (bob,) = add_group(unit), people(unit, "bob")
        assert unit.group_peers.told_at(record.log, bob, "lacks") == 0
        unit.group_peers.note_told(record.log, bob, "lacks", NOW)
        unit.group_peers.note_told(record.log, bob, "lacks", NOW + 5)
        assert unit.group_peers.told_at(record.log, bob, "lacks") == NOW + 5
        assert unit.group_peers.told_at(record.log, bob, "asked") == 0


class TestMembers:
    def test_come_in_the_order_of_their_rank_and_oneself_has_a_place(self, unit: UnitOfWork) -> None:
        bob, carol, dave = people(unit, "bob", "carol", "dave")
        record = add_group(unit)
        unit.groups.set_state(record, [(carol, OWNER), (OWN, ADMIN), (dave, MEMBER), (bob, MEMBER)])
        assert names_of(unit, record.conversation) == [("carol", OWNER), ("dave", MEMBER), ("bob", MEMBER)]
        assert unit.groups.own_place(record.conversation) == 1
        unit.groups.set_state(record, [(carol, OWNER), (dave, MEMBER)])
        assert unit.groups.own_place(record.conversation) == 2
        unit.groups.set_state(record, [(OWN, OWNER)])
        assert (names_of(unit, record.conversation), unit.groups.own_place(record.conversation)) == ([], 0)

    def test_are_written_only_where_something_has_changed(self, unit: UnitOfWork) -> None:
        crowd = people(unit, *(f"person{number}" for number in range(20)))
        record = add_group(unit)
        unit.groups.set_state(record, [(contact, MEMBER) for contact in crowd])
        before = written(unit)
        unit.groups.set_state(record, [(contact, MEMBER) for contact in crowd])
        assert written(unit) - before == 1
        before = written(unit)
        unit.groups.set_state(record, [(contact, MEMBER) for contact in crowd[:-1]])
        # The log, the row that goes, and whose it was.
        assert written(unit) - before == 3

    def test_are_known_one_by_one(self, unit: UnitOfWork) -> None:
        bob, carol = people(unit, "bob", "carol")
        record = add_group(unit)
        unit.groups.set_state(record, [(bob, MEMBER)])
        assert [unit.groups.is_member(record.conversation, one) for one in (bob, carol)] == [True, False]

    def test_know_in_which_groups_they_are(self, unit: UnitOfWork) -> None:
        bob, carol = people(unit, "bob", "carol")
        first, second = add_group(unit), add_group(unit)
        unit.groups.set_state(first, [(bob, MEMBER)])
        unit.groups.set_state(second, [(bob, MEMBER), (carol, MEMBER)])
        assert [found.log for found in unit.groups.groups_of(bob)] == [first.log, second.log]
        assert [found.log for found in unit.groups.groups_of(carol)] == [second.log]


class TestAFellow:
    def test_is_whoever_is_in_a_group_that_was_accepted(self, unit: UnitOfWork) -> None:
        bob, carol = people(unit, "bob", "carol")
        record = add_group(unit, accepted=False, by=bob)
        unit.groups.set_state(record, [(bob, OWNER), (carol, MEMBER)])
        assert (is_fellow(unit, bob), is_fellow(unit, carol)) == (False, False)
        unit.groups.accept(record.log)
        assert (is_fellow(unit, bob), is_fellow(unit, carol)) == (True, True)
        record = unit.groups.by_log(record.log) or record
        unit.groups.set_state(record, [(bob, OWNER)])
        assert (is_fellow(unit, bob), is_fellow(unit, carol)) == (True, False)

    def test_stays_one_as_long_as_any_group_is_shared(self, unit: UnitOfWork) -> None:
        (bob,) = people(unit, "bob")
        first, second = add_group(unit), add_group(unit)
        for record in (first, second):
            unit.groups.set_state(record, [(bob, MEMBER)])
        unit.groups.set_state(first, ())
        assert is_fellow(unit, bob)
        unit.groups.set_state(replace(second, own_role=None), [(bob, OWNER)])
        assert not is_fellow(unit, bob)
        unit.groups.set_state(second, [(bob, OWNER)])
        assert is_fellow(unit, bob)

    def test_is_one_no_longer_once_one_has_left_and_is_to_be_asked_again(self, unit: UnitOfWork) -> None:
        (bob,) = people(unit, "bob")
        record = add_group(unit)
        unit.groups.set_state(record, [(bob, OWNER)])
        assert is_fellow(unit, bob)
        unit.groups.unaccept(record.log)
        found = unit.groups.by_log(record.log)
        assert found is not None
        assert (found.accepted, is_fellow(unit, bob)) == (False, False)

    def test_is_no_stranger(self, unit: UnitOfWork) -> None:
        (bob,) = people(unit, "bob")
        found = unit.contacts.by_contact(bob)
        assert found is not None
        assert found.is_stranger
        assert not replace(found, fellow=True).is_stranger
        assert not replace(found, accepted=True).is_stranger


class TestGoingOn:
    """A group that goes on does so in another log of the same conversation."""

    def goes_on(self, unit: UnitOfWork, first: GroupRecord, members: Sequence[tuple[int, GroupRole]]) -> GroupRecord:
        group = ConversationId(some_bytes(32))
        second = unit.groups.add(group, first.conversation, NOW, accepted=True, added_by=None)
        unit.groups.set_state(replace(first, successor=second.log, followed=a_hash(), followed_since=NOW), members)
        unit.conversations.go_on_as(first.conversation, group)
        second = replace(second, own_role=MEMBER)
        unit.groups.set_state(second, members)
        return second

    def test_the_log_whose_id_the_conversation_bears_counts(self, unit: UnitOfWork) -> None:
        bob, carol = people(unit, "bob", "carol")
        first = add_group(unit)
        second = self.goes_on(unit, first, [(bob, OWNER)])
        unit.groups.set_state(first, [(carol, OWNER)])
        assert names_of(unit, first.conversation) == [("bob", OWNER)]
        shown = unit.groups.of_conversation(first.conversation)
        assert shown is not None
        assert shown.log == second.log
        assert [found.log for found in unit.groups.groups_of(bob)] == [second.log]
        # Whoever changes over to another log again, which may be an older one.
        unit.conversations.go_on_as(first.conversation, first.id)
        shown = unit.groups.of_conversation(first.conversation)
        assert shown is not None
        assert shown.log == first.log

    def test_whoever_is_in_stays_a_fellow(self, unit: UnitOfWork) -> None:
        (bob,) = people(unit, "bob")
        first = add_group(unit)
        unit.groups.set_state(first, [(bob, ADMIN)])
        self.goes_on(unit, first, [(bob, OWNER)])
        assert is_fellow(unit, bob)


class TestAnInvitation:
    def test_is_a_group_that_is_not_accepted_and_in_which_we_are(self, unit: UnitOfWork) -> None:
        (bob,) = people(unit, "bob")
        invited = add_group(unit, accepted=False, by=bob)
        out = add_group(unit, accepted=False, by=bob)
        unit.groups.set_state(replace(out, own_role=None), ())
        add_group(unit)
        assert [found.log for found in unit.groups.invitations()] == [invited.log]
        unit.groups.accept(invited.log)
        assert unit.groups.invitations() == []

    def test_of_one_person_and_in_all_so_many_wait(self, unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
        assert (groups.INVITATIONS_KEPT, groups.INVITATIONS_OF_ONE) == (50, 4)
        monkeypatch.setattr(groups, "INVITATIONS_KEPT", 3)
        monkeypatch.setattr(groups, "INVITATIONS_OF_ONE", 2)
        bob, carol = people(unit, "bob", "carol")
        for _ in range(2):
            assert unit.groups.has_room_for(bob)
            add_group(unit, accepted=False, by=bob)
        assert (unit.groups.has_room_for(bob), unit.groups.has_room_for(carol)) == (False, True)
        last = add_group(unit, accepted=False, by=carol)
        assert not unit.groups.has_room_for(carol)
        unit.groups.accept(last.log)
        assert unit.groups.has_room_for(carol)
        # What one has left or declined was answered, and of what one was taken out of unasked something is kept.
        for group in unit.groups.invitations()[:2]:
            unit.groups.set_state(replace(group, own_role=None), ())
        assert not unit.groups.has_room_for(bob)
        for log in (last.log, *(each.log for each in unit.groups.all() if each.added_by == bob)):
            unit.groups.unaccept(log)
        assert unit.groups.has_room_for(bob)
        assert unit.groups.has_room_for(carol)

    def test_that_is_declined_leaves_nothing_behind(self, database: Database) -> None:
        with database.write() as unit:
            bob, carol = people(unit, "bob", "carol")
            kept = add_group(unit, "Kept")
            unit.groups.set_state(kept, [(carol, MEMBER)])
        before = rows(database)
        with database.write() as unit:
            record = add_group(unit, "Declined", by=bob)
            unit.groups.append(record.log, [a_kept_entry()])
            unit.groups.set_state(record, [(bob, OWNER), (carol, MEMBER)])
            unit.group_peers.note_heads(record.log, a_device(), (a_hash(),))
            unit.group_peers.note_told(record.log, bob, "lacks", NOW)
            unit.new_messages.add_incoming(replace(an_incoming(record.conversation), author=bob), NOW)
            add_outgoing(unit, record.conversation)
            unit.lines.add_of_group(record.conversation, bob, b"added", NOW)
            unit.search.index_waiting()
            assert is_fellow(unit, bob)
        with database.write() as unit:
            unit.groups.forget(record.log)
            unit.groups.forget(record.log)
            assert (is_fellow(unit, bob), is_fellow(unit, carol)) == (False, True)
            assert unit.groups.by_id(record.id) is None
            unit.statements.run("INSERT INTO message_text (message_text, rank) VALUES ('integrity-check', 1)")
        assert rows(database) == before


def rows(database: Database) -> dict[str, int]:
    """Count the rows of all tables but those that SQLite keeps for itself."""
    with database.read() as unit:
        tables = unit.statements.all(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            " AND name NOT LIKE 'message_text%'"
        )
        return {name: unit.statements.number(f"SELECT count(*) FROM {name}") for (name,) in tables}


class TestAStranger:
    """Whoever comes by a group is counted by that: such people neither take the room of strangers nor make room."""

    def test_takes_no_room_as_long_as_a_group_has_them(self, unit: UnitOfWork) -> None:
        bob, carol, dave = people(unit, "bob", "carol", "dave")
        accepted, invited = add_group(unit), add_group(unit, accepted=False, by=carol)
        unit.groups.set_state(accepted, [(bob, MEMBER)])
        unit.groups.set_state(invited, [(carol, OWNER)])
        assert unit.strangers.make_room(2)
        assert unit.strangers.make_room(1)
        assert [one.contact for one in unit.contacts.all()] == [bob, carol]
        assert unit.contacts.by_contact(dave) is None

    def test_is_forgotten_with_the_group_that_was_declined(self, unit: UnitOfWork) -> None:
        bob, carol, dave, eve = people(unit, "bob", "carol", "dave", "eve")
        add_incoming(unit, dave)
        record, other = (add_group(unit, accepted=False, by=bob) for _ in range(2))
        unit.groups.set_state(record, [(bob, OWNER), (carol, MEMBER), (dave, MEMBER), (eve, MEMBER)])
        unit.groups.set_state(other, [(bob, OWNER), (eve, MEMBER)])
        unit.groups.forget(record.log)
        # Carol was known by that group alone; dave has written.
        assert [one.name for one in unit.contacts.all()] == ["bob", "dave", "eve"]
        unit.groups.forget(other.log)
        assert [one.name for one in unit.contacts.all()] == ["dave"]

    def test_is_again_who_has_left_a_group_that_nobody_has_accepted(
        self, unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bob, *crowd = people(unit, "bob", "carol", "dave", "eve", "frank", "grace")
        invited = add_group(unit, accepted=False, by=bob)
        unit.groups.set_state(invited, [(bob, OWNER), *((contact, MEMBER) for contact in crowd)])
        assert unit.strangers.make_room(1)
        unit.groups.set_state(invited, [(bob, OWNER)])
        # They have come to the strangers all at once, and go before one more may come.
        assert unit.strangers.make_room(4, besides=crowd[0])
        assert [one.name for one in unit.contacts.all()] == ["bob", "carol", "frank", "grace"]
        monkeypatch.setattr(strangers, "FORGOTTEN_AT_ONCE", 1)
        assert not unit.strangers.make_room(2)
        assert [one.name for one in unit.contacts.all()] == ["bob", "frank", "grace"]
        assert unit.strangers.make_room(2)
        assert not unit.strangers.make_room(0, besides=crowd[-1])

    def test_is_kept_for_what_is_shown_of_them_in_a_group(self, unit: UnitOfWork) -> None:
        bob, carol, dave = people(unit, "bob", "carol", "dave")
        record = add_group(unit)
        unit.groups.set_state(record, [(bob, MEMBER)])
        unit.groups.set_state(record, ())
        # Carol has come, written and gone while nobody looked, and a line tells of dave.
        unit.new_messages.add_incoming(replace(an_incoming(record.conversation), author=carol), NOW)
        unit.lines.add_of_group(record.conversation, dave, b"left", NOW)
        assert [one.is_stranger for one in unit.contacts.all()] == [True, True, True]
        assert unit.strangers.make_room(1)
        assert [one.name for one in unit.contacts.all()] == ["bob", "carol", "dave"]

    def test_is_forgotten_at_the_same_cost_whatever_waits_for_others(self, database: Database) -> None:
        with database.write() as unit:
            friend, _, _, dave = people(unit, "friend", "bob", "carol", "dave")
            unit.contacts.accept(friend)

        def cost() -> int:
            with database.write() as unit, counted(database) as steps:
                assert unit.strangers.make_room(len(unit.contacts.all()) - 1)
            return steps[0]

        before = cost()
        with database.write() as unit:
            for _ in range(1_000):
                an_envelope(unit, friend, a_device(), add_outgoing(unit, friend))
                unit.hidden.add(replace(an_incoming(friend), not_understood=9))
        assert cost() < 1.2 * before + 20
        with database.read() as unit:
            assert [one.contact for one in unit.contacts.all()] == [dave, friend]

    def test_who_writes_to_us_alone_is_counted_as_ever(self, unit: UnitOfWork) -> None:
        bob, _ = people(unit, "bob", "carol")
        add_incoming(unit, bob)
        assert unit.strangers.make_room(2)
        assert [one.name for one in unit.contacts.all()] == ["bob"]
        assert not unit.strangers.make_room(1)
