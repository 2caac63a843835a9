"""Collector of messages: each as it was said, and beside that only what does not follow from what was said.

What had not been sent yet is *failed*: another device cannot go on with an envelope of this one.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from babilu.archive.records import (
    ArchivedExtras,
    ArchivedFile,
    ArchivedMessage,
    ArchivedReaction,
    ArchivedReceipt,
    ArchivedWording,
    ArchivedWords,
    Mark,
)
from babilu.archive.scope import ArchiveScope
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.ids import ConversationId, IdentityKey, MessageId, message_id
from babilu.kernel.limits import INTEGER_MAX
from babilu.kernel.states import FileState, MessageState
from babilu.store.archive_queries import ArchiveQueries
from babilu.store.message_details import encode_mentions
from babilu.store.statements import Row
from babilu.wire.content_reading import read_part
from babilu.wire.message_parts import Edit, Text

_PLAIN: Final = ArchivedExtras()


class MessageCollector:
    """Gives the messages of one snapshot.

    Args:
        rows: The snapshot.
        identity: The own identity key.
        scope: What goes into the archive.
        blobs: The sealed files that go into it.
    """

    def __init__(
        self, rows: ArchiveQueries, identity: IdentityKey, scope: ArchiveScope, blobs: Collection[bytes]
    ) -> None:
        self._rows = rows
        self._identity = identity
        self._scope = scope
        self._blobs = blobs

    def of_conversation(
        self, number: int, conversation: ConversationId, after: int = 0, before: int = INTEGER_MAX
    ) -> Iterator[ArchivedMessage]:
        """Give the messages of a conversation whose places lie between two others, in their order."""
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
