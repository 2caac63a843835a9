"""Links by which people ask to be let into groups, those who have asked and wait, and whom one has asked oneself."""

from typing import Final

from babilu.kernel.ids import ConversationId
from babilu.store.group_records import GroupLinkRecord, JoinRequestRecord
from babilu.store.statements import Row, Statements

JOIN_REQUESTS_OF_GROUP: Final = 100
"""People who wait to be let into one group; one more is not kept, and may ask again."""

LINKS_OF_GROUP: Final = 20
"""Links into one group that one admin has given out and that are not over; another admin's next one is not kept."""

DECLINED_OF_LINK: Final = 1_000
"""People who were declined and are known again when they ask by the same link."""

_COLUMNS: Final = "token_hash, log, link, uses, used, approval, expires_at, revoked, author, invitation"
_LINKS: Final = f"SELECT {_COLUMNS} FROM group_link"
_REQUESTS: Final = "SELECT id, log, contact, token_hash, at FROM group_join_request"


class GroupLinkTable:
    """Links to groups and who has asked by them, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(self, link: GroupLinkRecord) -> None:
        """Keep a link that is given out, in the place of what was known of it; how many have come by it stays."""
        self._sql.run(
            f"INSERT INTO group_link ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (token_hash) DO UPDATE SET uses = excluded.uses, approval = excluded.approval,"
            " expires_at = excluded.expires_at, revoked = excluded.revoked",
            link.token_hash,
            link.log,
            link.link,
            link.uses,
            link.used,
            int(link.approval),
            link.expires_at,
            int(link.revoked),
            link.author,
            link.invitation,
        )

    def has_room_for(self, log: int, author: int | None, now: int) -> bool:
        """Tell whether an admin may have one link more to a group; forgets those that are over."""
        self._sql.run("DELETE FROM group_link WHERE log = ? AND (expires_at <= ? OR revoked = 1)", log, now)
        present = self._sql.number("SELECT count(*) FROM group_link WHERE log = ? AND author IS ?", log, author)
        return present < LINKS_OF_GROUP

    def by_token(self, token_hash: bytes) -> GroupLinkRecord | None:
        """Return a link by what it is known again, also one that holds no longer."""
        row = self._sql.one(_LINKS + " WHERE token_hash = ?", token_hash)
        return None if row is None else _link(row)

    def of_log(self, log: int, now: int) -> list[GroupLinkRecord]:
        """Return the own links to a group by which somebody may still come, those that hold longest first."""
        rows = self._sql.all(
            _LINKS + " WHERE log = ? AND author IS NULL AND revoked = 0 AND expires_at > ?"
            " AND (uses IS NULL OR used < uses) ORDER BY expires_at DESC, token_hash",
            log,
            now,
        )
        return [_link(row) for row in rows]

    def by_link(self, log: int, link: str) -> GroupLinkRecord | None:
        """Return an own link to a group by its text."""
        row = self._sql.one(_LINKS + " WHERE log = ? AND link = ?", log, link)
        return None if row is None else _link(row)

    def note_use(self, token_hash: bytes, contact: int) -> None:
        """Count somebody who has come by a link, once."""
        new = self._sql.run(
            "INSERT INTO group_link_use (token_hash, contact, came) SELECT token_hash, ?, 1 FROM group_link"
            " WHERE token_hash = ? ON CONFLICT (token_hash, contact) DO UPDATE SET came = 1 WHERE came = 0",
            contact,
            token_hash,
        )
        if new:
            self._sql.run("UPDATE group_link SET used = used + 1 WHERE token_hash = ?", token_hash)

    def note_declined(self, token_hash: bytes, contact: int) -> None:
        """Record that somebody is not let in by a link: asking by it again is nothing new."""
        declined = "SELECT count(*) FROM group_link_use WHERE token_hash = ? AND came = 0"
        if self._sql.number(declined, token_hash) < DECLINED_OF_LINK:
            self._sql.run(
                "INSERT INTO group_link_use (token_hash, contact, came) SELECT token_hash, ?, 0 FROM group_link"
                " WHERE token_hash = ? ON CONFLICT (token_hash, contact) DO NOTHING",
                contact,
                token_hash,
            )

    def was_declined(self, token_hash: bytes, contact: int) -> bool:
        """Tell whether somebody was declined who has asked by a link."""
        row = self._sql.one(
            "SELECT 1 FROM group_link_use WHERE token_hash = ? AND contact = ? AND came = 0", token_hash, contact
        )
        return row is not None

    def came_by_link(self, log: int, contact: int) -> bool:
        """Tell whether somebody has come by a link into a group."""
        row = self._sql.one(
            "SELECT 1 FROM group_link_use AS u JOIN group_link AS l ON l.token_hash = u.token_hash"
            " WHERE u.contact = ? AND u.came = 1 AND l.log = ?",
            contact,
            log,
        )
        return row is not None

    def revoke(self, log: int, link: str) -> bool:
        """Take a link back; tells whether it was one that was not."""
        return (
            self._sql.run("UPDATE group_link SET revoked = 1 WHERE log = ? AND link = ? AND revoked = 0", log, link) > 0
        )

    def go_on(self, log: int, successor: int) -> None:
        """Let links into a group, and who waits, be of the one in which it goes on."""
        for table in ("group_link", "group_join_request"):
            self._sql.run(f"UPDATE OR IGNORE {table} SET log = ? WHERE log = ?", successor, log)

    # Who asks.

    def ask(self, request: JoinRequestRecord) -> bool:
        """Let somebody wait who asks to be let in; whoever asks again keeps the id of the first time.

        Returns:
            Whether they wait: there is room for so many.
        """
        again = "UPDATE group_join_request SET at = ?, token_hash = ? WHERE log = ? AND contact = ?"
        if self._sql.run(again, request.at, request.token_hash, request.log, request.contact):
            return True
        waiting = "SELECT count(*) FROM group_join_request WHERE log = ?"
        if self._sql.number(waiting, request.log) >= JOIN_REQUESTS_OF_GROUP:
            return False
        self._sql.run(
            "INSERT INTO group_join_request (id, log, contact, token_hash, at) VALUES (?, ?, ?, ?, ?)",
            request.id,
            request.log,
            request.contact,
            request.token_hash,
            request.at,
        )
        return True

    def requests(self) -> list[JoinRequestRecord]:
        """Return who waits to be let in anywhere, in the order of asking."""
        return [JoinRequestRecord(*row) for row in self._sql.all(_REQUESTS + " ORDER BY at, id")]

    def requests_to(self, log: int) -> list[JoinRequestRecord]:
        """Return who waits to be let into a group, in the order of asking."""
        return [JoinRequestRecord(*row) for row in self._sql.all(_REQUESTS + " WHERE log = ? ORDER BY at, id", log)]

    def request(self, request: str) -> JoinRequestRecord | None:
        """Return who waits under an id."""
        row = self._sql.one(_REQUESTS + " WHERE id = ?", request)
        return None if row is None else JoinRequestRecord(*row)

    def request_of(self, log: int, contact: int) -> JoinRequestRecord | None:
        """Return the request of somebody to be let into a group."""
        row = self._sql.one(_REQUESTS + " WHERE log = ? AND contact = ?", log, contact)
        return None if row is None else JoinRequestRecord(*row)

    def end_request(self, request: str) -> None:
        """Let somebody wait no more, as it was decided."""
        self._sql.run("DELETE FROM group_join_request WHERE id = ?", request)

    # Whom one has asked.

    def note_asked(self, group: ConversationId, contact: int, until: int) -> None:
        """Record that one asks somebody to be let into a group, by a link that holds until then."""
        self._sql.run(
            "INSERT INTO group_asked (id, contact, until) VALUES (?, ?, ?)"
            " ON CONFLICT (id, contact) DO UPDATE SET until = max(until, excluded.until)",
            group,
            contact,
            until,
        )

    def has_asked(self, group: ConversationId, contact: int, now: int) -> bool:
        """Tell whether one has asked somebody to be let into a group, by a link that still holds."""
        row = self._sql.one("SELECT 1 FROM group_asked WHERE id = ? AND contact = ? AND until > ?", group, contact, now)
        return row is not None

    def forget_asked(self, group: ConversationId, now: int) -> None:
        """Forget whom one has asked to be let into a group, as one is in, and what was asked by links that are over."""
        self._sql.run("DELETE FROM group_asked WHERE id = ? OR until <= ?", group, now)


def _link(row: Row) -> GroupLinkRecord:
    return GroupLinkRecord(
        token_hash=row[0],
        log=row[1],
        link=row[2],
        uses=row[3],
        used=row[4],
        approval=bool(row[5]),
        expires_at=row[6],
        revoked=bool(row[7]),
        author=row[8],
        invitation=row[9],
    )
