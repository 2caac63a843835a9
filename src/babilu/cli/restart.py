"""`babilu restart` ends a daemon and starts it with the command line and the working folder that it had."""

import os
from pathlib import Path

import click

from babilu.cli.commands import command
from babilu.cli.locate import folder_of_relay, refuse_where_no_daemons
from babilu.cli.options import config_option, home_option, json_option, language_option, relay_port_argument
from babilu.cli.origin import Origin
from babilu.presentation.strings import MisuseError


@command("restart")
@relay_port_argument
@home_option
@config_option
@json_option
@language_option
@click.pass_context
def restart(
    context: click.Context,
    port: int | None,
    *,
    home: Path | None,
    config: Path | None,
    as_json: bool,
    lang: str | None,
) -> None:
    """End a daemon and start it with the command line and the working folder that it had."""
    del lang  # errors alone are told, in the language that the command line asks for
    from babilu.cli.pid_file import find_holder
    from babilu.cli.stop import end_relay

    refuse_where_no_daemons()
    folder = folder_of_relay(context, port, home, config)
    holder = find_holder(folder)
    if holder is None:
        raise MisuseError("no_relay", home=folder)
    if not holder.launch.daemon:
        raise MisuseError("no_daemon", process=holder.pid)
    arguments = [word for word in holder.launch.arguments if word != "--json"]
    command = [*context.ensure_object(Origin).command, *arguments, *(["--json"] if as_json else [])]
    try:
        os.chdir(holder.launch.cwd)
    except OSError as error:
        raise MisuseError("folder_gone", folder=holder.launch.cwd) from error
    end_relay(folder)
    os.execv(command[0], command)  # noqa: S606 -- this very program again, as it was started
