import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.relay.base import throttle
from babilu.relay.base.throttle import Throttle
from tests.relay_client import SetClock


def test_so_many_at_once_and_then_one_each_interval() -> None:
    clock = SetClock()
    limit: Throttle[str] = Throttle(3, 100, clock)
    assert [limit.take("a") for _ in range(3)] == [0, 0, 0]
    wait = limit.take("a")
    assert 0 < wait <= 101
    clock.pass_ms(wait)
    assert limit.take("a") == 0
    assert limit.take("a") > 0


def test_keys_are_counted_apart() -> None:
    limit: Throttle[str] = Throttle(1, 100, SetClock())
    assert [limit.take("a"), limit.take("b")] == [0, 0]


def test_what_was_refused_is_not_counted() -> None:
    clock = SetClock()
    limit: Throttle[str] = Throttle(1, 100, clock)
    limit.take("a")
    for _ in range(50):
        limit.take("a")
    clock.pass_ms(101)
    assert limit.take("a") == 0


def test_what_is_charged_counts_even_beyond_the_limit() -> None:
    clock = SetClock()
    limit: Throttle[str] = Throttle(1, 100, clock)
    for _ in range(5):
        limit.charge("a")
    assert limit.wait_ms("a") > 400


def test_looking_counts_nothing() -> None:
    limit: Throttle[str] = Throttle(1, 100, SetClock())
    assert [limit.wait_ms("a") for _ in range(5)] == [0] * 5


def test_after_a_long_pause_no_more_than_the_burst_is_allowed() -> None:
    clock = SetClock()
    limit: Throttle[str] = Throttle(3, 100, clock)
    limit.take("a")
    clock.pass_ms(10**9)
    assert [limit.take("a") == 0 for _ in range(5)] == [True] * 3 + [False] * 2


@given(
    st.integers(1, 20),
    st.floats(0.5, 1000),
    st.lists(st.integers(0, 3000), min_size=1, max_size=200),
)
def test_in_no_stretch_of_time_is_more_allowed_than_burst_and_rate(
    burst: int, interval: float, pauses: list[int]
) -> None:
    clock = SetClock()
    limit: Throttle[str] = Throttle(burst, interval, clock)
    allowed = []
    for pause in pauses:
        clock.pass_ms(pause)
        if limit.take("a") == 0:
            allowed.append(clock.monotonic)
    for start, first in enumerate(allowed):
        for count, last in enumerate(allowed[start:], start=1):
            assert count <= burst + (last - first) / interval + 1e-6


def test_keys_that_are_free_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "KEYS_KEPT", 100)
    clock = SetClock()
    limit: Throttle[int] = Throttle(1, 1_000, clock)
    for key in range(100):
        limit.take(key)
    clock.pass_ms(2_000)
    limit.take(100)
    assert len(limit._whole_at) == 1


def test_a_flood_of_keys_does_not_fill_the_memory_and_forgets_the_latest_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "KEYS_KEPT", 100)
    clock = SetClock()
    limit: Throttle[int] = Throttle(1, 10**9, clock)
    for key in range(1_000):
        clock.pass_ms(1)
        limit.take(key)
        assert len(limit._whole_at) <= 100
    assert limit.wait_ms(999) > 0
