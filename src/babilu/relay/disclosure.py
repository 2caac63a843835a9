"""Whoever is logged in may read everything that the relay holds about their account, a page at a time."""

from typing import Final

from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Clock
from babilu.relay.connection import Connection
from babilu.relay.states import authenticated
from babilu.relay.storage.protocol import AccountStore
from babilu.relay.storage.records import HeldValue
from babilu.relay.throttle import Throttle
from babilu.wire.relay_frames import FetchHoldings, HeldRows, HoldingsAre, HoldingsPlace

ROWS: Final = 500
"""Most rows of a page."""

PAGE_BYTES: Final = 32 * 1024
"""Most bytes of a page's values: twice as many in hexadecimal, which stays below every limit of a frame."""


class Disclosure:
    """Reads an account's rows for its holder.

    Args:
        store: Where they are.
        limits: How often.
        clock: The time.
    """

    def __init__(self, store: AccountStore, limits: Limits, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._pages: Throttle[int] = Throttle(limits.disclosures, limits.disclosure_ms, clock)

    def adopt(self, limits: Limits) -> None:
        """Count by this from now on."""
        self._pages.adopt(limits.disclosures, limits.disclosure_ms)

    async def fetch_holdings(self, connection: Connection, frame: FetchHoldings) -> HoldingsAre:
        """Read a page."""
        account = authenticated(connection.state).account
        wait = self._pages.take(account)
        if wait:
            raise LinkError(ErrorCode.RATE_LIMITED, "Pages of what is held are read at a pace.", wait)
        page = await self._store.holdings(account, (frame.table, frame.offset), ROWS, PAGE_BYTES)
        held = tuple(HeldRows(table.name, table.columns, tuple(map(_readable, table.rows))) for table in page.tables)
        following = None if page.following is None else HoldingsPlace(*page.following)
        return HoldingsAre(frame.request, self._clock.now_ms(), held, following)


def _readable(row: tuple[HeldValue, ...]) -> tuple[int | str | None, ...]:
    return tuple(value.hex() if isinstance(value, bytes) else value for value in row)
