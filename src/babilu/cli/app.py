"""Command line, put together: here alone an error becomes one line and an exit code."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from babilu.cli.commands import Program
from babilu.cli.exit_codes import ExitCode, exit_for
from babilu.cli.launch import LaunchOrigin
from babilu.cli.parameters import Option
from babilu.cli.standard_streams import end_standard_streams, unwritten
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.presentation.plain_text import lines
from babilu.presentation.strings import MisuseError, Strings, language_of
from babilu.version import __version__

COMMANDS: Final = {
    "connect": "connect:connect",
    "peer": "peer:peer",
    "desktop": "desktop:desktop",
    "start": "start:start",
    "stop": "stop:stop",
    "restart": "restart:restart",
    "status": "status:status",
    "doctor": "doctor:doctor",
    "admin": "admin:admin",
    "config": "config:config",
    "daemon": "daemon_command:keep",
    "send": "send:send",
    "receive": "receive:receive",
    "history": "history:history",
    "contacts": "contacts:contacts",
    "verify": "verify:verify",
    "rpc": "rpc:rpc",
    "backup": "backup:backup",
    "privacy": "privacy:privacy",
    "export": "export_chats:export",
    "import": "import_chats:import_chats",
    "completion": "completion:completion",
    "version": "about:version",
    "help": "about:help_",
}
"""Where each command is: its module, and its name there."""

COMPLETION: Final = "_BABILU_COMPLETE"
"""Variable by which a shell asks for what can follow: click's convention."""


def build(say: Strings | None = None) -> Program:
    """Put the program together; no command is loaded yet.

    Args:
        say: The language of its help; English for None.
    """
    version = Option(
        ["-V", "--version"],
        about="version",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show_version,
    )
    return Program(COMMANDS, say or Strings(), params=[version])


def show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Answer ``--version`` before anything else is looked at."""
    if wanted and not context.resilient_parsing:
        print(f"babilu {__version__}")
        context.exit()


def run(arguments: Sequence[str] | None = None, *, folder: Path | None = None) -> int:
    """Run one command line; see `babilu.cli.main`."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    say = Strings(language_wanted(given))
    try:
        code = attempt(given, say, folder)
    except OSError as error:
        code = ExitCode.SESSION if isinstance(error, BrokenPipeError) or unwritten() else defect(error, say, given)
    lost = end_standard_streams()
    if lost is None:
        return code
    # Whoever read the output and has gone needs to be told nothing.
    if not isinstance(lost, BrokenPipeError):
        print(say("output_lost", why=lost.strerror), file=sys.stderr)
    return code or ExitCode.SESSION


def attempt(given: list[str], say: Strings, folder: Path | None) -> int:
    """Run one command line, and tell of every error but one of reading and writing.

    Raises:
        OSError: Standard output cannot be written, or something of ours is to be mended.
    """
    name = "babilu" if folder is None else "main.py"
    origin = LaunchOrigin(folder, tuple(given))
    try:
        program = build(say)
        if COMPLETION in os.environ:
            return complete(program, origin)
        with program.make_context(name, given.copy(), obj=origin) as context:
            return int(program.invoke(context) or ExitCode.DONE)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except BabiluError as error:
        report(error, say, given)
        return exit_for(error)
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 -- the last frame of the program: what is ours to mend is named, not shown
        return defect(error, say, given)


def complete(program: Program, origin: LaunchOrigin) -> int:
    """Answer a shell that asks for what can follow, or for the script by which it asks."""
    from click.shell_completion import shell_complete

    return shell_complete(program, {"obj": origin}, "babilu", COMPLETION, os.environ[COMPLETION])


def defect(error: Exception, say: Strings, given: Sequence[str]) -> int:
    """Name an error that nobody expected: a package that is not installed, or something of ours to be mended."""
    import logging

    logging.getLogger(__name__).debug("unexpected", exc_info=error)
    named = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if named and named != "babilu":
        report(MisuseError("package_missing", package=named), say, given)
        return ExitCode.USAGE
    report(DefectError(origin_of(error)), say, given)
    return ExitCode.SESSION


def origin_of(error: Exception) -> str:
    """Name an error's type and place, and nothing that it carries: a message may quote what nobody else should see."""
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at line {last.lineno} of {Path(last.filename).name}"


class DefectError(MisuseError):
    """Babilu itself has a defect.

    Args:
        origin: Where it was met.
    """

    def __init__(self, origin: str) -> None:
        super().__init__("defect", origin=origin)
        self.code = ErrorCode.INTERNAL


def report(error: BabiluError, say: Strings, arguments: Sequence[str]) -> None:
    """Tell the person, and a program that reads JSON, why this ends."""
    text = say.error(error)
    if "--json" in arguments:
        from babilu.presentation.json_line import json_line

        event = {"event": "error", "code": error.code.value, "text": text, "fatal": True}
        print(json_line(event), flush=True)
    # Words of the command line stand in it, and a shell puts the names of anybody's files there.
    print("\n".join(lines(text)), file=sys.stderr)


def language_wanted(arguments: Sequence[str]) -> str:
    """Tell the language that a command line asks for, however wrong it may be otherwise; else that of the locale."""
    for number, word in enumerate(arguments):
        option, sign, value = word.partition("=")
        if option == "--lang":
            return value if sign else next(iter(arguments[number + 1 :]), "")
    return language_of(os.environ)
