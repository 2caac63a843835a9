"""The thread through which everything that arrives passes: commit to the durable inbox, acknowledge, then assign.

Cursor and envelopes are committed together and in mailbox order; only then is anything acknowledged. After that each
envelope's outer seal is opened to find whose conversation handles it. A sender nobody knows yet counts only once the
relay shows that the account name belongs to the claimed identity; until then the row waits.
"""

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from babilu.api import events
from babilu.engine.conversation.effects import Acknowledge, GiveHint, LookUp, RunEffects, Tell
from babilu.engine.conversation.opened_envelopes import OpenedEnvelopes
from babilu.engine.conversation.transaction import is_fault_of_disk
from babilu.engine.conversation.wakeups import ListCame, Wake
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.number_bounds import stored_in_order
from babilu.engine.runtime.threads import Worker
from babilu.identity.device_list import (
    check_account,
    encode_device_list,
    find_device,
    serves,
    verify_device_list,
)
from babilu.identity.names import normalise_name
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.bounded import BoundedDict
from babilu.kernel.errors import (
    AccountError,
    BabiluError,
    CryptoError,
    DeliveryError,
    ErrorCode,
    LinkError,
    ProtocolError,
    TrustError,
)
from babilu.kernel.ids import ConversationId, DeviceId, EnvelopeId, IdentityKey, MessageId, conversation_id
from babilu.kernel.limits import DAY_MS
from babilu.session.envelope import EnvelopeEnd, UnsealedEnvelope, check_sender
from babilu.store.budgets import STRANGERS
from babilu.store.records import (
    IN_NO_ROW,
    ContactRecord,
    InboxRecord,
    InboxState,
    IncomingEnvelope,
    ReceiptKind,
)
from babilu.store.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

JUDGED_AT_ONCE = 500

LOOKED_UP_AT_ONCE = 1_000
"""Accounts about which the relay is being asked; the one that was asked about longest ago may be asked about anew."""

SETTLE_MS = 20
"""Time for which the relay's answers about accounts are judged in one transaction, until what has arrived goes on."""

