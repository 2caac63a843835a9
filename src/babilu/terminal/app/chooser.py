"""One of many is found by typing: what Enter opens always fits to what was typed, however fast."""

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

from babilu.terminal.app.pages import LineInput, ScrollPage
from babilu.terminal.app.spans import Line, Span, justified
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.top_bar import Bar

MOST_CHOICES: Final = 200

FIND: Final = "find"
"""Id of the field in which one types what one looks for."""


@dataclass(frozen=True, slots=True)
class ChooserItem:
    """Something that can be chosen.

    Attributes:
        left: The left end of its line.
        right: The right end.
        do: Does it.
    """

    left: Line
    right: Line
    do: Callable[[], object]


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
    MOST: ClassVar[int] = MOST_CHOICES

    def __init__(
        self, title: str, find: Callable[[str], Sequence[ChooserItem] | None], nothing: str, typed: str = ""
    ) -> None:
        super().__init__()
        self._title = title
        self._find = find
        self._nothing = nothing
        self._input_handler = typed
        self._choices: Sequence[ChooserItem] = ()
        self._shown: str | None = None
        self._due: str | None = None

    @override
    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet chooser"):
            yield Bar(classes="title")
            yield LineInput(self._input_handler, id=FIND, select_on_focus=False)
            yield ScrollPage(self._lines)

    def on_mount(self) -> None:
        """Show what can be chosen before anything is typed."""
        self._show_title()
        self._ask(self._input_handler)

    @property
    def field(self) -> LineInput:
        """The field in which one types what one looks for."""
        return self.query_one(f"#{FIND}", LineInput)

    def show(self, query: str, choices: Sequence[ChooserItem]) -> None:
        """Show choices, if they are still looked for."""
        if self.is_attached and query == self.field.value:
            self._choices = choices[: self.MOST]
            self._shown = query
            page = self.query_one(ScrollPage)
            page.show(self._lines)
            page.point(0 if self._choices else None)
            if self._due == query:
                self.action_press()

    def renew(self, title: str) -> None:
        """Look again for what is typed, because what can be chosen is other by now; the cursor stays on its line."""
        self._title = title
        if not self.is_attached or not self.query(ScrollPage):
            return
        page = self.query_one(ScrollPage)
        cursor = page.cursor
        self._show_title()
        self._ask(self.field.value)
        if cursor is not None and self._choices:
            page.point(min(cursor, len(self._choices) - 1))

    def _show_title(self) -> None:
        self.query_one(".title", Bar).show(((Span(self._title, Ink.STRONG),), (Span("Esc", Ink.FAINT),)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look for what was typed."""
        self._ask(event.value)

    def action_close(self) -> None:
        """Choose nothing."""
        self.dismiss(None)

    def action_turn(self, steps: int) -> None:
        """Move the cursor."""
        if self._choices:
            page = self.query_one(ScrollPage)
            page.point(min(max((page.cursor or 0) + steps, 0), len(self._choices) - 1))

    def action_press(self) -> None:
        """Choose what has the cursor among what fits to what stands in the field, as soon as that is known."""
        typed = self.field.value
        self._due = typed if typed != self._shown else None
        if self._due is not None:
            self._ask(typed)
            return
        cursor = self.query_one(ScrollPage).cursor
        if cursor is not None and cursor < len(self._choices):
            self.action_do(cursor)

    def action_do(self, place: int) -> None:
        """Choose a row."""
        choice = self._choices[place]
        self.dismiss(None)
        choice.do()

    def on_click(self, event: events.Click) -> None:
        """Choose the row under the pointer."""
        page = self.query_one(ScrollPage)
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


class ManyChooser(Chooser):
    """Several of many, found by typing: Tab marks, Enter takes what is marked, or else the row with the cursor.

    Args:
        title: What is chosen; safe text.
        find: Gives the choices for what was typed, by what names them; each marks itself where `marked` has it.
        nothing: What is said where nothing fits.
        hint: Says how several are chosen, given how many are marked.
        take: Takes what was marked, in order.
        most: So many can be marked.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "mark", show=False, priority=True)]

    def __init__(
        self,
        title: str,
        find: Callable[[str], Sequence[tuple[str, Line]]],
        nothing: str,
        hint: Callable[[int], str],
        take: Callable[[tuple[str, ...]], object],
        most: int,
    ) -> None:
        super().__init__(title, self._items, nothing)
        self._find_rows = find
        self._hint = hint
        self._take = take
        self._most = most
        self._marked: dict[str, None] = {}
        self._rows: Sequence[tuple[str, Line]] = ()

    @override
    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet chooser"):
            yield Bar(classes="title")
            yield LineInput("", id=FIND, select_on_focus=False)
            yield ScrollPage(self._lines)
            yield Bar(classes="hint")

    @override
    def on_mount(self) -> None:
        super().on_mount()
        self._show_hint()

    def action_mark(self) -> None:
        """Mark the row with the cursor, or no longer."""
        cursor = self.query_one(ScrollPage).cursor
        if cursor is None or cursor >= len(self._rows):
            return
        key = self._rows[cursor][0]
        if key in self._marked:
            del self._marked[key]
        elif len(self._marked) < self._most:
            self._marked[key] = None
        self._ask(self.field.value)
        self.query_one(ScrollPage).point(cursor)
        self._show_hint()

    @override
    def action_press(self) -> None:
        if not self._marked:
            super().action_press()
            return
        marked = tuple(self._marked)
        self.dismiss(None)
        self._take(marked)

    def _items(self, query: str) -> list[ChooserItem]:
        self._rows = self._find_rows(query)
        return [
            ChooserItem(
                (Span("[x] " if key in self._marked else "[ ] ", Ink.KEY), *line),
                (),
                lambda key=key: self._take((key,)),  # type: ignore[misc]  # bound now
            )
            for key, line in self._rows
        ]

    def _show_hint(self) -> None:
        self.query_one(".hint", Bar).show(((Span(self._hint(len(self._marked)), Ink.FAINT),), ()))
