"""Transient: a sealed notice that somebody is typing, outside the ratchet, for one device, stored nowhere.

Like an envelope it shows nothing but its recipient, and its sender is inside and proves itself there. It is no message:
it is neither kept nor repeated, so nothing of a session is spent on it. All of them have one size.
"""

from dataclasses import dataclass
from typing import Final

from babilu.crypto import hpke
from babilu.crypto.kdf import equal
from babilu.crypto.keys import AgreementKey
from babilu.identity.codec import encode_shape
from babilu.identity.shapes import Hash32, Id16, Natural, Shape
from babilu.kernel.errors import CryptoError, ErrorCode
from babilu.kernel.ids import ConversationId, DeviceId, domain
from babilu.session.envelope import EnvelopeEnd
from babilu.session.sender_tag import SealKind, open_tagged, sender_tag, sender_tag_key

FORMAT: Final = b"\x02"
"""First byte of every transient of this version."""

NO_HEADS: Final = bytes(32)
"""What stands for the heads of a conversation that has no log."""

_SEAL = domain("transient")
_SENDER = domain("transient-tag")


class TransientBody(Shape, frozen=True):
    """What is inside the seal.

    Attributes:
        sender: Device that sent it.
        conversation: Where its person writes.
        heads: SHA-256 of the ends of the conversation's log that the sender knows, or `NO_HEADS`.
        sent_at: Unix milliseconds by the sender's clock.
    """

    sender: Id16
    conversation: Hash32
    heads: Hash32
    sent_at: Natural


_KIND = SealKind("A transient", FORMAT, _SEAL, TransientBody)


@dataclass(frozen=True, slots=True)
class OpenedTransient:
    """A transient whose seal was opened; nothing in it is authenticated before `check_transient`.

    Attributes:
        sender: The device it claims to come from.
        conversation: Where its person writes.
        sent_at: Unix milliseconds by the sender's clock.
        authenticated: The bytes that the sender's tag covers.
        tag: The sender's tag.
    """

    sender: DeviceId
    conversation: ConversationId
    sent_at: int
    authenticated: bytes
    tag: bytes


def seal_transient(sender: AgreementKey, recipient: EnvelopeEnd, body: TransientBody) -> bytes:
    """Authenticate ``body`` as its sender and hide it for its recipient.

    Raises:
        CryptoError: ``bad_key``.
    """
    encoded = encode_shape(body)
    key = sender_tag_key(_SENDER, sender, recipient.agreement_key, body.sender, recipient.device)
    inside = sender_tag(key, encoded) + encoded
    return FORMAT + hpke.seal(recipient.agreement_key, inside, _SEAL + recipient.device)


def open_transient(own: AgreementKey, device: DeviceId, sealed: bytes) -> OpenedTransient:
    """Open the outside of a transient for the own ``device``.

    Raises:
        CryptoError: ``decryption_failed`` for another recipient, changed bytes or an inside that fits no shape.
        ProtocolError: ``unsupported`` for a format of another version.
    """
    opened = open_tagged(own, device, sealed, _KIND)
    body = opened.body
    sender, conversation = DeviceId(body.sender), ConversationId(body.conversation)
    return OpenedTransient(sender, conversation, body.sent_at, opened.authenticated, opened.tag)


def check_transient(own: AgreementKey, device: DeviceId, sender: EnvelopeEnd, opened: OpenedTransient) -> None:
    """Check that ``opened`` comes from the holder of the sender's agreement key and is meant for the own device.

    Raises:
        CryptoError: ``decryption_failed``.
    """
    key = sender_tag_key(_SENDER, own, sender.agreement_key, sender.device, device)
    if opened.sender != sender.device or not equal(sender_tag(key, opened.authenticated), opened.tag):
        raise CryptoError(ErrorCode.DECRYPTION_FAILED, "A transient was not made by the device that it names.")
