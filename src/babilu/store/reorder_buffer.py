"""Reorder buffer: a message that came before those in front of it waits, out of sight, until it can show in order."""

from babilu.kernel.ids import ConversationId, DeviceId, MessageId
from babilu.kernel.states import Route
from babilu.store.message_records import BufferedMessage
from babilu.store.statements import Statements

HELD_COLUMNS = (
    "conversation, author, device, chain, counter, id, text, sent_at, said_at, part, route, first, missing_from,"
    " release_at, not_understood"
)
"""Columns of a message that is held back."""


class ReorderBuffer:
    """Messages that wait for their place, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(self, record: BufferedMessage) -> None:
        """Keep a message out of sight."""
        self._sql.run(
            f"INSERT INTO message_held_back ({HELD_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            record.conversation,
            record.author,
            record.device,
            record.chain,
            record.counter,
            record.id,
            record.text,
            record.sent_at,
            record.said_at,
            record.part,
            record.route.value,
            int(record.first),
            record.missing_from,
            record.release_at,
            record.not_understood,
        )

    def of(self, conversation: int) -> list[BufferedMessage]:
        """Return what is held back of a conversation, by device and chain, and in order of counters."""
        rows = self._sql.all(
            f"SELECT {HELD_COLUMNS} FROM message_held_back WHERE conversation = ? ORDER BY device, chain, counter",
            conversation,
        )
        return [
            BufferedMessage(
                conversation=row[0],
                author=row[1],
                device=DeviceId(row[2]),
                chain=ConversationId(row[3]),
                counter=row[4],
                id=MessageId(row[5]),
                text=row[6],
                sent_at=row[7],
                said_at=row[8],
                part=row[9],
                route=Route(row[10]),
                first=bool(row[11]),
                missing_from=row[12],
                release_at=row[13],
                not_understood=row[14],
            )
            for row in rows
        ]

    def waiting(self, conversation: int, device: DeviceId, chain: ConversationId) -> tuple[int, int, int] | None:
        """Tell how many messages of a chain are held back, from which counter on one is missing, and until when.

        A device may have several chains in one conversation: where a group goes on, its counters begin anew.

        Returns:
            Their number, the lowest ``missing_from`` and the earliest ``release_at``; None where there are none.
        """
        row = self._sql.one(
            "SELECT count(*), min(missing_from), min(release_at) FROM message_held_back"
            " WHERE conversation = ? AND device = ? AND chain = ?",
            conversation,
            device,
            chain,
        )
        return None if row is None or row[0] == 0 else (int(row[0]), int(row[1]), int(row[2]))

    def release(self, message: MessageId, conversation: int, now: int) -> None:
        """Let nothing of a chain wait any longer of which a message is held back."""
        self._sql.run(
            "UPDATE message_held_back SET release_at = ?3 WHERE conversation = ?2 AND (device, chain) ="
            " (SELECT device, chain FROM message_held_back WHERE id = ?1 AND conversation = ?2)",
            message,
            conversation,
            now,
        )

    def has(self, message: MessageId, conversation: int) -> bool:
        """Tell whether a message is held back."""
        sql = "SELECT 1 FROM message_held_back WHERE id = ? AND conversation = ?"
        return self._sql.one(sql, message, conversation) is not None

    def remove(self, record: BufferedMessage) -> None:
        """Forget a message that is shown now."""
        self._sql.run(
            "DELETE FROM message_held_back WHERE conversation = ? AND device = ? AND counter = ? AND id = ?",
            record.conversation,
            record.device,
            record.counter,
            record.id,
        )

    def conversations_of(self, contact: int) -> list[int]:
        """Return the conversations in which something of a contact is held back."""
        rows = self._sql.all("SELECT DISTINCT conversation FROM message_held_back WHERE author = ?", contact)
        return [row[0] for row in rows]

    def authors(self) -> list[int]:
        """Return the contacts of whom something is held back, in whatever conversation."""
        return [row[0] for row in self._sql.all("SELECT DISTINCT author FROM message_held_back")]
