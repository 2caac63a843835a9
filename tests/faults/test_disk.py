"""Killed at each sync, out of space, or with a disk that fails: what was accepted is on the disk before it is said."""

import contextlib
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.processes import JsonProcess, Processes
from tests.faults.conftest import Record
from tests.faults.tools.account import Account
from tests.faults.tools.ledger import balance
from tests.faults.tools.town import Town
from tests.faults.tools.tracer import (
    READS,
    SENDS,
    SYNCS,
    WRITES,
    failing,
    killing,
    needs_strace,
    read_trace,
    spoken_before_sync,
    thread_states,
    threads_of,
    tracing,
)

pytestmark = [needs_strace, pytest.mark.timeout(3600)]

PATIENCE_S = 20.0
DISK_BYTES = 8 * 1024 * 1024


class Letters:
    """Numbered messages from alice to bob, one at a time."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.number = 0

    def warm(self) -> None:
        """Have one message delivered, so that every thread which takes part is there."""
        self.post()
        assert self.arrived([]), self.town.bob.now.describe()

    def post(self) -> None:
        """Ask for the next message."""
        self.number += 1
        self.town.alice.say("bob", f"alice {self.number:06d}")

    def arrived(self, watched: list[JsonProcess]) -> bool:
        """Wait until the last message is shown and alice knows it, or until a watched process is dead: then False."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if any(process.process.poll() is not None for process in watched):
                return False
            if self._known():
                return True
            self.town.alice.now.wait_for_more(0.05)
        bob = self.town.bob.now
        states = thread_states(bob.process.pid)
        raise AssertionError(f"{self.town.alice.now.describe()}\n{bob.describe()}\nthreads of bob: {states}")

    def _known(self) -> bool:
        sent = self.town.alice.now.of("sent", to="bob")
        return (
            len(sent) > 0
            and bool(self.town.alice.now.of("state", id=sent[-1]["id"], state="delivered"))
            and (len(self.town.alice.now.of("sent")) >= self.town.alice.asked_now)
        )


def _spots(pid: int, calls: str, letters: Letters, folder: Path) -> dict[int, int]:
    """Count the calls that one message costs each thread of a process, by the thread's place in the order of age."""
    output = folder / "count.trace"
    threads = threads_of(pid)
    with tracing(pid, calls, output):
        letters.post()
        letters.arrived([])
    spots: dict[int, int] = {}
    for call in read_trace(output.read_text().splitlines()):
        if call.thread in threads:
            place = threads.index(call.thread)
            spots[place] = spots.get(place, 0) + 1
    return spots


@pytest.mark.parametrize("calls", [SYNCS, pytest.param(WRITES, marks=pytest.mark.long)], ids=["syncs", "writes"])
@pytest.mark.parametrize("whose", ["bob", *(pytest.param(each, marks=pytest.mark.long) for each in ("alice", "relay"))])
def test_killed_at_each_call_to_the_disk_nothing_is_lost_or_doubled(
    processes: Processes, record: Record, whose: str, calls: str, pytestconfig: pytest.Config
) -> None:
    town = Town(processes, record)
    letters = Letters(town)
    letters.warm()
    letters.warm()
    spots = _spots(_process(town, whose).process.pid, calls, letters, processes.folder)
    assert spots
    kills = 0
    for place, count in spots.items():
        most = count if pytestconfig.getoption("--all-faults") else min(count, 2)
        for nth in range(1, most + 1):
            kills += _kill_at(town, letters, whose, place, calls, nth)
    assert kills
    town.alice.settle("bob")
    books = balance(f"{kills} kills of {whose} at {calls}", town.alice, town.bob)
    record(books.line())
    assert not books.faults, "\n".join(books.faults)


def _process(town: Town, whose: str) -> JsonProcess:
    match whose:
        case "alice":
            return town.alice.now
        case "bob":
            return town.bob.now
        case _:
            return town.relay


def _kill_at(town: Town, letters: Letters, whose: str, place: int, calls: str, nth: int) -> int:
    letters.warm()
    process = _process(town, whose)
    threads = threads_of(process.process.pid)
    if place >= len(threads):
        return 0
    # What a message costs goes on after its sender has the receipt: the blow may fall then, too.
    with killing(threads[place], calls, nth, town.processes.folder / "kill.trace") as blow:
        letters.post()
        letters.arrived([process])
    if blow.doubtful:
        process.process.kill()
    elif not blow.struck:
        return 0
    process.wait()
    _revive(town, whose)
    return 1


def _revive(town: Town, whose: str) -> None:
    match whose:
        case "alice" | "bob":
            victim: Account = town.alice if whose == "alice" else town.bob
            victim.kill()
            victim.start()
        case _:
            town.kill_relay()
    town.alice.online()
    town.bob.online()
    town.alice.settle("bob")


