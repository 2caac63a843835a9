"""Commands of the program run to their end, and the daemons that they leave behind: none outlives its test."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from babilu.cli.pid_file import find_holder, wait_until_free
from tests.e2e.processes import ROOT, surroundings

DEADLINE_S = 60.0


class Daemons:
    """Runs commands for relays below one folder.

    Args:
        folder: Where the relays' folders are made.

    Attributes:
        home: The folder of the relay that most commands are about.
        cwd: The working folder of commands.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = self.cwd = folder
        self.home = folder / "relay"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for home in (place.parent for place in self.folder.rglob("relay.pid")):
            holder = find_holder(home)
            if holder is not None:
                with suppress(ProcessLookupError):
                    os.kill(holder.pid, signal.SIGKILL)
                assert wait_until_free(home, DEADLINE_S)

    def run(self, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, str(ROOT / "main.py"), *arguments],
            env=surroundings(environment),
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )

    def do(self, *arguments: str) -> Any:
        """Run a command that must succeed, with `--json` and the relay's home, and give what it said."""
        done = self.run(*arguments, "--home", str(self.home), "--json")
        assert done.returncode == 0, (done.stdout, done.stderr)
        return json.loads(done.stdout)

    def start(self, *options: str, port: str = "0", users: str = "10") -> Any:
        """Start a daemon; give its announcement."""
        return self.do("start", "127.0.0.1", port, users, "--daemon", *options)

    def pid(self) -> int:
        """Give the number of the daemon's process."""
        holder = find_holder(self.home)
        assert holder is not None
        return holder.pid


def address_of(ready: Any) -> tuple[str, int]:
    """Give host and port of an announcement."""
    host, _, port = str(ready["address"]).rpartition(":")
    return host, int(port)
