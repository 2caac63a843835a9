"""Rows of what waits in a profile, read for an archive and put into a profile again: nothing comes twice."""

from collections.abc import Iterable

from babilu.store.reorder_buffer import HELD_COLUMNS
from babilu.store.scheduled import SCHEDULED_AT_MOST
from babilu.store.statements import Row, Statements, Value


class WaitingRows:
    """What waits, inside one transaction or snapshot.

    Args:
        statements: The connection's statements.
    """

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    # What the user has not sent.

    def scheduled(self, conversation: int) -> list[Row]:
        """Return the texts that are sent later: number, for whom, text, when, answered, mentions, timer."""
        return self._sql.all(
            "SELECT number, identity_key, text, due_at, reply_to, mentions, timer FROM scheduled"
            " WHERE conversation = ? ORDER BY number",
            conversation,
        )

    def files_of_scheduled(self, number: int) -> tuple[bytes, ...]:
        """Return the encoded entries of a text's files."""
        rows = self._sql.all("SELECT entry FROM scheduled_file WHERE number = ? ORDER BY place", number)
        return tuple(bytes(row[0]) for row in rows)

    def add_scheduled(
        self, conversation: int, values: Row, files: Iterable[tuple[bytes, bytes]], again: int = 0
    ) -> bool:
        """Keep a text whose user decides whether it is sent; tells whether it was not there.

        Args:
            conversation: Where it is to be sent.
            values: For whom, text, when, answered, mentions, timer.
            files: Blob and encoded entry of each file.
            again: How many that are the same stand before it.
        """
        same = "identity_key IS ? AND text IS ? AND due_at IS ? AND reply_to IS ? AND mentions IS ? AND timer IS ?"
        present = f"SELECT count(*) FROM scheduled WHERE conversation = ? AND {same}"
        if (
            self._sql.number(present, conversation, *values) > again
            or self._sql.number("SELECT count(*) FROM scheduled") >= SCHEDULED_AT_MOST
        ):
            return False
        kept = list(files)
        number = self._sql.insert(
            "INSERT INTO scheduled (conversation, identity_key, text, due_at, reply_to, mentions, timer, overdue,"
            " files) VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)",
            conversation,
            *values,
            len(kept),
        )
        self._sql.run_many(
            "INSERT INTO scheduled_file (number, place, blob, entry) VALUES (?, ?, ?, ?)",
            ((number, place, blob, entry) for place, (blob, entry) in enumerate(kept)),
        )
        return True

    def sounds(self, conversation: int) -> list[Row]:
        """Return the parts of a voice note that was not sent: since when, place, sound, loudness."""
        return self._sql.all(
            "SELECT r.started_at, p.place, p.sound, p.levels FROM recording AS r JOIN recording_part AS p"
            " USING (conversation) WHERE r.conversation = ? ORDER BY p.place",
            conversation,
        )

    def add_sound(self, conversation: int, values: Row) -> None:
        """Keep a part of a voice note (since when, place, sound, loudness), unless another one waits there."""
        started_at, *part = values
        self._sql.run(
            "INSERT INTO recording (conversation, started_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            conversation,
            started_at,
        )
        self._sql.run(
            "INSERT OR IGNORE INTO recording_part (conversation, place, sound, levels) SELECT conversation, ?3, ?4, ?5"
            " FROM recording WHERE conversation = ?1 AND started_at = ?2",
            conversation,
            started_at,
            *part,
        )

    # What has come, and waits.

    def held(self, conversation: int) -> list[Row]:
        """Return the messages that wait for others, with the identity key of their author (None for oneself)."""
        return self._sql.all(
            "SELECT c.identity_key, h.device, h.chain, h.counter, h.id, h.text, h.sent_at, h.said_at, h.part, h.route,"
            " h.first, h.not_understood FROM message_held_back AS h"
            " LEFT JOIN contact AS c ON c.contact = nullif(h.author, 0)"
            " WHERE h.conversation = ? ORDER BY h.device, h.counter, h.id",
            conversation,
        )

    def add_held(self, conversation: int, author: int, values: Row) -> None:
        """Keep a message that waits for nothing any more: the turn with its author shows it.

        Args:
            conversation: Where it was said.
            author: Who wrote it; 0 for oneself.
            values: Device, chain, counter, id, text, two times, bytes, route, whether it is the first, version.
        """
        *said, not_understood = values
        self._sql.run(
            f"INSERT OR IGNORE INTO message_held_back ({HELD_COLUMNS})"
            " SELECT ?, contact, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ? FROM contact WHERE contact = ?",
            conversation,
            *said,
            not_understood,
            author,
        )

    def actions(self, conversation: int) -> list[Row]:
        """Return what was said of messages that have not come; receipts that wait are of this device alone."""
        return self._sql.all(
            "SELECT w.waits_for, w.id, c.identity_key, w.device, w.said_at, w.lasting, w.until, w.part"
            " FROM waiting_action AS w LEFT JOIN contact AS c ON c.contact = nullif(w.author, 0)"
            " WHERE w.conversation = ? AND w.part <> x'' AND (w.author = 0 OR c.contact IS NOT NULL)"
            " ORDER BY w.waits_for, w.id",
            conversation,
        )

    # Who waits for a decision.

    def links(self, log: int) -> list[Row]:
        """Return the links into a group, with the identity key of who has given them out (None for oneself)."""
        return self._sql.all(
            "SELECT l.token_hash, c.identity_key, l.link, l.uses, l.used, l.approval, l.expires_at, l.revoked,"
            " l.invitation FROM group_link AS l LEFT JOIN contact AS c ON c.contact = l.author"
            " WHERE l.log = ? ORDER BY l.token_hash",
            log,
        )

    def users_of(self, token_hash: bytes) -> list[Row]:
        """Return who has asked by a link, and whether they came."""
        return self._sql.all(
            "SELECT c.identity_key, u.came FROM group_link_use AS u JOIN contact AS c USING (contact)"
            " WHERE u.token_hash = ? AND u.contact > 0 ORDER BY c.identity_key",
            token_hash,
        )

    def add_link(self, log: int, values: Row, people: Iterable[tuple[int, int]]) -> None:
        """Keep a link and who has come by it, where it is not known.

        Args:
            log: Number of the group's log.
            values: Hash of its token, number of its author, and what else `links` gives, in order.
            people: Number of each person, and whether they came.
        """
        if self._sql.run(
            "INSERT OR IGNORE INTO group_link (token_hash, author, link, uses, used, approval, expires_at, revoked,"
            " invitation, log) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *values,
            log,
        ):
            self._sql.run_many(
                "INSERT OR IGNORE INTO group_link_use (token_hash, contact, came) VALUES (?, ?, ?)",
                ((values[0], contact, came) for contact, came in people),
            )

    def join_requests(self, log: int) -> list[Row]:
        """Return who waits to be let into a group: id, identity key, hash of the link's token, when."""
        return self._sql.all(
            "SELECT r.id, c.identity_key, r.token_hash, r.at FROM group_join_request AS r JOIN contact AS c"
            " USING (contact) WHERE r.log = ? ORDER BY r.at, r.id",
            log,
        )

    def add_join_request(self, log: int, contact: int, values: Row) -> None:
        """Let somebody wait to be let in, unless they are in or wait already: id, hash of the link's token, when."""
        self._sql.run(
            "INSERT OR IGNORE INTO group_join_request (log, contact, id, token_hash, at) SELECT ?1, ?2, ?3, ?4, ?5"
            " WHERE NOT EXISTS (SELECT 1 FROM group_log AS g JOIN group_member AS m USING (conversation)"
            " WHERE g.log = ?1 AND m.contact = ?2)",
            log,
            contact,
            *values,
        )

    def asked(self) -> list[Row]:
        """Return whom one has asked to be let into a group: its id, identity key, until when."""
        return self._sql.all(
            "SELECT a.id, c.identity_key, a.until FROM group_asked AS a JOIN contact AS c USING (contact)"
            " ORDER BY a.id, c.identity_key"
        )

    def requests(self) -> list[Row]:
        """Return strangers who want to talk without a relay."""
        return self._sql.all(
            "SELECT id, identity_key, name, device_list, host, port, at, device FROM request ORDER BY at, id"
        )

    def add_request(self, values: tuple[Value, ...]) -> None:
        """Let a stranger wait for a decision, unless they do, are known, or were declined."""
        self._sql.run(
            "INSERT OR IGNORE INTO request (id, identity_key, name, device_list, host, port, at, device)"
            " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8"
            " WHERE NOT EXISTS (SELECT 1 FROM declined WHERE identity_key = ?2)"
            " AND NOT EXISTS (SELECT 1 FROM contact WHERE identity_key = ?2 AND accepted = 1)",
            *values,
        )
