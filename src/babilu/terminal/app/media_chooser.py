"""Media of a conversation in the full screen: one kind at a time, the newest first; older ones follow the cursor."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from typing_extensions import override

from babilu.kernel.states import MediaKind
from babilu.presentation.fuzzy import score
from babilu.presentation.media_list import ORDER, MediaItem, MediaList, MediaPhase
from babilu.presentation.strings import Strings
from babilu.terminal.app.cells import safe
from babilu.terminal.app.chooser import FIND, Chooser, ChooserItem
from babilu.terminal.app.pages import LineInput, ScrollPage
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.top_bar import Bar

AHEAD: Final = 20
"""Rows before the end from which on older ones are asked for."""

Row = Callable[[MediaItem], tuple[str, ChooserItem]]
"""Gives by what an item is found, and its row."""


class MediaChooser(Chooser):
    """Shows them; Tab turns to the next kind, Enter leads to the message.

    Args:
        title: What it is about; safe text.
        say: The language.
        row: Draws a row.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "turn_kind(1)", show=False, priority=True),
        Binding("shift+tab", "turn_kind(-1)", show=False, priority=True),
    ]
    MOST: ClassVar[int] = 10_000

    def __init__(self, title: str, say: Strings, row: Row) -> None:
        super().__init__(title, self._items, "")
        self._say = say
        self._row = row
        self._media: MediaList | None = None

    @override
    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet chooser"):
            yield Bar(classes="title")
            yield LineInput("", id=FIND)
            yield ScrollPage(self._lines)
            yield Bar(classes="hint")

    def begin(self, media: MediaList, kind: MediaKind) -> None:
        """Show a kind of a list, once there is one."""
        self._media = media
        media.show(kind)

    def follow(self) -> None:
        """Show what the list has now; the cursor stays on its row."""
        if self._media is None or not self.query(".hint"):
            return
        cursor = self.query_one(ScrollPage).cursor
        self._nothing = safe(self._why_nothing(self._media))
        self._ask(self.field.value)
        if cursor and self._choices:
            self.query_one(ScrollPage).point(min(cursor, len(self._choices) - 1))
        self._show_kinds(self._media)

    @override
    def on_mount(self) -> None:
        super().on_mount()
        self.follow()

    def on_unmount(self) -> None:
        """Let go of the list."""
        if self._media is not None:
            self._media.stop()

    def action_turn_kind(self, steps: int) -> None:
        """Show the next kind."""
        if self._media is not None:
            self.query_one(ScrollPage).point(None)
            self._media.show(ORDER[(ORDER.index(self._media.kind) + steps) % len(ORDER)])

    @override
    def action_turn(self, steps: int) -> None:
        super().action_turn(steps)
        cursor = self.query_one(ScrollPage).cursor or 0
        if self._media is not None and cursor + AHEAD >= len(self._choices):
            self._media.older()

    @override
    def action_press(self) -> None:
        if self._media is not None and self._media.phase is MediaPhase.FAILED and not self._choices:
            self._media.older()
        else:
            super().action_press()

    def _items(self, query: str) -> list[ChooserItem]:
        rows = map(self._row, () if self._media is None else self._media.items)
        return [row for name, row in rows if score(query, name) is not None]

    def _why_nothing(self, media: MediaList) -> str:
        match media.phase:
            case MediaPhase.LOADING:
                return self._say("app.media.loading")
            case MediaPhase.FAILED if media.error is not None:
                return f"{self._say.error(media.error)} {self._say('app.media.again')}"
            case _ if media.items:
                return self._say("app.nothing_found")
            case _:
                return self._say(f"app.media.none.{media.kind.value}")

    def _show_kinds(self, media: MediaList) -> None:
        spans: list[Span] = []
        for kind in ORDER:
            ink = Ink.BADGE if kind is media.kind else Ink.FAINT
            spans += [Span(f" {self._say(f'app.media.{kind.value}')} ", ink), Span(" ")]
        line: Line = tuple(spans)
        self.query_one(".hint", Bar).show((line, (Span(self._say("app.keyname.tab"), Ink.FAINT),)))
