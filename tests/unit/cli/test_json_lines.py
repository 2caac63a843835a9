"""Every line of JSON is ASCII, whoever wrote what stands in it, and one function makes them all."""

import ast
import json
from pathlib import Path

import pytest

import babilu
from babilu.cli.app import report
from babilu.cli.tables import show_json
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.presentation.json_line import json_line
from babilu.presentation.strings import Strings

HOSTILE = "a\x1b[2J\x9b31m\u202eb"
ROOMS = ("cli", "terminal")
ELSEWHERE = {"daemon.py", "preferences.py"}
"""A pipe between two processes of ours, and a file of settings: nobody is shown them."""


def dumps_in(file: Path) -> list[int]:
    calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    return [
        call.lineno for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in {"dumps", "dump"}
    ]


def test_no_command_writes_json_by_itself() -> None:
    package = Path(babilu.__file__).parent
    found = {
        f"{file.name}:{line}"
        for room in ROOMS
        for file in sorted((package / room).rglob("*.py"))
        if file.name not in ELSEWHERE
        for line in dumps_in(file)
    }
    assert found == set()


def test_a_line_is_ascii_and_says_the_same() -> None:
    line = json_line({"text": HOSTILE})
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {"text": HOSTILE}


def test_a_table_as_json_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    show_json("held", rows=[HOSTILE])
    assert capsys.readouterr().out.rstrip("\n").isascii()


def test_an_error_as_json_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    report(LinkError(ErrorCode.UNAVAILABLE, HOSTILE), Strings(), ["--json"])
    assert capsys.readouterr().out.rstrip("\n").isascii()
