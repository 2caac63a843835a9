"""A client of a relay that is cheaper than the relay: frames without a ratchet, one protocol object a connection."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Self

import msgspec

from babilu.crypto.keys import AgreementKey, KemKey, SigningKey
from babilu.crypto.password import LoginCost
from babilu.identity.codec import encode_shape
from babilu.identity.device_list import make_device_list, make_entry
from babilu.identity.login import LoginDeviceBody, RegisterBody, Signer, login_transcript, sign_login
from babilu.identity.prekeys import sign_ec_prekey, sign_kem_prekey
from babilu.identity.shapes import DeviceEntry, ListedAccount, PrekeySet, SignedDeviceList
from babilu.kernel.ids import DeviceId, device_id
from babilu.system import SystemRandomness
from babilu.wire.client_frames import Ack, Hello, LoginDevice, Register, Resume, Submit
from babilu.wire.codec import encode, relay_frames
from babilu.wire.frame_base import VERSION, Ping, Pong
from babilu.wire.framing import frame
from babilu.wire.relay_frames import Accepted, Deliver, Error, LoggedIn, RelayFrame, Resumed, Welcome
from bench.client_protocol import STAMP_BYTES, client_context

RANDOMNESS = SystemRandomness()
LIST_VERSION = 1
_PONG = frame(encode(Pong()))


@dataclass(frozen=True)
class Account:
    """An account with one device."""

    name: str
    signing: SigningKey
    device: DeviceId
    identity: SigningKey
    entry: DeviceEntry
    login_key: SigningKey
    prekeys: PrekeySet

    @classmethod
    def make(cls, name: str) -> "Account":
        """Make an account's keys."""
        identity, signing = SigningKey.generate(RANDOMNESS), SigningKey.generate(RANDOMNESS)
        agreement = AgreementKey.generate(RANDOMNESS).public
        device = device_id(signing.public, agreement)
        entry = make_entry(identity, signing, agreement)
        prekeys = PrekeySet(
            sign_ec_prekey(signing, device, 1, AgreementKey.generate(RANDOMNESS).public),
            sign_kem_prekey(signing, device, 1, KemKey.generate(RANDOMNESS).public),
            (),
            (),
        )
        return cls(name, signing, device, identity, entry, SigningKey.generate(RANDOMNESS), prekeys)

    def list_at(self, relay: bytes) -> SignedDeviceList:
        """Make the device list of the account at a relay, which is known by its key."""
        return make_device_list(self.identity, LIST_VERSION, [self.entry], accounts=[ListedAccount(relay, self.name)])


class RefusedError(Exception):
    """The relay refused something that a load must not have refused."""


