"""Callers and called ones played by hand: real keys, real TLS, and hellos that say whatever the test wants."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import msgspec

from babilu.api.views import Address
from babilu.crypto.keys import SigningKey
from babilu.engine.profile.own_keys import make_profile_record, own_device
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.identity.codec import encode_shape
from babilu.identity.device_list import follow_up, make_entry
from babilu.identity.direct import (
    DIRECT_VERSION,
    DirectBody,
    DirectRole,
    DirectTranscript,
    seal_hello,
    sign_hello,
)
from babilu.identity.shapes import Bundle, DeviceEntry
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.kernel.limits import Limits
from babilu.net.direct_socket import DirectServer, DirectSocket, dial
from babilu.session.ports import PrekeyKind
from babilu.session.prekeys import PrekeyMaker, direct_bundle
from babilu.session.sessions import OwnDevice
from babilu.system import SystemClock, SystemRandomness
from babilu.wire.codec import encode
from babilu.wire.direct_frames import DirectFrame, DirectHello, Greet, SealedHello

DEADLINE_S = 30.0
RANDOMNESS = SystemRandomness()
CLOSED = LinkError(ErrorCode.CLOSED, "Closed here.")

R = TypeVar("R")


@dataclass
class Stranger:
    """Somebody with real keys and no client.

    Attributes:
        name: What the hello says.
        own: The keys of the device.
        identity: The person's key.
    """

    name: str
    own: OwnDevice = field(init=False)
    identity: SigningKey = field(init=False)

    def __post_init__(self) -> None:
        self.identity = SigningKey.generate(RANDOMNESS)
        self.own = own_device(make_profile_record(self.name, self.identity, RANDOMNESS, SystemClock().now_ms()), "")

    def with_another_device(self) -> "Stranger":
        """Return the same person with a newer device list, which names another device in place of this one."""
        other = Stranger(self.name)
        other.identity = self.identity
        entry = make_entry(self.identity, other.own.signing, other.own.agreement.public)
        device_list = follow_up(
            self.identity, self.own.device_list, lambda body: msgspec.structs.replace(body, devices=(entry,))
        )
        other.own = replace(other.own, identity_key=self.own.identity_key, device_list=device_list)
        return other

    def bundle(self) -> Bundle:
        maker = PrekeyMaker(self.own.device, self.own.signing, 1, SystemClock().now_ms(), RANDOMNESS)
        made = {prekey.kind: prekey for prekey in (*maker.renewed(), *maker.one_time(1, 1))}
        return direct_bundle(
            self.own.device,
            made[PrekeyKind.SIGNED],
            made[PrekeyKind.ONE_TIME_KEM],
            made[PrekeyKind.ONE_TIME_EC],
        )

    def body(self, nonce: bytes, *, port: int = 0) -> DirectBody:
        own = self.own
        return DirectBody(DIRECT_VERSION, self.name, own.device_list, own.device, port, nonce, self.bundle())

    def hello(self, certificate: bytes, greet: Greet, body: DirectBody | None = None) -> DirectHello:
        """Make the hello of a caller."""
        said = body or self.body(RANDOMNESS.token(32))
        encoded = encode_shape(said)
        transcript = DirectTranscript(certificate, said.nonce, greet.nonce, encoded, None)
        return DirectHello(encoded, sign_hello(self.own.signing, DirectRole.CLIENT, transcript))


class Line:
    """A direct connection in the test's hands.

    Attributes:
        heard: Bodies of all frames that came, exactly.
    """

    def __init__(self, wires: "Wires", socket: DirectSocket) -> None:
        self._wires = wires
        self.socket = socket
        self.heard: list[bytes] = []

    def hear(self) -> DirectFrame:
        message, body = self._wires.run(asyncio.wait_for(self.socket.receive(), DEADLINE_S))
        self.heard.append(body)
        return message

    def hear_all(self) -> list[DirectFrame]:
        """Hear until the other end closes."""
        frames = []
        while True:
            try:
                frames.append(self.hear())
            except BabiluError:
                return frames

    def say(self, *messages: DirectFrame) -> None:
        async def send() -> None:
            for message in messages:
                self.socket.channel.send(message)

        self._wires.run(send())

    def hello(self, stranger: Stranger, to: DeviceEntry | None = None, *, port: int = 0) -> None:
        """Answer the greeting with a hello, sealed to a device where one is given."""
        greet = self.hear()
        assert isinstance(greet, Greet)
        body = stranger.body(RANDOMNESS.token(32), port=port)
        hello = stranger.hello(self.socket.certificate, greet, body)
        self.say(hello if to is None else SealedHello(seal_hello(to, encode(hello))))

    def close(self) -> None:
        async def end() -> None:
            self.socket.channel.close(CLOSED)
            await self.socket.closed

        self._wires.run(asyncio.wait_for(end(), DEADLINE_S))


class Wires:
    """A loop for sockets of the test; everything that is opened ends with it."""

    def __init__(self) -> None:
        self.loop = LoopThread()
        self.loop.start()
        self.lines: list[Line] = []

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        return self.loop.run(coroutine).result(DEADLINE_S)

    def dial(self, address: Address) -> Line:
        line = Line(self, self.run(dial(address.host, address.port, Limits())))
        self.lines.append(line)
        return line

    @contextmanager
    def listening(self) -> Iterator["Listener"]:
        """Listen for calls that the test answers."""
        listener = Listener(self)
        try:
            yield listener
        finally:
            self.run(listener.server.close())

    def end(self) -> None:
        for line in self.lines:
            line.close()
        self.loop.stop()


class Listener:
    """A server socket in the test's hands."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._made: asyncio.Queue[DirectSocket] = asyncio.Queue()
        self.server = wires.run(DirectServer.open("127.0.0.1", 0, Limits(), self._made.put_nowait))
        self.address = Address(*self.server.address)

    def accept(self) -> Line:
        """Wait for the next call."""
        line = Line(self._wires, self._wires.run(asyncio.wait_for(self._made.get(), DEADLINE_S)))
        self._wires.lines.append(line)
        return line


@contextmanager
def wires() -> Iterator[Wires]:
    """Give the test a loop for its own sockets."""
    made = Wires()
    try:
        yield made
    finally:
        made.end()
