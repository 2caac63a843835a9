"""A picture over the window is zoomed, moved, saved and copied by keys and by hand, and leads to the next one."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.desktop.sheets.picture import PictureSheet
from babilu.kernel.errors import ErrorCode, LinkError, ProtocolError
from babilu.kernel.states import FileState, TransferState
from tests.unit.desktop.desktop_under_test import DesktopUnderTest
from tests.unit.desktop.pictures_under_test import Opened, picture, press_picture, received
from tests.unit.desktop.test_accessibility import cut, nameless

# The screen of the tests says so of every window of its own, such as that of a dialog for files.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

HERE = FileState.HERE
Look = Callable[..., PictureSheet]


def look_at(desktop: DesktopUnderTest, row: int = 0, index: int = 0) -> PictureSheet:
    """Press a picture that is here, and give the sheet in which it is sharp."""
    press_picture(desktop, row, index)
    sheet = desktop.sheet(PictureSheet)
    desktop.settle()
    return sheet


def sharp(desktop: DesktopUnderTest, sheet: PictureSheet) -> None:
    desktop.qtbot.waitUntil(lambda: sheet.image is not None)


def test_a_press_shows_a_picture_over_the_window_and_esc_leads_back_to_its_message(
    opened: Opened, client: FakeClient
) -> None:
    desktop = opened()
    message = received(desktop, client, picture(state=HERE))
    sheet = look_at(desktop)
    sharp(desktop, sheet)
    assert sheet.size() == desktop.window.sheets.size()
    assert desktop.window.focusWidget() is sheet.canvas
    assert sheet.title.text() == "photo.jpg"
    assert "1600 \N{MULTIPLICATION SIGN} 1200 · 1 MB" in sheet.about.whole
    assert sheet.words.isHidden()
    assert sheet.act_button.isHidden()
    assert sheet.canvas.scale == pytest.approx(
        min((sheet.canvas.width() - 16) / 1600, (sheet.canvas.height() - 16) / 1200)
    )
    desktop.press("Esc")
    assert desktop.window.sheets.top is None
    assert desktop.window.focusWidget() is desktop.view
    chosen = desktop.page.chosen()
    assert chosen is not None
    assert chosen.id == message.id


def test_the_key_of_a_chosen_message_shows_its_first_picture(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, picture("a.jpg"), picture("b.jpg"))
    desktop.press("Ctrl+Up")
    desktop.press("Ctrl+O", desktop.view)
    assert desktop.sheet(PictureSheet).title.text() == "a.jpg"
    desktop.window.sheets.clear()
    received(desktop, client, text="words")
    desktop.view.setCurrentIndex(desktop.client_model.messages.index(1))
    desktop.press("Ctrl+O", desktop.view)
    assert desktop.window.sheets.top is None


def test_what_is_not_here_is_fetched_by_its_button_and_then_sharp(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    message = received(desktop, client, picture())
    desktop.window.file_actions.look_at(message)
    sheet = desktop.sheet(PictureSheet)
    assert sheet.words.text() == "1 MB · not fetched"
    assert sheet.act_button.text() == "Fetch"
    assert desktop.window.focusWidget() is sheet.act_button
    assert not sheet.copy_button.isEnabled()
    client.move_file(message.id, 0, 250_000)
    desktop.settle()
    assert sheet.words.text() == "1 MB · 25 %"
    assert sheet.act_button.text() == "Pause"
    client.move_file(message.id, 0, 250_000, TransferState.FAILED, ErrorCode.NOT_FOUND)
    desktop.settle()
    assert sheet.act_button.text() == "Try to move it again"
    client.move_file(message.id, 0, 1_000_000, TransferState.DONE)
    desktop.settle()
    sharp(desktop, sheet)
    assert sheet.words.isHidden()
    assert sheet.act_button.isHidden()
    assert sheet.copy_button.isEnabled()
    assert desktop.window.focusWidget() is sheet.canvas


def test_what_cannot_be_shown_says_so_and_can_be_saved(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, picture(state=HERE))
    desktop.qtbot.waitUntil(lambda: desktop.client_model.shelf.bytes > 0)
    client.fail_next(c.GetPicture, ProtocolError(ErrorCode.CANNOT_SHOW, "damaged"))
    sheet = look_at(desktop)
    desktop.qtbot.waitUntil(lambda: "no picture that can be shown" in sheet.words.text())
    assert "saved all the same" in sheet.words.text()
    assert sheet.act_button.text() == "Save as…"
    desktop.click(sheet.act_button)
    dialog = desktop.window.file_actions.dialog
    assert dialog is not None
    dialog.reject()


def test_what_is_refused_for_now_can_be_tried_again(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, picture(state=HERE))
    desktop.qtbot.waitUntil(lambda: desktop.client_model.shelf.bytes > 0)
    client.fail_next(c.GetPicture, LinkError(ErrorCode.BUSY, "too many"))
    sheet = look_at(desktop)
    desktop.qtbot.waitUntil(sheet.act_button.isVisible)
    assert sheet.act_button.text() == "Try again"
    desktop.click(sheet.act_button)
    sharp(desktop, sheet)
    assert sheet.act_button.isHidden()


def test_while_a_picture_is_decoded_its_preview_is_seen(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, picture(state=HERE))
    client.hold(c.GetPicture)
    sheet = look_at(desktop)
    assert sheet.words.text() == "Opening…"
    before = sheet.canvas.place
    client.release(c.GetPicture)
    sharp(desktop, sheet)
    assert sheet.words.isHidden()
    assert sheet.canvas.place.width() / sheet.canvas.place.height() == pytest.approx(before.width() / before.height())


def test_a_picture_that_is_deleted_meanwhile_is_gone(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    message = received(desktop, client, picture(state=HERE))
    sheet = look_at(desktop)
    sharp(desktop, sheet)
    client.delete_for_all("bob", message.id)
    desktop.settle()
    assert sheet.words.text() == "This picture is gone."
    assert sheet.image is None
    assert not sheet.save_button.isEnabled()
    desktop.press("Esc", sheet.canvas)
    assert desktop.window.sheets.top is None


def test_keys_lead_through_an_album_and_on_through_the_conversation(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, picture("a.jpg", state=HERE), picture("b.jpg"), picture("c.jpg"))
    received(desktop, client, text="words")
    last = received(desktop, client, picture("d.jpg"))
    sheet = look_at(desktop)
    seen = [sheet.title.text()]
    assert sheet.about.whole.startswith("1 of 3 · bob · ")
    assert not sheet.previous_button.isEnabled()
    for keys in ("PgDown", "Right", "PgDown", "PgDown", "PgUp", "Left"):
        desktop.press(keys, sheet.canvas)
        seen.append(sheet.title.text())
    assert seen == ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "d.jpg", "c.jpg", "b.jpg"]
    desktop.click(sheet.next_button)
    desktop.click(sheet.next_button)
    assert sheet.title.text() == "d.jpg"
    assert not sheet.next_button.isEnabled()
    desktop.press("Esc", sheet.canvas)
    chosen = desktop.page.chosen()
    assert chosen is not None
    assert chosen.id == last.id


def test_the_picture_before_those_that_are_loaded_is_found(opened: Opened, client: FakeClient) -> None:
    client.receive("bob", "", files=(picture("old.jpg"),))
    client.fill_history("bob", 500)
    client.receive("bob", "", files=(picture("new.jpg"),))
    client.request(c.MarkRead("bob")).result(10)
    desktop = opened()
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() > 0)
    assert desktop.client_model.messages.window.more_before
    newest = desktop.client_model.messages.message(desktop.client_model.messages.rowCount() - 1)
    desktop.window.file_actions.look_at(newest)
    sheet = desktop.sheet(PictureSheet)
    desktop.press("PgUp", sheet.canvas)
    desktop.qtbot.waitUntil(lambda: sheet.title.text() == "old.jpg")
    desktop.press("PgDown", sheet.canvas)
    desktop.qtbot.waitUntil(lambda: sheet.title.text() == "new.jpg")


def test_it_is_zoomed_by_keys_and_asked_for_with_as_many_pixels_as_are_seen(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, picture(state=HERE))
    sheet = look_at(desktop)
    sharp(desktop, sheet)
    fitting = sheet.canvas.scale
    assert sheet.image is not None
    assert sheet.image.width() < 1600
    desktop.press("+", sheet.canvas)
    assert sheet.canvas.scale == pytest.approx(1.25 * fitting)
    desktop.press("-", sheet.canvas)
    desktop.press("-", sheet.canvas)
    assert sheet.canvas.scale == pytest.approx(fitting)
    assert sheet.canvas.fits
    desktop.press("1", sheet.canvas)
    assert sheet.canvas.scale == 1.0
    assert sheet.zoom_label.text() == "100 %"
    desktop.qtbot.waitUntil(lambda: sheet.image is not None and sheet.image.width() == 1600)
    desktop.press("0", sheet.canvas)
    assert sheet.canvas.fits
    for _ in range(30):
        sheet.larger_button.click()
    assert sheet.canvas.scale == 8.0


def test_the_wheel_zooms_where_the_pointer_is_and_a_hand_moves_it(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, picture(state=HERE))
    sheet = look_at(desktop)
    sharp(desktop, sheet)
    canvas = sheet.canvas
    at = QPointF(canvas.width() / 2 + 100, canvas.height() / 2 - 40)
    before = (at - canvas.place.topLeft()) / canvas.scale
    for _ in range(6):
        canvas.wheelEvent(
            QWheelEvent(
                at,
                QPointF(canvas.mapToGlobal(at.toPoint())),
                QPoint(),
                QPoint(0, 120),
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
        )
    after = (at - canvas.place.topLeft()) / canvas.scale
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()), abs=1)
    place = canvas.place
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    QTest.mouseMove(canvas, QPoint(230, 215))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(230, 215))
    assert (canvas.place.topLeft() - place.topLeft()).toPoint() == QPoint(30, 15)
    title = sheet.title.text()
    desktop.press("Right", canvas)
    assert canvas.place.left() == pytest.approx(place.left() + 30 - 60)
    assert sheet.title.text() == title
    for _ in range(200):
        desktop.press("Down", canvas)
    assert canvas.place.bottom() == pytest.approx(canvas.height(), abs=1)


def test_two_fingers_zoom_it_where_they_are(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, picture(state=HERE))
    sheet = look_at(desktop)
    sharp(desktop, sheet)
    before, at = sheet.canvas.scale, QPointF(200, 150)
    kept = (at - sheet.canvas.place.topLeft()) / before
    apart = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        at,
        at,
        at,
        1.0,
        QPointF(),
    )
    for _ in range(2):
        QApplication.sendEvent(sheet.canvas, apart)
    assert sheet.canvas.scale == pytest.approx(4 * before)
    after = (at - sheet.canvas.place.topLeft()) / sheet.canvas.scale
    assert (after.x(), after.y()) == pytest.approx((kept.x(), kept.y()), abs=1)


def test_it_is_copied_and_saved_by_keys(opened: Opened, client: FakeClient, qapp: QApplication) -> None:
    desktop = opened()
    received(desktop, client, picture(state=HERE))
    sheet = look_at(desktop)
    sharp(desktop, sheet)
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    desktop.press("Ctrl+C", sheet.canvas)
    desktop.qtbot.waitUntil(lambda: not clipboard.image().isNull())
    assert clipboard.image().width() == 1600
    desktop.press("Ctrl+S", sheet.canvas)
    dialog = desktop.window.file_actions.dialog
    assert dialog is not None
    dialog.reject()
    qapp.clipboard().clear()


def test_a_lock_takes_the_picture_away(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, picture(state=HERE))
    client.hold(c.GetPicture)
    look_at(desktop)
    desktop.window.lock()
    assert desktop.window.sheets.top is None
    client.release(c.GetPicture)
    desktop.settle()
    assert desktop.client_model.shelf.bytes == 0


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("state", [FileState.OFFERED, HERE])
def test_nothing_of_it_is_cut_at_twice_the_text_size_and_all_has_names_and_is_reached_by_tab(
    opened: Opened, client: FakeClient, language: str, state: FileState
) -> None:
    desktop = opened()
    desktop.app.preferences.change(text_percent=200, language=language)
    desktop.window.resize(desktop.window.minimumSize())
    message = received(desktop, client, picture("holidays at the sea.jpg", state=state), picture("b.jpg"))
    desktop.window.file_actions.look_at(message)
    sheet = desktop.sheet(PictureSheet)
    desktop.settle()
    assert list(cut(sheet)) == []
    assert nameless(sheet) == []
    assert sheet.body.totalMinimumSize().width() <= sheet.width()
    reached = set()
    for _ in range(20):
        reached.add(desktop.window.focusWidget())
        desktop.press("Tab")
    offered = (sheet.canvas, sheet.close_button, sheet.next_button, sheet.larger_button, sheet.save_button)
    assert set(offered) <= reached
    assert sheet.act_button.isHidden() or sheet.act_button in reached
