"""Import of conversations: in parts, so that nobody waits long for a turn to write; it may end and be done again.

A message is known again by what the other program says of it, and by how often it says just that: an export that
overlaps with an earlier one adds what is new.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO, Final

from babilu.api import commands as ask_for
from babilu.api import events
from babilu.engine.conversation.effects import RunEffects, Tell
from babilu.engine.files.folder import FileFolder
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.threads import closed
from babilu.foreign.model import ForeignChat, ForeignExport, ForeignFile, ForeignMessage, Survey
from babilu.kernel.errors import CryptoError, UsageError
from babilu.kernel.ids import ConversationId, MessageId, imported_message_id
from babilu.kernel.limits import REACTIONS_OF_ONE
from babilu.kernel.states import ImportLoss
from babilu.store.contact_records import ContactRecord
from babilu.store.database import Database
from babilu.store.import_records import ImportedMessage
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.file_entry import FileEntry

AT_ONCE: Final = 200
"""Messages that one transaction stores: whoever else writes waits no longer than that takes."""

TOLD_EVERY_MS: Final = 250
"""Milliseconds between two events about how far an import is."""

_BETWEEN: Final = "\x1f"
_UNORDERED: Final = "import.unordered:"


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who a person of an export is: a contact, oneself, or nobody who is known here."""

    contact: ContactRecord | None = None
    own: bool = False


@dataclass(slots=True)
class ImportedChat:
    """A conversation of an export, and what becomes of it here.

    Attributes:
        chat: As the export has it.
        id: Its id here.
        people: Who is who.
        number: Number of its row, once there is one.
        label: What commands call it, once there is a row.
        persons: Number of the row of each person, while it is taken over.
        new: Messages that were not here.
    """

    chat: ForeignChat
    id: ConversationId
    people: dict[str, Somebody]
    number: int | None = None
    label: str | None = None
    persons: dict[str, int] = field(default_factory=dict)
    new: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """A message with its conversation, its id, its place in time, and what it answers."""

    message: ForeignMessage
    chat: ImportedChat
    id: MessageId
    place: int
    reply_to: MessageId | None


def count_new(database: Database, export: ForeignExport, chats: Mapping[str, ImportedChat]) -> None:
    """Count of each conversation the messages that are not here."""
    for part in _parts(_identified(export, chats, ())):
        with database.read() as unit:
            for each in part:
                each.chat.new += each.chat.number is None or not unit.imports.is_known(each.id, each.chat.number)


