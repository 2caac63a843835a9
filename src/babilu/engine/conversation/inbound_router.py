"""Router of all that arrives, in one thread: commit first, then acknowledge.

What a friend's conversation can judge at once, because it rests, is one transaction with its judgement. All else is
committed to the durable inbox, cursor and envelopes together and in mailbox order; each envelope's outer seal is opened
to find whose conversation handles it. What is from somebody unknown waits there until `Attribution` has judged it.
"""

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Protocol

from babilu.engine.conversation.attribution import AccountAnswer, Attribution, Claim, RoutingResult
from babilu.engine.conversation.effects import Acknowledge, GiveHint, LookUp, RunEffects
from babilu.engine.conversation.opened_envelopes import OpenedEnvelopes
from babilu.engine.conversation.wakeups import ListCame, Wake
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.number_bounds import stored_in_order
from babilu.engine.runtime.threads import Worker
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.bounded import BoundedDict
from babilu.kernel.errors import (
    BabiluError,
    CryptoError,
    ErrorCode,
    LinkError,
    ProtocolError,
)
from babilu.kernel.ids import ConversationId, DeviceId, EnvelopeId, IdentityKey, conversation_with
from babilu.session.envelope import UnsealedEnvelope
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import IN_NO_ROW, InboxRecord, InboxState, IncomingEnvelope, ReceiptKind
from babilu.store.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

JUDGED_AT_ONCE = 500

LOOKED_UP_AT_ONCE = 1_000
"""Accounts about which the relay is being asked; the one that was asked about longest ago may be asked about anew."""

SETTLE_MS = 20
"""Time for which the relay's answers about accounts are judged in one transaction, until what has arrived goes on."""

SENDERS_REMEMBERED = 20_000
"""Devices of which it is remembered whose they are, so that it is known which conversation to look for at rest."""


class RestingConversations(Protocol):
    """The conversations, of which those that rest can judge at once what comes."""

    def receive_at_once(
        self,
        contact: int,
        conversation: ConversationId,
        admit: Callable[[UnitOfWork], tuple[ContactRecord, InboxRecord] | None],
    ) -> bool:
        """Judge an envelope as it comes; see `babilu.engine.conversation.runner.ConversationRunner`."""


