"""A long text may be written in an editor of one's own, over a private file that is gone afterwards."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from babilu.presentation.strings import MisuseError

MOST_BYTES: Final = 1024 * 1024


def command_of(environment: Mapping[str, str]) -> list[str]:
    """Find the person's editor.

    Raises:
        UsageError: It cannot be understood.
    """
    written = environment.get("VISUAL") or environment.get("EDITOR") or "vi"
    try:
        return shlex.split(written)
    except ValueError:
        raise MisuseError("editor_unclear", command=written) from None


def edit(text: str, home: Path, command: list[str]) -> str:
    """Let the editor change a text, and wait for it.

    Args:
        text: What stands in the file at first.
        home: Where the file lies meanwhile: the folder of the profile, which is private.
        command: The editor.

    Raises:
        UsageError: The editor or the file cannot be used.
    """
    try:
        descriptor, name = tempfile.mkstemp(".txt", "message-", home)  # only its owner may read it
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
            subprocess.run([*command, name], check=False)  # noqa: S603 -- the person's own editor
            with Path(name).open("rb") as file:
                return file.read(MOST_BYTES).decode("utf-8", "replace").removesuffix("\n")
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise MisuseError("editor_fails", reason=error.strerror) from error