class ChatImport:
    """One import.

    Args:
        base: The profile and the ports.
        folder: The sealed files.
        run: Runs effects.
        stopping: Is set when the client ends.
        export: What is taken over.
    """

    def __init__(
        self,
        base: ClientContext,
        folder: FileFolder,
        run: RunEffects,
        stopping: threading.Event,
        export: ForeignExport,
    ) -> None:
        self._base = base
        self._folder = folder
        self._run = run
        self._stopping = stopping
        self._export = export

    def take(self, survey: Survey, chats: Mapping[str, ImportedChat], command: ask_for.ImportChats) -> None:
        """Take over what is new.

        Raises:
            BabiluError: It ends before its end: what was taken over by then is here.
        """
        first = self._begin(survey, chats, command)
        self._tell_changed(chats.values())
        done, told_at = 0, self._base.clock.monotonic_ms()
        try:
            for part in _parts(_identified(self._export, chats, survey.order)):
                if self._stopping.is_set():
                    raise closed()
                survey.lost[ImportLoss.MISSING] += self._store(part, first)
                done += len(part)
                now = self._base.clock.monotonic_ms()
                if now - told_at >= TOLD_EVERY_MS:
                    told_at = now
                    self._tell(command, done, survey.messages)
            for each in chats.values():
                self._put_in_order(each, first)
        finally:
            self._tell_changed(chats.values())
        self._tell(command, done, survey.messages)

    def _begin(self, survey: Survey, chats: Mapping[str, ImportedChat], command: ask_for.ImportChats) -> int:
        """Make the conversations, record who is who, and keep a place for each message; returns the first."""
        now = self._base.clock.now_ms()
        with self._base.database.write() as unit:
            for each in chats.values():
                if each.number is None:
                    record = unit.conversations.add_imported(each.id, command.source, each.chat.title, now)
                    each.number, each.label = record.conversation, record.label
                unit.conversations.set_hidden(each.number, False)
                for name in each.people:
                    self._keep_person(unit, each, name)
            return unit.new_messages.keep_places(survey.messages)

    @staticmethod
    def _keep_person(unit: UnitOfWork, chat: ImportedChat, name: str) -> None:
        somebody = chat.people.get(name, Somebody())
        contact = None if somebody.contact is None else somebody.contact.contact
        assert chat.number is not None  # noqa: S101
        chat.persons[name] = unit.imports.keep_person(chat.number, name, contact, own=somebody.own).person

    def _put_in_order(self, chat: ImportedChat, first: int) -> None:
        """Move what stands behind later messages, where an earlier import had those; the last one first.

        Wherever that ends, what was moved is the newest, in its order, and behind all else: the next import goes on.
        """
        name, number = f"{_UNORDERED}{_number(chat)}", _number(chat)
        with self._base.database.read() as unit:
            begun = unit.settings.get(name)
            moved = unit.imports.out_of_order(number, first if begun is None else int(begun))
        if not moved:
            return
        with self._base.database.write() as unit:
            unit.settings.set(name, begun or str(first).encode())
            end = unit.new_messages.keep_places(len(moved)) + len(moved)
        places = zip(reversed(moved), range(end - 1, 0, -1), strict=False)
        while some := list(islice(places, AT_ONCE)):
            if self._stopping.is_set():
                raise closed()
            with self._base.database.write() as unit:
                for position, to in some:
                    unit.imports.move(position, to)
        with self._base.database.write() as unit:
            unit.settings.delete(name)

    def _store(self, part: list[_Known], first: int) -> int:
        """Store what is new of a part; returns how many files could not be read."""
        with self._base.database.read() as unit:
            new = [each for each in part if not unit.imports.is_known(each.id, _number(each.chat))]
        if not new:
            return 0
        sealed: dict[MessageId, tuple[FileEntry, ...]] = {}
        unread: dict[MessageId, list[str]] = {}
        try:
            for each in new:
                self._seal(each, sealed, unread)
            with self._base.database.write() as unit:
                for each in new:
                    self._add(unit, each, first, sealed.get(each.id, ()), unread.get(each.id, []))
        except BaseException:
            blobs = tuple(entry.blob for entries in sealed.values() for entry in entries)
            self._folder.delete(blobs)
            self._folder.settled(blobs)
            raise
        self._folder.settled(entry.blob for entries in sealed.values() for entry in entries)
        return sum(map(len, unread.values()))

    def _seal(
        self, each: _Known, sealed: dict[MessageId, tuple[FileEntry, ...]], unread: dict[MessageId, list[str]]
    ) -> None:
        """Seal the files of a message; one that is damaged is no reason to lose its words, nor those behind it."""
        for file in each.message.files:
            try:
                sealed[each.id] = (*sealed.get(each.id, ()), self._sealed(file))
            except (UsageError, CryptoError):
                unread.setdefault(each.id, []).append(file.name)

    def _sealed(self, file: ForeignFile) -> FileEntry:
        size = self._export.size(file)
        with self._export.open(file) as opened:
            return self._folder.seal_stream(_WholeReads(opened), size, file.name)

    def _add(self, unit: UnitOfWork, each: _Known, first: int, files: tuple[FileEntry, ...], unread: list[str]) -> None:
        message, chat = each.message, each.chat
        text = "\n".join([*([message.text] if message.text else []), *(f"[{name}]" for name in unread)])
        stored = ImportedMessage(
            each.id,
            _number(chat),
            chat.persons[message.author],
            text,
            message.at,
            message.edited_at,
            each.reply_to,
            files,
        )
        if not unit.imports.add(stored, first + each.place, self._base.clock.now_ms()):
            return
        chat.new += 1
        given: dict[str, list[str]] = {}
        for reaction in message.reactions:
            given.setdefault(reaction.person, []).append(reaction.sign)
        for name, signs in given.items():
            if name not in chat.persons:
                self._keep_person(unit, chat, name)
            kept = tuple(dict.fromkeys(signs))[:REACTIONS_OF_ONE]
            unit.imports.add_reactions(_number(chat), each.id, chat.persons[name], kept, message.at)

    def _tell(self, command: ask_for.ImportChats, done: int, total: int) -> None:
        progress = events.ImportProgress(command.path, done, total, request_id=command.request_id)
        self._run([Tell(progress)])

    def _tell_changed(self, chats: Iterable[ImportedChat]) -> None:
        self._run([Tell(events.ConversationChanged(each.label or "", each.id)) for each in chats])


class _WholeReads:
    """A file that gives as many bytes as it is asked for: a member of an archive may give fewer.

    Args:
        file: The file.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0

    def read(self, size: int, /) -> bytes:
        parts: list[bytes] = []
        while size > 0 and (part := self._file.read(size)):
            parts.append(part)
            size -= len(part)
        whole = b"".join(parts)
        self._at += len(whole)
        return whole

    def tell(self) -> int:
        return self._at


def _identified(export: ForeignExport, chats: Mapping[str, ImportedChat], order: Iterable[int]) -> Iterator[_Known]:
    """Give each message its id; equal words of one person at one time are told apart by their number."""
    times: Counter[int] = Counter()
    asked: dict[str, MessageId] = {}
    places = iter(order)
    for message in export.messages():
        chat = chats[message.chat]
        words = _BETWEEN.join([message.text, *(file.name for file in message.files)])
        seen = hash((message.chat, message.author, message.stamp, words))
        known = imported_message_id(chat.id, message.author, message.stamp, words, times[seen])
        times[seen] += 1
        reply_to = asked.get(message.chat) if message.is_reply else None
        if not message.is_reply:
            asked[message.chat] = known
        yield _Known(message, chat, known, next(places, 0), reply_to)


def _parts(messages: Iterator[_Known]) -> Iterator[list[_Known]]:
    while part := list(islice(messages, AT_ONCE)):
        yield part


def _number(chat: ImportedChat) -> int:
    assert chat.number is not None  # noqa: S101
    return chat.number
