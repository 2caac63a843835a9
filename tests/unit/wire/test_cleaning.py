"""Names, notices and sentences of a relay are clean as soon as they are decoded."""

import msgspec
import pytest

from babilu.kernel.errors import remote_error
from babilu.wire.codec import encode, relay_frames
from babilu.wire.relay_frames import Error, HeldRows, HoldingsAre, Notice, Welcome

HOSTILE = "a\x1b]0;owned\x07\x9b31m\u202eb"
CLEAN = "a\\x1b]0;owned\\x07\\x9b31m\\u202eb"


def raw(*fields: object) -> bytes:
    """Encode a frame as a relay that cleans nothing does."""
    return msgspec.msgpack.encode(fields)


def test_the_name_of_a_relay_is_cleaned_when_it_is_decoded() -> None:
    welcome = relay_frames.decode(raw("welcome", 1, 1, HOSTILE, 9, 9, 9, bytes(32), "open", 9, 9, bytes(32), bytes(64)))
    assert isinstance(welcome, Welcome)
    assert welcome.relay == CLEAN


def test_a_notice_is_cleaned_when_it_is_decoded() -> None:
    notice = relay_frames.decode(raw("notice", HOSTILE))
    assert notice == Notice(CLEAN)


def test_the_sentence_of_a_refusal_is_cleaned_when_it_is_decoded() -> None:
    error = relay_frames.decode(raw("error", "busy", HOSTILE, None, None))
    assert isinstance(error, Error)
    assert error.text == CLEAN


def test_what_a_relay_holds_is_cleaned_when_it_is_decoded() -> None:
    holdings = relay_frames.decode(raw("holdings_are", 1, 2, [[HOSTILE, [HOSTILE], [[HOSTILE], [7], [None]]]], None))
    assert isinstance(holdings, HoldingsAre)
    assert holdings.held == (HeldRows(CLEAN, (CLEAN,), ((CLEAN,), (7,), (None,))),)


def test_an_error_of_the_other_side_is_clean_wherever_it_came_from() -> None:
    assert remote_error("busy", HOSTILE).text == CLEAN


@pytest.mark.parametrize("most", [500])
def test_a_sentence_that_cleaning_makes_longer_stays_within_its_limit(most: int) -> None:
    notice = Notice("\x1b" * most)
    assert len(notice.text) == most
    assert relay_frames.decode(encode(notice)) == notice
