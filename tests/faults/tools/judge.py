"""The common judge: whatever is thrown at a process, it lives, keeps its memory, and others chat on without delay."""

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
        self._peak = 0
        self._before = 0
        self._error: AssertionError | None = None
        self._thread = threading.Thread(target=self._chat, name="bystanders")

    def __enter__(self) -> Self:
        self._before = self._peak = resident_bytes(self._watched.process.pid)
        self._thread.start()
        return self

    @property
    def messages(self) -> int:
        """How many messages the bystanders have exchanged."""
        return len(self._latencies)

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        self._over.set()
        self._thread.join()
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

    def _judge(self) -> None:
        if self._error is not None:
            raise self._error
        assert self._watched.process.poll() is None, self._watched.describe()
        ordered = sorted(self._latencies)
        p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        growth = self._peak - self._before
        self.verdict = (
            f"{self._title}: bystanders' p99 {p99 * 1000:.0f} ms over {len(ordered)} messages,"
            f" memory grew by {growth / 2**20:.1f} MiB"
        )
        assert growth <= GROWTH_BYTES, self.verdict
        assert p99 <= P99_S, self.verdict
        told = [line for line in self._watched.errors if "Traceback" in line or "ERROR" in line]
        assert not told, told
