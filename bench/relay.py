"""Measures the relay, and what it is compared with, in turn: `python3 main.py bench [relay] [options]`.

Each server has a process and folder of its own on one core, the load runs on another where there is one. Every message
of the relay is submitted, committed with fsync, accepted, delivered, acknowledged and deleted, over TLS 1.3. A relay of
several nodes, with its database and its bus, has the same one core.
"""

import argparse
import asyncio
import shlex
import shutil
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import uvloop

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "src"), str(Path(__file__).resolve().parents[1])]

from bench import check, growth, peers  # noqa: E402  # the path has to be set before
from bench.cluster import BUSES, Shape, filled_database, relay_on_postgresql  # noqa: E402
from bench.load import Client, Figures, Load, Work  # noqa: E402
from bench.machine import cores, machine, on_core, versions  # noqa: E402
from bench.plot import plot  # noqa: E402
from bench.relay_client import RelayClient  # noqa: E402
from bench.report import Report  # noqa: E402
from bench.served import Served, our_server  # noqa: E402
from bench.xmpp_client import XmppClient  # noqa: E402

R = TypeVar("R")

PARTS = ("saturated", "rate", "offline", "logins", "idle", "curves")
FLOORS = ("bare", "durable")
PEERS = ("prosody", "ejabberd")
EXIT_FAILED = 1
EXIT_USAGE = 2
BACKLOG_TURNS = 2

ON_POSTGRESQL = frozenset({"saturated", "rate", "offline", "logins"})
"""What is measured of a relay over PostgreSQL, which is started once for all of it."""

KEEPS = {
    "babilu": "committed with fsync before it is accepted, acknowledged, then deleted",
    "durable": "the same with nothing else: no accounts, limits, quotas, repeats or mail for who is away",
    "bare": "nothing is kept",
    "prosody": "acknowledged (XEP-0198) from memory; offline mail is written to files and not synced",
    "ejabberd": "acknowledged (XEP-0198) from memory; offline mail is in Mnesia, whose log is synced now and then",
}


@dataclass(frozen=True)
class Subject:
    """A server that is measured.

    Attributes:
        name: Its name.
        parts: Which measurements make sense for it.
        shape: What it consists of, where it is a relay over PostgreSQL.
    """

    name: str
    parts: frozenset[str]
    shape: Shape | None = None

    @property
    def client(self) -> type[Client]:
        """The class of its clients."""
        return XmppClient if self.name in PEERS else RelayClient

    @property
    def keeps(self) -> str:
        """What it does with a message."""
        return KEEPS[self.name] if self.shape is None else self.shape.keeps

    @contextmanager
    def served(self, home: Path, stored: Path | None = None) -> Iterator[Served]:
        """Run it in a folder, on the server's core; a database begins with a copy of what is stored somewhere."""
        core, _ = cores()
        if self.shape is not None:
            with relay_on_postgresql(home, core, self.shape, stored) as served:
                yield served
            return
        match self.name:
            case "prosody":
                running = peers.prosody(home, core)
            case "ejabberd":
                running = peers.ejabberd(home, core)
            case _:
                running = our_server(self.name, home, core)
        with running as served:
            yield served


def measure(subject: Subject, work: Work, home: Path) -> Figures:
    """Put the work on a server and return its figures."""
    figures: Figures = {}
    load_on = partial(Load, subject.client, work=work)

    async def deliveries(load: Load) -> None:
        await load.make_pairs()
        if "saturated" in subject.parts:
            figures.update(await load.saturated())
        for rate in work.rates if "rate" in subject.parts else ():
            figures.update(await load.at_rate(rate))
        if "offline" in subject.parts:
            figures.update(await load.offline())
        if "logins" in subject.parts:
            figures.update(await load.logins())

    with subject.served(home / "deliveries") as served:
        run(deliveries(load_on(served)))
    if "idle" in subject.parts:
        figures.update(_idle(subject, load_on, home / "idle")[0])
    return figures


