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
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import FILES_OF_MESSAGE
from babilu.kernel.states import MessageState, TransferState
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

SENT = {"commits": 1.5, "snapshots": 1.5, "statements": 32.0, "syncs": 3.5, "jobs": 2.0, "crossings": 1.5}
"""Most for each file that is sealed, sent and brought to the relay, both clients counted: a tenth of its message and of
the receipt is in it. Three syncs are the sender's, the relay's, and that of a folder of the relay; databases
sync besides."""

FETCHED = {"commits": 2.5, "snapshots": 10.0, "statements": 36.0, "syncs": 2.5, "jobs": 5.0, "crossings": 4.0}
"""Most for each file that is fetched, also where the machine is so slow that each of them comes alone."""


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
    alice.until(lambda: moved(alice) == FILES and was_delivered(alice, message.id), "files at the relay, and a receipt")
    assert more_than(counts, SENT) == {}

    counts.clear()
    answers = [bob.client.request(c.FetchFile(message.id, index)) for index in range(FILES)]
    for answer in answers:
        answer.result(30)
    assert more_than(counts, FETCHED) == {}
    assert moved(bob) == FILES


def was_delivered(party: Party, message: MessageId) -> bool:
    states = [event.state for event in party.of(events.MessageStateChanged) if event.message == message]
    return MessageState.DELIVERED in states


def moved(party: Party) -> int:
    return sum(event.state is TransferState.DONE for event in party.of(events.FileTransfer))
