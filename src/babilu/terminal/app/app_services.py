"""What errands ask of whoever shows the screen."""

from typing import Protocol

from textual.screen import ModalScreen

from babilu.api.events import Event
from babilu.api.views import PictureView
from babilu.kernel.errors import BabiluError
from babilu.terminal.app.preferences import TerminalPreferences


class AppServices(Protocol):
    """Shows sheets, and does what the terminal itself does."""

    preferences: TerminalPreferences

    def put(self, sheet: ModalScreen[None]) -> None:
        """Show a sheet over everything."""

    def open_conversation(self, name: str) -> None:
        """Open a conversation and write in it."""

    def say_so(self, text: str) -> None:
        """Tell something in passing."""

    def fail(self, error: BabiluError) -> None:
        """Tell that something went wrong."""

    def told(self, event: Event) -> None:
        """Tell what has happened."""

    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""

    def open_outside(self, picture: PictureView) -> None:
        """Have another program show a copy of a picture."""

    def ring(self) -> None:
        """Draw attention, where the person wants that."""

    def entitle(self, unread: int) -> None:
        """Show a count in the terminal's title."""

    def prefer(self, preferences: TerminalPreferences) -> None:
        """Use and keep other preferences."""

    def edit(self, text: str) -> str:
        """Let the person write in an editor."""

    def leave(self) -> None:
        """End."""
