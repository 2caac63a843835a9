"""Batches of a turn: commands and hints in their order, each of which is undone alone where it fails."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from babilu.engine.conversation.contents.taking import give_up_overdue
from babilu.engine.conversation.device_lists import take_list
from babilu.engine.conversation.effects import Answer, Effect
from babilu.engine.conversation.folding import follow
from babilu.engine.conversation.gaps import tell_what_is_due
from babilu.engine.conversation.groups.fellow import fellows_of
from babilu.engine.conversation.groups.healing import bring_log_where_due
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.own_list import look_for_own_list
from babilu.engine.conversation.person import PersonTurn
from babilu.engine.conversation.repair import look_at_quarantine
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.trust import take_approval
from babilu.engine.conversation.turn import ConversationTurn, is_fault_of_disk
from babilu.engine.conversation.wakeups import BundleCame, Hint, ListCame, Outcomes, ShowPicture, TakenOver, Wake
from babilu.engine.runtime.threads import defect
from babilu.engine.transport.outbound_queue import Answered, DeviceListOutdated
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import MessageId
from babilu.store.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

T = TypeVar("T", bound=ConversationTurn)

Job = Ask[Any, Any] | Hint
"""Everything that a conversation's inbox takes."""


def gather_outcomes(jobs: Sequence[TakenOver]) -> dict[int, tuple[Answered, ...]]:
    """Return the outcomes of each contact, in order."""
    gathered: dict[int, tuple[Answered, ...]] = {}
    for job in jobs:
        for contact, outcomes in job.taken.items():
            gathered[contact] = (*gathered.get(contact, ()), *outcomes)
    return gathered


def do_jobs(transaction: ConversationTransaction, jobs: list[Job]) -> None:
    """Do the jobs of a batch in order; answers of commands are effects like the others."""
    asks: list[Ask[ConversationTransaction, Any]] = []
    for job in jobs:
        if isinstance(job, Ask):
            asks.append(job)
            continue
        do_asks(transaction, asks)
        asks.clear()
        take_hint_alone(transaction, job)
    do_asks(transaction, asks)


def do_asks(transaction: T, asks: Sequence[Ask[T, Any]]) -> None:
    """Do commands in order; where one of them fails, all are undone and each is done alone."""
    if len(asks) > 1:
        try:
            # One savepoint for all: for commands that succeed, one for each would be half of their cost.
            with transaction.part():
                for ask in asks:
                    _carry_out(transaction, ask)
        except Exception as error:
            if isinstance(error, BabiluError) and is_fault_of_disk(error):
                raise
        else:
            return
    for ask in asks:
        _do_alone(transaction, ask)


def _carry_out(transaction: T, ask: Ask[T, Any]) -> None:
    transaction.request_id = ask.request_id
    try:
        transaction.then(Answer(ask.future, ask.act(transaction)))
    finally:
        transaction.request_id = None


def _do_alone(transaction: T, ask: Ask[T, Any]) -> None:
    """Do a command; one that fails leaves nothing and has no result."""
    try:
        with transaction.part():
            _carry_out(transaction, ask)
    except BabiluError as error:
        if is_fault_of_disk(error):
            raise
        ask.abandon(error)
    except Exception:
        log.exception("a command met a defect")
        ask.abandon(defect())


def take_hint_alone(transaction: ConversationTransaction, hint: Hint) -> None:
    """Take a hint; one that cannot be taken leaves nothing, and keeps nothing else of the turn from being done.

    Raises:
        ProfileError: The disk is at fault: all of the turn is to be tried again.
    """
    try:
        with transaction.part():
            _take_hint(transaction, hint)
    except BabiluError as error:
        if is_fault_of_disk(error):
            raise
        log.warning("a hint came to nothing: %s", error.code.value)
        transaction.warn(error.code, error.text)
    except Exception:
        log.exception("a hint met a defect")


def take_outcomes(
    unit: UnitOfWork, begin: Callable[[], Sequence[tuple[ConversationTransaction, Outcomes]]]
) -> list[Effect]:
    """Record what became of envelopes to several contacts, together: a message to many shows once where it has come.

    Where that fails for one of them, all are undone and each is done alone.

    Args:
        unit: The write transaction.
        begin: Makes a turn for each contact, anew each time.

    Returns:
        What follows.

    Raises:
        ProfileError: The disk is at fault: all of it is to be tried again.
    """
    taken, left = begin(), dict[MessageId, PersonTurn]()
    try:
        # One savepoint for all, as for commands.
        with unit.savepoint():
            for transaction, outcomes in taken:
                transaction.left = left
                _take_hint(transaction, outcomes)
            for message, turn in left.items():
                turn.show_left((message,))
    except Exception as error:
        if isinstance(error, BabiluError) and is_fault_of_disk(error):
            raise
        taken = begin()
        for transaction, outcomes in taken:
            take_hint_alone(transaction, outcomes)
    return [effect for transaction, _ in taken for effect in transaction.effects]


def _take_hint(transaction: ConversationTransaction, hint: Hint) -> None:
    match hint:
        case Outcomes(outcomes):
            transaction.outcome(*(outcome for outcome in outcomes if not isinstance(outcome, DeviceListOutdated)))
            for outcome in outcomes:
                if isinstance(outcome, DeviceListOutdated):
                    take_list(transaction, outcome.device_list, settles=True)
        case BundleCame(device, bundle, retry_after_ms):
            look_at_quarantine(transaction)
            transaction.bundle_came(device, bundle, retry_after_ms)
        case ListCame(device_list, enclosed):
            look_at_quarantine(transaction)
            take_list(transaction, device_list, settles=not enclosed)
        case ShowPicture():
            transaction.show_own_picture()
        case Wake():
            transaction.expire()
            for turn in (
                transaction,
                *fellows_of(transaction, transaction.unit.gaps.untold(transaction.contact.contact)),
            ):
                tell_what_is_due(turn)
            look_for_own_list(transaction)
            bring_log_where_due(transaction)
            take_approval(transaction)
            fold = transaction.fold()
            give_up_overdue(fold)
            follow(transaction, fold)


def abandon_asks(jobs: Sequence[Job], error: BabiluError) -> None:
    """End the commands among the jobs of a turn that came to nothing."""
    for job in jobs:
        if isinstance(job, Ask):
            job.abandon(error)
