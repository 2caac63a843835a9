"""What a client costs: start, memory, idling, search, encrypting and committing, and the way to the relay's answer.

    python3 main.py bench client [--messages 3000] [--history 100000]

Clients and relay are processes of their own; every figure is measured with real databases, synced at each commit.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from babilu.api import commands, events  # noqa: E402  # the path has to be set before
from babilu.api.views import LinkState, MessageView  # noqa: E402
from babilu.crypto.secret import Passphrase  # noqa: E402
from babilu.kernel.ids import DeviceId, new_line_id  # noqa: E402
from babilu.kernel.ports import Randomness  # noqa: E402
from babilu.kernel.states import MessageState, Route  # noqa: E402
from babilu.library import Client  # noqa: E402
from babilu.store.contact_records import ConversationRecord  # noqa: E402
from babilu.store.message_records import BufferedMessage  # noqa: E402
from babilu.store.profile_files import ProfilePaths  # noqa: E402
from babilu.store.profile_store import ProfileStore  # noqa: E402
from babilu.store.unit_of_work import UnitOfWork  # noqa: E402
from babilu.system import SystemClock, SystemRandomness  # noqa: E402
from bench.figures import add_option, write  # noqa: E402
from bench.machine import cores, machine, on_core, versions  # noqa: E402
from bench.served import Served, our_server, process  # noqa: E402

PATIENCE_S = 120.0
SINGLE = 100
BACKLOG = 500
"""Commands under way at once: an inbox takes a thousand."""

FILL_BATCH = 2_000
REST_S = 5.0
IDLE_S = 20.0
SEARCHES = 20
PASSWORD = "correct horse"  # noqa: S105  # of an account that lives for a minute
WORDS = (  # noqa: SIM905  # one line to read
    "meeting tomorrow at the harbour with coffee and the new relay which works like a charm since this morning"
).split()

Figures = dict[str, float]


HELD = frozenset({MessageState.HELD, MessageState.DELIVERED})
DELIVERED = frozenset({MessageState.DELIVERED})


class States:
    """When which own message came so far.

    Args:
        client: Whose messages.
        states: Any of these is far enough.
    """

    def __init__(self, client: Client, states: frozenset[MessageState] = HELD) -> None:
        self._states = states
        self._changed = threading.Condition()
        self._at: dict[bytes, float] = {}
        client.chat.subscribe(self._told)

    def _told(self, cursor: int, event: events.Event) -> None:
        del cursor
        if isinstance(event, events.MessageStateChanged) and event.state in self._states:
            with self._changed:
                self._at.setdefault(event.message, time.perf_counter())
                self._changed.notify_all()

    def at(self, message: bytes) -> float:
        """Wait until a message came so far; return when that was told."""
        with self._changed:
            if not self._changed.wait_for(lambda: message in self._at, PATIENCE_S):
                raise TimeoutError("a message did not come so far in time")
            return self._at[message]


@contextmanager
def stopped(relay: Served) -> Iterator[None]:
    """Let a relay stand still: it answers nothing, and what is left is the client's own work."""
    os.kill(relay.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(relay.pid, signal.SIGCONT)


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


def acquainted(relay: Served, home: Path, names: tuple[str, str] = ("alice", "bob")) -> None:
    """Make two people who have written to each other."""
    first, second = names
    with (
        Client(*relay.address, first, PASSWORD, home=home) as one,
        Client(*relay.address, second, PASSWORD, home=home) as other,
    ):
        online(one)
        online(other)
        one.send(second, "hello")
        other.receive(PATIENCE_S)
        other.send(first, "hello")
        one.receive(PATIENCE_S)


def measure_sending(relay: Served, home: Path, messages: int) -> Figures:
    """Measure what sending costs while the other one is away."""
    with Client(*relay.address, "alice", PASSWORD, home=home) as alice:
        online(alice)
        states = States(alice)
        waits: list[float] = []
        for number in range(SINGLE):
            begun = time.perf_counter()
            message = alice.send("bob", f"one by one {number}")
            waits.append(states.at(message.id) - begun)
        figures = {"send to accepted: p50 ms": percentile(waits, 50), "send to accepted: p95 ms": percentile(waits, 95)}
        figures |= {f"{name}, the relay answering": value for name, value in burst(alice, states, messages).items()}
        with stopped(relay):
            figures |= burst(alice, None, messages)
        return figures


def burst(client: Client, states: States | None, messages: int) -> Figures:
    """Measure encrypting and committing in one conversation as fast as it goes, and the relay's answers if awaited."""
    begun, cpu = time.perf_counter(), time.process_time()
    sent: list[Future[MessageView]] = []
    for number in range(messages):
        if number >= BACKLOG:
            sent[number - BACKLOG].result(PATIENCE_S)
        sent.append(client.chat.request(commands.Send("bob", f"together {number}")))
    last = [future.result(PATIENCE_S) for future in sent][-1]
    elapsed, spent = time.perf_counter() - begun, time.process_time() - cpu
    figures = {
        "encrypt and commit: messages/s": messages / elapsed,
        "encrypt and commit: CPU µs a message": spent / messages * 1e6,
    }
    if states is not None:
        states.at(last.id)
        figures["until all are held: messages/s"] = messages / (time.perf_counter() - begun)
    return figures


Placed = Callable[[UnitOfWork], tuple[ConversationRecord, Sequence[int]]]
"""Gives a conversation, and who writes there."""


def with_first_contact(unit: UnitOfWork) -> tuple[ConversationRecord, Sequence[int]]:
    """Give the conversation with the first contact."""
    contact = unit.contacts.all()[0].contact
    return unit.conversations.of_contact(contact), [contact]


def fill(relay: Served, home: Path, messages: int, placed: Placed = with_first_contact) -> Figures:
    """Give alice a past of so many messages in a conversation, by the store's own calls."""
    clock, randomness = SystemClock(), SystemRandomness()
    paths = ProfilePaths.for_relay(home, "alice", *relay.address)
    store = ProfileStore.open(paths, Passphrase(PASSWORD), randomness, clock)
    begun = time.perf_counter()
    try:
        for start in range(0, messages, FILL_BATCH):
            with store.database.write() as unit:
                place, authors = placed(unit)
                for number in range(start, min(start + FILL_BATCH, messages)):
                    now, author = clock.now_ms(), authors[number % len(authors)]
                    unit.new_messages.add_incoming(past_message(place, author, number, now, randomness), now)
                unit.messages.take_unshown(FILL_BATCH)
                unit.messages.mark_read(place.conversation)
    finally:
        store.close()
    return {f"writing {messages:,} messages: s": time.perf_counter() - begun}


def past_message(
    place: ConversationRecord, author: int, number: int, now: int, randomness: Randomness
) -> BufferedMessage:
    """Make a message that came from somebody."""
    text = f"{number}: " + " ".join(WORDS[number % 7 : number % 7 + 3 + number % 11])
    return BufferedMessage(
        conversation=place.conversation,
        author=author,
        device=DeviceId(bytes(16)),
        chain=place.id,
        counter=number + 1,
        id=new_line_id(randomness),
        text=text,
        sent_at=now,
        said_at=now,
        part=text.encode(),
        route=Route.RELAY,
        first=False,
        missing_from=0,
        release_at=0,
    )


def measure_search(relay: Served, home: Path, messages: int) -> Figures:
    """Measure searching and reading in a long past."""
    with Client(*relay.address, "alice", PASSWORD, home=home) as alice:
        online(alice)
        found: list[float] = []
        rare: list[float] = []
        pages: list[float] = []
        for number in range(SEARCHES):
            found.append(timed(alice, commands.Search(WORDS[number % len(WORDS)])))
            rare.append(timed(alice, commands.Search(f"{messages // SEARCHES * number}: ")))
            pages.append(timed(alice, commands.History("bob", 100, before=messages // SEARCHES * number + 1)))
        return {
            f"search in {messages:,}: a common word, p95 ms": percentile(found, 95),
            f"search in {messages:,}: a rare word, p95 ms": percentile(rare, 95),
            f"history of {messages:,}: a page of 100, p95 ms": percentile(pages, 95),
        }


def timed(client: Client, command: commands.Command[object]) -> float:
    """Return how many seconds a command takes."""
    begun = time.perf_counter()
    client.ask(command)
    return time.perf_counter() - begun


@contextmanager
def line_client(relay: Served, home: Path, core: int | None) -> Iterator[tuple[Served, float]]:
    """Run the line client of alice; yield its process and the seconds from its start until it was online."""
    host, port = relay.address
    os.environ["PYTHONPATH"] = str(ROOT / "src")
    command = [sys.executable, "-m", "babilu", "connect", host, str(port), "alice", PASSWORD, "--json"]
    begun = time.perf_counter()
    with process([*command, "--home", str(home)], core, graceful=True, stdin=subprocess.PIPE) as started:
        if started.stdout is None or started.stdin is None:
            raise RuntimeError("the client has no pipes")
        for line in started.stdout:
            event = json.loads(line)
            if event.get("event") == "link" and event.get("state") == "online":
                break
        yield Served(started.pid, relay.address), time.perf_counter() - begun
        started.stdin.close()


def measure_resting(relay: Served, home: Path, messages: int) -> Figures:
    """Measure the start of the line client on a long past, and what it takes at rest."""
    with line_client(relay, home, cores()[1]) as (client, seconds):
        time.sleep(REST_S)
        resident, cpu = client.resident_kib(), client.cpu_seconds()
        time.sleep(IDLE_S)
        return {
            f"start with {messages:,} messages: s from the process to online": seconds,
            "line client at rest: MiB": resident / 1024,
            "line client at rest: CPU %": (client.cpu_seconds() - cpu) / IDLE_S * 100,
        }


def percentile(seconds: list[float], percent: int) -> float:
    """Return a percentile in milliseconds."""
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1] * 1000


def show(figure: str, value: str) -> None:
    """Print a figure."""
    sys.stdout.write(f"{figure:<58} {value}\n")
    sys.stdout.flush()


def main() -> int:
    """Run the measurements."""
    parser = argparse.ArgumentParser(description="Measure a client.")
    parser.add_argument("--messages", type=int, default=3_000, help="messages of the burst")
    parser.add_argument("--history", type=int, default=100_000, help="messages of the past")
    add_option(parser)
    options = parser.parse_args()
    for words in (machine(), versions()):
        show("; ".join(f"{name} {word}" for name, word in words.items()), "")
    relay_core, own_core = cores()
    figures: Figures = {}
    with (
        tempfile.TemporaryDirectory(prefix="babilu-bench-") as folder,
        our_server("babilu", Path(folder) / "relay", relay_core) as relay,
        on_core(own_core),
    ):
        home = Path(folder)
        acquainted(relay, home)
        figures |= measure_sending(relay, home, options.messages)
        figures |= fill(relay, home, options.history)
        figures |= measure_search(relay, home, options.history)
        figures |= measure_resting(relay, home, options.history)
    for figure, value in figures.items():
        show(figure, f"{value:,.4g}")
    write(options.json, figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
