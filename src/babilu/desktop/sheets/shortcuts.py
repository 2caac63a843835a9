"""Every key in one table: the window binds them from it, and the sheet shows them."""

from dataclasses import dataclass
from enum import Enum, unique

from PySide6.QtWidgets import QGridLayout, QWidget
from typing_extensions import override

from babilu.desktop.language import key_names, translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import PlainLabel
from babilu.desktop.widgets.sheet import Sheet


@unique
class Key(Enum):
    """What keys do; the values are the keys."""

    SWITCH = ("Ctrl+K",)
    NEW = ("Ctrl+N",)
    SEARCH = ("Ctrl+F",)
    SEARCH_ALL = ("Ctrl+Shift+F",)
    NEXT = ("Ctrl+PgDown", "Ctrl+Tab", "Alt+Down")
    PREVIOUS = ("Ctrl+PgUp", "Ctrl+Shift+Tab", "Alt+Up")
    DETAILS = ("Ctrl+I",)
    NEWEST = ("Ctrl+End",)
    MESSAGES = ("Ctrl+Up",)
    CONNECTION = ("Ctrl+D",)
    SETTINGS = ("Ctrl+,",)
    KEYS = ("Ctrl+?", "Ctrl+/", "F1")
    LOCK = ("Ctrl+L",)
    QUIT = ("Ctrl+Q",)


@dataclass(frozen=True, slots=True)
class Row:
    """Keys and what they do."""

    keys: str
    text: str


def rows() -> tuple[Row, ...]:
    """Describe all keys."""
    named = {
        Key.SWITCH: translate("Keys", "Go to a conversation"),
        Key.NEW: translate("Keys", "New conversation"),
        Key.SEARCH: translate("Keys", "Search in this conversation"),
        Key.SEARCH_ALL: translate("Keys", "Search everywhere"),
        Key.NEXT: translate("Keys", "Next conversation"),
        Key.PREVIOUS: translate("Keys", "Previous conversation"),
        Key.DETAILS: translate("Keys", "About this contact"),
        Key.NEWEST: translate("Keys", "Newest message"),
        Key.MESSAGES: translate("Keys", "Choose among the messages"),
        Key.CONNECTION: translate("Keys", "Connection and own address"),
        Key.SETTINGS: translate("Keys", "Settings"),
        Key.KEYS: translate("Keys", "All keys"),
        Key.LOCK: translate("Keys", "Lock"),
        Key.QUIT: translate("Keys", "Quit"),
    }
    bound = [Row(" · ".join(key_names(key) for key in keys.value), text) for keys, text in named.items()]
    numbers = Row(f"{key_names('Ctrl+1')} … {key_names('Ctrl+8')}", translate("Keys", "The first eight conversations"))
    fixed = (
        Row(key_names("Return"), translate("Keys", "Send")),
        Row(key_names("Shift+Return"), translate("Keys", "New line")),
        Row(key_names("Ctrl+C"), translate("Keys", "Copy the chosen message")),
        Row(key_names("Menu"), translate("Keys", "What can be done with the chosen message")),
        Row(key_names("Esc"), translate("Keys", "Close what is in front")),
    )
    return (*bound[:6], numbers, *bound[6:], *fixed)


class KeysSheet(Sheet):
    """Shows all keys."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, m.SHEET_WIDE)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(m.WIDE)
        self._grid.setVerticalSpacing(m.SMALL)
        self._grid.setColumnStretch(1, 1)
        self._pairs = []
        for number, _ in enumerate(rows()):
            keys = PlainLabel(theme, lambda t: t.fonts.strong, "accent")
            text = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
            self._grid.addWidget(keys, number, 0)
            self._grid.addWidget(text, number, 1)
            self._pairs.append((keys, text))
        self.body.addLayout(self._grid)

    @override
    def first_focus(self) -> QWidget:
        return self.close_button

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Keys", "All keys"))
        for (keys, text), each in zip(self._pairs, rows(), strict=True):
            keys.setText(each.keys)
            text.setText(each.text)
