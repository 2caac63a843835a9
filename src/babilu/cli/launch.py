"""Launch origin, which decides where files lie: where the user says, else beside `main.py`, else in the data folder."""

import sys
from dataclasses import dataclass
from pathlib import Path

from babilu.presentation.strings import MisuseError


@dataclass(frozen=True, slots=True)
class LaunchOrigin:
    """How the program was started; every command finds it in ``click.Context.obj``.

    Attributes:
        folder: The folder of `main.py` when it was run from a clone, None for the installed program.
        arguments: The command line after the program's name.
    """

    folder: Path | None
    arguments: tuple[str, ...] = ()

    @property
    def program(self) -> str:
        """How this program is called."""
        return "babilu" if self.folder is None else "python3 main.py"

    @property
    def command(self) -> tuple[str, ...]:
        """What runs this program again."""
        place = ("-m", "babilu") if self.folder is None else (str(self.folder / "main.py"),)
        return (sys.executable, *place)

    def home(self, chosen: Path | None) -> Path:
        """Give the folder for profiles and relays; ``chosen`` is the option ``--home`` and always wins.

        Raises:
            UsageError: Nothing is chosen, and the user has no home directory, like those of some services.
        """
        if chosen is not None:
            return chosen
        if self.folder is not None:
            return self.folder
        import platformdirs

        try:
            return platformdirs.user_data_path("babilu", appauthor=False)
        except RuntimeError as error:
            raise MisuseError("no_home_directory") from error
