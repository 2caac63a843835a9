"""What the link to the relay needs done: committing what arrives, making prekeys, telling how the link stands."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from babilu.api import events
from babilu.api.views import Address, LinkState, PresenceState
from babilu.engine.commands.effect_runner import EffectRunner
from babilu.engine.commands.notices import Notices
from babilu.engine.commands.relay_history import EpochFollower
from babilu.engine.conversation.effects import GiveHint, RequestList
from babilu.engine.conversation.switches import hidden_from
from babilu.engine.conversation.wakeups import ListCame
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.prekey_supply import PrekeySupply
from babilu.engine.runtime.threads import Worker
from babilu.engine.transport.relay_pins import RelayPins, save_pins
from babilu.engine.transport.relay_ports import FileRules, LinkNews, LinkPhase, MailboxPosition
from babilu.identity.device_list import list_hash
from babilu.identity.link_codes import LinkPlace
from babilu.identity.shapes import PrekeySet, SignedDeviceList
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import EnvelopeId, envelope_id
from babilu.kernel.limits import NAMES_WATCHED
from babilu.kernel.states import Route
from babilu.store.delivery_records import IncomingEnvelope
from babilu.wire.client_frames import Watched
from babilu.wire.relay_frames import Deliver

log = logging.getLogger(__name__)

FULL_PAUSE_SECONDS = 1.0
TENTHS = 10
WORTH_TELLING = 200
"""So many envelopes that waited at the relay take long enough for their progress to be told."""

_STATES = {
    LinkPhase.CONNECTING: LinkState.CONNECTING,
    LinkPhase.ONLINE: LinkState.ONLINE,
    LinkPhase.OFFLINE: LinkState.OFFLINE,
}


class RelayCallbacks:
    """The client's side of `babilu.engine.transport.relay_session.RelayDuties`.

    Args:
        base: The profile and the ports.
        command_dispatcher: Thread for small work with the database.
        inbox: Thread of the dispatcher.
        effect_runner: The rest of the client.
        stock: Makes prekeys.
        wake_all: Gives a hint to every conversation that has work.
        rolled_back: Is told that the relay remembers more than this profile.

    Attributes:
        link: The last that was told of the link.
        files: The last that the relay said of files; None before it was reached.
    """

    def __init__(
        self,
        base: ClientContext,
        command_dispatcher: Worker,
        inbox: Worker,
        effect_runner: EffectRunner,
        stock: PrekeySupply,
        wake_all: Callable[[], None],
        rolled_back: Callable[[], None],
    ) -> None:
        self._database = base.database
        self._own = base.own
        self._bus = base.bus
        self._presences = base.presences
        self._show = base.show
        self._clock = base.clock
        self._paced: asyncio.TimerHandle | None = None
        self._notices = Notices(base.clock)
        self._command_dispatcher = command_dispatcher
        self._inbox = inbox
        self._effect_runner = effect_runner
        self._stock = stock
        self._epochs = EpochFollower(base, stock)
        self._wake_all = wake_all
        self._rolled_back = rolled_back
        self._held: list[Deliver] = []
        self._committing = False
        self.link = events.LinkChanged(LinkState.CONNECTING, None, "", None)
        self.files: FileRules | None = None
        self.head = 0
        self._cursor = 0
        self._tenths_told = TENTHS
        self._list_lost_told = False

    def entered(self, epoch: bytes | None) -> "Future[None]":
        """Compare the relay's epoch with the one that is known; what follows from another one is committed first."""
        return self._command_dispatcher.ask(lambda: self._entered(epoch))

    def _entered(self, epoch: bytes | None) -> None:
        if self._epochs.follow(epoch):
            self._tell_restored()

    def follow_epoch_later(self) -> bool:
        """Do what another epoch asks for that was too much for its day; then `hand_over_again` is to be called."""
        if not self._epochs.follow_later():
            return False
        self._tell_restored()
        return True

    def hand_over_again(self) -> None:
        """Hand over what is in line again, in the loop's thread."""
        targets = self._effect_runner.targets
        if targets.relay is not None and targets.relay.online:
            # Its lanes have what they handed over behind them: new ones begin with what is in line now.
            targets.outbox.set_relay(targets.relay.transport(self._epochs.history))
            self._wake_all()

    def _tell_restored(self) -> None:
        text = "The relay was set back to an older state: what it may have lost is sent again."
        self._bus.tell(events.Warned(ErrorCode.RELAY_RESTORED.value, text, fatal=False))

    def list_lost(self) -> None:
        """Tell once that the relay has an older list of the own devices."""
        if not self._list_lost_told:
            self._list_lost_told = True
            text = "The relay has an older list of your devices: start Babilu again, and it is told the present one."
            self._bus.tell(events.Warned(ErrorCode.LIST_LOST.value, text, fatal=False))

    def position(self) -> "Future[MailboxPosition]":
        """Tell how far this device has come, after all that has arrived is committed."""
        # What a former connection delivered and was not committed comes again on the new one.
        self._held.clear()
        return self._inbox.ask(self._position)

    def _position(self) -> MailboxPosition:
        with self._database.read() as unit:
            relay = unit.profile.relay()
            asks = unit.departed.waits_for_head()
        if asks:
            with self._database.write() as unit:
                unit.departed.resuming()
        if relay is None:
            return MailboxPosition(0, None, 0)
        self._cursor = relay.cursor
        return MailboxPosition(relay.cursor, relay.cursor_envelope, relay.number)

    def resumed(self, head: int) -> None:
        """Take note of the highest mailbox number of what is about to come."""
        self.head = head
        self._inbox.post(lambda: self._note_head(head))
        self._fetched(self._cursor)

    def _note_head(self, head: int) -> None:
        """What devices that have left sent counts up to here: until that is noted, later mail of theirs counts too."""
        with self._database.read() as unit:
            asked = unit.departed.waits_for_head()
        if asked:
            with self._database.write() as unit:
                unit.departed.resumed(head)

    def _fetched(self, reached: int) -> None:
        """Tell how much of what the relay held is here, where it is so much that it takes a while."""
        total = self.head - self._cursor
        done = min(reached, self.head) - self._cursor
        tenths = done * TENTHS // total if total >= WORTH_TELLING else TENTHS
        if tenths != self._tenths_told:
            self._tenths_told = tenths
            self._bus.tell(events.Progress("sync", done, total))

    def arrived(self, deliveries: list[Deliver]) -> None:
        """Commit envelopes; while that fails nothing is acknowledged, and the relay sends no more."""
        self._held += deliveries
        self._commit_held()

    def _commit_held(self) -> None:
        if self._committing or not self._held:
            return
        self._committing = True
        taken = list(self._held)
        arrivals = [
            IncomingEnvelope(Route.RELAY, each.seq, each.stored_at, envelope_id(each.envelope), each.envelope)
            for each in taken
        ]
        committed = asyncio.wrap_future(self._effect_runner.targets.dispatcher.arrived(arrivals))
        committed.add_done_callback(lambda future: self._committed(taken, future))

    def _committed(self, taken: list[Deliver], future: "asyncio.Future[list[EnvelopeId]]") -> None:
        self._committing = False
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            if self._held[: len(taken)] == taken:
                del self._held[: len(taken)]
            self._fetched(taken[-1].seq)
            if self._held:
                self._commit_held()
            return
        code = error.code.value if isinstance(error, BabiluError) else type(error).__name__
        log.warning("envelopes could not be committed and are not acknowledged: %s", code)
        asyncio.get_running_loop().call_later(FULL_PAUSE_SECONDS, self._commit_held)

    def gap(self, first: int, last: int, why: str) -> None:
        """Take note that mailbox numbers will not come."""
        log.warning("%d envelopes will not come: %s", last - first + 1, "expired" if why == "expired" else "deleted")
        self._fetched(last)

    def prekeys_to_publish(self, ec_left: int, kem_left: int) -> "Future[list[PrekeySet]]":
        """Make what the relay should have more of."""
        return self._command_dispatcher.ask(lambda: self._stock.refill(ec_left, kem_left))

    def prekeys_published(self, prekeys: PrekeySet) -> None:
        """Take note that the relay has a set of prekeys."""
        self._command_dispatcher.post(lambda: self._stock.published(prekeys))

    def watched(self) -> "Future[tuple[Watched, ...]]":
        """Tell whom one knows: accepted contacts, then fellow members of groups, whose presence is not wanted.

        Mail of anybody else counts as a stranger's at the relay, which takes little of it.
        """
        return self._command_dispatcher.ask(self._watched)

    def _watched(self) -> tuple[Watched, ...]:
        with self._database.read() as unit:
            contacts, hidden = unit.contacts.all(), hidden_from(unit)
        known = [
            contact
            for contact in contacts
            if contact.account and not contact.is_stranger and not contact.blocked and contact.pending is None
        ]
        known.sort(key=lambda contact: not contact.accepted)
        # What another own device does to the own list is told like what others do to theirs.
        own = Watched(self._own.account, list_hash(self._own.device_list), shown=False)
        others = (
            Watched(
                contact.account,
                list_hash(contact.signed_list),
                contact.accepted and contact.contact not in hidden,
            )
            for contact in known
        )
        watched = (own, *others)[:NAMES_WATCHED]
        gone = self._presences.watch(each.name for each in watched if each.shown)
        told = (contact for contact in contacts if contact.account in gone)
        self._bus.tell(*(events.ContactChanged(self._show.contact(contact)) for contact in told))
        return watched

    def link_changed(self, news: LinkNews) -> None:
        """Take note of the link."""
        targets = self._effect_runner.targets
        code = None if news.error is None else news.error.code.value
        text = "" if news.error is None else news.error.text
        retry_in_ms = None if news.retry_seconds is None else int(news.retry_seconds * 1000)
        reason = None if news.error is None else news.error.reason
        address = None if news.address is None else Address(*news.address)
        self.link = events.LinkChanged(_STATES[news.phase], code, text, retry_in_ms, news.refused, reason, address)
        match news.phase:
            case LinkPhase.ONLINE:
                self.files = news.files
                if targets.relay is not None:
                    targets.outbox.set_relay(targets.relay.transport(self._epochs.history))
            case LinkPhase.OFFLINE:
                self._fetched(self.head)
                targets.outbox.set_relay(None)
                targets.conversations.forget_requests()
                targets.dispatcher.forget_look_ups()
                self._presences.forget()
            case LinkPhase.CONNECTING:
                pass
        self._bus.tell(self.link)
        if news.error is not None and news.error.code is ErrorCode.ROLLED_BACK:
            self._rolled_back()
        if news.phase is LinkPhase.ONLINE:
            targets.dispatcher.sweep()
            self._wake_all()
            self._command_dispatcher.post(self._ask_about_claims)

    def _ask_about_claims(self) -> None:
        """Have the relay asked whether it still claims other identities: a pending one is not watched."""
        with self._database.read() as unit:
            claimed = [contact for contact in unit.contacts.all() if contact.pending is not None]
        self._effect_runner.run(map(RequestList, claimed[:NAMES_WATCHED]))

    def presence(self, name: str, state: str) -> None:
        """Take note of somebody's coming or going."""
        seen = PresenceState.ONLINE if state == PresenceState.ONLINE.value else PresenceState.OFFLINE
        if self._presences.came_or_went(name, seen, self._clock.monotonic_ms()):
            self._command_dispatcher.post(lambda: self._tell_presence(name, seen))
        elif self._paced is None:
            self.tell_presence_later()

    def tell_presence_later(self) -> None:
        """Tell whose coming or going is due by now, and come back when more is."""
        due, wait_ms = self._presences.later(self._clock.monotonic_ms())
        for account, state in due:
            self._command_dispatcher.post(partial(self._tell_presence, account, state))
        self._paced = None
        if wait_ms is not None:
            self._paced = asyncio.get_running_loop().call_later(wait_ms / 1000, self.tell_presence_later)

    def _tell_presence(self, account: str, state: PresenceState) -> None:
        with self._database.read() as unit:
            contact = unit.contacts.by_account(account)
        if contact is not None:
            self._bus.tell(events.PresenceChanged(contact.name, state))

    def transient(self, sealed: bytes) -> None:
        """Take what somebody says that is true now."""
        self._effect_runner.targets.typing.heard(sealed)

    def link_asked(self, link: bytes, message: bytes) -> None:
        """Take a message of somebody who has the account's password, and wants a device to be linked."""
        targets = self._effect_runner.targets
        relay = targets.relay
        if relay is not None:
            place = LinkPlace(self._own.account, relay.certificate)
            targets.linking.heard(link, place, message, lambda said: self._effect_runner.answer_link(link, said))

    def devices_changed(self, name: str, device_list: SignedDeviceList) -> None:
        """Give a newer device list to the conversation it concerns."""
        self._command_dispatcher.post(lambda: self._new_list(name, device_list))

    def _new_list(self, account: str, device_list: SignedDeviceList) -> None:
        with self._database.read() as unit:
            is_own = account == self._own.account
            contact = unit.contacts.oneself() if is_own else unit.contacts.by_account(account)
        if contact is not None:
            self._effect_runner.run([GiveHint(contact, ListCame(device_list))])

    def pins_changed(self, pins: RelayPins) -> None:
        """Keep other certificates by which the relay is known; until that is done, it tells of them at each login."""

        def keep() -> None:
            with self._database.write() as unit:
                save_pins(unit, pins)

        self._command_dispatcher.post(keep)

    def notice(self, text: str) -> None:
        """Take a sentence from the operator."""
        if self._notices.may_tell():
            self._bus.tell(events.NoticeArrived(text))
        else:
            log.info("the relay's operator says more than is told")
