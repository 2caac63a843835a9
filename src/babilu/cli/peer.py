"""`babilu peer` opens a profile without a relay, on the whole terminal or in lines: people connect directly."""

from typing import Annotated

import typer

from babilu.cli.options import (
    FileOption,
    FormatOption,
    HomeOption,
    JsonOption,
    LanguageOption,
    LevelOption,
    LineOption,
    LogFormat,
    LogLevel,
    PasswordFileOption,
    WaitSentOption,
)
from babilu.cli.origin import Origin

HOST = "127.0.0.1"
PORT = 5051


def peer(
    context: typer.Context,
    ip: Annotated[str, typer.Argument(metavar="IP", help="Address to listen on for conversation requests.")] = HOST,
    port: Annotated[
        int, typer.Argument(metavar="PORT", min=0, max=65_535, help="TCP port; 0 takes any free one.")
    ] = PORT,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The name you show to others.", show_default=False)
    ] = None,
    *,
    home: HomeOption = None,
    password_file: PasswordFileOption = None,
    wait_sent: WaitSentOption = None,
    line: LineOption = False,
    as_json: JsonOption = False,
    log_level: LevelOption = LogLevel.WARNING,
    log_file: FileOption = None,
    log_format: FormatOption = LogFormat.TEXT,
    lang: LanguageOption = None,
) -> int:
    """Chat without a relay.

    It listens for conversation requests, and starts conversations with /call IP PORT. The passphrase opens the profile
    on this machine; it is asked for, or comes from BABILU_PASSWORD or --password-file.
    """
    import os

    from babilu.api.client import DirectProfile
    from babilu.cli.line_session import Manner
    from babilu.cli.log import set_up_logging
    from babilu.cli.screen_session import run_fitting
    from babilu.cli.secret_input import find_password, find_user
    from babilu.terminal.arguments import make_address
    from babilu.terminal.output import StreamOutput, standard_error
    from babilu.terminal.strings import Strings, language_of

    set_up_logging(log_level, log_file, log_format)
    say = Strings(lang or language_of(os.environ))
    listen = make_address(ip, port)
    user = find_user(name, say)
    passphrase = find_password(None, password_file, say("ask.passphrase"), say, StreamOutput(standard_error))
    profile = DirectProfile(user, passphrase, listen)
    place = context.ensure_object(Origin).home(home)
    return run_fitting(profile, place, Manner(as_json, wait_sent, say), lines=line)
