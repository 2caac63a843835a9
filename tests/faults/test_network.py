"""The network between clients and relay delays, dribbles, cuts, resets and stalls: what was accepted arrives once."""

import random
import threading
import time

import pytest

from tests.e2e.processes import Processes
from tests.faults.conftest import Record, Rounds, Times
from tests.faults.tools.account import Account
from tests.faults.tools.ledger import balance
from tests.faults.tools.proxy import Clean, Fault, Proxy, Silent, fault_of
from tests.faults.tools.town import Town

FAULT_S = 1.0
UNAVAILABLE = 5
NOTICED_S = 75.0


@pytest.mark.timeout(7200)
def test_what_was_accepted_arrives_once_over_any_fault_of_the_network(
    processes: Processes, times: Times, rounds: Rounds, record: Record
) -> None:
    relay = processes.relay()
    seeds = times(6, 1000)
    with Proxy((relay.host, int(relay.port))) as proxy:
        town = Town(processes, record, relay, proxy.words)
        town.greet()
        with town.chatting(20):
            for seed in rounds(seeds):
                # Both clients meet the seed's faults on their next two connections each, and then none.
                faults: list[Fault] = [fault_of(4 * seed + each) for each in range(4)]
                proxy.spoil(lambda number, faults=faults: faults[number] if number < 4 else Clean())  # type: ignore[misc]
                threading.Event().wait(random.Random(seed).uniform(0, FAULT_S))
        proxy.spoil(lambda _: Clean())
        town.judge(f"{seeds} seeds of the proxy")


@pytest.mark.timeout(7200)
def test_what_was_accepted_arrives_once_while_both_routes_come_and_go(
    processes: Processes, times: Times, rounds: Rounds, record: Record
) -> None:
    relay = processes.relay()
    changes = times(4, 200)
    with Proxy((relay.host, int(relay.port))) as line:
        town = Town(processes, record, relay, line.words, ("--listen", "127.0.0.1:0"))
        town.greet()
        host, _, port = str(town.bob.now.of("listening")[0]["address"]).rpartition(":")
        with Proxy((host, int(port))) as cable:
            town.alice.now.do("call", ip=cable.address[0], port=cable.address[1], name="bob")
            town.alice.now.take("peer", name="bob", state="connected")
            with town.chatting(20):
                for seed in rounds(changes):
                    chance = random.Random(seed)
                    way, fault = chance.choice([line, cable]), fault_of(seed)
                    threading.Event().wait(chance.uniform(0.5, 0.5 + FAULT_S))
                    way.spoil(lambda number, fault=fault: fault if number == 0 else Clean())  # type: ignore[misc]
            for way in (line, cable):
                way.spoil(lambda _: Clean())
            town.judge(f"{changes} changes of two routes")
    directly = [event for event in (*town.alice.printed(), *town.bob.printed()) if event["route"] == "direct"]
    record(f"{len(directly)} messages came directly, the others by the relay")
    assert directly


def test_ten_messages_wait_for_somebody_who_is_away_through_the_death_of_the_relay(
    processes: Processes, record: Record
) -> None:
    town = Town(processes, record)
    town.alice.say("bob", "first")
    town.bob.now.take("message", text="first")
    town.alice.settle("bob")
    town.bob.kill()
    ids = [town.alice.now.send("bob", f"letter {number:02d}") for number in range(10)]
    for each in ids:
        town.alice.now.take("state", id=each, state="held")
    town.alice.now.end_input()
    assert town.alice.now.wait() == 0
    town.kill_relay()
    town.bob.start()
    texts = [town.bob.now.take("message")["text"] for _ in ids]
    assert texts == [f"letter {number:02d}" for number in range(10)]
    town.alice.start()
    town.alice.settle("bob")
    books = balance("ten letters", town.alice, town.bob)
    record(books.line())
    assert not books.faults


@pytest.mark.long
def test_a_relay_that_accepts_and_says_nothing_is_unavailable_at_the_first_use(processes: Processes) -> None:
    relay = processes.relay()
    with Proxy((relay.host, int(relay.port)), lambda _: Silent()) as proxy:
        client = processes.run("connect", *proxy.words, "alice", home="alice", ready=False)
        error = client.take("error", fatal=True)
        assert error["code"] == "unavailable"
        assert client.wait() == UNAVAILABLE
        assert not client.garbage


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_relay_that_falls_silent_is_noticed_within_its_deadline_and_what_waited_is_sent(
    processes: Processes, record: Record
) -> None:
    relay = processes.relay()
    with Proxy((relay.host, int(relay.port))) as proxy:
        town = Town(processes, record, relay, proxy.words)
        town.greet()
        proxy.freeze()
        begun = time.monotonic()
        town.alice.say("bob", "alice 000001")
        town.alice.now.take("link", state="offline", seconds=NOTICED_S)
        record(f"silence was noticed after {time.monotonic() - begun:.0f} s")
        proxy.spoil(lambda _: Clean())
        town.judge("a silent relay")


@pytest.mark.timeout(7200)
def test_both_may_speak_first_at_the_same_time(
    processes: Processes, times: Times, rounds: Rounds, record: Record
) -> None:
    pairs = times(1, 200)
    relay = processes.relay(users=500)
    for number in rounds(pairs):
        pair = [_stranger(processes, (relay.host, relay.port), f"{name}{number}") for name in ("ann", "ben")]
        for one, other in (pair, pair[::-1]):
            for count in range(3):
                one.say(other.name, f"{one.name} {count}")
        for one, other in (pair, pair[::-1]):
            one.settle(other.name)
        for one, other in (pair, pair[::-1]):
            books = balance(f"first contact {number}, {one.name} to {other.name}", one, other)
            assert not books.faults, "\n".join(books.faults)
            assert (books.accepted, books.kept, books.shown) == (3, 3, 3), books.line()
        for each in pair:
            each.kill()
    record(f"{pairs} first contacts from both sides at once: 3 messages each way, all shown once")


def _stranger(processes: Processes, address: tuple[str, str], name: str) -> Account:
    log = processes.folder / f"{name}.log"
    account = Account(name, lambda: processes.run("connect", *address, name, "--log-file", str(log), home=name), log)
    account.start()
    account.online()
    return account
