"""Sessions of a device pair: one sends and a few still receive; each end finds out by itself which is which.

Everything here runs inside the caller's write transaction and saves only after the last check has passed, so a failed
decryption leaves the rows as they were.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.prekeys import verify_bundle
from babilu.identity.shapes import Bundle, DeviceEntry, SignedDeviceList
from babilu.kernel.errors import CryptoError, ErrorCode
from babilu.kernel.ids import SHORT_ID_BYTES, DeviceId, IdentityKey
from babilu.kernel.limits import DAY_MS, OLD_KEYS_KEPT_MS, OLD_SESSIONS
from babilu.kernel.ports import Randomness
from babilu.session import pqxdh, ratchet
from babilu.session.envelope import (
    EnvelopeBody,
    EnvelopeEnd,
    InitialPart,
    UnsealedEnvelope,
    check_sender,
    open_seal,
    seal_envelopes,
)
from babilu.session.named_prekeys import find_named_prekeys
from babilu.session.padding import pad, unpad
from babilu.session.ports import HandshakeRole, SessionRecord, SessionRows

INITIATOR_RENEWAL_MS = 7 * DAY_MS
INITIATOR_RENEWAL_MESSAGES = 10_000
RESPONDER_RENEWAL_MS = 8 * DAY_MS
RESPONDER_RENEWAL_MESSAGES = 12_000


@dataclass(slots=True)
class OwnDevice:
    """The device that this profile is; only its list may be replaced while it is in use.

    Attributes:
        identity_key: Public key of the person.
        device: Id of the device.
        signing: The device's signing key.
        agreement: The device's agreement key.
        account: Account name, empty without a relay.
        device_list: The person's present list.
        relay: Public key of the relay that the account is at, empty without one.
        former: The devices that this profile was before it was set back: it still opens what was sealed for them, and
            sends nothing as one of them.
    """

    identity_key: IdentityKey
    device: DeviceId
    signing: SigningKey
    agreement: AgreementKey
    account: str
    device_list: SignedDeviceList
    relay: bytes = b""
    former: "tuple[OwnDevice, ...]" = ()

    def as_recipient(self, opened: UnsealedEnvelope) -> "OwnDevice":
        """Return the own device, present or former, that an envelope was sealed for."""
        if not self.former:
            return self
        return next((each for each in self.former if each.device == opened.recipient), self)


@dataclass(frozen=True, slots=True)
class PeerDevice:
    """Another device, as the verified list of its person names it."""

    identity_key: IdentityKey
    entry: DeviceEntry

    @property
    def device(self) -> DeviceId:
        """Id of the device."""
        return DeviceId(self.entry.device)


@dataclass(frozen=True, slots=True)
class AuthenticEnvelope:
    """An opened envelope whose sealing device is known; only `authenticate` makes one.

    Attributes:
        opened: The envelope.
        peer: The device that sealed it.
        recipient: The own device, present or former, that it was sealed for.
    """

    opened: UnsealedEnvelope
    peer: PeerDevice
    recipient: OwnDevice


def start_session(  # whose and with whom, by what, and the ports
    rows: SessionRows,
    own: OwnDevice,
    peer: PeerDevice,
    bundle: Bundle,
    now: int,
    randomness: Randomness,
    bound: bytes = b"",
) -> None:
    """Make a session as its initiator and keep it; its first messages carry the handshake.

    Args:
        rows: Sessions of the profile.
        own: The own device.
        peer: The other device.
        bundle: Prekeys of the other device; they are checked here.
        now: Unix milliseconds.
        randomness: For ephemeral and ratchet keys.
        bound: What every message of the session authenticates besides: the transcript by which a device was linked.

    Raises:
        CryptoError: ``bad_key`` or ``bad_signature``; nothing is kept then.
    """
    verify_bundle(peer.entry, bundle)
    agreed, header = pqxdh.initiate(_own_party(own), own.agreement, _peer_party(peer), bundle, randomness)
    record = SessionRecord(
        session=_session_id(agreed),
        peer=peer.device,
        role=HandshakeRole.INITIATOR,
        ephemeral=header.ephemeral,
        ratchet=ratchet.initiate(agreed.secret, bundle.signed.key, randomness),
        initial=encode_shape(header),
        associated_data=agreed.associated_data + bound,
        created_at=now,
        sent=0,
        received=0,
        sending=True,
        closed=False,
        replaced_at=None,
    )
    _adopt(rows, own, peer, record, now)


def sending_session(rows: SessionRows, peer: DeviceId) -> SessionRecord | None:
    """Return the session that encrypts for ``peer`` now, or None where there is none or it was closed."""
    present = _present(rows.sessions_with(peer))
    return None if present is None or present.closed else present


def can_encrypt(rows: SessionRows, peer: DeviceId) -> bool:
    """Tell whether `encrypt` has a session for ``peer``."""
    return sending_session(rows, peer) is not None


def encrypt(
    rows: SessionRows,
    own: OwnDevice,
    peer: PeerDevice,
    content: bytes,
    now: int,
    randomness: Randomness,
) -> bytes:
    """Encrypt one content for one device; see `encrypt_all`."""
    return encrypt_all(rows, own, peer, [content], now, randomness)[0]


def encrypt_all(
    rows: SessionRows,
    own: OwnDevice,
    peer: PeerDevice,
    contents: Sequence[bytes],
    now: int,  # noqa: ARG001  # every step is told the time, so that a rule that needs it changes no caller
    randomness: Randomness,
    present: SessionRecord | None = None,
) -> list[bytes]:
    """Encrypt contents for one device, and keep the advanced ratchet.

    Args:
        rows: Sessions of the profile.
        own: The own device.
        peer: The recipient.
        contents: At most 65,535 bytes each; padded here.
        now: Unix milliseconds.
        randomness: For the messages' salts.
        present: What `sending_session` gives now, where it was asked already in this transaction.

    Returns:
        The envelopes, in order.

    Raises:
        CryptoError: ``no_session``.
        ProtocolError: ``too_large``; nothing was encrypted.
    """
    record = present or sending_session(rows, peer.device)
    if record is None:
        raise CryptoError(ErrorCode.NO_SESSION, "There is no session with this device yet.")
    padded = [pad(content) for content in contents]
    state, messages = ratchet.encrypt_all(record.ratchet, padded, record.associated_data, randomness)
    initial = None
    if record.initial:
        header = decode_shape(record.initial, pqxdh.HandshakeHeader)
        initial = InitialPart(own.account, own.device_list, header)
    bodies = [EnvelopeBody(own.device, record.session, message, initial) for message in messages]
    envelopes = seal_envelopes(own.agreement, _end(peer), bodies)
    rows.save_session(replace(record, ratchet=state, sent=record.sent + len(contents)))
    return envelopes


def open_envelope(own: OwnDevice, envelope: bytes) -> UnsealedEnvelope:
    """Open the outer seal, which tells who claims to have sent it; no row is read.

    Raises:
        CryptoError: ``decryption_failed``.
        ProtocolError: ``unsupported``.
    """
    try:
        return open_seal(own.agreement, own.device, envelope)
    except CryptoError:
        for former in own.former:
            try:
                return open_seal(former.agreement, former.device, envelope)
            except CryptoError:
                continue
        raise


def authenticate(own: OwnDevice, peer: PeerDevice, opened: UnsealedEnvelope) -> AuthenticEnvelope:
    """Check that a device has sealed an opened envelope, and nobody else in its name; no row is read.

    Args:
        own: The own device.
        peer: The device that `UnsealedEnvelope.sender` names, from a verified list.
        opened: From `open_envelope`.

    Raises:
        CryptoError: ``decryption_failed``.
    """
    recipient = own.as_recipient(opened)
    check_sender(recipient.agreement, recipient.device, _end(peer), opened)
    return AuthenticEnvelope(opened, peer, recipient)


def decrypt(
    rows: SessionRows,
    own: OwnDevice,
    authentic: AuthenticEnvelope,
    now: int,
    randomness: Randomness,
    bound: bytes = b"",
) -> bytes:
    """Decrypt an envelope whose sender is known, and keep the advanced ratchet.

    One-time prekeys that an initial message used are deleted here, after it has authenticated.

    Args:
        rows: Sessions and prekeys of the profile.
        own: The own device.
        authentic: From `authenticate`.
        now: Unix milliseconds.
        randomness: For the next ratchet key.
        bound: As `start_session` was told it, where this may be the first message of such a session.

    Returns:
        The content.

    Raises:
        CryptoError: ``no_session`` or ``decryption_failed``; the rows are as they were.
    """
    peer, opened = authentic.peer, authentic.opened
    initial = opened.body.initial
    records = rows.sessions_with(peer.device)
    if initial is None:
        record = next((each for each in records if each.session == opened.body.session), None)
    else:
        record = _known_handshake(records, initial.handshake)
        if record is None:
            return _accept(rows, own, authentic, initial.handshake, now, randomness, bound)
    if record is None or _is_expired(record, now) or record.session != opened.body.session:
        raise CryptoError(ErrorCode.NO_SESSION, "A message belongs to a session that is not known here.")
    state, padded = ratchet.decrypt(record.ratchet, opened.body.message, record.associated_data, randomness)
    content = unpad(padded)
    rows.save_session(replace(record, ratchet=state, received=record.received + 1, initial=b""))
    return content


def close_sessions(rows: SessionRows, peer: DeviceId, sessions: Collection[bytes], now: int) -> None:
    """Close sessions for sending: a retry request named envelopes of theirs. They go on receiving.

    If the sending session is among them, the newest open one that has received something takes its place.

    Args:
        rows: Sessions of the profile.
        peer: The other device.
        sessions: Which ones.
        now: Unix milliseconds.
    """
    records = rows.sessions_with(peer)
    closed = [replace(record, closed=True) if record.session in sessions else record for record in records]
    present = _present(closed)
    if present is not None and present.closed:
        heirs = [record for record in closed if not record.closed and record.received]
        heir = max(heirs, key=lambda record: record.created_at, default=None)
        if heir is not None:
            closed = [_handed_over(record, present, heir, now) for record in closed]
    for before, after in zip(records, closed, strict=True):
        if before != after:
            rows.save_session(after)


def _handed_over(record: SessionRecord, present: SessionRecord, heir: SessionRecord, now: int) -> SessionRecord:
    if record is present:
        return replace(record, sending=False, replaced_at=now)
    return replace(record, sending=True, replaced_at=None) if record is heir else record


def needs_renewal(record: SessionRecord, now: int) -> bool:
    """Tell whether a session is old or used enough for a new handshake; the initiator's turn comes first."""
    messages = record.sent + record.received
    age = now - record.created_at
    match record.role:
        case HandshakeRole.INITIATOR:
            return age >= INITIATOR_RENEWAL_MS or messages >= INITIATOR_RENEWAL_MESSAGES
        case HandshakeRole.RESPONDER:
            return age >= RESPONDER_RENEWAL_MS or messages >= RESPONDER_RENEWAL_MESSAGES


