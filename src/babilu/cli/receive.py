"""`babilu receive` prints the messages that nobody has seen yet, and with ``--follow`` those to come."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from babilu.cli.choice import choose
from babilu.cli.commands import command
from babilu.cli.exits import Exit
from babilu.cli.options import account_options
from babilu.cli.parameters import Seconds, flag, option
from babilu.presentation.strings import NobodyAnswersError
from babilu.terminal.interruption import Interrupted, Interruption
from babilu.terminal.output import OutputLostError, forget_standard_output

if TYPE_CHECKING:
    from babilu.api.views import MessageView
    from babilu.cli.errand import Errand
    from babilu.kernel.ids import MessageId

WAIT_S: Final = 30.0
LOOK_S: Final = 0.1


@command("receive")
@flag("--follow", "-f")
@option("--wait", about="receive.wait", metavar="SECONDS", type=Seconds(), default=WAIT_S)
@account_options
@click.pass_context
def receive(
    context: click.Context,
    *,
    follow: bool,
    wait: float,
    profile: str | None,
    home: Path | None,
    password_file: Path | None,
    as_json: bool,
    lang: str | None,
) -> int:
    """Print the messages that no program has shown; what is printed counts as shown, and not as read."""
    from babilu.cli.errand import run_errand

    choice = choose(context, profile, home, password_file, lang)
    if not follow:
        return run_errand(choice, lambda errand: _take_all(errand, wait), as_json=as_json)
    with Interruption(is_last=True) as interruption:
        try:
            return run_errand(choice, _follow, as_json=as_json, interruption=interruption)
        except Interrupted:
            return Exit.DONE


def _take_all(errand: "Errand", wait: float) -> Exit:
    """Print until everything that the relay has is here."""
    from babilu.api import commands as c
    from babilu.api.views import LinkState
    from babilu.cli.errand import offline_by

    offline = None
    deadline = time.monotonic() + wait
    while True:
        status = errand.ask(c.Status())
        # What had come before this answer is taken after it.
        _take(errand)
        if status.link is LinkState.NONE or (status.link is LinkState.ONLINE and not status.behind):
            return Exit.DONE
        if offline is not None and (offline.for_good or time.monotonic() >= deadline):
            raise offline.why
        if time.monotonic() >= deadline:
            raise NobodyAnswersError("handing_over")
        offline = offline_by(errand.next_event(LOOK_S), offline)


def _follow(errand: "Errand") -> Exit:
    from babilu.api import events as e

    # Another face may take a message first: it is printed all the same, and once.
    shown = _take(errand)
    for event in errand.events(None):
        if not isinstance(event, e.MessageArrived):
            continue
        if event.message.id in shown:
            shown.discard(event.message.id)
            continue
        _show(errand, event.message)
        shown |= _take(errand, {event.message.id})
    return Exit.DONE


def _take(errand: "Errand", printed: "set[MessageId] | None" = None) -> "set[MessageId]":
    """Print what no program has shown, but what is printed already; gives what it printed."""
    from babilu.api import commands as c

    seen: set[MessageId] = set()
    # One at a time: what nobody reads any more goes back, and the next program prints it.
    while taken := errand.ask(c.TakeUnshown(1)):
        (message,) = taken
        if message.id not in (printed or ()):
            try:
                _show(errand, message)
            except (Interrupted, OutputLostError):
                errand.ask(c.PutBack((message.id,)))
                raise
            seen.add(message.id)
    return seen


def _show(errand: "Errand", message: "MessageView") -> None:
    try:
        with errand.writing():
            errand.voice.messages((message,))
            errand.voice.flush()
    except Interrupted:
        # Of what the program that reads has not taken, nothing waits for it at the end.
        forget_standard_output()
        raise
    errand.reader.wait()
