"""The common judge: whatever is thrown at a process, it lives, keeps its memory, and others chat on without delay.

Delay is what the attacked process adds: a witness that only sleeps and wakes tells how long anybody has to wait for a
processor meanwhile, and each hop of a message may wait as long.
"""

import os
import threading
import time
from pathlib import Path
from typing import Self

from tests.e2e.processes import JsonProcess
from tests.faults.tools.account import Account

ANSWER_S = 5.0
"""Within this time an attacker is told an error or sees the connection closed."""

GROWTH_BYTES = 64 * 1024 * 1024
P99_S = 1.0
PAUSE_S = 0.1
WITNESS_S = 0.02

HOPS = 8
"""Threads that take a message from its sender's standard input to its recipient's standard output, one by one."""


def resident_bytes(pid: int) -> int:
    """Read how much memory a process has resident."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


class Judge:
    """Watches a process and a pair of bystanders from its entry to its exit, and judges then.

    Args:
        title: What is done meanwhile.
        watched: Whom it is done to.
        bystanders: Two people who know each other; the first writes to the second all the time.

    Attributes:
        verdict: One line, once it is over.
    """

    def __init__(self, title: str, watched: JsonProcess, bystanders: tuple[Account, Account]) -> None:
        self.verdict = ""
        self._title = title
        self._watched = watched
        self._from, self._to = bystanders
        self._over = threading.Event()
        self._latencies: list[float] = []
        self._waits: list[float] = []
        self._peak = 0
        self._before = 0
        self._error: AssertionError | None = None
        self._thread = threading.Thread(target=self._chat, name="bystanders")
        self._witness = threading.Thread(target=self._watch, name="witness")

    def __enter__(self) -> Self:
        self._before = self._peak = resident_bytes(self._watched.process.pid)
        self._thread.start()
        self._witness.start()
        return self

    @property
    def messages(self) -> int:
        """How many messages the bystanders have exchanged."""
        return len(self._latencies)

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        self._over.set()
        self._thread.join()
        self._witness.join()
        if kind is None:
            self._judge()

    def _chat(self) -> None:
        number = 0
        while not self._over.wait(PAUSE_S) or number == 0:
            number += 1
            text = f"{self._title} {number:05d}"
            begun = time.monotonic()
            self._from.say(self._to.name, text)
            try:
                self._to.now.take("message", text=text)
            except AssertionError as error:
                self._error = error
                return
            self._latencies.append(time.monotonic() - begun)
            if self._watched.process.poll() is None:
                self._peak = max(self._peak, resident_bytes(self._watched.process.pid))

    def _watch(self) -> None:
        begun = time.monotonic()
        while not self._over.wait(WITNESS_S):
            now = time.monotonic()
            self._waits.append(max(0.0, now - begun - WITNESS_S))
            begun = now

    def _judge(self) -> None:
        if self._error is not None:
            raise self._error
        assert self._watched.process.poll() is None, self._watched.describe()
        p99, wait = _p99(self._latencies), _p99(self._waits or [0.0])
        growth = self._peak - self._before
        self.verdict = (
            f"{self._title}: bystanders' p99 {p99 * 1000:.0f} ms over {self.messages} messages,"
            f" memory grew by {growth / 2**20:.1f} MiB, a processor was waited for {wait * 1000:.0f} ms"
        )
        assert growth <= GROWTH_BYTES, self.verdict
        assert p99 <= P99_S + HOPS * wait, self.verdict
        told = [line for line in self._watched.errors if "Traceback" in line or "ERROR" in line]
        assert not told, told


def _p99(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
