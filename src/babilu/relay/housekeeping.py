"""What is past its time is deleted in small portions, so that mail flows in between."""

import asyncio
import logging
from typing import Final

from babilu.kernel.errors import BabiluError
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Clock
from babilu.relay.storage.protocol import Storage

log = logging.getLogger(__name__)

TIDY_EVERY_S: Final = 60.0
LETTERS_AT_ONCE: Final = 500
REPEATS_AT_ONCE: Final = 2_000
REPEAT_PORTIONS: Final = 20
"""Portions of remembered ids gone through each time: 40,000 ids a minute, more than a full relay makes."""


class Housekeeping:
    """Deletes expired mail, forgotten ids and invitations.

    Args:
        storage: Where they are.
        limits: How long each is kept.
        clock: The time.

    Attributes:
        limits: What it goes by; a reload replaces it.
    """

    def __init__(self, storage: Storage, limits: Limits, clock: Clock) -> None:
        self._storage = storage
        self.limits = limits
        self._clock = clock

    async def run(self) -> None:
        """Tidy up for ever."""
        while True:
            await asyncio.sleep(TIDY_EVERY_S)
            try:
                await self.tidy()
            except BabiluError as error:
                log.warning("tidying up is put off: %s", error.code)

    async def tidy(self) -> None:
        """Delete what is past its time.

        Raises:
            LinkError: ``unavailable`` where the storage refuses.
        """
        now = self._clock.now_ms()
        while await self._storage.mail.expire(now - self.limits.mail_kept_ms, LETTERS_AT_ONCE) == LETTERS_AT_ONCE:
            pass
        for _ in range(REPEAT_PORTIONS):
            if await self._storage.mail.forget_repeats(now - self.limits.deduplication_ms, REPEATS_AT_ONCE):
                break
        await self._storage.accounts.invitations(now)
