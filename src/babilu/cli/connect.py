"""`babilu connect` opens an account on a relay: over the whole terminal, or in the line mode."""

from dataclasses import dataclass
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
    listen_option,
    log_options,
    password_file_option,
    wait_sent_option,
)
from babilu.cli.parameters import argument, flag, option, strings_of
from babilu.local_paths import is_taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from babilu.api.views import Address
    from babilu.cli.secret_input import Chosen
    from babilu.identity.invitation import Invitation
    from babilu.identity.join_link import JoinLink
    from babilu.presentation.strings import Strings

HOST = "127.0.0.1"
PORT = 5050
INVITATION = "babilu:"


@command("connect")
@argument("server", metavar="[IP|INVITATION]", default=HOST)
@argument("words", about="connect_words", metavar="[PORT] [USER] [PASSWORD]", nargs=-1, required=False)
@home_option
@listen_option
@password_file_option
@wait_sent_option
@flag("--start-over")
@flag("--link")
@device_options
@line_option
@option("--certificate", metavar="FINGERPRINT")
@json_option
@log_options
@language_option
@click.pass_context
def connect(
    context: click.Context,
    server: str,
    words: tuple[str, ...],
    *,
    home: Path | None,
    listen: str | None,
    password_file: Path | None,
    wait_sent: float | None,
    start_over: bool,
    link: bool,
    device_name: str | None,
    companion: bool,
    line: bool,
    certificate: str | None,
    as_json: bool,
    log_level: LogLevel,
    log_file: Path | None,
    log_format: LogFormat,
    lang: str | None,
) -> int:
    """Chat by a relay, on the whole terminal or in lines."""
    from babilu.api.client import RelayProfile
    from babilu.cli.fingerprints import fingerprint
    from babilu.cli.line_session import SessionOptions
    from babilu.cli.log import set_up_logging
    from babilu.cli.screen_session import run_fitting
    from babilu.cli.secret_input import find_password, find_user
    from babilu.presentation.device_names import link_wish
    from babilu.terminal.arguments import parse_address
    from babilu.terminal.output import StreamOutput, standard_error

    set_up_logging(log_level, log_file, log_format)
    say = strings_of(lang)
    whom = read_words(server, words)
    user = find_user(whom.user, say)
    listening = None if listen is None else parse_address(listen)
    people = StreamOutput(standard_error)
    origin = context.ensure_object(LaunchOrigin)
    place = origin.home(home)
    new = None if start_over or link else new_account(place, user, whom.address, say)
    profile = RelayProfile(
        address=whom.address,
        name=user,
        passphrase=find_password(whom.password, password_file, say("ask.password"), say, people, new),
        invitation=whom.invitation,
        listen=listening,
        start_over=start_over,
        certificate=None if certificate is None else fingerprint(certificate),
        link=link_wish(device_name, companion=companion) if link else None,
    )
    return run_fitting(profile, place, SessionOptions(as_json, wait_sent, say), lines=line)


def new_account(home: Path, user: str, address: "Address", say: "Strings") -> "Chosen | None":
    """Tell what the password is for where this machine has no profile of the account yet; None where it has one."""
    from babilu.cli.secret_input import Chosen
    from babilu.identity.names import normalise_name
    from babilu.store.profile_files import ProfilePaths

    name = normalise_name(user)
    if is_taken(ProfilePaths.for_relay(home, name, address.host, address.port).database):
        return None
    return Chosen(say("hint.new_account", name=name, relay=str(address)), (name, address.host))


@dataclass(frozen=True, slots=True)
class Whom:
    """What the words of the command line say: which relay, who, and by which password, as far as they do."""

    address: "Address"
    invitation: "Invitation | JoinLink | None"
    user: str | None
    password: str | None


def read_words(server: str, words: "Sequence[str]") -> Whom:
    """Read the words of the command line; an invitation, or a link into a group, holds the port.

    Raises:
        UsageError: They make no sense.
    """
    from babilu.identity.join_link import pasted_invitation
    from babilu.presentation.strings import MisuseError
    from babilu.terminal.arguments import is_address, make_address, parse_address

    rest = list(words)
    invitation = pasted_invitation(server) if server.startswith(INVITATION) else None
    if invitation is None and is_address(server):
        address = parse_address(server)
    elif invitation is None:
        address = make_address(server, rest.pop(0) if rest else PORT)
    else:
        address = make_address(invitation.host, invitation.port)
    if len(rest) > 2:
        raise MisuseError("too_many_words")
    user, password, *_ = [*rest, None, None]
    return Whom(address, invitation, user, password)
