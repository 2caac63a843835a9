"""Linking of a new device: each end is bound to what it shows before it can know the other's, so that a code tells.

The new device commits to its keys, the old one shows its own, the new one reveals. Whoever stands between the two has
to commit to other keys before the old device's nonce is known, and to answer before the new one's is: the codes of the
two ends then differ, but for one try in a million. (Commitment before reveal: as in ZRTP, RFC 6189, and in Vaudenay's
SAS of 2005.) Both users say yes; the new device signs its own, so that no relay says it in its place.

Machines without I/O: messages in, messages and a code out. One try each; what does not fit ends it.
"""

import hashlib
import hmac
from dataclasses import dataclass
from enum import Enum, auto, unique
from typing import Annotated, Final

import msgspec

from babilu.crypto.kdf import equal, hkdf_sha256
from babilu.crypto.keys import SigningKey, check_ed25519_public, check_x25519_public, verify
from babilu.crypto.secret import Secret
from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.device_list import (
    certify,
    find_device,
    listing_signature,
    verify_device_list,
    verify_listing,
)
from babilu.identity.prekeys import verify_bundle_of
from babilu.identity.shapes import (
    Bundle,
    DeviceEntry,
    DeviceKind,
    Hash32,
    Id16,
    Key32,
    Natural,
    Shape,
    Signature64,
    SignedDeviceList,
)
from babilu.identity.word_list import WORD_BITS, words
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, ProtocolError
from babilu.kernel.ids import device_id, domain
from babilu.kernel.limits import DEVICES, LINK_BYTES
from babilu.kernel.plain_text import cleaned
from babilu.kernel.ports import Randomness

LINK_VERSION: Final = 1
DEVICE_NAME_CHARACTERS: Final = 64
NONCE_BYTES: Final = 32

DIGITS: Final = 6
WORDS: Final = 4
_DIGIT_BITS: Final = 20
_STREAM_BYTES: Final = 64

LINE_PREFIX: Final = "babilu-device:"
LINE_SECRET_BYTES: Final = 16

_COMMITMENT = domain("link-commitment")
_TRANSCRIPT = domain("link")
_CODE = domain("link-code")
_YES = domain("link-yes")
_LINE = domain("link-line")


class NewDeviceBody(Shape, frozen=True, array_like=True):
    """What a new device shows of itself.

    Attributes:
        version: 1.
        signing_key: Ed25519 public key of the device.
        agreement_key: X25519 public key of the device.
        bundle: Prekeys, for the session that the old device begins.
        name: What its user calls the device; a claim.
        kind: What it would like to be.
        nonce: 32 random bytes.
    """

    version: Natural
    signing_key: Key32
    agreement_key: Key32
    bundle: Bundle
    name: Annotated[str, msgspec.Meta(max_length=DEVICE_NAME_CHARACTERS)]
    kind: DeviceKind
    nonce: Key32


class OldDeviceBody(Shape, frozen=True, array_like=True):
    """What a full device shows of itself and its person.

    Attributes:
        version: 1.
        identity_key: The person.
        device_list: Their present list.
        device: The device that speaks, which the list names as a full one.
        kind: The most that it offers.
        nonce: 32 random bytes.
    """

    version: Natural
    identity_key: Key32
    device_list: SignedDeviceList
    device: Id16
    kind: DeviceKind
    nonce: Key32


class LinkAsk(Shape, frozen=True, array_like=True, tag="ask"):
    """First message, of the new device: SHA-256(tag ‖ body)."""

    commitment: Hash32


class LinkOffer(Shape, frozen=True, array_like=True, tag="offer"):
    """Answer of the old device: an encoded `OldDeviceBody`."""

    body: Annotated[bytes, msgspec.Meta(max_length=LINK_BYTES)]


class LinkReveal(Shape, frozen=True, array_like=True, tag="reveal"):
    """What the new device had committed to.

    Attributes:
        body: An encoded `NewDeviceBody`.
        listing: The device's signature for its entry in the list of the person whose key was offered.
    """

    body: Annotated[bytes, msgspec.Meta(max_length=LINK_BYTES)]
    listing: Signature64


