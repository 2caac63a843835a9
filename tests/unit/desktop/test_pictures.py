"""A picture stands in its bubble in its own proportions at once, sharp as soon as it is here, and nothing moves."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from babilu.api import commands as c
from babilu.api.views import PictureView, PreviewView
from babilu.bot.fake_client import FakeClient
from babilu.desktop.models.file_words import files_words
from babilu.desktop.models.picture_shelf import PictureShelf, WantedPicture, image_of, preview_image
from babilu.desktop.theme.theme import ThemeChoice
from babilu.desktop.widgets.bubble_parts import FileHit
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.limits import FILES_OF_MESSAGE, PICTURE_SIDE
from babilu.kernel.states import FileState, TransferState
from babilu.presentation.pictures import PicturePlace, place_of
from tests.unit.desktop.desktop_under_test import DesktopUnderTest
from tests.unit.desktop.pictures_under_test import LEFT_RED, Opened, picture, press_picture, received

HERE = FileState.HERE


def menu_texts(desktop: DesktopUnderTest, row: int = 0) -> list[str]:
    message = desktop.client_model.messages.message(row)
    return [action.text() for action in desktop.window.message_actions.make_menu(message).actions()]


def colour_at(desktop: DesktopUnderTest, row: int, index: int, share: float) -> QColor:
    """Give the colour of a picture on the screen, at a share of its width and above what is written on it."""
    box = desktop.view.delegate.bubble(row).pictures[index].box
    top = desktop.view.visualRect(desktop.client_model.messages.index(row)).topLeft()
    at = top + QPoint(round(box.left() + box.width() * share), round(box.top() + box.height() * 0.1))
    return QColor(desktop.view.viewport().grab().toImage().pixelColor(at * desktop.view.devicePixelRatioF()))


def is_red(colour: QColor) -> bool:
    return colour.red() > 150 and colour.blue() < 80


def is_blue(colour: QColor) -> bool:
    return colour.blue() > 150 and colour.red() < 80


def test_a_preview_is_seen_at_once_and_nothing_is_fetched_or_decoded(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, picture())
    bubble = desktop.view.delegate.bubble(0)
    (tile,) = bubble.pictures
    assert tile.box.width() / tile.box.height() == pytest.approx(4 / 3, abs=0.01)
    assert bubble.box.contains(tile.box)
    assert bubble.hit(tile.box.center()) == FileHit(0)
    assert (tile.icon, tile.line) == ("download", "1 MB")
    assert is_red(colour_at(desktop, 0, 0, 0.2))
    assert is_blue(colour_at(desktop, 0, 0, 0.8))
    assert desktop.asked(c.FetchFile) == desktop.asked(c.GetPicture) == []


def test_a_press_fetches_a_picture_and_its_bubble_stays_as_large_as_it_is(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    message = received(desktop, client, picture())
    before = desktop.view.delegate.bubble(0).size
    assert menu_texts(desktop)[:3] == ["Fetch", "Look at it", "Save as…"]
    press_picture(desktop)
    desktop.settle()
    assert desktop.asked(c.FetchFile) == [c.FetchFile(message.id, 0, None, message.conversation_id.hex())]
    asked = desktop.wait_for(c.GetPicture)
    assert isinstance(asked, c.GetPicture)
    tile = desktop.view.delegate.bubble(0).pictures[0]
    assert tile.box.width() <= asked.side <= 2 * tile.box.width() * desktop.view.devicePixelRatioF()
    desktop.qtbot.waitUntil(lambda: desktop.client_model.shelf.sharp(place_of(message, tile.file)) is not None)
    assert desktop.view.delegate.bubble(0).size == before
    assert (tile.icon, tile.line) == ("", "")


def test_progress_stands_on_the_preview_and_a_press_holds_it(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    message = received(desktop, client, picture())
    before = desktop.view.delegate.bubble(0).size
    client.move_file(message.id, 0, 250_000)
    desktop.settle()
    (tile,) = desktop.view.delegate.bubble(0).pictures
    assert (tile.icon, tile.line, tile.part) == ("pause", "25 %", 0.25)
    press_picture(desktop)
    desktop.wait_for(c.PauseFile)
    desktop.settle()
    (tile,) = desktop.view.delegate.bubble(0).pictures
    assert (tile.icon, tile.line) == ("retry", "paused")
    client.move_file(message.id, 0, 250_000, TransferState.FAILED, ErrorCode.NOT_FOUND)
    desktop.settle()
    (tile,) = desktop.view.delegate.bubble(0).pictures
    assert (tile.icon, tile.line) == ("retry", "Not moved")
    assert desktop.view.delegate.bubble(0).size == before


def test_a_picture_that_cannot_be_shown_is_asked_for_once_and_can_be_saved(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    message = received(desktop, client, picture(state=HERE, preview=None))
    desktop.wait_for(c.GetPicture)
    place = place_of(message, message.files[0])
    desktop.qtbot.waitUntil(lambda: desktop.client_model.shelf.is_broken(place))
    for _ in range(3):
        desktop.view.viewport().grab()
        desktop.settle()
    assert len(desktop.asked(c.GetPicture)) == 1
    assert "Save as…" in menu_texts(desktop)


def test_an_own_picture_is_sharp_while_it_is_sent(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    message = received(desktop, client, picture())
    own = replace(message, id=MessageId(b"\x07" * 16), outgoing=True, position=message.position + 1)
    sending = replace(own, files=(replace(message.files[0], state=FileState.SENDING, done=500_000),))
    desktop.client_model.messages.window.arrive([sending])
    (tile,) = desktop.view.delegate.bubble(1).pictures
    assert (tile.icon, tile.line) == ("", "50 %")
    assert desktop.view.delegate.wanted(1, 1.0) != []


def test_ten_pictures_make_an_album_with_other_files_and_the_words_below(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    pictures = [picture(f"{number}.jpg") for number in range(FILES_OF_MESSAGE - 1)]
    received(desktop, client, *pictures, picture("plan.pdf"), text="From the walk")
    bubble = desktop.view.delegate.bubble(0)
    assert [tile.file.index for tile in bubble.pictures] == list(range(FILES_OF_MESSAGE - 1))
    assert [row.name for row in bubble.files] == ["plan.pdf"]
    lowest = max(tile.box.bottom() for tile in bubble.pictures)
    assert lowest <= bubble.files[0].box.top()
    assert bubble.files[0].box.bottom() <= bubble.text_at.y()
    for tile in bubble.pictures:
        assert bubble.box.contains(tile.box)
        assert bubble.hit(tile.box.center()) == FileHit(tile.file.index)


def test_what_is_called_otherwise_than_a_picture_stands_by_its_name(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, picture("photo.jpg.exe"))
    bubble = desktop.view.delegate.bubble(0)
    assert bubble.pictures == ()
    assert [row.name for row in bubble.files] == ["photo.jpg.exe"]


@pytest.mark.parametrize("sides", [(PICTURE_SIDE, 1), (1, PICTURE_SIDE), (1, 1)])
@pytest.mark.parametrize("percent", [100, 200])
@pytest.mark.parametrize("look", [ThemeChoice.LIGHT, ThemeChoice.CONTRAST_DARK])
def test_whatever_sides_are_claimed_a_picture_stays_in_its_bubble(
    opened: Opened, client: FakeClient, sides: tuple[int, int], percent: int, look: ThemeChoice
) -> None:
    desktop = opened()
    desktop.app.preferences.change(text_percent=percent, theme=look)
    desktop.window.resize(desktop.window.minimumSize())
    received(desktop, client, picture("a.jpg", *sides), *[picture("b.jpg", *sides, state=HERE)] * 3)
    bubble = desktop.view.delegate.bubble(0)
    assert bubble.box.right() <= desktop.view.viewport().width()
    for tile in bubble.pictures:
        assert bubble.box.contains(tile.box)
    assert not desktop.view.viewport().grab().isNull()


def test_a_picture_is_said_with_name_size_and_how_it_stands(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, picture())
    model = desktop.client_model.messages
    said = str(model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole))
    assert said.startswith("bob: picture photo.jpg, 1 MB, not fetched, ")


def test_pictures_alone_are_counted_as_such_in_the_list(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    three = [picture(f"{number}.jpg") for number in range(3)]
    assert files_words(received(desktop, client, *three)) == "3 pictures"
    assert files_words(received(desktop, client, picture("one.jpg"))) == "one.jpg"
    assert files_words(received(desktop, client, *three, picture("plan.pdf"))) == "4 files"


def test_only_what_is_in_view_is_asked_for(opened: Opened, client: FakeClient) -> None:
    for number in range(40):
        client.receive("bob", "", files=(picture(f"{number}.jpg", state=HERE),))
    desktop = opened()
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() == 40)

    def asked() -> set[MessageId]:
        return {each.message for each in desktop.asked(c.GetPicture) if isinstance(each, c.GetPicture)}

    numbered = [message.id for message in client.messages("bob")]
    desktop.qtbot.waitUntil(lambda: numbered[0] in asked())
    desktop.view.scroll_to_bottom()
    desktop.qtbot.waitUntil(lambda: numbered[-1] in asked())
    desktop.settle()
    assert asked().isdisjoint(numbered[5:35])


def test_a_locked_window_holds_no_picture(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, picture(state=HERE))
    shelf = desktop.client_model.shelf
    desktop.qtbot.waitUntil(lambda: shelf.bytes > 0)
    desktop.window.lock()
    assert shelf.bytes == 0


def test_a_message_that_is_gone_leaves_no_picture(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    message = received(desktop, client, picture(state=HERE))
    shelf = desktop.client_model.shelf
    desktop.qtbot.waitUntil(lambda: shelf.bytes > 0)
    client.delete_for_all("bob", message.id)
    desktop.settle()
    assert shelf.bytes == 0
    assert desktop.view.delegate.bubble(0).pictures == ()


# The shelf by itself.


def leave_alone(desktop: DesktopUnderTest) -> None:
    """Let the window ask for nothing more."""
    desktop.qtbot.waitUntil(lambda: desktop.client_model.shelf.bytes > 0)
    desktop.settle()
    desktop.window.hide()


def place(number: int) -> PicturePlace:
    return PicturePlace(ConversationId(bytes(32)), MessageId(number.to_bytes(16, "big")), 0)


def test_the_shelf_keeps_what_is_in_view_and_lets_go_of_the_longest_unseen(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    messages = [received(desktop, client, picture(f"{number}.jpg", 64, 64, HERE)) for number in range(4)]
    leave_alone(desktop)
    shelf = PictureShelf(desktop.app.bridge, kept_bytes=3 * 64 * 64 * 4)
    places = [place_of(message, message.files[0]) for message in messages]
    for at in places:
        shelf.show([WantedPicture(at, 64)])
        desktop.qtbot.waitUntil(lambda at=at: shelf.sharp(at) is not None)  # type: ignore[misc]
    assert [shelf.sharp(at) is not None for at in places] == [False, True, True, True]
    assert shelf.bytes <= 3 * 64 * 64 * 4
    shelf.show([WantedPicture(at, 64) for at in places])
    desktop.qtbot.waitUntil(lambda: all(shelf.sharp(at) is not None for at in places))


def test_what_was_scrolled_away_meanwhile_is_not_kept(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    message = received(desktop, client, picture("a.jpg", 64, 64, HERE))
    leave_alone(desktop)
    shelf = PictureShelf(desktop.app.bridge)
    at = place_of(message, message.files[0])
    client.hold(c.GetPicture)
    shelf.show([WantedPicture(at, 64)])
    shelf.show([])
    client.release(c.GetPicture)
    desktop.settle()
    assert shelf.bytes == 0


def test_a_picture_that_is_refused_for_now_is_asked_for_again_once_it_was_out_of_view(
    opened: Opened, client: FakeClient
) -> None:
    desktop = opened()
    message = received(desktop, client, picture("a.jpg", 64, 64, HERE))
    leave_alone(desktop)
    shelf = PictureShelf(desktop.app.bridge)
    wanted = WantedPicture(place_of(message, message.files[0]), 64)
    client.fail_next(c.GetPicture, LinkError(ErrorCode.BUSY, "too many"))
    before = len(desktop.asked(c.GetPicture))
    shelf.show([wanted])
    desktop.qtbot.waitUntil(lambda: not shelf.lacks(wanted.place, 64))
    shelf.show([wanted])
    desktop.settle()
    assert len(desktop.asked(c.GetPicture)) == before + 1
    assert shelf.sharp(wanted.place) is None
    assert not shelf.is_broken(wanted.place)
    shelf.show([])
    shelf.show([wanted])
    desktop.qtbot.waitUntil(lambda: shelf.sharp(wanted.place) is not None)


def test_an_answer_to_a_client_that_was_left_is_dropped(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    message = received(desktop, client, picture("a.jpg", 64, 64, HERE))
    leave_alone(desktop)
    shelf = PictureShelf(desktop.app.bridge)
    client.hold(c.GetPicture)
    shelf.show([WantedPicture(place_of(message, message.files[0]), 64)])
    shelf.forget()
    client.release(c.GetPicture)
    desktop.settle()
    assert shelf.bytes == 0


def test_a_preview_becomes_a_smooth_picture_without_a_decoder() -> None:
    image = preview_image(LEFT_RED)
    assert (image.width(), image.height()) == (128, 96)
    assert is_red(image.pixelColor(10, 50))
    assert is_blue(image.pixelColor(118, 50))
    between = image.pixelColor(64, 50)
    assert 60 < between.red() < 160
    assert 60 < between.blue() < 160


@given(st.integers(0, 40), st.integers(0, 40), st.binary(max_size=5_000))
def test_whatever_pixels_come_nothing_is_read_beyond_them(width: int, height: int, pixels: bytes) -> None:
    assert not preview_image(PreviewView(width, height, pixels)).isNull()
    whole = width * height > 0 and len(pixels) == 4 * width * height
    assert image_of(PictureView(MessageId(bytes(16)), 0, width, height, pixels)).isNull() is not whole


def test_previews_are_kept_within_a_bound(opened: Opened) -> None:
    shelf = PictureShelf(opened().app.bridge)
    for number in range(300):
        shelf.preview(place(number), LEFT_RED)
    assert len(shelf._previews) == 128
