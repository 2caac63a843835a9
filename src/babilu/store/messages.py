"""Messages, in the order of their positions: a state never goes backwards, and an id shows once for good."""

from collections.abc import Collection, Sequence

from babilu.kernel.ids import DeviceId, MessageId
from babilu.kernel.states import MessageState, Route
from babilu.store.deliveries import give_up_unsent, leave_words
from babilu.store.message_contents import MessageContents
from babilu.store.message_records import MessageRecord
from babilu.store.message_rows import RETURNED_COLUMNS, MessageRows
from babilu.store.message_search import MessageSearch
from babilu.store.statements import Statements

_BEFORE = {
    MessageState.HELD: "'queued'",
    MessageState.DELIVERED: "'queued', 'held', 'failed'",
    MessageState.READ: "'queued', 'held', 'failed', 'delivered'",
    MessageState.FAILED: "'queued', 'held'",
    MessageState.QUEUED: "'held', 'failed'",
}
"""From which states each one is reached; a receipt that comes late also mends what counted as failed.

Back to queued leads that another device is to have it, or its user's retry.
"""


class Messages:
    """Every message of the profile, inside one transaction.

    Args:
        statements: The connection's statements.
        search: By what messages are found.
        contents: What messages show.
    """

    def __init__(self, statements: Statements, search: MessageSearch, contents: MessageContents) -> None:
        self._sql = statements
        self._rows = MessageRows(statements)
        self._search = search
        self._contents = contents

    def has_texts(self, conversation: int) -> bool:
        """Tell whether anything was said in a conversation that is kept; a line is nothing that was said."""
        return bool(
            self._sql.number(
                "SELECT EXISTS (SELECT 1 FROM message WHERE conversation = ? AND kind = 'text')", conversation
            )
        )

    def is_known(self, message: MessageId, conversation: int) -> bool:
        """Tell whether a message id was ever used in this conversation, also when it was deleted since."""
        row = self._sql.one(
            "SELECT 1 FROM message WHERE id = ?1 AND conversation = ?2"
            " UNION ALL SELECT 1 FROM message_deleted WHERE id = ?1 AND conversation = ?2",
            message,
            conversation,
        )
        return row is not None

    def has_come(self, message: MessageId, conversation: int) -> bool:
        """Tell whether a message is known, or kept without being shown: held back, or hidden from this version."""
        row = self._sql.one(
            "SELECT 1 FROM message WHERE id = ?1 AND conversation = ?2"
            " UNION ALL SELECT 1 FROM message_deleted WHERE id = ?1 AND conversation = ?2"
            " UNION ALL SELECT 1 FROM message_held_back WHERE id = ?1 AND conversation = ?2"
            " UNION ALL SELECT 1 FROM message_hidden WHERE id = ?1 AND conversation = ?2",
            message,
            conversation,
        )
        return row is not None

    def by_id(self, message: MessageId, conversation: int | None = None) -> MessageRecord | None:
        """Return a message; without ``conversation`` an own one comes before others of the same id."""
        if conversation is None:
            found = self._rows.select(" WHERE m.id = ? ORDER BY m.outgoing DESC, m.position LIMIT 1", message)
        else:
            found = self._rows.select(" WHERE m.id = ? AND m.conversation = ?", message, conversation)
        return found[0] if found else None

    def at(self, position: int) -> MessageRecord | None:
        """Return the message of a position."""
        found = self._rows.select(" WHERE m.position = ?", position)
        return found[0] if found else None

    def bearers(self, message: MessageId) -> int:
        """Count the conversations that have a message of an id."""
        return self._sql.number("SELECT count(*) FROM message WHERE id = ?", message)

    def part_of(self, position: int) -> bytes:
        """Return the exact bytes that a message's id was computed from; none for a line."""
        row = self._sql.one("SELECT part FROM message WHERE position = ?", position)
        return b"" if row is None else bytes(row[0])

    def advance_state(
        self,
        message: MessageId,
        state: MessageState,
        route: Route | None = None,
        held_until: int | None = None,
        error: str | None = None,
    ) -> MessageRecord | None:
        """Bring an own message to another state that may follow the one it is in.

        Args:
            message: Which one.
            state: Where it has come; `MessageState.QUEUED` is the way back.
            route: How it went, where that is news; a queued one has gone no way.
            held_until: With `MessageState.HELD`: until when.
            error: With `MessageState.FAILED`: the stable code of why.

        Returns:
            The message as it is now, or None where nothing changed: there is no such own message, or it has come
            as far already.
        """
        row = self._sql.one(
            "UPDATE message SET route = CASE ?1 WHEN 'queued' THEN NULL ELSE coalesce(?2, route) END, state = ?1,"
            " held_until = ?3, error = ?4 WHERE id = ?5 AND outgoing = 1 AND (state IN"
            f" ({_BEFORE[state]}) OR (state = 'held' AND ?1 = 'held' AND held_until IS NOT ?3))"
            f" RETURNING {RETURNED_COLUMNS}",
            state.value,
            None if route is None else route.value,
            held_until if state is MessageState.HELD else None,
            error if state is MessageState.FAILED else None,
            message,
        )
        return None if row is None else self._rows.record(row)

    def untold(self, listed: Collection[DeviceId], now: int, sent_before: int, limit: int) -> list[MessageRecord]:
        """Return own messages that a relay held as long as it does, and of which nobody can tell any more.

        They are owed to nobody by this device: it has them from a backup, or of an own device that has gone since.

        Args:
            listed: The devices of the own list, which tell of what they have sent.
            now: Unix milliseconds.
            sent_before: Those that were sent later than this, and without a time until when they are held, may wait.
            limit: How many at most, the oldest first.
        """
        marks = ", ".join("?" for _ in listed)
        return self._rows.select(
            " WHERE m.outgoing = 1 AND m.state = 'held' AND m.deleted = 0"
            f" AND (m.sender_device IS NULL OR m.sender_device NOT IN ({marks}))"
            " AND CASE WHEN m.held_until IS NULL THEN m.sent_at <= ? ELSE m.held_until <= ? END"
            " AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.message = m.id AND d.contact <> 0)"
            " ORDER BY m.position LIMIT ?",
            *listed,
            sent_before,
            now,
            limit,
        )

    def name_request(self, message: MessageId, request_id: str | None) -> None:
        """Keep the id of the command by which an own message is sent again."""
        self._sql.run("UPDATE message SET request_id = ? WHERE id = ? AND outgoing = 1", request_id, message)

    def clear(self, conversation: int, up_to: int, limit: int) -> list[MessageId]:
        """Delete the oldest messages of a conversation here, of those up to a position; their ids stay known.

        Returns:
            Those that were deleted: fewer than ``limit`` where nothing is left.
        """
        rows = self._sql.all(
            "SELECT id FROM message WHERE conversation = ? AND position <= ? ORDER BY position LIMIT ?",
            conversation,
            up_to,
            limit,
        )
        cleared = [MessageId(message) for (message,) in rows]
        for message in cleared:
            self.delete(message, conversation)
        return cleared

    def take_unshown(self, limit: int) -> list[MessageRecord]:
        """Return messages of others that were never shown, in order of arrival, and record them as shown.

        One whose text is on its way waits until that is here, or was waited for long enough.
        """
        records = self._rows.select(
            " WHERE m.shown = 0 AND m.text_state IS NOT 'coming' ORDER BY m.position LIMIT ?", limit
        )
        self._sql.run_many("UPDATE message SET shown = 1 WHERE position = ?", [(one.position,) for one in records])
        return records

    def put_back(self, messages: Sequence[MessageId]) -> None:
        """Record messages of others as not shown: whoever took them could not show them.

        What nobody has read elsewhere has not begun to disappear, either.
        """
        self._sql.run_many(
            "UPDATE message SET shown = 0, expires_at = CASE WHEN unread = 1 THEN NULL ELSE expires_at END"
            " WHERE id = ? AND outgoing = 0 AND deleted = 0 AND hidden = 0",
            [(message,) for message in messages],
        )

    def mark_read(self, conversation: int, shown: int | None = None) -> list[tuple[MessageId, DeviceId]]:
        """Mark a conversation as read and return the messages that were unread, in order, each with its device.

        Args:
            conversation: Which one.
            shown: Position of the newest message that was shown: what is marked up to there counts as shown from now
                on, and nothing further is marked. None marks all, shown or not.
        """
        rows = self._sql.all(
            "SELECT id, sender_device FROM message WHERE conversation = ?1 AND unread = 1"
            " AND (?2 IS NULL OR position <= ?2) ORDER BY position",
            conversation,
            shown,
        )
        if rows:
            self._sql.run(
                "UPDATE message SET unread = 0, shown = CASE WHEN ?2 IS NULL THEN shown ELSE 1 END"
                " WHERE conversation = ?1 AND unread = 1 AND (?2 IS NULL OR position <= ?2)",
                conversation,
                shown,
            )
        return [(MessageId(message), DeviceId(device)) for message, device in rows]

    def mark_these_read(self, conversation: int, messages: Sequence[MessageId]) -> bool:
        """Mark messages of others as read that were read elsewhere.

        Returns:
            Whether any of them was unread.
        """
        marked = 0
        for message in messages:
            marked += self._sql.run(
                "UPDATE message SET unread = 0 WHERE id = ? AND conversation = ? AND unread = 1", message, conversation
            )
        return marked > 0

    def unread(self, conversation: int) -> int:
        """Count the unread messages of a conversation."""
        return self._sql.number("SELECT count(*) FROM message WHERE conversation = ? AND unread = 1", conversation)

    def delete(self, message: MessageId, conversation: int | None = None) -> MessageRecord | None:
        """Delete a message here, and return it as it was; its id stays known."""
        record = self.by_id(message, conversation)
        if record is None:
            return None
        self._search.remove(record.position)
        if record.outgoing:
            give_up_unsent(self._sql, message)
            leave_words(self._sql, message)
        self._contents.forget_words(record.conversation, message)
        self._sql.run("DELETE FROM message WHERE position = ?", record.position)
        self._sql.run("INSERT INTO message_deleted (id, conversation) VALUES (?, ?)", message, record.conversation)
        return record

    def note_gone(self, message: MessageId, conversation: int) -> None:
        """Remember the id of a message that never comes any more."""
        if not self.is_known(message, conversation):
            self._sql.run("INSERT INTO message_deleted (id, conversation) VALUES (?, ?)", message, conversation)

    def queued_count(self) -> int:
        """Count the own messages that no relay or peer has taken yet."""
        return self._sql.number("SELECT count(*) FROM message WHERE state = 'queued' AND deleted = 0")
