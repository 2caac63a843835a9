"""Going through what is remembered keeps up with what a relay makes, and takes a moment of each minute and no more."""

from typing import cast

from babilu.kernel.limits import Limits
from babilu.relay.node.housekeeping import REPEATS_EVERY_MS, REPEATS_MS, Housekeeping
from babilu.relay.services.blobs import BlobService
from babilu.relay.services.invitations import Invitations
from babilu.relay.storage.port import Storage
from tests.relay_client import SetClock


class Rows:
    """A storage with so many portions of remembered ids, each of which takes a while."""

    def __init__(self, clock: SetClock, portions: int, portion_ms: int) -> None:
        self.asked = 0
        self._clock = clock
        self._portions = portions
        self._portion_ms = portion_ms

    @property
    def mail(self) -> "Rows":
        return self

    async def expire(self, stored_before: int, most: int) -> int:
        del stored_before, most
        return 0

    async def forget_repeats(self, stored_before: int, expired_before: int, most: int) -> bool:
        del stored_before, expired_before, most
        self._clock.pass_ms(self._portion_ms)
        self.asked += 1
        return self.asked % self._portions == 0

    async def tidy(self) -> None:
        """There are no files."""

    async def waiting(self) -> tuple[()]:
        return ()

    async def refresh_owner(self) -> None:
        """Nobody owns it."""


def housekeeping(rows: Rows, clock: SetClock) -> Housekeeping:
    return Housekeeping(cast("Storage", rows), cast("Invitations", rows), cast("BlobService", rows), Limits(), clock)


async def test_all_that_is_remembered_is_gone_through_where_it_takes_no_longer_than_a_moment() -> None:
    clock = SetClock()
    rows = Rows(clock, portions=500, portion_ms=1)
    await housekeeping(rows, clock).tidy()
    assert rows.asked == 500


async def test_no_more_than_a_moment_is_spent_and_the_next_time_goes_on() -> None:
    clock = SetClock()
    rows = Rows(clock, portions=150, portion_ms=REPEATS_MS // 100)
    house = housekeeping(rows, clock)
    await house.tidy()
    assert rows.asked == 100
    await house.tidy()
    assert rows.asked == 150


async def test_it_begins_anew_after_an_hour_and_not_before() -> None:
    clock = SetClock()
    rows = Rows(clock, portions=10, portion_ms=0)
    house = housekeeping(rows, clock)
    await house.tidy()
    clock.pass_ms(REPEATS_EVERY_MS - 1)
    await house.tidy()
    assert rows.asked == 10
    clock.pass_ms(1)
    await house.tidy()
    assert rows.asked == 20
