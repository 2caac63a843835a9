"""Hidden messages: what only a newer version understands keeps its bytes and id, and shows as nothing until then."""

from babilu.kernel.ids import ConversationId, DeviceId, MessageId
from babilu.kernel.states import Route
from babilu.store.message_records import BufferedMessage
from babilu.store.statements import Statements

HIDDEN_KEPT = 1_000
"""Such messages of one conversation; the oldest makes room, and only its id stays known."""

_COLUMNS = "conversation, author, device, counter, id, sent_at, said_at, route, not_understood, part"


class HiddenMessages:
    """Messages that show as nothing, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(self, record: BufferedMessage) -> None:
        """Keep a message that shows as nothing."""
        self._sql.run(
            f"INSERT INTO message_hidden ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            record.conversation,
            record.author,
            record.device,
            record.counter,
            record.id,
            record.sent_at,
            record.said_at,
            record.route.value,
            record.not_understood,
            record.part,
        )
        beyond = (
            " FROM message_hidden WHERE conversation = ?1 AND number <= (SELECT number FROM message_hidden"
            " WHERE conversation = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)"
        )
        self._sql.run(
            "INSERT OR IGNORE INTO message_deleted (id, conversation) SELECT id, conversation" + beyond,
            record.conversation,
            HIDDEN_KEPT,
        )
        self._sql.run("DELETE" + beyond, record.conversation, HIDDEN_KEPT)

    def has(self, message: MessageId, conversation: int) -> bool:
        """Tell whether a message is kept here."""
        sql = "SELECT 1 FROM message_hidden WHERE id = ? AND conversation = ?"
        return self._sql.one(sql, message, conversation) is not None

    def older_than(self, version: int, conversation: int, limit: int) -> list[BufferedMessage]:
        """Return those that an earlier version of parts did not understand, in order of arrival."""
        rows = self._sql.all(
            f"SELECT {_COLUMNS} FROM message_hidden WHERE conversation = ? AND not_understood < ?"
            " ORDER BY number LIMIT ?",
            conversation,
            version,
            limit,
        )
        return [
            BufferedMessage(
                conversation=row[0],
                author=row[1],
                device=DeviceId(row[2]),
                chain=ConversationId(b""),
                counter=row[3],
                id=MessageId(row[4]),
                text=None,
                sent_at=row[5],
                said_at=row[6],
                part=row[9],
                route=Route(row[7]),
                first=False,
                missing_from=0,
                release_at=0,
                not_understood=row[8],
            )
            for row in rows
        ]

    def remove(self, message: MessageId, conversation: int) -> None:
        """Forget a message that is understood now."""
        self._sql.run("DELETE FROM message_hidden WHERE id = ? AND conversation = ?", message, conversation)

    def judged(self, message: MessageId, conversation: int, version: int) -> None:
        """Record that a later version of parts does not understand a message either."""
        self._sql.run(
            "UPDATE message_hidden SET not_understood = ? WHERE id = ? AND conversation = ?",
            version,
            message,
            conversation,
        )

    def conversations(self, version: int) -> list[int]:
        """Return the conversations of which an earlier version of parts did not understand something."""
        rows = self._sql.all("SELECT DISTINCT conversation FROM message_hidden WHERE not_understood < ?", version)
        return [row[0] for row in rows]
