"""Capacity model of a relay on several nodes: from unit costs to what saturates first, checked by a simulation.

`plan` computes by closed formulas what a number of users asks of nodes, database and bus. `check` plays users of a
day and one peak, letter by letter and commit by commit, and knows none of these formulas: where the two differ by more
than `TOLERANCE`, one of them is wrong. What neither knows is in `docs/scaling.md`.
"""

import argparse
import json
import math
import random  # noqa: TID251 -- a simulation is the same again
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.capacity_simulation import (  # noqa: E402
    DatabaseScene,
    DayScene,
    LoopScene,
    simulate_database,
    simulate_day,
    simulate_loop,
)

TOLERANCE: Final = 0.10
STEPS: Final = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
DAY_S: Final = 86_400
HOUR_S: Final = 3_600
MICRO: Final = 1e-6
FIXED_POINT_STEPS: Final = 200
EXIT_DIFFERS: Final = 1

NATS_FROM: Final = 5
"""Nodes from which hints go over NATS."""

WRITERS: Final = 4
"""Lanes of a database that write for all nodes, where that is better."""

SHARDS_MOST: Final = 4096


@dataclass(frozen=True)
class Habits:
    """What people do.

    Attributes:
        messages_a_day: Messages that a user sends.
        envelopes_of_message: Envelopes of one: the recipients' devices, receipts, own other devices.
        devices: Devices of a user.
        connected: Part of the devices that is connected.
        peak: How much the busiest hour is above the mean.
        logins_an_hour: Logins of a device.
    """

    messages_a_day: float = 40
    envelopes_of_message: float = 7
    devices: float = 1.5
    connected: float = 0.4
    peak: float = 3
    logins_an_hour: float = 2


@dataclass(frozen=True)
class UnitCosts:
    """What one thing costs; which of them were measured is in `docs/scaling.md`.

    Attributes:
        letter_node_us: Processor time of nodes for a letter, alone on its node.
        letter_across_us: The same where it goes to another node.
        letter_database_us: Of the database for a letter, with its acknowledgement.
        commit_database_us: Of the database for a commit.
        commit_wait_us: From the beginning of a commit to its end, besides the letters: a round trip and a sync.
        login_node_us: Of a node for a login.
        login_database_us: Of the database for a login.
        letter_wal_bytes: Write-ahead log of a letter.
        identifier_bytes: A remembered id, with its index.
        identifier_index_bytes: Its part of the index of the day that is written to.
        identifier_days: Days for which ids are remembered.
        connection_bytes: Memory of a node for a connection.
        notify_us: Of the database for a letter across nodes over LISTEN/NOTIFY, for each node that listens, in full
            batches.
        nats_us: Of a NATS server for a letter across.
        node_sessions: Sessions that a node has with a database.
        letter_sqlite_us: Processor time of a relay with SQLite for a letter.
        login_sqlite_us: The same for a login.
    """

    letter_node_us: float = 20.5
    letter_across_us: float = 32
    letter_database_us: float = 20
    commit_database_us: float = 350
    commit_wait_us: float = 2_000
    login_node_us: float = 2_600
    login_database_us: float = 500
    letter_wal_bytes: float = 1_300
    identifier_bytes: float = 115
    identifier_index_bytes: float = 57
    identifier_days: float = 7
    connection_bytes: float = 31 * 1024
    notify_us: float = 4
    nats_us: float = 3
    node_sessions: float = 8
    letter_sqlite_us: float = 38.8
    login_sqlite_us: float = 1_830


@dataclass(frozen=True)
class Machines:
    """What one machine gives.

    Attributes:
        node_connections: Connections that a node is given.
        node_memory: Its memory (bytes).
        database_cores: Cores of the database's machine.
        database_memory: Its memory (bytes), of which half is for the index that is written to.
        database_disk: Its disk (bytes).
        wal_bytes_s: Bytes of log that its disk syncs in a second, beside everything else.
        database_sessions: Sessions that it serves well.
        nats_cores: Cores of the NATS server.
        filled: How full a part may be at the peak.
    """

    node_connections: float = 50_000
    node_memory: float = 4 * 1024**3
    database_cores: float = 16
    database_memory: float = 64 * 1024**3
    database_disk: float = 4 * 1024**4
    wal_bytes_s: float = 200e6
    database_sessions: float = 2_000
    nats_cores: float = 8
    filled: float = 0.7


