"""One name, one thing: no two public classes share a name, nor two modules of one floor."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import babilu

HOUSE = Path(babilu.__file__).parent

EVERY_PORT_IS_CALLED_PORT = frozenset({"port"})

PARTS_OF_PORTS = "relay.storage.postgresql."
"""An adapter's modules are called like the parts of the port that they carry out."""


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(HOUSE.rglob("*.py")):
        yield ".".join(path.relative_to(HOUSE).with_suffix("").parts), path


def public_classes(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef) and not statement.name.startswith("_"):
            yield statement.name


def shared(named: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    places: dict[str, list[str]] = defaultdict(list)
    for name, place in named:
        places[name].append(place)
    return {name: where for name, where in places.items() if len(where) > 1}


def test_no_two_public_classes_share_a_name() -> None:
    named = [(name, module) for module, path in modules() for name in public_classes(ast.parse(path.read_text()))]

    assert len(named) > 500
    assert shared(named) == {}


def test_no_two_modules_of_a_floor_share_a_name() -> None:
    named = [
        (f"{module.split('.')[0]}: {path.stem}", module)
        for module, path in modules()
        if not module.startswith(PARTS_OF_PORTS)
        and path.stem != "__init__"
        and path.stem not in EVERY_PORT_IS_CALLED_PORT
    ]

    assert len(named) > 300
    assert shared(named) == {}


def test_a_name_that_stands_twice_is_found_with_its_places() -> None:
    assert shared([("Desk", "engine"), ("Lane", "engine"), ("Desk", "relay")]) == {"Desk": ["engine", "relay"]}
