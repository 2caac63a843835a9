"""One message laid out: where its quote, text, time, state and reactions are, for one width; painting only follows."""

from itertools import chain
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QFont, QFontMetricsF, QTextLayout

from babilu.api.views import MessageView, ReactionView
from babilu.desktop.language import translate
from babilu.desktop.models.message_words import (
    line_text,
    origin_of,
    quote_line,
    quote_title,
    time_left,
    time_shown,
    tombstone,
)
from babilu.desktop.plain_text import Shown, is_emoji_only, person, shown
from babilu.desktop.theme import metrics as m
from babilu.desktop.widgets.bubble_emphases import emphases
from babilu.desktop.widgets.bubble_parts import (
    BubbleContext,
    EditedHit,
    FileHit,
    Hit,
    LinkHit,
    PlacedQuote,
    PlaceHit,
    ReactionChip,
    ReactionHit,
    RetryHit,
    SenderHit,
    SpoilerHit,
    WholeHit,
)
from babilu.desktop.widgets.bubble_text import BubbleLook, BubbleText
from babilu.desktop.widgets.file_rows import place_rows, row_height, rows_width
from babilu.desktop.widgets.picture_tiles import EDGE, album_of, place_tiles
from babilu.desktop.widgets.voice_row import place_voice, voice_height, voice_width
from babilu.kernel.states import MessageKind, MessageState
from babilu.presentation.emoji import shown_reaction
from babilu.presentation.group_words import pinned_message
from babilu.presentation.message_window import Facts
from babilu.presentation.pictures import others_of
from babilu.presentation.voice_notes import voice_file

DAY_HEIGHT: Final = 44


UNREAD_HEIGHT: Final = 40


MARK_WIDTH: Final = 19


META_GAP: Final = 10


META_ICON: Final = 12


RETRY_HEIGHT: Final = 30


QUOTE_PAD: Final = 6


QUOTE_BAR: Final = 3


CHIP_GAP: Final = 4


CHIP_PAD: Final = 8


SENDER_GAP: Final = 2


DISC: Final = 32
"""Side of the picture of who wrote."""


PICTURE_PAD: Final = m.BUBBLE_PAD_X - EDGE
"""So much further out than words a picture stands."""


