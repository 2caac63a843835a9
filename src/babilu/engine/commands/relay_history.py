"""History that the relay keeps, named by its epoch: another one says that what the relay had accepted may be gone.

Then everything without a receipt is put in line again, byte for byte, and relay and recipients know what is repeated.
Own files that the relay should have still are sent there as far as it lacks them.
Receipts of reading, which nobody gives a receipt for, are owed again, and prekeys begin anew: those that the relay
takes for unused may have been used. How often a relay can have this done is bounded.
"""

import logging
from typing import Final

import msgspec

from babilu.engine.conversation.switches import switches_in
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.prekey_supply import PrekeySupply
from babilu.engine.transport.outbound_queue import RelayHistory
from babilu.kernel.limits import DAY_MS
from babilu.store.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

EPOCHS_A_DAY: Final = 4
"""Times in a day that another epoch of the relay has everything without a receipt sent again; later ones wait."""

READ_AGAIN: Final = 1_000
"""Newest messages of a profile whose receipts of reading are owed again with another epoch."""

READ_AGAIN_MS: Final = 30 * DAY_MS
"""Age of messages for which that is done at most."""

FILES_AGAIN: Final = 100
"""Newest own files of which the relay is asked with another epoch whether it has them, and sent them where not."""

_EPOCH: Final = "relay.epoch"
_FOLLOWED: Final = "relay.epochs_followed"

_times = msgspec.msgpack.Decoder(tuple[int, ...])


class EpochFollower:
    """Compares the relay's epoch with the one that the profile knows, and does what follows from another one.

    Args:
        base: The profile and the ports.
        stock: Makes prekeys.

    Attributes:
        history: What the relay says of envelopes now.
    """

    def __init__(self, base: ClientContext, stock: PrekeySupply) -> None:
        self._base = base
        self._stock = stock
        self._seen: bytes | None = None
        self.history = RelayHistory()

    def follow(self, seen: bytes | None) -> bool:
        """Take note of the epoch that a login was answered with, before anything is handed to the relay.

        Returns:
            Whether it is another one than before, and everything without a receipt is in line again.

        Raises:
            ProfileError: The disk is at fault; nothing has changed.
        """
        self._seen = seen
        return self._follow()

    def follow_later(self) -> bool:
        """Do what the last epoch asks for where that was too much for its day; as `follow`."""
        return self._follow()

    def _follow(self) -> bool:
        seen, now = self._seen, self._base.clock.now_ms()
        with self._base.database.read() as unit:
            known = unit.settings.get(_EPOCH)
        if seen is None or seen == known:
            return False
        with self._base.database.write() as unit:
            kept = unit.settings.get(_FOLLOWED)
            # A clock that was set back counts nothing that it has before it.
            times = tuple(at for at in _times.decode(kept or b"\x90") if 0 <= now - at < DAY_MS)
            if known is not None and len(times) >= EPOCHS_A_DAY:
                log.warning("the relay names ever new epochs: what it asks for by that waits")
                return False
            unit.settings.set(_EPOCH, seen)
            if known is None:
                return False
            unit.settings.set(_FOLLOWED, msgspec.msgpack.encode((*times, now)))
            again = unit.outbox.mark_lost_by_relay()
            unit.attachments.mark_lost_by_relay(FILES_AGAIN, now)
            _owe_read_again(unit, now)
            self._stock.begin_anew(unit, now)
            # While nobody else may write: what the former history says of an envelope is recorded before, or never.
            self.history.lost = True
            self.history = RelayHistory()
        log.warning("the relay was set back to an older state: %d envelopes are sent again", again)
        return True


def _owe_read_again(unit: UnitOfWork, now: int) -> None:
    """Owe receipts of reading again, wherever reading is told."""
    for number in unit.receipts.read_in(READ_AGAIN, now - READ_AGAIN_MS):
        conversation = unit.conversations.by_number(number)
        if conversation is not None and switches_in(unit, conversation).read:
            unit.receipts.owe_read_again(number, READ_AGAIN, now - READ_AGAIN_MS)
