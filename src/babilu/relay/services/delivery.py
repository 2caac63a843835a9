"""Delivery: what is stored for a device is pushed in its order, and deleted once the device has acknowledged it.

Acknowledgements are gathered for a while: their deletions save nothing by being early.
"""

import asyncio
import logging
from collections.abc import Collection, Coroutine, Iterable
from functools import partial
from typing import Any, Final

from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, LinkError, ProtocolError
from babilu.kernel.ids import DeviceId, EnvelopeId
from babilu.kernel.limits import Limits
from babilu.relay.base.flow_control import FlowControl, MailSource
from babilu.relay.base.states import Live, OfDevice, live, of_device
from babilu.relay.bus.port import Bus, DeviceMoved, Hint, LetterStored, MailStored
from babilu.relay.storage.port import MailStore
from babilu.relay.storage.records import MailboxStanding, MailPage, Refused, Stored, StoredEnvelope, Submission
from babilu.relay.transport.connection import Connection
from babilu.wire.client_frames import Ack, Resume
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import Deliver, Gap, Resumed

log = logging.getLogger(__name__)

CURSOR_MAX: Final = 2**62
"""Largest cursor a client may name: numbering goes on above it and must not overflow."""


DELETE_AFTER_S: Final = 0.25
"""How long acknowledgements are gathered before what they name is deleted."""


