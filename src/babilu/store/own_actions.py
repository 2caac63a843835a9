"""What its owner has said beside texts stays here until every device that is to have it has given its receipt."""

from babilu.kernel.ids import MessageId
from babilu.store.records import UnsealedMessage
from babilu.store.statements import Statements


class OwnActions:
    """Own actions that are under way, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(self, conversation: int, action: UnsealedMessage, target: MessageId | None) -> None:
        """Keep an action that is to be encrypted."""
        self._sql.run(
            "INSERT INTO own_action (conversation, id, target, said_at, encrypted, refused, part)"
            " VALUES (?, ?, ?, ?, 0, 0, ?)",
            conversation,
            action.id,
            target,
            action.said_at,
            action.part,
        )

    def unencrypted(self, conversation: int, limit: int) -> list[UnsealedMessage]:
        """Return the actions that wait for a session, in order."""
        rows = self._sql.all(
            "SELECT id, said_at, part FROM own_action WHERE conversation = ? AND encrypted = 0 ORDER BY number LIMIT ?",
            conversation,
            limit,
        )
        return [UnsealedMessage(MessageId(action), said_at, part) for action, said_at, part in rows]

    def conversations_with_unencrypted(self) -> list[int]:
        """Return the conversations in which an action waits for a session."""
        return [row[0] for row in self._sql.all("SELECT DISTINCT conversation FROM own_action WHERE encrypted = 0")]

    def mark_encrypted(self, *actions: MessageId) -> None:
        """Record that the envelopes of actions are in the outbox."""
        self._sql.run_many("UPDATE own_action SET encrypted = 1 WHERE id = ?", ((action,) for action in actions))

    def make_anew(self, action: MessageId) -> None:
        """Have the envelopes of an action that has no receipt made again: those it had are for nobody now."""
        self._sql.run("UPDATE own_action SET encrypted = 0 WHERE id = ?", action)

    def settle(self, action: MessageId) -> None:
        """Forget an action once nobody is left who is to have it.

        A deletion that was refused stays: it tells that not everybody has confirmed it.
        """
        self._sql.run(
            "DELETE FROM own_action WHERE id = ?1 AND encrypted = 1"
            " AND NOT EXISTS (SELECT 1 FROM outbox WHERE message = ?1)"
            " AND NOT (refused = 1 AND EXISTS (SELECT 1 FROM message AS m"
            " WHERE m.id = own_action.target AND m.conversation = own_action.conversation AND m.deleted = 1))",
            action,
        )

    def refuse(self, action: MessageId) -> bool:
        """Record that a device never has an action; tells whether that is the first one."""
        return self._sql.run("UPDATE own_action SET refused = 1 WHERE id = ? AND refused = 0", action) > 0

    def was_refused(self, conversation: int, target: MessageId) -> bool:
        """Tell whether some device never has an action about a message."""
        sql = "SELECT 1 FROM own_action WHERE conversation = ? AND target = ? AND refused = 1"
        return self._sql.one(sql, conversation, target) is not None

    def about(self, conversation: int, target: MessageId) -> list[MessageId]:
        """Return the actions about a message that are under way."""
        rows = self._sql.all("SELECT id FROM own_action WHERE conversation = ? AND target = ?", conversation, target)
        return [MessageId(row[0]) for row in rows]

    def forget(self, action: MessageId) -> None:
        """Forget an action: nobody is to have it any more."""
        self._sql.run("DELETE FROM own_action WHERE id = ?", action)

    def forget_all(self, conversation: int) -> list[MessageId]:
        """Forget every action of a conversation, and return their ids."""
        rows = self._sql.all("DELETE FROM own_action WHERE conversation = ? RETURNING id", conversation)
        return [MessageId(row[0]) for row in rows]
