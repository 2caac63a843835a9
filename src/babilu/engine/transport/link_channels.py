"""Channels by which a new device reaches the full ones of its person: through the relay, or by calling one.

They carry messages and judge none. What is heard, and the end, is told in the loop's thread.
"""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Protocol

from babilu.crypto.secret import Passphrase
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.engine.transport.account_requests import AccountClient, AccountConnection, wait_for
from babilu.identity.link_codes import LinkPlace
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError
from babilu.kernel.ids import SHORT_ID_BYTES
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Randomness
from babilu.net.direct_socket import DirectSocket, dial
from babilu.wire.client_frames import LinkAskFrame
from babilu.wire.direct_frames import Bye, DirectLink, Greet
from babilu.wire.relay_frames import LinkAnsweredFrame, Ok, RelayFrame

Heard = Callable[[bytes | None, bytes], None]
"""Takes the device that speaks, where the channel names it, and what it says."""

Lost = Callable[[BabiluError], None]
"""Takes the end of a channel."""


class LinkChannel(Protocol):
    """Carries messages of one try."""

    @property
    def place(self) -> LinkPlace:
        """Where the try takes place, as this end sees it."""

    def send(self, message: bytes, device: bytes | None) -> None:
        """Say something to the device that has answered, or to all (None).

        Raises:
            BabiluError: It cannot be said.
        """

    def close(self) -> None:
        """End it."""


class RelayLinkChannel:
    """Channel through the relay, after a login by the password alone.

    Args:
        client: Where account actions are done.
        name: The account.
        passphrase: Its password.
        randomness: For the name of the try.
        heard: Takes what the account's devices say.
        lost: Takes the end.

    Raises:
        AccountError: ``wrong_credentials``.
        BabiluError: The relay cannot be reached, or does not let one in.
    """

    def __init__(
        self,
        client: AccountClient,
        name: str,
        passphrase: Passphrase,
        randomness: Randomness,
        heard: Heard,
        lost: Lost,
    ) -> None:
        self._link = randomness.token(SHORT_ID_BYTES)
        self._heard = heard
        self._connection: AccountConnection = client.log_in(name, passphrase)
        self.place = LinkPlace(name, self._connection.certificate_hash)
        self._connection.listen(self._pushed, lost)

    def _pushed(self, frame: RelayFrame) -> None:
        if isinstance(frame, LinkAnsweredFrame) and frame.link == self._link:
            self._heard(frame.device, frame.message)

    def send(self, message: bytes, device: bytes | None) -> None:
        self._connection.ask(lambda number: LinkAskFrame(number, self._link, device, message), Ok)

    def close(self) -> None:
        self._connection.close()


class DirectLinkChannel:
    """Channel to the port at which a full device listens.

    Args:
        loop: Where sockets live.
        address: Where it listens.
        limits: Deadlines.
        heard: Takes what it says.
        lost: Takes the end.

    Raises:
        LinkError: ``unavailable``: nobody answers there.
        ProtocolError: What answers there is no Babilu client.
    """

    def __init__(self, loop: LoopThread, address: tuple[str, int], limits: Limits, heard: Heard, lost: Lost) -> None:
        self._loop = loop
        self._socket: DirectSocket = wait_for(loop.run(_greeted(address, limits)))
        self.place = LinkPlace("", hashlib.sha256(self._socket.certificate).digest())
        self._task = loop.run(self._listen(heard, lost))

    async def _listen(self, heard: Heard, lost: Lost) -> None:
        try:
            while True:
                frame, _ = await self._socket.receive()
                match frame:
                    case DirectLink(message):
                        heard(None, message)
                    case Bye():
                        lost(LinkError(ErrorCode.UNAVAILABLE, "The other device has ended the connection."))
                        return
                    case _:
                        raise ProtocolError(ErrorCode.NOT_ALLOWED, "The other device sent a frame out of place.")
        except BabiluError as error:
            lost(error)

    def send(self, message: bytes, device: bytes | None) -> None:
        del device
        self._loop.call(self._socket.channel.send, DirectLink(message))

    def close(self) -> None:
        self._task.cancel()
        wait_for(self._loop.run(self._hang_up()))

    async def _hang_up(self) -> None:
        self._socket.channel.close(LinkError(ErrorCode.CLOSED, "The connection was closed here."), Bye("done"))
        await asyncio.wait([self._socket.closed], timeout=1.0)
        self._socket.channel.abort(LinkError(ErrorCode.CLOSED, "The connection was closed here."))
        await self._socket.closed


async def _greeted(address: tuple[str, int], limits: Limits) -> DirectSocket:
    socket = await dial(*address, limits)
    try:
        async with asyncio.timeout(limits.login_ms / 1000):
            frame, _ = await socket.receive()
        if not isinstance(frame, Greet):
            raise ProtocolError(ErrorCode.NOT_ALLOWED, "What answers there is not a Babilu client.")
    except BaseException:
        socket.channel.abort(LinkError(ErrorCode.CLOSED, "The connection was closed here."))
        raise
    return socket
