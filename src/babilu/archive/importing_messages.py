"""Importer of messages: ids are computed of what was said, so no record brings other words under a known id.

Messages that are there, were deleted here, or are over are passed over.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from babilu.archive.groups import unreadable
from babilu.archive.importing_waiting import NumberOf
from babilu.archive.records import MARKS, ArchivedExtras, ArchivedMessage, ArchivedReaction
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.ids import ConversationId, IdentityKey, MessageId, message_id
from babilu.kernel.links import has_link
from babilu.kernel.states import FileState, MessageState, TextState
from babilu.store.archive_inserts import ArchiveInserts
from babilu.store.attachments import TEXT_KIND, TEXT_PLACE
from babilu.store.conversations import ONESELF
from babilu.store.message_details import encode_mentions
from babilu.store.message_search import found_by
from babilu.store.statements import Value
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.codec import encode
from babilu.wire.content_reading import read_part
from babilu.wire.file_entry import FileEntry, decode_entry
from babilu.wire.message_parts import Edit, Text

_NOTHING: Final = ArchivedExtras()

_MOVED: Final = frozenset({FileState.SENT.value, FileState.HERE.value})
"""States of files of which all has been moved."""


class MessageImporter:
    """Takes messages into one conversation of a profile, in one transaction.

    Args:
        unit: The transaction.
        conversation: Number of the conversation.
        scope: Its id.
        identity: The own identity key.
        number_of: Gives the number of a person.
        now: Unix milliseconds.
    """

    def __init__(
        self,
        unit: UnitOfWork,
        conversation: int,
        scope: ConversationId,
        identity: IdentityKey,
        number_of: NumberOf,
        now: int,
    ) -> None:
        self._unit = unit
        self._conversation = conversation
        self._scope = scope
        self._identity = identity
        self._number_of = number_of
        self._now = now

    def take(self, messages: Iterable[ArchivedMessage]) -> int:
        """Add those that are not there yet and not over; returns how many.

        Raises:
            ArchiveError: ``archive_damaged``: one does not hold together.
        """
        unit, inserts, number = self._unit, ArchiveInserts(self._unit.statements), self._conversation
        said = [(self._id_of(each), each) for each in messages if not _is_over(each, self._now)]
        known = inserts.known(number, [message for message, _ in said])
        fresh: dict[MessageId, ArchivedMessage] = {}
        for message, archived in said:
            if message not in known:
                fresh.setdefault(message, archived)
        people = {each.name: each.person for each in unit.imports.people(number)}
        rows = _Rows(number, self._number_of, inserts.strangers(), people)
        for position, (message, archived) in zip(_places(inserts, fresh.values()), fresh.items(), strict=True):
            rows.add(position, message, archived, self._wording_ids(archived))
        rows.put(inserts)
        inserts.index(rows.positions)
        unit.search.index_waiting()
        if unit.groups.of_conversation(number) is not None:
            for message in rows.unsent:
                inserts.fail_for_members(number, message, ErrorCode.RESTORED.value)
        return len(fresh)

    def _id_of(self, archived: ArchivedMessage) -> MessageId:
        """Give the id of a message: computed, unless nothing that is known gives it."""
        extras = archived.extras or _NOTHING
        if extras.id is not None:
            return MessageId(extras.id)
        if not archived.part:
            raise unreadable()
        return message_id(self._scope, self._author(archived), archived.said_at, archived.part)

    def _wording_ids(self, archived: ArchivedMessage) -> list[MessageId]:
        author = self._author(archived)
        return [
            message_id(self._scope, author, each.said_at, each.part) if each.id is None else MessageId(each.id)
            for each in (archived.extras or _NOTHING).wordings
        ]

    def _author(self, archived: ArchivedMessage) -> IdentityKey:
        return self._identity if archived.author is None else IdentityKey(archived.author)


class _Rows:
    """Rows that a group of messages makes."""

    def __init__(
        self, conversation: int, number_of: NumberOf, strangers: Collection[int], imported: Mapping[str, int]
    ) -> None:
        self._conversation = conversation
        self._number_of = number_of
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
        wording_ids: Sequence[MessageId],
    ) -> None:
        """Add what a message makes; its wordings have ids of their own."""
        extras = archived.extras or _NOTHING
        (
            outgoing, unread, shown, first, late, departed, deleted, hidden, pinned, mentioned, mention_told, reacted,
        ) = (archived.marks >> place & 1 for place in range(MARKS))  # fmt: skip
        words = _words(archived, extras)
        author = self._number_of(archived.author)
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
            hidden, self._number_of(extras.hidden_by), extras.hidden_at, reacted,
            pinned, len(extras.files), int(has_link(words.text)), extras.recipients, extras.had,
            extras.had_read, extras.line, self._number_of(extras.shared_by), self._person(extras.imported),
            None if whole is None else TextState.LATE.value, extras.first_text,
        ))  # fmt: skip
        self._files += (
            (
                position, place, self._conversation, entry.kind.value, entry.blob, encode(entry), file.state,
                file.kept_until, int(file.unheard), entry.size if file.state in _MOVED else 0,
            )
            for place, (file, entry) in enumerate(zip(extras.files, words.files, strict=False))
        )  # fmt: skip
        if whole is not None:
            self._files.append((
                position, TEXT_PLACE, self._conversation, TEXT_KIND, whole.blob, encode(whole),
                FileState.FETCHING.value, None, 0, 0,
            ))  # fmt: skip
        self._wordings += (
            (self._conversation, message, each.said_at, wording_id, each.part)
            for wording_id, each in zip(wording_ids, extras.wordings, strict=True)
        )
        self._reactions += (
            (self._conversation, message, self._who(each), each.said_at, each.id, each.reactions)
            for each in extras.reactions
        )
        self._receipts += (
            (position, each.device, self._number_of(each.person), each.delivered_at, each.read_at)
            for each in extras.receipts
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

    def _who(self, reaction: ArchivedReaction) -> int:
        named = self._person(reaction.imported)
        return self._number_of(reaction.author) or ONESELF if named is None else -named

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