class LinkYes(Shape, frozen=True, array_like=True, tag="yes"):
    """The user of the new device has said that the codes are the same: its signature over tag ‖ transcript."""

    signature: Signature64


class LinkGrant(Shape, frozen=True, array_like=True, tag="grant"):
    """What makes the new device one of the person's, after both have said yes.

    Attributes:
        envelope: Sealed for the new device: the first message of a session that authenticates the transcript.
        proof: HMAC over the transcript by the secret of a line that the old device has read; None where it read none.
    """

    envelope: Annotated[bytes, msgspec.Meta(max_length=LINK_BYTES)]
    proof: Hash32 | None = None


class LinkAgain(Shape, frozen=True, array_like=True, tag="again"):
    """A new device that was interrupted asks for its grant once more, by the transcript of its try."""

    transcript: Hash32


class LinkTaken(Shape, frozen=True, array_like=True, tag="taken"):
    """The new device has kept what it was granted, by that transcript."""

    transcript: Hash32


class LinkEnd(Shape, frozen=True, array_like=True, tag="end"):
    """Either end has ended the try."""


LinkMessage = LinkAsk | LinkOffer | LinkReveal | LinkYes | LinkGrant | LinkAgain | LinkTaken | LinkEnd
"""Everything that the two ends of a try say."""

_decoder: msgspec.msgpack.Decoder[LinkMessage] = msgspec.msgpack.Decoder(LinkMessage)


class DeviceName(Shape, frozen=True, array_like=True):
    """What one of the person's devices is called."""

    device: Id16
    name: Annotated[str, msgspec.Meta(max_length=DEVICE_NAME_CHARACTERS)]


class GrantedBody(Shape, frozen=True, array_like=True):
    """Content of the grant's envelope.

    Attributes:
        device_list: The list that names the new device.
        identity: Seed of the identity key under the password, encoded as `babilu.crypto.password.WrappedKey`; None for
            a companion.
        names: What the devices of the list are called.
    """

    device_list: SignedDeviceList
    identity: Annotated[bytes, msgspec.Meta(max_length=1024)] | None
    names: Annotated[tuple[DeviceName, ...], msgspec.Meta(max_length=DEVICES)] = ()


@dataclass(frozen=True, slots=True)
class LinkCode:
    """What people compare.

    Attributes:
        digits: Six digits.
        words: Four words, for whoever would rather read those; they say more.
    """

    digits: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """Where a try takes place, as one end sees it: whoever stands between the ends is seen by each as the other.

    Attributes:
        account: Name of the account; empty over a direct connection.
        certificate: SHA-256 of the certificate of the relay, or of the called end.
    """

    account: str
    certificate: bytes


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """What a new device shows as a line of text or a QR code, for an old one that can read it.

    Attributes:
        commitment: What the device commits to: reading it takes the place of comparing codes.
        secret: 16 random bytes, by which the old device proves to the new one that it has read them.
    """

    commitment: bytes
    secret: bytes

    def encode(self) -> str:
        """Return the line."""
        return LINE_PREFIX + (self.commitment + self.secret).hex()

    @classmethod
    def decode(cls, text: str) -> "DeviceLine":
        """Read a line as somebody typed or scanned it.

        Raises:
            ProtocolError: ``malformed``.
        """
        typed = "".join(text.split()).removeprefix(LINE_PREFIX)
        try:
            decoded = bytes.fromhex(typed)
        except ValueError:
            decoded = b""
        if len(decoded) != hashlib.sha256().digest_size + LINE_SECRET_BYTES:
            raise ProtocolError(ErrorCode.MALFORMED, "This is no line of a device that is to be linked.")
        return cls(decoded[:-LINE_SECRET_BYTES], decoded[-LINE_SECRET_BYTES:])


