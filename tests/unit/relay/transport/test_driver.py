"""The driver of a relay's connections: turns, holds and deadlines over real sockets, with time as the test says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from babilu.kernel.limits import Limits
from babilu.relay.transport.driver import FRAMES_AT_ONCE, ConnectionContext, ConnectionDriver, Hold
from babilu.relay.transport.timing_wheel import TimingWheel
from babilu.relay.transport.write_batching import WriteBatcher
from babilu.wire.client_frames import ClientFrame, StatusFrame
from babilu.wire.codec import encode, relay_frames
from babilu.wire.frame_base import Ping, Pong
from babilu.wire.relay_frames import Error
from tests.unit.net.wires import FarEnd, far_end
from tests.unit.wire.transcripts import GARBAGE, octets_of


class Told(ConnectionDriver):
    """A connection whose frames are only counted."""

    def __init__(self, context: ConnectionContext) -> None:
        super().__init__(context)
        self.handled: list[ClientFrame] = []
        self.is_gone = asyncio.Event()

    def _made(self) -> None:
        pass

    def _handle(self, received: ClientFrame) -> None:
        self.handled.append(received)

    def _writable(self) -> None:
        pass

    def _lost(self) -> None:
        self.is_gone.set()

    def hear(self, octets: bytes) -> None:
        """Do what the loop does when octets have come."""
        self.get_buffer(-1)[: len(octets)] = octets
        self.buffer_updated(len(octets))


@dataclass
class Clock:
    """The time that a test sets, in seconds."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@asynccontextmanager
async def connected(limits: Limits) -> AsyncIterator[tuple[Told, FarEnd, Clock]]:
    clock, timing_wheel = Clock(), TimingWheel(60_000)
    connection = Told(ConnectionContext(limits, timing_wheel, WriteBatcher(), clock))
    ours, far = await far_end()
    await asyncio.get_running_loop().create_connection(lambda: connection, sock=ours)
    connection._wire.admit(0.0)
    try:
        yield connection, far, clock
    finally:
        connection.abort()
        far.writer.close()
        await connection.is_gone.wait()
        timing_wheel.stop()


async def test_so_many_frames_are_handled_in_one_turn_and_the_others_in_the_next() -> None:
    async with connected(Limits()) as (connection, _, _):
        said = [StatusFrame(number) for number in range(FRAMES_AT_ONCE + 3)]
        connection.hear(octets_of(*said))
        assert connection.handled == said[:FRAMES_AT_ONCE]
        await asyncio.sleep(0)
        assert connection.handled == said


async def test_pings_have_turns_too() -> None:
    async with connected(Limits()) as (connection, far, _):
        connection.hear(octets_of(*[Ping()] * (FRAMES_AT_ONCE + 1)))
        assert len(connection.handled) == FRAMES_AT_ONCE
        for _ in range(FRAMES_AT_ONCE + 1):
            assert await far.read_body() == encode(Pong())


async def test_a_turn_that_takes_all_there_is_holds_nothing_up() -> None:
    async with connected(Limits()) as (connection, _, _):
        connection.hear(octets_of(*[StatusFrame(1)] * FRAMES_AT_ONCE))
        assert connection._holds == set()


async def test_nothing_is_handled_while_there_is_a_reason_not_to() -> None:
    async with connected(Limits()) as (connection, _, _):
        connection.hold(Hold.REQUEST)
        connection.hold(Hold.SUBMISSIONS)
        connection.hear(octets_of(StatusFrame(1), StatusFrame(2)))
        connection.release(Hold.REQUEST)
        connection.release(Hold.REQUEST)
        assert connection.handled == []
        connection.release(Hold.SUBMISSIONS)
        assert connection.handled == [StatusFrame(1), StatusFrame(2)]


async def test_a_frame_that_was_cut_off_by_a_hold_has_its_whole_time_again() -> None:
    async with connected(Limits(frame_ms=30_000, ping_ms=90_000, silence_ms=120_000)) as (connection, _, clock):
        connection.hear(octets_of(StatusFrame(1))[:5])
        connection.hold(Hold.WRITING)
        clock.seconds = 40.0
        assert connection.look(40.0) is not None
        connection.release(Hold.WRITING)
        clock.seconds = 69.0
        assert connection.look(69.0) == 70.0
        assert connection.look(70.0) is None
        assert not connection.is_open


async def test_pings_are_answered_and_asked() -> None:
    async with connected(Limits(ping_ms=30_000)) as (connection, far, _):
        far.write(Ping())
        assert await far.read(relay_frames) == Pong()
        connection.look(30.0)
        assert await far.read(relay_frames) == Ping()


async def test_what_is_no_frame_is_told_and_closed_behind_what_was_said_before() -> None:
    async with connected(Limits()) as (connection, far, _):
        far.writer.write(octets_of(Ping(), GARBAGE, StatusFrame(1)))
        assert await far.read(relay_frames) == Pong()
        assert isinstance(relay_frames.decode(await far.read_body()), Error)
        assert await far.read_to_end() == b""
        await connection.is_gone.wait()
        assert connection.handled == [Ping()]


async def test_a_client_that_has_said_all_hears_what_was_said_to_it_and_the_end() -> None:
    async with connected(Limits()) as (connection, far, _):
        far.write(StatusFrame(1), Ping())
        far.writer.write_eof()
        assert await far.read(relay_frames) == Pong()
        assert await far.read_to_end() == b""
        await connection.is_gone.wait()
        assert connection.handled == [StatusFrame(1), Ping()]


async def test_open_connections_follow_new_limits() -> None:
    async with connected(Limits()) as (connection, far, clock):
        connection.reconfigure(Limits(ping_ms=5_000))
        clock.seconds = 5.0
        connection.look(5.0)
        assert await far.read(relay_frames) == Ping()
