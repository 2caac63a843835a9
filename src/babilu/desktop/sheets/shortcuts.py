"""Every key in one table: the window binds them from it, and the sheet shows them."""

from dataclasses import dataclass
from enum import Enum, unique

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.desktop.language import key_names, translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import PlainLabel, Turning
from babilu.desktop.widgets.modal_sheet import ModalSheet


@unique
class Shortcut(Enum):
    """What keys do; the values are the keys."""

    SWITCH = ("Ctrl+K",)
    NEW = ("Ctrl+N",)
    NEW_GROUP = ("Ctrl+Shift+N",)
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
    PINS = ("Ctrl+Shift+P",)
    TIMER = ("Ctrl+T",)
    MEDIA = ("Ctrl+Shift+M",)
    UNREAD = ("Ctrl+Shift+U",)
    ADD_ME = ("Ctrl+M",)
    ATTACH = ("Ctrl+Shift+A",)
    RECORD = ("Ctrl+Shift+R",)
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
        Shortcut.SWITCH: translate("Keys", "Go to a conversation"),
        Shortcut.NEW: translate("Keys", "New conversation"),
        Shortcut.NEW_GROUP: translate("Keys", "New group"),
        Shortcut.SEARCH: translate("Keys", "Search in this conversation"),
        Shortcut.SEARCH_ALL: translate("Keys", "Search everywhere"),
        Shortcut.NEXT: translate("Keys", "Next conversation"),
        Shortcut.PREVIOUS: translate("Keys", "Previous conversation"),
        Shortcut.DETAILS: translate("Keys", "About this contact or group"),
        Shortcut.NEWEST: translate("Keys", "Newest message"),
        Shortcut.MESSAGES: translate("Keys", "Choose among the messages"),
        Shortcut.CONNECTION: translate("Keys", "Connection and own address"),
        Shortcut.SETTINGS: translate("Keys", "Settings"),
        Shortcut.KEYS: translate("Keys", "All keys"),
        Shortcut.PINS: translate("Keys", "Go from one pinned message to the next"),
        Shortcut.TIMER: translate("Keys", "How long messages stay"),
        Shortcut.MEDIA: translate("Keys", "Pictures, voice, files and links of the conversation"),
        Shortcut.UNREAD: translate("Keys", "Mark the conversation as unread"),
        Shortcut.ADD_ME: translate("Keys", "One's own link"),
        Shortcut.ATTACH: translate("Keys", "Attach files"),
        Shortcut.RECORD: translate("Keys", "Record a voice note, or end the recording"),
        Shortcut.LOCK: translate("Keys", "Lock"),
        Shortcut.QUIT: translate("Keys", "Quit"),
    }
    bound = [Row(" · ".join(key_names(key) for key in keys.value), text) for keys, text in named.items()]
    numbers = Row(f"{key_names('Ctrl+1')} … {key_names('Ctrl+8')}", translate("Keys", "The first eight conversations"))
    fixed = (
        Row(key_names("Return"), translate("Keys", "Send")),
        Row(key_names("Shift+Return"), translate("Keys", "New line")),
        Row(key_names("Ctrl+Shift+Return"), translate("Keys", "Send later")),
        Row(key_names("Up"), translate("Keys", "Edit one's last message, where nothing is written")),
        Row(key_names("Ctrl+E"), translate("Keys", "Insert an emoji, where one writes")),
        Row(f"@ · {key_names('Tab')}", translate("Keys", "Mention somebody")),
        Row(
            key_names("Return"),
            translate("Keys", "Reply to the chosen message (or press it twice, or pull it aside)"),
        ),
        Row(key_names("F2"), translate("Keys", "Edit the chosen message")),
        Row(key_names("Ctrl+E"), translate("Keys", "React to the chosen message")),
        Row(key_names("Ctrl+O"), translate("Keys", "Look at the pictures of the chosen message")),
        Row(key_names("Space"), translate("Keys", "Play the chosen voice note, or stop it")),
        Row(
            f"{key_names('Left')} · {key_names('Right')}",
            translate("Keys", "Five seconds back or ahead in the chosen voice note"),
        ),
        Row(key_names("Shift+Space"), translate("Keys", "Play voice notes at another speed")),
        Row(key_names("Ctrl+S"), translate("Keys", "Save the files of the chosen message")),
        Row(key_names("Ctrl+P"), translate("Keys", "Pin the chosen message, or unpin it")),
        Row(key_names("Ctrl+Space"), translate("Keys", "Show or hide the spoilers of the chosen message")),
        Row(key_names("Ctrl+C"), translate("Keys", "Copy the chosen message")),
        Row(key_names("Del"), translate("Keys", "Delete the chosen message for oneself")),
        Row(key_names("Menu"), translate("Keys", "What can be done with the chosen message")),
        Row(key_names("Esc"), translate("Keys", "Close what is in front, leave a reply or an edit")),
    )
    return (*bound[:7], numbers, *bound[7:], *fixed)


class KeysSheet(ModalSheet):
    """Shows all keys."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, m.SHEET_WIDE)
        self._pairs: list[tuple[PlainLabel, PlainLabel]] = []
        for _ in rows():
            keys = PlainLabel(theme, lambda t: t.fonts.strong, "accent", wraps=True)
            text = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
            pair = Turning(self._needed, m.TINY)
            pair.parts.addWidget(keys, 2)
            pair.parts.addWidget(text, 3)
            self.body.addWidget(pair)
            self._pairs.append((keys, text))
        self.body.setSpacing(m.SMALL)

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

    def _needed(self) -> int:
        """Tell how much width the keys need beside what they do."""
        return self.theme.scaled(2 * m.TEXT_MIN)
