"""A turn with a person: what comes from their devices and goes to them, whichever conversation it belongs to.

An envelope is handled in its sender's thread: ratchets, chains, receipts, repair, and sealing what is owed to their
devices. What it says lands in its conversation by the same transaction.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from babilu.api import events, views
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.effects import (
    EndLink,
    EraseTraces,
    MoveFiles,
    RequestBundle,
    WakeIn,
    WatchAnew,
)
from babilu.engine.conversation.encryption import NOTHING_AT_HAND, ContentEncryption, OutgoingContent, SealingContext
from babilu.engine.conversation.switches import Switches, switches_with
from babilu.engine.conversation.turn import Turn
from babilu.engine.runtime import number_bounds
from babilu.engine.runtime.views import ViewMaker
from babilu.engine.transport.outbound_queue import LaneRoute, PeerKept, Rejected
from babilu.identity.shapes import Bundle, DeviceEntry
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import (
    BabiluError,
    CryptoError,
    DeliveryError,
    ErrorCode,
    TrustError,
)
from babilu.kernel.ids import ConversationId, DeviceId, EnvelopeId, MessageId
from babilu.kernel.limits import INTEGER_MAX
from babilu.kernel.ports import Clock, Randomness
from babilu.kernel.states import DeliveryState, MessageState, Route, Trust
from babilu.session.ports import SessionRecord
from babilu.session.sessions import PeerDevice, needs_renewal, sending_session, start_session
from babilu.store.contact_records import ContactRecord
from babilu.store.delivery_records import OutboxRecord
from babilu.store.message_records import MessageRecord
from babilu.store.unit_of_work import UnitOfWork

BUNDLES_KEPT = 3

FIRST_ASK_PAUSE_MS = 1_000
LONGEST_ASK_PAUSE_MS = 10 * 60 * 1000

ANSWER_MS = 60_000
"""Time after which a question for a bundle counts as lost."""


RENEWAL_PAUSE_MS = 60 * 60 * 1000
"""Shortest time between two attempts to renew a session."""


class PersonTurn(Turn):
    """One turn with a contact.

    Args:
        unit: The write transaction.
        contact: The contact as stored.
        cache: What is remembered of them between turns.
        encryption: Makes envelopes.
        show: Makes views.
        randomness: For ids and keys.
        clock: Tells the time, which stands still for the turn but for `elapsed_ms`.

    Attributes:
        written: Whether a message of the user's is to leave that has not left before.
        restart: Whether what is on its way to the contact is to be handed over again.
        restarts: Devices of the contact of which that is true alone.
        fresh: Envelopes that were made in it, to be handed over after the commit.
        left: Where outcomes of several contacts are recorded together: the messages that a relay has taken over, each
            with a turn that shows it, once for all of them. None where this turn shows them at once.
    """

    def __init__(
        self,
        unit: UnitOfWork,
        contact: ContactRecord,
        cache: ConversationCache,
        encryption: ContentEncryption,
        show: ViewMaker,
        randomness: Randomness,
        clock: Clock,
    ) -> None:
        super().__init__(unit, show, randomness, clock)
        self.contact = contact
        self.cache = cache
        self.encryption = encryption
        self.written = False
        self.restart = False
        self.restarts: set[DeviceId] = set()
        self.fresh: list[OutboxRecord] = []
        self.left: dict[MessageId, PersonTurn] | None = None
        self._pair: ConversationId | None = None

    @property
    def between(self) -> ConversationId:
        """The conversation of the two, in which travels what is said beside messages."""
        if self._pair is None:
            self._pair = self.unit.conversations.of_contact(self.contact.contact).id
        return self._pair

    @contextmanager
    def part(self) -> Iterator[None]:
        """Undo what the block did, rows and what follows from them, when an exception leaves it.

        Raises:
            ProfileError: As `babilu.store.unit_of_work.UnitOfWork.savepoint`.
        """
        contact, fresh = self.contact, len(self.fresh)
        written, restart, restarts = self.written, self.restart, {*self.restarts}
        try:
            with super().part():
                yield
        except BaseException:
            self.contact = contact
            self.written, self.restart = written, restart
            # In place: a part of the turn that sees it as another conversation's collects into the same.
            self.restarts.intersection_update(restarts)
            del self.fresh[fresh:]
            raise

    def reload(self) -> None:
        """Look at the contact anew: something wrote to their rows."""
        present = self.unit.contacts.by_contact(self.contact.contact)
        if present is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "This contact is gone.")
        self.contact = present

    def wake_in(self, ms: int) -> None:
        """Have the conversation woken after so many milliseconds, or earlier."""
        for place, effect in enumerate(self.effects):
            if isinstance(effect, WakeIn):
                self.effects[place] = WakeIn(self.contact, min(ms, effect.ms))
                return
        self.effects.append(WakeIn(self.contact, ms))

    @property
    def may_seal(self) -> bool:
        """Whether anything may go to the contact: a claimed identity stops the relay, and no direct connection."""
        return self.contact.pending is None or self.show.whereabouts.connected(self.contact.contact)

    @property
    def switches(self) -> Switches:
        """What is told and shown in this conversation."""
        return switches_with(self.unit, self.contact)

    def set_blocked(self, blocked: bool) -> views.ContactView:
        """Drop what the contact sends from now on, or not."""
        self.unit.contacts.set_blocked(self.contact.contact, blocked)
        self.then(WatchAnew())
        if self.unit.attachments.fetch_texts(self.unit.conversations.of_contact(self.contact.contact).conversation):
            self.then(MoveFiles())
        if blocked:
            self.then(EndLink(self.contact.contact))
        return self.contact_changed()

    def allow_direct(self, allowed: bool) -> views.ContactView:
        """Allow direct connections with the contact, or not."""
        self.unit.contacts.set_direct_allowed(self.contact.contact, allowed)
        return self.contact_changed()

    def accept(self) -> views.ContactView:
        """Accept a contact: they get receipts of reading, also for what was read before."""
        self._set_accepted()
        return self.contact_changed()

    def _set_accepted(self) -> None:
        self.unit.contacts.accept(self.contact.contact)
        self.reload()
        self.then(WatchAnew())

    def contact_changed(self) -> views.ContactView:
        """Tell that something about the contact is another than before."""
        self.reload()
        view = self.show.contact(self.contact)
        self.tell(events.ContactChanged(view))
        return view

    def refuse_unless_sendable(self) -> None:
        """Refuse what is to be sent while nothing goes to the contact.

        Raises:
            DeliveryError: ``blocked``.
            TrustError: ``identity_changed``.
        """
        if self.contact.blocked:
            raise DeliveryError(ErrorCode.BLOCKED, "This contact is blocked: unblock them to write to them.")
        if not self.may_seal:
            raise TrustError(
                ErrorCode.IDENTITY_CHANGED,
                "This contact came back with another identity key: compare safety numbers, then trust or reject it.",
            )

    # What became of envelopes, and what comes for new ones.

    def outcome(self, *outcomes: PeerKept | Rejected) -> None:
        """Record what became of envelopes; a message of which several are shows where it has come by all of them."""
        held: dict[MessageId, None] = {}
        for outcome in outcomes:
            match outcome:
                case PeerKept(holds=False):
                    # It is in line again since, and the relay is told of it once more.
                    pass
                case PeerKept(envelope, way, named):
                    message = self._taken_over(envelope, way, named)
                    if message is not None:
                        held[message] = None
                case Rejected(envelope, error):
                    refused = self.unit.outbox.by_envelope(envelope)
                    if refused is not None:
                        self._refused(refused, error)
                    if error.code is ErrorCode.NOT_FOUND:
                        # With the account the relay has deleted the mail that it held.
                        self._lose_held(INTEGER_MAX, error)
        if self.left is None:
            self.show_left(held)
        else:
            self.left |= dict.fromkeys(held, self)

    def show_left(self, messages: Iterable[MessageId]) -> None:
        """Show where messages have come that a relay has taken over."""
        for message in messages:
            record = self.refresh(message, Route.RELAY)
            if record is not None:
                self._has_left(record)

    def _taken_over(self, envelope: EnvelopeId, way: LaneRoute, named: int | None) -> MessageId | None:
        """Record that a relay or a device has an envelope; returns the message that a relay holds in it."""
        held_until = None if named is None else number_bounds.held_until(named, self.now)
        route = Route.RELAY if way is LaneRoute.RELAY else Route.DIRECT
        record = self.unit.outbox.mark_accepted(envelope, self.now, route)
        if record is None:
            return None
        if not record.chained:
            self.unit.outbox.finish(record)
        elif record.message is not None:
            self.unit.deliveries.take_over(record.message, record.device, route, held_until)
        return record.message if record.chained and way is LaneRoute.RELAY else None

    def _refused(self, row: OutboxRecord, error: BabiluError) -> None:
        """Fail what was refused for good for one device; of an own action the user is told, as it is done here."""
        if row.message is not None and self._is_own(row.message):
            self._fail(row.message, row.device, error)
            return
        self.unit.outbox.settle(row.envelope)
        if row.message is None:
            return
        others = self.unit.deliveries.of_message(row.message)
        if not self.contact.is_oneself and others and not any(each.state is DeliveryState.FAILED for each in others):
            self.warn(ErrorCode.NOT_TOLD, f"{self.contact.name} does not learn of a change of yours: {error.text}")
        self.unit.deliveries.fail(row.message, row.device, error.code.value)
        self.unit.own_actions.settle(row.message)

    def _fail(self, message: MessageId, device: DeviceId, error: BabiluError) -> None:
        self.unit.deliveries.fail(message, device, error.code.value)
        self.refresh(message)

    def expire(self) -> None:
        """Fail what the relay has held in vain until now; the user may try again."""
        self._lose_held(self.now, DeliveryError(ErrorCode.EXPIRED, "It was not fetched in time."))

    def _lose_held(self, until: int, why: BabiluError) -> None:
        for message, device in self.unit.deliveries.expire(self.contact.contact, until):
            if self._is_own(message):
                self._fail(message, device, why)

    def _is_own(self, message: MessageId) -> bool:
        """Tell whether an id is that of an own message, and not of something else that was said."""
        return self._own(message) is not None

    def _own(self, message: MessageId) -> MessageRecord | None:
        record = self.unit.messages.by_id(message)
        return record if record is not None and record.outgoing else None

    def give_up(self, messages: Sequence[MessageId], error: BabiluError) -> None:
        """Send none of what has no deliveries any more; a message that no device has, has failed."""
        for message in messages:
            for row in self.unit.outbox.of_message(message):
                if row.contact == self.contact.contact:
                    self.unit.outbox.settle(row.envelope)
            record = self.refresh(message)
            if record is not None and self.unit.deliveries.standing(message, record.position) is None:
                self._show_state(message, MessageState.FAILED, error=error.code.value)

    def received(self, record: MessageRecord, route: Route | None, *, read: bool) -> None:
        """Show that a device has an own message, or that its person has read it there."""
        told = len(self.effects)
        if read and record.recipients is None:
            self._show_state(record.id, MessageState.READ, route)
        else:
            self.refresh(record.id, route)
        if record.recipients is not None and len(self.effects) == told:
            # Of several people one more has it, or has read it, while it is as far as before for all together.
            self._tell_state(self._own(record.id) or record)
        # Once all devices have it, nobody asks for its bytes again.
        everywhere = record.fields.reply_to is not None and not self.unit.deliveries.of_message(record.id)
        if everywhere and self.unit.contents.forget_gone_quote(record.position):
            self.then(EraseTraces())
        self._has_left(record)

    def _has_left(self, record: MessageRecord) -> None:
        """Let the clock of a message run that has one: somebody else has it."""
        if record.fields.timer is not None:
            self._tell_clocks(record.conversation, self.unit.expiry.start(record.conversation, [record.id], self.now))

    def refresh(self, message: MessageId, route: Route | None = None) -> MessageRecord | None:
        """Show how far an own message has come by now for all its devices together.

        Args:
            message: Its id.
            route: How it went just now, where it did.

        Returns:
            The message as it was, or None for what is no message here and shows nothing.
        """
        record = self._own(message)
        standing = None if record is None else self.unit.deliveries.standing(message, record.position)
        if standing is not None:
            self._show_state(message, standing.state, route, standing.held_until, standing.error)
        return record

    def _show_state(
        self,
        message: MessageId,
        state: MessageState,
        route: Route | None = None,
        held_until: int | None = None,
        error: str | None = None,
    ) -> None:
        changed = self.unit.messages.advance_state(message, state, route, held_until, error)
        if changed is not None:
            self._tell_state(changed)

    def bundle_came(self, device: DeviceId, bundle: Bundle | None, retry_after_ms: int) -> None:
        """Keep a bundle for the next session with a device, or ask again later, with growing pauses."""
        if bundle is not None:
            self.cache.bundles[device] = [*self.cache.bundles.get(device, []), bundle][-BUNDLES_KEPT:]
            self.cache.asked.pop(device, None)
            self.cache.pauses.pop(device, None)
            return
        pause = min(max(2 * self.cache.pauses.get(device, 0), FIRST_ASK_PAUSE_MS), LONGEST_ASK_PAUSE_MS)
        self.cache.pauses[device] = pause
        self.cache.asked[device] = self.now + min(max(pause, retry_after_ms), LONGEST_ASK_PAUSE_MS)

    # What is sealed, and handed over.

    def seal(self, entry: DeviceEntry, saying: OutgoingContent) -> None:
        """Make an envelope of what is said beside messages."""
        self.seal_all(entry, [saying], self.between, NOTHING_AT_HAND)

    def seal_all(
        self,
        entry: DeviceEntry,
        sayings: Sequence[OutgoingContent],
        conversation: ConversationId,
        context: SealingContext,
    ) -> None:
        """Make the envelopes of what is said to a device in a conversation."""
        unit, contact = self.unit, self.contact
        self.fresh += self.encryption.seal_all(unit, contact, conversation, [entry], sayings, self.now, context)

    def restart_device(self, device: DeviceId) -> None:
        """Have what is on its way to one device handed over again."""
        self.restarts.add(device)

    def replace_envelope(self, entry: DeviceEntry, row: OutboxRecord) -> None:
        """Send the content of an undelivered envelope once more, in a new one."""
        again = self.encryption.seal_again(self.unit, self.contact, self.between, entry, row, self.now)
        self.fresh.append(again)

    def have_session(self, entry: DeviceEntry, found: dict[DeviceId, SessionRecord] | None = None) -> bool:
        """Tell whether a device can be encrypted for, beginning or renewing its session where a bundle is at hand.

        Args:
            entry: The device.
            found: Takes up its session as it was read, if it stays as it is.
        """
        device = DeviceId(entry.device)
        present = sending_session(self.unit.sessions, device)
        if present is not None and not self._wants_renewal(device, present):
            if found is not None:
                found[device] = present
            return True
        if self.start_session(entry):
            return True
        if present is not None:
            self.cache.renewed_at[device] = self.now
        return present is not None

    def _wants_renewal(self, device: DeviceId, present: SessionRecord) -> bool:
        tried = self.cache.renewed_at.get(device)
        return needs_renewal(present, self.now) and (
            bool(self.cache.bundles.get(device)) or tried is None or self.now - tried >= RENEWAL_PAUSE_MS
        )

    def start_session(self, entry: DeviceEntry) -> bool:
        """Begin a new session with a device from the bundle at hand; else have one fetched and return False."""
        device = DeviceId(entry.device)
        at_hand = self.cache.bundles.get(device)
        if not at_hand:
            wait = self.cache.asked.get(device, 0) - self.now
            if 0 < wait <= LONGEST_ASK_PAUSE_MS:
                self.wake_in(wait)
            elif not any(isinstance(each, RequestBundle) and each.device == device for each in self.effects):
                self.then(RequestBundle(self.contact, device, self.written))
            return False
        try:
            peer = PeerDevice(self.contact.identity_key, entry)
            start_session(self.unit.sessions, self.encryption.own, peer, at_hand.pop(0), self.now, self.randomness)
        except CryptoError as error:
            self.alarm(AlarmKind.PREKEYS_UNSIGNED, error.code)
            return False
        return True

    # What the user is told.

    def alarm(self, kind: AlarmKind, code: ErrorCode) -> None:
        """Tell the user that somebody may be tampering with what concerns the contact.

        Args:
            kind: What was noticed.
            code: The error by which it was noticed.
        """
        if may_ring(self.unit, self.contact, kind.value, self.now):
            self.tell(events.AlarmRaised(kind, self.contact.name, code.value))

    def warn(self, code: ErrorCode, text: str) -> None:
        """Warn the user of something that went wrong and that no command asked for."""
        self.tell(events.Warned(code.value, text, fatal=False))


def may_ring(unit: UnitOfWork, contact: ContactRecord, kind: str, now: int) -> bool:
    """Tell whether the user hears of an alarm, which counts as told then.

    Strangers and blocked people ring none: what they show is of their own making. Of others an alarm of one kind rings
    once a day, however often its cause comes again.
    """
    concerns_somebody = (contact.accepted or contact.trust is Trust.VERIFIED) and not contact.blocked
    return concerns_somebody and unit.alarms.is_due(contact.contact, kind, now)
