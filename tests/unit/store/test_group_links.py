"""Links into groups: which of them still hold, and who has asked by one and waits."""

from dataclasses import replace

import pytest

from babilu.kernel.ids import ConversationId
from babilu.store import group_links
from babilu.store.group_links import DECLINED_OF_LINK, JOIN_REQUESTS_OF_GROUP, LINKS_OF_GROUP
from babilu.store.group_records import GroupLinkRecord, JoinRequestRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, add_contact, some_bytes
from tests.unit.store.test_groups import add_group

TOKEN, OTHER = bytes(32), b"o" * 32


def a_link(
    log: int, *, uses: int | None = None, expires_at: int = NOW + 10, author: int | None = None
) -> GroupLinkRecord:
    token = some_bytes(32)
    link = f"link:{token.hex()}" if author is None else ""
    return GroupLinkRecord(token, log, link, uses, 0, False, expires_at, revoked=False, author=author)


def test_a_link_holds_until_it_is_over_taken_back_or_used_up(unit: UnitOfWork) -> None:
    log, other = add_group(unit).log, add_group(unit).log
    lasting, single, over, revoked = (
        a_link(log, uses=2, expires_at=NOW + 20),
        a_link(log, uses=1),
        a_link(log, expires_at=NOW),
        a_link(log),
    )
    for link in (lasting, single, over, revoked, a_link(other)):
        unit.group_links.add(link)
    assert unit.group_links.revoke(log, revoked.link)
    assert not unit.group_links.revoke(log, revoked.link)
    assert not unit.group_links.revoke(other, lasting.link)
    assert unit.group_links.of_log(log, NOW) == [lasting, single]
    bob, carol = add_contact(unit).contact, add_contact(unit, "carol").contact
    unit.group_links.note_use(single.token_hash, bob)
    for who in (bob, bob):
        unit.group_links.note_use(lasting.token_hash, who)
    assert unit.group_links.of_log(log, NOW) == [replace(lasting, used=1)]
    assert unit.group_links.came_by_link(log, bob)
    assert not unit.group_links.came_by_link(log, carol)
    assert not unit.group_links.came_by_link(other, bob)
    assert unit.group_links.by_token(revoked.token_hash) == replace(revoked, revoked=True)
    assert unit.group_links.by_token(some_bytes(32)) is None


def test_whoever_asks_again_waits_once_until_it_is_decided(unit: UnitOfWork) -> None:
    log, bob, carol = add_group(unit).log, add_contact(unit).contact, add_contact(unit, "carol").contact
    first, second = JoinRequestRecord("1", log, bob, TOKEN, NOW), JoinRequestRecord("2", log, carol, TOKEN, NOW + 1)
    for request in (first, second, JoinRequestRecord("3", log, bob, OTHER, NOW + 2)):
        assert unit.group_links.ask(request)
    assert unit.group_links.requests() == [second, replace(first, token_hash=OTHER, at=NOW + 2)]
    assert unit.group_links.request_of(log, bob) == replace(first, token_hash=OTHER, at=NOW + 2)
    unit.group_links.end_request("1")
    assert unit.group_links.requests_to(log) == [second]
    assert (unit.group_links.request("1"), unit.group_links.request("2")) == (None, second)


def test_so_many_wait_to_be_let_into_one_group(unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    assert JOIN_REQUESTS_OF_GROUP == 100
    monkeypatch.setattr(group_links, "JOIN_REQUESTS_OF_GROUP", 2)
    log, people = add_group(unit).log, [add_contact(unit, f"person{number}").contact for number in range(3)]
    asked = [unit.group_links.ask(JoinRequestRecord(str(contact), log, contact, TOKEN, NOW)) for contact in people]
    assert asked == [True, True, False]
    assert unit.group_links.ask(JoinRequestRecord("again", log, people[0], TOKEN, NOW + 1))
    assert unit.group_links.ask(JoinRequestRecord("else", add_group(unit).log, people[2], TOKEN, NOW))


def test_of_one_admin_so_many_links_to_a_group_are_kept(unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LINKS_OF_GROUP == 20
    monkeypatch.setattr(group_links, "LINKS_OF_GROUP", 2)
    log, bob = add_group(unit).log, add_contact(unit).contact
    first, over = a_link(log, author=bob), a_link(log, author=bob, expires_at=NOW)
    for link in (first, over, a_link(log)):
        unit.group_links.add(link)
    assert unit.group_links.has_room_for(log, bob, NOW)
    # What is over makes room.
    assert unit.group_links.by_token(over.token_hash) is None
    unit.group_links.add(a_link(log, author=bob))
    assert not unit.group_links.has_room_for(log, bob, NOW)
    assert unit.group_links.has_room_for(log, None, NOW)
    unit.group_links.add(replace(first, revoked=True))
    assert unit.group_links.has_room_for(log, bob, NOW)


def test_so_many_who_were_declined_are_known_again(unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    assert DECLINED_OF_LINK == 1_000
    monkeypatch.setattr(group_links, "DECLINED_OF_LINK", 2)
    log, people = add_group(unit).log, [add_contact(unit, f"person{number}").contact for number in range(3)]
    link = a_link(log)
    unit.group_links.add(link)
    for who in people:
        unit.group_links.note_declined(link.token_hash, who)
    assert [unit.group_links.was_declined(link.token_hash, who) for who in people] == [True, True, False]
    # Whoever is let in after all was not declined, and counts.
    unit.group_links.note_use(link.token_hash, people[0])
    assert not unit.group_links.was_declined(link.token_hash, people[0])
    kept = unit.group_links.by_token(link.token_hash)
    assert kept is not None
    assert kept.used == 1


def test_whom_one_has_asked_is_known_until_the_link_is_over_or_one_is_in(unit: UnitOfWork) -> None:
    group, other, bob = ConversationId(b"g" * 32), ConversationId(b"o" * 32), add_contact(unit).contact
    unit.group_links.note_asked(group, bob, NOW + 10)
    unit.group_links.note_asked(group, bob, NOW + 5)
    unit.group_links.note_asked(other, bob, NOW + 5)
    assert unit.group_links.has_asked(group, bob, NOW + 9)
    assert not unit.group_links.has_asked(group, bob, NOW + 10)
    unit.group_links.forget_asked(group, NOW + 5)
    assert not unit.group_links.has_asked(group, bob, NOW)
    assert not unit.group_links.has_asked(other, bob, NOW)
