"""However a file stands, its row can be read in every look, at twice the text size, and all is done by keys, too."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QFontMetricsF, QHelpEvent
from PySide6.QtWidgets import QApplication, QMenu, QToolTip

from babilu.api import commands as c
from babilu.api.views import FileView, MessageView
from babilu.bot.fake_client import FakeClient
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.palettes import contrast
from babilu.desktop.theme.theme import ThemeChoice
from babilu.desktop.widgets.bubble import Bubble
from babilu.desktop.widgets.bubble_text import SHADE
from babilu.desktop.widgets.file_rows import DISC
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.states import FileState, TransferState
from babilu.presentation.strings import LANGUAGES
from tests.unit.desktop.desktop_under_test import DesktopUnderTest
from tests.unit.desktop.pictures_under_test import Opened, picture
from tests.unit.desktop.test_accessibility import LOOKS

# The screen of the tests says so of a menu that opens.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

SIZE = 48_300_000
NAME = "rehearsal-of-the-whole-choir-in-the-old-harbour-hall.flac"
STATES = tuple(FileState)


def standing(message: MessageView, state: FileState, number: int, *, outgoing: bool) -> MessageView:
    """Give a message whose file and picture stand in one way."""
    error = ErrorCode.NOT_FOUND.value if state is FileState.FAILED else None
    done = {FileState.FETCHING: SIZE // 3, FileState.SENDING: SIZE // 3, FileState.PAUSED: SIZE // 2}.get(state, 0)
    files = (
        FileView(0, NAME, SIZE, "", state, done, error),
        replace(picture(state=state), index=1, size=SIZE, done=done, error=error),
    )
    position = message.position + number
    number_of = MessageId(position.to_bytes(16, "big"))
    return replace(message, id=number_of, position=position, text="", files=files, outgoing=outgoing)


def all_states(desktop: DesktopUnderTest, client: FakeClient) -> list[Bubble]:
    """Show a message for each state, of one's own and of somebody else, and give how each is laid out."""
    first = client.receive("bob", "these")
    model = desktop.client_model.messages
    desktop.qtbot.waitUntil(lambda: model.rowCount() == 1)
    made = [
        standing(first, state, 1 + 2 * at + outgoing, outgoing=bool(outgoing))
        for at, state in enumerate(STATES)
        for outgoing in (0, 1)
    ]
    model.window.arrive(made)
    desktop.settle()
    return [desktop.view.delegate.bubble(row) for row in range(1, model.rowCount())]


def over(front: str, back: str, alpha: int) -> str:
    """Lay a colour on another one."""
    one, other = QColor(front), QColor(back)
    parts = [
        (getattr(one, part)() * alpha + getattr(other, part)() * (255 - alpha)) // 255
        for part in ("red", "green", "blue")
    ]
    return QColor(*parts).name()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [m.WINDOW_WIDTH, m.PAGE_MIN + m.SIDEBAR_MIN])
def test_how_a_file_stands_is_read_at_twice_the_text_size(
    opened: Opened, client: FakeClient, language: str, width: int
) -> None:
    desktop = opened()
    desktop.app.preferences.change(text_percent=200, language=language)
    desktop.window.resize(width, m.WINDOW_HEIGHT)
    theme = desktop.app.theme
    small = QFontMetricsF(theme.fonts.small)
    for bubble in all_states(desktop, client):
        state = bubble.message.files[0].state
        assert bubble.box.right() <= desktop.view.viewport().width(), state
        (row,), (tile,) = bubble.files, bubble.pictures
        assert bubble.box.contains(row.box), state
        assert bubble.box.contains(tile.box), state
        assert not row.box.intersects(tile.box), state
        room = row.box.width() - theme.scaled(DISC) - m.SMALL
        # A reason may be longer than any row: pointing at it, and a screen reader, say all of it.
        if state is not FileState.FAILED and width == m.WINDOW_WIDTH:
            assert small.horizontalAdvance(row.line) <= room, (state, row.line)
        assert room > small.horizontalAdvance("100 %"), state
    assert not desktop.view.viewport().grab().isNull()


