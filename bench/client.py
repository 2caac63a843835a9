"""What the client engine costs: encrypting and committing, and the way from a command to the relay's answer.

    python3 main.py bench client [--messages 1000]

Two clients and a relay in processes of their own; every figure is measured with real databases, synced at each commit.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import Future
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from babilu.api import commands, events  # noqa: E402  # the path has to be set before
from babilu.api.views import LinkState, MessageState, MessageView  # noqa: E402
from babilu.library import Client  # noqa: E402
from bench.relay_load import Served, relay_process  # noqa: E402

PATIENCE_S = 120.0
SINGLE = 100
BACKLOG = 500
"""Commands under way at once: an inbox takes a thousand."""


class States:
    """When which own message came how far."""

    def __init__(self, client: Client) -> None:
        self._changed = threading.Condition()
        self._held: dict[bytes, float] = {}
        client.chat.subscribe(self._told)

    def _told(self, cursor: int, event: events.Event) -> None:
        del cursor
        if isinstance(event, events.MessageStateChanged) and event.state in {MessageState.HELD, MessageState.DELIVERED}:
            with self._changed:
                self._held.setdefault(event.message, time.perf_counter())
                self._changed.notify_all()

    def held_at(self, message: bytes) -> float:
        """Wait until the relay holds a message; return when that was told."""
        with self._changed:
            if not self._changed.wait_for(lambda: message in self._held, PATIENCE_S):
                raise TimeoutError("a message was not accepted in time")
            return self._held[message]


def online(client: Client) -> None:
    """Wait until a client is linked to its relay."""
    deadline = time.monotonic() + PATIENCE_S
    linked = threading.Event()
    subscription = client.chat.subscribe(
        lambda _, event: (
            linked.set() if isinstance(event, events.LinkChanged) and event.state is LinkState.ONLINE else None
        ),
        since=0,
    )
    if not linked.wait(deadline - time.monotonic()):
        raise TimeoutError("the relay could not be reached")
    subscription.cancel()


def measure(relay: Served, messages: int) -> None:
    """Print the figures of one run."""
    with tempfile.TemporaryDirectory(prefix="babilu-bench-") as home:
        alice = Client(*relay.address, "alice", "correct horse", home=home)
        bob = Client(*relay.address, "bob", "battery staple", home=home)
        try:
            online(alice)
            online(bob)
            alice.send("bob", "hello")
            bob.receive(PATIENCE_S)
            bob.send("alice", "hello")
            alice.receive(PATIENCE_S)
            bob.close()
            states = States(alice)
            waits: list[float] = []
            for number in range(SINGLE):
                begun = time.perf_counter()
                message = alice.send("bob", f"one by one {number}")
                waits.append(states.held_at(message.id) - begun)
            middle, late = percentile(waits, 50), percentile(waits, 95)
            show("send to accepted, one by one", f"p50 {middle:.1f} ms, p95 {late:.1f} ms")
            burst(alice, states, messages)
        finally:
            alice.close()
            bob.close()


def burst(client: Client, states: States, messages: int) -> None:
    """Measure encrypting and committing in one conversation, as fast as it goes."""
    begun, cpu = time.perf_counter(), time.process_time()
    sent: list[Future[MessageView]] = []
    for number in range(messages):
        if number >= BACKLOG:
            sent[number - BACKLOG].result(PATIENCE_S)
        sent.append(client.chat.request(commands.Send("bob", f"together {number}")))
    last = [future.result(PATIENCE_S) for future in sent][-1]
    elapsed, spent = time.perf_counter() - begun, time.process_time() - cpu
    show("encrypt and commit", f"{messages / elapsed:,.0f} messages/s, {spent / messages * 1e6:.0f} us CPU each")
    states.held_at(last.id)
    show("until the relay holds them all", f"{messages / (time.perf_counter() - begun):,.0f} messages/s")


def percentile(seconds: list[float], percent: int) -> float:
    """Return a percentile in milliseconds."""
    return statistics.quantiles(seconds, n=100)[percent - 1] * 1000


def show(figure: str, value: str) -> None:
    """Print a figure."""
    sys.stdout.write(f"{figure:<34} {value}\n")


def main() -> int:
    """Run the measurements."""
    parser = argparse.ArgumentParser(description="Measure the client engine.")
    parser.add_argument("--messages", type=int, default=1_000, help="messages of the burst")
    options = parser.parse_args()
    show("machine", f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with relay_process(None) as relay:
        measure(relay, options.messages)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
