"""What an entry of a group's log can say: one shape for each change, and what must hold of it for itself.

A change with an unknown tag, or with a field more than this version knows, is `UnknownChange`: it keeps its place in
the log and changes nothing. A log must not mean one thing to one version and another thing to the next, so no version
ignores an appended field in silence.
"""

from enum import IntEnum, unique
from itertools import pairwise
from typing import Annotated

import msgspec

from babilu.identity.shapes import Hash32, Id16, Key32, SignedDeviceList
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.limits import (
    ADDRESS_CLAIM_BYTES,
    ENTRY_BYTES,
    ENTRY_PARENTS,
    GROUP_MEMBERS,
    GROUP_PICTURE_BYTES,
    HIDDEN_IN_ENTRY,
    NAME_CHARACTERS,
    TIMER_LONGEST_MS,
    TIMER_SHORTEST_MS,
    TITLE_CHARACTERS,
    TOPIC_CHARACTERS,
)

Title = Annotated[str, msgspec.Meta(max_length=TITLE_CHARACTERS)]
Topic = Annotated[str, msgspec.Meta(max_length=TOPIC_CHARACTERS)]
PictureBytes = Annotated[bytes, msgspec.Meta(max_length=GROUP_PICTURE_BYTES)]
LifetimeMs = Annotated[int, msgspec.Meta(ge=TIMER_SHORTEST_MS, le=TIMER_LONGEST_MS)]
Heads = Annotated[tuple[Hash32, ...], msgspec.Meta(min_length=1, max_length=ENTRY_PARENTS)]
Place = Annotated[int, msgspec.Meta(ge=0, le=4 * GROUP_MEMBERS)]


@unique
class PolicyField(IntEnum):
    """Field of the policy; each is a register of its own."""

    ADDS = 1
    POSTS = 2
    PINS = 3


class NamedPerson(msgspec.Struct, frozen=True, array_like=True):
    """A person, and where their namer has met them: claims that nobody has to believe.

    Attributes:
        identity: The identity key.
        account: Name of an account, used once a relay returns this identity for it; None for none.
        address: Host and port for direct connections, in ASCII; None for none.
    """

    identity: Key32
    account: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS)] | None = None
    address: Annotated[str, msgspec.Meta(min_length=1, max_length=ADDRESS_CLAIM_BYTES)] | None = None


class GrantName(msgspec.Struct, frozen=True, array_like=True):
    """A grant, by the entry that gives it and its place in there."""

    entry: Hash32
    place: Place


class MessageName(msgspec.Struct, frozen=True, array_like=True):
    """A message of the group (``group`` is None) or of one that it continues."""

    message: Id16
    group: Hash32 | None = None


class Continues(msgspec.Struct, frozen=True, array_like=True):
    """The group that a new one continues, and the ends of its log that the author knew, in order."""

    group: Hash32
    heads: Heads


class InitialPolicy(msgspec.Struct, frozen=True, array_like=True):
    """Who may do what in the beginning: True is everybody, False admins."""

    adds: bool = False
    posts: bool = True
    pins: bool = False

    def opens(self, field: PolicyField) -> bool:
        """Tell whether everybody may do what a field is about."""
        return {PolicyField.ADDS: self.adds, PolicyField.POSTS: self.posts, PolicyField.PINS: self.pins}[field]


class Change(msgspec.Struct, frozen=True, array_like=True):
    """Base of everything that an entry can say; each has a tag of its own."""


class CreateGroup(Change, frozen=True, tag="create"):
    """The first entry of a group.

    Attributes:
        title: Its title.
        members: Everybody but the author, in the order of their rank.
        admins: How many of them are admins, from the first; none unless the group continues another.
        policy: Who may do what.
        account: The author's account name; None for none.
        address: The author's address; None for none.
        topic: Its topic.
        picture: What describes its picture; empty for none.
        lifetime: How long messages stay; None for always.
        continues: The group that it goes on from; None for none.
    """

    title: Title
    members: Annotated[tuple[NamedPerson, ...], msgspec.Meta(max_length=GROUP_MEMBERS - 1)]
    admins: Annotated[int, msgspec.Meta(ge=0, le=GROUP_MEMBERS)]
    policy: InitialPolicy
    account: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS)] | None
    address: Annotated[str, msgspec.Meta(min_length=1, max_length=ADDRESS_CLAIM_BYTES)] | None
    topic: Topic
    picture: PictureBytes
    lifetime: LifetimeMs | None
    continues: Continues | None


class AddMember(Change, frozen=True, tag="add"):
    """Somebody comes in as a member."""

    person: NamedPerson


class AppointAdmin(Change, frozen=True, tag="appoint"):
    """Somebody becomes an admin."""

    identity: Key32


class RemoveMember(Change, frozen=True, tag="remove"):
    """The author removes somebody: all of that person's grants end that are junior to the author's."""

    identity: Key32


class DemoteAdmin(Change, frozen=True, tag="demote"):
    """Somebody stops being an admin, perhaps the author: their grants of the creator's and admins' classes end."""

    identity: Key32


class LeaveGroup(Change, frozen=True, tag="leave"):
    """The author leaves: their grants end from the named one downwards."""


