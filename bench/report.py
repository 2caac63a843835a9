"""Rounds become medians with their spread; a ratio is taken within a round, where both had the same neighbours."""

import json
import statistics
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.growth import Curves
from bench.load import Figures

SPREAD = "{:.3g} ({:.3g} to {:.3g})"


@dataclass(frozen=True)
class Goal:
    """What a figure must be, and what it should be.

    Attributes:
        figure: Name of the figure.
        to: The server it is a ratio to, or None for the figure itself.
        must: At most, or at least where `least`.
        aim: The same, hoped for.
        least: Whether more is better.
        of: Whose figure it is.
    """

    figure: str
    to: str | None
    must: float
    aim: float
    least: bool = False
    of: str = "babilu"


_SATURATED = "saturated: CPU µs a delivery"
_AT_500 = "at 500/s: CPU µs a delivery"

GOALS = (
    Goal(_SATURATED, "durable", 3, 2),
    Goal(_SATURATED, "ejabberd", 0.5, 0.35),
    Goal(_SATURATED, "prosody", 0.25, 0.12),
    Goal(_AT_500, "ejabberd", 1.2, 0.8),
    Goal("at 500/s: p99 ms", None, 15, 5),
    Goal("idle: KiB a connection of 500", None, 40, 30),
    Goal("idle: KiB a connection of 5,000", None, 40, 30),
    Goal("login: CPU ms", None, 2.5, 1.2),
    Goal("idle: CPU % of 5,000", None, 1, 1),
    Goal("beside 5,000 idle: cost of a delivery", None, 1.3, 1.1),
    Goal("offline: stored/s", None, 10_000, 20_000, least=True),
    Goal("offline: second half to first, time", None, 1.2, 1.1),
    Goal("offline: drained/s", None, 10_000, 40_000, least=True),
    Goal("1,000,000 waiting: cost of a delivery", None, 1.3, 1.1),
    Goal(_SATURATED, "babilu", 1.15, 1.05, of="postgresql"),
    Goal("login: CPU ms", "babilu", 1.2, 1.0, of="postgresql"),
    Goal("1,000,000 waiting: cost of a delivery", None, 1.1, 1.0, of="postgresql"),
    Goal(_SATURATED, "babilu", 1.4, 1.25, of="postgresql-2-nats"),
    Goal(_SATURATED, "babilu", 1.6, 1.45, of="postgresql-2-postgresql"),
)


@dataclass
class Report:
    """What was measured.

    Attributes:
        machine: Where.
        versions: With what.
        command: The command line.
        rounds: For each round, the figures of each server.
        curves: Curves of Babilu's relay.
        notes: What else was seen.
    """

    machine: dict[str, str]
    versions: dict[str, str]
    command: str
    rounds: list[dict[str, Figures]] = field(default_factory=list)
    curves: Curves = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def series(self, server: str, figure: str) -> list[float]:
        """Return a figure of a server in all rounds that have it."""
        return [each[server][figure] for each in self.rounds if figure in each.get(server, {})]

    def ratios(self, server: str, figure: str, ours: str = "babilu") -> list[float]:
        """Return what ours is to another server's, round by round."""
        return [
            each[ours][figure] / each[server][figure]
            for each in self.rounds
            if each.get(server, {}).get(figure) and figure in each.get(ours, {})
        ]

    def print(self) -> None:
        """Write everything to standard output."""
        for title, words in (("machine", self.machine), ("versions", self.versions)):
            sys.stdout.write(f"{title}: {'; '.join(f'{name} {word}' for name, word in words.items())}\n")
        sys.stdout.write(f"command: {self.command}\nrounds: {len(self.rounds)}; medians, and least to most\n")
        servers = list(dict.fromkeys(server for each in self.rounds for server in each))
        for server in servers:
            sys.stdout.write(f"\n{server}\n")
            for figure in dict.fromkeys(name for each in self.rounds for name in each.get(server, {})):
                line = f"  {figure:<44}{spread(self.series(server, figure)):<28}"
                if server == "babilu":
                    line += self._beside(servers, figure)
                sys.stdout.write(line.rstrip() + "\n")
        self._print_goals()
        for title, points in self.curves.items():
            sys.stdout.write(f"\n{title}\n  {', '.join(f'{x:,.0f}: {y:.1f}' for x, y in points)}\n")
        for note in self.notes:
            sys.stdout.write(f"\n{note}\n")

    def _beside(self, servers: list[str], figure: str) -> str:
        return "  ".join(
            f"{spread(ratios)} of {server}"
            for server in servers
            if server != "babilu" and (ratios := self.ratios(server, figure))
        )

    def _print_goals(self) -> None:
        sys.stdout.write("\ngoals\n")
        for goal in GOALS:
            values = (
                self.series(goal.of, goal.figure) if goal.to is None else self.ratios(goal.to, goal.figure, goal.of)
            )
            if not values:
                continue
            name = goal.figure if goal.to is None else f"{goal.figure}, to {goal.to}"
            if goal.of != "babilu":
                name = f"{goal.of}: {name}"
            sign = "≥" if goal.least else "≤"
            sys.stdout.write(
                f"  {name:<60}{spread(values):<28}must {sign} {goal.must:,g}, aim {sign} {goal.aim:,g}:"
                f" {verdict(goal, statistics.median(values))}\n"
            )

    def write(self, file: Path) -> None:
        """Write everything as JSON."""
        file.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def verdict(goal: Goal, value: float) -> str:
    """Say how far a value comes."""
    reached = [value >= mark if goal.least else value <= mark for mark in (goal.must, goal.aim)]
    match reached:
        case [True, True]:
            return "aim"
        case [True, False]:
            return "must"
        case _:
            return "MISSED"


def spread(values: list[float]) -> str:
    """Return median, least and most of some values."""
    return SPREAD.format(statistics.median(values), min(values), max(values)) if len(values) > 1 else f"{values[0]:.3g}"
