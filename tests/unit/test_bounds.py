"""Whatever others can make a client keep, on disk or in memory, has a line in docs/limits.md that says its bound."""

import re
from importlib import resources
from pathlib import Path

import pytest

from tests.unit.collections_of_others import growing_collections, growing_in
from tests.unit.test_named_in_documents import value_of

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
LINE = re.compile(r"^\| `([\w.]+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
LIMIT = re.compile(r"`([\w.]+\.[\w]+)`")
TABLE = re.compile(r"^CREATE (?:VIRTUAL )?TABLE (\w+)", re.MULTILINE)
OWN = frozenset({"nobody", "the owner"})
"""Whose doings need no number: they fill their own disk."""


def lines(heading: str) -> dict[str, tuple[str, str]]:
    """Return what a section of the page says: who makes it grow, and the bound."""
    section = PAGE.split(f"\n### {heading}\n")[1].split("\n### ")[0]
    return {name: (who, bound) for name, who, bound in LINE.findall(section)}


def tables_of(package: str) -> set[str]:
    folder = resources.files(package) / "migrations"
    files = [entry for entry in folder.iterdir() if entry.name.endswith(".sql")]
    return {name for file in files for name in TABLE.findall(file.read_text(encoding="utf-8"))}


def test_every_table_of_a_client_has_a_line() -> None:
    assert set(lines("What a client keeps on disk")) == tables_of("babilu.store")


def test_every_collection_that_grows_in_network_and_engine_has_a_line() -> None:
    found = growing_collections()
    assert len(found) >= 30
    assert {name: line for name, line in found.items() if name not in lines("What a client keeps in memory")} == {}
    assert set(lines("What a client keeps in memory")) == set(found)


@pytest.mark.parametrize("heading", ["What a client keeps on disk", "What a client keeps in memory"])
def test_what_others_make_grow_has_a_number_as_its_bound(heading: str) -> None:
    for name, (who, bound) in lines(heading).items():
        named = LIMIT.findall(bound)
        assert all(value_of(limit) > 0 for limit in named), name
        assert named or who in OWN or "whom the owner has accepted" in bound, f"{name} has no bound"


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n def __init__(self):\n  self.x = {}\n def f(self, k):\n  self.x[k] = 1\n",
        "class A:\n def __init__(self):\n  self.x: set[int] = set()\n def f(self, k):\n  self.x.add(k)\n",
        "class A:\n def __init__(self):\n  self.x: list[int] = []\n def f(self, k):\n  self.x += k\n",
        "class A:\n def __init__(self):\n  self.x = deque()\n def f(self, k):\n  self.x.append(k)\n",
        "@dataclass\nclass A:\n x: dict = field(default_factory=dict)\ndef f(a, k):\n a.x.setdefault(k, 1)\n",
    ],
)
def test_a_collection_that_grows_is_found(source: str) -> None:
    assert [name for name, _ in growing_in(source)] == ["A.x"]


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n def __init__(self):\n  self.x = BoundedDict(3)\n def f(self, k):\n  self.x[k] = 1\n",
        "class A:\n def __init__(self):\n  self.x = deque(maxlen=3)\n def f(self, k):\n  self.x.append(k)\n",
        "class A:\n def __init__(self):\n  self.x = {}\n def f(self, k):\n  return self.x.get(k)\n",
    ],
)
def test_a_collection_with_a_bound_or_that_does_not_grow_is_none(source: str) -> None:
    assert list(growing_in(source)) == []
