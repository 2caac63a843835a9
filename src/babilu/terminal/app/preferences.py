"""What a person prefers in the terminal, kept in one file beside the profiles; what makes no sense there is ignored."""

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from babilu.terminal.app.themes import OFFERED, TerminalLook

FILE: Final = "terminal.json"
MODE: Final = 0o600
BYTES: Final = 4_096


@dataclass(frozen=True, slots=True)
class TerminalPreferences:
    """What a person prefers.

    Attributes:
        look: Colours.
        bell: Whether the terminal's bell rings for what arrives unseen.
    """

    look: TerminalLook
    bell: bool = True


def read_preferences(folder: Path, otherwise: TerminalPreferences) -> TerminalPreferences:
    """Read what was kept."""
    try:
        with (folder / FILE).open("rb") as file:
            kept = json.loads(file.read(BYTES))
    except (OSError, ValueError):
        return otherwise
    if not isinstance(kept, dict):
        return otherwise
    look, bell = kept.get("look"), kept.get("bell")
    return TerminalPreferences(
        TerminalLook(look) if isinstance(look, str) and look in OFFERED else otherwise.look,
        bell if isinstance(bell, bool) else otherwise.bell,
    )


def keep_preferences(folder: Path, preferences: TerminalPreferences) -> None:
    """Keep them; a folder that cannot be written to keeps nothing."""
    new = folder / f"{FILE}.new"
    with contextlib.suppress(OSError):
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(asdict(preferences), file)
        new.replace(folder / FILE)
