"""A walk along a page of the documentation: its blocks in their order, in a clone and a home of the walk's own.

Nothing on a page is changed but the address: every walk has one of its own within 127.0.0.0/8, so that pages keep the
ports that they name and walks run beside each other. A walk takes each block of its page exactly once, either to do
what it says, or to pass over it with a reason; a block that nobody takes is an error.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.e2e.processes import ROOT, surroundings

DEADLINE_S = 60.0
INDENT = 4
PASSWORD = "the words of a walk 7"
COPIED = ("main.py", "requirements.txt", "pyproject.toml")
LINKED = ("src", "share", "examples", "requirements", "docs", "packaging")
NUMBERS = re.compile(r"\d+")
HEXADECIMAL = re.compile(r"\b(?=[0-9A-F]*[A-F])(?=[0-9A-F]*\d)[0-9A-F]{4}\b")
INVITATION = re.compile(r"(babilu://[^#\s]*#)\S+")
STATES = ("✓ held", "✓✓ delivered", "✓✓ read")
"""How a line says how far a message is, in their order: where one comes late, the next is said in its place."""


def blocks_of(page: Path) -> list[str]:
    """Give the indented blocks of a page, in their order and without their indent; those in lists are blocks, too."""
    blocks: list[str] = []
    block: list[str] = []
    after_blank = True
    for line in [*page.read_text().splitlines(), "end"]:
        indented = line.startswith(" " * INDENT)
        if indented and (block or after_blank):
            block.append(line)
        elif block and line.strip():
            blocks.append(_without_indent(block))
            block = []
        elif block:
            block.append("")
        after_blank = not line.strip()
    return blocks


def own_address() -> str:
    """Give the loopback address of this process: no other process that runs now has the same."""
    number = os.getpid()
    return f"127.{64 + (number >> 16) % 64}.{(number >> 8) % 256}.{number % 256}"


class Talk:
    """A program that goes on: lines are typed into it, and what it says is waited for.

    A message that has come further than a line of a page says has passed what that line says; the line that tells so
    can be waited for as well.
    """

    def __init__(self, line: str, process: subprocess.Popen[bytes]) -> None:
        self.line, self.process = line, process
        self.said: list[str] = []
        self._heard = 0
        self._ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, name="walk-reader")
        self._reader.start()

    def type(self, *lines: str) -> None:
        """Type lines, each with Enter."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(line + "\n" for line in lines).encode())
        self.process.stdin.flush()

    def says(self, *samples: str) -> str:
        """Wait for lines that look like these of a page, in their order; other lines may stand between them.

        Returns:
            The last of them.
        """
        found = ""
        for sample in samples:
            if sample.strip():
                found = self._hear(_pattern(sample), sample)
        return found

    def says_in_any_order(self, *samples: str) -> None:
        """Wait for lines that look like these of a page, in whatever order."""
        start, last, taken = self._heard, self._heard, set[int]()
        for sample in filter(str.strip, samples):
            self._heard = start
            self._hear(_pattern(sample), sample, taken)
            last = max(last, self._heard)
        self._heard = last

    def end(self, number: int | None = None) -> int:
        """End it by a signal, or by the end of its input; give the exit code."""
        if number is None:
            assert self.process.stdin is not None
            self.process.stdin.close()
        else:
            self.process.send_signal(number)
        code = self.process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        return code

    def dispose(self) -> None:
        """Kill it if it runs, and let go of its pipes."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()

    def _hear(self, pattern: re.Pattern[str], sample: str, taken: set[int] | None = None) -> str:
        deadline = time.monotonic() + DEADLINE_S
        later = _later_states(sample)
        with self._changed:
            while True:
                for place in range(self._heard, len(self.said)):
                    if place not in (taken or ()) and pattern.search(self.said[place]):
                        self._heard = place + 1
                        if taken is not None:
                            taken.add(place)
                        return self.said[place]
                    if later is not None and later.search(self.said[place]):
                        self._heard = place
                        return self.said[place]
                if self._ended or (left := deadline - time.monotonic()) <= 0:
                    raise AssertionError(f"{self.line!r} does not say {sample!r} after line {self._heard}: {self.said}")
                self._changed.wait(left)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            with self._changed:
                self.said.append(raw.decode("utf-8", "replace").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()


class Walk:
    """What a reader of a page does, on the reader's own machine.

    Args:
        folder: Where the clone and the home are made.
        page: Path of the page below the root of the repository.
    """

    def __init__(self, folder: Path, page: str) -> None:
        self.page = page
        self.address = own_address()
        self.clone, self.home = folder / "clone", folder / "home"
        self.environment: dict[str, str] = {"BABILU_PASSWORD": PASSWORD, "BABILU_RELAY_HOST": self.address}
        self._blocks = blocks_of(ROOT / page)
        self._at = 0
        self._talks: list[Talk] = []
        self._programs = folder / "bin"
        self._lay_out()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for talk in self._talks:
            talk.dispose()
        self._end_daemons()
        if kind is None:
            left = [block.splitlines()[0] for block in self._blocks[self._at :]]
            assert not left, f"nobody follows these blocks of {self.page}: {left}"

    def block(self, begins: str) -> str:
        """Take the next block of the page, which begins with these words; give it with the walk's own address."""
        assert self._at < len(self._blocks), f"{self.page} has no more blocks, and not {begins!r}"
        block = self._blocks[self._at]
        assert block.startswith(begins), f"{self.page}: after {self._at} blocks comes {block!r}, not {begins!r}"
        self._at += 1
        return block.replace("127.0.0.1", self.address).replace("0.0.0.0", self.address)

    def pass_over(self, begins: str, why: str) -> None:
        """Take the next block, and do nothing with it."""
        assert why
        self.block(begins)

    def typed_in_table(self, heading: str, column: int = 2) -> list[str]:
        """Give what a column of a table says to type, row by row, with the walk's own address."""
        lines = (ROOT / self.page).read_text().splitlines()
        start = next(place for place, line in enumerate(lines) if line.startswith("| ") and heading in line)
        typed: list[str] = []
        for line in lines[start + 2 :]:
            if not line.startswith("|"):
                break
            typed.extend(re.findall(r"`([^`]+)`", line.split("|")[column]))
        assert typed, heading
        return [words.replace("127.0.0.1", self.address) for words in typed]

    def shell(self, command: str, *, code: int | None = 0, typed: str = "") -> str:
        """Run a command to its end as a shell would, stopping at the first error; give what it said.

        Args:
            command: The lines.
            code: The exit code that is right; None for any.
            typed: What is typed meanwhile.
        """
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", command],
            cwd=self.clone,
            env=self._surroundings(),
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        assert code in {None, done.returncode}, f"{self.page}: {command!r} ended with {done.returncode}: {done.stdout}"
        assert "Traceback" not in done.stdout
        return done.stdout

    def open(self, command: str) -> Talk:
        """Start a command that goes on."""
        process = subprocess.Popen(
            ["bash", "-c", f"exec env {command}"],
            cwd=self.clone,
            env=self._surroundings(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        talk = Talk(command, process)
        self._talks.append(talk)
        return talk

    def write(self, name: str, text: str) -> Path:
        """Write a file of the reader's in the clone."""
        place = self.clone / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def relay(self, *options: str) -> Talk:
        """Start the relay that a page takes for granted, at the port of all pages."""
        words = shlex.join(["start", self.address, "5050", "100", *options])
        relay = self.open(f"python3 main.py {words}")
        relay.says("Babilu's relay listens at")
        return relay

    def _end_daemons(self) -> None:
        """Kill what a page left in the background: every process that has the walk's home."""
        mark = f"HOME={self.home}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    os.kill(int(folder.name), signal.SIGKILL)
            except OSError:
                continue

    def _surroundings(self) -> dict[str, str]:
        return surroundings(
            {
                "PATH": f"{self._programs}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(self.home),
                "XDG_DATA_HOME": None,
                "XDG_CONFIG_HOME": None,
                "PYTHONPATH": str(ROOT / "src"),
                **self.environment,
            }
        )

    def _lay_out(self) -> None:
        for folder in (self.clone, self.home, self._programs, self.clone / ".venv" / "bin"):
            folder.mkdir(parents=True)
        for name in COPIED:
            (self.clone / name).write_bytes((ROOT / name).read_bytes())
        for name in LINKED:
            (self.clone / name).symlink_to(ROOT / name)
        python = shlex.quote(sys.executable)
        for place, words in (
            (self._programs / "python3", python),
            (self._programs / "babilu", f"{python} -m babilu"),
            (self.clone / ".venv" / "bin" / "python", python),
        ):
            place.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
            place.chmod(0o755)


def lines_of(block: str) -> Sequence[str]:
    """Give the lines of a block that are not empty."""
    return [line for line in block.splitlines() if line.strip()]


def interrupt(talk: Talk) -> None:
    """End a program as Ctrl+C does."""
    assert talk.end(signal.SIGINT) in {0, 130}, talk.said


def _without_indent(block: list[str]) -> str:
    indent = min(len(line) - len(line.lstrip()) for line in block if line)
    return "\n".join(line[indent:] for line in block).rstrip()


def _later_states(sample: str) -> re.Pattern[str] | None:
    """Give what finds the line that says that the message of a sample has come further; None for other samples."""
    for place, state in enumerate(STATES[:-1]):
        if sample.strip().startswith(state):
            rest = sample.strip().removeprefix(state)
            return re.compile("|".join(_pattern(further + rest).pattern for further in STATES[place + 1 :]))
    return None


def _pattern(sample: str) -> re.Pattern[str]:
    """Give what finds a line like a sample: numbers, fingerprints and invitations are others each time."""
    marked = INVITATION.sub("\\1\x00i", sample.strip())
    marked = NUMBERS.sub("\x00n", HEXADECIMAL.sub("\x00h", marked))
    parts = {"n": r"\d+", "h": r"[0-9A-F]{4}", "i": r"\S+"}
    escaped = re.escape(marked).replace("…", ".*")
    return re.compile(re.sub(r"\\?\x00(.)", lambda found: parts[found[1]], escaped))
