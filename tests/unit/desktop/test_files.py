"""Files stand in their bubble with size and state; what one does with them goes by mouse and by keys."""

from collections.abc import Callable

from PySide6.QtCore import Qt

from babilu.bot.fake_client import FakeClient
from babilu.desktop.notifications import words_for_message
from babilu.desktop.preferences import Preferences
from babilu.desktop.widgets.bubble import Bubble, FileHit
from babilu.kernel.errors import ErrorCode
from babilu.kernel.states import TransferState
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

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
    assert row.line.startswith("1 kB · not moved: ")
