"""Connection to a relay: checks the pin, greets, matches answers to requests, and passes on what the relay pushes.

What was delivered and is not acknowledged is bounded: past that, nothing is read until it is.
"""

import asyncio
import hashlib
import ipaddress
import logging
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from babilu.identity.relay_addresses import show_relay_address
from babilu.identity.relay_key import verify_certificate_of
from babilu.kernel.errors import (
    BabiluError,
    CryptoError,
    ErrorCode,
    LinkError,
    ProtocolError,
    Reason,
    TrustError,
    remote_error,
)
from babilu.kernel.limits import Limits
from babilu.net.channel import FrameChannel
from babilu.net.racing import Target, nobody_answers, open_socket
from babilu.net.tls import client_context, peer_certificate
from babilu.wire.client_frames import Ack, ClientFrame, Hello
from babilu.wire.codec import MalformedFrameError, encode, relay_frames
from babilu.wire.frame_base import VERSION, Bye
from babilu.wire.relay_frames import (
    Accepted,
    Administered,
    BlobData,
    BlobOk,
    BundleIs,
    Deliver,
    DeviceListConflict,
    DeviceListIs,
    Error,
    HoldingsAre,
    LoggedIn,
    Ok,
    RelayFrame,
    Resumed,
    Salt,
    StaleDevices,
    StatusIs,
    Welcome,
)

F = TypeVar("F")

log = logging.getLogger(__name__)

FAREWELL_SECONDS = 0.25
"""How long whoever closes waits for the other end to close too; the goodbye itself is on its way by then."""

EARLY_FRAMES = 1_000
"""Frames that a relay may push before anybody listens; a relay that pushes more is not Babilu's."""

UNACKNOWLEDGED_BYTES = 8 * 1024 * 1024
"""Deliveries without an acknowledgement at which a relay is not read, until they are half of it: many times what an
honest one sends ahead."""

DELIVERY_COST = 512
"""What a delivery takes beside its body."""

Answer = (
    Welcome
    | Salt
    | Ok
    | LoggedIn
    | DeviceListIs
    | BundleIs
    | Accepted
    | Resumed
    | StatusIs
    | HoldingsAre
    | Administered
    | BlobOk
    | BlobData
)
"""Frames that answer a request."""


class StaleDevicesError(BabiluError):
    """The relay refused a submission because the recipient's device list has changed; the frame has the current one."""

    def __init__(self, frame: StaleDevices) -> None:
        super().__init__(ErrorCode.STALE_DEVICES, "The recipient's devices have changed.")
        self.frame = frame


class DeviceListConflictError(BabiluError):
    """The relay refused a device list that does not follow the present one, which the frame has."""

    def __init__(self, frame: DeviceListConflict) -> None:
        super().__init__(ErrorCode.CONFLICT, "The device list was changed elsewhere meanwhile.")
        self.frame = frame


class ConnectionLostError(LinkError):
    """The connection ended before the answer to a request came."""

    def __init__(self, reason: BabiluError) -> None:
        super().__init__(reason.code, reason.text, reason.retry_after_ms)
        self.because(reason.reason)


