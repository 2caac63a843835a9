"""In larger groups receipts are gathered, and a turn seals for so long and no longer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from babilu.engine.conversation import sealing
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.effects import GiveHint, RequestBundle
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.groups import group_turn
from babilu.engine.conversation.groups.group_conversation import (
    DELIVERED_GATHERED_MS,
    GATHERED_FROM,
    READ_GATHERED_MS,
)
from babilu.engine.conversation.groups.group_turn import GroupTurn
from babilu.engine.conversation.sealing import GATHERED_MS, seal_receipts
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.kernel.ids import DeviceId
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import ReceiptKind
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know
from tests.unit.engine.rooms import Room
from tests.unit.store.builders import NOW, a_message_id


class Ticking:
    """A clock that is later by a step at each look."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._monotonic = 0

    def now_ms(self) -> int:
        return NOW

    def monotonic_ms(self) -> int:
        self._monotonic += self._step
        return self._monotonic


@contextmanager
def a_group(folder: Path, people: int, step: int = 0) -> Iterator[tuple[Home, GroupTurn, ContactRecord]]:
    """Be in a group of so many people that alice has begun, in one of its turns."""
    with a_home(folder) as home, home.base.database.write() as unit:
        alice, logs, base = Writer("alice"), GroupLogs(), home.base
        others = tuple(Writer(f"guest{number}") for number in range(people - 2))
        contact = know(home, unit, alice)
        group = Room(home, alice, others).enters(unit, contact, logs)
        assert group.members == people
        encryption = ContentEncryption(base.own, base.randomness)
        clock = Ticking(step)
        turn = GroupTurn(
            unit, group, logs, lambda _: ConversationCache(), encryption, base.show, base.randomness, clock
        )
        yield home, turn, contact


def owed(turn: GroupTurn, contact: ContactRecord) -> int | None:
    device = DeviceId(turn.unit.contacts.devices(contact.contact)[0].device)
    turn.owe(a_message_id(), contact.contact, device)
    return turn.unit.receipts.leave_at(device)


def test_up_to_so_many_people_each_receipt_leaves_at_once(tmp_path: Path) -> None:
    with a_group(tmp_path, GATHERED_FROM) as (_, turn, contact):
        assert owed(turn, contact) == 0


def test_in_a_larger_group_they_leave_within_a_time_that_tells_nothing(tmp_path: Path) -> None:
    with a_group(tmp_path, GATHERED_FROM + 1) as (_, turn, contact):
        first = owed(turn, contact)
        assert first is not None
        assert NOW < first <= NOW + DELIVERED_GATHERED_MS
        times = {turn.gathered_until(READ_GATHERED_MS) for _ in range(50)}
        assert len(times) > 25
        assert all(NOW < at <= NOW + READ_GATHERED_MS for at in times)


@pytest.mark.parametrize("late_ms", [1, GATHERED_MS, GATHERED_MS + 1])
def test_a_clock_that_was_set_back_keeps_them_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late_ms: int
) -> None:
    sealed: list[object] = []
    monkeypatch.setattr(sealing, "can_encrypt", lambda *_: True)
    monkeypatch.setattr(ConversationTransaction, "seal", lambda *call: sealed.append(call))
    with a_home(tmp_path) as home, home.base.database.write() as unit:
        contact = know(home, unit, Writer("alice"))
        device = DeviceId(unit.contacts.devices(contact.contact)[0].device)
        unit.receipts.queue(contact.contact, device, a_message_id(), ReceiptKind.DELIVERED, NOW + late_ms)
        seal_receipts(a_turn(home, unit, contact))
    assert len(sealed) == (late_ms > GATHERED_MS)


@pytest.mark.parametrize(("step", "woken"), [(0, 0), (group_turn.SEAL_MS // 4, 5), (group_turn.SEAL_MS, 7)])
def test_a_turn_seals_for_so_long_and_wakes_the_others(tmp_path: Path, step: int, woken: int) -> None:
    with a_group(tmp_path, 8, step) as (_, turn, _):
        turn.send_text("hello")
        turn.effects.clear()
        turn.seal()
        asked = {effect.contact.contact for effect in turn.effects if isinstance(effect, RequestBundle)}
        left = {effect.contact.contact for effect in turn.effects if isinstance(effect, GiveHint)}
        assert (len(left), len(asked), left & asked) == (woken, 7 - woken, set())
