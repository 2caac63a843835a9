"""Who is let in by a link, by whom, and what is shown of those who ask."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api import events
from babilu.engine.conversation.groups import joining
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.groups.growth import grown
from babilu.engine.conversation.groups.joining import HOUR_MS, LINK_HOURS, make_link, take_ask, take_link
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.transport.relay_pins import RelayPins, save_pins
from babilu.group.changes import AddMember, AppointAdmin, NamedPerson
from babilu.identity.join_link import JoinLink, join_token_hash
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.states import GroupRole
from babilu.store.contact_records import ContactRecord
from babilu.store.group_records import GroupLinkRecord
from babilu.store.profile_records import RelayRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.group_parts import GroupAsk, GroupLink
from tests.unit.engine.conversation.groups.test_group_receiving import Stage, entry_bytes
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know, told_in
from tests.unit.store.builders import NOW

TOKEN = b"t" * 16


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        yield home


class Door:
    """Bob's profile as an admin of Alice's group, with a link of his, and Dave who has it."""

    def __init__(self, home: Home, unit: UnitOfWork) -> None:
        self.home, self.unit = home, unit
        self.stage = Stage(home, unit)
        self.appoint(home.base.own.identity_key)
        self.dave = know(home, unit, Writer("dave"), accepted=False)
        self.hash = join_token_hash(self.stage.group.id, TOKEN)
        self.link = GroupLinkRecord(self.hash, self.stage.group.log, "link", None, 0, False, NOW + HOUR_MS, False)
        unit.group_links.add(self.link)

    def appoint(self, identity: bytes) -> None:
        """Let Alice make somebody an admin."""
        entry = self.stage.room.write(self.stage.alice, AppointAdmin(identity))
        self.take(entry_bytes(entry))

    def take(self, *entries: bytes) -> FellowTransaction:
        from babilu.engine.conversation.groups.entries import read_entries, take  # noqa: PLC0415  # for this alone

        fellow = self.fellow(self.stage.contact)
        take(fellow, self.stage.alice.own.device, read_entries(entries), {}, NOW)
        return fellow

    def fellow(self, contact: ContactRecord) -> FellowTransaction:
        group = self.unit.groups.by_log(self.stage.group.log)
        assert group is not None
        return FellowTransaction(self.turn(contact), group, self.stage.logs)

    def turn(self, contact: ContactRecord) -> ConversationTransaction:
        turn = a_turn(self.home, self.unit, contact)
        turn.logs = self.stage.logs
        return turn

    def asks(self, who: ContactRecord | None = None, token: bytes = TOKEN) -> ConversationTransaction:
        """Let somebody ask."""
        turn = self.turn(who or self.dave)
        take_ask(turn, GroupAsk(bytes(16), None, self.stage.group.id, token))
        return turn

    @property
    def members(self) -> list[str]:
        number = self.stage.group.conversation
        return [contact.name for contact, _ in self.unit.groups.members(number)]

    @property
    def used(self) -> int:
        kept = self.unit.group_links.by_token(self.hash)
        assert kept is not None
        return kept.used


@pytest.fixture
def door(home: Home) -> Iterator[Door]:
    with home.base.database.write() as unit:
        yield Door(home, unit)


def test_whoever_has_the_token_is_in_and_counts_once(door: Door) -> None:
    door.asks()
    assert door.members[-1] == "dave"
    assert door.used == 1
    door.asks()
    assert door.used == 1


@pytest.mark.parametrize(
    "change", [{"expires_at": NOW}, {"revoked": True}, {"uses": 1, "used": 1}], ids=["over", "taken back", "used up"]
)
def test_a_link_that_does_not_hold_lets_nobody_in(door: Door, change: dict[str, int]) -> None:
    door.unit.statements.run("DELETE FROM group_link")
    door.unit.group_links.add(replace(door.link, **change))  # type: ignore[arg-type]  # one of its fields
    door.asks()
    assert "dave" not in door.members
    assert door.unit.group_links.requests() == []


def test_a_stranger_without_the_token_shows_no_conversation_and_is_not_in(door: Door) -> None:
    turn = door.asks(token=b"x" * 16)
    assert "dave" not in door.members
    assert door.unit.conversations.of_contact(door.dave.contact).hidden
    assert not [each for each in told_in(turn.effects) if isinstance(each, events.JoinRequested)]
    assert door.unit.statements.number("SELECT count(*) FROM own_action WHERE conversation <> 0") == 0


def test_who_is_no_admin_lets_nobody_in(door: Door) -> None:
    door.unit.statements.run("UPDATE group_log SET own_role = 'member'")
    door.asks()
    assert "dave" not in door.members


def test_a_full_group_lets_nobody_in(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "GROUP_MEMBERS", 3)
    door.asks()
    assert "dave" not in door.members
    assert door.used == 0


def test_whoever_another_admin_let_in_has_come_by_the_link_all_the_same(door: Door) -> None:
    writer = Writer("erin")
    erin = know(door.home, door.unit, writer, accepted=False)
    added = door.stage.room.write(door.stage.alice, AddMember(NamedPerson(writer.own.identity_key, "erin")))
    door.take(entry_bytes(added))
    assert "erin" in door.members
    door.asks(erin)
    assert door.used == 1


def test_a_request_is_told_once_and_closed_when_one_decides_no_more(door: Door) -> None:
    door.unit.group_links.add(replace(door.link, approval=True))
    first, second = door.asks(), door.asks()
    (told,) = [each for each in told_in(first.effects) if isinstance(each, events.JoinRequested)]
    assert (told.request.name, told.request.conversation) == ("dave", "#picnic")
    assert not [each for each in told_in(second.effects) if isinstance(each, events.JoinRequested)]
    # Bob leaves: nobody asks him any more.
    fellow = door.fellow(door.stage.contact)
    door.unit.groups.set_state(replace(fellow.group, own_role=None), [])
    state = fellow.log.state
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("babilu.engine.conversation.groups.growth._write_members", lambda *_: fellow.reload())
        grown(fellow, state, [], {})
    assert door.unit.group_links.requests() == []


class TestAnotherAdminsLink:
    def said(self, *, revoked: bool = False, expires_at: int = NOW + 1, token_hash: bytes = b"h" * 32) -> GroupLink:
        return GroupLink(bytes(16), None, token_hash, 2, approval=True, expires_at=expires_at, revoked=revoked)

    def test_is_kept_by_its_hash_and_taken_back_by_them_alone(self, door: Door) -> None:
        carol = door.stage.contact_of(door.stage.carol)
        door.appoint(carol.identity_key)
        take_link(door.fellow(door.stage.contact), self.said())
        kept = door.unit.group_links.by_token(b"h" * 32)
        assert kept is not None
        assert (kept.link, kept.uses, kept.approval, kept.author) == ("", 2, True, door.stage.contact.contact)
        take_link(door.fellow(carol), self.said(revoked=True))
        assert door.unit.group_links.by_token(b"h" * 32) == kept
        take_link(door.fellow(door.stage.contact), self.said(revoked=True))
        assert door.unit.group_links.by_token(b"h" * 32) == replace(kept, revoked=True)

    def test_of_a_member_or_for_a_member_is_passed_over(self, door: Door) -> None:
        take_link(door.fellow(door.stage.contact_of(door.stage.carol)), self.said())
        assert door.unit.group_links.by_token(b"h" * 32) is None
        door.unit.statements.run("UPDATE group_log SET own_role = 'member'")
        take_link(door.fellow(door.stage.contact), self.said())
        assert door.unit.group_links.by_token(b"h" * 32) is None

    def test_holds_no_longer_than_a_year(self, door: Door) -> None:
        take_link(door.fellow(door.stage.contact), self.said(expires_at=2**60))
        kept = door.unit.group_links.by_token(b"h" * 32)
        assert kept is not None
        assert kept.expires_at == NOW + LINK_HOURS * HOUR_MS

    def test_cannot_take_the_place_of_ones_own(self, door: Door) -> None:
        take_link(door.fellow(door.stage.contact), self.said(token_hash=door.hash, revoked=True))
        assert door.unit.group_links.by_token(door.hash) == door.link


class TestMakingOne:
    def test_names_the_relay_and_the_most_senior_admins(self, door: Door) -> None:
        carol = door.stage.contact_of(door.stage.carol)
        door.appoint(carol.identity_key)
        door.unit.profile.set_relay(RelayRecord("chat.example.org", 5050, b"p" * 32, True, 0, None, 0))
        save_pins(door.unit, RelayPins(b"p" * 32, also=("chat2.example.org:5050",)))
        view = make_link(door.fellow(door.stage.contact), 2, 1, approval=True)
        link = JoinLink.decode(view.link)
        assert (link.host, link.pin, link.group) == ("chat.example.org", b"p" * 32, door.stage.group.id)
        assert link.also == ("chat2.example.org:5050",)
        assert link.admins == ("bob", "alice", "carol")
        assert link.expires_at == NOW + HOUR_MS
        kept = door.unit.group_links.by_token(join_token_hash(link.group, link.token))
        assert kept is not None
        assert (kept.uses, kept.approval, kept.link) == (2, True, view.link)

    def test_needs_a_relay_and_numbers_that_make_sense(self, door: Door) -> None:
        fellow = door.fellow(door.stage.contact)
        for uses, hours in ((None, 1), (0, 1), (129, 1), (None, 0), (None, LINK_HOURS + 1)):
            with pytest.raises(UsageError):
                make_link(fellow, uses, hours, approval=False)

    def test_is_for_admins(self, door: Door) -> None:
        fellow = door.fellow(door.stage.contact)
        fellow.group = replace(fellow.group, own_role=GroupRole.MEMBER)
        with pytest.raises(DeliveryError) as refused:
            make_link(fellow, None, 1, approval=False)
        assert refused.value.code is ErrorCode.ADMINS_ONLY
