"""The shapes of public objects as they travel: MessagePack arrays whose fields are only ever appended.

Signed bodies travel as byte strings beside their signatures and are verified as received, never re-encoded.
"""

from typing import Annotated

import msgspec

from babilu.kernel.limits import DEVICES, INTEGER_MAX, PREKEYS_IN_FRAME

Natural = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]
"""An integer that SQLite can keep."""

Id16 = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
Key32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Hash32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Signature64 = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
KemKey = Annotated[bytes, msgspec.Meta(min_length=1568, max_length=1568)]
KemCiphertext = Annotated[bytes, msgspec.Meta(min_length=1568, max_length=1568)]


class Shape(msgspec.Struct, frozen=True, array_like=True):
    """Base of every object that travels: immutable, encoded as an array, extended only at its end."""


class DeviceEntry(Shape, frozen=True, array_like=True):
    """One device of a person.

    Attributes:
        device: First 16 bytes of SHA-256(tag ‖ signing key ‖ agreement key).
        signing_key: Ed25519 public key of the device.
        agreement_key: X25519 public key of the device: the IK of PQXDH and the recipient key of sealed envelopes.
        signature: By the device's signing key over tag ‖ identity key ‖ device ‖ signing key ‖ agreement key.
    """

    device: Id16
    signing_key: Key32
    agreement_key: Key32
    signature: Signature64


class DeviceListBody(Shape, frozen=True, array_like=True):
    """What a person signs about their devices; ``version`` only grows."""

    identity_key: Key32
    version: Natural
    devices: Annotated[tuple[DeviceEntry, ...], msgspec.Meta(min_length=1, max_length=DEVICES)]


class SignedDeviceList(Shape, frozen=True, array_like=True):
    """A device list as it travels: the encoded `DeviceListBody` and the identity key's signature over tag ‖ body."""

    body: Annotated[bytes, msgspec.Meta(max_length=4096)]
    signature: Signature64


class EcPrekey(Shape, frozen=True, array_like=True):
    """A one-time X25519 prekey; unsigned, as in PQXDH."""

    id: Natural
    key: Key32


class SignedEcPrekey(Shape, frozen=True, array_like=True):
    """An X25519 prekey signed by the device over tag ‖ device ‖ id ‖ key."""

    id: Natural
    key: Key32
    signature: Signature64


class SignedKemPrekey(Shape, frozen=True, array_like=True):
    """An ML-KEM-1024 prekey signed by the device over tag ‖ device ‖ id ‖ key, under a tag of its own."""

    id: Natural
    key: KemKey
    signature: Signature64


class PrekeySet(Shape, frozen=True, array_like=True):
    """What a device publishes: renewed signed prekeys (or none) and more one-time prekeys."""

    signed: SignedEcPrekey | None
    last_resort: SignedKemPrekey | None
    one_time_ec: Annotated[tuple[EcPrekey, ...], msgspec.Meta(max_length=PREKEYS_IN_FRAME)]
    one_time_kem: Annotated[tuple[SignedKemPrekey, ...], msgspec.Meta(max_length=PREKEYS_IN_FRAME)]


class Bundle(Shape, frozen=True, array_like=True):
    """What is needed to start a session with a device: one of each kind, one-time ones while they last."""

    device: Id16
    signed: SignedEcPrekey
    kem: SignedKemPrekey
    one_time: EcPrekey | None
