"""The line for where the client stands; it counts by itself while the time until the next attempt runs."""

from typing import Final

from textual.timer import Timer

from babilu.terminal.app.connection_status import TerminalStatus
from babilu.terminal.app.spans import Span
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.top_bar import Bar

SECOND_S: Final = 1.0


class ConnectionStatusBar(Bar):
    """Shows it.

    Args:
        connection_status: What is shown.
        id: Name in the style sheet.
    """

    def __init__(self, connection_status: TerminalStatus, *, id: str) -> None:  # noqa: A002 -- Textual's name
        super().__init__(id=id)
        self._connection_status = connection_status
        self._second: Timer | None = None

    def renew(self) -> None:
        """Show where it stands now."""
        self.show((self._connection_status.line(), (Span("F3", Ink.KEY, "screen.connection"),)))
        if self._connection_status.is_counting and self._second is None:
            self._second = self.set_interval(SECOND_S, self.renew)
        elif not self._connection_status.is_counting and self._second is not None:
            self._second.stop()
            self._second = None
