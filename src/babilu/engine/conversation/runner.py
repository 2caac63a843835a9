"""Runner of turns: each conversation's in its own thread, and after the commit what follows from it.

There are two kinds of turn: with a contact, and with oneself.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from babilu.api.group_views import GroupView
from babilu.engine.conversation.batches import Job, abandon_asks, do_asks, do_jobs, gather_outcomes, take_outcomes
from babilu.engine.conversation.contents.fold import OWN
from babilu.engine.conversation.contents.taking import give_up_overdue
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.effects import (
    AdoptOwnList,
    Effect,
    GiveHint,
    RequestBundle,
    RunEffects,
    SendBatch,
    WakeIn,
)
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.folding import follow
from babilu.engine.conversation.groups.beginning import started_group
from babilu.engine.conversation.groups.entries import name_devices, note_removal
from babilu.engine.conversation.groups.group_receiving import list_newcomer
from babilu.engine.conversation.groups.group_turn import GroupTurn
from babilu.engine.conversation.handing_over import hand_over
from babilu.engine.conversation.inbox_reading import receive_passing, receive_waiting
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.newer_parts import judge_again
from babilu.engine.conversation.notes import NotesTransaction, OwnTransaction
from babilu.engine.conversation.person import ANSWER_MS
from babilu.engine.conversation.recipients import has_siblings
from babilu.engine.conversation.repair import request_repairs
from babilu.engine.conversation.sealing import seal_receipts, seal_waiting
from babilu.engine.conversation.sync import tell_siblings
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.trust import remake
from babilu.engine.conversation.turn import Turn, is_fault_of_disk
from babilu.engine.conversation.wakeups import Hint, Outcomes, TakenOver, Wake
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.conversation_threads import ConversationThreads
from babilu.engine.runtime.group_logs import GroupLogs
from babilu.engine.runtime.places import Place, read_only
from babilu.engine.runtime.threads import busy, closed, defect
from babilu.engine.transport.outbound_queue import Answered
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import encode_device_list
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.bounded import BoundedDict
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode
from babilu.kernel.ids import ConversationId, conversation_with
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import InboxRecord
from babilu.store.group_records import GroupRecord
from babilu.store.inbox import NotInInboxError
from babilu.store.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)


UNDONE_KEPT = 1_000

CONVERSATIONS_REMEMBERED = 20_000
"""Conversations of which something is remembered in memory; the one that had nothing to do for longest is forgotten."""

UNDONE_PAUSE_MS = 2_000

SETTLING = -(2**62)
"""Stands for no conversation: its thread records what was taken over of several contacts at once."""

_SETTLING_NAME = "babilu-settling"


Admit = Callable[[UnitOfWork], tuple[ContactRecord, InboxRecord] | None]
"""Looks in a transaction whether an envelope may be judged as it comes, and gives it with its sender."""


class ConversationRunner:
    """The conversations of a client, each in a thread of its own while it has work.

    Args:
        base: The profile and the ports.
        encryption: Makes envelopes.
        run: Runs the effects of turns.
    """

    def __init__(self, base: ClientContext, encryption: ContentEncryption, run: RunEffects) -> None:
        self._database = base.database
        self._show = base.show
        self._bus = base.bus
        self._clock = base.clock
        self._randomness = base.randomness
        self._encryption = encryption
        self._run = run
        self._threads: ConversationThreads[Job] = ConversationThreads(self._work, Wake())
        self._lock = threading.Lock()
        self._memories: BoundedDict[int, ConversationCache] = BoundedDict(CONVERSATIONS_REMEMBERED)
        self._logs = GroupLogs()
        self._known: BoundedDict[int, tuple[ConversationId, bool]] = BoundedDict(CONVERSATIONS_REMEMBERED)

    def names(self) -> tuple[str, ...]:
        """Name the threads that run now."""
        return self._threads.names()

    def stop(self) -> None:
        """Finish what is under way and end the threads."""
        self._threads.stop()

    def post(self, contact: ContactRecord, job: Job) -> None:
        """Give a job to a conversation; a command for which there is no room fails, a hint is dropped."""
        conversation, stranger = self._know(contact)
        behind = stranger and not isinstance(job, Ask)
        if not self._threads.post(contact.contact, conversation, job, stranger=behind):
            abandon_asks([job], closed() if self._threads.stopping else busy())

    def _know(self, contact: ContactRecord) -> tuple[ConversationId, bool]:
        """Take note whose a contact's conversation is, so that it is told what becomes of what is sent to them."""
        known = conversation_with(self._encryption.own.identity_key, contact.identity_key), contact.is_stranger
        self._known[contact.contact] = known
        return known

    def ask(self, place: Place, ask: Ask[Any, Any]) -> None:
        """Give a command to a conversation."""
        if place.contact is not None:
            self.post(place.contact, ask)
            return
        if place.is_imported:
            abandon_asks([ask], read_only())
            return
        conversation = place.conversation
        number = OWN if place.is_notes else -conversation.conversation
        if not self._threads.post(number, conversation.id, ask):
            abandon_asks([ask], closed() if self._threads.stopping else busy())

    def wake(self, place: Place) -> None:
        """Have a group look at what only time has changed; where there is no room for that, the next look comes."""
        number = OWN if place.is_notes else -place.conversation.conversation
        self._threads.post(number, place.conversation.id, Wake())

    def begin_group(
        self, title: str, topic: str, people: Sequence[ContactRecord], request_id: str | None = None
    ) -> GroupView:
        """Begin a group with people, in the calling thread and one transaction.

        Raises:
            BabiluError: It cannot be.
        """
        own, now = (self._encryption.own, self._show.own_name), self._clock.now_ms()

        def turn_of(unit: UnitOfWork, group: GroupRecord) -> GroupTurn:
            turn = self._group_turn(unit, group)
            turn.request_id = request_id
            return turn

        with self._database.write() as unit:
            turn = started_group(unit, turn_of, own, title, topic, people, now)
            view = turn.group_view()
            turn.seal()
            self._hand_on(unit, turn)
        self._follow(turn)
        return view

    def adopt_own_list(self, signed: SignedDeviceList) -> None:
        """Go by a newer own device list, in the calling thread; the groups learn of a device that has left by it.

        One transaction has the list and an entry of it in the log of each group: what the device signs counts for
        nothing from then on.

        Raises:
            ProfileError: The disk is at fault.
        """
        own = self._encryption.own
        body, before = (decode_shape(each.body, DeviceListBody) for each in (signed, own.device_list))
        left = {each.device for each in before.devices} - {each.device for each in body.devices}
        turns: list[Turn] = []
        with self._database.write() as unit:
            gone, oneself = unit.profile.replace_device_list(encode_device_list(signed)), unit.contacts.oneself()
            if oneself is not None and gone:
                with_oneself = self._turn(unit, oneself, self._cache_of(oneself.contact))
                remake(with_oneself, before, gone)
                turns.append(with_oneself)
            if left:
                note_removal(unit, body.version)
                turns += self._named_in_groups(unit, signed)
        own.device_list = signed
        for turn in turns:
            self._follow(turn)

    def _named_in_groups(self, unit: UnitOfWork, signed: SignedDeviceList) -> list[GroupTurn]:
        """Write the own device list into each group that was accepted; returns the turns that have done so."""
        turns = [self._group_turn(unit, group) for group in unit.groups.all() if group.joins]
        current = [turn for turn in turns if turn.is_current]
        for turn in current:
            name_devices(turn, signed)
            turn.seal()
            self._hand_on(unit, turn)
        return current

    def _group_turn(self, unit: UnitOfWork, group: GroupRecord) -> GroupTurn:
        return GroupTurn(
            unit, group, self._logs, self._cache_of, self._encryption, self._show, self._randomness, self._clock
        )

    def _work_group(self, conversation: int, jobs: list[Job]) -> None:
        """Do what is asked of a group: one transaction has what is said, and all envelopes that can be made."""
        try:
            with self._database.write() as unit:
                group = unit.groups.of_conversation(conversation)
                if group is None:
                    abandon_asks(jobs, DeliveryError(ErrorCode.NOT_FOUND, "This group is gone."))
                    return
                turn = self._group_turn(unit, group)
                do_asks(turn, [job for job in jobs if isinstance(job, Ask)])
                fold = turn.fold()
                give_up_overdue(fold)
                follow(turn, fold)
                turn.seal()
                self._hand_on(unit, turn)
        except BabiluError as error:
            log.warning("a turn of a group was undone: %s", error.code.value)
            abandon_asks(jobs, error)
            self._bus.tell_warning(error)
            return
        except BaseException:
            abandon_asks(jobs, defect())
            raise
        self._follow(turn)

    def _settle(self, jobs: list[TakenOver]) -> None:
        """Record what was taken over of several contacts; where that fails, each contact's own turn tries it again."""
        try:
            with self._database.write() as unit:
                effects = take_outcomes(unit, partial(self._turns_of, unit, gather_outcomes(jobs)))
        except BabiluError as error:
            log.warning("a turn was undone: %s", error.code.value)
            for contact, outcomes in gather_outcomes(jobs).items():
                self._put_off(contact, [Outcomes(outcomes)])
            return
        self._run(effects)

    def _turns_of(
        self, unit: UnitOfWork, gathered: Mapping[int, tuple[Answered, ...]]
    ) -> list[tuple[ConversationTransaction, Outcomes]]:
        """Begin a turn with each contact who is here, for the outcomes of what was sent to them."""
        records = ((unit.contacts.by_contact(contact), outcomes) for contact, outcomes in gathered.items())
        return [
            (self._turn(unit, record, self._cache_of(record.contact)), Outcomes(outcomes))
            for record, outcomes in records
            if record is not None
        ]

    def post_to(self, contact: int, hint: Hint) -> bool:
        """Give a hint to a conversation that has had a job before; False where there is no room for it now."""
        known = self._known.get(contact)
        if known is None:
            return True
        conversation, stranger = known
        return self._threads.post(contact, conversation, hint, stranger=stranger) or self._threads.stopping

    def take_over(self, taken: Mapping[int, tuple[Answered, ...]]) -> bool:
        """Have one commit record that envelopes of several contacts were taken over; False where it cannot be."""
        return self._threads.post(SETTLING, _SETTLING_NAME, TakenOver(taken))

    def receive_at_once(self, contact: int, conversation: ConversationId, admit: Admit) -> bool:
        """Have a conversation that rests judge an envelope as it comes, in the calling thread and one transaction.

        Args:
            contact: Whose conversation.
            conversation: Its id.
            admit: Called in the transaction; None leaves all as it is. What it writes is committed with the turn.

        Returns:
            Whether the envelope is done with, and that committed. Else nothing of it is: the conversation is at work,
            or the envelope has to be kept before it is judged.

        Raises:
            ProfileError: The disk is at fault.
        """
        if not self._threads.hold(contact, conversation):
            return False
        # What becomes of the receipts that it makes is told to it.
        self._known[contact] = (conversation, False)
        try:
            return self._receive_held(contact, admit)
        finally:
            self._threads.let_go(contact)

    def _receive_held(self, contact: int, admit: Admit) -> bool:
        cache = self._cache_of(contact)
        if cache.undone:
            return False
        try:
            with self._database.write() as unit:
                admitted = admit(unit)
                if admitted is None:
                    return False
                transaction = self._turn(unit, admitted[0], cache)
                receive_passing(transaction, admitted[1])
                if seal_receipts(transaction):
                    transaction.then(GiveHint(transaction.contact, Wake()))
                request_repairs(transaction)
                hand_over(transaction, [])
                self._hand_on(unit, transaction)
        except Exception as error:
            cache.repair_next = 0
            if is_fault_of_disk(error):
                raise
            if not isinstance(error, NotInInboxError):
                log.exception("an envelope that was judged as it came met a defect")
            return False
        self._follow(transaction)
        return True

    def _cache_of(self, contact: int) -> ConversationCache:
        with self._lock:
            cache = self._memories[contact] = self._memories.get(contact) or ConversationCache()
        return cache

    def _turn(self, unit: UnitOfWork, contact: ContactRecord, cache: ConversationCache) -> ConversationTransaction:
        kind = OwnTransaction if contact.is_oneself else ConversationTransaction
        return kind(unit, contact, cache, self._encryption, self._show, self._randomness, self._clock, self._logs)

    def _seal_for_siblings(self, unit: UnitOfWork, transaction: ConversationTransaction) -> None:
        """Seal for the own other devices what a turn with somebody else has said, by the same commit."""
        oneself = transaction.owes_to_siblings
        if oneself is None or transaction.contact.is_oneself:
            return
        turn = self._turn(unit, oneself, self._cache_of(OWN))
        if seal_waiting(turn):
            turn.then(GiveHint(oneself, Wake()))
        hand_over(turn, [])
        transaction.effects += turn.effects

    def _hand_on(self, unit: UnitOfWork, transaction: Turn) -> None:
        """Have envelopes handed over in the order of commits; the rest keeps nobody's turn waiting."""
        for effect in transaction.effects:
            if isinstance(effect, AdoptOwnList):
                # What the next turn says names it.
                self._encryption.own.device_list = effect.device_list
            elif isinstance(effect, SendBatch):
                # A member of a group may have had no job of their own since the start.
                self._know(effect.contact)
                unit.following.append(partial(self._run, [effect]))

    def _follow(self, turn: Turn) -> None:
        """Run what follows from a turn that is committed, but for what `_hand_on` has seen to."""
        following: list[Effect] = []
        for effect in turn.effects:
            if isinstance(effect, RequestBundle):
                # Noted here and not in the turn: one that is undone has asked nobody.
                self._cache_of(effect.contact.contact).asked[effect.device] = turn.now + ANSWER_MS
            if not isinstance(effect, SendBatch):
                following.append(effect)
        self._run(following)

    def forget_requests(self) -> None:
        """Forget which bundles are being fetched: the link on which they were asked for is gone."""
        with self._lock:
            for cache in self._memories.values():
                cache.asked.clear()

    def _work(self, contact: int, jobs: list[Job]) -> None:
        if contact == OWN and not self._has_to_do_with_siblings(jobs):
            self._work_notes(jobs)
        elif contact == SETTLING:
            self._settle([job for job in jobs if isinstance(job, TakenOver)])
        elif contact < 0:
            self._work_group(-contact, jobs)
        else:
            self._work_pair(contact, jobs)

    def _has_to_do_with_siblings(self, jobs: list[Job]) -> bool:
        """Tell whether a turn with oneself has to do with own other devices, present, former or about to be known."""
        return has_siblings(self._encryption.own) or any(not isinstance(job, Ask) for job in jobs)

    def _work_notes(self, jobs: list[Job]) -> None:
        """Do what is asked of the notes while this is the only device."""
        try:
            with self._database.write() as unit:
                transaction = NotesTransaction(unit, self._show, self._randomness, self._clock)
                do_asks(transaction, [job for job in jobs if isinstance(job, Ask)])
        except BabiluError as error:
            log.warning("a turn of the notes was undone: %s", error.code.value)
            abandon_asks(jobs, error)
            self._bus.tell_warning(error)
            return
        except BaseException:
            abandon_asks(jobs, defect())
            raise
        self._run(transaction.effects)

    def _work_pair(self, contact: int, jobs: list[Job]) -> None:
        cache = self._cache_of(contact)
        undone_before = bool(cache.undone)
        jobs = [*cache.undone, *jobs]
        cache.undone = []
        try:
            with self._database.write(behind=self._goes_behind(contact, jobs)) as unit:
                record = unit.contacts.by_contact(contact)
                if record is None:
                    # A stranger who has made room for another: there is nothing to do for them, and nobody to tell.
                    abandon_asks(jobs, DeliveryError(ErrorCode.NOT_FOUND, "This contact is gone."))
                    return
                transaction = self._turn(unit, record, cache)
                do_jobs(transaction, jobs)
                list_newcomer(transaction)
                more = receive_waiting(transaction)
                if transaction.contact.is_oneself:
                    tell_siblings(transaction)
                more = seal_waiting(transaction) or more
                self._seal_for_siblings(unit, transaction)
                more = transaction.index_whole() or more
                more = judge_again(transaction) or more
                request_repairs(transaction)
                hand_over(transaction, [job for job in jobs if isinstance(job, Wake)])
                if more:
                    transaction.then(GiveHint(transaction.contact, Wake()))
                self._hand_on(unit, transaction)
        except BabiluError as error:
            log.warning("a turn was undone: %s", error.code.value)
            abandon_asks(jobs, error)
            if not undone_before:
                self._bus.tell_warning(error)
            self._put_off(contact, jobs)
            return
        except BaseException:
            abandon_asks(jobs, defect())
            raise
        self._follow(transaction)

    def _goes_behind(self, contact: int, jobs: list[Job]) -> bool:
        """Tell whether a conversation waits behind those with accepted people: not where its user waits for it."""
        known = self._known.get(contact)
        return known is not None and known[1] and not any(isinstance(job, Ask) for job in jobs)

    def _put_off(self, contact: int, jobs: Sequence[Job]) -> None:
        """Keep hints of a turn that was undone, such as answers that will not come again, for another try."""
        cache = self._cache_of(contact)
        cache.repair_next = 0
        cache.undone = [*cache.undone, *(job for job in jobs if not isinstance(job, Ask))][-UNDONE_KEPT:]
        with self._database.read() as unit:
            record = unit.contacts.by_contact(contact)
        if record is not None:
            self._run([WakeIn(record, UNDONE_PAUSE_MS)])
