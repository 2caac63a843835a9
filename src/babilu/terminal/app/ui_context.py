"""What every part of the screen needs besides the client: language, signs, time, and where preferences lie."""

from dataclasses import dataclass
from pathlib import Path

from babilu.kernel.ports import Clock
from babilu.presentation.strings import Strings
from babilu.terminal.app.symbols import Symbols
from babilu.terminal.app.time_format import TimeFormat


@dataclass(frozen=True, slots=True)
class UiContext:
    """What the client is shown with.

    Attributes:
        say: The language.
        symbols: Signs that the terminal has.
        clock: The time.
        home: Folder of the profiles and of the preferences.
        title: Whether the terminal has a title that can be set.
    """

    say: Strings
    symbols: Symbols
    clock: Clock
    home: Path
    title: bool = True

    @property
    def time_format(self) -> TimeFormat:
        """Times for people."""
        return TimeFormat(self.say, self.clock)
