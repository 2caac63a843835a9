import os
import sys
from collections.abc import Sequence

import pytest

from babilu.cli import handed_on
from babilu.cli.handed_on import MOST_BYTES, VARIABLE, words_of

LINE = ["connect", "127.0.0.1", "5050", "alice", "seven wet umbrellas", "caf\udce9"]


class Replaced(BaseException):
    """The process would be another one now."""


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    begun: list[Sequence[str]] = []

    def execve(path: str, command: Sequence[str], variables: dict[str, str]) -> None:
        begun.append([path, *command])
        monkeypatch.setenv(VARIABLE, variables[VARIABLE])
        raise Replaced

    monkeypatch.setattr(os, "execve", execve)
    return begun


def run_as(monkeypatch: pytest.MonkeyPatch, line: list[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["main.py", *line])
    monkeypatch.setattr(sys, "orig_argv", ["python3", "-I", "main.py", *line])


def test_a_process_begins_anew_with_its_command_alone_and_is_handed_its_words(
    monkeypatch: pytest.MonkeyPatch, begun: list[Sequence[str]]
) -> None:
    run_as(monkeypatch, LINE)
    with pytest.raises(Replaced):
        words_of(LINE)
    assert begun == [[sys.executable, sys.executable, "-I", "main.py", "connect"]]
    run_as(monkeypatch, ["connect"])
    assert words_of(["connect"]) == LINE
    assert VARIABLE not in os.environ


@pytest.mark.parametrize("line", [["connect", "127.0.0.1", "5050"], ["start", "127.0.0.1", "5050", "10"], []])
def test_a_command_line_without_a_password_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch, begun: list[Sequence[str]], line: list[str]
) -> None:
    run_as(monkeypatch, line)
    assert words_of(line) == line
    assert begun == []


def test_what_is_asked_for_within_a_process_does_not_replace_it(
    monkeypatch: pytest.MonkeyPatch, begun: list[Sequence[str]]
) -> None:
    run_as(monkeypatch, ["receive"])
    assert words_of(LINE) == LINE
    assert begun == []


def test_a_command_line_that_no_pipe_takes_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch, begun: list[Sequence[str]]
) -> None:
    line = [*LINE, "x" * MOST_BYTES]
    run_as(monkeypatch, line)
    assert words_of(line) == line
    assert begun == []
    assert handed_on.may_hold_password(line)
