"""Sender tag: it proves who made a sealed body, by HMAC-SHA-256 under the shared secret of two agreement keys.

HPKE hides and authenticates nobody. Each kind of sealed thing has a label of its own, so that none passes for another.
"""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from babilu.crypto import hpke
from babilu.crypto.kdf import hmac_sha256
from babilu.crypto.keys import AgreementKey
from babilu.crypto.secret import Secret
from babilu.identity.codec import decode_shape
from babilu.identity.shapes import Shape
from babilu.kernel.errors import CryptoError, ErrorCode, ProtocolError
from babilu.kernel.ids import DeviceId

S = TypeVar("S", bound=Shape)

TAG_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class SealKind(Generic[S]):
    """Kind of sealed body: envelopes are one, transients another.

    Attributes:
        name: What a person calls it.
        format: Its first byte in this version.
        domain: What its seal is bound to, besides the device.
        body: The shape of its inside.
    """

    name: str
    format: bytes
    domain: bytes
    body: type[S]


@dataclass(frozen=True, slots=True)
class OpenedSeal(Generic[S]):
    """Inside of an opened seal; nothing in it is authenticated before its tag is checked.

    Attributes:
        body: The decoded inside.
        authenticated: The bytes that the sender's tag covers.
        tag: The sender's tag.
    """

    body: S
    authenticated: bytes
    tag: bytes


def sender_tag_key(label: bytes, own: AgreementKey, other: bytes, sender: bytes, recipient: bytes) -> Secret:
    """Derive the key of the tags from one device to another; both ends derive the same.

    Args:
        label: What is tagged, a domain.
        own: The own agreement key.
        other: The other end's public agreement key (32 bytes).
        sender: Id of the sending device.
        recipient: Id of the receiving device.

    Raises:
        CryptoError: ``bad_key``.
    """
    return own.standing_key(other, label + sender + recipient)


def sender_tag(key: Secret, body: bytes) -> bytes:
    """Make the tag over ``body`` (`TAG_BYTES`)."""
    return hmac_sha256(key, body)[:TAG_BYTES]


def open_tagged(own: AgreementKey, device: DeviceId, sealed: bytes, kind: SealKind[S]) -> OpenedSeal[S]:
    """Open what was sealed for the own ``device``.

    Raises:
        CryptoError: ``decryption_failed`` for another recipient, changed bytes or an inside that fits no shape.
        ProtocolError: ``unsupported`` for a format of another version.
    """
    if sealed[: len(kind.format)] != kind.format:
        raise ProtocolError(ErrorCode.UNSUPPORTED, f"{kind.name} has a format that is not known here.")
    inside = hpke.open_sealed(own, sealed[len(kind.format) :], kind.domain + device)
    tag, encoded = inside[:TAG_BYTES], inside[TAG_BYTES:]
    try:
        body = decode_shape(encoded, kind.body)
    except ProtocolError as error:
        raise CryptoError(ErrorCode.DECRYPTION_FAILED, f"The inside of {kind.name.lower()} fits no shape.") from error
    return OpenedSeal(body, encoded, tag)
