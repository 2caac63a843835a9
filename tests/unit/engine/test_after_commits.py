"""What follows from a commit cannot make it count as undone: it is done by `follow_up`, wherever rows are written."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import babilu.engine

FOLLOWING = frozenset({"tell", "tell_warning", "wake", "call", "post", "acknowledge", "look_up", "hand_over"})
"""What carries an effect to others: listeners, threads, the loop."""

MODULES = sorted(Path(babilu.engine.__file__).parent.rglob("*.py"))


def writes(statement: ast.stmt) -> bool:
    """Whether a statement is a write transaction."""
    return isinstance(statement, ast.With) and any(
        isinstance(item.context_expr, ast.Call)
        and isinstance(item.context_expr.func, ast.Attribute)
        and item.context_expr.func.attr == "write"
        for item in statement.items
    )


def within(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a function, but not the functions in it, and not what is done where a transaction has failed."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ExceptHandler):
            continue
        yield child
        yield from within(child)


def unguarded(source: str) -> list[int]:
    """Return the lines of effects that stand bare behind a write transaction of the same function."""
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        written = [node.end_lineno or 0 for node in within(function) if isinstance(node, ast.stmt) and writes(node)]
        for node in within(function):
            if not written or not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
                continue
            called = node.value.func
            if node.lineno > min(written) and isinstance(called, ast.Attribute) and called.attr in FOLLOWING:
                found.append(node.lineno)
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_effect_stands_bare_behind_a_commit(module: Path) -> None:
    lines = unguarded(module.read_text(encoding="utf-8"))
    assert lines == [], f"{module.name}: give these to follow_up: lines {lines}"


def test_a_bare_effect_behind_a_commit_is_found() -> None:
    source = "def f(self):\n    with self.database.write() as unit:\n        unit.x()\n    self.bus.tell(1)\n"
    assert unguarded(source) == [4]
    assert unguarded(source.replace("self.bus.tell(1)", "follow_up(lambda: self.bus.tell(1))")) == []
