"""A client of frames alone: it says exactly what a test wants said, signs what must be signed, and encrypts nothing."""

import asyncio
import contextlib
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

import msgspec
import pytest

from babilu.crypto.keys import AgreementKey, KemKey, SigningKey
from babilu.crypto.password import LoginCost
from babilu.identity.codec import encode_shape
from babilu.identity.device_list import NOTHING_BEFORE, list_hash, make_device_list, make_entry
from babilu.identity.login import (
    ChangePasswordBody,
    DeleteAccountBody,
    FetchOwnListBody,
    Heir,
    LoginBody,
    LoginDeviceBody,
    PublishDeviceListBody,
    RegisterBody,
    ResetIdentityBody,
    Signer,
    login_transcript,
    sign_login,
)
from babilu.identity.prekeys import sign_ec_prekey, sign_kem_prekey
from babilu.identity.shapes import DeviceEntry, EcPrekey, ListedAccount, PrekeySet, SignedDeviceList
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import DeviceId, EnvelopeId, device_id
from babilu.kernel.limits import FRAME_BYTES, LENGTH_BYTES
from babilu.system import SystemRandomness
from babilu.wire.client_frames import (
    ChangePasswordFrame,
    DeleteAccountFrame,
    FetchOwnList,
    GetSalt,
    Hello,
    Login,
    LoginDevice,
    LoginTransfer,
    PublishDeviceList,
    Register,
    ResetIdentity,
    Resume,
    Submit,
    Watch,
    Watched,
)
from babilu.wire.codec import encode, relay_frames
from babilu.wire.frame_base import VERSION, Bye, Ping, Pong
from babilu.wire.framing import frame
from babilu.wire.relay_frames import (
    Accepted,
    Deliver,
    DeviceListIs,
    Error,
    LoggedIn,
    Ok,
    RelayFrame,
    Resumed,
    Salt,
    Welcome,
)

F = TypeVar("F")

PATIENCE_S = 30.0
"""How long something may take that is expected to happen."""

RANDOMNESS = SystemRandomness()


@dataclass
class SetClock:
    """A clock that shows what a test sets."""

    now: int = 1_795_337_792_000
    monotonic: int = 1_000_000

    def now_ms(self) -> int:
        return self.now

    def monotonic_ms(self) -> int:
        return self.monotonic

    def pass_ms(self, milliseconds: int) -> None:
        self.now += milliseconds
        self.monotonic += milliseconds


class Device:
    """A device's keys, and prekeys with ids that go on."""

    def __init__(self) -> None:
        self.signing = SigningKey.generate(RANDOMNESS)
        self.agreement = AgreementKey.generate(RANDOMNESS)
        self.id: DeviceId = device_id(self.signing.public, self.agreement.public)
        self._prekey_ids = count(1)

    def entry(self, identity: SigningKey) -> DeviceEntry:
        return make_entry(identity, self.signing, self.agreement.public)

    def prekeys(self, *, ec: int = 2, kem: int = 2, renewed: bool = True) -> PrekeySet:
        return PrekeySet(
            sign_ec_prekey(self.signing, self.id, next(self._prekey_ids), _x25519()) if renewed else None,
            sign_kem_prekey(self.signing, self.id, next(self._prekey_ids), _mlkem()) if renewed else None,
            tuple(EcPrekey(next(self._prekey_ids), _x25519()) for _ in range(ec)),
            tuple(sign_kem_prekey(self.signing, self.id, next(self._prekey_ids), _mlkem()) for _ in range(kem)),
        )


