"""Frames between two clients without a relay: after the greeting and the two hellos, envelopes, acks and files.

`Greet` comes from the server socket, the first hello from the client socket, the second from the server socket once
its user knows the caller or has accepted the request.
"""

from typing import Annotated

import msgspec

from babilu.identity.shapes import Bundle, Id16, Key32, Natural, Signature64
from babilu.kernel.limits import FRAME_BYTES
from babilu.wire.client_frames import BlobGet
from babilu.wire.frame_base import Body, Bye, Code, Envelope, Frame, LinkingMessage, Ping, Pong, SealedTransient
from babilu.wire.relay_frames import BlobData, Error


class Greet(Frame, frozen=True):
    """First frame of the server socket: 32 random bytes that both signatures cover."""

    nonce: Key32


class DirectHello(Frame, frozen=True):
    """Name and public keys of one side: an encoded `DirectBody` and the device signing key's signature."""

    body: Body
    signature: Signature64


class SealedHello(Frame, frozen=True):
    """An encoded `DirectHello`, HPKE-sealed to the agreement key of the device that the caller expects to reach."""

    sealed: Annotated[bytes, msgspec.Meta(min_length=1, max_length=FRAME_BYTES)]


class Pending(Frame, frozen=True):
    """Notice that the caller has to wait; strangers, declined and blocked callers all get the same."""


class Prekeys(Frame, frozen=True):
    """Fresh bundle of the sender's device for a later session, sent unasked."""

    bundle: Bundle


class DirectEnvelope(Frame, frozen=True):
    """An envelope for the device at the other end."""

    envelope: Envelope


class DirectAck(Frame, frozen=True):
    """Acknowledgement: the receiver has stored these envelopes."""

    envelopes: Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=1000)]


class DirectTransient(Frame, frozen=True):
    """Transient for the device at the other end: it is true now, and nobody stores it."""

    sealed: SealedTransient


class DirectLink(Frame, frozen=True):
    """Message of either end of a try to link a device, which takes the place of the hellos."""

    message: LinkingMessage


class BlobRefused(Frame, frozen=True):
    """Answer to a `BlobGet` that is not answered by `BlobData`.

    Attributes:
        request: Number of the request.
        code: ``not_found``, ``busy`` or ``malformed``.
    """

    request: Natural
    code: Code


class BlobKept(Frame, frozen=True):
    """Notice that the sender of this frame has a sealed file whole, and compared it with what its message says.

    Attributes:
        blob: Id of the file.
        token: What the id was made of.
    """

    blob: Id16
    token: Key32


class BlobWaits(Frame, frozen=True):
    """Question of whoever sent a file that goes directly alone: `BlobKept` answers it where the file is there, whole.

    Attributes:
        blob: Id of the file.
        token: What the id was made of.
    """

    blob: Id16
    token: Key32


DirectFrame = (
    Greet
    | DirectHello
    | SealedHello
    | Pending
    | Prekeys
    | DirectEnvelope
    | DirectAck
    | DirectTransient
    | DirectLink
    | BlobGet
    | BlobData
    | BlobRefused
    | BlobKept
    | BlobWaits
    | Error
    | Ping
    | Pong
    | Bye
)
"""Everything that travels between two clients directly."""

__all__ = [
    "BlobData",
    "BlobGet",
    "BlobKept",
    "BlobRefused",
    "BlobWaits",
    "Bye",
    "Code",
    "DirectAck",
    "DirectEnvelope",
    "DirectFrame",
    "DirectHello",
    "DirectLink",
    "DirectTransient",
    "Error",
    "Greet",
    "Pending",
    "Ping",
    "Pong",
    "Prekeys",
    "SealedHello",
]
