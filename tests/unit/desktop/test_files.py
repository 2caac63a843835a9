"""Files stand in their bubble with size and state; what one does with them goes by mouse and by keys."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest

from babilu.api import commands as c
from babilu.api.events import FileTransfer
from babilu.api.views import InspectedFileView, MessageView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of
from babilu.desktop.notifications import words_for_message
from babilu.desktop.preferences import Preferences
from babilu.desktop.sheets.schedule import ScheduledSheet, ScheduleSheet
from babilu.desktop.widgets.bubble import Bubble
from babilu.desktop.widgets.bubble_parts import FileHit
from babilu.desktop.widgets.thumbnail import SIDE
from babilu.kernel.errors import ErrorCode, ProtocolError
from babilu.kernel.states import FileDirection, FileState, PictureDetail, TransferState
from tests.unit.desktop.desktop_under_test import DesktopUnderTest
from tests.unit.desktop.pictures_under_test import LEFT_RED

# The screen of the tests says so of every window of its own, such as that of a dialog for files.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

Opened = Callable[..., DesktopUnderTest]


def bubble_of(desktop: DesktopUnderTest, row: int = 0) -> Bubble:
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() > row)
    return desktop.view.delegate.bubble(row)


def said(desktop: DesktopUnderTest, row: int = 0) -> str:
    model = desktop.client_model.messages
    return str(model.data(model.index(row), Qt.ItemDataRole.AccessibleTextRole))


def test_a_message_of_files_alone_has_a_row_for_each(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.receive("bob", "", files=(("plan.pdf", 1_500_000), ("map.png", 800)))
    bubble = bubble_of(desktop)
    assert [(row.name, row.line) for row in bubble.files] == [
        ("plan.pdf", "1.5 MB · not fetched"),
        ("map.png", "800 B · not fetched"),
    ]
    for row in bubble.files:
        assert bubble.box.contains(row.box)
        assert bubble.hit(row.box.center()) == FileHit(row.file.index)
    assert not bubble.files[0].box.intersects(bubble.files[1].box)
    assert bubble.files[-1].box.bottom() <= bubble.text_at.y()


def test_files_are_said_to_screen_readers_in_the_list_and_in_notifications(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    message = client.receive("bob", "", files=(("plan.pdf", 1_500_000),))
    bubble_of(desktop)
    assert said(desktop).startswith("bob: plan.pdf, 1.5 MB, not fetched, ")
    assert words_for_message(message, Preferences(), locked=False) == ("bob", "plan.pdf")
    client.receive("bob", "both", files=(("a", 1), ("b", 2)))
    bubble_of(desktop, 1)
    assert said(desktop, 1).startswith("bob: both. a, 1 B, not fetched; b, 2 B, not fetched, ")


def test_a_transfer_shows_how_far_it_is_and_why_it_failed(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    message = client.receive("bob", "", files=(("plan.pdf", 1_000),))
    bubble_of(desktop)
    client.move_file(message.id, 0, 250)
    desktop.settle()
    (row,) = bubble_of(desktop).files
    assert (row.part, row.line) == (0.25, "1 kB · 25 %")
    client.move_file(message.id, 0, 250, TransferState.FAILED, ErrorCode.NOT_FOUND)
    desktop.settle()
    (row,) = bubble_of(desktop).files
    assert row.part is None
    assert row.line == "1 kB · not moved: The file is not there any more: ask whoever sent it to send it again."


def offered(client: FakeClient, *names: str) -> MessageView:
    return client.receive("bob", "", files=tuple((name, 1_000) for name in names))


def press_file(desktop: DesktopUnderTest, row: int = 0, index: int = 0) -> None:
    """Press a file with the mouse."""
    box = bubble_of(desktop, row).files[index].box
    top = desktop.view.visualRect(desktop.client_model.messages.index(row)).topLeft()
    QTest.mouseClick(desktop.view.viewport(), Qt.MouseButton.LeftButton, pos=top + box.center().toPoint())


def choose_folder(desktop: DesktopUnderTest, folder: Path) -> None:
    dialog = desktop.window.file_actions.dialog
    assert dialog is not None
    dialog.fileSelected.emit(str(folder))
    dialog.reject()


def menu_texts(desktop: DesktopUnderTest, row: int = 0) -> list[str]:
    message = desktop.client_model.messages.message(row)
    return [action.text() for action in desktop.window.message_actions.make_menu(message).actions()]


def test_a_press_asks_where_and_saves_there_and_the_next_press_shows_the_folder(
    opened: Opened, client: FakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = opened()
    message = offered(client, "plan.pdf")
    bubble_of(desktop)
    press_file(desktop)
    assert desktop.asked(c.FetchFile) == []
    choose_folder(desktop, tmp_path)
    desktop.settle()
    assert desktop.asked(c.FetchFile) == [
        c.FetchFile(message.id, 0, str(tmp_path), message.conversation_id.hex()),
    ]
    assert bubble_of(desktop).files[0].line == f"1 kB · saved in {tmp_path.name}"
    assert desktop.app.preferences.value.save_folder == str(tmp_path)
    shown: list[str] = []

    def show(url: QUrl) -> bool:
        shown.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", show)
    press_file(desktop)
    assert shown == [str(tmp_path)]


def test_a_press_holds_what_moves_and_lets_what_is_held_go_on(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    message = offered(client, "plan.pdf")
    bubble_of(desktop)
    client.move_file(message.id, 0, 100)
    desktop.settle()
    assert menu_texts(desktop)[:2] == ["Pause", "Cancel the transfer"]
    press_file(desktop)
    desktop.wait_for(c.PauseFile)
    desktop.settle()
    assert bubble_of(desktop).files[0].line == "1 kB · paused"
    press_file(desktop)
    desktop.wait_for(c.ResumeFile)
    desktop.settle()
    assert client.messages("bob")[0].files[0].state is FileState.FETCHING


def test_what_failed_is_tried_again(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    message = offered(client, "plan.pdf")
    bubble_of(desktop)
    client.move_file(message.id, 0, 100, TransferState.FAILED, ErrorCode.NOT_FOUND)
    desktop.settle()
    assert menu_texts(desktop)[0] == "Try to move it again"
    press_file(desktop)
    desktop.wait_for(c.ResumeFile)


def test_keys_save_all_files_of_the_chosen_message(opened: Opened, client: FakeClient, tmp_path: Path) -> None:
    desktop = opened()
    message = offered(client, "a.txt", "b.txt")
    bubble_of(desktop)
    assert "Save files…\tCtrl+S" in menu_texts(desktop)
    desktop.press("Ctrl+Up")
    desktop.press("Ctrl+S", desktop.view)
    choose_folder(desktop, tmp_path)
    desktop.settle()
    place = message.conversation_id.hex()
    assert desktop.asked(c.FetchFile) == [c.FetchFile(message.id, index, str(tmp_path), place) for index in (0, 1)]


def test_a_message_without_files_offers_nothing_about_them(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.receive("bob", "words")
    bubble_of(desktop)
    assert not [text for text in menu_texts(desktop) if "Save" in text]
    desktop.press("Ctrl+Up")
    desktop.press("Ctrl+S", desktop.view)
    assert desktop.window.file_actions.dialog is None


def test_a_file_s_name_is_no_shortcut_of_the_menu(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    offered(client, "a&b.txt", "c.txt")
    bubble_of(desktop)
    assert menu_texts(desktop)[:2] == ["a&&b.txt", "c.txt"]


def test_a_locked_window_asks_nothing_about_files(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    offered(client, "plan.pdf")
    bubble_of(desktop)
    press_file(desktop)
    desktop.composer.attach()
    dialogs = (desktop.window.file_actions, desktop.composer.files)
    assert all(each.dialog is not None for each in dialogs)
    desktop.window.lock()
    assert all(each.dialog is None for each in dialogs)


# Sending.


def written(folder: Path, name: str, size: int = 10) -> Path:
    path = folder / name
    path.write_bytes(bytes(size))
    return path


def dropped(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def chips(desktop: DesktopUnderTest) -> list[str]:
    return [chip.words.whole for chip in desktop.composer.files.chips]


def test_chosen_files_stand_above_the_field_until_they_are_sent_with_the_text(opened: Opened, tmp_path: Path) -> None:
    desktop = opened()
    paths = [written(tmp_path, "a.txt", 1_500), written(tmp_path, "b.txt")]
    desktop.press("Ctrl+Shift+A")
    dialog = desktop.composer.files.dialog
    assert dialog is not None
    dialog.filesSelected.emit([str(path) for path in paths])
    dialog.reject()
    assert chips(desktop) == ["a.txt · 1.5 kB", "b.txt · 10 B"]
    assert desktop.composer.send_button.isEnabled()
    desktop.write("both", desktop.composer.editor)
    desktop.press("Return", desktop.composer.editor)
    command = desktop.wait_for(c.Send)
    assert isinstance(command, c.Send)
    assert (command.text, command.files) == ("both", tuple(map(str, paths)))
    assert chips(desktop) == []
    desktop.settle()
    assert [row.name for row in bubble_of(desktop).files] == ["a.txt", "b.txt"]


def test_files_are_dropped_and_pasted_and_taken_out_by_their_buttons(opened: Opened, tmp_path: Path) -> None:
    desktop = opened()
    first, second = written(tmp_path, "a.txt"), written(tmp_path, "b.txt")
    at, action = QPointF(20, 20), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(at.toPoint(), action, data := dropped(first), left, none)
    desktop.page.dragEnterEvent(entered)
    assert entered.isAccepted()
    desktop.page.dropEvent(QDropEvent(at, action, data, left, none))
    desktop.composer.editor.insertFromMimeData(dropped(first, second))
    assert chips(desktop) == ["a.txt · 10 B", "b.txt · 10 B"]
    assert desktop.composer.editor.toPlainText() == ""
    button = desktop.composer.files.chips[0].remove_button
    assert button.accessibleName() == "Do not send a.txt"
    desktop.press("Space", button)
    assert chips(desktop) == ["b.txt · 10 B"]


def test_a_folder_is_refused_with_a_sentence(opened: Opened, tmp_path: Path) -> None:
    desktop = opened()
    desktop.composer.take_urls(dropped(tmp_path))
    assert chips(desktop) == []
    assert desktop.composer.error.text().startswith("A folder cannot be sent")
    desktop.composer.take_urls(dropped(tmp_path / "nothing"))
    assert desktop.composer.error.text() == "1 file cannot be read."


def test_a_message_takes_ten_files(opened: Opened, tmp_path: Path) -> None:
    desktop = opened()
    desktop.composer.take_urls(dropped(*(written(tmp_path, f"{number}.txt") for number in range(11))))
    assert len(chips(desktop)) == 10
    assert desktop.composer.error.text() == "A message brings at most 10 files."


def test_a_picture_that_is_to_be_sent_is_seen_in_small(opened: Opened, client: FakeClient, tmp_path: Path) -> None:
    client.know_picture("a.jpg", InspectedFileView("", 0, picture=True, width=32, height=24, preview=LEFT_RED))
    desktop = opened()
    desktop.composer.take_urls(dropped(written(tmp_path, "a.jpg"), written(tmp_path, "b.txt")))
    desktop.wait_for(c.InspectFiles)
    desktop.settle()
    first, second = (chip.thumbnail for chip in desktop.composer.files.chips)
    assert second.isHidden()
    desktop.qtbot.waitUntil(first.isVisible)
    drawn = first.grab().toImage()
    middle = drawn.height() // 2
    assert drawn.pixelColor(drawn.width() // 5, middle).red() > 150
    assert drawn.pixelColor(drawn.width() * 4 // 5, middle).blue() > 150
    desktop.app.preferences.change(text_percent=200)
    assert first.width() == 2 * SIDE


def test_a_pasted_picture_is_a_file_of_its_own_that_goes_once_it_was_sent(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    data = QMimeData()
    picture = QImage(4, 4, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    data.setImageData(picture)
    desktop.composer.editor.insertFromMimeData(data)
    (chosen,) = desktop.composer.files.chosen
    assert QImage(chosen.path) == picture
    assert stat.S_IMODE(Path(chosen.path).parent.stat().st_mode) == 0o700
    desktop.press("Return", desktop.composer.editor)
    desktop.wait_for(c.Send)
    desktop.settle()
    assert not Path(chosen.path).exists()
    assert client.messages("bob")[-1].files[0].name == "picture-1.png"


def test_what_could_not_be_sent_comes_back_with_its_files(opened: Opened, client: FakeClient, tmp_path: Path) -> None:
    desktop = opened()
    client.fail_next(c.Send, ProtocolError(ErrorCode.TOO_LARGE, "too large"))
    desktop.composer.take_urls(dropped(written(tmp_path, "a.txt")))
    desktop.press("Return", desktop.composer.editor)
    desktop.wait_for(c.Send)
    desktop.settle()
    assert chips(desktop) == ["a.txt · 10 B"]
    assert not desktop.composer.error.isHidden()


def test_files_stay_with_the_conversation_in_which_they_were_chosen(
    opened: Opened, client: FakeClient, tmp_path: Path
) -> None:
    client.add_contact("carol")
    desktop = opened()
    desktop.composer.take_urls(dropped(written(tmp_path, "a.txt")))
    desktop.open("carol")
    assert chips(desktop) == []
    desktop.open("bob")
    assert chips(desktop) == ["a.txt · 10 B"]


def test_files_are_sent_later_and_shown_until_then(opened: Opened, tmp_path: Path) -> None:
    desktop = opened()
    desktop.composer.take_urls(dropped(written(tmp_path, "a.txt")))
    desktop.press("Ctrl+Shift+Return", desktop.composer.editor)
    desktop.sheet(ScheduleSheet).yes.click()
    order = desktop.wait_for(c.Schedule)
    assert isinstance(order, c.Schedule)
    assert (order.to, order.text, order.files) == (conversation_of("bob").hex(), "", (str(tmp_path / "a.txt"),))
    desktop.qtbot.waitUntil(lambda: chips(desktop) == [])
    desktop.qtbot.waitUntil(desktop.page.waiting.isVisible)
    desktop.page.waiting.click()
    waiting = desktop.sheet(ScheduledSheet)
    assert waiting.send_buttons[0].accessibleName() == "Send now: a.txt"


def test_files_are_not_put_to_another_wording(opened: Opened, client: FakeClient, tmp_path: Path) -> None:
    desktop = opened()
    own = client.request(c.Send("bob", "words")).result()
    bubble_of(desktop)
    desktop.composer.take_urls(dropped(written(tmp_path, "a.txt")))
    desktop.composer.edit(own)
    desktop.composer.take_urls(dropped(written(tmp_path, "b.txt")))
    assert chips(desktop) == ["a.txt · 10 B"]
    assert not desktop.composer.attach_button.isEnabled()


def test_how_far_files_are_encrypted_is_shown_until_they_are_sent(
    opened: Opened, client: FakeClient, tmp_path: Path
) -> None:
    desktop = opened()
    client.hold(c.Send)
    desktop.composer.take_urls(dropped(written(tmp_path, "a.txt")))
    desktop.press("Return", desktop.composer.editor)
    place = desktop.client_model.conversations["bob"].id
    client.tell(FileTransfer(None, "bob", place, 0, FileDirection.OUT, 30, 60, TransferState.RUNNING))
    desktop.qtbot.waitUntil(desktop.composer.sealing.isVisible)
    assert desktop.composer.sealing.text() == "Encrypting file 1: 50 %"
    client.release(c.Send)
    desktop.qtbot.waitUntil(lambda: not desktop.composer.sealing.isVisible())


def test_where_to_save_begins_at_a_folder_that_is_there(
    opened: Opened, client: FakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = opened()
    offered(client, "plan.pdf")
    bubble_of(desktop)
    monkeypatch.setenv("HOME", str(tmp_path))
    desktop.app.preferences.change(save_folder=str(tmp_path / "gone"))
    press_file(desktop)
    dialog = desktop.window.file_actions.dialog
    assert dialog is not None
    assert Path(dialog.directory().absolutePath()) == tmp_path
    assert not dialog.selectedFiles() or Path(dialog.selectedFiles()[0]) == tmp_path
    dialog.reject()


def test_a_file_that_the_relay_does_not_take_is_refused_at_once_with_its_limit(
    opened: Opened, client: FakeClient, tmp_path: Path
) -> None:
    desktop = opened()
    files = desktop.composer.files
    desktop.composer.take_urls(dropped(written(tmp_path, "a.txt")))
    assert files.rule.text() == "Up to 105 MB each. The relay stores them for 30 days, where it has room."
    client.limit_files(10)
    desktop.qtbot.waitUntil(lambda: files.rule.text().startswith("Up to 10 B each."))
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(11))
    desktop.composer.take_urls(dropped(large))
    assert chips(desktop) == ["a.txt · 10 B"]
    assert desktop.composer.error.text() == "large.bin has 11 B; this relay takes at most 10 B."
    assert desktop.composer.send_button.isEnabled()
    client.limit_files(0)
    desktop.qtbot.waitUntil(lambda: not desktop.composer.send_button.isEnabled())
    assert desktop.composer.error.text() == files.rule.text() == "This relay takes no files."


def test_notes_take_files_of_any_size(opened: Opened, client: FakeClient, tmp_path: Path) -> None:
    client.begin_notes()
    client.limit_files(10)
    desktop = opened()
    desktop.open("#notes")
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(11))
    desktop.composer.take_urls(dropped(large))
    assert chips(desktop) == ["large.bin · 11 B"]
    assert desktop.composer.files.rule.isHidden()


def test_a_quote_of_files_alone_names_them(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    one = client.receive("bob", "", files=(("plan.pdf", 9),))
    two = client.receive("bob", "", files=(("a", 1), ("b", 2)))
    client.receive("bob", "the first", reply_to=one.id)
    client.receive("bob", "the others", reply_to=two.id)
    quotes = [bubble_of(desktop, row).quote for row in (2, 3)]
    assert [quote and quote.line for quote in quotes] == ["📎 plan.pdf", "📎 2 files"]
    assert said(desktop, 2).startswith("bob, in reply to bob: the first")
    client.delete_for_all("bob", one.id)
    desktop.settle()
    quote = bubble_of(desktop, 2).quote
    assert quote is not None
    assert quote.line == "This message is gone"


PHOTO = InspectedFileView("", 0, picture=True, width=4, height=3, details=(PictureDetail.PLACE, PictureDetail.TIME))


def chosen(desktop: DesktopUnderTest, client: FakeClient, tmp_path: Path, **pictures: InspectedFileView) -> list[str]:
    """Choose files of these names, which are these pictures."""
    client.add_contact("bob")
    desktop.client_model.open("bob")
    desktop.settle()
    paths = []
    for name, picture in pictures.items():
        client.know_picture(f"{name}.jpg", picture)
        path = tmp_path / f"{name}.jpg"
        path.write_bytes(b"12345")
        paths.append(str(path))
    desktop.composer.files.add(paths)
    desktop.settle()
    return paths


def test_a_picture_says_what_is_left_out_of_it_and_as_a_file_what_it_contains(
    opened: Opened, client: FakeClient, tmp_path: Path
) -> None:
    desktop = opened()
    paths = chosen(desktop, client, tmp_path, photo=PHOTO, plain=InspectedFileView("", 0, picture=True))
    files = desktop.composer.files
    photo, plain = files.chips
    desktop.qtbot.waitUntil(photo.contents.isVisible)
    assert photo.contents.whole == ("Sent without the place where it was taken, the time when it was taken or changed")
    assert plain.contents.isHidden()
    assert files.bytes_switch.isVisible()
    QTest.mouseClick(files.bytes_switch, Qt.MouseButton.LeftButton)
    assert photo.contents.whole == "Contains the place where it was taken, the time when it was taken or changed"
    assert photo.contents.property("tone") == "danger"
    QTest.mouseClick(desktop.composer.send_button, Qt.MouseButton.LeftButton)
    desktop.settle()
    (sent,) = [each for each in client.commands if isinstance(each, c.Send)]
    assert (sent.files, sent.as_files) == (tuple(paths), True)
    # The next ones are cleaned again.
    files.add(paths)
    desktop.settle()
    assert not files.bytes_switch.isChecked()
    assert [file.as_file for file in files.chosen] == [False, False]


def test_what_is_no_picture_offers_no_bytes(opened: Opened, client: FakeClient, tmp_path: Path) -> None:
    desktop = opened()
    chosen(desktop, client, tmp_path, plan=InspectedFileView("", 0))
    assert desktop.composer.files.bytes_switch.isHidden()
    assert desktop.composer.files.chips[0].contents.isHidden()
    assert desktop.composer.send_button.isEnabled()


def test_a_picture_that_cannot_be_cleaned_is_sent_as_a_file_alone(
    opened: Opened, client: FakeClient, tmp_path: Path
) -> None:
    desktop = opened()
    stuck = InspectedFileView("", 0, picture=True, details=(PictureDetail.PLACE,), error="cannot_clean")
    chosen(desktop, client, tmp_path, photo=stuck)
    files, (chip,) = desktop.composer.files, desktop.composer.files.chips
    desktop.qtbot.waitUntil(chip.contents.isVisible)
    assert chip.contents.whole == "This picture can be sent only as a file"
    assert not desktop.composer.send_button.isEnabled()
    files.bytes_switch.setChecked(True)
    assert chip.contents.whole == "Contains the place where it was taken"
    assert desktop.composer.send_button.isEnabled()
    files.bytes_switch.setChecked(False)
    assert not desktop.composer.send_button.isEnabled()
    QTest.mouseClick(chip.remove_button, Qt.MouseButton.LeftButton)
    assert files.bytes_switch.isHidden()


def test_pictures_as_files_wait_in_their_conversation(opened: Opened, client: FakeClient, tmp_path: Path) -> None:
    desktop = opened()
    client.add_contact("carol")
    chosen(desktop, client, tmp_path, photo=PHOTO)
    files = desktop.composer.files
    files.bytes_switch.setChecked(True)
    desktop.client_model.open("carol")
    desktop.settle()
    assert not files.chosen
    desktop.client_model.open("bob")
    desktop.settle()
    assert [file.as_file for file in files.chosen] == [True]
    assert files.bytes_switch.isChecked()


def test_a_picture_that_is_larger_than_the_relay_takes_is_made_smaller_and_not_refused(
    opened: Opened, client: FakeClient, tmp_path: Path
) -> None:
    desktop = opened()
    files = desktop.composer.files
    paths = chosen(desktop, client, tmp_path, photo=InspectedFileView("", 0, picture=True))
    files.show_files(())
    files.follow_rule(4, 86_400_000)
    files.add(paths)
    desktop.settle()
    assert [Path(file.path).name for file in files.chosen] == ["photo.jpg"]
    assert desktop.composer.send_button.isEnabled()
    files.bytes_switch.setChecked(True)
    assert not desktop.composer.send_button.isEnabled()
    assert desktop.composer.error.text().endswith("this relay takes at most 4 B.")
    files.bytes_switch.setChecked(False)
    assert desktop.composer.send_button.isEnabled()
    files.add([str(written(tmp_path, "large.txt"))])
    assert len(files.chosen) == 1