def test_of_a_transfer_its_progress_stays_in_sight_where_there_is_little_room(
    opened: Opened, client: FakeClient
) -> None:
    desktop = opened()
    message = client.receive("bob", "", files=(("plan.pdf", SIZE),))
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() == 1)
    now = [0]
    files = desktop.client_model.files
    files._monotonic_ms = lambda: now[0]
    for part in range(4):
        now[0] += 1_000
        client.move_file(message.id, 0, 4_000_000 * part + 1)
        desktop.settle()
    whole = desktop.view.delegate.bubble(0).files[0].line
    assert whole == "48.3 MB · 24 % · 4 MB/s · 10 s left"
    desktop.app.preferences.change(text_percent=200)
    desktop.window.resize(m.PAGE_MIN + m.SIDEBAR_MIN, m.WINDOW_HEIGHT)
    desktop.settle()
    assert desktop.view.delegate.bubble(0).files[0].line in {"24 % · 10 s left", "24 %"}


@pytest.mark.parametrize("look", LOOKS)
def test_what_a_row_shows_stands_out_in_every_look(opened: Opened, client: FakeClient, look: ThemeChoice) -> None:
    desktop = opened()
    desktop.app.preferences.change(theme=look)
    colours = desktop.app.theme.colours
    for ink, fill, bar in (
        (colours.text, colours.bubble_in, colours.accent),
        (colours.on_bubble_out, colours.bubble_out, colours.link_out),
    ):
        disc = over(ink, fill, SHADE)
        # WCAG 2.2, 1.4.11: what one must see of a control, and of a bar, is told apart at 3:1.
        assert contrast(ink, disc) >= 3
        assert contrast(bar, disc) >= 3
    assert all(bubble.files for bubble in all_states(desktop, client))
    desktop.view.scrollTo(desktop.client_model.messages.index(0))
    assert not desktop.view.viewport().grab().isNull()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (FileState.OFFERED, ["Save as…"]),
        (FileState.FETCHING, ["Pause", "Cancel the transfer"]),
        (FileState.PAUSED, ["Go on", "Cancel the transfer"]),
        (FileState.FAILED, ["Try to move it again"]),
        (FileState.HERE, ["Save as…"]),
    ],
)
def test_the_menu_key_offers_what_a_press_does(
    opened: Opened, client: FakeClient, state: FileState, words: list[str]
) -> None:
    desktop = opened()
    message = client.receive("bob", "", files=(("plan.pdf", SIZE),))
    desktop.qtbot.waitUntil(lambda: desktop.client_model.messages.rowCount() == 1)
    match state:
        case FileState.FETCHING:
            client.move_file(message.id, 0, SIZE // 3)
        case FileState.PAUSED:
            client.move_file(message.id, 0, SIZE // 3, TransferState.PAUSED)
        case FileState.FAILED:
            client.move_file(message.id, 0, SIZE // 3, TransferState.FAILED, ErrorCode.NOT_FOUND)
        case FileState.HERE:
            client.request(c.FetchFile(message.id)).result(10)
        case _:
            pass
    desktop.settle()
    assert desktop.client_model.messages.message(0).files[0].state is state
    desktop.press("Ctrl+Up")
    at = desktop.view.visualRect(desktop.view.currentIndex()).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, desktop.view.mapToGlobal(at))
    QApplication.sendEvent(desktop.view.viewport(), event)
    (menu,) = [each for each in desktop.window.findChildren(QMenu) if each.isVisible()]
    assert [action.text() for action in menu.actions()][: len(words)] == words
    menu.close()


def test_pointing_at_a_file_says_all_of_it(opened: Opened, client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop = opened()
    bubbles = all_states(desktop, client)
    failed = next(at for at, bubble in enumerate(bubbles) if bubble.message.files[0].state is FileState.FAILED)
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, _widget: told.append(text))
    index = desktop.client_model.messages.index(failed + 1)
    desktop.view.scrollTo(index)
    top = QPointF(desktop.view.visualRect(index).topLeft())
    for box in (bubbles[failed].files[0].box, bubbles[failed].pictures[0].box):
        at = (top + box.center()).toPoint()
        event = QHelpEvent(QHelpEvent.Type.ToolTip, at, desktop.view.viewport().mapToGlobal(at))
        QApplication.sendEvent(desktop.view.viewport(), event)
    reason = "48.3 MB · not moved: "
    assert told[0].startswith(f"{NAME}\n{reason}")
    assert told[1].startswith(f"photo.jpg\n{reason}")


def test_a_state_is_said_to_screen_readers_in_words(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    bubbles = all_states(desktop, client)
    model = desktop.client_model.messages
    said = [str(model.data(model.index(row + 1), Qt.ItemDataRole.AccessibleTextRole)) for row, _ in enumerate(bubbles)]
    assert all(f"{NAME}, 48.3 MB, " in each for each in said)
    assert len({each.partition(f"{NAME}, 48.3 MB, ")[2].partition(";")[0] for each in said}) == len(STATES)
