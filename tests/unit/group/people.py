"""Builds entries of groups: with real keys where signatures matter, and without any where many are needed."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import count

import msgspec

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.crypto.secret import Secret
from babilu.group import changes
from babilu.group.changes import (
    AppointAdmin,
    Change,
    Continues,
    CreateGroup,
    EncodedEntry,
    GrantName,
    InitialPolicy,
    MessageName,
    NameDevices,
    NamedPerson,
    encode_change,
)
from babilu.group.entries import EntryAuthor, EntryBody, EntryPlace, LogEntry, read_kept_entry, sign_entry
from babilu.identity.codec import encode_shape
from babilu.identity.device_list import certify, make_device_list, make_entry
from babilu.identity.shapes import DeviceCertificate, DeviceEntry, DeviceKind, DeviceListBody, SignedDeviceList
from babilu.kernel.ids import EntryHash, IdentityKey

NOW = 1_795_337_792_000
_salts = count()


def octets(label: str, size: int = 32) -> bytes:
    """Give bytes that stand for a key, an id or the like."""
    return hashlib.shake_256(label.encode()).digest(size)


@cache
def identity(name: str) -> IdentityKey:
    """Give somebody's identity key, which signs nothing here."""
    return IdentityKey(octets(f"identity {name}"))


@cache
def certificate(person: str, device: str) -> DeviceCertificate:
    """Give the certificate of a device; one whose name ends with "c" is a companion."""
    kind = DeviceKind.COMPANION if device.endswith("c") else DeviceKind.FULL
    keys = octets(f"signing {person} {device}"), octets(f"agreement {person} {device}")
    return DeviceCertificate(octets(f"device {person} {device}", 16), *keys, kind, bytes(64))


def named(name: str) -> NamedPerson:
    return NamedPerson(identity(name))


def create(*names: str, policy: InitialPolicy | None = None, title: str = "Picnic") -> CreateGroup:
    """Begin a group with people."""
    members = tuple(map(named, names))
    return CreateGroup(title, members, 0, policy or InitialPolicy(), None, None, "", b"", None, None)


def device_list(person: str, version: int, devices: Iterable[str]) -> NameDevices:
    """Name somebody's devices; nobody signs it."""
    entries = tuple(DeviceEntry(certificate(person, each), bytes(64)) for each in devices)
    body = encode_shape(DeviceListBody(identity(person), version, bytes(32), (), entries))
    return NameDevices(SignedDeviceList(body, bytes(64)))


def unsigned(
    author: str,
    change: Change,
    *,
    parents: Sequence[bytes] = (),
    group: bytes | None = None,
    grant: GrantName | None = None,
    policy: bytes | None = None,
    device: str = "1",
    salt: int | None = None,
) -> LogEntry:
    """Make an entry as it is kept: its signature is none, and tells equal ones apart."""
    number = next(_salts) if salt is None else salt
    raw = msgspec.Raw(encode_change(change))
    body = encode_shape(
        EntryBody(group, tuple(sorted(parents)), grant, policy, identity(author), certificate(author, device), NOW, raw)
    )
    return read_kept_entry(EncodedEntry(body, octets(f"signature {number}", 64)))


def keys_of(name: str, kind: DeviceKind = DeviceKind.FULL) -> tuple[SigningKey, SigningKey, AgreementKey]:
    """Give the private keys of somebody: the identity's, and those of a device."""
    seeds = [Secret(octets(f"{what} {name} {kind}")) for what in ("device seed", "agreement seed")]
    own = SigningKey.from_bytes(Secret(octets(f"seed of {name}")))
    return own, SigningKey.from_bytes(seeds[0]), AgreementKey.from_bytes(seeds[1])


@cache
def signer(name: str, kind: DeviceKind = DeviceKind.FULL) -> EntryAuthor:
    """Make somebody with real keys."""
    own, signing, agreement = keys_of(name, kind)
    return EntryAuthor(IdentityKey(own.public), certify(own, signing.public, agreement.public, kind), signing)


def no_entry(label: str) -> EntryHash:
    """Give the hash of an entry that nobody has."""
    return EntryHash(octets(label))


def sample_entries() -> list[LogEntry]:
    """Sign an entry of each kind, one on the other."""
    author = signer("alice")
    first = sign_entry(author, None, NOW, create("bob", "carol"))
    group, grant = first.begins, GrantName(first.hash, 0)
    entries = [first]
    for change in sample_changes(first):
        needs_none = isinstance(change, NameDevices)
        place = EntryPlace(group, (entries[-1].hash,), None if needs_none else grant)
        entries.append(sign_entry(author, place, NOW, change))
    return entries


def sample_changes(first: LogEntry) -> list[Change]:
    """Give a change of each kind but `create`, which is in the `moved`."""
    continues = Continues(first.begins, (first.hash,))
    new = sign_entry(
        signer("alice"), None, NOW, msgspec.structs.replace(create("bob", "carol"), continues=continues, admins=1)
    )
    own, signing, agreement = keys_of("alice")
    devices = make_device_list(own, 1, [make_entry(own, signing, agreement.public)])
    return [
        changes.AddMember(NamedPerson(identity("dave"), "dave", "[::1]:5051")),
        AppointAdmin(identity("dave")),
        changes.SetTitle("Picnic \u202eñ"),
        changes.SetTopic("Bring cake"),
        changes.SetPicture(b"picture"),
        changes.SetLifetime(60_000),
        changes.SetPolicy(changes.PolicyField.POSTS, False),
        changes.SetPin(MessageName(octets("message", 16)), True),
        changes.HideMessages((MessageName(octets("message", 16)), MessageName(octets("older", 16), octets("old")))),
        changes.DemoteAdmin(identity("dave")),
        changes.RemoveMember(identity("dave")),
        NameDevices(devices),
        changes.JoinHeads(),
        changes.LeaveGroup(),
        changes.MoveOn(new.encoded),
    ]
