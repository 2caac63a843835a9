"""`babilu status` tells whether a relay runs in a folder and how it is; its exit code says the first."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from babilu.cli.locate import PortArgument, folder_of_relay, refuse_where_no_daemons
from babilu.cli.options import ConfigOption, HomeOption, JsonOption, LanguageOption

if TYPE_CHECKING:
    from babilu.relay.admin.requests import StatusIs
    from babilu.terminal.strings import Strings


def status(
    context: typer.Context,
    port: PortArgument = None,
    *,
    home: HomeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    lang: LanguageOption = None,
) -> int:
    """Tell whether a relay runs on this machine, and how it is.

    The exit code is 0 where it runs and 5 where it does not.
    """
    import msgspec

    from babilu.cli.admin_link import ask
    from babilu.cli.exits import Exit
    from babilu.cli.pid_file import find_holder, is_stale
    from babilu.cli.tables import show_json
    from babilu.relay.admin.requests import Status, StatusIs

    refuse_where_no_daemons()
    folder = folder_of_relay(context, port, home, config)
    holder = find_holder(folder)
    if holder is None:
        stale = is_stale(folder)
        if as_json:
            show_json("status", running=False, stale=stale, home=str(folder))
        else:
            print(strings(lang)("relay.stale" if stale else "relay.none", home=folder))
        return Exit.UNAVAILABLE
    about = ask(folder, Status(), StatusIs)
    if as_json:
        members = msgspec.to_builtins(about)
        show_json("status", running=True, pid=holder.pid, daemon=holder.launch.daemon, home=str(folder), **members)
    else:
        tell(folder, holder.pid, about, lang)
    return Exit.DONE


def tell(folder: Path, pid: int, about: "StatusIs", lang: str | None) -> None:
    """Say how a relay is."""
    from babilu.api.views import Address
    from babilu.cli.fingerprints import grouped
    from babilu.cli.tables import time_text

    say = strings(lang)
    print(say("relay.running", process=pid))
    print(say("relay.listening", address=str(Address(about.host, about.port))))
    print(say("relay.fingerprint", fingerprint=grouped(about.fingerprint)))
    print(say("relay.online", online=about.online, users=about.max_users))
    print(say(f"relay.registration.{about.registration}"))
    print(say("relay.up", since=time_text(about.since)))
    print(say("relay.version", version=about.version))
    print(folder)


def strings(lang: str | None) -> "Strings":
    """Choose the language."""
    from babilu.terminal.strings import Strings, language_of

    return Strings(lang or language_of(os.environ))
