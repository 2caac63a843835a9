"""Sealed envelope: it shows its recipient device and a size class; the sender is inside and proves itself there.

The outside is HPKE to the recipient device's agreement key, which hides and authenticates nobody. Inside are 16 bytes
of HMAC-SHA-256 and the body they cover, keyed by the shared secret of the two devices' agreement keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from babilu.crypto import hpke
from babilu.crypto.kdf import equal
from babilu.crypto.keys import AgreementKey
from babilu.identity.codec import encode_shape
from babilu.identity.shapes import Id16, Shape, SignedDeviceList
from babilu.kernel.errors import CryptoError, ErrorCode
from babilu.kernel.ids import DeviceId, domain
from babilu.kernel.limits import NAME_CHARACTERS
from babilu.session.pqxdh import HandshakeHeader
from babilu.session.ratchet import RatchetMessage
from babilu.session.sender_tag import SealKind, open_tagged, sender_tag, sender_tag_key

FORMAT: Final = b"\x01"
"""First byte of every envelope of this version."""

_SEAL = domain("envelope")
_SENDER = domain("sender-tag")


class InitialPart(Shape, frozen=True):
    """Additional part of an initial message: who is writing, and the handshake of the session.

    Attributes:
        account: The sender's account name, empty without a relay; a claim.
        device_list: The sender's device list.
        handshake: Header of the PQXDH handshake.
    """

    account: Annotated[str, msgspec.Meta(max_length=NAME_CHARACTERS)]
    device_list: SignedDeviceList
    handshake: HandshakeHeader


class EnvelopeBody(Shape, frozen=True):
    """What is inside the seal.

    Attributes:
        sender: Device that sent it.
        session: Names the session at both ends: the first 16 bytes of its associated data.
        message: Message of the ratchet.
        initial: Only in initial messages.
    """

    sender: Id16
    session: Id16
    message: RatchetMessage
    initial: InitialPart | None


_KIND = SealKind("An envelope", FORMAT, _SEAL, EnvelopeBody)


@dataclass(frozen=True, slots=True)
class UnsealedEnvelope:
    """An envelope whose seal was opened; nothing in it is authenticated yet.

    Attributes:
        sender: The device it claims to come from.
        account: Account name it claims, empty without a relay; None where the message is not initial.
        device_list: The sender's list, not verified; None where the message is not initial.
        body: The decoded inside.
        authenticated: The bytes that the sender's tag covers.
        tag: The sender's tag.
        recipient: The own device that it was sealed for.
    """

    sender: DeviceId
    account: str | None
    device_list: SignedDeviceList | None
    body: EnvelopeBody
    authenticated: bytes
    tag: bytes
    recipient: DeviceId


@dataclass(frozen=True, slots=True)
class EnvelopeEnd:
    """One end of an envelope as the other end knows it: device and public agreement key."""

    device: DeviceId
    agreement_key: bytes


def seal_envelope(sender: AgreementKey, recipient: EnvelopeEnd, body: EnvelopeBody) -> bytes:
    """Authenticate ``body`` as its sender and hide it for its recipient.

    Raises:
        CryptoError: ``bad_key``.
    """
    return seal_envelopes(sender, recipient, [body])[0]


def seal_envelopes(sender: AgreementKey, recipient: EnvelopeEnd, bodies: Sequence[EnvelopeBody]) -> list[bytes]:
    """Seal bodies of one sending device for one recipient, each by itself.

    Raises:
        CryptoError: ``bad_key``.
    """
    info = _SEAL + recipient.device
    key = sender_tag_key(_SENDER, sender, recipient.agreement_key, bodies[0].sender, recipient.device)
    envelopes = []
    for body in bodies:
        encoded = encode_shape(body)
        envelopes.append(FORMAT + hpke.seal(recipient.agreement_key, sender_tag(key, encoded) + encoded, info))
    return envelopes


def open_seal(own: AgreementKey, device: DeviceId, envelope: bytes) -> UnsealedEnvelope:
    """Open the outside of an envelope for the own ``device``.

    Raises:
        CryptoError: ``decryption_failed`` for another recipient, a changed envelope or an inside that fits no shape.
        ProtocolError: ``unsupported`` for a format of another version.
    """
    opened = open_tagged(own, device, envelope, _KIND)
    body = opened.body
    initial = body.initial
    return UnsealedEnvelope(
        sender=DeviceId(body.sender),
        account=None if initial is None else initial.account,
        device_list=None if initial is None else initial.device_list,
        body=body,
        authenticated=opened.authenticated,
        tag=opened.tag,
        recipient=device,
    )


def check_sender(own: AgreementKey, device: DeviceId, sender: EnvelopeEnd, opened: UnsealedEnvelope) -> None:
    """Check that ``opened`` comes from the holder of the sender's agreement key and is meant for the own device.

    Raises:
        CryptoError: ``decryption_failed``.
    """
    key = sender_tag_key(_SENDER, own, sender.agreement_key, sender.device, device)
    expected = sender_tag(key, opened.authenticated)
    if opened.sender != sender.device or not equal(expected, opened.tag):
        raise CryptoError(ErrorCode.DECRYPTION_FAILED, "An envelope was not made by the device that it names.")
