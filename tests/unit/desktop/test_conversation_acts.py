"""What one does with a conversation: pins, timer, archive, names, receipts, a search by person and day, one's link."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QDate
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from babilu.api import commands as c
from babilu.api.views import NOTES_LABEL, ConversationView, PrivacySwitch
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import START_MS, conversation_of, identity_of
from babilu.desktop.models.conversations import ArchiveRow, spoken
from babilu.desktop.models.labels import label_text
from babilu.desktop.models.timer_words import timer_choices, timer_name
from babilu.desktop.sheets.contact import ContactSheet
from babilu.desktop.sheets.forward import ForwardSheet
from babilu.desktop.sheets.own_link import OwnLinkSheet
from babilu.desktop.sheets.question import QuestionSheet
from babilu.desktop.sheets.rename import RenameSheet
from babilu.desktop.sheets.schedule import ScheduledSheet, ScheduleSheet, suggestions
from babilu.desktop.sheets.settings import SettingsSheet
from babilu.desktop.sheets.switcher import SwitcherSheet
from babilu.desktop.sheets.timer import TimerSheet
from babilu.desktop.widgets.controls import ChoiceBox
from babilu.desktop.widgets.menus import MUTES, conversation_menu, mute
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]
HOUR_MS = 3_600_000


def view_of(desktop: DesktopUnderTest, name: str) -> ConversationView:
    return desktop.client_model.conversations[name]


def rows(desktop: DesktopUnderTest) -> list[str]:
    model = desktop.client_model.rows
    return [spoken(model.row(number)) for number in range(model.rowCount())]


def menu_of(desktop: DesktopUnderTest, name: str) -> QMenu:
    navigator = desktop.window.navigator
    return conversation_menu(
        desktop.window, desktop.app.theme, view_of(desktop, name), desktop.client_model, navigator.conversation_acts()
    )


def press(desktop: DesktopUnderTest, name: str, *path: str) -> None:
    """Choose an entry of a conversation's menu."""
    menu = menu_of(desktop, name)
    for text in path[:-1]:
        inner = next(action for action in menu.actions() if action.text() == text).menu()
        assert isinstance(inner, QMenu)
        menu = inner
    next(action for action in menu.actions() if action.text() == path[-1]).trigger()


def choose(box: ChoiceBox, text: str) -> None:
    """Choose a line of a box, as a person does."""
    row = box.findText(text)
    assert row >= 0
    box.setCurrentIndex(row)
    box.activated.emit(row)


# Pins.


def test_pinned_messages_stand_above_and_a_press_leads_from_one_to_the_next(opened: Opened, client: FakeClient) -> None:
    desktop = opened(40)
    bar = desktop.page.pins_bar
    first, second = client.messages("bob")[0], client.messages("bob")[1]
    assert bar.isHidden()
    client.pin("bob", first.id)
    client.pin("bob", second.id)
    desktop.qtbot.waitUntil(lambda: bar.button.accessibleName() == "Pinned message 1 of 2: message 1")
    desktop.press("Ctrl+Shift+P", desktop.window)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.is_marked(second))
    assert bar.button.accessibleName() == "Pinned message 2 of 2: message 0"
    bar.button.click()
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.is_marked(first))
    client.edit("bob", first.id, "another wording")
    bar.go()
    desktop.qtbot.waitUntil(lambda: bar.button.line.whole == "another wording")


def test_a_pin_leaves_with_its_message_or_by_its_button(opened: Opened, client: FakeClient) -> None:
    desktop = opened(4)
    bar = desktop.page.pins_bar
    first, second = client.messages("bob")[0], client.messages("bob")[2]
    client.pin("bob", first.id)
    client.pin("bob", second.id)
    desktop.qtbot.waitUntil(lambda: len(desktop.page.pins.pins) == 2)
    client.delete_for_all("bob", second.id)
    desktop.qtbot.waitUntil(lambda: [each.id for each in desktop.page.pins.pins] == [first.id])
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.message(0).pinned)
    bar.close_button.click()
    assert desktop.wait_for(c.PinMessage) == c.PinMessage(first.id, False, conversation_of("bob").hex())
    desktop.qtbot.waitUntil(bar.isHidden)


# The timer.


