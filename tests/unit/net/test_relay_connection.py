import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

from babilu.crypto.keys import SigningKey
from babilu.crypto.secret import Secret
from babilu.identity.relay_key import sign_certificate
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import (
    AccountError,
    BabiluError,
    DeliveryError,
    ErrorCode,
    LinkError,
    ProtocolError,
    TrustError,
)
from babilu.kernel.limits import Limits
from babilu.net import relay_connection
from babilu.net.relay_connection import UNACKNOWLEDGED_BYTES, ConnectionLostError, RelayConnection, StaleDevicesError
from babilu.net.tls import ephemeral_server_context
from babilu.wire.client_frames import Ack, FetchDeviceList, GetSalt, Hello, StatusFrame
from babilu.wire.codec import client_frames, encode
from babilu.wire.frame_base import Bye, Ping
from babilu.wire.framing import frame
from babilu.wire.relay_frames import Deliver, Error, Notice, Ok, RelayFrame, StaleDevices, StatusIs, Welcome
from tests.unit.net.wires import DEADLINE_S, FarEnd, Hurry, Script, Scripted, scripted_server

DEFAULTS = Limits()
BRIEF = Limits(tls_ms=100, login_ms=100, frame_ms=100)
SIGNED_LIST = SignedDeviceList(b"list", bytes(64))
RELAY_KEY = SigningKey.from_bytes(Secret(b"r" * 32))


def welcome(request: int, certificate: bytes, version: int = 1, key: SigningKey = RELAY_KEY) -> Welcome:
    signature = sign_certificate(key, certificate)
    return Welcome(
        request, version, "a relay", 98_304, 1_000, 200, bytes(32), "open", 30_000, 60_000, RELAY_KEY.public, signature
    )


async def greet(far: FarEnd) -> Hello:
    hello = await far.read(client_frames)
    assert isinstance(hello, Hello)
    far.write(welcome(hello.request, far.certificate))
    return hello


def after_greeting(script: Callable[[FarEnd], Awaitable[None]]) -> Script:
    async def whole(far: FarEnd) -> None:
        await greet(far)
        await script(far)

    return whole


async def until_closed(far: FarEnd) -> None:
    await far.read_to_end()


async def dial(server: Scripted, pin: bytes | None = None, limits: Limits = DEFAULTS) -> RelayConnection:
    return await RelayConnection.open("127.0.0.1", server.port, pin, limits, "test")


@asynccontextmanager
async def greeted(
    script: Callable[[FarEnd], Awaitable[None]], limits: Limits = DEFAULTS
) -> AsyncIterator[RelayConnection]:
    async with scripted_server(after_greeting(script)) as server:
        connection = await dial(server, limits=limits)
        try:
            yield connection
        finally:
            connection.close()
            async with asyncio.timeout(DEADLINE_S):
                await connection.closed


async def end_of(connection: RelayConnection) -> BabiluError:
    async with asyncio.timeout(DEADLINE_S):
        return await connection.closed


# Before the welcome.


async def test_an_opened_connection_knows_certificate_and_exact_bodies_that_a_login_signs() -> None:
    async with scripted_server(after_greeting(until_closed)) as server:
        connection = await dial(server, pin=hashlib.sha256(server.certificate).digest())
        assert connection.certificate == server.certificate
        assert connection.certificate_hash == hashlib.sha256(server.certificate).digest()
        assert connection.hello == encode(Hello(1, (1,), "test"))
        assert connection.welcome_body == encode(welcome(1, server.certificate))
        assert connection.welcome == welcome(1, server.certificate)
        connection.close()
        await end_of(connection)


async def test_whoever_is_cancelled_while_a_connection_closes_leaves_none_open() -> None:
    gone = asyncio.Event()

    async def deaf(_far: FarEnd) -> None:
        await gone.wait()

    async with scripted_server(after_greeting(deaf)) as server:
        connection = await dial(server)
        leaving = asyncio.get_running_loop().create_task(connection.leave())
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert connection.closed.done()
        gone.set()


async def test_a_relay_that_says_no_goodbye_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_connection, "FAREWELL_SECONDS", 0.0)
    gone = asyncio.Event()
    waited: list[float] = []
    wait = asyncio.wait

    async def deaf(_far: FarEnd) -> None:
        await gone.wait()

    def wait_and_tell(futures: list[asyncio.Future[BabiluError]], *, timeout: float) -> Awaitable[object]:
        waited.append(timeout)
        return wait(futures, timeout=timeout)

    async with scripted_server(after_greeting(deaf)) as server:
        connection = await dial(server)
        monkeypatch.setattr(asyncio, "wait", wait_and_tell)
        async with asyncio.timeout(DEADLINE_S):
            await connection.leave()
        assert waited == [0.0]
        assert (await end_of(connection)).code is ErrorCode.CLOSED
        gone.set()


