"""The architecture's walk with a message and a reaction leads through functions that exist, in rooms that it names."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
WALK = PAGE[PAGE.index("### A message and a reaction, room by room") : PAGE.index("## User interfaces")]
STEPS = re.findall(r"^\| [^|]+ \| `([\w/.]+)` \| `([\w.]+)` \|$", WALK, re.MULTILINE)


def functions_of(path: Path) -> set[str]:
    """Name every function of a module, those of classes with their class."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            inner = (each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
            found |= {f"{node.name}.{each.name}" for each in inner}
    return found


def test_every_row_of_the_walk_is_a_step() -> None:
    rows = [line for line in WALK.splitlines() if line.startswith("| ")][2:]

    assert len(rows) == len(STEPS) > 20


@pytest.mark.parametrize(("file", "function"), STEPS)
def test_each_step_of_the_walk_exists(file: str, function: str) -> None:
    path = ROOT / "src" / "babilu" / file

    assert path.exists()
    assert function in functions_of(path)


def test_the_walk_goes_through_faces_engine_relay_and_store() -> None:
    rooms = {file.partition("/")[0] for file, _ in STEPS}

    assert rooms >= {"presentation", "engine", "net", "relay", "store"}
