"""A code for a camera over the whole screen; where it is not seen whole, it is said how large it is instead."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from typing_extensions import override

from babilu.presentation.strings import Strings
from babilu.terminal.app.pages import ScrollPage
from babilu.terminal.app.parts import paragraph
from babilu.terminal.app.qr import qr_lines
from babilu.terminal.app.spans import Line, Span, width_of
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.top_bar import Bar

WIDER_THAN_ANY: Final = 1_000
"""Cells of a line that hold any code."""


class CodeScreen(ModalScreen[None]):
    """Shows it.

    Args:
        title: What it is; safe text.
        payload: What a camera reads.
        say: The language.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter,space", "close", show=False)]

    def __init__(self, title: str, payload: str, say: Strings) -> None:
        super().__init__()
        self._title = title
        self._payload = payload
        self._say = say

    @override
    def compose(self) -> ComposeResult:
        with Vertical(classes="code"):
            yield Bar(classes="title")
            yield ScrollPage(self._lines)

    def on_mount(self) -> None:
        """Show the title."""
        self.query_one(".title", Bar).show(((Span(self._title, Ink.STRONG),), (Span("Esc", Ink.FAINT),)))

    def on_resize(self, _event: events.Resize) -> None:
        """Draw it anew: it may fit now, or no longer."""
        self.query_one(ScrollPage).show(self._lines)

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)

    def _lines(self, width: int) -> Sequence[Line]:
        code = qr_lines(self._payload, WIDER_THAN_ANY)
        cells, lines = width_of(code[0]), len(code) + 1
        if cells > width or lines > self.app.size.height:
            return paragraph(self._say("app.code_too_large", lines=lines, cells=cells), width)
        edge = Span(" " * ((width - cells) // 2))
        return [(edge, *line) for line in code]
