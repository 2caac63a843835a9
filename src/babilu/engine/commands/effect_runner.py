"""Runner of effects: the one place that says what each effect does, and where threads and the loop meet.

Threads enter the loop by `LoopThread.call`; the loop enters threads by putting hints into their inboxes.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol, assert_never

from babilu.engine.commands.message_clocks import MessageClocks
from babilu.engine.conversation.effects import (
    AcceptCall,
    Acknowledge,
    AdoptOwnList,
    Answer,
    BringFile,
    CallOwnDevices,
    CutOff,
    Effect,
    EndLink,
    EraseTraces,
    GiveHint,
    GiveHistory,
    LookUp,
    MergeOwnLists,
    MessageCame,
    MoveFiles,
    OwnDeviceRemoved,
    RequestBundle,
    RequestList,
    SendBatch,
    Sweep,
    Tell,
    WakeIn,
    WatchAnew,
    WatchClock,
)
from babilu.engine.conversation.encryption import devices_in_force, relay_account
from babilu.engine.conversation.inbound_router import InboundRouter
from babilu.engine.conversation.runner import ConversationRunner
from babilu.engine.conversation.wakeups import BundleCame, ListCame, Outcomes, Wake
from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.runtime.places import Place
from babilu.engine.runtime.trace_eraser import TraceEraser
from babilu.engine.transport.direct_calls import DirectCalls
from babilu.engine.transport.direct_connection import DirectConnection
from babilu.engine.transport.direct_handshake import Expected
from babilu.engine.transport.direct_parts import PartAnswer
from babilu.engine.transport.outbound_queue import Answered, OutboundQueue
from babilu.engine.transport.relay_session import RelaySession
from babilu.identity.link_codes import LinkPlace
from babilu.identity.shapes import Bundle, SignedDeviceList
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import ConversationId, DeviceId
from babilu.store.contact_records import ContactRecord
from babilu.wire.direct_frames import BlobGet, BlobKept, BlobWaits

log = logging.getLogger(__name__)

LOOK_UP_PAUSE_SECONDS = 30.0
"""Time after which the relay is asked again about an account of which it could not tell."""

BUSY_PAUSE_SECONDS = 0.1
"""Time after which a conversation that had no room is told again."""


class TypingPort(Protocol):
    """Says that one is typing, and knows who else is."""

    def say(self, place: Place) -> None:
        """Tell whoever is in a conversation that one is typing."""

    def heard(self, sealed: bytes, contact: int | None = None, device: DeviceId | None = None) -> None:
        """Take a transient, in the loop's thread; over a direct connection it is of that contact and device alone."""

    def message_came(self, conversation: ConversationId, device: DeviceId, sent_at: int) -> None:
        """Take note of a message."""


class FilesPort(Protocol):
    """Moves files of messages; its methods may be called from any thread."""

    def wake(self) -> None:
        """Look for files that are to be moved or deleted."""

    def bring(self, number: int) -> None:
        """Bring a file that is here to the relay."""

    def wake_online(self) -> None:
        """Try again at once what waited for somebody who has files."""


class FileServerPort(Protocol):
    """Gives contacts what they may have of one's files; its methods are called in the loop's thread."""

    def read_parts(self, contact: int, gets: Sequence[BlobGet]) -> "Future[list[PartAnswer]]":
        """Read what a contact asks for."""

    def file_kept(self, contact: int, kept: BlobKept) -> None:
        """Take note that a contact has a file whole."""

    def file_waits(self, link: DirectConnection, waiting: BlobWaits) -> None:
        """Tell a contact whether a file of theirs is here."""

    def ask_about_waiting(self, link: DirectConnection) -> None:
        """Ask a contact which of the files that wait for them they have."""


class HistoryPort(Protocol):
    """Gives own devices what this one has."""

    def go_on(self, device: DeviceId) -> None:
        """Go on giving to a device; may be called from any thread."""


class LinkingPort(Protocol):
    """Lets new devices ask to be linked."""

    def heard(self, channel: bytes, place: LinkPlace, message: bytes, reply: Callable[[bytes], None]) -> None:
        """Take a message of a new device; may be called from any thread."""


@dataclass(slots=True)
class RunnerTargets:
    """Whom effects reach; filled once while a client is put together."""

    conversations: ConversationRunner
    dispatcher: InboundRouter
    outbox: OutboundQueue
    calls: DirectCalls
    typing: TypingPort
    relay: RelaySession | None
    eraser: TraceEraser
    clocks: MessageClocks
    files: FilesPort
    file_server: FileServerPort
    linking: LinkingPort
    history: HistoryPort
    lock: Callable[[SignedDeviceList], None]
    call_siblings: Callable[[], None]
    merge_lists: Callable[[], None]


