"""People: ids, certificates and lists of devices, prekeys, what logs in, safety numbers and links."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from tests.second_reader.primitives import check, check_signature, ed25519_public, hkdf, read, sha256, tag, u64


def device_id(signing: bytes, agreement: bytes) -> bytes:
    return sha256(tag("device"), signing, agreement)[:16]


def conversation_id(one: bytes, other: bytes) -> bytes:
    return sha256(tag("conversation"), *sorted((one, other)))


def notes_id(identity: bytes) -> bytes:
    return sha256(tag("notes"), identity)


def message_id(conversation: bytes, author: bytes, sent_at: int, part: bytes) -> bytes:
    return sha256(tag("message"), conversation, author, u64(sent_at), part)[:16]


@dataclass(frozen=True)
class Device:
    """What a certificate says of a device."""

    id: bytes
    signing: bytes
    agreement: bytes
    kind: int


def read_certificate(identity: bytes, certificate: list[Any]) -> Device:
    """Verify what a person says of a device."""
    device, signing, agreement, kind, signature = certificate[:5]
    check(device == device_id(signing, agreement), "a device's id is made of its keys")
    said = identity + device + signing + agreement
    check_signature(identity, signature, tag("device-certificate"), said, bytes([kind]))
    return Device(device, signing, agreement, kind)


@dataclass(frozen=True)
class DeviceList:
    """A list that holds."""

    identity: bytes
    version: int
    before: bytes
    accounts: list[tuple[bytes, str]]
    devices: dict[bytes, Device]
    hash: bytes
    removed: list[bytes]


def read_list(signed: list[Any]) -> DeviceList:
    """Verify a signed list of devices."""
    body, signature = signed[:2]
    said = read(body)
    identity, version, before, accounts, entries = said[:5]
    removed = said[5] if len(said) > 5 else []
    check(all(len(device) == 16 for device in removed) and len(removed) <= 64, "removed devices are named by their ids")
    check_signature(identity, signature, tag("device-list"), body)
    devices: dict[bytes, Device] = {}
    for certificate, listing in (each[:2] for each in entries):
        device = read_certificate(identity, certificate)
        listed = identity + device.id + device.signing + device.agreement
        check_signature(device.signing, listing, tag("device-entry"), listed)
        devices[device.id] = device
    keys = [identity, *(key for each in devices.values() for key in (each.signing, each.agreement))]
    check(len(set(keys)) == len(keys) == 1 + 2 * len(entries), "no key occurs twice")
    check((version == 1) == (before == bytes(32)), "the first list has no list before it")
    named = [(each[0], each[1]) for each in accounts]
    check(len(set(named)) == len(named), "no account occurs twice")
    name = sha256(tag("device-list-hash"), signature, body)
    return DeviceList(identity, version, before, named, devices, name, removed)


def follows(before: DeviceList, after: DeviceList) -> bool:
    """Tell whether a list is the next one of the same person."""
    return (after.identity, after.version, after.before) == (before.identity, before.version + 1, before.hash)


def lacks(one: DeviceList, other: DeviceList) -> bool:
    """Tell whether a list of a person without a relay says what would be lost if another one alone counted."""
    unknown = set(other.devices) - set(one.devices) - set(one.removed)
    unheard = set(other.removed) - set(one.removed) if len(one.removed) < 64 else set()
    return bool(unknown or set(one.devices) & set(other.removed) or unheard)


def check_prekey(signing: bytes, device: bytes, purpose: str, prekey: list[Any]) -> None:
    number, key, signature = prekey[:3]
    check_signature(signing, signature, tag(purpose), device, u64(number), key)


def check_certificate_of_relay(relay_key: bytes, certificate: bytes, signature: bytes) -> None:
    check_signature(relay_key, signature, tag("relay-certificate"), sha256(certificate))


def login_key(password: str, name: str, salt: bytes, memory_kib: int, passes: int, lanes: int) -> bytes:
    """Derive the public login key; the password is prepared already."""
    named = sha256(tag("login-salt"), name.encode(), salt)
    stretched = Argon2id(salt=named, length=32, iterations=passes, lanes=lanes, memory_cost=memory_kib)
    return ed25519_public(hkdf(stretched.derive(password.encode()), b"", tag("login-seed"), 32))


def check_login(key: bytes, signer: str, parts: list[bytes], signature: bytes) -> None:
    """Verify a login over hello, welcome, certificate and body."""
    check_signature(key, signature, tag(signer), *map(sha256, parts))


def check_hello(
    signing: bytes, role: int, certificate: bytes, nonces: list[bytes], bodies: list[bytes], s: bytes
) -> None:
    """Verify a direct hello: of the client (role 1) its body, of the server (role 2) that and its own."""
    client, *server = bodies
    signed = bytes([role]) + sha256(certificate) + b"".join(nonces) + sha256(client)
    check_signature(signing, s, tag("direct"), signed, sha256(server[0]) if server else bytes(32))


def safety_number(one: bytes, other: bytes) -> str:
    return "".join(sorted(_digits(_fingerprint(key)) for key in (one, other)))


def qr_code(shower: bytes, other: bytes) -> bytes:
    return b"BABILU\x01" + _fingerprint(shower)[:32] + _fingerprint(other)[:32]


def _fingerprint(identity: bytes) -> bytes:
    key = b"\x06" + identity
    stirred = b"\x00\x00" + key
    for _ in range(5_200):
        stirred = hashlib.sha512(stirred + key).digest()
    return stirred


def _digits(fingerprint: bytes) -> str:
    groups = (fingerprint[place : place + 5] for place in range(0, 30, 5))
    return "".join(f"{int.from_bytes(group, 'big') % 100_000:05}" for group in groups)


def read_link(text: str) -> tuple[str, int, str, list[Any]]:
    """Take a link of any kind apart: host, port, path and fragment."""
    parts = urlsplit(text)
    fragment = read(base64.urlsafe_b64decode(parts.fragment + "=" * (-len(parts.fragment) % 4)))
    check(parts.scheme == "babilu" and parts.hostname and parts.port, "a link of Babilu")
    return str(parts.hostname), int(parts.port or 0), unquote(parts.path.removeprefix("/")), fragment


def join_token_hash(group: bytes, token: bytes) -> bytes:
    return sha256(tag("group-link"), group, token)