class JoinHeads(Change, frozen=True, tag="join"):
    """Ends of the log are tied together; nothing else changes."""


class NameDevices(Change, frozen=True, tag="devices"):
    """The author's device list: what a device signs counts only where the list names it."""

    list: SignedDeviceList


class SetTitle(Change, frozen=True, tag="title"):
    """The group has another title."""

    title: Title


class SetTopic(Change, frozen=True, tag="topic"):
    """The group has another topic."""

    topic: Topic


class SetPicture(Change, frozen=True, tag="picture"):
    """The group has another picture; empty for none."""

    picture: PictureBytes


class SetLifetime(Change, frozen=True, tag="timer"):
    """New messages stay for another length of time; None for ever."""

    lifetime: LifetimeMs | None


class SetPolicy(Change, frozen=True, tag="policy"):
    """Everybody may do what a field of the policy is about, or admins alone."""

    field: PolicyField
    everybody: bool


class HideMessages(Change, frozen=True, tag="hide"):
    """Messages of others are shown to nobody, for as long as this entry counts: no other entry takes it back."""

    messages: Annotated[tuple[MessageName, ...], msgspec.Meta(min_length=1, max_length=HIDDEN_IN_ENTRY)]


class SetPin(Change, frozen=True, tag="pin"):
    """A message is pinned, or is not any more."""

    message: MessageName
    on: bool


class EncodedEntry(msgspec.Struct, frozen=True, array_like=True):
    """An entry as it travels: the bytes of its body, and the signature of its author's device over tag ‖ body."""

    body: Annotated[bytes, msgspec.Meta(max_length=ENTRY_BYTES)]
    signature: Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]


class MoveOn(Change, frozen=True, tag="moved"):
    """The group goes on in another one, whose first entry this holds: whoever reads it can judge it at once."""

    create: EncodedEntry


class UnknownChange(msgspec.Struct, frozen=True, array_like=True):
    """A change that only a newer version understands."""

    tag: str


KnownChange = (
    CreateGroup
    | AddMember
    | AppointAdmin
    | RemoveMember
    | DemoteAdmin
    | LeaveGroup
    | JoinHeads
    | NameDevices
    | SetTitle
    | SetTopic
    | SetPicture
    | SetLifetime
    | SetPolicy
    | HideMessages
    | SetPin
    | MoveOn
)

GroupChange = KnownChange | UnknownChange

_changes: "msgspec.msgpack.Decoder[KnownChange]" = msgspec.msgpack.Decoder(KnownChange)
_fields = msgspec.msgpack.Decoder(list[msgspec.Raw])
_word = msgspec.msgpack.Decoder(str)
_number = msgspec.msgpack.Decoder(int)
_known: dict[str, type[Change]] = {str(kind.__struct_config__.tag): kind for kind in KnownChange.__args__}
_encoder = msgspec.msgpack.Encoder()
_FIELDS_OF_POLICY = frozenset(field.value for field in PolicyField)


def encode_change(change: Change) -> bytes:
    """Encode a change: the same one always gives the same bytes."""
    return _encoder.encode(change)


def decode_change(encoded: bytes) -> GroupChange:
    """Decode a change, and check the rules that hold whoever its author is.

    Raises:
        ProtocolError: ``malformed``.
    """
    try:
        fields = _fields.decode(encoded)
        tag = _word.decode(fields[0])
        known = _known.get(tag)
        if known is None or len(fields) > 1 + len(known.__struct_fields__):
            return UnknownChange(tag)
        if known is SetPolicy and _number.decode(fields[1]) not in _FIELDS_OF_POLICY:
            return UnknownChange(tag)
        decoded = _changes.decode(encoded)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, IndexError) as error:
        raise ProtocolError(ErrorCode.MALFORMED, "A change of a group could not be understood.") from error
    _check(decoded)
    return decoded


def _check(change: KnownChange) -> None:
    match change:
        case CreateGroup():
            _check_create(change)
        case AddMember(person=person):
            _check_address(person.address)
        case HideMessages(messages=messages) if len(set(messages)) < len(messages):
            raise ProtocolError(ErrorCode.MALFORMED, "An entry hides a message twice.")
        case _:
            pass


def _check_create(change: CreateGroup) -> None:
    if len({each.identity for each in change.members}) < len(change.members):
        raise ProtocolError(ErrorCode.MALFORMED, "A group begins with somebody twice.")
    if change.admins > (len(change.members) if change.continues is not None else 0):
        raise ProtocolError(ErrorCode.MALFORMED, "A group begins with admins that it cannot have.")
    if change.continues is not None:
        check_ascending(change.continues.heads)
    for address in (change.address, *(each.address for each in change.members)):
        _check_address(address)


def check_ascending(hashes: tuple[bytes, ...]) -> None:
    """Check that hashes are in ascending order, and none is there twice.

    Raises:
        ProtocolError: ``malformed``.
    """
    if any(one >= following for one, following in pairwise(hashes)):
        raise ProtocolError(ErrorCode.MALFORMED, "Entries are not named in their order.")


def _check_address(address: str | None) -> None:
    if address is not None and not address.isascii():
        raise ProtocolError(ErrorCode.MALFORMED, "An address is not in ASCII.")
