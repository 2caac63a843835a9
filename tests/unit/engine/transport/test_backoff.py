import pytest

from babilu.engine.transport.backoff import JITTER, Backoff


class Chance:
    """Randomness that is as large, or as small, as the test says."""

    def __init__(self, byte: int) -> None:
        self._byte = byte

    def token(self, size: int) -> bytes:
        return bytes([self._byte]) * size


def test_pauses_double_up_to_the_longest() -> None:
    pause = Backoff(0.5, 3.0, Chance(0))
    assert [pause.take() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_a_success_begins_again_with_the_first_pause() -> None:
    pause = Backoff(0.5, 3.0, Chance(0))
    pause.take()
    pause.take()
    pause.reset()
    assert pause.take() == 0.5


def test_a_pause_is_never_shorter_than_what_the_other_side_asked_for() -> None:
    pause = Backoff(0.5, 3.0, Chance(0))
    assert pause.take(at_least=20.0) == 20.0
    assert pause.take(at_least=0.1) == 1.0


def test_chance_lengthens_a_pause_by_half_at_most() -> None:
    assert Backoff(2.0, 60.0, Chance(255)).take() == pytest.approx(2.0 * (1 + JITTER), rel=1e-3)
    assert 2.0 < Backoff(2.0, 60.0, Chance(100)).take() < 2.0 * (1 + JITTER)