class RelayClient(asyncio.Protocol):
    """A connection of one device; see `bench.client_protocol.LoadClient`."""

    def __init__(self, account: Account, size: int) -> None:
        self.account = account
        self.accepted: Callable[[int], None] = lambda _: None
        self.delivered: Callable[[int], None] = lambda _: None
        self._tail = os.urandom(size - 2 * STAMP_BYTES)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._rest = b""
        self._out: list[bytes] = []
        self._answer: asyncio.Future[tuple[RelayFrame, bytes]] | None = None
        self._submitted = 0
        self._seq = 0
        self._acknowledged = 0

    @classmethod
    def make_account(cls, name: str) -> Account:
        """Make an account's keys."""
        return Account.make(name)

    @classmethod
    async def connect(cls, account: Account, address: tuple[str, int], size: int) -> Self:
        """Open a TLS connection."""
        client = cls(account, size)
        await asyncio.get_running_loop().create_connection(lambda: client, *address, ssl=client_context())
        return client

    @property
    def tls_version(self) -> str:
        """Which TLS is spoken."""
        return str(self._transport.get_extra_info("ssl_object").version())

    @property
    def port(self) -> int:
        """The own port."""
        return int(self._transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's is no subclass
        self._transport.set_write_buffer_limits(high=1 << 30)

    def data_received(self, data: bytes) -> None:
        """Handle whole frames; acknowledge what came in one go by one frame."""
        octets = self._rest + data if self._rest else data
        start, end = 0, len(octets)
        while end - start >= 4:
            stop = start + 4 + int.from_bytes(octets[start : start + 4], "big")
            if stop > end:
                break
            self._handle(octets[start + 4 : stop])
            start = stop
        self._rest = octets[start:]
        if self._seq > self._acknowledged:
            self._acknowledged = self._seq
            self.send(Ack(self._seq))

    def _handle(self, body: bytes) -> None:
        received = relay_frames.decode(body)
        if isinstance(received, Deliver):
            self._seq = received.seq
            self.delivered(int.from_bytes(received.envelope[STAMP_BYTES : 2 * STAMP_BYTES], "big"))
        elif isinstance(received, Accepted):
            self.accepted(1)
        elif isinstance(received, Ping):
            self._write(_PONG)
        elif self._answer is not None and not self._answer.done():
            self._answer.set_result((received, body))
        elif isinstance(received, Error):
            raise RefusedError(received)

    def send(self, message: msgspec.Struct) -> None:
        """Send a frame at the end of this turn of the loop."""
        self._write(frame(encode(message)))

    def _write(self, octets: bytes) -> None:
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(octets)

    def _flush(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out.clear()

    async def _ask(self, message: msgspec.Struct) -> tuple[RelayFrame, bytes]:
        self._answer = self._loop.create_future()
        self.send(message)
        return await self._answer

    async def _greet(self) -> tuple[Callable[[bytes], bytes], bytes]:
        """Say hello; returns what a signature over a body covers, and the relay's key."""
        hello = Hello(1, (VERSION,), "load")
        welcome, encoded = await self._ask(hello)
        if not isinstance(welcome, Welcome):
            raise TypeError(welcome)
        certificate = self._transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return partial(login_transcript, encode(hello), encoded, certificate), welcome.relay_key

    async def register(self) -> None:
        """Make the account."""
        account = self.account
        covered, relay = await self._greet()
        body = encode_shape(
            RegisterBody(
                account.name,
                hashlib.sha256(account.name.encode()).digest(),
                LoginCost(),
                account.login_key.public,
                account.list_at(relay),
                account.prekeys,
                None,
            )
        )
        transcript = covered(body)
        by_key = sign_login(account.login_key, Signer.LOGIN_KEY, transcript)
        by_device = sign_login(account.signing, Signer.DEVICE, transcript)
        _check(await self._ask(Register(2, body, by_key, by_device)), LoggedIn)

    async def log_in(self) -> None:
        """Log in as the account's device."""
        body = encode_shape(LoginDeviceBody(self.account.name, self.account.device))
        covered, _ = await self._greet()
        signature = sign_login(self.account.signing, Signer.DEVICE, covered(body))
        _check(await self._ask(LoginDevice(2, body, signature)), LoggedIn)

    async def go_live(self) -> None:
        """Let mail flow, from the beginning; a floor that has no accounts learns here which device this is."""
        _check(await self._ask(Resume(3, 0, self.account.device, 2**40)), Resumed)

    def submit(self, recipient: Account, stamp: int) -> None:
        """Submit an envelope that no other is like."""
        self._submitted += 1
        number = 2**40 + self._submitted
        envelope = self._submitted.to_bytes(STAMP_BYTES, "big") + stamp.to_bytes(STAMP_BYTES, "big") + self._tail
        self.send(Submit(self._submitted, recipient.name, LIST_VERSION, recipient.device, number, envelope))

    def close(self) -> None:
        """Close without a word."""
        self._transport.abort()


def _check(answer: tuple[RelayFrame, bytes], kind: type[RelayFrame]) -> None:
    if not isinstance(answer[0], kind):
        raise RefusedError(answer[0])
