"""A person over all runs of their client: it is started, killed and started again, and what every run said is kept."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from tests.e2e.processes import Event, JsonProcess, Processes

PAGE = 500
SETTLE_S = 120.0
MOST_UNCONFIRMED = 25


@dataclass(frozen=True)
class Kept:
    """A message in a history."""

    id: str
    text: str
    outgoing: bool
    state: str | None
    position: int


class Account:
    """One person.

    Args:
        name: What others call them.
        start: Starts their client.
        log: Where all runs write their log.
    """

    def __init__(self, name: str, start: Callable[[], JsonProcess], log: Path) -> None:
        self.name = name
        self.log = log
        self.runs: list[JsonProcess] = []
        self.kills = 0
        self.asked_now = 0
        self._tags = 0
        self._start = start
        self._lock = threading.Lock()

    @classmethod
    def registered(
        cls, processes: Processes, address: tuple[str, str], name: str, options: tuple[str, ...] = ()
    ) -> Self:
        """Register somebody at the relay of an address, and wait until they are online."""
        log = processes.folder / f"{name}.log"
        words = ("--log-file", str(log), "--log-level", "debug", *options)
        account = cls(name, lambda: processes.run("connect", *address, name, *words, home=name, ready=False), log)
        account.start()
        account.online()
        return account

    @property
    def now(self) -> JsonProcess:
        """The present run."""
        return self.runs[-1]

    def start(self) -> JsonProcess:
        """Start the client, and wait until its profile is open, however much else the machine has to do."""
        run = self._start()
        if not run.of("ready"):
            run.take("ready", SETTLE_S)
        with self._lock:
            self.runs.append(run)
            self.asked_now = 0
        return run

    def kill(self) -> None:
        """End the client without giving it a chance."""
        self.now.kill()
        self.kills += 1

    def online(self) -> None:
        """Wait until the present run has a link."""
        while not (links := self.now.of("link")) or links[-1]["state"] != "online":
            self.now.take("link", SETTLE_S)

    def say(self, to: str, text: str) -> None:
        """Ask for a message; whether it was committed, the client's `sent` will show."""
        with self._lock:
            if not self.runs:
                return
            self.asked_now += 1
            try:
                self.now.write(json.dumps({"do": "send", "to": to, "text": text}))
            except (BrokenPipeError, ValueError):
                return

    def backlog(self) -> int:
        """Count the messages that the present run was asked for and has not confirmed or refused."""
        with self._lock:
            return self.asked_now - self.now.count("sent") - self.now.count("error")

    def events(self, event: str) -> Iterator[Event]:
        """Give all events of a kind, of all runs, in order."""
        for run in self.runs:
            yield from run.of(event)

    def printed(self) -> list[Event]:
        """Give the messages that were shown, in order."""
        return list(self.events("message"))

    def ask(self, do: str, seconds: float = SETTLE_S, **members: object) -> Event:
        """Give an order and wait for what comes of it, be it an error."""
        self._tags += 1
        tag = f"ask-{self._tags}"
        self.now.do(do, tag=tag, **members)
        return self.now.take_any(seconds, tag=tag)

    def status(self) -> Event:
        """Ask how the client stands."""
        return self.ask("status")

    def settle(self, name: str, seconds: float = SETTLE_S) -> None:
        """Wait until everything sent to somebody has its receipt, or time is up: the ledger names what has none."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status = self.status()
            if not status["queued"] and not status["unsettled"] and not self.without_receipt(name):
                return
            self.now.wait_for_more(1.0)

    def without_receipt(self, name: str) -> list[Kept]:
        """Give what was sent to somebody and has not arrived, as far as its sender knows."""
        return [kept for kept in self.history(name) if kept.outgoing and kept.state not in {"delivered", "read"}]

    def history(self, name: str) -> list[Kept]:
        """Read all messages of the conversation with somebody, the oldest first; lines between them are none."""
        found: list[Kept] = []
        before: dict[str, Any] = {}
        while True:
            page = self.ask("history", name=name, n=PAGE, **before)
            if page["event"] == "error":
                assert page["code"] == "not_found", page
                return found
            found = [_kept(message) for message in page["messages"] if "kind" not in message] + found
            if not page["more_before"]:
                return found
            before = {"before": page["messages"][0]["position"]}


def _kept(message: Event) -> Kept:
    return Kept(message["id"], message["text"], message["outgoing"], message["state"], message["position"])


class Target(Protocol):
    """To whom messages go."""

    @property
    def name(self) -> str:
        """What its writer calls it; empty while there is nothing to write to."""


class Load:
    """Numbered messages from one person to another, or to a group, at an even pace, until it is stopped.

    It waits while too many are unconfirmed: a machine that is too slow for the pace is no fault of the program's.

    Args:
        source: Who writes.
        target: To whom.
        per_second: How many each second.
    """

    def __init__(self, source: Account, target: Target, per_second: float) -> None:
        self.sent = 0
        self._source = source
        self._target = target
        self._pause = 1 / per_second
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"load-{source.name}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._over.wait(max(0.0, due - time.monotonic())):
            name = self._target.name
            if not name or self._source.backlog() > MOST_UNCONFIRMED:
                due = time.monotonic() + self._pause
                continue
            self.sent += 1
            self._source.say(name, f"{self._source.name} {self.sent:06d}")
            due = max(due + self._pause, time.monotonic() - 1.0)
