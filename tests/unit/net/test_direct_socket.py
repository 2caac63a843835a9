import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, closing

import pytest

from babilu.kernel.errors import ErrorCode, LinkError, UsageError
from babilu.kernel.limits import Limits
from babilu.net.channel import FrameChannel
from babilu.net.direct_socket import DirectServer, DirectSocket, dial
from babilu.net.tls import client_context, ephemeral_server_context
from babilu.wire.direct_frames import DirectEnvelope, Greet
from tests.unit.net.wires import DEADLINE_S, FarEnd, scripted_server

DEFAULTS = Limits()
CLOSED = LinkError(ErrorCode.CLOSED, "Closed here.")


class House:
    """A server socket, and every direct socket at either end: all of them end with the test, however it ends."""

    def __init__(self) -> None:
        self.server: DirectServer
        self.made: asyncio.Queue[DirectSocket] = asyncio.Queue()
        self.sockets: list[DirectSocket] = []

    def take(self, made: DirectSocket) -> None:
        self.sockets.append(made)
        self.made.put_nowait(made)

    async def call(self) -> tuple[DirectSocket, DirectSocket]:
        """Connect; give the caller's end and the called one."""
        caller = await dial(*self.server.address, DEFAULTS)
        self.sockets.append(caller)
        async with asyncio.timeout(DEADLINE_S):
            return caller, await self.made.get()


async def end(*sockets: DirectSocket) -> None:
    for each in sockets:
        each.channel.close(CLOSED)
    async with asyncio.timeout(DEADLINE_S):
        for each in sockets:
            await each.closed


@asynccontextmanager
async def listening(limits: Limits = DEFAULTS, host: str = "127.0.0.1") -> AsyncIterator[House]:
    house = House()
    house.server = await DirectServer.open(host, 0, limits, house.take)
    try:
        yield house
    finally:
        await house.server.close()
        await end(*house.sockets)


