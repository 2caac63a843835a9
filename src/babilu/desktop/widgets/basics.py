"""Small parts that everything is built of; a label never interprets what it shows, and a button always has a name."""

import re
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import Final, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from babilu.desktop.language import key_names
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme

NO_MARGINS = (0, 0, 0, 0)
COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
L = TypeVar("L", QVBoxLayout, QHBoxLayout)
LONG_WORD: Final = re.compile(r"\S{25,}")
BREAK: Final = "\u200b"
"""Where a word may go on in the next line; nobody sees it."""


def repolish(widget: QWidget) -> None:
    """Let the style sheet look at a widget's properties again; Qt gives a label the font back that it had before."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    if isinstance(widget, PlainLabel):
        widget.restyle()


class PlainLabel(QLabel):
    """A label whose text is never markup, whoever wrote it.

    Args:
        font: Gives the font of the theme in force.
        theme: The theme.
        tone: ``muted``, ``danger``, ``accent``, ``positive`` or nothing.
        wraps: Whether long text continues on the next line.
    """

    def __init__(
        self, theme: Theme, font: Callable[[Theme], QFont], tone: str = "", *, wraps: bool = False, text: str = ""
    ) -> None:
        super().__init__()
        self._theme = theme
        self._font = font
        self._said = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setWordWrap(wraps)
        self.setMinimumWidth(1)
        self.setProperty("tone", tone)
        self.setText(text)
        self.restyle()
        theme.changed.connect(self.restyle)

    @override
    def setText(self, text: str) -> None:
        """Show a text; where it wraps, a word that is longer than any line goes on in the next one."""
        self._said = text
        super().setText(breakable(text) if self.wordWrap() else text)

    @override
    def text(self) -> str:
        return self._said

    def tone(self, tone: str) -> None:
        """Change the colour to another tone."""
        self.setProperty("tone", tone)
        repolish(self)

    def restyle(self) -> None:
        """Take the font of the theme in force."""
        self.setFont(self._font(self._theme))


def breakable(text: str) -> str:
    """Let words that no line may have room for be broken anywhere but within a sign of several characters."""
    return LONG_WORD.sub(lambda word: _broken(word.group()), text)


def _broken(word: str) -> str:
    rest = (BREAK + after if _parts(before, after) else after for before, after in pairwise(word))
    return word[0] + "".join(rest)


def _parts(before: str, after: str) -> bool:
    return all(unicodedata.category(each)[0] in "LNP" for each in (before, after))


class ElidedLabel(PlainLabel):
    """One line that ends in an ellipsis where there is no room for all of it."""

    def __init__(self, theme: Theme, font: Callable[[Theme], QFont], tone: str = "") -> None:
        super().__init__(theme, font, tone)
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def say(self, text: str) -> None:
        self._whole = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self._elide()

    @property
    def whole(self) -> str:
        """The text that was given."""
        return self._whole

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    @override
    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._elide()

    def _elide(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))


def presses(button: QAbstractButton, event: QKeyEvent) -> bool:
    """Press a button by Enter, as its user expects of what has the focus; tell whether that was the key.

    Qt presses by Enter in its own dialogs only, and Babilu's sheets are none.
    """
    if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter} or event.modifiers() & COMMANDS:
        return False
    if not event.isAutoRepeat():
        button.click()
    return True


class SearchField(QLineEdit):
    """A line to look for something, with a sign of it that has the size of the text; Qt's own icon would not grow.

    Args:
        theme: The theme.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        theme.changed.connect(self._restyle)
        self._restyle()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        size = self._theme.scaled(m.ICON_SMALL)
        x = self.width() - m.MEDIUM - size if self.isRightToLeft() else m.MEDIUM
        painter = QPainter(self)
        sign = self._theme.pixmap("search", self._theme.colours.muted, size)
        painter.drawPixmap(x, (self.height() - size) // 2, sign)
        painter.end()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.LayoutDirectionChange:
            self._restyle()

    def _restyle(self) -> None:
        room = self._theme.scaled(m.ICON_SMALL) + m.SMALL
        self.setTextMargins(0 if self.isRightToLeft() else room, 0, room if self.isRightToLeft() else 0, 0)
        self.update()


class IconButton(QToolButton):
    """A button of one icon; its name is its tool tip and what a screen reader says."""

    def __init__(self, theme: Theme, icon: str, colour: Callable[[Theme], str] | None = None) -> None:
        super().__init__()
        self._theme = theme
        self._name = icon
        self._colour = colour or (lambda theme: theme.colours.muted)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._restyle()
        theme.changed.connect(self._restyle)

    def call_it(self, name: str, keys: str = "") -> None:
        """Name the button, and say its keys in the tool tip."""
        self.setAccessibleName(name)
        self.setToolTip(f"{name} ({key_names(keys)})" if keys else name)

    def colour_by(self, colour: Callable[[Theme], str]) -> None:
        """Take another colour of the theme in force."""
        self._colour = colour
        self._restyle()

    def show_icon(self, icon: str) -> None:
        """Show another icon."""
        self._name = icon
        self._restyle()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not presses(self, event):
            super().keyPressEvent(event)

    def _restyle(self) -> None:
        size, side = self._theme.scaled(m.ICON), self._theme.scaled(m.ICON_BUTTON)
        self.setIconSize(QSize(size, size))
        self.setFixedSize(side, side)
        self.setIcon(self._theme.icon(self._name, self._colour(self._theme), size))


class Button(QPushButton):
    """A button with a text of ours.

    Args:
        kind: How it looks: ``primary``, ``danger``, ``quiet``, ``row`` and so on, or nothing for a plain one.
    """

    def __init__(self, kind: str = "") -> None:
        super().__init__()
        self.is_held = False
        self._icon: tuple[Theme, str, Callable[[Theme], str]] | None = None
        self.setProperty("kind", kind)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @override
    def sizeHint(self) -> QSize:
        # Not by the style sheet: a least height there counts instead of the one that the button's own font needs, and
        # where room is short a layout would cut larger letters.
        return super().sizeHint().expandedTo(QSize(0, m.CONTROL_HEIGHT))

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hold(self, *, on: bool) -> None:
        """Look as if it could not be pressed while its work is under way; who is told of a press looks at `is_held`.

        Were it disabled, Qt would move the focus to what comes next, and the next key would press that.
        """
        if on != self.is_held:
            self.is_held = on
            self.setProperty("held", on)
            repolish(self)

    def show_icon(
        self, theme: Theme, icon: str, colour: Callable[[Theme], str] = lambda theme: theme.colours.muted
    ) -> None:
        """Show an icon in front of the text: it grows with that, and has its colour by the theme in force."""
        if self._icon is None:
            theme.changed.connect(self._draw_icon)
        self._icon = (theme, icon, colour)
        self._draw_icon()

    def _draw_icon(self) -> None:
        if self._icon is not None:
            theme, icon, colour = self._icon
            size = theme.scaled(m.ICON_SMALL)
            self.setIconSize(QSize(size, size))
            self.setIcon(theme.icon(icon, colour(theme), size))

    def look(self, kind: str) -> None:
        """Look like another kind of button from now on."""
        if kind != self.property("kind"):
            self.setProperty("kind", kind)
            repolish(self)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not presses(self, event):
            super().keyPressEvent(event)


class Card(QFrame):
    """A form in the middle of a page: it grows with the text, as far as there is room.

    Args:
        theme: The theme.
        width: Width in device-independent pixels at the usual size of text.
    """

    def __init__(self, theme: Theme, width: int) -> None:
        super().__init__()
        self._theme = theme
        self._width = width
        self.setObjectName("card")
        theme.changed.connect(self.updateGeometry)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._theme.scaled(self._width), super().sizeHint().height())


