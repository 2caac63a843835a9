"""Finds the collections in memory that grow: attributes of objects of the wire, the network and the engine.

Those of the relay are found by `tests/unit/relay/test_bounds.py`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import babilu

ROOT: Final = Path(babilu.__file__).parent
ROOMS: Final = ("wire", "net", "engine")
MAKERS: Final = frozenset({"dict", "set", "list", "deque", "defaultdict", "OrderedDict", "Counter"})
GROWING: Final = frozenset(
    {"append", "appendleft", "add", "update", "extend", "extendleft", "insert", "setdefault", "put_nowait"}
)


def growing_collections() -> dict[str, int]:
    """Return the attributes that hold a collection without a bound of its own and grow, each with its line."""
    return {
        f"{'.'.join(('babilu', *file.relative_to(ROOT).with_suffix('').parts)).removeprefix('babilu.')}.{name}": line
        for room in ROOMS
        for file in sorted((ROOT / room).rglob("*.py"))
        for name, line in growing_in(file.read_text(encoding="utf-8"))
    }


def growing_in(source: str) -> Iterator[tuple[str, int]]:
    """Find them in one module: the class and the attribute, and the line where it is made."""
    tree = ast.parse(source)
    for made in ast.walk(tree):
        if not isinstance(made, ast.ClassDef):
            continue
        collections = dict(_made_in(made))
        grown = {_attribute(target) for node in ast.walk(tree) for target in _grown_by(node)}
        yield from ((f"{made.name}.{name}", line) for name, line in collections.items() if name in grown)


def _made_in(made: ast.ClassDef) -> Iterator[tuple[str, int]]:
    for node in ast.walk(made):
        match node:
            case ast.AnnAssign(target=ast.Attribute(attr=name), value=value) if _is_collection(value):
                yield name, node.lineno
            case ast.Assign(targets=[ast.Attribute(attr=name)], value=value) if _is_collection(value):
                yield name, node.lineno
            case ast.AnnAssign(
                target=ast.Name(id=name), value=ast.Call(func=ast.Name(id="field"), keywords=keywords)
            ) if any(isinstance(each.value, ast.Name) and each.value.id in MAKERS for each in keywords):
                yield name, node.lineno
            case _:
                pass


def _is_collection(value: ast.expr | None) -> bool:
    match value:
        case ast.Dict(keys=[]) | ast.List(elts=[]):
            return True
        case ast.Call(func=ast.Name(id=maker) | ast.Subscript(value=ast.Name(id=maker)), keywords=keywords):
            return maker in MAKERS and all(each.arg != "maxlen" for each in keywords)
        case _:
            return False


def _grown_by(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Call(func=ast.Attribute(value=target, attr=method)) if method in GROWING:
            yield target
        case ast.AugAssign(target=ast.Attribute() as target):
            yield target
        case ast.Assign(targets=targets):
            yield from (target.value for target in targets if isinstance(target, ast.Subscript))
        case _:
            pass


def _attribute(target: ast.expr) -> str:
    return target.attr if isinstance(target, ast.Attribute) else ""
