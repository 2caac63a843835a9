"""Submits parcels over one connection to the relay, no faster than the relay allows, and sorts its answers."""

import asyncio
from collections.abc import Callable

from babilu.engine.outbox import Dropped, Kept, Outcome, Parcel, Refused, Stale, Way, outcome_of
from babilu.kernel.errors import BabiluError, ErrorCode, ProtocolError
from babilu.kernel.ids import EnvelopeId
from babilu.net.relay_connection import ConnectionLostError, RelayConnection, StaleDevicesError
from babilu.wire.relay_frames import Accepted, RelayFrame, Submit


class RelayCarrier:
    """Takes parcels for one connection, and paces itself to what the relay allows."""

    def __init__(self, connection: RelayConnection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._rate = connection.welcome.submissions_per_second
        self._burst = float(connection.welcome.submissions)
        self._allowed = self._burst
        self._counted_at = self._loop.time()
        self._held_back: list[tuple[Parcel, Callable[[Outcome], None]]] = []

    @property
    def way(self) -> Way:
        """By relay."""
        return Way.RELAY

    def carry(self, parcel: Parcel, done: Callable[[Outcome], None]) -> None:
        """Submit a parcel now, or as soon as the relay's rate allows."""
        if self._held_back or not self._allow():
            if not self._held_back:
                self._loop.call_later(1 / max(self._rate, 1), self._release)
            self._held_back.append((parcel, done))
            return
        self._submit(parcel, done)

    def _allow(self) -> bool:
        now = self._loop.time()
        self._allowed = min(self._burst, self._allowed + (now - self._counted_at) * self._rate)
        self._counted_at = now
        if self._allowed < 1:
            return False
        self._allowed -= 1
        return True

    def _release(self) -> None:
        released = 0
        while released < len(self._held_back) and self._allow():
            self._submit(*self._held_back[released])
            released += 1
        del self._held_back[:released]
        if self._held_back:
            self._loop.call_later(1 / max(self._rate, 1), self._release)

    def _submit(self, parcel: Parcel, done: Callable[[Outcome], None]) -> None:
        try:
            answer = self._connection.submit(
                lambda number: Submit(
                    number, parcel.account, parcel.list_version, parcel.device, parcel.number, parcel.body
                )
            )
        except BabiluError as error:
            self._loop.call_soon(done, outcome_of(parcel.envelope, error))
            return
        answer.add_done_callback(lambda future: done(_outcome(parcel.envelope, future)))


def _outcome(envelope: EnvelopeId, answer: "asyncio.Future[RelayFrame]") -> Outcome:
    error = answer.exception()
    match error:
        case None:
            accepted = answer.result()
            if isinstance(accepted, Accepted) and accepted.envelope == envelope:
                return Kept(envelope, Way.RELAY, accepted.held_until)
            return Refused(envelope, ProtocolError(ErrorCode.MALFORMED, "The relay accepted something else."))
        case StaleDevicesError(frame=frame):
            return Stale(envelope, frame.device_list)
        case ConnectionLostError():
            # Whether the relay has it will show when it is submitted again.
            return Dropped(envelope)
        case BabiluError():
            return outcome_of(envelope, error)
        case _:
            raise error
