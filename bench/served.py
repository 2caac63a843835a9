"""A server under test is a tree of processes on one core; what it has used is read from /proc, never asked of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.machine import on_core

ROOT = Path(__file__).resolve().parents[1]
FAREWELL_S = 30.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    """A server that is running.

    Attributes:
        pid: Its process, the root of its tree.
        address: Where it listens.
        beside: First processes of what it works with, which count, too, each with the name of its part: other nodes, a
            database, a bus.
        others: Where other nodes of it listen.
    """

    pid: int
    address: tuple[str, int]
    beside: tuple[tuple[str, int], ...] = ()
    others: tuple[tuple[str, int], ...] = ()

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Where its nodes listen."""
        return (self.address, *self.others)

    def cpu_seconds(self) -> float:
        """Return the processor time that its processes have used, in user and kernel mode."""
        return sum(self.cpu_by_part().values())

    def cpu_by_part(self) -> dict[str, float]:
        """Return the same for each of its parts, which is one where it works with nothing else."""
        used: dict[str, float] = {}
        for part, pid in (("nodes", self.pid), *self.beside):
            ticks = sum(map(_cpu_ticks, _tree([pid])))
            if pid != self.pid:
                # What those processes of a database have used that have ended, as such that tidy up.
                ticks += _cpu_ticks(pid, first=13)
            used[part] = used.get(part, 0.0) + ticks / TICKS_A_SECOND
        return used

    def resident_kib(self) -> int:
        """Return the memory that its processes have resident; what those of a database share is counted for each."""
        return sum(map(_resident_kib, _tree([self.pid, *(pid for _, pid in self.beside)])))


@contextmanager
def process(
    command: list[str], core: int | None, *, graceful: bool, stdin: int | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """Run a program in a session of its own until the end of the block, then end it and its children."""
    with on_core(core):
        started = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM if graceful else signal.SIGKILL)
        # What was measured counts, however long a server takes to end.
        with suppress(subprocess.TimeoutExpired):
            started.wait(FAREWELL_S)
        # Whatever it has left behind is in its session; a group that is gone already is as good.
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        if started.stdout is not None:
            started.stdout.close()


@contextmanager
def our_server(what: str, home: Path, core: int | None) -> Iterator[Served]:
    """Run one of the servers of `bench.serve`: the relay or a floor."""
    with serve(what, core, str(home)) as (pid, port):
        yield Served(pid, ("127.0.0.1", port))


@contextmanager
def serve(what: str, core: int | None, *arguments: str) -> Iterator[tuple[int, int]]:
    """Run `bench.serve` and give its process and port."""
    command = [sys.executable, str(ROOT / "bench" / "serve.py"), what, *arguments]
    with process(command, core, graceful=what == "babilu") as started:
        told = "" if started.stdout is None else started.stdout.readline()
        yield started.pid, int(told)


def _cpu_ticks(pid: int, first: int = 11) -> int:
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return int(fields[first]) + int(fields[first + 1]) if fields else 0


def _tree(roots: list[int]) -> list[int]:
    found, at = list(roots), 0
    while at < len(found):
        found += _children(found[at])
        at += 1
    return found


def _resident_kib(pid: int) -> int:
    lines = _read(pid, "status").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


def _children(pid: int) -> list[int]:
    return [int(child) for child in _read(pid, f"task/{pid}/children").split()]


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
