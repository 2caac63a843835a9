"""A screen of its own with a window manager, and desktop clients on it that are driven by keys like a person would.

What a window shows is read where a person reads it: its title, and what Ctrl+C puts on the clipboard. Every wait has a
deadline and ends as soon as what it waits for is there.
"""

import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.desktop_shell import Shell
from tests.e2e.processes import surroundings

ROOT = Path(__file__).resolve().parents[3]
DEADLINE_S = 60.0
GLANCE_S = 0.1
"""Pause between two looks at the screen."""

TOOLS = ("Xvfb", "openbox", "xdotool", "xclip", "import", "dbus-daemon")


def missing_tools() -> list[str]:
    """Name what is not installed of what the stage is made of."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def until(done: Callable[[], bool], what: str, seconds: float = DEADLINE_S) -> None:
    """Look until something is so, or say that it never was."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError(f"never so: {what}")
        time.sleep(GLANCE_S)


class Stage:
    """An X server, a message bus with a shell on it, and a window manager; they end with it.

    Args:
        folder: Where logs go.
        size: Width and height of the screen.
    """

    def __init__(self, folder: Path, size: tuple[int, int] = (1400, 900)) -> None:
        self.folder = folder
        self._log: IO[bytes] = (folder / "stage.log").open("wb")
        self._running: list[subprocess.Popen[bytes]] = []
        self._forgotten = 0
        with ExitStack() as ends:
            ends.callback(self._log.close)
            ends.callback(self._end_all)
            self.environment = surroundings({"WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None, "TZ": "UTC"})
            self.environment["DISPLAY"] = self._screen(size)
            self.environment["DBUS_SESSION_BUS_ADDRESS"] = self._bus()
            self.shell = ends.enter_context(Shell(self.environment["DBUS_SESSION_BUS_ADDRESS"]))
            manager = self._run(["openbox"])
            until(lambda: manager.poll() is not None or self._is_managed(), "a window manager runs")
            assert manager.poll() is None, f"the window manager ended with {manager.returncode}"
            self._ends = ends.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def python(self, arguments: Sequence[str], prefix: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """Run `main.py` with arguments on this screen."""
        return self._run([*prefix, sys.executable, str(ROOT / "main.py"), *arguments])

    def xdotool(self, *arguments: str) -> str:
        """Run one command of xdotool and give what it says."""
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE_S,
        )
        return done.stdout.strip()

    def clipboard(self) -> str:
        """Read the clipboard."""
        done = subprocess.run(
            ["xclip", "-o", "-selection", "clipboard"],
            env=self.environment,
            capture_output=True,
            check=False,
            timeout=5,
        )
        return done.stdout.decode("utf-8", "replace")

    def copy(self, text: str) -> None:
        """Put a text on the clipboard, for pasting what keys do not have, and wait until it is there.

        A program takes the clipboard when it has started, which may be late: whatever else is copied meanwhile would
        be lost to it.
        """
        self._run(["xclip", "-selection", "clipboard", "-loops", "0"], text.encode())
        until(lambda: self.clipboard() == text, "the clipboard holds what was copied")

    def forget_copied(self) -> None:
        """Put a text on the clipboard that nobody copies, and that was never there before."""
        self._forgotten += 1
        self.copy(f"nothing{' again' * self._forgotten}")

    def picture(self, window: str, path: Path) -> None:
        """Save what a window shows."""
        subprocess.run(
            ["import", "-window", window, "-strip", "-define", "png:exclude-chunks=date,time", str(path)],
            env=self.environment,
            check=True,
            timeout=DEADLINE_S,
        )

    def end(self, process: subprocess.Popen[bytes]) -> int:
        """Ask a process to end, wait for it, and give its exit code."""
        process.terminate()
        return process.wait(DEADLINE_S)

    def _end_all(self) -> None:
        for process in reversed(self._running):
            process.terminate()
            process.wait(DEADLINE_S)

    def _run(self, command: Sequence[str], given: bytes | None = None) -> subprocess.Popen[bytes]:
        source = subprocess.PIPE if given is not None else subprocess.DEVNULL
        process = subprocess.Popen(command, env=self.environment, stdin=source, stdout=self._log, stderr=self._log)
        self._running.append(process)
        if given is not None and process.stdin is not None:
            process.stdin.write(given)
            process.stdin.close()
        return process

    def _screen(self, size: tuple[int, int]) -> str:
        reader, writer = os.pipe()
        geometry = f"{size[0]}x{size[1]}x24"
        # Without -noreset the server starts anew when its last client leaves. One that looks for the window manager
        # and leaves would so take a window manager with it that is just about to come.
        command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", geometry, "-nolisten", "tcp", "-dpi", "96"]
        command.append("-noreset")
        process = subprocess.Popen(command, pass_fds=[writer], stdout=self._log, stderr=self._log)
        self._running.append(process)
        os.close(writer)
        number = _first_line(reader)
        return f":{number}"

    def _bus(self) -> str:
        reader, writer = os.pipe()
        command = ["dbus-daemon", "--session", "--nofork", f"--print-address={writer}"]
        self._running.append(subprocess.Popen(command, pass_fds=[writer], stdout=self._log, stderr=self._log))
        os.close(writer)
        return _first_line(reader)

    def _is_managed(self) -> bool:
        command = ["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        return "window id" in done.stdout


class Person:
    """A desktop client, driven by keys.

    Args:
        stage: Where its window is.
        home: Folder of its profiles.
        arguments: What follows `desktop` on the command line.
    """

    def __init__(self, stage: Stage, home: Path, arguments: Sequence[str] = (), prefix: Sequence[str] = ()) -> None:
        self._stage = stage
        self.home = home
        home.mkdir(mode=0o700, exist_ok=True)
        self.process = stage.python(["desktop", *arguments, "--home", str(home)], prefix)
        until(lambda: bool(self._find()), f"a window of {home.name} is there")
        self.window = self._find()

    def title(self) -> str:
        """Read the window's title."""
        return self._stage.xdotool("getwindowname", self.window)

    def focus(self) -> None:
        """Bring the window to the front."""
        self._stage.xdotool("windowactivate", "--sync", self.window)

    def press(self, *keys: str) -> None:
        """Press keys one after the other, such as ``ctrl+k``."""
        self.focus()
        self._stage.xdotool("key", "--clearmodifiers", "--delay", "25", *keys)

    def write(self, text: str) -> None:
        """Type a text where the focus is."""
        self.focus()
        self._stage.xdotool("type", "--clearmodifiers", "--delay", "8", text)

    def catch_up(self) -> None:
        """Wait until all keys so far were taken, by copying what is typed now; the focus is in an empty field."""
        self._stage.forget_copied()
        self.write("caught up")
        self.press("ctrl+a", "ctrl+c")
        until(lambda: self._stage.clipboard() == "caught up", f"{self.home.name} has taken all keys")
        self.press("BackSpace")

    def paste(self, text: str) -> None:
        """Paste a text where the focus is."""
        self._stage.copy(text)
        self.press("ctrl+v")

    def click(self, x: int, y: int) -> None:
        """Press the mouse at a place of the window."""
        self.focus()
        self._stage.xdotool("mousemove", "--window", self.window, str(x), str(y), "click", "1")

    def newest(self) -> str:
        """Copy the newest message of the open conversation, and go back to the composer."""
        self.press("ctrl+End", "ctrl+Up", "End", "ctrl+c")
        text = self._stage.clipboard()
        self.press("ctrl+End")
        return text

    def wait_title(self, part: str) -> None:
        """Wait until the title has a part."""
        until(lambda: part in self.title(), f"{part!r} in the title of {self.home.name}, which is {self.title()!r}")

    def enters(self, part: str) -> bool:
        """Press Enter and tell whether the title has a part then."""
        self.press("Return")
        return part in self.title()

    def wait_newest(self, text: str) -> None:
        """Wait until a text is the newest message of the open conversation."""
        until(lambda: self.newest() == text, f"{text!r} is the newest message that {self.home.name} sees")

    def begin(self, name: str, text: str) -> None:
        """Begin a conversation with a name of the relay."""
        self.press("ctrl+n")
        self.write(name)
        self.press("Tab")
        self.write(text)
        self.press("Tab", "space")
        self.wait_title(name)

    def go_to(self, name: str) -> None:
        """Open a conversation by the quick switcher."""
        self.press("ctrl+k")
        self.write(name)
        self.press("Return")
        self.wait_title(name)

    def say(self, text: str) -> None:
        """Send a text in the open conversation."""
        self.write(text)
        self.press("Return")

    def picture(self, path: Path) -> None:
        """Save what the window shows, once it has come to rest, or as it is where something counts or blinks."""
        self.focus()
        seen: list[bytes] = []

        def at_rest() -> bool:
            self._stage.picture(self.window, path)
            seen.append(path.read_bytes())
            return len(seen) > 8 or (len(seen) > 3 and seen[-1] == seen[-2])

        until(at_rest, f"the window of {self.home.name} comes to rest")

    def close(self) -> int:
        """Ask the client to end; give its exit code."""
        return self._stage.end(self.process)

    def _find(self) -> str:
        found = self._stage.xdotool(
            "search", "--all", "--onlyvisible", "--pid", str(self.process.pid), "--name", "Babilu"
        )
        return found.split("\n", 1)[0]


def _first_line(reader: int) -> str:
    """Read a line that a starting process writes, within a deadline."""
    with os.fdopen(reader, "rb") as stream:
        ready, _, _ = select.select([stream], [], [], DEADLINE_S)
        if not ready:
            raise AssertionError("a process of the stage does not start")
        return stream.readline().decode().strip()
