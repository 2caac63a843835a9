"""Rows that an archive keeps, read in pages: ids and keys in the place of row numbers, nothing of this device alone.

Ratchets, prekeys, chains, the outbox, the inbox and the device's keys are of no table here: a device that is restored
begins with new ones.
"""

from collections.abc import Iterator
from typing import Final

from babilu.store.statements import Row, Statements, Value

PAGE: Final = 500
"""Messages of one page."""

PORTABLE_SETTINGS: Final = ("switched_off.", "value.", "groups.who_may_add", "device.name:")
"""Beginnings of the names of settings that go along with a person to another device."""


class ArchiveQueries:
    """What an archive keeps, inside one snapshot.

    Args:
        statements: The connection's statements.
    """

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def counts(self, *, disappearing: bool, now: int) -> Row:
        """Return how many people, conversations, messages, entries of groups and files there are.

        Args:
            disappearing: Whether messages count that disappear and are not over.
            now: Unix milliseconds.
        """
        row = self._sql.one(
            "SELECT (SELECT count(*) FROM contact WHERE contact > 0), (SELECT count(*) FROM conversation),"
            " (SELECT count(*) FROM message WHERE timer IS NULL OR ?1 AND coalesce(expires_at, ends_at) > ?2),"
            " (SELECT count(*) FROM group_entry)",
            int(disappearing),
            now,
        )
        assert row is not None  # noqa: S101
        return row

    def newest(self) -> Row:
        """Return position and time of the newest message of anybody."""
        row = self._sql.one(
            "SELECT (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'message'),"
            " (SELECT sent_at FROM message WHERE kind = 'text' ORDER BY position DESC LIMIT 1)"
        )
        assert row is not None  # noqa: S101
        return row

    def settings(self) -> list[Row]:
        """Return name and value of what is set for the person, by name."""
        rows = self._sql.all("SELECT name, value FROM setting ORDER BY name")
        return [row for row in rows if row[0].startswith(PORTABLE_SETTINGS)]

    def own_picture(self) -> Row | None:
        """Return since when the own picture is shown, and its bytes."""
        return self._sql.one("SELECT said_at, picture FROM own_picture")

    def people(self) -> Iterator[Row]:
        """Give everybody who is known, in the order in which they became that."""
        return self._paged(
            "SELECT c.contact, c.identity_key, c.name, c.given_name, c.account, c.trust, c.pending_key, c.pending_list,"
            " c.pending_at, c.blocked, c.accepted, c.fellow, c.once_fellow, c.direct_allowed, c.host, c.port,"
            " c.device_list, c.created_at, p.said_at, p.id, p.picture"
            " FROM contact AS c LEFT JOIN contact_picture AS p USING (contact)"
            " WHERE c.contact > ? ORDER BY c.contact LIMIT ?"
        )

    def conversations(self) -> Iterator[Row]:
        """Give the conversations, in the order of their ids.

        Rows are numbered otherwise in another profile: there the pairs are made before all groups.
        """
        return self._paged(
            "SELECT v.conversation, v.id, v.kind, c.identity_key, v.label, v.title, v.draft, v.draft_reply, v.pinned,"
            " v.archived, v.marked_unread, v.hidden, v.muted_until, v.timer, v.receipts, v.typing, v.presence,"
            " v.created_at, v.id_since, v.source FROM conversation AS v LEFT JOIN contact AS c ON c.contact = v.contact"
            " WHERE v.id > ? ORDER BY v.id LIMIT ?",
            start=b"",
            key=1,
        )

    def members(self, conversation: int) -> list[Row]:
        """Return who else is in a group: identity key, role and place."""
        return self._sql.all(
            "SELECT c.identity_key, m.role, m.place FROM group_member AS m JOIN contact AS c USING (contact)"
            " WHERE m.conversation = ? ORDER BY m.place",
            conversation,
        )

    def imported_people(self, conversation: int) -> list[Row]:
        """Return who wrote in what another program has exported: name, identity key, whether oneself."""
        return self._sql.all(
            "SELECT p.name, c.identity_key, p.own FROM imported_person AS p LEFT JOIN contact AS c USING (contact)"
            " WHERE p.conversation = ? ORDER BY p.person",
            conversation,
        )

    def logs(self, conversation: int) -> list[Row]:
        """Return the logs of a group's conversation, the oldest first."""
        return self._sql.all(
            "SELECT g.log, g.id, g.accepted, c.identity_key, g.added_at, g.own_role, g.topic, g.picture,"
            " g.everybody_adds, g.everybody_posts, g.everybody_pins, g.members, g.heads, g.followed, g.followed_since,"
            " s.id, g.history, g.history_days FROM group_log AS g"
            " LEFT JOIN contact AS c ON c.contact = g.added_by LEFT JOIN group_log AS s ON s.log = g.successor"
            " WHERE g.conversation = ? ORDER BY g.log",
            conversation,
        )

    def entries(self, log: int) -> Iterator[Row]:
        """Give the entries of a log in their order: place, body, signature, and when a copy was stored and came."""
        after = 0
        while True:
            rows = self._sql.all(
                "SELECT place, body, signature, stored_at, received_at FROM group_entry"
                " WHERE log = ? AND place > ? ORDER BY place LIMIT ?",
                log,
                after,
                PAGE,
            )
            yield from rows
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def messages(self, conversation: int, after: int, before: int) -> list[Row]:
        """Return a page of a conversation's messages, in their order.

        Args:
            conversation: Which one.
            after: Positions above this one.
            before: Positions below this one.
        """
        return self._sql.all(
            "SELECT m.position, m.id, a.identity_key, m.outgoing, m.text, m.sent_at, m.arrived_at, m.route, m.state,"
            " m.held_until, m.error, m.unread, m.shown, m.first, m.sender_device, m.counter, m.kind, m.late,"
            " m.belongs_before, m.departed, m.said_at, m.part, m.not_understood, m.reply_to, m.quote, m.mentions,"
            " m.mentioned, m.mention_told, m.forwarded, m.timer, m.expires_at, m.ends_at, m.edited_at, m.deleted,"
            " m.hidden, h.identity_key, m.hidden_at, m.reacted, m.pinned, m.files, m.recipients, m.had, m.had_read,"
            " m.line, s.identity_key, i.name, m.first_text FROM message AS m"
            " LEFT JOIN contact AS a ON a.contact = m.author"
            " LEFT JOIN contact AS h ON h.contact = m.hidden_by LEFT JOIN contact AS s ON s.contact = m.shared_by"
            " LEFT JOIN imported_person AS i ON i.person = m.imported"
            " WHERE m.conversation = ? AND m.position > ? AND m.position < ? ORDER BY m.position LIMIT ?",
            conversation,
            after,
            before,
            PAGE,
        )

    def newest_run(self, below: int, most: int) -> list[Row]:
        """Return place and conversation of the newest messages below a place, the newest first."""
        return self._sql.all(
            "SELECT position, conversation FROM message WHERE position < ? ORDER BY position DESC LIMIT ?", below, most
        )

    def conversation(self, number: int) -> bytes:
        """Return the id of a conversation."""
        row = self._sql.one("SELECT id FROM conversation WHERE conversation = ?", number)
        assert row is not None  # noqa: S101
        return bytes(row[0])

    def wordings(self, conversation: int, message: bytes) -> list[Row]:
        """Return the later wordings of a message, the lowest first: when, id, bytes."""
        return self._sql.all(
            "SELECT said_at, id, part FROM message_edit WHERE conversation = ? AND target = ? ORDER BY said_at, id",
            conversation,
            message,
        )

    def reactions(self, conversation: int, message: bytes) -> list[Row]:
        """Return what was last said of a message by each person.

        Identity key (None for oneself), when, id, what, and the name of somebody whom another program names.
        """
        return self._sql.all(
            "SELECT c.identity_key, r.said_at, r.id, r.reactions, i.name FROM message_reaction AS r"
            " LEFT JOIN contact AS c ON c.contact = nullif(r.author, 0)"
            " LEFT JOIN imported_person AS i ON i.person = -r.author"
            " WHERE r.conversation = ? AND r.target = ? AND (r.author <= 0 OR c.contact IS NOT NULL)"
            " ORDER BY c.identity_key, i.name",
            conversation,
            message,
        )

    def receipts(self, conversation: int, first: int, last: int) -> list[Row]:
        """Return the receipts of a conversation's messages in a run of positions."""
        return self._sql.all(
            "SELECT r.position, c.identity_key, r.device, r.delivered_at, r.read_at"
            " FROM message AS m JOIN message_receipt AS r USING (position) JOIN contact AS c ON c.contact = r.contact"
            " WHERE m.conversation = ? AND m.position BETWEEN ? AND ? AND r.contact > 0 ORDER BY r.position, r.device",
            conversation,
            first,
            last,
        )

    def files(self, position: int) -> list[Row]:
        """Return the files of a message in their order: place, blob, encoded entry, state, kept until, unheard."""
        return self._sql.all(
            "SELECT place, blob, entry, state, kept_until, unheard FROM attachment"
            " WHERE position = ? AND kind <> 'text' ORDER BY place",
            position,
        )

    def blobs(self) -> Iterator[bytes]:
        """Give the sealed files of messages, and of texts that are sent later, each once, in the order of their ids."""
        after = b""
        while True:
            rows = self._sql.all(
                "SELECT a.blob FROM attachment AS a JOIN message AS m USING (position)"
                " WHERE a.blob > ?1 AND m.timer IS NULL AND m.deleted = 0"
                " AND a.kind <> 'text' AND a.state IN ('waiting', 'sending', 'sent', 'here')"
                " UNION SELECT blob FROM scheduled_file WHERE blob > ?1 ORDER BY 1 LIMIT ?2",
                after,
                PAGE,
            )
            for (blob,) in rows:
                yield bytes(blob)
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def registers(self, conversation: int) -> list[Row]:
        """Return the writes to a conversation's registers, in a fixed order."""
        return self._sql.all(
            "SELECT w.register, w.id, c.identity_key, w.depth, w.said_at, w.value FROM register_write AS w"
            " LEFT JOIN contact AS c ON c.contact = nullif(w.author, 0) WHERE w.conversation = ?"
            " AND (w.author = 0 OR c.contact IS NOT NULL) ORDER BY w.register, w.id",
            conversation,
        )

    def deleted(self, conversation: int) -> Iterator[bytes]:
        """Give the ids of what was deleted in a conversation, in order."""
        after = b""
        while True:
            rows = self._sql.all(
                "SELECT id FROM message_deleted WHERE conversation = ? AND id > ? ORDER BY id LIMIT ?",
                conversation,
                after,
                PAGE,
            )
            for (message,) in rows:
                yield bytes(message)
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def not_shown(self, conversation: int) -> list[Row]:
        """Return what shows as nothing until a newer version understands it, in order of arrival."""
        return self._sql.all(
            "SELECT c.identity_key, h.device, h.counter, h.id, h.sent_at, h.said_at, h.route, h.not_understood, h.part"
            " FROM message_hidden AS h JOIN contact AS c ON c.contact = h.author"
            " WHERE h.conversation = ? ORDER BY h.number",
            conversation,
        )

    def _paged(self, sql: str, start: Value = 0, key: int = 0) -> Iterator[Row]:
        after = start
        while True:
            rows = self._sql.all(sql, after, PAGE)
            yield from rows
            if len(rows) < PAGE:
                return
            after = rows[-1][key]
