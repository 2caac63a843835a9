"""What pages of the documentation name exists: tests, limits with their values, codes of errors."""

import ast
import dataclasses
import importlib
import re
from functools import cache
from pathlib import Path

import pytest

from babilu.cli.quantities import DURATIONS, SIZES, parse
from babilu.kernel.errors import ErrorCode
from babilu.kernel.limits import Limits

ROOT = Path(__file__).parents[2]
PAGES = ("docs/threat-model.md", "docs/limits.md")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(?:\w+::)?(\w+)`")
ROW = re.compile(r"^\| `([\w.]+)` \| ([^|]+) \| [^|]+ \| (?:`(\w+)`)? ?\| `tests/[^|]+` \|$", re.MULTILINE)


@cache
def names_of_tests(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_exists(page: str) -> None:
    named = NAMED.findall((ROOT / page).read_text(encoding="utf-8"))
    assert len(named) >= 30
    assert [f"{path}::{name}" for path, name in named if name not in names_of_tests(path)] == []


def test_every_line_of_the_threat_model_names_a_test() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    held = text.split("\n## What holds, and what shows it\n")[1].split("\n## ")[0]
    rows = [
        line for line in held.splitlines() if line.startswith("| ") and not line.startswith(("| ---", "| what holds "))
    ]
    assert len(rows) >= 20
    assert [row for row in rows if not NAMED.search(row)] == []


def value_of(name: str) -> int:
    """Look a limit up in the code: a field of `Limits`, or a constant of a module."""
    home, _, attribute = name.rpartition(".")
    value = getattr(Limits() if home == "limits" else importlib.import_module(f"babilu.{home}"), attribute)
    assert isinstance(value, int)
    return value


def read(written: str) -> int | None:
    """Read a number as people write it: with commas, a unit, as a power, or as true and false."""
    plain = written.strip().replace(",", "")
    if plain == "2^63 - 1":
        return 2**63 - 1
    if plain in {"true", "false"}:
        return int(plain == "true")
    size = parse(plain, SIZES)
    return parse(plain, DURATIONS) if size is None else size


def test_the_table_of_limits_has_every_limit_with_its_value_and_codes_that_there_are() -> None:
    rows = ROW.findall((ROOT / "docs" / "limits.md").read_text(encoding="utf-8"))
    assert {name: read(written) for name, written, _ in rows} == {name: value_of(name) for name, _, _ in rows}
    assert {code for _, _, code in rows if code} <= {code.value for code in ErrorCode}
    fields = {f"limits.{field.name}" for field in dataclasses.fields(Limits)}
    assert fields <= {name for name, _, _ in rows}
    assert len(rows) == len({name for name, _, _ in rows})


def test_every_room_of_the_package_has_a_line_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = text.split("\n## The rooms\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in rooms.splitlines() if line.startswith("| `")]
    named = {name.partition("/")[0] for cell in cells for name in re.findall(r"`([\w./]+)`", cell)}
    package = ROOT / "src" / "babilu"
    there = {path.name for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert there - named == {"__init__.py", "__main__.py", "version.py"}
    assert {name for name in named if not (package / name).exists()} == set()


def test_every_decision_is_listed_once_under_a_number_of_its_own() -> None:
    folder = ROOT / "docs" / "adr"
    pages = sorted(path.name for path in folder.glob("[0-9]*.md"))
    listed = re.findall(r"^- \[(\d+)\. [^]]+\]\((\d{4})-([\w.-]+)\)$", (folder / "README.md").read_text(), re.MULTILINE)
    assert [f"{digits}-{rest}" for _, digits, rest in listed] == pages
    assert all(int(number) == int(digits) for number, digits, _ in listed)
    assert len({digits for _, digits, _ in listed}) == len(listed)
    for page in pages:
        assert (folder / page).read_text().startswith(f"# {int(page[:4])}. "), page