async def test_another_certificate_than_the_pinned_one_is_refused_before_a_word_is_said() -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def listen(far: FarEnd) -> None:
        heard.put_nowait(await far.read_to_end())

    async with scripted_server(listen) as server:
        with pytest.raises(TrustError, match="certificate_changed"):
            await dial(server, pin=bytes(32))
        async with asyncio.timeout(DEADLINE_S):
            assert await heard.get() == b""


async def test_a_relay_that_speaks_only_an_older_tls_is_refused() -> None:
    context, _ = ephemeral_server_context()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with scripted_server(until_closed, context) as server:
        with pytest.raises(LinkError, match="unavailable"):
            await dial(server)


async def test_where_nobody_listens_the_relay_is_unavailable() -> None:
    async with scripted_server(until_closed) as server:
        port = server.port
    with pytest.raises(LinkError, match="unavailable"):
        await RelayConnection.open("127.0.0.1", port, None, DEFAULTS, "test")


@pytest.mark.parametrize("host", ["", "a\0b", "\udc80", "x" * 300, "a..b"])
async def test_what_is_no_address_is_unavailable(host: str) -> None:
    with pytest.raises(LinkError, match="unavailable"):
        await RelayConnection.open(host or "256.1.1.1", 1, None, DEFAULTS, "test")


async def test_a_socket_that_accepts_and_says_nothing_is_given_up_and_closed() -> None:
    ended = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        ended.set()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(LinkError, match="unavailable"):
        await RelayConnection.open("127.0.0.1", port, None, BRIEF, "test")
    async with asyncio.timeout(DEADLINE_S):
        await ended.wait()
    server.close()


async def test_a_relay_that_never_welcomes_is_given_up() -> None:
    async with scripted_server(until_closed) as server:
        with pytest.raises(LinkError, match="says nothing"):
            await dial(server, limits=Limits(login_ms=100))


async def test_what_is_no_relay_is_a_broken_protocol() -> None:
    async def web(far: FarEnd) -> None:
        far.writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await far.read_to_end()

    async with scripted_server(web) as server:
        with pytest.raises(ConnectionLostError, match="too_large"):
            await dial(server)


async def test_a_relay_of_another_version_is_refused() -> None:
    async def newer(far: FarEnd) -> None:
        hello = await far.read(client_frames)
        assert isinstance(hello, Hello)
        far.write(welcome(hello.request, far.certificate, version=2))
        await far.read_to_end()

    async with scripted_server(newer) as server:
        with pytest.raises(ProtocolError, match="unsupported"):
            await dial(server)


async def test_a_relay_that_does_not_hold_the_key_it_names_is_refused() -> None:
    async def another(far: FarEnd) -> None:
        hello = await far.read(client_frames)
        assert isinstance(hello, Hello)
        far.write(welcome(hello.request, far.certificate, key=SigningKey.from_bytes(Secret(b"o" * 32))))
        await far.read_to_end()

    async def borrowed(far: FarEnd) -> None:
        hello = await far.read(client_frames)
        assert isinstance(hello, Hello)
        far.write(welcome(hello.request, b"the certificate of the relay whose key it is"))
        await far.read_to_end()

    for script in (another, borrowed):
        async with scripted_server(script) as server:
            with pytest.raises(TrustError, match="certificate_changed"):
                await dial(server)


async def test_a_refusal_at_the_greeting_keeps_its_code_and_pause() -> None:
    async def full(far: FarEnd) -> None:
        await far.read_body()
        far.write(Bye(ErrorCode.SHUTTING_DOWN.value, 2_000))
        await far.read_to_end()

    async with scripted_server(full) as server:
        with pytest.raises(LinkError) as refused:
            await dial(server)
    assert refused.value.code is ErrorCode.SHUTTING_DOWN
    assert refused.value.retry_after_ms == 2_000


# Requests.


async def test_answers_find_their_requests_in_any_order() -> None:
    async def backwards(far: FarEnd) -> None:
        asked = [await far.read(client_frames) for _ in range(3)]
        for frame_ in reversed(asked):
            assert isinstance(frame_, StatusFrame)
            far.write(StatusIs(frame_.request, frame_.request * 10, 100))
        await far.read_to_end()

    async with greeted(backwards) as connection:
        answers = [connection.submit(StatusFrame) for _ in range(3)]
        async with asyncio.timeout(DEADLINE_S):
            assert await asyncio.gather(*answers) == [StatusIs(n, n * 10, 100) for n in (2, 3, 4)]


