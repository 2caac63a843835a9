"""Rows of an archive put into a profile: nothing that is there, or was deleted here, is changed or comes again."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from babilu.store.statements import Statements, Value

MESSAGE_VALUES: Final = (
    "position", "id", "conversation", "author", "outgoing", "text", "folded", "cut", "sent_at", "arrived_at", "route",
    "state", "held_until", "error", "unread", "shown", "first", "sender_device", "counter", "kind", "late",
    "belongs_before", "departed", "said_at", "part", "not_understood", "reply_to", "quote", "mentions", "mentioned",
    "mention_told", "forwarded", "timer", "expires_at", "ends_at", "edited_at", "deleted", "hidden", "hidden_by",
    "hidden_at", "reacted", "pinned", "files", "links", "recipients", "had", "had_read", "line", "shared_by",
    "imported", "text_state", "first_text",
)  # fmt: skip
"""What `add_messages` takes of each message, in order."""

_MESSAGE: Final = f"INSERT INTO message ({', '.join(MESSAGE_VALUES)}) VALUES ({', '.join('?' * len(MESSAGE_VALUES))})"


_AT_ONCE: Final = 200
"""Ids of one question."""

_ASKED: Final = ", ".join("?" * _AT_ONCE)

_KNOWN_IN: Final = ("message", "message_deleted", "message_held_back", "message_hidden")
"""Tables of what has come: none of it comes a second time."""


class ArchiveInserts:
    """Takes rows of an archive, inside one transaction.

    Args:
        statements: The connection's statements.
    """

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def people(self) -> dict[bytes, int]:
        """Return the number of each person who is known, by identity key."""
        return {
            bytes(key): number
            for key, number in self._sql.all("SELECT identity_key, contact FROM contact WHERE contact > 0")
        }

    def conversations(self) -> dict[bytes, int]:
        """Return the number of each conversation, by its id; a group is there under every id that it has had."""
        found = {bytes(key): number for key, number in self._sql.all("SELECT id, conversation FROM group_log")}
        rows = self._sql.all("SELECT id, conversation FROM conversation")
        return found | {bytes(key): number for key, number in rows}

    def raise_places(self, newest: int) -> None:
        """Have messages that come from now on stand behind a place."""
        if not self._sql.run("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'message'", newest):
            self._sql.run("INSERT INTO sqlite_sequence (name, seq) VALUES ('message', ?)", newest)

    def next_place(self) -> int:
        """Return the first place behind all that were ever used."""
        return self._sql.number("SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'message'")

    def places_taken(self, first: int, last: int) -> set[int]:
        """Return which places of a run are taken."""
        rows = self._sql.all("SELECT position FROM message WHERE position BETWEEN ? AND ?", first, last)
        return {row[0] for row in rows}

    def known(self, conversation: int, messages: Iterable[bytes]) -> set[bytes]:
        """Return which of these ids a conversation has, shown or not, or has had and deleted."""
        asked = list(messages)
        found: set[bytes] = set()
        for start in range(0, len(asked), _AT_ONCE):
            some = asked[start : start + _AT_ONCE]
            # One more often costs nothing, and every question is the same statement.
            some += some[-1:] * (_AT_ONCE - len(some))
            for table in _KNOWN_IN:
                rows = self._sql.all(
                    f"SELECT id FROM {table} WHERE conversation = ? AND id IN ({_ASKED})", conversation, *some
                )
                found.update(bytes(row[0]) for row in rows)
        return found

    def set_person(self, contact: int, values: Sequence[Value]) -> None:
        """Set what is known of a person who was just added.

        Args:
            contact: The person.
            values: What they were called first, trust, pending identity (three), and five marks: blocked, accepted,
                fellow, once a fellow, direct connections allowed.
        """
        self._sql.run(
            "UPDATE contact SET given_name = ?, trust = ?, pending_key = ?, pending_list = ?, pending_at = ?,"
            " blocked = ?, accepted = ?, fellow = ?, once_fellow = ?, direct_allowed = ? WHERE contact = ?",
            *values,
            contact,
        )

    def set_conversation(self, conversation: int, values: Sequence[Value]) -> None:
        """Set what is set for a conversation that was just added: the columns in the order of `_SET`."""
        self._sql.run(
            "UPDATE conversation SET draft = ?, draft_reply = ?, pinned = ?, archived = ?, marked_unread = ?,"
            " hidden = ?, muted_until = ?, timer = ?, receipts = ?, typing = ?, presence = ?, created_at = ?,"
            " id_since = ? WHERE conversation = ?",
            *values,
            conversation,
        )

    def add_member(self, conversation: int, contact: int, role: str, place: int) -> None:
        """Put somebody into a group that was just added."""
        self._sql.run(
            "INSERT OR IGNORE INTO group_member (conversation, contact, role, place) VALUES (?, ?, ?, ?)",
            conversation,
            contact,
            role,
            place,
        )

    def add_log(self, conversation: int, values: Sequence[Value]) -> bool:
        """Add a log of a group; tells whether it was not there."""
        return bool(
            self._sql.run(
                "INSERT OR IGNORE INTO group_log (conversation, id, accepted, added_by, added_at, own_role, topic,"
                " picture, everybody_adds, everybody_posts, everybody_pins, members, heads, followed, followed_since,"
                " history, history_days) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                conversation,
                *values,
            )
        )

    def link_logs(self, group: bytes, successor: bytes) -> None:
        """Record in which log another one goes on."""
        self._sql.run(
            "UPDATE group_log SET successor = (SELECT log FROM group_log WHERE id = ?2)"
            " WHERE id = ?1 AND successor IS NULL",
            group,
            successor,
        )

    def add_messages(self, rows: Iterable[tuple[Value, ...]]) -> None:
        """Add messages: the columns of `MESSAGE_VALUES`."""
        self._sql.run_many(_MESSAGE, rows)

    def index(self, positions: Iterable[int]) -> None:
        """Take those of new messages into the full-text index that stand before what it has already."""
        indexed = self._sql.number("SELECT position FROM message_indexed")
        self._sql.run_many(
            "INSERT INTO message_text (rowid, folded) SELECT position, folded FROM message WHERE position = ?",
            [(position,) for position in positions if position <= indexed],
        )

    def add_files(self, rows: Iterable[tuple[Value, ...]]) -> None:
        """Add files of messages: position, place, conversation, kind, blob, entry, state, until when, unheard, done."""
        self._sql.run_many(
            "INSERT OR IGNORE INTO attachment (position, place, conversation, kind, blob, entry, state, kept_until,"
            " unheard, done) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def add_wordings(self, rows: Iterable[tuple[Value, ...]]) -> None:
        """Add later wordings: conversation, target, when, id, bytes."""
        self._sql.run_many(
            "INSERT OR IGNORE INTO message_edit (conversation, target, said_at, id, part) VALUES (?, ?, ?, ?, ?)", rows
        )

    def add_reactions(self, rows: Iterable[tuple[Value, ...]]) -> None:
        """Add reactions: conversation, target, author (0 for oneself), when, id, what."""
        self._sql.run_many(
            "INSERT OR IGNORE INTO message_reaction (conversation, target, author, said_at, id, reactions)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )

    def add_receipts(self, rows: Iterable[tuple[Value, ...]]) -> None:
        """Add receipts: position, device, contact, when delivered, when read."""
        self._sql.run_many(
            "INSERT OR IGNORE INTO message_receipt (position, device, contact, delivered_at, read_at)"
            " VALUES (?, ?, ?, ?, ?)",
            rows,
        )

    def fail_for_members(self, conversation: int, message: bytes, error: str) -> None:
        """Record that a message of a group has gone to none of its devices: only then can it be sent again."""
        self._sql.run(
            "INSERT OR IGNORE INTO delivery (message, conversation, contact, device, state, error)"
            " SELECT ?1, ?2, f.contact, d.device, 'failed', ?3 FROM group_member AS f"
            " JOIN contact_device AS d USING (contact) WHERE f.conversation = ?2 ORDER BY f.place, d.place",
            message,
            conversation,
            error,
        )

    def add_writes(self, rows: Iterable[tuple[Value, ...]]) -> None:
        """Add writes to registers: conversation, register, id, author (0 for oneself), depth, when, value."""
        self._sql.run_many(
            "INSERT OR IGNORE INTO register_write (conversation, register, id, author, depth, said_at, value)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def add_deleted(self, conversation: int, messages: Collection[bytes]) -> None:
        """Record ids of what was deleted; what is here stays."""
        self._sql.run_many(
            "INSERT OR IGNORE INTO message_deleted (id, conversation) SELECT ?1, ?2"
            " WHERE NOT EXISTS (SELECT 1 FROM message WHERE id = ?1 AND conversation = ?2)",
            [(message, conversation) for message in messages],
        )

    def add_unshown(self, rows: Iterable[tuple[Value, ...]]) -> None:
        """Add what shows as nothing: conversation, author, device, counter, id, two times, route, version, bytes."""
        self._sql.run_many(
            "INSERT OR IGNORE INTO message_hidden (conversation, author, device, counter, id, sent_at, said_at, route,"
            " not_understood, part) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def set_own_picture(self, said_at: int, picture: bytes | None) -> None:
        """Put the own picture where none was ever set."""
        self._sql.run(
            "INSERT OR IGNORE INTO own_picture (only_row, said_at, picture, day, changes) VALUES (1, ?, ?, 0, 0)",
            said_at,
            picture,
        )

    def strangers(self) -> set[int]:
        """Return the people whom nothing joins to us: of what they write only the beginning is searched."""
        return {row[0] for row in self._sql.all("SELECT contact FROM contact WHERE accepted = 0 AND fellow = 0")}