def _idle(subject: Subject, load_on: Callable[[Served], Load], home: Path) -> tuple[Figures, growth.Curves]:
    """Make the accounts, start the server anew and let them come."""
    accounts = _registered(subject, load_on, home)
    with subject.served(home) as served:
        load = load_on(served)
        return run(growth.idle(load, accounts, load.work.idle))


def _registered(subject: Subject, load_on: Callable[[Served], Load], home: Path) -> list[Any]:
    with subject.served(home) as served:
        load = load_on(served)
        accounts = load.make_accounts("idle", max(load.work.idle))
        run(load.register_only(accounts))
        return accounts


def draw(subject: Subject, work: Work, home: Path) -> tuple[Figures, growth.Curves]:
    """Measure what must not grow."""
    load_on = partial(Load, subject.client, work=work)
    accounts = _registered(subject, load_on, home / "beside")
    with subject.served(home / "beside") as served:
        figures, curves = run(growth.beside_idle(load_on(served), accounts, work.idle))
    with subject.served(home / "waiting") as served:
        curves |= run(growth.waiting(load_on(served)))

    async def history(load: Load) -> growth.Curves:
        await load.make_pairs()
        return await growth.history(load)

    with subject.served(home / "history") as served:
        curves |= run(history(load_on(served)))
    return figures, curves


def beside_backlog(subject: Subject, work: Work, home: Path, waiting: int) -> tuple[Figures, str]:
    """Measure a delivery on an empty relay and on one in which mail waits, in turn."""
    full = home / "full"
    if subject.shape is not None:
        with filled_database(full, waiting, work.size) as filled:
            figures = beside_filled(subject, work, home, waiting, filled.data)
        return figures, _filled_note(subject, waiting, filled.seconds, filled.size)
    seconds = run(growth.fill(full, waiting, work.size))
    size = sum(file.stat().st_size for file in full.iterdir() if file.is_file())
    return beside_filled(subject, work, home, waiting), _filled_note(subject, waiting, seconds, size)


def _filled_note(subject: Subject, waiting: int, seconds: float, size: int) -> str:
    return (
        f"{subject.name}: {waiting:,} envelopes were let wait in {seconds:.0f} s; what it keeps took"
        f" {size / 2**20:,.0f} MiB then"
    )


def beside_filled(subject: Subject, work: Work, home: Path, waiting: int, stored: Path | None = None) -> Figures:
    """Compare a relay whose folder ``full``, or database, holds waiting mail with an empty one.

    Args:
        subject: The relay.
        work: What is put on it.
        home: Where the folders are.
        waiting: How much waits.
        stored: Data of its database, where it has one.
    """
    load_on = partial(Load, subject.client, work=work)
    costs: dict[str, list[float]] = {"empty": [], "full": []}
    for _ in range(BACKLOG_TURNS):
        for name, measured in costs.items():
            with tempfile.TemporaryDirectory(dir=home) as fresh:
                folder = Path(fresh) / "relay"
                if name == "full":
                    shutil.copytree(home / "full", folder)
                with subject.served(folder, stored if name == "full" else None) as served:
                    measured.append(run(growth.fresh_cost(load_on(served))))
    empty, full = (statistics.median(costs[name]) for name in ("empty", "full"))
    return {
        f"{waiting:,} waiting: CPU µs a delivery": full,
        f"{waiting:,} waiting: cost of a delivery": full / empty,
    }


def run(work: Awaitable[R]) -> R:
    """Do something in a loop of its own, on the core of the load."""

    async def awaited() -> R:
        return await work

    with on_core(cores()[1]), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(awaited())


