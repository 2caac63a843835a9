"""What every part of the screen needs besides the client: language, signs, time, and where preferences lie."""

from dataclasses import dataclass
from pathlib import Path

from babilu.kernel.ports import Clock
from babilu.presentation.strings import Strings
from babilu.terminal.app.moments import Moments
from babilu.terminal.app.signs import Signs


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the client is shown with.

    Attributes:
        say: The language.
        signs: Signs that the terminal has.
        clock: The time.
        home: Folder of the profiles and of the preferences.
        title: Whether the terminal has a title that can be set.
    """

    say: Strings
    signs: Signs
    clock: Clock
    home: Path
    title: bool = True

    @property
    def moments(self) -> Moments:
        """Times for people."""
        return Moments(self.say, self.clock)