class InboundRouter:
    """Owner of the inbox's beginning.

    Args:
        base: The profile and the ports.
        worker: The thread; what other threads call only puts jobs into its inbox.
        run: Runs the effects of what it commits.
        opened: Keeps what it opens for the conversations.
        conversations: Judge at once what comes while they rest; None has everything kept in the inbox first.
    """

    def __init__(
        self,
        base: ClientContext,
        worker: Worker,
        run: RunEffects,
        opened: OpenedEnvelopes,
        conversations: RestingConversations | None = None,
    ) -> None:
        self._database = base.database
        self._own = base.own
        self._clock = base.clock
        self._worker = worker
        self._run = run
        self._opened = opened
        self._conversations = conversations
        self._senders: BoundedDict[DeviceId, tuple[int, ConversationId]] = BoundedDict(SENDERS_REMEMBERED)
        self._looking_up: BoundedDict[str, None] = BoundedDict(LOOKED_UP_AT_ONCE)
        self._answers: deque[AccountAnswer] = deque()
        self._settling = False
        self._judged_up_to = 0
        self._attribution = Attribution(base, opened)

    def arrived(self, arrivals: list[IncomingEnvelope]) -> "Future[list[EnvelopeId]]":
        """Commit envelopes of one route, in order, and have them judged.

        Returns:
            A future of the ids that are kept now; it fails with ``busy`` while the inbox is full.
        """
        return self._worker.ask(partial(self._take_in, arrivals))

    def sweep(self) -> None:
        """Look at what an earlier run, or a time offline, has left unassigned."""
        self._worker.post(self._sweep)

    def looked_up(self, account: str, device_list: SignedDeviceList | None, error: BabiluError | None) -> None:
        """Take the relay's answer about an account: its device list, or that there is none such."""
        self._answers.append(AccountAnswer(account, device_list, error))
        self._settle_soon()

    def forget_look_ups(self) -> None:
        """Forget what is being asked: the link on which it was asked is gone."""
        self._worker.post(self._looking_up.clear)

    def _take_in(self, arrivals: list[IncomingEnvelope]) -> list[EnvelopeId]:
        if len(arrivals) == 1 and self._pass_in(arrivals[0]):
            return [arrivals[0].envelope]
        return self._commit(arrivals)

    def _pass_in(self, arrival: IncomingEnvelope) -> bool:
        """Have an envelope judged as it comes, where its conversation rests: one commit keeps and shows it.

        Returns:
            Whether that was committed; else nothing of it was, and the envelope is to be kept first.
        """
        if self._conversations is None:
            return False
        try:
            opened = self._opened.look(arrival)
        except (CryptoError, ProtocolError):
            return False
        known = self._senders.get(opened.sender)
        # What brings a device list may be from somebody else than its sender seems to be.
        if known is None or opened.device_list is not None:
            return False
        contact, conversation = known
        admit = partial(self._admit, arrival, opened.sender, contact)
        if not self._conversations.receive_at_once(contact, conversation, admit):
            return False
        if arrival.seq is not None:
            self._run([Acknowledge(arrival.seq)])
        return True

    def _admit(
        self, arrival: IncomingEnvelope, sender: DeviceId, number: int, unit: UnitOfWork
    ) -> tuple[ContactRecord, InboxRecord] | None:
        """Let an envelope in past the inbox, and note in the same transaction how far the mailbox has come.

        Only what is of somebody accepted, and only in its order: behind nothing that waits, and not a second time.
        """
        contact = unit.contacts.of_device(sender)
        if contact is None or contact.contact != number or contact.blocked or contact.is_stranger:
            return None
        if contact.pending is not None or arrival.contact not in {None, number}:
            return None
        if not unit.inbox.may_pass(arrival.envelope, number):
            return None
        (arrival,) = self._note_mailbox(unit, [arrival])
        return contact, InboxRecord(
            row=IN_NO_ROW,
            route=arrival.route,
            seq=arrival.seq,
            stored_at=arrival.stored_at,
            envelope=arrival.envelope,
            envelope_bytes=arrival.envelope_bytes,
            contact=number,
            device=arrival.device,
            state=InboxState.WAITING,
            reason="",
        )

    def _note_mailbox(self, unit: UnitOfWork, arrivals: list[IncomingEnvelope]) -> list[IncomingEnvelope]:
        """Note how far the relay's mailbox has come, and bound when it says that things were stored."""
        last = max(arrivals, key=lambda arrival: arrival.seq or 0)
        if last.seq is None:
            return arrivals
        arrivals = stored_in_order(arrivals, unit.profile.newest_stored_at(), self._clock.now_ms())
        unit.profile.set_cursor(last.seq, last.envelope, arrivals[-1].stored_at)
        return arrivals

    def _commit(self, arrivals: list[IncomingEnvelope]) -> list[EnvelopeId]:
        now = self._clock.now_ms()
        judged = RoutingResult()
        with self._database.write() as unit:
            if not unit.inbox.room():
                raise LinkError(ErrorCode.BUSY, "Too many envelopes wait to be read.")
            arrivals = self._note_mailbox(unit, arrivals)
            finished = unit.inbox.add(arrivals, now)
            self._owe_receipts_again(unit, finished, judged)
            # What waits for the relay's word is not opened again for each that arrives.
            up_to = self._judge_unassigned(unit, judged, self._judged_up_to)
            self._note_direct(unit, arrivals, judged)
        self._judged_up_to = up_to
        numbers = [arrival.seq for arrival in arrivals if arrival.seq is not None]
        if numbers:
            self._run([Acknowledge(max(numbers))])
        self._follow_up(judged)
        return [arrival.envelope for arrival in arrivals]

    @staticmethod
    def _owe_receipts_again(unit: UnitOfWork, finished: list[EnvelopeId], judged: RoutingResult) -> None:
        # Whoever sends again what is finished here has not seen its receipt.
        for envelope in finished:
            held = unit.inbox.message_of(envelope)
            contact = None if held is None else unit.contacts.by_contact(held[0])
            if held is not None and contact is not None and not unit.waiting_actions.waits_anywhere(held[2]):
                unit.receipts.queue(contact.contact, held[1], held[2], ReceiptKind.DELIVERED)
                judged.assigned(contact, None)

    def _note_direct(self, unit: UnitOfWork, arrivals: list[IncomingEnvelope], judged: RoutingResult) -> None:
        # What came over a link has its conversation already.
        links = {(arrival.contact, arrival.device) for arrival in arrivals if arrival.contact is not None}
        for number, device in links:
            contact = unit.contacts.by_contact(number)
            if contact is not None:
                judged.assigned(contact, None)
                if device is not None:
                    self._remember(device, contact)

    def _sweep(self) -> None:
        judged = RoutingResult()
        with self._database.write() as unit:
            up_to = self._judge_unassigned(unit, judged, 0)
        self._judged_up_to = max(self._judged_up_to, up_to)
        self._follow_up(judged)

    def _judge_unassigned(self, unit: UnitOfWork, judged: RoutingResult, after_row: int) -> int:
        """Judge what has no conversation yet beyond a row, and return the last row that was judged."""
        while True:
            rows = unit.inbox.unassigned(JUDGED_AT_ONCE, after_row)
            for row in rows:
                self._judge(unit, row, judged)
                after_row = row.row
            if len(rows) < JUDGED_AT_ONCE:
                return after_row

    def _judge(self, unit: UnitOfWork, row: InboxRecord, judged: RoutingResult) -> None:
        try:
            opened = self._opened.look(row)
            claim = self._attribution.claim(opened)
        except (CryptoError, ProtocolError):
            unit.inbox.drop(row.row, "bad_seal")
            return
        contact = self._known(unit, opened, claim)
        if contact is not None:
            unit.inbox.assign(row.row, contact.contact)
            judged.assigned(contact, opened.device_list)
        elif claim is None or not claim.account:
            unit.inbox.drop(row.row, "unknown_sender")
        elif unit.inbox.claim(row.row, claim.account):
            judged.ask_about(claim.account)
        else:
            unit.inbox.drop(row.row, "account_full")

    def _known(self, unit: UnitOfWork, opened: UnsealedEnvelope, claim: Claim | None) -> ContactRecord | None:
        """Find the contact whose conversation handles an envelope, without asking the relay."""
        found = unit.contacts.of_device(opened.sender)
        if found is not None:
            self._remember(opened.sender, found)
            return found
        departed = unit.departed.find(opened.sender)
        if departed is not None:
            return unit.contacts.by_contact(departed.contact)
        if claim is None:
            return None
        if claim.body.identity_key == self._own.identity_key:
            # A device of one's own that this one may not have heard of yet; its turn looks for it on the own list.
            return unit.contacts.oneself()
        known = unit.contacts.by_identity(IdentityKey(claim.body.identity_key))
        if known is not None:
            return known
        namesake = unit.contacts.by_account(claim.account) if claim.account else None
        if namesake is None or namesake.pending is None:
            return None
        return namesake if namesake.pending.identity_key == claim.body.identity_key else None

    def _remember(self, device: DeviceId, contact: ContactRecord) -> None:
        conversation = conversation_with(self._own.identity_key, contact.identity_key)
        self._senders[device] = contact.contact, conversation

    def _settle_soon(self) -> None:
        """Have the answers judged that are there, behind what has arrived before; may be called from any thread."""
        if self._answers and not self._settling:
            self._settling = True
            if not self._worker.post(self._settle):
                # Whatever fills the inbox asks again once it is done.
                self._settling = False

    def _settle(self) -> None:
        """Judge answers for a while, in one transaction: one for each would keep all mail behind a crowd's."""
        self._settling = False
        judged = RoutingResult()
        until = self._clock.monotonic_ms() + SETTLE_MS
        with self._database.write() as unit:
            while self._answers:
                answer = self._answers.popleft()
                self._looking_up.pop(answer.account, None)
                self._attribution.judge(unit, answer, judged)
                if self._clock.monotonic_ms() >= until:
                    break
        self._follow_up(judged)

    def _follow_up(self, judged: RoutingResult) -> None:
        """Have done what follows from a judgement that is committed."""
        asked = sorted(judged.unknown - self._looking_up.keys())
        for account in asked:
            self._looking_up[account] = None
        self._run(
            [
                *judged.told,
                *(GiveHint(contact, ListCame(signed, enclosed=True)) for contact, signed in judged.lists),
                *(GiveHint(contact, Wake()) for contact in judged.woken.values()),
                *map(LookUp, asked),
            ]
        )
        self._settle_soon()
