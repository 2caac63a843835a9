"""Upkeep at the relay while the link is up: prekeys for whoever begins a session, and whose presence is wanted."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from babilu.engine.transport.relay_ports import RelayDuties
from babilu.identity.shapes import PrekeySet
from babilu.kernel.errors import BabiluError
from babilu.wire.client_frames import ClientFrame, PublishPrekeys, Watch, Watched
from babilu.wire.relay_frames import Ok

log = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS: Final = 60.0
"""Longest time that the relay can have its client wait before it is told again whose presence is wanted."""


class AskRelay(Protocol):
    """Asks the relay something over the link that is up."""

    async def __call__(self, make: Callable[[int], ClientFrame], kind: type[Ok], /) -> Ok:
        """Send a frame, by the number that its request gets, and wait for its answer."""


class RelayUpkeep:
    """What one link keeps the relay told of.

    Args:
        duties: Makes prekeys, and says whose presence is wanted.
        ask: Asks the relay.
        is_closing: Tells whether the client is ending: what fails then is no news.
    """

    def __init__(self, duties: RelayDuties, ask: AskRelay, is_closing: Callable[[], bool]) -> None:
        self._duties = duties
        self._ask = ask
        self._is_closing = is_closing
        self._topping_up: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._contacts_changed = asyncio.Event()

    def begin(self, ec_left: int, kem_left: int) -> None:
        """Begin at a relay that has so many prekeys left."""
        self.top_up(ec_left, kem_left)
        self.watch()
        self._watching = asyncio.get_running_loop().create_task(self._keep_watching())

    def end(self) -> None:
        """End with the link."""
        for task in (self._watching, self._topping_up):
            if task is not None:
                task.cancel()

    def top_up(self, ec_left: int, kem_left: int) -> None:
        """Publish what prekeys are missing, unless that is under way."""
        if self._topping_up is None or self._topping_up.done():
            self._topping_up = asyncio.get_running_loop().create_task(self._publish(ec_left, kem_left))

    async def _publish(self, ec_left: int, kem_left: int) -> None:
        try:
            for prekeys in await asyncio.wrap_future(self._duties.prekeys_to_publish(ec_left, kem_left)):
                await self._ask(partial(_publish_frame, prekeys), Ok)
                self._duties.prekeys_published(prekeys)
        except BabiluError as error:
            if not self._is_closing():
                log.warning("prekeys could not be published: %s", error.code.value)

    def watch(self) -> None:
        """Tell the relay anew whose presence is wanted: once for all changes that come while it is being told."""
        self._contacts_changed.set()

    async def _keep_watching(self) -> None:
        while True:
            await self._contacts_changed.wait()
            self._contacts_changed.clear()
            try:
                watched = await asyncio.wrap_future(self._duties.watched())
                await self._ask(partial(_watch_frame, watched), Ok)
            except BabiluError as error:
                # Without presence one can chat: a refusal is no reason to leave.
                log.info("the relay was not told of contacts: %s", error.code.value)
                if error.retry_after_ms is not None:
                    await asyncio.sleep(min(error.retry_after_ms / 1000, LONGEST_PAUSE_SECONDS))
                    self._contacts_changed.set()


def _publish_frame(prekeys: PrekeySet, number: int) -> PublishPrekeys:
    return PublishPrekeys(number, prekeys)


def _watch_frame(watched: tuple[Watched, ...], number: int) -> Watch:
    return Watch(number, watched)
