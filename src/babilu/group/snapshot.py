"""Snapshot of a group: the outcome of a fold as a value that stays as it is."""

from collections.abc import Hashable

from babilu.group.changes import (
    CreateGroup,
    InitialPolicy,
    NamedPerson,
    PolicyField,
    SetLifetime,
    SetPicture,
    SetTitle,
    SetTopic,
)
from babilu.group.fold import LogFold
from babilu.group.registers import opens
from babilu.group.state import GroupMember, GroupState
from babilu.group.tables import Grant, GrantClass, LogTables
from babilu.kernel.ids import ConversationId, EntryHash, IdentityKey
from babilu.kernel.states import GroupRole


def snapshot(group: ConversationId, tables: LogTables, fold: LogFold, heads: tuple[EntryHash, ...]) -> GroupState:
    """Return what a fold has found.

    Args:
        group: Id of the group.
        tables: The log.
        fold: Decisions about it, or about a part of it.
        heads: The ends of that part, in order.
    """
    openings = {
        field: tables.entries[number].hash
        for field in PolicyField
        if (number := fold.values.get(field)) is not None and opens(tables.entries[number], field)
    }
    policy = InitialPolicy(PolicyField.ADDS in openings, PolicyField.POSTS in openings, PolicyField.PINS in openings)
    return GroupState(
        group=group,
        heads=heads,
        members=_members(fold, posts=policy.posts),
        raw_title=_title(tables, fold),
        raw_topic=_topic(tables, fold),
        picture=_picture(tables, fold),
        lifetime=_lifetime(tables, fold),
        policy=policy,
        openings=openings,
        hidden=frozenset(fold.hidden),
        pinned=frozenset(fold.pinned),
        stepped_down=frozenset(fold.stepped_down),
    )


def _members(fold: LogFold, *, posts: bool) -> tuple[GroupMember, ...]:
    found = []
    for place, (rank, person) in enumerate(fold.members()):
        grants = fold.live[person]
        if place == 0:
            role = GroupRole.OWNER
        elif rank.grant_class is not GrantClass.MEMBER:
            role = GroupRole.ADMIN
        else:
            role = GroupRole.MEMBER if posts else GroupRole.READER
        names = tuple(each.name for each in grants)
        found.append(GroupMember(person, role, rank, names, _named(person, grants)))
    return tuple(found)


def _named(person: IdentityKey, grants: list[Grant]) -> NamedPerson:
    """Return where somebody is to be found, by the most senior of their grants that says so."""
    told = (each.named for each in grants if each.named is not None and (each.named.account or each.named.address))
    return next(told, NamedPerson(person))


def _value(tables: LogTables, fold: LogFold, register: Hashable) -> object:
    number = fold.values.get(register)
    return None if number is None else tables.entries[number].change


def _title(tables: LogTables, fold: LogFold) -> str:
    match _value(tables, fold, SetTitle):
        case CreateGroup(title=title) | SetTitle(title=title):
            return title
        case _:
            return ""


def _topic(tables: LogTables, fold: LogFold) -> str:
    match _value(tables, fold, SetTopic):
        case CreateGroup(topic=topic) | SetTopic(topic=topic):
            return topic
        case _:
            return ""


def _picture(tables: LogTables, fold: LogFold) -> bytes:
    match _value(tables, fold, SetPicture):
        case CreateGroup(picture=picture) | SetPicture(picture=picture):
            return picture
        case _:
            return b""


def _lifetime(tables: LogTables, fold: LogFold) -> int | None:
    match _value(tables, fold, SetLifetime):
        case CreateGroup(lifetime=lifetime) | SetLifetime(lifetime=lifetime):
            return lifetime
        case _:
            return None
