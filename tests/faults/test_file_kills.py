"""Sender, reader and relay are killed while a file crosses: it arrives whole, and hardly anything crosses twice."""

import hashlib
import random
import threading
import time
from pathlib import Path

import pytest

from babilu.crypto.sealed_file import BLOCK_BYTES, sealed_size
from babilu.engine.files.exchange import MOST_PARTS
from babilu.engine.files.sources import AHEAD_AT_MOST
from tests.e2e.processes import DEADLINE_S, JsonProcess, Processes
from tests.faults.conftest import Record, Rounds, Times
from tests.faults.progress import RunningTest
from tests.faults.tools.proxy import Proxy, Way
from tests.faults.tools.town import Town

SHORT_BYTES, FULL_BYTES = 96 * 1024 * 1024, 1024 * 1024 * 1024
DIRECT_BYTES = 50 * 1024 * 1024
LONGEST_LIFE_S = 1.0
PATIENCE_S = 1_800.0
BESIDE = 0.02
"""What TLS, frames and all other mail take beside the file, as a part of it."""

LIMITS = "[limits]\nfile_bytes = 1100000000\naccount_file_bytes = 4000000000\nall_file_bytes = 40000000000\n"


def a_file(path: Path, size: int) -> str:
    """Write random bytes, and give their hash."""
    digest, chance = hashlib.sha256(), random.Random(7)
    with path.open("wb") as file:
        for _ in range(size // 65_536):
            part = chance.randbytes(65_536)
            digest.update(part)
            file.write(part)
    return digest.hexdigest()


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.timeout(3600)
def test_a_file_arrives_whole_however_often_sender_reader_and_relay_are_killed(
    processes: Processes, times: Times, rounds: Rounds, record: Record, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    size = FULL_BYTES if pytestconfig.getoption("--all-faults") else SHORT_BYTES
    configuration = tmp_path / "babilu.toml"
    configuration.write_text(LIMITS)
    options = ("--config", str(configuration))
    relay = processes.relay(*options)
    with Proxy((relay.host, int(relay.port))) as proxy:
        town = Town(processes, record, relay, proxy.words, relay_options=options)
        cross_under_kills(town, proxy, tmp_path, size, times(4, 100), rounds, record)


def cross_under_kills(
    town: Town, proxy: Proxy, folder: Path, size: int, kills: int, rounds: Rounds, record: Record
) -> None:
    """Have a file cross while everybody is killed, and judge it, and what crossed again."""
    town.greet()
    source, into = folder / "large.bin", folder / "into"
    expected = a_file(source, size)
    into.mkdir()
    before = dict(proxy.passed)
    sent = town.alice.ask("send", PATIENCE_S, to="bob", text="alice 000001", files=[str(source)])
    assert sent["event"] == "sent", sent
    message = town.bob.now.take("message", DEADLINE_S, id=sent["id"])
    town.bob.now.do("fetch", id=message["id"], into=str(into))
    chance = random.Random(3)
    for _ in rounds(kills):
        threading.Event().wait(chance.uniform(0, LONGEST_LIFE_S))
        victim = chance.choice(("alice", "bob", "relay"))
        if victim == "relay":
            town.kill_relay()
        else:
            account = town.alice if victim == "alice" else town.bob
            account.kill()
            account.start()
    saved = into / "large.bin"
    state = "fetching"
    while state == "fetching":
        threading.Event().wait(0.2)
        answer = town.bob.ask("history", name="alice")
        (found,) = (each for each in answer["messages"] if each["id"] == sent["id"])
        state = found["files"][0]["state"]
    assert state == "here", found
    assert hash_of(saved) == expected
    assert [path.name for path in into.iterdir()] == ["large.bin"]
    record(f"{kills} kills while {size} bytes crossed ({sealed_size(size) // BLOCK_BYTES} blocks): one file, whole")
    for way in Way:
        again = (proxy.passed[way] - before[way] - sealed_size(size)) / BLOCK_BYTES
        record(f"{way.value}: {again:.0f} blocks crossed again, or {again / kills:.1f} with each kill")
        # What was on its way when somebody was killed, and nothing of what had come.
        assert again <= kills * MOST_PARTS + BESIDE * size / BLOCK_BYTES
    town.judge(f"{kills} kills around a file")


def file_state(process: JsonProcess, conversation: str, message: str) -> str:
    """Tell how a message's file stands at somebody's."""
    process.do("history", name=conversation, tag="look")
    answer = process.take("history", PATIENCE_S, tag="look")
    (found,) = (each for each in answer["messages"] if each["id"] == message)
    return str(found["files"][0]["state"])


def moves(bob: JsonProcess, message: str, saved: Path) -> bool:
    """Wait until a file that is fetched moves once more; tells whether it does, or is here."""
    seen = len(bob.of("transfer", id=message, state="running"))
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and not saved.exists():
        if len(bob.of("transfer", id=message, state="running")) > seen:
            return True
        bob.wait_for_more(0.05)
    return False


@pytest.mark.timeout(1800)
def test_a_file_arrives_whole_without_a_relay_however_often_both_are_killed(
    processes: Processes, times: Times, running: RunningTest, record: Record, tmp_path: Path
) -> None:
    kills = times(4, 40)
    source, into = tmp_path / "large.bin", tmp_path / "into"
    expected = a_file(source, DIRECT_BYTES)
    into.mkdir()
    alice, bob = processes.peer("alice"), processes.peer("bob")
    host, _, port = str(alice.of("listening")[0]["address"]).rpartition(":")
    bob_port = str(bob.of("listening")[0]["address"]).rpartition(":")[2]
    with Proxy((host, int(port))) as proxy:
        bob.do("call", ip=proxy.address[0], port=proxy.address[1])
        alice.do("accept", id=alice.take("request", name="bob")["id"])
        bob.take("peer", name="alice", state="connected")
        alice.do("send", to="bob", files=[str(source)])
        message = str(alice.take("sent", PATIENCE_S)["id"])
        bob.take("message", id=message)
        before = proxy.passed[Way.DOWN]
        bob.do("fetch", id=message, into=str(into))
        chance = random.Random(5)
        killed = 0
        while killed < kills and moves(bob, message, into / "large.bin"):
            killed += 1
            running.note(killed, kills)
            # The kill falls into the middle of it.
            threading.Event().wait(chance.uniform(0, LONGEST_LIFE_S / 20))
            if chance.choice((True, False)):
                alice.kill()
                alice = processes.peer("alice", port=port)
            else:
                bob.kill()
                bob = processes.peer("bob", port=bob_port)
        while file_state(bob, "alice", message) == "fetching":
            threading.Event().wait(0.2)
        assert file_state(bob, "alice", message) == "here"
        again = (proxy.passed[Way.DOWN] - before - sealed_size(DIRECT_BYTES)) / BLOCK_BYTES
        # Where the word of it got lost with one of them, it is asked for when both are connected.
        bob.do("call", ip=proxy.address[0], port=proxy.address[1], name="alice")
        while file_state(alice, "bob", message) == "waiting":
            threading.Event().wait(0.2)
        assert file_state(alice, "bob", message) == "sent"
    assert hash_of(into / "large.bin") == expected
    assert [path.name for path in into.iterdir()] == ["large.bin"]
    record(f"{killed} kills while {DIRECT_BYTES} bytes crossed directly: {again / killed:.1f} blocks again with each")
    assert killed >= min(kills, 4)
    assert again <= killed * AHEAD_AT_MOST + BESIDE * DIRECT_BYTES / BLOCK_BYTES