def test_the_timer_is_in_the_head_and_where_one_writes(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    desktop.page.header.timer_button.click()
    sheet = desktop.sheet(TimerSheet)
    assert sheet.buttons[None].isChecked()
    sheet.buttons[3_600].click()
    assert desktop.wait_for(c.SetTimer) == c.SetTimer(conversation_of("bob").hex(), 3_600)
    desktop.qtbot.waitUntil(lambda: view_of(desktop, "bob").timer == 3_600)
    assert desktop.page.header.timer_button.accessibleName() == "Messages disappear: 1 hour"
    assert desktop.composer.editor.placeholderText() == "Disappears after 1 hour"
    client.set_timer("bob", None)
    desktop.qtbot.waitUntil(lambda: desktop.composer.editor.placeholderText() == "Message")


def test_a_time_that_is_no_choice_stands_among_them_and_is_named(desktop: DesktopUnderTest) -> None:
    assert 7 in timer_choices(7)
    assert timer_choices(None)[:2] == (None, 30)
    names = [timer_name(seconds) for seconds in (None, 7, 90, 300, 3_600, 172_800, 2_419_200, 31_536_000)]
    assert names == ["Off", "7 seconds", "90 seconds", "5 minutes", "1 hour", "2 days", "4 weeks", "1 year"]
    assert desktop.app is not None


# The list.


def test_whoever_types_is_seen_in_the_head_and_in_the_list(opened: Opened, client: FakeClient) -> None:
    desktop = opened(1)
    client.type("bob")
    desktop.qtbot.waitUntil(lambda: desktop.page.header.way.whole == "is typing…")
    assert rows(desktop) == ["bob, is typing…"]
    client.type("bob", active=False)
    desktop.qtbot.waitUntil(lambda: desktop.page.header.way.whole == "through the relay")
    assert rows(desktop) == ["bob, message 0"]


def test_what_is_archived_is_behind_a_row_and_in_the_search(desktop: DesktopUnderTest, client: FakeClient) -> None:
    client.fill_history("bob", 1)
    client.fill_history("carol", 1)
    desktop.enter()
    press(desktop, "bob", "Archive")
    assert desktop.wait_for(c.SetArchived) == c.SetArchived(conversation_of("bob").hex(), True)
    desktop.qtbot.waitUntil(lambda: rows(desktop) == ["carol, message 0", "Archived (1), hidden"])
    desktop.press("Ctrl+2")
    assert desktop.client_model.current == ""
    desktop.chat.sidebar.list.activated.emit(desktop.client_model.rows.index(1))
    assert rows(desktop) == ["carol, message 0", "Archived (1), shown", "bob, message 0"]
    desktop.client_model.rows.narrow("bo")
    assert rows(desktop) == ["bob, message 0"]
    desktop.client_model.rows.narrow("")
    press(desktop, "bob", "Take out of the archive")
    desktop.qtbot.waitUntil(lambda: "bob, message 0" in rows(desktop) and len(rows(desktop)) == 2)


def test_a_conversation_marked_as_unread_is_left_and_read_when_it_is_opened(opened: Opened) -> None:
    desktop = opened(1)
    desktop.press("Ctrl+Shift+U", desktop.window)
    assert desktop.wait_for(c.MarkUnread) == c.MarkUnread(conversation_of("bob").hex())
    desktop.qtbot.waitUntil(lambda: rows(desktop) == ["bob, marked as unread, message 0"])
    assert desktop.chat.right.currentWidget() is desktop.chat.placeholder
    assert desktop.client_model.unread() == 1
    desktop.open("bob")
    assert desktop.wait_for(c.MarkRead) == c.MarkRead(conversation_of("bob").hex(), 1)
    desktop.qtbot.waitUntil(lambda: rows(desktop) == ["bob, message 0"])


@pytest.mark.parametrize("number", range(len(MUTES)))
def test_a_conversation_is_silent_for_as_long_as_one_chooses(opened: Opened, number: int) -> None:
    desktop = opened(1)
    name = ("For an hour", "For 8 hours", "For a week", "For good")[number]
    press(desktop, "bob", "Mute", name)
    until = (START_MS + 60_000 + HOUR_MS, START_MS + 60_000 + 8 * HOUR_MS, START_MS + 60_000 + 168 * HOUR_MS, None)
    assert desktop.wait_for(c.SetMuted) == c.SetMuted(conversation_of("bob").hex(), True, until[number])
    desktop.qtbot.waitUntil(lambda: view_of(desktop, "bob").muted)
    desktop.qtbot.waitUntil(lambda: view_of(desktop, "bob").muted_until == until[number])
    texts = [action.text() for action in menu_of(desktop, "bob").actions()]
    assert any(text.startswith("Unmute") for text in texts)
    assert mute("bob", None, 0) == c.SetMuted("bob", True)


def test_a_conversation_is_cleared_or_deleted_here_after_a_question(opened: Opened, client: FakeClient) -> None:
    desktop = opened(3)
    press(desktop, "bob", "Clear here…")
    desktop.sheet(QuestionSheet).yes.click()
    assert desktop.wait_for(c.ClearConversation) == c.ClearConversation(conversation_of("bob").hex())
    desktop.qtbot.waitUntil(lambda: desktop.texts() == [])
    press(desktop, "bob", "Delete here…")
    desktop.sheet(QuestionSheet).yes.click()
    assert desktop.wait_for(c.ClearConversation, 2) == c.ClearConversation(conversation_of("bob").hex(), hide=True)
    assert desktop.chat.right.currentWidget() is desktop.chat.placeholder
    assert client.messages("bob") == ()


def test_a_person_is_called_otherwise_and_the_conversation_stays_open(opened: Opened, client: FakeClient) -> None:
    desktop = opened(1)
    client.fail_next(c.Rename, DeliveryError(ErrorCode.CONFLICT, "Taken."))
    desktop.window.navigator.rename("bob")
    sheet = desktop.sheet(RenameSheet)
    sheet.field.edit.setText("robert")
    desktop.press("Return", sheet.field.edit)
    desktop.qtbot.waitUntil(sheet.field.error.isVisible)
    sheet.yes.click()
    assert desktop.wait_for(c.Rename, 2) == c.Rename(conversation_of("bob").hex(), "robert", identity_of("bob"))
    desktop.qtbot.waitUntil(lambda: desktop.client_model.current == "robert")
    desktop.qtbot.waitUntil(lambda: desktop.page.header.name.whole == "robert")
    assert desktop.texts() == ["message 0"]


def test_notes_are_called_what_they_are(desktop: DesktopUnderTest) -> None:
    assert label_text(NOTES_LABEL) == "Notes"
    assert label_text("bob") == "bob"
    assert desktop.app is not None


def test_notes_have_their_name_where_a_conversation_is_chosen(opened: Opened, client: FakeClient) -> None:
    client.begin_notes()
    desktop = opened(1)
    desktop.window.navigator.switch()
    switcher = desktop.sheet(SwitcherSheet)
    shown = [switcher.model.index(row).data() for row in range(switcher.model.rowCount())]
    assert sorted(shown) == ["Notes", "bob"]
    desktop.write("note", switcher.field)
    desktop.press("Return", switcher.field)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.current == NOTES_LABEL)
    desktop.window.message_actions.forward(client.messages("bob")[0])
    forward = desktop.sheet(ForwardSheet)
    desktop.write("note", forward.field)
    assert [forward.list.item(row).text() for row in range(forward.list.count())] == ["Notes"]
    desktop.press("Return", forward.field)
    assert forward.hint.text() == "Notes"