@unique
class _Stage(Enum):
    """Where a try stands."""

    BEFORE = auto()
    COMMITTED = auto()
    COMPARING = auto()
    SAID_YES = auto()
    ENDED = auto()


class NewDeviceLinking:
    """The new device's end of one try.

    Args:
        signing: The device's signing key.
        body: What it shows of itself.
        place: Where.
        secret: The secret of the line that it shows; None where it shows none.

    Attributes:
        body: See there, encoded.
        offered: What the old device has shown; None before.
    """

    def __init__(self, signing: SigningKey, body: NewDeviceBody, place: LinkPlace, secret: bytes | None = None) -> None:
        self._signing = signing
        self._shown = body
        self._place = place
        self._secret = secret
        self._stage = _Stage.BEFORE
        self._transcript = b""
        self.body = encode_shape(body)
        self.offered: OldDeviceBody | None = None

    @property
    def line(self) -> DeviceLine | None:
        """What the device shows as a line of text or a QR code."""
        return None if self._secret is None else DeviceLine(commitment_to(self.body), self._secret)

    @property
    def transcript(self) -> bytes:
        """What the session of the grant authenticates (32 bytes); empty before the offer."""
        return self._transcript

    def ask(self) -> bytes:
        """Return the first message.

        Raises:
            ProtocolError: ``not_allowed``: the try has begun.
        """
        self._expect(_Stage.BEFORE)
        self._stage = _Stage.COMMITTED
        return encode_shape(LinkAsk(commitment_to(self.body)))

    def offer_came(self, offer: LinkOffer) -> tuple[bytes, LinkCode]:
        """Take the old device's answer.

        Returns:
            The next message, and the code to be compared.

        Raises:
            BabiluError: It does not hold, or has no place here; the try is over.
        """
        self._expect(_Stage.COMMITTED)
        try:
            self.offered = _checked_offer(offer)
        except BabiluError:
            self.end()
            raise
        self._stage = _Stage.COMPARING
        self._transcript = transcript_of(commitment_to(self.body), offer.body, self.body, self._place)
        listing = listing_signature(
            self._signing, self.offered.identity_key, self._shown.signing_key, self._shown.agreement_key
        )
        return encode_shape(LinkReveal(self.body, listing)), code_of(self._transcript)

    def yes(self) -> bytes:
        """Return the message that says that the user found the codes to be the same.

        Raises:
            ProtocolError: ``not_allowed``: there is no code yet, or the try is over.
        """
        self._expect(_Stage.COMPARING)
        self._stage = _Stage.SAID_YES
        return encode_shape(LinkYes(self._signing.sign(_YES, self._transcript)))

    def is_proved(self, grant: LinkGrant) -> bool:
        """Tell whether a grant proves that the old device has read the line, in place of the user's yes."""
        if self._secret is None or grant.proof is None or self._stage not in {_Stage.COMPARING, _Stage.SAID_YES}:
            return False
        return equal(grant.proof, _proof(self._secret, self._transcript))

    def may_take(self, grant: LinkGrant) -> bool:
        """Tell whether a grant may be taken: the user has said yes, or it proves that the line was read."""
        return self._stage is _Stage.SAID_YES or self.is_proved(grant)

    def end(self) -> None:
        """End the try: nothing more is taken."""
        self._stage = _Stage.ENDED

    def _expect(self, stage: _Stage) -> None:
        if self._stage is not stage:
            self.end()
            raise _out_of_place()


