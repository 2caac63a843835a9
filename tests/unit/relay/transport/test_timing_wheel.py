import asyncio

from babilu.relay.transport.timing_wheel import TimingWheel
from tests.relay_client import PATIENCE_S


class Looked:
    """Notes when it is looked at, and asks for more looks."""

    def __init__(self, *pauses: float) -> None:
        self.slot = 0
        self.looks: list[float] = []
        self.done = asyncio.Event()
        self._pauses = list(pauses)

    def look(self, now: float) -> float | None:
        self.looks.append(now)
        if self._pauses:
            return now + self._pauses.pop(0)
        self.done.set()
        return None

    async def until_done(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.done.wait()


def later(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_nothing_is_looked_at_before_its_time() -> None:
    timing_wheel = TimingWheel(40)
    looked = Looked(0.03)
    due = later(0.02)
    timing_wheel.watch(looked, due)
    await looked.until_done()
    first, second = looked.looks
    assert first >= due
    assert second >= first + 0.03
    timing_wheel.stop()


async def test_everything_that_is_due_is_looked_at() -> None:
    timing_wheel = TimingWheel(40)
    many = [Looked() for _ in range(500)]
    for number, each in enumerate(many):
        timing_wheel.watch(each, later(number / 10_000))
    for each in many:
        await each.until_done()
    assert {len(each.looks) for each in many} == {1}
    timing_wheel.stop()


async def test_what_is_forgotten_is_not_looked_at() -> None:
    timing_wheel = TimingWheel(40)
    forgotten, kept = Looked(), Looked()
    timing_wheel.watch(forgotten, later(0.01))
    timing_wheel.watch(kept, later(0.02))
    timing_wheel.forget(forgotten)
    await kept.until_done()
    assert forgotten.looks == []
    timing_wheel.stop()


async def test_a_time_in_the_past_is_looked_at_soon() -> None:
    timing_wheel = TimingWheel(40)
    late = Looked()
    timing_wheel.watch(late, later(-10))
    await late.until_done()
    timing_wheel.stop()


async def test_it_turns_again_for_what_comes_later() -> None:
    timing_wheel = TimingWheel(40)
    for _ in range(3):
        looked = Looked()
        timing_wheel.watch(looked, later(0.01))
        await looked.until_done()
    timing_wheel.stop()