def test_no_message_of_a_conversation_that_is_not_shown_is_chosen(opened: Opened) -> None:
    desktop = opened(2)
    desktop.chat.leave_conversation()
    desktop.press("Ctrl+Up", desktop.window)
    assert desktop.page.chosen() is None


def test_notes_alone_leave_the_first_words_of_an_empty_list_and_open_without_a_person(
    desktop: DesktopUnderTest, client: FakeClient
) -> None:
    client.begin_notes()
    desktop.enter()
    desktop.qtbot.waitUntil(lambda: NOTES_LABEL in desktop.client_model.conversations)
    assert desktop.window.chat.sidebar.nothing.isVisible()
    desktop.window.chat.open(NOTES_LABEL)
    header = desktop.page.header
    desktop.qtbot.waitUntil(lambda: header.name.whole == "Notes")
    assert not header.call_button.isVisible()
    assert not header.details_button.isVisible()
    assert header.timer_button.isVisible()
    client.request(c.Send(NOTES_LABEL, "buy bread"))
    desktop.qtbot.waitUntil(lambda: not desktop.window.chat.sidebar.nothing.isVisible())


# Search.


def test_a_search_is_narrowed_to_a_person_and_a_time(opened: Opened, client: FakeClient) -> None:
    desktop = opened(6)
    desktop.press("Ctrl+F")
    search = desktop.page.search
    assert [search.person_box.itemText(row) for row in range(3)] == ["By everybody", "By You", "By bob"]
    desktop.write("message", search.field)
    search._search()
    desktop.qtbot.waitUntil(lambda: search.count.text() == "1 of 6")
    search.person_box.setCurrentIndex(2)
    search.time_box.setCurrentIndex(1)
    search.time_box.activated.emit(1)
    desktop.qtbot.waitUntil(lambda: search.count.text() == "1 of 3")
    since = START_MS + 60_000 - 7 * 86_400_000
    assert desktop.wait_for(c.Search, 2) == c.Search("message", conversation_of("bob").hex(), 200, "bob", since)
    assert client.name == "alice"


