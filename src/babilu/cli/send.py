"""`babilu send` sends one message and waits until the relay or the recipient has it; it never leaves unencrypted."""

import sys
import time
from typing import TYPE_CHECKING, Final

from babilu.cli.commands import command
from babilu.cli.exit_codes import ExitCode
from babilu.cli.parameters import Seconds, argument, flag, option
from babilu.cli.profile_choice import ProfileChoice, of_profile
from babilu.kernel.limits import TEXT_BYTES
from babilu.presentation.strings import MisuseError, NobodyAnswersError

if TYPE_CHECKING:
    from babilu.cli.one_shot import OneShot

WAIT_S: Final = 60.0


@command("send")
@argument("name", about="to_whom")
@argument("words", metavar="[TEXT]...", nargs=-1, required=False)
@flag("--no-wait")
@option("--wait", about="send.wait", metavar="SECONDS", type=Seconds(), default=WAIT_S)
@of_profile
def send(choice: ProfileChoice, name: str, words: tuple[str, ...], *, no_wait: bool, wait: float, as_json: bool) -> int:
    """Send a message, and wait until the relay or the recipient has it."""
    from babilu.cli.one_shot import run_one_shot

    text = " ".join(words) if words else _standard_input()
    if not text:
        raise MisuseError("nothing_to_send")
    return run_one_shot(
        choice, lambda one_shot: _send(one_shot, name, text, None if no_wait else wait), as_json=as_json
    )


def _send(one_shot: "OneShot", name: str, text: str, wait: float | None) -> ExitCode:
    from babilu.api import commands as c
    from babilu.api import events as e
    from babilu.cli.one_shot import offline_by
    from babilu.kernel.states import MessageState

    sent = one_shot.show("send", c.Send(name, text), name)
    if wait is None:
        return ExitCode.DONE
    offline = None
    for event in one_shot.events(time.monotonic() + wait):
        offline = offline_by(event, offline)
        if offline is not None and offline.for_good:
            break
        if isinstance(event, e.MessageStateChanged) and event.message == sent.id:
            one_shot.tell(event)
            if event.state is not MessageState.QUEUED:
                return ExitCode.SESSION if event.state is MessageState.FAILED else ExitCode.DONE
    if offline is not None:
        one_shot.complain(offline.why)
    one_shot.complain(NobodyAnswersError("not_accepted"))
    return ExitCode.SESSION


def _standard_input() -> str:
    if not sys.stdin:
        return ""
    # One byte more than fits shows that it is too long, whatever follows.
    given = sys.stdin.buffer.read(TEXT_BYTES + 2)
    try:
        # An editor's mark at the beginning and the end of the last line, also Windows' one, are no part of the text.
        return given.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        if len(given) > TEXT_BYTES:
            return given.decode("utf-8", "replace")
        raise MisuseError("input_encoding") from error
