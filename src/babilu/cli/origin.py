"""Files of profiles and relays lie where the user says, else beside `main.py`, else in the user's data directory."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Origin:
    """How the program was started; every command finds it in ``typer.Context.obj``.

    Attributes:
        folder: The folder of `main.py` when it was run from a clone, None for the installed program.
    """

    folder: Path | None

    def home(self, chosen: Path | None) -> Path:
        """Give the folder for profiles and relays; ``chosen`` is the option ``--home`` and always wins."""
        if chosen is not None:
            return chosen
        if self.folder is not None:
            return self.folder
        import platformdirs

        return platformdirs.user_data_path("babilu", appauthor=False)
