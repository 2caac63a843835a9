"""Signed prekeys: used only under the signature of the device they belong to; EC and KEM prekeys are signed apart.

What is signed is tag ‖ device ‖ id (8 bytes, big-endian) ‖ public key.
"""

from babilu.crypto.keys import SigningKey, check_kem_public, check_x25519_public, verify
from babilu.identity.shapes import Bundle, DeviceEntry, PrekeySet, SignedEcPrekey, SignedKemPrekey
from babilu.kernel.errors import CryptoError, ErrorCode
from babilu.kernel.ids import domain

_EC = domain("prekey-ec")
_KEM = domain("prekey-kem")


def sign_ec_prekey(signing: SigningKey, device: bytes, prekey_id: int, public: bytes) -> SignedEcPrekey:
    """Sign an X25519 prekey as the device that ``signing`` belongs to."""
    return SignedEcPrekey(prekey_id, public, signing.sign(_EC, _message(device, prekey_id, public)))


def sign_kem_prekey(signing: SigningKey, device: bytes, prekey_id: int, public: bytes) -> SignedKemPrekey:
    """Sign an ML-KEM-1024 prekey as the device that ``signing`` belongs to."""
    return SignedKemPrekey(prekey_id, public, signing.sign(_KEM, _message(device, prekey_id, public)))


def verify_prekey_set(entry: DeviceEntry, prekeys: PrekeySet) -> None:
    """Check what a device publishes: every key, every signature, and that no id is there twice.

    Args:
        entry: The device's entry of a verified list.
        prekeys: What is published.

    Raises:
        CryptoError: ``bad_key`` or ``bad_signature``.
    """
    if prekeys.signed is not None:
        _verify_ec(entry.device, entry.signing_key, prekeys.signed)
    if prekeys.last_resort is not None:
        _verify_kem(entry.device, entry.signing_key, prekeys.last_resort)
    for one_time in prekeys.one_time_ec:
        check_x25519_public(one_time.key)
    for kem in prekeys.one_time_kem:
        _verify_kem(entry.device, entry.signing_key, kem)
    ec = [prekey.id for prekey in prekeys.one_time_ec]
    kem_ids = [prekey.id for prekey in prekeys.one_time_kem]
    if prekeys.signed is not None:
        ec.append(prekeys.signed.id)
    if prekeys.last_resort is not None:
        kem_ids.append(prekeys.last_resort.id)
    if len(set(ec)) < len(ec) or len(set(kem_ids)) < len(kem_ids):
        raise CryptoError(ErrorCode.BAD_KEY, "Two prekeys have the same id.")


def verify_bundle(entry: DeviceEntry, bundle: Bundle) -> None:
    """Check a bundle before a session is started with it.

    Args:
        entry: The device's entry of a verified list.
        bundle: What the relay, or the device itself, gave out.

    Raises:
        CryptoError: ``bad_key`` or ``bad_signature``.
    """
    verify_bundle_of(entry.device, entry.signing_key, bundle)


def verify_bundle_of(device: bytes, signing_key: bytes, bundle: Bundle) -> None:
    """Check a bundle of a device that is on no list yet; see `verify_bundle`."""
    if bundle.device != device:
        raise CryptoError(ErrorCode.BAD_KEY, "A bundle belongs to another device.")
    _verify_ec(device, signing_key, bundle.signed)
    _verify_kem(device, signing_key, bundle.kem)
    if bundle.one_time is not None:
        check_x25519_public(bundle.one_time.key)


def _verify_ec(device: bytes, signing_key: bytes, prekey: SignedEcPrekey) -> None:
    check_x25519_public(prekey.key)
    verify(signing_key, _EC, _message(device, prekey.id, prekey.key), prekey.signature)


def _verify_kem(device: bytes, signing_key: bytes, prekey: SignedKemPrekey) -> None:
    check_kem_public(prekey.key)
    verify(signing_key, _KEM, _message(device, prekey.id, prekey.key), prekey.signature)


def _message(device: bytes, prekey_id: int, public: bytes) -> bytes:
    return device + prekey_id.to_bytes(8, "big") + public
