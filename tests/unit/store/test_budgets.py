"""What others may have kept in a day: little until they are accepted, and strangers together no more than so much."""

from dataclasses import replace

import pytest

from babilu.kernel.limits import DAY_MS
from babilu.store import budgets, message_search
from babilu.store.budgets import (
    BYTES_A_DAY,
    ENVELOPES_A_DAY,
    HANDSHAKES_A_DAY,
    STRANGER_BYTES,
    STRANGER_BYTES_A_DAY,
    STRANGER_ENVELOPES_A_DAY,
    STRANGER_HANDSHAKES_A_DAY,
    STRANGERS_BYTES_A_DAY,
    Purse,
)
from babilu.store.message_records import SearchFilter
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, a_device, a_message_id, add_contact, add_incoming, an_envelope, an_incoming

KIB = 1024


def spent(purse: Purse, size: int, most: int = 1_000_000) -> int:
    """Count the envelopes of a size that are opened before one is refused."""
    return next(count for count in range(most) if not purse.spend(size))


@pytest.mark.parametrize(
    ("accepted", "size", "opened"),
    [
        (False, 100, STRANGER_ENVELOPES_A_DAY),
        (False, 64 * KIB, STRANGER_BYTES_A_DAY // (64 * KIB)),
        (True, 100, ENVELOPES_A_DAY),
        (True, 64 * KIB, BYTES_A_DAY // (64 * KIB)),
    ],
)
def test_a_contact_has_so_much_opened_in_a_day(unit: UnitOfWork, accepted: bool, size: int, opened: int) -> None:
    purse = unit.budgets.purse(1, NOW, accepted=accepted)
    assert spent(purse, size) == opened
    unit.budgets.keep(purse)
    assert not unit.budgets.purse(1, NOW, accepted=accepted).spend(size)
    assert unit.budgets.purse(1, NOW + DAY_MS, accepted=accepted).spend(size)


@pytest.mark.parametrize(("accepted", "begun"), [(False, STRANGER_HANDSHAKES_A_DAY), (True, HANDSHAKES_A_DAY)])
def test_a_contact_begins_so_many_sessions_in_a_day(unit: UnitOfWork, accepted: bool, begun: int) -> None:
    purse = unit.budgets.purse(1, NOW, accepted=accepted)
    assert sum(purse.begin_session() for _ in range(2 * begun)) == begun
    unit.budgets.keep(purse)
    assert not unit.budgets.purse(1, NOW, accepted=accepted).begin_session()


def test_a_stranger_who_comes_every_day_has_so_much_opened_in_all_until_they_are_accepted(unit: UnitOfWork) -> None:
    size, total = 64 * KIB, 0
    for day in range(10):
        purse = unit.budgets.purse(1, NOW + day * DAY_MS, accepted=False)
        total += spent(purse, size) * size
        unit.budgets.keep(purse)
    assert total == STRANGER_BYTES
    later = NOW + 10 * DAY_MS
    assert not unit.budgets.purse(1, later, accepted=False).spend(size)
    assert unit.budgets.purse(1, later, accepted=True).spend(size)


def test_all_strangers_together_have_so_much_opened_in_a_day_and_friends_as_much_as_ever(unit: UnitOfWork) -> None:
    size, total = 64 * KIB, 0
    for contact in range(1, 40):
        purse = unit.budgets.purse(contact, NOW, accepted=False)
        total += spent(purse, size) * size
        unit.budgets.keep(purse)
    assert total == STRANGERS_BYTES_A_DAY
    assert unit.budgets.purse(50, NOW, accepted=True).spend(size)
    assert unit.budgets.purse(1, NOW + DAY_MS, accepted=False).spend(size)


def long_text(unit: UnitOfWork, contact: int, *, stranger: bool) -> int:
    """Add a text of 59,000 bytes in which nothing repeats, and return by how much the database grew."""
    text = "".join(f"{number * 7919 % 1_000_003:06d}" for number in range(9_833))
    pages = unit.statements.number("PRAGMA page_count") - unit.statements.number("PRAGMA freelist_count")
    unit.new_messages.add_incoming(replace(an_incoming(contact, text), part=text.encode()), NOW, stranger=stranger)
    unit.search.index_waiting()
    after = unit.statements.number("PRAGMA page_count") - unit.statements.number("PRAGMA freelist_count")
    return (after - pages) * unit.statements.number("PRAGMA page_size")


def test_a_strangers_long_text_costs_little_more_than_itself(unit: UnitOfWork) -> None:
    friend, stranger = add_contact(unit, "friend"), add_contact(unit, "stranger")
    assert long_text(unit, friend.contact, stranger=False) > 4 * 59_000
    assert long_text(unit, stranger.contact, stranger=True) < 3 * 59_000


@pytest.fixture
def cut_after_five(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_search, "STRANGER_INDEXED", 5)


@pytest.mark.usefixtures("cut_after_five")
@pytest.mark.parametrize("indexed", [True, False])
def test_a_strangers_text_is_found_by_its_beginning_and_as_a_whole_once_they_are_accepted(
    unit: UnitOfWork, indexed: bool
) -> None:
    contact = add_contact(unit, "alice").contact
    message = a_message_id()
    unit.new_messages.add_incoming(an_incoming(contact, "hello treasure", message=message), NOW, stranger=True)
    if indexed:
        unit.search.index_waiting()
    assert [one.id for one in unit.search.find("hello", SearchFilter(), 9)] == [message]
    assert unit.search.find("treasure", SearchFilter(), 9) == []
    assert unit.search.index_whole(contact)
    assert not unit.search.index_whole(contact)
    assert [one.id for one in unit.search.find("treasure", SearchFilter(), 9)] == [message]
    assert [one.id for one in unit.search.find("hello", SearchFilter(), 9)] == [message]
    unit.messages.delete(message)
    unit.search.index_waiting()
    assert unit.search.find("hello", SearchFilter(), 9) == []


@pytest.mark.usefixtures("cut_after_five")
def test_a_text_that_was_cut_is_deleted_from_the_index(unit: UnitOfWork) -> None:
    contact = add_contact(unit, "alice").contact
    message = a_message_id()
    unit.new_messages.add_incoming(an_incoming(contact, "hello treasure", message=message), NOW, stranger=True)
    unit.search.index_waiting()
    unit.messages.delete(message)
    unit.statements.run("INSERT INTO message_text (message_text) VALUES ('integrity-check')")
    assert unit.search.find("hello", SearchFilter(), 9) == []


def test_so_many_strangers_there_are_and_the_oldest_of_whom_nothing_is_kept_makes_room(unit: UnitOfWork) -> None:
    people = [add_contact(unit, name) for name in ("wrote", "first", "second", "friend")]
    unit.statements.run("UPDATE contact SET accepted = 0 WHERE contact <> ?", people[3].contact)
    add_incoming(unit, people[0].contact)
    unit.outbox.finish(an_envelope(unit, people[1].contact, a_device(), chained=False))
    unit.statements.run("INSERT INTO alarm (contact, kind, raised_at) VALUES (?, 'x', 1)", people[1].contact)
    assert unit.strangers.make_room(4)
    assert len(unit.contacts.all()) == 4
    assert unit.strangers.make_room(3)
    assert sorted(one.name for one in unit.contacts.all()) == ["friend", "second", "wrote"]
    assert unit.strangers.make_room(2)
    assert not unit.strangers.make_room(1)
    assert sorted(one.name for one in unit.contacts.all()) == ["friend", "wrote"]
    assert budgets.STRANGERS == 1_000


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("contact", "direct_allowed = 1"),
        ("contact", "host = '10.0.0.9', port = 9"),
        ("conversation", "draft = 'Dear Carol'"),
        ("conversation", "pinned = 1"),
        ("conversation", "archived = 1"),
        ("conversation", "marked_unread = 1"),
        ("conversation", "muted_until = 1"),
        ("conversation", "timer = 30000"),
        ("conversation", "presence = 0"),
    ],
)
def test_whom_the_owner_has_dealt_with_makes_no_room_for_a_stranger(unit: UnitOfWork, table: str, change: str) -> None:
    carol = add_contact(unit, "carol")
    unit.statements.run("UPDATE contact SET accepted = 0")
    unit.statements.run(f"UPDATE {table} SET {change}")
    assert not unit.strangers.make_room(1)
    assert unit.contacts.by_contact(carol.contact) is not None
