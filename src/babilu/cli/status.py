"""`babilu status` tells whether a relay runs in a folder and how it is, or where a client stands."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from babilu.cli.commands import command
from babilu.cli.exit_codes import ExitCode
from babilu.cli.options import relay_or_profile
from babilu.cli.parameters import strings_of
from babilu.cli.relay_lookup import folder_of_relay, refuse_where_no_daemons

if TYPE_CHECKING:
    from babilu.cli.profile_choice import ProfileChoice
    from babilu.relay.base.admin_requests import RelayStatus

LINK_S: Final = 10.0
"""Longest wait for the link of a client that was opened for this."""

LOOK_S: Final = 0.1


@command("status")
@relay_or_profile
@click.pass_context
def status(
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
    """Tell how a relay on this machine is, or where the client of a profile stands."""
    import msgspec

    from babilu.cli.admin_link import ask
    from babilu.cli.pid_file import find_holder, is_stale
    from babilu.cli.tables import show_json
    from babilu.relay.base.admin_requests import RelayStatus, StatusRequest

    if profile is not None:
        from babilu.cli.profile_choice import choose

        return status_of_client(choose(context, profile, home, password_file, lang), as_json=as_json)
    refuse_where_no_daemons()
    folder = folder_of_relay(context, port, home, config)
    holder = find_holder(folder)
    if holder is None:
        stale = is_stale(folder)
        if as_json:
            show_json("status", running=False, stale=stale, home=str(folder))
        else:
            print(strings_of(lang)("relay.stale" if stale else "relay.none", home=folder))
        return ExitCode.UNAVAILABLE
    about = ask(folder, StatusRequest(), RelayStatus)
    if as_json:
        members = msgspec.to_builtins(about)
        show_json("status", running=True, pid=holder.pid, daemon=holder.launch.daemon, home=str(folder), **members)
    else:
        tell(folder, holder.pid, about, lang)
    return ExitCode.DONE


def status_of_client(choice: "ProfileChoice", *, as_json: bool) -> ExitCode:
    """Tell where a client stands, once it is known whether its relay can be reached."""
    from babilu.api.commands import Status
    from babilu.api.views import LinkState
    from babilu.cli.one_shot import OneShot, run_one_shot

    def show(one_shot: OneShot) -> ExitCode:
        deadline = time.monotonic() + LINK_S
        while (about := one_shot.ask(Status())).link is LinkState.CONNECTING and time.monotonic() < deadline:
            one_shot.next_event(LOOK_S)
        one_shot.answer("status", Status(), about)
        return ExitCode.DONE if about.link in {LinkState.ONLINE, LinkState.NONE} else ExitCode.UNAVAILABLE

    return run_one_shot(choice, show, as_json=as_json)


def tell(folder: Path, pid: int, about: "RelayStatus", lang: str | None) -> None:
    from babilu.api.views import Address
    from babilu.cli.fingerprints import grouped
    from babilu.cli.tables import time_text

    say = strings_of(lang)
    print(say("relay.running", process=pid))
    print(say("relay.listening", address=str(Address(about.host, about.port))))
    print(say("relay.fingerprint", fingerprint=grouped(about.fingerprint)))
    print(say("relay.online", online=about.online, users=about.max_users))
    print(say(f"relay.registration.{about.registration}"))
    print(say("relay.up", since=time_text(about.since)))
    print(say("relay.version", version=about.version))
    print(folder)
