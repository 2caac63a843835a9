"""Lines of a group's conversation: what an entry of its log has changed, as it is kept and read again."""

import msgspec

from babilu.group.changes import (
    AddMember,
    AppointAdmin,
    CreateGroup,
    DemoteAdmin,
    HideMessages,
    JoinHeads,
    LeaveGroup,
    MoveOn,
    NameDevices,
    PolicyField,
    RemoveMember,
    SetLifetime,
    SetPicture,
    SetPin,
    SetPolicy,
    SetTitle,
    SetTopic,
)
from babilu.group.entries import LogEntry
from babilu.kernel.plain_text import cleaned
from babilu.kernel.states import GroupChangeKind
from babilu.store.profile_pictures import picture_digest


class GroupLine(msgspec.Struct, frozen=True, array_like=True):
    """What a line of a group's conversation says, as it is kept.

    Attributes:
        kind: What happened.
        entry: Hash of the entry that says it; empty for none.
        who: Identity key of whom it happened to; None for nobody.
        value: What was set; None for nothing.
        why_not: Why it does not count; None where it does.
        by: Identity key of whoever did it, who may be nobody whose name is known; None for whom the row names.
    """

    kind: str
    entry: bytes = b""
    who: bytes | None = None
    value: str | None = None
    why_not: str | None = None
    by: bytes | None = None


_decoder = msgspec.msgpack.Decoder(GroupLine)
_encoder = msgspec.msgpack.Encoder()


def encode_line(line: GroupLine) -> bytes:
    """Encode what a line says."""
    return _encoder.encode(line)


def decode_line(part: bytes) -> GroupLine:
    """Decode what a line says."""
    return _decoder.decode(part)


def line_of(entry: LogEntry, why_not: str | None) -> GroupLine:
    """Say in a line what an entry says, and why it does not count where it does not."""
    said = _said(entry)
    return GroupLine(said.kind, said.entry, said.who, said.value, why_not, entry.body.author)


def _said(entry: LogEntry) -> GroupLine:  # one return for each kind
    kinds, name = GroupChangeKind, entry.hash
    match entry.change:
        case CreateGroup(title=title):
            return GroupLine(kinds.CREATED.value, name, None, cleaned(title, len(title)))
        case AddMember(person=person):
            return GroupLine(kinds.ADDED.value, name, person.identity)
        case RemoveMember(identity=identity):
            return GroupLine(kinds.REMOVED.value, name, identity)
        case AppointAdmin(identity=identity):
            return GroupLine(kinds.APPOINTED.value, name, identity)
        case DemoteAdmin(identity=identity):
            return GroupLine(kinds.DEMOTED.value, name, identity)
        case LeaveGroup():
            return GroupLine(kinds.LEFT.value, name)
        case MoveOn():
            return GroupLine(kinds.MOVED.value, name)
        case SetPin(message=message, on=on):
            kind = kinds.PINNED if on else kinds.UNPINNED
            return GroupLine(kind.value, name, None, message.message.hex())
        case change:
            return _line_of_register(change, name)


def _line_of_register(change: object, name: bytes) -> GroupLine:
    kinds = GroupChangeKind
    match change:
        case SetTitle(title=title):
            return GroupLine(kinds.TITLE.value, name, None, cleaned(title, len(title)))
        case SetTopic(topic=topic):
            return GroupLine(kinds.TOPIC.value, name, None, cleaned(topic, len(topic)))
        case SetPicture(picture=picture):
            return GroupLine(kinds.PICTURE.value, name, None, picture_digest(picture).hex() if picture else None)
        case SetLifetime(lifetime=lifetime):
            return GroupLine(kinds.TIMER.value, name, None, None if lifetime is None else str(lifetime // 1000))
        case SetPolicy(field=field, everybody=everybody):
            who = "everybody" if everybody else "admins"
            return GroupLine(kinds.POLICY.value, name, None, f"{PolicyField(field).name.lower()}={who}")
        case HideMessages():
            return GroupLine(kinds.HIDDEN.value, name)
        case NameDevices():
            return GroupLine(kinds.DEVICES.value, name)
        case JoinHeads():
            return GroupLine(kinds.TIED.value, name)
        case _:
            return GroupLine(kinds.DOES_NOT_COUNT.value, name)
