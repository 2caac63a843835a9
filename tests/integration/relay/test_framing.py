"""What is no frame, no TLS or too slow ends with a typed error or a close, and bystanders go on chatting."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest

from babilu.kernel.limits import FRAME_BYTES, Limits
from babilu.wire.client_frames import (
    Ack,
    BlobCreate,
    BlobDelete,
    BlobPut,
    FetchBundle,
    FetchDeviceList,
    Hello,
    Login,
    LoginDevice,
    PublishPrekeys,
    Resume,
    StatusFrame,
    Submit,
    Watch,
)
from babilu.wire.codec import encode
from babilu.wire.frame_base import Bye, Ping, Pong
from babilu.wire.framing import frame
from babilu.wire.relay_frames import Error, Ok, StatusIs, Welcome
from tests.integration.relay.conftest import House
from tests.relay_client import PATIENCE_S, Person, RawClient

ALICE = Person("alice")


async def still_works(house: House) -> None:
    welcome = await (await house.connect()).hello()
    assert isinstance(welcome, Welcome)


@contextlib.asynccontextmanager
async def bare_socket(house: House) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A TCP connection without TLS."""
    reader, writer = await asyncio.open_connection(*house.relay.address)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def ends(reader: asyncio.StreamReader) -> bytes:
    """Read until the relay closes; a reset is a close too."""
    async with asyncio.timeout(PATIENCE_S):
        try:
            return await reader.read()
        except OSError:
            return b""


class TestLengths:
    @pytest.mark.parametrize("length", [FRAME_BYTES + 1, 2**31, 2**32 - 1])
    async def test_above_the_limit_are_refused_before_a_body_comes(self, house: House, length: int) -> None:
        await house.start()
        client = await house.connect()
        client.write(length.to_bytes(4, "big"))
        (error,) = await client.closed()
        assert isinstance(error, Error)
        assert error.code == "too_large"
        await still_works(house)

    async def test_of_zero_are_malformed(self, house: House) -> None:
        await house.start()
        client = await house.connect()
        client.write(bytes(4))
        (error,) = await client.closed()
        assert isinstance(error, Error)
        assert error.code == "malformed"

    @pytest.mark.parametrize("missing", [0, 1])
    async def test_at_the_limit_are_read_whole(self, house: House, missing: int) -> None:
        await house.start()
        client = await house.pending_peer()
        body = msgspec.msgpack.encode(["later_frame", 9, b""])
        body = msgspec.msgpack.encode(["later_frame", 9, bytes(FRAME_BYTES - missing - len(body) - 3)])
        assert FRAME_BYTES - len(body) in {missing, missing + 1}
        client.write(frame(body))
        error = await client.expect(Error)
        assert (error.code, error.request) == ("unsupported", 9)
        await client.hello()


class TestCutFrames:
    async def test_are_put_together_wherever_they_were_cut(self, house: House) -> None:
        await house.start()
        client = await house.connect()
        octets = frame(encode(Hello(1, (1,), "cut"))) + frame(encode(Ping()))
        for cut in range(1, len(octets)):
            client.write(octets[:cut])
            await client.writer.drain()
            # A ping over another connection has passed the relay: what was cut off has arrived by itself.
            if cut % 8 == 0:
                await still_works(house)
            client.write(octets[cut:])
            assert isinstance(await client.receive(), Welcome)
            assert isinstance(await client.receive(), Pong)

    async def test_byte_for_byte_are_a_frame_too(self, house: House) -> None:
        await house.start()
        client = await house.connect()
        for octet in frame(encode(Hello(1, (1,), "dribble"))):
            client.write(bytes([octet]))
            await client.writer.drain()
        assert isinstance(await client.receive(), Welcome)

    @pytest.mark.parametrize(
        "whole",
        [Hello(1, (1,), "x"), Submit(1, "bob", 1, bytes(16), 1, b"x"), Ack(1), Ping()],
        ids=lambda f: type(f).__name__,
    )
    async def test_that_end_with_the_connection_harm_nobody(self, house: House, whole: msgspec.Struct) -> None:
        await house.start()
        octets = frame(encode(whole))
        for cut in range(1, len(octets), 3):
            async with RawClient.connect(house.relay.address) as client:
                client.write(octets[:cut])
                client.writer.write_eof() if client.writer.can_write_eof() else client.writer.close()
        await still_works(house)

    async def test_many_in_one_piece_are_handled_in_order(self, house: House) -> None:
        await house.start()
        client = await house.pending_peer()
        client.send(*(each for number in range(500) for each in (Hello(number, (1,), "x"), Ping())))
        for number in range(500):
            assert (await client.expect(Welcome)).request == number
            await client.expect(Pong)


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"\xc1",
            b"\x93",
            b"GET / HTTP/1.1\r\n\r\n",
            b"\x91" * 10_000 + b"\xc0",
            msgspec.msgpack.encode({"hello": 1}),
            msgspec.msgpack.encode([]),
            msgspec.msgpack.encode([1, 2, 3]),
            msgspec.msgpack.encode(["hello", float("nan"), [1], "x"]),
            msgspec.msgpack.encode(["hello", 2**63, [1], "x"]),
            msgspec.msgpack.encode(["hello", -1, [1], "x"]),
            msgspec.msgpack.encode(["hello", 1, [], "x"]),
            msgspec.msgpack.encode(["hello", 1, [1], "x" * 65]),
            b"\x94\xa5hello\x01\x91\x01\xa2\xff\xfe",
            msgspec.msgpack.encode(["hello", 1]),
            msgspec.msgpack.encode(["hello", 1, [1], None]),
        ],
    )
    async def test_that_are_no_frame_are_refused_and_end_the_connection(self, house: House, body: bytes) -> None:
        await house.start()
        client = await house.pending_peer()
        client.write(frame(body))
        (error,) = await client.closed()
        assert isinstance(error, Error)
        assert error.code == "malformed"
        await still_works(house)

    async def test_of_an_unknown_tag_are_unsupported_under_their_number(self, house: House) -> None:
        await house.start()
        client = await house.connect()
        for body, number in ((["later", 7, "x"], 7), (["later"], None), (["later", "x"], None)):
            client.write(frame(msgspec.msgpack.encode(body)))
            error = await client.expect(Error)
            assert (error.code, error.request) == ("unsupported", number)
        await client.hello()

    async def test_with_fields_of_a_later_version_are_understood(self, house: House) -> None:
        await house.start()
        client = await house.connect()
        client.write(frame(msgspec.msgpack.encode(["hello", 3, [1], "x", "later", {"a": 1}])))
        assert (await client.expect(Welcome)).request == 3