class OldDeviceLinking:
    """The full device's end of one try.

    Args:
        body: What it shows of itself.
        place: Where.

    Attributes:
        body: See there, encoded.
        revealed: What the new device has shown; None before.
    """

    def __init__(self, body: OldDeviceBody, place: LinkPlace) -> None:
        self._shown = body
        self._place = place
        self._stage = _Stage.BEFORE
        self._commitment = b""
        self._transcript = b""
        self._listing = b""
        self._line: DeviceLine | None = None
        self.body = encode_shape(body)
        self.revealed: NewDeviceBody | None = None
        self.has_their_yes = False

    @property
    def transcript(self) -> bytes:
        """What the session of the grant authenticates (32 bytes); empty before the reveal."""
        return self._transcript

    def ask_came(self, ask: LinkAsk) -> bytes:
        """Take the new device's commitment, and return the answer.

        Raises:
            ProtocolError: ``not_allowed``: a second commitment; the try is over.
        """
        self._expect(_Stage.BEFORE)
        self._stage = _Stage.COMMITTED
        self._commitment = ask.commitment
        return encode_shape(LinkOffer(self.body))

    def reveal_came(self, reveal: LinkReveal) -> LinkCode:
        """Take what the new device had committed to, and return the code to be compared.

        Raises:
            BabiluError: It is something else, does not hold, or has no place here; the try is over.
        """
        self._expect(_Stage.COMMITTED)
        try:
            self.revealed = _checked_reveal(reveal, self._commitment, self._shown.identity_key)
        except BabiluError:
            self.end()
            raise
        self._stage = _Stage.COMPARING
        self._listing = reveal.listing
        self._transcript = transcript_of(self._commitment, self.body, reveal.body, self._place)
        return code_of(self._transcript)

    def yes_came(self, yes: LinkYes) -> None:
        """Take the yes of the new device's user.

        Raises:
            BabiluError: It does not hold, or has no place here; the try is over.
        """
        self._expect(_Stage.COMPARING)
        if self.revealed is None:
            raise _out_of_place()
        try:
            verify(self.revealed.signing_key, _YES, self._transcript, yes.signature)
        except CryptoError:
            self.end()
            raise
        self.has_their_yes = True

    def read_line(self, line: DeviceLine) -> None:
        """Take the line that the new device shows, in place of comparing codes.

        Raises:
            BabiluError: It is that of another device, or has no place here; the try is over.
        """
        self._expect(_Stage.COMPARING)
        if not equal(line.commitment, self._commitment):
            self.end()
            raise CryptoError(ErrorCode.MISMATCH, "The line is that of another device than the one that asks.")
        self._line = line

    @property
    def may_grant(self) -> bool:
        """Whether the other side's yes is there: said by its user, or by the line that was read from it."""
        return self._stage is _Stage.COMPARING and (self.has_their_yes or self._line is not None)

    def entry(self, identity: SigningKey, kind: DeviceKind) -> DeviceEntry:
        """Make the new device's entry of the person's list, once the user has said yes.

        Args:
            identity: The identity key.
            kind: What the device may do; no more than was offered.

        Raises:
            ProtocolError: ``not_allowed``: nothing was revealed, or the try is over.
        """
        if self._stage is not _Stage.COMPARING or self.revealed is None:
            raise _out_of_place()
        certificate = certify(identity, self.revealed.signing_key, self.revealed.agreement_key, kind)
        return DeviceEntry(certificate, self._listing)

    def grant(self, envelope: bytes) -> bytes:
        """Return the message that grants, with the proof that the line was read, where it was.

        Raises:
            ProtocolError: ``not_allowed``: the other side has not said yes.
        """
        if not self.may_grant:
            raise _out_of_place()
        return encode_shape(
            LinkGrant(envelope, None if self._line is None else _proof(self._line.secret, self._transcript))
        )

    def end(self) -> None:
        """End the try: nothing more is taken."""
        self._stage = _Stage.ENDED

    @property
    def is_over(self) -> bool:
        """Whether nothing more is taken."""
        return self._stage is _Stage.ENDED

    def _expect(self, stage: _Stage) -> None:
        if self._stage is not stage:
            self.end()
            raise _out_of_place()


def decode_link_message(encoded: bytes) -> LinkMessage:
    """Decode what the other end says.

    Raises:
        ProtocolError: ``malformed``.
    """
    if len(encoded) > LINK_BYTES:
        raise ProtocolError(ErrorCode.TOO_LARGE, "A message about linking is too long.")
    try:
        return _decoder.decode(encoded)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ProtocolError(ErrorCode.MALFORMED, "A message about linking does not fit its shape.") from error


