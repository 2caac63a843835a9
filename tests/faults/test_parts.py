from collections import Counter
from pathlib import Path

import pytest

from tests.faults import run
from tests.faults.parts import PARTS, Part
from tests.faults.progress import Counts, RunningTest, read_counts, running_tests, write_counts

HERE = Path(__file__).resolve().parent


def test_every_test_under_faults_is_in_one_part() -> None:
    there = {str(file.relative_to(HERE)) for file in HERE.rglob("test_*.py")}
    assert Counter(file for part in PARTS for file in part.files) == Counter(there)


def test_the_page_about_faults_lists_the_parts() -> None:
    page = (HERE.parents[1] / "docs" / "faults.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `") and line.count("|") == 4]
    rows = [row for row in rows if row.strip("| ").rpartition(" ")[2].isdigit()]
    assert rows == [f"| `{part.name}` | {part.what} | {part.minutes} |" for part in PARTS]


def test_a_test_that_runs_says_how_far_it_is_until_it_ends(tmp_path: Path) -> None:
    running = RunningTest(tmp_path, "test_kills[one]")
    assert running_tests(tmp_path) == ["test_kills[one]"]
    assert [next(rounds) for rounds in [running.rounds(1_000)] for _ in range(3)] == [0, 1, 2]
    assert running_tests(tmp_path) == ["test_kills[one] (0 of 1,000)"]
    running.say("half of it")
    assert running_tests(tmp_path) == ["test_kills[one] (half of it)"]
    running.end()
    assert running_tests(tmp_path) == []


class Report:
    def __init__(self, nodeid: str) -> None:
        self.nodeid = nodeid


def test_what_was_counted_says_which_tests_failed(tmp_path: Path) -> None:
    assert read_counts(tmp_path) is None
    bad = Report("tests/faults/test_x.py::test_y[one]")
    write_counts(tmp_path, {"passed": [Report("a"), Report("b")], "failed": [bad], "error": [bad]})
    assert read_counts(tmp_path) == Counts(3, ("test_y[one]",))
    assert Counts(3, ("test_y[one]",)).sentence() == "3 tests, 1 failed: test_y[one]"
    assert Counts(2, ()).sentence() == "2 tests"


def play(monkeypatch: pytest.MonkeyPatch, outcomes: dict[str, str], *arguments: str) -> int:
    """Run parts of which is known beforehand what comes of them."""

    def run_part(part: Part, more: list[str]) -> run.Result:
        if outcomes[part.name] == "stopped":
            raise KeyboardInterrupt
        return run.Result(part, outcomes[part.name], 90.0, Counts(len(more), ()))

    monkeypatch.setattr(run, "run_part", run_part)
    return run.main(arguments)


def test_a_part_that_fails_ends_no_other_and_stands_in_the_summary(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = {"kills": "FAILED", "disks": "passed"}
    assert play(monkeypatch, outcomes, "kills", "disks", "--", "--fault-times", "3") == 1
    summary = capsys.readouterr().out.partition("summary\n")[2].splitlines()
    assert [line.split() for line in summary] == [
        ["kills", "FAILED", "1.5", "min", "2", "tests"],
        ["disks", "passed", "1.5", "min", "2", "tests"],
    ]


def test_whoever_stops_it_is_told_what_did_not_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = {"kills": "passed", "disks": "stopped"}
    assert play(monkeypatch, outcomes, "kills", "disks", "club") == 1
    assert "  not run: disks, club" in capsys.readouterr().out


def test_chosen_parts_that_pass_are_a_success(monkeypatch: pytest.MonkeyPatch) -> None:
    assert play(monkeypatch, {"kills": "passed"}, "kills") == 0
    assert play(monkeypatch, {}, "no-such-part") == 2
    assert play(monkeypatch, {"chosen": "passed"}, "-k", "routes") == 0
    assert play(monkeypatch, {"chosen": "no tests"}, "-k", "routes") == 1
