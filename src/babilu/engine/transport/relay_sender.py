"""Submits parcels over one connection to the relay, no faster than the relay allows, and sorts its answers."""

import asyncio
from collections.abc import Callable

from babilu.engine.transport.outbound_queue import (
    DeviceListOutdated,
    Dropped,
    LaneRoute,
    OutboundEnvelope,
    Outcome,
    PeerKept,
    Rejected,
    RelayHistory,
    outcome_of,
)
from babilu.kernel.errors import BabiluError, ErrorCode, ProtocolError
from babilu.kernel.ids import EnvelopeId
from babilu.net.relay_connection import ConnectionLostError, RelayConnection, StaleDevicesError
from babilu.wire.client_frames import Submit
from babilu.wire.relay_frames import Accepted, RelayFrame

RESERVE = 0.1
"""Part of what the relay takes at once that is left alone: what is sent at an even pace does not arrive at one."""


class RateLimiter:
    """How many submissions the relay takes now: it counts over all connections of a device, and so does this."""

    def __init__(self) -> None:
        self._burst = 0.0
        self._rate = 1.0
        self._allowed = 0.0
        self._counted_at: float | None = None

    @property
    def interval(self) -> float:
        """Seconds from one submission to the next, once those at once are used up."""
        return 1 / self._rate

    def reconfigure(self, burst: int, rate: int, now: float) -> None:
        """Go by what the relay names; what was submitted before, on whatever connection, stays counted.

        Args:
            burst: Submissions at once.
            rate: Submissions a second after that.
            now: Seconds of any steady clock.
        """
        before = self._burst
        if self._counted_at is not None:
            self._count(now)
        self._burst, self._rate = max(burst * (1 - RESERVE), 1.0), float(max(rate, 1))
        self._allowed = min(self._allowed + max(self._burst - before, 0.0), self._burst)
        self._counted_at = now

    def take(self, now: float) -> bool:
        """Count one submission where it is allowed now."""
        self._count(now)
        if self._allowed < 1:
            return False
        self._allowed -= 1
        return True

    def _count(self, now: float) -> None:
        passed = 0.0 if self._counted_at is None else now - self._counted_at
        self._allowed = min(self._burst, self._allowed + passed * self._rate)
        self._counted_at = now


class RelaySender:
    """Takes parcels for one connection, no faster than a pace allows.

    Args:
        connection: The connection.
        pace: How fast.
        history: What the relay's answers count in.
    """

    def __init__(self, connection: RelayConnection, pace: RateLimiter, history: RelayHistory) -> None:
        self._connection = connection
        self._history = history
        self._loop = asyncio.get_running_loop()
        self._pace = pace
        welcome = connection.welcome
        pace.reconfigure(welcome.submissions, welcome.submissions_per_second, self._loop.time())
        self._held_back: list[tuple[OutboundEnvelope, Callable[[Outcome], None]]] = []

    @property
    def way(self) -> LaneRoute:
        """By relay."""
        return LaneRoute.RELAY

    def carry(self, outbound: OutboundEnvelope, done: Callable[[Outcome], None]) -> None:
        """Submit a parcel now, or as soon as the relay's rate allows."""
        if self._held_back or not self._may_submit():
            if not self._held_back:
                self._loop.call_later(self._pace.interval, self._release)
            self._held_back.append((outbound, done))
            return
        self._submit(outbound, done)

    def _may_submit(self) -> bool:
        # What a connection that has ended does not take is not counted.
        return self._connection.closed.done() or self._pace.take(self._loop.time())

    def _release(self) -> None:
        released = 0
        while released < len(self._held_back) and self._may_submit():
            self._submit(*self._held_back[released])
            released += 1
        del self._held_back[:released]
        if self._held_back:
            self._loop.call_later(self._pace.interval, self._release)

    def _submit(self, outbound: OutboundEnvelope, done: Callable[[Outcome], None]) -> None:
        try:
            answer = self._connection.submit(
                lambda number: Submit(
                    number, outbound.account, outbound.list_version, outbound.device, outbound.number, outbound.body
                )
            )
        except ConnectionLostError:
            self._loop.call_soon(done, Dropped(outbound.envelope))
            return
        answer.add_done_callback(lambda future: done(_outcome(outbound.envelope, future, self._history)))


def _outcome(envelope: EnvelopeId, answer: "asyncio.Future[RelayFrame]", history: RelayHistory) -> Outcome:
    error = answer.exception()
    match error:
        case None:
            accepted = answer.result()
            if isinstance(accepted, Accepted) and accepted.envelope == envelope:
                return PeerKept(envelope, LaneRoute.RELAY, accepted.held_until, history)
            return Rejected(
                envelope, ProtocolError(ErrorCode.MALFORMED, "The relay accepted something that was not sent.")
            )
        case StaleDevicesError(frame=frame):
            return DeviceListOutdated(envelope, frame.device_list)
        case ConnectionLostError():
            # Whether the relay has it will show when it is submitted again.
            return Dropped(envelope)
        case BabiluError():
            return outcome_of(envelope, error)
        case _:
            raise error
