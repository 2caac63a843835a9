"""Entry of a group's log: a change signed by one device, named by the hash of its very bytes.

An entry names the entries before it (its *parents*), so that logs cannot go in circles, and the grant by which its
author acts. This module checks what an entry shows by itself; the log checks what depends on the entries before it.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Final

import msgspec

from babilu.crypto.keys import SigningKey, verify
from babilu.group.changes import (
    AddMember,
    AppointAdmin,
    Change,
    CreateGroup,
    EncodedEntry,
    GrantName,
    GroupChange,
    MoveOn,
    NameDevices,
    RemoveMember,
    SetPin,
    UnknownChange,
    check_ascending,
    decode_change,
    encode_change,
)
from babilu.identity.codec import decode_shape, encode_shape
from babilu.identity.device_list import verify_certificate, verify_device_list
from babilu.identity.shapes import DeviceCertificate, DeviceKind, DeviceListBody, Hash32, Key32, Natural
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.ids import ConversationId, DeviceId, EntryHash, IdentityKey, domain, entry_hash, group_id
from babilu.kernel.limits import ENTRY_PARENTS
from babilu.kernel.nesting import is_shallow

_SIGNATURE: Final = domain("group-entry-signature")

CERTIFICATES_REMEMBERED: Final = 1_024
"""Certificates that are not verified again: many entries of a log are signed by few devices."""


class EntryBody(msgspec.Struct, frozen=True, array_like=True):
    """What a device signs.

    Attributes:
        group: Id of the group; None in its first entry.
        parents: All ends of the log that the author knew, in order; none in the first entry.
        grant: The grant by which the author acts; None where the change needs none.
        policy: The entry that lets everybody do this; None where the author acts as an admin.
        author: Identity key of the author.
        certificate: The author's word for the device that signs.
        at: Unix milliseconds of the author's clock: shown, and decides nothing.
        change: Bytes of the change.
    """

    group: Hash32 | None
    parents: Annotated[tuple[Hash32, ...], msgspec.Meta(max_length=ENTRY_PARENTS)]
    grant: GrantName | None
    policy: Hash32 | None
    author: Key32
    certificate: DeviceCertificate
    at: Natural
    change: msgspec.Raw


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry that was read.

    Attributes:
        encoded: As it travels.
        hash: Its name.
        body: What was signed.
        change: What it says.
        listed: For `NameDevices`: what the list says.
        create: For `MoveOn`: the first entry of the group that goes on.
    """

    encoded: EncodedEntry
    hash: EntryHash
    body: EntryBody
    change: GroupChange
    listed: DeviceListBody | None = None
    create: "LogEntry | None" = None

    @property
    def author(self) -> IdentityKey:
        """Who says it."""
        return IdentityKey(self.body.author)

    @property
    def device(self) -> DeviceId:
        """With which device."""
        return DeviceId(self.body.certificate.device)

    @property
    def is_companions(self) -> bool:
        """Whether the device is a companion, which may do little."""
        return self.body.certificate.kind is not DeviceKind.FULL

    @property
    def begins(self) -> ConversationId:
        """Id of the group whose first entry this is."""
        return group_id(self.encoded.signature, self.encoded.body)


@dataclass(frozen=True, slots=True)
class EntryAuthor:
    """Who writes entries: a person with one of their devices."""

    identity: IdentityKey
    certificate: DeviceCertificate
    signing: SigningKey


@dataclass(frozen=True, slots=True)
class EntryPlace:
    """Where an entry stands, and by what right.

    Attributes:
        group: Id of the group.
        parents: All ends of the log that are known, in order.
        grant: The author's grant; None for a device list.
        policy: The entry that lets everybody do it; None for what an admin does as one.
    """

    group: ConversationId
    parents: tuple[EntryHash, ...]
    grant: GrantName | None
    policy: EntryHash | None = None


def sign_entry(author: EntryAuthor, place: EntryPlace | None, at: int, change: Change) -> LogEntry:
    """Sign an entry.

    Args:
        author: Who says it.
        place: Where it stands; None for the first entry of a group.
        at: Unix milliseconds.
        change: What it says.

    Raises:
        CryptoError: The certificate does not hold.
        ProtocolError: ``malformed``: others would refuse it.
    """
    group, parents, grant, policy = (
        (None, (), None, None) if place is None else (place.group, place.parents, place.grant, place.policy)
    )
    raw = msgspec.Raw(encode_change(change))
    body = encode_shape(EntryBody(group, parents, grant, policy, author.identity, author.certificate, at, raw))
    return read_entry(EncodedEntry(body, author.signing.sign(_SIGNATURE, body)))


