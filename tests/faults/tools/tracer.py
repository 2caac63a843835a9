"""System calls of a running process, seen and spoiled from outside: killed at the k-th, or made to fail.

`strace` counts calls for each thread by itself; whoever wants the k-th sync of a process goes through its threads.
"""

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ATTACH_S = 10.0
SYNCS = "fsync,fdatasync"
WRITES = "pwrite64"

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


def threads_of(pid: int) -> list[int]:
    """Give the threads of a process, the oldest first."""
    return sorted(int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir())


def thread_states(pid: int) -> dict[int, str]:
    """Give what the threads of a process do, in the system's letters: a ``t`` is one that a tracer has left stopped."""
    states = {}
    for thread in threads_of(pid):
        stat = Path(f"/proc/{pid}/task/{thread}/stat").read_text()
        states[thread] = stat.rpartition(")")[2].split()[0]
    return states


class Tracer:
    """A running strace; it lets go of the process at `detach`."""

    def __init__(self, pid: int, options: Sequence[str], *, follow: bool = True) -> None:
        # With `-f` all threads are attached to, without it one.
        command = ["strace", *(["-f"] if follow else []), "-p", str(pid), "-s", "0", "-y", "-ttt", *options]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self._attached = threading.Event()
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, name="strace-stderr")
        self._reader.start()
        if not self._attached.wait(ATTACH_S) or "attached" not in self.said[0]:
            self.detach()
            pytest.skip(f"strace cannot attach here: {self.said}")

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.said.append(line.decode("utf-8", "replace").rstrip())
            self._attached.set()
        self._attached.set()

    def detach(self) -> None:
        """Let the process run freely again."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        self._process.wait(ATTACH_S)
        self._reader.join(ATTACH_S)
        assert self._process.stderr is not None
        self._process.stderr.close()


@contextmanager
def tracing(pid: int, calls: str, output: Path) -> Iterator[None]:
    """Write down the system calls of all threads of a process meanwhile."""
    tracer = Tracer(pid, ["-o", str(output), "-e", f"trace={calls}"])
    try:
        yield
    finally:
        tracer.detach()


@dataclass
class Blow:
    """A kill that waits for its moment.

    Attributes:
        struck: Whether the moment came; known once the tracer has let go.
        doubtful: Whether the tracer let go amid a call: then nobody knows, and the process may die a moment later.
    """

    struck: bool = False
    doubtful: bool = False


@contextmanager
def killing(thread: int, calls: str, nth: int, output: Path) -> Iterator[Blow]:
    """Have the process killed at the n-th of these calls that one of its threads makes."""
    options = ["-o", str(output), "-e", f"trace={calls}", "-e", f"inject={calls}:signal=SIGKILL:when={nth}"]
    tracer = Tracer(thread, options, follow=False)
    blow = Blow()
    try:
        yield blow
    finally:
        tracer.detach()
        # A call that never returned was struck, even where the tracer had no time left to write of the death.
        lines = output.read_text().splitlines()
        blow.struck = any(line.endswith(("= ?", "killed by SIGKILL +++")) for line in lines)
        blow.doubtful = not blow.struck and any(line.endswith("<detached ...>") for line in lines)


@contextmanager
def failing(pid: int, calls: str, error: str, nth: int) -> Iterator[None]:
    """Let these calls fail, in each thread from the n-th on, until the end."""
    options = ["-o", os.devnull, "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}:when={nth}+"]
    tracer = Tracer(pid, options)
    try:
        yield
    finally:
        tracer.detach()


@dataclass(frozen=True)
class Call:
    """One system call.

    Attributes:
        thread: Who made it.
        name: Its name.
        target: What its descriptor leads to.
        begun: When it was made, in seconds.
        ended: When it returned.
        result: What it returned, or None where that is no number.
    """

    thread: int
    name: str
    target: str
    begun: float
    ended: float
    result: int | None


_WHOLE = re.compile(r"^(?:(\d+) +)?(\d+\.\d+) (\w+)\((?:\d+<(.*?)>)?.*= (-?\d+|\?)")
_BEGUN = re.compile(r"^(?:(\d+) +)?(\d+\.\d+) (\w+)\((?:\d+<(.*?)>)?.*<unfinished \.\.\.>$")
_RESUMED = re.compile(r"^(?:(\d+) +)?(\d+\.\d+) <\.\.\. (\w+) resumed>.*= (-?\d+|\?)")


def read_trace(lines: Sequence[str]) -> list[Call]:
    """Read what strace wrote with ``-f -y -ttt``; calls in the order in which they returned."""
    calls: list[Call] = []
    begun: dict[str | None, tuple[float, str]] = {}
    for line in lines:
        if match := _BEGUN.match(line):
            begun[match[1]] = (float(match[2]), match[4] or "")
        elif match := _RESUMED.match(line):
            since, target = begun.pop(match[1], (float(match[2]), ""))
            calls.append(Call(int(match[1] or 0), match[3], target, since, float(match[2]), _number(match[4])))
        elif match := _WHOLE.match(line):
            moment = float(match[2])
            calls.append(Call(int(match[1] or 0), match[3], match[4] or "", moment, moment, _number(match[5])))
    return calls


def _number(text: str) -> int | None:
    return None if text == "?" else int(text)


def spoken_before_sync(calls: Sequence[Call]) -> tuple[int, list[Call]]:
    """Find what was said on a socket while something that was heard before was written and not synced.

    From each read of a socket that brought something on, the next write on that same socket must come after a write to
    the write-ahead log and after a sync of it that began later.

    Returns:
        How many answers there were, and those that came too early.
    """
    checked = 0
    offences: list[Call] = []
    heard: dict[str, float] = {}
    written: float | None = None
    synced: float | None = None
    for call in calls:
        is_log = call.target.endswith("-wal")
        is_socket = "TCP" in call.target or "socket" in call.target
        if is_socket and call.name in READS and (call.result or 0) > 0:
            heard.setdefault(call.target, call.ended)
        elif is_log and call.name.startswith("pwrite"):
            written = call.ended
        elif is_log and call.name in {"fsync", "fdatasync"} and call.result == 0:
            synced = call.ended if written is not None and call.begun >= written else synced
        elif is_socket and call.name in SENDS and (call.result or 0) > 0:
            since = heard.pop(call.target, None)
            checked += since is not None
            if since is not None and (synced is None or synced < since):
                offences.append(call)
    return checked, offences


READS = frozenset({"read", "recvfrom", "recvmsg", "readv"})
SENDS = frozenset({"write", "writev", "sendto", "sendmsg"})
"""The calls by which bytes reach and leave a socket."""
