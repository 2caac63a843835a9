"""Signed hellos of direct conversations: over TLS that authenticates nobody they bind keys, roles and connection.

What a device signs is ``babilu/direct/1`` ‖ role ‖ SHA-256(the server's certificate) ‖ client nonce ‖ server nonce ‖
SHA-256(client body) ‖ SHA-256(server body, or 32 zero bytes in the client's).
"""

import hashlib
from dataclasses import dataclass
from enum import Enum, unique
from typing import Annotated

import msgspec

from babilu.crypto import hpke
from babilu.crypto.keys import AgreementKey, SigningKey, verify
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import find_device, verify_device_list
from babilu.identity.names import normalise_name
from babilu.identity.prekeys import verify_bundle
from babilu.identity.shapes import Bundle, DeviceEntry, DeviceListBody, Id16, Key32, Natural, Shape, SignedDeviceList
from babilu.kernel.errors import AccountError, CryptoError, ErrorCode, ProtocolError, TrustError
from babilu.kernel.ids import domain
from babilu.kernel.limits import NAME_CHARACTERS

DIRECT_VERSION = 1

_SIGNATURE = domain("direct")
_SEAL = domain("direct-hello")
_NO_SERVER_BODY = bytes(32)


class DirectBody(Shape, frozen=True):
    """What one side says of itself.

    Attributes:
        version: 1.
        name: Name the person goes by, of the form of account names; a claim, never an address.
        device_list: Of the person.
        device: The device that speaks, named in the list; it signs.
        listening_port: Port of the own server socket, or 0 for none.
        nonce: 32 random bytes; the server repeats those of its greeting.
        prekeys: Bundle of the device, for the first session.
    """

    version: Natural
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS)]
    device_list: SignedDeviceList
    device: Id16
    listening_port: Annotated[int, msgspec.Meta(ge=0, le=65535)]
    nonce: Key32
    prekeys: Bundle


@unique
class DirectRole(Enum):
    """Which socket a hello comes from, as the byte that its signature covers."""

    CLIENT = b"\x01"
    SERVER = b"\x02"


@dataclass(frozen=True, slots=True)
class DirectTranscript:
    """What both ends know of a connection once they have greeted.

    Attributes:
        certificate: The server's certificate of this TLS connection, DER.
        client_nonce: 32 bytes from the client's body.
        server_nonce: 32 bytes from the server's greeting.
        client_body: The client's encoded `DirectBody`, unsealed.
        server_body: The server's, or None while only the client has spoken.
    """

    certificate: bytes
    client_nonce: bytes
    server_nonce: bytes
    client_body: bytes
    server_body: bytes | None

    def signed_bytes(self, role: DirectRole) -> bytes:
        """Return what the hello of ``role`` signs after the tag.

        Raises:
            CryptoError: ``bad_signature``: the server's without a server body.
        """
        match role, self.server_body:
            case DirectRole.CLIENT, _:
                server_hash = _NO_SERVER_BODY
            case _, None:
                raise CryptoError(ErrorCode.BAD_SIGNATURE, "A server's hello has no body.")
            case _, body:
                server_hash = hashlib.sha256(body).digest()
        return (
            role.value
            + hashlib.sha256(self.certificate).digest()
            + self.client_nonce
            + self.server_nonce
            + hashlib.sha256(self.client_body).digest()
            + server_hash
        )


@dataclass(frozen=True, slots=True)
class DirectPeer:
    """Who is at the other end, after every check."""

    body: DirectBody
    devices: DeviceListBody
    entry: DeviceEntry


def sign_hello(signing: SigningKey, role: DirectRole, transcript: DirectTranscript) -> bytes:
    """Sign the own hello with the device's signing key."""
    return signing.sign(_SIGNATURE, transcript.signed_bytes(role))


def verify_hello(
    role: DirectRole,
    transcript: DirectTranscript,
    signature: bytes,
    *,
    own_identity: bytes,
    own_device: bytes,
    dialled: bytes | None,
) -> DirectPeer:
    """Check the hello of the side that plays ``role`` in ``transcript``.

    Args:
        role: The other side's role.
        transcript: The connection, with that side's body.
        signature: As received.
        own_identity: The own identity key: who shows it is another own device.
        own_device: The own device, which also shows it: a reflection, or oneself.
        dialled: Identity key that was dialled, or None for a bare address.

    Raises:
        ProtocolError: ``malformed`` or ``unsupported``.
        CryptoError: ``bad_key`` or ``bad_signature``.
        TrustError: ``identity_changed``: another person than was dialled.
    """
    encoded = transcript.client_body if role is DirectRole.CLIENT else transcript.server_body
    body = decode_direct_body(encoded or b"")
    nonce = transcript.client_nonce if role is DirectRole.CLIENT else transcript.server_nonce
    if body.nonce != nonce:
        raise CryptoError(ErrorCode.BAD_SIGNATURE, "A hello belongs to another connection.")
    devices = verify_device_list(body.device_list)
    if devices.identity_key == own_identity and body.device == own_device:
        raise CryptoError(ErrorCode.BAD_KEY, "The other side shows that it is this very device.")
    entry = find_device(devices, body.device)
    if entry is None:
        raise CryptoError(ErrorCode.BAD_KEY, "A hello comes from a device that its list does not name.")
    verify(entry.signing_key, _SIGNATURE, transcript.signed_bytes(role), signature)
    if dialled is not None and devices.identity_key != dialled:
        raise TrustError(ErrorCode.IDENTITY_CHANGED, "Somebody other than the contact answered.")
    verify_bundle(entry, body.prekeys)
    return DirectPeer(body, devices, entry)


def decode_direct_body(encoded: bytes) -> DirectBody:
    """Decode a hello's body; nothing in it is verified yet.

    Raises:
        ProtocolError: ``malformed``, also for a name that is not allowed; ``unsupported`` for another version.
    """
    body = decode_shape(encoded, DirectBody)
    if body.version != DIRECT_VERSION:
        raise ProtocolError(ErrorCode.UNSUPPORTED, "A hello is of another version.")
    if not _is_name(body.name):
        raise ProtocolError(ErrorCode.MALFORMED, "A hello has an invalid name.")
    return body


def _is_name(name: str) -> bool:
    try:
        return normalise_name(name) == name
    except AccountError:
        return False


def seal_hello(recipient: DeviceEntry, hello: bytes) -> bytes:
    """Hide an encoded hello from everybody but the device that is called."""
    return hpke.seal(recipient.agreement_key, hello, _SEAL + recipient.device)


def open_hello(agreement: AgreementKey, device: bytes, sealed: bytes) -> bytes:
    """Open a hello that was sealed to the own device.

    Raises:
        CryptoError: ``decryption_failed``.
    """
    return hpke.open_sealed(agreement, sealed, _SEAL + device)