class EffectRunner:
    """Runs effects of transactions, and gives conversations what the outbound queue reports.

    Args:
        loop: Where sockets live.
        bus: Tells events.
    """

    def __init__(self, loop: LoopThread, bus: EventBus) -> None:
        self._loop = loop
        self._bus = bus
        self._targets: RunnerTargets | None = None
        self._alarms: dict[int, asyncio.TimerHandle] = {}
        self._sweeping: asyncio.TimerHandle | None = None
        self._untold: dict[int, list[Answered]] = {}

    def connect(self, targets: RunnerTargets) -> None:
        """Connect everything; nothing may be asked before."""
        self._targets = targets

    @property
    def targets(self) -> RunnerTargets:
        """What is connected."""
        if self._targets is None:
            raise _unconnected()
        return self._targets

    def run(self, effects: Iterable[Effect]) -> None:
        """Run effects in order, each whatever became of the others; may be called from any thread."""
        for effect in effects:
            try:
                self._run_one(effect)
            except Exception:
                log.exception("what follows from a commit met a defect")

    def _run_one(self, effect: Effect) -> None:  # noqa: C901 - one arm for each effect, and nothing else
        targets, loop = self._targets, self._loop
        if targets is None:
            raise _unconnected()
        match effect:
            case Tell(event):
                self._bus.tell(event)
            case Answer(future, result):
                if not future.done():
                    future.set_result(result)
            case SendBatch():
                loop.call(self._send, effect)
            case RequestBundle(contact, device, written):
                loop.call(lambda: loop.spawn(self._fetch_bundle(contact, device, written)))
            case RequestList(contact):
                loop.call(lambda: loop.spawn(self._fetch_list(contact)))
            case AdoptOwnList(device_list):
                loop.call(targets.calls.links.show_list, device_list)
            case OwnDeviceRemoved(device_list):
                targets.lock(device_list)
            case CallOwnDevices():
                targets.call_siblings()
            case MergeOwnLists():
                targets.merge_lists()
            case LookUp(account):
                loop.call(lambda: loop.spawn(self._look_up(account)))
            case GiveHint(contact, hint):
                targets.conversations.post(contact, hint)
            case WakeIn(contact, ms):
                loop.call(self._set_alarm, contact, ms / 1000)
            case MessageCame(_, device, sent_at, conversation):
                targets.typing.message_came(conversation, device, sent_at)
            case EndLink(number):
                loop.call(targets.calls.hang_up, number)
            case CutOff(number, devices):
                loop.call(targets.calls.links.cut_off, number, devices)
            case AcceptCall(identity, cause):
                loop.call(targets.calls.callers.accepted, bytes(identity), cause)
            case WatchAnew():
                if targets.relay is not None:
                    loop.call(targets.relay.watch)
            case Sweep():
                targets.dispatcher.sweep()
            case WatchClock(expires_at):
                targets.clocks.started(expires_at)
            case EraseTraces():
                targets.eraser.soon()
                targets.files.wake()
            case MoveFiles():
                targets.files.wake()
            case BringFile(number):
                targets.files.bring(number)
            case GiveHistory(device):
                targets.history.go_on(device)
            case Acknowledge(cursor):
                if targets.relay is not None:
                    loop.call(targets.relay.acknowledge, cursor)
            case _:
                assert_never(effect)

    def _send(self, send: SendBatch) -> None:
        contact, outbox = send.contact, self.targets.outbox
        account = relay_account(contact)
        if send.restart:
            outbox.restart(contact.contact)
        for batch in send.batches:
            outbox.offer(contact.contact, account, batch)
        left = [
            batch
            for batch in send.batches
            if batch.outbounds and outbox.way_to(contact.contact, batch.device, account) is None
        ]
        if left:
            self._call_without_relay(contact, any(batch.written for batch in left))

    def answer_link(self, link: bytes, message: bytes) -> None:
        """Answer who asks over the relay for a device to be linked; may be called from any thread."""
        relay = self.targets.relay
        if relay is not None:
            self._loop.call(relay.answer_link, link, message)

    def links_with(self, contact: int) -> tuple[DirectConnection, ...]:
        """Return the connections that stand with a contact's devices; called in the loop's thread."""
        return self.targets.calls.links.links_with(contact)

    def call_for_files(self, contact: ContactRecord) -> None:
        """Call a contact who is reached by calls alone; may be called from any thread."""
        self._loop.call(self._call_without_relay, contact, True)

    def _call_without_relay(self, contact: ContactRecord, written: bool) -> None:
        if contact.address is not None and not contact.account:
            self._call(contact, contact.address, written)

    def _call(self, contact: ContactRecord, address: tuple[str, int], written: bool) -> None:
        entry = devices_in_force(contact).devices[0]
        expected = Expected(contact.contact, contact.identity_key, entry)
        self.targets.calls.call_for_mail(address, expected, written=written)

    async def _fetch_bundle(self, contact: ContactRecord, device: DeviceId, written: bool) -> None:
        """Fetch a bundle from the relay; without one, whoever is called brings theirs in the hello."""
        targets = self.targets
        bundle: Bundle | None = None
        retry_after_ms = 0
        if targets.relay is not None and contact.account:
            try:
                bundle = await targets.relay.fetch_bundle(contact.account, device)
            except BabiluError as error:
                log.info("a bundle could not be fetched: %s", error.code.value)
                retry_after_ms = error.retry_after_ms or 0
                if error.code is ErrorCode.NOT_FOUND:
                    await self._fetch_list(contact)
        elif contact.address is not None:
            self._call(contact, contact.address, written)
        targets.conversations.post(contact, BundleCame(device, bundle, retry_after_ms))

    async def _fetch_list(self, contact: ContactRecord) -> None:
        targets = self.targets
        if targets.relay is None or not contact.account:
            return
        try:
            answer = await targets.relay.fetch_device_list(contact.account)
        except BabiluError as error:
            log.info("a device list could not be fetched: %s", error.code.value)
            return
        targets.conversations.post(contact, ListCame(answer.device_list))

    async def _look_up(self, account: str) -> None:
        targets = self.targets
        if targets.relay is None:
            return
        try:
            answer = await targets.relay.fetch_device_list(account)
        except BabiluError as error:
            targets.dispatcher.looked_up(account, None, error)
            if error.code is not ErrorCode.NOT_FOUND:
                self._sweep_later()
        else:
            targets.dispatcher.looked_up(account, answer.device_list, None)

    def _sweep_later(self) -> None:
        """Ask again after a while about senders of whom the relay could not tell."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        self._sweeping = self._loop.loop.call_later(LOOK_UP_PAUSE_SECONDS, self.targets.dispatcher.sweep)

    def _set_alarm(self, contact: ContactRecord, seconds: float) -> None:
        loop = self._loop.loop
        present = self._alarms.get(contact.contact)
        if present is not None and present.when() <= loop.time() + seconds:
            return
        if present is not None:
            present.cancel()
        self._alarms[contact.contact] = loop.call_later(seconds, self._wake, contact)

    def _wake(self, contact: ContactRecord) -> None:
        # Strangers come and go for good: nothing is kept of a wake that is over.
        self._alarms.pop(contact.contact, None)
        self.run([GiveHint(contact, Wake())])

    # Reports of the outbox, from the loop.

    def outcomes(self, contact: int, outcomes: list[Answered]) -> None:
        """Tell a conversation what became of its envelopes; an answer that was lost would not come again."""
        waiting = self._untold.setdefault(contact, [])
        waiting += outcomes
        if len(waiting) == len(outcomes):
            self._tell_outcomes(contact)

    def _tell_outcomes(self, contact: int) -> None:
        if self.targets.conversations.post_to(contact, Outcomes(tuple(self._untold[contact]))):
            del self._untold[contact]
        else:
            self._loop.loop.call_later(BUSY_PAUSE_SECONDS, self._tell_outcomes, contact)

    def taken_over(self, taken: Mapping[int, tuple[Answered, ...]]) -> bool:
        """Have what was taken over of several contacts recorded by one commit, unless one of them waits to be told."""
        if not taken.keys().isdisjoint(self._untold):
            return False
        return self.targets.conversations.take_over(taken)

    def starved(self, contact: int, device: DeviceId, after_number: int) -> None:
        """Have a conversation look for more envelopes for a device."""
        self.targets.conversations.post_to(contact, Wake(device, after_number=after_number))


def _unconnected() -> BabiluError:
    return BabiluError(ErrorCode.CLOSED, "The client is not put together yet.")
