import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

import babilu
from babilu.cli import app as program
from babilu.cli import main
from babilu.cli.app import COMMANDS
from babilu.cli.exits import Exit
from babilu.cli.help import SECTIONS
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError


def with_command(monkeypatch: pytest.MonkeyPatch, command: Callable[..., object]) -> None:
    """Let the program have the command ``work`` besides its own."""
    build = program.build

    def build_with_command(first: str) -> typer.Typer:
        app = build(first)
        app.command("work")(command)
        return app

    monkeypatch.setattr(program, "build", build_with_command)


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == Exit.DONE
    assert capsys.readouterr().out == f"babilu {babilu.__version__}\n"


def test_without_a_command_the_program_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == Exit.DONE
    assert "Usage: babilu" in capsys.readouterr().out


def test_help_names_the_launcher_when_it_was_started_by_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(["--help"], folder=tmp_path)

    assert "Usage: main.py" in capsys.readouterr().out


def test_an_unknown_command_is_one_line_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dance"]) == Exit.USAGE

    captured = capsys.readouterr()
    assert captured.err == "No such command 'dance'. Try: babilu --help\n"
    assert captured.out == ""


def test_a_wrong_argument_points_to_the_help_of_its_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(port: int) -> None:
        raise AssertionError(port)

    with_command(monkeypatch, work)

    assert main(["work", "many"]) == Exit.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert "port" in line
    assert line.endswith(". Try: babilu work --help")


def test_under_json_an_error_is_one_object_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dance", "--json"]) == Exit.USAGE

    captured = capsys.readouterr()
    assert json.loads(captured.out) == {
        "event": "error",
        "code": "usage",
        "text": "No such command 'dance'. Try: babilu --help",
        "fatal": True,
    }


def test_an_error_of_ours_ends_the_program_with_its_sentence_and_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def work() -> None:
        raise LinkError(ErrorCode.UNAVAILABLE, "The relay cannot be reached.")

    with_command(monkeypatch, work)

    assert main(["work"]) == Exit.UNAVAILABLE
    assert capsys.readouterr().err == "The relay cannot be reached.\n"


def test_an_error_nobody_expected_shows_its_place_and_not_its_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def work() -> None:
        raise ValueError("the passphrase is secret")

    with_command(monkeypatch, work)

    assert main(["work"]) == Exit.SESSION
    said = capsys.readouterr().err
    assert said.startswith("Babilu met an error of its own, ValueError at line ")
    assert "test_app.py" in said
    assert "secret" not in said


def test_an_interrupted_command_ends_quietly(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def work() -> None:
        raise KeyboardInterrupt

    with_command(monkeypatch, work)

    assert main(["work"]) == Exit.INTERRUPTED
    assert capsys.readouterr() == ("", "")


def test_a_command_returns_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    with_command(monkeypatch, lambda: Exit.PROFILE_IN_USE)

    assert main(["work"]) == Exit.PROFILE_IN_USE


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        (ErrorCode.USAGE, Exit.USAGE),
        (ErrorCode.WRONG_CREDENTIALS, Exit.CREDENTIALS),
        (ErrorCode.PROFILE_IN_USE, Exit.PROFILE_IN_USE),
        (ErrorCode.UNAVAILABLE, Exit.UNAVAILABLE),
        (ErrorCode.QUOTA, Exit.SESSION),
    ],
)
def test_an_error_code_has_its_exit_code(monkeypatch: pytest.MonkeyPatch, code: ErrorCode, exit_code: Exit) -> None:
    def work() -> None:
        raise BabiluError(code, "Because.")

    with_command(monkeypatch, work)

    assert main(["work"]) == exit_code


def test_a_reader_that_leaves_ends_the_program_without_complaint() -> None:
    code = (
        "import sys\n"
        "from babilu.cli import app, main\n"
        "build = app.build\n"
        "def chatter():\n"
        "    while True: print('x' * 1000)\n"
        "def build_with_chatter(first):\n"
        "    program = build(first)\n"
        "    program.command('chatter')(chatter)\n"
        "    return program\n"
        "app.build = build_with_chatter\n"
        "sys.exit(main(['chatter']))\n"
    )
    source = str(Path(babilu.__file__).parent.parent)
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {source!r})\n{code}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == Exit.SESSION


def test_help_names_every_command_in_a_line_that_fits_and_arguments_as_people_write_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert {name for names in SECTIONS.values() for name in names} == set(COMMANDS)
    for group in ([], ["admin"], ["admin", "users"], ["admin", "invitations"], ["admin", "certificate"], ["config"]):
        assert main([*group, "--help"]) == Exit.DONE
        assert "..." not in capsys.readouterr().out.replace("[ARGS]...", "")
    main(["connect", "--help"])
    assert "Usage: babilu connect [OPTIONS] [IP|INVITATION] [PORT] [USER] [PASSWORD]\n" in capsys.readouterr().out
    main(["send", "--help"])
    assert "Usage: babilu send [OPTIONS] NAME [TEXT]...\n" in capsys.readouterr().out


def test_a_group_alone_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["admin", "users"]) == Exit.DONE
    told = capsys.readouterr()
    assert "Usage: babilu admin users [OPTIONS] COMMAND" in told.out
    assert not told.err


def test_mistakes_are_told_in_the_language_of_the_person(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["send", "bob", "hi", "--home", str(tmp_path), "--lang", "es"]) == Exit.USAGE
    assert capsys.readouterr().err == f"No hay ningún perfil en {tmp_path}: `connect` crea uno.\n"
    assert main(["admin", "users", "list", "--home", str(tmp_path), "--lang=es"]) == Exit.UNAVAILABLE
    assert capsys.readouterr().err.startswith("No funciona ningún servidor en ")
