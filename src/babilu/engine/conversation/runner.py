"""Runs the turns of conversations in their threads, and does what follows from each once it is committed."""

import logging
import threading
from functools import partial
from typing import Any, Protocol

from babilu.engine.conversation.device_lists import take_list
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.gaps import tell_what_is_due
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.receiving import receive_waiting
from babilu.engine.conversation.repair import look_at_quarantine, request_repairs
from babilu.engine.conversation.transaction import (
    ANSWER_MS,
    After,
    ConversationCache,
    ConversationTransaction,
    is_fault_of_disk,
)
from babilu.engine.conversation.wakeups import BundleCame, Hint, ListCame, Outcomes, Wake
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.conversation_threads import ConversationThreads
from babilu.engine.runtime.threads import Effect, busy, closed, defect, follow_up
from babilu.engine.transport.outbound_queue import Batch, DeviceListOutdated
from babilu.kernel.bounded import BoundedDict
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode
from babilu.kernel.ids import ConversationId, DeviceId
from babilu.store.records import ContactRecord

log = logging.getLogger(__name__)

UNDONE_KEPT = 1_000

CONVERSATIONS_REMEMBERED = 20_000
"""Conversations of which something is remembered in memory; the one that had nothing to do for longest is forgotten."""

UNDONE_PAUSE_MS = 2_000

Job = Ask[Any] | Hint
"""Everything that a conversation's inbox takes."""


class RunnerCallbacks(Protocol):
    """What a conversation asks of the rest of the client after a turn; may be called from any thread."""

    def hand_over(self, contact: ContactRecord, batch: Batch) -> None:
        """Give envelopes to the outbox."""

    def want_bundle(self, contact: ContactRecord, device: DeviceId, written: bool) -> None:
        """Fetch a bundle, for what the user has ``written`` or for something else; answer with `BundleCame`."""

    def hang_up(self, contact: ContactRecord) -> None:
        """Close the direct connection with a contact, if one stands."""

    def cut_off(self, contact: ContactRecord, removed: tuple[DeviceId, ...]) -> None:
        """Close the direct connection with a contact, if it is with a device that they have no longer."""

    def sweep(self) -> None:
        """Have the dispatcher look at envelopes that have no conversation."""

    def want_list(self, contact: ContactRecord) -> None:
        """Fetch the contact's device list and answer with `ListCame`."""

    def wake_later(self, contact: ContactRecord, ms: int) -> None:
        """Give `Wake` to the conversation after so many milliseconds."""

    def contacts_changed(self) -> None:
        """Tell the relay anew whose presence is wanted."""


class ConversationRunner:
    """The conversations of a client, each in a thread of its own while it has work.

    Args:
        base: The profile and the ports.
        encryption: Makes envelopes.
        errands: What turns ask for.
    """

    def __init__(self, base: ClientContext, encryption: ContentEncryption, errands: RunnerCallbacks) -> None:
        self._database = base.database
        self._show = base.show
        self._bus = base.bus
        self._clock = base.clock
        self._randomness = base.randomness
        self._encryption = encryption
        self._errands = errands
        self._threads: ConversationThreads[Job] = ConversationThreads(self._work, Wake())
        self._lock = threading.Lock()
        self._memories: BoundedDict[int, ConversationCache] = BoundedDict(CONVERSATIONS_REMEMBERED)
        self._known: BoundedDict[int, tuple[ConversationId, bool]] = BoundedDict(CONVERSATIONS_REMEMBERED)

    def names(self) -> tuple[str, ...]:
        """Name the threads that run now."""
        return self._threads.names()

    def stop(self) -> None:
        """Finish what is under way and end the threads."""
        self._threads.stop()

    def post(self, contact: ContactRecord, job: Job) -> None:
        """Give a job to a conversation; a command for which there is no room fails, a hint is dropped."""
        stranger = not contact.accepted
        self._known[contact.contact] = (contact.conversation, stranger)
        behind = stranger and not isinstance(job, Ask)
        if not self._threads.post(contact.contact, contact.conversation, job, stranger=behind):
            _abandon([job], closed() if self._threads.stopping else busy())

    def post_to(self, contact: int, hint: Hint) -> bool:
        """Give a hint to a conversation that has had a job before; False where there is no room for it now."""
        known = self._known.get(contact)
        if known is None:
            return True
        conversation, stranger = known
        return self._threads.post(contact, conversation, hint, stranger=stranger) or self._threads.stopping

    def forget_requests(self) -> None:
        """Forget which bundles are being fetched: the link on which they were asked for is gone."""
        with self._lock:
            for cache in self._memories.values():
                cache.asked.clear()

    def _work(self, contact: int, jobs: list[Job]) -> None:
        with self._lock:
            cache = self._memories[contact] = self._memories.get(contact) or ConversationCache()
        undone_before = bool(cache.undone)
        jobs = [*cache.undone, *jobs]
        cache.undone = []
        results: list[tuple[Ask[Any], object]] = []
        try:
            with self._database.write(behind=self._goes_behind(contact, jobs)) as unit:
                record = unit.contacts.by_contact(contact)
                if record is None:
                    # A stranger who has made room for another: there is nothing to do for them, and nobody to tell.
                    _abandon(jobs, DeliveryError(ErrorCode.NOT_FOUND, "This contact is gone."))
                    return
                transaction = ConversationTransaction(
                    unit, record, cache, self._encryption, self._show, self._randomness, self._clock
                )
                results = _do(transaction, jobs)
                more = receive_waiting(transaction)
                more = transaction.seal_waiting() or more
                more = transaction.index_whole() or more
                request_repairs(transaction)
                transaction.hand_over([job for job in jobs if isinstance(job, Wake)])
        except BabiluError as error:
            log.warning("a turn was undone: %s", error.code.value)
            _abandon(jobs, error)
            if not undone_before:
                self._bus.tell_warning(error)
            self._put_off(contact, cache, jobs)
            return
        except BaseException:
            _abandon(jobs, defect())
            raise
        self._follow_up(transaction, transaction.after, results, more=more)

    def _goes_behind(self, contact: int, jobs: list[Job]) -> bool:
        """Tell whether a conversation waits behind those with accepted people: not where its user waits for it."""
        known = self._known.get(contact)
        return known is not None and known[1] and not any(isinstance(job, Ask) for job in jobs)

    def _put_off(self, contact: int, cache: ConversationCache, jobs: list[Job]) -> None:
        """Keep hints of a turn that was undone, such as answers that will not come again, for another try."""
        cache.repair_next = 0
        cache.undone = [job for job in jobs if not isinstance(job, Ask)][-UNDONE_KEPT:]
        with self._database.read() as unit:
            record = unit.contacts.by_contact(contact)
        if record is not None:
            self._errands.wake_later(record, UNDONE_PAUSE_MS)

    def _follow_up(
        self, transaction: ConversationTransaction, after: After, results: list[tuple[Ask[Any], object]], *, more: bool
    ) -> None:
        """Do what follows from a turn that is committed; no part of it makes the turn count as undone."""
        contact, errands, batch = transaction.contact, self._errands, after.batch
        effects: list[Effect] = [partial(self._bus.tell, *after.told)]
        effects += [partial(ask.answer, result) for ask, result in results]
        if batch is not None and (batch.outbounds or batch.above is not None):
            effects.append(partial(errands.hand_over, contact, batch))
        for device in after.wanted:
            # Noted here and not in the turn: one that is undone has asked nobody.
            transaction.cache.asked[device] = transaction.now + ANSWER_MS
            effects.append(partial(errands.want_bundle, contact, device, after.written))
        if after.watch:
            effects.append(errands.contacts_changed)
        if after.hang_up:
            effects.append(partial(errands.hang_up, contact))
        if after.removed:
            effects.append(partial(errands.cut_off, contact, after.removed))
        if after.sweep:
            effects.append(errands.sweep)
        if after.want_list:
            effects.append(partial(errands.want_list, contact))
        if after.wake_in_ms is not None:
            effects.append(partial(errands.wake_later, contact, after.wake_in_ms))
        if more:
            effects.append(partial(self.post, contact, Wake()))
        follow_up(*effects)


