"""What a message shows after it was written: other wordings, deletion for all, pins, and what is understood later.

Where its words go, they go everywhere: also from the index, other wordings, and quotes.
"""

from babilu.kernel.ids import MessageId
from babilu.kernel.links import has_link
from babilu.kernel.states import TextState
from babilu.store.message_details import encode_mentions
from babilu.store.message_records import MessageRecord
from babilu.store.message_rows import MessageRows
from babilu.store.message_search import MessageSearch
from babilu.store.statements import Statements
from babilu.wire.message_parts import Mention


class MessageContents:
    """What messages show, inside one transaction.

    Args:
        statements: The connection's statements.
        search: By what messages are found.
    """

    def __init__(self, statements: Statements, search: MessageSearch) -> None:
        self._sql = statements
        self._rows = MessageRows(statements)
        self._search = search

    def reword(self, position: int, text: str, mentions: tuple[Mention, ...], at: int, *, mentioned: bool) -> None:
        """Show another wording of a message.

        Args:
            position: Which one.
            text: The wording.
            mentions: Whom it names.
            at: Since when it is that.
            mentioned: Whether oneself is among them, named by somebody else.
        """
        row = self._sql.one("SELECT cut FROM message WHERE position = ?", position)
        was_cut = row is not None and bool(row[0])
        # Of a long text the part says the beginning alone.
        self._sql.run(
            "UPDATE message SET first_text = text WHERE position = ? AND edited_at IS NULL AND first_text IS NULL"
            " AND EXISTS (SELECT 1 FROM attachment AS a WHERE a.position = message.position AND a.kind = 'text')",
            position,
        )
        self._search.replace(position, self._search.found_now(position, text, stranger=was_cut)[0])
        self._sql.run(
            "UPDATE message SET text = ?, mentions = ?, mentioned = ?, mention_told = max(mention_told, ?),"
            " edited_at = ?, not_understood = NULL, links = ? WHERE position = ?",
            text,
            encode_mentions(mentions),
            int(mentioned),
            int(mentioned),
            at,
            int(has_link(text)),
            position,
        )

    def complete_wording(self, position: int, text: str) -> bool:
        """Put the whole of the wording that a message shows in the place of its beginning.

        Returns:
            Whether the message is there still.
        """
        row = self._sql.one("SELECT hidden, cut, deleted FROM message WHERE position = ?", position)
        if row is None or row[2]:
            return False
        self.set_text_state(position, None)
        self._show_text(position, text, hidden=bool(row[0]), cut=bool(row[1]))
        return True

    def set_text_state(self, position: int, state: TextState | None) -> None:
        """Note how the text of a message stands of which only the beginning is here."""
        self._sql.run(
            "UPDATE message SET text_state = ? WHERE position = ? AND deleted = 0",
            None if state is None else state.value,
            position,
        )

    def complete_text(self, position: int, text: str) -> bool:
        """Put the whole text of a message in the place of its beginning; where it was reworded, as its first wording.

        Returns:
            Whether the message is there still.
        """
        row = self._sql.one("SELECT edited_at, hidden, cut, deleted FROM message WHERE position = ?", position)
        if row is None or row[3]:
            return False
        reworded, hidden, cut = row[0] is not None, bool(row[1]), bool(row[2])
        self.set_text_state(position, None)
        if reworded:
            self._sql.run("UPDATE message SET first_text = ? WHERE position = ?", text, position)
            return True
        self._show_text(position, text, hidden=hidden, cut=cut)
        return True

    def _show_text(self, position: int, text: str, *, hidden: bool, cut: bool) -> None:
        folded, cut = self._search.found_now(position, text, stranger=cut)
        self._search.replace(position, "" if hidden else folded)
        self._sql.run(
            "UPDATE message SET text = ?, cut = ?, links = ? WHERE position = ?",
            text,
            int(cut),
            int(has_link(text)),
            position,
        )

    def first_text(self, position: int) -> str | None:
        """Return the whole first wording of a long text that was reworded; None for any other message."""
        row = self._sql.one("SELECT first_text FROM message WHERE position = ?", position)
        return None if row is None else row[0]

    def mention_told(self, position: int) -> bool:
        """Tell whether the user was told already that a message names them."""
        return self._sql.number("SELECT mention_told FROM message WHERE position = ?", position) > 0

    def erase(self, position: int) -> None:
        """Leave nothing of what a message said; the row stays and says that it was deleted."""
        self._search.replace(position, "")
        self._sql.run(
            "UPDATE message SET deleted = 1, text = '', part = x'', reply_to = NULL, quote = '', mentions = NULL,"
            " mentioned = 0, edited_at = NULL, reacted = 0, pinned = 0, cut = 0, not_understood = NULL, unread = 0,"
            " shown = 1, links = 0, text_state = NULL, first_text = NULL WHERE position = ?",
            position,
        )

    def hide(
        self, message: MessageId, conversation: int, by: int | None, now: int | None = None
    ) -> MessageRecord | None:
        """Show and find a message no more, as an admin has removed it for all; its words are kept.

        Args:
            message: Which one.
            conversation: Where it stands.
            by: Number of the contact who has removed it; None for oneself.
            now: Unix milliseconds, from which its words are kept for so long; for good where it is not said.

        Returns:
            The message as it is now; None where there is none, or nothing has changed.
        """
        row = self._sql.one(
            "UPDATE message SET hidden = 1, hidden_by = ?1, hidden_at = coalesce(hidden_at, ?4),"
            " unread = 0, shown = 1 WHERE id = ?2 AND conversation = ?3 AND (hidden = 0 OR hidden_by IS NOT ?1)"
            " RETURNING position",
            by,
            message,
            conversation,
            now,
        )
        if row is None:
            return None
        self._search.replace(row[0], "")
        return self._at(row[0])

    def hidden_in(self, conversation: int) -> set[MessageId]:
        """Return the messages of a conversation that an admin has removed for all."""
        rows = self._sql.all("SELECT id FROM message WHERE conversation = ? AND hidden = 1", conversation)
        return {MessageId(row[0]) for row in rows}

    def unhide(self, message: MessageId, conversation: int) -> MessageRecord | None:
        """Show and find a message again, as its removal counts no longer.

        Returns:
            The message as it is now; None where there is none, or it was not removed.
        """
        row = self._sql.one(
            "UPDATE message SET hidden = 0, hidden_by = NULL, hidden_at = NULL"
            " WHERE id = ? AND conversation = ? AND hidden = 1"
            " RETURNING position, text, cut",
            message,
            conversation,
        )
        if row is None:
            return None
        position, text, cut = row
        self._search.replace(position, self._search.found_now(position, text, stranger=bool(cut))[0])
        return self._at(position)

    def _at(self, position: int) -> MessageRecord | None:
        found = self._rows.select(" WHERE m.position = ?", position)
        return found[0] if found else None

    def forget_words(self, conversation: int, message: MessageId) -> None:
        """Leave nothing of a message in other rows: wordings, reactions, pins and quotes."""
        for table, column in (
            ("message_edit", "target"),
            ("message_reaction", "target"),
            ("register_write", "register"),
        ):
            self._sql.run(f"DELETE FROM {table} WHERE conversation = ? AND {column} = ?", conversation, message)
        self._erase_quotes(conversation, message)

    def _erase_quotes(self, conversation: int, message: MessageId) -> None:
        """Leave nothing of a message in those that answer it; what is still under way keeps the bytes to send."""
        self._sql.run(
            "UPDATE message SET quote = '', part = CASE WHEN outgoing = 0 OR (state IN ('delivered', 'read')"
            " AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.message = message.id))"
            " THEN x'' ELSE part END WHERE conversation = ? AND reply_to = ?",
            conversation,
            message,
        )

    def answer_instead(self, conversation: int, message: MessageId, instead: MessageId) -> None:
        """Have what answers a message answer the one that was said in its place."""
        self._sql.run(
            "UPDATE message SET reply_to = ? WHERE conversation = ? AND reply_to = ?", instead, conversation, message
        )

    def forget_gone_quote(self, position: int) -> bool:
        """Leave nothing of what a message quotes, where that was deleted meanwhile: its bytes are needed no more.

        Returns:
            Whether there was anything.
        """
        changed = self._sql.run(
            "UPDATE message SET quote = '', part = x'' WHERE position = ? AND reply_to IS NOT NULL AND ("
            " EXISTS (SELECT 1 FROM message AS m WHERE m.id = message.reply_to"
            " AND m.conversation = message.conversation AND m.deleted = 1)"
            " OR EXISTS (SELECT 1 FROM message_deleted AS d WHERE d.id = message.reply_to"
            " AND d.conversation = message.conversation))",
            position,
        )
        return changed > 0

    def set_reacted(self, position: int) -> None:
        """Note that somebody has reacted to a message."""
        self._sql.run("UPDATE message SET reacted = 1 WHERE position = ? AND reacted = 0", position)

    def set_pinned(self, position: int, pinned: bool) -> None:
        """Show a message as pinned, or not."""
        self._sql.run("UPDATE message SET pinned = ? WHERE position = ?", int(pinned), position)

    def pinned(self, conversation: int, limit: int = -1) -> list[MessageRecord]:
        """Return the pinned messages of a conversation, the newest first."""
        return self._rows.select(
            " WHERE m.conversation = ? AND m.pinned = 1 AND m.hidden = 0 ORDER BY m.position DESC LIMIT ?",
            conversation,
            limit,
        )

    def older_than(self, version: int, conversation: int, limit: int) -> list[tuple[int, bytes]]:
        """Return position and bytes of messages that an earlier version of parts did not understand, in order."""
        return self._sql.all(
            "SELECT position, part FROM message WHERE conversation = ? AND not_understood < ?"
            " ORDER BY position LIMIT ?",
            conversation,
            version,
            limit,
        )

    def conversations_older_than(self, version: int) -> list[int]:
        """Return the conversations of which an earlier version of parts did not understand something."""
        rows = self._sql.all("SELECT DISTINCT conversation FROM message WHERE not_understood < ?", version)
        return [row[0] for row in rows]

    def understand(self, position: int, text: str, *, stranger: bool) -> None:
        """Put the text of a message that is understood now in the place of what stood for it."""
        folded, cut = self._search.found_now(position, text, stranger=stranger)
        self._search.replace(position, folded)
        self._sql.run(
            "UPDATE message SET text = ?, cut = ?, not_understood = NULL, links = ? WHERE position = ?",
            text,
            int(cut),
            int(has_link(text)),
            position,
        )

    def judged(self, position: int, version: int) -> None:
        """Record that a later version of parts does not understand a message either."""
        self._sql.run("UPDATE message SET not_understood = ? WHERE position = ?", version, position)
