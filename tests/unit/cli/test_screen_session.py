"""On a terminal the client fills the screen; wherever it cannot, lines take its place."""

import subprocess
import sys
from pathlib import Path

import pytest

from babilu.api.client import DirectProfile
from babilu.cli import screen_session
from babilu.cli.exit_codes import ExitCode
from babilu.cli.line_session import SessionOptions
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import AccountError, ErrorCode
from babilu.presentation.strings import Strings
from babilu.terminal.app import program

PROFILE = DirectProfile("alice", Passphrase("correct horse"))


class Stream:
    """A standard stream that is a terminal, or is not."""

    def __init__(self, *, terminal: bool = True, encoding: str = "utf-8") -> None:
        self.encoding = encoding
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def on_terminal(monkeypatch: pytest.MonkeyPatch, encoding: str = "utf-8", elsewhere: str = "") -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, Stream(terminal=name != elsewhere, encoding=encoding))
    monkeypatch.setenv("TERM", "xterm-256color")


def test_three_streams_on_a_terminal_of_unicode_are_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    on_terminal(monkeypatch)
    assert screen_session.has_screen()
    for name in ("stdin", "stdout", "stderr"):
        on_terminal(monkeypatch, elsewhere=name)
        assert not screen_session.has_screen()
    on_terminal(monkeypatch, encoding="ascii")
    assert not screen_session.has_screen()
    on_terminal(monkeypatch)
    monkeypatch.setenv("TERM", "dumb")
    assert not screen_session.has_screen()


def test_lines_are_spoken_where_they_are_wanted_or_nothing_else_is_possible(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    say = Strings()
    used: list[str] = []

    def lines(*_: object) -> ExitCode:
        used.append("lines")
        return ExitCode.DONE

    def screen(*_: object) -> ExitCode:
        used.append("screen")
        return ExitCode.DONE

    monkeypatch.setattr(screen_session, "run_session", lines)
    monkeypatch.setattr(screen_session, "run_screen", screen)
    monkeypatch.setattr(screen_session, "has_screen", lambda: True)
    screen_session.run_fitting(PROFILE, tmp_path, SessionOptions(False, None, say), lines=False)
    screen_session.run_fitting(PROFILE, tmp_path, SessionOptions(False, None, say), lines=True)
    screen_session.run_fitting(PROFILE, tmp_path, SessionOptions(True, None, say), lines=False)
    screen_session.run_fitting(PROFILE, tmp_path, SessionOptions(False, 5.0, say), lines=False)
    monkeypatch.setattr(screen_session, "has_screen", lambda: False)
    screen_session.run_fitting(PROFILE, tmp_path, SessionOptions(False, None, say), lines=False)
    assert used == ["screen", "lines", "lines", "lines", "lines"]


def test_why_it_ended_is_said_after_the_screen_is_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = AccountError(ErrorCode.WRONG_CREDENTIALS, "Name and password do not fit.")
    monkeypatch.setattr(program, "run", lambda *_: refusal)
    assert screen_session.run_screen(PROFILE, tmp_path, Strings("es")) is ExitCode.CREDENTIALS
    assert (
        capsys.readouterr().err
        == "El nombre o la contraseña no es correcto. Si eres nuevo aquí, el nombre está ocupado: elige otro.\n"
    )
    monkeypatch.setattr(program, "run", lambda *_: ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        screen_session.run_screen(PROFILE, tmp_path, Strings())
    monkeypatch.setattr(program, "run", lambda *_: None)
    assert screen_session.run_screen(PROFILE, tmp_path, Strings()) is ExitCode.DONE


def test_whoever_needs_no_screen_does_not_load_it() -> None:
    script = (
        "import sys, babilu.cli.app, babilu.cli.screen_session, babilu.library\n"
        "sys.exit(any(name.split('.')[0] == 'textual' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, env={"PYTHONPATH": "src"}).returncode == 0
