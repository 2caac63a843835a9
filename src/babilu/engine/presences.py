"""Who is reachable at this moment: kept in memory, changed in the loop's thread, read from any."""

from babilu.api.views import PresenceState


class Presences:
    """Presence of accounts at the relay, and contacts with a standing direct connection."""

    def __init__(self) -> None:
        self._states: dict[str, PresenceState] = {}
        self._connected: frozenset[int] = frozenset()

    def presence(self, account: str) -> PresenceState | None:
        """Return what is known of an account."""
        return self._states.get(account)

    def connected(self, contact: int) -> bool:
        """Tell whether a direct connection with a contact stands."""
        return contact in self._connected

    def came_or_went(self, account: str, state: PresenceState) -> None:
        """Take note of an account."""
        self._states[account] = state

    def forget(self) -> None:
        """Know nothing any more: the link to the relay is gone."""
        self._states.clear()

    def link(self, contact: int, *, up: bool) -> None:
        """Take note of a direct connection."""
        self._connected = self._connected | {contact} if up else self._connected - {contact}
