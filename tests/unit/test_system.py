import time

from babilu.kernel.ports import Clock, Randomness
from babilu.system import SystemClock, SystemRandomness


def test_the_clock_tells_unix_time_in_milliseconds() -> None:
    clock: Clock = SystemClock()
    assert abs(clock.now_ms() - time.time() * 1000) < 5_000


def test_monotonic_time_never_goes_backwards() -> None:
    clock: Clock = SystemClock()
    readings = [clock.monotonic_ms() for _ in range(1_000)]
    assert readings == sorted(readings)


def test_randomness_has_the_size_asked_for_and_never_repeats() -> None:
    randomness: Randomness = SystemRandomness()
    assert [len(randomness.token(size)) for size in (0, 1, 16, 32)] == [0, 1, 16, 32]
    assert len({randomness.token(16) for _ in range(1_000)}) == 1_000