class Bubble:
    """A message laid out for a width.

    Args:
        message: The message.
        facts: What its neighbours make of it.
        context: What it is laid out for.
    """

    __slots__ = (
        "album",
        "box",
        "chips",
        "content",
        "context",
        "disc",
        "facts",
        "files",
        "forwarded_at",
        "icons",
        "is_line",
        "left",
        "message",
        "meta",
        "pictures",
        "quote",
        "retry",
        "sender",
        "sender_at",
        "size",
        "text_at",
        "time",
        "unframed",
        "voice",
        "whole_at",
    )

    def __init__(self, message: MessageView, facts: Facts, context: BubbleContext) -> None:
        self.message = message
        self.facts = facts
        self.context = context
        theme, width = context.theme, context.width
        self.left = time_left(message, context.now)
        self.time = _time(message, self.left)
        self.icons = tuple(icon for icon, is_so in (("pin", message.pinned), ("clock", bool(self.left))) if is_so)
        self.is_line = message.kind is not MessageKind.TEXT
        self.sender = person(message.sender) if self._names_people and facts.begins else ""
        plain = message.reply_to is None and not origin_of(message) and not message.files
        emoji = is_emoji_only(message.text) and plain and not self.sender
        self.unframed = emoji or self.is_line
        content = self._shown()
        self.content = self._layout(content, emoji=emoji)
        room = max(
            80.0,
            min(m.BUBBLE_MAX * theme.scale, (width - 2 * m.MESSAGE_MARGIN) * m.BUBBLE_SHARE - self._indent)
            - 2 * m.BUBBLE_PAD_X,
        )
        self.album = album_of(theme, message, room + 2 * PICTURE_PAD)
        if self.album is not None:
            # What is said of pictures is no wider than they are.
            room = self.album.width - 2 * PICTURE_PAD
        self.content.fit(room)
        whole_text = "" if content.whole else translate("Message", "Show all of it")
        above, widest = self._measure_above(room)
        inner, height = self._with_meta(room, apart=bool(whole_text) or _ends_right_to_left(content.text))
        inner, whole_height = max(inner, widest), 0.0
        if whole_text:
            strong = QFontMetricsF(theme.fonts.strong)
            whole_height = strong.height() + m.TINY
            inner = max(inner, strong.horizontalAdvance(whole_text))
        if content.text and self.content.natural < inner + 1 and _is_right_to_left(content.text):
            self.content.fit(inner)
        self._place(inner, above, height, whole_height)

    @property
    def width(self) -> int:
        """Width of the list for which it is laid out."""
        return self.context.width

    @property
    def _names_people(self) -> bool:
        """Whether it says who wrote it."""
        message = self.message
        return self.context.group and not message.outgoing and message.kind is MessageKind.TEXT

    @property
    def _indent(self) -> float:
        """Room on the left for the picture of who wrote."""
        return self.context.theme.scaled(DISC) + m.SMALL if self._names_people else 0.0

    @property
    def _is_topmost(self) -> bool:
        """Whether nothing stands above its pictures."""
        return self.message.reply_to is None and not origin_of(self.message) and not self.sender

    @property
    def text(self) -> QTextLayout:
        """The layout of the first words."""
        return self.content.sections[0].layout

    def hit(self, at: QPointF) -> Hit | None:
        """Tell what can be pressed at a point."""
        around = self._hit_around(at)
        if around is not None:
            return around
        if self.quote is not None and self.quote.box.contains(at):
            return PlaceHit(self.quote.message)
        places = ((each.box, each.file) for each in self.pictures), ((each.box, each.file) for each in self.files)
        file = next((file for box, file in chain(*places) if box.contains(at)), None)
        if file is not None:
            return FileHit(file.index)
        if self.voice is not None and (voice := self.voice.hit(at)) is not None:
            return voice
        if self.whole_at.contains(at):
            return WholeHit()
        if self.meta.contains(at) and self.message.belongs_before is not None:
            return PlaceHit(self.message.belongs_before)
        if self.meta.contains(at) and self.message.edited_at is not None:
            return EditedHit()
        if not self.box.contains(at) or not self.content.is_live:
            return None
        place = self.content.place(at - self.text_at)
        if place is None:
            return None
        if place.hidden:
            return SpoilerHit()
        return None if place.address is None else LinkHit(place.address)

    def _hit_around(self, at: QPointF) -> Hit | None:
        """Tell what can be pressed beside the words: what is tried again, reactions, and who wrote."""
        if self.retry.contains(at):
            return RetryHit()
        chip = next((chip for chip in self.chips if chip.box.contains(at)), None)
        if chip is not None:
            return ReactionHit(chip.reaction)
        if self.sender_at.contains(at) or self.disc.contains(at):
            return SenderHit(self.message.sender)
        pinned = None if self.message.change is None else pinned_message(self.message.change)
        return PlaceHit(pinned) if pinned is not None and self.box.contains(at) else None

    def _shown(self) -> Shown:
        if self.is_line:
            return shown(line_text(self.message, self.context.own))
        return shown(tombstone(self.message, self.context.own) if self.message.deleted else self.message.text)

    def _layout(self, content: Shown, *, emoji: bool) -> BubbleText:
        theme, message = self.context.theme, self.message
        fonts, colours = theme.fonts, theme.colours
        line = fonts.small if message.kind is MessageKind.GROUP else fonts.strong
        font = fonts.emoji if emoji else line if self.is_line else fonts.body
        if message.deleted:
            font = QFont(font)
            font.setItalic(True)
        ours = self.is_line or message.deleted
        ink = colours.on_bubble_out if message.outgoing else colours.text
        veil = colours.meta_out if message.outgoing else colours.meta_in
        link = colours.link_out if message.outgoing else colours.link
        look = BubbleLook(theme, font, ink, veil, link, self.context.revealed)
        plain = ours or not (message.mentions or self.context.query)
        marks = () if plain else tuple(emphases(content.text, message, self.context))
        return BubbleText(content.text, look, marks, plain=ours or emoji, whole=content.whole)

    def _measure_above(self, room: float) -> tuple[float, float]:
        """Tell the height of what stands above the text, and the width that it would like."""
        theme, message = self.context.theme, self.message
        height, widest = self._files_height(), 0.0
        if self.album is not None:
            widest = room
        elif voice_file(message) is not None:
            widest = voice_width(theme, room)
        elif height:
            widest = rows_width(theme, message, self.context.files, room)
        if self.sender:
            strong = QFontMetricsF(theme.fonts.strong)
            height += strong.height() + SENDER_GAP
            widest = max(widest, min(room, strong.horizontalAdvance(self.sender) + 1))
        if message.reply_to is None and not origin_of(message):
            return height, widest
        small = QFontMetricsF(theme.fonts.small)
        if origin := origin_of(message):
            height += small.height() + m.TINY
            wide = small.horizontalAdvance(origin) + theme.scaled(META_ICON) + m.SMALL
            widest = max(widest, wide)
        quote = message.reply_to
        if quote is not None:
            strong = QFontMetricsF(theme.fonts.strong)
            height += strong.height() + small.height() + 2 * QUOTE_PAD + m.TINY
            title = strong.horizontalAdvance(quote_title(message, quote, self.context.own))
            wide = max(title, small.horizontalAdvance(quote_line(quote)))
            widest = max(widest, wide + QUOTE_BAR + 2 * m.SMALL)
        return height, min(widest, room)

    def _files_height(self) -> float:
        """Tell how high pictures and other files are, with what parts them from the words below."""
        message = self.message
        if not message.files:
            return 0.0
        rows = len(others_of(message)) * row_height(self.context.theme)
        if voice_file(message) is not None:
            rows = voice_height(self.context.theme)
        if self.album is None:
            return rows + (m.TINY if message.text else 0)
        return self.album.height + m.TINY + rows - (m.BUBBLE_PAD_Y - EDGE if self._is_topmost else 0)

    def _with_meta(self, room: float, *, apart: bool) -> tuple[float, float]:
        """Put time and state behind the last line where there is room, else below it."""
        theme, content = self.context.theme, self.content
        if self.is_line:
            self.meta = QRectF()
            return content.natural, content.height
        metrics = QFontMetricsF(theme.fonts.tiny)
        wide = metrics.horizontalAdvance(self.time) + len(self.icons) * (theme.scaled(META_ICON) + 3)
        wide += theme.scaled(MARK_WIDTH) if self.message.outgoing and not self.message.deleted else 0
        self.meta = QRectF(0, 0, wide, metrics.height())
        if (self.album is not None or voice_file(self.message) is not None) and not self.message.text:
            return wide, metrics.height()
        beside = content.last + META_GAP + wide
        if beside <= room and not apart and not content.ends_apart:
            return max(content.natural, beside), content.height
        return max(content.natural, wide), content.height + metrics.height() - 1

    def _place(self, inner: float, above: float, height: float, whole_height: float) -> None:
        theme, width, facts, message = self.context.theme, self.context.width, self.facts, self.message
        top = theme.scaled((DAY_HEIGHT if facts.new_day else 0) + (UNREAD_HEIGHT if facts.unread else 0))
        top += m.GROUP_GAP if facts.begins else m.BUBBLE_GAP
        pad_x, pad_y = m.BUBBLE_PAD_X, m.BUBBLE_PAD_Y
        box_width, box_height = inner + 2 * pad_x, above + height + whole_height + 2 * pad_y
        left = width - m.MESSAGE_MARGIN - box_width if message.outgoing else m.MESSAGE_MARGIN + self._indent
        if self.is_line:
            left = (width - box_width) / 2
        self.box = QRectF(left, top, box_width, box_height)
        at = QPointF(left + pad_x, top + pad_y)
        self._place_sender(at, inner)
        below = self.sender_at.height() + SENDER_GAP if self.sender else 0.0
        has_origin = bool(origin_of(message))
        small = QFontMetricsF(theme.fonts.small).height() if has_origin else 0.0
        self.forwarded_at = QRectF(at.x(), at.y() + below, inner, small) if has_origin else QRectF()
        self.quote = self._place_quote(at.y() + below + (small + m.TINY if has_origin else 0), inner)
        self._place_files(QPointF(at.x(), at.y() + above - self._files_height()), inner)
        self.text_at = at + QPointF(0, above)
        right, bottom = self.box.right() - pad_x + 2, self.box.bottom() - pad_y + 2
        self.meta.moveBottomRight(QPointF(right, bottom))
        whole_top = self.text_at.y() + self.content.height + m.TINY / 2
        self.whole_at = QRectF(left + pad_x, whole_top, inner, whole_height) if whole_height else QRectF()
        self.chips = self._place_chips()
        lowest = max((chip.box.bottom() for chip in self.chips), default=self.box.bottom())
        self.retry = self._place_retry(lowest)
        if self.retry.isValid():
            lowest += theme.scaled(RETRY_HEIGHT)
        self.size = QSize(width, round(lowest + 1))

    def _place_sender(self, at: QPointF, inner: float) -> None:
        """Put the name above the first message of somebody's, and their picture beside the last one."""
        theme = self.context.theme
        height = QFontMetricsF(theme.fonts.strong).height()
        self.sender_at = QRectF(at.x(), at.y(), inner, height) if self.sender else QRectF()
        side = theme.scaled(DISC)
        shown_here = self._names_people and self.facts.ends
        self.disc = QRectF(m.MESSAGE_MARGIN, self.box.bottom() - side, side, side) if shown_here else QRectF()

    def _place_files(self, corner: QPointF, inner: float) -> None:
        message, theme = self.message, self.context.theme
        lift = m.BUBBLE_PAD_Y - EDGE if self._is_topmost else 0
        self.pictures = place_tiles(self.album, message, corner - QPointF(PICTURE_PAD, lift))
        if self.album is not None:
            corner += QPointF(0, self.album.height - lift + m.TINY)
        self.voice = place_voice(theme, message, corner, inner)
        self.files = () if self.voice is not None else place_rows(theme, message, self.context.files, corner, inner)

    def _place_quote(self, top: float, inner: float) -> PlacedQuote | None:
        quote = self.message.reply_to
        if quote is None:
            return None
        theme = self.context.theme
        height = QFontMetricsF(theme.fonts.strong).height() + QFontMetricsF(theme.fonts.small).height()
        box = QRectF(self.box.left() + m.BUBBLE_PAD_X, top, inner, height + 2 * QUOTE_PAD)
        title = quote_title(self.message, quote, self.context.own)
        return PlacedQuote(box, title, quote_line(quote), quote.id)

    def _place_chips(self) -> tuple[ReactionChip, ...]:
        """Put the reactions below the bubble, in lines no wider than a bubble may be."""
        if not self.message.reactions:
            return ()
        theme, outgoing = self.context.theme, self.message.outgoing
        metrics = QFontMetricsF(theme.fonts.body)
        height = metrics.height() + 6
        room = max(self.box.width(), m.TEXT_MIN * theme.scale)
        lines: list[list[tuple[ReactionView, str, float]]] = [[]]
        used = 0.0
        for each in self.message.reactions:
            text = f"{shown_reaction(each.emoji)} {len(each.people)}"
            wide = metrics.horizontalAdvance(text) + 2 * CHIP_PAD
            if lines[-1] and used + wide > room:
                lines.append([])
                used = 0.0
            lines[-1].append((each, text, wide))
            used += wide + CHIP_GAP
        chips: list[ReactionChip] = []
        y = self.box.bottom() + 3
        for line in lines:
            whole = sum(wide for _, _, wide in line) + CHIP_GAP * (len(line) - 1)
            x = self.box.right() - whole if outgoing else self.box.left()
            for each, text, wide in line:
                chips.append(ReactionChip(QRectF(x, y, wide, height), text, self.context.own in each.people, each))
                x += wide + CHIP_GAP
            y += height + 3
        return tuple(chips)

    def _place_retry(self, lowest: float) -> QRectF:
        if self.message.state is not MessageState.FAILED:
            return QRectF()
        theme = self.context.theme
        width = QFontMetricsF(theme.fonts.small).horizontalAdvance(translate("Message", "Not sent · Try again"))
        width += theme.scaled(34)
        return QRectF(self.box.right() - width, lowest + 3, width, theme.scaled(RETRY_HEIGHT) - 6)


def _time(message: MessageView, left: str) -> str:
    time = f"{left} · {time_shown(message)}" if left else time_shown(message)
    return translate("Message", "late · {0}").format(time) if message.late else time


def _is_right_to_left(text: str) -> bool:
    return not text.isascii() and any("\u0590" <= c <= "\u08ff" or "\ufb1d" <= c <= "\ufefc" for c in text)


def _ends_right_to_left(text: str) -> bool:
    return _is_right_to_left(text.rsplit("\n", 1)[-1]) or _is_right_to_left(text[:1])
