"""What holds for every export: bounds, the order of time, and texts that are divided without a loss."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.foreign import model
from babilu.foreign.mattermost import CHANNELS_AT_MOST
from babilu.foreign.model import ForeignChat, ForeignMessage, Survey, check_many, split_text, take_survey
from babilu.kernel.errors import ErrorCode, UsageError
from babilu.kernel.limits import TEXT_BYTES


def survey_of(*said: tuple[str, str, int]) -> Survey:
    chats = {chat: ForeignChat(chat, chat) for chat, _, _ in said}

    def messages() -> Iterator[ForeignMessage]:
        for chat, author, at in said:
            yield ForeignMessage(chat, author, at, at, "hi")

    return take_survey(chats, messages(), Counter())


def test_the_order_is_that_of_time_and_of_the_file_where_times_are_equal() -> None:
    survey = survey_of(("a", "bob", 5), ("b", "bob", 1), ("a", "carol", 5), ("b", "carol", 0))
    assert survey.order == [2, 1, 3, 0]
    assert [(chat.title, chat.first, chat.last) for chat in survey.chats.values()] == [("a", 5, 5), ("b", 0, 1)]


@pytest.mark.parametrize("limit", ["MESSAGES_AT_MOST", "CHATS_AT_MOST", "PEOPLE_AT_MOST"])
def test_there_are_bounds_on_messages_people_and_conversations(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    said = ("a", "bob", 1), ("b", "carol", 2), ("c", "dave", 3)
    monkeypatch.setattr(model, limit, 3)
    assert survey_of(*said).messages == 3
    monkeypatch.setattr(model, limit, 2)
    with pytest.raises(UsageError) as error:
        survey_of(*said)
    assert error.value.code is ErrorCode.EXPORT_TOO_LARGE
    with pytest.raises(UsageError):
        check_many(CHANNELS_AT_MOST + 1, CHANNELS_AT_MOST, "channels")


@given(st.text(min_size=1, max_size=20))
def test_a_text_is_divided_without_a_loss(text: str) -> None:
    long = text * (2 * TEXT_BYTES // len(text.encode()) + 1)
    pieces = split_text(long)
    assert "".join(pieces) == long
    assert len(pieces) > 1
    assert all(len(piece.encode("utf-8", "surrogatepass")) <= TEXT_BYTES for piece in pieces)
