"""Own actions: what the user said beside texts stays until every device that is to have it has given its receipt."""

from babilu.kernel.ids import MessageId
from babilu.store.deliveries import give_up_unsent
from babilu.store.message_records import UnsealedMessage
from babilu.store.statements import Statements


class OwnActions:
    """Own actions that are under way, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(self, conversation: int, action: UnsealedMessage, target: MessageId | None) -> None:
        """Keep an action that others are to be told of."""
        self._sql.run(
            "INSERT INTO own_action (conversation, id, target, said_at, part) VALUES (?, ?, ?, ?, ?)",
            conversation,
            action.id,
            target,
            action.said_at,
            action.part,
        )

    def settle(self, action: MessageId) -> None:
        """Forget an action once nobody is left who is to have it.

        A deletion that was refused stays: it tells that not everybody has confirmed it.
        """
        forgotten = self._sql.run(
            "DELETE FROM own_action WHERE id = ?1"
            " AND NOT EXISTS (SELECT 1 FROM delivery WHERE message = ?1 AND state <> 'failed')"
            " AND NOT (EXISTS (SELECT 1 FROM delivery WHERE message = ?1) AND EXISTS (SELECT 1 FROM message AS m"
            " WHERE m.id = own_action.target AND m.conversation = own_action.conversation AND m.deleted = 1))",
            action,
        )
        if forgotten:
            self._sql.run("DELETE FROM delivery WHERE message = ?", action)

    def about(self, conversation: int, target: MessageId) -> list[MessageId]:
        """Return the actions about a message that are under way."""
        rows = self._sql.all("SELECT id FROM own_action WHERE conversation = ? AND target = ?", conversation, target)
        return [MessageId(row[0]) for row in rows]

    def saying(self, conversation: int, target: MessageId, part: bytes) -> list[MessageId]:
        """Return the actions about a target that are under way and repeat something that was said, by its bytes."""
        rows = self._sql.all(
            "SELECT id FROM own_action WHERE conversation = ? AND target = ? AND instr(part, ?) > 0",
            conversation,
            target,
            part,
        )
        return [MessageId(row[0]) for row in rows]

    def forget(self, action: MessageId) -> None:
        """Forget an action: nobody is to have it any more who has no envelope of it."""
        give_up_unsent(self._sql, action)
        self._sql.run("DELETE FROM own_action WHERE id = ?", action)

    def forget_all(self, conversation: int) -> list[MessageId]:
        """Forget every action of a conversation, and return their ids."""
        rows = self._sql.all("DELETE FROM own_action WHERE conversation = ? RETURNING id", conversation)
        return [MessageId(row[0]) for row in rows]
