"""What a group costs: a text to a hundred people, their receipts, bystanders beside it, and a long past that opens.

    python3 main.py bench groups [--people 100] [--texts 30] [--history 50000]

The writer, the others and two bystanders are processes of their own, as is the relay; all databases are synced at each
commit. Whoever is written to is away at first, then online, all in one process.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from babilu.api import commands  # noqa: E402  # the path has to be set before
from babilu.api.group_views import GroupView  # noqa: E402
from babilu.kernel.ids import MessageId  # noqa: E402
from babilu.library import Client  # noqa: E402
from babilu.store.contact_records import ConversationRecord  # noqa: E402
from babilu.store.unit_of_work import UnitOfWork  # noqa: E402
from bench.client import (  # noqa: E402
    DELIVERED,
    PASSWORD,
    PATIENCE_S,
    Figures,
    States,
    fill,
    online,
    percentile,
    show,
    stopped,
)
from bench.figures import add_option, write  # noqa: E402
from bench.machine import cores, machine, on_core, versions  # noqa: E402
from bench.served import Served, our_server  # noqa: E402

GROUP = "#picnic"
MOST_MEMBERS = 128
OPENED = 10
BESIDE_MS = 20
BESIDE_S = 10.0


def names(people: int) -> list[str]:
    """Name everybody but the writer."""
    return [f"member{number}" for number in range(1, people)]


def make_accounts(relay: Served, home: Path, people: list[str]) -> None:
    """Make everybody's account and profile; they are away afterwards."""
    for name in people:
        with Client(*relay.address, name, PASSWORD, home=home) as client:
            online(client)


def begin(writer: Client, people: list[str]) -> Figures:
    """Begin the group, and wait until the relay holds a first text for everybody."""
    states, begun = States(writer), time.perf_counter()
    writer.ask(commands.StartGroup("Picnic", tuple(people)))
    made = time.perf_counter()
    states.at(writer.ask(commands.Send(GROUP, "hello")).id)
    return {
        f"a group of {len(people) + 1}: s until it is begun": made - begun,
        "the same: s until all have a session and the first text is held": time.perf_counter() - begun,
    }


def measure_sending(relay: Served, writer: Client, people: int, texts: int) -> Figures:
    """Measure texts one by one, from Enter until the relay holds them for all, and the processor time of the writer."""
    states, devices = States(writer), people - 1
    waits: list[float] = []
    cpu = time.process_time()
    for number in range(texts):
        begun = time.perf_counter()
        message = writer.ask(commands.Send(GROUP, f"one by one {number}"))
        waits.append(states.at(message.id) - begun)
    spent = time.process_time() - cpu
    with stopped(relay):
        # What is left is sealing and committing.
        cpu = time.process_time()
        last = [writer.ask(commands.Send(GROUP, f"without an answer {number}")) for number in range(texts)][-1]
        sealed = time.process_time() - cpu
    states.at(last.id)
    return {
        f"a text to {people}: held for all, p50 ms": percentile(waits, 50),
        f"a text to {people}: held for all, p95 ms": percentile(waits, 95),
        "the writer's CPU until held, ms a device": spent / texts / devices * 1000,
        "of that sealing and committing, ms a device": sealed / texts / devices * 1000,
    }


@contextmanager
def program(*arguments: str, core: int | None) -> Iterator["subprocess.Popen[str]"]:
    """Run another part of this measurement until the end of the block; it has said that it is ready."""
    command = [sys.executable, str(Path(__file__)), *arguments]
    with on_core(core):
        started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if started.stdin is None or started.stdout is None:
        raise RuntimeError("the program has no pipes")
    try:
        started.stdout.readline()
        yield started
    finally:
        started.stdin.close()
        started.wait(PATIENCE_S)


def be_members(relay: Served, home: Path, people: list[str]) -> None:
    """Be everybody but the writer, accept the group, and stay online until there is no more input."""
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(*relay.address, name, PASSWORD, home=home)) for name in people]
        for client in clients:
            online(client)
            client.ask(commands.Accept(invited(client)))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()


def invited(client: Client) -> str:
    """Wait until somebody is invited to the group; return the invitation's id."""
    until = time.monotonic() + PATIENCE_S
    while not (found := client.ask(commands.GroupInvitations())):
        if time.monotonic() > until:
            raise TimeoutError("an invitation did not come in time")
        time.sleep(0.05)
    return found[0].id


def be_bystanders(relay: Served, home: Path) -> None:
    """Be two who write to each other beside the group; say how long 99 of 100 receipts took."""
    with (
        Client(*relay.address, "ann", PASSWORD, home=home) as ann,
        Client(*relay.address, "ben", PASSWORD, home=home) as ben,
    ):
        online(ann)
        online(ben)
        ann.send("ben", "hello")
        ben.receive(PATIENCE_S)
        ben.send("ann", "hello")
        ann.receive(PATIENCE_S)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        delivered = States(ann, DELIVERED)
        begun: dict[MessageId, float] = {}
        until = time.monotonic() + BESIDE_S
        while time.monotonic() < until:
            at = time.perf_counter()
            begun[ann.send("ben", "beside").id] = at
            time.sleep(BESIDE_MS / 1000)
        waits = [delivered.at(message) - at for message, at in begun.items()]
        sys.stdout.write(f"{percentile(waits, 50)} {percentile(waits, 99)}\n")
        sys.stdout.flush()
        sys.stdin.read()


