"""Colours only where a terminal shows them and nobody said no; symbols only where the encoding has them."""

from collections.abc import Mapping

from babilu.kernel.states import MessageState
from babilu.presentation.voice_notes import BLOCKS, PLAIN_BLOCKS

_SYMBOLS = {
    MessageState.QUEUED: ("·", "."),
    MessageState.HELD: ("✓", "+"),
    MessageState.DELIVERED: ("✓✓", "++"),
    MessageState.READ: ("✓✓", "++"),
    MessageState.FAILED: ("✗", "!"),
}


def wants_colour(environment: Mapping[str, str], *, terminal: bool) -> bool:
    """Tell whether to use colours (https://no-color.org: any value of NO_COLOR that is not empty forbids them)."""
    return terminal and not environment.get("NO_COLOR") and environment.get("TERM", "dumb") != "dumb"


class Style:
    """How lines for people look.

    Args:
        colour: Whether to use colours.
        encoding: Encoding of the output.
    """

    def __init__(self, *, colour: bool, encoding: str) -> None:
        self._colour = colour
        self._rich = _has(encoding, "·✓✗⚠—→…█↳")
        self.note = "·" if self._rich else "-"
        self.warning = "⚠" if self._rich else "!"
        self.failed = "✗" if self._rich else "!"
        self.arrow = "→" if self._rich else "->"
        self.more = "…" if self._rich else "..."
        self.bars = BLOCKS if _has(encoding, BLOCKS) else PLAIN_BLOCKS
        self.file = "↳" if self._rich else ">"
        self.rule = "—" if self._rich else "--"

    def symbol(self, state: MessageState) -> str:
        """Give the sign of an own message's state."""
        sign = _SYMBOLS[state][0 if self._rich else 1]
        return self._paint("34", sign) if state is MessageState.READ else sign

    def faint(self, text: str) -> str:
        """Write what is said in passing."""
        return self._paint("2", text)

    def strong(self, text: str) -> str:
        """Write what is to be compared."""
        return self._paint("1", text)

    def alarm(self, text: str) -> str:
        """Write what must not be missed."""
        return self._paint("1;31", text)

    def own(self, text: str) -> str:
        """Write to whom an own message goes."""
        return self._paint("32", text)

    def other(self, text: str) -> str:
        """Write from whom a message comes."""
        return self._paint("1;36", text)

    def code(self, blocks: list[str]) -> list[str]:
        """Write a code that a camera reads; nothing where it could not be made dark on light."""
        return [self._paint("97;40", line) for line in blocks] if self._colour and self._rich else []

    def _paint(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else text


def _has(encoding: str, characters: str) -> bool:
    try:
        characters.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
