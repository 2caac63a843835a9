"""Repair: a device asks again for what it could not decrypt, over a new session, and is sent it once more.

Receiving: an envelope in quarantine is named in a retry request, seldom enough that nobody can make us spend prekeys.
Sending: only what is undelivered, only to the very device it was made for, only to accepted people and those who are
in a group with us, and no more often than we would ask. What will not be repeated may have been receipts: what waits
for one is sent again, byte for byte.
"""

from collections import defaultdict

from babilu.engine.conversation.encryption import OutgoingContent, devices_in_force
from babilu.engine.conversation.gaps import tell_missing
from babilu.engine.conversation.person import PersonTurn
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.identity.device_list import find_device
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import DeviceId, EnvelopeId
from babilu.kernel.limits import DAY_MS
from babilu.session.sessions import close_sessions
from babilu.store.repairs import Side
from babilu.wire.delivery_parts import Gone, RetryRequest, Settled

FIRST_WAIT_MS = 1_000
JITTER_MS = 1_000
SESSION_PAUSE_MS = 10 * 60 * 1000
NAMED_AT_ONCE = 500

LOOK_AGAIN_MS = DAY_MS
"""Time after which quarantine is looked at although nothing has changed there."""

REPAIRABLE = (ErrorCode.DECRYPTION_FAILED.value, ErrorCode.NO_SESSION.value)


def waits_for_repair(transaction: PersonTurn, device: DeviceId) -> None:
    """Note that an envelope of ``device`` was set aside just now."""
    if device not in transaction.cache.repair_at:
        jitter = int.from_bytes(transaction.randomness.token(2), "big") * JITTER_MS // 65_536
        transaction.cache.repair_at[device] = transaction.now + FIRST_WAIT_MS + jitter
    transaction.cache.repair_next = min(transaction.cache.repair_next, transaction.cache.repair_at[device])
    # Nothing else may come that has it looked at.
    transaction.wake_in(max(1, transaction.cache.repair_at[device] - transaction.now))


def look_at_quarantine(transaction: PersonTurn) -> None:
    """Have quarantine looked at in this turn: a bundle has come, or another device list."""
    transaction.cache.repair_next = 0


def request_repairs(transaction: ConversationTransaction) -> None:
    """Ask for what is in quarantine, where it is time to; between two changes there it costs nothing."""
    if transaction.contact.blocked or not transaction.may_seal:
        return
    wait = transaction.cache.repair_next - transaction.now
    if 0 < wait <= LOOK_AGAIN_MS:
        if wait <= SESSION_PAUSE_MS:
            # Of several wakes that were asked for only the earliest has come.
            transaction.wake_in(wait)
        return
    named: dict[DeviceId, list[tuple[int, EnvelopeId]]] = defaultdict(list)
    for row, envelope, sender in transaction.unit.inbox.to_repair(
        transaction.contact.contact, REPAIRABLE, NAMED_AT_ONCE
    ):
        named[sender].append((row, envelope))
    waits = [_ask_again(transaction, device, rows) for device, rows in named.items()]
    transaction.cache.repair_next = transaction.now + min(waits, default=LOOK_AGAIN_MS)


def _ask_again(transaction: ConversationTransaction, device: DeviceId, rows: list[tuple[int, EnvelopeId]]) -> int:
    """Ask a device for envelopes where it is time to; returns the milliseconds until it may be time again."""
    entry = find_device(devices_in_force(transaction.contact), device)
    if entry is None:
        # Nobody is left to ask. What they had no receipt for comes from the device that took its place, if that one
        # knows of it: nobody can tell here.
        for row, _ in rows:
            transaction.unit.inbox.drop(row, "device_gone")
        tell_missing(transaction, len(rows))
        return LOOK_AGAIN_MS
    contact = transaction.contact.contact
    if not transaction.unit.repairs.may(contact, device, Side.ASKED, transaction.now):
        return LOOK_AGAIN_MS
    wait = _wait(transaction, device)
    if wait > 0:
        transaction.wake_in(wait)
        return wait
    if not transaction.start_session(entry):
        # The bundle may never come, as when the link is lost: each turn looks again, but not more often than that.
        return FIRST_WAIT_MS
    transaction.unit.repairs.count(contact, device, Side.ASKED, transaction.now)
    transaction.cache.repair_at.pop(device, None)
    request = RetryRequest(tuple(envelope for _, envelope in rows))
    transaction.seal(entry, OutgoingContent.aside(request, transaction.now))
    transaction.wake_in(SESSION_PAUSE_MS)
    return SESSION_PAUSE_MS


