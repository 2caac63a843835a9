"""Everything about groups has a name for screen readers, can be reached by Tab, and fits at twice the text size."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar

from babilu.api import commands as c
from babilu.api.group_views import GroupChangeView
from babilu.bot.fake_client import FakeClient
from babilu.desktop.theme import metrics as m
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.states import GroupChangeKind
from babilu.presentation.strings import LANGUAGES
from tests.unit.desktop.desktop_under_test import DesktopUnderTest
from tests.unit.desktop.test_accessibility import LONG_NAME, cut, nameless, own_controls

TITLE = "The choir of the upper valley, basses and tenors"


def sheets(desktop: DesktopUnderTest, label: str) -> tuple[Callable[[], object], ...]:
    groups = desktop.window.navigator.groups
    return (
        groups.begin,
        groups.join,
        lambda: groups.details(label),
        lambda: groups.members(label),
        lambda: groups.member(label, LONG_NAME),
        lambda: groups.add(label),
        lambda: groups.links(label),
        lambda: groups.newcomers(label),
        lambda: groups.edit(label),
        lambda: groups.log(label),
        lambda: groups.leave(label),
    )


@pytest.fixture
def choir(desktop: DesktopUnderTest, client: FakeClient) -> str:
    """Open a group in which much happens, and give its label."""
    client.add_contact(LONG_NAME)
    client.add_contact("bob")
    label = client.groups.begin(TITLE, LONG_NAME, "bob", topic="Every Sunday at six", told=False).conversation
    client.receive(label, "hello", sender=LONG_NAME)
    client.groups.say(label, GroupChangeView(GroupChangeKind.ADDED, "bob", LONG_NAME, counts=False, why_not="ended"))
    client.request(c.MakeGroupLink(label, 5, True)).result()
    client.groups.begin("Garden", by="bob", accepted=False)
    client.groups.ask_to_join(label, "mallory")
    desktop.enter()
    desktop.open(label)
    return label


def test_every_control_has_a_name(desktop: DesktopUnderTest, choir: str) -> None:
    assert nameless(desktop.window) == []
    for open_sheet in sheets(desktop, choir):
        open_sheet()
        desktop.settle()
        assert nameless(desktop.window) == []
        desktop.window.sheets.clear()
    for waiting in desktop.client_model.waiting()[:2]:
        desktop.chat.show_decision(waiting)  # type: ignore[arg-type]  # nobody asks for a conversation here
        assert nameless(desktop.window) == []


def test_every_control_of_a_sheet_can_be_reached_by_tab(desktop: DesktopUnderTest, choir: str) -> None:
    for open_sheet in sheets(desktop, choir):
        open_sheet()
        desktop.settle()
        sheet = desktop.sheet(ModalSheet)
        for widget in own_controls(sheet):
            # Names in a list are reached by the keys of the field above it.
            in_list = widget.objectName() == "choices"
            if widget.isVisible() and widget.isEnabled() and not in_list and not isinstance(widget, QProgressBar):
                reachable = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) or widget.focusProxy() is not None
                assert reachable, widget.accessibleName()
        desktop.window.sheets.clear()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_clipped_at_twice_the_text_size(desktop: DesktopUnderTest, choir: str, language: str) -> None:
    desktop.window.resize(m.WINDOW_WIDTH, m.WINDOW_HEIGHT)
    desktop.app.preferences.change(text_percent=200, language=language)
    desktop.settle()
    assert list(cut(desktop.window)) == []
    for open_sheet in sheets(desktop, choir):
        open_sheet()
        desktop.settle()
        sheet = desktop.sheet(ModalSheet)
        assert sheet.body.totalMinimumSize().width() <= sheet.width(), sheet.title.text()
        assert list(cut(desktop.window)) == []
        desktop.window.sheets.clear()
    for row in range(desktop.client_model.messages.rowCount()):
        bubble = desktop.view.delegate.bubble(row)
        assert bubble.box.left() >= 0
        assert bubble.box.right() <= desktop.view.viewport().width()
    for waiting in desktop.client_model.waiting()[:2]:
        desktop.chat.show_decision(waiting)  # type: ignore[arg-type]  # nobody asks for a conversation here
        desktop.settle()
        assert list(cut(desktop.chat.decision)) == []
