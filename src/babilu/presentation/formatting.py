"""Formatting of a text: a small closed set of marks, read from the plain text when it is shown; never markup of others.

``*bold*``, ``_italic_``, ``~strike~``, ```code```, ``||spoiler||``, lines between ````` ``` `````, and ``> quote`` at
the beginning of a line. A mark counts only where it hugs its words: after a blank, a sign or nothing, before a letter,
and the other way round at its end; so ``2*3*4`` and ``snake_case_name`` stay as they are, and so do addresses. Code is
shown and copied with every byte. Any other text is shown as it stands.
"""

import re
from dataclasses import dataclass, field
from enum import Flag, auto
from typing import Final

from babilu.kernel.links import TextLink, links

FENCE: Final = "```"


class TextStyle(Flag):
    """How a run of characters is shown; several at once."""

    PLAIN = 0
    BOLD = auto()
    ITALIC = auto()
    STRIKE = auto()
    CODE = auto()
    SPOILER = auto()


@dataclass(frozen=True, slots=True)
class StyledRun:
    """Characters of one style.

    Attributes:
        text: What is shown, without marks.
        style: How.
        start: Where it begins in the whole text, in code points: mentions and matches of a search are counted there.
    """

    text: str
    style: TextStyle
    start: int


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Lines that are shown together: words, a quote, or code.

    Attributes:
        runs: What is shown; line feeds part the lines.
        quote: Whether it is a quote.
        code: Whether it is fenced code, of one run.
    """

    runs: tuple[StyledRun, ...]
    quote: bool = False
    code: bool = False

    @property
    def text(self) -> str:
        """What is shown, without styles."""
        return "".join(run.text for run in self.runs)


_MARKS: Final = (
    ("`", TextStyle.CODE),
    ("||", TextStyle.SPOILER),
    ("*", TextStyle.BOLD),
    ("_", TextStyle.ITALIC),
    ("~", TextStyle.STRIKE),
)
_MARK = re.compile(r"`|\|\||[*_~]")
_STYLE: Final = dict(_MARKS)


@dataclass(slots=True)
class _Reader:
    """Reads one line: where its marks begin and end."""

    line: str
    start: int
    links: tuple[TextLink, ...] = ()
    runs: list[StyledRun] = field(default_factory=list)
    endless: set[tuple[str, int]] = field(default_factory=set)

    def read(self, low: int, high: int, style: TextStyle) -> None:
        """Read the characters from ``low`` to before ``high``, all of them in a style."""
        plain = low
        at = low
        while (found := _MARK.search(self.line, at, high)) is not None:
            mark = found.group()
            inside = _STYLE[mark] in style or self._is_linked(mark, found.start())
            end = None if inside else self._end(mark, found.start(), high)
            if end is None:
                at = found.end()
                continue
            self._add(plain, found.start(), style)
            inner = style | _STYLE[mark]
            if mark == "`":
                self._add(found.end(), end, inner)
            else:
                self.read(found.end(), end, inner)
            plain = at = end + len(mark)
        self._add(plain, high, style)

    def _end(self, mark: str, begin: int, high: int) -> int | None:
        """Find the mark that ends what one begins, or None where it begins nothing."""
        first = begin + len(mark)
        if begin and _is_word(self.line[begin - 1]):
            return None
        if first >= high or self.line[first] == mark[0] or (mark != "`" and self.line[first].isspace()):
            return None
        if (mark, high) in self.endless:
            return None
        at = self.line.find(mark, first + 1, high)
        while at >= 0:
            after = at + len(mark)
            hugs = mark == "`" or not self.line[at - 1].isspace()
            ends = hugs and (after >= len(self.line) or not _is_word(self.line[after]))
            if ends and not self._is_linked(mark, at):
                return at
            at = self.line.find(mark, at + 1, high)
        # Then none ends what begins further on either: each mark looks for its end in vain once, not a thousand times.
        self.endless.add((mark, high))
        return None

    def _is_linked(self, mark: str, at: int) -> bool:
        """Tell whether a mark belongs to an address; what hides or is code comes first."""
        return mark in "*_~" and any(link.start <= at < link.start + link.length for link in self.links)

    def _add(self, low: int, high: int, style: TextStyle) -> None:
        if low < high:
            self.runs.append(StyledRun(self.line[low:high], style, self.start + low))


def _is_word(character: str) -> bool:
    return character.isalnum()


def format_text(text: str) -> tuple[TextBlock, ...]:
    """Read the formatting of a text; its blocks, in order, show every character but marks."""
    blocks: list[TextBlock] = []
    words: list[StyledRun] = []
    quoted = False
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)

    def close() -> None:
        if words:
            blocks.append(TextBlock(_joined(words), quote=quoted))
            words.clear()

    number = 0
    while number < len(lines):
        line, start = lines[number], starts[number]
        last = _closing_fence(lines, number)
        if last is not None:
            close()
            inside = "\n".join(lines[number + 1 : last])
            blocks.append(TextBlock((StyledRun(inside, TextStyle.CODE, starts[number + 1]),), code=True))
            number = last + 1
            quoted = False
            continue
        is_quote = line.startswith(">")
        if words and is_quote is not quoted:
            close()
        skipped = (2 if line.startswith("> ") else 1) if is_quote else 0
        if words:
            words.append(StyledRun("\n", TextStyle.PLAIN, start - 1))
        quoted = is_quote
        reader = _Reader(line, start, links(line) if "://" in line else ())
        reader.read(skipped, len(line), TextStyle.PLAIN)
        words += reader.runs or [StyledRun("", TextStyle.PLAIN, start + skipped)]
        number += 1
    close()
    return tuple(blocks)


def _closing_fence(lines: list[str], number: int) -> int | None:
    """Find the line that ends the code which a line begins, or None where it begins none."""
    if not lines[number].startswith(FENCE) or FENCE in lines[number][len(FENCE) :]:
        return None
    return next((at for at in range(number + 1, len(lines)) if lines[at].rstrip() == FENCE), None)


def _joined(runs: list[StyledRun]) -> tuple[StyledRun, ...]:
    """Join neighbours of one style, and leave out what is empty."""
    joined: list[StyledRun] = []
    for run in runs:
        before = joined[-1] if joined else None
        if before is not None and before.style == run.style and before.start + len(before.text) == run.start:
            joined[-1] = StyledRun(before.text + run.text, run.style, before.start)
        elif run.text:
            joined.append(run)
    return tuple(joined)


def without_marks(text: str) -> str:
    """Give a text as it reads when it is shown: for previews, notifications and readers of screens; spoilers hidden."""
    blocks = format_text(text)
    return "\n".join("".join(map(_mentioned, block.runs)) for block in blocks)


def _mentioned(run: StyledRun) -> str:
    return "▮" * min(len(run.text), 8) if TextStyle.SPOILER in run.style else run.text
