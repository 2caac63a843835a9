"""History of conversations as it is read: pages of messages, the newest of each, what newcomers may be given."""

from typing import Final

from babilu.kernel.limits import INTEGER_MAX
from babilu.store.contact_records import ContactRecord, ConversationRecord
from babilu.store.contacts import CONTACT_COLUMNS, contact_record
from babilu.store.conversations import CONVERSATION_COLUMNS, conversation_record
from babilu.store.message_records import MessageRecord
from babilu.store.message_rows import MESSAGE_COLUMNS, MESSAGE_WIDTH, MessageRows
from babilu.store.statements import Statements

UNREAD_COUNTS: Final = (
    "SELECT conversation, count(*), sum(mentioned) FROM message WHERE unread = 1 GROUP BY conversation"
)
"""Counts unread messages, and those that mention oneself, of each conversation, from an index alone."""


class MessageHistory:
    """What conversations have, inside one transaction; nothing is changed here."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements
        self._rows = MessageRows(statements)

    def page(
        self, conversation: int, limit: int, before: int | None = None, after: int | None = None
    ) -> tuple[list[MessageRecord], bool, bool]:
        """Read a run of a conversation, the oldest message first.

        Args:
            conversation: Which one.
            limit: Most messages.
            before: Only positions below this one, the nearest; None for the newest.
            after: Only positions above this one, the nearest; it counts before ``before``.

        Returns:
            The messages, whether older ones exist, whether newer ones exist.
        """
        if after is not None:
            records = self._rows.select(
                " WHERE m.conversation = ? AND m.position > ? ORDER BY m.position LIMIT ?",
                conversation,
                after,
                limit,
            )
        elif before is not None:
            records = self._rows.select(
                " WHERE m.conversation = ? AND m.position < ? ORDER BY m.position DESC LIMIT ?",
                conversation,
                before,
                limit,
            )
        else:
            records = self._rows.select(
                " WHERE m.conversation = ? ORDER BY m.position DESC LIMIT ?", conversation, limit
            )
        records.sort(key=lambda record: record.position)
        first, last = self._edges(records, before, after)
        return records, self._exists(conversation, "<", first), self._exists(conversation, ">", last)

    def first_since(self, conversation: int, moment: int) -> int | None:
        """Return the position of the first message that came at a time or later; None where there is none."""
        row = self._sql.one(
            "SELECT position FROM message WHERE conversation = ? AND arrived_at >= ? ORDER BY position LIMIT 1",
            conversation,
            moment,
        )
        return None if row is None else int(row[0])

    def overview(self) -> list[tuple[ConversationRecord, ContactRecord | None, MessageRecord | None, int, int]]:
        """Return each conversation with its contact, newest message, unread messages and those that mention oneself.

        Pinned ones come first, then the most recent; notes to oneself and groups have no contact.
        """
        counted = self._sql.all(UNREAD_COUNTS)
        unread = {conversation: (count, mentions) for conversation, count, mentions in counted}
        rows = self._sql.all(
            f"SELECT {MESSAGE_COLUMNS}, {', '.join(f'v.{column}' for column in CONVERSATION_COLUMNS)},"
            f" {', '.join(f'c.{column}' for column in CONTACT_COLUMNS)}"
            " FROM conversation AS v LEFT JOIN contact AS c ON c.contact = v.contact LEFT JOIN message AS m"
            " ON m.position = (SELECT position FROM message"
            " WHERE conversation = v.conversation AND kind = 'text' ORDER BY position DESC LIMIT 1)"
            " WHERE v.hidden = 0"
            " ORDER BY v.pinned DESC, coalesce(m.arrived_at, v.created_at) DESC, m.position DESC, v.conversation DESC"
        )
        beyond = MESSAGE_WIDTH + len(CONVERSATION_COLUMNS)
        overview = []
        for row in rows:
            conversation = conversation_record(row[MESSAGE_WIDTH:beyond])
            contact = None if row[beyond] is None else contact_record(row[beyond:])
            last = None if row[0] is None else self._rows.record(row[:MESSAGE_WIDTH])
            overview.append((conversation, contact, last, *unread.get(conversation.conversation, (0, 0))))
        return overview

    def to_share(self, conversation: int, since: int, most: int) -> list[MessageRecord]:
        """Return the newest messages of a conversation that newcomers may be given, the newest first.

        What disappears, was deleted or removed, or is not understood, is not among them.
        """
        return self._rows.select(
            " WHERE m.conversation = ? AND m.kind = 'text' AND m.deleted = 0 AND m.hidden = 0 AND m.timer IS NULL"
            " AND m.not_understood IS NULL AND m.sent_at >= ? AND m.part <> x'' ORDER BY m.position DESC LIMIT ?",
            conversation,
            since,
            most,
        )

    @staticmethod
    def _edges(records: list[MessageRecord], before: int | None, after: int | None) -> tuple[int, int]:
        """Return the positions below and above which a page's neighbours lie, also for an empty page."""
        if records:
            return records[0].position, records[-1].position
        if after is not None:
            return min(after, INTEGER_MAX - 1) + 1, after
        return (0, 0) if before is None else (before, before - 1)

    def _exists(self, conversation: int, comparison: str, position: int) -> bool:
        row = self._sql.one(
            f"SELECT 1 FROM message WHERE conversation = ? AND position {comparison} ? LIMIT 1",
            conversation,
            position,
        )
        return row is not None
