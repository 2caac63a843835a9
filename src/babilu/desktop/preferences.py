"""What the user prefers here, kept in one file beside the profiles; a value that makes no sense is the default."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum, unique
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from babilu.desktop.language import CHOICES, SYSTEM
from babilu.desktop.theme.theme import ThemeChoice

FILE = "desktop.ini"
TEXT_SIZES = (80, 90, 100, 110, 125, 150, 175, 200)


@unique
class Shows(StrEnum):
    """What a notification shows."""

    TEXT = "text"
    NAME = "name"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the user prefers.

    Attributes:
        theme: Colours.
        language: Language, one of `CHOICES`.
        text_percent: Text size, one of `TEXT_SIZES`.
        notify: Whether new messages are announced.
        shows: What announcements show.
        quiet: Whether there are quiet hours.
        quiet_from: Minute of the day at which they begin.
        quiet_to: Minute of the day at which they end.
        lock_minutes: Minutes without a key or a click after which the window locks; 0 for never.
        tray: Whether closing the window leaves Babilu in the tray.
        enter_sends: Whether Enter sends, and Shift+Enter makes a new line; else Ctrl+Enter sends.
        discover: Whether people on the local network are looked for, and oneself is announced there.
        knows_tray: Whether the user was told that closing the window leaves Babilu in the tray.
        save_folder: Where files were saved last; empty for the folder of downloads.
        recent_emoji: Emoji one reacted with last, the newest first, with blanks between them.
    """

    theme: ThemeChoice = ThemeChoice.SYSTEM
    language: str = SYSTEM
    text_percent: int = 100
    notify: bool = True
    shows: Shows = Shows.TEXT
    quiet: bool = False
    quiet_from: int = 22 * 60
    quiet_to: int = 7 * 60
    lock_minutes: int = 0
    tray: bool = True
    enter_sends: bool = True
    discover: bool = False
    knows_tray: bool = False
    save_folder: str = ""
    recent_emoji: str = ""


DEFAULTS = Preferences()


class PreferenceStore(QObject):
    """Keeps preferences and the places of windows; every change is written and told at once.

    Args:
        folder: Where the file lies.
    """

    changed = Signal()

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._file = QSettings(str(folder / FILE), QSettings.Format.IniFormat)
        self.value = self._read()

    def change(self, **changes: object) -> None:
        changed = replace(self.value, **changes)  # type: ignore[arg-type]
        if changed == self.value:
            return
        self.value = changed
        for name in changes:
            value = getattr(changed, name)
            self._file.setValue(f"preferences/{name}", value.value if isinstance(value, StrEnum) else value)
        self._file.sync()
        self.changed.emit()

    def place(self, name: str) -> QByteArray:
        """Give the place of a window as it was kept, or nothing."""
        kept = self._file.value(f"places/{name}")
        return kept if isinstance(kept, QByteArray) else QByteArray()

    def keep_place(self, name: str, place: QByteArray) -> None:
        """Keep the place of a window."""
        self._file.setValue(f"places/{name}", place)

    def _read(self) -> Preferences:
        read = {}
        for field in fields(Preferences):
            default = getattr(DEFAULTS, field.name)
            read[field.name] = _sensible(self._file.value(f"preferences/{field.name}"), default)
        preferences = Preferences(**read)
        if preferences.text_percent not in TEXT_SIZES:
            preferences = replace(preferences, text_percent=DEFAULTS.text_percent)
        if preferences.language not in CHOICES:
            preferences = replace(preferences, language=DEFAULTS.language)
        return preferences


def _sensible(stored: object, default: Any) -> Any:  # noqa: ANN401 -- of the type of the default
    """Read a stored value as what the default is, or give the default."""
    text = str(stored)
    if stored is None:
        return default
    if isinstance(default, bool):
        return text.lower() == "true" if text.lower() in {"true", "false"} else default
    if isinstance(default, int):
        return int(text) if text.isdecimal() and len(text) < 6 else default
    kind = type(default)
    if kind is str:
        return text
    return kind(text) if text in {each.value for each in kind} else default


def is_quiet(preferences: Preferences, minute: int) -> bool:
    """Tell whether a minute of the day lies within the quiet hours, which may reach over midnight."""
    if not preferences.quiet or preferences.quiet_from == preferences.quiet_to:
        return False
    if preferences.quiet_from < preferences.quiet_to:
        return preferences.quiet_from <= minute < preferences.quiet_to
    return minute >= preferences.quiet_from or minute < preferences.quiet_to
