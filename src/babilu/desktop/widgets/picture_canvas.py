"""A picture as large as there is room, or larger: it is zoomed at the pointer, and moved by hand and by keys."""

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme

STEP: Final = 1.25
LARGEST: Final = 8.0
"""So many times its own size a picture is shown at most."""

NOTCH: Final = 120
"""Angle of one notch of a wheel, in eighths of a degree."""

PAN: Final = 60


class PictureCanvas(QWidget):
    """Shows one picture.

    Args:
        theme: Fonts and colours.
    """

    stepped = Signal(int)
    """-1 or 1: the picture before or after it is wanted."""

    zoomed = Signal()
    """It is shown in another size."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._image: QImage | None = None
        self._natural = QSizeF(1, 1)
        self._zoom: float | None = None
        self._shift = QPointF()
        self._grabbed: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    @property
    def scale(self) -> float:
        """Device-independent pixels for each pixel of the picture."""
        return self.fitting if self._zoom is None else self._zoom

    @property
    def fitting(self) -> float:
        """Scale at which all of the picture is seen; a small one is not blown up."""
        room = QSizeF(self.size()) - QSizeF(2 * m.SMALL, 2 * m.SMALL)
        return min(1.0, room.width() / self._natural.width(), room.height() / self._natural.height())

    @property
    def fits(self) -> bool:
        """Whether all of it is shown, whatever the size of the window."""
        return self._zoom is None

    @property
    def place(self) -> QRectF:
        """Where the picture is."""
        size = self._natural * self.scale
        centre = QRectF(self.rect()).center() + self._shift
        return QRectF(centre.x() - size.width() / 2, centre.y() - size.height() / 2, size.width(), size.height())

    def show_picture(self, image: QImage | None, natural: QSizeF, *, anew: bool) -> None:
        """Show other pixels.

        Args:
            image: The pixels, or None where there are none.
            natural: Its own size in pixels, whatever size those pixels have.
            anew: Whether it is another picture, which is shown as a whole; else it stays as it is.
        """
        self._image = image
        self._natural = natural
        if anew:
            self._zoom, self._shift = None, QPointF()
        self._hold()

    def fit(self) -> None:
        """Show all of it."""
        self._zoom, self._shift = None, QPointF()
        self._hold()

    def natural(self) -> None:
        """Show each pixel of it as one."""
        self._zoom_to(1.0, QRectF(self.rect()).center())

    def zoom(self, steps: float, at: QPointF | None = None) -> None:
        """Show it larger, or smaller by negative steps; what is at a point stays there."""
        self._zoom_to(self.scale * STEP**steps, at or QRectF(self.rect()).center())

    @override
    def sizeHint(self) -> QSize:
        return QSize(480, 320)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(120, 90)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._hold()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / NOTCH
        if steps:
            self.zoom(steps, event.position())
        event.accept()

    @override
    def event(self, event: QEvent) -> bool:
        """Follow two fingers that move apart or together on a touchpad."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture:
            self._zoom_to(self.scale * (1 + event.value()), event.position())
            return True
        return super().event(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._grabbed = event.position()
            self._show_hand()
        event.accept()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            self._pan(event.position() - self._grabbed)
            self._grabbed = event.position()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        self._show_hand()
        event.accept()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.fits:
            self._zoom_to(1.0 if self.fitting < 1.0 else 2.0, event.position())
        else:
            self.fit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            super().keyPressEvent(event)
            return
        key = event.key()
        match key:
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom(1)
            case Qt.Key.Key_Minus:
                self.zoom(-1)
            case Qt.Key.Key_0:
                self.fit()
            case Qt.Key.Key_1:
                self.natural()
            case Qt.Key.Key_PageUp | Qt.Key.Key_PageDown:
                self.stepped.emit(-1 if key == Qt.Key.Key_PageUp else 1)
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self._across(1 if key == Qt.Key.Key_Left else -1)
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self._pan(QPointF(0, PAN if key == Qt.Key.Key_Up else -PAN))
            case _:
                super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=self.scale < LARGEST / 2)
        if self._image is not None:
            painter.drawImage(self.place, self._image)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.colours.focus), 2))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), m.RADIUS_CONTROL, m.RADIUS_CONTROL)
        painter.end()

    def _across(self, direction: int) -> None:
        """Move sideways what is wider than the window; of all else the next picture is wanted."""
        if self.place.width() > self.width() + 1:
            self._pan(QPointF(direction * PAN, 0))
        else:
            self.stepped.emit(-direction)

    def _pan(self, by: QPointF) -> None:
        self._shift += by
        self._hold()

    def _zoom_to(self, zoom: float, at: QPointF) -> None:
        before = self.scale
        after = min(max(zoom, min(self.fitting, 1.0)), LARGEST)
        # The point of the picture that is at a point of the window stays there.
        offset = at - QRectF(self.rect()).center() - self._shift
        self._shift += offset * (1 - after / before)
        self._zoom = None if after == self.fitting else after
        self._hold()

    def _hold(self) -> None:
        """Let no edge of the picture come further in than it must."""
        size = self._natural * self.scale
        most_x = max(0.0, (size.width() - self.width()) / 2)
        most_y = max(0.0, (size.height() - self.height()) / 2)
        self._shift = QPointF(min(max(self._shift.x(), -most_x), most_x), min(max(self._shift.y(), -most_y), most_y))
        self._show_hand()
        self.update()
        self.zoomed.emit()

    def _show_hand(self) -> None:
        place = self.place
        larger = place.width() > self.width() + 1 or place.height() > self.height() + 1
        closed, hand = Qt.CursorShape.ClosedHandCursor, Qt.CursorShape.OpenHandCursor
        shape = (closed if self._grabbed is not None else hand) if larger else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
