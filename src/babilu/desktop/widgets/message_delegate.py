"""Paints messages from their layouts, which are kept until message, neighbours, width or theme change."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from babilu.desktop.language import day_name, translate
from babilu.desktop.models.message_words import origin_of, time_left
from babilu.desktop.models.messages import MessagesModel
from babilu.desktop.models.picture_shelf import WantedPicture
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import paint_avatar
from babilu.desktop.widgets.bubble import (
    CHIP_PAD,
    DAY_HEIGHT,
    MARK_WIDTH,
    META_ICON,
    QUOTE_BAR,
    QUOTE_PAD,
    UNREAD_HEIGHT,
    Bubble,
)
from babilu.desktop.widgets.bubble_parts import BubbleContext, ReactionChip
from babilu.desktop.widgets.bubble_text import SHADE
from babilu.desktop.widgets.file_rows import paint_row
from babilu.desktop.widgets.picture_tiles import PictureTile, covered, paint_tile
from babilu.desktop.widgets.voice_row import paint_voice
from babilu.kernel.ids import MessageId
from babilu.kernel.ports import Clock
from babilu.kernel.states import MessageKind, MessageState
from babilu.presentation.person_hues import hue_of
from babilu.presentation.pictures import is_on_disk, place_of

PULL_ICON: Final = 16
KEPT: Final = 600
"""Layouts that are kept, more than the model's window holds."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """A message that is pulled aside for a reply.

    Attributes:
        row: Which one.
        shift: How far to the right, in device-independent pixels.
        far: Whether letting go means a reply.
    """

    row: int
    shift: float
    far: bool


class MessageDelegate(QStyledItemDelegate):
    """Lays messages out and paints them.

    Args:
        model: The messages.
        theme: Fonts and colours.
        clock: Today's date, for the names of days.

    Attributes:
        width: The width of a row.
        pulled: The message that is pulled aside, or None.
    """

    picture_missed = Signal()
    """A picture was painted that is sharper on this device."""

    def __init__(self, model: MessagesModel, theme: Theme, clock: Clock) -> None:
        super().__init__()
        self._model = model
        self._theme = theme
        self._clock = clock
        self._kept: dict[MessageId, Bubble] = {}
        self.width = 600
        self.pulled: Pulled | None = None
        model.dataChanged.connect(self._changed)
        model.modelReset.connect(self.forget)

    def forget(self) -> None:
        """Lay everything out anew."""
        self._kept.clear()

    def bubble(self, row: int) -> Bubble:
        """Give the layout of a row; the model says of every row when it, or what its neighbours make of it, changes."""
        message = self._model.message(row)
        kept = self._kept.get(message.id)
        if kept is not None and kept.width == self.width and kept.message is message:
            return kept
        if len(self._kept) > KEPT:
            self._kept.clear()
        facts = self._model.facts(row)
        context = BubbleContext(
            self.width,
            self._theme,
            self._model.query,
            self._model.own,
            self._clock.now_ms(),
            self._model.is_revealed(message),
            self._model.files,
            self._model.is_group,
        )
        made = self._kept[message.id] = Bubble(message, facts, context)
        return made

    def wanted(self, row: int, ratio: float) -> list[WantedPicture]:
        """Give the pictures of a row that can be asked for, with the pixels of a screen that they need."""
        bubble = self.bubble(row)
        return [
            WantedPicture(place_of(bubble.message, tile.file), covered(tile, ratio))
            for tile in bubble.pictures
            if is_on_disk(bubble.message, tile.file)
        ]

    def outdated(self, row: int) -> bool:
        """Tell whether a row shows another time that is left than there is."""
        kept = self._kept.get(self._model.message(row).id)
        return kept is not None and bool(kept.left) and kept.left != time_left(kept.message, self._clock.now_ms())

    def _changed(self, first: QModelIndex, last: QModelIndex) -> None:
        """Lay rows out anew, and say so where one takes another height than before."""
        resized = False
        for row in range(first.row(), last.row() + 1):
            message = self._model.message(row).id
            old = self._kept.pop(message, None)
            if self._model.shelf is not None:
                self._model.shelf.again(message)
            resized = resized or (old is not None and old.size != self.bubble(row).size)
        if resized:
            self.sizeHintChanged.emit(first)

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return self.bubble(index.row()).size

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        bubble = self.bubble(index.row())
        area: QRectF = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.translate(area.topLeft())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = 0.0
        if bubble.facts.new_day:
            self._paint_day(painter, bubble.message.at, area.width())
            top += self._theme.scaled(DAY_HEIGHT)
        if bubble.facts.unread:
            self._paint_unread(painter, top, area.width())
        if self.pulled is not None and self.pulled.row == index.row():
            painter.translate(self.pulled.shift, 0)
            self._paint_pull(painter, bubble, self.pulled)
        self._paint_behind(painter, bubble)
        focused = bool(state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_Selected)
        if focused or self._model.is_marked(bubble.message):
            self._paint_ring(painter, bubble)
        self._paint_above(painter, bubble)
        for tile in bubble.pictures:
            self._paint_picture(painter, bubble, tile)
        for row in bubble.files:
            paint_row(painter, self._theme, row, outgoing=bubble.message.outgoing)
        self._paint_voice(painter, bubble)
        self._paint_text(painter, bubble)
        if not bubble.is_line:
            self._paint_meta(painter, bubble)
        for chip in bubble.chips:
            self._paint_chip(painter, chip)
        if bubble.retry.isValid():
            self._paint_retry(painter, bubble)
        painter.restore()

    def _paint_day(self, painter: QPainter, day: int, width: float) -> None:
        text = day_name(day, self._clock.now_ms())
        self._paint_pill(painter, text, QPointF(width / 2, self._theme.scaled(DAY_HEIGHT) / 2 + 2))

    def _paint_pull(self, painter: QPainter, bubble: Bubble, pulled: Pulled) -> None:
        """Paint the sign of a reply where the message has made room: pale until letting go means one."""
        colours, side = self._theme.colours, self._theme.scaled(PULL_ICON)
        centre = QPointF(bubble.box.left() - m.SMALL - side, bubble.box.center().y())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent if pulled.far else colours.window))
        painter.drawEllipse(centre, side, side)
        icon = self._theme.pixmap("reply", colours.on_accent if pulled.far else colours.muted, side)
        painter.drawPixmap(centre - QPointF(side, side) / 2, icon)

    def _paint_pill(self, painter: QPainter, text: str, centre: QPointF) -> None:
        colours = self._theme.colours
        font = self._theme.fonts.tiny
        size = QFontMetricsF(font).size(0, text)
        box = QRectF(0, 0, size.width() + 22, size.height() + 8)
        box.moveCenter(centre)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(colours.window, 225))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setFont(font)
        painter.setPen(QColor(colours.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_unread(self, painter: QPainter, top: float, width: float) -> None:
        colours = self._theme.colours
        font = self._theme.fonts.tiny
        text = translate("Message", "Unread messages")
        half = QFontMetricsF(font).horizontalAdvance(text) / 2 + 14
        middle = top + self._theme.scaled(UNREAD_HEIGHT) / 2 + 2
        painter.setPen(QPen(QColor(colours.accent), 1.2))
        painter.drawLine(QPointF(m.MESSAGE_MARGIN, middle), QPointF(width / 2 - half, middle))
        painter.drawLine(QPointF(width / 2 + half, middle), QPointF(width - m.MESSAGE_MARGIN, middle))
        painter.setFont(font)
        painter.setPen(QColor(colours.accent_text))
        painter.drawText(
            QRectF(0, top + 2, width, self._theme.scaled(UNREAD_HEIGHT)), Qt.AlignmentFlag.AlignCenter, text
        )

    def _paint_behind(self, painter: QPainter, bubble: Bubble) -> None:
        """Paint what words stand on, and who wrote them."""
        if bubble.message.kind is MessageKind.GROUP:
            self._paint_group_line(painter, bubble)
        elif not bubble.unframed:
            self._paint_frame(painter, bubble)
        if bubble.disc.isValid():
            paint_avatar(painter, bubble.disc, bubble.message.sender, self._theme)

    def _paint_frame(self, painter: QPainter, bubble: Bubble) -> None:
        colours = self._theme.colours
        fill = colours.bubble_out if bubble.message.outgoing else colours.bubble_in
        path = outline(bubble.box, outgoing=bubble.message.outgoing, begins=bubble.facts.begins, ends=bubble.facts.ends)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(fill))
        painter.drawPath(path)
        # Of the shadow only what is seen of it: filling a second outline would double the time that a frame takes.
        inset = m.RADIUS_BUBBLE / 2
        shadow = QRectF(bubble.box.left() + inset, bubble.box.bottom(), bubble.box.width() - 2 * inset, 1)
        painter.fillRect(shadow, self._theme.colour(colours.scrim, 16))

    def _paint_ring(self, painter: QPainter, bubble: Bubble) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._theme.colours.focus), 2))
        box = bubble.box.adjusted(-2, -2, 2, 2)
        painter.drawRoundedRect(box, m.RADIUS_BUBBLE + 2, m.RADIUS_BUBBLE + 2)

    def _paint_above(self, painter: QPainter, bubble: Bubble) -> None:
        """Paint who wrote, that a message was forwarded, and what it replies to."""
        colours, fonts = self._theme.colours, self._theme.fonts
        outgoing = bubble.message.outgoing
        if bubble.sender:
            self._paint_sender(painter, bubble)
        quiet = colours.meta_out if outgoing else colours.meta_in
        left, centre = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignVCenter
        if bubble.forwarded_at.isValid():
            box, side = bubble.forwarded_at, self._theme.scaled(META_ICON)
            icon = self._theme.pixmap("forward", quiet, side)
            painter.drawPixmap(QPointF(box.left(), box.center().y() - side / 2), icon)
            painter.setFont(fonts.small)
            painter.setPen(QColor(quiet))
            room = box.adjusted(side + m.TINY, 0, 0, 0)
            text = QFontMetricsF(fonts.small).elidedText(
                origin_of(bubble.message), Qt.TextElideMode.ElideRight, room.width()
            )
            painter.drawText(room, left | centre, text)
        quote = bubble.quote
        if quote is None:
            return
        ink = colours.on_bubble_out if outgoing else colours.text
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(ink, SHADE))
        painter.drawRoundedRect(quote.box, m.RADIUS_BUBBLE_INNER, m.RADIUS_BUBBLE_INNER)
        bar = QRectF(quote.box.left(), quote.box.top(), QUOTE_BAR, quote.box.height())
        painter.fillRect(bar, QColor(colours.link_out if outgoing else colours.accent))
        inside = quote.box.adjusted(QUOTE_BAR + m.SMALL, QUOTE_PAD, -m.SMALL, -QUOTE_PAD)
        upper = QFontMetricsF(fonts.strong).height()
        lines = ((fonts.strong, colours.link_out if outgoing else colours.accent_text, quote.title, 0.0),)
        for font, colour, text, below in (*lines, (fonts.small, ink, quote.line, upper)):
            metrics = QFontMetricsF(font)
            painter.setFont(font)
            painter.setPen(QColor(colour))
            box = QRectF(inside.left(), inside.top() + below, inside.width(), metrics.height())
            short = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box, left | centre | Qt.TextFlag.TextSingleLine, short)

    def _paint_sender(self, painter: QPainter, bubble: Bubble) -> None:
        """Paint the name of who wrote in the hue that they have everywhere."""
        font = self._theme.fonts.strong
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colours.hues[hue_of(bubble.message.sender)]))
        short = QFontMetricsF(font).elidedText(bubble.sender, Qt.TextElideMode.ElideRight, bubble.sender_at.width() + 1)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(bubble.sender_at, flags, short)

    def _paint_group_line(self, painter: QPainter, bubble: Bubble) -> None:
        """Paint what is behind a line about the group, which is quieter than any message."""
        box = bubble.box
        radius = min(box.height() / 2, m.RADIUS_BUBBLE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(self._theme.colours.window, 225))
        painter.drawRoundedRect(box, radius, radius)

    def _paint_picture(self, painter: QPainter, bubble: Bubble, tile: PictureTile) -> None:
        """Paint a picture sharply where its pixels are here, else its preview."""
        message, shelf = bubble.message, self._model.shelf
        if shelf is None:
            return
        place = place_of(message, tile.file)
        image, broken = shelf.sharp(place), shelf.is_broken(place)
        on_disk = is_on_disk(message, tile.file)
        if on_disk and shelf.lacks(place, covered(tile, painter.device().devicePixelRatioF())):
            self.picture_missed.emit()
        if image is None and tile.file.preview is not None:
            image = shelf.preview(place, tile.file.preview)
        paint_tile(painter, self._theme, tile, image, outgoing=message.outgoing, broken=broken and on_disk)

    def _paint_voice(self, painter: QPainter, bubble: Bubble) -> None:
        message, voice = bubble.message, self._model.voice
        if bubble.voice is not None and voice is not None:
            playing = voice.plays(message.id, message.conversation_id)
            speed = voice.speed if playing is None else playing.speed
            paint_voice(painter, self._theme, bubble.voice, playing, speed, outgoing=message.outgoing)

    def _paint_chip(self, painter: QPainter, chip: ReactionChip) -> None:
        colours = self._theme.colours
        painter.setBrush(QColor(colours.selected if chip.own else colours.window))
        painter.setPen(QPen(QColor(colours.accent if chip.own else colours.outline), 1.4 if chip.own else 1))
        radius = chip.box.height() / 2
        painter.drawRoundedRect(chip.box, radius, radius)
        painter.setFont(self._theme.fonts.body)
        painter.setPen(QColor(colours.text))
        inside = chip.box.adjusted(CHIP_PAD, 0, -CHIP_PAD / 2, 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, chip.text)

    def _paint_text(self, painter: QPainter, bubble: Bubble) -> None:
        colours = self._theme.colours
        outgoing = bubble.message.outgoing
        ink = colours.danger if bubble.is_line else colours.text
        change = bubble.message.change
        if change is not None and change.counts:
            ink = colours.muted
        if bubble.message.deleted:
            ink = colours.meta_in
        out = colours.meta_out if bubble.message.deleted else colours.on_bubble_out
        painter.setPen(QColor(out if outgoing else ink))
        bubble.content.draw(painter, bubble.text_at)
        if bubble.whole_at.isValid():
            painter.setFont(self._theme.fonts.strong)
            painter.setPen(QColor(colours.link_out if bubble.message.outgoing else colours.link))
            painter.drawText(bubble.whole_at, Qt.AlignmentFlag.AlignVCenter, translate("Message", "Show all of it"))

    def _paint_meta(self, painter: QPainter, bubble: Bubble) -> None:
        colours = self._theme.colours
        outgoing = bubble.message.outgoing
        if bubble.unframed:
            box = bubble.meta.adjusted(-7, -2, 7, 2)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour(colours.window, 225))
            painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        quiet = colours.meta_out if outgoing and not bubble.unframed else colours.meta_in
        painter.setFont(self._theme.fonts.tiny)
        painter.setPen(QColor(quiet))
        place, side = bubble.meta, self._theme.scaled(META_ICON)
        for icon in bubble.icons:
            painter.drawPixmap(
                QPointF(place.left(), place.center().y() - side / 2), self._theme.pixmap(icon, quiet, side)
            )
            place = place.adjusted(side + 3, 0, 0, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, bubble.time)
        state = bubble.message.state
        if state is not None and not bubble.message.deleted:
            scale = self._theme.scale
            painter.save()
            painter.translate(bubble.meta.right() - scale * (MARK_WIDTH - 3), bubble.meta.center().y())
            painter.scale(scale, scale)
            self._paint_mark(painter, state, quiet)
            painter.restore()

    def _paint_mark(self, painter: QPainter, state: MessageState, quiet: str) -> None:
        """Paint the state at the origin: a clock, one tick at the relay, two at the other end, coloured once read."""
        colours = self._theme.colours
        colour = {MessageState.READ: colours.read, MessageState.FAILED: colours.danger}.get(state, quiet)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # What is read is told by its weight too, for whoever does not see the colours apart.
        width = 2.4 if state is MessageState.READ else 1.3
        pen = QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        if state is MessageState.QUEUED:
            painter.drawEllipse(QPointF(8, 0), 4.6, 4.6)
            painter.drawPolyline([QPointF(8, -2.6), QPointF(8, 0), QPointF(10, 1.2)])
        elif state is MessageState.FAILED:
            painter.drawEllipse(QPointF(8, 0), 5.2, 5.2)
            painter.drawLine(QPointF(8, -2.6), QPointF(8, 0.6))
            painter.drawPoint(QPointF(8, 2.8))
        else:
            shift = 2.4 if state is MessageState.HELD else 0.0
            _tick(painter, shift + 1)
            if state is not MessageState.HELD:
                _tick(painter, 5.6)

    def _paint_retry(self, painter: QPainter, bubble: Bubble) -> None:
        colours = self._theme.colours
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.window))
        radius = bubble.retry.height() / 2
        painter.drawRoundedRect(bubble.retry, radius, radius)
        icon = self._theme.pixmap("retry", colours.danger, 16)
        painter.drawPixmap(QPointF(bubble.retry.left() + 8, bubble.retry.center().y() - 8), icon)
        painter.setFont(self._theme.fonts.small)
        painter.setPen(QColor(colours.danger))
        text = translate("Message", "Not sent · Try again")
        painter.drawText(bubble.retry.adjusted(27, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)


def _tick(painter: QPainter, x: float) -> None:
    painter.drawPolyline([QPointF(x, 0.4), QPointF(x + 2.8, 3.2), QPointF(x + 8.4, -3.4)])


def outline(box: QRectF, *, outgoing: bool, begins: bool, ends: bool) -> QPainterPath:
    """Give the outline of a bubble: round, but flat towards its neighbours of the same group on the sender's side."""
    round_one, flat = float(m.RADIUS_BUBBLE), float(m.RADIUS_BUBBLE_INNER)
    upper, lower = (round_one if begins else flat), flat
    if outgoing:
        top_left, top_right, bottom_right, bottom_left = round_one, upper, lower if not ends else flat, round_one
    else:
        top_left, top_right, bottom_right, bottom_left = upper, round_one, round_one, lower if not ends else flat
    limit = min(box.width(), box.height()) / 2
    corners = [min(radius, limit) for radius in (top_left, top_right, bottom_right, bottom_left)]
    return rounded(box, *corners)


def rounded(box: QRectF, top_left: float, top_right: float, bottom_right: float, bottom_left: float) -> QPainterPath:
    """Give a rectangle whose corners are round by their own measures."""
    path = QPainterPath(QPointF(box.left() + top_left, box.top()))
    path.lineTo(box.right() - top_right, box.top())
    path.arcTo(box.right() - 2 * top_right, box.top(), 2 * top_right, 2 * top_right, 90, -90)
    path.lineTo(box.right(), box.bottom() - bottom_right)
    path.arcTo(
        box.right() - 2 * bottom_right, box.bottom() - 2 * bottom_right, 2 * bottom_right, 2 * bottom_right, 0, -90
    )
    path.lineTo(box.left() + bottom_left, box.bottom())
    path.arcTo(box.left(), box.bottom() - 2 * bottom_left, 2 * bottom_left, 2 * bottom_left, -90, -90)
    path.lineTo(box.left(), box.top() + top_left)
    path.arcTo(box.left(), box.top(), 2 * top_left, 2 * top_left, 180, -90)
    path.closeSubpath()
    return path
