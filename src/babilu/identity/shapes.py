"""The shapes of public objects as they travel: MessagePack arrays whose fields are only ever appended.

Signed bodies travel as byte strings beside their signatures and are verified as received, never re-encoded.
"""

from enum import IntEnum, unique
from typing import Annotated

import msgspec

from babilu.kernel.limits import (
    ACCOUNTS,
    ADDRESS_CHARACTERS,
    DEVICE_LIST_BODY_BYTES,
    DEVICES,
    INTEGER_MAX,
    NAME_CHARACTERS,
    PREKEYS_IN_FRAME,
    RELAY_ADDRESSES,
    REMOVED_DEVICES,
)

Natural = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]
"""An integer that SQLite can keep."""

Id16 = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
Key32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Hash32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Signature64 = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
KemKey = Annotated[bytes, msgspec.Meta(min_length=1568, max_length=1568)]
KemCiphertext = Annotated[bytes, msgspec.Meta(min_length=1568, max_length=1568)]


Epoch = Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]
"""Name of a history that a relay keeps; another one says that it was set back to an older state."""

_Address = Annotated[
    str,
    msgspec.Meta(pattern=r"^(\[[0-9a-f:.]{2,45}\]|[0-9A-Za-z._-]{1,253}):[0-9]{1,5}\Z", max_length=ADDRESS_CHARACTERS),
]
OtherAddresses = Annotated[tuple[_Address, ...], msgspec.Meta(max_length=RELAY_ADDRESSES)]
"""Addresses of a relay besides the one by which it was found, ``host:port``, an IPv6 address in brackets."""


class Shape(msgspec.Struct, frozen=True, array_like=True):
    """Base of every object that travels: immutable, encoded as an array, extended only at its end."""


@unique
class DeviceKind(IntEnum):
    """What a device may do for its person: a full one can hold the identity key, a companion never does."""

    FULL = 1
    COMPANION = 2


class DeviceCertificate(Shape, frozen=True, array_like=True):
    """What a person says of one device, made once for it and the same wherever it is shown.

    Attributes:
        device: First 16 bytes of SHA-256(tag ‖ signing key ‖ agreement key).
        signing_key: Ed25519 public key of the device.
        agreement_key: X25519 public key of the device: the IK of PQXDH and the recipient key of sealed envelopes.
        kind: What the device may do.
        signature: By the identity key over tag ‖ identity key ‖ device ‖ signing key ‖ agreement key ‖ kind.
    """

    device: Id16
    signing_key: Key32
    agreement_key: Key32
    kind: DeviceKind
    signature: Signature64


class DeviceEntry(Shape, frozen=True, array_like=True):
    """One device in its person's list.

    Attributes:
        certificate: What the person says of the device.
        signature: By the device's signing key over tag ‖ identity key ‖ device ‖ signing key ‖ agreement key: nobody
            lists a device that is not theirs.
    """

    certificate: DeviceCertificate
    signature: Signature64

    @property
    def device(self) -> bytes:
        """Id of the device."""
        return self.certificate.device

    @property
    def signing_key(self) -> bytes:
        """Ed25519 public key of the device."""
        return self.certificate.signing_key

    @property
    def agreement_key(self) -> bytes:
        """X25519 public key of the device."""
        return self.certificate.agreement_key


class ListedAccount(Shape, frozen=True, array_like=True):
    """An account that a person answers for.

    Attributes:
        relay: The relay's public key, which outlives its certificates.
        name: Normalised name of the account there.
    """

    relay: Key32
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS)]


class DeviceListBody(Shape, frozen=True, array_like=True):
    """What a person signs about their devices and accounts.

    Attributes:
        identity_key: The person.
        version: 1 for the first list, one more for each that follows.
        before: Hash of the list that this one follows; 32 zero bytes in the first.
        accounts: Every account that the list is good for; none where the person has no relay.
        devices: Every device of the person.
    """

    identity_key: Key32
    version: Annotated[int, msgspec.Meta(ge=1, le=INTEGER_MAX)]
    before: Hash32
    accounts: Annotated[tuple[ListedAccount, ...], msgspec.Meta(max_length=ACCOUNTS)]
    devices: Annotated[tuple[DeviceEntry, ...], msgspec.Meta(min_length=1, max_length=DEVICES)]


class ListWithRemoved(DeviceListBody, frozen=True, array_like=True):
    """The same of a person without a relay: nobody puts their lists in order, and two may be made at once.

    Attributes:
        removed: Devices that were taken off by this list or one that it follows, the latest last; those never come
            back. Absent where there are none, and where accounts are named.
    """

    removed: Annotated[tuple[Id16, ...], msgspec.Meta(max_length=REMOVED_DEVICES)] = ()


class SignedDeviceList(Shape, frozen=True, array_like=True):
    """A device list as it travels: the encoded `DeviceListBody` and the identity key's signature over tag ‖ body."""

    body: Annotated[bytes, msgspec.Meta(max_length=DEVICE_LIST_BODY_BYTES)]
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