@dataclass(frozen=True)
class Layout:
    """How a relay is cut.

    Attributes:
        shards: Databases, each with a part of the mailboxes.
        writers: Lanes of a database that write for all nodes; 0 where each node has a lane of its own to each database.
        gather_us: How long a lane waits for more before it commits.
        with_nats: Whether hints go over NATS; else over LISTEN/NOTIFY.
    """

    shards: int = 1
    writers: int = 0
    gather_us: float = 0
    with_nats: bool = True


@dataclass(frozen=True)
class Plan:
    """What a number of users asks for; rates are a second's, at the peak unless they are the mean.

    Attributes:
        users: How many there are.
        layout: How their relay is cut.
        nodes: Nodes for their connections.
        lanes: Connections that write, to all databases.
        mean_letters: Envelopes in the mean.
        letters: Envelopes.
        connections: Connections.
        logins: Logins.
        commits: Commits of all nodes.
        across: Letters that go to another node.
        loads: How much of each part is used: 1 is all of it; of what is there more than once, of each.
    """

    users: int
    layout: Layout
    nodes: int
    lanes: int
    mean_letters: float
    letters: float
    connections: float
    logins: float
    commits: float
    across: float
    loads: dict[str, float]

    @property
    def first(self) -> str:
        """The part that saturates first."""
        return max(self.loads, key=self.loads.__getitem__)


class Model:
    """Formulas from habits, costs and machines to a plan."""

    def __init__(
        self, habits: Habits | None = None, costs: UnitCosts | None = None, machines: Machines | None = None
    ) -> None:
        self.habits = habits or Habits()
        self.costs = costs or UnitCosts()
        self.machines = machines or Machines()

    def plan(self, users: int, layout: Layout | None = None) -> Plan:
        """Compute what a number of users asks for."""
        layout, habits, costs = layout or Layout(), self.habits, self.costs
        mean = users * habits.messages_a_day * habits.envelopes_of_message / DAY_S
        letters = mean * habits.peak
        connections = users * habits.devices * habits.connected
        logins = users * habits.devices * habits.logins_an_hour / HOUR_S
        nodes = max(1, math.ceil(connections / self.machines.node_connections))
        lanes = layout.shards * (layout.writers or nodes)
        commits = lanes / (self.cycle_us(letters / lanes, layout.gather_us) * MICRO)
        across = letters * (1 - 1 / nodes)
        database_us = (
            letters * costs.letter_database_us + commits * costs.commit_database_us + logins * costs.login_database_us
        )
        if not layout.with_nats:
            database_us += across * costs.notify_us * nodes
        lane_us = letters * costs.letter_database_us + commits * costs.commit_database_us
        loads = {
            "loop of a node": (letters * self.letter_node_us(nodes) + logins * costs.login_node_us) * MICRO / nodes,
            "memory of a node": connections / nodes * costs.connection_bytes / self.machines.node_memory,
            "lane of a database": lane_us * MICRO / lanes,
            **self._of_databases(mean, letters, database_us, layout.shards),
        }
        # A pooler shares sessions among nodes: it is one more part, which no cut takes away.
        loads["sessions of PostgreSQL"] = nodes * costs.node_sessions / self.machines.database_sessions
        if layout.with_nats:
            loads["processors of NATS"] = across * costs.nats_us * MICRO / self.machines.nats_cores
        return Plan(users, layout, nodes, lanes, mean, letters, connections, logins, commits, across, loads)

    def _of_databases(self, mean: float, letters: float, database_us: float, shards: int) -> dict[str, float]:
        costs, machines = self.costs, self.machines
        a_day = mean * DAY_S
        return {
            "processors of a database": database_us * MICRO / shards / machines.database_cores,
            "log of a database": letters * costs.letter_wal_bytes / shards / machines.wal_bytes_s,
            "disk of a database": (
                a_day * costs.identifier_bytes * costs.identifier_days / shards / machines.database_disk
            ),
            "memory of a database": a_day * costs.identifier_index_bytes / shards / (machines.database_memory / 2),
        }

    def letter_node_us(self, nodes: int) -> float:
        """Return the processor time of nodes for a letter: among many nodes nearly each goes across."""
        costs = self.costs
        return costs.letter_node_us + (costs.letter_across_us - costs.letter_node_us) * (1 - 1 / nodes)

    def sqlite_load(self, plan: Plan) -> float:
        """Return how busy one process with SQLite would be, which has one loop for everything."""
        costs = self.costs
        return (plan.letters * costs.letter_sqlite_us + plan.logins * costs.login_sqlite_us) * MICRO

    def cycle_us(self, rate: float, gather_us: float = 0) -> float:
        """Return the mean time between two commits of a lane, in microseconds.

        Letters that come while a commit is under way share the next one. With Poisson arrivals none has come by its end
        with probability exp(-rate x length): then the lane rests until the next one comes. A commit is longer the more
        letters it holds, and holds as many as come in a cycle.
        """
        costs, per_us = self.costs, rate * MICRO
        if per_us * costs.letter_database_us >= 1:
            return math.inf
        cycle = costs.commit_wait_us
        for _ in range(FIXED_POINT_STEPS):
            length = costs.commit_wait_us + gather_us + costs.letter_database_us * per_us * cycle
            cycle = length + math.exp(-per_us * length) / per_us
        return cycle

    def cut(self, users: int) -> Plan:
        """Cut a relay into as few databases as it needs, each no fuller at the peak than it may be."""
        nodes = self.plan(users).nodes
        shards = 1
        while True:
            for writers in (0, WRITERS):
                plan = self.plan(users, Layout(shards, writers, with_nats=nodes >= NATS_FROM))
                if max(of_databases(plan)) <= self.machines.filled or shards >= SHARDS_MOST:
                    return plan
            shards *= 2


