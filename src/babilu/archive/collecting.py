"""Collector: the records of an open profile, of one snapshot, in the same order for the same contents.

What is the same for every device of the person is in it, and nothing of this device alone: no ratchet, no prekey, no
key of the device, no place in a chain. What had not been sent yet is *failed* in it: another device cannot go on with
an envelope of this one, and may not do so by itself.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Any, Final

import msgspec

from babilu.archive.collecting_waiting import WaitingCollector
from babilu.archive.groups import GROUP_BYTES, ArchiveGroup, GroupKind, join_records
from babilu.archive.records import (
    ArchiveCounts,
    ArchivedConversation,
    ArchivedEntry,
    ArchivedExtras,
    ArchivedFile,
    ArchivedLog,
    ArchivedMessage,
    ArchivedPerson,
    ArchivedPiece,
    ArchivedProfile,
    ArchivedReaction,
    ArchivedReceipt,
    ArchivedUnshown,
    ArchivedWording,
    ArchivedWords,
    ArchivedWrite,
    ArchiveSummary,
)
from babilu.archive.waiting_records import ArchivedTraces
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import decode_device_list, identity_of
from babilu.identity.shapes import DeviceListBody, Shape
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.ids import BlobId, ConversationId, IdentityKey, MessageId, message_id
from babilu.kernel.limits import INTEGER_MAX
from babilu.kernel.states import FileState, MessageState
from babilu.store.archive_queries import ArchiveQueries
from babilu.store.message_details import encode_mentions
from babilu.store.statements import Row
from babilu.store.unit_of_work import UnitOfWork
from babilu.version import __version__
from babilu.wire.content import Edit, Text
from babilu.wire.content_reading import read_part

_encoder: Final = msgspec.msgpack.Encoder()
_PIECE: Final = 48 * 1024
_TRACES: Final = 32 * 1024
"""Bytes after which a record of traces ends: what was deleted in a long life is no reason for a group without end."""

RUN: Final = 200
"""Messages of one run of those that are given newest first: with so many a device can be used."""

_PLAIN: Final = ArchivedExtras()


class Mark(IntFlag):
    """What holds of a message, in one number."""

    OUTGOING = 1
    UNREAD = 2
    SHOWN = 4
    FIRST = 8
    LATE = 16
    DEPARTED = 32
    DELETED = 64
    HIDDEN = 128
    PINNED = 256
    MENTIONED = 512
    MENTION_TOLD = 1024
    REACTED = 2048


MARKS: Final = len(Mark)


@dataclass(frozen=True, slots=True)
class SealedFiles:
    """Where sealed files are read from.

    Attributes:
        size: Gives how many bytes one has; 0 where it is not here.
        read: Gives up to so many bytes of one, from an offset.
    """

    size: Callable[[BlobId], int]
    read: Callable[[BlobId, int, int], bytes]


@dataclass(frozen=True, slots=True)
class ArchiveScope:
    """What goes into an archive besides what always does.

    Attributes:
        now: Unix milliseconds.
        disappearing: Whether messages go into it that disappear and are not over.
        files: Where the sealed files are read from that go into it; None for none.
        wrapped: The seed of the identity key, wrapped as the profile keeps it.
    """

    now: int
    disappearing: bool = False
    files: SealedFiles | None = None
    wrapped: tuple[bytes, ...] = ()


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
                messages = self._messages_of(number, conversation, lowest - 1, below)
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
        yield from self._grouped(GroupKind.MESSAGES, conversation, self._messages_of(number, conversation))
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

    def _messages_of(
        self, number: int, conversation: ConversationId, after: int = 0, before: int = INTEGER_MAX
    ) -> Iterator[ArchivedMessage]:
        while rows := self._rows.messages(number, after, before):
            receipts: dict[int, list[ArchivedReceipt]] = {}
            for position, *receipt in self._rows.receipts(number, rows[0][0], rows[-1][0]):
                receipts.setdefault(position, []).append(ArchivedReceipt(*receipt))
            for row in rows:
                made = _MessageRow(row)
                if self._is_in(made):
                    yield self._message(number, made, conversation, receipts.get(made.position, []))
            after = rows[-1][0]

    def _is_in(self, row: "_MessageRow") -> bool:
        """Tell whether a message goes into the archive: one that disappears only while it runs, and if asked for."""
        if row.timer is None:
            return True
        end = row.ends_at if row.expires_at is None else row.expires_at
        return self._scope.disappearing and end is not None and end > self._scope.now

    def _message(
        self, number: int, row: "_MessageRow", conversation: ConversationId, receipts: list[ArchivedReceipt]
    ) -> ArchivedMessage:
        author = self._identity if row.author is None else IdentityKey(row.author)
        state, error = row.state, row.error
        if state == MessageState.QUEUED:
            state, error = MessageState.FAILED.value, ErrorCode.RESTORED.value
        wordings = self._wordings(number, row, conversation, author)
        follows = bool(row.part) and message_id(conversation, author, row.said_at, row.part) == row.id
        extras = ArchivedExtras(
            id=None if follows else row.id,
            kind=row.kind,
            belongs_before=row.belongs_before,
            held_until=row.held_until,
            error=error,
            not_understood=row.not_understood,
            words=None if self._follow_words(row, wordings) else self._words(row),
            edited_at=row.edited_at,
            wordings=wordings,
            reactions=self._reactions(number, row),
            receipts=tuple(receipts),
            files=self._files(row),
            expires_at=row.expires_at,
            ends_at=row.ends_at,
            hidden_by=row.hidden_by,
            hidden_at=row.hidden_at,
            recipients=row.recipients,
            had=row.had,
            had_read=row.had_read,
            line=row.line,
            shared_by=row.shared_by,
            imported=row.imported,
            first_text=row.first_text,
        )
        return ArchivedMessage(
            position=row.position,
            author=row.author,
            said_at=row.said_at,
            part=row.part,
            marks=row.marks,
            sent_at=row.sent_at,
            arrived_at=row.arrived_at,
            route=row.route,
            state=state,
            device=row.device,
            counter=row.counter,
            extras=None if extras == _PLAIN else extras,
        )

    def _wordings(
        self, number: int, row: "_MessageRow", conversation: ConversationId, author: IdentityKey
    ) -> tuple[ArchivedWording, ...]:
        if row.edited_at is None:
            return ()
        return tuple(
            ArchivedWording(at, part, None if message_id(conversation, author, at, part) == action else action)
            for at, action, part in self._rows.wordings(number, row.id)
        )

    def _reactions(self, number: int, row: "_MessageRow") -> tuple[ArchivedReaction, ...]:
        if not row.marks & Mark.REACTED:
            return ()
        return tuple(ArchivedReaction(*each) for each in self._rows.reactions(number, row.id))

    def _files(self, row: "_MessageRow") -> tuple[ArchivedFile, ...]:
        if not row.files:
            return ()
        outgoing = bool(row.marks & Mark.OUTGOING)
        return tuple(
            ArchivedFile(self._file_state(blob, FileState(state), outgoing=outgoing), kept_until, bool(unheard))
            for _, blob, _, state, kept_until, unheard in self._rows.files(row.position)
        )

    def _file_state(self, blob: bytes, state: FileState, *, outgoing: bool) -> str:
        """Tell how a file stands on a device that has what is in the archive, and nothing under way."""
        if blob in self._blobs:
            return (FileState.SENT if outgoing else FileState.HERE).value
        if outgoing:
            return FileState.FREED.value
        return (state if state is FileState.FREED else FileState.OFFERED).value

    def _follow_words(self, row: "_MessageRow", wordings: Sequence[ArchivedWording]) -> bool:
        """Tell whether all that a message shows follows from what was said."""
        if row.not_understood is not None or (row.kind != "text" or row.marks & Mark.DELETED):
            return row.not_understood is None
        try:
            said = read_part(row.part, chained=True) if row.part else None
            shown = read_part(wordings[-1].part, chained=True) if wordings else said
        except ProtocolError:
            return False
        if not isinstance(said, Text) or not isinstance(shown, Text | Edit):
            return False
        return (
            shown.text == row.text
            and encode_mentions(shown.mentions) == row.mentions
            and (said.reply_to, said.quote or "", said.forwarded, said.timer)
            == (row.reply_to, row.quote, row.forwarded, row.timer)
        )

    def _words(self, row: "_MessageRow") -> ArchivedWords:
        files = tuple(each[2] for each in self._rows.files(row.position)) if row.files else ()
        return ArchivedWords(row.text, row.reply_to, row.quote, row.mentions, row.forwarded, row.timer, files)

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


class _MessageRow:
    """A row of `ArchiveQueries.messages` by names."""

    __slots__ = (
        "arrived_at", "author", "belongs_before", "counter", "device", "edited_at", "ends_at", "error", "expires_at",
        "files", "first_text", "forwarded", "had", "had_read", "held_until", "hidden_at", "hidden_by", "id", "imported",
        "kind", "line", "marks", "mentions", "not_understood", "part", "position", "quote", "recipients", "reply_to",
        "route", "said_at", "sent_at", "shared_by", "state", "text", "timer",
    )  # fmt: skip

    def __init__(self, row: Row) -> None:
        (
            self.position, message, self.author, outgoing, self.text, self.sent_at, self.arrived_at, self.route,
            self.state, self.held_until, self.error, unread, shown, first, self.device, self.counter, self.kind, late,
            self.belongs_before, departed, self.said_at, self.part, self.not_understood, self.reply_to, self.quote,
            self.mentions, mentioned, mention_told, forwarded, self.timer, self.expires_at, self.ends_at,
            self.edited_at, deleted, hidden, self.hidden_by, self.hidden_at, reacted, pinned, self.files,
            self.recipients, self.had, self.had_read, self.line, self.shared_by, self.imported,
            self.first_text,
        ) = row  # fmt: skip
        self.id = MessageId(message)
        self.forwarded = bool(forwarded)
        told = (
            outgoing, unread, shown, first, late, departed, deleted, hidden, pinned, mentioned, mention_told, reacted,
        )  # fmt: skip
        # In the order of the bits: one pass over a row of which there may be a hundred thousand.
        self.marks = sum(bit << place for place, bit in enumerate(told))


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
