"""What only a newer version understands, and which shows as nothing until then, keeps its bytes and its id here."""

from babilu.kernel.ids import ConversationId, DeviceId, MessageId
from babilu.kernel.states import Route
from babilu.store.records import BufferedMessage
from babilu.store.statements import Statements

HIDDEN_KEPT = 1_000
"""Such messages of one contact; the oldest makes room, and only its id stays known."""

_COLUMNS = "contact, device, counter, id, sent_at, said_at, route, not_understood, part"


class HiddenMessages:
    """Messages that show as nothing, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(self, record: BufferedMessage) -> None:
        """Keep a message that shows as nothing."""
        self._sql.run(
            f"INSERT INTO message_hidden ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            record.contact,
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
            " FROM message_hidden WHERE contact = ?1 AND number <= (SELECT number FROM message_hidden"
            " WHERE contact = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)"
        )
        self._sql.run(
            "INSERT OR IGNORE INTO message_deleted (id, contact) SELECT id, contact" + beyond,
            record.contact,
            HIDDEN_KEPT,
        )
        self._sql.run("DELETE" + beyond, record.contact, HIDDEN_KEPT)

    def has(self, message: MessageId, contact: int) -> bool:
        """Tell whether a message is kept here."""
        return self._sql.one("SELECT 1 FROM message_hidden WHERE id = ? AND contact = ?", message, contact) is not None

    def older_than(self, version: int, contact: int, limit: int) -> list[BufferedMessage]:
        """Return those that an earlier version of parts did not understand, in order of arrival."""
        rows = self._sql.all(
            f"SELECT {_COLUMNS} FROM message_hidden WHERE contact = ? AND not_understood < ? ORDER BY number LIMIT ?",
            contact,
            version,
            limit,
        )
        return [
            BufferedMessage(
                contact=row[0],
                device=DeviceId(row[1]),
                conversation=ConversationId(b""),
                counter=row[2],
                id=MessageId(row[3]),
                text=None,
                sent_at=row[4],
                said_at=row[5],
                part=row[8],
                route=Route(row[6]),
                first=False,
                missing_from=0,
                release_at=0,
                not_understood=row[7],
            )
            for row in rows
        ]

    def remove(self, message: MessageId, contact: int) -> None:
        """Forget a message that is understood now."""
        self._sql.run("DELETE FROM message_hidden WHERE id = ? AND contact = ?", message, contact)

    def judged(self, message: MessageId, contact: int, version: int) -> None:
        """Record that a later version of parts does not understand a message either."""
        self._sql.run(
            "UPDATE message_hidden SET not_understood = ? WHERE id = ? AND contact = ?", version, message, contact
        )

    def contacts(self, version: int) -> list[int]:
        """Return the contacts of whom an earlier version of parts did not understand something."""
        return [
            row[0]
            for row in self._sql.all("SELECT DISTINCT contact FROM message_hidden WHERE not_understood < ?", version)
        ]
