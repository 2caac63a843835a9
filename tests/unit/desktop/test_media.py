"""What a conversation has besides words is shown by kind, reached by keys, and leads to its message."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from babilu.api import commands as c
from babilu.api.views import FileView, PreviewView
from babilu.bot.fake_client import FakeClient
from babilu.desktop.sheets.media import MediaSheet
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.states import FileState
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]
PICTURE = FileView(
    0,
    "dunes.jpg",
    800_000,
    "image/jpeg",
    FileState.OFFERED,
    0,
    width=64,
    height=32,
    preview=PreviewView(2, 1, bytes(6)),
)


@pytest.fixture
def shared(client: FakeClient) -> FakeClient:
    client.receive("bob", "", files=(PICTURE, ("plan.pdf", 1_500_000)))
    client.receive("bob", "see https://a.example/x")
    client.receive("bob", "||https://hidden.example/x||")
    client.receive("bob", "", files=(("sea.png", 9),))
    return client


def sheet_of(desktop: DesktopUnderTest) -> MediaSheet:
    desktop.press("Ctrl+Shift+M")
    desktop.settle()
    sheet = desktop.window.sheets.top
    assert isinstance(sheet, MediaSheet)
    return sheet


def shown(sheet: MediaSheet, role: int = Qt.ItemDataRole.DisplayRole) -> list[str]:
    return [str(sheet.model.data(sheet.model.index(row), role)) for row in range(sheet.model.rowCount())]


@pytest.mark.usefixtures("shared")
def test_each_kind_is_shown_by_itself_and_said_to_screen_readers(opened: Opened) -> None:
    desktop = opened()
    sheet = sheet_of(desktop)
    assert sheet.title.text() == "Shared with bob"
    assert shown(sheet) == ["sea.png", "dunes.jpg"]
    spoken = [text.rpartition(",")[0] for text in shown(sheet, Qt.ItemDataRole.AccessibleTextRole)]
    assert spoken == ["sea.png, 9 B, not fetched, bob", "dunes.jpg, 800 kB, not fetched, bob"]
    assert sheet.model.drawn(1).preview == PICTURE.preview
    assert sheet.model.drawn(1).about.startswith("800 kB · not fetched · bob · ")
    assert not sheet.grab().isNull()
    sheet.kinds.buttons[1].click()
    desktop.settle()
    assert (shown(sheet), sheet.list.accessibleName()) == (["plan.pdf"], "Files")
    sheet.kinds.buttons[2].click()
    desktop.settle()
    assert [text.strip("\u2068\u2069") for text in shown(sheet)] == ["▮▮▮▮▮▮▮▮", "https://a.example/x"]
    sheet.kinds.buttons[3].click()
    desktop.settle()
    assert (sheet.words.text(), sheet.list.isHidden()) == ("No voice notes yet.", True)


def test_enter_leads_to_the_message(opened: Opened, shared: FakeClient) -> None:
    desktop = opened()
    sheet = sheet_of(desktop)
    wanted = shared.messages("bob")[0]
    sheet.list.setFocus()
    desktop.press("Down", sheet.list)
    desktop.press("Right", sheet.list)
    assert sheet.list.currentIndex().row() == 1
    desktop.press("Return", sheet.list)
    desktop.settle()
    assert desktop.window.sheets.top is None
    assert desktop.client_model.messages.window.row_of(wanted.id) is not None
    assert desktop.client_model.messages.is_marked(wanted)


def test_older_ones_follow_while_one_scrolls(opened: Opened, client: FakeClient) -> None:
    for number in range(150):
        client.receive("bob", "", files=((f"{number}.png", 9),))
    desktop = opened()
    sheet = sheet_of(desktop)
    sheet.list.verticalScrollBar().setValue(0)
    before = sheet.model.rowCount()
    assert before < 150
    for _ in range(4):
        sheet.list.scrollToBottom()
        desktop.settle()
    assert shown(sheet) == [f"{number}.png" for number in reversed(range(150))]


def test_what_cannot_be_read_is_said_and_tried_again(opened: Opened, shared: FakeClient) -> None:
    desktop = opened()
    shared.fail_next(c.Media, LinkError(ErrorCode.UNAVAILABLE, "not now"))
    sheet = sheet_of(desktop)
    assert (sheet.again.isHidden(), bool(sheet.words.text())) == (False, True)
    sheet.again.click()
    desktop.settle()
    assert (sheet.again.isHidden(), sheet.model.rowCount()) == (True, 2)


def test_what_is_deleted_leaves_the_sheet_and_nothing_comes_to_a_closed_one(opened: Opened, shared: FakeClient) -> None:
    desktop = opened()
    sheet = sheet_of(desktop)
    shared.delete_for_all("bob", shared.messages("bob")[3].id)
    desktop.settle()
    assert shown(sheet) == ["dunes.jpg"]
    sheet.close_sheet()
    shared.delete_for_all("bob", shared.messages("bob")[0].id)
    desktop.settle()


def test_the_menu_of_a_conversation_opens_it(opened: Opened, shared: FakeClient) -> None:
    del shared
    desktop = opened()
    desktop.window.navigator.conversation_acts().media("bob")
    desktop.settle()
    assert isinstance(desktop.window.sheets.top, MediaSheet)