@pytest.mark.parametrize(
    ("code", "family"),
    [
        (ErrorCode.WRONG_CREDENTIALS, AccountError),
        (ErrorCode.QUOTA, DeliveryError),
        (ErrorCode.BUSY, LinkError),
        (ErrorCode.NOT_ALLOWED, ProtocolError),
    ],
)
async def test_a_refusal_fails_its_request_with_the_error_of_its_family(
    code: ErrorCode, family: type[BabiluError]
) -> None:
    async def refuse(far: FarEnd) -> None:
        asked = await far.read(client_frames)
        assert isinstance(asked, GetSalt)
        far.write(Error(code.value, "Not so.", asked.request, 1_500))
        await far.read_to_end()

    async with greeted(refuse) as connection:
        with pytest.raises(family) as refused:
            await connection.request(lambda number: GetSalt(number, "bob"), Ok)
        assert (refused.value.code, refused.value.retry_after_ms) == (code, 1_500)


async def test_a_stale_device_list_refuses_the_submission_and_brings_the_present_one() -> None:
    async def stale(far: FarEnd) -> None:
        asked = await far.read(client_frames)
        assert isinstance(asked, StatusFrame)
        far.write(StaleDevices(asked.request, "bob", SIGNED_LIST))
        await far.read_to_end()

    async with greeted(stale) as connection:
        with pytest.raises(StaleDevicesError) as refused:
            await connection.request(StatusFrame, Ok)
        assert refused.value.frame.device_list == SIGNED_LIST


async def test_an_answer_of_another_kind_is_a_broken_protocol() -> None:
    async def confused(far: FarEnd) -> None:
        await far.read_body()
        far.write(Ok(2))
        await far.read_to_end()

    async with greeted(confused) as connection:
        with pytest.raises(ProtocolError, match="malformed"):
            await connection.request(StatusFrame, StatusIs)


async def test_a_request_without_an_answer_is_given_up_and_its_late_answer_harms_nobody() -> None:
    late = asyncio.Event()

    async def slow(far: FarEnd) -> None:
        await far.read_body()
        await late.wait()
        far.write(StatusIs(2, 1, 1))
        asked = await far.read(client_frames)
        assert isinstance(asked, FetchDeviceList)
        far.write(Ok(asked.request))
        await far.read_to_end()

    async with greeted(slow, Limits(frame_ms=100)) as connection:
        with pytest.raises(LinkError, match="does not answer"):
            await connection.request(StatusFrame, StatusIs)
        connection._limits = DEFAULTS
        late.set()
        assert await connection.request(lambda number: FetchDeviceList(number, "bob"), Ok) == Ok(3)


async def test_a_frame_of_a_later_version_is_passed_over_or_refuses_the_request_it_answers() -> None:
    async def newer(far: FarEnd) -> None:
        far.writer.write(frame(msgspec.msgpack.encode(["weather", "fine"])))
        await far.read_body()
        far.writer.write(frame(msgspec.msgpack.encode(["status_in_verse", 2, "two users"])))
        far.write(Notice("still here"))
        await far.read_to_end()

    heard: asyncio.Queue[RelayFrame] = asyncio.Queue()
    async with greeted(newer) as connection:
        with pytest.raises(ProtocolError, match="unsupported"):
            await connection.request(StatusFrame, StatusIs)
        connection.listen(heard.put_nowait)
        async with asyncio.timeout(DEADLINE_S):
            assert await heard.get() == Notice("still here")
        assert not connection.closed.done()


# What the relay says by itself.


async def test_what_is_pushed_before_anybody_listens_is_told_first_and_in_order() -> None:
    more = asyncio.Event()

    async def push(far: FarEnd) -> None:
        far.write(Notice("one"), Notice("two"))
        await far.read_body()
        far.write(Ok(2))
        await more.wait()
        far.write(Notice("three"))
        await far.read_to_end()

    heard: asyncio.Queue[RelayFrame] = asyncio.Queue()
    async with greeted(push) as connection:
        await connection.request(StatusFrame, Ok)
        connection.listen(heard.put_nowait)
        more.set()
        async with asyncio.timeout(DEADLINE_S):
            assert [await heard.get() for _ in range(3)] == [Notice("one"), Notice("two"), Notice("three")]


async def test_a_relay_that_pushes_without_end_before_it_was_asked_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_connection, "EARLY_FRAMES", 10)

    async def flood(far: FarEnd) -> None:
        far.write(*[Notice("noise")] * 11)
        await far.read_to_end()

    async with greeted(flood) as connection:
        assert (await end_of(connection)).code is ErrorCode.NOT_ALLOWED


