"""People who became contacts by writing and are not accepted: so many at a time, however many accounts there are.

Whoever a group brings here is none of them: groups have bounds of their own, and what is shown of one names its people.
"""

from collections.abc import Iterable
from typing import Final

from babilu.store.statements import Row, Statements

FORGOTTEN_AT_ONCE: Final = 64
"""People who make room at once, so that nobody waits for long."""

_STRANGER: Final = (
    "c.accepted = 0 AND c.fellow = 0 AND c.once_fellow = 0"
    " AND NOT EXISTS (SELECT 1 FROM group_member WHERE contact = c.contact)"
)


class Strangers:
    """Contacts that are not accepted, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def make_room(self, most: int, besides: int = 0) -> bool:
        """Make room for one more stranger, where there are so many already.

        The oldest of whom nothing is kept makes room: no message, nothing that waits, no block, no other key, and
        nothing that the owner has begun or set. Their sessions and chains go along; writing again, they are met anew.

        Args:
            most: So many there may be.
            besides: Number of a contact who stays in any case, as their turn is going on.

        Returns:
            Whether there is room.
        """
        beyond = self._sql.number(f"SELECT count(*) FROM contact AS c WHERE {_STRANGER}") - most + 1
        # Those of a group that was declined, or whom it has lost, may have come to these all at once.
        for _ in range(min(beyond, FORGOTTEN_AT_ONCE)):
            if not self._let_go(self._find(" AND c.contact <> ? ORDER BY c.contact LIMIT 1", besides)):
                break
            beyond -= 1
        return beyond <= 0

    def let_go(self, contacts: Iterable[int]) -> None:
        """Forget people whom a group has brought here and who are in none now, as far as nothing is kept of them."""
        for contact in contacts:
            self._let_go(self._find(" AND c.contact = ?", contact))

    def _find(self, rest: str, *values: int) -> Row | None:
        """Return somebody of whom nothing is kept, with the conversation with them."""
        return self._sql.one(
            "SELECT c.contact, v.conversation, v.id FROM contact AS c JOIN conversation AS v ON v.contact = c.contact"
            f" WHERE {_STRANGER} AND c.blocked = 0 AND c.trust = 'first_use' AND c.pending_key IS NULL"
            " AND c.direct_allowed = 0 AND c.host IS NULL"
            " AND v.draft = '' AND v.pinned = 0 AND v.archived = 0 AND v.marked_unread = 0 AND v.muted_until IS NULL"
            " AND v.timer IS NULL AND NOT EXISTS (SELECT 1 FROM register_write WHERE conversation = v.conversation)"
            " AND coalesce(v.receipts, v.typing, v.presence) IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM message WHERE conversation = v.conversation)"
            " AND NOT EXISTS (SELECT 1 FROM message WHERE author = c.contact)"
            " AND NOT EXISTS (SELECT 1 FROM message_deleted WHERE conversation = v.conversation)"
            " AND NOT EXISTS (SELECT 1 FROM message_held_back WHERE conversation = v.conversation)"
            " AND NOT EXISTS (SELECT 1 FROM message_hidden WHERE conversation = v.conversation)"
            " AND NOT EXISTS (SELECT 1 FROM inbox WHERE state IN ('waiting', 'quarantined') AND contact = c.contact)"
            " AND NOT EXISTS (SELECT 1 FROM outbox WHERE contact = c.contact)"
            " AND NOT EXISTS (SELECT 1 FROM delivery WHERE contact = c.contact)"
            " AND NOT EXISTS (SELECT 1 FROM receipt WHERE contact = c.contact)"
            " AND NOT EXISTS (SELECT 1 FROM group_log WHERE added_by = c.contact)"
            " AND NOT EXISTS (SELECT 1 FROM group_join_request WHERE contact = c.contact)"
            " AND NOT EXISTS (SELECT 1 FROM imported_person WHERE contact = c.contact)"
            " AND NOT EXISTS (SELECT 1 FROM group_asked WHERE contact = c.contact)" + rest,
            *values,
        )

    def _let_go(self, found: Row | None) -> bool:
        if found is None:
            return False
        contact, conversation, chain = found
        devices = (
            "(SELECT device FROM contact_device WHERE contact = ?1"
            " UNION SELECT device FROM departed_device WHERE contact = ?1)"
        )
        for table, column in (("session", "peer"), ("ephemeral", "peer"), ("chain", "device")):
            self._sql.run(f"DELETE FROM {table} WHERE {column} IN {devices}", contact)
        self._sql.run("DELETE FROM chain WHERE conversation = ?", chain)
        # Of what waits here nothing was shown, and nothing of theirs is left that it could be about.
        for table in ("waiting_action", "action_seen", "conversation"):
            self._sql.run(f"DELETE FROM {table} WHERE conversation = ?", conversation)
        for table in ("alarm", "envelope_sent", "repair", "budget", "contact_device", "contact"):
            self._sql.run(f"DELETE FROM {table} WHERE contact = ?", contact)
        return True
