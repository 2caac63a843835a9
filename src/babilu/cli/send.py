"""`babilu send` sends one message and waits until the relay or the recipient has it; it never leaves unencrypted."""

import sys
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from babilu.cli.choice import ProfileOption, choose
from babilu.cli.exits import Exit
from babilu.cli.options import HomeOption, JsonOption, LanguageOption, PasswordFileOption
from babilu.kernel.limits import TEXT_BYTES
from babilu.terminal.strings import MisuseError, NobodyAnswersError

if TYPE_CHECKING:
    from babilu.cli.errand import Errand

WAIT_S: Final = 60.0


def send(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="To whom.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]...", help="What; left out, standard input is read to its end."),
    ] = None,
    *,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Return once it is kept here; it goes out when there is a way.")
    ] = False,
    wait: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="Longest wait until somebody has accepted it.")
    ] = WAIT_S,
    profile: ProfileOption = None,
    home: HomeOption = None,
    password_file: PasswordFileOption = None,
    as_json: JsonOption = False,
    lang: LanguageOption = None,
) -> int:
    """Send a message, end-to-end encrypted.

    It waits until the relay or the recipient has it. The exit code is 0 then, and 1 where it was refused, has failed,
    or is still waiting: it is kept, and goes out when the profile is next open.
    """
    from babilu.cli.errand import run_errand

    text = " ".join(words) if words else _standard_input()
    if not text:
        raise MisuseError("nothing_to_send")
    choice = choose(context, profile, home, password_file, lang)
    return run_errand(choice, lambda errand: _send(errand, name, text, None if no_wait else wait), as_json=as_json)


def _send(errand: "Errand", name: str, text: str, wait: float | None) -> Exit:
    from babilu.api import commands as c
    from babilu.api import events as e
    from babilu.api.views import MessageState
    from babilu.cli.errand import offline_by

    sent = errand.show("send", c.Send(name, text), name)
    if wait is None:
        return Exit.DONE
    offline = None
    for event in errand.events(time.monotonic() + wait):
        offline = offline_by(event, offline)
        if offline is not None and offline.for_good:
            break
        if isinstance(event, e.MessageStateChanged) and event.message == sent.id:
            errand.tell(event)
            if event.state is not MessageState.QUEUED:
                return Exit.SESSION if event.state is MessageState.FAILED else Exit.DONE
    if offline is not None:
        errand.complain(offline.why)
    errand.complain(NobodyAnswersError("not_accepted"))
    return Exit.SESSION


def _standard_input() -> str:
    if not sys.stdin:
        return ""
    # One byte more than fits shows that it is too long, whatever follows.
    given = sys.stdin.buffer.read(TEXT_BYTES + 2)
    try:
        return given.decode("utf-8").removesuffix("\n")
    except UnicodeDecodeError as error:
        if len(given) > TEXT_BYTES:
            return given.decode("utf-8", "replace")
        raise MisuseError("input_encoding") from error
