"""Lines about a conversation, which are nobody's messages: they stand among those, in the order of their positions."""

from dataclasses import replace

from babilu.kernel.ids import MessageId, line_id
from babilu.kernel.states import MessageKind
from babilu.store.conversations import ONESELF
from babilu.store.message_records import MessageRecord
from babilu.store.message_rows import NO_DEVICE, MessageRows, newest_position
from babilu.store.message_search import MessageSearch
from babilu.store.statements import Statements


class MessageLines:
    """Lines of all conversations, inside one transaction.

    Args:
        statements: The connection's statements.
        search: By what messages are found.
    """

    def __init__(self, statements: Statements, search: MessageSearch) -> None:
        self._sql = statements
        self._rows = MessageRows(statements)
        self._search = search

    def add(
        self,
        message: MessageId,
        conversation: int,
        about: int,
        kind: MessageKind,
        at: int,
        now: int,
        missing: int = 0,
    ) -> MessageRecord:
        """Store a line about the conversation, which is nobody's message: it counts as shown and read.

        Args:
            message: A new id.
            conversation: Where it stands.
            about: The contact whom it is about.
            kind: What it says.
            at: When it happened.
            now: Unix milliseconds.
            missing: Of a gap: how many messages it has.
        """
        position = self._sql.insert(
            "INSERT INTO message (id, conversation, author, outgoing, text, folded, sent_at, arrived_at, unread, shown,"
            " first, sender_device, counter, kind, said_at, part)"
            " VALUES (?, ?, ?, 0, '', '', ?, ?, 0, 1, 0, ?, ?, ?, ?, x'')",
            message,
            conversation,
            about,
            at,
            now,
            NO_DEVICE,
            missing,
            kind.value,
            at,
        )
        self._search.add(position, "")
        return MessageRecord(
            message, conversation, about, False, "", at, now, position, None, None, None,
            None, False, False, NO_DEVICE, missing, kind,
        )  # fmt: skip

    def add_about_devices(self, message: MessageId, conversation: int, said: bytes, now: int) -> MessageRecord:
        """Store a line in the notes that says which of the own devices came and went."""
        added = self.add(message, conversation, ONESELF, MessageKind.DEVICES_CHANGED, now, now)
        self._sql.run("UPDATE message SET line = ? WHERE position = ?", said, added.position)
        return replace(added, line=said)

    def about_devices(self, conversation: int, most: int) -> list[MessageRecord]:
        """Return the newest of these lines, the newest first."""
        return self._rows.select(
            " WHERE m.conversation = ? AND m.kind = 'devices_changed' ORDER BY m.position DESC LIMIT ?",
            conversation,
            most,
        )

    def add_of_group(
        self,
        conversation: int,
        author: int | None,
        part: bytes,
        at: int,
        *,
        now: int | None = None,
    ) -> MessageRecord:
        """Store a line about a change of a group, which is nobody's message.

        Args:
            conversation: The group.
            author: Number of the contact who has changed it; None for oneself.
            part: What has changed.
            at: When, as whoever did it says.
            now: Unix milliseconds, where that is another time; it cannot be from the future.
        """
        arrived = at if now is None else now
        # Of no randomness, and so it is the same in each run of a test; no place is ever used again.
        message = line_id(conversation, newest_position(self._sql) + 1, part)
        position = self._sql.insert(
            "INSERT INTO message (id, conversation, author, outgoing, text, folded, sent_at, arrived_at, unread, shown,"
            " first, sender_device, counter, kind, said_at, part, line)"
            " VALUES (?, ?, ?, 0, '', '', ?, ?, 0, 1, 0, ?, 0, 'group', ?, x'', ?)",
            message,
            conversation,
            author,
            min(at, arrived),
            arrived,
            NO_DEVICE,
            at,
            part,
        )
        self._search.add(position, "")
        return MessageRecord(
            message, conversation, author, False, "", min(at, arrived), arrived, position, None, None, None,
            None, False, False, NO_DEVICE, 0, MessageKind.GROUP, said_at=at, line=part,
        )  # fmt: skip

    def newest_gap(self, conversation: int, contact: int) -> MessageRecord | None:
        """Return the newest line of a conversation about missing messages of a contact."""
        gaps = self._rows.select(
            " WHERE m.conversation = ? AND m.kind = 'gap' AND m.author = ? ORDER BY m.position DESC LIMIT 1",
            conversation,
            contact,
        )
        return gaps[0] if gaps else None

    def resize_gap(self, line: MessageRecord, missing: int) -> MessageRecord:
        """Change how many messages are missing where a line says so."""
        self._sql.run("UPDATE message SET counter = ? WHERE position = ?", missing, line.position)
        return replace(line, counter=missing)
