"""Deliberate breaks of the program: each is a snippet, what replaces it, and the test that must fail then.

Each TOML file of this folder holds the breaks of one area. `applied` makes a copy of the project with one break in it,
and `try_out` runs its test there.
"""

import ast
import os
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = Path(__file__).resolve().parent
LEFT_BEHIND: Final = frozenset({".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "dist"})
TEST_TIMEOUT_S: Final = 60
PATIENCE_S: Final = 90
DEEPEST_INDENT: Final = 24
HYPOTHESIS_PROFILE: Final = "breaks"
"""A failure is enough: nobody reads the smallest example of what a deliberate break does."""
SOME_TESTS_FAILED: Final = 1


@dataclass(frozen=True, slots=True)
class Break:
    """One deliberate break: where it is made, and the test that must catch it."""

    name: str
    module: str
    function: str
    snippet: str
    instead: str
    test: str

    @property
    def source(self) -> Path:
        """The module's file, relative to the project."""
        # The launcher and the tools lie beside the package.
        path = Path(*(["src"] if self.module.startswith("babilu") else []), *self.module.split("."))
        package = path / "__init__.py"
        return package if (ROOT / package).is_file() else path.with_suffix(".py")


class Outcome(Enum):
    """What became of a break."""

    CAUGHT = auto()
    SURVIVED = auto()
    UNUSABLE = auto()
    """Its test could not be run at all."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Outcome of one break, and the last words of its test."""

    outcome: Outcome
    output: str


def load_breaks() -> tuple[Break, ...]:
    """Return all breaks, ordered by name.

    Raises:
        ValueError: A field is missing or unknown, or two breaks share a name.
    """
    breaks: dict[str, Break] = {}
    for file in sorted(FOLDER.glob("*.toml")):
        for fields in tomllib.loads(file.read_text(encoding="utf-8")).get("break", []):
            try:
                one = Break(**fields)
            except TypeError as error:
                raise ValueError(f"{file.name}: {fields.get('name')}: {error}") from error
            if one.name in breaks:
                raise ValueError(f"{file.name}: {one.name} is there twice")
            breaks[one.name] = one
    return tuple(breaks[name] for name in sorted(breaks))


def broken_source(source: str, one: Break) -> str:
    """Return a module's source with the break in it.

    Raises:
        ValueError: The function or the snippet is not there, or the snippet is there more than once.
    """
    lines = source.splitlines(keepends=True)
    first, last = _extent(ast.parse(source), one.function.split(".") if one.function else [], len(lines))
    body = "".join(lines[first - 1 : last])
    snippet, instead = (textwrap.dedent(text).strip("\n") for text in (one.snippet, one.instead))
    if "\n" not in snippet:
        # A part of a line: what comes in its place keeps the margin of that line.
        start = body.find(snippet)
        line = body[body.rfind("\n", 0, max(start, 0)) + 1 :]
        margin = line[: len(line) - len(line.lstrip(" "))]
        found, replacement = snippet, textwrap.indent(instead, margin)[len(margin) :]
    else:
        margins = (" " * width for width in range(0, DEEPEST_INDENT, 4))
        margin = next((each for each in margins if textwrap.indent(snippet, each) in "\n" + body), "")
        found, replacement = textwrap.indent(snippet, margin), textwrap.indent(instead, margin)
    if body.count(found) != 1:
        raise ValueError(f"{one.name}: the snippet is not there exactly once")
    broken = "".join([*lines[: first - 1], body.replace(found, replacement), *lines[last:]])
    ast.parse(broken)
    return broken


def _extent(tree: ast.AST, names: list[str], length: int) -> tuple[int, int]:
    """Return the first and last line of a definition, from 1."""
    if not names:
        last = getattr(tree, "end_lineno", None)
        return (getattr(tree, "lineno", 1), last) if last else (1, length)
    for node in ast.walk(tree) if isinstance(tree, ast.Module) and len(names) == 1 else ast.iter_child_nodes(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == names[0]:
            return _extent(node, names[1:], length)
    raise ValueError(f"there is no {'.'.join(names)}")


@contextmanager
def applied(one: Break) -> Iterator[Path]:
    """Give a copy of the project with the break in it, and remove it afterwards.

    Files are linked, compiled ones too, so that a copy costs little; what is broken is written anew.
    """
    with TemporaryDirectory(prefix="babilu-break-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, copy_function=_link, ignore=lambda _folder, names: LEFT_BEHIND & set(names))
        broken = copy / one.source
        text = broken_source((ROOT / one.source).read_text(encoding="utf-8"), one)
        broken.unlink()
        broken.write_text(text, encoding="utf-8")
        yield copy


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def try_out(one: Break) -> Trial:
    """Run the test that must catch a break, in a copy with the break."""
    with applied(one) as copy:
        return run_tests(copy, [one.test])


def run_tests(project: Path, tests: list[str], workers: int = 0, patience_s: float | None = PATIENCE_S) -> Trial:
    """Run tests of a copy of the project in a process of their own, or in several."""
    # A thread ends the process. An alarm would be raised wherever the main thread is, which may be in pytest itself.
    timeout = ["--timeout", str(TEST_TIMEOUT_S), "--timeout-method", "thread"]
    examples = f"--hypothesis-profile={HYPOTHESIS_PROFILE}"
    arguments = ["-q", "-x", "-n", str(workers), "-p", "no:cacheprovider", *timeout, examples, *tests]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=project,
            env=surroundings(project),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=patience_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        # A program that hangs is caught as well as one that fails.
        return Trial(Outcome.CAUGHT, f"no end within {PATIENCE_S} s")
    outcomes = {0: Outcome.SURVIVED, SOME_TESTS_FAILED: Outcome.CAUGHT}
    return Trial(outcomes.get(done.returncode, Outcome.UNUSABLE), done.stdout[-3000:])


def surroundings(project: Path) -> dict[str, str]:
    """Return the environment in which the tests of a copy run, or those of the project itself."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = str(project / "src")
    return environment
