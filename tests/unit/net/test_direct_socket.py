import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import pytest

from babilu.kernel.errors import ErrorCode, LinkError, UsageError
from babilu.kernel.limits import Limits
from babilu.net.direct_socket import DirectServer, DirectSocket, dial
from babilu.net.tls import client_context, ephemeral_server_context
from babilu.wire.direct_frames import DirectEnvelope, Greet
from tests.unit.net.wires import DEADLINE_S, FarEnd, scripted_server

DEFAULTS = Limits()
CLOSED = LinkError(ErrorCode.CLOSED, "Closed here.")


@asynccontextmanager
async def listening(
    limits: Limits = DEFAULTS, host: str = "127.0.0.1"
) -> AsyncIterator[tuple[DirectServer, "asyncio.Queue[DirectSocket]"]]:
    made: asyncio.Queue[DirectSocket] = asyncio.Queue()
    server = await DirectServer.open(host, 0, limits, made.put_nowait)
    try:
        yield server, made
    finally:
        await server.close()


async def end(*sockets: DirectSocket) -> None:
    for each in sockets:
        each.channel.close(CLOSED)
    async with asyncio.timeout(DEADLINE_S):
        for each in sockets:
            await each.closed


async def accepted(made: "asyncio.Queue[DirectSocket]") -> DirectSocket:
    async with asyncio.timeout(DEADLINE_S):
        return await made.get()


