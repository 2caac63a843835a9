"""Texts that are sent later wait in the order in which they are due."""

import pytest

from babilu.kernel.ids import MessageId
from babilu.store import scheduled
from babilu.store.message_records import ScheduledRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, a_message_id, add_contact


def keep(unit: UnitOfWork, due_at: int, text: str = "later", reply_to: MessageId | None = None) -> int:
    known = unit.contacts.by_name("bob") or add_contact(unit, "bob")
    conversation = unit.conversations.of_contact(known.contact).conversation
    whom = known.identity_key
    return unit.scheduled.add(
        ScheduledRecord(0, conversation, whom, text, due_at, reply_to, ("bob", "carol"), 60, False, "r1")
    ).number


def test_a_text_is_kept_with_all_that_goes_with_it(unit: UnitOfWork) -> None:
    answered = a_message_id()
    number = keep(unit, NOW, "hello @bob", answered)

    record = unit.scheduled.find(number)

    assert record is not None
    bob = unit.contacts.by_name("bob")
    assert bob is not None
    assert record.identity_key == bob.identity_key
    assert (record.text, record.due_at, record.reply_to) == ("hello @bob", NOW, answered)
    assert (record.mentions, record.timer, record.overdue) == (("bob", "carol"), 60, False)


def test_the_next_one_comes_first_and_what_waits_for_a_decision_is_not_due(unit: UnitOfWork) -> None:
    late, soon, later = keep(unit, NOW - 2), keep(unit, NOW - 1), keep(unit, NOW + 1)
    unit.scheduled.set_overdue(late)

    assert [record.number for record in unit.scheduled.due(NOW)] == [soon]
    assert [record.number for record in unit.scheduled.all()] == [late, soon, later]
    assert unit.scheduled.next_due() == NOW - 1
    unit.scheduled.delete(soon)
    assert unit.scheduled.next_due() == NOW + 1


def test_all_of_a_conversation_wait_for_a_decision_at_once_and_are_told_once(unit: UnitOfWork) -> None:
    numbers = [keep(unit, NOW - 1), keep(unit, NOW + 1)]
    carol = add_contact(unit, "carol")
    with_carol = unit.conversations.of_contact(carol.contact).conversation
    later = ScheduledRecord(0, with_carol, carol.identity_key, "later", NOW, None, (), None, overdue=False)
    other = unit.scheduled.add(later).number
    with_bob = unit.scheduled.all()[0].conversation

    assert [record.number for record in unit.scheduled.set_all_overdue(with_bob)] == numbers
    assert unit.scheduled.set_all_overdue(with_bob) == []
    assert [record.number for record in unit.scheduled.due(NOW)] == [other]


def test_only_so_many_texts_wait(unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduled, "SCHEDULED_AT_MOST", 2)
    keep(unit, NOW)
    assert not unit.scheduled.is_full()
    keep(unit, NOW)
    assert unit.scheduled.is_full()
