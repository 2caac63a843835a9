"""Giving history to an own device that was linked or has asked: the newest first, resumed where a run has ended.

Each step owes the device what it makes by the commit that notes how far it has come. Order, repeats and pauses are
those of everything that is owed; where the relay has no room, it waits (`docs/adr/0072`). Where much is on its way to
the device already, its receipts go on with it.
"""

import logging
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

import msgspec

from babilu.archive.collecting import Collector
from babilu.archive.groups import ArchiveGroup, encode_group, join_records, records_of
from babilu.archive.records import ArchivedMessage
from babilu.archive.scope import ArchiveScope
from babilu.engine.conversation.contents.device_history import name_of_whole
from babilu.engine.conversation.effects import GiveHint, RunEffects
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.history_given import (
    GivenSoFar,
    begin_giving,
    devices_given_to,
    end_giving,
    given_so_far,
    note_given,
)
from babilu.engine.runtime.kept_grants import is_granted
from babilu.engine.runtime.own_devices import own_list
from babilu.engine.runtime.threads import Worker, follow_up
from babilu.identity.device_list import find_device
from babilu.kernel.ids import SHORT_ID_BYTES, DeviceId, MessageId, message_id
from babilu.kernel.limits import (
    DAY_MS,
    DEVICE_HISTORY_AHEAD,
    DEVICE_HISTORY_BYTES,
    DEVICE_HISTORY_GROUPS,
    DEVICE_HISTORY_PIECES,
    INTEGER_MAX,
)
from babilu.kernel.ports import Randomness
from babilu.store.contact_records import ContactRecord, ConversationRecord
from babilu.store.conversations import ONESELF
from babilu.store.message_records import UnsealedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.device_parts import DeviceHistory, DeviceHistoryPiece
from babilu.wire.part_base import ChainedPart

log = logging.getLogger(__name__)

_LENGTH: Final = 4
_encoder: Final = msgspec.msgpack.Encoder()
_raw: Final = msgspec.msgpack.Decoder(list[msgspec.Raw])


class HistoryGiving:
    """Gives own devices what this one has; it works in a thread of its own.

    Args:
        base: The profile and the ports.
        work: The thread.
        run: Runs the effects of what it commits.
    """

    def __init__(self, base: ClientContext, work: Worker, run: RunEffects) -> None:
        self._base = base
        self._work = work
        self._run = run
        self._stopping = False

    def start(self) -> None:
        """Go on where an earlier run has ended, or a list has come that names who is to have something."""
        with self._base.database.read() as unit:
            begun = devices_given_to(unit)
        for device in begun:
            self.go_on(device)

    def stop(self) -> None:
        """End after the step under way; the next run goes on behind it."""
        self._stopping = True

    def give(self, device: DeviceId, days: int | None) -> None:
        """Begin to give a device contacts, conversations and messages.

        Args:
            device: Which own device.
            days: Of how many days; None for all, 0 for no messages.
        """
        with self._base.database.write() as unit:
            begin_giving(unit, device, first_moment(days, self._base.clock.now_ms()))
        follow_up(lambda: self.go_on(device))

    def go_on(self, device: DeviceId) -> None:
        """Go on giving to a device, where it is to have anything; may be called from any thread."""
        self._work.post(partial(self._give, device))

    def _give(self, device: DeviceId) -> None:
        with self._base.database.read() as unit:
            given = given_so_far(unit, device)
            ahead = unit.deliveries.count_for(ONESELF, device)
        if given is None or ahead > DEVICE_HISTORY_AHEAD // 2:
            return
        if find_device(own_list(self._base.own), device) is None:
            with self._base.database.write() as unit:
                # One that was granted may be on a list that is not known here yet: its time comes with that.
                if not is_granted(unit, device):
                    end_giving(unit, device, given.since)
            return
        with self._base.database.read() as unit:
            collector = Collector(unit, ArchiveScope(self._base.clock.now_ms()))
            for groups, reached in _steps(collector, given):
                parts = list(_parts(groups, self._base.randomness))
                if self._stopping or not self._owe(device, parts, reached):
                    return
        with self._base.database.write() as unit:
            end_giving(unit, device, given.since)

    def _owe(self, device: DeviceId, parts: list[ChainedPart], reached: GivenSoFar) -> bool:
        """Owe a device what one step gives; False where it is not to have it now, or not from there."""
        base = self._base
        with base.database.write(behind=True) as unit:
            oneself, notes = unit.contacts.oneself(), unit.conversations.notes()
            if oneself is None or notes is None or find_device(own_list(base.own), device) is None:
                return False
            if unit.deliveries.count_for(oneself.contact, device) >= DEVICE_HISTORY_AHEAD:
                return False
            if not note_given(unit, device, reached):
                return False
            for part in parts:
                owe_to_siblings(base, unit, (oneself, notes), part, [device])
        self._run([GiveHint(oneself, Wake())])
        return True


