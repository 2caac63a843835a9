"""Pictures as a client gives them, for tests: two colours, so that a test can tell which part of one is seen."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from babilu.api.views import FileView, MessageView, PreviewView
from babilu.bot.fake_client import FakeClient
from babilu.kernel.states import FileState
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

RED, BLUE = b"\xd0\x10\x10", b"\x10\x10\xd0"
LEFT_RED = PreviewView(32, 24, (RED * 16 + BLUE * 16) * 24)
Opened = Callable[..., DesktopUnderTest]


def picture(
    name: str = "photo.jpg",
    width: int = 1600,
    height: int = 1200,
    state: FileState = FileState.OFFERED,
    preview: PreviewView | None = LEFT_RED,
) -> FileView:
    """Give a picture of somebody else; without a preview it cannot be shown."""
    done = 1_000_000 if state is FileState.HERE else 0
    return FileView(0, name, 1_000_000, "image/jpeg", state, done, width=width, height=height, preview=preview)


def received(desktop: DesktopUnderTest, client: FakeClient, *files: FileView, text: str = "") -> MessageView:
    """Let a message with pictures arrive and be shown."""
    rows = desktop.client_model.messages.rowCount()
    message = client.receive("bob", text, files=files)
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() > rows)
    desktop.settle()
    return message


def press_picture(desktop: DesktopUnderTest, row: int = 0, index: int = 0) -> None:
    """Press a picture with the mouse."""
    box = desktop.view.delegate.bubble(row).pictures[index].box
    desktop.view.scrollTo(desktop.client_model.messages.index(row))
    top = desktop.view.visualRect(desktop.client_model.messages.index(row)).topLeft()
    QTest.mouseClick(desktop.view.viewport(), Qt.MouseButton.LeftButton, pos=top + box.center().toPoint())
