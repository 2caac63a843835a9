"""How voice notes are drawn and written, and what a face knows of what is recorded and played."""

import pytest

from babilu.presentation.voice_notes import BLOCKS, TIMES, blocks, clock_of_ms, heights, next_speed, speed_text


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [(0, "0:00"), (999, "0:00"), (65_000, "1:05"), (3_600_000, "1:00:00"), (-5, "0:00")],
)
def test_a_length_is_written_in_minutes_and_seconds(milliseconds: int, written: str) -> None:
    assert clock_of_ms(milliseconds) == written


@pytest.mark.parametrize("size", [1, 3, 63, 64])
@pytest.mark.parametrize("count", [1, 7, 64, 200])
def test_any_number_of_peaks_fills_any_number_of_bars(size: int, count: int) -> None:
    drawn = heights(bytes(range(100, 100 + size)), count)
    assert len(drawn) == count
    assert max(drawn) == 1.0
    assert drawn == sorted(drawn)


def test_nothing_is_drawn_flat_and_silence_is_no_speech() -> None:
    assert heights(None, 3) == heights(b"", 3) == [0.0] * 3
    assert heights(b"\x01", 0) == []
    assert max(heights(bytes([2] * 64), 10)) < 0.1
    assert blocks(bytes([0, 255]), 2) == BLOCKS[1] + BLOCKS[-1]


def test_one_speed_follows_another() -> None:
    assert [next_speed(speed) for speed in (100, 150, 200, 175)] == [150, 200, 100, 200]
    assert [speed_text(speed, ".") for speed in (100, 150)] == [f"1{TIMES}", f"1.5{TIMES}"]
