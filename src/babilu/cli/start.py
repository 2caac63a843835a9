"""`babilu start` runs a relay until it is told to end."""

from typing import Annotated

import typer

from babilu.cli.options import (
    FileOption,
    FormatOption,
    HomeOption,
    JsonOption,
    LanguageOption,
    LevelOption,
    LogFormat,
    LogLevel,
)
from babilu.cli.origin import Origin
from babilu.kernel.errors import UsageError

PORT = 5050
USERS = 100


def start(
    context: typer.Context,
    ip: Annotated[str, typer.Argument(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Argument(min=0, max=65_535, help="TCP port; 0 takes any free one.")] = PORT,
    max_users: Annotated[int, typer.Argument(min=1, help="Accounts connected at the same time.")] = USERS,
    *,
    home: HomeOption = None,
    open_: Annotated[bool, typer.Option("--open", help="Let everybody register.")] = False,
    invite_only: Annotated[bool, typer.Option("--invite-only", help="Let only the invited register.")] = False,
    limit_loopback: Annotated[
        bool, typer.Option("--limit-loopback", help="Hold this machine to the limits by address too.")
    ] = False,
    name: Annotated[str, typer.Option("--name", help="The relay's name, for people.")] = "Babilu",
    public_host: Annotated[
        str | None,
        typer.Option("--public-host", metavar="HOST", help="Host that invitations name.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
    log_level: LevelOption = LogLevel.WARNING,
    log_file: FileOption = None,
    log_format: FormatOption = LogFormat.TEXT,
    lang: LanguageOption = None,
) -> int:
    """Run a relay: the server that passes on what clients encrypt for each other.

    It prints where it listens, its certificate's fingerprint and, until it has an owner, the owner's invitation.
    Without --open and --invite-only it is open where only this machine or a private network can reach it.
    """
    from babilu.cli.log import set_up_logging
    from babilu.cli.relay_program import announcer, reachable_host, run_relay
    from babilu.kernel.limits import Limits
    from babilu.relay.settings import Registration, RelaySettings

    if open_ and invite_only:
        raise UsageError("A relay is open or for the invited only, not both.")
    set_up_logging(log_level, log_file, log_format)
    origin = context.ensure_object(Origin)
    settings = RelaySettings(
        host=ip.removeprefix("[").removesuffix("]"),
        port=port,
        home=home or origin.home(None) / f"relay_{port}",
        limits=Limits(max_users=max_users, limit_loopback=limit_loopback),
        registration=Registration.OPEN if open_ else Registration.INVITE if invite_only else None,
        name=name,
        public_host=public_host or reachable_host(ip),
        own_process=True,
    )
    program = "babilu" if origin.folder is None else "python3 main.py"
    return run_relay(settings, announcer(as_json=as_json, language=lang, program=program))
