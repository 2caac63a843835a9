"""What cannot be decrypted is asked for again over a new session, and given again to whoever it was meant for.

Receiving: an envelope in quarantine is named in a retry request, seldom enough that nobody can make us spend prekeys.
Sending: only what is undelivered, and only to the very device it was made for.
"""

from collections import defaultdict

import msgspec

from babilu.engine.sealing import Saying, devices_in_force
from babilu.engine.turn import Turn
from babilu.identity.device_list import find_device
from babilu.kernel.errors import CryptoError, ErrorCode, ProtocolError
from babilu.kernel.ids import DeviceId, EnvelopeId, new_message_id
from babilu.kernel.limits import DAY_MS
from babilu.session.sessions import close_sessions, open_envelope
from babilu.store.records import InboxRecord
from babilu.wire.content import RetryRequest, Settled

FIRST_WAIT_MS = 1_000
JITTER_MS = 1_000
SESSION_PAUSE_MS = 10 * 60 * 1000
ATTEMPTS = 5
ATTEMPTS_WITHIN_MS = 14 * DAY_MS
NAMED_AT_ONCE = 500

REPAIRABLE = frozenset({ErrorCode.DECRYPTION_FAILED.value, ErrorCode.NO_SESSION.value})


class Attempts(msgspec.Struct, frozen=True, array_like=True):
    """How often a device was asked to repeat itself: since when, how often, and when last (Unix milliseconds)."""

    since: int = 0
    count: int = 0
    last: int = 0


_decoder = msgspec.msgpack.Decoder(Attempts)


def waits_for_repair(turn: Turn, device: DeviceId) -> None:
    """Note that an envelope of ``device`` was set aside just now."""
    if device not in turn.memory.repair_at:
        jitter = int.from_bytes(turn.randomness.token(2), "big") * JITTER_MS // 65_536
        turn.memory.repair_at[device] = turn.now + FIRST_WAIT_MS + jitter


def request_repairs(turn: Turn) -> None:
    """Ask for what is in quarantine, where it is time to."""
    if turn.contact.blocked or not turn.may_seal:
        return
    aside = turn.unit.inbox.quarantined(NAMED_AT_ONCE, turn.contact.contact)
    named: dict[DeviceId, list[InboxRecord]] = defaultdict(list)
    for row in aside:
        if row.reason not in REPAIRABLE:
            continue
        try:
            named[open_envelope(turn.sealer.own, row.envelope_bytes).sender].append(row)
        except (CryptoError, ProtocolError):
            continue
    listed = devices_in_force(turn.contact)
    for device, rows in named.items():
        entry = find_device(listed, device)
        if entry is None:
            # Nobody is left to ask; what they had no receipt for comes from the device that took its place.
            for row in rows:
                turn.unit.inbox.drop(row.row, "device_gone")
            continue
        wait = _wait(turn, device)
        if wait is None:
            continue
        if wait > 0:
            turn.after.wake_in(wait)
            continue
        if turn.start_session(entry):
            _count(turn, device)
            turn.memory.repair_at.pop(device, None)
            request = RetryRequest(tuple(row.envelope for row in rows))
            saying = Saying(request, new_message_id(turn.randomness), turn.now, chained=False)
            turn.seal(entry, saying)
            turn.after.wake_in(SESSION_PAUSE_MS)


def _wait(turn: Turn, device: DeviceId) -> int | None:
    """Return the milliseconds until a device may be asked, or None where it was asked often enough."""
    attempts = _attempts(turn, device)
    if attempts.count >= ATTEMPTS:
        return None
    earliest = attempts.last + SESSION_PAUSE_MS if attempts.count else turn.memory.repair_at.get(device, 0)
    return max(earliest - turn.now, 0)


def _attempts(turn: Turn, device: DeviceId) -> Attempts:
    kept = turn.unit.settings.get(_name(device))
    attempts = Attempts() if kept is None else _decoder.decode(kept)
    expired = turn.now - attempts.since >= ATTEMPTS_WITHIN_MS or turn.now < attempts.last
    return Attempts() if expired else attempts


def _count(turn: Turn, device: DeviceId) -> None:
    before = _attempts(turn, device)
    after = Attempts(before.since or turn.now, before.count + 1, turn.now)
    turn.unit.settings.set(_name(device), msgspec.msgpack.encode(after))


def _name(device: DeviceId) -> str:
    return f"repair.{device.hex()}"


def answer_retry(turn: Turn, device: DeviceId, session: bytes, envelopes: tuple[bytes, ...]) -> None:
    """Give again what a device of the contact could not decrypt.

    Args:
        turn: The turn.
        device: The device that asks, authenticated by the request's own decryption.
        session: The session that the request came over: the others are not to be used for sending any more.
        envelopes: Ids of what it could not decrypt.
    """
    entry = find_device(devices_in_force(turn.contact), device)
    if entry is None:
        return
    others = {record.session for record in turn.unit.sessions.sessions_with(device)} - {session}
    close_sessions(turn.unit.sessions, device, others, turn.now)
    settled: list[EnvelopeId] = []
    for envelope in map(EnvelopeId, envelopes):
        row = turn.unit.outbox.by_envelope(envelope)
        if row is not None and row.device == device and row.contact == turn.contact.contact and row.chained:
            turn.replace_envelope(entry, row)
        else:
            settled.append(envelope)
    if settled:
        saying = Saying(Settled(tuple(settled)), new_message_id(turn.randomness), turn.now, chained=False)
        turn.seal(entry, saying)
