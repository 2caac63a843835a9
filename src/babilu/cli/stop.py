"""`babilu stop` ends a relay, or a client's daemon, as SIGTERM does, and returns when it has let go of its files."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from babilu.cli.commands import command
from babilu.cli.exit_codes import ExitCode
from babilu.cli.options import relay_or_profile
from babilu.cli.parameters import strings_of
from babilu.cli.relay_lookup import folder_of_relay, refuse_where_no_daemons
from babilu.presentation.json_line import json_line
from babilu.presentation.strings import NobodyAnswersError

if TYPE_CHECKING:
    from babilu.cli.profile_choice import ProfileChoice

PATIENCE_S = 20.0
"""Longest wait: twice what a relay takes at most to answer what is under way."""


@command("stop")
@relay_or_profile
@click.pass_context
def stop(
    context: click.Context,
    port: int | None,
    *,
    home: Path | None,
    config: Path | None,
    profile: str | None,
    password_file: Path | None,
    as_json: bool,
    lang: str | None,
) -> int:
    """End a relay on this machine, or the daemon of a profile."""
    if profile is not None:
        from babilu.cli.profile_choice import choose

        return stop_client(choose(context, profile, home, password_file, lang), as_json=as_json)
    refuse_where_no_daemons()
    folder = folder_of_relay(context, port, home, config)
    ended = end_relay(folder)
    if as_json:
        print(json_line({"event": "stopped", "pid": ended, "home": str(folder)}))
    else:
        say = strings_of(lang)
        print(say("relay.none", home=folder) if ended is None else say("relay.stopped"))
    return ExitCode.DONE


def stop_client(choice: "ProfileChoice", *, as_json: bool) -> ExitCode:
    """End the daemon that keeps a profile open, and wait until the profile is free.

    Raises:
        LinkError: ``unavailable`` where it goes on.
        ProtocolError: ``not_allowed`` where the profile is open in another program that is no daemon.
    """
    from babilu.host.opening import HostingFactory
    from babilu.system import SystemClock, SystemRandomness

    factory = HostingFactory(choice.home, SystemClock(), SystemRandomness())
    process = factory.stop(choice.profile(), PATIENCE_S)
    if as_json:
        print(json_line({"event": "stopped", "pid": process, "home": str(choice.home)}))
    else:
        print(choice.say("host.none" if process is None else "host.stopped"))
    return ExitCode.DONE


def end_relay(folder: Path) -> int | None:
    """End the relay of a folder and wait for its end.

    Returns:
        The number its process had, or None where no relay ran.

    Raises:
        LinkError: ``unavailable`` where it goes on.
    """
    from babilu.cli.pid_file import find_holder, wait_until_free

    holder = find_holder(folder)
    if holder is None:
        return None
    # It may have ended a moment ago.
    with suppress(ProcessLookupError):
        try:
            os.kill(holder.pid, signal.SIGTERM)
        except PermissionError:
            raise NobodyAnswersError("process_of_another", process=holder.pid) from None
    if not wait_until_free(folder, PATIENCE_S):
        raise NobodyAnswersError("process_stays", process=holder.pid, count=round(PATIENCE_S))
    return holder.pid
