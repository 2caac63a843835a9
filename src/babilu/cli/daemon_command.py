"""`babilu daemon` keeps a profile open and connected without a window; every other face attaches to it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from babilu.cli.commands import command
from babilu.cli.options import (
    LogFormat,
    LogLevel,
    home_option,
    json_option,
    language_option,
    listen_option,
    log_options,
    password_file_option,
    profile_option,
)
from babilu.cli.parameters import flag
from babilu.cli.profile_choice import choose

if TYPE_CHECKING:
    from babilu.cli.daemon import Readiness
    from babilu.cli.exit_codes import ExitCode


@command("daemon")
@flag("--background")
@listen_option
@profile_option
@home_option
@password_file_option
@json_option
@log_options
@language_option
@click.pass_context
def keep(
    context: click.Context,
    *,
    background: bool,
    listen: str | None,
    profile: str | None,
    home: Path | None,
    password_file: Path | None,
    as_json: bool,
    log_level: LogLevel,
    log_file: Path | None,
    log_format: LogFormat,
    lang: str | None,
) -> int:
    """Keep a profile open and connected, for windows, terminals, bots and commands that attach to it."""
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

    def work(ready: "Readiness") -> "ExitCode":
        set_up_logging(log_level, log_file, log_format)
        return HostProgram(opened, folder, ServiceManager({}), outlives_terminal=True).run(DaemonAnnouncer(ready))

    return detach(work, says.ready, folder, [], "daemon")
