"""Messages that disappear: each has a clock, which starts when it was sent or shown here, and a hard end before that.

A clock that is set back makes no message live longer than its timer from now on.
"""

from collections.abc import Sequence
from typing import Final

from babilu.kernel.ids import MessageId
from babilu.store.statements import Statements

UNREAD_MS: Final = 30 * 24 * 60 * 60 * 1000
"""So long after its timer, counted from sending, a message is gone that nobody has shown."""

REMOVED_MS: Final = 30 * 24 * 60 * 60 * 1000
"""How long the words of a message are kept that an admin has removed: its removal may turn out not to count."""


class Expiry:
    """The clocks of messages, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def start(self, conversation: int, messages: Sequence[MessageId], now: int) -> list[tuple[MessageId, int]]:
        """Start the clocks of messages that have a timer and no running one.

        Returns:
            Id and end (Unix milliseconds) of each that was started.
        """
        started = []
        for message in messages:
            row = self._sql.one(
                "UPDATE message SET expires_at = min(ends_at, ? + timer)"
                " WHERE id = ? AND conversation = ? AND timer IS NOT NULL AND expires_at IS NULL AND deleted = 0"
                " RETURNING expires_at",
                now,
                message,
                conversation,
            )
            if row is not None:
                started.append((message, int(row[0])))
        return started

    def start_read(self, conversation: int, now: int) -> list[tuple[MessageId, int]]:
        """Start the clocks of messages of others that were read; returned as by `start`."""
        rows = self._sql.all(
            "UPDATE message SET expires_at = min(ends_at, ? + timer) WHERE conversation = ? AND outgoing = 0"
            " AND unread = 0 AND timer IS NOT NULL AND expires_at IS NULL AND deleted = 0 RETURNING id, expires_at",
            now,
            conversation,
        )
        return [(MessageId(message), int(end)) for message, end in rows]

    def shorten(self, now: int) -> None:
        """Let no clock run longer than its timer from now on, where somebody has set the time back."""
        self._sql.run(
            "UPDATE message SET expires_at = ?1 + timer WHERE expires_at IS NOT NULL AND expires_at > ?1 + timer", now
        )
        self._sql.run(
            "UPDATE message SET ends_at = ?1 + timer + ?2 WHERE ends_at IS NOT NULL AND ends_at > ?1 + timer + ?2",
            now,
            UNREAD_MS,
        )
        self._sql.run("UPDATE message SET hidden_at = ?1 WHERE hidden_at IS NOT NULL AND hidden_at > ?1", now)

    def due(self, now: int, limit: int) -> list[tuple[MessageId, int]]:
        """Return id and conversation of messages whose time is over."""
        rows = self._sql.all(
            "SELECT id, conversation FROM message WHERE expires_at <= ?1"
            " UNION SELECT id, conversation FROM message WHERE ends_at <= ?1 LIMIT ?2",
            now,
            limit,
        )
        return [(MessageId(message), int(conversation)) for message, conversation in rows]

    def removed(self, now: int, limit: int) -> list[tuple[int, MessageId, int]]:
        """Return position, id and conversation of messages that were removed so long ago that their words go."""
        rows = self._sql.all(
            "SELECT position, id, conversation FROM message WHERE hidden_at <= ? AND deleted = 0"
            " ORDER BY hidden_at LIMIT ?",
            now - REMOVED_MS,
            limit,
        )
        return [(position, MessageId(message), conversation) for position, message, conversation in rows]

    def next_end(self) -> int | None:
        """Return when the next message is over, or loses the words that an admin has removed."""
        row = self._sql.one(
            "SELECT min(at) FROM (SELECT min(expires_at) AS at FROM message WHERE expires_at IS NOT NULL"
            " UNION ALL SELECT min(ends_at) FROM message WHERE ends_at IS NOT NULL"
            " UNION ALL SELECT min(hidden_at) + ? FROM message WHERE hidden_at IS NOT NULL AND deleted = 0)",
            REMOVED_MS,
        )
        return None if row is None or row[0] is None else int(row[0])
