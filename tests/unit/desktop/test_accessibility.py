"""Everything can be reached by keys, has a name for screen readers, and tells what arrives."""

import re
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QWidget,
)

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_people import PEER
from babilu.bot.fake_profile import START_MS
from babilu.desktop.sheets.contact import ContactSheet
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import ThemeChoice
from babilu.desktop.widgets import toast
from babilu.desktop.widgets.basics import Card, ElidedLabel, Turning, breakable, lead_to
from babilu.desktop.widgets.composer import Written
from babilu.desktop.widgets.message_acts import MessageAct
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.desktop.window import main_window
from babilu.kernel.errors import ErrorCode
from babilu.presentation.banners import Step
from babilu.presentation.strings import LANGUAGES
from tests.unit.desktop.desktop_under_test import DesktopUnderTest

Opened = Callable[..., DesktopUnderTest]
LONG_NAME = "maximiliana-von-der-wasserkante1"
LOOKS = tuple(choice for choice in ThemeChoice if choice is not ThemeChoice.SYSTEM)
CONTROLS = (QAbstractButton, QLineEdit, QPlainTextEdit, QComboBox, QAbstractItemView, QProgressBar)


def own_controls(root: QWidget) -> Iterator[QWidget]:
    """Give the controls that are ours: what Qt builds into its own has names from Qt."""
    for widget in root.findChildren(QWidget):
        inner = widget.objectName().startswith("qt_") or isinstance(widget.parent(), QComboBox | QLineEdit)
        hidden_popup = widget.window() is not root.window()
        if isinstance(widget, CONTROLS) and not inner and not hidden_popup:
            yield widget


def nameless(root: QWidget) -> list[str]:
    """Name the controls without a name, by what they are."""
    found = []
    for widget in own_controls(root):
        interface = QAccessible.queryAccessibleInterface(widget)
        name = interface.text(QAccessible.Text.Name)
        if not name.strip():
            found.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    return found


def contents(desktop: DesktopUnderTest, name: str) -> tuple[Callable[[], object], ...]:
    """Give what opens the sheets about contents and conversations."""
    navigator, acts = desktop.window.navigator, desktop.window.message_actions
    message, own = (desktop.client_model.messages.message(row) for row in range(2))
    return (
        navigator.own_link,
        navigator.scheduled,
        lambda: navigator.schedule(Written("later")),
        lambda: navigator.timer(name),
        lambda: navigator.rename(name),
        lambda: navigator.remove(name),
        lambda: navigator.messages.wordings(message),
        lambda: navigator.messages.delete_for_all(own),
        lambda: acts.choose_reaction(message),
        lambda: acts.forward(message),
        lambda: acts.do(message, MessageAct.REACTIONS),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_control_of_every_page_and_sheet_has_a_name(
    desktop: DesktopUnderTest, client: FakeClient, language: str
) -> None:
    client.fill_history("bob", 3)
    client.receive("bob", "", files=(("plan.pdf", 1_000),))
    client.react("bob", client.messages("bob")[0].id, "👍")
    client.pin("bob", client.messages("bob")[1].id)
    client.request(c.Schedule("bob", "later", START_MS + 3_600_000)).result()
    client.connect_peer("carol", PEER)
    client.ask_for_conversation("mallory")
    desktop.enter()
    desktop.app.preferences.change(language=language)
    desktop.open("bob")
    desktop.composer.files.add([__file__])
    assert len(desktop.composer.files.chips) == 1
    desktop.press("Ctrl+F")
    assert nameless(desktop.window) == []
    navigator = desktop.window.navigator
    for open_sheet in (
        navigator.settings,
        navigator.keys,
        navigator.switch,
        navigator.begin_anew,
        navigator.connection,
        navigator.details,
        lambda: navigator.verify("bob"),
        lambda: navigator.block("bob"),
        lambda: navigator.trust(client.contact("bob")),
        lambda: navigator.call("bob"),
        lambda: navigator.messages.read(desktop.client_model.messages.message(0)),
        lambda: navigator.messages.info(desktop.client_model.messages.message(1)),
        *contents(desktop, "bob"),
    ):
        open_sheet()
        desktop.settle()
        assert nameless(desktop.window) == []
        desktop.window.sheets.clear()
    desktop.window.lock()
    assert nameless(desktop.window.lock_page) == []


def test_every_control_in_view_can_be_reached_by_tab(opened: Opened) -> None:
    desktop = opened(2)
    for widget in own_controls(desktop.window):
        if widget.isVisible() and widget.isEnabled() and not isinstance(widget, QProgressBar):
            reachable = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) or widget.focusProxy() is not None
            assert reachable, widget.accessibleName()


