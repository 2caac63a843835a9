"""The window as a whole: it opens, chats, locks, and every key does what the table of keys says."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QScrollArea

from babilu.api import commands as c
from babilu.api.events import Closed
from babilu.api.views import Address
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of, identity_of
from babilu.desktop.sheets.begin import BeginSheet
from babilu.desktop.sheets.connection import ConnectionSheet
from babilu.desktop.sheets.contact import ContactSheet
from babilu.desktop.sheets.question import QuestionSheet
from babilu.desktop.sheets.settings import SettingsSheet
from babilu.desktop.sheets.shortcuts import KeysSheet
from babilu.desktop.sheets.switcher import SwitcherSheet
from babilu.kernel.errors import UsageError
from babilu.kernel.limits import TEXT_BYTES
from tests.unit.desktop.desktop_under_test import PASSWORD, DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]
LONGEST = f"{'word ' * 9}word\n" * (TEXT_BYTES // 50)
"""As long as a message may be, in lines as people write them: a single one is laid out more slowly."""


def test_a_first_message_is_seconds_away_from_the_first_page(desktop: DesktopUnderTest, client: FakeClient) -> None:
    client.add_contact("bob")
    desktop.enter()
    desktop.open("bob")
    desktop.write("hello", desktop.composer.editor)
    desktop.press("Return", desktop.composer.editor)
    desktop.qtbot.waitUntil(lambda: desktop.texts() == ["hello"])
    assert client.messages("bob")[0].text == "hello"


def test_enter_sends_and_shift_enter_begins_a_new_line(opened: Opened) -> None:
    desktop = opened()
    editor = desktop.composer.editor
    desktop.write("one", editor)
    desktop.press("Shift+Return", editor)
    desktop.write("two", editor)
    desktop.press("Return", editor)
    assert desktop.wait_for(c.Send) == c.Send(conversation_of("bob").hex(), "one\ntwo", identity_of("bob"))
    assert editor.toPlainText() == ""


def test_a_pasted_book_is_refused_and_a_text_that_is_too_long_can_be_shortened(opened: Opened) -> None:
    desktop = opened()
    editor, error = desktop.composer.editor, desktop.composer.error
    clipboard = QMimeData()
    clipboard.setText("some words\n" * 100_000)
    editor.insertFromMimeData(clipboard)
    assert editor.toPlainText() == ""
    assert error.text() == "This is too long to be pasted: a message has at most 60000 bytes."
    clipboard.setText(LONGEST + "xx")
    editor.insertFromMimeData(clipboard)
    assert error.text() == "This text is 2 bytes too long to be sent."
    assert not desktop.composer.send_button.isEnabled()
    desktop.press("Backspace", editor)
    desktop.press("Backspace", editor)
    assert error.isHidden()
    assert desktop.composer.send_button.isEnabled()


def test_what_is_wrong_about_a_first_message_is_said_beside_it(opened: Opened) -> None:
    desktop = opened()
    desktop.window.navigator.begin()
    sheet = desktop.sheet(BeginSheet)
    sheet.name.edit.setText("alice")
    sheet.button.click()
    assert sheet.name.error.text() == "That is your own name."
    sheet.name.edit.setText("carol")
    sheet.button.click()
    assert sheet.text_error.text() == "Write the first message."
    sheet.text.setPlainText(LONGEST + "x")
    assert sheet.text_error.isHidden()
    sheet.button.click()
    assert sheet.text_error.text() == "This text is 1 byte too long to be sent."
    assert desktop.asked(c.Send) == []


def test_a_call_that_is_refused_is_said_beside_the_address(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.fail_next(c.Call, UsageError("That is no address."))
    desktop.window.navigator.begin_call(Address("192.0.2.9", 5051))
    sheet = desktop.sheet(BeginSheet)
    sheet.button.click()
    desktop.qtbot.waitUntil(sheet.address.error.isVisible)
    assert desktop.client_model.overview.calls == {}
    sheet.button.click()
    desktop.qtbot.waitUntil(lambda: desktop.window.sheets.top is None)
    assert "1 call under way" in desktop.client_model.overview.line()


def test_where_enter_does_not_send_control_enter_does(opened: Opened) -> None:
    desktop = opened()
    desktop.app.preferences.change(enter_sends=False)
    editor = desktop.composer.editor
    desktop.write("one", editor)
    desktop.press("Return", editor)
    desktop.write("two", editor)
    desktop.press("Ctrl+Return", editor)
    assert desktop.wait_for(c.Send) == c.Send(conversation_of("bob").hex(), "one\ntwo", identity_of("bob"))


def test_every_key_of_the_table_opens_its_sheet(opened: Opened) -> None:
    desktop = opened()
    for keys, kind in (
        ("Ctrl+K", SwitcherSheet),
        ("Ctrl+N", BeginSheet),
        ("Ctrl+I", ContactSheet),
        ("Ctrl+D", ConnectionSheet),
        ("Ctrl+,", SettingsSheet),
        ("F1", KeysSheet),
    ):
        desktop.press(keys)
        sheet = desktop.sheet(kind)
        desktop.press("Esc", sheet)
        assert desktop.window.sheets.top is None, keys


def test_a_sheet_that_the_window_has_room_for_does_not_scroll(opened: Opened) -> None:
    desktop = opened()
    desktop.window.resize(1200, 1600)
    navigator = desktop.window.navigator
    for put in (navigator.switch, navigator.begin, navigator.details, navigator.connection, navigator.keys):
        put()
        desktop.settle()
        sheet = desktop.window.sheets.top
        assert sheet is not None
        hidden = sheet.findChildren(QScrollArea)[0].verticalScrollBar().maximum()
        assert hidden == 0, f"{sheet.title.text()} hides {hidden} pixels"
        desktop.window.sheets.clear()


def test_closing_a_sheet_gives_the_focus_back(opened: Opened) -> None:
    desktop = opened()
    desktop.composer.setFocus()
    desktop.press("Ctrl+K")
    desktop.sheet(SwitcherSheet).close_sheet()
    assert desktop.window.focusWidget() is desktop.composer.editor


def test_tab_stays_within_a_sheet(opened: Opened) -> None:
    desktop = opened()
    desktop.press("Ctrl+,")
    sheet = desktop.sheet(SettingsSheet)
    for _ in range(60):
        desktop.press("Tab")
        focus = desktop.window.focusWidget()
        assert focus is not None
        assert sheet.isAncestorOf(focus)


def test_keys_go_to_the_next_the_previous_and_the_numbered_conversation(
    desktop: DesktopUnderTest, client: FakeClient
) -> None:
    for name in ("dave", "carol", "bob"):
        client.fill_history(name, 2)
    desktop.enter()
    order = list(desktop.client_model.conversations)
    for keys, expected in (
        ("Ctrl+2", order[1]),
        ("Ctrl+PgDown", order[2]),
        ("Ctrl+PgUp", order[1]),
        ("Ctrl+1", order[0]),
    ):
        desktop.press(keys)
        desktop.qtbot.waitUntil(lambda expected=expected: desktop.client_model.messages.window.conversation == expected)  # type: ignore[misc]


def test_the_switcher_finds_a_name_by_a_few_of_its_letters(desktop: DesktopUnderTest, client: FakeClient) -> None:
    for name in ("bertrand", "book club", "barbara"):
        client.add_contact(name)
    desktop.enter()
    desktop.press("Ctrl+K")
    sheet = desktop.sheet(SwitcherSheet)
    desktop.write("bkc", sheet.field)
    desktop.press("Return", sheet.field)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.window.conversation == "book club")


def test_typing_among_the_messages_goes_to_the_composer(opened: Opened) -> None:
    desktop = opened(3)
    desktop.view.setFocus()
    desktop.write("hi", desktop.view)
    assert desktop.composer.editor.toPlainText() == "hi"
    assert desktop.composer.editor.hasFocus()


def test_a_locked_window_shows_no_name_and_no_text_until_the_password_is_typed(opened: Opened) -> None:
    desktop = opened(3)
    desktop.press("Ctrl+L")
    window = desktop.window
    assert window.is_locked
    assert "bob" not in window.windowTitle()
    assert not desktop.chat.isVisible()
    desktop.write("wrong", window.lock_page.field.edit)
    desktop.press("Return", window.lock_page.field.edit)
    desktop.qtbot.waitUntil(window.lock_page.field.error.isVisible)
    assert window.is_locked
    window.lock_page.field.edit.clear()
    desktop.write(PASSWORD, window.lock_page.field.edit)
    desktop.press("Return", window.lock_page.field.edit)
    desktop.qtbot.waitUntil(lambda: not window.is_locked)
    assert desktop.chat.isVisible()


def test_no_key_reaches_the_chats_through_the_lock(opened: Opened) -> None:
    desktop = opened(3)
    desktop.window.lock()
    for keys in ("Ctrl+K", "Ctrl+F", "Ctrl+I", "Ctrl+,", "Ctrl+1", "Ctrl+PgDown"):
        desktop.press(keys)
    assert desktop.window.sheets.top is None
    assert desktop.window.is_locked


def test_locking_closes_sheets_and_keeps_what_was_written(opened: Opened) -> None:
    desktop = opened()
    desktop.write("half a thou", desktop.composer.editor)
    desktop.window.navigator.settings()
    desktop.window.lock()
    assert desktop.window.sheets.top is None
    assert desktop.wait_for(c.SetDraft) == c.SetDraft(conversation_of("bob").hex(), "half a thou")


def test_an_unused_window_locks_by_itself(opened: Opened) -> None:
    desktop = opened()
    desktop.app.preferences.change(lock_minutes=1)
    timer = desktop.window.idle_timer
    assert timer.isActive()
    assert timer.interval() == 60_000
    timer.setInterval(1)
    timer.start()
    desktop.qtbot.waitUntil(lambda: desktop.window.is_locked)


def test_using_the_window_counts_the_idle_time_anew(opened: Opened) -> None:
    desktop = opened()
    desktop.app.preferences.change(lock_minutes=1)
    desktop.window.idle_timer.stop()
    desktop.write("x", desktop.composer.editor)
    assert desktop.window.idle_timer.isActive()


def test_the_title_counts_what_is_unread(desktop: DesktopUnderTest, client: FakeClient) -> None:
    desktop.enter()
    client.receive("bob", "one")
    client.receive("bob", "two")
    desktop.qtbot.waitUntil(lambda: desktop.window.windowTitle().startswith("(2)"))


def test_the_menu_key_opens_the_menu_of_the_chosen_message(opened: Opened) -> None:
    desktop = opened(3)
    desktop.press("Ctrl+Up")
    assert desktop.page.chosen() == desktop.client_model.messages.message(2)
    menus = []
    desktop.page.menu_wanted.connect(lambda message, _at: menus.append(message))
    desktop.page.menu_wanted.disconnect(desktop.window.message_actions.menu)
    desktop.view.customContextMenuRequested.emit(desktop.view.visualRect(desktop.view.currentIndex()).center())
    assert menus == [desktop.client_model.messages.message(2)]


def test_closing_the_window_without_a_tray_ends_the_program(opened: Opened) -> None:
    desktop = opened()
    quits = []
    desktop.app.quit = lambda: quits.append(True)  # type: ignore[method-assign]
    assert not desktop.app.tray.is_there
    desktop.window.close()
    assert quits == [True]


def test_a_host_that_ends_leads_back_to_the_first_page_and_the_profile_can_be_opened_again(
    opened: Opened, client: FakeClient
) -> None:
    desktop = opened(3)
    desktop.write("half a thought", desktop.composer.editor)
    desktop.window.navigator.settings()
    client.tell(Closed())
    desktop.qtbot.waitUntil(desktop.first.error.isVisible)
    assert desktop.first.error.text() == "The program that had this profile open has ended: open it again."
    assert desktop.window.windowTitle() == "Babilu"
    desktop.qtbot.waitUntil(client.closed.is_set)
    another = desktop.factory.next_client = FakeClient("alice")
    another.fill_history("bob", 2)
    desktop.first.password.edit.setText(PASSWORD)
    desktop.first.again.edit.setText(PASSWORD)
    desktop.first.submit()
    desktop.qtbot.waitUntil(lambda: desktop.window.can_lock and desktop.chat.isVisible())
    with desktop.qtbot.waitSignal(desktop.client_model.opened):
        desktop.chat.open("bob")
    assert desktop.texts() == ["message 0", "message 1"]
    desktop.stop()
    assert another.closed.is_set()


def test_a_sheet_that_has_room_for_all_of_its_text_has_no_scroll_bar(desktop: DesktopUnderTest) -> None:
    desktop.enter()
    scrolled = []
    for words in range(12, 60):
        text = " ".join("a" * (1 + number % 7) for number in range(words))
        question = partial(str, text)
        sheet = QuestionSheet(desktop.app.theme, partial(str, "Really?"), question, partial(str, "Yes"), lambda: None)
        desktop.window.navigator.put(sheet)
        desktop.settle()
        if any(area.verticalScrollBar().isVisible() for area in sheet.findChildren(QScrollArea)):
            scrolled.append(words)
        sheet.close_sheet()
    assert scrolled == []