def _wait(transaction: PersonTurn, device: DeviceId) -> int:
    """Return the milliseconds until a device may be asked."""
    last = transaction.unit.repairs.last(device, Side.ASKED)
    earliest = last + SESSION_PAUSE_MS if last else transaction.cache.repair_at.get(device, 0)
    wait = earliest - transaction.now
    return wait if 0 < wait <= SESSION_PAUSE_MS else 0


def answer_retry(transaction: PersonTurn, device: DeviceId, session: bytes, envelopes: tuple[bytes, ...]) -> None:
    """Give again what a device of the contact could not decrypt.

    Args:
        transaction: The turn.
        device: The device that asks, authenticated by the request's own decryption.
        session: The session that the request came over: the others are not to be used for sending any more.
        envelopes: Ids of what it could not decrypt. What was never ours is passed over.
    """
    contact = transaction.contact.contact
    entry = find_device(devices_in_force(transaction.contact), device)
    if entry is None:
        return
    # Who gets no answer is heard all the same: else receipts for them go over a session that they do not have for good.
    others = {record.session for record in transaction.unit.sessions.sessions_with(device)} - {session}
    close_sessions(transaction.unit.sessions, device, others, transaction.now)
    if transaction.contact.is_stranger or not transaction.unit.repairs.may(
        contact, device, Side.ANSWERED, transaction.now
    ):
        return
    transaction.unit.repairs.count(contact, device, Side.ANSWERED, transaction.now)
    settled: list[EnvelopeId] = []
    for envelope in map(EnvelopeId, envelopes):
        row = transaction.unit.outbox.by_envelope(envelope)
        if row is not None and row.device == device and row.contact == contact and row.chained:
            if row.gone and row.message is not None:
                gone = Gone(row.message, row.counter, row.head)
                transaction.seal(entry, OutgoingContent.aside(gone, transaction.now))
                transaction.unit.outbox.finish(row)
                settled.append(envelope)
            else:
                transaction.replace_envelope(entry, row)
        elif transaction.unit.outbox.was_sent(envelope, contact):
            settled.append(envelope)
    if settled:
        transaction.seal(entry, OutgoingContent.aside(Settled(tuple(settled)), transaction.now))


def take_settled(transaction: PersonTurn, device: DeviceId, envelopes: tuple[bytes, ...]) -> None:
    """Note that nothing is owed of what was set aside, and ask anew for receipts that may have been in it.

    Whoever sees an envelope again that it has finished owes its receipt again. The device that answers seals by the
    session that we asked over from now on, so that this one can be read.

    Args:
        transaction: The turn.
        device: The device that answers a retry request.
        envelopes: Ids of what it will not repeat.
    """
    contact = transaction.contact.contact
    released = [
        transaction.unit.inbox.repaired(EnvelopeId(envelope), contact, transaction.now) for envelope in envelopes
    ]
    since = transaction.now - transaction.cache.resent_at.get(device, transaction.now - SESSION_PAUSE_MS)
    if any(released) and not 0 <= since < SESSION_PAUSE_MS and transaction.unit.outbox.mark_unaccepted(device):
        transaction.cache.resent_at[device] = transaction.now
        transaction.restart_device(device)
