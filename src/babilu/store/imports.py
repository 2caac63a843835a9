"""Imports: what other programs have exported, whose words nobody has signed.

Such a message has no author but a name, and nobody is told of it. Its id is a hash of what the other program says of
it, so that importing it again adds nothing, also where it was deleted here since.
"""

import heapq
from operator import itemgetter

from babilu.kernel.ids import MessageId
from babilu.kernel.links import has_link
from babilu.kernel.states import FileState
from babilu.store.attachments import Attachments
from babilu.store.import_records import ImportedMessage, ImportedPersonRecord
from babilu.store.message_rows import NO_DEVICE
from babilu.store.message_search import MessageSearch, found_by
from babilu.store.statements import Row, Statements

_PEOPLE = "SELECT person, conversation, name, contact, own FROM imported_person"


class Imports:
    """People and messages that were imported, inside one transaction.

    Args:
        statements: The connection's statements.
        search: By what messages are found.
    """

    def __init__(self, statements: Statements, search: MessageSearch) -> None:
        self._sql = statements
        self._search = search
        self._attachments = Attachments(statements)

    def person(self, number: int) -> ImportedPersonRecord | None:
        """Return a person by number."""
        row = self._sql.one(f"{_PEOPLE} WHERE person = ?", number)
        return None if row is None else _person(row)

    def people(self, conversation: int) -> list[ImportedPersonRecord]:
        """Return who wrote in a conversation, in the order in which they came to be known."""
        return [
            _person(row) for row in self._sql.all(f"{_PEOPLE} WHERE conversation = ? ORDER BY person", conversation)
        ]

    def keep_person(
        self, conversation: int, name: str, contact: int | None = None, *, own: bool = False
    ) -> ImportedPersonRecord:
        """Add somebody who wrote in a conversation, or record anew who they are.

        Args:
            conversation: Which one.
            name: As the other program calls them, cleaned.
            contact: Number of the contact that they are, or None.
            own: Whether it is the user.
        """
        self._sql.run(
            "INSERT INTO imported_person (conversation, name, contact, own) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (conversation, name) DO UPDATE SET contact = excluded.contact, own = excluded.own",
            conversation,
            name,
            contact,
            int(own),
        )
        row = self._sql.one(f"{_PEOPLE} WHERE conversation = ? AND name = ?", conversation, name)
        assert row is not None  # noqa: S101
        return _person(row)

    def is_known(self, message: MessageId, conversation: int) -> bool:
        """Tell whether a message was imported before, also where it was deleted here since."""
        known = self._sql.one(
            "SELECT 1 FROM message WHERE id = ?1 AND conversation = ?2"
            " UNION ALL SELECT 1 FROM message_deleted WHERE id = ?1 AND conversation = ?2",
            message,
            conversation,
        )
        return known is not None

    def add(self, message: ImportedMessage, position: int, now: int) -> bool:
        """Store a message in a place that was kept for it; tells whether it was not known yet.

        It counts as having arrived when it was written, so that its conversation stands in the list where it belongs.
        """
        if self.is_known(message.id, message.conversation):
            return False
        folded, _ = found_by(message.text, (entry.name for entry in message.files), stranger=False)
        at = min(message.said_at, now)
        self._sql.run(
            "INSERT INTO message (position, id, conversation, outgoing, text, folded, sent_at, arrived_at, unread,"
            " shown, first, sender_device, counter, said_at, part, edited_at, reply_to, files, links, imported)"
            " VALUES (?, ?, ?, 0, ?, ?, ?, ?, 0, 1, 0, ?, 0, ?, x'', ?, ?, ?, ?, ?)",
            position,
            message.id,
            message.conversation,
            message.text,
            folded,
            at,
            at,
            NO_DEVICE,
            message.said_at,
            message.edited_at,
            message.reply_to,
            len(message.files),
            int(has_link(message.text)),
            message.person,
        )
        self._search.add_between(position, folded)
        if message.files:
            self._attachments.add(message.conversation, position, message.files, FileState.HERE)
        return True

    def out_of_order(self, conversation: int, first: int) -> list[int]:
        """Return the places of messages that stand behind later ones since an import, in the order they are to have.

        What came by the import and what was there are each in their order already, whatever clocks did meanwhile: the
        two are merged by time. What stands before the first that has to move is left out.

        Args:
            conversation: Which one.
            first: The first place that was kept for the import.
        """
        rows = self._sql.all(
            "SELECT position, said_at FROM message WHERE conversation = ? ORDER BY position", conversation
        )
        before, came = [row for row in rows if row[0] < first], [row for row in rows if row[0] >= first]
        merged = [position for position, _ in heapq.merge(before, came, key=itemgetter(1))]
        stays = next((at for at, (one, row) in enumerate(zip(merged, rows, strict=True)) if one != row[0]), len(rows))
        return merged[stays:]

    def move(self, position: int, to: int) -> None:
        """Move a message to another place, which was kept for it."""
        (folded,) = self._sql.one("SELECT folded FROM message WHERE position = ?", position) or ("",)
        self._search.remove(position)
        # Its files follow within the same transaction.
        self._sql.run("PRAGMA defer_foreign_keys = ON")
        self._sql.run("UPDATE message SET position = ? WHERE position = ?", to, position)
        self._sql.run("UPDATE attachment SET position = ? WHERE position = ?", to, position)
        self._search.add_between(to, folded)

    def forget_deleted(self, conversation: int) -> None:
        """Let what was deleted of a conversation be imported again; of any other one everything stays deleted."""
        self._sql.run(
            "DELETE FROM message_deleted WHERE conversation = ?1"
            " AND EXISTS (SELECT 1 FROM conversation WHERE conversation = ?1 AND kind = 'imported')",
            conversation,
        )

    def add_reactions(self, conversation: int, target: bytes, person: int, reactions: tuple[str, ...], at: int) -> None:
        """Record how somebody has reacted to an imported message."""
        self._sql.run(
            "INSERT INTO message_reaction (conversation, target, author, said_at, id, reactions)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            conversation,
            target,
            -person,
            at,
            target,
            "\n".join(reactions),
        )
        self._sql.run("UPDATE message SET reacted = 1 WHERE id = ? AND conversation = ?", target, conversation)


def _person(row: Row) -> ImportedPersonRecord:
    number, conversation, name, contact, own = row
    return ImportedPersonRecord(number, conversation, name, contact, bool(own))
