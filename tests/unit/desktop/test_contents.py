"""What is said in a chat beside words: quotes, formatting, edits, reactions and timers, as one sees and hears it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont

from babilu.api import commands as c
from babilu.api.views import DeviceStateView, MessageInfoView, MessageView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of
from babilu.desktop.models.message_words import duration, origin_of, state_sentence, time_left
from babilu.desktop.sheets.message_info import MessageInfoSheet
from babilu.desktop.sheets.wordings import WordingsSheet
from babilu.desktop.widgets.bubble import Bubble
from babilu.desktop.widgets.bubble_parts import EditedHit, LinkHit, PlaceHit, ReactionHit, SpoilerHit
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageState
from tests.unit.desktop.desktop_under_test import DesktopUnderTest
from tests.unit.presentation.pages import message

Opened = Callable[..., DesktopUnderTest]
UNKNOWN = MessageId(b"\x01" * 16)


def arrived(desktop: DesktopUnderTest, count: int) -> None:
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() == count)


def bubble_of(desktop: DesktopUnderTest, row: int) -> Bubble:
    return desktop.view.delegate.bubble(row)


def said(desktop: DesktopUnderTest, row: int) -> str:
    model = desktop.client_model.messages
    return str(model.data(model.index(row), Qt.ItemDataRole.AccessibleTextRole))


def lines(bubble: Bubble) -> list[str]:
    return [section.layout.text().replace("\u2028", "\n") for section in bubble.content.sections]


def first_place(bubble: Bubble, needle: str) -> QPointF:
    """Give a point within the first letter of a text that is shown."""
    for section in bubble.content.sections:
        start = section.layout.text().find(needle)
        if start >= 0:
            line = section.layout.lineForTextPosition(start)
            found = line.cursorToX(start)
            left = float(found[0] if isinstance(found, tuple) else found)  # type: ignore[arg-type]
            return bubble.text_at + section.at + QPointF(left + 2, line.y() + line.height() / 2)
    raise AssertionError(needle)


# Replies.


def test_a_reply_is_said_with_whom_it_answers(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    asked = client.receive("bob", "Shall we *meet*?")
    mine = client.request(c.Send("bob", "Yes", reply_to=asked.id)).result()
    client.receive("bob", "Good", reply_to=mine.id)
    client.receive("bob", "Who?", reply_to=UNKNOWN)
    arrived(desktop, 4)
    assert said(desktop, 1).startswith("You, in reply to bob: Yes, ")
    assert said(desktop, 2).startswith("bob, in reply to you: Good, ")
    assert said(desktop, 3).startswith("bob, in reply to a message that is not here: Who?, ")
    quote = bubble_of(desktop, 1).quote
    assert quote is not None
    assert (quote.title, quote.line) == ("bob", "Shall we meet?")


def test_what_is_not_here_is_labelled_as_quoted_by_who_replied(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.receive("bob", "Who?", reply_to=UNKNOWN)
    arrived(desktop, 1)
    quote = bubble_of(desktop, 0).quote
    assert quote is not None
    assert (quote.title, quote.line) == ("As quoted by bob", "what was written before")


def test_a_quote_leads_to_its_message_and_sets_it_apart(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    asked = client.receive("bob", "Shall we meet?")
    for number in range(40):
        client.receive("bob", f"and {number}")
    client.request(c.Send("bob", "Yes", reply_to=asked.id)).result()
    arrived(desktop, 42)
    desktop.view.scroll_to_bottom()
    bubble = bubble_of(desktop, 41)
    assert bubble.quote is not None
    hit = bubble.hit(bubble.quote.box.center())
    assert hit == PlaceHit(asked.id)
    desktop.view.hit.emit(41, hit)
    assert desktop.client_model.messages.is_marked(asked)
    assert desktop.view.visualRect(desktop.client_model.messages.index(0)).top() >= 0


def test_a_deleted_message_leaves_a_line_and_every_quote_of_it_blank(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    asked = client.receive("bob", "regretted")
    client.request(c.Send("bob", "Really?", reply_to=asked.id)).result()
    arrived(desktop, 2)
    client.delete_for_all("bob", asked.id)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.message(0).deleted)
    assert lines(bubble_of(desktop, 0)) == ["bob deleted this message"]
    assert said(desktop, 0).startswith("bob deleted this message, ")
    quote = bubble_of(desktop, 1).quote
    assert quote is not None
    assert quote.line == "This message is gone"
    assert "regretted" not in said(desktop, 1)


# Formatting.


def test_marks_are_shown_as_styles_and_code_with_every_byte(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.receive("bob", "*bold* plain\n> quoted\n```\n  a  =  *1*\n```")
    arrived(desktop, 1)
    bubble = bubble_of(desktop, 0)
    assert lines(bubble) == ["bold plain", "quoted", "  a  =  *1*"]
    (style,) = bubble.text.formats()
    assert (style.start, style.length) == (0, 4)
    assert style.format.fontWeight() == QFont.Weight.Bold
    code = bubble.content.sections[2]
    assert code.layout.formats()[0].format.fontFamilies() == desktop.app.theme.fonts.code.families()


def test_nothing_of_others_is_markup(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.receive("bob", "<b>not bold</b> <img src='file:///etc/passwd'> &amp;")
    arrived(desktop, 1)
    assert lines(bubble_of(desktop, 0)) == ["<b>not bold</b> <img src='file:///etc/passwd'> &amp;"]


def test_a_spoiler_is_nowhere_until_it_is_pressed(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    made = client.receive("bob", "It was ||the gardener, https://a.example/x|| again")
    arrived(desktop, 1)
    bubble = bubble_of(desktop, 0)
    hidden = first_place(bubble, "nnn")
    assert "gardener" not in bubble.text.text()
    assert "gardener" not in said(desktop, 0)
    rows = desktop.client_model.rows
    assert "gardener" not in str(rows.data(rows.index(0), Qt.ItemDataRole.AccessibleTextRole))
    assert not any(section.links for section in bubble.content.sections)
    assert bubble.hit(hidden) == SpoilerHit()
    desktop.view.hit.emit(0, SpoilerHit())
    assert desktop.client_model.messages.is_revealed(made)
    shown = bubble_of(desktop, 0)
    assert lines(shown) == ["It was the gardener, https://a.example/x again"]
    assert shown.hit(first_place(shown, "https")) == LinkHit("https://a.example/x")
    assert "gardener" in said(desktop, 0)


def test_a_link_is_found_behind_marks_and_beyond_the_basic_plane(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.receive("bob", "🎉 *look* at https://a.example/_x_/y now")
    arrived(desktop, 1)
    bubble = bubble_of(desktop, 0)
    assert lines(bubble) == ["🎉 look at https://a.example/_x_/y now"]
    at = bubble.text_at + QPointF(bubble.content.natural - 40, bubble.content.height / 2)
    assert bubble.hit(at) == LinkHit("https://a.example/_x_/y")


def test_whoever_mentions_me_is_seen_at_once(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.receive("bob", "hear, @alice", mentions=("alice",))
    arrived(desktop, 1)
    (style,) = bubble_of(desktop, 0).text.formats()
    assert (style.start, style.length) == (6, 6)
    assert style.format.background().color().name() == desktop.app.theme.colours.highlight


# Edits, reactions, pins, timers.


def test_an_edited_message_says_so_and_shows_its_wordings(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    made = client.receive("bob", "first")
    arrived(desktop, 1)
    client.edit("bob", made.id, "second")
    desktop.qtbot.waitUntil(lambda: desktop.texts() == ["second"])
    bubble = bubble_of(desktop, 0)
    assert bubble.time.startswith("edited · ")
    assert bubble.hit(bubble.meta.center()) == EditedHit()
    desktop.view.hit.emit(0, EditedHit())
    sheet = desktop.sheet(WordingsSheet)
    desktop.qtbot.waitUntil(lambda: "first" in [each.text() for each in sheet.findChildren(type(sheet.title))])
    texts = [each.text() for each in sheet.findChildren(type(sheet.title))]
    assert texts.index("second") < texts.index("first")


def test_reactions_stand_below_and_a_press_joins_or_leaves(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    made = client.receive("bob", "we won")
    arrived(desktop, 1)
    client.react("bob", made.id, "👍", "🎉")
    desktop.qtbot.waitUntil(lambda: len(bubble_of(desktop, 0).chips) == 2)
    bubble = bubble_of(desktop, 0)
    assert [(chip.text, chip.own) for chip in bubble.chips] == [("👍 1", False), ("🎉 1", False)]
    assert bubble.chips[0].box.top() >= bubble.box.bottom()
    hit = bubble.hit(bubble.chips[0].box.center())
    assert isinstance(hit, ReactionHit)
    desktop.view.hit.emit(0, hit)
    assert desktop.wait_for(c.SetReactions) == c.SetReactions(made.id, ("👍",), conversation_of("bob").hex())
    desktop.qtbot.waitUntil(lambda: bubble_of(desktop, 0).chips[0].own)
    assert "👍 2" in said(desktop, 0)
    desktop.view.hit.emit(0, bubble_of(desktop, 0).hit(bubble_of(desktop, 0).chips[0].box.center()))
    assert desktop.wait_for(c.SetReactions, 2) == c.SetReactions(made.id, (), conversation_of("bob").hex())
    desktop.qtbot.waitUntil(lambda: not bubble_of(desktop, 0).chips[0].own)
    assert "👍 1" in said(desktop, 0)


def test_many_reactions_take_several_lines_and_none_leaves_the_list(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    made = client.receive("bob", "x")
    arrived(desktop, 1)
    client.react("bob", made.id, "👍", "🎉", "😀", "😁", "😂", "😃", "😄", "😅")
    client.react("carol", made.id, "🐶", "🐱", "🐭", "🐹", "🐰", "🦊", "🐻", "🐼")
    desktop.qtbot.waitUntil(lambda: len(bubble_of(desktop, 0).chips) == 16)
    chips = bubble_of(desktop, 0).chips
    assert len({chip.box.top() for chip in chips}) > 1
    assert max(chip.box.right() for chip in chips) < desktop.view.viewport().width()
    assert bubble_of(desktop, 0).size.height() >= max(chip.box.bottom() for chip in chips)


def test_a_pinned_and_a_forwarded_message_say_so(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    made = client.receive("bob", "important")
    arrived(desktop, 1)
    client.pin("bob", made.id)
    desktop.qtbot.waitUntil(lambda: bubble_of(desktop, 0).icons == ("pin",))
    assert ", pinned" in said(desktop, 0)
    client.request(c.Forward(made.id, ("bob",))).result()
    desktop.client_model.newest()
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() == 2)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.message(1).forwarded)
    assert bubble_of(desktop, 1).forwarded_at.isValid()
    assert said(desktop, 1).startswith("You, forwarded: important")


def test_a_message_that_somebody_else_gave_says_who(opened: Opened, client: FakeClient) -> None:
    made = client.receive("bob", "from before")
    client.shape(made.id, shared_by="alice", forwarded=True)
    desktop = opened()
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() == 1)
    assert bubble_of(desktop, 0).forwarded_at.isValid()
    assert origin_of(desktop.client_model.messages.message(0)) == "Forwarded, Shared by alice"
    assert said(desktop, 0).startswith("bob, forwarded, shared by alice: from before")
    client.shape(made.id, shared_by=None, forwarded=False)
    assert not origin_of(client.messages("bob")[0])


def test_a_message_that_disappears_says_when(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    client.set_timer("bob", 3_600)
    made = client.request(c.Send("bob", "not for long")).result()
    arrived(desktop, 1)
    bubble = bubble_of(desktop, 0)
    assert bubble.icons == ("clock",)
    assert bubble.left == "60 min"
    assert "disappears" in said(desktop, 0)
    assert "disappears here in 1 h" in state_sentence(made, made.at)


def view_of(timer: int | None, expires_at: int | None) -> MessageView:
    return replace(message(1), timer=timer, expires_at=expires_at)


def test_the_time_that_is_left_is_said_in_the_unit_that_says_most() -> None:
    assert time_left(view_of(None, None), 0) == ""
    assert time_left(view_of(30, None), 0) == "30 s"
    assert time_left(view_of(3_600, 1_000), 2_000) == "0 s"
    assert [duration(seconds) for seconds in (1, 59, 60, 90, 3_600, 86_400, 604_800)] == [
        "1 s",
        "59 s",
        "1 min",
        "2 min",
        "1 h",
        "1 d",
        "7 d",
    ]


def test_a_state_is_kept_beside_an_edit(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    made = client.request(c.Send("bob", "wrong")).result()
    arrived(desktop, 1)
    client.advance(made.id, MessageState.READ)
    client.request(c.EditMessage(made.id, "right")).result()
    desktop.qtbot.waitUntil(lambda: desktop.texts() == ["right"])
    assert said(desktop, 0).startswith("You: right, edited · ")
    assert said(desktop, 0).endswith(", read")


def test_information_on_a_deleted_message_says_which_devices_have_confirmed(
    opened: Opened, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = opened()
    made = client.request(c.Send("bob", "regretted")).result()
    arrived(desktop, 1)
    client.delete_for_all("alice", made.id)
    states = [
        DeviceStateView(2 * each, MessageState.READ, None, None, deleted=confirmed)
        for each, confirmed in (("a", True), ("b", False))
    ]
    monkeypatch.setattr(
        desktop.client_model.bridge,
        "request",
        lambda _command, done, _failed: done(MessageInfoView(client.messages("bob")[0], tuple(states))),
    )
    desktop.window.navigator.messages.info(client.messages("bob")[0])
    sheet = desktop.sheet(MessageInfoSheet)
    said_of = [label.text() for label in sheet.findChildren(type(sheet.title))]
    assert said_of[said_of.index("Device 1") + 1] == "deleted"
    assert said_of[said_of.index("Device 2") + 1] == "deletion not confirmed yet"
    assert sheet.quote.text() == "You deleted this message"
