"""A long search for logs that mean something else than the reference model says, or that let somebody do too much."""

from collections import Counter

import pytest

from tests.faults.conftest import Record, Rounds, Times
from tests.faults.progress import RunningTest
from tests.unit.group.properties import PROPERTIES, Property
from tests.unit.group.test_against_the_model import check, check_moves

FIRST = 100_000
"""Where the seeds begin: those of the unit tests are not tried again."""


@pytest.mark.timeout(0)
def test_no_log_means_something_else_than_in_the_model(times: Times, record: Record, running: RunningTest) -> None:
    wanted, entries, seed = times(2_000, 1_000_000), 0, FIRST
    while entries < wanted:
        entries += check(seed)
        running.note(entries, wanted)
        seed += 1
    record(f"groups: {seed - FIRST} logs of {entries} entries mean the same as in the model")


@pytest.mark.timeout(0)
def test_no_group_goes_on_elsewhere_than_in_the_model(times: Times, rounds: Rounds, record: Record) -> None:
    count = times(20, 20_000)
    holding = sum(check_moves(FIRST + number) for number in rounds(count))
    record(f"groups: {holding} moves hold in {count} groups, as in the model")


@pytest.mark.timeout(0)
@pytest.mark.parametrize("tried", PROPERTIES, ids=lambda each: each.__name__)
def test_no_log_lets_anybody_do_too_much(tried: Property, times: Times, rounds: Rounds, record: Record) -> None:
    seen: Counter[str] = Counter()
    count = times(20, 10_000)
    for number in rounds(count):
        tried(FIRST + number, seen)
    record(f"groups: {tried.__name__} in {count} logs: {dict(seen)}")
