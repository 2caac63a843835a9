import pytest

from babilu.presentation.sizes import size_text
from babilu.presentation.strings import LANGUAGES, Strings


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 kB"),
        (1_540, "1.5 kB"),
        (99_900, "99.9 kB"),
        (230_400_000, "230 MB"),
        (999_999, "1 MB"),
        (1_000_000_000_000, "1 TB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_a_size_is_short(octets: int, text: str) -> None:
    assert size_text(octets, ".") == text


def test_tenths_are_parted_as_the_language_does() -> None:
    assert {each: size_text(1_540, Strings(each).point) for each in LANGUAGES} == {"en": "1.5 kB", "es": "1,5 kB"}
