"""A relay of several nodes is measured beside the one on SQLite, with half of the pairs across its nodes."""

import pytest

from bench.cluster import Shape
from bench.load import pair_places
from bench.relay import ON_POSTGRESQL, PARTS, parse, subjects
from bench.report import GOALS, Report
from bench.served import Served

FIRST, SECOND = ("127.0.0.1", 1), ("127.0.0.1", 2)


def test_half_of_the_pairs_are_across_and_each_node_has_as_many_writers_and_readers() -> None:
    places = list(pair_places(100, (FIRST, SECOND)))
    assert sum(writer != reader for writer, reader in places) == 50
    for side in zip(*places, strict=True):
        assert (side.count(FIRST), side.count(SECOND)) == (50, 50)


def test_all_pairs_of_one_node_are_there() -> None:
    assert set(pair_places(100, (FIRST,))) == {(FIRST, FIRST)}


def test_a_relay_is_reached_at_its_first_node_and_at_the_others() -> None:
    assert Served(1, FIRST, (("nodes", 2), ("database", 3)), (SECOND,)).addresses == (FIRST, SECOND)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], ["babilu"]),
        (["--storage", "postgresql"], ["babilu", "postgresql"]),
        (["--storage", "postgresql", "--nodes", "2", "--bus", "nats"], ["babilu", "postgresql-2-nats"]),
        (
            ["--storage", "postgresql", "--nodes", "1", "2", "--bus", "postgresql", "nats"],
            ["babilu", "postgresql", "postgresql-1-nats", "postgresql-2-postgresql", "postgresql-2-nats"],
        ),
    ],
)
def test_what_is_asked_for_is_measured_in_one_sitting_with_the_relay_on_sqlite(
    options: list[str], names: list[str]
) -> None:
    chosen = subjects(parse(["--no-floors", *options]))
    assert [subject.name for subject in chosen] == names
    assert all(subject.keeps for subject in chosen)
    for subject in chosen:
        assert subject.parts == (frozenset(PARTS) if subject.shape is None else ON_POSTGRESQL)


def test_goals_are_judged_by_the_figures_of_the_relay_that_they_name() -> None:
    cost = "saturated: CPU µs a delivery"
    rounds = [{"babilu": {cost: 30.0}, "postgresql-2-nats": {cost: 42.0}}]
    assert Report({}, {}, "", rounds).ratios("babilu", cost, "postgresql-2-nats") == [1.4]
    judged = {goal.of for goal in GOALS} - {"babilu"}
    assert judged <= {Shape(nodes, bus).name for nodes in (1, 2) for bus in ("postgresql", "nats")}
    assert len(judged) == 3
