"""Parts that sheets are made of: paragraphs, tables, safety numbers, questions."""

from collections.abc import Sequence

from rich.cells import cell_len

from babilu.presentation.strings import Strings
from babilu.terminal.app.cells import padded, safe, wrap
from babilu.terminal.app.pages import Act, Lines
from babilu.terminal.app.sheets import Sheet
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.themes import Ink

NONE = "-"
"""What stands where there is nothing."""


def paragraph(text: str, width: int, ink: Ink = Ink.TEXT) -> list[Line]:
    """Break a text into lines."""
    return [(Span(line, ink),) for line in wrap(safe(text), width)]


def paragraphs(*texts: str) -> Lines:
    """Break texts into lines of whatever width there is, with an empty line between two texts."""

    def lines(width: int) -> list[Line]:
        broken = [paragraph(text, width) for text in texts]
        return [line for number, each in enumerate(broken) for line in ([(), *each] if number else each)]

    return lines


def question(say: Strings, title: str, note: str, act: Act) -> Sheet:
    """Ask before something is done that cannot be taken back."""
    return Sheet(title, paragraphs(note), (Act(say("app.do.cancel"), bool), act))


def digit_lines(digits: str, width: int) -> list[Line]:
    """Write a safety number in groups of five digits, as many in a line as make equal lines."""
    groups = [safe(digits[start : start + 5]) for start in range(0, len(digits), 5)]
    most = next((count for count in (4, 3, 2) if count * 7 <= width), 1)
    return [
        (Span("  " + "  ".join(groups[start : start + most]), Ink.STRONG),) for start in range(0, len(groups), most)
    ]


def table(rows: "Sequence[tuple[str, str]]", width: int) -> list[Line]:
    """Write rows of a name and a value; a value breaks within its column."""
    column = max(cell_len(name) for name, _ in rows) + 2
    lines: list[Line] = []
    for name, value in rows:
        first, *rest = wrap(safe(value), max(8, width - column)) or [""]
        lines.append((Span(padded(name, column), Ink.FAINT), Span(first)))
        lines.extend((Span(" " * column), Span(line)) for line in rest)
    return lines
