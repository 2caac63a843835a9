"""Order in which modules load: as many as possible before each one that a break is made in."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path


def modules_below(source: Path, package: str) -> dict[str, Path]:
    """Return the modules of a package by their names, but for those that run as programs."""
    found = {}
    for file in sorted((source / package).rglob("*.py")):
        parts = file.relative_to(source).with_suffix("").parts
        if parts[-1] != "__main__":
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def needed_by_each(modules: Mapping[str, Path]) -> dict[str, set[str]]:
    """Return for each module all that are loaded with it: itself, its packages, and what all of these import."""
    direct = {name: _known(_imported(file), modules) | set(_packages(name)) for name, file in modules.items()}
    return {name: _closure(name, direct) for name in modules}


def in_turn(needed: Mapping[str, set[str]], awaited: Mapping[str, int]) -> Iterator[tuple[list[str], str]]:
    """Yield each awaited module once, with the modules to load before it, none of which loads one still to come.

    ``awaited`` says how much work each one has; a module that few wait for goes first, so that most finds most loaded.
    """
    pending, left = set(awaited), set(needed)
    while pending:
        ready = sorted(name for name in left if not needed[name] & pending)
        left.difference_update(ready)
        turn = min(pending, key=lambda name: (len(needed[name] & pending), awaited[name], name))
        pending.discard(turn)
        yield ready, turn


def _closure(name: str, direct: Mapping[str, set[str]]) -> set[str]:
    seen, open_ones = {name}, [name]
    while open_ones:
        new = direct[open_ones.pop()] - seen
        seen |= new
        open_ones.extend(new)
    return seen


def _packages(name: str) -> Iterator[str]:
    while name := name.rpartition(".")[0]:
        yield name


def _known(names: set[str], modules: Mapping[str, Path]) -> set[str]:
    """Return the modules among names, with their packages: a name may be that of a class in a module."""
    found = {module for name in names for module in (name, *_packages(name)) if module in modules}
    return found | {package for name in found for package in _packages(name)}


def _imported(file: Path) -> set[str]:
    """Return the names that a module imports while it is loaded: not in functions, and not for checkers of types."""
    names: set[str] = set()
    open_ones: list[ast.stmt] = list(ast.parse(file.read_text(encoding="utf-8")).body)
    while open_ones:
        node = open_ones.pop()
        match node:
            case ast.Import():
                names.update(alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module)):
                names.update((module, *(f"{module}.{alias.name}" for alias in node.names)))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                pass
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                open_ones.extend(node.orelse)
            case _:
                open_ones.extend(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt))
                if isinstance(node, ast.Try):
                    open_ones.extend(statement for handler in node.handlers for statement in handler.body)
    return names
