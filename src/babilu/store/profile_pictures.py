"""Profile pictures: the own one, whom it was given to, and the last that each contact has said."""

import hashlib
from typing import Final

from babilu.kernel.ids import SHORT_ID_BYTES, MessageId
from babilu.kernel.limits import DAY_MS, INTEGER_MAX, PROFILE_PICTURES_A_DAY
from babilu.store.profile_records import OwnPictureRecord
from babilu.store.statements import Statements

_TAG: Final = b"babilu/profile picture/1"


class ProfilePictures:
    """Profile pictures, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def own(self) -> OwnPictureRecord | None:
        """Return the own picture; None where none was ever set."""
        row = self._sql.one("SELECT said_at, picture FROM own_picture")
        return None if row is None else OwnPictureRecord(row[0], row[1])

    def set_own(self, picture: bytes | None, now: int) -> bool:
        """Put a picture, or none, in the place of the own one; tells whether it may be changed today."""
        row = self._sql.one("SELECT said_at, day, changes FROM own_picture")
        said_at, day, changes = (0, 0, 0) if row is None else row
        today = now // DAY_MS
        changes = changes + 1 if day == today else 1
        if changes > PROFILE_PICTURES_A_DAY:
            return False
        self._sql.run(
            "INSERT INTO own_picture (only_row, said_at, picture, day, changes) VALUES (1, ?1, ?2, ?3, ?4)"
            " ON CONFLICT (only_row) DO UPDATE SET said_at = ?1, picture = ?2, day = ?3, changes = ?4",
            min(max(now, said_at + 1), INTEGER_MAX),
            picture,
            today,
            changes,
        )
        return True

    def follow_own(self, picture: bytes | None, said_at: int) -> bool:
        """Take the own picture that another own device has set, and shows to everybody; tells whether it is another."""
        changed = self._sql.run(
            "INSERT INTO own_picture (only_row, said_at, picture, day, changes) VALUES (1, ?1, ?2, 0, 0)"
            " ON CONFLICT (only_row) DO UPDATE SET said_at = ?1, picture = ?2 WHERE said_at <> ?1",
            said_at,
            picture,
        )
        if changed:
            self._sql.run(
                "INSERT OR REPLACE INTO own_picture_given (contact, said_at)"
                " SELECT contact, ? FROM contact WHERE contact > 0 AND accepted = 1 AND blocked = 0",
                said_at,
            )
        return changed > 0

    def given(self, contact: int) -> int:
        """Return the time of the own picture that a contact was told of last; 0 for none."""
        return self._sql.number("SELECT coalesce(max(said_at), 0) FROM own_picture_given WHERE contact = ?", contact)

    def note_given(self, contact: int, said_at: int) -> None:
        """Note which own picture a contact was told of."""
        self._sql.run(
            "INSERT INTO own_picture_given (contact, said_at) VALUES (?1, ?2)"
            " ON CONFLICT (contact) DO UPDATE SET said_at = ?2",
            contact,
            said_at,
        )

    def to_be_given(self) -> list[int]:
        """Return the accepted contacts who were not told of the present own picture, or that there is none any more."""
        rows = self._sql.all(
            "SELECT c.contact FROM contact AS c CROSS JOIN own_picture AS o"
            " LEFT JOIN own_picture_given AS g ON g.contact = c.contact"
            " WHERE c.contact > 0 AND c.accepted = 1 AND c.blocked = 0 AND c.pending_key IS NULL"
            " AND CASE WHEN g.said_at IS NULL THEN o.picture IS NOT NULL ELSE g.said_at <> o.said_at END"
            " ORDER BY c.contact"
        )
        return [row[0] for row in rows]

    def put(self, contact: int, message: MessageId, said_at: int, picture: bytes | None) -> bool:
        """Take what a contact says of their picture; tells whether another one, or none, is shown by that.

        The highest by (time, id) counts, whatever the order in which they come. So many of one day are taken, by the
        contact's clock: what waits for somebody who was away is not more than was said.
        """
        row = self._sql.one("SELECT said_at, id, day, changes FROM contact_picture WHERE contact = ?", contact)
        day, changes = said_at // DAY_MS, 1
        if row is not None:
            if (said_at, message) <= (row[0], row[1]):
                return False
            changes = row[3] + 1 if row[2] == day else 1
        if changes > PROFILE_PICTURES_A_DAY:
            return False
        self._sql.run(
            "INSERT INTO contact_picture (contact, said_at, id, picture, day, changes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
            " ON CONFLICT (contact) DO UPDATE SET said_at = ?2, id = ?3, picture = ?4, day = ?5, changes = ?6",
            contact,
            said_at,
            message,
            picture,
            day,
            changes,
        )
        return bool(
            self._sql.run(
                "UPDATE contact SET picture = ?1 WHERE contact = ?2 AND picture IS NOT ?1",
                None if picture is None else picture_digest(picture),
                contact,
            )
        )

    def of(self, contact: int) -> bytes | None:
        """Return the picture of a contact; None where they show none."""
        row = self._sql.one("SELECT picture FROM contact_picture WHERE contact = ?", contact)
        return None if row is None else row[0]

    def forget_theirs(self, contact: int) -> None:
        """Forget the picture of a contact."""
        self._sql.run("DELETE FROM contact_picture WHERE contact = ?", contact)
        self._sql.run("UPDATE contact SET picture = NULL WHERE contact = ?", contact)

    def give_again(self, contact: int) -> bool:
        """Have a contact told of the own picture again; tells whether they were told of the present one.

        That there is none need not be told twice.
        """
        return bool(
            self._sql.run(
                "DELETE FROM own_picture_given WHERE contact = ?"
                " AND said_at = (SELECT said_at FROM own_picture WHERE picture IS NOT NULL)",
                contact,
            )
        )

    def forget_given(self, contact: int) -> None:
        """Forget that a contact was told of the own picture: they are somebody else by now."""
        self._sql.run("DELETE FROM own_picture_given WHERE contact = ?", contact)


def picture_digest(picture: bytes) -> bytes:
    """Return what names a picture."""
    return hashlib.sha256(_TAG + picture).digest()[:SHORT_ID_BYTES]
