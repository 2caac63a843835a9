"""Hands committed envelopes to a relay or to a peer, in order for each contact, and reports what became of them.

It lives in the loop's thread and keeps no truth: the outbox rows of the database are. What it drops (no route, route
changed, queue full) is read from there again when the conversation is told to.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, unique
from typing import Protocol

from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import DeviceId, EnvelopeId

LANE_PARCELS = 500
"""Most envelopes of a contact in memory; the rest waits in the database."""

LANE_WINDOW = 64
"""Most envelopes of a contact on their way without an answer."""

FIRST_PAUSE_MS = 1_000
LONGEST_PAUSE_MS = 60_000

PAUSING = frozenset({ErrorCode.QUOTA, ErrorCode.BUSY, ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE})
"""Refusals that concern the moment and not the envelope: the contact's lane waits, in order."""

LOST = frozenset({ErrorCode.CLOSED, ErrorCode.SHUTTING_DOWN, ErrorCode.REPLACED})
"""Refusals that come from the end of a connection: the next one is given the envelope again."""


@dataclass(frozen=True, slots=True)
class OutboundEnvelope:
    """An outbox row on its way.

    Attributes:
        envelope: Its id.
        number: Count of the own device's envelopes, journaled with it.
        contact: Whom it is for.
        account: The contact's account, or empty.
        list_version: Version of the contact's device list that it was made for.
        device: Recipient device.
        body: The envelope.
    """

    envelope: EnvelopeId
    number: int
    contact: int
    account: str
    list_version: int
    device: DeviceId
    body: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Envelopes that a conversation hands over.

    Attributes:
        outbounds: In order of number.
        above: Number above which the database was read for them, or None for what one turn made.
        complete: Where the database was read: whether it had no more than these.
        restart: Whether everything that is on its way to the contact is to be forgotten first.
        written: Whether the user has just written, or tried again, a message: not so for receipts and repairs.
    """

    outbounds: tuple[OutboundEnvelope, ...]
    above: int | None
    complete: bool
    restart: bool
    written: bool = False


@unique
class LaneRoute(Enum):
    """The two ways a parcel can go; the better one has the higher value."""

    RELAY = 1
    DIRECT = 2


@dataclass(frozen=True, slots=True)
class PeerKept:
    """The relay holds the envelope (until when, Unix ms), or the peer has kept it (None)."""

    envelope: EnvelopeId
    way: LaneRoute
    held_until: int | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The envelope will never be taken."""

    envelope: EnvelopeId
    error: BabiluError


@dataclass(frozen=True, slots=True)
class DeviceListOutdated:
    """The contact's device list is another: what has no receipt is to be made anew for it."""

    envelope: EnvelopeId
    device_list: SignedDeviceList


@dataclass(frozen=True, slots=True)
class Postponed:
    """Not now; seen by the lane only."""

    envelope: EnvelopeId
    retry_after_ms: int | None


@dataclass(frozen=True, slots=True)
class Dropped:
    """The connection ended before an answer; seen by the lane only."""

    envelope: EnvelopeId


Outcome = PeerKept | Rejected | DeviceListOutdated | Postponed | Dropped


def outcome_of(envelope: EnvelopeId, error: BabiluError) -> Outcome:
    """Sort a refusal into what it means for the envelope."""
    if error.code in LOST:
        return Dropped(envelope)
    if error.code in PAUSING:
        return Postponed(envelope, error.retry_after_ms)
    return Rejected(envelope, error)


class Transport(Protocol):
    """An open connection that takes parcels."""

    @property
    def way(self) -> LaneRoute:
        """Which way it is."""

    def carry(self, outbound: OutboundEnvelope, done: Callable[[Outcome], None]) -> None:
        """Send a parcel; ``done`` is called once with what became of it, never before this returns."""


class Reports(Protocol):
    """Where the outbox tells what happened."""

    def outcomes(self, contact: int, outcomes: list[PeerKept | Rejected | DeviceListOutdated]) -> None:
        """Take the answers that came for envelopes of a contact."""

    def starved(self, contact: int, after_number: int) -> None:
        """Take note that a lane has room and the database may hold more, above a number."""


