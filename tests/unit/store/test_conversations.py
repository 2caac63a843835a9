"""A person and a conversation are two rows: what is set for the one is none of the other's."""

from dataclasses import replace

import pytest

from babilu.kernel.limits import INTEGER_MAX
from babilu.kernel.states import ConversationKind, MessageKind
from babilu.store.contact_records import ConversationRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import (
    NOW,
    a_conversation,
    a_device,
    a_message_id,
    add_contact,
    add_outgoing,
    an_identity,
)


def of(unit: UnitOfWork, contact: int) -> ConversationRecord:
    return unit.conversations.of_contact(contact)


def numbered_apart(unit: UnitOfWork) -> None:
    """Have conversations counted from far above contacts, so that no number of the one passes for the other's."""
    unit.conversations.keep_notes(a_conversation(), NOW)
    unit.statements.run("UPDATE sqlite_sequence SET seq = 1000 WHERE name = 'conversation'")


def test_a_new_contact_has_a_conversation_of_the_two(unit: UnitOfWork) -> None:
    conversation = a_conversation()
    bob = unit.contacts.add(an_identity(), "bob", "", conversation, b"list", [], NOW, accepted=True)
    found = of(unit, bob.contact)
    assert (found.id, found.kind, found.contact) == (conversation, ConversationKind.PAIR, bob.contact)
    assert unit.conversations.by_id(conversation) == unit.conversations.by_number(found.conversation) == found
    assert unit.conversations.by_id(a_conversation()) is None


def test_nobody_has_a_conversation_who_is_no_contact(unit: UnitOfWork) -> None:
    with pytest.raises(LookupError):
        of(unit, 7)


def test_what_is_set_for_a_conversation_is_kept(unit: UnitOfWork) -> None:
    bob, answered = add_contact(unit), a_message_id()
    number = of(unit, bob.contact).conversation
    unit.conversations.set_draft(number, "almost", answered)
    unit.conversations.set_pinned(number, True)
    unit.conversations.set_muted_until(number, INTEGER_MAX)
    unit.conversations.set_archived(number, True)
    unit.conversations.set_marked_unread(number, True)
    unit.conversations.set_timer(number, 30_000)
    now = of(unit, bob.contact)
    assert (now.draft, now.draft_reply, now.muted_until, now.timer) == ("almost", answered, INTEGER_MAX, 30_000)
    assert (now.pinned, now.archived, now.marked_unread) == (True, True, True)
    assert (now.receipts, now.typing, now.presence) == (None, None, None)
    assert unit.contacts.by_contact(bob.contact) == bob


def test_a_conversation_goes_on_under_the_id_of_an_approved_identity(unit: UnitOfWork) -> None:
    bob, conversation = add_contact(unit), a_conversation()
    before = of(unit, bob.contact)
    unit.conversations.set_draft(before.conversation, "almost")
    unit.conversations.set_timer(before.conversation, 30_000)
    message = add_outgoing(unit, before.conversation)
    unit.contacts.adopt_pending(bob.contact, an_identity(), conversation, b"list", [])
    now = of(unit, bob.contact)
    assert (now.conversation, now.id) == (before.conversation, conversation)
    assert (now.draft, now.timer) == ("almost", 30_000)
    assert unit.messages.is_known(message, now.conversation)
    assert unit.conversations.by_id(before.id) is None


def test_a_message_belongs_to_its_conversation_and_not_to_a_contact_of_that_number(unit: UnitOfWork) -> None:
    numbered_apart(unit)
    bob = add_contact(unit).contact
    number = of(unit, bob).conversation
    assert number > 1_000
    message = add_outgoing(unit, number)
    line = unit.lines.add(a_message_id(), number, bob, MessageKind.KEY_CHANGED, NOW, NOW)
    assert (line.conversation, line.author) == (number, bob)
    device = a_device()
    unit.deliveries.owe(message, number, bob, [device])
    assert [(one.said.id, one.conversation) for one in unit.deliveries.owed(device, 9)] == [(message, of(unit, bob).id)]
    assert unit.conversations.contacts_of(number, number + 1) == {bob}
    assert unit.history.page(bob, 9)[0] == []


def test_notes_are_one_conversation_without_a_contact(unit: UnitOfWork) -> None:
    assert unit.conversations.notes() is None
    conversation = a_conversation()
    unit.conversations.keep_notes(conversation, NOW)
    notes = unit.conversations.notes()
    assert notes is not None
    assert (notes.id, notes.kind, notes.contact) == (conversation, ConversationKind.NOTES, None)
    assert [row[:2] for row in unit.history.overview()] == [(notes, None)]
    assert unit.conversations.contacts_of(notes.conversation) == set()


def test_notes_go_on_under_another_id_and_stay_one_conversation(unit: UnitOfWork) -> None:
    unit.conversations.keep_notes(a_conversation(), NOW)
    before = unit.conversations.notes()
    assert before is not None
    message = add_outgoing(unit, before.conversation)
    written = unit.messages.by_id(message)
    assert written is not None
    conversation = a_conversation()
    unit.conversations.keep_notes(conversation, NOW + 1)
    assert unit.conversations.notes() == replace(before, id=conversation, id_since=written.position)
    assert unit.messages.is_known(message, before.conversation)
    assert len(unit.history.overview()) == 1


def test_drafts_do_not_print(unit: UnitOfWork) -> None:
    bob = add_contact(unit).contact
    unit.conversations.set_draft(of(unit, bob).conversation, "my secret draft")
    assert "secret" not in repr(of(unit, bob))
