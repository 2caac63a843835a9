import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import babilu
from babilu.cli import app as program
from babilu.cli import main
from babilu.cli.app import COMMANDS
from babilu.cli.commands import Program, TranslatedCommand, parameters_of
from babilu.cli.exit_codes import ExitCode
from babilu.cli.help import SECTIONS, walk
from babilu.cli.parameters import Number, argument
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.presentation.strings import LANGUAGES, Strings, catalogue


def with_command(monkeypatch: pytest.MonkeyPatch, command: Callable[..., object]) -> None:
    """Let the program have the command ``work`` besides its own."""
    build = program.build

    def build_with_command(say: Strings) -> Program:
        app = build(say)
        app.add_command(TranslatedCommand("work", callback=command, params=parameters_of(command)))
        return app

    monkeypatch.setattr(program, "build", build_with_command)


def test_without_a_command_the_program_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == ExitCode.DONE
    assert "Usage: babilu" in capsys.readouterr().out


def test_help_names_the_launcher_when_it_was_started_by_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(["--help"], folder=tmp_path)

    assert "Usage: main.py" in capsys.readouterr().out


def test_an_unknown_command_is_one_line_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dance"]) == ExitCode.USAGE

    captured = capsys.readouterr()
    assert captured.err == "There is no command 'dance'. Try: babilu --help\n"
    assert captured.out == ""


def test_a_wrong_argument_points_to_the_help_of_its_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @argument("port", type=Number(0, 9))
    def work(port: int) -> None:
        raise AssertionError(port)

    with_command(monkeypatch, work)

    assert main(["work", "many"]) == ExitCode.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "PORT takes a whole number from 0 to 9, and not 'many'. Try: babilu work --help"


def test_words_of_the_command_line_steer_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["\x1b[31m"]) == ExitCode.USAGE
    error = capsys.readouterr().err
    assert "[31m" in error
    assert "\x1b" not in error


def test_under_json_an_error_is_one_object_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dance", "--json"]) == ExitCode.USAGE

    captured = capsys.readouterr()
    assert json.loads(captured.out) == {
        "event": "error",
        "code": "usage",
        "text": "There is no command 'dance'. Try: babilu --help",
        "fatal": True,
    }


def test_an_error_of_ours_ends_the_program_with_its_sentence_and_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def work() -> None:
        raise LinkError(ErrorCode.UNAVAILABLE, "The relay cannot be reached.")

    with_command(monkeypatch, work)

    assert main(["work"]) == ExitCode.UNAVAILABLE
    assert capsys.readouterr().err == "The relay cannot be reached.\n"


def test_an_error_nobody_expected_shows_its_place_and_not_its_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def work() -> None:
        raise ValueError("the passphrase is secret")

    with_command(monkeypatch, work)

    assert main(["work"]) == ExitCode.SESSION
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

    assert main(["work"]) == ExitCode.INTERRUPTED
    assert capsys.readouterr() == ("", "")


def test_a_command_returns_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    with_command(monkeypatch, lambda: ExitCode.PROFILE_IN_USE)

    assert main(["work"]) == ExitCode.PROFILE_IN_USE


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        (ErrorCode.USAGE, ExitCode.USAGE),
        (ErrorCode.WRONG_CREDENTIALS, ExitCode.CREDENTIALS),
        (ErrorCode.PROFILE_IN_USE, ExitCode.PROFILE_IN_USE),
        (ErrorCode.UNAVAILABLE, ExitCode.UNAVAILABLE),
        (ErrorCode.QUOTA, ExitCode.SESSION),
    ],
)
def test_an_error_code_has_its_exit_code(monkeypatch: pytest.MonkeyPatch, code: ErrorCode, exit_code: ExitCode) -> None:
    def work() -> None:
        raise BabiluError(code, "Because.")

    with_command(monkeypatch, work)

    assert main(["work"]) == exit_code


