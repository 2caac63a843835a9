"""Whoever looks at a picture has as many pixels as they need, and no answer to a question that is over."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from babilu.api import commands as c
from babilu.api.views import FileView, HistoryPage, MessageView, PictureView
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError
from babilu.kernel.limits import SHOWN_SIDE
from babilu.kernel.states import FileState
from babilu.presentation.client_bridge import Failed
from babilu.presentation.history_pages import Pages
from babilu.presentation.message_window import Window
from babilu.presentation.picture_look import PictureLook
from tests.unit.presentation.pages import message

PHOTO = FileView(0, "photo.jpg", 1_000, "image/jpeg", FileState.HERE, 1_000, width=40, height=30)


def bringing(number: int, *names: str, state: FileState = FileState.HERE) -> MessageView:
    files = tuple(replace(PHOTO, index=at, name=name, state=state) for at, name in enumerate(names))
    return replace(message(number), files=files)


class Client:
    """Remembers what was asked, and answers when a test says so."""

    def __init__(self, *older: MessageView) -> None:
        self.asked: list[tuple[c.Command[object], Callable[..., None], Failed]] = []
        self._older = older

    def request(
        self, command: c.Command[object], done: Callable[..., None] | None = None, failed: Failed | None = None
    ) -> None:
        assert done is not None
        assert failed is not None
        self.asked.append((command, done, failed))

    def answer(self, at: int, width: int = 4, pixels: bytes | None = None) -> None:
        command, done, _ = self.asked[at]
        assert isinstance(command, c.GetPicture)
        done(PictureView(command.message, command.index, width, 1, bytes(4 * width) if pixels is None else pixels))

    def refuse(self, at: int, error: BabiluError) -> None:
        self.asked[at][2](error)

    def bring(self, at: int) -> None:
        _, done, _ = self.asked[at]
        done(HistoryPage("bob", self._older, more_before=False, more_after=True))

    @property
    def sides(self) -> list[int]:
        return [command.side for command, _, _ in self.asked if isinstance(command, c.GetPicture)]


class Looking:
    """A picture that is looked at, over the messages that are loaded."""

    def __init__(self, *loaded: MessageView, index: int = 0, older: tuple[MessageView, ...] = ()) -> None:
        self.client = Client(*older)
        self.room = Window(lambda at: at // 86_400_000)
        self.room.show(HistoryPage("bob", loaded, bool(older), False, loaded[0].conversation_id))
        pages = Pages(self.client, self.room, bool, self.grown, lambda _: None)  # type: ignore[arg-type]
        self.look = PictureLook(self.client.request, self.room, pages, loaded[-1], index)
        self.changes: list[bool] = []
        self.look.changed = self.changes.append

    def grown(self) -> None:
        self.look.follow()

    @property
    def name(self) -> str:
        return "" if self.look.file is None else self.look.file.name


def test_pixels_are_asked_for_once_and_again_only_where_more_are_needed() -> None:
    looking = Looking(bringing(1, "a.jpg"))
    for side in (100, 100, 60, 200, 100_000, SHOWN_SIDE):
        looking.look.need(side)
    assert looking.client.sides == [100, 200, SHOWN_SIDE]
    looking.client.answer(0)
    assert looking.changes == []
    looking.client.answer(2)
    assert looking.look.picture is not None
    assert looking.changes == [False]


def test_nothing_is_decoded_that_is_not_here() -> None:
    looking = Looking(bringing(1, "a.jpg", state=FileState.OFFERED))
    looking.look.need(100)
    assert looking.client.asked == []
    looking.room.change(bringing(1, "a.jpg"))
    looking.look.follow()
    looking.look.need(100)
    assert looking.client.sides == [100]


def test_an_answer_to_the_picture_before_is_dropped() -> None:
    looking = Looking(bringing(1, "a.jpg", "b.jpg"))
    looking.look.need(100)
    assert looking.look.step(1)
    looking.client.answer(0)
    assert looking.look.picture is None
    looking.look.need(100)
    looking.client.refuse(0, LinkError(ErrorCode.BUSY, "too many"))
    assert looking.look.error is None


def test_what_was_refused_is_tried_again_when_one_asks() -> None:
    looking = Looking(bringing(1, "a.jpg"))
    looking.look.need(100)
    looking.client.refuse(0, ProtocolError(ErrorCode.CANNOT_SHOW, "damaged"))
    assert looking.look.is_broken
    looking.look.need(100)
    assert looking.client.sides == [100]
    looking.look.again()
    looking.look.need(100)
    assert looking.client.sides == [100, 100]


def test_pixels_that_do_not_fill_their_picture_are_none() -> None:
    looking = Looking(bringing(1, "a.jpg"))
    looking.look.need(100)
    looking.client.answer(0, pixels=b"few")
    assert looking.look.picture is None
    assert looking.look.is_broken


def test_one_goes_to_the_ends_and_no_further() -> None:
    looking = Looking(bringing(1, "a.jpg"), bringing(2, "b.jpg", "c.jpg"), index=1)
    assert looking.look.number == (2, 2)
    assert not looking.look.has_neighbour(1)
    assert not looking.look.step(1)
    assert looking.look.step(-1)
    assert looking.look.step(-1)
    assert looking.name == "a.jpg"
    assert not looking.look.has_neighbour(-1)


def test_the_search_goes_on_when_a_page_came() -> None:
    looking = Looking(message(8), bringing(9, "new.jpg"), older=(bringing(1, "old.jpg"), message(2)))
    assert looking.look.has_neighbour(-1)
    assert looking.look.step(-1)
    assert looking.name == "new.jpg"
    looking.client.bring(0)
    assert looking.name == "old.jpg"
    assert looking.changes == [True]


@pytest.mark.parametrize("erased", [True, False])
def test_a_picture_that_is_gone_leaves_nothing(erased: bool) -> None:
    looking = Looking(bringing(1, "a.jpg"))
    looking.look.need(100)
    if erased:
        looking.look.erased(looking.look.message.id)
    else:
        looking.room.change(replace(bringing(1, "a.jpg"), deleted=True))
        looking.look.follow()
    looking.client.answer(0)
    assert looking.look.file is None
    assert looking.look.picture is None
    assert looking.changes == [True]


def test_who_looks_no_more_hears_nothing() -> None:
    looking = Looking(bringing(1, "a.jpg"))
    looking.look.need(100)
    looking.look.leave()
    looking.client.answer(0)
    assert looking.changes == []
    assert looking.look.picture is None