class OutboundQueue:
    """The lanes of all contacts and the carriers there are now."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports
        self._relay: Transport | None = None
        self._direct: dict[int, Transport] = {}
        self._lanes: dict[int, _Queue] = {}

    def offer(self, contact: int, account: str, batch: Batch) -> None:
        """Take envelopes of one contact; what has no route now stays in the database."""
        if batch.restart:
            self.restart(contact)
        transport = self._direct.get(contact) or (self._relay if account else None)
        if transport is None:
            return
        queue = self._lanes.get(contact)
        if queue is None or queue.transport is not transport:
            if queue is not None:
                queue.end()
            queue = self._lanes[contact] = _Queue(contact, transport, self._reports)
        queue.offer(batch)

    def set_relay(self, transport: Transport | None) -> None:
        """Use a new connection to the relay, or none."""
        self._relay = transport
        for contact, queue in list(self._lanes.items()):
            if queue.transport.way is LaneRoute.RELAY:
                queue.end()
                del self._lanes[contact]

    def set_direct(self, contact: int, transport: Transport | None) -> None:
        """Use a direct connection with a contact, or none."""
        if transport is None:
            self._direct.pop(contact, None)
        else:
            self._direct[contact] = transport
        self.restart(contact)

    def restart(self, contact: int) -> None:
        """Forget what is on its way to a contact: the conversation offers it again."""
        queue = self._lanes.pop(contact, None)
        if queue is not None:
            queue.end()

    def way_to(self, contact: int, account: str) -> LaneRoute | None:
        """Tell which way a parcel for the contact would go now."""
        if contact in self._direct:
            return LaneRoute.DIRECT
        return LaneRoute.RELAY if account and self._relay is not None else None


class _Queue:
    """The parcels of one contact on one carrier."""

    def __init__(self, contact: int, transport: Transport, reports: Reports) -> None:
        self.transport = transport
        self._contact = contact
        self._reports = reports
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[OutboundEnvelope] = deque()
        self._on_way: dict[EnvelopeId, OutboundEnvelope] = {}
        self._known: set[EnvelopeId] = set()
        self._answers: list[PeerKept | Rejected | DeviceListOutdated] = []
        self._pause: asyncio.TimerHandle | None = None
        self._pause_ms = FIRST_PAUSE_MS
        # Whether the database held nothing above the highest number when that was last looked at: only then may what
        # a turn has just made be appended, else it would overtake.
        self._has_all = False
        self._asked = False
        self._highest = 0
        self._ended = False

    def offer(self, batch: Batch) -> None:
        if batch.above is not None:
            self._asked = False
            # A lane that is no more may have asked for what is above its own highest number: what lies before that
            # is to come first.
            is_for_this = batch.above <= self._highest
            self._has_all = is_for_this and batch.complete
            if not is_for_this:
                self._push()
                return
        elif not self._has_all:
            self._push()
            return
        for outbound in batch.outbounds:
            if outbound.number <= self._highest or outbound.envelope in self._known:
                continue
            if len(self._waiting) >= LANE_PARCELS:
                self._has_all = False
                break
            self._highest = outbound.number
            self._known.add(outbound.envelope)
            self._waiting.append(outbound)
        self._push()

    def end(self) -> None:
        self._ended = True
        if self._pause is not None:
            self._pause.cancel()

    def _push(self) -> None:
        while self._waiting and len(self._on_way) < LANE_WINDOW and self._pause is None and not self._ended:
            outbound = self._waiting.popleft()
            self._on_way[outbound.envelope] = outbound
            self.transport.carry(outbound, self._done)
        if not self._has_all and not self._asked and not self._ended and len(self._waiting) < LANE_PARCELS // 2:
            self._asked = True
            self._reports.starved(self._contact, self._highest)

    def _done(self, outcome: Outcome) -> None:
        outbound = self._on_way.pop(outcome.envelope, None)
        if self._ended or outbound is None:
            return
        match outcome:
            case Postponed(_, retry_after_ms):
                self._postpone(outbound, retry_after_ms)
            case Dropped():
                self._known.discard(outcome.envelope)
            case PeerKept() | Rejected() | DeviceListOutdated():
                self._pause_ms = FIRST_PAUSE_MS
                self._known.discard(outcome.envelope)
                if not self._answers:
                    self._loop.call_soon(self._tell)
                self._answers.append(outcome)
        self._push()

    def _tell(self) -> None:
        answers, self._answers = self._answers, []
        self._reports.outcomes(self._contact, answers)

    def _postpone(self, outbound: OutboundEnvelope, retry_after_ms: int | None) -> None:
        # Several on their way may be refused together: they go back in order of number.
        ordered = sorted((outbound, *self._waiting), key=lambda waiting: waiting.number)
        self._waiting = deque(ordered)
        if self._pause is None:
            pause = max(retry_after_ms or 0, self._pause_ms)
            self._pause_ms = min(self._pause_ms * 2, LONGEST_PAUSE_MS)
            self._pause = self._loop.call_later(pause / 1000, self._resume)

    def _resume(self) -> None:
        self._pause = None
        self._push()
