"""Links by which people ask to be let into groups, and those who have asked and wait for a decision."""

from typing import Final

from babilu.store.group_records import GroupLinkRecord, JoinRequestRecord
from babilu.store.statements import Row, Statements

JOIN_REQUESTS_OF_GROUP: Final = 100
"""People who wait to be let into one group; one more is not kept, and may ask again."""

_LINKS: Final = "SELECT token_hash, log, link, uses, used, approval, expires_at, revoked FROM group_link"
_REQUESTS: Final = "SELECT id, log, contact, at FROM group_join_request"


class GroupLinkTable:
    """Links to groups and who has asked by them, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def add(self, link: GroupLinkRecord) -> None:
        """Keep a link that is given out."""
        self._sql.run(
            "INSERT INTO group_link (token_hash, log, link, uses, used, approval, expires_at, revoked)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            link.token_hash,
            link.log,
            link.link,
            link.uses,
            link.used,
            int(link.approval),
            link.expires_at,
            int(link.revoked),
        )

    def by_token(self, token_hash: bytes) -> GroupLinkRecord | None:
        """Return a link by what it is known again, also one that holds no longer."""
        row = self._sql.one(_LINKS + " WHERE token_hash = ?", token_hash)
        return None if row is None else _link(row)

    def of_log(self, log: int, now: int) -> list[GroupLinkRecord]:
        """Return the links to a group by which somebody may still come, those that hold longest first."""
        rows = self._sql.all(
            _LINKS + " WHERE log = ? AND revoked = 0 AND expires_at > ? AND (uses IS NULL OR used < uses)"
            " ORDER BY expires_at DESC, token_hash",
            log,
            now,
        )
        return [_link(row) for row in rows]

    def note_use(self, token_hash: bytes) -> None:
        """Count somebody who has come by a link."""
        self._sql.run("UPDATE group_link SET used = used + 1 WHERE token_hash = ?", token_hash)

    def revoke(self, log: int, link: str) -> bool:
        """Take a link back; tells whether it was one that was not."""
        return (
            self._sql.run("UPDATE group_link SET revoked = 1 WHERE log = ? AND link = ? AND revoked = 0", log, link) > 0
        )

    def ask(self, request: JoinRequestRecord) -> bool:
        """Let somebody wait who asks to be let in; whoever asks again keeps the id of the first time.

        Returns:
            Whether they wait: there is room for so many.
        """
        again = "UPDATE group_join_request SET at = ? WHERE log = ? AND contact = ?"
        if self._sql.run(again, request.at, request.log, request.contact):
            return True
        waiting = "SELECT count(*) FROM group_join_request WHERE log = ?"
        if self._sql.number(waiting, request.log) >= JOIN_REQUESTS_OF_GROUP:
            return False
        self._sql.run(
            "INSERT INTO group_join_request (id, log, contact, at) VALUES (?, ?, ?, ?)",
            request.id,
            request.log,
            request.contact,
            request.at,
        )
        return True

    def requests(self) -> list[JoinRequestRecord]:
        """Return who waits to be let in anywhere, in the order of asking."""
        return [JoinRequestRecord(*row) for row in self._sql.all(_REQUESTS + " ORDER BY at, id")]

    def request(self, request: str) -> JoinRequestRecord | None:
        """Return who waits under an id."""
        row = self._sql.one(_REQUESTS + " WHERE id = ?", request)
        return None if row is None else JoinRequestRecord(*row)

    def end_request(self, request: str) -> None:
        """Let somebody wait no more, as it was decided."""
        self._sql.run("DELETE FROM group_join_request WHERE id = ?", request)


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
    )
