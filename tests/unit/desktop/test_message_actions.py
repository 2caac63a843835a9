"""What one does with a message: by menu, by the bar under the pointer and by keys, and where one writes."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from babilu.api import commands as c
from babilu.api.views import MessageView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of, identity_of
from babilu.desktop.sheets.emoji_picker import EmojiSheet
from babilu.desktop.sheets.forward import MOST, ForwardSheet
from babilu.desktop.sheets.question import QuestionSheet
from babilu.desktop.sheets.reactions import ReactionsSheet
from babilu.desktop.sheets.shortcuts import KeysSheet
from babilu.desktop.widgets.message_acts import MessageAct, acts_for
from babilu.desktop.widgets.message_delegate import Pulled
from babilu.kernel.errors import DeliveryError, ErrorCode, LinkError
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]


def received(desktop: DesktopUnderTest, client: FakeClient, *texts: str) -> list[MessageView]:
    made = [client.receive("bob", text) for text in texts]
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() >= len(made))
    return made


def sent(desktop: DesktopUnderTest, client: FakeClient, text: str) -> MessageView:
    made = client.request(c.Send("bob", text)).result()
    desktop.qtbot.waitUntil(lambda: text in desktop.texts())
    return made


def choose(desktop: DesktopUnderTest, row: int) -> None:
    desktop.view.setFocus()
    desktop.view.setCurrentIndex(desktop.client_model.messages.index(row))


def entries(desktop: DesktopUnderTest, message: MessageView) -> list[str]:
    menu = desktop.window.message_actions.make_menu(message)
    return [action.text().split("\t")[0] for action in menu.actions() if action.text()]


def offered(desktop: DesktopUnderTest) -> tuple[str, ...]:
    return desktop.composer.mentions.offered


def answered(desktop: DesktopUnderTest) -> MessageView | None:
    return desktop.composer.reply_to


# What there is.


def test_the_menu_offers_what_is_possible_with_a_message_now(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    (theirs,) = received(desktop, client, "see https://a.example and ||this||\n```\ncode\n```")
    own = sent(desktop, client, "mine")
    assert entries(desktop, theirs) == [
        "Reply",
        "React",
        "Copy",
        "Copy the code",
        "Show or hide the spoiler",
        "Select text…",
        "Open link…",
        "Forward…",
        "Pin for all",
        "About this message",
        "Delete for me…",
    ]
    mine = entries(desktop, own)
    assert "Edit" in mine
    assert mine[-1] == "Delete for all…"
    client.react("bob", own.id, "👍")
    client.edit("alice", own.id, "mine, too")
    shaped = client.shape(own.id, pinned=True, editable_until=None)
    assert {"Who reacted…", "Wordings…", "Unpin for all"} <= set(entries(desktop, shaped))
    assert "Edit" not in entries(desktop, shaped)
    gone = client.shape(own.id, deleted=True, text="")
    assert entries(desktop, gone) == ["About this message", "Delete for me…"]


def test_an_edit_is_possible_until_its_time_is_over(client: FakeClient) -> None:
    client.add_contact("bob")
    own = client.request(c.Send("bob", "mine")).result()
    assert own.editable_until is not None
    assert MessageAct.EDIT in acts_for(own, own.editable_until - 1)
    assert MessageAct.EDIT not in acts_for(own, own.editable_until)


def test_code_is_copied_with_every_byte(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    (made,) = received(desktop, client, "run\n```\n\tif x:  \n\t\ty = *1*\n```\nnow")
    desktop.window.message_actions.do(made, MessageAct.COPY_CODE)
    assert QGuiApplication.clipboard().text() == "\tif x:  \n\t\ty = *1*"
    desktop.window.message_actions.do(made, MessageAct.COPY)
    assert QGuiApplication.clipboard().text() == made.text


# Replies.


def test_enter_replies_to_the_chosen_message(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    (asked,) = received(desktop, client, "Shall we?")
    choose(desktop, 0)
    desktop.press("Return", desktop.view)
    assert desktop.composer.answers.isVisible()
    assert desktop.composer.answers.title.whole == "Reply to bob"
    assert desktop.composer.answers.line.whole == "Shall we?"
    assert desktop.composer.editor.hasFocus()
    desktop.write("Yes", desktop.composer.editor)
    desktop.press("Return", desktop.composer.editor)
    assert desktop.wait_for(c.Send) == c.Send(conversation_of("bob").hex(), "Yes", identity_of("bob"), asked.id)
    assert desktop.composer.answers.isHidden()


def test_a_double_click_replies(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, "Shall we?")
    bubble = desktop.view.delegate.bubble(0)
    at = desktop.view.visualRect(desktop.client_model.messages.index(0)).topLeft() + bubble.text_at.toPoint()
    QTest.mouseDClick(
        desktop.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at + QPoint(4, 6)
    )
    assert answered(desktop) is not None


def middle(desktop: DesktopUnderTest, row: int) -> QPoint:
    """Give the middle of a bubble, in the viewport."""
    top = desktop.view.visualRect(desktop.client_model.messages.index(row)).topLeft()
    return desktop.view.delegate.bubble(row).box.center().toPoint() + top


def pull(desktop: DesktopUnderTest, begin: QPoint, *ways: QPoint) -> list[Pulled | None]:
    """Press the button, move the pointer by each way from there, and let go; give what was pulled after each move."""
    port, left, plain = desktop.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(port, left, plain, begin)
    pulled = []
    for way in ways:
        at = QPointF(begin + way)
        QApplication.sendEvent(port, QMouseEvent(QEvent.Type.MouseMove, at, port.mapToGlobal(at), left, left, plain))
        pulled.append(desktop.view.delegate.pulled)
    QTest.mouseRelease(port, left, plain, begin + ways[-1])
    return pulled


def scroll(desktop: DesktopUnderTest, at: QPoint, by: QPoint, phase: Qt.ScrollPhase) -> None:
    """Move two fingers on a touchpad."""
    port, place = desktop.view.viewport(), QPointF(at)
    free, plain = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(place, port.mapToGlobal(place), by, by, free, plain, phase, False)
    QApplication.sendEvent(port, event)


def test_a_bubble_that_is_pulled_to_the_right_is_replied_to(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    asked, _ = received(desktop, client, "Shall we?", "Or not?")
    at = middle(desktop, 0)
    pull(desktop, at, QPoint(20, 1), QPoint(40, 2))
    assert answered(desktop) is None
    pull(desktop, at, QPoint(20, 1), QPoint(90, 60))
    assert answered(desktop) == asked
    assert desktop.view.delegate.pulled is None


def test_a_bubble_moves_while_it_is_pulled_and_shows_when_that_is_enough(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, "Shall we?")
    near, far = pull(desktop, middle(desktop, 0), QPoint(30, 0), QPoint(90, 0))
    assert near is not None
    assert far is not None
    assert (near.row, near.far, far.far) == (0, False, True)
    assert near.shift < far.shift


def test_two_fingers_pull_a_message_and_still_scroll(opened: Opened) -> None:
    desktop = opened(messages=80)
    row = desktop.client_model.messages.rowCount() - 1
    message = desktop.client_model.messages.message(row)
    at = middle(desktop, row)
    scroll(desktop, at, QPoint(0, 0), Qt.ScrollPhase.ScrollBegin)
    for _ in range(4):
        scroll(desktop, at, QPoint(25, 1), Qt.ScrollPhase.ScrollUpdate)
    assert answered(desktop) is None
    scroll(desktop, at, QPoint(0, 0), Qt.ScrollPhase.ScrollEnd)
    assert answered(desktop) == message
    assert desktop.view.at_bottom
    scroll(desktop, at, QPoint(0, 120), Qt.ScrollPhase.ScrollUpdate)
    assert not desktop.view.at_bottom


def test_where_fingers_leave_unsaid_a_rest_ends_the_pull(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    (asked,) = received(desktop, client, "Shall we?")
    for _ in range(4):
        scroll(desktop, middle(desktop, 0), QPoint(25, 1), Qt.ScrollPhase.NoScrollPhase)
    assert desktop.view.delegate.pulled is not None
    desktop.qtbot.waitUntil(lambda: answered(desktop) == asked)


def test_what_was_deleted_is_not_pulled(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    (asked,) = received(desktop, client, "Shall we?")
    client.delete_for_all("bob", asked.id)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.message(0).deleted)
    pull(desktop, middle(desktop, 0), QPoint(30, 0), QPoint(90, 0))
    assert answered(desktop) is None


def test_the_newest_message_is_chosen_first_again_after_one_has_written(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, "Shall we?", "Or not?")
    choose(desktop, 0)
    desktop.press("Return", desktop.view)
    desktop.write("Yes", desktop.composer.editor)
    desktop.press("Return", desktop.composer.editor)
    desktop.qtbot.waitUntil(lambda: "Yes" in desktop.texts())
    desktop.press("Ctrl+Up", desktop.composer.editor)
    chosen = desktop.page.chosen()
    assert chosen is not None
    assert chosen.text == "Yes"


def test_escape_leaves_the_reply_and_keeps_the_text(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, "Shall we?")
    choose(desktop, 0)
    desktop.press("Return", desktop.view)
    desktop.write("Perhaps", desktop.composer.editor)
    desktop.press("Escape", desktop.composer.editor)
    assert answered(desktop) is None
    assert desktop.composer.editor.toPlainText() == "Perhaps"


def test_a_draft_keeps_its_reply(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.add_contact("carol")
    (asked,) = received(desktop, client, "Shall we?")
    desktop.composer.reply(asked)
    desktop.write("Perhaps", desktop.composer.editor)
    desktop.open("carol")
    assert answered(desktop) is None
    assert c.SetDraft(conversation_of("bob").hex(), "Perhaps", asked.id) in desktop.asked(c.SetDraft)
    desktop.open("bob")
    assert answered(desktop) == asked
    assert desktop.composer.editor.toPlainText() == "Perhaps"


def test_a_draft_from_an_earlier_start_replies_to_what_it_did(desktop: DesktopUnderTest, client: FakeClient) -> None:
    client.fill_history("bob", 400)
    asked = client.messages("bob")[0]
    client.request(c.SetDraft("bob", "Perhaps", asked.id)).result()
    desktop.enter()
    desktop.open("bob")
    desktop.qtbot.waitUntil(lambda: answered(desktop) == asked)
    assert desktop.composer.editor.toPlainText() == "Perhaps"
    desktop.composer.keep()
    assert len(desktop.asked(c.SetDraft)) == 1


def test_nothing_is_replied_to_what_is_gone(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    (asked,) = received(desktop, client, "Shall we?")
    desktop.composer.reply(asked)
    client.delete_for_all("bob", asked.id)
    desktop.qtbot.waitUntil(lambda: answered(desktop) is None)
    assert desktop.composer.answers.isHidden()


def test_a_reply_that_could_not_be_sent_comes_back_as_one(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    (asked,) = received(desktop, client, "Shall we?")
    client.fail_next(c.Send, LinkError(ErrorCode.BUSY, "Busy."))
    desktop.composer.reply(asked)
    desktop.write("Yes", desktop.composer.editor)
    desktop.press("Return", desktop.composer.editor)
    desktop.qtbot.waitUntil(desktop.composer.error.isVisible)
    assert desktop.composer.editor.toPlainText() == "Yes"
    assert answered(desktop) == asked


# Edits.


def test_up_in_an_empty_field_edits_the_last_own_message(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    own = sent(desktop, client, "wrnog")
    received(desktop, client, "what?")
    desktop.press("Up", desktop.composer.editor)
    assert desktop.composer.editor.toPlainText() == "wrnog"
    assert desktop.composer.answers.title.whole == "Another wording · 24 h left"
    desktop.composer.editor.setPlainText("wrong")
    desktop.press("Return", desktop.composer.editor)
    assert desktop.wait_for(c.EditMessage) == c.EditMessage(own.id, "wrong", (), conversation_of("bob").hex())
    desktop.qtbot.waitUntil(lambda: "wrong" in desktop.texts())
    assert desktop.composer.editor.toPlainText() == ""


def test_up_moves_the_cursor_where_something_is_written(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    sent(desktop, client, "mine")
    desktop.write("half", desktop.composer.editor)
    desktop.press("Up", desktop.composer.editor)
    assert desktop.composer.edits is None


def test_escape_leaves_an_edit_and_what_was_written_comes_back(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    own = sent(desktop, client, "mine")
    desktop.write("half a thought", desktop.composer.editor)
    desktop.composer.edit(own)
    desktop.write(" changed", desktop.composer.editor)
    desktop.press("Escape", desktop.composer.editor)
    assert desktop.composer.edits is None
    assert desktop.composer.editor.toPlainText() == "half a thought"
    assert desktop.asked(c.EditMessage) == []
    desktop.composer.keep()
    assert desktop.wait_for(c.SetDraft) == c.SetDraft(conversation_of("bob").hex(), "half a thought")


def test_an_edit_that_is_refused_is_shown_again_with_the_reason(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    own = sent(desktop, client, "mine")
    client.fail_next(c.EditMessage, DeliveryError(ErrorCode.EXPIRED, "Too late."))
    desktop.composer.edit(own)
    desktop.write("!", desktop.composer.editor)
    desktop.press("Return", desktop.composer.editor)
    desktop.qtbot.waitUntil(desktop.composer.error.isVisible)
    assert desktop.composer.editor.toPlainText() == "mine!"
    assert desktop.composer.edits is not None


def test_another_wording_is_no_draft(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.add_contact("carol")
    own = sent(desktop, client, "mine")
    desktop.composer.edit(own)
    desktop.write(" changed", desktop.composer.editor)
    desktop.composer.keep()
    desktop.open("carol")
    assert [each for each in desktop.asked(c.SetDraft) if "changed" in getattr(each, "text", "")] == []
    assert desktop.composer.editor.toPlainText() == ""


# Reactions.


def test_the_picker_finds_by_name_and_remembers_what_was_used(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    (made,) = received(desktop, client, "we won")
    choose(desktop, 0)
    desktop.press("Ctrl+E", desktop.view)
    sheet = desktop.sheet(EmojiSheet)
    assert sheet.field.hasFocus()
    desktop.write("party popper", sheet.field)
    desktop.press("Return", sheet.field)
    assert desktop.wait_for(c.SetReactions) == c.SetReactions(made.id, ("🎉",), conversation_of("bob").hex())
    assert desktop.app.preferences.value.recent_emoji == "🎉"
    desktop.press("Ctrl+E", desktop.view)
    assert next(iter(desktop.sheet(EmojiSheet).recent)) == "🎉"


def test_an_emoji_is_written_where_the_cursor_is(opened: Opened) -> None:
    desktop = opened()
    editor = desktop.composer.editor
    desktop.write("we won today", editor)
    for _ in "today":
        desktop.press("Left", editor)
    desktop.press("Ctrl+E", editor)
    sheet = desktop.sheet(EmojiSheet)
    desktop.write("party popper", sheet.field)
    desktop.press("Return", sheet.field)
    assert editor.toPlainText() == "we won 🎉today"
    assert editor.hasFocus()
    assert desktop.app.preferences.value.recent_emoji == "🎉"
    assert desktop.asked(c.SetReactions) == []
    desktop.click(desktop.composer.emoji_button)
    desktop.click(desktop.sheet(EmojiSheet).recent["🎉"])
    assert editor.toPlainText() == "we won 🎉🎉today"


def test_emoji_are_found_in_the_language_in_force(opened: Opened) -> None:
    desktop = opened()
    desktop.app.preferences.change(language="es")
    desktop.press("Ctrl+E", desktop.composer.editor)
    sheet = desktop.sheet(EmojiSheet)
    assert sheet.recent["👍"].accessibleName() == "pulgar hacia arriba"
    desktop.write("corazon roj", sheet.field)
    desktop.press("Return", sheet.field)
    assert desktop.composer.editor.toPlainText() == "❤️"


def test_arrows_walk_through_the_emoji_and_letters_go_back_to_the_search(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    (made,) = received(desktop, client, "we won")
    desktop.window.message_actions.choose_reaction(made)
    sheet = desktop.sheet(EmojiSheet)
    desktop.press("Down", sheet.field)
    assert sheet.list.hasFocus()
    desktop.press("Right", sheet.list)
    desktop.press("Right", sheet.list)
    desktop.press("Left", sheet.list)
    assert sheet.list.currentIndex().row() == 1
    desktop.press("Up", sheet.list)
    assert sheet.field.hasFocus()
    desktop.press("Down", sheet.field)
    desktop.write("z", sheet.list)
    assert sheet.field.text() == "z"
    assert sheet.field.hasFocus()
    desktop.write("zzz", sheet.field)
    assert sheet.nothing.isVisible()
    desktop.press("Return", sheet.field)
    assert desktop.asked(c.SetReactions) == []


def test_who_reacted_is_shown_and_a_button_joins(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    (made,) = received(desktop, client, "we won")
    client.react("bob", made.id, "👍")
    desktop.qtbot.waitUntil(lambda: bool(desktop.client_model.messages.message(0).reactions))
    desktop.window.message_actions.do(desktop.client_model.messages.message(0), MessageAct.REACTIONS)
    sheet = desktop.sheet(ReactionsSheet)
    assert [label.text() for label in sheet.said] == ["👍 bob"]
    sheet.buttons[0].click()
    assert desktop.wait_for(c.SetReactions) == c.SetReactions(made.id, ("👍",), conversation_of("bob").hex())


# Deleting, pinning, forwarding.


def test_deleting_for_all_says_what_it_cannot_do(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    own = sent(desktop, client, "mine")
    desktop.window.message_actions.do(own, MessageAct.DELETE_FOR_ALL)
    sheet = desktop.sheet(QuestionSheet)
    assert "may have seen, copied or kept it" in sheet.text.text()
    assert sheet.no.hasFocus()
    sheet.yes.click()
    assert desktop.wait_for(c.DeleteMessage) == c.DeleteMessage(own.id, conversation_of("bob").hex(), for_all=True)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.message(0).deleted)


def test_a_message_is_pinned_and_unpinned_by_one_key(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    (made,) = received(desktop, client, "important")
    choose(desktop, 0)
    desktop.press("Ctrl+P", desktop.view)
    assert desktop.wait_for(c.PinMessage) == c.PinMessage(made.id, True, conversation_of("bob").hex())
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.message(0).pinned)
    desktop.press("Ctrl+P", desktop.view)
    assert desktop.wait_for(c.PinMessage, 2) == c.PinMessage(made.id, False, conversation_of("bob").hex())


def test_a_message_is_forwarded_to_several_and_to_no_more_than_may_be(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    for number in range(MOST + 2):
        client.add_contact(f"friend{number:02}")
    (made,) = received(desktop, client, "news")
    desktop.settle()
    desktop.qtbot.waitUntil(lambda: len(desktop.client_model.conversations) == MOST + 3)
    desktop.window.message_actions.forward(made)
    sheet = desktop.sheet(ForwardSheet)
    assert not sheet.button.isEnabled()
    for number in range(MOST + 1):
        desktop.write(f"friend{number:02}", sheet.field)
        desktop.press("Return", sheet.field)
    assert len(sheet.chosen) == MOST
    assert sheet.hint.text() == "At most 20 people at once."
    sheet.button.click()
    order = desktop.wait_for(c.Forward)
    assert isinstance(order, c.Forward)
    first = conversation_of("friend00").hex()
    assert (order.message, order.to[0], len(order.to)) == (made.id, first, MOST)


def test_pictures_are_forwarded_with_every_byte_only_where_one_says_so(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.add_contact("carol")
    client.receive("bob", "words")
    client.receive("bob", "look", files=(("a.jpg", 3_000),))
    desktop.qtbot.waitUntil(lambda: len(desktop.client_model.conversations) == 2)
    desktop.settle()
    words, picture = (client.messages("bob")[place] for place in (0, 1))
    desktop.window.message_actions.forward(words)
    assert not desktop.sheet(ForwardSheet).bytes_switch.isVisible()
    for as_files in (False, True):
        desktop.window.sheets.clear()
        desktop.window.message_actions.forward(picture)
        sheet = desktop.sheet(ForwardSheet)
        assert sheet.bytes_switch.isVisible()
        sheet.bytes_switch.setChecked(as_files)
        sheet.choose("carol")
        sheet.button.click()
        desktop.qtbot.waitUntil(lambda: len(desktop.asked(c.Forward)) == 1 + as_files)  # noqa: B023 -- waited for here
    assert [isinstance(each, c.Forward) and each.as_files for each in desktop.asked(c.Forward)] == [False, True]


def test_ticks_choose_and_take_back(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.add_contact("carol")
    (made,) = received(desktop, client, "news")
    desktop.qtbot.waitUntil(lambda: len(desktop.client_model.conversations) == 2)
    desktop.window.message_actions.forward(made)
    sheet = desktop.sheet(ForwardSheet)
    names = [sheet.list.item(row).text() for row in range(sheet.list.count())]
    item = sheet.list.item(names.index("carol"))
    item.setCheckState(Qt.CheckState.Checked)
    assert sheet.chosen == ["carol"]
    item.setCheckState(Qt.CheckState.Unchecked)
    assert sheet.chosen == []


# The pointer.


def test_the_bar_stands_beside_the_message_under_the_pointer(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    (made,) = received(desktop, client, "Shall we?")
    place = desktop.view.visualRect(desktop.client_model.messages.index(0)).topLeft()
    box = desktop.view.delegate.bubble(0).box.translated(QPointF(place))
    QTest.mouseMove(desktop.view.viewport(), box.center().toPoint())
    desktop.qtbot.waitUntil(desktop.page.hover.isVisible)
    assert desktop.page.hover.message == made.id
    assert not desktop.page.hover.geometry().intersects(box.toRect())
    desktop.page.hover.buttons[MessageAct.REPLY].click()
    assert answered(desktop) == made
    client.delete_for_all("bob", made.id)
    desktop.qtbot.waitUntil(desktop.page.hover.isHidden)


def test_the_bar_still_comes_after_a_sheet_was_closed(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    received(desktop, client, "news")
    desktop.window.navigator.keys()
    sheet = desktop.sheet(KeysSheet)
    gone: list[bool] = []
    sheet.destroyed.connect(lambda: gone.append(True))
    sheet.close_sheet()
    desktop.qtbot.waitUntil(lambda: bool(gone))
    QTest.mouseMove(desktop.view.viewport(), middle(desktop, 0))
    desktop.qtbot.waitUntil(desktop.page.hover.isVisible)


# Mentions and typing.


def test_names_are_offered_behind_an_at_and_taken_by_tab(opened: Opened) -> None:
    desktop = opened()
    desktop.composer.editor.setFocus()
    desktop.write("hear @b", desktop.composer.editor)
    assert offered(desktop) == ("bob",)
    desktop.press("Tab", desktop.composer.editor)
    assert desktop.composer.editor.toPlainText() == "hear @bob "
    assert offered(desktop) == ()
    desktop.press("Return", desktop.composer.editor)
    order = desktop.wait_for(c.Send)
    assert isinstance(order, c.Send)
    assert order.mentions == ("bob",)


@pytest.mark.parametrize("text", ["mail b@b", "@x", "no"])
def test_nobody_is_offered_where_nobody_is_meant(opened: Opened, text: str) -> None:
    desktop = opened()
    desktop.composer.editor.setFocus()
    desktop.write(text, desktop.composer.editor)
    assert offered(desktop) == ()


def test_escape_closes_the_offer_first(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    (asked,) = received(desktop, client, "Shall we?")
    desktop.composer.reply(asked)
    desktop.write("@", desktop.composer.editor)
    assert offered(desktop) == ("bob",)
    desktop.press("Escape", desktop.composer.editor)
    assert offered(desktop) == ()
    assert answered(desktop) == asked


def test_typing_is_told_once_in_three_seconds_and_a_draft_is_none(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = opened()
    now = [1_000_000]
    monkeypatch.setattr(desktop.client_model.clock, "monotonic_ms", lambda: now[0])
    desktop.composer.open("bob", "kept from yesterday")
    assert desktop.asked(c.Typing) == []
    desktop.write(" and more", desktop.composer.editor)
    assert desktop.wait_for(c.Typing) == c.Typing(conversation_of("bob").hex())
    now[0] += 2_999
    desktop.write("x", desktop.composer.editor)
    assert len(desktop.asked(c.Typing)) == 1
    now[0] += 1
    desktop.write("x", desktop.composer.editor)
    desktop.wait_for(c.Typing, 2)
