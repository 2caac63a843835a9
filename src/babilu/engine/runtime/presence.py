"""Presence of contacts at this moment: kept in memory, changed in the loop's thread, read from any."""

from collections.abc import Iterable

from babilu.api.views import PresenceState
from babilu.kernel.bounded import BoundedDict
from babilu.kernel.limits import NAMES_WATCHED

CHANGES_AT_ONCE = 6
"""Comings and goings of one account that are told, however fast they come; of more, the latest is told when it is due:
no relay fills the screen with them."""

CHANGE_MS = 60_000
"""Time after which one more is told."""


class Presences:
    """Presence of accounts at the relay, and contacts with a standing direct connection.

    Only of accounts that are watched: what a relay says unasked about others is passed over.
    """

    def __init__(self) -> None:
        self._watched: frozenset[str] = frozenset()
        # What is told of each account, what is to be told of it later, and when as many as at first may be told again.
        self._states: BoundedDict[str, PresenceState] = BoundedDict(NAMES_WATCHED)
        self._later: BoundedDict[str, PresenceState] = BoundedDict(NAMES_WATCHED)
        self._whole_at_ms: BoundedDict[str, int] = BoundedDict(NAMES_WATCHED)
        self._connected: frozenset[int] = frozenset()

    def presence(self, account: str) -> PresenceState | None:
        """Return what is told of an account."""
        return self._states.get(account)

    def connected(self, contact: int) -> bool:
        return contact in self._connected

    def watch(self, accounts: Iterable[str]) -> frozenset[str]:
        """Name the accounts whose presence counts from now on; tells of which one is known no longer."""
        self._watched = frozenset(accounts)
        gone = frozenset(self._states) - self._watched
        for kept in (self._states, self._later, self._whole_at_ms):
            for account in [known for known in list(kept) if known not in self._watched]:
                kept.pop(account, None)
        return gone

    def came_or_went(self, account: str, state: PresenceState, now_ms: int) -> bool:
        """Take note of an account.

        Args:
            account: Its name.
            state: What the relay says of it.
            now_ms: The time, which never goes back.

        Returns:
            Whether that is told now; not where nobody watches it, where nothing is new, and where it is told `later`.
        """
        if account not in self._watched:
            return False
        self._later.pop(account, None)
        if self._states.get(account) is state:
            return False
        if self._wait_ms(account, now_ms):
            self._later[account] = state
            return False
        self._states[account] = state
        self._whole_at_ms[account] = max(self._whole_at_ms.get(account, now_ms), now_ms) + CHANGE_MS
        return True

    def later(self, now_ms: int) -> tuple[list[tuple[str, PresenceState]], int | None]:
        """Tell what is due of what was not told when it came.

        Returns:
            Accounts with their states, which count as told now, and milliseconds until more is due, or None.
        """
        due = [item for item in self._later.items() if not self._wait_ms(item[0], now_ms)]
        told = [(account, state) for account, state in due if self.came_or_went(account, state, now_ms)]
        return told, min((self._wait_ms(account, now_ms) for account in self._later), default=None)

    def _wait_ms(self, account: str, now_ms: int) -> int:
        """Tell how long it takes until one more change of an account may be told."""
        first_ms = self._whole_at_ms.get(account, now_ms) - (CHANGES_AT_ONCE - 1) * CHANGE_MS
        return max(0, first_ms - now_ms)

    def forget(self) -> None:
        """Know nothing any more: the link to the relay is gone."""
        self._states.clear()
        self._later.clear()

    def link(self, contact: int, *, up: bool) -> None:
        """Take note of a direct connection."""
        self._connected = self._connected | {contact} if up else self._connected - {contact}
