"""A person's devices are what the identity key signed, in the newest version seen; nobody else adds one."""

import hashlib
from collections.abc import Sequence

from babilu.crypto.keys import SigningKey, check_ed25519_public, check_x25519_public, verify
from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.shapes import DeviceEntry, DeviceListBody, SignedDeviceList
from babilu.kernel.errors import CryptoError, ErrorCode, TrustError
from babilu.kernel.ids import DeviceId, IdentityKey, device_id, domain

_ENTRY = domain("device-entry")
_LIST = domain("device-list")
_HASH = domain("device-list-hash")


def make_entry(identity_key: bytes, signing: SigningKey, agreement_public: bytes) -> DeviceEntry:
    """Make a device's entry for the list of ``identity_key``, signed by the device itself.

    Args:
        identity_key: 32-byte public key of the person.
        signing: Signing key of the device.
        agreement_public: 32-byte public agreement key of the device.
    """
    device = device_id(signing.public, agreement_public)
    message = _entry_message(identity_key, device, signing.public, agreement_public)
    return DeviceEntry(device, signing.public, agreement_public, signing.sign(_ENTRY, message))


def make_device_list(identity: SigningKey, version: int, entries: Sequence[DeviceEntry]) -> SignedDeviceList:
    """Sign the list of a person's devices.

    Args:
        identity: The identity key.
        version: From `next_version`.
        entries: One to six entries made by `make_entry`.

    Raises:
        CryptoError: The list would not pass `verify_device_list`.
    """
    body = encode_shape(DeviceListBody(identity.public, version, tuple(entries)))
    made = SignedDeviceList(body, identity.sign(_LIST, body))
    verify_device_list(made)
    return made


def verify_device_list(signed: SignedDeviceList) -> DeviceListBody:
    """Check a device list completely.

    Checked are the identity key's signature over the bytes as received, each device's own signature, id and keys, and
    that no key is there twice.

    Returns:
        The body.

    Raises:
        ProtocolError: ``malformed`` for a body that does not fit its shape.
        CryptoError: ``bad_signature`` or ``bad_key``.
    """
    body = decode_shape(signed.body, DeviceListBody)
    verify(body.identity_key, _LIST, signed.body, signed.signature)
    keys = {body.identity_key}
    for entry in body.devices:
        check_ed25519_public(entry.signing_key)
        check_x25519_public(entry.agreement_key)
        if entry.device != device_id(entry.signing_key, entry.agreement_key):
            raise CryptoError(ErrorCode.BAD_KEY, "A device's id does not belong to its keys.")
        if entry.signing_key in keys or entry.agreement_key in keys:
            raise CryptoError(ErrorCode.BAD_KEY, "A device list names a key twice.")
        keys |= {entry.signing_key, entry.agreement_key}
        message = _entry_message(body.identity_key, entry.device, entry.signing_key, entry.agreement_key)
        verify(entry.signing_key, _ENTRY, message, entry.signature)
    return body


def identity_of(body: DeviceListBody) -> IdentityKey:
    """Return the person that a verified list belongs to."""
    return IdentityKey(body.identity_key)


def find_device(body: DeviceListBody, device: bytes) -> DeviceEntry | None:
    """Return the entry of ``device``, or None where the list does not name it."""
    return next((entry for entry in body.devices if entry.device == device), None)


def list_hash(signed: SignedDeviceList) -> bytes:
    """Return the 32-byte hash that names these very bytes: SHA-256(tag ‖ signature ‖ body)."""
    return hashlib.sha256(_HASH + signed.signature + signed.body).digest()


def next_version(last: int, now_ms: int) -> int:
    """Return the version after ``last``: the clock's, so that a restored profile does not use one again."""
    return max(last + 1, now_ms)


def check_successor(old: SignedDeviceList, new: SignedDeviceList) -> DeviceListBody:
    """Check that ``new`` may take the place of ``old``, both of them with valid signatures.

    Returns:
        The body of ``new``.

    Raises:
        ProtocolError: ``malformed``.
        CryptoError: ``bad_signature`` or ``bad_key``, and ``rolled_back`` for an older version or for the same version
            with other bytes: both are to be shown to the user.
        TrustError: ``identity_changed``: the list of another person.
    """
    before = decode_shape(old.body, DeviceListBody)
    after = verify_device_list(new)
    if after.identity_key != before.identity_key:
        raise TrustError(ErrorCode.IDENTITY_CHANGED, "A device list belongs to another identity key.")
    if after.version < before.version:
        raise CryptoError(ErrorCode.ROLLED_BACK, "A device list is older than the one known.")
    if after.version == before.version and after != before:
        raise CryptoError(ErrorCode.ROLLED_BACK, "There are two device lists of the same version.")
    return after


def encode_device_list(signed: SignedDeviceList) -> bytes:
    """Encode a signed list, body bytes unchanged, for storage."""
    return encode_shape(signed)


def decode_device_list(encoded: bytes) -> SignedDeviceList:
    """Decode what `encode_device_list` made; signatures are not checked.

    Raises:
        ProtocolError: ``malformed``.
    """
    return decode_shape(encoded, SignedDeviceList)


def own_device_id(signing: SigningKey, agreement_public: bytes) -> DeviceId:
    """Return the id of the device that holds these keys."""
    return device_id(signing.public, agreement_public)


def _entry_message(identity_key: bytes, device: bytes, signing_key: bytes, agreement_key: bytes) -> bytes:
    return identity_key + device + signing_key + agreement_key
