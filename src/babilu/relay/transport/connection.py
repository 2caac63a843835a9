"""A client's connection at the relay: who it is known to be, and which handler takes a frame of it.

Requests are handled one after the other in the order in which they came; submissions and acknowledgements do not wait.
While a request is handled, nothing more is read.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.relay.base.refusals import request_number
from babilu.relay.base.states import Connected, Greeting, State, not_allowed
from babilu.relay.transport.driver import ConnectionContext, ConnectionDriver, Hold
from babilu.relay.transport.login_queue import PendingPeer
from babilu.wire.client_frames import ClientFrame
from babilu.wire.relay_frames import Error, RelayFrame

log = logging.getLogger(__name__)

Handler = Callable[["Connection", Any], Coroutine[Any, Any, RelayFrame | None] | None]
"""Takes a frame; what it returns is the coroutine of a request, whose result is the answer."""

Handlers = Mapping[type, Handler]
"""The frames that are allowed in a state."""


class Owner(Protocol):
    """Who keeps the connections of a relay."""

    def handlers(self, state: State) -> Handlers:
        """Return what is allowed in a state."""

    def made(self, connection: "Connection") -> None:
        """A connection has finished its handshake."""

    def greeted(self, connection: "Connection") -> None:
        """Somebody has said hello for the first time."""

    def authenticated(self, connection: "Connection") -> None:
        """A connection is no longer a stranger's."""

    def writable(self, connection: "Connection") -> None:
        """A client that read slowly can be written to again."""

    def lost(self, connection: "Connection") -> None:
        """A connection is gone."""


class Connection(ConnectionDriver):
    """A client's connection, from the end of its TLS handshake on.

    Args:
        context: What it has in common with the others.
        owner: Who keeps it.
        requests: Requests under way, of all connections.
        pending_peer: What it is counted as until somebody logs in.

    Attributes:
        pending_peer: See there.
        pending_bytes: Envelopes on their way to the disk; kept by delivery.
        greeting: The last hello and its welcome, until a signature has used them up; set it with `greet`.
        state: Who it is known to be; change it with `become`.
    """

    __slots__ = ("_handlers", "_owner", "_requests", "greeting", "pending_bytes", "pending_peer", "state")

    def __init__(
        self, context: ConnectionContext, owner: Owner, requests: "set[asyncio.Task[None]]", pending_peer: PendingPeer
    ) -> None:
        super().__init__(context)
        self.pending_peer = pending_peer
        self.greeting: Greeting | None = None
        self.pending_bytes = 0
        self.state: State = Connected()
        self._owner = owner
        self._requests = requests
        self._handlers = owner.handlers(self.state)

    @property
    def address_key(self) -> str | None:
        """What limits by address count the connection under, or None."""
        return self.pending_peer.address_key

    @property
    def body(self) -> bytes:
        """The exact body of the frame that is being handled; only until the handler returns or waits."""
        return self._wire.body

    def greet(self, greeting: Greeting) -> None:
        """Record a hello; from the first one on, the client may say more."""
        self.greeting = greeting
        if self._wire.greet():
            self._owner.greeted(self)

    def become(self, state: State) -> None:
        """Enter a state."""
        was_stranger = isinstance(self.state, Connected)
        self.state = state
        self._handlers = self._owner.handlers(state)
        if was_stranger:
            self._wire.admit(self._context.now())
            self._owner.authenticated(self)

    def _made(self) -> None:
        self._owner.made(self)

    def _writable(self) -> None:
        self._owner.writable(self)

    def _lost(self) -> None:
        self._owner.lost(self)

    def _handle(self, received: ClientFrame) -> None:
        handler = self._handlers.get(type(received))
        if handler is None:
            self.refuse(request_number(received), not_allowed())
            return
        try:
            request = handler(self, received)
        except BabiluError as error:
            self.refuse(request_number(received), error)
            return
        except Exception:
            # A fault of ours: this client may come again, and nobody else is concerned.
            log.exception("a frame could not be handled")
            self.close(Error(ErrorCode.UNAVAILABLE.value, "The relay failed at this frame.", None, None))
            return
        if request is not None:
            self.hold(Hold.REQUEST)
            task = asyncio.get_running_loop().create_task(self._answer(request, request_number(received)))
            self._requests.add(task)
            task.add_done_callback(self._requests.discard)

    async def _answer(self, request: Coroutine[Any, Any, RelayFrame | None], number: int | None) -> None:
        try:
            answer = await request
        except BabiluError as error:
            self.refuse(number, error)
        except Exception:
            log.exception("a request failed")
            self.refuse(number, BabiluError(ErrorCode.UNAVAILABLE, "The relay failed at this request."))
        else:
            if answer is not None:
                self.send(answer)
        self.release(Hold.REQUEST)
