"""Reading: one stays where one is, opens at what is unread, finds what one looks for, and drafts are kept."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QGuiApplication

from babilu.api import commands as c
from babilu.api.events import GapNoticed, LineAdded
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of, identity_of
from babilu.desktop.language import full_time
from babilu.desktop.models.message_words import spoken
from babilu.desktop.sheets.forward import ForwardSheet
from babilu.desktop.sheets.message_info import MessageInfoSheet
from babilu.desktop.sheets.question import QuestionSheet, ReadingSheet
from babilu.desktop.widgets.bubble_emphases import occurrences
from babilu.desktop.widgets.bubble_parts import LinkHit, PlaceHit, RetryHit, WholeHit
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageKind, MessageState
from babilu.presentation.message_window import SLACK, WINDOW
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]


def test_a_conversation_opens_at_its_newest_message(opened: Opened) -> None:
    desktop = opened(200)
    assert desktop.view.at_bottom
    assert desktop.texts()[-1] == "message 199"


def test_a_conversation_opens_where_the_unread_messages_begin(desktop: DesktopUnderTest, client: FakeClient) -> None:
    client.fill_history("bob", 60)
    for number in range(90):
        client.receive("bob", f"new {number}")
    desktop.enter()
    desktop.open("bob")
    row = desktop.client_model.messages.window.unread_row()
    assert row is not None
    assert desktop.client_model.messages.message(row).text == "new 0"
    top = desktop.view.visualRect(desktop.client_model.messages.index(row)).top()
    assert 0 <= top < desktop.view.viewport().height()
    assert not desktop.view.at_bottom


def test_at_the_bottom_new_messages_keep_one_there_and_are_read(opened: Opened, client: FakeClient) -> None:
    desktop = opened(100)
    client.receive("bob", "newest")
    desktop.qtbot.waitUntil(lambda: desktop.texts()[-1] == "newest")
    bar = desktop.view.verticalScrollBar()
    assert bar.value() == bar.maximum()
    assert desktop.wait_for(c.MarkRead) == c.MarkRead(conversation_of("bob").hex(), client.messages("bob")[-1].position)
    assert not desktop.page.jump.isVisible()


def test_while_one_reads_old_messages_new_ones_only_count(opened: Opened, client: FakeClient) -> None:
    desktop = opened(200)
    bar = desktop.view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    desktop.settle()
    place = desktop.view.place()
    for number in range(3):
        client.receive("bob", f"new {number}")
    desktop.qtbot.waitUntil(lambda: desktop.page.jump.text() == "3 new")
    assert desktop.view.place() == place
    assert desktop.asked(c.MarkRead) == []
    desktop.page.jump.click()
    desktop.settle()
    assert desktop.view.at_bottom
    assert not desktop.page.jump.isVisible()


def test_a_burst_leaves_the_reader_where_they_are(opened: Opened, client: FakeClient) -> None:
    desktop = opened(80)
    desktop.view.verticalScrollBar().setValue(0)
    desktop.settle()
    place = desktop.view.place()
    for number in range(WINDOW + SLACK):
        client.receive("bob", f"new {number}")
    desktop.qtbot.waitUntil(lambda: desktop.page.jump.text() == f"{WINDOW + SLACK} new")
    assert desktop.view.place() == place
    desktop.press("Ctrl+End")
    desktop.settle()
    assert desktop.texts()[-1] == f"new {WINDOW + SLACK - 1}"


def test_paging_through_a_long_history_keeps_the_place_and_the_window_small(opened: Opened) -> None:
    desktop = opened(1_000)
    bar = desktop.view.verticalScrollBar()
    for _ in range(12):
        bar.setValue(0)
        desktop.settle()
    assert desktop.texts()[0] == "message 0"
    assert desktop.client_model.messages.rowCount() <= WINDOW + SLACK
    assert desktop.client_model.messages.window.more_after
    bar.setValue(bar.maximum() * 2 // 3)
    before = desktop.view.place()
    assert before is not None
    desktop.client_model.pages.newer()
    desktop.settle()
    assert desktop.view.place() == before


def test_the_newest_key_leads_back_from_far_away(opened: Opened) -> None:
    desktop = opened(1_000)
    for _ in range(12):
        desktop.view.verticalScrollBar().setValue(0)
        desktop.settle()
    desktop.press("Ctrl+End")
    desktop.settle()
    assert desktop.texts()[-1] == "message 999"
    assert desktop.view.at_bottom


def test_a_larger_window_keeps_the_newest_message_in_view(opened: Opened) -> None:
    desktop = opened(100)
    desktop.window.resize(900, 500)
    desktop.settle()
    bar = desktop.view.verticalScrollBar()
    assert bar.value() == bar.maximum()


def test_a_failed_message_has_a_button_that_tries_again(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    message = client.request(c.Send("bob", "hello")).result()
    desktop.qtbot.waitUntil(lambda: desktop.texts() == ["hello"])
    client.advance(message.id, MessageState.FAILED, ErrorCode.QUOTA)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.message(0).state is MessageState.FAILED)
    bubble = desktop.view.delegate.bubble(0)
    assert isinstance(bubble.hit(bubble.retry.center()), RetryHit)
    desktop.view.hit.emit(0, RetryHit())
    assert desktop.wait_for(c.Retry) == c.Retry(message.id, conversation_of("bob").hex())
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.message(0).state is not MessageState.FAILED)


def test_what_could_not_be_sent_comes_back_with_the_reason(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.fail_next(c.Send, LinkError(ErrorCode.BUSY, "Busy."))
    desktop.write("hello", desktop.composer.editor)
    desktop.press("Return", desktop.composer.editor)
    desktop.qtbot.waitUntil(desktop.composer.error.isVisible)
    assert desktop.composer.editor.toPlainText() == "hello"
    assert "try again later" in desktop.composer.error.text()


def test_a_text_that_is_too_long_is_not_sent_and_the_rest_is_counted(opened: Opened) -> None:
    desktop = opened()
    desktop.composer.editor.setPlainText("é" * 30_001)
    assert not desktop.composer.send_button.isEnabled()
    assert desktop.composer.error.text() == "This text is 2 bytes too long to be sent."


def test_drafts_are_kept_for_each_conversation(desktop: DesktopUnderTest, client: FakeClient) -> None:
    client.add_contact("bob")
    client.add_contact("carol")
    desktop.enter()
    desktop.open("bob")
    desktop.write("for bob", desktop.composer.editor)
    desktop.open("carol")
    assert desktop.wait_for(c.SetDraft) == c.SetDraft(conversation_of("bob").hex(), "for bob")
    assert desktop.composer.editor.toPlainText() == ""
    desktop.settle()
    desktop.qtbot.waitUntil(lambda: desktop.client_model.conversations.get("bob").draft == "for bob")  # type: ignore[union-attr]
    desktop.open("bob")
    assert desktop.composer.editor.toPlainText() == "for bob"


def test_a_draft_is_kept_soon_although_nobody_leaves_the_conversation(
    desktop: DesktopUnderTest, client: FakeClient
) -> None:
    client.add_contact("bob")
    desktop.enter()
    desktop.open("bob")
    desktop.write("half", desktop.composer.editor)
    desktop.qtbot.waitUntil(lambda: c.SetDraft(conversation_of("bob").hex(), "half") in client.commands)


def test_a_text_goes_to_whom_it_was_written_while_another_conversation_opens(
    desktop: DesktopUnderTest, client: FakeClient
) -> None:
    client.add_contact("bob")
    client.add_contact("carol")
    desktop.enter()
    desktop.open("bob")
    desktop.write("for bob", desktop.composer.editor)
    client.hold(c.History)
    desktop.chat.open("carol")
    desktop.write("for carol", desktop.composer.editor)
    desktop.press("Return", desktop.composer.editor)
    assert desktop.wait_for(c.Send) == c.Send(conversation_of("carol").hex(), "for carol", identity_of("carol"))
    client.release(c.History)
    desktop.settle()
    assert client.messages("bob") == ()


def test_a_conversation_that_cannot_be_read_shows_nothing_of_another(
    desktop: DesktopUnderTest, client: FakeClient
) -> None:
    client.add_contact("bob")
    client.add_contact("carol")
    client.receive("bob", "from bob")
    desktop.enter()
    desktop.open("bob")
    client.fail_next(c.History, LinkError(ErrorCode.INTERNAL, "It cannot be read."))
    desktop.chat.open("carol")
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.window.conversation == "carol")
    assert desktop.texts() == []


def test_search_goes_from_hit_to_hit_and_escape_returns(opened: Opened) -> None:
    desktop = opened(300)
    bar = desktop.view.verticalScrollBar()
    bar.setValue(bar.maximum() - 200)
    place = desktop.view.place()
    desktop.press("Ctrl+F")
    desktop.write("message 12", desktop.page.search.field)
    desktop.press("Return", desktop.page.search.field)
    desktop.qtbot.waitUntil(lambda: desktop.page.search.count.text() == "1 of 11")
    desktop.press("Return", desktop.page.search.field)
    assert desktop.page.search.count.text() == "2 of 11"
    desktop.settle()
    assert desktop.client_model.messages.query == "message 12"
    desktop.press("Esc", desktop.page.search.field)
    desktop.settle()
    assert desktop.page.search.isHidden()
    assert desktop.client_model.messages.query == ""
    assert place is not None


def test_in_the_smallest_window_the_filters_of_a_search_stand_in_two_lines(opened: Opened) -> None:
    desktop = opened(3)
    desktop.window.resize(desktop.window.minimumSize())
    desktop.press("Ctrl+F")
    desktop.settle()
    bar = desktop.page.search
    tops = [each.mapTo(bar, QPoint()).y() for each in (bar.person_box, bar.time_box, bar.day, bar.day_button)]
    assert len(set(tops[:2])) == 1
    assert tops[2] >= tops[0] + bar.person_box.height()


def test_search_marks_hits_whatever_their_case_and_accents() -> None:
    assert occurrences("cafe", "Café CAFÉ") == [(0, 4), (5, 4)]
    assert occurrences("明天", "明天见") == [(0, 2)]


def test_search_everywhere_lists_people_and_messages(desktop: DesktopUnderTest, client: FakeClient) -> None:
    client.fill_history("bob", 3, lambda n: f"the harbour {n}")
    client.add_contact("harbourmaster")
    desktop.enter()
    desktop.press("Ctrl+Shift+F")
    field = desktop.chat.sidebar.field
    desktop.write("harbour", field)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.rows.rowCount() == 5)
    said = [str(desktop.client_model.rows.data(desktop.client_model.rows.index(row))) for row in range(5)]
    assert said[0].startswith("harbourmaster")
    assert said[1] == "Messages"
    desktop.press("Esc", field)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.rows.rowCount() == 2)


def test_a_found_message_is_jumped_to_and_marked(opened: Opened, client: FakeClient) -> None:
    desktop = opened(900)
    target = client.messages("bob")[100]
    desktop.page.show_message(target)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.window.row_of(target.id) is not None)
    desktop.settle()
    row = desktop.client_model.messages.window.row_of(target.id)
    assert row is not None
    assert desktop.client_model.messages.is_marked(target)
    area = desktop.view.visualRect(desktop.client_model.messages.index(row))
    assert desktop.view.viewport().rect().intersects(area)


def test_a_message_can_be_copied_read_forwarded_and_deleted(opened: Opened, client: FakeClient) -> None:
    desktop = opened(2)
    client.add_contact("carol")
    desktop.settle()
    desktop.qtbot.waitUntil(lambda: desktop.client_model.conversations.get("carol") is not None)
    message = desktop.client_model.messages.message(1)
    desktop.press("Ctrl+Up")
    desktop.press("Ctrl+C", desktop.view)
    assert QGuiApplication.clipboard().text() == "message 1"
    desktop.window.navigator.messages.read(message)
    assert desktop.sheet(ReadingSheet).text.toPlainText() == "message 1"
    desktop.window.sheets.clear()
    desktop.window.message_actions.forward(message)
    forward = desktop.sheet(ForwardSheet)
    desktop.write("carol", forward.field)
    desktop.press("Return", forward.field)
    desktop.press("Return", forward.field)
    to, of = (conversation_of(name).hex() for name in ("carol", "bob"))
    assert desktop.wait_for(c.Forward) == c.Forward(message.id, (to,), of)
    desktop.window.navigator.messages.delete(message)
    desktop.sheet(QuestionSheet).yes.click()
    assert desktop.wait_for(c.DeleteMessage) == c.DeleteMessage(message.id, conversation_of("bob").hex())


def test_information_on_a_message_names_who_when_which_way_and_how_far(opened: Opened) -> None:
    desktop = opened(2)
    desktop.window.navigator.messages.info(desktop.client_model.messages.message(1))
    sheet = desktop.sheet(MessageInfoSheet)
    desktop.settle()
    said = " ".join(label.text() for label in sheet.findChildren(type(sheet.title)))
    for part in ("You", "through the relay", "read", "Device 1"):
        assert part in said


def test_information_on_a_message_tells_when_it_was_delivered_and_read(opened: Opened) -> None:
    desktop = opened(2)
    message = desktop.client_model.messages.message(1)
    assert message.state is MessageState.READ
    desktop.window.navigator.messages.info(message)
    sheet = desktop.sheet(MessageInfoSheet)
    desktop.qtbot.waitUntil(lambda: "Delivered" in [label.text() for label in sheet.findChildren(type(sheet.title))])
    said = [label.text() for label in sheet.findChildren(type(sheet.title))]
    for name, at in (("Delivered", message.at + 60_000), ("Read", message.at + 120_000)):
        assert said[said.index(name) + 1] == full_time(at)


def test_a_long_message_is_folded_and_shown_whole_on_demand(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.receive("bob", "word " * 8_000)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() == 1)
    bubble = desktop.view.delegate.bubble(0)
    assert isinstance(bubble.hit(bubble.whole_at.center()), WholeHit)
    assert bubble.size.height() < 3_000
    desktop.view.hit.emit(0, WholeHit())
    assert len(desktop.sheet(ReadingSheet).text.toPlainText()) == 40_000


def test_a_late_message_says_so_and_leads_to_its_place(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    later = client.receive("bob", "Yes, of course!")
    client.receive("bob", "May I?", belongs_before=later.id)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() == 2)
    first, late = (desktop.view.delegate.bubble(row) for row in range(2))
    assert (first.time.startswith("late"), late.time.startswith("late")) == (False, True)
    assert first.hit(first.meta.center()) is None
    assert late.hit(late.meta.center()) == PlaceHit(later.id)
    desktop.view.hit.emit(1, PlaceHit(later.id))
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.is_marked(later))


def test_what_only_a_newer_version_understands_says_so(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.receive("bob", "stands for it", needs_newer=True)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() == 1)
    bubble = desktop.view.delegate.bubble(0)
    assert bubble.text.text() == "stands for it"
    assert bubble.time.startswith("needs a newer Babilu")


def test_a_link_is_found_under_the_pointer(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.receive("bob", "https://a.example/x")
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() == 1)
    bubble = desktop.view.delegate.bubble(0)
    assert bubble.hit(bubble.text_at + QPointF(20, 8)) == LinkHit("https://a.example/x")
    assert bubble.hit(QPointF(1, 1)) is None


def test_pinning_and_muting_are_a_menu_away(opened: Opened) -> None:
    desktop = opened()
    desktop.window.navigator.contact("bob")
    sheet = desktop.window.sheets.top
    assert sheet is not None
    sheet.pinned.click()  # type: ignore[attr-defined]
    sheet.muted.click()  # type: ignore[attr-defined]
    assert desktop.wait_for(c.SetPinned) == c.SetPinned(conversation_of("bob").hex(), pinned=True)
    assert desktop.wait_for(c.SetMuted) == c.SetMuted(conversation_of("bob").hex(), muted=True)


def test_a_gap_is_said_above_the_messages(opened: Opened, client: FakeClient) -> None:
    desktop = opened(3)
    client.tell(GapNoticed("bob", 1, 2, conversation_of("bob")))
    desktop.qtbot.waitUntil(desktop.page.banner.isVisible)
    assert desktop.page.banner.text.text() == "Waiting for 2 missing messages."


@pytest.mark.parametrize(
    ("missing", "text"), [(1, "1 message of bob is missing"), (2**62, "2147483647 messages of bob")]
)
def test_a_line_says_how_many_messages_are_missing_however_many_somebody_claims(
    opened: Opened, client: FakeClient, missing: int, text: str
) -> None:
    desktop = opened(3)
    shown = client.messages("bob")[-1]
    line = replace(shown, id=MessageId(bytes(16)), position=shown.position + 1, kind=MessageKind.GAP, missing=missing)
    client.tell(LineAdded(line))
    client.tell(GapNoticed("bob", missing, missing, conversation_of("bob")))
    desktop.qtbot.waitUntil(desktop.page.banner.isVisible)
    assert spoken(desktop.client_model.messages.window.messages[-1]).startswith(text)
    assert str(min(missing, 2**31 - 1)) in desktop.page.banner.text.text()
