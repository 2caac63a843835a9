"""One table says what could steer, and cleaning by it changes nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from babilu.kernel.plain_text import cleaned, harmless

ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@given(st.text())
def test_what_was_cleaned_once_stays_as_it_is(text: str) -> None:
    assert cleaned(cleaned(text)) == cleaned(text)


def test_flags_keep_their_tags_and_nobody_else_does() -> None:
    assert harmless(f"go {ENGLAND}!") == f"go {ENGLAND}!"
    assert harmless("x\U000e0067\U000e007f") == "x\\U000e0067\\U000e007f"


def test_what_means_no_harm_in_a_place_is_kept_there() -> None:
    assert harmless("a\n\tb\x1b", keep="\n\t") == "a\n\tb\\x1b"


def test_a_cleaned_text_is_cut_at_its_limit() -> None:
    assert cleaned("\x1b\x1b", 5) == "\\x1b\\"
