import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from babilu.engine.transport.outbound_queue import (
    Dropped,
    LaneRoute,
    OutboundEnvelope,
    Outcome,
    PeerKept,
    RelayHistory,
)
from babilu.engine.transport.relay_sender import RateLimiter, RelaySender
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.kernel.ids import DeviceId, EnvelopeId
from babilu.net.relay_connection import ConnectionLostError, RelayConnection
from babilu.wire.relay_frames import Accepted, RelayFrame

DEADLINE_S = 10.0
LOST = LinkError(ErrorCode.MALFORMED, "The relay said something that nobody understands.")


class Connection:
    """What a carrier needs of a connection; it accepts everything until it is lost."""

    def __init__(self, burst: int, per_second: int) -> None:
        self.welcome = SimpleNamespace(submissions=burst, submissions_per_second=per_second)
        self.closed: asyncio.Future[BabiluError] = asyncio.get_running_loop().create_future()
        self.submitted = 0

    def submit(self, make: object) -> "asyncio.Future[RelayFrame]":
        del make
        if self.closed.done():
            raise ConnectionLostError(self.closed.result())
        self.submitted += 1
        answer: asyncio.Future[RelayFrame] = asyncio.get_running_loop().create_future()
        answer.set_result(Accepted(self.submitted, outbound().envelope, 7))
        return answer


def outbound() -> OutboundEnvelope:
    return OutboundEnvelope(EnvelopeId(bytes(16)), 1, 1, "bob", 1, DeviceId(bytes(16)), b"body")


def transport(connection: Connection, pace: RateLimiter) -> RelaySender:
    return RelaySender(cast("RelayConnection", connection), pace, RelayHistory())


def taken(pace: RateLimiter, now: float, most: int = 1_000) -> int:
    count = 0
    while count < most and pace.take(now):
        count += 1
    return count


def test_so_many_go_at_once_and_then_so_many_a_second() -> None:
    pace = RateLimiter()
    pace.reconfigure(100, 20, 0.0)
    assert taken(pace, 0.0) == 90
    assert taken(pace, 0.5) == 10
    assert taken(pace, 100.0) == 90
    assert pace.interval == 0.05


def test_another_connection_allows_no_more_than_one() -> None:
    pace = RateLimiter()
    allowed = 0
    for reconnection in range(10):
        pace.reconfigure(100, 20, reconnection * 0.5)
        allowed += taken(pace, reconnection * 0.5)
    assert allowed == 90 + 9 * 10


def test_a_relay_that_allows_more_or_less_than_before_is_followed() -> None:
    pace = RateLimiter()
    pace.reconfigure(100, 20, 0.0)
    assert taken(pace, 0.0) == 90
    pace.reconfigure(200, 20, 0.0)
    assert taken(pace, 0.0) == 90
    pace.reconfigure(10, 1, 1_000.0)
    assert taken(pace, 1_000.0) == 9
    pace.reconfigure(0, 0, 2_000.0)
    assert taken(pace, 2_000.0) == 1


async def test_what_is_too_fast_is_held_back_and_goes_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    connection = Connection(2, 1_024)
    carried = transport(connection, RateLimiter())
    outcomes: asyncio.Queue[Outcome] = asyncio.Queue()
    for _ in range(5):
        carried.carry(outbound(), outcomes.put_nowait)
    for submitted in range(1, 6):
        assert await outcomes.get() == PeerKept(outbound().envelope, LaneRoute.RELAY, 7)
        assert connection.submitted == submitted
        now += 1 / 1_024


async def test_a_lost_connection_drops_what_it_is_given_whatever_ended_it_and_counts_nothing() -> None:
    connection, pace = Connection(2, 1), RateLimiter()
    connection.closed.set_result(LOST)
    carried = transport(connection, pace)
    outcomes: asyncio.Queue[Outcome] = asyncio.Queue()
    for _ in range(5):
        carried.carry(outbound(), outcomes.put_nowait)
    async with asyncio.timeout(DEADLINE_S):
        assert [await outcomes.get() for _ in range(5)] == [Dropped(outbound().envelope)] * 5
    assert pace.take(asyncio.get_running_loop().time())