def _do(transaction: ConversationTransaction, jobs: list[Job]) -> list[tuple[Ask[Any], object]]:
    """Do the jobs of a batch in order; answers of commands are held back until the commit."""
    results: list[tuple[Ask[Any], object]] = []
    asks: list[Ask[Any]] = []
    for job in jobs:
        if isinstance(job, Ask):
            asks.append(job)
            continue
        results += _do_asks(transaction, asks)
        asks.clear()
        _take_hint_alone(transaction, job)
    return results + _do_asks(transaction, asks)


def _do_asks(transaction: ConversationTransaction, asks: list[Ask[Any]]) -> list[tuple[Ask[Any], object]]:
    """Do commands in order; where one of them fails, all are undone and each is done alone."""
    if len(asks) <= 1:
        return [result for ask in asks for result in _do_alone(transaction, ask)]
    try:
        # One savepoint for all: for commands that succeed, one for each would be half of their cost.
        with transaction.part():
            return [(ask, ask.act(transaction)) for ask in asks]
    except Exception as error:
        if isinstance(error, BabiluError) and is_fault_of_disk(error):
            raise
        return [result for ask in asks for result in _do_alone(transaction, ask)]


def _do_alone(transaction: ConversationTransaction, ask: Ask[Any]) -> list[tuple[Ask[Any], object]]:
    """Do a command; one that fails leaves nothing and has no result."""
    try:
        with transaction.part():
            return [(ask, ask.act(transaction))]
    except BabiluError as error:
        if is_fault_of_disk(error):
            raise
        ask.abandon(error)
    except Exception:
        log.exception("a command met a defect")
        ask.abandon(defect())
    return []


def _take_hint_alone(transaction: ConversationTransaction, hint: Hint) -> None:
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


def _take_hint(transaction: ConversationTransaction, hint: Hint) -> None:
    match hint:
        case Outcomes(outcomes):
            for outcome in outcomes:
                if isinstance(outcome, DeviceListOutdated):
                    take_list(transaction, outcome.device_list, settles=True)
                else:
                    transaction.outcome(outcome)
        case BundleCame(device, bundle, retry_after_ms):
            look_at_quarantine(transaction)
            transaction.bundle_came(device, bundle, retry_after_ms)
        case ListCame(device_list, enclosed):
            look_at_quarantine(transaction)
            take_list(transaction, device_list, settles=not enclosed)
        case Wake():
            transaction.expire()
            tell_what_is_due(transaction)


def _abandon(jobs: list[Job], error: BabiluError) -> None:
    for job in jobs:
        if isinstance(job, Ask):
            job.abandon(error)
