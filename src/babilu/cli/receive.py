"""`babilu receive` prints the messages that nobody has seen yet, and with ``--follow`` those to come."""

import time
from typing import TYPE_CHECKING, Final

from babilu.cli.commands import command
from babilu.cli.exit_codes import ExitCode
from babilu.cli.parameters import Seconds, flag, option
from babilu.cli.profile_choice import ProfileChoice, of_profile
from babilu.presentation.strings import NobodyAnswersError
from babilu.terminal.interruption import Interrupted, Interruption
from babilu.terminal.output import OutputLostError, forget_standard_output

if TYPE_CHECKING:
    from babilu.api.views import MessageView
    from babilu.cli.one_shot import OneShot
    from babilu.kernel.ids import MessageId

WAIT_S: Final = 30.0
LOOK_S: Final = 0.1


@command("receive")
@flag("--follow", "-f")
@option("--wait", about="receive.wait", metavar="SECONDS", type=Seconds(), default=WAIT_S)
@of_profile
def receive(choice: ProfileChoice, *, follow: bool, wait: float, as_json: bool) -> int:
    """Print the messages that no program has shown; what is printed counts as shown, and not as read."""
    from babilu.cli.one_shot import run_one_shot

    if not follow:
        return run_one_shot(choice, lambda one_shot: _take_all(one_shot, wait), as_json=as_json)
    with Interruption(is_last=True) as interruption:
        try:
            return run_one_shot(choice, _follow, as_json=as_json, interruption=interruption)
        except Interrupted:
            return ExitCode.DONE


def _take_all(one_shot: "OneShot", wait: float) -> ExitCode:
    """Print until everything that the relay has is here."""
    from babilu.api import commands as c
    from babilu.api.views import LinkState
    from babilu.cli.one_shot import offline_by

    offline = None
    deadline = time.monotonic() + wait
    while True:
        status = one_shot.ask(c.Status())
        # What had come before this answer is taken after it.
        _take(one_shot)
        if status.link is LinkState.NONE or (status.link is LinkState.ONLINE and not status.behind):
            return ExitCode.DONE
        if offline is not None and (offline.for_good or time.monotonic() >= deadline):
            raise offline.why
        if time.monotonic() >= deadline:
            raise NobodyAnswersError("handing_over")
        offline = offline_by(one_shot.next_event(LOOK_S), offline)


def _follow(one_shot: "OneShot") -> ExitCode:
    from babilu.api import events as e

    # Another face may take a message first: it is printed all the same, and once.
    shown = _take(one_shot)
    for event in one_shot.events(None):
        if not isinstance(event, e.MessageArrived):
            continue
        if event.message.id in shown:
            shown.discard(event.message.id)
            continue
        _show(one_shot, event.message)
        shown |= _take(one_shot, {event.message.id})
    return ExitCode.DONE


def _take(one_shot: "OneShot", printed: "set[MessageId] | None" = None) -> "set[MessageId]":
    """Print what no program has shown, but what is printed already; gives what it printed."""
    from babilu.api import commands as c

    seen: set[MessageId] = set()
    # One at a time: what nobody reads any more goes back, and the next program prints it.
    while taken := one_shot.ask(c.TakeUnshown(1)):
        (message,) = taken
        if message.id not in (printed or ()):
            try:
                _show(one_shot, message)
            except (Interrupted, OutputLostError):
                one_shot.ask(c.PutBack((message.id,)))
                raise
            seen.add(message.id)
    return seen


def _show(one_shot: "OneShot", message: "MessageView") -> None:
    try:
        with one_shot.writing():
            one_shot.renderer.messages((message,))
            one_shot.renderer.flush()
    except Interrupted:
        # Of what the program that reads has not taken, nothing waits for it at the end.
        forget_standard_output()
        raise
    one_shot.reader.wait()
