"""One message laid out: where its text, time, state and links are, for one width; painting only follows."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QTextCharFormat, QTextLayout, QTextOption

from babilu.api.views import MessageView
from babilu.desktop.language import translate
from babilu.desktop.models.messages import line_text, time_shown
from babilu.desktop.plain_text import is_emoji_only, shown
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageKind, MessageState
from babilu.presentation.fuzzy import folded
from babilu.presentation.links import TextLink, links
from babilu.presentation.message_window import Facts

DAY_HEIGHT: Final = 44
UNREAD_HEIGHT: Final = 40
MARK_WIDTH: Final = 19
META_GAP: Final = 10
RETRY_HEIGHT: Final = 30


@dataclass(frozen=True, slots=True)
class LinkHit:
    """A link is there."""

    address: str


@dataclass(frozen=True, slots=True)
class RetryHit:
    """The retry button of a failed message is there."""


@dataclass(frozen=True, slots=True)
class WholeHit:
    """The offer to show all of a long message is there."""


@dataclass(frozen=True, slots=True)
class PlaceHit:
    """The mark of a late message is there, which leads to the message before which it belongs."""

    message: MessageId


Hit = LinkHit | RetryHit | WholeHit | PlaceHit


class Bubble:
    """A message laid out for a width.

    Args:
        message: The message.
        facts: What its neighbours make of it.
        width: Width of the list in device-independent pixels.
        theme: Fonts and colours.
        query: What to mark in the text, or empty.
    """

    __slots__ = (
        "box",
        "facts",
        "is_line",
        "links",
        "message",
        "meta",
        "retry",
        "size",
        "text",
        "text_at",
        "time",
        "unframed",
        "whole_at",
        "width",
    )

    def __init__(self, message: MessageView, facts: Facts, width: int, theme: Theme, query: str) -> None:
        self.message = message
        self.facts = facts
        self.width = width
        self.time = time_shown(message)
        if message.late:
            self.time = translate("Message", "late · {0}").format(self.time)
        self.is_line = message.kind is not MessageKind.TEXT
        content = shown(line_text(message) if self.is_line else message.text)
        emoji = is_emoji_only(message.text)
        self.unframed = emoji or self.is_line
        self.links: tuple[TextLink, ...] = () if self.is_line else links(content.text, whole=content.whole)
        font = theme.fonts.emoji if emoji else theme.fonts.strong if self.is_line else theme.fonts.body
        self.text = _layout(content.text, font, _formats(content.text, self.links, message, theme, query))
        room = max(
            80.0,
            min(m.BUBBLE_MAX * theme.scale, (width - 2 * m.MESSAGE_MARGIN) * m.BUBBLE_SHARE) - 2 * m.BUBBLE_PAD_X,
        )
        natural, text_height, last = _break(self.text, room)
        metrics = QFontMetricsF(theme.fonts.tiny)
        meta_width = metrics.horizontalAdvance(self.time) + (theme.scaled(MARK_WIDTH) if message.outgoing else 0)
        whole_text = "" if content.whole else translate("Message", "Show all of it")
        below = whole_text or _ends_right_to_left(content.text)
        inner, height = _with_meta(natural, text_height, last, meta_width, room, metrics.height(), apart=bool(below))
        whole_height = QFontMetricsF(theme.fonts.strong).height() + m.TINY if whole_text else 0.0
        inner = max(inner, QFontMetricsF(theme.fonts.strong).horizontalAdvance(whole_text))
        if self.text.text() and natural < inner + 1 and _is_right_to_left(content.text):
            _break(self.text, inner)
        top = theme.scaled((DAY_HEIGHT if facts.new_day else 0) + (UNREAD_HEIGHT if facts.unread else 0))
        top += m.GROUP_GAP if facts.begins else m.BUBBLE_GAP
        pad_x, pad_y = m.BUBBLE_PAD_X, m.BUBBLE_PAD_Y
        box_width, box_height = inner + 2 * pad_x, height + whole_height + 2 * pad_y
        left = width - m.MESSAGE_MARGIN - box_width if message.outgoing else m.MESSAGE_MARGIN
        if self.is_line:
            left = (width - box_width) / 2
        self.box = QRectF(left, top, box_width, box_height)
        self.text_at = QPointF(left + pad_x, top + pad_y)
        right, bottom = self.box.right() - pad_x + 2, self.box.bottom() - pad_y + 2
        self.meta = QRectF(right - meta_width, bottom - metrics.height(), meta_width, metrics.height())
        whole_top = self.text_at.y() + text_height + m.TINY / 2
        self.whole_at = QRectF(left + pad_x, whole_top, inner, whole_height) if whole_text else QRectF()
        self.retry = self._place_retry(theme)
        self.size = QSize(
            width, round(self.box.bottom() + (theme.scaled(RETRY_HEIGHT) if self.retry.isValid() else 0) + 1)
        )

    def hit(self, at: QPointF) -> Hit | None:
        """Tell what can be pressed at a point."""
        if self.retry.contains(at):
            return RetryHit()
        if self.whole_at.contains(at):
            return WholeHit()
        if self.message.belongs_before is not None and self.meta.contains(at):
            return PlaceHit(self.message.belongs_before)
        if not self.links or not self.box.contains(at):
            return None
        inner = at - self.text_at
        for number in range(self.text.lineCount()):
            line = self.text.lineAt(number)
            if line.naturalTextRect().contains(inner):
                cursor = line.xToCursor(inner.x())
                place = _counted(self.text.text(), _place_of(cursor))
                return next((LinkHit(x.address) for x in self.links if x.start <= place < x.start + x.length), None)
        return None

    def _place_retry(self, theme: Theme) -> QRectF:
        if self.message.state is not MessageState.FAILED:
            return QRectF()
        width = QFontMetricsF(theme.fonts.small).horizontalAdvance(translate("Message", "Not sent · Try again"))
        width += theme.scaled(34)
        return QRectF(self.box.right() - width, self.box.bottom() + 3, width, theme.scaled(RETRY_HEIGHT) - 6)


def _layout(text: str, font: QFont, formats: list[QTextLayout.FormatRange]) -> QTextLayout:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    layout = QTextLayout(text.replace("\n", "\u2028"), font)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    if formats:
        layout.setFormats(formats)
    return layout


def _break(layout: QTextLayout, room: float) -> tuple[float, float, float]:
    """Break into lines. Returns the widest line's width, the height of all, and the last line's width."""
    widest = height = last = 0.0
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(room)
        line.setPosition(QPointF(0, height))
        height += line.height() + 1.5
        last = line.naturalTextWidth()
        widest = max(widest, last)
    layout.endLayout()
    return widest, height, last


def _with_meta(
    natural: float, height: float, last: float, meta: float, room: float, meta_height: float, *, apart: bool
) -> tuple[float, float]:
    """Put time and state behind the last line where there is room, else below it."""
    beside = last + META_GAP + meta
    if beside <= room and not apart:
        return max(natural, beside), height
    return max(natural, meta), height + meta_height - 1


def _formats(
    text: str, found: tuple[TextLink, ...], message: MessageView, theme: Theme, query: str
) -> list[QTextLayout.FormatRange]:
    ranges = []
    for link in found:
        colour = theme.colours.link_out if message.outgoing else theme.colours.link
        style = QTextCharFormat()
        style.setForeground(QColor(colour))
        style.setFontUnderline(True)
        ranges.append(_range(text, link.start, link.length, style))
    if query:
        style = QTextCharFormat()
        style.setBackground(QColor(theme.colours.highlight))
        ranges.extend(_range(text, start, length, style) for start, length in occurrences(query, text))
    return ranges


def _range(text: str, start: int, length: int, style: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start = _units(text[:start])
    made.length = _units(text[start : start + length])
    made.format = style
    return made


def _units(text: str) -> int:
    """Count a text as Qt does, in UTF-16: an emoji is two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _counted(text: str, units: int) -> int:
    """Count the characters of so many units of Qt's."""
    return (
        units
        if text.isascii()
        else len(text.encode("utf-16-le", "surrogatepass")[: units * 2].decode("utf-16-le", "replace"))
    )


def occurrences(query: str, text: str) -> list[tuple[int, int]]:
    """Find where a query occurs in a text, whatever its case and accents; texts that change length are left alone."""
    wanted, simple = folded(query), folded(text)
    if not wanted or len(simple) != len(text):
        wanted, simple = query.lower(), text.lower()
    if not wanted or len(simple) != len(text):
        return []
    found: list[tuple[int, int]] = []
    at = simple.find(wanted)
    while at >= 0 and len(found) < 200:
        found.append((at, len(wanted)))
        at = simple.find(wanted, at + len(wanted))
    return found


def _place_of(cursor: object) -> int:
    """Read what Qt for Python gives for a cursor: the place, or the place and the position that it was asked for."""
    first = cursor[0] if isinstance(cursor, tuple) else cursor
    return first if isinstance(first, int) else 0


def _is_right_to_left(text: str) -> bool:
    return not text.isascii() and any("\u0590" <= c <= "\u08ff" or "\ufb1d" <= c <= "\ufefc" for c in text)


def _ends_right_to_left(text: str) -> bool:
    return _is_right_to_left(text.rsplit("\n", 1)[-1]) or _is_right_to_left(text[:1])
