"""Rows of the own profile as frozen records.

Times are Unix milliseconds, ids and keys are raw bytes. What must not print (keys, texts, drafts, contents) stays out
of every repr.
"""

from dataclasses import dataclass, field

from babilu.crypto.secret import Secret
from babilu.kernel.ids import DeviceId, EnvelopeId


@dataclass(frozen=True, slots=True)
class ProfileRecord:
    """Who this profile is.

    Attributes:
        name: The account's name, or the own name shown in direct conversations.
        signing: 32-byte Ed25519 seed of this device's signing key.
        agreement: 32-byte X25519 private key of this device.
        device: This device's id.
        device_list: The own signed device list, encoded.
        created_at: When the profile was made.
    """

    name: str
    signing: Secret
    agreement: Secret
    device: DeviceId
    device_list: bytes
    created_at: int


@dataclass(frozen=True, slots=True)
class FormerDevice:
    """What a profile was before it was set back: a device's id and keys."""

    device: DeviceId
    signing: Secret
    agreement: Secret


@dataclass(frozen=True, slots=True)
class RelayRecord:
    """The profile's relay and how far this device has come with its mailbox.

    Attributes:
        host: Host name or address.
        port: TCP port.
        pin: SHA-256 of the relay's certificate, or None until the first connection.
        registered: Whether the account exists there.
        cursor: Number of the last envelope committed to the inbox; 0 at the start.
        cursor_envelope: Id of that envelope, or None at the start.
        number: Highest submission number made by this device.
    """

    host: str
    port: int
    pin: bytes | None
    registered: bool
    cursor: int
    cursor_envelope: EnvelopeId | None
    number: int


@dataclass(frozen=True, slots=True)
class OwnPictureRecord:
    """The own profile picture: since when, and its bytes; None for none."""

    said_at: int
    picture: bytes | None = field(repr=False)
