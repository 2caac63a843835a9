"""`babilu daemon` keeps a profile open and connected without a window; every other face attaches to it."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from babilu.cli.choice import ProfileOption, choose
from babilu.cli.options import (
    FileOption,
    FormatOption,
    HomeOption,
    JsonOption,
    LanguageOption,
    LevelOption,
    LogFormat,
    LogLevel,
    PasswordFileOption,
)

if TYPE_CHECKING:
    from babilu.cli.daemon import Readiness
    from babilu.cli.exits import Exit


def keep(
    context: typer.Context,
    *,
    background: Annotated[
        bool, typer.Option("--background", help="Run in the background, and return once the profile is open.")
    ] = False,
    listen: Annotated[
        str | None,
        typer.Option("--listen", metavar="IP:PORT", help="Listen for direct conversations.", show_default=False),
    ] = None,
    profile: ProfileOption = None,
    home: HomeOption = None,
    password_file: PasswordFileOption = None,
    as_json: JsonOption = False,
    log_level: LevelOption = LogLevel.WARNING,
    log_file: FileOption = None,
    log_format: FormatOption = LogFormat.TEXT,
    lang: LanguageOption = None,
) -> int:
    """Keep a profile open and connected.

    It has no window. Windows, terminals, bots and commands such as `send` attach to it. `stop --profile` ends it, as
    SIGTERM does.
    """
    from babilu.cli.daemon import detach, refuse_where_impossible
    from babilu.cli.host_program import DaemonAnnouncer, HostAnnouncer, HostProgram
    from babilu.cli.log import set_up_logging
    from babilu.cli.service_manager import ServiceManager
    from babilu.terminal.arguments import parse_address

    if background:
        refuse_where_impossible()
    choice = choose(context, profile, home, password_file, lang)
    found = choice.find()
    opened = choice.profile(None if listen is None else parse_address(listen))
    folder = choice.home.absolute()
    says = HostAnnouncer(None if as_json else choice.say)
    if not background:
        set_up_logging(log_level, log_file, log_format)
        return HostProgram(opened, folder, ServiceManager(os.environ), outlives_terminal=False).run(says)
    log_file = (log_file or choice.home / (found.path.rpartition(os.sep)[2].removesuffix(".db") + ".log")).absolute()

    def work(ready: "Readiness") -> "Exit":
        set_up_logging(log_level, log_file, log_format)
        return HostProgram(opened, folder, ServiceManager({}), outlives_terminal=True).run(DaemonAnnouncer(ready))

    return detach(work, says.ready, folder, [], "daemon")
