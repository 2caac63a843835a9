"""The text of a message laid out: its words, quotes and code below each other, styled by our own formats alone.

Whatever is found in the text (mentions, matches of a search) is counted in the text as it was written; what is
shown leaves its marks out, and hides a spoiler behind letters that are not its own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QTextCharFormat, QTextLayout, QTextOption

from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.kernel.links import TextLink, links
from babilu.presentation.formatting import StyledRun, TextBlock, TextStyle, format_text

MARKS: Final = "`*_~|>"
"""What a text without any formatting has nothing of; looked for sign by sign, which costs a tenth of a pattern."""

LEADING: Final = 1.5
"""Room between lines."""

QUOTE_INDENT: Final = 10
CODE_PAD: Final = 8
SECTION_GAP: Final = 5
SHADE: Final = 20
"""Opacity of what lies behind code, 0 to 255."""

_WORD = re.compile(r"\S")


@dataclass(frozen=True, slots=True)
class BubbleLook:
    """The colours and fonts of one text.

    Attributes:
        theme: Fonts and colours.
        font: What plain words are written in.
        ink: Their colour.
        veil: What covers a spoiler.
        link: The colour of links.
        revealed: Whether spoilers are shown.
    """

    theme: Theme
    font: QFont
    ink: str
    veil: str
    link: str
    revealed: bool


@dataclass(frozen=True, slots=True)
class Emphasis:
    """A stretch of the text as it was written, in code points, and how it is set apart."""

    start: int
    length: int
    style: QTextCharFormat


@dataclass(frozen=True, slots=True)
class _Placed:
    """A run, and where it begins in what is shown of its section."""

    run: StyledRun
    at: int
    hidden: bool


@dataclass(slots=True)
class TextSection:
    """Lines of one kind.

    Attributes:
        layout: What is drawn.
        block: What it shows.
        links: Links in what is shown.
        at: Where it begins, measured from the text's corner.
        box: What lies behind it, or nothing.
        last: Width of the last line.
    """

    layout: QTextLayout
    block: TextBlock
    placed: tuple[_Placed, ...]
    links: tuple[TextLink, ...]
    at: QPointF
    box: QRectF
    last: float = 0.0

    def indent(self) -> float:
        """Tell how far it is moved in."""
        return QUOTE_INDENT if self.block.quote else CODE_PAD if self.block.code else 0.0


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A character that was pointed at: whether it is hidden, and the address of the link that it belongs to."""

    hidden: bool
    address: str | None


class BubbleText:
    """A text laid out for a width.

    Args:
        text: What is shown, harmless.
        look: Colours and fonts.
        emphases: What is set apart in it.
        plain: Whether its marks are no marks: a line of ours, or a few emoji.
        whole: Whether it is all of the text.
    """

    __slots__ = ("height", "is_live", "last", "look", "natural", "sections", "spoils")

    def __init__(
        self,
        text: str,
        look: BubbleLook,
        emphases: Sequence[Emphasis] = (),
        *,
        plain: bool = False,
        whole: bool = True,
    ) -> None:
        self.look = look
        run = (StyledRun(text, TextStyle.PLAIN, 0),)
        blocks = (TextBlock(run),) if plain or not any(mark in text for mark in MARKS) else format_text(text)
        last = len(blocks) - 1
        self.sections = [
            _section(block, look, emphases, linked=not plain, whole=whole or number < last)
            for number, block in enumerate(blocks)
        ]
        self.spoils = any(each.hidden for section in self.sections for each in section.placed)
        self.is_live = self.spoils or any(section.links for section in self.sections)
        self.natural = self.height = self.last = 0.0

    def fit(self, room: float) -> None:
        """Break all lines at a width."""
        self.natural = self.height = 0.0
        for number, section in enumerate(self.sections):
            block = section.block
            pad = CODE_PAD - 2 if block.code else 0.0
            self.height += pad + (SECTION_GAP if number else 0.0)
            section.at = QPointF(section.indent(), self.height)
            wide = section.indent() * (2 if block.code else 1)
            widest, height, section.last = break_lines(section.layout, max(20.0, room - wide))
            self.natural = max(self.natural, widest + wide)
            section.box = QRectF(0, self.height - pad, widest + wide, height + 2 * pad)
            self.height += height + pad
        for section in self.sections:
            if section.block.code:
                section.box.setWidth(self.natural)
        self.last = self.sections[-1].last + self.sections[-1].indent()

    @property
    def ends_apart(self) -> bool:
        """Whether nothing may stand beside the last line."""
        return self.sections[-1].block.code

    def draw(self, painter: QPainter, at: QPointF) -> None:
        """Paint it, in the painter's colour."""
        theme = self.look.theme
        for section in self.sections:
            if section.block.code:
                painter.save()
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour(self.look.ink, SHADE))
                painter.drawRoundedRect(section.box.translated(at), m.RADIUS_BUBBLE_INNER, m.RADIUS_BUBBLE_INNER)
                painter.restore()
            elif section.block.quote:
                bar = QRectF(at.x(), at.y() + section.at.y() + 1, 3, section.box.height() - 3)
                painter.fillRect(bar, QColor(self.look.veil))
            section.layout.draw(painter, at + section.at)

    def place(self, at: QPointF) -> TextPlace | None:
        """Find the character at a point, measured from the text's corner."""
        for section in self.sections:
            inner = at - section.at
            for number in range(section.layout.lineCount()):
                line = section.layout.lineAt(number)
                if line.naturalTextRect().contains(inner):
                    return _found(section, counted(section.layout.text(), _place_of(line.xToCursor(inner.x()))))
        return None