def scrolling(inside: QWidget) -> QScrollArea:
    """Let a page scroll where the window is too small for it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    return area


def lead_to(widget: QWidget, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
    """Give a widget the focus and bring it into view, as Qt does only for who gets it by Tab."""
    widget.setFocus(reason)
    reveal(widget)


def reveal(widget: QWidget) -> None:
    """Bring a widget into view, where it stands in something that scrolls."""
    # What was shown or hidden a moment ago has its place only when the layouts have heard of it.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            around.ensureWidgetVisible(widget, 0, m.LARGE)
        around = around.parentWidget()


def line() -> QFrame:
    """Make a thin line between two parts."""
    made = QFrame()
    made.setObjectName("line")
    return made


def column(
    parent: QWidget | None = None, spacing: int = 0, margins: tuple[int, int, int, int] = NO_MARGINS
) -> QVBoxLayout:
    """Make a layout from top to bottom."""
    return _plain(QVBoxLayout(parent) if parent else QVBoxLayout(), spacing, margins)


def row(
    parent: QWidget | None = None, spacing: int = 0, margins: tuple[int, int, int, int] = NO_MARGINS
) -> QHBoxLayout:
    """Make a layout in reading direction."""
    return _plain(QHBoxLayout(parent) if parent else QHBoxLayout(), spacing, margins)


class Turning(QWidget):
    """Puts its parts beside each other where they have the room that they need, and below each other elsewhere.

    Args:
        needed: Tells how much width they need beside each other.
        spacing: Room between them.
        margins: Room around them: left, above, right, below.
    """

    def __init__(
        self, needed: Callable[[], int], spacing: int = 0, margins: tuple[int, int, int, int] = NO_MARGINS
    ) -> None:
        super().__init__()
        self._needed = needed
        self.parts = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self.parts.setSpacing(spacing)
        self.parts.setContentsMargins(*margins)

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.Resize, QEvent.Type.LayoutRequest}:
            beside, below = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
            wanted = beside if self.width() >= self._needed() else below
            if wanted is not self.parts.direction():
                self.parts.setDirection(wanted)
        return super().event(event)

    @override
    def sizeHint(self) -> QSize:
        """Wish to have all beside each other, also while they are not: else they would stay as they are."""
        return QSize(self._needed(), super().sizeHint().height())

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(1, super().minimumSizeHint().height())


def centred(widget: QWidget) -> QHBoxLayout:
    """Put a widget into the middle; unlike an alignment this lets wrapped text have the height that it needs."""
    across = row()
    across.addStretch(1)
    across.addWidget(widget)
    across.addStretch(1)
    return across


def empty(layout: QLayout) -> None:
    """Take everything out of a layout and destroy it."""
    while (item := layout.takeAt(0)) is not None:
        inner, widget = item.layout(), item.widget()
        if inner is not None:
            empty(inner)
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def retranslates(event: QEvent) -> bool:
    """Tell whether an event says that the language changed."""
    return event.type() is QEvent.Type.LanguageChange


def _plain(layout: L, spacing: int, margins: tuple[int, int, int, int]) -> L:
    layout.setSpacing(spacing)
    layout.setContentsMargins(*margins)
    return layout