class DeliveryService:
    """Delivers envelopes.

    Args:
        store: The mailboxes.
        bus: Wakes other nodes, and tells of devices that have come to them.
        limits: Windows.
    """

    def __init__(self, store: MailStore, bus: Bus, limits: Limits) -> None:
        self._loop = asyncio.get_running_loop()
        self._store = store
        self._bus = bus
        self._node = bus.node
        self._limits = limits
        self._live: dict[DeviceId, Connection] = {}
        self._acknowledged: dict[DeviceId, int] = {}
        self._acknowledged_letters = 0
        self._history = 0
        self._deletion: asyncio.TimerHandle | None = None
        bus.subscribe(self._hear, LetterStored, MailStored, DeviceMoved)

    def reconfigure(self, limits: Limits) -> None:
        """Apply new limits; a device that is live keeps its window until it comes back."""
        self._limits = limits

    def resume(self, connection: Connection, resume: Resume) -> Coroutine[Any, Any, None]:
        """Start the flow of mail for a device."""
        state = of_device(connection.state)
        if resume.cursor > CURSOR_MAX:
            raise ProtocolError(ErrorCode.MALFORMED, "A cursor is out of bounds.")
        return self._resume(connection, state, resume)

    async def _resume(self, connection: Connection, state: OfDevice, resume: Resume) -> None:
        if not connection.is_open:
            # It has left already: nobody would forget it again.
            raise LinkError(ErrorCode.CLOSED, "The connection is closed.")
        device = state.device
        # The flow is there before the storage is asked: whatever is stored from here on is heard of.
        flow = FlowControl(self._limits)
        self._live[device] = connection
        connection.become(Live(state.account, state.name, device, flow))
        self._delete_acknowledged()
        envelope = None if resume.envelope is None else EnvelopeId(resume.envelope)
        try:
            outcome = await self._store.resume(device, resume.cursor, envelope, resume.number)
            if isinstance(outcome, Refused):
                raise _resume_refusal(outcome.code)
        except BabiluError:
            self.leave(connection)
            connection.become(state)
            raise
        if outcome.former is not None:
            self._bus.publish(DeviceMoved(device, outcome.fence), outcome.former)
        if self._live.get(device) is connection and not self._is_overtaken(connection, flow, outcome.fence):
            flow.start(outcome.acknowledged, outcome.head)
            connection.send(Resumed(resume.request, outcome.acknowledged, flow.head))
            self._proceed(connection, device, flow)

    def acknowledge(self, connection: Connection, ack: Ack) -> None:
        """Record what a client has stored; what follows in its mailbox may be pushed."""
        state = live(connection.state)
        flow = state.flow
        if ack.cursor > flow.delivered:
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "The client acknowledged what was not delivered.")
        if ack.cursor <= flow.acknowledged:
            return
        self._acknowledged_letters += flow.acknowledge(ack.cursor)
        self._acknowledged[state.device] = ack.cursor
        if self._acknowledged_letters >= self._limits.sender_messages:
            self._delete_acknowledged()
        elif self._deletion is None:
            self._deletion = self._loop.call_later(DELETE_AFTER_S, self._delete_acknowledged)
        if flow.is_behind:
            self._proceed(connection, state.device, flow)

    def writable(self, connection: Connection) -> None:
        """Go on with a client that had read too slowly."""
        match connection.state:
            case Live(device=device, flow=flow):
                self._proceed(connection, device, flow)
            case _:
                pass

    def leave(self, connection: Connection) -> None:
        """Forget a connection; what it acknowledged is deleted in time."""
        match connection.state:
            case Live(device=device):
                if self._live.get(device) is connection:
                    del self._live[device]
            case _:
                pass

    # What a lost hint has not told.

    @property
    def devices(self) -> Collection[DeviceId]:
        """Devices whose mail flows here."""
        return self._live.keys()

    def look_after(self, devices: Iterable[DeviceId]) -> None:
        """Ask the storage how far mailboxes are, and whose: read what waits, and end connections that were replaced.

        It is what is left where hints are lost. A connection that resumes meanwhile is judged by its own answer.
        """
        asked = {device: self._live[device] for device in devices if device in self._live}
        asked = {device: each for device, each in asked.items() if not _is_starting(each)}
        if asked:
            future = self._store.standings(list(asked))
            future.add_done_callback(partial(self._judge, asked))

    def _judge(
        self, asked: dict[DeviceId, Connection], future: "asyncio.Future[dict[DeviceId, MailboxStanding]]"
    ) -> None:
        if future.exception() is not None:
            # The next look asks again.
            return
        standings = future.result()
        for device, connection in asked.items():
            if self._live.get(device) is not connection:
                continue
            standing = standings.get(device)
            if standing is None:
                connection.close(Bye(ErrorCode.DEVICE_UNKNOWN.value))
            elif not standing.here:
                self._replace(connection)
            else:
                self._hear_of_head(connection, device, live(connection.state).flow, standing.head)

    def begin_anew(self) -> None:
        """Forget where clients are in their mailboxes, and what they have acknowledged: the history is another one.

        Other letters may stand there under the same numbers, which nobody has had. Who is connected is sent away.
        """
        self._history += 1
        self._live.clear()
        self._acknowledged.clear()

    async def finish(self) -> None:
        """Delete what was acknowledged."""
        deleted = self._delete_acknowledged()
        if deleted is not None:
            await asyncio.wait([deleted])

    def deliver(self, submission: Submission, stored: Stored) -> None:
        """Bring a letter that was just stored to its device, here or at the node where it is."""
        device, envelope = submission.device, submission.envelope
        self._offer(device, stored.seq, stored.stored_at, envelope)
        if stored.node is not None and stored.node != self._node:
            self._bus.publish(LetterStored(device, stored.seq, stored.stored_at, envelope), stored.node)

    def _offer(self, device: DeviceId, seq: int, stored_at: int, envelope: bytes) -> None:
        """Push a letter that was just stored, if it is the next one; else it waits on the disk."""
        connection = self._live.get(device)
        if connection is None:
            return
        flow = live(connection.state).flow
        if flow.takes_next(seq, len(envelope)) and not connection.is_congested:
            _push(connection, flow, StoredEnvelope(seq, stored_at, envelope))
        else:
            self._hear_of_head(connection, device, flow, seq)

    def look(self, device: DeviceId) -> None:
        """Read on from the disk where more may have been stored than was said."""
        connection = self._live.get(device)
        if connection is not None:
            flow = live(connection.state).flow
            flow.in_doubt = True
            self._proceed(connection, device, flow)

    def _hear(self, hint: Hint) -> None:
        match hint:
            case LetterStored(device, seq, stored_at, envelope):
                self._offer(device, seq, stored_at, envelope)
            case MailStored(device, head):
                connection = self._live.get(device)
                if connection is not None:
                    self._hear_of_head(connection, device, live(connection.state).flow, head)
            case DeviceMoved(device, fence):
                connection = self._live.get(device)
                if connection is not None:
                    self._hear_of_move(connection, live(connection.state).flow, fence)
            case _:
                pass

    def _hear_of_head(self, connection: Connection, device: DeviceId, flow: FlowControl, head: int) -> None:
        flow.head = max(flow.head, head)
        self._proceed(connection, device, flow)

    def _hear_of_move(self, connection: Connection, flow: FlowControl, fence: int) -> None:
        """End a connection whose device has resumed on a later one."""
        if flow.source is MailSource.STARTING:
            # Which of the two is the later one shows once this one has a fence of its own.
            flow.fence = max(flow.fence, fence)
        elif fence > flow.fence:
            self._replace(connection)

    def _is_overtaken(self, connection: Connection, flow: FlowControl, fence: int) -> bool:
        """Give a connection its fence; end it where a later one was heard of meanwhile."""
        if fence < flow.fence:
            self._replace(connection)
            return True
        flow.fence = fence
        return False

    def _replace(self, connection: Connection) -> None:
        connection.close(Bye(ErrorCode.REPLACED.value))
        self.leave(connection)

    def _proceed(self, connection: Connection, device: DeviceId, flow: FlowControl) -> None:
        """Read on from the disk where something waits and there is room for it."""
        if flow.source is not MailSource.MEMORY or not flow.is_behind or connection.is_congested:
            return
        messages, size = flow.room()
        if messages <= 0 or size <= 0:
            return
        flow.source = MailSource.DISK
        flow.in_doubt = False
        future = self._store.read(device, flow.delivered, messages, size)
        future.add_done_callback(partial(self._push_page, connection, device, flow))

    def _push_page(
        self, connection: Connection, device: DeviceId, flow: FlowControl, future: "asyncio.Future[MailPage]"
    ) -> None:
        flow.source = MailSource.MEMORY
        error = future.exception()
        if self._live.get(device) is not connection:
            return
        if error is not None:
            refusal = as_refusal(error)
            connection.close(Bye(refusal.code.value, refusal.retry_after_ms))
            return
        page = future.result()
        flow.head = max(flow.head, page.head)
        for stored_envelope in page.stored_envelopes:
            if not flow.fits(len(stored_envelope.envelope)):
                # The next acknowledgement makes room for it.
                return
            _announce_gap(connection, flow, stored_envelope.seq - 1)
            _push(connection, flow, stored_envelope)
        if not page.stored_envelopes:
            _announce_gap(connection, flow, page.head)
        self._proceed(connection, device, flow)

    def _delete_acknowledged(self) -> "asyncio.Future[frozenset[DeviceId]] | None":
        if self._deletion is not None:
            self._deletion.cancel()
            self._deletion = None
        self._acknowledged_letters = 0
        if not self._acknowledged:
            return None
        cursors, self._acknowledged = self._acknowledged, {}
        future = self._store.acknowledge(list(cursors.items()))
        future.add_done_callback(partial(self._deleted, cursors, self._history))
        return future

    def _deleted(
        self, cursors: dict[DeviceId, int], history: int, future: "asyncio.Future[frozenset[DeviceId]]"
    ) -> None:
        if history != self._history:
            return
        if future.exception() is not None:
            # Nothing is lost: these go along with the next acknowledgements, or with the client's next resume.
            self._acknowledged = cursors | self._acknowledged
        elif future.result():
            self.look_after(future.result())


def _is_starting(connection: Connection) -> bool:
    return live(connection.state).flow.source is MailSource.STARTING


def _push(connection: Connection, flow: FlowControl, stored_envelope: StoredEnvelope) -> None:
    connection.send(Deliver(stored_envelope.seq, stored_envelope.stored_at, stored_envelope.envelope))
    flow.push(stored_envelope.seq, len(stored_envelope.envelope))


def _announce_gap(connection: Connection, flow: FlowControl, last: int) -> None:
    if last > flow.delivered:
        connection.send(Gap(flow.delivered + 1, last, "expired"))
        flow.pass_over(last)


def as_refusal(error: BaseException) -> BabiluError:
    """Return what a client is told of an error of the storage."""
    if isinstance(error, BabiluError):
        return error
    log.error("the storage failed: %s", type(error).__name__)
    return LinkError(ErrorCode.UNAVAILABLE, "The relay failed at this request.")


def _resume_refusal(code: ErrorCode) -> BabiluError:
    if code is ErrorCode.ROLLED_BACK:
        return LinkError(code, "This device was set back to an older state: it must return as a new device.")
    return AccountError(ErrorCode.DEVICE_UNKNOWN, "This device is not listed any more.")