class Person:
    """An account to be: a name, a login key in place of a password, an identity and its first device."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.salt = RANDOMNESS.token(32)
        self.login_key = SigningKey.generate(RANDOMNESS)
        self.identity = SigningKey.generate(RANDOMNESS)
        self.device = Device()
        self.version = 1
        self.relay = bytes(32)
        self.listed: tuple[Device, ...] = ()
        self.device_list = self.make_list(self.device)

    def make_list(self, *devices: Device, version: int | None = None, name: str | None = None) -> SignedDeviceList:
        """Make a list that follows the current one, or a first one."""
        self.version = self.version if version is None else version
        self.listed = devices
        return make_device_list(
            self.identity,
            self.version,
            [device.entry(self.identity) for device in devices],
            before=NOTHING_BEFORE if self.version == 1 else list_hash(self.device_list),
            accounts=[ListedAccount(self.relay, self.name if name is None else name)],
        )

    def join(self, relay: bytes) -> None:
        """Have the list name the account at a relay, which is known by its key."""
        if self.relay != relay:
            self.relay = relay
            self.device_list = self.make_list(*self.listed)

    def publish(self, *devices: Device) -> SignedDeviceList:
        """Make the next list, and know it as the current one."""
        self.device_list = self.make_list(*devices, version=self.version + 1)
        return self.device_list

    def watched(self) -> Watched:
        return Watched(self.name, list_hash(self.device_list))


def _x25519() -> bytes:
    return AgreementKey.generate(RANDOMNESS).public


def _mlkem() -> bytes:
    return KemKey.generate(RANDOMNESS).public


class RefusedError(Exception):
    """The relay answered a request with an error."""

    def __init__(self, error: Error) -> None:
        super().__init__(f"{error.code}: {error.text}")
        self.error = error


@contextlib.contextmanager
def refused(code: ErrorCode) -> Iterator[None]:
    """Expect that the relay refuses a request for a reason."""
    with pytest.raises(RefusedError) as refusal:
        yield
    assert refusal.value.error.code == code.value, refusal.value.error


class ClosedError(Exception):
    """The relay closed the connection."""


@dataclass
class RawClient:
    """One connection.

    Attributes:
        reader: What comes.
        writer: Where it goes.
        certificate: The relay's certificate (DER).
        numbers: Gives requests their numbers.
        submitted: Highest number given to a submission.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    certificate: bytes
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    submitted: int = 0
    hello_body: bytes = b""
    welcome: Welcome = field(init=False)
    welcome_body: bytes = b""
    aside: list[RelayFrame] = field(default_factory=list)

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(cls, address: tuple[str, int], *, first: bytes = b"") -> "AsyncIterator[RawClient]":
        """Open a connection that begins with some bytes before TLS: those of a balancer."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        async with asyncio.timeout(PATIENCE_S):
            if first:
                reader, writer = await asyncio.open_connection(*address, limit=2 * FRAME_BYTES)
                writer.write(first)
                try:
                    await writer.start_tls(context)
                except BaseException:
                    writer.transport.abort()
                    raise
            else:
                reader, writer = await asyncio.open_connection(*address, ssl=context, limit=2 * FRAME_BYTES)
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        client = cls(reader, writer, certificate)
        try:
            yield client
        finally:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    # Frames.

    def write(self, octets: bytes) -> None:
        self.writer.write(octets)

    def send(self, *frames: msgspec.Struct) -> None:
        self.write(b"".join(frame(encode(each)) for each in frames))

    async def receive_body(self) -> bytes:
        try:
            async with asyncio.timeout(PATIENCE_S):
                length = int.from_bytes(await self.reader.readexactly(LENGTH_BYTES), "big")
                return await self.reader.readexactly(length)
        except TimeoutError:
            # An open connection that says nothing is not a closed one.
            raise
        except (asyncio.IncompleteReadError, OSError) as error:
            raise ClosedError from error

    async def receive(self) -> RelayFrame:
        """Return the next frame; pings are answered."""
        if self.aside:
            return self.aside.pop(0)
        return await self._receive()

    async def _receive(self) -> RelayFrame:
        while True:
            received = relay_frames.decode(await self.receive_body())
            if not isinstance(received, Ping):
                return received
            self.send(Pong())

    async def expect(self, kind: type[F]) -> F:
        """Return the next frame, which must be of a kind."""
        received = await self.receive()
        assert isinstance(received, kind), received
        return received

    async def answer(self, number: int, kind: type[F]) -> F:
        """Return the answer to a request; what else comes is laid aside, as answers to other requests may be first."""
        received = next((each for each in self.aside if getattr(each, "request", None) == number), None)
        if received is not None:
            self.aside.remove(received)
        while received is None:
            received = await self._receive()
            if getattr(received, "request", None) != number:
                self.aside.append(received)
                received = None
        if isinstance(received, Error):
            raise RefusedError(received)
        assert isinstance(received, kind), received
        return received

    async def closed(self) -> list[RelayFrame]:
        """Wait until the relay has closed the connection; return what it said before."""
        said: list[RelayFrame] = []
        with contextlib.suppress(ClosedError):
            while True:
                said.append(await self.receive())
        return said

    async def quiet(self) -> list[RelayFrame]:
        """Return what had come before the relay answered one more ping."""
        self.send(Ping())
        said: list[RelayFrame] = []
        while not isinstance(received := await self.receive(), Pong):
            said.append(received)
        return said

    # Requests.

    def number(self) -> int:
        return next(self.numbers)

    async def request(self, make: Callable[[int], msgspec.Struct], kind: type[F]) -> F:
        """Send the request that is made of a number; return its answer."""
        number = self.number()
        self.send(make(number))
        return await self.answer(number, kind)

    async def hello(self) -> Welcome:
        hello = Hello(self.number(), (VERSION,), "raw")
        self.hello_body = encode(hello)
        self.write(frame(self.hello_body))
        self.welcome_body = await self.receive_body()
        welcome = relay_frames.decode(self.welcome_body)
        if isinstance(welcome, Bye):
            # It sends everybody away at present, whoever they are.
            raise ClosedError(welcome.reason)
        assert isinstance(welcome, Welcome), welcome
        self.welcome = welcome
        return welcome

    def sign(self, key: SigningKey, signer: Signer, body: bytes) -> bytes:
        return sign_login(key, signer, login_transcript(self.hello_body, self.welcome_body, self.certificate, body))

    async def salt(self, name: str) -> Salt:
        number = self.number()
        self.send(GetSalt(number, name))
        return await self.answer(number, Salt)

    def register_frame(
        self, person: Person, invitation: bytes | None = None, prekeys: PrekeySet | None = None
    ) -> Register:
        person.join(self.welcome.relay_key)
        body = encode_shape(
            RegisterBody(
                person.name,
                person.salt,
                LoginCost(),
                person.login_key.public,
                person.device_list,
                prekeys or person.device.prekeys(),
                invitation,
            )
        )
        by_key = self.sign(person.login_key, Signer.LOGIN_KEY, body)
        by_device = self.sign(person.device.signing, Signer.DEVICE, body)
        return Register(self.number(), body, by_key, by_device)

    async def register(
        self, person: Person, invitation: bytes | None = None, prekeys: PrekeySet | None = None
    ) -> LoggedIn:
        await self.hello()
        register = self.register_frame(person, invitation, prekeys)
        self.send(register)
        return await self.answer(register.request, LoggedIn)

    async def login(self, person: Person, key: SigningKey | None = None) -> LoggedIn:
        await self.hello()
        body = encode_shape(LoginBody(person.name))
        login = Login(self.number(), body, self.sign(key or person.login_key, Signer.LOGIN_KEY, body))
        self.send(login)
        return await self.answer(login.request, LoggedIn)

    async def login_device(self, person: Person, device: Device | None = None, *, name: str = "") -> LoggedIn:
        await self.hello()
        chosen = device or person.device
        body = encode_shape(LoginDeviceBody(name or person.name, chosen.id))
        login = LoginDevice(self.number(), body, self.sign(chosen.signing, Signer.DEVICE, body))
        self.send(login)
        return await self.answer(login.request, LoggedIn)

    async def fetch_own_list(
        self, person: Person, shown: SignedDeviceList, device: Device | None = None
    ) -> DeviceListIs:
        await self.hello()
        chosen = device or person.device
        body = encode_shape(FetchOwnListBody(person.name, chosen.id, shown))
        signature = self.sign(chosen.signing, Signer.DEVICE, body)
        return await self.request(lambda number: FetchOwnList(number, body, signature), DeviceListIs)

    async def login_transfer(self, person: Person, device: Device | None = None) -> Ok:
        await self.hello()
        chosen = device or person.device
        body = encode_shape(LoginDeviceBody(person.name, chosen.id))
        signature = self.sign(chosen.signing, Signer.DEVICE, body)
        return await self.request(lambda number: LoginTransfer(number, body, signature), Ok)

    async def reset_identity(self, person: Person, key: SigningKey | None = None) -> LoggedIn:
        person.join((await self.hello()).relay_key)
        body = encode_shape(ResetIdentityBody(person.name, person.device_list, person.device.prekeys()))
        by_key = self.sign(key or person.login_key, Signer.LOGIN_KEY, body)
        reset = ResetIdentity(self.number(), body, by_key, self.sign(person.device.signing, Signer.DEVICE, body))
        self.send(reset)
        return await self.answer(reset.request, LoggedIn)

    async def change_password(self, person: Person, old: SigningKey, new: SigningKey, kind: type[F]) -> F:
        await self.hello()
        body = encode_shape(ChangePasswordBody(person.name, RANDOMNESS.token(32), LoginCost(), new.public))
        by_old = self.sign(old, Signer.LOGIN_KEY, body)
        change = ChangePasswordFrame(self.number(), body, by_old, self.sign(new, Signer.NEW_LOGIN_KEY, body))
        self.send(change)
        return await self.answer(change.request, kind)

    async def delete_account(self, person: Person, key: SigningKey, kind: type[F]) -> F:
        await self.hello()
        body = encode_shape(DeleteAccountBody(person.name))
        delete = DeleteAccountFrame(self.number(), body, self.sign(key, Signer.LOGIN_KEY, body))
        self.send(delete)
        return await self.answer(delete.request, kind)

    async def publish(self, person: Person, *devices: Device, heirs: Sequence[Heir] = ()) -> SignedDeviceList:
        """Publish a person's next list."""
        before = person.device_list
        after = person.publish(*devices)
        try:
            await self.publish_list(person, after, Ok, heirs=heirs)
        except RefusedError:
            person.device_list, person.version = before, person.version - 1
            raise
        return after

    async def publish_list(
        self,
        person: Person,
        device_list: SignedDeviceList,
        kind: type[F],
        *,
        heirs: Sequence[Heir] = (),
        key: SigningKey | None = None,
        name: str = "",
    ) -> F:
        await self.hello()
        body = encode_shape(PublishDeviceListBody(name or person.name, device_list, tuple(heirs)))
        signature = self.sign(key or person.login_key, Signer.LOGIN_KEY, body)
        return await self.request(lambda number: PublishDeviceList(number, body, signature), kind)

    async def resume(self, cursor: int = 0, envelope: bytes | None = None, number: int | None = None) -> Resumed:
        resume = Resume(self.number(), cursor, envelope, self.submitted if number is None else number)
        self.send(resume)
        return await self.answer(resume.request, Resumed)

    def submit_frame(self, recipient: Person, envelope: bytes, *, device: Device | None = None) -> Submit:
        self.submitted += 1
        target = (device or recipient.device).id
        return Submit(self.number(), recipient.name, recipient.version, target, self.submitted, envelope)

    async def submit(self, recipient: Person, *envelopes: bytes, device: Device | None = None) -> list[Accepted]:
        """Submit envelopes and wait until each is accepted."""
        submits = [self.submit_frame(recipient, envelope, device=device) for envelope in envelopes]
        self.send(*submits)
        return [await self.answer(submit.request, Accepted) for submit in submits]

    async def deliveries(self, number: int) -> list[Deliver]:
        """Return the next frames, which must be as many deliveries."""
        return [await self.expect(Deliver) for _ in range(number)]

    async def watch(self, *people: Person | Watched, kind: type[F]) -> F:
        watched = tuple(each if isinstance(each, Watched) else each.watched() for each in people)
        watch = Watch(self.number(), watched)
        self.send(watch)
        return await self.answer(watch.request, kind)


def envelope_id_of(envelope: bytes) -> EnvelopeId:
    return EnvelopeId(hashlib.sha256(envelope).digest()[:16])


def envelopes(number: int, size: int = 600) -> Sequence[bytes]:
    """Return different envelopes of a size."""
    return [b"%08d" % each + bytes(size - 8) for each in range(number)]
