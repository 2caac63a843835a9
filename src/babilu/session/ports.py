"""Storage port of sessions: the rows of one transaction, and the prekeys inside it.

Every call happens inside one write transaction of the caller; nothing here is visible to others before it commits,
and a failed decryption is followed by a rollback, so that stored state stays byte for byte as it was.
"""

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Protocol

from babilu.kernel.ids import DeviceId


@unique
class HandshakeRole(StrEnum):
    """Which end of the PQXDH handshake we were."""

    INITIATOR = "initiator"
    RESPONDER = "responder"


@unique
class PrekeyKind(StrEnum):
    """The four kinds of prekeys a device publishes; the one-time kinds are deleted by their first use."""

    SIGNED = "signed"
    LAST_RESORT = "last_resort"
    ONE_TIME_EC = "one_time_ec"
    ONE_TIME_KEM = "one_time_kem"


@dataclass(frozen=True, slots=True)
class PrivatePrekey:
    """The private half of a published prekey.

    Attributes:
        kind: Which kind it is.
        id: Its number, never used again for the same kind.
        private: 32-byte X25519 key, or 64-byte ML-KEM-1024 seed.
        public: The public half.
        signature: The device's signature; empty for one-time X25519 prekeys.
        created_at: Unix milliseconds.
    """

    kind: PrekeyKind
    id: int
    private: bytes = field(repr=False)
    public: bytes
    signature: bytes
    created_at: int


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One session of a device pair as it is kept.

    Attributes:
        session: 16 bytes that name the session, the same at both ends: the start of its associated data.
        peer: The other device.
        role: Which end of the handshake we were.
        ephemeral: The initiator's 32-byte ephemeral key; with the initiator's device it names the handshake.
        ratchet: Serialized state of the Double Ratchet.
        initial: Header of the initial message, repeated on each message until something was received; else empty.
        associated_data: 32-byte hash of what PQXDH bound, authenticated with every message; where a device was linked,
            the 32 bytes of the linking's transcript follow.
        created_at: Unix milliseconds.
        sent: Messages encrypted with it.
        received: Messages decrypted with it.
        sending: Whether it is the one that encrypts for this device.
        closed: Whether it may not be used for sending any more.
        replaced_at: Unix milliseconds when another one took its place for sending, or None.
    """

    session: bytes
    peer: DeviceId
    role: HandshakeRole
    ephemeral: bytes
    ratchet: bytes = field(repr=False)
    initial: bytes
    associated_data: bytes
    created_at: int
    sent: int
    received: int
    sending: bool
    closed: bool
    replaced_at: int | None


class SessionRows(Protocol):
    """The sessions and prekeys of one profile, inside one write transaction."""

    def sessions_with(self, peer: DeviceId) -> list[SessionRecord]:
        """Return every session kept with ``peer``, the newest first."""

    def save_session(self, record: SessionRecord) -> None:
        """Insert ``record``, or replace the row of the same ``record.session``."""

    def delete_session(self, session: bytes) -> None:
        """Forget a session for good."""

    def prekey(self, kind: PrekeyKind, prekey_id: int) -> PrivatePrekey | None:
        """Return a private prekey that is still kept, or None."""

    def delete_prekey(self, kind: PrekeyKind, prekey_id: int) -> None:
        """Forget a one-time prekey that its first message has authenticated."""

    def remember_ephemeral(self, peer: DeviceId, ephemeral: bytes, now: int) -> None:
        """Remember the ephemeral key of a handshake as long as the private prekeys that it used."""

    def is_ephemeral_seen(self, peer: DeviceId, ephemeral: bytes) -> bool:
        """Tell whether a handshake of ``peer`` with this ephemeral key was accepted before."""
