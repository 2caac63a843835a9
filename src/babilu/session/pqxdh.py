"""PQXDH: two devices agree on a secret while one is offline; breaking it takes breaking both X25519 and ML-KEM.

After https://signal.org/docs/specifications/pqxdh/ (revision 3) with curve X25519, hash SHA-512 and ML-KEM-1024. The
identity key of a person is an Ed25519 key and signs; the agreement key of a device plays the part of IK.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from babilu.crypto.kdf import hkdf_sha512
from babilu.crypto.keys import AgreementKey, KemKey, check_x25519_public, encapsulate
from babilu.crypto.secret import Secret
from babilu.identity.shapes import Bundle, KemCiphertext, Key32, Natural, Shape
from babilu.kernel.ids import DeviceId, domain
from babilu.kernel.ports import Randomness

_INFO: Final = b"Babilu_CURVE25519_SHA-512_ML-KEM-1024"
_SALT: Final = bytes(64)
_PREFIX: Final = b"\xff" * 32
_TRANSCRIPT: Final = domain("pqxdh")


class HandshakeHeader(Shape, frozen=True):
    """What the initiator tells in front of its first messages.

    Attributes:
        ephemeral: X25519 public key made for this handshake; with the initiator's device it names the session.
        signed_prekey: Id of the responder's signed prekey.
        kem_prekey: Id of the responder's KEM prekey, one-time or last-resort.
        one_time_prekey: Id of the responder's one-time X25519 prekey, or None.
        kem_ciphertext: ML-KEM-1024 ciphertext for the KEM prekey.
    """

    ephemeral: Key32
    signed_prekey: Natural
    kem_prekey: Natural
    one_time_prekey: Natural | None
    kem_ciphertext: KemCiphertext


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a handshake: the person, the device and its agreement key (public)."""

    identity_key: bytes
    device: DeviceId
    agreement_key: bytes


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both ends hold afterwards.

    Attributes:
        secret: 32 bytes, the first root key of the ratchet.
        associated_data: 32-byte hash of the transcript, authenticated with every message.
    """

    secret: Secret
    associated_data: bytes


@dataclass(frozen=True, slots=True)
class ResponderKeys:
    """The private keys that a handshake header names."""

    agreement: AgreementKey
    signed: AgreementKey
    kem: KemKey
    one_time: AgreementKey | None


def initiate(
    own: Party, agreement: AgreementKey, peer: Party, bundle: Bundle, randomness: Randomness
) -> tuple[Agreement, HandshakeHeader]:
    """Agree with the device whose verified ``bundle`` this is.

    Args:
        own: The own end.
        agreement: The own device's agreement key.
        peer: The other end.
        bundle: Already checked by `babilu.identity.prekeys.verify_bundle`.
        randomness: For the ephemeral key; the KEM takes the operating system's.

    Raises:
        CryptoError: ``bad_key``.
    """
    ephemeral = AgreementKey.generate(randomness)
    secrets = [
        agreement.exchange(bundle.signed.key),
        ephemeral.exchange(peer.agreement_key),
        ephemeral.exchange(bundle.signed.key),
    ]
    if bundle.one_time is not None:
        secrets.append(ephemeral.exchange(bundle.one_time.key))
    kem_secret, kem_ciphertext = encapsulate(bundle.kem.key)
    secrets.append(kem_secret)
    header = HandshakeHeader(
        ephemeral.public,
        bundle.signed.id,
        bundle.kem.id,
        None if bundle.one_time is None else bundle.one_time.id,
        kem_ciphertext,
    )
    return Agreement(_derive(secrets), _transcript(own, peer, header, bundle.kem.key)), header


def respond(own: Party, keys: ResponderKeys, peer: Party, header: HandshakeHeader) -> Agreement:
    """Agree with the device that sent ``header``; whether it tells the truth shows when its message authenticates.

    Raises:
        CryptoError: ``bad_key``.
    """
    check_x25519_public(header.ephemeral)
    secrets = [
        keys.signed.exchange(peer.agreement_key),
        keys.agreement.exchange(header.ephemeral),
        keys.signed.exchange(header.ephemeral),
    ]
    if keys.one_time is not None:
        secrets.append(keys.one_time.exchange(header.ephemeral))
    secrets.append(keys.kem.decapsulate(header.kem_ciphertext))
    return Agreement(_derive(secrets), _transcript(peer, own, header, keys.kem.public))


def _derive(secrets: list[Secret]) -> Secret:
    material = _PREFIX + b"".join(secret.reveal() for secret in secrets)
    return hkdf_sha512(Secret(material), salt=_SALT, info=_INFO, size=32)


def _transcript(initiator: Party, responder: Party, header: HandshakeHeader, kem_public: bytes) -> bytes:
    one_time = b"\0" if header.one_time_prekey is None else b"\1" + _id(header.one_time_prekey)
    transcript = (
        _TRANSCRIPT
        + initiator.identity_key
        + responder.identity_key
        + initiator.device
        + responder.device
        + initiator.agreement_key
        + responder.agreement_key
        + header.ephemeral
        + kem_public
        + _id(header.signed_prekey)
        + _id(header.kem_prekey)
        + one_time
    )
    return hashlib.sha256(transcript).digest()


def _id(number: int) -> bytes:
    return number.to_bytes(8, "big")
