"""Sheets lie over the screen until they are dealt with: something to read, to choose from, or to fill in.

Whatever they show is spans of safe text; Escape closes each of them and does nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input
from typing_extensions import override

from babilu.kernel.errors import BabiluError
from babilu.presentation.strings import Strings
from babilu.terminal.app.cells import safe, wrap
from babilu.terminal.app.pages import Act, ActBar, LineInput, Lines, ScrollPage, abreast
from babilu.terminal.app.spans import Line, Span, width_of
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.top_bar import Bar

TALL: Final = 28
"""Lines of the screen from which on a sheet has blank lines around what is to be read."""

EDGES: Final = 2
"""Lines of a sheet's border."""

SHEET_CELLS: Final = 72
WIDEST: Final = 96
SIDES: Final = 4
"""Width of a sheet, the most of it in hundredths of the screen, and what of it are borders: see client.tcss."""

GAP: Final = 2
BESIDE: Final = 40
"""Cells between words and a picture, and those that words need beside one."""

FRAMED: Final = 3
"""Most fields that have a frame each: more would need more lines than a small screen has."""

MOST_OF_IT: Final = 10_000
"""More lines than any sheet has."""


def titled(text: str) -> str:
    """Begin a sentence about a key with a capital letter, as a title does; a name stays as it is."""
    return text[:1].upper() + text[1:]


class Sheet(ModalScreen[None]):
    """Something to read, and what can be done about it.

    Args:
        title: What it is about; safe text.
        lines: What it says.
        acts: What can be done; the first one that is not grave is chosen at first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", show=False),
        Binding("left,shift+tab,h", "turn(-1)", show=False),
        Binding("right,tab,l", "turn(1)", show=False),
        Binding("enter", "press", show=False),
        Binding("up,k", "scroll_by(-1)", show=False),
        Binding("down,j", "scroll_by(1)", show=False),
        Binding("pageup", "scroll_by(-10)", show=False),
        Binding("pagedown,space", "scroll_by(10)", show=False),
        Binding("home", f"scroll_by(-{MOST_OF_IT})", show=False),
        Binding("end", f"scroll_by({MOST_OF_IT})", show=False),
    ]

    def __init__(self, title: str, lines: Lines, acts: Sequence[Act]) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._acts = tuple(acts)
        self._bar = ActBar(self._acts)

    @override
    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet"):
            yield Bar(classes="title")
            yield ScrollPage(self._lines)
            yield self._bar

    def on_mount(self) -> None:
        """Show the title."""
        self.query_one(".title", Bar).show(((Span(self._title, Ink.STRONG),), (Span("Esc", Ink.FAINT),)))
        self._fit()

    def show_beside(self, picture: Sequence[Line]) -> None:
        """Show a picture beside the words, as far as there is room for both."""
        words = self._lines

        def lines(width: int) -> Sequence[Line]:
            column = width - width_of(picture[0]) - GAP
            return words(width) if column < BESIDE else abreast(list(words(column)), picture, column + GAP)

        self._lines = lines
        for page in self.query(ScrollPage):
            page.show(lines)

    def on_resize(self, _event: events.Resize) -> None:
        """Leave as many lines to read as the screen has, so that what can be done stays in sight."""
        self._fit()

    def action_close(self) -> None:
        self.dismiss(None)

    def action_turn(self, steps: int) -> None:
        """Choose another act."""
        self._bar.turn(steps)

    def action_press(self) -> None:
        """Do the act that is chosen."""
        if self._acts:
            self.action_do(self._bar.chosen)

    def action_do(self, place: int) -> None:
        """Do an act."""
        act = self._acts[place]
        self.dismiss(None)
        act.do()

    def action_scroll_by(self, lines: int) -> None:
        page = self.query_one(ScrollPage)
        page.scroll_to(y=page.scroll_offset.y + lines, animate=False)

    def _fit(self) -> None:
        sheet, height = self.query_one(".sheet"), self.app.size.height
        sheet.set_class(height < TALL, "tight")
        inner = min(SHEET_CELLS, self.app.size.width * WIDEST // 100) - SIDES
        blank = 0 if height < TALL else 2
        self.query_one(ScrollPage).styles.max_height = max(1, height - EDGES - 1 - blank - len(self._bar.rows(inner)))


@dataclass(frozen=True, slots=True)
class Blank:
    """A field to fill in.

    Attributes:
        text: What belongs there.
        value: What stands there at first.
        secret: Whether it is not shown.
        most: Most characters that it takes; None for any number.
    """

    text: str
    value: str = ""
    secret: bool = False
    most: int | None = None


class FormSheet(ModalScreen[None]):
    """Fields to fill in.

    Args:
        title: What it is about; safe text.
        note: A sentence about it.
        blanks: The fields.
        submit: Takes what was written; the form stays open until `done`, or where `BabiluError` is raised.
        say: The language.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", show=False, priority=True)]

    def __init__(
        self,
        title: str,
        note: str,
        blanks: Sequence[Blank],
        submit: "Callable[[FormSheet, list[str]], object]",
        say: Strings,
    ) -> None:
        super().__init__()
        self._title = title
        self._note = note
        self._blanks = tuple(blanks)
        self._submit = submit
        self._say = say

    @override
    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet form dense" if len(self._blanks) > FRAMED else "sheet form"):
            yield Bar(classes="title")
            yield ScrollPage(lambda width: [(Span(line, Ink.FAINT),) for line in wrap(self._note, width)])
            for blank in self._blanks:
                label = Bar(classes="label")
                label.show(((Span(blank.text, Ink.STRONG),), ()))
                yield label
                yield LineInput(blank.value, password=blank.secret, max_length=blank.most or 0)
            yield ScrollPage(lambda _: ())

    def on_mount(self) -> None:
        """Show the title, and begin with the first field that is empty."""
        self.query_one(".title", Bar).show(((Span(self._title, Ink.STRONG),), (Span("Esc", Ink.FAINT),)))
        fields = list(self.query(LineInput))
        self.set_focus(next((field for field in fields if not field.value), fields[0]))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the next field, or take what was written."""
        fields = list(self.query(LineInput))
        place = next(place for place, field in enumerate(fields) if field is event.input)
        if place + 1 < len(fields):
            # At once: the next key is on its way already.
            self.set_focus(fields[place + 1])
            return
        try:
            self._submit(self, [field.value for field in fields])
        except BabiluError as error:
            self.fail(error)

    def fail(self, error: BabiluError) -> None:
        """Say what is wrong."""
        if self.is_mounted:
            text = safe(self._say.error(error))
            self.query(ScrollPage).last().show(lambda width: [(Span(line, Ink.BAD),) for line in wrap(text, width)])

    def done(self) -> None:
        """Close the form."""
        if self.is_mounted and self.app.screen is self:
            self.dismiss(None)

    def action_close(self) -> None:
        """Close the form and do nothing."""
        self.dismiss(None)
