"""Alarms that were raised: of one contact and kind once a day, whatever makes them ring."""

from babilu.kernel.limits import DAY_MS
from babilu.store.statements import Statements

IDENTITY_CHANGED = "identity_changed"
"""Kind under which the news of a claimed identity is counted; it has an event of its own."""

ALARM_PAUSE_MS = DAY_MS
"""An alarm of one contact and kind is raised again after this time at the earliest, or once the user has acted."""


class Alarms:
    """What was raised, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def is_due(self, contact: int, kind: str, now: int) -> bool:
        """Note that an alarm rings; tells whether the user is to hear of it."""
        raised = self._sql.one(
            "INSERT INTO alarm (contact, kind, raised_at) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (contact, kind) DO UPDATE SET raised_at = excluded.raised_at"
            " WHERE raised_at <= ?3 - ?4 OR raised_at > ?3 RETURNING 1",
            contact,
            kind,
            now,
            ALARM_PAUSE_MS,
        )
        return raised is not None

    def forget(self, contact: int, kind: str) -> None:
        """Let an alarm ring again: the user has dealt with it."""
        self._sql.run("DELETE FROM alarm WHERE contact = ? AND kind = ?", contact, kind)