class RelayConnection:
    """An open connection to a relay, up to `Welcome`.

    Attributes:
        hello: Exact body of the hello that was sent: login signatures cover it.
        welcome_body: Exact body of the welcome that came.
        welcome: The same, decoded.
        certificate: The relay's certificate (DER).
        address: Host and port that it leads to.
        peer: The machine's own address, of those that the host may have.
    """

    def __init__(self, limits: Limits, address: tuple[str, int]) -> None:
        self._limits = limits
        self._next_request = 1
        self._waiting: dict[int, asyncio.Future[RelayFrame]] = {}
        self._pushed: Callable[[RelayFrame], None] | None = None
        self._early: list[RelayFrame] = []
        # Numbers and sizes of what is not acknowledged.
        self._delivered: deque[tuple[int, int]] = deque()
        self._unacknowledged = 0
        self._channel = FrameChannel(relay_frames, limits, self._received, self._on_lost, self._unknown)
        self.address = address
        self.closed: asyncio.Future[BabiluError] = asyncio.get_running_loop().create_future()
        self.peer: Target | None = None
        self.hello = b""
        self.welcome_body = b""
        self.welcome: Welcome
        self.certificate = b""

    @classmethod
    async def open(  # all of it is said once, by whoever connects
        cls, host: str, port: int, pin: bytes | None, limits: Limits, client: str, next_pin: bytes | None = None
    ) -> "RelayConnection":
        """Connect, compare the certificate with the pins, and greet.

        Args:
            host: The relay.
            port: Its port.
            pin: SHA-256 of its certificate; None takes any: trust on first use.
            limits: Deadlines.
            client: What program this is.
            next_pin: SHA-256 of the certificate that it may show in place of that one; None for none.

        Raises:
            LinkError: ``unavailable`` when nobody answers.
            TrustError: ``certificate_changed`` when the certificate is another than the pinned one.
            ProtocolError: The other end is no relay, or speaks no version of ours.
        """
        connection = cls(limits, (host, port))
        try:
            async with asyncio.timeout(limits.tls_ms / 1000):
                opened = await open_socket(host, port)
                making = asyncio.get_running_loop().create_connection(
                    lambda: connection._channel,
                    sock=opened,
                    ssl=client_context(),
                    server_hostname=_named(host),
                    ssl_shutdown_timeout=1.0,
                )
                await connection._channel.made_by(making)
            if there := connection._channel.transport.get_extra_info("peername"):
                connection.peer = opened.family, there
        except (OSError, ValueError, OverflowError) as error:
            raise nobody_answers(f"No relay answers at {show_relay_address(host, port)}", error) from error
        try:
            connection.certificate = peer_certificate(connection._channel.transport)
            if pin is not None and connection.certificate_hash not in {pin, next_pin}:
                raise TrustError(
                    ErrorCode.CERTIFICATE_CHANGED,
                    f"The relay at {show_relay_address(host, port)} shows another certificate than before. Either it "
                    "was set up anew, or somebody stands between you and it: ask its operator for the fingerprint, and "
                    "name it when you connect (--certificate).",
                )
            await connection._greet(client)
        except BaseException:
            await connection.abandoned()
            raise
        return connection

    @property
    def certificate_hash(self) -> bytes:
        """SHA-256 of the relay's certificate (32 bytes): what a pin holds."""
        return hashlib.sha256(self.certificate).digest()

    @property
    def relay_key(self) -> bytes:
        """The relay's public key, which has signed the certificate (32 bytes)."""
        return self.welcome.relay_key

    async def _greet(self, client: str) -> None:
        hello = Hello(self._take_number(), (VERSION,), client)
        self.hello = encode(hello)
        answer = self._expect(hello.request)
        self._channel.send_body(self.hello)
        try:
            async with asyncio.timeout(self._limits.login_ms / 1000):
                welcome = await answer
        except TimeoutError as error:
            silent = LinkError(ErrorCode.UNAVAILABLE, "The relay says nothing.")
            raise silent.because(Reason.SILENT) from error
        if not isinstance(welcome, Welcome) or welcome.version != VERSION:
            raise ProtocolError(ErrorCode.UNSUPPORTED, "The relay speaks another version of the protocol.")
        try:
            verify_certificate_of(welcome.relay_key, self.certificate, welcome.certificate_signature)
        except CryptoError as error:
            text = "The relay does not hold the key that it names."
            raise TrustError(ErrorCode.CERTIFICATE_CHANGED, text) from error
        self.welcome = welcome

    def _take_number(self) -> int:
        number = self._next_request
        self._next_request += 1
        return number

    def _expect(self, number: int) -> "asyncio.Future[RelayFrame]":
        if self.closed.done():
            raise ConnectionLostError(self.closed.result())
        answer: asyncio.Future[RelayFrame] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        return answer

    def submit(self, make: Callable[[int], ClientFrame]) -> "asyncio.Future[RelayFrame]":
        """Send a request without waiting.

        Args:
            make: Builds the frame from the request's number.

        Returns:
            A future of the answering frame; it fails with the relay's refusal as a `BabiluError`.
        """
        number = self._take_number()
        answer = self._expect(number)
        self._channel.send(make(number))
        return answer

    async def request(self, make: Callable[[int], ClientFrame], kind: type[F]) -> F:
        """Send a request and wait for its answer of type ``kind``.

        Raises:
            BabiluError: The relay refused, answered something else, or is gone.
        """
        future = self.submit(make)
        try:
            async with asyncio.timeout(self._limits.frame_ms / 1000):
                answer = await future
        except TimeoutError as error:
            silent = LinkError(ErrorCode.UNAVAILABLE, "The relay does not answer.")
            raise silent.because(Reason.SILENT) from error
        if not isinstance(answer, kind):
            raise ProtocolError(ErrorCode.MALFORMED, "The relay's answer does not fit the request.")
        return answer

    def send(self, message: ClientFrame) -> None:
        """Send a frame that has no answer; an acknowledgement makes room for further deliveries."""
        self._channel.send(message)
        if isinstance(message, Ack):
            while self._delivered and self._delivered[0][0] <= message.cursor:
                self._unacknowledged -= self._delivered.popleft()[1]
            self._weigh()

    def tell(self, make: Callable[[int], ClientFrame]) -> None:
        """Send a frame that has no answer and all the same a number, by which a relay refuses what it does not know."""
        if not self.closed.done():
            self._channel.send(make(self._take_number()))

    def listen(self, pushed: Callable[[RelayFrame], None]) -> None:
        """Name who takes what the relay says by itself; what came before is passed on now."""
        self._pushed = pushed
        early, self._early = self._early, []
        for message in early:
            pushed(message)

    def close(self) -> None:
        self._channel.close(LinkError(ErrorCode.CLOSED, "The connection was closed here."), Bye("done"))

    async def leave(self) -> None:
        """Say goodbye, and wait until the connection is closed."""
        self.close()
        await self._ended()

    def abandon(self) -> None:
        """Close without a word."""
        self._channel.close(LinkError(ErrorCode.CLOSED, "The connection was closed here."))

    async def abandoned(self) -> None:
        """Close without a word and wait until it is done: the loop may end next, and nothing may be open then."""
        self.abandon()
        await self._ended()

    async def _ended(self) -> None:
        """Wait until a connection that was closed here is gone, and not long for a relay that says no goodbye.

        Whoever is cancelled while waiting cuts it, and still waits: the loop may be closed next.
        """
        try:
            await asyncio.wait([self.closed], timeout=FAREWELL_SECONDS)
        finally:
            self._channel.abort(LinkError(ErrorCode.CLOSED, "The connection was closed here."))
            await asyncio.shield(self.closed)

    def _received(self, message: RelayFrame, body: bytes) -> None:
        match message:
            case Error(code, text, None, retry):
                self._channel.close(remote_error(code, text, retry))
            case Error(code, text, int(number), retry):
                self._refuse(number, remote_error(code, text, retry))
            case StaleDevices(request=int(number)):
                self._refuse(number, StaleDevicesError(message))
            case DeviceListConflict(number):
                self._refuse(number, DeviceListConflictError(message))
            case Bye(reason, retry):
                self._channel.close(_end_of(reason, retry))
            case (
                Welcome()
                | Salt()
                | Ok()
                | LoggedIn()
                | DeviceListIs()
                | BundleIs()
                | Accepted()
                | Resumed()
                | StatusIs()
                | HoldingsAre()
                | Administered()
                | BlobOk()
                | BlobData()
            ):
                if isinstance(message, Welcome):
                    self.welcome_body = body
                answer = self._waiting.pop(message.request, None)
                if answer is not None and not answer.done():
                    answer.set_result(message)
            case Deliver(seq=seq):
                size = len(body) + DELIVERY_COST
                self._delivered.append((seq, size))
                self._unacknowledged += size
                self._weigh()
                self._push(message)
            case _:
                self._push(message)

    def _weigh(self) -> None:
        self._channel.limit_reading(self._unacknowledged, UNACKNOWLEDGED_BYTES)

    def _push(self, message: RelayFrame) -> None:
        if self._pushed is not None:
            self._pushed(message)
        elif len(self._early) < EARLY_FRAMES:
            self._early.append(message)
        else:
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "The relay sends mail before it was asked to.")

    def _unknown(self, error: MalformedFrameError) -> None:
        log.info("the relay sent a frame of a later version")
        if error.request is not None:
            self._refuse(error.request, error)

    def _refuse(self, number: int, error: BabiluError) -> None:
        answer = self._waiting.pop(number, None)
        if answer is not None and not answer.done():
            answer.set_exception(error)

    def _on_lost(self, reason: BabiluError) -> None:
        waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionLostError(reason))
                # Whoever waited may be gone with the connection: an unread exception is no leak here.
                answer.exception()
        if not self.closed.done():
            self.closed.set_result(reason)


def _end_of(reason: str, retry_after_ms: int | None) -> BabiluError:
    going = reason == ErrorCode.SHUTTING_DOWN.value
    text = "The relay is shutting down." if going else "The relay ended the connection."
    error = remote_error(reason, text, retry_after_ms)
    # A reason that is unknown here must not keep the client away for good.
    return error if error.code.value == reason else LinkError(ErrorCode.UNAVAILABLE, text, retry_after_ms)


def _named(host: str) -> str:
    """Give the name that the TLS handshake tells, by which a proxy chooses; empty for an address, which is no name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    return ""
