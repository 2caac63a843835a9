"""Waiting actions: each names an id that is not known here yet; whoever has most of them makes room."""

from babilu.kernel.ids import DeviceId, MessageId
from babilu.kernel.limits import DAY_MS
from babilu.store.message_records import WaitingRecord
from babilu.store.statements import Row, Statements

WAITING_OF_ONE = 100
"""What waits of one person in one conversation."""

WAITING_IN_ALL = 1_000
"""What waits in one conversation."""

WAITING_MS = 30 * DAY_MS
"""How long it waits."""

SEEN_KEPT = 1_000
"""Ids of actions of one person in one conversation that are remembered; older ones do not come again."""

_COLUMNS = "conversation, waits_for, id, author, device, said_at, lasting, until, part"


class WaitingActions:
    """Actions of others that wait, and the ids of those that have come, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(self, record: WaitingRecord) -> list[WaitingRecord]:
        """Let something wait.

        Returns:
            What is given up for it: of whoever has most, what does not last before what does, the oldest first.
        """
        self._sql.run(
            f"INSERT OR IGNORE INTO waiting_action ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            record.conversation,
            record.waits_for,
            record.id,
            record.author,
            record.device,
            record.said_at,
            int(record.lasting),
            record.until,
            record.part,
        )
        given_up: list[WaitingRecord] = []
        conversation = record.conversation
        if self._count(conversation, record.author) > WAITING_OF_ONE:
            given_up += self._give_up_one(conversation, record.author)
        if (
            self._sql.number("SELECT count(*) FROM waiting_action WHERE conversation = ?", conversation)
            > WAITING_IN_ALL
        ):
            most = self._sql.number(
                "SELECT author FROM waiting_action WHERE conversation = ? GROUP BY author"
                " ORDER BY count(*) DESC, author LIMIT 1",
                conversation,
            )
            given_up += self._give_up_one(conversation, most)
        return given_up

    def _count(self, conversation: int, author: int) -> int:
        return self._sql.number(
            "SELECT count(*) FROM waiting_action WHERE conversation = ? AND author = ?", conversation, author
        )

    def _give_up_one(self, conversation: int, author: int) -> list[WaitingRecord]:
        return self._records(
            "DELETE FROM waiting_action WHERE conversation = ?1 AND id = (SELECT id FROM waiting_action"
            f" WHERE conversation = ?1 AND author = ?2 ORDER BY lasting, said_at, id LIMIT 1) RETURNING {_COLUMNS}",
            conversation,
            author,
        )

    def release(self, conversation: int, known: MessageId) -> list[WaitingRecord]:
        """Return what waited for an id, and forget it here."""
        return self._records(
            f"DELETE FROM waiting_action WHERE conversation = ? AND waits_for = ? RETURNING {_COLUMNS}",
            conversation,
            known,
        )

    def overdue(self, conversation: int, now: int) -> list[WaitingRecord]:
        """Return what has waited long enough, and forget it here."""
        return self._records(
            f"DELETE FROM waiting_action WHERE until <= ? AND +conversation = ? RETURNING {_COLUMNS}", now, conversation
        )

    def conversations_overdue(self, now: int) -> list[int]:
        """Return the conversations in which something has waited long enough."""
        rows = self._sql.all("SELECT DISTINCT conversation FROM waiting_action WHERE until <= ?", now)
        return [row[0] for row in rows]

    def waits(self, conversation: int, action: MessageId) -> bool:
        """Tell whether an action or the receipt of a text waits."""
        row = self._sql.one("SELECT 1 FROM waiting_action WHERE id = ? AND conversation = ?", action, conversation)
        return row is not None

    def waits_anywhere(self, action: MessageId) -> bool:
        """Tell whether an action or the receipt of a text waits, in whatever conversation: an id binds its own."""
        return self._sql.one("SELECT 1 FROM waiting_action WHERE id = ?", action) is not None

    def forget_all(self, conversation: int) -> None:
        """Forget everything that waits: it was said under an id that the conversation has no longer."""
        self._sql.run("DELETE FROM waiting_action WHERE conversation = ?", conversation)

    def note_seen(self, conversation: int, author: int, action: MessageId) -> None:
        """Remember the id of an action that has come."""
        self._sql.run(
            "INSERT OR IGNORE INTO action_seen (conversation, author, id) VALUES (?, ?, ?)",
            conversation,
            author,
            action,
        )
        self._sql.run(
            "DELETE FROM action_seen WHERE conversation = ?1 AND author = ?2 AND number <= (SELECT number"
            " FROM action_seen WHERE conversation = ?1 AND author = ?2 ORDER BY number DESC LIMIT 1 OFFSET ?3)",
            conversation,
            author,
            SEEN_KEPT,
        )

    def was_seen(self, conversation: int, action: MessageId) -> bool:
        """Tell whether an action has come before."""
        row = self._sql.one("SELECT 1 FROM action_seen WHERE id = ? AND conversation = ?", action, conversation)
        return row is not None

    def _records(self, sql: str, *values: int | bytes) -> list[WaitingRecord]:
        return sorted(map(_record, self._sql.all(sql, *values)), key=lambda record: (record.said_at, record.id))


def _record(row: Row) -> WaitingRecord:
    return WaitingRecord(
        conversation=row[0],
        waits_for=MessageId(row[1]),
        id=MessageId(row[2]),
        author=row[3],
        device=DeviceId(row[4]),
        said_at=row[5],
        lasting=bool(row[6]),
        until=row[7],
        part=row[8],
    )