def new_device_body(
    signing: SigningKey, agreement_public: bytes, bundle: Bundle, name: str, kind: DeviceKind, randomness: Randomness
) -> NewDeviceBody:
    """Make what a new device shows of itself."""
    shown = cleaned(name, DEVICE_NAME_CHARACTERS)
    nonce = randomness.token(NONCE_BYTES)
    return NewDeviceBody(LINK_VERSION, signing.public, agreement_public, bundle, shown, kind, nonce)


def commitment_to(body: bytes) -> bytes:
    """Return SHA-256(tag ‖ body): what binds a new device to what it shows later."""
    return hashlib.sha256(_COMMITMENT + body).digest()


def transcript_of(commitment: bytes, old_body: bytes, new_body: bytes, place: LinkPlace) -> bytes:
    """Return the hash of everything that both ends of a try must have seen alike (32 bytes)."""
    hashed = (hashlib.sha256(each).digest() for each in (old_body, new_body, place.account.encode("utf-8")))
    return hashlib.sha256(_TRANSCRIPT + commitment + b"".join(hashed) + place.certificate).digest()


def code_of(transcript: bytes) -> LinkCode:
    """Derive the code: of the bits of HKDF, the first 20 that say less than a million are digits, the next 44 words."""
    stream = hkdf_sha256(Secret(transcript), salt=b"", info=_CODE, size=_STREAM_BYTES).reveal()
    bits = _Bits(stream)
    number = bits.take(_DIGIT_BITS)
    while number >= 10**DIGITS:
        number = bits.take(_DIGIT_BITS)
    return LinkCode(f"{number:0{DIGITS}d}", tuple(words()[bits.take(WORD_BITS)] for _ in range(WORDS)))


class _Bits:
    """Bits of a byte string, the most significant first."""

    def __init__(self, stream: bytes) -> None:
        self._number = int.from_bytes(stream, "big")
        self._left = len(stream) * 8

    def take(self, count: int) -> int:
        self._left -= count
        return self._number >> self._left & ((1 << count) - 1)


def _checked_offer(offer: LinkOffer) -> OldDeviceBody:
    body = decode_shape(offer.body, OldDeviceBody)
    _check_version(body.version)
    devices = verify_device_list(body.device_list)
    if devices.identity_key != body.identity_key:
        raise CryptoError(ErrorCode.BAD_KEY, "A device offers the list of somebody else.")
    entry = find_device(devices, body.device)
    if entry is None or entry.certificate.kind is not DeviceKind.FULL:
        raise CryptoError(ErrorCode.BAD_KEY, "What offers to link is no full device of its person.")
    return body


def _checked_reveal(reveal: LinkReveal, commitment: bytes, identity_key: bytes) -> NewDeviceBody:
    if not equal(commitment_to(reveal.body), commitment):
        raise CryptoError(ErrorCode.MISMATCH, "A new device shows something else than it had committed to.")
    body = decode_shape(reveal.body, NewDeviceBody)
    _check_version(body.version)
    check_ed25519_public(body.signing_key)
    check_x25519_public(body.agreement_key)
    verify_listing(identity_key, body.signing_key, body.agreement_key, reveal.listing)
    verify_bundle_of(device_id(body.signing_key, body.agreement_key), body.signing_key, body.bundle)
    return msgspec.structs.replace(body, name=cleaned(body.name, DEVICE_NAME_CHARACTERS))


def _check_version(version: int) -> None:
    if version != LINK_VERSION:
        raise ProtocolError(ErrorCode.UNSUPPORTED, "The other device links by another version of Babilu.")


def _proof(secret: bytes, transcript: bytes) -> bytes:
    return hmac.digest(secret, _LINE + transcript, "sha256")


def _out_of_place() -> ProtocolError:
    return ProtocolError(ErrorCode.NOT_ALLOWED, "A message about linking has no place here: the try is over.")