def _accept(
    rows: SessionRows,
    own: OwnDevice,
    authentic: AuthenticEnvelope,
    header: pqxdh.HandshakeHeader,
    now: int,
    randomness: Randomness,
    bound: bytes,
) -> bytes:
    """Make a session as its responder, from its first message; a session of a former device never sends."""
    peer, opened = authentic.peer, authentic.opened
    sends, own = authentic.recipient is own, authentic.recipient
    if rows.is_ephemeral_seen(peer.device, header.ephemeral):
        raise CryptoError(ErrorCode.NO_SESSION, "A message belongs to a session that is no longer kept.")
    prekeys = find_named_prekeys(rows, header)
    try:
        agreed = pqxdh.respond(_own_party(own), prekeys.keys(own.agreement), _peer_party(peer), header)
    except CryptoError as error:
        raise CryptoError(ErrorCode.DECRYPTION_FAILED, "A handshake has a key that is not allowed.") from error
    if opened.body.session != _session_id(agreed):
        raise CryptoError(ErrorCode.DECRYPTION_FAILED, "A handshake was changed on its way.")
    fresh = ratchet.respond(agreed.secret, prekeys.signed, opened.body.message, randomness)
    associated_data = agreed.associated_data + bound
    state, padded = ratchet.decrypt(fresh, opened.body.message, associated_data, randomness)
    content = unpad(padded)

    rows.remember_ephemeral(peer.device, header.ephemeral, now)
    prekeys.spend(rows)
    record = SessionRecord(
        session=_session_id(agreed),
        peer=peer.device,
        role=HandshakeRole.RESPONDER,
        ephemeral=header.ephemeral,
        ratchet=state,
        initial=b"",
        associated_data=associated_data,
        created_at=now,
        sent=0,
        received=1,
        sending=sends,
        closed=not sends,
        replaced_at=None if sends else now,
    )
    if sends:
        _adopt(rows, own, peer, record, now)
    else:
        rows.save_session(record)
    return content


