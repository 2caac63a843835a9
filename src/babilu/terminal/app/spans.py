"""What is drawn is lines of spans: a safe text and what it means; which colour that is, the theme says."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from babilu.presentation.formatting import TextStyle
from babilu.terminal.app.cells import cut
from babilu.terminal.app.half_blocks import PixelRow, segments_of
from babilu.terminal.app.themes import Ink, TerminalLook, inks_of


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line.

    Attributes:
        text: Safe text without line breaks.
        ink: What it means.
        action: What a click on it does, or empty.
        style: How it is formatted.
        pixels: A line of a picture that stands in place of the text, which is as wide.
    """

    text: str
    ink: Ink = Ink.TEXT
    action: str = ""
    style: TextStyle = TextStyle.PLAIN
    pixels: PixelRow | None = None


Line = tuple[Span, ...]


def pixel_span(row: PixelRow) -> Span:
    """Give the span of a line of a picture."""
    return Span(" " * row.width, pixels=row)


def width_of(line: Iterable[Span]) -> int:
    """Count the cells of a line."""
    return sum(cell_len(span.text) for span in line)


def justified(left: Line, right: Line, width: int) -> Line:
    """Put spans at both ends of a line; where they do not fit, the left end gives way."""
    room = width - width_of(right)
    kept = fitting(left, max(0, room - 1) if right else width)
    gap = room - width_of(kept)
    return (*kept, Span(" " * max(0, gap)), *right)


def fitting(line: Line, width: int) -> Line:
    """Cut a line to a width."""
    kept: list[Span] = []
    left = width
    for span in line:
        size = cell_len(span.text)
        if size > left:
            kept.append(replace(span, text=cut(span.text, left)))
            break
        kept.append(span)
        left -= size
    return tuple(kept)


class Brush:
    """Turns lines into what Textual draws, in the colours of the theme in force.

    Args:
        widget: What is drawn on.
    """

    def __init__(self, widget: Widget) -> None:
        self._widget = widget

    def strip(self, line: Line, width: int, *, chosen: bool = False) -> Strip:
        """Draw a line, filled to a width."""
        inks = inks_of(TerminalLook(self._widget.app.theme))
        base = self._widget.visual_style.rich_style
        if chosen:
            base += inks[Ink.CHOSEN]
        segments: list[Segment] = []
        for span in line:
            if span.pixels is not None:
                segments.extend(segments_of(span.pixels))
            elif span.text:
                segments.append(Segment(span.text, _style(base + inks[span.ink], span)))
        return Strip(segments).adjust_cell_length(width, base)


def _style(style: Style, span: Span) -> Style:
    if span.style:
        style += _formatted(span.style)
    return style + Style.from_meta({"@click": span.action}) if span.action else style


@cache
def _formatted(style: TextStyle) -> Style:
    """Give what formatting adds; code and spoilers have inks."""
    return Style(
        bold=True if TextStyle.BOLD in style else None,
        italic=True if TextStyle.ITALIC in style else None,
        strike=True if TextStyle.STRIKE in style else None,
    )