def test_a_reader_that_leaves_ends_the_program_without_complaint() -> None:
    code = (
        "import sys\n"
        "from babilu.cli import app, main\n"
        "from babilu.cli.commands import TranslatedCommand\n"
        "build = app.build\n"
        "def chatter():\n"
        "    while True: print('x' * 1000)\n"
        "def build_with_chatter(say):\n"
        "    program = build(say)\n"
        "    program.add_command(TranslatedCommand('chatter', callback=chatter))\n"
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
    assert process.returncode == ExitCode.SESSION


def pages() -> list[str]:
    """Give the words of every command, groups and the program itself among them."""
    return [" ".join(page.words[1:]) for page in walk(program.build())]


def test_help_names_every_command_in_a_line_that_fits_and_arguments_as_people_write_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert {name for names in SECTIONS.values() for name in names} == set(COMMANDS)
    for group in ("", "admin", "admin users", "admin invitations", "admin certificate", "config", "privacy"):
        for language in LANGUAGES:
            assert main([*group.split(), "--help"], folder=Path("/clone")) == ExitCode.DONE
            assert capsys.readouterr().out
            page = next(page for page in walk(program.build(Strings(language))) if " ".join(page.words[1:]) == group)
            width = max(len(name) for name, _ in page.children)
            assert [text for _, text in page.children if 2 + width + 2 + len(text) > 78] == []
    main(["connect", "--help"])
    assert "Usage: babilu connect [OPTIONS] [IP|INVITATION] [PORT] [USER] [PASSWORD]\n" in capsys.readouterr().out
    main(["send", "--help"])
    assert "Usage: babilu send [OPTIONS] NAME [TEXT]...\n" in capsys.readouterr().out


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_command_explains_itself_in_the_language_of_the_locale(
    language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", f"{language}.UTF-8")
    say = Strings(language)
    for words in pages():
        assert main([*words.split(), "--help"]) == ExitCode.DONE
        shown = capsys.readouterr().out
        assert shown.startswith(say("cli.usage"))
        assert say("cli.option.help") in shown
        key = ".".join(["cli.command", *words.split()]) if words else "cli.command.program"
        told = " ".join(shown.split())
        assert all(" ".join(paragraph.split()) in told for paragraph in say(key).split("\n\n"))


def test_the_language_that_is_asked_for_wins_over_the_locale_in_help_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert main(["start", "--help", "--lang", "es"]) == ExitCode.DONE
    assert "Pone en marcha un servidor" in capsys.readouterr().out


def test_every_text_of_help_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    call = Strings.__call__

    def note(say: Strings, key: str, /, **fields: object) -> str:
        asked.add(key)
        return call(say, key, **fields)

    monkeypatch.setattr(Strings, "__call__", note)
    for words in pages():
        main([*words.split(), "--help"], folder=Path("/clone"))
    keys = vars(catalogue("en"))["_catalog"]
    assert {key for key in keys if isinstance(key, str) and key.startswith("cli.")} <= asked


def test_a_clone_lists_the_commands_that_only_it_has(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(["--help"], folder=tmp_path)
    in_clone = capsys.readouterr().out
    main(["--help"])
    installed = capsys.readouterr().out
    for name in ("test", "bench", "screenshots", "translations", "lock", "package"):
        assert f"\n  {name} " in in_clone
        assert f"\n  {name} " not in installed


def test_a_group_alone_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["admin", "users"]) == ExitCode.DONE
    told = capsys.readouterr()
    assert "Usage: babilu admin users [OPTIONS] COMMAND" in told.out
    assert not told.err


@pytest.mark.parametrize("words", [["--version"], ["-V"], ["version"]])
def test_the_version_is_told_however_people_ask(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == ExitCode.DONE
    assert capsys.readouterr().out == f"babilu {babilu.__version__}\n"


def test_help_as_a_command_says_what_help_as_an_option_says(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["connect"], ["admin", "users", "list"]):
        assert main([*words, "--help"]) == ExitCode.DONE
        by_option = capsys.readouterr().out
        assert main(["help", *words]) == ExitCode.DONE
        assert capsys.readouterr().out == by_option
    assert main(["help", "admin", "dance"]) == ExitCode.USAGE
    assert capsys.readouterr().err == "There is no command 'dance'. Try: babilu help --help\n"


@pytest.mark.parametrize("words", ["--version", "--help", "connect --help", "admin users list --help"])
def test_a_quick_command_loads_nothing_that_it_does_not_need(words: str) -> None:
    code = (
        f"import sys\nfrom babilu.cli import main\nmain({words.split()!r})\n"
        "heavy = {'asyncio', 'cryptography', 'logging', 'msgspec', 'sqlcipher3', 'textual', 'babilu.cli.status'}\n"
        "print(*sorted(heavy & sys.modules.keys()), file=sys.stderr, end='')\n"
    )
    assert python(code).stderr == ""


CLIENT_PACKAGES = [
    "doubleratchet",
    "keyring",
    "prompt_toolkit",
    "pygments",
    "PySide6",
    "rich",
    "segno",
    "sqlcipher3",
    "textual",
]
"""What a machine that only runs a relay does without."""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("--help", ExitCode.DONE),
        ("--version", ExitCode.DONE),
        ("config show", ExitCode.DONE),
        ("config check", ExitCode.DONE),
        ("status", ExitCode.UNAVAILABLE),
        ("stop", ExitCode.DONE),
        ("restart", ExitCode.USAGE),
        ("admin users list", ExitCode.UNAVAILABLE),
        ("admin invitations create", ExitCode.UNAVAILABLE),
        ("admin backup", ExitCode.UNAVAILABLE),
        ("doctor", 2),
        ("start 127.0.0.1 0 --tls-key nothing", ExitCode.USAGE),
    ],
)
def test_a_relay_is_run_and_administered_where_nothing_of_a_client_is_installed(
    words: str, code: int, tmp_path: Path
) -> None:
    given = [*words.split(), *([] if words.startswith("--") else ["--home", str(tmp_path)])]
    done = python(without_client(given))
    assert done.returncode == code
    assert "package" not in done.stderr


def test_a_command_for_a_client_names_the_package_that_is_missing(tmp_path: Path) -> None:
    done = python(without_client(["contacts", "--home", str(tmp_path)]))
    assert done.returncode == ExitCode.USAGE
    assert done.stderr.startswith("This installation lacks the package sqlcipher3, which this command needs")


def without_client(arguments: list[str]) -> str:
    return (
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.partition('.')[0] in {CLIENT_PACKAGES!r}:\n"
        "            raise ModuleNotFoundError(name, name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
        "from babilu.cli import main\n"
        f"sys.exit(main({arguments!r}))\n"
    )


def python(code: str) -> "subprocess.CompletedProcess[str]":
    source = str(Path(babilu.__file__).parent.parent)
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {source!r})\n{code}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )


