"""What can be wrong with an account and its profile, looked at once; and what the relay holds and does for its account.

Everything here blocks and waits for the link to the relay: it runs in a thread that the link does not need.
"""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from babilu.api import views
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.transport.account_requests import wait_for
from babilu.engine.transport.relay_session import RelaySession
from babilu.identity.device_list import list_hash, verify_device_list
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProfileError, ProtocolError, UsageError
from babilu.kernel.limits import FRAME_BYTES
from babilu.kernel.plain_text import cleaned
from babilu.wire.relay_frames import HoldingsAre, HoldingsPlace

R = TypeVar("R")

PAGES_MAX: Final = 1_000
"""Pages that a relay may give: half a million rows, and no more memory than they take."""

PACE_TRIES: Final = 100
"""How often in a row a relay may ask to wait for the same page."""

LONGEST_PAUSE_MS: Final = 10_000

KEY_TABLES: Final = frozenset({"account", "device", "prekey_kind", "prekey"})
"""What comes first: mail and the memory of it are long and come later."""

ONE_TIME_EC: Final = 3
ONE_TIME_KEM: Final = 4
"""How the relay numbers the kinds of prekeys."""


class Diagnostics:
    """Asks the relay about the own account.

    Args:
        base: The profile and the ports.
        effect_runner: The rest of the client.
        loop: Where sockets live.
    """

    def __init__(self, base: ClientContext, effect_runner: EffectRunner, loop: LoopThread) -> None:
        self._base = base
        self._effect_runner = effect_runner
        self._loop = loop

    def examine(self) -> views.ExaminationView:
        """Look for what is wrong with profile, keys, clock and routes."""
        whole = self._is_whole()
        listening = self._effect_runner.targets.calls.callers.listening
        address = None if listening is None else views.Address(*listening)
        relay = self._effect_runner.targets.relay
        if relay is None:
            return views.ExaminationView(whole, None, None, views.OwnKeys.UNKNOWN, None, None, None, address)
        refusal: str | None = None
        keys, clock_ahead_ms, stock = views.OwnKeys.UNKNOWN, None, None
        try:
            self._wait(relay.reached())
            keys = self._own_keys(relay)
            clock_ahead_ms = self._clock_ahead_ms(relay)
            stock = self._stock(self._read(relay, KEY_TABLES))
        except BabiluError as error:
            refusal = error.code.value
        ec, kem = (None, None) if stock is None else stock
        return views.ExaminationView(whole, refusal is None, refusal, keys, ec, kem, clock_ahead_ms, address)

    def _is_whole(self) -> bool:
        try:
            return self._base.database.is_whole()
        except ProfileError:
            return False

    def _clock_ahead_ms(self, relay: RelaySession) -> int:
        """Compare the clocks, by the middle of a question and its answer."""
        clock = self._base.clock
        asked = clock.now_ms()
        theirs = self._page(relay, HoldingsPlace(0, b"")).now
        return (asked + clock.now_ms()) // 2 - theirs

    def _own_keys(self, relay: RelaySession) -> views.OwnKeys:
        own = self._base.own
        listed = self._wait(relay.fetch_device_list(own.account)).device_list
        if list_hash(listed) == list_hash(own.device_list):
            return views.OwnKeys.SAME
        body = verify_device_list(listed)
        if body.identity_key != own.identity_key:
            return views.OwnKeys.ANOTHER_IDENTITY
        known = any(entry.device == own.device for entry in body.devices)
        return views.OwnKeys.OTHER_LIST if known else views.OwnKeys.NOT_LISTED

    def _stock(self, pages: list[HoldingsAre]) -> tuple[int, int]:
        """Count the one-time prekeys of this device."""
        own = self._base.own.device.hex()
        kinds = [row.get("kind") for row in _rows(pages, "prekey") if row.get("device") == own]
        return kinds.count(ONE_TIME_EC), kinds.count(ONE_TIME_KEM)

    def holdings(self) -> views.HoldingsView:
        """Read everything that the relay holds about the account.

        Raises:
            BabiluError: ``unavailable`` while the relay cannot be reached, and the like.
        """
        relay = self._relay()
        self._wait(relay.reached())
        pages = self._read(relay)
        tables: dict[str, views.HeldTableView] = {}
        for rows in (each for page in pages for each in page.held):
            before = tables.get(rows.table)
            if (before is not None and before.columns != rows.columns) or any(
                len(row) != len(rows.columns) for row in rows.rows
            ):
                raise ProtocolError(ErrorCode.MALFORMED, "The relay's rows do not fit their columns.")
            added = tuple(tuple(None if value is None else str(value) for value in row) for row in rows.rows)
            so_far = () if before is None else before.rows
            tables[rows.table] = views.HeldTableView(rows.table, rows.columns, so_far + added)
        return views.HoldingsView(self._base.own.account, pages[0].now, tuple(tables.values()))

    def administer(self, order: str) -> str:
        """Give the relay an order of administration.

        Raises:
            BabiluError: ``not_allowed`` for who is neither owner nor moderator, ``unavailable`` while offline.
        """
        relay = self._relay()
        encoded = order.encode("utf-8")
        if len(encoded) > FRAME_BYTES // 2:
            raise ProtocolError(ErrorCode.TOO_LARGE, "This order is too large.")
        self._wait(relay.reached())
        return _cleaned_answer(self._wait(relay.administer(encoded)))

    def _read(self, relay: RelaySession, tables: frozenset[str] | None = None) -> list[HoldingsAre]:
        """Read page after page, to the end or until a table comes that is none of ``tables``."""
        pages: list[HoldingsAre] = []
        place: HoldingsPlace | None = HoldingsPlace(0, b"")
        while place is not None:
            page = self._page(relay, place)
            following = page.following
            if following is not None and (following == place or following.table < place.table):
                raise ProtocolError(ErrorCode.MALFORMED, "The relay sent a page twice.")
            if len(pages) == PAGES_MAX:
                raise ProtocolError(ErrorCode.TOO_LARGE, "The relay sent more pages than there can be.")
            pages.append(page)
            beyond = tables is not None and any(each.table not in tables for each in page.held)
            place = None if beyond else following
        return pages

    def _page(self, relay: RelaySession, place: HoldingsPlace) -> HoldingsAre:
        for _ in range(PACE_TRIES):
            try:
                return self._wait(relay.fetch_holdings(place))
            except BabiluError as error:
                if error.code is not ErrorCode.RATE_LIMITED:
                    raise
                # The relay names the pace. In the loop, so that the client's end cuts the wait short.
                self._wait(asyncio.sleep(min(error.retry_after_ms or 1_000, LONGEST_PAUSE_MS) / 1000))
        raise LinkError(ErrorCode.RATE_LIMITED, "The relay lets nobody read so much at once.")

    def _wait(self, work: Coroutine[Any, Any, R]) -> R:
        return wait_for(self._loop.run(work))

    def _relay(self) -> RelaySession:
        relay = self._effect_runner.targets.relay
        if relay is None:
            raise UsageError("This profile has no account at a relay.")
        return relay


def _rows(pages: list[HoldingsAre], table: str) -> list[dict[str, object]]:
    found = (each for page in pages for each in page.held if each.table == table)
    # A row that is too short names nothing that is looked for.
    return [dict(zip(each.columns, row, strict=False)) for each in found for row in each.rows]


def _cleaned_answer(answer: bytes) -> str:
    """Clean every text in an answer of administration, which is JSON and somebody else's."""
    try:
        return json.dumps(_cleaned_value(json.loads(answer)))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(ErrorCode.MALFORMED, "The relay's answer is not JSON.") from error


def _cleaned_value(value: object) -> object:
    match value:
        case str():
            return cleaned(value)
        case list():
            return [_cleaned_value(one) for one in value]
        case dict():
            return {cleaned(key): _cleaned_value(one) for key, one in value.items()}
        case _:
            return value
