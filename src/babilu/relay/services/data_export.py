"""Data export: whoever is logged in reads everything that the relay holds about their account, a page at a time."""

from typing import Annotated, Final

import msgspec

from babilu.kernel.errors import ErrorCode, LinkError, ProtocolError
from babilu.kernel.limits import INTEGER_MAX, Limits
from babilu.kernel.ports import Clock
from babilu.relay.base.states import authenticated
from babilu.relay.base.throttle import Throttle
from babilu.relay.storage.port import AccountStore
from babilu.relay.storage.records import HeldKey, HeldValue
from babilu.relay.transport.connection import Connection
from babilu.wire.client_frames import FetchHoldings
from babilu.wire.relay_frames import HeldRows, HoldingsAre, HoldingsPlace

ROWS: Final = 500
"""Most rows of a page."""

PAGE_BYTES: Final = 32 * 1024
"""Most bytes of a page's values: twice as many in hexadecimal, which stays below every limit of a frame."""

_Number = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]
_keys: Final = msgspec.msgpack.Decoder(tuple[_Number, _Number | bytes] | None)


class DataExport:
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

    def reconfigure(self, limits: Limits) -> None:
        """Apply new limits."""
        self._pages.reconfigure(limits.disclosures, limits.disclosure_ms)

    async def fetch_holdings(self, connection: Connection, frame: FetchHoldings) -> HoldingsAre:
        """Read a page."""
        account = authenticated(connection.state).account
        wait = self._pages.take(account)
        if wait:
            raise LinkError(ErrorCode.RATE_LIMITED, "Too many pages were asked for: wait a moment.", wait)
        page = await self._store.holdings(account, (frame.table, _opened(frame.key)), ROWS, PAGE_BYTES)
        held = tuple(HeldRows(table.name, table.columns, tuple(map(_readable, table.rows))) for table in page.tables)
        following = None
        if page.following is not None:
            table, key = page.following
            following = HoldingsPlace(table, msgspec.msgpack.encode(key or None))
        return HoldingsAre(frame.request, self._clock.now_ms(), held, following)


def _opened(key: bytes) -> HeldKey:
    """Give the key that a place in the relay's tables was told as; whoever makes one up reads their own rows anyway."""
    if not key:
        return ()
    try:
        return _keys.decode(key) or ()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(ErrorCode.MALFORMED, "There is no such place.") from error


def _readable(row: tuple[HeldValue, ...]) -> tuple[int | str | None, ...]:
    return tuple(value.hex() if isinstance(value, bytes) else value for value in row)