async def raw_client(address: tuple[str, int]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(*address)


async def test_both_ends_know_the_same_certificate_and_each_the_others_address() -> None:
    async with listening() as house:
        caller, called = await house.call()
        assert caller.certificate == called.certificate != b""
        assert caller.address == house.server.address
        assert called.address == caller.channel.transport.get_extra_info("sockname")


async def test_a_call_that_is_given_up_when_tls_stands_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    made = FrameChannel.connection_made
    gone: list[FrameChannel[object]] = []

    def give_up(self: FrameChannel[object], transport: asyncio.BaseTransport) -> None:
        made(self, transport)
        if not gone:  # the caller's end, which TLS 1.3 lets stand first
            gone.append(self)
            calling.cancel()

    async with listening() as house:
        monkeypatch.setattr(FrameChannel, "connection_made", give_up)
        calling = asyncio.get_running_loop().create_task(dial(*house.server.address, DEFAULTS))
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert [channel._ended.done() for channel in gone] == [True]


class Accepting:
    """What a server socket has accepted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.accepted: list[socket.socket] = []
        self.news = asyncio.Event()
        shake_hands = DirectServer._shake_hands

        def note(server: DirectServer, accepted: socket.socket) -> Coroutine[None, None, None]:
            self.accepted.append(accepted)
            self.news.set()
            return shake_hands(server, accepted)

        monkeypatch.setattr(DirectServer, "_shake_hands", note)

    async def one(self) -> socket.socket:
        async with asyncio.timeout(DEADLINE_S):
            await self.news.wait()
        self.news.clear()
        return self.accepted[-1]

    @property
    def all_closed(self) -> bool:
        return all(each.fileno() == -1 for each in self.accepted)


@pytest.mark.parametrize("turns", range(4))
async def test_a_closed_server_leaves_no_handshake_open_however_far_it_is(
    turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepting = Accepting(monkeypatch)
    async with listening() as house:
        with closing(socket.create_connection(house.server.address)):
            await accepting.one()
            for _ in range(turns):
                await asyncio.sleep(0)
            await house.server.close()
            assert accepting.all_closed


async def test_a_handshake_that_makes_room_is_still_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    shake_hands = DirectServer._shake_hands
    began = [asyncio.Event(), asyncio.Event()]
    released, second_ended, ended = asyncio.Event(), asyncio.Event(), list[int]()

    async def linger(server: DirectServer, accepted: socket.socket) -> None:
        number = sum(each.is_set() for each in began)
        began[number].set()
        await shake_hands(server, accepted)
        if number == 0:  # the first one takes long to end
            await released.wait()
        else:
            second_ended.set()
        ended.append(number)

    monkeypatch.setattr(DirectServer, "_shake_hands", linger)
    async with listening(Limits(half_open=1)) as house, asyncio.timeout(DEADLINE_S):
        one, other = (socket.create_connection(house.server.address) for _ in range(2))
        with one, other:
            for each in began:
                await each.wait()
            closed = asyncio.ensure_future(house.server.close())
            await second_ended.wait()
            for _ in range(3):
                await asyncio.sleep(0)
            assert not closed.done()
            released.set()
            await closed
            assert ended == [1, 0]


async def test_two_servers_have_different_certificates() -> None:
    async with listening() as one, listening() as other:
        assert (await one.call())[0].certificate != (await other.call())[0].certificate


async def test_ipv6_loopback_works_like_ipv4() -> None:
    async with listening(host="::1") as house:
        assert house.server.address[0] == "::1"
        caller, called = await house.call()
        called.channel.send(Greet(bytes(32)))
        assert (await caller.receive())[0] == Greet(bytes(32))


async def test_a_name_is_listened_at_on_one_port_for_all_its_addresses() -> None:
    async with listening(host="localhost") as house:
        caller = await dial("localhost", house.server.address[1], DEFAULTS)
        await end(caller)


async def test_a_taken_port_is_refused_in_one_sentence() -> None:
    async with listening() as house:
        port = house.server.address[1]
        with pytest.raises(UsageError, match=rf"Cannot listen at 127\.0\.0\.1:{port}: it is taken"):
            await DirectServer.open("127.0.0.1", port, DEFAULTS, house.take)


@pytest.mark.parametrize(
    ("host", "why"), [("203.0.113.1", "does not have that address"), ("no such host", "is not an address")]
)
async def test_an_address_that_is_not_ours_is_refused(host: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        await DirectServer.open(host, 0, DEFAULTS, House().take)


async def test_a_closed_server_frees_its_port_and_leaves_connections_that_stand() -> None:
    async with listening() as house:
        caller, called = await house.call()
        await house.server.close()
        with pytest.raises(LinkError, match="unavailable"):
            await dial(*house.server.address, DEFAULTS)
        caller.channel.send(DirectEnvelope(b"still here"))
        assert (await called.receive())[0] == DirectEnvelope(b"still here")
        house.server = await DirectServer.open(*house.server.address, DEFAULTS, house.take)
        await house.call()


async def test_frames_wait_until_somebody_asks_and_then_come_in_order() -> None:
    async with listening() as house:
        caller, called = await house.call()
        for number in range(10):
            caller.channel.send(DirectEnvelope(b"%d" % number))
        assert [(await called.receive())[0] for _ in range(10)] == [DirectEnvelope(b"%d" % n) for n in range(10)]


async def send(caller: DirectSocket, count: int, padding: int) -> None:
    """Send numbered envelopes, a few in each turn of the loop: one write alone is taken by TLS whatever its size."""
    for number in range(count):
        caller.channel.send(DirectEnvelope(b"%6d" % number + bytes(padding)))
        if number % 10 == 0:
            await asyncio.sleep(0)


async def take(called: DirectSocket, count: int) -> list[int]:
    async with asyncio.timeout(DEADLINE_S):
        messages = [(await called.receive())[0] for _ in range(count)]
    return [int(message.envelope[:6]) for message in messages if isinstance(message, DirectEnvelope)]


async def test_an_end_that_takes_nothing_makes_the_other_wait_and_loses_nothing() -> None:
    count = 2_000
    async with listening() as house:
        caller, called = await house.call()
        called.let_in()
        await send(caller, count, 20_000)
        drained = asyncio.ensure_future(caller.channel.drained())
        first = await take(called, 1)
        assert not drained.done()
        assert first + await take(called, count - 1) == list(range(count))
        async with asyncio.timeout(DEADLINE_S):
            await drained


async def test_a_stranger_fills_little_memory_and_is_given_more_room_when_let_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with listening() as house:
        caller, called = await house.call()
        paused = asyncio.Event()
        pause = called.channel.pause_reading

        def pause_and_tell() -> None:
            pause()
            paused.set()

        monkeypatch.setattr(called.channel, "pause_reading", pause_and_tell)
        await send(caller, 400, 60_000)
        drained = asyncio.ensure_future(caller.channel.drained())
        async with asyncio.timeout(DEADLINE_S):
            await paused.wait()
        assert not drained.done()
        assert called._taken < 1024 * 1024
        paused.clear()
        called.let_in()
        async with asyncio.timeout(DEADLINE_S):
            await paused.wait()
        assert called._taken > 4 * 1024 * 1024
        assert await take(called, 400) == list(range(400))
        await drained


async def test_two_peers_that_send_all_they_may_before_they_read_do_not_block_each_other() -> None:
    envelope = DirectEnvelope(bytes(96_000))
    async with listening() as house:
        ends = await house.call()
        for each in ends:
            each.let_in()
            for _ in range(64):
                each.channel.send(envelope)
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.gather(*[each.channel.drained() for each in ends])
        for each in ends:
            assert [(await each.receive())[0] == envelope for _ in range(64)] == [True] * 64


async def test_what_came_before_the_end_is_still_received_and_then_every_call_tells_of_the_end() -> None:
    async with listening() as house:
        caller, called = await house.call()
        caller.channel.send(DirectEnvelope(b"last"))
        await end(caller)
        async with asyncio.timeout(DEADLINE_S):
            await called.closed
        assert called.has_more
        assert (await called.receive())[0] == DirectEnvelope(b"last")
        for _ in range(2):
            with pytest.raises(LinkError, match="unavailable"):
                await called.receive()


async def test_where_nobody_listens_a_call_is_unavailable() -> None:
    async with listening() as house:
        pass
    with pytest.raises(LinkError, match="Nobody answers"):
        await dial(*house.server.address, DEFAULTS)


@pytest.mark.parametrize("host", ["a\0b", "\udc80", "x" * 300])
async def test_a_call_to_what_is_no_address_is_unavailable(host: str) -> None:
    with pytest.raises(LinkError, match="Nobody answers"):
        await dial(host, 5051, DEFAULTS)


async def test_a_socket_that_accepts_and_says_nothing_is_given_up() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent, pytest.raises(LinkError, match="Nobody answers"):
        await dial("127.0.0.1", silent.getsockname()[1], Limits(tls_ms=100))


async def test_an_older_tls_is_refused_on_both_sides() -> None:
    old, _ = ephemeral_server_context()
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_2

    async def wait_for_the_end(far: FarEnd) -> None:
        await far.read_to_end()

    async with scripted_server(wait_for_the_end, old) as server:
        with pytest.raises(LinkError, match="Nobody answers"):
            await dial("127.0.0.1", server.port, DEFAULTS)
    old_client = client_context()
    old_client.minimum_version = old_client.maximum_version = ssl.TLSVersion.TLSv1_2
    async with listening() as house:
        with pytest.raises((ssl.SSLError, OSError)):
            await asyncio.open_connection(*house.server.address, ssl=old_client, server_hostname="")
        assert house.sockets == []


async def test_the_server_gives_no_session_tickets() -> None:
    async with listening() as house:

        def handshake() -> ssl.SSLSession | None:
            plain = socket.create_connection(house.server.address, timeout=DEADLINE_S)
            with plain, client_context().wrap_socket(plain) as secured:
                # Tickets come before the first bytes that are read.
                assert secured.recv(1) != b""
                return secured.session

        shaking = asyncio.get_running_loop().run_in_executor(None, handshake)
        async with asyncio.timeout(DEADLINE_S):
            called = await house.made.get()
            called.channel.send(Greet(bytes(32)))
            session = await shaking
        assert session is None or not session.has_ticket


async def test_connections_that_never_finish_their_handshake_make_room_for_those_that_do() -> None:
    async with listening(Limits(half_open=3)) as house:
        silent = [await raw_client(house.server.address) for _ in range(10)]
        try:
            await house.call()
            async with asyncio.timeout(DEADLINE_S):
                for reader, _ in silent[:7]:
                    assert await reader.read() == b""
            assert not silent[-1][0].at_eof()
        finally:
            for _, writer in silent:
                writer.close()


async def test_a_handshake_that_takes_too_long_is_cut() -> None:
    async with listening(Limits(tls_ms=100)) as house:
        reader, writer = await raw_client(house.server.address)
        async with asyncio.timeout(DEADLINE_S):
            assert await reader.read() == b""
        writer.close()


async def test_noise_in_place_of_tls_is_cut_and_others_go_on() -> None:
    async with listening() as house:
        reader, writer = await raw_client(house.server.address)
        writer.write(b"GET / HTTP/1.1\r\n\r\n" * 10)
        async with asyncio.timeout(DEADLINE_S):
            await reader.read()
        writer.close()
        await house.call()