def test_one_goes_to_a_day(opened: Opened, client: FakeClient) -> None:
    desktop = opened(400)
    wanted = client.messages("bob")[3]
    day = datetime.fromtimestamp(wanted.arrived_at / 1000).astimezone()
    desktop.press("Ctrl+F")
    search = desktop.page.search
    search.day.setDate(QDate(day.year, day.month, day.day))
    search.day_button.click()
    begins = day.replace(hour=0, minute=0, second=0, microsecond=0)
    order = desktop.wait_for(c.History)
    assert any(
        isinstance(each, c.History) and each.since == round(begins.timestamp() * 1000)
        for each in desktop.asked(c.History)
    )
    assert order is not None
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.is_marked(client.messages("bob")[0]))


# Receipts.


def test_receipts_are_switched_everywhere_and_for_one_contact(opened: Opened) -> None:
    desktop = opened()
    desktop.window.navigator.settings()
    receipts = desktop.sheet(SettingsSheet).receipts
    desktop.qtbot.waitUntil(lambda: receipts.read.isEnabled() and receipts.read.isChecked())
    receipts.read.click()
    assert desktop.wait_for(c.SetReceipts) == c.SetReceipts(None, read=False)
    desktop.window.sheets.clear()
    desktop.window.navigator.contact("bob")
    boxes = desktop.sheet(ContactSheet).receipts.boxes
    read, typing = boxes[PrivacySwitch.READ], boxes[PrivacySwitch.TYPING]
    desktop.qtbot.waitUntil(read.isEnabled)
    assert (read.currentText(), typing.currentText()) == ("As everywhere: Off", "As everywhere: On")
    choose(typing, "Off")
    assert desktop.wait_for(c.SetReceipts, 2) == c.SetReceipts(conversation_of("bob").hex(), typing=False)
    desktop.qtbot.waitUntil(lambda: typing.currentText() == "Off")
    choose(typing, "As everywhere: On")
    assert desktop.wait_for(c.SetReceipts, 3) == c.SetReceipts(
        conversation_of("bob").hex(), inherit=(PrivacySwitch.TYPING,)
    )
    desktop.qtbot.waitUntil(lambda: typing.currentText() == "As everywhere: On")