def read_entry(encoded: EncodedEntry) -> LogEntry:
    """Decode an entry and verify all that it shows by itself: shape, rules of its kind, signatures.

    Raises:
        ProtocolError: ``malformed``, or ``unsupported`` for a group of a later version.
        CryptoError: ``bad_signature`` or ``bad_key``.
    """
    entry = read_kept_entry(encoded)
    _verify(entry)
    return entry


def read_kept_entry(encoded: EncodedEntry) -> LogEntry:
    """Decode an entry whose signatures were verified before it was kept.

    Raises:
        ProtocolError: ``malformed``.
    """
    body, change = _decode(encoded)
    _check_kind(body, change)
    listed = create = None
    if isinstance(change, NameDevices):
        listed = decode_shape(change.list.body, DeviceListBody)
        if listed.identity_key != body.author:
            raise ProtocolError(ErrorCode.MALFORMED, "A device list in a group is another person's.")
    if isinstance(change, MoveOn):
        create = _read_create(change.create, body.author)
    return LogEntry(encoded, entry_hash(encoded.signature, encoded.body), body, change, listed, create)


def decode_entry(encoded: bytes) -> EncodedEntry:
    """Decode an entry as it travels; nothing inside is looked at.

    Raises:
        ProtocolError: ``malformed``.
    """
    return decode_shape(encoded, EncodedEntry)


def encode_entry(entry: LogEntry) -> bytes:
    """Encode an entry, body and signature unchanged."""
    return encode_shape(entry.encoded)


def _decode(encoded: EncodedEntry) -> tuple[EntryBody, GroupChange]:
    if not is_shallow(encoded.body):
        raise ProtocolError(ErrorCode.MALFORMED, "An entry of a group nests too deep.")
    body = decode_shape(encoded.body, EntryBody)
    change = decode_change(bytes(body.change))
    if _has_more(encoded.body) and not isinstance(change, UnknownChange):
        change = UnknownChange(str(change.__struct_config__.tag))
    return body, change


_fields = msgspec.msgpack.Decoder(list[msgspec.Raw])


def _has_more(body: bytes) -> bool:
    """Tell whether a body has fields that only a later version knows."""
    return len(_fields.decode(body)) > len(EntryBody.__struct_fields__)


def _check_kind(body: EntryBody, change: GroupChange) -> None:
    if isinstance(change, UnknownChange):
        if body.group is None or not body.parents:
            raise ProtocolError(ErrorCode.UNSUPPORTED, "A group begins in a way that this version does not know.")
        check_ascending(body.parents)
        return
    first = isinstance(change, CreateGroup)
    if (body.group is None) is not first or (not body.parents) is not first:
        raise ProtocolError(ErrorCode.MALFORMED, "An entry of a group is not in the place that its kind has.")
    check_ascending(body.parents)
    if (body.grant is None) is not (first or isinstance(change, NameDevices)):
        raise ProtocolError(ErrorCode.MALFORMED, "An entry of a group does not say by what right.")
    if body.policy is not None and not isinstance(change, AddMember | SetPin):
        raise ProtocolError(ErrorCode.MALFORMED, "No policy is about what an entry of a group does.")
    _check_others(body.author, change)


def _check_others(author: bytes, change: GroupChange) -> None:
    """Check that nobody names themselves where only others can be named."""
    match change:
        case CreateGroup(members=members):
            named = {each.identity for each in members}
        case AddMember(person=person):
            named = {person.identity}
        case AppointAdmin(identity=identity) | RemoveMember(identity=identity):
            named = {identity}
        case _:
            return
    if author in named:
        raise ProtocolError(ErrorCode.MALFORMED, "An entry of a group gives something to its own author.")


def _read_create(encoded: EncodedEntry, author: bytes) -> LogEntry:
    # Nothing but a `create` is looked into, so that entries inside entries go one level deep.
    body, change = _decode(encoded)
    if not isinstance(change, CreateGroup) or change.continues is None or body.author != author:
        raise ProtocolError(ErrorCode.MALFORMED, "A group does not go on in one of the same author.")
    _check_kind(body, change)
    return LogEntry(encoded, entry_hash(encoded.signature, encoded.body), body, change)


def _verify(entry: LogEntry) -> None:
    certificate = entry.body.certificate
    _verify_certificate(entry.body.author, certificate)
    verify(certificate.signing_key, _SIGNATURE, entry.encoded.body, entry.encoded.signature)
    if isinstance(entry.change, NameDevices):
        verify_device_list(entry.change.list)
    if entry.create is not None:
        _verify(entry.create)


@lru_cache(maxsize=CERTIFICATES_REMEMBERED)
def _verify_certificate(identity: bytes, certificate: DeviceCertificate) -> None:
    verify_certificate(identity, certificate)
