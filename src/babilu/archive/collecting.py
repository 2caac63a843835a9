"""Collector: the records of an open profile, of one snapshot, in the same order for the same contents.

What is the same for every device of the person is in it, and nothing of this device alone: no ratchet, no prekey, no
key of the device, no place in a chain. What had not been sent yet is *failed* in it: another device cannot go on with
an envelope of this one, and may not do so by itself.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from babilu.archive.collecting_messages import MessageCollector
from babilu.archive.collecting_waiting import WaitingCollector
from babilu.archive.groups import GROUP_BYTES, ArchiveGroup, GroupKind, join_records
from babilu.archive.records import (
    ArchiveCounts,
    ArchivedConversation,
    ArchivedEntry,
    ArchivedLog,
    ArchivedPerson,
    ArchivedPiece,
    ArchivedProfile,
    ArchivedUnshown,
    ArchivedWrite,
    ArchiveSummary,
)
from babilu.archive.scope import ArchiveScope
from babilu.archive.waiting_records import ArchivedTraces
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import decode_device_list, identity_of
from babilu.identity.shapes import DeviceListBody, Shape
from babilu.kernel.ids import BlobId, ConversationId
from babilu.kernel.limits import INTEGER_MAX
from babilu.store.archive_queries import ArchiveQueries
from babilu.store.statements import Row
from babilu.store.unit_of_work import UnitOfWork
from babilu.version import __version__

_encoder: Final = msgspec.msgpack.Encoder()
_PIECE: Final = 48 * 1024
_TRACES: Final = 32 * 1024
"""Bytes after which a record of traces ends: what was deleted in a long life is no reason for a group without end."""

RUN: Final = 200
"""Messages of one run of those that are given newest first: with so many a device can be used."""


class Collector:
    """Gives the groups of one snapshot.

    Args:
        unit: The snapshot.
        scope: What goes into it.

    Attributes:
        summary: What is said of all of it.
    """

    def __init__(self, unit: UnitOfWork, scope: ArchiveScope) -> None:
        record = unit.profile.load()
        if record is None:
            raise LookupError("a profile without keys has nothing to keep")
        self._unit = unit
        self._rows = ArchiveQueries(unit.statements)
        self._waiting = WaitingCollector(unit, disappearing=scope.disappearing)
        self._scope = scope
        self._record = record
        self._list = decode_shape(decode_device_list(record.device_list).body, DeviceListBody)
        self._identity = identity_of(self._list)
        self._number = 0
        self._messages = 0
        self._blobs = self._wanted_blobs()
        self._told = MessageCollector(self._rows, self._identity, scope, self._blobs)
        self.summary: Final = self._summarise()

    def groups(self) -> Iterator[ArchiveGroup]:
        """Give all groups, in their order."""
        yield from self.core()
        for row in self._rows.conversations():
            yield from self._of_conversation(row)
        yield from self._grouped(GroupKind.ASKED, b"", self._waiting.asked())
        yield from self._grouped(GroupKind.REQUESTS, b"", self._waiting.requests())
        for blob in self._blobs:
            yield from self._of_file(blob)

    def core(self) -> Iterator[ArchiveGroup]:
        """Give what everything else needs: summary, profile, people, conversations."""
        yield from self._grouped(GroupKind.SUMMARY, b"", (self.summary,))
        yield from self._grouped(GroupKind.PROFILE, b"", (self._profile(),))
        yield from self._grouped(GroupKind.PEOPLE, b"", map(_person, self._rows.people()))
        yield from self._grouped(
            GroupKind.CONVERSATIONS,
            b"",
            (
                _conversation(row, self._rows.members(row[0]), self._rows.imported_people(row[0]))
                for row in self._rows.conversations()
            ),
        )

    def standing(self) -> Iterator[ArchiveGroup]:
        """Give what conversations have beside messages: logs of groups with their entries, and traces."""
        for row in self._rows.conversations():
            yield from self._standing_of(row)

    def newest_first(self, below: int = INTEGER_MAX, most: int = RUN) -> Iterator[ArchiveGroup]:
        """Give messages of all conversations, the newest first: for a device that is to show something soon.

        Args:
            below: Only messages below this place.
            most: Messages of one run; after each run, all above its lowest place are given.
        """
        for _, groups in self.runs(below, most):
            yield from groups

    def runs(self, below: int = INTEGER_MAX, most: int = RUN) -> Iterator[tuple[int, list[ArchiveGroup]]]:
        """Give the same run by run, each with the lowest place that it has: whoever has it goes on below that."""
        while run := self._rows.newest_run(below, most):
            lowest = run[-1][0]
            groups: list[ArchiveGroup] = []
            for number in dict.fromkeys(conversation for _, conversation in run):
                conversation = ConversationId(self._rows.conversation(number))
                messages = self._told.of_conversation(number, conversation, lowest - 1, below)
                groups += self._grouped(GroupKind.MESSAGES, conversation, messages)
            yield lowest, groups
            below = lowest

    # What belongs to one conversation.

    def _standing_of(self, row: Row) -> Iterator[ArchiveGroup]:
        yield from self._logs_of(row)
        yield from self._traces_of(row)

    def _of_conversation(self, row: Row) -> Iterator[ArchiveGroup]:
        number, conversation = row[0], ConversationId(row[1])
        yield from self._logs_of(row)
        yield from self._grouped(GroupKind.MESSAGES, conversation, self._told.of_conversation(number, conversation))
        yield from self._traces_of(row)
        yield from self._grouped(GroupKind.SCHEDULED, conversation, self._waiting.scheduled(number))
        yield from self._grouped(GroupKind.SOUNDS, conversation, self._waiting.sounds(number))
        for log in self._rows.logs(number):
            yield from self._grouped(GroupKind.LINKS, bytes(log[1]), self._waiting.links(log[0]))
            yield from self._grouped(GroupKind.JOIN_REQUESTS, bytes(log[1]), self._waiting.join_requests(log[0]))

    def _logs_of(self, row: Row) -> Iterator[ArchiveGroup]:
        number, conversation = row[0], ConversationId(row[1])
        logs = self._rows.logs(number)
        yield from self._grouped(GroupKind.LOGS, conversation, map(_log, logs))
        for log in logs:
            entries = (ArchivedEntry(*each[1:]) for each in self._rows.entries(log[0]))
            yield from self._grouped(GroupKind.ENTRIES, bytes(log[1]), entries)

    def _traces_of(self, row: Row) -> Iterator[ArchiveGroup]:
        yield from self._grouped(GroupKind.TRACES, ConversationId(row[1]), self._traces(row[0]))

    def _traces(self, number: int) -> Iterator[ArchivedTraces]:
        held: dict[str, list[Any]] = {}
        size = 0
        for name, each in self._trace_by_trace(number):
            held.setdefault(name, []).append(each)
            size += len(_encoder.encode(each))
            if size > _TRACES:
                yield ArchivedTraces(**{name: tuple(some) for name, some in held.items()})
                held, size = {}, 0
        if held:
            yield ArchivedTraces(**{name: tuple(some) for name, some in held.items()})

    def _trace_by_trace(self, number: int) -> Iterator[tuple[str, Any]]:
        for write in self._rows.registers(number):
            yield "writes", ArchivedWrite(*write)
        for deleted in self._rows.deleted(number):
            yield "deleted", deleted
        for unshown in self._rows.not_shown(number):
            yield "unshown", ArchivedUnshown(*unshown)
        for held in self._waiting.held(number):
            yield "held", held
        for action in self._waiting.actions(number):
            yield "actions", action

    # Files.

    def _wanted_blobs(self) -> dict[bytes, int]:
        files = self._scope.files
        if files is None:
            return {}
        sizes = ((blob, files.size(BlobId(blob))) for blob in self._rows.blobs())
        return {blob: size for blob, size in sizes if size}

    def _of_file(self, blob: bytes) -> Iterator[ArchiveGroup]:
        files, size = self._scope.files, self._blobs[blob]
        if files is None:
            return
        for offset in range(0, size, _PIECE):
            content = files.read(BlobId(blob), offset, min(_PIECE, size - offset))
            yield self._group(GroupKind.PIECES, blob, [_encoder.encode(ArchivedPiece(size, offset, content))])

    # What everything is put together of.

    def _grouped(
        self, kind: GroupKind, scope: bytes, records: "Iterator[Shape] | Sequence[Shape]"
    ) -> Iterator[ArchiveGroup]:
        held: list[bytes] = []
        size = 0
        for record in records:
            encoded = _encoder.encode(record)
            if held and size + len(encoded) > GROUP_BYTES:
                yield self._group(kind, scope, held)
                held, size = [], 0
            held.append(encoded)
            size += len(encoded)
        if held:
            yield self._group(kind, scope, held)

    def _group(self, kind: GroupKind, scope: bytes, records: list[bytes]) -> ArchiveGroup:
        group = ArchiveGroup(kind, self._number, self._messages, scope, join_records(records))
        self._number += 1
        if kind is GroupKind.MESSAGES:
            self._messages += len(records)
        return group

    def _summarise(self) -> ArchiveSummary:
        people, conversations, messages, entries = self._rows.counts(
            disappearing=self._scope.disappearing, now=self._scope.now
        )
        position, newest = self._rows.newest()
        relay = self._unit.profile.relay()
        return ArchiveSummary(
            made_at=self._scope.now,
            program=__version__,
            name=self._record.name,
            relay=None if relay is None else (relay.host, relay.port),
            device_list=self._record.device_list,
            list_version=self._list.version,
            newest_position=position,
            newest_at=newest,
            counts=ArchiveCounts(people, conversations, messages, entries, len(self._blobs)),
        )

    def _profile(self) -> ArchivedProfile:
        relay = self._unit.profile.relay()
        picture = self._rows.own_picture()
        return ArchivedProfile(
            name=self._record.name,
            identity=self._identity,
            wrapped=self._scope.wrapped,
            created_at=self._record.created_at,
            relay=None if relay is None else (relay.host, relay.port, relay.pin),
            settings=tuple((name, value) for name, value in self._rows.settings()),
            picture=None if picture is None else (picture[0], picture[1]),
        )


def _person(row: Row) -> ArchivedPerson:
    (
        _, identity, name, given_name, account, trust, pending_key, pending_list, pending_at, blocked, accepted, fellow,
        once_fellow, direct_allowed, host, port, device_list, created_at, said_at, picture_id, picture,
    ) = row  # fmt: skip
    return ArchivedPerson(
        identity=identity,
        name=name,
        given_name=given_name,
        account=account,
        trust=trust,
        pending=None if pending_key is None else (pending_key, pending_list, pending_at),
        blocked=bool(blocked),
        accepted=bool(accepted),
        fellow=bool(fellow),
        once_fellow=bool(once_fellow),
        direct_allowed=bool(direct_allowed),
        address=None if host is None else (host, port),
        device_list=device_list,
        created_at=created_at,
        picture=None if said_at is None else (said_at, picture_id, picture),
    )


def _conversation(row: Row, members: Sequence[Row], imported: Sequence[Row]) -> ArchivedConversation:
    (
        _, conversation, kind, person, label, title, draft, draft_reply, pinned, archived, marked_unread, hidden,
        muted_until, timer, receipts, typing, presence, created_at, id_since, source,
    ) = row  # fmt: skip
    return ArchivedConversation(
        id=conversation,
        kind=kind,
        person=person,
        label=label,
        title=title,
        draft=draft,
        draft_reply=draft_reply,
        pinned=bool(pinned),
        archived=bool(archived),
        marked_unread=bool(marked_unread),
        hidden=bool(hidden),
        muted_until=muted_until,
        timer=timer,
        receipts=_choice(receipts),
        typing=_choice(typing),
        presence=_choice(presence),
        created_at=created_at,
        id_since=id_since,
        members=tuple((key, role, place) for key, role, place in members),
        source=source,
        imported=tuple((name, key, bool(own)) for name, key, own in imported),
    )


def _choice(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _log(row: Row) -> ArchivedLog:
    (
        _, group, accepted, added_by, added_at, own_role, topic, picture, adds, posts, pins, members, heads, followed,
        followed_since, successor, history, history_days,
    ) = row  # fmt: skip
    return ArchivedLog(
        group, bool(accepted), added_by, added_at, own_role, topic, picture, bool(adds), bool(posts), bool(pins),
        members, heads, followed, followed_since, successor, history, history_days,
    )  # fmt: skip