@pytest.mark.parametrize(
    ("whose", "calls", "error"),
    [
        ("relay", WRITES, "ENOSPC"),
        pytest.param("relay", SYNCS, "EIO", marks=pytest.mark.long),
        ("alice", WRITES, "ENOSPC"),
        pytest.param("alice", SYNCS, "EIO", marks=pytest.mark.long),
        pytest.param("bob", WRITES, "ENOSPC", marks=pytest.mark.long),
        pytest.param("bob", SYNCS, "EIO", marks=pytest.mark.long),
    ],
)
def test_a_disk_that_is_full_or_fails_for_a_while_loses_nothing(
    processes: Processes, record: Record, whose: str, calls: str, error: str
) -> None:
    town = Town(processes, record)
    letters = Letters(town)
    letters.warm()
    process = _process(town, whose)
    with failing(process.process.pid, calls, error, 2):
        for _ in range(5):
            letters.post()
            threading.Event().wait(0.3)
    assert process.process.poll() is None, process.describe()
    if whose == "alice":
        refused = {event["code"] for event in town.alice.now.of("error") if event.get("do") == "send"}
        assert refused <= {"disk_full", "unavailable"}, refused
    letters.post()
    town.alice.online()
    town.bob.online()
    town.alice.settle("bob")
    books = balance(f"{error} at {calls} of {whose}", town.alice, town.bob)
    record(books.line())
    faults = [fault for fault in books.faults if not _is_expected(fault)]
    assert not faults, "\n".join(faults)
    assert books.kept >= 2


def _is_expected(fault: str) -> bool:
    # The failing disk may be named in the log, and nothing else.
    return any(word in fault for word in ("disk_full", "unavailable"))


@pytest.mark.long
@pytest.mark.parametrize("whose", ["alice", "bob", "relay"])
def test_a_small_disk_that_somebody_else_fills_up_loses_nothing_and_goes_on_when_there_is_room(
    processes: Processes, record: Record, whose: str
) -> None:
    with _small_disk(processes.home(whose)) as disk:
        town = Town(processes, record)
        letters = Letters(town)
        letters.warm()
        hog = disk / "hog"
        with contextlib.suppress(OSError), hog.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                continue
        for _ in range(5):
            letters.post()
            threading.Event().wait(0.3)
        process = _process(town, whose)
        assert process.process.poll() is None, process.describe()
        hog.unlink()
        letters.post()
        town.alice.online()
        town.bob.online()
        town.alice.settle("bob")
        books = balance(f"a full disk of {whose}", town.alice, town.bob)
        record(books.line())
        faults = [fault for fault in books.faults if not _is_expected(fault)]
        assert not faults, "\n".join(faults)
        assert books.kept >= 2
        for each in (town.alice.now, town.bob.now, town.relay):
            each.kill()


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    """Mount a disk of a few megabytes in memory, where that is allowed."""
    folder.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0700", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_nothing_is_answered_or_acknowledged_before_it_is_synced(
    processes: Processes, record: Record, tmp_path: Path
) -> None:
    town = Town(processes, record)
    letters = Letters(town)
    letters.warm()
    letters.warm()
    calls = ",".join(sorted({*READS, *SENDS, *SYNCS.split(","), WRITES}))
    relay_trace, bob_trace = tmp_path / "relay.trace", tmp_path / "bob.trace"
    with tracing(town.relay.process.pid, calls, relay_trace), tracing(town.bob.now.process.pid, calls, bob_trace):
        letters.warm()
        letters.warm()
    for name, path in (("relay", relay_trace), ("client", bob_trace)):
        traced = read_trace(path.read_text().splitlines())
        syncs = [call for call in traced if call.target.endswith("-wal") and call.name in SYNCS.split(",")]
        said = [call for call in traced if "TCP" in call.target or "socket" in call.target]
        record(f"{name}: {len(traced)} calls, {len(syncs)} syncs of its log, {len(said)} calls on sockets")
        assert syncs
        assert said
        checked, offences = spoken_before_sync(traced)
        record(f"{name}: {checked} answers, {len(offences)} before the sync")
        assert checked
        assert not offences, offences


def test_the_judge_of_traces_sees_an_answer_that_comes_before_its_sync() -> None:
    lines = [
        "7 1.000001 recvfrom(9<TCP:[5]>, ..., 100, 0, NULL, NULL) = 40",
        "8 1.000002 pwrite64(4</r/relay.db-wal>, ..., 4096, 32) = 4096",
        "8 1.000003 fdatasync(4</r/relay.db-wal> <unfinished ...>",
        "7 1.000004 sendto(9<TCP:[5]>, ..., 30, 0, NULL, 0) = 30",
        "8 1.000005 <... fdatasync resumed>) = 0",
    ]
    checked, offences = spoken_before_sync(read_trace(lines))
    assert (checked, [call.name for call in offences]) == (1, ["sendto"])
    right = [lines[0], lines[1], lines[2], lines[4], lines[3].replace("1.000004", "1.000006")]
    assert spoken_before_sync(read_trace(right)) == (1, [])
