"""Options that several commands share, each described once."""

from enum import StrEnum, unique
from pathlib import Path
from typing import Annotated, Any

import typer

from babilu.cli.help import Command

WAIT_SENT = "--wait-sent"
WAIT_SENT_SECONDS = 60
"""How long to wait where nobody says how long."""


@unique
class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@unique
class LogFormat(StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"


@unique
class Language(StrEnum):
    """A language that the program speaks."""

    ENGLISH = "en"
    SPANISH = "es"


HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        metavar="DIR",
        file_okay=False,
        help="Folder of the files; otherwise the usual one.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Speak JSON: one object a line on standard output.")]
LineOption = Annotated[
    bool, typer.Option("--line", help="Speak in lines also on a terminal, rather than fill the screen.")
]
LevelOption = Annotated[LogLevel, typer.Option("--log-level", help="How much is logged.")]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "--log-file",
        metavar="FILE",
        dir_okay=False,
        help="Log to this file, which rotates, and not to standard error.",
        show_default=False,
    ),
]
FormatOption = Annotated[LogFormat, typer.Option("--log-format", help="How a line of the log is written.")]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        dir_okay=False,
        help="Configuration of the relay; otherwise babilu.toml, where there is one.",
        show_default=False,
    ),
]
LanguageOption = Annotated[
    Language | None, typer.Option("--lang", help="Language; otherwise that of the locale.", show_default=False)
]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option(
        "--password-file", metavar="FILE", help="Read the password from the file's first line.", show_default=False
    ),
]
WaitSentOption = Annotated[
    float | None,
    typer.Option(
        WAIT_SENT,
        metavar="[=SECONDS]",
        min=0,
        help=f"At the end of input, wait ({WAIT_SENT_SECONDS} seconds) until everything is held or delivered.",
        show_default=False,
    ),
]


class WaitSentCommand(Command):
    """Takes ``--wait-sent`` with or without ``=SECONDS``: the value is never the next word of the line."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 -- typer keeps the type private
        """Read the command line."""
        end = args.index("--") if "--" in args else len(args)
        written = [f"{WAIT_SENT}={WAIT_SENT_SECONDS}" if word == WAIT_SENT else word for word in args[:end]]
        return super().parse_args(ctx, [*written, *args[end:]])
