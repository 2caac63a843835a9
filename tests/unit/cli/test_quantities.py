import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.cli.quantities import DURATIONS, SIZES, parse, write


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("30 days", 2_592_000_000),
        ("1 day", 86_400_000),
        ("10min", 600_000),
        ("15 S", 15_000),
        ("250", 250),
        ("2h", 7_200_000),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, milliseconds: int) -> None:
    assert parse(text, DURATIONS) == milliseconds


@pytest.mark.parametrize(("text", "octets"), [("100 MiB", 104_857_600), ("96KiB", 98_304), ("5 bytes", 5), ("7", 7)])
def test_a_size_is_a_number_and_a_unit(text: str, octets: int) -> None:
    assert parse(text, SIZES) == octets


@pytest.mark.parametrize("text", ["", "soon", "-1 s", "1.5 h", "10 MB", "1 s 2", "9" * 19, "٣ s"])
def test_what_is_neither_is_not_guessed_at(text: str) -> None:
    assert parse(text, DURATIONS) is None


@given(st.integers(0, 2**50), st.sampled_from([DURATIONS, SIZES]))
def test_what_is_written_reads_as_the_same(value: int, units: dict[str, int]) -> None:
    assert parse(write(value, units), units) == value
