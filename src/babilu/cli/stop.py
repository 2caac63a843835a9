"""`babilu stop` ends a relay as SIGTERM does, and returns when the process has let go of its folder."""

import json
import os
import signal
from contextlib import suppress
from pathlib import Path

import typer

from babilu.cli.locate import PortArgument, folder_of_relay, refuse_where_no_daemons
from babilu.cli.options import ConfigOption, HomeOption, JsonOption, LanguageOption
from babilu.kernel.errors import ErrorCode, LinkError

PATIENCE_S = 20.0
"""Longest wait: twice what a relay takes at most to answer what is under way."""


def stop(
    context: typer.Context,
    port: PortArgument = None,
    *,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    lang: LanguageOption = None,
) -> int:
    """End a relay that runs on this machine.

    What is under way is answered, clients are told to come back, and then this command returns.
    """
    from babilu.cli.exits import Exit
    from babilu.terminal.strings import Strings, language_of

    refuse_where_no_daemons()
    folder = folder_of_relay(context, port, home, config)
    ended = end_relay(folder)
    if as_json:
        print(json.dumps({"event": "stopped", "pid": ended, "home": str(folder)}))
    else:
        say = Strings(lang or language_of(os.environ))
        print(say("relay.none", home=folder) if ended is None else say("relay.stopped"))
    return Exit.DONE


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
            text = f"Process {holder.pid} is another user's: only that user, or root, can end it."
            raise LinkError(ErrorCode.UNAVAILABLE, text) from None
    if not wait_until_free(folder, PATIENCE_S):
        raise LinkError(ErrorCode.UNAVAILABLE, f"Process {holder.pid} has not ended within {PATIENCE_S:.0f} seconds.")
    return holder.pid
