"""Wordings of messages: of each message the highest by (time, id) are kept, and the highest of all is shown."""

from babilu.kernel.ids import MessageId
from babilu.store.message_records import WordingRecord
from babilu.store.statements import Statements

WORDINGS_KEPT = 50
"""Later wordings of one message that are kept: the one that is shown, and 49 more to look at."""


class Edits:
    """Later wordings of messages, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(self, conversation: int, target: MessageId, wording: WordingRecord) -> None:
        """Keep a wording, and of all of its message the highest."""
        self._sql.run(
            "INSERT OR IGNORE INTO message_edit (conversation, target, said_at, id, part) VALUES (?, ?, ?, ?, ?)",
            conversation,
            target,
            wording.said_at,
            wording.id,
            wording.part,
        )
        self._sql.run(
            "DELETE FROM message_edit WHERE conversation = ?1 AND target = ?2 AND (said_at, id) <="
            " (SELECT said_at, id FROM message_edit WHERE conversation = ?1 AND target = ?2"
            " ORDER BY said_at DESC, id DESC LIMIT 1 OFFSET ?3)",
            conversation,
            target,
            WORDINGS_KEPT,
        )

    def of(self, conversation: int, target: MessageId) -> list[WordingRecord]:
        """Return the later wordings of a message, the lowest first: the last one is shown."""
        rows = self._sql.all(
            "SELECT said_at, id, part FROM message_edit WHERE conversation = ? AND target = ? ORDER BY said_at, id",
            conversation,
            target,
        )
        return [WordingRecord(said_at, MessageId(action), part) for said_at, action, part in rows]

    def highest(self, conversation: int, target: MessageId) -> WordingRecord | None:
        """Return the wording of a message that is shown; None where that is the first."""
        row = self._sql.one(
            "SELECT said_at, id, part FROM message_edit WHERE conversation = ? AND target = ?"
            " ORDER BY said_at DESC, id DESC LIMIT 1",
            conversation,
            target,
        )
        return None if row is None else WordingRecord(row[0], MessageId(row[1]), row[2])
