"""`babilu connect` opens an account on a relay: over the whole terminal, or in the line mode."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from collections.abc import Sequence

    from babilu.api.views import Address
    from babilu.identity.invitation import Invitation

HOST = "127.0.0.1"
PORT = 5050
INVITATION = "babilu:"


ServerArgument = Annotated[str, typer.Argument(metavar="[IP|INVITATION]", help="The relay, or an invitation to it.")]
WordsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PORT] [USER] [PASSWORD]", help="An invitation is followed by no port.", show_default=False
    ),
]
ListenOption = Annotated[
    str | None, typer.Option("--listen", metavar="IP:PORT", help="Listen for direct conversations.", show_default=False)
]
StartOverOption = Annotated[
    bool, typer.Option("--start-over", help="Make a new identity where this device is unknown to the account.")
]
CertificateOption = Annotated[
    str | None,
    typer.Option(
        "--certificate",
        metavar="FINGERPRINT",
        help="SHA-256 of the relay's certificate as its operator told it: it replaces what the profile knew.",
        show_default=False,
    ),
]


def connect(
    context: typer.Context,
    server: ServerArgument = HOST,
    words: WordsArgument = None,
    *,
    home: HomeOption = None,
    listen: ListenOption = None,
    password_file: PasswordFileOption = None,
    wait_sent: WaitSentOption = None,
    start_over: StartOverOption = False,
    line: LineOption = False,
    certificate: CertificateOption = None,
    as_json: JsonOption = False,
    log_level: LevelOption = LogLevel.WARNING,
    log_file: FileOption = None,
    log_format: FormatOption = LogFormat.TEXT,
    lang: LanguageOption = None,
) -> int:
    """Chat by a relay.

    A free name is registered; a password left out is asked for, or comes from BABILU_PASSWORD or --password-file.

    On a terminal it fills the screen; --line keeps to lines, and so does a pipe. What you can write is shown by /help.
    """
    import os

    from babilu.api.client import RelayProfile
    from babilu.cli.fingerprints import fingerprint
    from babilu.cli.line_session import Manner
    from babilu.cli.log import set_up_logging
    from babilu.cli.screen_session import run_fitting
    from babilu.cli.secret_input import find_password, find_user
    from babilu.terminal.arguments import parse_address
    from babilu.terminal.output import StreamOutput, standard_error
    from babilu.terminal.strings import Strings, language_of

    set_up_logging(log_level, log_file, log_format)
    say = Strings(lang or language_of(os.environ))
    whom = read_words(server, words or [])
    user = find_user(whom.user, say)
    people = StreamOutput(standard_error)
    profile = RelayProfile(
        address=whom.address,
        name=user,
        passphrase=find_password(whom.password, password_file, say("ask.password"), say, people),
        invitation=whom.invitation,
        listen=None if listen is None else parse_address(listen),
        start_over=start_over,
        certificate=None if certificate is None else fingerprint(certificate),
    )
    origin = context.ensure_object(Origin)
    return run_fitting(profile, origin.home(home), Manner(as_json, wait_sent, say), lines=line)


@dataclass(frozen=True, slots=True)
class Whom:
    """What the words of the command line say: which relay, who, and by which password, as far as they do."""

    address: "Address"
    invitation: "Invitation | None"
    user: str | None
    password: str | None


def read_words(server: str, words: "Sequence[str]") -> Whom:
    """Read the words of the command line; an invitation holds the port.

    Raises:
        UsageError: They make no sense.
    """
    from babilu.identity.invitation import Invitation
    from babilu.terminal.arguments import make_address
    from babilu.terminal.strings import MisuseError

    rest = list(words)
    invitation = Invitation.decode(server) if server.startswith(INVITATION) else None
    if invitation is None:
        address = make_address(server, rest.pop(0) if rest else PORT)
    else:
        address = make_address(invitation.host, invitation.port)
    if len(rest) > 2:
        raise MisuseError("too_many_words")
    user, password, *_ = [*rest, None, None]
    return Whom(address, invitation, user, password)
