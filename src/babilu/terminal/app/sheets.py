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
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Input
from typing_extensions import override

from babilu.kernel.errors import BabiluError
from babilu.presentation.strings import Strings
from babilu.terminal.app.bar import Bar
from babilu.terminal.app.cells import safe, wrap
from babilu.terminal.app.composer import without_controls
from babilu.terminal.app.spans import Brush, Line, Span, justified
from babilu.terminal.app.themes import Ink

MOST_CHOICES: Final = 200

Lines = Callable[[int], Sequence[Line]]
"""Makes lines for a width."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done on a sheet.

    Attributes:
        text: What it is called.
        do: Does it; the sheet is closed before.
        grave: Whether it destroys or cannot be taken back.
    """

    text: str
    do: Callable[[], object]
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen.

    Attributes:
        left: The left end of its line.
        right: The right end.
        do: Does it.
    """

    left: Line
    right: Line
    do: Callable[[], object]


class Page(ScrollView, can_focus=False):
    """Lines that scroll, one of which may have the cursor."""

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._make = lines
        self._brush = Brush(self)
        self._made: Sequence[Line] = ()
        self._width = -1
        self.cursor: int | None = None

    def show(self, lines: Lines) -> None:
        """Show other lines."""
        self._make = lines
        self._width = -1
        self._fit(self.scrollable_content_region.width)
        self.refresh(layout=True)

    def point(self, row: int | None) -> None:
        """Put the cursor on a line, or nowhere."""
        self.cursor = row
        if row is not None:
            height = self.size.height
            if row < self.scroll_offset.y:
                self.scroll_to(y=row, animate=False)
            elif row >= self.scroll_offset.y + height:
                self.scroll_to(y=row + 1 - height, animate=False)
        self.refresh()

    @override
    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._make(max(1, width)))

    @override
    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        number = y + self.scroll_offset.y
        line = self._made[number] if 0 <= number < len(self._made) else ()
        return self._brush.strip(line, width, chosen=number == self.cursor)

    def on_resize(self, _event: events.Resize) -> None:
        """Break lines anew."""
        self._fit(self.scrollable_content_region.width)

    def _fit(self, width: int) -> None:
        if width != self._width and width > 0:
            self._width = width
            self._made = self._make(width)
            self.virtual_size = Size(width, len(self._made))


class Field(Input):
    """A field of one line that takes no control characters."""

    @override
    def _on_paste(self, event: events.Paste) -> None:
        super()._on_paste(events.Paste(without_controls(event.text)))
        event.stop()
        event.prevent_default()


def titled(text: str) -> str:
    """Begin with a capital letter, as a title does."""
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
    ]

    def __init__(self, title: str, lines: Lines, acts: Sequence[Act]) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._acts = tuple(acts)
        self._chosen = next((place for place, act in enumerate(self._acts) if not act.grave), 0)

    @override
    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet"):
            yield Bar(classes="title")
            yield Page(self._lines)
            yield Bar(classes="acts")

    def on_mount(self) -> None:
        """Show the title."""
        self.query_one(".title", Bar).show(((Span(titled(self._title), Ink.STRONG),), (Span("Esc", Ink.FAINT),)))
        self._show_acts()

    def action_close(self) -> None:
        """Close the sheet."""
        self.dismiss(None)

    def action_turn(self, steps: int) -> None:
        """Choose another act."""
        self._chosen = (self._chosen + steps) % max(1, len(self._acts))
        self._show_acts()

    def action_press(self) -> None:
        """Do the act that is chosen."""
        if self._acts:
            self.action_do(self._chosen)

    def action_do(self, place: int) -> None:
        """Do an act."""
        act = self._acts[place]
        self.dismiss(None)
        act.do()

    def action_scroll_by(self, lines: int) -> None:
        """Scroll what is to be read."""
        page = self.query_one(Page)
        page.scroll_to(y=page.scroll_offset.y + lines, animate=False)

    def _show_acts(self) -> None:
        spans: list[Span] = []
        for place, act in enumerate(self._acts):
            chosen = Ink.BADGE if not act.grave else Ink.GRAVE
            ink = chosen if place == self._chosen else Ink.STRONG
            before, after = ("[", "]") if place == self._chosen else (" ", " ")
            spans.extend((Span(f"{before} {act.text} {after}", ink, f"screen.do({place})"), Span(" ")))
        self.query_one(".acts", Bar).show((tuple(spans), ()))


class Chooser(ModalScreen[None]):
    """One of many, found by typing.

    Args:
        title: What is chosen; safe text.
        find: Gives the choices for what was typed, or asks for them and calls `show` later.
        nothing: What is said where nothing fits.
        typed: What stands in the field at first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False, priority=True),
        Binding("up,ctrl+p", "turn(-1)", show=False, priority=True),
        Binding("down,ctrl+n,ctrl+k", "turn(1)", show=False, priority=True),
        Binding("pageup", "turn(-10)", show=False, priority=True),
        Binding("pagedown", "turn(10)", show=False, priority=True),
        Binding("enter", "press", show=False, priority=True),
    ]

    def __init__(
        self, title: str, find: Callable[[str], Sequence[Choice] | None], nothing: str, typed: str = ""
    ) -> None:
        super().__init__()
        self._title = title
        self._find = find
        self._nothing = nothing
        self._typed = typed
        self._choices: Sequence[Choice] = ()

    @override
    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet chooser"):
            yield Bar(classes="title")
            yield Field(self._typed, select_on_focus=False)
            yield Page(self._lines)

    def on_mount(self) -> None:
        """Show what can be chosen before anything is typed."""
        self.query_one(".title", Bar).show(((Span(titled(self._title), Ink.STRONG),), (Span("Esc", Ink.FAINT),)))
        self._ask(self._typed)

    def show(self, query: str, choices: Sequence[Choice]) -> None:
        """Show choices, if they are still looked for."""
        if self.is_attached and query == self.query_one(Field).value:
            self._choices = choices[:MOST_CHOICES]
            page = self.query_one(Page)
            page.show(self._lines)
            page.point(0 if self._choices else None)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look for what was typed."""
        self._ask(event.value)

    def action_close(self) -> None:
        """Choose nothing."""
        self.dismiss(None)

    def action_turn(self, steps: int) -> None:
        """Move the cursor."""
        if self._choices:
            page = self.query_one(Page)
            page.point(min(max((page.cursor or 0) + steps, 0), len(self._choices) - 1))

    def action_press(self) -> None:
        """Choose what has the cursor."""
        cursor = self.query_one(Page).cursor
        if cursor is not None and cursor < len(self._choices):
            self.action_do(cursor)

    def action_do(self, place: int) -> None:
        """Choose a row."""
        choice = self._choices[place]
        self.dismiss(None)
        choice.do()

    def on_click(self, event: events.Click) -> None:
        """Choose the row under the pointer."""
        page = self.query_one(Page)
        if page.region.contains(event.screen_x, event.screen_y):
            row = event.screen_y - page.region.y + page.scroll_offset.y
            if row < len(self._choices):
                self.action_do(row)

    def _ask(self, query: str) -> None:
        found = self._find(query)
        if found is not None:
            self.show(query, found)

    def _lines(self, width: int) -> Sequence[Line]:
        if not self._choices:
            return [(Span(f" {self._nothing}", Ink.FAINT),)]
        return [justified((Span(" "), *each.left), (*each.right, Span(" ")), width) for each in self._choices]


@dataclass(frozen=True, slots=True)
class Blank:
    """A field to fill in.

    Attributes:
        text: What belongs there.
        value: What stands there at first.
        secret: Whether it is not shown.
    """

    text: str
    value: str = ""
    secret: bool = False


class Form(ModalScreen[None]):
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
        submit: "Callable[[Form, list[str]], object]",
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
        with Vertical(classes="sheet form"):
            yield Bar(classes="title")
            yield Page(lambda width: [(Span(line, Ink.FAINT),) for line in wrap(self._note, width)])
            for blank in self._blanks:
                label = Bar(classes="label")
                label.show(((Span(blank.text, Ink.STRONG),), ()))
                yield label
                yield Field(blank.value, password=blank.secret)
            yield Page(lambda _: ())

    def on_mount(self) -> None:
        """Show the title, and begin with the first field that is empty."""
        self.query_one(".title", Bar).show(((Span(titled(self._title), Ink.STRONG),), (Span("Esc", Ink.FAINT),)))
        fields = list(self.query(Field))
        next((field for field in fields if not field.value), fields[0]).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the next field, or take what was written."""
        fields = list(self.query(Field))
        place = next(place for place, field in enumerate(fields) if field is event.input)
        if place + 1 < len(fields):
            fields[place + 1].focus()
            return
        try:
            self._submit(self, [field.value for field in fields])
        except BabiluError as error:
            self.fail(error)

    def fail(self, error: BabiluError) -> None:
        """Say what is wrong."""
        if self.is_mounted:
            text = safe(self._say.error(error))
            self.query(Page).last().show(lambda width: [(Span(line, Ink.BAD),) for line in wrap(text, width)])

    def done(self) -> None:
        """Close the form."""
        if self.is_mounted and self.app.screen is self:
            self.dismiss(None)

    def action_close(self) -> None:
        """Close the form and do nothing."""
        self.dismiss(None)
