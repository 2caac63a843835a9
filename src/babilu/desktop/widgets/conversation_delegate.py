"""Paints the rows of the list on the left: who, when, what was last, and what waits."""

from typing import assert_never

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from babilu.api.group_views import GroupInvitationView
from babilu.api.views import ConversationView
from babilu.desktop.language import short_day, translate
from babilu.desktop.models.conversations import (
    ArchiveRow,
    ConversationRow,
    ConversationsModel,
    DecisionRow,
    FoundRow,
    HeadingRow,
    RequestRow,
    archive_text,
    has_draft,
    preview,
)
from babilu.desktop.models.labels import label_of, label_text
from babilu.desktop.models.message_words import body_line
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.palettes import Colours
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import paint_avatar
from babilu.kernel.ports import Clock
from babilu.kernel.states import ConversationKind, MessageState, Trust
from babilu.presentation.group_model import is_group_label

SIDE = m.SMALL
HEADING_HEIGHT = 40
LETTERS = 4
"""So many letters of a name are worth more than the time beside it."""


class ConversationDelegate(QStyledItemDelegate):
    """Paints requests, conversations, headings and messages that were found."""

    def __init__(self, model: ConversationsModel, theme: Theme, clock: Clock) -> None:
        super().__init__()
        self._model = model
        self._theme = theme
        self._clock = clock

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        heading = isinstance(self._model.row(index.row()), HeadingRow | ArchiveRow)
        height = HEADING_HEIGHT if heading else m.ROW_HEIGHT
        return QSize(100, round(height * self._theme.scale))

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = self._model.row(index.row())
        area = QRectF(option.rect).adjusted(SIDE, 1, -SIDE, -1)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not isinstance(row, HeadingRow):
            self._paint_back(painter, area, state)
        match row:
            case RequestRow(request):
                title = person(request.name)
                text = translate("Conversations", "Asks for a conversation")
                at = short_day(request.at, self._clock.now_ms())
                self._paint_two_lines(painter, area, request.name, title, text, at, accent=True)
            case DecisionRow():
                self._paint_decision(painter, area, row)
            case ConversationRow(conversation, typing):
                self._paint_conversation(painter, area, conversation, typing=typing)
            case ArchiveRow():
                self._paint_archive(painter, area, row)
            case FoundRow(message):
                at = short_day(message.at, self._clock.now_ms())
                title = self._model.label(message.conversation)
                text = body_line(message, own=self._model.own)
                self._paint_two_lines(painter, area, message.conversation, title, text, at)
            case HeadingRow(text):
                painter.setFont(self._theme.fonts.tiny)
                painter.setPen(QColor(self._theme.colours.muted))
                painter.drawText(area.adjusted(m.SMALL, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
            case _:
                assert_never(row)
        painter.restore()

    def _paint_back(self, painter: QPainter, area: QRectF, state: QStyle.StateFlag) -> None:
        colours = self._theme.colours
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(colours.selected))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colours.hover))
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
            painter.setPen(QPen(QColor(colours.focus), 2))
        painter.drawRoundedRect(area, m.RADIUS_ROW, m.RADIUS_ROW)

    def _paint_two_lines(
        self, painter: QPainter, area: QRectF, who: str, title: str, text: str, at: str, *, accent: bool = False
    ) -> None:
        colours = self._theme.colours
        first, second = self._frame(painter, area, who, title)
        first = self._paint_right(painter, first, at, self._theme.fonts.tiny, colours.muted)
        self._paint_line(painter, first, title, self._theme.fonts.strong, colours.text)
        self._paint_line(
            painter, second, text, self._theme.fonts.small, colours.accent_text if accent else colours.muted
        )

    def _paint_decision(self, painter: QPainter, area: QRectF, row: DecisionRow) -> None:
        waiting = row.waiting
        at = short_day(waiting.at, self._clock.now_ms())
        if isinstance(waiting, GroupInvitationView):
            title = label_text(waiting.conversation, waiting.title)
            text = translate("Conversations", "{0} added you").format(person(waiting.by))
            self._paint_two_lines(painter, area, waiting.conversation, title, text, at, accent=True)
            return
        group = self._model.label(waiting.conversation)
        text = translate("Conversations", "Wants to join {0}").format(group)
        self._paint_two_lines(painter, area, waiting.name, person(waiting.name), text, at, accent=True)

    def _paint_archive(self, painter: QPainter, area: QRectF, row: ArchiveRow) -> None:
        colours, side = self._theme.colours, self._theme.scaled(m.ICON_SMALL)
        left = area.left() + m.SMALL + (self._theme.scaled(m.AVATAR) - side) / 2
        icon = self._theme.pixmap("archive", colours.muted, side)
        painter.drawPixmap(QPointF(left, area.center().y() - side / 2), icon)
        text = area.adjusted(m.SMALL + self._theme.scaled(m.AVATAR) + m.MEDIUM, 0, -m.MEDIUM, 0)
        text = self._paint_icon(painter, text, "up" if row.is_open else "down", colours.muted)
        colour = colours.accent_text if row.unread else colours.muted
        self._paint_line(painter, text, archive_text(row), self._theme.fonts.strong, colour)

    def _paint_conversation(self, painter: QPainter, area: QRectF, view: ConversationView, *, typing: str) -> None:
        colours, fonts = self._theme.colours, self._theme.fonts
        first, second = self._frame(painter, area, view.label, label_of(view))
        contact = view.contact
        if contact is not None and (contact.connected or contact.presence == "online"):
            self._paint_presence(painter, area)
        marks = marks_of(view, colours)
        mark = self._theme.scaled(m.ICON_SMALL) + 3
        behind = 5 + len(marks) * mark if marks else 0
        if view.last is not None and first.width() - behind >= self._needed_with_time(view):
            heard = (view.unread or view.marked_unread) and not view.muted
            colour = colours.accent_text if heard else colours.muted
            at = short_day(view.last.at, self._clock.now_ms())
            first = self._paint_right(painter, first, at, fonts.tiny, colour)
        if view.last is not None and view.last.state is MessageState.FAILED:
            first = self._paint_icon(painter, first, "warning", colours.danger)
        if view.unread or view.marked_unread:
            second = self._paint_badge(painter, second, view)
        elif view.pinned:
            second = self._paint_icon(painter, second, "pin", colours.muted)
        room = first.adjusted(0, 0, -behind, 0)
        width = self._paint_line(painter, room, label_of(view), fonts.strong, colours.text)
        self._paint_marks(painter, first, width, marks)
        if has_draft(view) and not typing:
            label = translate("Conversations", "Draft:") + " "
            used = self._paint_line(painter, second, label, fonts.small, colours.danger)
            second = second.adjusted(used, 0, 0, 0)
        colour = colours.accent_text if typing else colours.muted
        self._paint_line(painter, second, preview(view, self._model.own, typing=typing), fonts.small, colour)

    def _needed_with_time(self, view: ConversationView) -> float:
        """Tell how much width a name with its time needs: less than some letters of the name are worth more."""
        fonts = self._theme.fonts
        at = short_day(view.last.at, self._clock.now_ms()) if view.last is not None else ""
        name = QFontMetricsF(fonts.strong).horizontalAdvance(label_of(view)[:LETTERS])
        return name + m.SMALL + QFontMetricsF(fonts.tiny).horizontalAdvance(at)

    def _frame(self, painter: QPainter, area: QRectF, who: str, title: str) -> tuple[QRectF, QRectF]:
        """Paint the avatar, and give the places of the two lines."""
        side = self._theme.scaled(m.AVATAR)
        disc = QRectF(0, 0, side, side)
        disc.moveCenter(QPointF(area.left() + m.SMALL + side / 2, area.center().y()))
        paint_avatar(painter, disc, who, self._theme, title=title if is_group_label(who) else "")
        left, right = disc.right() + m.MEDIUM, area.right() - m.MEDIUM
        upper = QFontMetricsF(self._theme.fonts.strong).height()
        lower = QFontMetricsF(self._theme.fonts.small).height()
        top = area.center().y() - (upper + lower + 3) / 2
        return QRectF(left, top, right - left, upper), QRectF(left, top + upper + 3, right - left, lower)

    def _paint_line(self, painter: QPainter, box: QRectF, text: str, font: QFont, colour: str) -> float:
        metrics = QFontMetricsF(font)
        short = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, box.width()))
        painter.setFont(font)
        painter.setPen(QColor(colour))
        painter.drawText(
            box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, short
        )
        return metrics.horizontalAdvance(short)

    def _paint_right(self, painter: QPainter, box: QRectF, text: str, font: QFont, colour: str) -> QRectF:
        painter.setFont(font)
        painter.setPen(QColor(colour))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        return box.adjusted(0, 0, -QFontMetricsF(font).horizontalAdvance(text) - m.SMALL, 0)

    def _paint_icon(self, painter: QPainter, box: QRectF, icon: str, colour: str) -> QRectF:
        size = self._theme.scaled(m.ICON_SMALL)
        pixmap = self._theme.pixmap(icon, colour, size)
        painter.drawPixmap(QPointF(box.right() - size, box.center().y() - size / 2), pixmap)
        return box.adjusted(0, 0, -size - m.TINY, 0)

    def _paint_badge(self, painter: QPainter, box: QRectF, view: ConversationView) -> QRectF:
        colours = self._theme.colours
        text = ("@" if view.mentions else "") + (str(view.unread or "") if view.unread < 1000 else "999+")
        quiet = view.muted and not view.mentions
        metrics = QFontMetricsF(self._theme.fonts.tiny)
        height = metrics.height() + 4
        width = max(height, metrics.horizontalAdvance(text) + 12)
        badge = QRectF(box.right() - width, box.center().y() - height / 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.badge_muted if quiet else colours.accent))
        painter.drawRoundedRect(badge, height / 2, height / 2)
        painter.setFont(self._theme.fonts.tiny)
        painter.setPen(QColor(colours.on_badge_muted if quiet else colours.on_accent))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)
        return box.adjusted(0, 0, -width - m.SMALL, 0)

    def _paint_marks(self, painter: QPainter, box: QRectF, used: float, marks: list[tuple[str, str]]) -> None:
        """Paint what is known about the person behind the name, for which the name has left room."""
        left, size = box.left() + used + 5, self._theme.scaled(m.ICON_SMALL)
        for icon, colour in marks:
            painter.drawPixmap(QPointF(left, box.center().y() - size / 2), self._theme.pixmap(icon, colour, size))
            left += size + 3

    def _paint_presence(self, painter: QPainter, area: QRectF) -> None:
        side, scale = self._theme.scaled(m.AVATAR), self._theme.scale
        centre = QPointF(area.left() + m.SMALL + side * 0.86, area.center().y() + side * 0.36)
        painter.setPen(QPen(QColor(self._theme.colours.window), 2.5))
        painter.setBrush(QColor(self._theme.colours.positive))
        painter.drawEllipse(centre, 6.2 * scale, 6.2 * scale)


def marks_of(view: ConversationView, colours: Colours) -> list[tuple[str, str]]:
    """Give icons and colours of what is known about a person; a name is cut short before one of them goes."""
    contact = view.contact
    trust = None if contact is None else contact.trust
    is_out = view.kind is ConversationKind.GROUP and view.role is None
    found = {
        "verified": (trust is Trust.VERIFIED, colours.positive),
        "warning": (trust is Trust.CHANGED, colours.danger),
        "block": ((contact is not None and contact.blocked) or is_out, colours.muted),
        "muted": (view.muted, colours.muted),
    }
    return [(icon, colour) for icon, (is_so, colour) in found.items() if is_so]
