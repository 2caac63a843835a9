"""Importer: records into a profile, group by group, each in a transaction of its own, in any order after the core.

Ids are computed of what was said, so no record brings other words under a known id. What is there, was deleted here, or
is over is passed over, so whatever is taken twice is there once, and an end at any moment is mended by beginning again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import msgspec
from typing_extensions import override

from babilu.archive.groups import ArchiveGroup, GroupKind, records_of, unreadable
from babilu.archive.importing_conversations import ConversationImporter
from babilu.archive.importing_messages import MessageImporter
from babilu.archive.importing_waiting import WaitingImporter
from babilu.archive.records import (
    ArchivedConversation,
    ArchivedEntry,
    ArchivedLog,
    ArchivedMessage,
    ArchivedPerson,
    ArchivedPiece,
    ArchivedProfile,
    ArchiveSummary,
    Mark,
)
from babilu.archive.waiting_records import ArchivedTraces
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import decode_device_list, identity_of, verify_device_list
from babilu.identity.shapes import DeviceListBody
from babilu.kernel.errors import DeliveryError, ErrorCode, ProtocolError
from babilu.kernel.ids import BlobId, ConversationId, DeviceId, IdentityKey, MessageId, conversation_id
from babilu.kernel.states import FileState, MessageState
from babilu.store.archive_inserts import ArchiveInserts
from babilu.store.archive_queries import PORTABLE_SETTINGS
from babilu.store.conversations import ONESELF
from babilu.store.database import Database
from babilu.store.unit_of_work import UnitOfWork


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
                return ImportedCounts(conversations=self._conversations(unit, group))
            case GroupKind.LOGS:
                ConversationImporter(unit, self._number).logs(group.scope, records_of(group, ArchivedLog))
            case GroupKind.ENTRIES:
                entries = records_of(group, ArchivedEntry)
                ConversationImporter(unit, self._number).entries(ConversationId(group.scope), entries)
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

    # Where, and what.

    def _conversations(self, unit: UnitOfWork, group: ArchiveGroup) -> int:
        importer = ConversationImporter(unit, self._number)
        # That of a pair or of notes has its id by who is in it, and was made with them.
        return sum(
            importer.conversation(each, stays=self._lives and each.id not in self._met)
            for each in records_of(group, ArchivedConversation)
        )

    def _messages(self, unit: UnitOfWork, group: ArchiveGroup) -> int:
        number = ArchiveInserts(unit.statements).conversations().get(group.scope)
        if number is None:
            raise unreadable()
        scope = ConversationId(group.scope)
        importer = MessageImporter(unit, number, scope, self._identity, self._number, self._now())
        return importer.take(self._read(group))

    def _read(self, group: ArchiveGroup) -> Iterator[ArchivedMessage]:
        return iter(records_of(group, ArchivedMessage))

    def _traces(self, unit: UnitOfWork, scope: bytes, traces: ArchivedTraces) -> None:
        inserts = ArchiveInserts(unit.statements)
        number = inserts.conversations().get(scope)
        if number is None:
            raise unreadable()
        inserts.add_writes(
            (number, each.register, each.id, self._number(each.author) or ONESELF, each.depth, each.said_at, each.value)
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
