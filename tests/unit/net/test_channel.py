import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import msgspec
import pytest

from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.limits import Limits
from babilu.net.channel import FrameChannel
from babilu.wire.codec import direct_frames, encode
from babilu.wire.direct_frames import DirectAck, DirectEnvelope, DirectFrame
from babilu.wire.frame_base import Bye, Ping, Pong
from babilu.wire.framing import frame
from babilu.wire.relay_frames import Error
from tests.unit.net.wires import DEADLINE_S, FarEnd, Hurry, Owner, far_end

CLOSED = LinkError(ErrorCode.CLOSED, "Closed here.")
DEFAULTS = Limits()
UNKNOWN = frame(msgspec.msgpack.encode(["telepathy", 7, "later"]))


@asynccontextmanager
async def connected(
    limits: Limits = DEFAULTS, *, tolerant: bool = False
) -> AsyncIterator[tuple[FrameChannel[DirectFrame], Owner[DirectFrame], FarEnd]]:
    owner: Owner[DirectFrame] = Owner()
    ours, far = await far_end()
    channel = FrameChannel(direct_frames, limits, owner.take, owner.lose, owner.miss if tolerant else None)
    await asyncio.get_running_loop().create_connection(lambda: channel, sock=ours)
    try:
        yield channel, owner, far
    finally:
        channel.close(CLOSED)
        far.writer.close()
        await owner.until(lambda: bool(owner.losses))


def envelope(number: int) -> DirectEnvelope:
    return DirectEnvelope(b"envelope %d" % number)


async def test_frames_are_passed_on_in_order_with_the_exact_bytes_of_their_bodies() -> None:
    async with connected() as (_, owner, far):
        far.write(envelope(1), envelope(2), DirectAck((bytes(16),)))
        await owner.until(lambda: len(owner.received) == 3)
        assert owner.received == [envelope(1), envelope(2), DirectAck((bytes(16),))]
        assert owner.bodies[1] == encode(envelope(2))


async def test_a_ping_is_answered_and_told_to_nobody() -> None:
    async with connected() as (_, owner, far):
        far.write(Ping(), envelope(1))
        assert await far.read(direct_frames) == Pong()
        await owner.until(lambda: owner.received == [envelope(1)])


async def test_after_silence_a_ping_asks_whether_the_other_end_is_there() -> None:
    async with connected(Limits(ping_ms=20)) as (_, _, far):
        assert await far.read(direct_frames) == Ping()


async def test_an_end_that_answers_its_pings_is_not_given_up() -> None:
    async with connected(Limits(ping_ms=15, silence_ms=10_000)) as (channel, owner, far):
        for _ in range(40):
            assert await far.read(direct_frames) == Ping()
            far.write(Pong())
        assert channel.is_open
        assert owner.losses == []


async def test_an_end_that_says_nothing_at_all_is_gone_after_the_time_of_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hurry = Hurry(monkeypatch)
    async with connected(Limits(ping_ms=20, silence_ms=10_000)) as (channel, owner, far):
        assert await far.read(direct_frames) == Ping()
        hurry.ahead += 10
        await owner.until(lambda: bool(owner.losses))
        assert owner.losses[0].code is ErrorCode.UNAVAILABLE
        assert "for too long" in owner.losses[0].text
        assert not channel.is_open
        assert await far.read_to_end() == b""


async def test_a_frame_that_is_begun_and_not_finished_ends_the_connection() -> None:
    async with connected(Limits(frame_ms=50)) as (_, owner, far):
        far.writer.write(frame(encode(envelope(1)))[:7])
        await owner.until(lambda: bool(owner.losses))
        assert "did not finish" in owner.losses[0].text


async def test_a_long_stream_of_frames_that_come_cut_in_the_middle_is_not_taken_for_one_unfinished_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    octets = frame(encode(envelope(1)))
    hurry = Hurry(monkeypatch)
    async with connected(Limits(frame_ms=10_000)) as (channel, owner, far):
        far.writer.write(octets[:9])
        for count in range(1, 41):
            hurry.ahead += 1
            far.writer.write(octets[9:] + octets[:9])
            await owner.until(lambda wanted=count: len(owner.received) >= wanted)  # type: ignore[misc]
            look_now(channel)
        assert channel.is_open
        assert owner.losses == []


def look_now(channel: FrameChannel[DirectFrame]) -> None:
    """Have the channel look at its deadlines before its timer says so."""
    assert channel._timer is not None
    channel._timer.cancel()
    channel._watch()


async def test_what_fits_no_frame_is_answered_with_an_error_and_ends_the_connection() -> None:
    async with connected() as (_, owner, far):
        far.writer.write(frame(b"\xc1"))
        answer = await far.read(direct_frames)
        assert isinstance(answer, Error)
        assert answer.code == ErrorCode.MALFORMED
        assert await far.read_to_end() == b""
        await owner.until(lambda: bool(owner.losses))
        assert owner.losses[0].code is ErrorCode.MALFORMED


async def test_nothing_that_follows_a_malformed_frame_is_passed_on() -> None:
    async with connected() as (_, owner, far):
        far.writer.write(frame(encode(envelope(1))) + frame(b"\xc1") + frame(encode(envelope(2))))
        await owner.until(lambda: bool(owner.losses))
        assert owner.received == [envelope(1)]