async def test_a_relay_that_sends_on_and_on_without_an_acknowledgement_is_read_no_further_until_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    total = 400

    async def flood(far: FarEnd) -> None:
        far.write(*(Deliver(seq, 0, bytes(60_000)) for seq in range(1, total + 1)))
        await until_closed(far)

    async with greeted(flood) as connection:
        arrived: list[int] = []
        news = asyncio.Event()
        pause = connection._channel.pause_reading

        def pause_and_tell() -> None:
            pause()
            news.set()

        def take(message: RelayFrame) -> None:
            assert isinstance(message, Deliver)
            arrived.append(message.seq)
            if message.seq == total:
                news.set()

        monkeypatch.setattr(connection._channel, "pause_reading", pause_and_tell)
        connection.listen(take)
        async with asyncio.timeout(DEADLINE_S):
            while len(arrived) < total:
                await news.wait()
                news.clear()
                assert connection._unacknowledged < UNACKNOWLEDGED_BYTES + 1024 * 1024
                connection.send(Ack(arrived[-1]))
        assert arrived == list(range(1, total + 1))


async def test_frames_without_an_answer_are_sent_as_they_are() -> None:
    async def hear(far: FarEnd) -> None:
        assert await far.read(client_frames) == Ack(7)
        far.write(Notice("heard"))
        await far.read_to_end()

    heard: asyncio.Queue[RelayFrame] = asyncio.Queue()
    async with greeted(hear) as connection:
        connection.listen(heard.put_nowait)
        connection.send(Ack(7))
        async with asyncio.timeout(DEADLINE_S):
            assert await heard.get() == Notice("heard")


# The end.


async def test_closing_says_goodbye() -> None:
    async def hear(far: FarEnd) -> None:
        assert await far.read(client_frames) == Bye("done")
        assert await far.read_to_end() == b""

    async with greeted(hear) as connection:
        connection.close()
        assert (await end_of(connection)).code is ErrorCode.CLOSED


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (ErrorCode.REPLACED.value, ErrorCode.REPLACED),
        (ErrorCode.SHUTTING_DOWN.value, ErrorCode.SHUTTING_DOWN),
        ("done", ErrorCode.UNAVAILABLE),
        ("eclipse_of_the_sun", ErrorCode.UNAVAILABLE),
    ],
)
async def test_a_goodbye_ends_the_connection_and_one_of_unknown_reason_keeps_nobody_away(
    reason: str, code: ErrorCode
) -> None:
    async def leave(far: FarEnd) -> None:
        far.write(Bye(reason, 3_000))
        await far.read_to_end()

    async with greeted(leave) as connection:
        ended = await end_of(connection)
        assert (ended.code, ended.retry_after_ms) == (code, 3_000)


async def test_an_error_about_no_request_ends_the_connection_with_it() -> None:
    async def refuse(far: FarEnd) -> None:
        far.write(Error(ErrorCode.SERVER_FULL.value, "Full.", None, None))
        await far.read_to_end()

    async with greeted(refuse) as connection:
        assert (await end_of(connection)).code is ErrorCode.SERVER_FULL


async def test_requests_under_way_fail_as_lost_when_the_connection_ends() -> None:
    async def vanish(far: FarEnd) -> None:
        await far.read_body()
        far.writer.transport.abort()

    async with greeted(vanish) as connection:
        with pytest.raises(ConnectionLostError, match="unavailable"):
            await connection.request(StatusFrame, Ok)


async def test_a_request_after_the_end_fails_as_lost_whatever_ended_the_connection() -> None:
    async def refuse(far: FarEnd) -> None:
        far.write(Error(ErrorCode.MALFORMED.value, "I cannot read this.", None, None))
        await far.read_to_end()

    async with greeted(refuse) as connection:
        await end_of(connection)
        with pytest.raises(ConnectionLostError, match="malformed"):
            connection.submit(StatusFrame)


async def test_a_request_while_the_connection_is_closing_fails_as_lost() -> None:
    async with greeted(until_closed) as connection:
        connection.close()
        with pytest.raises(ConnectionLostError, match="closed"):
            await connection.request(StatusFrame, Ok)


async def test_a_silent_relay_is_asked_and_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry = Hurry(monkeypatch)

    async def deaf(far: FarEnd) -> None:
        assert await far.read(client_frames) == Ping()
        hurry.ahead += 10
        await far.read_to_end()

    async with greeted(deaf, Limits(ping_ms=40, silence_ms=10_000)) as connection:
        assert (await end_of(connection)).code is ErrorCode.UNAVAILABLE


@pytest.mark.parametrize(("host", "told"), [("localhost", "localhost"), ("127.0.0.1", None)])
async def test_the_handshake_names_a_host_by_which_a_proxy_chooses_and_tells_no_address(
    host: str, told: str | None
) -> None:
    names: list[str | None] = []

    def note(_link: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> None:
        names.append(name)

    context, certificate = ephemeral_server_context()
    context.sni_callback = note
    async with scripted_server(after_greeting(until_closed), context, certificate) as server:
        connection = await RelayConnection.open(host, server.port, None, DEFAULTS, "test")
        await connection.leave()
    assert names == [told]
