"""The list: what waits for a decision first, then conversations in the client's order; each is one row or two lines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import ClassVar, Final

from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from typing_extensions import override

from babilu.api.group_views import GroupInvitationView, JoinRequestView
from babilu.api.views import ConversationView, RequestView
from babilu.kernel.ids import ConversationId
from babilu.kernel.states import ConversationKind
from babilu.presentation.group_words import change_text
from babilu.presentation.strings import Strings
from babilu.presentation.voice_notes import clock_of_ms, voice_draft
from babilu.terminal.app.cells import cut, label
from babilu.terminal.app.conversation_names import TITLE_CELLS, shown_conversation, typing_words
from babilu.terminal.app.file_words import words_of
from babilu.terminal.app.keys import Where, bindings
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.spans import Brush, Line, Span, justified
from babilu.terminal.app.symbols import Symbols
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.time_format import TimeFormat

TALL: Final = 22
"""Height from which on a row shows the last message too."""

PREVIEWED: Final = 8
"""Characters that are looked at for each cell of a row."""

Row = RequestView | GroupInvitationView | JoinRequestView | ConversationView


@unique
class RowMark(StrEnum):
    """What a conversation can be in the list."""

    PINNED = "pinned"
    MUTED = "muted"
    ARCHIVED = "archived"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class RowDrawing:
    """What rows are drawn with.

    Attributes:
        say: The language.
        symbols: Signs that the terminal has.
        time_format: Times.
        title_of: Gives the title of a group by its label.
        own_name: Gives the own name.
    """

    say: Strings
    symbols: Symbols
    time_format: TimeFormat
    title_of: Callable[[str], str]
    own_name: Callable[[], str]

    def lines(self, row: Row, width: int, *, current: bool, typing: frozenset[str] = frozenset()) -> tuple[Line, Line]:
        """Draw a row: its name, and what was said last, or who is typing."""
        match row:
            case RequestView():
                return self._asking(row.name, self.say("app.wants_to_talk"), width)
            case GroupInvitationView():
                by = self.say("app.group.added_you", by=label(row.by, NAME_CELLS))
                return self._asking(row.title or row.conversation, by, width)
            case JoinRequestView():
                title = label(self.title_of(row.conversation), TITLE_CELLS)
                return self._asking(row.name, self.say("app.group.wants_to_join", title=title), width)
        name = self._name(row, width, current=current)
        if typing:
            return name, (Span(f"  {typing_words(self.say, row, typing)}", Ink.GOOD),)
        return name, self._last(row, width, current=current)

    def _asking(self, name: str, what: str, width: int) -> tuple[Line, Line]:
        """Draw a row of what waits for a decision."""
        asks = (Span(f"{self.symbols.request} ", Ink.WARNING), Span(label(name, width - 4), Ink.STRONG))
        return asks, (Span(f"  {cut(what, width - 2)}", Ink.WARNING),)

    def _name(self, row: ConversationView, width: int, *, current: bool) -> Line:
        right: list[Span] = []
        for holds, symbol in ((row.pinned, self.symbols.pinned), (row.muted, self.symbols.muted)):
            if holds:
                right.append(Span(f" {symbol}", Ink.FAINT))
        if row.unread:
            ink = Ink.QUIET_BADGE if row.muted else Ink.BADGE
            mention = "@" if row.mentions else ""
            right.extend((Span(" "), Span(f" {mention}{row.unread} ", Ink.BADGE if row.mentions else ink)))
        elif row.marked_unread:
            right.extend((Span(" "), Span(f" {self.symbols.online} ", Ink.BADGE)))
        elif row.last is not None:
            right.append(Span(f" {self.time_format.brief(row.last.at)}", Ink.FAINT))
        strong = bool(row.unread) or row.marked_unread or current
        name = Span(shown_conversation(self.say, row, width), Ink.STRONG if strong else Ink.TEXT)
        route = self.symbols.route(row.contact)
        left = (self.symbols.conversation(row), Span(" "), name, Span(" "), route)
        return justified(left, tuple(right), width)

    def _last(self, row: ConversationView, width: int, *, current: bool) -> Line:
        # What is being written stands in the field already.
        voice = voice_draft(row)
        if (row.draft or voice is not None) and not current:
            draft = self.say("app.draft")
            text = row.draft if voice is None else f"{self.say('voice.note')} {clock_of_ms(voice.duration)}"
            return (Span(f"  {draft} ", Ink.WARNING), Span(label(text, width - cell_len(draft) - 3), Ink.FAINT))
        if row.last is None:
            return (Span(f"  {self.say('app.no_message')}", Ink.FAINT),)
        if row.last.change is not None:
            said = change_text(row.last.change, self.say, self.own_name(), lambda text: label(text, TITLE_CELLS))
            return (Span(f"  {cut(said, width - 2)}", Ink.FAINT),)
        text = words_of(self.say, row.last, PREVIEWED * width)
        if row.last.deleted:
            text = self.say("app.deleted_message")
        if not row.last.outgoing:
            who = f"{label(row.last.sender, width // 3)}: " if row.kind is ConversationKind.GROUP else ""
            return (Span(f"  {who}", Ink.FAINT), Span(label(text, width - 2 - cell_len(who)), Ink.FAINT))
        state = self.symbols.state(row.last.state)
        room = width - 3 - cell_len(state.text)
        return (Span("  "), state, Span(" "), Span(label(text, room), Ink.FAINT))


class ConversationListWidget(ScrollView, can_focus=True):
    """Shows rows, one of which has the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Where.LIST)

    class Marked(Message):
        """A conversation is to be pinned, silent, put away or unread, or no longer.

        Args:
            row: The conversation.
            what: What it is to be.
        """

        def __init__(self, row: ConversationView, what: "RowMark") -> None:
            super().__init__()
            self.row = row
            self.what = what

    class Opened(Message):
        """A row was chosen.

        Args:
            row: The row.
        """

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    def __init__(self, drawing: RowDrawing) -> None:
        super().__init__(id="list")
        self._drawing = drawing
        self._brush = Brush(self)
        self._rows: tuple[Row, ...] = ()
        self._cursor = ""
        self._current = ""
        self._typing: Mapping[ConversationId, frozenset[str]] = {}

    @property
    def row(self) -> Row | None:
        """The row with the cursor."""
        place = self._place()
        return None if place is None else self._rows[place]

    def show(self, rows: tuple[Row, ...], current: str, typing: Mapping[ConversationId, frozenset[str]]) -> None:
        """Show rows; the cursor stays on its row wherever that has moved.

        Args:
            rows: The rows.
            current: Id in hex of the conversation that is open; empty for none.
            typing: Who is typing in which conversation.
        """
        place = self._place() or 0
        if current != self._current:
            self._cursor = f"c{current}"
        self._rows, self._current, self._typing = rows, current, typing
        if rows and self._place() is None:
            self._cursor = _identity(rows[min(place, len(rows) - 1)])
        self._fit()
        self.refresh()

    def move(self, steps: int) -> None:
        """Move the cursor."""
        if self._rows:
            place = self._place() or 0
            self._cursor = _identity(self._rows[min(max(place + steps, 0), len(self._rows) - 1)])
            self._bring()
            self.refresh()

    def action_move(self, steps: int) -> None:
        """Move the cursor."""
        self.move(steps)

    def action_page(self, pages: int) -> None:
        """Move the cursor by a screen."""
        self.move(pages * max(1, self.size.height // self._tall - 1))

    def action_choose(self) -> None:
        """Open the row with the cursor."""
        if self.row is not None:
            self.post_message(self.Opened(self.row))

    def action_mark(self, what: str) -> None:
        """Mark the row with the cursor, or no longer."""
        if isinstance(self.row, ConversationView):
            self.post_message(self.Marked(self.row, RowMark(what)))

    @override
    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        number, part = divmod(y + self.scroll_offset.y, self._tall)
        if not 0 <= number < len(self._rows):
            return self._brush.strip((), width)
        row = self._rows[number]
        current = _identity(row) == f"c{self._current}"
        typing = self._typing.get(row.id, frozenset()) if isinstance(row, ConversationView) else frozenset()
        lines = self._drawing.lines(row, width - 2, current=current, typing=typing)
        chosen = _identity(row) == self._cursor and self.has_focus
        line = (Span(" "), *lines[part])
        return self._brush.strip(line, width, chosen=chosen or current)

    def on_resize(self, _event: events.Resize) -> None:
        """Rows are as tall as there is room."""
        self._fit()
        self._bring()

    def on_focus(self) -> None:
        """Show the cursor."""
        self._bring()
        self.refresh()

    def on_blur(self) -> None:
        """Show the cursor no longer."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Open the row under the pointer."""
        number = (event.y + self.scroll_offset.y) // self._tall
        if 0 <= number < len(self._rows):
            self._cursor = _identity(self._rows[number])
            self.action_choose()

    @property
    def _tall(self) -> int:
        return 2 if self.size.height >= TALL else 1

    def _fit(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._rows) * self._tall)

    def _place(self) -> int | None:
        return next((place for place, row in enumerate(self._rows) if _identity(row) == self._cursor), None)

    def _bring(self) -> None:
        place = self._place()
        if place is None:
            return
        top = place * self._tall
        if top < self.scroll_offset.y:
            self.scroll_to(y=top, animate=False)
        elif top + self._tall > self.scroll_offset.y + self.size.height:
            self.scroll_to(y=top + self._tall - self.size.height, animate=False)


def _identity(row: Row) -> str:
    match row:
        case RequestView(request):
            return f"r{request}"
        case GroupInvitationView(invitation):
            return f"g{invitation}"
        case JoinRequestView(request):
            return f"j{request}"
        case ConversationView():
            return f"c{row.id.hex()}"
