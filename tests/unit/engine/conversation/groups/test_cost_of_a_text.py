"""What a text to many costs for each of them, counted in statements of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from babilu.api.events import MessageStateChanged
from babilu.engine.conversation.batches import take_outcomes
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.groups.group_turn import GroupTurn
from babilu.engine.conversation.sealing import seal_waiting
from babilu.engine.conversation.wakeups import Outcomes
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.engine.transport.outbound_queue import LaneRoute, PeerKept
from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.kernel.ids import DeviceId, EnvelopeId, MessageId
from babilu.kernel.limits import DAY_MS
from babilu.kernel.states import DeliveryState, MessageState
from babilu.session.sessions import sending_session
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import OutboxRecord, ReceiptKind
from babilu.store.group_records import GroupRecord
from babilu.store.outbox import Outbox
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know, told_in
from tests.unit.engine.rooms import Room
from tests.unit.store.builders import NOW, a_message_id

TO_SEAL = 9
"""Owed, what is owed, session, numbers, chain twice, session, envelope, and owed no longer."""

TO_SETTLE = 2
"""Accepted, and held: beside the contact, who is read by whoever begins the turn."""

FEW, MANY = 3, 9


class Club:
    """A group in a profile, whose other members have a session each.

    Args:
        home: The profile.
        unit: A write transaction.
        people: How many they are.
    """

    def __init__(self, home: Home, unit: UnitOfWork, people: int) -> None:
        self.home, self.unit, self.logs = home, unit, GroupLogs()
        self.writers = [Writer(f"member{number}") for number in range(people)]
        self.contacts: list[ContactRecord] = [know(home, unit, writer) for writer in self.writers]
        room = Room(home, self.writers[0], tuple(self.writers[1:]))
        self.group: GroupRecord = room.enters(unit, self.contacts[0], self.logs)
        self._caches = {each.contact: ConversationCache() for each in self.contacts}
        for writer, contact in zip(self.writers, self.contacts, strict=True):
            self._caches[contact.contact].bundles[writer.own.device] = [writer.bundle()]
        self.turn("hello").seal()

    def turn(self, text: str) -> GroupTurn:
        """Say something in a turn, which is not sealed yet."""
        base = self.home.base
        encryption = ContentEncryption(base.own, base.randomness)
        turn = GroupTurn(
            self.unit,
            self.group,
            self.logs,
            self._caches.__getitem__,
            encryption,
            base.show,
            base.randomness,
            self.home.clock,
        )
        self.said: MessageId = turn.send_text(text).id
        return turn

    def envelopes(self) -> dict[int, OutboxRecord]:
        """Give the envelopes of what was said last, by whom they are for."""
        return {row.contact: row for row in self.unit.outbox.of_message(self.said)}

    def held(self) -> list[tuple[ContactRecord, Outcomes]]:
        """Say of each envelope that the relay holds it."""
        rows = self.envelopes()
        return [
            (each, Outcomes((PeerKept(rows[each.contact].envelope, LaneRoute.RELAY, NOW + DAY_MS),)))
            for each in self.contacts
        ]


@contextmanager
def counted(home: Home) -> Iterator[list[str]]:
    """Collect the statements of a block."""
    statements: list[str] = []
    writer = home.base.database._writer
    writer.set_trace_callback(statements.append)
    try:
        yield statements
    finally:
        writer.set_trace_callback(None)


def sealed(folder: Path, people: int) -> int:
    folder.mkdir()
    with a_home(folder) as home, home.base.database.write() as unit:
        club = Club(home, unit, people)
        with counted(home) as statements:
            club.turn("tea?").seal()
        assert set(club.envelopes()) == {each.contact for each in club.contacts}
        return len(statements)


def settled(folder: Path, people: int) -> int:
    folder.mkdir()
    with a_home(folder) as home, home.base.database.write() as unit:
        club = Club(home, unit, people)
        club.turn("tea?").seal()
        turns = [(a_turn(home, unit, contact), outcomes) for contact, outcomes in club.held()]
        with counted(home) as statements:
            effects = take_outcomes(unit, lambda: turns)
        assert [
            (event.message, event.state) for event in told_in(effects) if isinstance(event, MessageStateChanged)
        ] == [(club.said, MessageState.HELD)]
        return len(statements)


def test_each_member_more_costs_so_many_statements_until_the_envelope_is_made(tmp_path: Path) -> None:
    more = sealed(tmp_path / "many", MANY) - sealed(tmp_path / "few", FEW)
    assert more == TO_SEAL * (MANY - FEW)


def test_each_member_more_costs_so_many_statements_once_the_relay_holds_it(tmp_path: Path) -> None:
    more = settled(tmp_path / "many", MANY) - settled(tmp_path / "few", FEW)
    assert more == TO_SETTLE * (MANY - FEW)


def test_an_outcome_that_cannot_be_recorded_spoils_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        club = Club(home, unit, FEW)
        club.turn("tea?").seal()
        spoilt = club.envelopes()[club.contacts[1].contact].envelope
        mark = Outbox.mark_accepted

        def defective(outbox: Outbox, envelope: EnvelopeId, *how: object) -> OutboxRecord | None:
            if envelope == spoilt:
                raise RuntimeError
            return mark(outbox, envelope, *how)  # type: ignore[arg-type]  # as it came

        monkeypatch.setattr(Outbox, "mark_accepted", defective)
        take_outcomes(unit, lambda: [(a_turn(home, unit, contact), outcomes) for contact, outcomes in club.held()])
        accepted = [club.envelopes()[each.contact].accepted_at is not None for each in club.contacts]
        assert accepted == [True, False, True]
        full = ProfileError(ErrorCode.DISK_FULL, "No room.")

        def disk_is_full(*_: object) -> None:
            raise full

        monkeypatch.setattr(Outbox, "mark_accepted", disk_is_full)
        with pytest.raises(ProfileError):
            take_outcomes(unit, lambda: [(a_turn(home, unit, contact), outcomes) for contact, outcomes in club.held()])


def test_what_is_owed_in_two_conversations_takes_two_steps_of_the_session(tmp_path: Path) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        club = Club(home, unit, FEW)
        contact, device = club.contacts[0], DeviceId(club.writers[0].own.device)
        before = sending_session(unit.sessions, device)
        club.turn("to all")
        turn = a_turn(home, unit, contact)
        turn.send_text("to you alone")
        seal_waiting(turn)
        after = sending_session(unit.sessions, device)
        assert before is not None
        assert after is not None
        assert (len(turn.fresh), after.sent - before.sent) == (2, 2)


def test_nothing_is_sealed_for_somebody_who_is_out_by_now(tmp_path: Path) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        club = Club(home, unit, FEW)
        turn, gone = club.turn("tea?"), club.contacts[1].contact
        unit.statements.run("DELETE FROM group_member WHERE contact = ?", gone)
        turn.seal()
        assert set(club.envelopes()) == {each.contact for each in club.contacts} - {gone}
        states = {row.contact: row.state for row in unit.deliveries.of_message(club.said)}
        assert states[gone] is DeliveryState.FAILED


def test_receipts_leave_with_what_is_said_to_all(tmp_path: Path) -> None:
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        club = Club(home, unit, FEW)
        contact, device = club.contacts[1].contact, DeviceId(club.writers[1].own.device)
        unit.receipts.queue(contact, device, a_message_id(), ReceiptKind.DELIVERED)
        club.turn("tea?").seal()
        assert unit.receipts.devices() == []
