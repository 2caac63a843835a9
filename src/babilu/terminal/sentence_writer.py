"""Sentences of the line mode: a note for what happens, an alarm for what is grave, digits in groups."""

from typing import Final

from babilu.presentation.strings import Strings
from babilu.terminal.output import Output
from babilu.terminal.style import Style

GROUP: Final = 5
GROUPS_IN_A_LINE: Final = 6


class SentenceWriter:
    """Writes them.

    Args:
        output: Where they go.
        say: The language.
        style: Colours and symbols.
    """

    def __init__(self, output: Output, say: Strings, style: Style) -> None:
        self._output = output
        self._say = say
        self._style = style

    def note(self, key: str, **fields: object) -> None:
        self._output.line(self._style.faint(f"{self._style.note} {self._say(key, **fields)}"))

    def alarm(self, text: str) -> None:
        self._output.line(self._style.alarm(f"{self._style.warning} {text}"))

    def digits(self, digits: str) -> None:
        """Show a safety number in groups of five digits, six in a line."""
        groups = [digits[start : start + GROUP] for start in range(0, len(digits), GROUP)]
        for start in range(0, len(groups), GROUPS_IN_A_LINE):
            self._output.line("      " + self._style.strong(" ".join(groups[start : start + GROUPS_IN_A_LINE])))
