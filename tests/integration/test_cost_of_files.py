"""What small files cost each: waits for the disk, statements and jobs are counted, and so the same on every machine."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api import events
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.threads import Worker
from babilu.kernel.limits import FILES_OF_MESSAGE
from babilu.kernel.states import TransferState
from babilu.store.database import Database
from babilu.store.statements import Statements
from tests.integration.engine.party import Party, parties_at
from tests.integration.engine.relays import running_relay

FILES = FILES_OF_MESSAGE

COUNTED: dict[str, tuple[tuple[Any, str], ...]] = {
    "commits": ((Database, "_take_turn"),),
    "snapshots": ((Database, "read"),),
    "statements": tuple((Statements, method) for method in ("one", "all", "run", "insert", "run_many")),
    "syncs": ((os, "fsync"),),
    "jobs": ((Worker, "post"),),
    "crossings": ((LoopThread, "run"), (LoopThread, "call")),
}

SENT = {"commits": 1.0, "snapshots": 1.0, "statements": 26.0, "syncs": 3.3, "jobs": 1.5, "crossings": 1.2}
"""Most for each file that is sealed, sent and brought to the relay, both clients counted: a tenth of its message is in
it. Three syncs are the sender's, the relay's, and that of a folder of the relay; databases sync besides."""

FETCHED = {"commits": 2.0, "snapshots": 10.0, "statements": 36.0, "syncs": 2.0, "jobs": 4.0, "crossings": 3.0}
"""Most for each file that is fetched, also where the machine is slow and few of them come together."""


@pytest.fixture
def parties(tmp_path: Path) -> Iterator[tuple[Party, Party]]:
    with running_relay(tmp_path / "relay") as house, parties_at(house.address, tmp_path) as opened:
        yield opened("alice"), opened("bob")


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    found: Counter[str] = Counter()
    lock = threading.Lock()

    def counting(what: str, function: Callable[..., object]) -> Callable[..., object]:
        def counted(*given: Any, **named: Any) -> object:
            with lock:
                found[what] += 1
            return function(*given, **named)

        return counted

    for what, functions in COUNTED.items():
        for owner, name in functions:
            monkeypatch.setattr(owner, name, counting(what, getattr(owner, name)))
    return found


def more_than(counts: Counter[str], most: dict[str, float]) -> dict[str, float]:
    return {what: counts[what] / FILES for what in most if counts[what] > most[what] * FILES}


def test_small_files_wait_together(parties: tuple[Party, Party], tmp_path: Path, counts: Counter[str]) -> None:
    alice, bob = parties
    paths = [tmp_path / f"{place}.bin" for place in range(FILES)]
    for path in paths:
        path.write_bytes(os.urandom(10_000))
    alice.send("bob", "hello")
    bob.hear(events.MessageArrived)
    bob.send("alice", "hello")
    alice.until_arrived("bob", ["hello"])

    counts.clear()
    alice.ask(c.Send("bob", "", files=tuple(map(str, paths))))
    message = bob.hear(events.MessageArrived, lambda event: bool(event.message.files)).message
    alice.until(lambda: moved(alice) == FILES, "files at the relay")
    assert more_than(counts, SENT) == {}

    counts.clear()
    answers = [bob.client.request(c.FetchFile(message.id, index)) for index in range(FILES)]
    for answer in answers:
        answer.result(30)
    assert more_than(counts, FETCHED) == {}
    assert moved(bob) == FILES


def moved(party: Party) -> int:
    return sum(event.state is TransferState.DONE for event in party.of(events.FileTransfer))
