"""Text from others is plain wherever it is shown, costs little, and opens nothing."""

import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from babilu.bot.fake_client import FakeClient
from babilu.desktop.notifications import words_for_message, words_for_request
from babilu.desktop.plain_text import (
    BUBBLE_LINES,
    clean,
    initials,
    is_emoji_only,
    one_line,
    only_digits,
    person,
    shown,
)
from babilu.desktop.preferences import Preferences
from babilu.desktop.sheets.question import QuestionSheet
from babilu.desktop.widgets.message_acts import MessageAct
from babilu.kernel.links import links
from babilu.presentation.plain_text import MARKS_SHOWN
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]

MARKUP = '<b>bold</b> <img src="file:///etc/hostname"> <a href="https://evil.example">bank</a> &amp; <table>'
TURNED = "abc\u202egpj.exe\u2066x"
MARKS = "a" + "\u0301" * 32_768
LINES = "\n" * 1_000_000
HOSTILE = (MARKUP, TURNED, MARKS, LINES, "\x1b]0;title\x07", "\ud83d\udc4d"[:0] + "x" * 60_000, "\u2028" * 500)


@pytest.mark.parametrize("text", HOSTILE, ids=["markup", "turned", "marks", "lines", "escape", "long", "separators"])
def test_hostile_text_is_bounded_and_keeps_its_letters(text: str) -> None:
    begun = time.process_time()
    safe = shown(text)
    assert time.process_time() - begun < 0.5
    assert safe.text.count("\n") < BUBBLE_LINES
    assert len(safe.text) <= 3_000
    assert not any(sign in safe.text for sign in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x1b\x07")


def test_markup_stays_what_was_typed() -> None:
    assert shown(MARKUP).text == MARKUP


def test_marks_on_one_character_are_bounded() -> None:
    assert clean(MARKS) == "a" + "\u0301" * MARKS_SHOWN + f"[+{32_768 - MARKS_SHOWN}]"


def test_one_line_is_isolated_from_its_surroundings() -> None:
    assert one_line("hello\n\nworld") == "hello world"
    assert one_line("אבג") == "\u2068אבג\u2069"
    assert person("bob\u202e") == "bob\\u202e"


def test_a_link_ends_before_the_sentence_does() -> None:
    assert [link.address for link in links("see https://a.example/x. (https://b.example/y)")] == [
        "https://a.example/x",
        "https://b.example/y",
    ]


def test_only_a_few_emoji_stand_alone() -> None:
    assert is_emoji_only("👍🏽")
    assert is_emoji_only("👩‍👩‍👧")
    assert not is_emoji_only("👍 ok")
    assert not is_emoji_only("👍👍👍👍")


def test_initials_and_digits_are_found_in_any_script() -> None:
    assert initials("Ada Lovelace") == "AL"
    assert initials("王小明") == "王"
    assert initials("***") == "?"
    assert only_digits("١٢ 3-4") == "1234"


def every_widget(root: QWidget) -> Iterator[QWidget]:
    yield root
    yield from root.findChildren(QWidget)


def assert_plain(root: QWidget) -> None:
    for widget in every_widget(root):
        if isinstance(widget, QLabel):
            assert widget.textFormat() is Qt.TextFormat.PlainText, widget.text()
        if isinstance(widget, QAbstractButton):
            assert "<img" not in widget.text()
        assert "<img" not in widget.toolTip()


@pytest.mark.parametrize(
    "text", [MARKUP, TURNED, MARKS[:30_000], LINES[:59_000]], ids=["markup", "turned", "marks", "lines"]
)
def test_every_widget_shows_hostile_messages_and_names_as_plain_text(
    desktop: DesktopUnderTest, client: FakeClient, text: str
) -> None:
    name = "<img src='file:///etc/hostname'>\u202e"
    client.receive(name, text)
    client.ask_for_conversation(name)
    desktop.enter()
    desktop.open(name)
    desktop.window.grab()
    client.react(name, desktop.client_model.messages.message(0).id, "👍")
    desktop.settle()
    message = desktop.client_model.messages.message(0)
    navigator = desktop.window.navigator
    sheets: tuple[Callable[[], None], ...] = (
        lambda: navigator.messages.info(message),
        lambda: navigator.contact(name),
        lambda: navigator.verify(name),
        lambda: navigator.block(name),
        lambda: navigator.trust(client.contact(name)),
        lambda: navigator.messages.read(message),
        lambda: desktop.window.message_actions.forward(message),
        lambda: navigator.call(name),
        lambda: navigator.messages.link("https://evil.example/<img src=x>"),
        lambda: navigator.messages.wordings(message),
        lambda: navigator.rename(name),
        lambda: navigator.clear(name),
        lambda: navigator.messages.delete_for_all(message),
        lambda: desktop.window.message_actions.do(message, MessageAct.REACTIONS),
        navigator.switch,
    )
    for open_sheet in sheets:
        open_sheet()
        desktop.settle()
        assert_plain(desktop.window)
        desktop.window.grab()
        desktop.window.sheets.clear()
    client.change_identity(name)
    desktop.qtbot.waitUntil(desktop.page.banner.isVisible)
    desktop.chat.show_request(next(iter(desktop.client_model.requests.values())))
    assert_plain(desktop.window)
    desktop.window.grab()
    assert "\u202e" not in desktop.window.windowTitle()


def test_notifications_carry_no_control_of_direction(desktop: DesktopUnderTest, client: FakeClient) -> None:
    message = client.receive("eve\u202e", TURNED)
    request = client.ask_for_conversation("eve\u202e")
    for words in (
        words_for_message(message, Preferences(), locked=False),
        words_for_request(request, Preferences(), locked=False),
    ):
        assert all("\u202e" not in part for part in words)
    assert desktop.window is not None


def test_a_link_is_opened_only_after_its_true_host_was_shown(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    visited: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: visited.append(url.toString()))
    desktop = opened()
    desktop.window.navigator.messages.link("https://bank.example@xn--evl-bma.example/login")
    sheet = desktop.sheet(QuestionSheet)
    assert "\nxn--evl-bma.example\n" in sheet.text.text()
    assert visited == []
    sheet.yes.click()
    assert visited
