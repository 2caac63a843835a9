"""Presence of contacts at this moment: kept in memory, changed in the loop's thread, read from any."""

from collections.abc import Iterable

from babilu.api.views import PresenceState
from babilu.kernel.bounded import BoundedDict
from babilu.kernel.limits import NAMES_WATCHED


class Presences:
    """Presence of accounts at the relay, and contacts with a standing direct connection.

    Only of accounts that are watched: what a relay says unasked about others is passed over.
    """

    def __init__(self) -> None:
        self._watched: frozenset[str] = frozenset()
        self._states: BoundedDict[str, PresenceState] = BoundedDict(NAMES_WATCHED)
        self._connected: frozenset[int] = frozenset()

    def presence(self, account: str) -> PresenceState | None:
        """Return what is known of an account."""
        return self._states.get(account)

    def connected(self, contact: int) -> bool:
        return contact in self._connected

    def watch(self, accounts: Iterable[str]) -> None:
        """Name the accounts whose presence counts from now on."""
        self._watched = frozenset(accounts)
        for account in [known for known in list(self._states) if known not in self._watched]:
            self._states.pop(account, None)

    def came_or_went(self, account: str, state: PresenceState) -> bool:
        """Take note of an account; False where nobody watches it."""
        if account not in self._watched:
            return False
        self._states[account] = state
        return True

    def forget(self) -> None:
        """Know nothing any more: the link to the relay is gone."""
        self._states.clear()

    def link(self, contact: int, *, up: bool) -> None:
        """Take note of a direct connection."""
        self._connected = self._connected | {contact} if up else self._connected - {contact}