def measure_receipts(writer: Client, people: int, texts: int) -> Figures:
    """Measure what everybody's receipts cost the writer, beyond what sending costs, and how soon all have come."""
    delivered, states = States(writer, DELIVERED), States(writer)
    ready = writer.ask(commands.Send(GROUP, "who is there?"))
    delivered.at(ready.id)
    cpu, begun = time.process_time(), time.perf_counter()
    sent = [writer.ask(commands.Send(GROUP, f"with receipts {number}")) for number in range(texts)]
    states.at(sent[-1].id)
    sending = time.process_time() - cpu
    for message in sent:
        delivered.at(message.id)
    spent = time.process_time() - cpu
    receipts = texts * (people - 1)
    return {
        "the writer's CPU from held to delivered to all, ms a receipt": (spent - sending) / receipts * 1000,
        "the same from Enter, ms a receipt": spent / receipts * 1000,
        f"{texts} texts to {people} who are online: s until all have all": time.perf_counter() - begun,
    }


def measure_beside(relay: Served, home: Path, writer: Client, core: int | None) -> Figures:
    """Measure two bystanders while nothing else happens, and while somebody writes to the group all the time."""
    found: Figures = {}
    for what in ("alone", "beside a chatty group"):
        with program("--bystanders", str(relay.address[1]), str(relay.pid), str(home), core=core) as pair:
            until = time.monotonic() + BESIDE_S
            while what != "alone" and time.monotonic() < until:
                writer.ask(commands.Send(GROUP, "chatting"))
                time.sleep(0.2)
            if pair.stdout is None:
                raise RuntimeError("the program has no pipes")
            half, most = map(float, pair.stdout.readline().split())
        found[f"bystanders {what}: send to receipt, p50 ms"] = half
        found[f"bystanders {what}: send to receipt, p99 ms"] = most
    return found


def in_group(unit: UnitOfWork) -> tuple[ConversationRecord, Sequence[int]]:
    """Give the group, and its members."""
    place = unit.conversations.by_label(GROUP)
    if place is None:
        raise RuntimeError("there is no group")
    return place, [contact.contact for contact, _ in unit.groups.members(place.conversation)]


def measure_opening(relay: Served, home: Path, people: int, messages: int) -> Figures:
    """Measure opening a group with a long past: its newest page and who is in, at first and later."""
    with Client(*relay.address, "alice", PASSWORD, home=home) as writer:
        online(writer)
        waits: list[float] = []
        for _ in range(OPENED):
            begun = time.perf_counter()
            view = writer.ask(commands.GetGroup(GROUP))
            writer.ask(commands.History(GROUP, 100))
            waits.append(time.perf_counter() - begun)
        if len(view.members) != people:
            raise RuntimeError(f"{len(view.members)} are in the group, and not {people}")
    what = f"opening a group of {people} with {messages:,} messages"
    return {f"{what}: first time, ms": waits[0] * 1000, f"{what}: later, p50 ms": percentile(waits, 50)}


def to_most(relay: Served, home: Path, writer: Client, present: GroupView) -> list[str]:
    """Fill the group to the most that it holds."""
    more = [f"late{number}" for number in range(MOST_MEMBERS - len(present.members))]
    make_accounts(relay, home, more)
    for name in more:
        writer.ask(commands.AddToGroup(GROUP, (name,)))
    return more


def main() -> int:
    """Run the measurements, or one of the other programs of them."""
    parser = argparse.ArgumentParser(description="Measure groups.")
    parser.add_argument("--people", type=int, default=100, help="people of the group")
    parser.add_argument("--texts", type=int, default=30, help="texts of each measurement")
    parser.add_argument("--history", type=int, default=50_000, help="messages of the past")
    add_option(parser)
    parser.add_argument("--members", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--bystanders", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.members or options.bystanders:
        port, pid, home = options.members or options.bystanders
        relay = Served(int(pid), ("127.0.0.1", int(port)))
        if options.members:
            be_members(relay, Path(home), names(options.people))
        else:
            be_bystanders(relay, Path(home))
        return 0
    for words in (machine(), versions()):
        show("; ".join(f"{name} {word}" for name, word in words.items()), "")
    figures = measure(options.people, options.texts, options.history)
    write(options.json, figures)
    return 0


def shown(figures: Figures) -> Figures:
    """Print figures as soon as there are some: all of it takes minutes."""
    for figure, value in figures.items():
        show(figure, f"{value:,.4g}")
    return figures


def measure(people: int, texts: int, history: int) -> Figures:
    """Measure all."""
    relay_core, own_core = cores()
    figures: Figures = {}
    with (
        tempfile.TemporaryDirectory(prefix="babilu-bench-") as folder,
        our_server("babilu", Path(folder) / "relay", relay_core) as relay,
        on_core(own_core),
    ):
        home, others = Path(folder), names(people)
        make_accounts(relay, home, others)
        with Client(*relay.address, "alice", PASSWORD, home=home) as writer:
            online(writer)
            figures |= shown(begin(writer, others))
            figures |= shown(measure_sending(relay, writer, people, texts))
            figures |= shown(measure_beside(relay, home, writer, relay_core))
            arguments = ("--people", str(people), "--members", str(relay.address[1]), str(relay.pid), str(home))
            with program(*arguments, core=relay_core):
                figures |= shown(measure_receipts(writer, people, texts))
            present = writer.ask(commands.GetGroup(GROUP))
            most = people + len(to_most(relay, home, writer, present))
        fill(relay, home, history, in_group)
        figures |= shown(measure_opening(relay, home, most, history))
    return figures


if __name__ == "__main__":
    raise SystemExit(main())
