"""What the two ends of a try to link a device say, and what they are sealed into; see `babilu.identity.linking`."""

from typing import Annotated, Final

import msgspec

from babilu.identity.shapes import (
    Bundle,
    DeviceKind,
    Hash32,
    Id16,
    Key32,
    Natural,
    Shape,
    Signature64,
    SignedDeviceList,
)
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.limits import DEVICES, LINK_BYTES

DEVICE_NAME_CHARACTERS: Final = 64


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
