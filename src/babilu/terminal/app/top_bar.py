"""One line across: what stands at its left end and what stands at its right one."""

from textual.strip import Strip
from textual.widget import Widget
from typing_extensions import override

from babilu.terminal.app.spans import Brush, Line, justified

Ends = tuple[Line, Line]
"""The left and the right end of a line."""


class Bar(Widget):
    """Shows lines that are given to it, each justified to the width."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 -- Textual's name
        super().__init__(id=id, classes=classes)
        self._brush = Brush(self)
        self._lines: tuple[Ends, ...] = (((), ()),)

    def show(self, *lines: Ends) -> None:
        """Show lines: of each the left and the right end."""
        if lines != self._lines:
            tall = len(lines) != len(self._lines)
            self._lines = lines
            self.refresh(layout=tall)

    @override
    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._lines)

    @override
    def render_line(self, y: int) -> Strip:
        width = self.size.width
        row = y - self.styles.gutter.top
        left, right = self._lines[row] if 0 <= row < len(self._lines) else ((), ())
        return self._brush.strip(self.arranged(left, right, width), width)

    def arranged(self, left: Line, right: Line, width: int) -> Line:
        """Put both ends on one line; where they do not fit, the left one gives way."""
        return justified(left, right, width)