BEFORE_LOGIN = [
    Submit(1, "bob", 1, bytes(16), 1, b"x"),
    Resume(1, 0, None, 0),
    Ack(1),
    Watch(1, ()),
    StatusFrame(1),
    FetchDeviceList(1, "bob"),
    FetchBundle(1, "bob", bytes(16)),
    PublishPrekeys(1, ALICE.device.prekeys(ec=0, kem=0)),
    BlobCreate(1, bytes(16), 32),
    BlobPut(1, bytes(16), 0, b"x"),
    BlobDelete(1, bytes(16)),
]


class TestStates:
    @pytest.mark.parametrize("early", BEFORE_LOGIN, ids=lambda early: type(early).__name__)
    async def test_nothing_but_logging_in_is_allowed_to_strangers(self, house: House, early: msgspec.Struct) -> None:
        await house.start()
        client = await house.pending_peer()
        client.send(early)
        error = await client.expect(Error)
        assert (error.code, error.request) == ("not_allowed", None if isinstance(early, Ack) else 1)
        await client.hello()

    @pytest.mark.parametrize("early", [BEFORE_LOGIN[0], BEFORE_LOGIN[2]], ids=["Submit", "Ack"])
    async def test_mail_flows_only_after_resume(self, house: House, early: msgspec.Struct) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        client, _ = await house.enter(alice)
        client.send(early)
        assert (await client.expect(Error)).code == "not_allowed"

    async def test_a_flow_is_resumed_once(self, house: House) -> None:
        await house.start()
        _, client = await house.register("alice")
        client.send(Resume(70, 0, None, 0))
        assert (await client.expect(Error)).code == "not_allowed"

    @pytest.mark.parametrize(
        "late", [Login(1, b"", bytes(64)), LoginDevice(1, b"", bytes(64))], ids=["Login", "LoginDevice"]
    )
    async def test_who_is_in_does_not_log_in_again(self, house: House, late: msgspec.Struct) -> None:
        await house.start()
        _, client = await house.register("alice")
        client.send(late)
        assert (await client.expect(Error)).code == "not_allowed"

    @pytest.mark.parametrize("blob", BEFORE_LOGIN[-3:], ids=lambda blob: type(blob).__name__)
    async def test_files_have_a_connection_of_their_own(self, house: House, blob: msgspec.Struct) -> None:
        await house.start()
        _, client = await house.register("alice")
        client.send(blob)
        error = await client.expect(Error)
        assert (error.code, error.request) == ("not_allowed", 1)

    async def test_requests_are_answered_in_the_order_in_which_they_came(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        client.send(
            FetchDeviceList(10, "alice"),
            StatusFrame(11),
            Watch(12, ()),
            FetchDeviceList(13, "nobody"),
            Ping(),
            PublishPrekeys(14, alice.device.prekeys()),
            StatusFrame(15),
        )
        said = [await client.receive() for _ in range(7)]
        assert [getattr(each, "request", None) for each in said] == [10, 11, 12, 13, None, 14, 15]
        assert isinstance(said[5], Ok)

    async def test_a_farewell_is_answered_by_a_close(self, house: House) -> None:
        await house.start()
        _, client = await house.register("alice")
        client.send(Bye("done"))
        assert await client.closed() == []


class TestNoise:
    @pytest.mark.parametrize(
        "noise", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", bytes(range(256)) * 40, b"\x16\x03\x01\xff\xff" + bytes(70_000)]
    )
    async def test_instead_of_tls_is_closed(self, house: House, noise: bytes) -> None:
        await house.start()
        async with bare_socket(house) as (reader, writer):
            writer.write(noise)
            await ends(reader)
        await still_works(house)

    async def test_an_older_tls_is_refused(self, house: House) -> None:
        await house.start()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection(*house.relay.address, ssl=context)
        await still_works(house)


SHORT = Limits(login_ms=300, frame_ms=300)
TALKATIVE = Limits(ping_ms=100, silence_ms=2_000)


class TestDeadlines:
    async def test_who_does_not_finish_tls_is_closed(self, house: House) -> None:
        await house.start(Limits(tls_ms=100))
        async with bare_socket(house) as (reader, _):
            assert await ends(reader) == b""

    async def test_who_does_not_log_in_is_told_and_closed(self, house: House) -> None:
        await house.start(SHORT)
        client = await house.connect()
        (error,) = await client.closed()
        assert isinstance(error, Error)
        assert error.code == "not_allowed"

    async def test_pings_do_not_put_the_login_off(self, house: House) -> None:
        await house.start(SHORT)
        client = await house.connect()
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE_S):
                while not client.reader.at_eof():
                    client.send(Ping())
                    await client.reader.read(1000)
            assert client.reader.at_eof()

    async def test_a_frame_that_dribbles_is_closed_although_something_always_comes(self, house: House) -> None:
        await house.start(replace(SHORT, login_ms=10_000))
        _, client = await house.register("alice")
        client.write((50_000).to_bytes(4, "big"))
        ended = asyncio.create_task(client.closed())
        while not ended.done():
            client.write(b"\x91")
            await asyncio.wait([ended], timeout=0.01)
        (error,) = await ended
        assert isinstance(error, Error)
        assert error.code == "not_allowed"

    async def test_a_silent_client_is_pinged_and_then_gone(self, house: House) -> None:
        await house.start(TALKATIVE)
        _, client = await house.register("alice")
        said = []
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    length = int.from_bytes(await client.reader.readexactly(4), "big")
                    said.append(await client.reader.readexactly(length))
        assert said == [encode(Ping())]

    async def test_a_client_that_answers_pings_stays(self, house: House) -> None:
        await house.start(TALKATIVE)
        _, client = await house.register("alice")
        pings = 0
        async with asyncio.timeout(PATIENCE_S):
            while pings < 5:
                length = int.from_bytes(await client.reader.readexactly(4), "big")
                assert await client.reader.readexactly(length) == encode(Ping())
                client.send(Pong())
                pings += 1
        client.send(StatusFrame(80))
        assert (await client.answer(80, StatusIs)).online == 1


