"""Registers: of all writes the one with the longest chain of replaced ones counts, then the smaller id.

So nobody writes ahead of the others for good by naming a time or a number far ahead.
"""

from babilu.kernel.ids import MessageId
from babilu.store.message_records import RegisterRecord
from babilu.store.statements import Statements

WRITES_KEPT = 50
"""Writes of one person to one register that are kept, the deepest."""

TIMER = b""
"""The register of a conversation's timer; that of a pin is the message's id."""


class RegisterWrites:
    """Writes to registers, inside one transaction; author 0 is oneself."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def depth(self, conversation: int, register: bytes, action: MessageId) -> int | None:
        """Return how many writes a write replaces, one by one; None for one that is not known."""
        row = self._sql.one(
            "SELECT depth FROM register_write WHERE conversation = ? AND register = ? AND id = ?",
            conversation,
            register,
            action,
        )
        return None if row is None else int(row[0])

    def add(self, conversation: int, register: bytes, write: RegisterRecord) -> None:
        """Keep a write, and of all of its person the deepest."""
        self._sql.run(
            "INSERT OR IGNORE INTO register_write (conversation, register, id, author, depth, said_at, value)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            conversation,
            register,
            write.id,
            write.author,
            write.depth,
            write.said_at,
            write.value,
        )
        self._sql.run(
            "DELETE FROM register_write WHERE conversation = ?1 AND register = ?2 AND id IN"
            " (SELECT id FROM register_write WHERE conversation = ?1 AND register = ?2 AND author = ?3"
            " ORDER BY depth DESC, id LIMIT -1 OFFSET ?4)",
            conversation,
            register,
            write.author,
            WRITES_KEPT,
        )

    def in_force(self, conversation: int, register: bytes) -> RegisterRecord | None:
        """Return the write that counts; None where there is none."""
        row = self._sql.one(
            "SELECT id, author, depth, said_at, value FROM register_write WHERE conversation = ? AND register = ?"
            " ORDER BY depth DESC, id LIMIT 1",
            conversation,
            register,
        )
        return None if row is None else RegisterRecord(MessageId(row[0]), row[1], row[2], row[3], row[4])

    def forget(self, conversation: int, register: bytes) -> None:
        """Forget every write to a register."""
        self._sql.run("DELETE FROM register_write WHERE conversation = ? AND register = ?", conversation, register)
