"""`babilu peer` opens a profile without a relay, on the whole terminal or in lines: people connect directly."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from babilu.cli.commands import command
from babilu.cli.launch import LaunchOrigin
from babilu.cli.options import (
    LogFormat,
    LogLevel,
    device_options,
    home_option,
    json_option,
    language_option,
    line_option,
    log_options,
    password_file_option,
    wait_sent_option,
)
from babilu.cli.parameters import PORT_MAX, Number, argument, option, strings_of
from babilu.local_paths import is_taken

if TYPE_CHECKING:
    from babilu.cli.secret_input import Chosen
    from babilu.presentation.strings import Strings

HOST = "127.0.0.1"
PORT = 5051


@command("peer")
@argument("ip", about="peer_ip", default=HOST)
@argument("port", type=Number(0, PORT_MAX), default=PORT)
@argument("name", about="own_name", default=None)
@home_option
@password_file_option
@wait_sent_option
@option("--link", about="link_at", metavar="IP:PORT")
@device_options
@line_option
@json_option
@log_options
@language_option
@click.pass_context
def peer(
    context: click.Context,
    ip: str,
    port: int,
    name: str | None,
    *,
    home: Path | None,
    password_file: Path | None,
    wait_sent: float | None,
    link: str | None,
    device_name: str | None,
    companion: bool,
    line: bool,
    as_json: bool,
    log_level: LogLevel,
    log_file: Path | None,
    log_format: LogFormat,
    lang: str | None,
) -> int:
    """Chat without a relay, on the whole terminal or in lines."""
    from babilu.api.client import DirectProfile
    from babilu.cli.line_session import SessionOptions
    from babilu.cli.log import set_up_logging
    from babilu.cli.screen_session import run_fitting
    from babilu.cli.secret_input import find_password, find_user
    from babilu.presentation.device_names import link_wish
    from babilu.terminal.arguments import make_address, parse_address
    from babilu.terminal.output import StreamOutput, standard_error

    set_up_logging(log_level, log_file, log_format)
    say = strings_of(lang)
    listen = make_address(ip, port)
    user = find_user(name, say)
    place = context.ensure_object(LaunchOrigin).home(home)
    question, people = say("ask.passphrase"), StreamOutput(standard_error)
    new = None if link is not None else new_profile(place, user, say)
    passphrase = find_password(None, password_file, question, say, people, new)
    wish = None if link is None else link_wish(device_name, companion=companion, address=parse_address(link))
    profile = DirectProfile(user, passphrase, listen, wish)
    return run_fitting(profile, place, SessionOptions(as_json, wait_sent, say), lines=line)


def new_profile(home: Path, user: str, say: "Strings") -> "Chosen | None":
    """Tell what the passphrase is for where this machine has no such profile yet; None where it has one."""
    from babilu.cli.secret_input import Chosen
    from babilu.identity.names import normalise_name
    from babilu.store.profile_files import ProfilePaths

    name = normalise_name(user)
    if is_taken(ProfilePaths.for_direct(home, name).database):
        return None
    return Chosen(say("hint.new_profile", name=name), (name,))
