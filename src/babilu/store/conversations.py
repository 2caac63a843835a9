"""Conversations: what is set for one stays with it, whoever is in it and under whatever id it goes on."""

from typing import Final

from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.states import ConversationKind, ImportSource
from babilu.store.contact_records import ConversationRecord
from babilu.store.group_labels import LABEL_OF_NOTES, free_label, looks_taken, normalised_label
from babilu.store.statements import Row, Statements

CONVERSATION_COLUMNS: Final = (
    "conversation", "id", "kind", "contact", "draft", "draft_reply", "pinned", "archived", "marked_unread",
    "muted_until", "timer", "receipts", "typing", "presence", "created_at", "hidden",
    "id_since", "label", "title", "source",
)  # fmt: skip
"""What `conversation_record` takes, in order."""

ONESELF: Final = 0
"""Number of the person that a profile is."""

_LABELS = "SELECT label FROM conversation WHERE label IS NOT NULL"
_CONVERSATIONS = f"SELECT {', '.join(CONVERSATION_COLUMNS)} FROM conversation"


class ConversationTable:
    """Conversations and what is set for them, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def by_id(self, conversation: ConversationId) -> ConversationRecord | None:
        """Return the conversation of an id; an id that was before an approved change of identity names none."""
        return self._find(" WHERE id = ?", conversation)

    def by_number(self, conversation: int) -> ConversationRecord | None:
        """Return the conversation of a row number."""
        return self._find(" WHERE conversation = ?", conversation)

    def of_contact(self, contact: int) -> ConversationRecord:
        """Return the conversation with a contact; of oneself it is the notes.

        Raises:
            LookupError: There is no such contact.
        """
        found = self.notes() if contact == ONESELF else self._find(" WHERE contact = ?", contact)
        if found is None:
            raise LookupError("there is no such contact")
        return found

    def notes(self) -> ConversationRecord | None:
        """Return the conversation with oneself."""
        return self._find(" WHERE kind = ?", ConversationKind.NOTES.value)

    def add_pair(self, conversation: ConversationId, contact: int, now: int) -> None:
        """Add the conversation with a new contact."""
        self._add(conversation, ConversationKind.PAIR, contact, now)

    def keep_notes(self, conversation: ConversationId, now: int) -> None:
        """Add the conversation with oneself, or let it go on under another id where there is one."""
        present = self.notes()
        if present is None:
            self._add(conversation, ConversationKind.NOTES, None, now)
        elif present.id != conversation:
            self._set_id(present.conversation, conversation)

    def _add(self, conversation: ConversationId, kind: ConversationKind, contact: int | None, now: int) -> None:
        self._sql.run(
            "INSERT INTO conversation (id, kind, contact, created_at) VALUES (?, ?, ?, ?)",
            conversation,
            kind.value,
            contact,
            now,
        )

    def add_group(self, conversation: ConversationId, title: str, label: str, now: int) -> ConversationRecord:
        """Add the conversation of a group.

        Args:
            conversation: Its id.
            title: Its title, cleaned.
            label: A label that is free, as `free_label` makes it.
            now: Unix milliseconds.
        """
        number = self._sql.insert(
            "INSERT INTO conversation (id, kind, label, title, created_at) VALUES (?, 'group', ?, ?, ?)",
            conversation,
            label,
            title,
            now,
        )
        found = self.by_number(number)
        assert found is not None  # noqa: S101
        return found

    def add_imported(
        self, conversation: ConversationId, source: ImportSource, title: str, now: int, wanted: str | None = None
    ) -> ConversationRecord:
        """Add the conversation that another program has exported; see `add_group` and `free_label`.

        Args:
            conversation: Its id.
            source: Which program.
            title: Its title, cleaned.
            now: Unix milliseconds.
            wanted: What it was called before; None for nothing.
        """
        number = self._sql.insert(
            "INSERT INTO conversation (id, kind, label, title, source, created_at) VALUES (?, 'imported', ?, ?, ?, ?)",
            conversation,
            self.free_label(title, wanted),
            title,
            source.value,
            now,
        )
        found = self.by_number(number)
        assert found is not None  # noqa: S101
        return found

    def set_title(self, conversation: int, title: str) -> None:
        """Record the title of a group; its label stays what it is."""
        self._sql.run(
            "UPDATE conversation SET title = ? WHERE conversation = ? AND kind = 'group'", title, conversation
        )

    def by_label(self, label: str) -> ConversationRecord | None:
        """Return the group of a label, whatever the case of its letters."""
        return self._find(" WHERE label = ?", normalised_label(label))

    def free_label(self, title: str, wanted: str | None = None) -> str:
        """Return the label that a new group gets by its title: ``#picnic``, or ``#picnic~2`` and so on.

        Args:
            title: The title.
            wanted: What it was called before, which it keeps where nothing is called that, or like that.
        """
        taken = [LABEL_OF_NOTES, *(label for (label,) in self._sql.all(_LABELS))]
        return free_label(title, taken) if wanted is None or looks_taken(wanted, taken) else wanted

    def go_on_as(self, number: int, conversation: ConversationId) -> None:
        """Let the conversation of a group go on under the id of another log.

        What is owed by then was said under the id before, and is sealed under that.
        """
        self._sql.run(
            "UPDATE delivery SET said_in = (SELECT id FROM conversation WHERE conversation = ?1)"
            " WHERE conversation = ?1 AND said_in IS NULL",
            number,
        )
        self._set_id(number, conversation)

    def contacts_of(self, *conversations: int) -> set[int]:
        """Return the contacts of these conversations, where they have one."""
        found = map(self.by_number, {*conversations})
        return {record.contact for record in found if record is not None and record.contact is not None}

    def set_id(self, contact: int, conversation: ConversationId) -> None:
        """Let the conversation with a contact go on under another id."""
        self._set_id(self.of_contact(contact).conversation, conversation)

    def _set_id(self, number: int, conversation: ConversationId) -> None:
        self._sql.run(
            "UPDATE conversation SET id = ?1,"
            " id_since = (SELECT coalesce(max(position), 0) FROM message WHERE conversation = ?2)"
            " WHERE conversation = ?2",
            conversation,
            number,
        )

    def set_draft(self, conversation: int, draft: str, reply: MessageId | None = None) -> None:
        """Keep a text that was written and not sent, and the message that it answers; empty forgets it."""
        self._sql.run(
            "UPDATE conversation SET draft = ?, draft_reply = ? WHERE conversation = ?", draft, reply, conversation
        )

    def set_pinned(self, conversation: int, pinned: bool) -> None:
        """Keep it at the top of the list, or not."""
        self._sql.run("UPDATE conversation SET pinned = ? WHERE conversation = ?", int(pinned), conversation)

    def set_muted_until(self, conversation: int, until: int | None) -> None:
        """Silence notifications until then (Unix milliseconds, the highest integer for good), or not."""
        self._sql.run("UPDATE conversation SET muted_until = ? WHERE conversation = ?", until, conversation)

    def set_archived(self, conversation: int, archived: bool) -> None:
        """Put it away from the list, or back."""
        self._sql.run("UPDATE conversation SET archived = ? WHERE conversation = ?", int(archived), conversation)

    def set_marked_unread(self, conversation: int, marked: bool) -> None:
        """Show it as unread although nothing is, or not."""
        self._sql.run("UPDATE conversation SET marked_unread = ? WHERE conversation = ?", int(marked), conversation)

    def set_hidden(self, conversation: int, hidden: bool) -> None:
        """Show it in no list, or again."""
        self._sql.run("UPDATE conversation SET hidden = ? WHERE conversation = ?", int(hidden), conversation)

    def come_back(self, conversation: int) -> None:
        """Bring it back into the list, as something was written in it."""
        self._sql.run("UPDATE conversation SET hidden = 0, archived = 0 WHERE conversation = ?", conversation)

    def set_timer(self, conversation: int, timer: int | None) -> None:
        """Record after how many milliseconds its messages disappear; None where they stay."""
        self._sql.run("UPDATE conversation SET timer = ? WHERE conversation = ?", timer, conversation)

    def set_choices(self, conversation: int, receipts: bool | None, typing: bool | None, presence: bool | None) -> None:
        """Record what is told and shown here; None where it is as for all conversations."""
        self._sql.run(
            "UPDATE conversation SET receipts = ?, typing = ?, presence = ? WHERE conversation = ?",
            receipts,
            typing,
            presence,
            conversation,
        )

    def presence_choices(self) -> dict[int, bool]:
        """Return the contacts of whom it was said whether they are shown that one is online."""
        rows = self._sql.all(
            "SELECT contact, presence FROM conversation WHERE contact IS NOT NULL AND presence IS NOT NULL"
        )
        return {contact: bool(presence) for contact, presence in rows}

    def _find(self, condition: str, value: str | int | bytes) -> ConversationRecord | None:
        row = self._sql.one(_CONVERSATIONS + condition, value)
        return None if row is None else conversation_record(row)


def conversation_record(row: Row) -> ConversationRecord:
    """Build the record of a row of `CONVERSATION_COLUMNS`."""
    return ConversationRecord(
        conversation=row[0],
        id=ConversationId(row[1]),
        kind=ConversationKind(row[2]),
        contact=row[3],
        draft=row[4],
        draft_reply=None if row[5] is None else MessageId(row[5]),
        pinned=bool(row[6]),
        archived=bool(row[7]),
        marked_unread=bool(row[8]),
        muted_until=row[9],
        timer=row[10],
        receipts=None if row[11] is None else bool(row[11]),
        typing=None if row[12] is None else bool(row[12]),
        presence=None if row[13] is None else bool(row[13]),
        created_at=row[14],
        hidden=bool(row[15]),
        id_since=row[16],
        label=row[17],
        title=row[18],
        source=None if row[19] is None else ImportSource(row[19]),
    )
