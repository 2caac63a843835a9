"""A real terminal with a shell in it, kept by tmux: keys go in, and what is seen comes out as text."""

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.e2e.processes import DEADLINE_S, surroundings

PROMPT = "ready-for-more>"
MOMENT_S = 0.05


class Tmux:
    """One terminal.

    Args:
        folder: Where its socket lies.
        width: Cells of a line.
        height: Lines.
        environment: Variables of the shell beside the test's own.
    """

    def __init__(self, folder: Path, width: int, height: int, environment: dict[str, str]) -> None:
        self._socket = folder / "tmux"
        unset = {"TMUX": None, "NO_COLOR": None}
        self._environment = surroundings({**unset, "PS1": PROMPT, "ENV": "", **environment})
        size = ("-x", str(width), "-y", str(height))
        self._run("-f", os.devnull, "new-session", "-d", *size, "env", f"PS1={PROMPT}", "sh")
        self.see(PROMPT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._run("kill-server")

    def command(self, line: str) -> None:
        """Type a line into the shell, on a screen that was cleared."""
        self.type(f"clear; {line}")
        self.press("Enter")

    def type(self, text: str) -> None:
        """Type a text."""
        self._run("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names."""
        self._run("send-keys", *keys)

    def send_bytes(self, *pieces: bytes) -> None:
        """Send bytes as they are, whether they are letters or not."""
        for piece in pieces:
            self._run("send-keys", "-H", *(f"{byte:02x}" for byte in piece))

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        self._run("resize-window", "-x", str(width), "-y", str(height))

    def screen(self, *, colours: bool = False) -> str:
        """Give what is seen, with its colours as escape sequences where they are wanted."""
        return self._run("capture-pane", "-p", *(("-e", "-N") if colours else ()))

    def see(self, *texts: str, gone: Sequence[str] = ()) -> str:
        """Wait until texts are seen and others are not."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            seen = self.screen()
            if all(text in seen for text in texts) and not any(text in seen for text in gone):
                return seen
            assert time.monotonic() < deadline, f"not seen: {texts} without {gone} in:\n{seen}"
            threading.Event().wait(MOMENT_S)

    def state(self) -> dict[str, str]:
        """Tell how the terminal is set: alternate screen, mouse, cursor, title."""
        names = ("alternate_on", "mouse_any_flag", "cursor_flag", "pane_title")
        values = self._run("display-message", "-p", "\t".join(f"#{{{name}}}" for name in names))
        return dict(zip(names, values.rstrip("\n").split("\t"), strict=True))

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *words],
            env=self._environment,
            capture_output=True,
            check=True,
            timeout=DEADLINE_S,
        )
        return done.stdout.decode("utf-8", "replace")
