"""Attribution of mail from an unknown sender: it counts once the relay shows whose the claimed account is.

Anybody can write under any name. What the relay shows is checked here, and only who has written becomes a contact.
"""

import logging
from dataclasses import dataclass, field, replace

from babilu.api import events
from babilu.engine.conversation.effects import Tell
from babilu.engine.conversation.opened_envelopes import OpenedEnvelopes
from babilu.engine.conversation.turn import is_fault_of_disk
from babilu.engine.runtime.context import ClientContext
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
    ProtocolError,
    TrustError,
)
from babilu.kernel.ids import IdentityKey, conversation_id
from babilu.kernel.limits import DAY_MS
from babilu.session.envelope import EnvelopeEnd, UnsealedEnvelope, check_sender
from babilu.store.budgets import STRANGERS
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import InboxRecord
from babilu.store.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

UNATTRIBUTED_A_DAY = 8
"""Accounts of which it is told in a day that messages under their names cannot be shown, each once.

Anybody can write under names of their own invention.
"""


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

    def ask_about(self, account: str) -> None:
        """Have the relay asked whose an account is."""
        self.unknown.add(account)

    def assigned(self, contact: ContactRecord, device_list: SignedDeviceList | None) -> None:
        """Note that a contact got an envelope, perhaps with a device list inside."""
        self.woken[contact.contact] = contact
        known = {contact.device_list, None if contact.pending is None else contact.pending.device_list}
        news = (contact, device_list)
        if device_list is not None and encode_device_list(device_list) not in known and news not in self.lists:
            self.lists.append((contact, device_list))


@dataclass(frozen=True, slots=True)
class AccountAnswer:
    """What the relay said of an account."""

    account: str
    device_list: SignedDeviceList | None
    error: BabiluError | None


@dataclass(frozen=True, slots=True)
class Claim:
    """What an initial message says of its sender; the list is signed, the account name is only claimed."""

    account: str
    body: DeviceListBody


class Attribution:
    """Finds whose mail is that claims to come from an account; its methods run in the thread of the inbox.

    Args:
        base: The profile and the ports.
        opened: Keeps what it opens for the conversations.
    """

    def __init__(self, base: ClientContext, opened: OpenedEnvelopes) -> None:
        self._own = base.own
        self._show = base.show
        self._clock = base.clock
        self._opened = opened
        self._unattributed: BoundedDict[str, None] = BoundedDict(UNATTRIBUTED_A_DAY)
        self._unattributed_on = 0

    def claim(self, opened: UnsealedEnvelope) -> Claim | None:
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

    def judge(self, unit: UnitOfWork, answer: AccountAnswer, judged: RoutingResult) -> None:
        """Assign what claims to come from an account, or drop it, by what the relay has said of the account."""
        account, device_list, error = answer.account, answer.device_list, answer.error
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
        self, unit: UnitOfWork, account: str, body: DeviceListBody | None, judged: RoutingResult
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
            claim = self.claim(self._opened.look(row))
        except (CryptoError, ProtocolError):
            return False
        return claim is not None and claim.body.identity_key == body.identity_key

    def _contact_if_possible(
        self,
        unit: UnitOfWork,
        account: str,
        device_list: SignedDeviceList,
        body: DeviceListBody,
        judged: RoutingResult,
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
        judged: RoutingResult,
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