def test_messages_and_conversations_are_said_in_full(opened: Opened) -> None:
    desktop = opened(2)
    model = desktop.client_model.messages
    said = str(model.data(model.index(1), Qt.ItemDataRole.AccessibleTextRole))
    assert said.startswith("You: message 1")
    assert said.endswith("read")
    rows = desktop.client_model.rows
    assert "bob" in str(rows.data(rows.index(0), Qt.ItemDataRole.AccessibleTextRole))
    interface: QAccessibleInterface = QAccessible.queryAccessibleInterface(desktop.view)
    assert interface.childCount() == 2
    assert interface.child(1).text(QAccessible.Text.Name).startswith("You: message 1")


def test_what_arrives_is_announced(opened: Opened, client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(main_window, "announce", lambda _widget, text: told.append(text))
    desktop = opened()
    client.receive("bob", "hello there")
    desktop.qtbot.waitUntil(lambda: told == ["bob: hello there"])
    desktop.window.lock()
    client.receive("bob", "secret")
    desktop.settle()
    assert told == ["bob: hello there"]


def test_an_announcement_reaches_the_bridge_to_screen_readers(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop = opened()
    events: list[tuple[QObject, str]] = []

    class Recorder:
        @staticmethod
        def isActive() -> bool:  # noqa: N802 -- Qt's name
            return True

        @staticmethod
        def updateAccessibility(event: object) -> None:  # noqa: N802 -- Qt's name
            events.append((event.object(), event.message()))  # type: ignore[attr-defined]

    monkeypatch.setattr(toast, "QAccessible", Recorder)
    desktop.window.toast.say("Something happened.")
    assert events == [(desktop.window.toast, "Something happened.")]


def cut(root: QWidget) -> Iterator[str]:
    """Give the words that have no room; what ends in an ellipsis, and says so, has the room that it wants."""
    for label in root.findChildren(QLabel):
        if label.isVisible() and label.text() and not isinstance(label, ElidedLabel):
            room, metrics = label.contentsRect(), label.fontMetrics()
            lines = QLabel.text(label).split("\n")
            parts = [
                part for line in lines for part in (re.split(r"[\s\u200b-]", line) if label.wordWrap() else [line])
            ]
            needed = label.heightForWidth(label.width()) if label.wordWrap() else metrics.height() * len(lines)
            if max(map(metrics.horizontalAdvance, parts)) > room.width() + 1 or needed > label.height() + 1:
                yield label.text()
    for button in root.findChildren(QAbstractButton):
        if button.isVisible() and button.text() and not isinstance(button, QCheckBox):
            text = button.fontMetrics().boundingRect(button.text())
            if text.width() > button.width() or text.height() > button.height():
                yield button.text()
    for field in root.findChildren(QLineEdit):
        if field.isVisible() and field.height() < field.fontMetrics().height():
            yield field.placeholderText()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_clipped_at_twice_the_text_size(opened: Opened, client: FakeClient, language: str) -> None:
    desktop = opened(3, LONG_NAME)
    first = client.messages(LONG_NAME)[0]
    client.react(LONG_NAME, first.id, "👍")
    client.pin(LONG_NAME, first.id)
    client.set_timer(LONG_NAME, 3_600)
    client.request(c.Schedule(LONG_NAME, "later", START_MS + 3_600_000)).result()
    client.change_identity(LONG_NAME)
    desktop.window.resize(m.WINDOW_WIDTH, m.WINDOW_HEIGHT)
    desktop.app.preferences.change(text_percent=200, language=language)
    client.ask_for_conversation("mallory")
    desktop.settle()
    navigator = desktop.window.navigator
    for open_sheet in (
        None,
        navigator.settings,
        navigator.invitations,
        navigator.begin_anew,
        navigator.details,
        navigator.keys,
        navigator.connection,
        navigator.start_over,
        lambda: navigator.verify(LONG_NAME),
        lambda: navigator.block(LONG_NAME),
        lambda: navigator.trust(client.contact(LONG_NAME)),
        lambda: navigator.call(LONG_NAME),
        lambda: navigator.messages.link("https://example.org/" + 80 * "x"),
        lambda: navigator.messages.info(desktop.client_model.messages.message(1)),
        *contents(desktop, LONG_NAME),
    ):
        if open_sheet is not None:
            open_sheet()
            desktop.settle()
            sheet = desktop.sheet(ModalSheet)
            assert sheet.body.totalMinimumSize().width() <= sheet.width(), sheet.title.text()
        assert list(cut(desktop.window)) == []
        desktop.window.sheets.clear()
    client.go_offline(ErrorCode.CERTIFICATE_CHANGED, refused=True)
    desktop.qtbot.waitUntil(desktop.chat.link_banner.isVisible)
    desktop.settle()
    assert list(cut(desktop.chat.link_banner)) == []
    row = desktop.view.delegate.bubble(0)
    assert row.box.width() <= desktop.view.viewport().width()
    desktop.chat.show_request(next(iter(desktop.client_model.requests.values())))
    desktop.settle()
    for card in desktop.window.findChildren(Card):
        if card.isVisible():
            assert card.minimumSizeHint().width() <= card.width()


def test_what_the_empty_field_says_ends_in_an_ellipsis_where_it_has_no_room(opened: Opened, client: FakeClient) -> None:
    desktop = opened()
    desktop.window.resize(m.WINDOW_WIDTH, m.WINDOW_HEIGHT)
    client.set_timer("bob", 30)
    desktop.qtbot.waitUntil(lambda: desktop.composer.editor.placeholderText().endswith("30 seconds"))
    desktop.app.preferences.change(text_percent=125, language="es")
    desktop.window.resize(640, 600)
    desktop.settle()
    said, editor = desktop.composer.editor.placeholderText(), desktop.composer.editor
    assert said.endswith("…")
    assert editor.fontMetrics().horizontalAdvance(said) <= editor.viewport().width()
    desktop.window.resize(m.WINDOW_WIDTH + 200, m.WINDOW_HEIGHT)
    desktop.qtbot.waitUntil(lambda: editor.placeholderText().endswith("30 segundos"))


def test_the_line_about_the_connection_is_as_high_as_other_buttons(opened: Opened) -> None:
    desktop = opened()
    status = desktop.chat.sidebar.status
    assert status.height() >= min(m.CONTROL_HEIGHT, status.sizeHint().height())
    assert status.label.geometry().center().y() in range(status.height() // 2 - 2, status.height() // 2 + 3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_small_window_has_room_for_what_matters_at_twice_the_text_size(
    opened: Opened, client: FakeClient, language: str
) -> None:
    desktop = opened(3)
    client.change_identity("bob")
    desktop.app.preferences.change(text_percent=200, language=language)
    desktop.window.resize(640, 600)
    desktop.qtbot.waitUntil(desktop.page.banner.isVisible)
    desktop.settle()
    assert list(cut(desktop.window)) == []
    header, editor = desktop.page.header, desktop.composer.editor
    assert header.name.geometry().left() > header.avatar.geometry().right()
    assert header.name.text() == header.name.whole == "bob"
    assert editor.width() >= desktop.composer.width() // 2
    assert header.details_button.isVisible()
    assert desktop.page.banner.verticalScrollBar().maximum() > 0
    desktop.app.preferences.change(text_percent=100)
    desktop.settle()
    assert header.search_button.isVisible()
    assert desktop.composer.emoji_button.isVisible()


def test_an_icon_grows_with_the_text_behind_it(desktop: DesktopUnderTest, client: FakeClient) -> None:
    client.add_contact("bob")
    desktop.enter()
    desktop.open("bob")
    desktop.window.navigator.details()
    sheet = desktop.window.sheets.top
    assert isinstance(sheet, ContactSheet)
    for percent in (100, 200):
        desktop.app.preferences.change(text_percent=percent)
        desktop.settle()
        for button in (sheet.verify_button, sheet.block_button, desktop.page.jump):
            side = button.iconSize().width()
            assert side == m.ICON_SMALL * percent // 100
            assert button.icon().actualSize(button.iconSize()).width() == side


def test_ones_own_name_is_whole_at_twice_the_text_size(desktop: DesktopUnderTest, client: FakeClient) -> None:
    client.add_contact("bob")
    desktop.enter()
    desktop.window.resize(1120, 740)
    desktop.app.preferences.change(text_percent=200)
    desktop.settle()
    sidebar = desktop.chat.sidebar
    assert sidebar.name.text() == "alice"
    assert sidebar.avatar.isVisible()
    desktop.client_model.overview.name = "alice-at-sea"
    desktop.client_model.overview.changed.emit()
    desktop.settle()
    assert sidebar.name.text() == "alice-at-sea"
    assert not sidebar.avatar.isVisible()


def test_the_list_grows_with_the_text_until_the_user_moves_its_border(opened: Opened) -> None:
    desktop = opened()
    desktop.window.resize(1120, 740)
    desktop.settle()
    splitter, list_side = desktop.chat.splitter, desktop.chat.sidebar
    assert list_side.width() == m.SIDEBAR
    desktop.app.preferences.change(text_percent=200)
    assert list_side.width() == round(1120 * m.SIDEBAR_SHARE)
    splitter.moveSplitter(400, 1)
    desktop.app.preferences.change(text_percent=150)
    desktop.window.resize(1200, 740)
    assert list_side.width() == 400
    assert desktop.chat.right.width() >= m.PAGE_MIN


@pytest.mark.parametrize("look", LOOKS)
def test_what_a_field_says_while_it_is_empty_can_be_read(desktop: DesktopUnderTest, look: ThemeChoice) -> None:
    desktop.enter()
    desktop.app.preferences.change(theme=look)
    muted = desktop.app.theme.colours.muted
    for field in (desktop.chat.sidebar.field, desktop.composer.editor):
        field.ensurePolished()
        assert field.palette().placeholderText().color().name() == muted


def test_the_focus_is_a_ring_and_no_patch_behind_the_words(opened: Opened) -> None:
    desktop = opened()
    desktop.app.preferences.change(theme=ThemeChoice.CONTRAST_DARK)
    desktop.window.navigator.contact("bob")
    desktop.settle()
    sheet = desktop.sheet(ContactSheet)
    button = sheet.call_button
    inside = button.rect().adjusted(10, 4, -10, -4)
    sheet.verify_button.setFocus()
    before = button.grab(inside).toImage()
    desktop.press("Tab")
    assert button.hasFocus()
    desktop.window.setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
    assert button.grab(inside).toImage() == before


def test_a_name_is_cut_short_before_what_is_known_of_the_person_goes(
    opened: Opened, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = opened(3, LONG_NAME)
    client.change_identity(LONG_NAME)
    desktop.qtbot.waitUntil(desktop.page.banner.isVisible)
    theme, painted = desktop.app.theme, set[str]()
    pixmap = theme.pixmap

    def paint(name: str, colour: str, size: int) -> QPixmap:
        painted.add(name)
        return pixmap(name, colour, size)

    monkeypatch.setattr(theme, "pixmap", paint)
    for percent in (100, 200):
        desktop.app.preferences.change(text_percent=percent)
        desktop.settle()
        painted.clear()
        desktop.chat.sidebar.list.viewport().grab()
        assert painted == {"warning"}, percent


def test_a_word_that_no_line_has_room_for_is_broken_and_said_as_it_is() -> None:
    assert breakable("two words") == "two words"
    assert breakable(30 * "x") == "\u200b".join(30 * "x")
    accented = 30 * "e\u0301"
    assert breakable(accented).replace("\u200b", "") == accented
    assert "\u200b\u0301" not in breakable(accented)


def test_what_has_room_beside_each_other_stands_there_again_when_the_text_is_small(
    opened: Opened, client: FakeClient
) -> None:
    desktop = opened(3)
    desktop.window.resize(m.WINDOW_WIDTH, m.WINDOW_HEIGHT)
    client.change_identity("bob")
    desktop.qtbot.waitUntil(desktop.page.banner.isVisible)
    banner = desktop.page.banner
    compare, reject = banner.buttons[Step.COMPARE], banner.buttons[Step.REJECT]
    tops = []
    for percent in (100, 200, 100):
        desktop.app.preferences.change(text_percent=percent)
        desktop.settle()
        below = compare.mapTo(banner, QPoint()).y() >= banner.text.geometry().bottom()
        tops.append((compare.mapTo(banner, QPoint()).y() == reject.mapTo(banner, QPoint()).y(), below))
    assert tops == [(True, False), (True, True), (True, False)]


@pytest.mark.parametrize("verified", [True, False])
def test_a_banner_scrolls_where_a_small_window_with_large_text_has_no_room_for_it(
    opened: Opened, client: FakeClient, *, verified: bool
) -> None:
    desktop = opened(3)
    desktop.app.preferences.change(text_percent=200)
    desktop.window.resize(640, 600)
    if verified:
        client.request(c.MarkVerified("bob")).result()
    client.change_identity("bob")
    banner = desktop.page.banner
    desktop.qtbot.waitUntil(banner.isVisible)
    desktop.settle()
    shown = [button for button in banner.buttons.values() if not button.isHidden()]
    for widget in (banner.text, *shown):
        assert widget.height() >= widget.heightForWidth(widget.width())
        assert widget.height() >= widget.minimumSizeHint().height()
    assert len(shown) == 3
    for button in shown:
        lead_to(button)
        assert not button.visibleRegion().isEmpty()
        assert button.visibleRegion().boundingRect().height() == button.height()


def test_what_has_no_room_beside_each_other_stands_below_and_comes_back(opened: Opened) -> None:
    desktop = opened(1)
    turning = Turning(lambda: 300)
    first, second = QLabel("words of a banner"), QLabel("what can be done")
    for label in (first, second):
        turning.parts.addWidget(label)
    turning.setParent(desktop.window)
    turning.show()
    places = []
    for width in (300, 299, 300):
        turning.resize(width, 120)
        desktop.settle()
        places.append((second.x() > first.x(), second.y() > first.y()))
    assert places == [(True, False), (False, True), (True, False)]