def _adopt(rows: SessionRows, own: OwnDevice, peer: PeerDevice, new: SessionRecord, now: int) -> None:
    """Keep a new session, decide which one sends, and delete those that are too old or too many."""
    records = rows.sessions_with(peer.device)
    present = _present(records)
    old = [record for record in records if record is not present]
    if present is None:
        rows.save_session(new)
    elif _takes_over(new, present, own, peer):
        replaced = replace(present, sending=False, replaced_at=now)
        rows.save_session(replaced)
        rows.save_session(new)
        old.append(replaced)
    else:
        late = replace(new, sending=False, replaced_at=now)
        rows.save_session(late)
        old.append(late)
    old.sort(key=lambda record: record.replaced_at or 0, reverse=True)
    for place, record in enumerate(old):
        if place >= OLD_SESSIONS or _is_expired(record, now):
            rows.delete_session(record.session)


def _takes_over(new: SessionRecord, present: SessionRecord, own: OwnDevice, peer: PeerDevice) -> bool:
    """Tell whether a new session sends from now on.

    It does unless both ends may have begun at once: then the initiator with the lower agreement key decides, the same
    way at both ends. Of two own sessions the new one sends.
    """
    unanswered = present.role is HandshakeRole.INITIATOR and not present.closed and present.received == 0
    return not unanswered or _initiator_key(new, own, peer) <= _initiator_key(present, own, peer)