def test_the_end_of_a_process_looks_through_none_of_its_objects() -> None:
    done = python(
        "import atexit, gc, sys\n"
        "from babilu.cli import main\n"
        "main(['--version'])\n"
        "atexit._run_exitfuncs()\n"
        "sys.exit(len(gc.get_objects()) > 100 or not gc.get_freeze_count())\n"
    )
    assert done.returncode == 0, done.stderr


def test_a_session_loads_what_draws_codes_with_the_first_code() -> None:
    done = python(
        "from babilu.terminal import line_mode, qr_blocks\n"
        "before = 'segno' in sys.modules\n"
        "qr_blocks.qr_blocks('babilu')\n"
        "print(before, 'segno' in sys.modules)\n"
    )
    assert done.stdout == "False True\n", done.stderr


@pytest.mark.parametrize(
    ("words", "english", "spanish"),
    [
        ("dance", "There is no command 'dance'.", "No hay ninguna orden 'dance'."),
        (
            "strat",
            "There is no command 'strat'. Did you mean start?",
            "No hay ninguna orden 'strat'. ¿Querías decir start?",
        ),
        ("start --foo", "There is no option --foo.", "No hay ninguna opción --foo."),
        (
            "start --opne",
            "There is no option --opne. Did you mean --open?",
            "No hay ninguna opción --opne. ¿Querías decir --open?",
        ),
        ("start --name", "The option --name needs a value.", "La opción --name necesita un valor."),
        ("start --open=yes", "The option --open takes no value.", "La opción --open no lleva valor."),
        (
            "start ::1 70000",
            "PORT takes a whole number from 0 to 65535, and not '70000'.",
            "PORT debe ser un número entero de 0 a 65535, y no '70000'.",
        ),
        (
            "start ::1 0 0",
            "MAX_USERS takes a whole number from 1 on, and not '0'.",
            "MAX_USERS debe ser un número entero desde 1, y no '0'.",
        ),
        ("start ::1 0 5 more", "There is 1 word too many.", "Sobra 1 palabra."),
        (
            "start --log-level loud",
            "--log-level takes one of debug, info, warning, error, and not 'loud'.",
            "--log-level debe ser uno de estos: debug, info, warning, error; y no 'loud'.",
        ),
        (
            "start --config /",
            "--config takes a file, and / is a folder.",
            "--config debe ser un archivo, y / es una carpeta.",
        ),
        (
            "start --home /dev/null",
            "--home takes a folder, and /dev/null is a file.",
            "--home debe ser una carpeta, y /dev/null es un archivo.",
        ),
        (
            "send --wait nan bob hi",
            "--wait takes a number of seconds, and not 'nan'.",
            "--wait debe ser un número de segundos, y no 'nan'.",
        ),
        ("history", "NAME is missing.", "Falta NAME."),
        ("admin --as bob", "A command is missing.", "Falta una orden."),
        (
            "admin users lost",
            "There is no command 'lost'. Did you mean list?",
            "No hay ninguna orden 'lost'. ¿Querías decir list?",
        ),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused_in_a_whole_sentence_of_each_language(
    words: str, english: str, spanish: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A line that is taken after all must start nothing: its command could be a relay that runs for ever.
    monkeypatch.setattr(TranslatedCommand, "invoke", lambda *_: pytest.fail("the line was taken"), raising=False)
    for language, sentence, hint in (("en", english, "Try:"), ("es", spanish, "Prueba:")):
        monkeypatch.setenv("LC_ALL", f"{language}.UTF-8")
        assert main(words.split()) == ExitCode.USAGE
        shown = capsys.readouterr()
        assert shown.err.startswith(f"{sentence} {hint} babilu")
        assert shown.err.endswith(" --help\n")
        assert not shown.out


def test_mistakes_are_told_in_the_language_of_the_person(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["send", "bob", "hi", "--home", str(tmp_path), "--lang", "es"]) == ExitCode.USAGE
    assert capsys.readouterr().err == f"No hay ningún perfil en {tmp_path}: `connect` crea uno.\n"
    assert main(["admin", "users", "list", "--home", str(tmp_path), "--lang=es"]) == ExitCode.UNAVAILABLE
    assert capsys.readouterr().err.startswith("No funciona ningún servidor en ")