async def raw_client(address: tuple[str, int]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(*address)


async def test_both_ends_know_the_same_certificate_and_each_the_others_address() -> None:
    async with listening() as (server, made):
        caller = await dial(*server.address, DEFAULTS)
        called = await accepted(made)
        assert caller.certificate == called.certificate != b""
        assert caller.address == server.address
        assert called.address == caller.channel.transport.get_extra_info("sockname")
        await end(caller, called)


async def test_two_servers_have_different_certificates() -> None:
    async with listening() as (one, made_by_one), listening() as (other, made_by_other):
        calls = [await dial(*one.address, DEFAULTS), await dial(*other.address, DEFAULTS)]
        assert calls[0].certificate != calls[1].certificate
        await end(*calls, await accepted(made_by_one), await accepted(made_by_other))


async def test_ipv6_loopback_works_like_ipv4() -> None:
    async with listening(host="::1") as (server, made):
        assert server.address[0] == "::1"
        caller = await dial(*server.address, DEFAULTS)
        called = await accepted(made)
        called.channel.send(Greet(bytes(32)))
        assert (await caller.receive())[0] == Greet(bytes(32))
        await end(caller, called)


async def test_a_name_is_listened_at_on_one_port_for_all_its_addresses() -> None:
    async with listening(host="localhost") as (server, made):
        caller = await dial("localhost", server.address[1], DEFAULTS)
        await end(caller, await accepted(made))


async def test_a_taken_port_is_refused_in_one_sentence() -> None:
    async with listening() as (server, _):
        with pytest.raises(UsageError, match=rf"Cannot listen at 127\.0\.0\.1:{server.address[1]}: it is taken"):
            await DirectServer.open(*server.address, DEFAULTS, lambda _: None)


@pytest.mark.parametrize(
    ("host", "why"), [("203.0.113.1", "does not have that address"), ("no such host", "is not an address")]
)
async def test_an_address_that_is_not_ours_is_refused(host: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        await DirectServer.open(host, 0, DEFAULTS, lambda _: None)


async def test_a_closed_server_frees_its_port_and_leaves_connections_that_stand() -> None:
    async with listening() as (server, made):
        caller = await dial(*server.address, DEFAULTS)
        called = await accepted(made)
    with pytest.raises(LinkError, match="unavailable"):
        await dial(*server.address, DEFAULTS)
    caller.channel.send(DirectEnvelope(b"still here"))
    assert (await called.receive())[0] == DirectEnvelope(b"still here")
    again = await DirectServer.open(*server.address, DEFAULTS, lambda _: None)
    await again.close()
    await end(caller, called)


async def test_frames_wait_until_somebody_asks_and_then_come_in_order() -> None:
    async with listening() as (server, made):
        caller = await dial(*server.address, DEFAULTS)
        called = await accepted(made)
        for number in range(10):
            caller.channel.send(DirectEnvelope(b"%d" % number))
        assert [(await called.receive())[0] for _ in range(10)] == [DirectEnvelope(b"%d" % n) for n in range(10)]
        await end(caller, called)


async def test_an_end_that_takes_nothing_makes_the_other_wait_and_loses_nothing() -> None:
    count = 2_000
    async with listening() as (server, made):
        caller = await dial(*server.address, DEFAULTS)
        called = await accepted(made)
        sent = 0
        while sent < count:
            caller.channel.send(DirectEnvelope(b"%6d" % sent + bytes(20_000)))
            sent += 1
            if sent % 100 == 0:
                await asyncio.sleep(0)
        drained = asyncio.ensure_future(caller.channel.drained())
        await called.receive()
        assert caller.channel.transport.get_write_buffer_size() > 0
        received = [(await called.receive())[0] for _ in range(count - 1)]
        assert [int(message.envelope[:6]) for message in received if isinstance(message, DirectEnvelope)] == list(
            range(1, count)
        )
        async with asyncio.timeout(DEADLINE_S):
            await drained
        await end(caller, called)


async def test_what_came_before_the_end_is_still_received_and_then_every_call_tells_of_the_end() -> None:
    async with listening() as (server, made):
        caller = await dial(*server.address, DEFAULTS)
        called = await accepted(made)
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
    async with listening() as (server, _):
        pass
    with pytest.raises(LinkError, match="Nobody answers"):
        await dial(*server.address, DEFAULTS)


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
    async with listening() as (listener, made):
        with pytest.raises((ssl.SSLError, OSError)):
            await asyncio.open_connection(*listener.address, ssl=old_client, server_hostname="")
        assert made.empty()


async def test_the_server_gives_no_session_tickets() -> None:
    async with listening() as (server, made):

        def handshake() -> ssl.SSLSession | None:
            plain = socket.create_connection(server.address, timeout=DEADLINE_S)
            with plain, client_context().wrap_socket(plain) as secured:
                # Tickets come before the first bytes that are read.
                assert secured.recv(1) != b""
                return secured.session

        shaking = asyncio.get_running_loop().run_in_executor(None, handshake)
        called = await accepted(made)
        called.channel.send(Greet(bytes(32)))
        session = await shaking
        assert session is None or not session.has_ticket
        await end(called)


async def test_connections_that_never_finish_their_handshake_make_room_for_those_that_do() -> None:
    async with listening(Limits(half_open=3)) as (server, made):
        silent = [await raw_client(server.address) for _ in range(10)]
        caller = await dial(*server.address, DEFAULTS)
        called = await accepted(made)
        async with asyncio.timeout(DEADLINE_S):
            for reader, _ in silent[:7]:
                assert await reader.read() == b""
        assert not silent[-1][0].at_eof()
        for _, writer in silent:
            writer.close()
        await end(caller, called)


async def test_a_handshake_that_takes_too_long_is_cut() -> None:
    async with listening(Limits(tls_ms=100)) as (server, _):
        reader, writer = await raw_client(server.address)
        async with asyncio.timeout(DEADLINE_S):
            assert await reader.read() == b""
        writer.close()


async def test_noise_in_place_of_tls_is_cut_and_others_go_on() -> None:
    async with listening() as (server, made):
        reader, writer = await raw_client(server.address)
        writer.write(b"GET / HTTP/1.1\r\n\r\n" * 10)
        async with asyncio.timeout(DEADLINE_S):
            await reader.read()
        writer.close()
        caller = await dial(*server.address, DEFAULTS)
        await end(caller, await accepted(made))
