"""Text from others becomes lines of spans: its formatting becomes style, its marks go, each line is safe by itself."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Final

from babilu.api.views import MentionView
from babilu.presentation.formatting import StyledRun, TextBlock, TextStyle, format_text
from babilu.presentation.plain_text import FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE, isolated
from babilu.terminal.app.cells import broken, chopped, padded, safe
from babilu.terminal.app.spans import Line, Span, width_of
from babilu.terminal.app.symbols import Symbols
from babilu.terminal.app.themes import Ink

TEXT_CHARACTERS: Final = 6_000

HIDDEN_CELLS: Final = 8
"""Most cells that stand for a spoiler: how long it is would tell of it."""


@dataclass(frozen=True, slots=True)
class TextLook:
    """How a text is shown.

    Attributes:
        symbols: Signs that the terminal has.
        mentions: Who is mentioned in it.
        revealed: Whether spoilers are shown.
    """

    symbols: Symbols
    mentions: tuple[MentionView, ...] = ()
    revealed: bool = False


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters of a line that look alike."""

    text: str
    style: TextStyle
    ink: Ink


def text_lines(
    text: str, width: int, most: int, look: TextLook, characters: int = TEXT_CHARACTERS
) -> tuple[list[Line], bool]:
    """Break the beginning of a text from others into lines, and tell whether these are all of it.

    Args:
        text: The text.
        width: Cells of a line.
        most: Lines.
        look: How it is shown.
        characters: So many are looked at.
    """
    beginning = text[:characters]
    lines: list[Line] = []
    for block in format_text(beginning):
        if len(lines) > most:
            break
        made = _code_lines(block.text, width) if block.code else _word_lines(block, width, look)
        lines.extend(islice(made, most + 1 - len(lines)))
    return lines[:most], len(lines) <= most and len(beginning) == len(text)


def code_blocks(text: str) -> list[str]:
    """Give the codes between fences of a text, each with every byte."""
    return [block.text for block in format_text(text) if block.code]


def is_code_alone(text: str) -> bool:
    """Tell whether a text is code between fences and nothing else."""
    return [block.code for block in format_text(text) if block.code or block.text.strip()] == [True]


def _code_lines(code: str, width: int) -> Iterator[Line]:
    """Break code anywhere, so that no blank of it is lost."""
    for line in code.replace("\r\n", "\n").expandtabs(4).split("\n"):
        for part in chopped(safe(line), width):
            yield (Span(padded(isolated(part), width), Ink.VERBATIM),)


def _word_lines(block: TextBlock, width: int, look: TextLook) -> Iterator[Line]:
    edge = (Span(f"{look.symbols.quote} ", Ink.FAINT),) if block.quote else ()
    room = max(2, width - width_of(edge))
    for pieces in _parted(_pieces(block.runs, look)):
        for line in _wrapped(pieces, room):
            yield (*edge, *line)


def _pieces(runs: Sequence[StyledRun], look: TextLook) -> Iterator[_Piece]:
    """Cut runs where somebody is mentioned; both come in their order."""
    mentions = deque(look.mentions)
    for run in runs:
        if TextStyle.SPOILER in run.style and not look.revealed:
            yield _Piece(look.symbols.hidden * min(HIDDEN_CELLS, len(run.text)), TextStyle.PLAIN, Ink.FAINT)
            continue
        ink = Ink.VERBATIM if TextStyle.CODE in run.style else Ink.TEXT
        at, end = run.start, run.start + len(run.text)
        while mentions and mentions[0].start < end:
            low, high = max(at, mentions[0].start), min(end, mentions[0].start + mentions[0].length)
            if low < high:
                yield _Piece(run.text[at - run.start : low - run.start], run.style, ink)
                yield _Piece(run.text[low - run.start : high - run.start], run.style, Ink.MENTION)
                at = high
            if mentions[0].start + mentions[0].length > end:
                break
            mentions.popleft()
        yield _Piece(run.text[at - run.start :], run.style, ink)


def _parted(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    """Part pieces at line feeds."""
    line: list[_Piece] = []
    for piece in pieces:
        first, *others = piece.text.split("\n")
        line.append(_Piece(first, piece.style, piece.ink))
        for other in others:
            yield _without_return(line)
            line = [_Piece(other, piece.style, piece.ink)]
    yield line


def _without_return(line: list[_Piece]) -> list[_Piece]:
    """Take away the carriage return before a line feed."""
    for place in range(len(line) - 1, -1, -1):
        piece = line[place]
        if piece.text:
            return [*line[:place], _Piece(piece.text.removesuffix("\r"), piece.style, piece.ink), *line[place + 1 :]]
    return line


def _wrapped(pieces: list[_Piece], width: int) -> Iterator[Line]:
    """Break a line between words, whatever styles they have."""
    made = [_Piece(safe(piece.text.expandtabs(4)), piece.style, piece.ink) for piece in pieces]
    whole = "".join(piece.text for piece in made)
    ends = list(accumulate(len(piece.text) for piece in made))
    for low, high in broken(whole, width):
        spans = []
        for place in range(bisect_right(ends, low), len(made)):
            piece, start = made[place], ends[place] - len(made[place].text)
            if start >= high:
                break
            spans.append(Span(piece.text[max(0, low - start) : high - start], piece.ink, style=piece.style))
        yield _isolated(spans, whole[low:high])


def _isolated(spans: list[Span], text: str) -> Line:
    """Enclose a line with right-to-left letters, so that it reorders nothing around it."""
    if isolated(text) == text:
        return tuple(spans)
    return (Span(FIRST_STRONG_ISOLATE), *spans, Span(POP_DIRECTIONAL_ISOLATE))


def filled(line: Line, width: int) -> Line:
    """Fill a line with blanks up to a width."""
    return (*line, Span(" " * max(0, width - width_of(line))))
