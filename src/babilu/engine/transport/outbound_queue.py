"""Hands committed envelopes to a relay or to a peer, in order for each device, and reports what became of them.

Each device of a contact has a lane and a route of its own: one that is stalled keeps no other waiting. It all lives in
the loop's thread and keeps no truth: the outbox rows of the database are. What it drops (no route, route changed, lane
full) is read from there again when the conversation is told to.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, unique
from functools import partial
from typing import Protocol

from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import DeviceId, EnvelopeId

LANE_PARCELS = 500
"""Most envelopes for a device in memory; the rest waits in the database."""

LANE_WINDOW = 64
"""Most envelopes for a device on their way without an answer."""

FIRST_PAUSE_MS = 1_000
LONGEST_PAUSE_MS = 60_000

PAUSING = frozenset({ErrorCode.QUOTA, ErrorCode.BUSY, ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE})
"""Refusals that concern the moment and not the envelope: the device's lane waits, in order."""

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
    """Envelopes for one device that a conversation hands over.

    Attributes:
        device: The device.
        outbounds: In order of number.
        above: Number above which the database was read for them, or None for what one turn made.
        complete: Where the database was read: whether it had no more than these.
        restart: Whether everything that is on its way to the device is to be forgotten first.
        written: Whether the user has just written, or tried again, a message: not so for receipts and repairs.
    """

    device: DeviceId
    outbounds: tuple[OutboundEnvelope, ...]
    above: int | None
    complete: bool
    restart: bool = False
    written: bool = False


@unique
class LaneRoute(Enum):
    """The two ways a parcel can go; the better one has the higher value."""

    RELAY = 1
    DIRECT = 2


class RelayHistory:
    """What a relay says of envelopes as long as it names one epoch.

    Attributes:
        lost: Whether another epoch has come: what was accepted before may be gone, also where that is told only now.
    """

    def __init__(self) -> None:
        self.lost = False


@dataclass(frozen=True, slots=True)
class PeerKept:
    """A relay holds the envelope, or the peer has kept it.

    Attributes:
        envelope: Its id.
        way: Which of the two.
        held_until: Until when the relay holds it (Unix ms); None for the peer.
        history: What this counts in, of a relay.
    """

    envelope: EnvelopeId
    way: LaneRoute
    held_until: int | None
    history: RelayHistory | None = field(default=None, compare=False, repr=False)

    @property
    def holds(self) -> bool:
        """Whether it is true still: the relay was not set back to an older state since."""
        return self.history is None or not self.history.lost


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


Answered = PeerKept | Rejected | DeviceListOutdated
"""What a conversation is told of an envelope."""

Outcome = Answered | Postponed | Dropped


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

    def outcomes(self, contact: int, outcomes: list[Answered]) -> None:
        """Take the answers that came together for envelopes of a contact, whichever device they are for."""

    def taken_over(self, taken: Mapping[int, tuple["Answered", ...]]) -> bool:
        """Take for several contacts at once that a relay or their devices have envelopes; False: one by one, please."""

    def starved(self, contact: int, device: DeviceId, after_number: int) -> None:
        """Take note that the lane of a device has room and the database may hold more, above a number."""


