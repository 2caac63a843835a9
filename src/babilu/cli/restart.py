"""`babilu restart` ends a daemon that runs and starts it as it was started last, also after it has ended."""

import os
import subprocess
from pathlib import Path

import click

from babilu.cli.commands import command
from babilu.cli.launch import LaunchOrigin
from babilu.cli.options import config_option, home_option, json_option, language_option, relay_port_argument
from babilu.cli.relay_lookup import folder_of_relay, refuse_where_no_daemons
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
) -> int:
    """End a daemon, or find out how the last one was started, and start it so again."""
    del lang  # errors alone are told, in the language that the command line asks for
    from babilu.cli.pid_file import find_holder, last_launch
    from babilu.cli.stop import end_relay

    refuse_where_no_daemons()
    folder = folder_of_relay(context, port, home, config)
    holder = find_holder(folder)
    launch = last_launch(folder) if holder is None else holder.launch
    if launch is None or (holder is None and not launch.daemon):
        raise MisuseError("no_relay", home=folder)
    if holder is not None and not launch.daemon:
        raise MisuseError("no_daemon", process=holder.pid)
    arguments = [word for word in launch.arguments if word != "--json"]
    command = [*context.ensure_object(LaunchOrigin).command, *arguments, *(["--json"] if as_json else [])]
    try:
        os.chdir(launch.cwd)
    except OSError as error:
        raise MisuseError("folder_gone", folder=launch.cwd) from error
    # The relay that runs goes on where the next one could not begin: the check says why.
    checked = subprocess.run([*command, "--check"], check=False)  # noqa: S603 -- this very program
    if checked.returncode:
        return checked.returncode
    end_relay(folder)
    return os.execv(command[0], command)  # noqa: S606 -- this very program again, as it was started
