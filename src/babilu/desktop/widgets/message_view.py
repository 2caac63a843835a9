"""The messages of a conversation: stays at the bottom only when it is there, and keeps its place when pages come."""

from typing import Final

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QToolTip
from typing_extensions import override

from babilu.desktop.language import translate
from babilu.desktop.models.message_words import state_sentence, who_reacted
from babilu.desktop.models.messages import MessagesModel
from babilu.desktop.plain_text import plain_tip
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import retranslates
from babilu.desktop.widgets.bubble_parts import FileHit, Hit, ReactionHit, SpoilerHit
from babilu.desktop.widgets.file_rows import about_file
from babilu.desktop.widgets.message_delegate import MessageDelegate, Pulled
from babilu.desktop.widgets.swipe import Swipe
from babilu.desktop.widgets.wallpaper import pattern
from babilu.kernel.ids import MessageId
from babilu.kernel.ports import Clock
from babilu.presentation.pictures import PicturePlace

NEAR: Final = 24
"""So close to the bottom counts as being there."""

PAGE_AHEAD: Final = 600
"""So close to an end the next page is asked for."""

SECOND_MS: Final = 1_000
LOOK_MS: Final = 40
"""So long after a picture was painted that is not sharp, all in view are asked for: a page at once, not one by one."""

SWIPE_REST_MS: Final = 250
"""Fingers that have rested so long on a touchpad have left it."""

VOICE_KEYS: Final[dict[tuple[int, Qt.KeyboardModifier], str]] = {
    (Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier): "toggle",
    (Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier): "speed",
    (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier): "back",
    (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier): "ahead",
}
"""What keys want of a voice note that is chosen."""

ANGLE_PARTS: Final = 4
"""Parts of an angle that go on one pixel: a notch of a wheel has 120."""