UNATTRIBUTED_A_DAY = 8
"""Accounts of which it is told in a day that messages under their names cannot be shown, each once.

Anybody can write under names of their own invention.
"""


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
        self._show = base.show
        self._clock = base.clock
        self._worker = worker
        self._run = run
        self._opened = opened
        self._conversations = conversations
        self._senders: BoundedDict[DeviceId, tuple[int, ConversationId]] = BoundedDict(SENDERS_REMEMBERED)
        self._looking_up: BoundedDict[str, None] = BoundedDict(LOOKED_UP_AT_ONCE)
        self._answers: deque[_Answer] = deque()
        self._settling = False
        self._judged_up_to = 0
        self._unattributed: BoundedDict[str, None] = BoundedDict(UNATTRIBUTED_A_DAY)
        self._unattributed_on = 0

    def arrived(self, arrivals: list[IncomingEnvelope]) -> "Future[list[EnvelopeId]]":
        """Commit envelopes of one route, in order, and have them judged.

        Returns:
            A future of the ids that are kept now; it fails with ``busy`` while the inbox is full.
        """
        return self._worker.ask(lambda: self._take_in(arrivals))

    def sweep(self) -> None:
        """Look at what an earlier run, or a time offline, has left unassigned."""
        self._worker.post(self._sweep)

    def looked_up(self, account: str, device_list: SignedDeviceList | None, error: BabiluError | None) -> None:
        """Take the relay's answer about an account: its device list, or that there is none such."""
        self._answers.append(_Answer(account, device_list, error))
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
        if contact is None or contact.contact != number or contact.blocked or not contact.accepted:
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
    def _owe_receipts_again(unit: UnitOfWork, finished: list[EnvelopeId], judged: "RoutingResult") -> None:
        # Whoever sends again what is finished here has not seen its receipt.
        for envelope in finished:
            held = unit.inbox.message_of(envelope)
            contact = None if held is None else unit.contacts.by_contact(held[0])
            if held is not None and contact is not None and not _waits(unit, contact, held[2]):
                unit.receipts.queue(contact.contact, held[1], held[2], ReceiptKind.DELIVERED)
                judged.assigned(contact, None)

    def _note_direct(self, unit: UnitOfWork, arrivals: list[IncomingEnvelope], judged: "RoutingResult") -> None:
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

    def _judge_unassigned(self, unit: UnitOfWork, judged: "RoutingResult", after_row: int) -> int:
        """Judge what has no conversation yet beyond a row, and return the last row that was judged."""
        while True:
            rows = unit.inbox.unassigned(JUDGED_AT_ONCE, after_row)
            for row in rows:
                self._judge(unit, row, judged)
                after_row = row.row
            if len(rows) < JUDGED_AT_ONCE:
                return after_row

    def _judge(self, unit: UnitOfWork, row: InboxRecord, judged: "RoutingResult") -> None:
        try:
            opened = self._opened.look(row)
            claim = self._claim(opened)
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
            judged.unknown.add(claim.account)
        else:
            unit.inbox.drop(row.row, "account_full")

    def _known(self, unit: UnitOfWork, opened: UnsealedEnvelope, claim: "Claim | None") -> ContactRecord | None:
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
        known = unit.contacts.by_identity(IdentityKey(claim.body.identity_key))
        if known is not None:
            return known
        namesake = unit.contacts.by_account(claim.account) if claim.account else None
        if namesake is None or namesake.pending is None:
            return None
        return namesake if namesake.pending.identity_key == claim.body.identity_key else None

    def _remember(self, device: DeviceId, contact: ContactRecord) -> None:
        conversation = conversation_id(self._own.identity_key, contact.identity_key)
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
                self._settle_account(unit, self._answers.popleft(), judged)
                if self._clock.monotonic_ms() >= until:
                    break
        self._follow_up(judged)

    def _settle_account(self, unit: UnitOfWork, answer: "_Answer", judged: "RoutingResult") -> None:
        account, device_list, error = answer.account, answer.device_list, answer.error
        self._looking_up.pop(account, None)
        if error is not None and error.code is not ErrorCode.NOT_FOUND:
            log.info("an account could not be looked up: %s", error.code.value)
            return
        body = None if device_list is None else self._body_for(account, device_list)
        rows = []
        for row in unit.inbox.claiming(account):
            if body is not None and self._is_from(row, body):
                rows.append(row)
            else:
                unit.inbox.drop(row.row, "account_mismatch")
                self._tell_unattributed(unit, account, body, judged)
        # Only who has written becomes a contact, not whoever is named by somebody else.
        contact = None
        if rows and device_list is not None and body is not None:
            contact = self._contact_if_possible(unit, account, device_list, body, judged)
        for row in rows:
            if contact is None:
                unit.inbox.drop(row.row, "contact_refused")
                continue
            unit.inbox.assign(row.row, contact.contact)
            judged.assigned(contact, device_list)

    def _tell_unattributed(
        self, unit: UnitOfWork, account: str, body: DeviceListBody | None, judged: "RoutingResult"
    ) -> None:
        """Say that messages cannot be shown because their sender is not the one whom the account belongs to now.

        Whoever started over can send theirs again. A liar looks the same: so many accounts are told of in a day, each
        once, and none where the account is a contact's who is blocked, or who has it still.
        """
        bound = unit.contacts.by_account(account)
        if bound is not None and (bound.blocked or (body is not None and body.identity_key == bound.identity_key)):
            return
        today = self._clock.now_ms() // DAY_MS
        if today != self._unattributed_on:
            self._unattributed.clear()
            self._unattributed_on = today
        if account not in self._unattributed and len(self._unattributed) < UNATTRIBUTED_A_DAY:
            self._unattributed[account] = None
            judged.tell(events.AlarmRaised(AlarmKind.SENDER_GONE, account, ErrorCode.ACCOUNT_MISMATCH.value))

    def _body_for(self, account: str, device_list: SignedDeviceList) -> DeviceListBody | None:
        """Verify a list that the relay shows for an account; one that is not for it says nothing about anybody."""
        try:
            body = verify_device_list(device_list)
            check_account(body, self._own.relay, account)
        except BabiluError as error:
            log.info("the relay showed a device list that is not good for the account: %s", error.code.value)
            return None
        return body

    def _is_from(self, row: InboxRecord, body: DeviceListBody) -> bool:
        try:
            claim = self._claim(self._opened.look(row))
        except (CryptoError, ProtocolError):
            return False
        return claim is not None and claim.body.identity_key == body.identity_key

    def _contact_if_possible(
        self,
        unit: UnitOfWork,
        account: str,
        device_list: SignedDeviceList,
        body: DeviceListBody,
        judged: "RoutingResult",
    ) -> ContactRecord | None:
        """Find or make a contact; None for one that cannot be, such as one whose list names another contact's device.

        Who publishes such a list holds that device's keys, and plays the two people alone: nobody else's mail waits
        for it.
        """
        try:
            with unit.savepoint():
                return self._contact_of(unit, account, device_list, body, judged)
        except BabiluError as error:
            if is_fault_of_disk(error):
                raise
            log.info("a sender cannot become a contact: %s", error.code.value)
            if error.code is ErrorCode.QUOTA and unit.budgets.refuse_crowd(self._clock.now_ms()):
                judged.tell(events.AlarmRaised(AlarmKind.STRANGERS_REFUSED, None, error.code.value))
            return None

    def _contact_of(
        self,
        unit: UnitOfWork,
        account: str,
        device_list: SignedDeviceList,
        body: DeviceListBody,
        judged: "RoutingResult",
    ) -> ContactRecord:
        """Find or make the contact of an account that the relay has just vouched for.

        An account that is bound to another identity keeps its contact: the conversation stops sending until its user
        has approved the new one.
        """
        bound = unit.contacts.by_account(account)
        if bound is not None:
            return bound
        identity = IdentityKey(body.identity_key)
        known = unit.contacts.by_identity(identity)
        if known is not None:
            if known.account:
                raise TrustError(ErrorCode.ACCOUNT_MISMATCH, "The relay shows a contact under another name.")
            unit.contacts.set_account(known.contact, account)
            judged.tell(events.ContactChanged(self._show.contact(replace(known, account=account))))
            return known
        if not unit.strangers.make_room(STRANGERS):
            raise DeliveryError(ErrorCode.QUOTA, "Too many people who are not accepted have written.")
        # Who has asked for a conversation directly was shown by a name, and keeps it.
        asked = unit.requests.by_identity(identity)
        made = unit.contacts.add(
            identity,
            account if asked is None else asked.name,
            account,
            conversation_id(self._own.identity_key, identity),
            encode_device_list(device_list),
            body.devices,
            self._clock.now_ms(),
            accepted=False,
        )
        judged.tell(events.ContactChanged(self._show.contact(made)))
        return made

    def _claim(self, opened: UnsealedEnvelope) -> "Claim | None":
        """Read the claim of an initial message, which its device has authenticated.

        Raises:
            CryptoError: The list does not hold, does not name the sending device, or that device did not send it.
        """
        if opened.device_list is None:
            return None
        body = verify_device_list(opened.device_list)
        entry = find_device(body, opened.sender)
        if entry is None:
            raise CryptoError(ErrorCode.BAD_KEY, "An envelope comes from a device that its list does not name.")
        # The list is public: anybody could show somebody else's.
        own = self._own.as_recipient(opened)
        check_sender(own.agreement, own.device, EnvelopeEnd(opened.sender, entry.agreement_key), opened)
        try:
            account = normalise_name(opened.account) if opened.account else ""
        except AccountError:
            account = ""
        if account and not serves(body, self._own.relay, account):
            account = ""
        return Claim(account, body)

    def _follow_up(self, judged: "RoutingResult") -> None:
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


