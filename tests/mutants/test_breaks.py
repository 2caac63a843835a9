import hashlib
from pathlib import Path

import pytest

from tests.mutants import breaks
from tests.mutants.breaks import ROOT, Break, Outcome, broken_source, load_breaks, run_tests, try_out

SAMPLE = 5
BREAKS = load_breaks()


def sample() -> list[Break]:
    """Return a few breaks, others after each change of the program: its sources choose them."""
    digest = hashlib.sha256()
    for file in sorted((ROOT / "src" / "babilu").rglob("*.py")):
        digest.update(file.read_bytes())
    seed = digest.digest()
    return sorted(BREAKS, key=lambda one: hashlib.sha256(seed + one.name.encode()).digest())[:SAMPLE]


@pytest.mark.parametrize("one", sample(), ids=lambda one: one.name)
def test_a_deliberate_break_is_caught_by_its_test(one: Break) -> None:
    trial = try_out(one)
    assert trial.outcome is Outcome.CAUGHT, trial.output


@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.name)
def test_a_break_still_fits_the_program_and_names_a_test_that_exists(one: Break) -> None:
    broken_source((ROOT / one.source).read_text(encoding="utf-8"), one)
    file, _, name = one.test.partition("::")
    assert f"def {name.partition('[')[0].rpartition('::')[2]}(" in Path(ROOT, file).read_text(encoding="utf-8")


SOURCE = """
class Queue:
    def put(self, item):
        if self.full:
            raise Full
        self.items.append(item)

def other():
    return 1
"""


def a_break(function: str, snippet: str, instead: str) -> Break:
    return Break("b", "babilu.kernel.ids", function, snippet, instead, "tests/x.py::test_y")


def test_a_snippet_of_one_line_is_replaced_where_it_stands() -> None:
    broken = broken_source(SOURCE, a_break("other", "return 1", "return 2"))
    assert broken == SOURCE.replace("return 1", "return 2")


def test_a_snippet_of_several_lines_keeps_the_indentation_of_its_place() -> None:
    broken = broken_source(SOURCE, a_break("Queue.put", "if self.full:\n    raise Full", "pass"))
    assert "        pass\n        self.items.append(item)\n" in broken


@pytest.mark.parametrize(
    ("function", "snippet"), [("Queue.get", "raise Full"), ("Queue.put", "return 1"), ("Queue.put", "item")]
)
def test_a_snippet_that_is_not_there_exactly_once_is_refused(function: str, snippet: str) -> None:
    with pytest.raises(ValueError, match=r"there"):
        broken_source(SOURCE, a_break(function, snippet, "pass"))


PROFILES = """
import hypothesis

hypothesis.settings.register_profile("breaks")
"""

HANGING = """
from hypothesis import given, strategies

@given(strategies.integers())
def test_that_hangs(number: int) -> None:
    while True:
        pass
"""


def test_a_test_that_hangs_has_caught_its_break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaks, "TEST_TIMEOUT_S", 1)
    (tmp_path / "conftest.py").write_text(PROFILES)
    (tmp_path / "test_hanging.py").write_text(HANGING)
    trial = run_tests(tmp_path, ["test_hanging.py"])
    assert trial.outcome is Outcome.CAUGHT, trial.output
    assert "Timeout" in trial.output