class OutboundQueue:
    """The lanes of all devices and the connections that there are now."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports
        self._relay: Transport | None = None
        self._direct: dict[int, dict[DeviceId, Transport]] = {}
        self._lanes: dict[int, dict[DeviceId, _Lane]] = {}
        self._answers: dict[int, list[Answered]] = {}

    def offer(self, contact: int, account: str, batch: Batch) -> None:
        """Take envelopes for one device of a contact; what has no route now stays in the database."""
        device = batch.device
        if batch.restart:
            self.restart(contact, device)
        transport = self._transport_to(contact, device, account)
        if transport is None:
            return
        lane = self._lanes.get(contact, {}).get(device)
        if lane is None or lane.transport is not transport:
            if lane is not None:
                lane.end()
            starved = partial(self._reports.starved, contact, device)
            lane = _Lane(transport, partial(self._answered, contact), starved)
            self._lanes.setdefault(contact, {})[device] = lane
        lane.offer(batch)

    def set_relay(self, transport: Transport | None) -> None:
        """Use a new connection to the relay, or none."""
        self._relay = transport
        for contact, lanes in list(self._lanes.items()):
            for device, lane in list(lanes.items()):
                if lane.transport.way is LaneRoute.RELAY:
                    self.restart(contact, device)

    def set_direct(self, contact: int, device: DeviceId, transport: Transport | None) -> None:
        """Use a direct connection with a device of a contact, or none."""
        links = self._direct.setdefault(contact, {})
        if transport is None:
            links.pop(device, None)
        else:
            links[device] = transport
        if not links:
            del self._direct[contact]
        self.restart(contact, device)

    def restart(self, contact: int, device: DeviceId | None = None) -> None:
        """Forget what is on its way to a device, or to all of a contact (None): the conversation offers it again."""
        lanes = self._lanes.get(contact, {})
        for one in [*lanes] if device is None else [device]:
            lane = lanes.pop(one, None)
            if lane is not None:
                lane.end()
        if not lanes:
            self._lanes.pop(contact, None)

    def way_to(self, contact: int, device: DeviceId, account: str) -> LaneRoute | None:
        """Tell which way a parcel for a device of the contact would go now."""
        transport = self._transport_to(contact, device, account)
        return None if transport is None else transport.way

    def _transport_to(self, contact: int, device: DeviceId, account: str) -> Transport | None:
        return self._direct.get(contact, {}).get(device) or (self._relay if account else None)

    def _answered(self, contact: int, outcome: Answered) -> None:
        """Gather what came in one turn of the loop, so that the answers to one message are committed together."""
        if not self._answers:
            asyncio.get_running_loop().call_soon(self._tell)
        self._answers.setdefault(contact, []).append(outcome)

    def _tell(self) -> None:
        answers, self._answers = self._answers, {}
        # Of a group many people's come together: one commit has all of them.
        taken = {
            contact: tuple(each) for contact, each in answers.items() if all(isinstance(o, PeerKept) for o in each)
        }
        if len(taken) > 1 and self._reports.taken_over(taken):
            answers = {contact: outcomes for contact, outcomes in answers.items() if contact not in taken}
        for contact, outcomes in answers.items():
            self._reports.outcomes(contact, outcomes)


class _Lane:
    """The parcels for one device on one connection.

    Args:
        transport: The connection.
        answered: Takes what a conversation is to be told.
        starved: Asks for more above a number.
    """

    def __init__(
        self, transport: Transport, answered: Callable[[Answered], None], starved: Callable[[int], None]
    ) -> None:
        self.transport = transport
        self._answered = answered
        self._starved = starved
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[OutboundEnvelope] = deque()
        self._on_way: dict[EnvelopeId, OutboundEnvelope] = {}
        self._known: set[EnvelopeId] = set()
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
            if outbound.envelope in self._known:
                continue
            if outbound.number <= self._highest:
                if batch.above is None:
                    # Numbers are given in the order of commits: a lower one means that something was not seen.
                    self._look_again_above(outbound.number - 1)
                    break
                continue
            if len(self._waiting) >= LANE_PARCELS:
                self._has_all = False
                break
            self._take(outbound)
        self._push()

    def end(self) -> None:
        self._ended = True
        if self._pause is not None:
            self._pause.cancel()

    def _look_again_above(self, number: int) -> None:
        self._highest = number
        self._has_all = self._asked = False

    def _take(self, outbound: OutboundEnvelope) -> None:
        self._highest = outbound.number
        self._known.add(outbound.envelope)
        self._waiting.append(outbound)
        if len(self._waiting) > 1 and self._waiting[-2].number > outbound.number:
            self._sort()

    def _sort(self) -> None:
        self._waiting = deque(sorted(self._waiting, key=lambda waiting: waiting.number))

    def _push(self) -> None:
        while self._waiting and len(self._on_way) < LANE_WINDOW and self._pause is None and not self._ended:
            outbound = self._waiting.popleft()
            self._on_way[outbound.envelope] = outbound
            self.transport.carry(outbound, self._done)
        if not self._has_all and not self._asked and not self._ended and len(self._waiting) < LANE_PARCELS // 2:
            self._asked = True
            self._starved(self._highest)

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
                self._answered(outcome)
        self._push()

    def _postpone(self, outbound: OutboundEnvelope, retry_after_ms: int | None) -> None:
        # Several on their way may be refused together: they go back in order of number.
        self._waiting.append(outbound)
        self._sort()
        if self._pause is None:
            pause = max(retry_after_ms or 0, self._pause_ms)
            self._pause_ms = min(self._pause_ms * 2, LONGEST_PAUSE_MS)
            self._pause = self._loop.call_later(pause / 1000, self._resume)

    def _resume(self) -> None:
        self._pause = None
        self._push()