class MessageListView(QListView):
    """Shows the messages of the open conversation."""

    hit = Signal(int, object)
    """Row and `Hit`: something in a message was pressed."""

    answered = Signal(int)
    """Row of a message that was pressed twice or pulled aside: one wants to reply to it."""

    hovered = Signal(int)
    """Row under the pointer; -1 for none."""

    older_wanted = Signal()
    newer_wanted = Signal()
    bottom_changed = Signal(bool)
    voice_key = Signal(int, str)
    """Row of a voice note that is chosen, and what a key wants of it: toggle, back, ahead or speed."""

    typed = Signal(str)
    """Somebody types while the messages have the focus."""

    def __init__(self, model: MessagesModel, theme: Theme, clock: Clock) -> None:
        super().__init__()
        self._messages = model
        self._theme = theme
        self._anchor: tuple[MessageId, int] | None = None
        self._bottom = True
        self._settling = False
        self._tile = QPixmap()
        self._clock = clock
        self._hovered_row = -1
        self._swipe = Swipe()
        self._swipe_ends = QTimer(self)
        self._swipe_ends.setSingleShot(True)
        self._swipe_ends.setInterval(SWIPE_REST_MS)
        self._swipe_ends.timeout.connect(self._end_swipe)
        self._ticking = QTimer(self)
        self._ticking.setInterval(SECOND_MS)
        self._ticking.timeout.connect(self._tick)
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._ask_for_pictures)
        self.delegate = MessageDelegate(model, theme, clock)
        self.delegate.picture_missed.connect(self._look_soon)
        if model.shelf is not None:
            model.shelf.came.connect(self._picture_came)
        self.setObjectName("messages")
        self.setItemDelegate(self.delegate)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMouseTracking(True)
        # So that the newest message does not touch the field below.
        self.setViewportMargins(0, 0, 0, m.SMALL)
        self.verticalScrollBar().setSingleStep(28)
        self.setModel(model)
        model.rowsAboutToBeInserted.connect(self._remember)
        model.layoutChanged.connect(lambda: self._hover(-1))
        model.modelReset.connect(lambda: self._hover(-1))
        theme.portraits_changed.connect(self.viewport().update)
        for rows_change in (model.rowsAboutToBeInserted, model.rowsAboutToBeRemoved, model.modelReset):
            rows_change.connect(self._forget_swipe)
        model.rowsAboutToBeRemoved.connect(self._remember)
        model.rowsInserted.connect(self._return)
        model.rowsRemoved.connect(self._return)
        self.delegate.sizeHintChanged.connect(self._resized_rows)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.verticalScrollBar().rangeChanged.connect(self._stick)
        theme.changed.connect(self._restyle)
        self._name()

    @property
    def at_bottom(self) -> bool:
        """Whether the newest message is in view."""
        return self._bottom and not self._messages.window.more_after

    def settle(self) -> None:
        """Show the unread divider, or the newest message."""
        self.doItemsLayout()
        unread = self._messages.window.unread_row()
        if unread is None:
            self.scroll_to_bottom()
            return
        self.scrollTo(self._messages.index(unread), QAbstractItemView.ScrollHint.PositionAtTop)
        self._scrolled()

    def scroll_to_bottom(self) -> None:
        """Show the newest message that is loaded."""
        self.executeDelayedItemsLayout()
        self._bottom = self._messages.window.follows = True
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
        self._scrolled()

    def scroll_to(self, row: int) -> None:
        """Show a message in the middle, and choose it."""
        self.executeDelayedItemsLayout()
        index = self._messages.index(row)
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        self._scrolled()

    def place(self) -> tuple[MessageId, int] | None:
        """Tell which message is at the top, and how far above the edge it begins."""
        index = self.indexAt(self.viewport().rect().topLeft())
        if not index.isValid():
            return None
        return self._messages.message(index.row()).id, self.visualRect(index).top()

    def return_to(self, place: tuple[MessageId, int] | None) -> None:
        """Show again what was at the top."""
        row = None if place is None else self._messages.window.row_of(place[0])
        if place is None or row is None:
            return
        self.executeDelayedItemsLayout()
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self.visualRect(self._messages.index(row)).top() - place[1])
        self._scrolled()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._remember()
        self.delegate.width = self.viewport().width()
        super().resizeEvent(event)
        self.doItemsLayout()
        self._return()

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self._hover(-1)
        self.viewport().update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.drawTiledPixmap(event.rect(), self._pattern(), QPointF(event.rect().topLeft()).toPoint())
        painter.end()
        super().paintEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self._name()
            self._restyle()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, wanted = self.currentIndex().row(), VOICE_KEYS.get((event.key(), event.modifiers()))
        if wanted is not None and row >= 0 and self.delegate.bubble(row).voice is not None:
            self.voice_key.emit(row, wanted)
            return
        text = event.text()
        commands = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        if text and text.isprintable() and not event.modifiers() & commands:
            self.typed.emit(text)
            return
        super().keyPressEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        row = self._row_to_answer(event.position())
        if event.button() is Qt.MouseButton.LeftButton and row is not None:
            self._swipe.press(row, event.position())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._swipe.row is not None:
            self._end_swipe()
            return
        self._swipe.cancel()
        found = self._hit_at(event.position()) if event.button() is Qt.MouseButton.LeftButton else None
        if found is not None:
            self.hit.emit(*found)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self._swipe.move(event.position()):
            self._show_swipe()
            return
        super().mouseMoveEvent(event)
        found = self._hit_at(event.position())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if found else Qt.CursorShape.ArrowCursor)
        self._hover(self.indexAt(event.position().toPoint()).row())

    @override
    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        left = event.button() is Qt.MouseButton.LeftButton
        if left and index.isValid() and self._hit_at(event.position()) is None:
            self.answered.emit(index.row())
            return
        super().mouseDoubleClickEvent(event)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let two fingers on a touchpad pull a message aside; all else scrolls."""
        row, by = self._row_to_answer(event.position()), _scrolled(event)
        ended = event.phase() in {Qt.ScrollPhase.ScrollEnd, Qt.ScrollPhase.ScrollMomentum}
        if ended and self._swipe.row is not None:
            self._end_swipe()
            return
        if not ended and row is not None and self._swipe.scroll(row, by):
            self._show_swipe()
            # Where the system does not say when fingers leave the pad, a rest is taken for it.
            self._swipe_ends.start()
            return
        self._swipe_ends.start()
        super().wheelEvent(event)

    def _row_to_answer(self, at: QPointF) -> int | None:
        """Give the row of a message that can be replied to."""
        index = self.indexAt(at.toPoint())
        if not index.isValid():
            return None
        bubble = self.delegate.bubble(index.row())
        return None if bubble.is_line or bubble.message.deleted else index.row()

    def _show_swipe(self) -> None:
        row = self._swipe.row
        self._hover(-1)
        self.delegate.pulled = None if row is None else Pulled(row, self._swipe.shift, far=self._swipe.is_far)
        self.viewport().update()

    def _forget_swipe(self) -> None:
        """Let go of a message whose row may be another one from now on."""
        self._swipe_ends.stop()
        pulled = self._swipe.row is not None
        self._swipe.cancel()
        if pulled:
            self._show_swipe()

    def _end_swipe(self) -> None:
        self._swipe_ends.stop()
        pulled, answered = self._swipe.row is not None, self._swipe.release()
        if pulled:
            self._show_swipe()
        if answered is not None:
            self.answered.emit(answered)

    def _hover(self, row: int) -> None:
        if row != self._hovered_row:
            self._hovered_row = row
            self.hovered.emit(row)

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip:
            index = self.indexAt(event.pos())  # type: ignore[attr-defined]
            if index.isValid():
                found = self._hit_at(QPointF(event.pos()))  # type: ignore[attr-defined]
                QToolTip.showText(event.globalPos(), self._tip(index.row(), found), self)  # type: ignore[attr-defined]
            return True
        return super().viewportEvent(event)

    def _tip(self, row: int, found: tuple[int, Hit] | None) -> str:
        hit = None if found is None else found[1]
        if isinstance(hit, ReactionHit):
            return plain_tip(who_reacted(hit.reaction, self._messages.own))
        if isinstance(hit, SpoilerHit):
            return translate("MessageView", "Show the hidden text")
        if isinstance(hit, FileHit):
            return plain_tip(about_file(self._messages.message(row), hit.index, self._messages.files))
        return state_sentence(self._messages.message(row), self._clock.now_ms())

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ticking.start()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._ticking.stop()

    def _rows_in_view(self) -> range:
        top, bottom = self.indexAt(self.viewport().rect().topLeft()), self.indexAt(self.viewport().rect().bottomLeft())
        if not top.isValid():
            return range(0)
        last = bottom.row() if bottom.isValid() else self._messages.rowCount() - 1
        return range(top.row(), last + 1)

    def _look_soon(self) -> None:
        if not self._look.isActive():
            self._look.start()

    def _ask_for_pictures(self) -> None:
        """Ask for the pictures in view; the newest ones are looked at first."""
        shelf, ratio = self._messages.shelf, self.devicePixelRatioF()
        if shelf is not None and self.isVisible():
            shelf.show([each for row in reversed(self._rows_in_view()) for each in self.delegate.wanted(row, ratio)])

    def repaint_message(self, message: MessageId) -> None:
        """Paint a message anew whose layout is as before."""
        row = self._messages.window.row_of(message)
        if row is not None:
            self.viewport().update(self.visualRect(self._messages.index(row)))

    def _picture_came(self, place: PicturePlace) -> None:
        self.repaint_message(place.message)

    def _tick(self) -> None:
        """Say anew how long messages in view stay."""
        for row in self._rows_in_view():
            if self.delegate.outdated(row):
                self._messages.changed(row, row)

    def _hit_at(self, at: QPointF) -> tuple[int, Hit] | None:
        index = self.indexAt(at.toPoint())
        if not index.isValid():
            return None
        hit = self.delegate.bubble(index.row()).hit(at - QPointF(self.visualRect(index).topLeft()))
        return None if hit is None else (index.row(), hit)

    def _remember(self) -> None:
        """Note that rows come or go; the place was noted when one last scrolled, for the list forgets it first."""
        self._settling = True

    def _return(self) -> None:
        if self._bottom:
            self.scroll_to_bottom()
        else:
            self.return_to(self._anchor)
        self._settling = False
        self._scrolled()

    def _resized_rows(self) -> None:
        """Keep the place when a row grows, as one with a retry button does, or the first one under its day."""
        if not self._settling:
            self._settling = True
            self.scheduleDelayedItemsLayout()
            self._return()

    def _scrolled(self) -> None:
        if self._settling:
            return
        bar = self.verticalScrollBar()
        bottom = bar.value() >= bar.maximum() - NEAR
        self._bottom = self._messages.window.follows = bottom
        self._anchor = None if bottom else self.place()
        self.bottom_changed.emit(self.at_bottom)
        if bar.value() < PAGE_AHEAD and self._messages.window.more_before:
            self.older_wanted.emit()
        if bar.value() > bar.maximum() - PAGE_AHEAD and self._messages.window.more_after:
            self.newer_wanted.emit()

    def _stick(self, _low: int, high: int) -> None:
        """Stay at the bottom when it moves."""
        if self._bottom and not self._settling:
            self.verticalScrollBar().setValue(high)

    def _restyle(self) -> None:
        self.delegate.forget()
        self._tile = QPixmap()
        self._remember()
        self.doItemsLayout()
        self._return()
        self.viewport().update()

    def _name(self) -> None:
        self.setAccessibleName(translate("MessageView", "Messages"))

    def _pattern(self) -> QPixmap:
        if self._tile.isNull():
            self._tile = pattern(self._theme, self)
        return self._tile


def _scrolled(event: QWheelEvent) -> QPointF:
    """Give how far fingers have gone, in device-independent pixels; a system that tells only angles means these."""
    exact = event.pixelDelta()
    return QPointF(exact) if not exact.isNull() else QPointF(event.angleDelta()) / ANGLE_PARTS