def of_databases(plan: Plan) -> list[float]:
    """Return how much of a database's parts is used."""
    return [load for part, load in plan.loads.items() if part.endswith("of a database")]


@dataclass(frozen=True)
class Comparison:
    """One figure as the model computes it and as the simulation has seen it."""

    users: int
    figure: str
    computed: float
    seen: float

    @property
    def differs(self) -> float:
        """By how much of the larger one they differ."""
        return abs(self.computed - self.seen) / max(self.computed, self.seen)


@dataclass(frozen=True)
class Delays:
    """What the simulation says of time at the peak, in milliseconds.

    Attributes:
        users: How many there are.
        half: From a letter's coming to the end of its commit, in the middle.
        most: The same of 99 of 100.
        loop: What 99 of 100 wait for a node's loop.
    """

    users: int
    half: float
    most: float
    loop: float


def check(model: Model, plan: Plan, size: int, seed: int) -> tuple[list[Comparison], Delays]:
    """Simulate what a plan computes.

    Args:
        model: What it was computed by.
        plan: For one number of users.
        size: Letters of each scene, and a tenth as many people.
        seed: Of the simulation's chance.
    """
    chance = random.Random(seed)  # noqa: S311 -- a simulation
    habits, costs, users = model.habits, model.costs, plan.users
    day = simulate_day(DayScene(**asdict(habits), people=max(size // 10, 100)), chance)
    nodes, shards = plan.nodes, plan.layout.shards
    loop = simulate_loop(
        LoopScene(plan.letters / nodes, model.letter_node_us(nodes), plan.logins / nodes, costs.login_node_us),
        size,
        chance,
    )
    scene = DatabaseScene(
        lanes=plan.lanes // shards,
        letters=plan.letters / shards,
        logins=plan.logins / shards,
        cores=int(model.machines.database_cores),
        letter_us=costs.letter_database_us,
        commit_us=costs.commit_database_us,
        commit_wait_us=costs.commit_wait_us,
        gather_us=plan.layout.gather_us,
        login_us=costs.login_database_us,
    )
    database = simulate_database(scene, size, chance)
    busy = plan.loads["processors of a database"]
    if not plan.layout.with_nats:
        # The simulation knows no hints: what they cost is no matter of queues.
        busy -= plan.across * costs.notify_us * nodes * MICRO / model.machines.database_cores
    figures = [
        ("envelopes/s in the mean", plan.mean_letters, day.letters * users),
        ("envelopes/s in the busiest hour", plan.letters, day.peak_letters * users),
        ("connections", plan.connections, day.connections * users),
        ("logins/s", plan.logins, day.logins * users),
        ("loop of a node", plan.loads["loop of a node"], loop.busy),
        ("commits/s of a database", plan.commits / shards, database.commits),
        ("letters a commit", plan.letters / plan.commits, database.letters_of_commit),
        ("processors of a database", busy, database.busy),
    ]
    compared = [Comparison(users, *figure) for figure in figures]
    return compared, Delays(users, database.half_ms, database.most_ms, loop.wait_ms)


def report(model: Model, plans: Sequence[tuple[Plan, Plan]]) -> str:
    """Write the table of `docs/scaling.md`.

    Args:
        model: What the plans were computed by.
        plans: For each number of users the plan of one database, and that of as many as it needs.
    """
    costs = model.costs
    without = Model(model.habits, replace(costs, identifier_bytes=0, identifier_index_bytes=0), model.machines)
    rows: list[tuple[str, list[str]]] = [
        ("envelopes/s: mean (peak)", [f"{a.mean_letters:,.0f} ({a.letters:,.0f})" for a, _ in plans]),
        ("connections", [f"{a.connections:,.0f}" for a, _ in plans]),
        ("nodes", [f"{a.nodes:,}" for a, _ in plans]),
        ("logins/s", [f"{a.logins:,.0f}" for a, _ in plans]),
        ("one process with SQLite instead, busy", [f"{model.sqlite_load(a):.0%}" for a, _ in plans]),
        ("loop of a node, busy", [f"{a.loads['loop of a node']:.0%}" for a, _ in plans]),
        ("letters across nodes/s", [f"{a.across:,.0f}" for a, _ in plans]),
        ("log at the peak, MB/s", [f"{a.letters * costs.letter_wal_bytes / 1e6:,.1f}" for a, _ in plans]),
        ("remembered ids, GB", [f"{_identifiers(model, a) / 1e9:,.0f}" for a, _ in plans]),
        ("one database: commits/s", [f"{a.commits:,.0f}" for a, _ in plans]),
        ("one database: letters a commit", [f"{a.letters / a.commits:.1f}" for a, _ in plans]),
        ("one database: saturates first", [_first(a) for a, _ in plans]),
        ("the same without remembered ids", [_first(without.plan(a.users)) for a, _ in plans]),
        ("databases needed", [_cut(b) for _, b in plans]),
        ("the same without remembered ids", [_cut(without.cut(a.users)) for a, _ in plans]),
        ("then: commits/s of each", [f"{b.commits / b.layout.shards:,.0f}" for _, b in plans]),
        ("then: letters a commit", [f"{b.letters / b.commits:.1f}" for _, b in plans]),
        ("then: saturates first", [_first(b) for _, b in plans]),
    ]
    lines = [_row(["users", *(f"{a.users:,}" for a, _ in plans)]), _row(["---"] * (len(plans) + 1))]
    return "\n".join([*lines, *(_row([name, *cells]) for name, cells in rows)])


def _identifiers(model: Model, plan: Plan) -> float:
    return plan.mean_letters * DAY_S * model.costs.identifier_bytes * model.costs.identifier_days


def _first(plan: Plan) -> str:
    return f"{plan.first}, {plan.loads[plan.first]:.0%}"


def _cut(plan: Plan) -> str:
    return (
        f"{plan.layout.shards}, {plan.layout.writers} writers each" if plan.layout.writers else f"{plan.layout.shards}"
    )


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, and how the simulation agrees with it; fails where it does not."""
    parser = argparse.ArgumentParser(prog="main.py bench capacity", description=__doc__)
    parser.add_argument("--users", type=int, nargs="+", default=STEPS, help="numbers of users (%(default)s)")
    parser.add_argument("--size", type=int, default=100_000, help="letters of each simulated scene (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the simulation (%(default)s)")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    chosen = parser.parse_args(arguments)
    model = Model()
    plans = [(model.plan(users), model.cut(users)) for users in chosen.users]
    checked = [check(model, cut, chosen.size, chosen.seed) for _, cut in plans]
    print(report(model, plans))
    worst = [max(compared, key=lambda each: each.differs) for compared, _ in checked]
    for each, (_, delays) in zip(worst, checked, strict=True):
        print(
            f"\n{each.users:,} users, simulated: a letter is committed {delays.half:.1f} ms after it came, 99 of 100 "
            f"within {delays.most:.1f} ms; a node's loop keeps 99 of 100 waiting {delays.loop:.1f} ms at most.\n"
            f"It differs most in {each.figure}: {each.seen:,.3g} for {each.computed:,.3g} ({each.differs:.1%})."
        )
    if chosen.json is not None:
        everything = [
            {"plan": asdict(plan), "cut": asdict(cut), "compared": [asdict(each) for each in compared]}
            for (plan, cut), (compared, _) in zip(plans, checked, strict=True)
        ]
        chosen.json.write_text(json.dumps(everything, indent=1))
    return EXIT_DIFFERS if any(each.differs > TOLERANCE for each in worst) else 0


if __name__ == "__main__":
    sys.exit(main())
