"""Importer: records into a profile, group by group, each in a transaction of its own, in any order after the core.

Ids are computed of what was said, so no record brings other words under a known id. What is there, was deleted here, or
is over is passed over, so whatever is taken twice is there once, and an end at any moment is mended by beginning again.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec
from typing_extensions import override

from babilu.archive.groups import ArchiveGroup, GroupKind, records_of, unreadable
from babilu.archive.importing_waiting import WaitingImporter
from babilu.archive.records import (
    MARKS,
    ArchivedConversation,
    ArchivedEntry,
    ArchivedExtras,
    ArchivedLog,
    ArchivedMessage,
    ArchivedPerson,
    ArchivedPiece,
    ArchivedProfile,
    ArchivedReaction,
    ArchivedWording,
    ArchiveSummary,
    Mark,
)
from babilu.archive.waiting_records import ArchivedTraces
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import decode_device_list, identity_of, verify_device_list
from babilu.identity.shapes import DeviceListBody
from babilu.kernel.errors import DeliveryError, ErrorCode, ProtocolError
from babilu.kernel.ids import (
    BlobId,
    ConversationId,
    DeviceId,
    EntryHash,
    IdentityKey,
    MessageId,
    conversation_id,
    entry_hash,
    message_id,
)
from babilu.kernel.links import has_link
from babilu.kernel.states import ConversationKind, FileState, ImportSource, MessageState, TextState
from babilu.store.archive_inserts import ArchiveInserts
from babilu.store.archive_queries import PORTABLE_SETTINGS
from babilu.store.attachments import TEXT_KIND, TEXT_PLACE
from babilu.store.conversations import ONESELF
from babilu.store.database import Database
from babilu.store.group_records import KeptEntry
from babilu.store.message_details import encode_mentions
from babilu.store.message_search import found_by
from babilu.store.statements import Value
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.content import Edit, Text
from babilu.wire.content_reading import read_part
from babilu.wire.file_entry import FileEntry, decode_entry

_NOTHING: Final = ArchivedExtras()
_OWN: Final = 0


class BlobSink(Protocol):
    """Takes sealed files."""

    def __call__(self, blob: BlobId, size: int, offset: int, content: bytes) -> None:
        """Take a run of one; the runs come in their order."""


@dataclass(frozen=True, slots=True)
class ImportedCounts:
    """What came of an import so far: how many people, conversations, messages and files were not there before."""

    people: int = 0
    conversations: int = 0
    messages: int = 0
    files: int = 0

    def plus(self, other: "ImportedCounts") -> "ImportedCounts":
        """Add what came of another group."""
        return ImportedCounts(
            self.people + other.people,
            self.conversations + other.conversations,
            self.messages + other.messages,
            self.files + other.files,
        )


class Importer:
    """Takes groups into a profile that has its keys.

    Args:
        database: The profile's.
        now: Gives the time (Unix milliseconds).
        blobs: Takes sealed files; None leaves them out.
        lives: Whether somebody uses the profile already: what is set in its conversations stays as it is.

    Attributes:
        imported: What was not there before.
    """

    _lives = False

    def __init__(
        self, database: Database, now: Callable[[], int], blobs: BlobSink | None = None, *, lives: bool = False
    ) -> None:
        self._database = database
        self._lives = lives
        self._blobs = blobs
        with database.read() as unit:
            self._begin(unit, now)

    def _begin(self, unit: UnitOfWork, now: Callable[[], int]) -> None:
        record = unit.profile.load()
        if record is None:
            raise LookupError("a profile without keys takes no archive")
        self._now = now
        self._known: dict[bytes, int] = ArchiveInserts(unit.statements).people()
        self._identity = identity_of(decode_shape(decode_device_list(record.device_list).body, DeviceListBody))
        if unit.contacts.oneself() is not None:
            # What is noted about the own devices stands among the notes, as said by oneself.
            self._known[self._identity] = ONESELF
        self._met: set[bytes] = set()
        self.imported = ImportedCounts()

    def take(self, *groups: ArchiveGroup) -> None:
        """Take one group, or several in one transaction: committed when this returns.

        Raises:
            ArchiveError: ``archive_damaged``: one does not hold together, or is another person's; nothing is taken.
            ProfileError: ``disk_full``, ``unavailable``.
        """
        made = ImportedCounts()
        with self._database.write(behind=True) as unit:
            for group in groups:
                made = made.plus(self._take(unit, group))
        self.imported = self.imported.plus(made)
        # Their messages are committed by now, and say what fits.
        for group in groups:
            if group.kind is GroupKind.PIECES:
                self._take_pieces(group)

    def _take(self, unit: UnitOfWork, group: ArchiveGroup) -> ImportedCounts:
        match group.kind:
            case GroupKind.SUMMARY:
                summary = records_of(group, ArchiveSummary)[0]
                ArchiveInserts(unit.statements).raise_places(summary.newest_position)
            case GroupKind.PROFILE:
                self._profile(unit, records_of(group, ArchivedProfile)[0])
            case GroupKind.PEOPLE:
                added = sum(self._person(unit, each) for each in records_of(group, ArchivedPerson))
                return ImportedCounts(people=added)
            case GroupKind.CONVERSATIONS:
                added = sum(self._conversation(unit, each) for each in records_of(group, ArchivedConversation))
                return ImportedCounts(conversations=added)
            case GroupKind.LOGS:
                self._logs(unit, group.scope, records_of(group, ArchivedLog))
            case GroupKind.ENTRIES:
                _add_entries(unit, ConversationId(group.scope), records_of(group, ArchivedEntry))
            case GroupKind.MESSAGES:
                return ImportedCounts(messages=self._messages(unit, group))
            case GroupKind.TRACES:
                for traces in records_of(group, ArchivedTraces):
                    self._traces(unit, group.scope, traces)
            case GroupKind.PIECES | GroupKind.END:
                pass
            case _:
                conversation = ArchiveInserts(unit.statements).conversations().get(group.scope)
                self._waiting(unit).take(group, conversation)
        return ImportedCounts()

    # Who.

    def _profile(self, unit: UnitOfWork, profile: ArchivedProfile) -> None:
        if profile.identity != self._identity:
            raise unreadable()
        for name, value in profile.settings:
            if name.startswith(PORTABLE_SETTINGS) and unit.settings.get(name) is None:
                unit.settings.set(name, value)
        if profile.picture is not None:
            ArchiveInserts(unit.statements).set_own_picture(*profile.picture)

    def _person(self, unit: UnitOfWork, person: ArchivedPerson) -> bool:
        if person.identity in self._known or person.identity == self._identity:
            return False
        signed = decode_device_list(person.device_list)
        body = verify_device_list(signed)
        if body.identity_key != person.identity:
            raise unreadable()
        identity = IdentityKey(person.identity)
        account = person.account if unit.contacts.by_account(person.account) is None else ""
        try:
            record = unit.contacts.add(
                identity,
                person.name,
                account,
                conversation_id(self._identity, identity),
                person.device_list,
                body.devices,
                person.created_at,
                accepted=person.accepted,
                address=person.address,
            )
        except (DeliveryError, ProtocolError) as error:
            raise unreadable() from error
        ArchiveInserts(unit.statements).set_person(
            record.contact,
            (
                person.given_name,
                person.trust,
                *(person.pending or (None, None, None)),
                int(person.blocked),
                int(person.accepted),
                int(person.fellow),
                int(person.once_fellow),
                int(person.direct_allowed),
            ),
        )
        if person.picture is not None:
            said_at, message, picture = person.picture
            unit.pictures.put(record.contact, MessageId(message), said_at, picture)
        self._known[person.identity] = record.contact
        self._met.add(conversation_id(self._identity, identity))
        return True

    def _number(self, person: bytes | None) -> int | None:
        """Give the number of a person: None for oneself.

        Raises:
            ArchiveError: ``archive_damaged``: nobody of that key is known.
        """
        if person is None:
            return None
        number = self._known.get(person)
        if number is None:
            raise unreadable()
        return number

    # Where.

    def _conversation(self, unit: UnitOfWork, archived: ArchivedConversation) -> bool:
        inserts = ArchiveInserts(unit.statements)
        kind = ConversationKind(archived.kind)
        present = inserts.conversations().get(archived.id)
        if kind is ConversationKind.GROUP:
            if present is not None:
                return False
            label = unit.conversations.free_label(archived.title, archived.label)
            number = unit.conversations.add_group(
                ConversationId(archived.id), archived.title, label, archived.created_at
            ).conversation
            for person, role, place in archived.members:
                inserts.add_member(number, self._number(person) or _OWN, role, place)
        elif kind is ConversationKind.IMPORTED:
            if present is not None:
                return False
            number = self._imported(unit, archived)
        elif present is None or (self._lives and archived.id not in self._met):
            # That of a pair or of notes has its id by who is in it, and was made with them.
            return False
        else:
            number = present
            if unit.messages.has_texts(number):
                return False
        inserts.set_conversation(
            number,
            (
                archived.draft,
                archived.draft_reply,
                int(archived.pinned),
                int(archived.archived),
                int(archived.marked_unread),
                int(archived.hidden),
                archived.muted_until,
                archived.timer,
                *(
                    None if each is None else int(each)
                    for each in (archived.receipts, archived.typing, archived.presence)
                ),
                archived.created_at,
                archived.id_since,
            ),
        )
        return True

    def _imported(self, unit: UnitOfWork, archived: ArchivedConversation) -> int:
        """Add a conversation that another program has exported."""
        if archived.source is None:
            raise unreadable()
        source = ImportSource(archived.source)
        place = unit.conversations.add_imported(
            ConversationId(archived.id), source, archived.title, archived.created_at, archived.label
        ).conversation
        for name, person, own in archived.imported:
            unit.imports.keep_person(place, name, self._number(person), own=own)
        return place

    def _logs(self, unit: UnitOfWork, scope: bytes, logs: Sequence[ArchivedLog]) -> None:
        inserts = ArchiveInserts(unit.statements)
        number = inserts.conversations().get(scope)
        if number is None:
            raise unreadable()
        for log in logs:
            inserts.add_log(
                number,
                (
                    log.id,
                    int(log.accepted),
                    self._number(log.added_by),
                    log.added_at,
                    log.own_role,
                    log.topic,
                    log.picture,
                    int(log.everybody_adds),
                    int(log.everybody_posts),
                    int(log.everybody_pins),
                    log.members,
                    log.heads,
                    log.followed,
                    log.followed_since,
                    log.history,
                    log.history_days,
                ),
            )
        for log in logs:
            if log.successor is not None:
                inserts.link_logs(log.id, log.successor)

    # What.

    def _messages(self, unit: UnitOfWork, group: ArchiveGroup) -> int:
        inserts = ArchiveInserts(unit.statements)
        number = inserts.conversations().get(group.scope)
        if number is None:
            raise unreadable()
        scope = ConversationId(group.scope)
        now = self._now()
        running = [each for each in self._read(group) if not _is_over(each, now)]
        said = [(self._id_of(each, scope), each) for each in running]
        known = inserts.known(number, [message for message, _ in said])
        fresh: dict[MessageId, ArchivedMessage] = {}
        for message, archived in said:
            if message not in known:
                fresh.setdefault(message, archived)
        people = {each.name: each.person for each in unit.imports.people(number)}
        rows = _Rows(number, inserts.strangers(), people)
        for position, (message, archived) in zip(_places(inserts, fresh.values()), fresh.items(), strict=True):
            rows.add(
                position, message, archived, self._number, lambda one, wording: self._wording_id(one, wording, scope)
            )
        rows.put(inserts)
        inserts.index(rows.positions)
        unit.search.index_waiting()
        if unit.groups.of_conversation(number) is not None:
            for message in rows.unsent:
                inserts.fail_for_members(number, message, ErrorCode.RESTORED.value)
        return len(fresh)

    def _read(self, group: ArchiveGroup) -> Iterator[ArchivedMessage]:
        return iter(records_of(group, ArchivedMessage))

    def _id_of(self, archived: ArchivedMessage, scope: ConversationId) -> MessageId:
        """Give the id of a message: computed, unless nothing that is known gives it."""
        extras = archived.extras or _NOTHING
        if extras.id is not None:
            return MessageId(extras.id)
        if not archived.part:
            raise unreadable()
        author = self._identity if archived.author is None else IdentityKey(archived.author)
        return message_id(scope, author, archived.said_at, archived.part)

    def _wording_id(self, archived: ArchivedMessage, wording: ArchivedWording, scope: ConversationId) -> MessageId:
        if wording.id is not None:
            return MessageId(wording.id)
        author = self._identity if archived.author is None else IdentityKey(archived.author)
        return message_id(scope, author, wording.said_at, wording.part)

    def _traces(self, unit: UnitOfWork, scope: bytes, traces: ArchivedTraces) -> None:
        inserts = ArchiveInserts(unit.statements)
        number = inserts.conversations().get(scope)
        if number is None:
            raise unreadable()
        inserts.add_writes(
            (number, each.register, each.id, self._number(each.author) or _OWN, each.depth, each.said_at, each.value)
            for each in traces.writes
        )
        inserts.add_deleted(number, traces.deleted)
        inserts.add_unshown(
            (
                number, self._number(each.author), each.device, each.counter, each.id, each.sent_at, each.said_at,
                each.route, each.not_understood, each.part,
            )
            for each in traces.unshown
        )  # fmt: skip
        waiting = self._waiting(unit)
        for held in traces.held:
            waiting.held(number, held)
        for action in traces.actions:
            waiting.action(number, action)

    def _waiting(self, unit: UnitOfWork) -> WaitingImporter:
        return WaitingImporter(unit, self._number, self._now())

    def _take_pieces(self, group: ArchiveGroup) -> None:
        if self._blobs is None:
            return
        for piece in records_of(group, ArchivedPiece):
            self._blobs(BlobId(group.scope), piece.size, piece.offset, piece.content)
            if piece.offset + len(piece.content) == piece.size:
                self.imported = self.imported.plus(ImportedCounts(files=1))


class TransactionImporter(Importer):
    """Takes groups inside a transaction that is somebody else's; files are none of it.

    Args:
        unit: The transaction.
        now: Unix milliseconds.
        giver: The own device that gives it: what it has sent itself came from it, and is under way from there.
    """

    def __init__(self, unit: UnitOfWork, now: int, giver: DeviceId) -> None:
        self._unit = unit
        self._begin(unit, lambda: now)
        self._giver = giver

    @override
    def _read(self, group: ArchiveGroup) -> Iterator[ArchivedMessage]:
        return (_as_sent_by(self._giver, each) for each in super()._read(group))

    @override
    def take(self, *groups: ArchiveGroup) -> None:
        """Take groups; what was not there before counts as imported once the transaction commits.

        Raises:
            ArchiveError: ``archive_damaged``: one does not hold together, or is another person's.
        """
        for group in groups:
            self.imported = self.imported.plus(self._take(self._unit, group))


class _Rows:
    """Rows that a group of messages makes."""

    def __init__(self, conversation: int, strangers: Collection[int], imported: Mapping[str, int]) -> None:
        self._conversation = conversation
        self._strangers = strangers
        self._imported = imported
        self.positions: list[int] = []
        self._messages: list[tuple[Value, ...]] = []
        self._files: list[tuple[Value, ...]] = []
        self._wordings: list[tuple[Value, ...]] = []
        self._reactions: list[tuple[Value, ...]] = []
        self._receipts: list[tuple[Value, ...]] = []
        self.unsent: list[MessageId] = []

    def add(
        self,
        position: int,
        message: MessageId,
        archived: ArchivedMessage,
        number: Callable[[bytes | None], int | None],
        wording_id: Callable[[ArchivedMessage, ArchivedWording], MessageId],
    ) -> None:
        """Add what a message makes."""
        extras = archived.extras or _NOTHING
        (
            outgoing, unread, shown, first, late, departed, deleted, hidden, pinned, mentioned, mention_told, reacted,
        ) = (archived.marks >> place & 1 for place in range(MARKS))  # fmt: skip
        words = _words(archived, extras)
        author = number(archived.author)
        folded, cut = found_by(words.text, (each.name for each in words.files), stranger=author in self._strangers)
        if hidden or deleted:
            folded, cut = "", False
        whole = None if hidden or deleted else _missing_text(archived, words)
        self.positions.append(position)
        self._messages.append((
            position, message, self._conversation, author, outgoing, words.text, folded, int(cut),
            archived.sent_at, archived.arrived_at, archived.route, archived.state, extras.held_until, extras.error,
            unread, shown, first, archived.device,
            archived.counter, extras.kind, late, extras.belongs_before, departed,
            archived.said_at, archived.part, extras.not_understood, words.reply_to, words.quote, words.mentions,
            mentioned, mention_told, int(words.forwarded), words.timer,
            extras.expires_at, extras.ends_at, extras.edited_at, deleted,
            hidden, number(extras.hidden_by), extras.hidden_at, reacted,
            pinned, len(extras.files), int(has_link(words.text)), extras.recipients, extras.had,
            extras.had_read, extras.line, number(extras.shared_by), self._person(extras.imported),
            None if whole is None else TextState.LATE.value, extras.first_text,
        ))  # fmt: skip
        self._files += (
            (
                position, place, self._conversation, entry.kind.value, entry.blob, encode(entry), file.state,
                file.kept_until, int(file.unheard),
            )
            for place, (file, entry) in enumerate(zip(extras.files, words.files, strict=False))
        )  # fmt: skip
        if whole is not None:
            self._files.append((
                position, TEXT_PLACE, self._conversation, TEXT_KIND, whole.blob, encode(whole),
                FileState.FETCHING.value, None, 0,
            ))  # fmt: skip
        self._wordings += (
            (self._conversation, message, each.said_at, wording_id(archived, each), each.part)
            for each in extras.wordings
        )
        self._reactions += (
            (self._conversation, message, self._who(each, number), each.said_at, each.id, each.reactions)
            for each in extras.reactions
        )
        self._receipts += (
            (position, each.device, number(each.person), each.delivered_at, each.read_at) for each in extras.receipts
        )
        if archived.state == MessageState.FAILED and extras.error == ErrorCode.RESTORED:
            self.unsent.append(message)

    def _person(self, name: str | None) -> int | None:
        """Give the number of somebody whom another program names."""
        if name is None:
            return None
        number = self._imported.get(name)
        if number is None:
            raise unreadable()
        return number

    def _who(self, reaction: ArchivedReaction, number: Callable[[bytes | None], int | None]) -> int:
        named = self._person(reaction.imported)
        return number(reaction.author) or _OWN if named is None else -named

    def put(self, inserts: ArchiveInserts) -> None:
        """Put them into the profile."""
        inserts.add_messages(self._messages)
        inserts.add_files(self._files)
        inserts.add_wordings(self._wordings)
        inserts.add_reactions(self._reactions)
        inserts.add_receipts(self._receipts)


@dataclass(frozen=True, slots=True)
class _Words:
    """What a message shows."""

    text: str = ""
    reply_to: bytes | None = None
    quote: str = ""
    mentions: bytes | None = None
    forwarded: bool = False
    timer: int | None = None
    files: tuple[FileEntry, ...] = ()


def _words(archived: ArchivedMessage, extras: ArchivedExtras) -> _Words:
    """Give what a message shows: read from what was said, unless that is no longer what it shows."""
    if extras.words is not None:
        said = extras.words
        try:
            files = tuple(map(decode_entry, said.files))
        except msgspec.DecodeError as error:
            raise unreadable() from error
        return _Words(said.text, said.reply_to, said.quote, said.mentions, said.forwarded, said.timer, files)
    if not archived.part:
        return _Words()
    try:
        text = read_part(archived.part, chained=True)
        shown = read_part(extras.wordings[-1].part, chained=True) if extras.wordings else text
    except ProtocolError as error:
        raise unreadable() from error
    if not isinstance(text, Text) or not isinstance(shown, Text | Edit):
        raise unreadable()
    return _Words(
        shown.text,
        text.reply_to,
        text.quote or "",
        encode_mentions(shown.mentions),
        text.forwarded,
        text.timer,
        text.files,
    )


def _missing_text(archived: ArchivedMessage, words: _Words) -> FileEntry | None:
    """Return the file that holds the whole text of a message, where the archive has only its beginning."""
    if not archived.part or (archived.extras or _NOTHING).not_understood is not None:
        return None
    wordings = () if archived.extras is None else archived.extras.wordings
    shown = read_part(wordings[-1].part if wordings else archived.part, chained=True)
    return shown.whole if isinstance(shown, Text | Edit) and shown.text == words.text else None


def _as_sent_by(giver: DeviceId, archived: ArchivedMessage) -> ArchivedMessage:
    """Give a message as a copy of what the device has sent that gives it, where that one has sent it.

    It is no message of this device: its files are fetched, and what it had not sent yet it sends itself.
    """
    if not archived.marks & Mark.OUTGOING or archived.device is not None:
        return archived
    extras = archived.extras
    if extras is None:
        return msgspec.structs.replace(archived, device=giver)
    state = archived.state
    if extras.error == ErrorCode.RESTORED:
        state, extras = MessageState.HELD.value, msgspec.structs.replace(extras, error=None)
    offered = FileState.OFFERED.value
    files = tuple(msgspec.structs.replace(each, state=offered, kept_until=None) for each in extras.files)
    extras = msgspec.structs.replace(extras, files=files)
    return msgspec.structs.replace(archived, device=giver, state=state, extras=extras)


def _is_over(archived: ArchivedMessage, now: int) -> bool:
    """Tell whether a message that disappears is over by now."""
    extras = archived.extras or _NOTHING
    end = extras.ends_at if extras.expires_at is None else extras.expires_at
    return end is not None and end <= now


def _places(inserts: ArchiveInserts, messages: Collection[ArchivedMessage]) -> Iterator[int]:
    """Give each message its old place, or, where somebody else has that, the next one behind all."""
    if not messages:
        return
    wanted = [each.position for each in messages]
    taken = inserts.places_taken(min(wanted), max(wanted))
    # A place may be named twice by nobody but a forger; whoever comes second goes to the end as well.
    behind = max(inserts.next_place(), max(wanted) + 1)
    for position in wanted:
        if position not in taken:
            taken.add(position)
            yield position
        else:
            yield behind
            behind += 1


def _add_entries(unit: UnitOfWork, group: ConversationId, entries: Sequence[ArchivedEntry]) -> None:
    record = unit.groups.by_id(group)
    if record is None:
        raise unreadable()
    known = {each.hash for each in unit.groups.entries(record.log)}
    fresh: dict[EntryHash, KeptEntry] = {}
    for each in entries:
        name = entry_hash(each.signature, each.body)
        if name not in known:
            fresh[name] = KeptEntry(name, each.body, each.signature, each.stored_at, each.received_at)
    unit.groups.append(record.log, list(fresh.values()))
