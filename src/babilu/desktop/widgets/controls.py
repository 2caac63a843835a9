"""Controls that are painted here because a style sheet cannot draw them well: a switch, and a box of choices."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QSizePolicy
from typing_extensions import override

from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import presses

TRACK_WIDTH = 38
TRACK_HEIGHT = 22
GAP = 12
HIGHEST = 10_000
"""More than any text is high."""


class Switch(QCheckBox):
    """A check box that looks like a switch, with a text that wraps; keys and screen readers find a check box."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # A check box does not shrink below its text; this one wraps it.
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not presses(self, event):
            super().keyPressEvent(event)

    @override
    def sizeHint(self) -> QSize:
        text = self.text()
        width = self.fontMetrics().horizontalAdvance(text) + GAP if text else 0
        track = self._theme.scaled(TRACK_WIDTH)
        return QSize(track + width + 8, max(self._theme.scaled(TRACK_HEIGHT), self.fontMetrics().height()) + 10)

    @override
    def minimumSizeHint(self) -> QSize:
        words = self.text().split()
        width = max(map(self.fontMetrics().horizontalAdvance, words)) + GAP if words else 0
        return QSize(self._theme.scaled(TRACK_WIDTH) + width + 8, self.sizeHint().height())

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        room = QRect(0, 0, max(1, width - self._theme.scaled(TRACK_WIDTH) - GAP - 8), HIGHEST)
        text = self.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, self.text())
        return max(self._theme.scaled(TRACK_HEIGHT), text.height()) + 10

    @override
    def hitButton(self, pos: object) -> bool:
        return self.rect().contains(pos)  # type: ignore[call-overload, no-any-return]

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        high, wide = self._theme.scaled(TRACK_HEIGHT), self._theme.scaled(TRACK_WIDTH)
        track = QRectF(4, (self.height() - high) / 2, wide, high)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            track.moveRight(self.width() - 4)
        on = self.isChecked()
        fill = colours.accent if on else colours.badge_muted
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(fill, 255 if self.isEnabled() else 90))
        painter.drawRoundedRect(track, high / 2, high / 2)
        painter.setBrush(QColor(colours.on_accent if on else colours.window))
        x = track.right() - high / 2 if on else track.left() + high / 2
        painter.drawEllipse(QPointF(x, track.center().y()), high * 0.36, high * 0.36)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.focus), 2))
            painter.drawRoundedRect(track.adjusted(-3, -3, 3, 3), high / 2 + 3, high / 2 + 3)
        painter.setPen(QColor(colours.text if self.isEnabled() else colours.muted))
        painter.drawText(
            QRectF(track.right() + GAP, 0, self.width() - track.right() - GAP, self.height()),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap,
            self.text(),
        )
        painter.end()


class ChoiceBox(QComboBox):
    """A box of choices; the wheel scrolls the page and changes nothing."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def say(self, names: Sequence[str], chosen: int | None = None) -> None:
        """Name the choices in the language in force, and choose one, or leave what is chosen; nobody is told."""
        number = max(0, self.currentIndex()) if chosen is None else chosen
        with QSignalBlocker(self):
            if [self.itemText(i) for i in range(self.count())] != list(names):
                self.clear()
                self.addItems(list(names))
            self.setCurrentIndex(number)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.showPopup()
            return
        super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(self._theme.colours.muted), 1.7)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        x, y, part = self.width() - m.LARGE - 3.0, self.height() / 2, 2 * self._theme.scale
        painter.drawPolyline([QPointF(x - 2 * part, y - part), QPointF(x, y + part), QPointF(x + 2 * part, y - part)])
        painter.end()