class TestCrowds:
    async def test_of_one_address_the_oldest_silent_stranger_makes_room(self, house: House) -> None:
        await house.start(Limits(limit_loopback=True, connections_per_address=3))
        speaks = await house.pending_peer()
        silent, younger = await house.connect(), await house.connect()
        newcomer = await house.pending_peer()
        assert await silent.closed() == []
        for stays in (speaks, younger, newcomer):
            await stays.hello()

    async def test_where_all_have_said_hello_the_oldest_of_them_makes_room(self, house: House) -> None:
        await house.start(Limits(limit_loopback=True, connections_per_address=2))
        oldest, younger = await house.pending_peer(), await house.pending_peer()
        newcomer = await house.pending_peer()
        assert await oldest.closed() == []
        await younger.hello()
        await newcomer.hello()

    async def test_who_logged_in_is_no_stranger_any_more(self, house: House) -> None:
        await house.start(Limits(limit_loopback=True, connections_per_address=1))
        await house.register("alice")
        await house.register("bob")
        await still_works(house)

    async def test_of_all_strangers_the_oldest_that_says_nothing_makes_room(self, house: House) -> None:
        await house.start(Limits(connections=2, tls_ms=60_000))
        async with bare_socket(house) as (reader, _), bare_socket(house):
            await house.pending_peer()
            assert await ends(reader) == b""

    async def test_a_user_comes_in_while_silent_sockets_are_renewed_without_end(self, house: House) -> None:
        await house.start(Limits(connections=20))
        alice, _ = await house.register("alice")
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(40):
                await stack.enter_async_context(bare_socket(house))
            client = await house.pending_peer()
            for _ in range(40):
                await stack.enter_async_context(bare_socket(house))
            # Who comes after them is accepted after them.
            await house.pending_peer()
            await client.login_device(alice)
            await client.resume()

    async def test_bystanders_chat_while_hundreds_of_sockets_say_nothing(self, house: House) -> None:
        await house.start()
        _, alice = await house.register("alice")
        bob, b = await house.register("bob")
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(300):
                await stack.enter_async_context(bare_socket(house))
            await alice.submit(bob, b"hello")
            assert [each.envelope for each in await b.deliveries(1)] == [b"hello"]
