"""Device list: a person's devices and accounts, signed by the identity key; the newest version seen is in force.

Lists form a chain: each names the hash of the one before, and versions have no gaps. A list that does not name an
account says nothing about that account.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import msgspec

from babilu.crypto.keys import SigningKey, check_ed25519_public, check_x25519_public, verify
from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.shapes import (
    DeviceCertificate,
    DeviceEntry,
    DeviceKind,
    DeviceListBody,
    ListedAccount,
    ListWithRemoved,
    SignedDeviceList,
)
from babilu.kernel.errors import AccountError, CryptoError, ErrorCode, ProtocolError, TrustError
from babilu.kernel.ids import IdentityKey, device_id, domain
from babilu.kernel.limits import DEVICES

_CERTIFICATE = domain("device-certificate")
_ENTRY = domain("device-entry")
_LIST = domain("device-list")
_HASH = domain("device-list-hash")

LISTS_REMEMBERED: Final = 256
"""Kept lists that stay decoded."""

FIRST_VERSION = 1

NOTHING_BEFORE = bytes(32)
"""What the first list of a person names as the one before it."""


def certify(
    identity: SigningKey, signing_key: bytes, agreement_key: bytes, kind: DeviceKind = DeviceKind.FULL
) -> DeviceCertificate:
    """Certify as a person that a device is one of theirs.

    Args:
        identity: The identity key.
        signing_key: 32-byte public signing key of the device.
        agreement_key: 32-byte public agreement key of the device.
        kind: What the device may do.
    """
    device = device_id(signing_key, agreement_key)
    unsigned = DeviceCertificate(device, signing_key, agreement_key, kind, bytes(64))
    signature = identity.sign(_CERTIFICATE, _certified(identity.public, unsigned))
    return DeviceCertificate(device, signing_key, agreement_key, kind, signature)


def verify_certificate(identity_key: bytes, certificate: DeviceCertificate) -> None:
    """Check a person's certificate for a device, and that the device's id belongs to its keys.

    Raises:
        CryptoError: ``bad_signature`` or ``bad_key``.
    """
    check_ed25519_public(certificate.signing_key)
    check_x25519_public(certificate.agreement_key)
    if certificate.device != device_id(certificate.signing_key, certificate.agreement_key):
        raise CryptoError(ErrorCode.BAD_KEY, "A device's id does not belong to its keys.")
    verify(identity_key, _CERTIFICATE, _certified(identity_key, certificate), certificate.signature)


def make_entry(
    identity: SigningKey, signing: SigningKey, agreement_public: bytes, kind: DeviceKind = DeviceKind.FULL
) -> DeviceEntry:
    """Make a device's entry for the list of a person: certified by the person, signed by the device itself.

    Args:
        identity: The identity key.
        signing: Signing key of the device.
        agreement_public: 32-byte public agreement key of the device.
        kind: What the device may do.
    """
    certificate = certify(identity, signing.public, agreement_public, kind)
    return DeviceEntry(certificate, listing_signature(signing, identity.public, signing.public, agreement_public))


def listing_signature(signing: SigningKey, identity_key: bytes, signing_key: bytes, agreement_key: bytes) -> bytes:
    """Sign, as a device, that it is one of a person's: what its entry needs beside the person's certificate.

    Args:
        signing: Signing key of the device.
        identity_key: The person.
        signing_key: 32-byte public signing key of the device.
        agreement_key: 32-byte public agreement key of the device.
    """
    return signing.sign(_ENTRY, _named(identity_key, signing_key, agreement_key))


def verify_listing(identity_key: bytes, signing_key: bytes, agreement_key: bytes, signature: bytes) -> None:
    """Check what `listing_signature` made.

    Raises:
        CryptoError: ``bad_key`` or ``bad_signature``.
    """
    verify(signing_key, _ENTRY, _named(identity_key, signing_key, agreement_key), signature)


def make_device_list(
    identity: SigningKey,
    version: int,
    entries: Sequence[DeviceEntry],
    *,
    before: bytes = NOTHING_BEFORE,
    accounts: Sequence[ListedAccount] = (),
    removed: tuple[bytes, ...] = (),
) -> SignedDeviceList:
    """Sign a list of a person's devices; see `follow_up` for one that follows another.

    Args:
        identity: The identity key.
        version: `FIRST_VERSION`, or one more than that of the list before.
        entries: One to twelve entries made by `make_entry`.
        before: Hash of the list before.
        accounts: The accounts that the list is good for.
        removed: Devices that were taken off, of a person without a relay; see `babilu.identity.list_merging`.

    Raises:
        CryptoError: The list would not pass `verify_device_list`.
        ProtocolError: The same.
    """
    fields = (identity.public, version, before, tuple(accounts), tuple(entries))
    body = encode_shape(ListWithRemoved(*fields, removed) if removed else DeviceListBody(*fields))
    made = SignedDeviceList(body, identity.sign(_LIST, body))
    verify_device_list(made)
    return made


def follow_up(
    identity: SigningKey, present: SignedDeviceList, change: Callable[[DeviceListBody], DeviceListBody]
) -> SignedDeviceList:
    """Sign the list that follows ``present`` with a change made to it.

    Args:
        identity: The identity key.
        present: The list to change, of this identity.
        change: Gives the accounts and devices that the next list has; version and hash are put in here.

    Raises:
        CryptoError: ``bad_signature`` or ``bad_key``.
        ProtocolError: ``malformed``: what the change makes is no list.
        TrustError: ``identity_changed``: ``present`` belongs to somebody else.
    """
    body = verify_device_list(present)
    if body.identity_key != identity.public:
        raise TrustError(ErrorCode.IDENTITY_CHANGED, "A device list belongs to another identity key.")
    changed = change(body)
    return make_device_list(
        identity, body.version + 1, changed.devices, before=list_hash(present), accounts=changed.accounts
    )


def with_device(body: DeviceListBody, entry: DeviceEntry) -> DeviceListBody:
    """Return what a list says with one more device, or with another entry of one that it names.

    Raises:
        AccountError: ``too_many``: there are as many devices as there may be.
    """
    others = tuple(each for each in body.devices if each.device != entry.device)
    if len(others) >= DEVICES:
        text = f"You have {DEVICES} devices, and there may be no more: remove one of them first."
        raise AccountError(ErrorCode.TOO_MANY, text)
    return msgspec.structs.replace(body, devices=(*others, entry))


def verify_device_list(signed: SignedDeviceList) -> DeviceListBody:
    """Check a device list completely.

    Checked are the identity key's signature over the bytes as received, each device's certificate and own signature,
    that no key is there twice and no account either, and that a first list follows none.

    Returns:
        The body.

    Raises:
        ProtocolError: ``malformed`` for a body that does not fit its shape.
        CryptoError: ``bad_signature`` or ``bad_key``.
    """
    body = decode_shape(signed.body, DeviceListBody)
    verify(body.identity_key, _LIST, signed.body, signed.signature)
    if (body.version == FIRST_VERSION) != (body.before == NOTHING_BEFORE):
        raise ProtocolError(ErrorCode.MALFORMED, "A device list names the one before it, and the first one names none.")
    if len(set(body.accounts)) < len(body.accounts):
        raise ProtocolError(ErrorCode.MALFORMED, "A device list names an account twice.")
    keys = {body.identity_key}
    for entry in body.devices:
        verify_certificate(body.identity_key, entry.certificate)
        if entry.signing_key in keys or entry.agreement_key in keys:
            raise CryptoError(ErrorCode.BAD_KEY, "A device list names a key twice.")
        keys |= {entry.signing_key, entry.agreement_key}
        verify_listing(body.identity_key, entry.signing_key, entry.agreement_key, entry.signature)
    return body


def identity_of(body: DeviceListBody) -> IdentityKey:
    """Return the person that a verified list belongs to."""
    return IdentityKey(body.identity_key)


def find_device(body: DeviceListBody, device: bytes) -> DeviceEntry | None:
    """Return the entry of ``device``, or None where the list does not name it."""
    return next((entry for entry in body.devices if entry.device == device), None)


def serves(body: DeviceListBody, relay: bytes, name: str) -> bool:
    """Tell whether a verified list is good for an account; see `check_account`."""
    return ListedAccount(relay, name) in body.accounts


def check_account(body: DeviceListBody, relay: bytes, name: str) -> None:
    """Check that a verified list names an account, so that nobody can show it for another one.

    Args:
        body: The list.
        relay: Public key of the relay.
        name: Normalised name of the account.

    Raises:
        TrustError: ``account_mismatch``.
    """
    if not serves(body, relay, name):
        raise TrustError(ErrorCode.ACCOUNT_MISMATCH, "A device list was shown for an account that it does not name.")


def list_hash(signed: SignedDeviceList) -> bytes:
    """Return the 32-byte hash that names these very bytes: SHA-256(tag ‖ signature ‖ body)."""
    return hashlib.sha256(_HASH + signed.signature + signed.body).digest()


def check_successor(old: SignedDeviceList, new: SignedDeviceList) -> DeviceListBody:
    """Check that ``new`` may take the place of ``old``, both of them with valid signatures.

    Lists in between may have gone unseen; of two that are neighbours the later one names the hash of the former.

    Returns:
        The body of ``new``.

    Raises:
        ProtocolError: ``malformed``.
        CryptoError: ``bad_signature`` or ``bad_key``, and ``rolled_back`` for an older version, for the same version
            with other bytes, and for the next version of another list: all are to be shown to the user.
        TrustError: ``identity_changed``: the list of another person.
    """
    before = decode_shape(old.body, DeviceListBody)
    after = verify_device_list(new)
    if after.identity_key != before.identity_key:
        raise TrustError(ErrorCode.IDENTITY_CHANGED, "A device list belongs to another identity key.")
    if after.version < before.version:
        raise CryptoError(ErrorCode.ROLLED_BACK, "A device list is older than the one known.")
    if after.version == before.version and new != old:
        raise CryptoError(ErrorCode.ROLLED_BACK, "There are two device lists of the same version.")
    if after.version == before.version + 1 and after.before != list_hash(old):
        raise CryptoError(ErrorCode.ROLLED_BACK, "A device list does not follow the one that is known.")
    return after


def check_next(present: SignedDeviceList, new: SignedDeviceList) -> DeviceListBody:
    """Check that ``new`` follows ``present`` and no other list, as whoever keeps the present one asks.

    Returns:
        The body of ``new``.

    Raises:
        ProtocolError: ``malformed``.
        CryptoError: ``bad_signature`` or ``bad_key``, and ``rolled_back`` for a list that follows another one.
        TrustError: ``identity_changed``: the list of another person.
    """
    body = check_successor(present, new)
    if body.before != list_hash(present) or body.version != decode_shape(present.body, DeviceListBody).version + 1:
        raise CryptoError(ErrorCode.ROLLED_BACK, "A device list does not follow the present one.")
    return body


def lists_after(
    present: SignedDeviceList, newest: SignedDeviceList, kept: Iterable[SignedDeviceList]
) -> tuple[SignedDeviceList, ...] | None:
    """Find the lists that lead from one to a later one of the same person, each naming the hash of the one before.

    Args:
        present: Where whoever is to be told stands.
        newest: Where they are to come.
        kept: Lists in any order, those that lead nowhere included; their signatures were checked when they were kept.

    Returns:
        The lists after ``present``, in their order, ``newest`` at the end; None where those that are kept do not reach
        from there.

    Raises:
        ProtocolError: ``malformed``.
    """
    goal = list_hash(present)
    by_hash = {list_hash(each): each for each in kept}
    way = [newest]
    while (before := decode_shape(way[-1].body, DeviceListBody).before) != goal:
        if before not in by_hash:
            return None
        way.append(by_hash.pop(before))
    return tuple(reversed(way))


def encode_device_list(signed: SignedDeviceList) -> bytes:
    """Encode a signed list, body bytes unchanged, for storage."""
    return encode_shape(signed)


@dataclass(frozen=True, slots=True)
class KeptList:
    """A device list as whoever has verified it keeps it.

    Attributes:
        signed: The list.
        body: What it says.
        hash: What names its very bytes; see `list_hash`.
    """

    signed: SignedDeviceList
    body: DeviceListBody
    hash: bytes


@lru_cache(maxsize=LISTS_REMEMBERED)
def read_kept_list(encoded: bytes) -> KeptList:
    """Decode a list that was verified when it was stored; the last ones stay decoded, for each message asks for one.

    Raises:
        ProtocolError: ``malformed``.
    """
    signed = decode_device_list(encoded)
    return KeptList(signed, decode_shape(signed.body, DeviceListBody), list_hash(signed))


@lru_cache(maxsize=16)
def others_of(encoded: bytes, here: bytes) -> DeviceListBody:
    """Give a kept list without one of its devices: what its person's other devices are, as that one sees it.

    Raises:
        ProtocolError: ``malformed``.
    """
    body = read_kept_list(encoded).body
    return msgspec.structs.replace(body, devices=tuple(entry for entry in body.devices if entry.device != here))


def decode_device_list(encoded: bytes) -> SignedDeviceList:
    """Decode what `encode_device_list` made; signatures are not checked.

    Raises:
        ProtocolError: ``malformed``.
    """
    return decode_shape(encoded, SignedDeviceList)


def _certified(identity_key: bytes, certificate: DeviceCertificate) -> bytes:
    return _listed(identity_key, certificate) + bytes([certificate.kind])


def _listed(identity_key: bytes, certificate: DeviceCertificate) -> bytes:
    return identity_key + certificate.device + certificate.signing_key + certificate.agreement_key


def _named(identity_key: bytes, signing_key: bytes, agreement_key: bytes) -> bytes:
    return identity_key + device_id(signing_key, agreement_key) + signing_key + agreement_key