async def test_a_length_over_the_limit_ends_the_connection_before_its_body_comes() -> None:
    async with connected(Limits(frame_bytes=1_000)) as (_, owner, far):
        far.writer.write((1_001).to_bytes(4, "big"))
        answer = await far.read(direct_frames)
        assert isinstance(answer, Error)
        assert answer.code == ErrorCode.TOO_LARGE
        await owner.until(lambda: bool(owner.losses))
        assert owner.losses[0].code is ErrorCode.TOO_LARGE


async def test_an_unknown_frame_ends_a_connection_whose_owner_knows_all_there_can_be() -> None:
    async with connected() as (_, owner, far):
        far.writer.write(UNKNOWN)
        await owner.until(lambda: bool(owner.losses))
        assert owner.losses[0].code is ErrorCode.UNSUPPORTED


async def test_an_unknown_frame_is_passed_over_where_later_versions_are_allowed_for() -> None:
    async with connected(tolerant=True) as (channel, owner, far):
        far.writer.write(UNKNOWN + frame(encode(envelope(1))))
        await owner.until(lambda: owner.received == [envelope(1)])
        assert [error.request for error in owner.unknown] == [7]
        assert channel.is_open


async def test_a_malformed_frame_ends_the_connection_also_where_later_versions_are_allowed_for() -> None:
    async with connected(tolerant=True) as (_, owner, far):
        far.writer.write(frame(msgspec.msgpack.encode(["direct_envelope", 7])))
        await owner.until(lambda: bool(owner.losses))
        assert owner.losses[0].code is ErrorCode.MALFORMED
        assert owner.unknown == []


async def test_the_owner_hears_of_the_loss_once_and_with_the_first_reason() -> None:
    async with connected() as (channel, owner, far):
        channel.close(LinkError(ErrorCode.BUSY, "First."), Bye("busy"))
        channel.close(LinkError(ErrorCode.UNAVAILABLE, "Second."))
        assert await far.read(direct_frames) == Bye("busy")
        far.writer.close()
        await owner.until(lambda: bool(owner.losses))
    assert [loss.text for loss in owner.losses] == ["First."]


async def test_an_end_that_closes_is_lost_as_unavailable() -> None:
    async with connected() as (channel, owner, far):
        far.writer.close()
        await owner.until(lambda: bool(owner.losses))
        assert owner.losses[0].code is ErrorCode.UNAVAILABLE
        channel.send(envelope(1))
        assert not channel.is_open


async def test_a_reader_that_reads_nothing_does_not_keep_a_closed_connection_alive() -> None:
    async with connected() as (channel, owner, _):
        for number in range(400):
            channel.send(DirectEnvelope(bytes(60_000) + b"%d" % number))
        channel.close(CLOSED)
        await owner.until(lambda: bool(owner.losses))
        assert owner.losses == [CLOSED]


class CountingTransport(asyncio.Transport):
    """A real transport whose writes are counted on their way."""

    def __init__(self, inner: asyncio.Transport) -> None:
        super().__init__()
        self.inner = inner
        self.writes: list[bytes] = []

    def write(self, data: "bytes | bytearray | memoryview") -> None:
        self.writes.append(bytes(data))
        self.inner.write(data)

    def is_closing(self) -> bool:
        return self.inner.is_closing()

    def close(self) -> None:
        self.inner.close()

    def abort(self) -> None:
        self.inner.abort()


class CountedChannel(FrameChannel[DirectFrame]):
    counting: CountingTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.counting = CountingTransport(cast("asyncio.Transport", transport))
        super().connection_made(self.counting)


async def test_what_one_turn_of_the_loop_sends_leaves_in_one_write_and_in_order() -> None:
    owner: Owner[DirectFrame] = Owner()
    ours, far = await far_end()
    channel = CountedChannel(direct_frames, Limits(), owner.take, owner.lose)
    await asyncio.get_running_loop().create_connection(lambda: channel, sock=ours)
    messages: Sequence[DirectFrame] = [envelope(number) for number in range(5)]
    for message in messages:
        channel.send(message)
    assert [await far.read(direct_frames) for _ in messages] == messages
    assert len(channel.counting.writes) == 1
    channel.close(CLOSED)
    far.writer.close()
    await owner.until(lambda: bool(owner.losses))


async def test_pings_of_an_end_that_reads_nothing_do_not_fill_the_memory() -> None:
    pings = 100_000
    async with connected() as (channel, owner, far):
        far.writer.write(frame(encode(Ping())) * pings)
        far.write(envelope(1))
        await owner.until(lambda: bool(owner.received))
        assert channel.transport.get_write_buffer_size() < 256 * 1024
        channel.send(envelope(2))
        pongs = 0
        while (message := await far.read(direct_frames)) != envelope(2):
            assert message == Pong()
            pongs += 1
        assert 0 < pongs < pings
        assert await far.read(direct_frames) == Pong()


async def test_waiting_until_all_is_read_ends_when_the_other_end_has_read() -> None:
    async with connected() as (channel, _, far):
        for _ in range(100):
            channel.send(DirectEnvelope(bytes(60_000)))
        waiting = asyncio.ensure_future(channel.drained())
        for _ in range(100):
            assert not waiting.done() or channel.transport.get_write_buffer_size() < 64 * 1024
            await far.read_body()
        async with asyncio.timeout(DEADLINE_S):
            await waiting


async def test_waiting_until_all_is_read_ends_when_the_connection_does() -> None:
    async with connected() as (channel, owner, _):
        for _ in range(100):
            channel.send(DirectEnvelope(bytes(60_000)))
        waiting = asyncio.ensure_future(channel.drained())
        channel.close(CLOSED)
        async with asyncio.timeout(DEADLINE_S):
            await waiting
        await owner.until(lambda: bool(owner.losses))
