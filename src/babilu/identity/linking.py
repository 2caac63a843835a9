"""Linking of a new device: each end is bound to what it shows before it can know the other's, so that a code tells.

The new device commits to its keys, the old one shows its own, the new one reveals. Whoever stands between the two has
to commit to other keys before the old device's nonce is known, and to answer before the new one's is: the codes of the
two ends then differ, but for one try in a million. (Commitment before reveal: as in ZRTP, RFC 6189, and in Vaudenay's
SAS of 2005.) Both users say yes; the new device signs its own, so that no relay says it in its place.

Machines without I/O: messages in, messages and a code out. One try each; what does not fit ends it.
"""

import hmac
from enum import Enum, auto, unique
from typing import Final

import msgspec

from babilu.crypto.kdf import equal
from babilu.crypto.keys import SigningKey, check_ed25519_public, check_x25519_public, verify
from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.device_list import (
    certify,
    find_device,
    listing_signature,
    verify_device_list,
    verify_listing,
)
from babilu.identity.link_codes import DeviceLine, LinkCode, LinkPlace, code_of, commitment_to, transcript_of
from babilu.identity.link_messages import (
    DEVICE_NAME_CHARACTERS,
    LinkAsk,
    LinkGrant,
    LinkOffer,
    LinkReveal,
    LinkYes,
    NewDeviceBody,
    OldDeviceBody,
)
from babilu.identity.prekeys import verify_bundle_of
from babilu.identity.shapes import (
    Bundle,
    DeviceEntry,
    DeviceKind,
)
from babilu.kernel.errors import BabiluError, CryptoError, ErrorCode, ProtocolError
from babilu.kernel.ids import device_id, domain
from babilu.kernel.plain_text import cleaned
from babilu.kernel.ports import Randomness

LINK_VERSION: Final = 1
NONCE_BYTES: Final = 32


_YES = domain("link-yes")
_LINE = domain("link-line")


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


def new_device_body(
    signing: SigningKey, agreement_public: bytes, bundle: Bundle, name: str, kind: DeviceKind, randomness: Randomness
) -> NewDeviceBody:
    """Make what a new device shows of itself."""
    shown = cleaned(name, DEVICE_NAME_CHARACTERS)
    nonce = randomness.token(NONCE_BYTES)
    return NewDeviceBody(LINK_VERSION, signing.public, agreement_public, bundle, shown, kind, nonce)


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
