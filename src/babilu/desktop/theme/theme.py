"""The theme in force: it follows the system or the user's choice, and tells widgets when they must paint anew."""

from enum import StrEnum, unique
from typing import Final, Protocol, assert_never

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPixmap
from PySide6.QtWidgets import QApplication

from babilu.desktop.theme.fonts import Fonts, fonts_of
from babilu.desktop.theme.icons import render, svg
from babilu.desktop.theme.palettes import Colours, Look, colours_of, palette_of
from babilu.desktop.theme.stylesheet import sheet

USUAL_PIXELS: Final = 14.0


@unique
class ThemeChoice(StrEnum):
    """What the user chose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST_LIGHT = "contrast_light"
    CONTRAST_DARK = "contrast_dark"


class PictureSource(Protocol):
    """Knows the profile pictures of people."""

    def of(self, name: str) -> QPixmap | None:
        """Give somebody's picture; None for whoever shows none."""


class Theme(QObject):
    """Colours, fonts and icons in force.

    Args:
        application: What is styled.
        choice: What the user chose.
        text_percent: Text size in percent of the usual one.

    Attributes:
        portraits: Profile pictures, once there is somebody who knows them.
    """

    changed = Signal()
    portraits_changed = Signal()
    """Somebody shows another profile picture, or none."""

    def __init__(self, application: QApplication, choice: ThemeChoice, text_percent: int) -> None:
        super().__init__()
        self._application = application
        self._choice = choice
        self._percent = text_percent
        self.portraits: PictureSource | None = None
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}
        self.look = self._wanted()
        self.colours: Colours = colours_of(self.look)
        self.fonts: Fonts = fonts_of(text_percent)
        self._apply()
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow)
        accessibility = getattr(hints, "accessibility", None)
        if accessibility is not None:  # from Qt 6.10 on
            accessibility().contrastPreferenceChanged.connect(self._follow)

    def choose(self, choice: ThemeChoice, text_percent: int) -> None:
        """Apply another choice at once."""
        if (choice, text_percent) == (self._choice, self._percent):
            return
        resized = text_percent != self._percent
        self._choice = choice
        self._percent = text_percent
        if resized:
            self.fonts = fonts_of(text_percent)
        if resized or self._wanted() is not self.look:
            self._change()

    @property
    def scale(self) -> float:
        """How large the text is, measured by the usual size; never below 1."""
        return max(1.0, self.fonts.body.pixelSize() / USUAL_PIXELS)

    def scaled(self, pixels: int) -> int:
        """Give a length that grows with the text."""
        return round(pixels * self.scale)

    def icon(self, name: str, colour: str | None = None, size: int = 20) -> QIcon:
        """Give an icon in a colour of the theme, muted by default."""
        icon = QIcon(self.pixmap(name, colour or self.colours.muted, size))
        icon.addPixmap(self.pixmap(name, self.colours.outline, size), QIcon.Mode.Disabled)
        return icon

    def pixmap(self, name: str, colour: str, size: int) -> QPixmap:
        """Give a picture of an icon for the sharpest screen there is."""
        ratio = self._application.devicePixelRatio()
        key = (name, colour, size, ratio)
        if key not in self._pixmaps:
            self._pixmaps[key] = render(svg(name, colour), size, ratio)
        return self._pixmaps[key]

    def colour(self, value: str, alpha: int = 255) -> QColor:
        """Make a colour with an opacity."""
        made = QColor(value)
        made.setAlpha(alpha)
        return made

    def _follow(self) -> None:
        if self._choice is ThemeChoice.SYSTEM and self._wanted() is not self.look:
            self._change()

    def _change(self) -> None:
        self.look = self._wanted()
        self.colours = colours_of(self.look)
        self._pixmaps.clear()
        self._apply()
        self.changed.emit()

    def _apply(self) -> None:
        self._application.setPalette(palette_of(self.colours))
        self._application.setFont(self.fonts.body)
        self._application.setStyleSheet(sheet(self.colours, self.scale))

    def _wanted(self) -> Look:
        match self._choice:
            case ThemeChoice.LIGHT:
                return Look.LIGHT
            case ThemeChoice.DARK:
                return Look.DARK
            case ThemeChoice.CONTRAST_LIGHT:
                return Look.CONTRAST_LIGHT
            case ThemeChoice.CONTRAST_DARK:
                return Look.CONTRAST_DARK
            case ThemeChoice.SYSTEM:
                return _system_look()
            case _:
                assert_never(self._choice)


def _system_look() -> Look:
    hints = QGuiApplication.styleHints()
    dark = hints.colorScheme() is Qt.ColorScheme.Dark
    accessibility = getattr(hints, "accessibility", None)
    if accessibility is not None and accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast:
        return Look.CONTRAST_DARK if dark else Look.CONTRAST_LIGHT
    return Look.DARK if dark else Look.LIGHT
