"""The command line is put together here, and here alone an error becomes one line and an exit code."""

import importlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from babilu.cli.exits import Exit, exit_for
from babilu.cli.help import Command, Program
from babilu.cli.options import WaitSentCommand
from babilu.cli.origin import Origin
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.presentation.json_line import json_line
from babilu.terminal.strings import MisuseError, Strings, language_of
from babilu.version import __version__

_log = logging.getLogger(__name__)

COMMANDS: Final = {
    "start": "start:start",
    "stop": "stop:stop",
    "restart": "restart:restart",
    "status": "status:status",
    "admin": "admin:build",
    "doctor": "doctor:doctor",
    "config": "config:build",
    "privacy": "privacy:build",
    "connect": "connect:connect",
    "peer": "peer:peer",
    "desktop": "desktop:desktop",
    "daemon": "keep:keep",
    "send": "send:send",
    "receive": "receive:receive",
    "history": "history:history",
    "contacts": "contacts:contacts",
    "verify": "verify:verify",
    "rpc": "rpc:rpc",
}
"""Where each command is: its module, and the function that does it, or that builds a group of commands."""

WAITING: Final = frozenset({"connect", "peer"})
"""Commands that take ``--wait-sent``."""


def build(first: str = "") -> typer.Typer:
    """Put the program together from its commands.

    Args:
        first: The word that a command line begins with. Where it is a command, no other one is even imported: to load
            them all takes longer than most of them take for their work.
    """
    app = typer.Typer(
        cls=Program,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(program)
    for name in [first] if first in COMMANDS else COMMANDS:
        module, function = COMMANDS[name].split(":")
        found = getattr(importlib.import_module(f"babilu.cli.{module}"), function)
        if function == "build":
            app.add_typer(found(), name=name)
        else:
            app.command(name, cls=WaitSentCommand if name in WAITING else Command)(found)
    return app


def show_version(wanted: bool) -> None:
    """Answer ``--version`` before anything else is looked at."""
    if wanted:
        print(f"babilu {__version__}")
        raise typer.Exit


def program(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Private chat that people host themselves: with a relay of theirs, or directly."""


def run(arguments: Sequence[str] | None = None, *, folder: Path | None = None) -> int:
    """Run one command line; see `babilu.cli.main`."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    name = "babilu" if folder is None else "main.py"
    app = build(given[0])
    try:
        return int(
            app(args=given, prog_name=name, obj=Origin(folder, tuple(given)), standalone_mode=False) or Exit.DONE
        )
    except typer.TyperException as error:
        text = error.format_message().removesuffix("?.").rstrip(".")
        problem = text if text.endswith("?") else f"{text}."
        report(MisuseError("command_line", problem=problem, command=f"{name}{command_of(app, given)}"), given)
        return Exit.USAGE
    except BabiluError as error:
        report(error, given)
        return exit_for(error)
    except (KeyboardInterrupt, typer.Abort):
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; Python would complain once more when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.SESSION
    except Exception as error:  # noqa: BLE001 -- the last frame of the program: what is ours to mend is named, not shown
        _log.debug("unexpected", exc_info=True)
        report(DefectError(origin_of(error)), given)
        return Exit.SESSION


def command_of(app: typer.Typer, given: Sequence[str]) -> str:
    """Name the command that a command line begins with, as far as there is one: `` config check``."""
    name = given[0]
    if any(command.name == name for command in app.registered_commands):
        return f" {name}"
    group = next((group.typer_instance for group in app.registered_groups if group.name == name), None)
    if group is None:
        return ""
    return f" {name}" + (command_of(group, given[1:]) if len(given) > 1 else "")


def origin_of(error: Exception) -> str:
    """Name an error's type and place, and nothing that it carries: a message may quote what nobody else should see."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at line {last.lineno} of {Path(last.filename).name}"


class DefectError(MisuseError):
    """Something in Babilu itself has to be mended.

    Args:
        origin: Where it was met.
    """

    def __init__(self, origin: str) -> None:
        super().__init__("defect", origin=origin)
        self.code = ErrorCode.INTERNAL


def report(error: BabiluError, arguments: Sequence[str]) -> None:
    """Tell the person, and a program that reads JSON, why this ends."""
    text = Strings(language_wanted(arguments)).error(error)
    if "--json" in arguments:
        event = {"event": "error", "code": error.code.value, "text": text, "fatal": True}
        print(json_line(event), flush=True)
    print(text, file=sys.stderr)


def language_wanted(arguments: Sequence[str]) -> str:
    """Tell the language that a command line asks for, however wrong it may be otherwise; else that of the locale."""
    for number, word in enumerate(arguments):
        option, sign, value = word.partition("=")
        if option == "--lang":
            return value if sign else next(iter(arguments[number + 1 :]), "")
    return language_of(os.environ)