def subjects(options: argparse.Namespace) -> list[Subject]:
    """Return what is to be measured, in turn."""
    wanted = frozenset(options.only or PARTS)
    ours = [] if options.no_relay else [Subject("babilu", wanted)]
    if options.storage == "postgresql":
        shapes = [Shape(nodes, bus) for nodes in options.nodes for bus in options.bus]
        ours += [Subject(shape.name, wanted & ON_POSTGRESQL, shape) for shape in shapes]
    floors = [] if options.no_floors else [Subject(floor, wanted & {"saturated", "rate"}) for floor in FLOORS]
    others = [Subject(peer, wanted) for peer in options.peer]
    return [*ours, *(floor for floor in floors if floor.parts), *others]


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="main.py bench", description="Measure the relay and what it is compared with."
    )
    parser.add_argument("--rounds", type=int, default=1, help="how often all servers are measured, in turn")
    parser.add_argument("--peer", action="append", choices=PEERS, default=[], help="measure another server too")
    parser.add_argument(
        "--storage", choices=("sqlite", "postgresql"), default="sqlite", help="measure the relay over PostgreSQL too"
    )
    parser.add_argument(
        "--nodes", type=int, nargs="+", choices=(1, 2), default=[1], help="nodes of it: of one, of two, or each"
    )
    parser.add_argument("--bus", nargs="+", choices=BUSES, default=["postgresql"], help="by what they wake each other")
    parser.add_argument("--json", type=Path, help="write everything into this file")
    parser.add_argument("--plot", type=Path, help="draw the curves into this SVG file")
    parser.add_argument("--only", nargs="*", choices=PARTS, help="only these measurements")
    parser.add_argument("--backlog", type=int, default=0, help="measure beside so many waiting envelopes (1000000)")
    parser.add_argument("--no-floors", action="store_true", help="leave out the floors")
    parser.add_argument("--no-relay", action="store_true", help="leave out Babilu's relay")
    parser.add_argument("--no-check", action="store_true", help="leave out the look at system calls")
    parser.add_argument("--pairs", type=int, default=100, help="pairs of accounts")
    parser.add_argument("--in-flight", type=int, default=8, help="messages of a pair under way")
    parser.add_argument("--size", type=int, default=600, help="bytes of an envelope")
    parser.add_argument("--seconds", type=float, default=8, help="length of each measurement")
    parser.add_argument("--rates", type=int, nargs="*", default=[500, 2000], help="fixed rates, messages a second")
    parser.add_argument("--offline", type=int, default=20_000, help="messages for the device that is away")
    parser.add_argument("--logins", type=int, default=300)
    parser.add_argument("--idle", type=int, nargs="*", default=[500, 2000, 5000], help="idle connections")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Measure what was asked for."""
    options = parse(arguments)
    for peer, package in peers.missing().items():
        if peer in options.peer:
            sys.stderr.write(f"{peer} is not installed: apt-get install {package}\n")
            return EXIT_USAGE
    work = Work(
        options.pairs,
        options.in_flight,
        options.size,
        options.seconds,
        tuple(options.rates),
        options.offline,
        options.logins,
        tuple(sorted(options.idle)),
    )
    report = Report(machine(), versions(), shlex.join(["python3", "main.py", "bench", "relay", *arguments]))
    with tempfile.TemporaryDirectory(prefix="babilu-bench-") as folder:
        home = Path(folder)
        if not options.no_check:
            try:
                report.notes.append(f"durable: {check.check(home / 'check')}")
            except check.CheckFailedError as failure:
                sys.stderr.write(f"Accepted is not durable: {failure}.\n")
                return EXIT_FAILED
        _measure_all(options, work, home, report)
    report.print()
    if options.json:
        report.write(options.json)
    if options.plot:
        plot(report.curves, options.plot)
    return 0


def _measure_all(options: argparse.Namespace, work: Work, home: Path, report: Report) -> None:
    chosen = subjects(options)
    report.notes += [f"{subject.name}: {subject.keeps}" for subject in chosen]
    for number in range(options.rounds):
        report.rounds.append({})
        for subject in chosen:
            _say(f"round {number + 1} of {options.rounds}: {subject.name}")
            report.rounds[-1][subject.name] = measure(subject, work, home / f"{number}-{subject.name}")
    for relay in chosen:
        if relay.name == "babilu" and "curves" in relay.parts:
            _say("curves")
            figures, report.curves = draw(relay, work, home / "curves")
            report.rounds[-1]["babilu"].update(figures)
        if options.backlog and (relay.name == "babilu" or relay.shape is not None):
            _say(f"backlog: {relay.name}")
            figures, note = beside_backlog(relay, work, home / f"backlog-{relay.name}", options.backlog)
            report.rounds[-1][relay.name].update(figures)
            report.notes.append(note)


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
