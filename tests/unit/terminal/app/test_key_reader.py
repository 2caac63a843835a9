"""What a terminal sends: keys come through, and nothing it sends ends the reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from babilu.terminal.app.key_reader import KeyReader


def typed(reader: KeyReader, data: bytes) -> str:
    """Give the letters that come of what a terminal sent."""
    return "".join(event.character or "" for event in reader.feed(data) if isinstance(event, events.Key))


@pytest.mark.parametrize("odd", [b"\x80", b"\xe9", b"\xc0\x80", b"\xed\xa0\x80", b"\xff\xfe", b"\xf8\x88\x80\x80\x80"])
def test_a_byte_that_is_no_utf8_is_passed_over_and_the_next_key_counts(odd: bytes) -> None:
    assert typed(KeyReader(), b"a" + odd + b"b\xc3\xa9") == "abé"


def test_alt_with_half_a_letter_leaves_the_next_keys_whole() -> None:
    reader = KeyReader()
    reader.feed(b"\x1b\xd1")
    # Escape may begin a sequence, which is over when it is longer than any.
    reader.feed(b"." * 100)
    assert typed(reader, b"again") == "again"


def test_a_letter_may_come_in_pieces() -> None:
    reader = KeyReader()
    assert typed(reader, b"\xd1") + typed(reader, b"\x8f") == "я"


def test_escape_is_a_key_and_no_sign_however_fast_the_next_sequence_comes() -> None:
    keys = [each.key for each in KeyReader().feed(b"\x1bhello\x1b[A^") if isinstance(each, events.Key)]
    assert keys == ["escape", *"hello", "up", "circumflex_accent"]


@pytest.mark.parametrize("sequence", [b"\x1b[1114112u", b"\x1b[5;:;u", b"\x1b[99999999999u"])
def test_a_sequence_for_a_key_that_cannot_be_takes_no_other_key_with_it(sequence: bytes) -> None:
    assert typed(KeyReader(), b"a" + sequence + b"b") == "ab"


PIECES = [b"\x1b", b"[", b"M", b"<", b"0;", b";", b"99999999999u", b"u", b"~", b"?", b"R", b"t", b"200~", b"201~", b"O"]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=12))
def test_whatever_a_terminal_sends_the_reading_goes_on(pieces: list[bytes]) -> None:
    reader = KeyReader()
    for piece in pieces:
        reader.feed(piece)
        reader.tick()
    # The end of a paste, and more than any sequence is long.
    reader.feed(b"\x1b[201~" + b"." * 100)
    assert typed(reader, b"still here") == "still here"
