"""What a message row says of itself beside its words, and what other rows add to it: only where there is any."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec

from babilu.kernel.ids import MessageId
from babilu.kernel.limits import QUOTE_CHARACTERS
from babilu.store.attachments import Attachments
from babilu.store.file_records import AttachmentRecord
from babilu.store.message_records import PLAIN, AnsweredRecord, MessageRecord, TextFields
from babilu.store.statements import Row, Statements, Value
from babilu.wire.message_parts import Mention

DETAIL_COLUMNS: Final = (
    "reply_to", "quote", "mentions", "mentioned", "forwarded", "timer", "said_at", "edited_at", "deleted", "reacted",
    "pinned", "expires_at", "request_id", "files", "hidden", "hidden_by", "recipients", "line", "shared_by",
    "imported", "text_state",
)  # fmt: skip
"""Of these the first six are what `text_fields` takes, in order."""

_mentions = msgspec.msgpack.Decoder(tuple[Mention, ...])


def encode_mentions(mentions: tuple[Mention, ...]) -> bytes | None:
    """Encode the mentions of a text as a row keeps them; None for none."""
    return msgspec.msgpack.encode(mentions) if mentions else None


def field_values(fields: TextFields) -> tuple[Value, ...]:
    """Give what the first six columns hold, and whether a mention of oneself has been told."""
    return (
        fields.reply_to,
        fields.quote,
        encode_mentions(fields.mentions),
        int(fields.mentioned),
        int(fields.forwarded),
        fields.timer,
        int(fields.mentioned),
    )


def text_fields(row: Row) -> TextFields:
    """Build what a text says of itself of a row of the first six of `DETAIL_COLUMNS`."""
    reply_to, quote, mentions, mentioned, forwarded, timer = row
    if reply_to is None and mentions is None and timer is None and not forwarded:
        return PLAIN
    return TextFields(
        reply_to=None if reply_to is None else MessageId(reply_to),
        quote=quote,
        mentions=() if mentions is None else _mentions.decode(mentions),
        mentioned=bool(mentioned),
        forwarded=bool(forwarded),
        timer=timer,
    )


class MessageDetails:
    """What other rows add to a message, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements
        self._attachments = Attachments(statements)

    def complete(self, record: MessageRecord) -> MessageRecord:
        """Add the own copy of what a message answers, its files, and who has reacted to it."""
        if record.fields.reply_to is not None:
            record = self._with_answered(record, record.fields.reply_to)
        if record.file_count and not record.files:
            record = replace(record, files=self._attachments.of(record.position))
        if record.reacted:
            record = replace(record, reactions=self._reactions(record.conversation, record.id))
        return record

    def files_of(self, positions: Sequence[int]) -> dict[int, tuple[AttachmentRecord, ...]]:
        """Return the files of messages, by their positions; those of messages that have some."""
        return self._attachments.of_all(positions)

    def _with_answered(self, record: MessageRecord, message: MessageId) -> MessageRecord:
        row = self._sql.one(
            "SELECT outgoing, author, substr(text, 1, ?3), position, files, hidden, imported FROM message"
            " WHERE id = ?1 AND conversation = ?2"
            " UNION ALL SELECT NULL, NULL, '', 0, 0, 0, NULL FROM message_deleted WHERE id = ?1 AND conversation = ?2"
            " LIMIT 1",
            message,
            record.conversation,
            QUOTE_CHARACTERS,
        )
        if row is None:
            return record
        outgoing, author, text, position, files, hidden, imported = row
        written = None if outgoing is None else bool(outgoing)
        if hidden:
            # Nor is it shown by what somebody has taken of it into an answer.
            return replace(
                record,
                answered=AnsweredRecord(written, author, ""),
                fields=replace(record.fields, quote=""),
            )
        brought = self._attachments.of(position) if files else ()
        return replace(record, answered=AnsweredRecord(written, author, text, brought, imported))

    def _reactions(self, conversation: int, message: MessageId) -> tuple[tuple[int, tuple[str, ...]], ...]:
        rows = self._sql.all(
            "SELECT author, reactions FROM message_reaction"
            " WHERE conversation = ? AND target = ? AND reactions <> '' ORDER BY author",
            conversation,
            message,
        )
        return tuple((author, tuple(reactions.split("\n"))) for author, reactions in rows)