def first_moment(days: int | None, now: int) -> int:
    """Return from when on messages are given.

    Args:
        days: Of how many days; None for all, 0 for no messages.
        now: Unix milliseconds.
    """
    return 0 if days is None else INTEGER_MAX if days == 0 else max(now - days * DAY_MS, 0)


def owe_to_siblings(
    base: ClientContext,
    unit: UnitOfWork,
    oneself: tuple[ContactRecord, ConversationRecord],
    part: ChainedPart,
    devices: Iterable[DeviceId],
    about: MessageId | None = None,
) -> None:
    """Owe own other devices something that is said in the notes, and shows nowhere.

    Args:
        base: The profile and the ports.
        unit: The write transaction.
        oneself: Oneself as a person, and the notes.
        part: What is said.
        devices: Which devices.
        about: By what it is found while it is under way; None for nothing.
    """
    person, notes = oneself
    said, now = encode(part), base.clock.now_ms()
    action = message_id(notes.id, base.own.identity_key, now, said)
    unit.own_actions.add(notes.conversation, UnsealedMessage(action, now, said), about)
    unit.deliveries.owe(action, notes.conversation, person.contact, devices)


def _steps(collector: Collector, given: GivenSoFar) -> Iterator[tuple[list[ArchiveGroup], GivenSoFar]]:
    """Give what a device is to have, step by step: people, conversations and logs, then messages, the newest first."""
    if given.below is None:
        given = msgspec.structs.replace(given, below=INTEGER_MAX)
        yield [*collector.core(), *collector.standing()], given
    if given.since == INTEGER_MAX:
        return
    for lowest, groups in collector.runs(given.below or INTEGER_MAX):
        kept = groups if not given.since else [each for group in groups for each in _said_since(group, given.since)]
        yield kept, msgspec.structs.replace(given, below=lowest)


def _said_since(group: ArchiveGroup, since: int) -> Iterator[ArchiveGroup]:
    kept = [_encoder.encode(each) for each in records_of(group, ArchivedMessage) if each.sent_at >= since]
    if kept:
        yield msgspec.structs.replace(group, records=join_records(kept))


def _parts(groups: Iterable[ArchiveGroup], randomness: Randomness) -> Iterator[ChainedPart]:
    """Put groups together so that each part fits into one envelope; what fits into none is cut into pieces."""
    held: list[bytes] = []
    size = 0
    for group in groups:
        for packed in _packed(group):
            full = size + len(packed) > DEVICE_HISTORY_BYTES or len(held) == DEVICE_HISTORY_GROUPS
            if held and full:
                yield DeviceHistory(randomness.token(SHORT_ID_BYTES), None, tuple(held))
                held, size = [], 0
            if len(packed) > DEVICE_HISTORY_BYTES:
                yield from _pieces(packed, randomness)
            else:
                held.append(packed)
                size += len(packed) + _LENGTH
    if held:
        yield DeviceHistory(randomness.token(SHORT_ID_BYTES), None, tuple(held))


def _pieces(packed: bytes, randomness: Randomness) -> Iterator[DeviceHistoryPiece]:
    count = -(-len(packed) // DEVICE_HISTORY_BYTES)
    if count > DEVICE_HISTORY_PIECES:
        # A group of this size is read by nobody, not even from an archive.
        log.warning("a record is too large to be given to an own device")
        return
    whole = name_of_whole(packed)
    for place in range(count):
        piece = packed[place * DEVICE_HISTORY_BYTES : (place + 1) * DEVICE_HISTORY_BYTES]
        yield DeviceHistoryPiece(randomness.token(SHORT_ID_BYTES), None, whole, place, count, piece)


def _packed(group: ArchiveGroup) -> Iterator[bytes]:
    """Compress a group, in halves as long as it is too large and has more than one record."""
    packed = encode_group(group)[_LENGTH:]
    if len(packed) <= DEVICE_HISTORY_BYTES:
        yield packed
        return
    records = [bytes(each) for each in _raw.decode(group.records)]
    if len(records) == 1:
        yield packed
        return
    middle = len(records) // 2
    for half in (records[:middle], records[middle:]):
        yield from _packed(msgspec.structs.replace(group, records=join_records(half)))
