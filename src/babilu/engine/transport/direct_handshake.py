"""The exchange of names and keys over a fresh direct connection: the client socket first, then the server socket."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.identity.codec import encode_shape
from babilu.identity.direct import (
    DIRECT_VERSION,
    DirectBody,
    DirectPeer,
    DirectRole,
    DirectTranscript,
    decode_direct_body,
    open_hello,
    seal_hello,
    sign_hello,
    verify_hello,
)
from babilu.identity.shapes import Bundle, DeviceEntry, SignedDeviceList
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError, Reason, TrustError
from babilu.kernel.ids import DeviceId, IdentityKey
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Randomness
from babilu.net.direct_socket import DirectSocket
from babilu.wire.codec import direct_frames, encode
from babilu.wire.direct_frames import Bye, DirectFrame, DirectHello, DirectLink, Error, Greet, Pending, SealedHello


@dataclass(slots=True)
class OwnFace:
    """What this client shows of itself, and the keys with which it proves it; only its list may be replaced."""

    name: str
    identity: IdentityKey
    device: DeviceId
    signing: SigningKey
    agreement: AgreementKey
    device_list: SignedDeviceList


@dataclass(frozen=True, slots=True)
class Expected:
    """Who should be at a called address.

    Attributes:
        contact: The contact; None for the person of a contact link, whom one does not know yet.
        identity: Their identity key: whoever shows another one is refused.
        entry: The device to seal the hello to; None where none is known.
        is_sibling: Whether it is an own other device: none is a substitute for another, and nobody is told of failures.
    """

    contact: int | None
    identity: IdentityKey
    entry: DeviceEntry | None
    is_sibling: bool = False


def somebody_else() -> TrustError:
    """Build the refusal of whoever is found at an address in the place of whom one calls."""
    return TrustError(ErrorCode.MISMATCH, "Somebody else than the person whom you call is at that address.")


class DirectHandshake:
    """Plays either side of the exchange for one client.

    Args:
        face: What is shown, and the keys that prove it.
        limits: Deadlines.
        randomness: For nonces.
        bundle: Makes a bundle of the own device for a contact, or for whoever answers; committed already.

    Attributes:
        listening_port: Port of the own server socket, told to whoever we talk to; 0 for none.
    """

    def __init__(
        self, face: OwnFace, limits: Limits, randomness: Randomness, bundle: "Callable[[int | None], Future[Bundle]]"
    ) -> None:
        self._face = face
        self._limits = limits
        self._randomness = randomness
        self._bundle = bundle
        self.listening_port = 0

    async def hear_caller(self, socket: DirectSocket) -> tuple[DirectPeer, DirectTranscript] | DirectLink | None:
        """Play the server socket's first half: greet, and hear who calls; None for what was sealed to another.

        Who wants a device to be linked says so in place of a hello.
        """
        nonce = self._randomness.token(32)
        socket.channel.send(Greet(nonce))
        message, _ = await socket.receive()
        match message:
            case SealedHello(sealed):
                try:
                    opened = direct_frames.decode(open_hello(self._face.agreement, self._face.device, sealed))
                except BabiluError:
                    # Whoever calls another device than this one learns nothing, not even that.
                    return None
                if not isinstance(opened, DirectHello):
                    return None
                hello = opened
            case DirectHello():
                hello = message
            case DirectLink():
                return message
            case _:
                raise ProtocolError(ErrorCode.NOT_ALLOWED, "A hello was expected.")
        body = decode_direct_body(hello.body)
        transcript = DirectTranscript(socket.certificate, body.nonce, nonce, hello.body, None)
        peer = verify_hello(
            DirectRole.CLIENT,
            transcript,
            hello.signature,
            own_identity=self._face.identity,
            own_device=self._face.device,
            dialled=None,
        )
        return peer, transcript

    async def introduce_back(self, socket: DirectSocket, heard: DirectTranscript, contact: int) -> None:
        """Play the server socket's second half: show the own name and key to a contact who calls."""
        body = encode_shape(await self._own_body(heard.server_nonce, contact))
        transcript = DirectTranscript(
            heard.certificate, heard.client_nonce, heard.server_nonce, heard.client_body, body
        )
        signature = sign_hello(self._face.signing, DirectRole.SERVER, transcript)
        socket.channel.send(DirectHello(body, signature))

    async def _own_body(self, nonce: bytes, contact: int | None) -> DirectBody:
        bundle = await asyncio.wrap_future(self._bundle(contact))
        face = self._face
        return DirectBody(DIRECT_VERSION, face.name, face.device_list, face.device, self.listening_port, nonce, bundle)

    async def introduce(
        self, socket: DirectSocket, expected: Expected | None, pending: Callable[[], None]
    ) -> DirectPeer:
        """Play the client socket: hear the greeting, show name and key, and hear the answer.

        Args:
            socket: Fresh from `dial`.
            expected: Who should be there, or None for anybody.
            pending: Called when the other side has heard and not decided yet.

        Raises:
            BabiluError: Nobody answered, or somebody whose hello does not hold.
            TrustError: ``identity_changed`` where somebody else than an expected contact answered, and ``mismatch``
                where it is somebody else than the person of a link.
        """
        try:
            async with asyncio.timeout(self._limits.login_ms / 1000):
                message, _ = await socket.receive()
        except TimeoutError as error:
            silent = LinkError(ErrorCode.UNAVAILABLE, "The called side says nothing.")
            raise silent.because(Reason.SILENT) from error
        if not isinstance(message, Greet):
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "What answers there is not a Babilu client.")
        nonce = self._randomness.token(32)
        body = encode_shape(await self._own_body(nonce, None if expected is None else expected.contact))
        heard = DirectTranscript(socket.certificate, nonce, message.nonce, body, None)
        hello = DirectHello(body, sign_hello(self._face.signing, DirectRole.CLIENT, heard))
        if expected is None or expected.entry is None:
            socket.channel.send(hello)
        else:
            socket.channel.send(SealedHello(seal_hello(expected.entry, encode(hello))))
        answer = await self._hear_answer(socket, pending)
        transcript = DirectTranscript(socket.certificate, nonce, message.nonce, body, answer.body)
        try:
            return verify_hello(
                DirectRole.SERVER,
                transcript,
                answer.signature,
                own_identity=self._face.identity,
                own_device=self._face.device,
                dialled=expected.identity if expected is not None else None,
            )
        except TrustError as error:
            if expected is None or expected.contact is not None:
                raise
            raise somebody_else() from error

    async def _hear_answer(self, socket: DirectSocket, pending: Callable[[], None]) -> DirectHello:
        # A stranger's decision may take as long as the called side keeps the call open, and a little more.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout((self._limits.pending_ms + self._limits.login_ms) / 1000):
                while True:
                    message: DirectFrame
                    message, _ = await socket.receive()
                    match message:
                        case DirectHello():
                            return message
                        case Pending():
                            pending()
                        case Bye() | Error():
                            break
                        case _:
                            raise ProtocolError(ErrorCode.NOT_ALLOWED, "The called side sent a frame out of place.")
        raise LinkError(ErrorCode.UNAVAILABLE, "The called side has not answered.")