def _found(section: TextSection, place: int) -> TextPlace:
    hidden = any(each.hidden and each.at <= place < each.at + len(each.run.text) for each in section.placed)
    link = (each.address for each in section.links if each.start <= place < each.start + each.length)
    return TextPlace(hidden, next(link, None))


def _section(
    block: TextBlock, look: BubbleLook, emphases: Sequence[Emphasis], *, linked: bool, whole: bool
) -> TextSection:
    placed: list[_Placed] = []
    text = ""
    for run in block.runs:
        hidden = run.style is not TextStyle.PLAIN and TextStyle.SPOILER in run.style and not look.revealed
        placed.append(_Placed(run, len(text), hidden))
        # The letters under the veil are not the spoiler's: a picture of the screen, or a colourful sign, tells nothing.
        text += _WORD.sub("n", run.text) if hidden else run.text
    layout = QTextLayout(text.replace("\n", "\u2028"), look.font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    found = links(text, whole=whole) if linked else ()
    formats = [*_styles(text, placed, look), *_linked(text, found, look), *_emphasised(text, placed, emphases)]
    if formats:
        layout.setFormats(formats)
    return TextSection(layout, block, tuple(placed), found, QPointF(), QRectF())


def _styles(text: str, placed: Sequence[_Placed], look: BubbleLook) -> Iterator[QTextLayout.FormatRange]:
    for each in placed:
        if each.run.style is not TextStyle.PLAIN and each.run.text:
            yield _range(text, each.at, len(each.run.text), _format(each, look))


def _format(placed: _Placed, look: BubbleLook) -> QTextCharFormat:
    style, made = placed.run.style, QTextCharFormat()
    if TextStyle.BOLD in style:
        made.setFontWeight(QFont.Weight.Bold)
    if TextStyle.ITALIC in style:
        made.setFontItalic(True)
    if TextStyle.STRIKE in style:
        made.setFontStrikeOut(True)
    if TextStyle.CODE in style:
        made.setFontFamilies(look.theme.fonts.code.families())
        if "\n" not in placed.run.text:
            made.setBackground(look.theme.colour(look.ink, SHADE))
    if TextStyle.SPOILER in style:
        made.setBackground(QColor(look.veil) if placed.hidden else look.theme.colour(look.ink, SHADE))
        if placed.hidden:
            made.setForeground(QColor(look.veil))
    return made


def _linked(text: str, found: Sequence[TextLink], look: BubbleLook) -> Iterator[QTextLayout.FormatRange]:
    for link in found:
        style = QTextCharFormat()
        style.setForeground(QColor(look.link))
        style.setFontUnderline(True)
        yield _range(text, link.start, link.length, style)


def _emphasised(
    text: str, placed: Sequence[_Placed], emphases: Sequence[Emphasis]
) -> Iterator[QTextLayout.FormatRange]:
    for emphasis in emphases:
        for each in placed:
            low = max(emphasis.start, each.run.start)
            high = min(emphasis.start + emphasis.length, each.run.start + len(each.run.text))
            if low < high and not each.hidden:
                yield _range(text, each.at + low - each.run.start, high - low, emphasis.style)


def break_lines(layout: QTextLayout, room: float) -> tuple[float, float, float]:
    """Break into lines. Returns the widest line's width, the height of all, and the last line's width."""
    widest = height = last = 0.0
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(room)
        line.setPosition(QPointF(0, height))
        height += line.height() + LEADING
        last = line.naturalTextWidth()
        widest = max(widest, last)
    layout.endLayout()
    return widest, height, last


def _range(text: str, start: int, length: int, style: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start = _units(text[:start])
    made.length = _units(text[start : start + length])
    made.format = style
    return made


def _units(text: str) -> int:
    """Count a text as Qt does, in UTF-16: an emoji is two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def counted(text: str, units: int) -> int:
    """Count the characters of so many units of Qt's."""
    return (
        units
        if text.isascii()
        else len(text.encode("utf-16-le", "surrogatepass")[: units * 2].decode("utf-16-le", "replace"))
    )


def _place_of(cursor: object) -> int:
    """Read what Qt for Python gives for a cursor: the place, or the place and the position that it was asked for."""
    first = cursor[0] if isinstance(cursor, tuple) else cursor
    return first if isinstance(first, int) else 0
