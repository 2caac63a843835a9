"""Sentences in passing: each leaves after a while, and one that is pushed out by newer ones leaves at once."""

from dataclasses import dataclass
from typing import Final

from textual import events

from babilu.terminal.app.cells import wrap
from babilu.terminal.app.later import call_after
from babilu.terminal.app.message_renderer import LEAST
from babilu.terminal.app.spans import Span
from babilu.terminal.app.symbols import Symbols
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.top_bar import Bar, Ends

NOTE_S: Final = 5.0
GRAVE_NOTE_S: Final = 12.0
"""How long a sentence in passing stays, and how long one about something wrong."""

NOTES: Final = 3
"""Sentences that stand at once."""

EDGES: Final = 4
"""Cells of a line that hold the sign and the padding."""


@dataclass(frozen=True, slots=True, eq=False)
class Note:
    """A sentence in passing; two equal ones are two notes.

    Attributes:
        text: Safe text.
        grave: Whether it is about something wrong.
    """

    text: str
    grave: bool


class NoteBar(Bar):
    """Shows them, and takes no line where there are none.

    Args:
        symbols: Signs that the terminal has.
        id: Name in the style sheet.
    """

    def __init__(self, symbols: Symbols, *, id: str) -> None:  # noqa: A002 -- Textual's name
        super().__init__(id=id)
        self._symbols = symbols
        self._notes: list[Note] = []

    def tell(self, text: str, *, grave: bool) -> None:
        """Tell something; what is told before the screen stands is shown with it."""
        note = Note(text, grave)
        # The same once more is the same, and stays as long as it would have from now on.
        others = [each for each in self._notes if (each.text, each.grave) != (text, grave)]
        self._notes = [*others, note][-NOTES:]
        self._write()
        call_after(GRAVE_NOTE_S if grave else NOTE_S, self, lambda: self._forget(note))

    def on_mount(self) -> None:
        """Show what was told already."""
        self._write()

    def on_resize(self, _event: events.Resize) -> None:
        """Wrap anew."""
        self._write()

    def _forget(self, note: Note) -> None:
        self._notes = [each for each in self._notes if each is not note]
        self._write()

    def _write(self) -> None:
        if not self.is_mounted:
            return
        lines: list[Ends] = []
        for note in self._notes:
            sign = Span(f"{self._symbols.changed} ", Ink.BAD) if note.grave else Span(f"{self._symbols.dot} ", Ink.OWN)
            first, *rest = wrap(note.text, max(LEAST, self.screen.size.width - EDGES))
            lines.append(((sign, Span(first)), ()))
            lines.extend(((Span("  "), Span(line)), ()) for line in rest)
        self.display = bool(lines)
        self.show(*lines)
