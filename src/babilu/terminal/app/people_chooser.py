"""People to choose: Enter adds whoever has the cursor, and takes everybody who was added once nothing is typed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input
from typing_extensions import override

from babilu.kernel.errors import BabiluError
from babilu.presentation.strings import Strings
from babilu.terminal.app.cells import ELLIPSIS, cut, safe, wrap
from babilu.terminal.app.chooser import FIND, Chooser, ChooserItem
from babilu.terminal.app.pages import LineInput, ScrollPage
from babilu.terminal.app.sheets import SHEET_CELLS, SIDES, WIDEST
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.top_bar import Bar

HEAD: Final = "head"
"""Id of the field above the one in which people are looked for."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who can be chosen.

    Attributes:
        name: What commands call them.
        line: How they are shown.
        shown: Their name as it is shown, safe text.
        right: What else is to be known about them.
    """

    name: str
    line: Line
    shown: str
    right: Line = ()


@dataclass(frozen=True, slots=True)
class PeopleWords:
    """What is said around the people.

    Attributes:
        title: What they are chosen for; safe text.
        nothing: Said where nobody fits.
        takes: Says what Enter does once nothing is typed, given how many are chosen.
        head: What belongs into a field above, such as the title of a group; None where there is no such field.
        most: Most characters of that field.
    """

    title: str
    nothing: str
    takes: Callable[[int], str]
    head: str | None = None
    most: int = 0


class PeopleChooser(Chooser):
    """People, found by typing.

    Args:
        words: What is said around them.
        find: Gives those who fit to what was typed, but for those who were chosen.
        submit: Takes what stands in the field above, and who was chosen; the sheet stays open until `done`, and shows
            what is wrong where that raises `BabiluError` or calls `fail`.
        say: The language.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "go_on", show=False, priority=True),
        Binding("shift+tab", "go_back", show=False, priority=True),
        Binding("backspace", "unchoose", show=False, priority=True),
    ]

    def __init__(
        self,
        words: PeopleWords,
        find: Callable[[str, Sequence[str]], Sequence[Candidate]],
        submit: "Callable[[PeopleChooser, str, tuple[str, ...]], object]",
        say: Strings,
    ) -> None:
        super().__init__(words.title, self._items, words.nothing)
        self._words = words
        self._find_people = find
        self._submit = submit
        self._say = say
        self._people: Sequence[Candidate] = ()
        self._chosen: dict[str, Candidate] = {}
        self._wrong = ""

    @override
    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet chooser people"):
            yield Bar(classes="title")
            if self._words.head is not None:
                label = Bar(classes="head")
                label.show(((Span(self._words.head, Ink.STRONG),), ()))
                yield label
                yield LineInput("", id=HEAD, max_length=self._words.most)
            yield Bar(classes="chosen")
            yield LineInput("", id=FIND, placeholder=self._say("app.people.blank"), select_on_focus=False)
            yield ScrollPage(self._lines)
            yield Bar(classes="hint")

    @override
    def on_mount(self) -> None:
        super().on_mount()
        self._show_chosen()

    def fail(self, error: BabiluError) -> None:
        """Say what is wrong."""
        self._wrong = safe(self._say.error(error))
        if self.is_mounted:
            self._show_hint()

    def done(self) -> None:
        """Close the sheet."""
        if self.is_mounted and self.app.screen is self:
            self.dismiss(None)

    @override
    def on_input_changed(self, event: Input.Changed) -> None:
        self._wrong = ""
        if event.input is self.field:
            super().on_input_changed(event)
        self._show_hint()

    def on_descendant_focus(self) -> None:
        """Say what Enter does there."""
        self._show_hint()

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Take back a choice by the key that deletes letters, where there is no letter to delete."""
        if action == "unchoose":
            return self.focused is self.field and not self.field.value and bool(self._chosen)
        return True

    @override
    def action_turn(self, steps: int) -> None:
        if self._in_head:
            self._write_in(self.field)
        elif steps < 0 and not self._cursor and self._words.head is not None:
            self._write_in(self.query_one(f"#{HEAD}"))
        else:
            super().action_turn(steps)
            self._show_hint()

    def action_go_on(self) -> None:
        """Go from the field above to the people, or choose whoever has the cursor."""
        if self._in_head:
            self._write_in(self.field)
        else:
            self._choose()

    def action_go_back(self) -> None:
        """Go to the field above."""
        if self._words.head is not None:
            self._write_in(self.query_one(f"#{HEAD}"))

    def action_unchoose(self) -> None:
        """Choose the last one no longer."""
        self._chosen.popitem()
        self._renew()

    @override
    def action_press(self) -> None:
        if self._in_head:
            self._write_in(self.field)
        elif self.field.value.strip():
            self._choose()
        else:
            self._take()

    @override
    def action_do(self, place: int) -> None:
        self.query_one(ScrollPage).point(place)
        self._choose()

    @property
    def _inner(self) -> int:
        """Cells of a line between the borders: see client.tcss."""
        return min(SHEET_CELLS, self.app.size.width * WIDEST // 100) - SIDES

    @property
    def _in_head(self) -> bool:
        return self.focused is not None and self.focused.id == HEAD

    @property
    def _cursor(self) -> int:
        return self.query_one(ScrollPage).cursor or 0

    def _write_in(self, field: Widget) -> None:
        # At once: the next key is on its way already.
        self.set_focus(field)

    def _choose(self) -> None:
        if self._shown != self.field.value:
            # What was typed last is not looked for yet: keys come faster than the field tells of them.
            self._ask(self.field.value)
        people = self._people
        if self._cursor < len(people):
            chosen = people[self._cursor]
            self._chosen[chosen.name] = chosen
            self.field.value = ""
            self._renew()

    def _take(self) -> None:
        head = "" if self._words.head is None else self.query_one(f"#{HEAD}", LineInput).value.strip()
        try:
            self._submit(self, head, tuple(self._chosen))
        except BabiluError as error:
            self.fail(error)

    def _renew(self) -> None:
        self._ask(self.field.value)
        self._show_chosen()

    @override
    def _lines(self, width: int) -> Sequence[Line]:
        if self._choices:
            return super()._lines(width)
        nothing = self._words.nothing if self.field.value.strip() else self._say("app.people.no_other")
        return [(Span(f" {line}", Ink.FAINT),) for line in wrap(nothing, max(1, width - 1))]

    def _items(self, query: str) -> list[ChooserItem]:
        self._people = self._find_people(query, tuple(self._chosen))
        return [ChooserItem(each.line, each.right, bool) for each in self._people]

    def _show_chosen(self) -> None:
        bar = self.query_one(".chosen", Bar)
        bar.display = bool(self._chosen)
        names = [each.shown for each in self._chosen.values()]
        width = self._inner - cell_len(str(len(names))) - 1
        bar.show(((Span(ending(names, width), Ink.OTHER),), (Span(str(len(names)), Ink.FAINT),)))
        self._show_hint()

    def _show_hint(self) -> None:
        hint = self._hint()
        lines = wrap(hint.text, self._inner)
        self.query_one(".hint", Bar).show(*(((Span(line, hint.ink),), ()) for line in lines))

    def _hint(self) -> Span:
        if self._wrong:
            return Span(self._wrong, Ink.BAD)
        if self._in_head:
            return Span(self._say("app.people.go_on"), Ink.FAINT)
        if not self.field.value.strip():
            return Span(self._words.takes(len(self._chosen)), Ink.FAINT)
        people = self._people
        if self._cursor >= len(people):
            return Span("")
        return Span(self._say("app.people.adds", name=people[self._cursor].shown), Ink.FAINT)


def ending(names: Sequence[str], width: int) -> str:
    """Join names in at most so many cells; where they do not fit, the first ones are left out."""
    kept: list[str] = []
    for name in reversed(names):
        if kept and cell_len(", ".join((ELLIPSIS, name, *kept))) > width:
            return ", ".join((ELLIPSIS, *kept))
        kept.insert(0, name)
    return cut(", ".join(kept), width)
