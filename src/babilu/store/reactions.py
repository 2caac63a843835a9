"""Reactions: of each person and message one row, which is the last by (time, id) that they said of it."""

from babilu.kernel.ids import MessageId
from babilu.store.statements import Statements


class Reactions:
    """Reactions to messages, inside one transaction; author 0 is oneself."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def put(  # whose, to what, and what
        self,
        conversation: int,
        target: MessageId,
        author: int,
        said_at: int,
        action: MessageId,
        reactions: tuple[str, ...],
    ) -> bool:
        """Put a person's reactions in the place of what they said before; tells whether these are the later ones."""
        changed = self._sql.run(
            "INSERT INTO message_reaction (conversation, target, author, said_at, id, reactions)"
            " VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (conversation, target, author) DO UPDATE"
            " SET said_at = excluded.said_at, id = excluded.id, reactions = excluded.reactions"
            " WHERE (excluded.said_at, excluded.id) > (said_at, id)",
            conversation,
            target,
            author,
            said_at,
            action,
            "\n".join(reactions),
        )
        return changed > 0

    def last(self, conversation: int, target: MessageId, author: int) -> int:
        """Return when a person said the last of a message, by their clock; 0 where they never did."""
        return self._sql.number(
            "SELECT said_at FROM message_reaction WHERE conversation = ? AND target = ? AND author = ?",
            conversation,
            target,
            author,
        )
