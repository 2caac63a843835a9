"""What sheets hold: lines that scroll, a row of things to do, and a field of one line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input
from typing_extensions import override

from babilu.terminal.app.composer import without_controls
from babilu.terminal.app.spans import Brush, Line, Span, width_of
from babilu.terminal.app.themes import Ink

Lines = Callable[[int], Sequence[Line]]
"""Makes lines for a width."""


def abreast(left: Sequence[Line], right: Sequence[Line], column: int) -> list[Line]:
    """Put lines beside each other, the right ones from a column on."""
    rows = zip_longest(left, right, fillvalue=())
    return [(*one, Span(" " * (column - width_of(one))), *other) for one, other in rows]


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


class ScrollPage(ScrollView, can_focus=False):
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


class LineInput(Input):
    """A field of one line that takes no control characters."""

    @override
    def _on_paste(self, event: events.Paste) -> None:
        super()._on_paste(events.Paste(without_controls(event.text)))
        event.stop()
        event.prevent_default()


class ActBar(Widget):
    """Things to do, one of which is chosen; as many lines as they need, so that none is out of sight.

    Args:
        acts: The things; the first one that is not grave is chosen at first.
    """

    def __init__(self, acts: Sequence[Act]) -> None:
        super().__init__(classes="acts")
        self._brush = Brush(self)
        self._acts = tuple(acts)
        self.chosen = next((place for place, act in enumerate(self._acts) if not act.grave), 0)

    def show(self, acts: Sequence[Act]) -> None:
        """Show other things to do. Whoever chose another than the first one has it chosen still, where it is there."""
        before = self._acts[self.chosen].text if self.chosen else ""
        self._acts = tuple(acts)
        texts = [act.text for act in acts]
        self.chosen = texts.index(before) if before in texts else 0
        self.refresh(layout=True)

    def turn(self, steps: int) -> None:
        """Choose another one."""
        self.chosen = (self.chosen + steps) % max(1, len(self._acts))
        self.refresh()

    def rows(self, width: int) -> list[Line]:
        """Share them out among lines of a width."""
        rows: list[Line] = [()]
        for place, act in enumerate(self._acts):
            span = self._span(place, act)
            if rows[-1] and width_of(rows[-1]) + width_of((span,)) > width:
                rows.append(())
            rows[-1] = (*rows[-1], span, Span(" "))
        return rows

    def _span(self, place: int, act: Act) -> Span:
        if place != self.chosen:
            return Span(f"  {act.text}  ", Ink.STRONG, f"screen.do({place})")
        return Span(f"[ {act.text} ]", Ink.GRAVE if act.grave else Ink.BADGE, f"screen.do({place})")

    @override
    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.rows(width))

    @override
    def render_line(self, y: int) -> Strip:
        rows = self.rows(self.size.width)
        return self._brush.strip(rows[y] if y < len(rows) else (), self.size.width)
