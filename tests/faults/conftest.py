"""Fault tests have a short selection for every day, full counts for `main.py test --faults`, and a soak."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.processes import Processes
from tests.faults.progress import RunningTest, folder_of_notes, write_counts

Times = Callable[[int, int], int]
Rounds = Callable[[int], Iterator[int]]
Record = Callable[[str], None]

LEDGER = "ledger"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-faults", action="store_true", help="run all tests under faults, with their full counts")
    parser.addoption("--soak", type=float, metavar="MINUTES", help="mix load and faults for so long")
    parser.addoption(
        "--club", type=float, metavar="MINUTES", help="how long twelve people talk in a group under faults"
    )
    parser.addoption("--club-seed", type=int, metavar="N", help="what happens to them meanwhile")
    parser.addoption("--cluster", type=float, metavar="MINUTES", help="how long two nodes of a relay are under faults")
    parser.addoption("--fault-times", type=int, metavar="N", help="repeat each fault N times")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: runs with --all-faults alone")
    config.addinivalue_line("markers", "soak: runs with --soak alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    unwanted = set() if config.getoption("--all-faults") else {"long"}
    unwanted |= set() if config.getoption("--soak") else {"soak"}
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in unwanted)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if folder := folder_of_notes():
        write_counts(folder, terminalreporter.stats)
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    lines = [str(value) for report in reports for name, value in report.user_properties if name == LEDGER]
    if lines:
        terminalreporter.section("ledgers")
    for line in lines:
        terminalreporter.line(line)


@pytest.fixture
def record(record_property: Callable[[str, object], None]) -> Record:
    """Take lines of ledgers, which the end of the run shows."""
    return lambda line: record_property(LEDGER, line)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path) as made:
        yield made


@pytest.fixture
def times(pytestconfig: pytest.Config) -> Times:
    """Tell how often a fault is repeated: the first count in the short selection, the second in the full one."""

    def choose(short: int, full: int) -> int:
        wanted: int | None = pytestconfig.getoption("--fault-times")
        return wanted or (full if pytestconfig.getoption("--all-faults") else short)

    return choose


@pytest.fixture(autouse=True)
def running(request: pytest.FixtureRequest) -> Iterator[RunningTest]:
    """Note that the test runs, for whoever waits for the end of all."""
    note = RunningTest(folder_of_notes(), request.node.name)
    yield note
    note.end()


@pytest.fixture
def rounds(running: RunningTest) -> Rounds:
    """Count the rounds of a long test, so that it can be seen how far it is."""
    return running.rounds
