"""Giving history to an own device that was linked: the newest first, in contents, resumed where a run has ended.

Each step owes the device what it makes by the commit that notes how far it has come. Order, repeats and pauses are
those of everything that is owed; where the relay has no room, it waits (`docs/adr/0072`).
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

import msgspec

from babilu.archive.collecting import ArchiveScope, Collector
from babilu.archive.groups import ArchiveGroup, encode_group, join_records, records_of
from babilu.archive.records import ArchivedMessage
from babilu.engine.conversation.effects import GiveHint, RunEffects
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.own_devices import own_list
from babilu.engine.runtime.threads import Worker, follow_up
from babilu.identity.device_list import find_device
from babilu.kernel.ids import SHORT_ID_BYTES, DeviceId, message_id
from babilu.kernel.limits import DAY_MS, DEVICE_HISTORY_BYTES, DEVICE_HISTORY_GROUPS, INTEGER_MAX
from babilu.store.contact_records import ContactRecord, ConversationRecord
from babilu.store.message_records import UnsealedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.content import DeviceHistory

log = logging.getLogger(__name__)

_GIVING: Final = "device.history:"
_LENGTH: Final = 4
_encoder: Final = msgspec.msgpack.Encoder()


class GivenSoFar(msgspec.Struct, frozen=True, array_like=True):
    """How far a device was given what there is.

    Attributes:
        since: Only messages said from here on (Unix milliseconds).
        below: All messages from this place on are owed to it; None before people and conversations are.
    """

    since: int
    below: int | None = None


_raw = msgspec.msgpack.Decoder(list[msgspec.Raw])
_given = msgspec.msgpack.Decoder(GivenSoFar)


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
        """Go on where an earlier run has ended."""
        with self._base.database.read() as unit:
            begun = [bytes.fromhex(name.removeprefix(_GIVING)) for name in unit.settings.names(_GIVING)]
        for device in begun:
            self._work.post(partial(self._give, DeviceId(device)))

    def stop(self) -> None:
        """End after the step under way; the next run goes on behind it."""
        self._stopping = True

    def give(self, device: DeviceId, days: int | None) -> None:
        """Begin to give a device contacts, conversations and messages; from the beginning where that was begun before.

        Args:
            device: Which own device.
            days: Of how many days; None for all, 0 for no messages.
        """
        now = self._base.clock.now_ms()
        since = 0 if days is None else INTEGER_MAX if days == 0 else max(now - days * DAY_MS, 0)
        with self._base.database.write() as unit:
            unit.settings.set(_GIVING + device.hex(), _encoder.encode(GivenSoFar(since)))
        follow_up(lambda: self._work.post(partial(self._give, device)))

    def _give(self, device: DeviceId) -> None:
        name = _GIVING + device.hex()
        with self._base.database.read() as unit:
            kept = unit.settings.get(name)
        given = None if kept is None else _given.decode(kept)
        if given is not None and find_device(own_list(self._base.own), device) is not None:
            with self._base.database.read() as unit:
                collector = Collector(unit, ArchiveScope(self._base.clock.now_ms()))
                for groups, reached in _steps(collector, given):
                    note = partial(_note, name, reached)
                    if self._stopping or not self._owe(device, list(_contents(groups)), note):
                        return
        with self._base.database.write() as unit:
            unit.settings.delete(name)

    def _owe(self, device: DeviceId, step: list[tuple[bytes, ...]], note: Callable[[UnitOfWork], None]) -> bool:
        """Owe a device some contents; tells whether it is one of the own ones still."""
        base = self._base
        with base.database.write(behind=True) as unit:
            oneself, notes = unit.contacts.oneself(), unit.conversations.notes()
            if oneself is None or notes is None or find_device(own_list(base.own), device) is None:
                return False
            for groups in step:
                self._owe_one(unit, oneself, notes, device, groups)
            note(unit)
        self._run([GiveHint(oneself, Wake())])
        return True

    def _owe_one(
        self,
        unit: UnitOfWork,
        oneself: ContactRecord,
        notes: ConversationRecord,
        device: DeviceId,
        groups: tuple[bytes, ...],
    ) -> None:
        base = self._base
        part = encode(DeviceHistory(base.randomness.token(SHORT_ID_BYTES), None, groups))
        now = base.clock.now_ms()
        action = message_id(notes.id, base.own.identity_key, now, part)
        unit.own_actions.add(notes.conversation, UnsealedMessage(action, now, part), None)
        unit.deliveries.owe(action, notes.conversation, oneself.contact, [device])


def _note(name: str, given: GivenSoFar, unit: UnitOfWork) -> None:
    unit.settings.set(name, _encoder.encode(given))


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


def _contents(groups: Iterable[ArchiveGroup]) -> Iterator[tuple[bytes, ...]]:
    """Put groups together so that each content fits into one envelope."""
    held: list[bytes] = []
    size = 0
    for group in groups:
        for packed in _packed(group):
            if held and (size + len(packed) > DEVICE_HISTORY_BYTES or len(held) == DEVICE_HISTORY_GROUPS):
                yield tuple(held)
                held, size = [], 0
            held.append(packed)
            size += len(packed) + _LENGTH
    if held:
        yield tuple(held)


def _packed(group: ArchiveGroup) -> Iterator[bytes]:
    """Compress a group, in halves where it is too large; one record that is too large alone is left out."""
    packed = encode_group(group)[_LENGTH:]
    if len(packed) <= DEVICE_HISTORY_BYTES:
        yield packed
        return
    records = [bytes(each) for each in _raw.decode(group.records)]
    if len(records) == 1:
        log.warning("what is too large for one content is not given to an own device")
        return
    middle = len(records) // 2
    for half in (records[:middle], records[middle:]):
        yield from _packed(msgspec.structs.replace(group, records=join_records(half)))
