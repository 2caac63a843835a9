"""Housekeeping: what is past its time is deleted in small portions, so that mail flows in between."""

import asyncio
import logging
from typing import Final

from babilu.kernel.errors import BabiluError
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Clock
from babilu.relay.base.memory import give_back
from babilu.relay.services.blobs import BlobService
from babilu.relay.services.invitations import Invitations
from babilu.relay.storage.port import Storage

log = logging.getLogger(__name__)

TIDY_EVERY_S: Final = 60.0
LETTERS_AT_ONCE: Final = 500
REPEATS_AT_ONCE: Final = 2_000
REPEATS_MS: Final = 1_000
"""Time that is spent on remembered ids each time: some million of them a minute, many times what a relay makes."""

REPEATS_EVERY_MS: Final = 3_600_000
"""How often going through them all begins anew."""


class Housekeeping:
    """Deletes expired mail and files, forgotten ids and invitations.

    Args:
        storage: Where they are.
        invitations: Forgets them, and finds out now and then whether the owner's was used.
        blobs: Forgets files.
        limits: How long each is kept.
        clock: The time.

    Attributes:
        limits: What it goes by; a reload replaces it.
    """

    def __init__(
        self, storage: Storage, invitations: Invitations, blobs: BlobService, limits: Limits, clock: Clock
    ) -> None:
        self._storage = storage
        self._blobs = blobs
        self._invitations = invitations
        self.limits = limits
        self._clock = clock
        # When going through the remembered ids began, and whether its end was reached.
        self._begun_at: int | None = None
        self._at_end = True

    async def run(self) -> None:
        """Tidy up for ever."""
        while True:
            await asyncio.sleep(TIDY_EVERY_S)
            try:
                await self.tidy()
            except BabiluError as error:
                log.warning("tidying up is put off: %s", error.code)
            give_back()

    async def tidy(self) -> None:
        """Delete what is past its time.

        Raises:
            LinkError: ``unavailable`` where the storage refuses.
        """
        now = self._clock.now_ms()
        while await self._storage.mail.expire(now - self.limits.mail_kept_ms, LETTERS_AT_ONCE) == LETTERS_AT_ONCE:
            pass
        await self._forget_repeats(now)
        await self._blobs.tidy()
        await self._invitations.waiting()
        await self._invitations.refresh_owner()

    async def _forget_repeats(self, now: int) -> None:
        """Go on through the remembered ids for a moment."""
        begun = self._clock.monotonic_ms()
        if self._at_end and self._begun_at is not None and begun - self._begun_at < REPEATS_EVERY_MS:
            return
        if self._at_end:
            self._begun_at = begun
        remembered = now - self.limits.deduplication_ms
        waiting = now - self.limits.mail_kept_ms
        self._at_end = False
        while not self._at_end and self._clock.monotonic_ms() - begun < REPEATS_MS:
            self._at_end = await self._storage.mail.forget_repeats(remembered, waiting, REPEATS_AT_ONCE)