def test_a_choice_that_was_refused_for_one_contact_shows_what_is_in_force(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    desktop.window.navigator.contact("bob")
    box = desktop.sheet(ContactSheet).receipts.boxes[PrivacySwitch.PRESENCE]
    desktop.qtbot.waitUntil(box.isEnabled)
    client.fail_next(c.SetReceipts, UsageError("No."))
    choose(box, "Off")
    assert box.currentText() == "Off"
    desktop.wait_for(c.ReceiptSettings, 3)
    desktop.qtbot.waitUntil(lambda: box.currentText() == "As everywhere: On")
    assert desktop.window.toast.text.text().startswith("Something does not fit")


def test_a_switch_that_was_refused_shows_what_is_in_force(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    desktop.window.navigator.settings()
    receipts = desktop.sheet(SettingsSheet).receipts
    desktop.qtbot.waitUntil(lambda: receipts.typing.isEnabled() and receipts.typing.isChecked())
    client.fail_next(c.SetReceipts, UsageError("No."))
    receipts.typing.click()
    assert not receipts.typing.isChecked()
    desktop.wait_for(c.ReceiptSettings, 2)
    desktop.qtbot.waitUntil(receipts.typing.isChecked)
    assert desktop.asked(c.SetReceipts) == [c.SetReceipts(None, typing=False)]
    assert desktop.window.toast.text.text().startswith("Something does not fit")


# One's own link.


def test_ones_own_link_is_shown_as_text_and_code_and_copied(opened: Opened) -> None:
    desktop = opened()
    desktop.press("Ctrl+M", desktop.window)
    sheet = desktop.sheet(OwnLinkSheet)
    desktop.qtbot.waitUntil(sheet.copy_button.isEnabled)
    assert sheet.code.isVisible()
    assert sheet.link.text().startswith("babilu://")
    sheet.copy_button.click()
    assert QGuiApplication.clipboard().text() == sheet.link.text()
    assert sheet.copy_button.text() == "Copied"


def test_somebody_elses_link_adds_them_and_a_wrong_one_is_refused(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    desktop.window.navigator.own_link()
    sheet = desktop.sheet(OwnLinkSheet)
    client.fail_next(c.AddByLink, UsageError("This is no contact link."))
    sheet.field.edit.setText("nonsense")
    desktop.press("Return", sheet.field.edit)
    desktop.qtbot.waitUntil(sheet.field.error.isVisible)
    assert desktop.wait_for(c.AddByLink) == c.AddByLink("nonsense")


# Later.


def test_a_text_is_sent_later_and_listed_until_then(opened: Opened, client: FakeClient) -> None:
    desktop = opened(1)
    asked = client.messages("bob")[0]
    desktop.composer.reply(asked)
    desktop.write("Happy birthday", desktop.composer.editor)
    desktop.press("Ctrl+Shift+Return", desktop.composer.editor)
    sheet = desktop.sheet(ScheduleSheet)
    sheet.day.setDate(sheet.day.date().addDays(3))
    sheet.yes.click()
    order = desktop.wait_for(c.Schedule)
    assert isinstance(order, c.Schedule)
    assert (order.to, order.text, order.reply_to, order.identity) == (
        conversation_of("bob").hex(),
        "Happy birthday",
        asked.id,
        identity_of("bob"),
    )
    desktop.qtbot.waitUntil(desktop.page.waiting.isVisible)
    assert desktop.page.waiting.text() == "1 text is sent later"
    desktop.qtbot.waitUntil(lambda: desktop.composer.editor.toPlainText() == "")
    desktop.page.waiting.click()
    waiting = desktop.sheet(ScheduledSheet)
    waiting.send_buttons[0].click()
    desktop.qtbot.waitUntil(lambda: "Happy birthday" in desktop.texts())
    desktop.qtbot.waitUntil(lambda: waiting.send_buttons == [])
    desktop.qtbot.waitUntil(desktop.page.waiting.isHidden)


def test_a_text_for_later_is_removed(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    view = client.request(c.Schedule("bob", "never mind", START_MS + HOUR_MS)).result()
    desktop.qtbot.waitUntil(desktop.page.waiting.isVisible)
    desktop.window.navigator.scheduled()
    desktop.sheet(ScheduledSheet).remove_buttons[0].click()
    assert desktop.wait_for(c.Unschedule) == c.Unschedule(view.number)
    desktop.qtbot.waitUntil(desktop.page.waiting.isHidden)
    assert desktop.client_model.scheduled == {}
    assert "never mind" not in desktop.texts()


@pytest.mark.parametrize("part", ["day", "time"])
def test_enter_where_the_time_is_chosen_has_the_text_sent_then(opened: Opened, part: str) -> None:
    desktop = opened()
    desktop.composer.editor.setPlainText("Happy birthday")
    desktop.composer.later_button.click()
    sheet = desktop.sheet(ScheduleSheet)
    desktop.press("Return", sheet.day if part == "day" else sheet.time)
    order = desktop.wait_for(c.Schedule)
    assert isinstance(order, c.Schedule)
    assert (order.to, order.text) == (conversation_of("bob").hex(), "Happy birthday")
    assert desktop.window.sheets.top is None


def test_a_time_that_is_past_is_not_taken(opened: Opened) -> None:
    desktop = opened()
    desktop.composer.editor.setPlainText("too late")
    desktop.composer.later_button.click()
    sheet = desktop.sheet(ScheduleSheet)
    sheet.day.setDate(sheet.day.date().addYears(-1))
    sheet.yes.click()
    assert sheet.wrong.isVisible()
    assert desktop.asked(c.Schedule) == []
    assert desktop.composer.editor.toPlainText() == "too late"


def test_times_that_one_means_are_offered() -> None:
    friday = datetime(2026, 11, 27, 15, 30, 20, tzinfo=UTC)
    assert [at.isoformat() for at in suggestions(friday)] == [
        "2026-11-27T16:30:00+00:00",
        "2026-11-27T20:00:00+00:00",
        "2026-11-28T09:00:00+00:00",
        "2026-11-30T09:00:00+00:00",
    ]
    sunday = datetime(2026, 11, 29, 21, tzinfo=UTC)
    assert [at.hour for at in suggestions(sunday)] == [22, 9]


def test_the_row_of_the_archive_says_what_it_is() -> None:
    assert spoken(ArchiveRow(2, 1, is_open=True)) == "Archived (2), shown"