def _waits(unit: UnitOfWork, contact: ContactRecord, message: MessageId) -> bool:
    """Tell whether something is kept without a receipt until what it names is known."""
    return unit.waiting_actions.waits(unit.conversations.of_contact(contact.contact).conversation, message)


@dataclass(slots=True)
class RoutingResult:
    """What follows from judging envelopes, once the judgement is committed.

    Attributes:
        told: What the user is told of.
        woken: Contacts whose conversations have something to do.
        lists: Device lists that came inside envelopes and differ from the stored ones.
        unknown: Account names to ask the relay about.
    """

    told: list[Tell] = field(default_factory=list)
    woken: dict[int, ContactRecord] = field(default_factory=dict)
    lists: list[tuple[ContactRecord, SignedDeviceList]] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    def tell(self, event: events.Event) -> None:
        """Have an event told."""
        self.told.append(Tell(event))

    def assigned(self, contact: ContactRecord, device_list: SignedDeviceList | None) -> None:
        """Note that a contact got an envelope, perhaps with a device list inside."""
        self.woken[contact.contact] = contact
        known = {contact.device_list, None if contact.pending is None else contact.pending.device_list}
        news = (contact, device_list)
        if device_list is not None and encode_device_list(device_list) not in known and news not in self.lists:
            self.lists.append((contact, device_list))


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the relay said of an account."""

    account: str
    device_list: SignedDeviceList | None
    error: BabiluError | None


@dataclass(frozen=True, slots=True)
class Claim:
    """What an initial message says of its sender; the list is signed, the account name is only claimed."""

    account: str
    body: DeviceListBody