def _initiator_key(record: SessionRecord, own: OwnDevice, peer: PeerDevice) -> bytes:
    return own.agreement.public if record.role is HandshakeRole.INITIATOR else peer.entry.agreement_key


def _present(records: list[SessionRecord]) -> SessionRecord | None:
    for record in records:
        if record.sending:
            return record
    return None


def _known_handshake(records: list[SessionRecord], header: pqxdh.HandshakeHeader) -> SessionRecord | None:
    theirs = (record for record in records if record.role is HandshakeRole.RESPONDER)
    return next((record for record in theirs if record.ephemeral == header.ephemeral), None)


def _is_expired(record: SessionRecord, now: int) -> bool:
    return record.replaced_at is not None and now - record.replaced_at >= OLD_KEYS_KEPT_MS


def _session_id(agreed: pqxdh.Agreement) -> bytes:
    return agreed.associated_data[:SHORT_ID_BYTES]


def _own_party(own: OwnDevice) -> pqxdh.Party:
    return pqxdh.Party(own.identity_key, own.device, own.agreement.public)


def _peer_party(peer: PeerDevice) -> pqxdh.Party:
    return pqxdh.Party(peer.identity_key, peer.device, peer.entry.agreement_key)


def _end(peer: PeerDevice) -> EnvelopeEnd:
    return EnvelopeEnd(peer.device, peer.entry.agreement_key)
