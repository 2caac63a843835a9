"""Sync between own devices: what one of them sets, reads, deletes or receipts becomes so on all.

Whatever changes rows that the others are to know of is noted by the same commit: settings by triggers, messages where
they are read, deleted and receipted. A turn with oneself makes contents of it, one each half second at most. What comes
is merged register by register, so that all devices end equal, in whatever order it comes.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from babilu.api import events
from babilu.engine.conversation.effects import EraseTraces
from babilu.engine.conversation.encryption import devices_in_force
from babilu.engine.conversation.own_names import number_of, settle_names, undecided_at
from babilu.engine.conversation.own_state import (
    FROM_THE_BEGINNING,
    everything,
    follow_registers,
    subject_kind,
    undecided,
    values_of,
)
from babilu.engine.conversation.own_values import unpack
from babilu.engine.conversation.recipients import has_siblings
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.turn import ConversationTurn
from babilu.engine.runtime.own_devices import name_this_device
from babilu.engine.runtime.places import label_of
from babilu.identity.codec import decode_shape
from babilu.identity.shapes import DeviceListBody
from babilu.kernel.ids import SHORT_ID_BYTES, ConversationId, DeviceId, IdentityKey, MessageId
from babilu.kernel.limits import INTEGER_MAX, SYNC_ENTRIES, SYNC_MESSAGES, SYNC_WRITES
from babilu.store.contact_records import ConversationRecord
from babilu.store.message_records import MessageRecord, UnsealedMessage
from babilu.store.sync_state import DirtyKind, ItemKind, SyncItem
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.device_parts import Sync
from babilu.wire.sync_entries import RegisterKind, SyncGone, SyncRead, SyncReceipt, SyncWrite

SYNC_PAUSE_MS: Final = 500
"""Shortest time between two contents of what is set and read."""

RECEIPTS_PAUSE_MS: Final = 2_000
"""The same of receipts, which are told together."""

COMPARED_AT_ONCE: Final = 500
CONTENT_BYTES: Final = 40 * 1024
"""Bytes of writes that one content carries, beside the one that makes it more."""

_RECEIPTS: Final = (ItemKind.DELIVERED, ItemKind.SEEN)


# What is told.


def tell_siblings(turn: ConversationTransaction) -> None:
    """Make contents of what the own other devices are not told of yet, in a turn with oneself."""
    unit = turn.unit
    siblings = [DeviceId(entry.device) for entry in devices_in_force(turn.contact).devices]
    if not siblings:
        if unit.sync.devices():
            unit.sync.set_devices([])
            unit.sync.forget_owed()
        return
    _meet(turn, siblings)
    if not unit.sync.is_due():
        return
    wait = turn.cache.synced_at + SYNC_PAUSE_MS - turn.now
    if 0 < wait <= SYNC_PAUSE_MS:
        turn.wake_in(wait)
        return
    turn.cache.synced_at = turn.now
    compare(turn)
    _tell(turn, siblings, _owed_items(turn))
    if unit.sync.is_due():
        turn.wake_in(SYNC_PAUSE_MS)


def _meet(turn: ConversationTransaction, siblings: Sequence[DeviceId]) -> None:
    """Tell devices that are new on the own list all there is; the very first of them learn it from the eldest."""
    unit, own = turn.unit, turn.encryption.own
    known = unit.sync.devices()
    if known == set(siblings):
        return
    listed = [DeviceId(entry.device) for entry in decode_shape(own.device_list.body, DeviceListBody).devices]
    newcomers = [device for device in siblings if device not in known]
    unit.sync.set_devices(siblings)
    name_this_device(unit, own)
    for device in known - set(siblings):
        unit.deliveries.leave(turn.contact.contact, device)
        unit.outbox.settle_device(device)
        unit.receipts.forget_device(device)
        unit.sessions.stop_sending(device, turn.now)
        unit.history_pieces.forget(device)
    if not known:
        if listed and listed[0] == own.device:
            for kind, subject in everything(unit):
                unit.sync.note_dirty(kind, subject)
        return
    for writes in _chunks(unit.sync.for_newcomer(own.device, [*known, *siblings])):
        _say(turn, Sync(_salt(turn), None, writes), newcomers)


def compare(turn: ConversationTransaction) -> None:
    """Write what rows say now into the registers, where these say something else."""
    unit = turn.unit
    while noted := unit.sync.dirty(COMPARED_AT_ONCE):
        lost = [each for each in noted if not _compare_one(turn, *each)]
        for kind, subject in lost:
            follow_registers(turn, kind, subject)
        settle_names(turn, [name for kind, subject in lost for name in _names_of(unit, kind, subject)])
        for kind, subject in noted:
            unit.sync.clean(kind, subject)


def _compare_one(turn: ConversationTransaction, kind: DirtyKind, subject: bytes) -> bool:
    """Write what has changed about a subject; tells whether it counts: nothing is above the highest time."""
    unit, now = turn.unit, turn.now
    counts, by_itself = True, undecided(unit, kind, subject)
    for register, value in values_of(unit, kind, subject).items():
        present = unit.sync.get(register, subject)
        if value == (FROM_THE_BEGINNING.get(register) if present is None else present.value):
            continue
        # Another device may have decided otherwise already, and this one not heard of it.
        first_at = undecided_at(now) if register in by_itself else now
        at = first_at if present is None else max(now, present.at + 1)
        if register is RegisterKind.NAME:
            # Whoever has it bare was there before those who have it with a number.
            at += number_of(_name_of(unit, subject))
        write = SyncWrite(register, subject, value, min(at, INTEGER_MAX), turn.encryption.own.device)
        counts = unit.sync.merge(write, owed=True) and counts
        if register is RegisterKind.NAME and present is not None:
            # Whoever had that with a number may have it bare now.
            settle_names(turn, [str(unpack(present.value))])
    return counts


def _name_of(unit: UnitOfWork, identity: bytes) -> str:
    contact = unit.contacts.by_identity(IdentityKey(identity))
    return "" if contact is None else contact.name


def _names_of(unit: UnitOfWork, kind: DirtyKind, subject: bytes) -> list[str]:
    """Give what somebody is called, and what they are to be called."""
    said = unit.sync.get(RegisterKind.NAME, subject) if kind is DirtyKind.PERSON else None
    return [] if said is None else [_name_of(unit, subject), str(unpack(said.value))]


def _owed_items(turn: ConversationTransaction) -> list[SyncItem]:
    """Take what happened to messages; receipts are told together."""
    cache = turn.cache
    with_receipts = not 0 < cache.receipts_told_at + RECEIPTS_PAUSE_MS - turn.now <= RECEIPTS_PAUSE_MS
    found = turn.unit.sync.items(SYNC_MESSAGES, receipts=with_receipts)
    if any(item.kind in _RECEIPTS for _, item in found):
        cache.receipts_told_at = turn.now
    turn.unit.sync.told_items(number for number, _ in found)
    return [item for _, item in found]


def _tell(turn: ConversationTransaction, siblings: Sequence[DeviceId], items: Sequence[SyncItem]) -> None:
    receipts = tuple(
        SyncReceipt(item.message, item.person, item.device, item.kind is ItemKind.SEEN, item.at)
        for item in items
        if item.kind in _RECEIPTS and item.person is not None and item.device is not None
    )
    reads, gone = [], []
    for (kind, where, at), group in groupby(items, key=lambda item: (item.kind, item.conversation, item.at)):
        messages = tuple(item.message for item in group)
        if kind is ItemKind.READ and where is not None:
            reads.append(SyncRead(where, messages, at))
        elif kind is ItemKind.GONE and where is not None:
            gone.append(SyncGone(where, messages))
    owed = turn.unit.sync.owed(SYNC_WRITES)
    chunks = list(_chunks(owed))
    writes = chunks[0] if chunks else ()
    turn.unit.sync.told(writes)
    first = Sync(_salt(turn), None, writes, receipts, tuple(reads[:SYNC_ENTRIES]), tuple(gone[:SYNC_ENTRIES]))
    if writes or receipts or reads or gone:
        _say(turn, first, siblings)
    for place in range(SYNC_ENTRIES, max(len(reads), len(gone)), SYNC_ENTRIES):
        more = slice(place, place + SYNC_ENTRIES)
        _say(turn, Sync(_salt(turn), None, (), (), tuple(reads[more]), tuple(gone[more])), siblings)


def _chunks(writes: Sequence[SyncWrite]) -> Iterable[tuple[SyncWrite, ...]]:
    """Divide writes by what fits into one content."""
    some: list[SyncWrite] = []
    size = 0
    for write in writes:
        if some and (len(some) == SYNC_WRITES or size + len(write.value) > CONTENT_BYTES):
            yield tuple(some)
            some, size = [], 0
        some.append(write)
        size += len(write.value) + len(write.subject) + 40
    if some:
        yield tuple(some)


def _say(turn: ConversationTransaction, said: Sync, devices: Sequence[DeviceId]) -> None:
    part, number = encode(said), turn.conversation.conversation
    action = UnsealedMessage(turn.id_of(turn.now, part), turn.now, part)
    turn.unit.own_actions.add(number, action, None)
    turn.unit.deliveries.owe(action.id, number, turn.contact.contact, devices)


def _salt(turn: ConversationTransaction) -> bytes:
    return turn.randomness.token(SHORT_ID_BYTES)


# What is taken.


def take_sync(turn: ConversationTransaction, part: Sync) -> None:
    """Take what an own other device tells; in a turn with oneself."""
    # What was set here before counts by its own time, and not as something that this has changed.
    compare(turn)
    changed: dict[tuple[DirtyKind, bytes], None] = {}
    for write in part.writes:
        kind = subject_kind(write.kind)
        if turn.unit.sync.merge(write) and kind is not None:
            changed[kind, write.subject] = None
    names = [name for kind, subject in changed for name in _names_of(turn.unit, kind, subject)]
    for kind, subject in sorted(changed, key=lambda each: each[0] is not DirtyKind.PERSON):
        follow_registers(turn, kind, subject)
    if names:
        settle_names(turn, names)
    if changed:
        # What could not be here as it was told, such as a name that is taken, is nothing to tell others of.
        turn.unit.sync.clean_all()
    for receipt in part.receipts:
        kind_of_receipt = ItemKind.SEEN if receipt.read else ItemKind.DELIVERED
        person, device = IdentityKey(receipt.person), DeviceId(receipt.device)
        _take_receipt(turn, SyncItem(kind_of_receipt, MessageId(receipt.message), receipt.at, None, person, device))
    for read in part.reads:
        _take_read(turn, ConversationId(read.conversation), tuple(map(MessageId, read.messages)), read.at)
    for gone in part.gone:
        _take_gone(turn, ConversationId(gone.conversation), tuple(map(MessageId, gone.messages)))


def _take_receipt(turn: ConversationTransaction, item: SyncItem) -> None:
    record = turn.unit.messages.by_id(item.message)
    person = None if item.person is None else turn.unit.contacts.by_identity(item.person)
    if record is None or person is None:
        turn.unit.sync.wait(item)
    elif record.outgoing and item.device is not None:
        read = item.kind is ItemKind.SEEN
        at = min(item.at, turn.now)
        turn.unit.message_receipts.note(record.position, person.contact, item.device, at, read=read, is_first=True)
        turn.received(record, None, read=read)


def _take_read(turn: ConversationTransaction, where: ConversationId, messages: tuple[MessageId, ...], at: int) -> None:
    record = turn.unit.conversations.by_id(where)
    known = []
    for message in messages:
        if record is None or not turn.unit.messages.is_known(message, record.conversation):
            turn.unit.sync.wait(SyncItem(ItemKind.READ, message, at, where))
        else:
            known.append(message)
    if record is not None and known:
        _mark_read(turn, record, known, at)


def _mark_read(turn: ConversationTurn, where: ConversationRecord, messages: Sequence[MessageId], at: int) -> None:
    """Mark messages as read that were read on an own other device, at the time at which they were."""
    number = where.conversation
    if not turn.unit.messages.mark_these_read(number, messages):
        return
    started = turn.unit.expiry.start(number, messages, min(at, turn.now))
    turn._tell_clocks(number, started)  # noqa: SLF001
    turn.tell(events.ConversationChanged(_label(turn, where), where.id))


def _take_gone(turn: ConversationTransaction, where: ConversationId, messages: tuple[MessageId, ...]) -> None:
    record = turn.unit.conversations.by_id(where)
    if record is None:
        return
    label = _label(turn, record)
    for message in messages:
        if turn.unit.messages.delete(message, record.conversation) is None:
            turn.unit.messages.note_gone(message, record.conversation)
            continue
        turn.tell(events.MessageDeleted(message, label, where, turn.show.own_name))
        turn.then(EraseTraces())


def _label(turn: ConversationTurn, record: ConversationRecord) -> str:
    contact = None if record.contact is None else turn.unit.contacts.by_contact(record.contact)
    return label_of(record, contact)


def message_is_here(turn: ConversationTransaction, record: MessageRecord) -> bool:
    """Do what own other devices told of a message before it came; tells whether it shows otherwise by that."""
    if not has_siblings(turn.encryption.own):
        return False
    waiting = turn.unit.sync.take_waiting(record.id)
    for item in waiting:
        if item.kind is ItemKind.READ and not record.outgoing:
            _mark_read(turn, turn.conversation, [record.id], item.at)
        elif record.outgoing and item.kind in _RECEIPTS:
            _take_receipt(turn, item)
    if record.outgoing and turn.unit.sync.get(RegisterKind.FAILED, record.id) is not None:
        follow_registers(turn, DirtyKind.MESSAGE, record.id)
        return True
    return bool(waiting)
