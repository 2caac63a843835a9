"""Links into groups: which of them still hold, and who has asked by one and waits."""

from dataclasses import replace

import pytest

from babilu.store import group_links
from babilu.store.group_links import JOIN_REQUESTS_OF_GROUP
from babilu.store.group_records import GroupLinkRecord, JoinRequestRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, add_contact, some_bytes
from tests.unit.store.test_groups import add_group


def a_link(log: int, *, uses: int | None = None, expires_at: int = NOW + 10) -> GroupLinkRecord:
    token = some_bytes(32)
    return GroupLinkRecord(token, log, f"link:{token.hex()}", uses, 0, False, expires_at, revoked=False)


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
    unit.group_links.note_use(single.token_hash)
    unit.group_links.note_use(lasting.token_hash)
    assert unit.group_links.of_log(log, NOW) == [replace(lasting, used=1)]
    assert unit.group_links.by_token(revoked.token_hash) == replace(revoked, revoked=True)
    assert unit.group_links.by_token(some_bytes(32)) is None


def test_whoever_asks_again_waits_once_until_it_is_decided(unit: UnitOfWork) -> None:
    log, bob, carol = add_group(unit).log, add_contact(unit).contact, add_contact(unit, "carol").contact
    first, second = JoinRequestRecord("1", log, bob, NOW), JoinRequestRecord("2", log, carol, NOW + 1)
    for request in (first, second, JoinRequestRecord("3", log, bob, NOW + 2)):
        assert unit.group_links.ask(request)
    assert unit.group_links.requests() == [second, replace(first, at=NOW + 2)]
    unit.group_links.end_request("1")
    assert (unit.group_links.request("1"), unit.group_links.request("2")) == (None, second)


def test_so_many_wait_to_be_let_into_one_group(unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    assert JOIN_REQUESTS_OF_GROUP == 100
    monkeypatch.setattr(group_links, "JOIN_REQUESTS_OF_GROUP", 2)
    log, people = add_group(unit).log, [add_contact(unit, f"person{number}").contact for number in range(3)]
    asked = [unit.group_links.ask(JoinRequestRecord(str(contact), log, contact, NOW)) for contact in people]
    assert asked == [True, True, False]
    assert unit.group_links.ask(JoinRequestRecord("again", log, people[0], NOW + 1))
    assert unit.group_links.ask(JoinRequestRecord("else", add_group(unit).log, people[2], NOW))
