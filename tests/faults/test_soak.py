"""Load and faults are mixed for as long as one likes: nothing is lost or doubled, and nothing grows."""

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.processes import JsonProcess, Processes
from tests.faults.conftest import Record
from tests.faults.tools.account import Load
from tests.faults.tools.judge import GROWTH_BYTES, resident_bytes
from tests.faults.tools.ledger import balance
from tests.faults.tools.proxy import Clean, Proxy, fault_of
from tests.faults.tools.town import Town

PER_SECOND = 28.0
"""All pairs together: some 100,000 messages an hour."""

FAULT_EACH_S = 20.0
SAMPLE_S = 5.0
DESCRIPTORS = 64


def _descriptors(process: JsonProcess) -> int:
    return len(list(Path(f"/proc/{process.process.pid}/fd").iterdir()))


def _slope(samples: list[tuple[float, int]]) -> float:
    """Fit a line through (seconds, bytes); give bytes a minute."""
    middle = sum(moment for moment, _ in samples) / len(samples)
    mean = sum(size for _, size in samples) / len(samples)
    above = sum((moment - middle) * (size - mean) for moment, size in samples)
    below = sum((moment - middle) ** 2 for moment, _ in samples)
    return 60 * above / below if below else 0.0


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_a_soak(processes: Processes, record: Record, pytestconfig: pytest.Config) -> None:
    minutes = float(pytestconfig.getoption("--soak"))
    chance = random.Random(int(minutes * 60))
    relay = processes.relay()
    with Proxy((relay.host, int(relay.port))) as proxy:
        town = Town(processes, record, relay, proxy.words)
        steady = [town.account(name) for name in ("carol", "dave")]
        carol, dave = steady
        town.greet()

        def kill(name: str) -> None:
            victim = town.alice if name == "alice" else town.bob
            victim.kill()
            victim.start()

        faults: dict[str, Callable[[], None]] = {
            "relay killed": town.kill_relay,
            "alice killed": lambda: kill("alice"),
            "bob killed": lambda: kill("bob"),
            "network spoilt": lambda: proxy.spoil(lambda number: fault_of(seed) if number < 8 else Clean()),
            "network cut": proxy.cut,
        }
        counts = dict.fromkeys(faults, 0)
        samples: dict[str, list[tuple[float, int]]] = {each.name: [] for each in steady}
        begun = time.monotonic()
        end, next_fault = begun + minutes * 60, begun + FAULT_EACH_S
        with town.chatting(PER_SECOND / 2), Load(carol, dave, PER_SECOND / 4), Load(dave, carol, PER_SECOND / 4):
            while (now := time.monotonic()) < end:
                for each in steady:
                    samples[each.name].append((now - begun, resident_bytes(each.now.process.pid)))
                if now >= next_fault:
                    next_fault = now + FAULT_EACH_S
                    seed = chance.randrange(2**32)
                    name = chance.choice(list(faults))
                    counts[name] += 1
                    faults[name]()
                threading.Event().wait(SAMPLE_S)
        proxy.spoil(lambda _: Clean())
        record(f"soak of {minutes:g} minutes: " + ", ".join(f"{name} {count}" for name, count in counts.items()))
        for one, other in ((carol, dave), (dave, carol)):
            one.settle(other.name)
        for one, other in ((carol, dave), (dave, carol)):
            books = balance(f"soak, {one.name} to {other.name}", one, other)
            record(books.line())
            assert not books.faults, "\n".join(books.faults[:50])
        for each in steady:
            seen = samples[each.name]
            half = seen[len(seen) // 2 :]
            grown = seen[-1][1] - half[0][1]
            record(
                f"{each.name}: {_slope(half) / 1024:.0f} KiB a minute in the second half, {_descriptors(each.now)} fds"
            )
            assert grown <= GROWTH_BYTES
            assert _descriptors(each.now) <= DESCRIPTORS
        assert _descriptors(town.relay) <= DESCRIPTORS
        town.judge("soak")
