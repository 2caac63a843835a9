"""Direct conversations in the loop's thread: the server socket for requests, calls to addresses, and standing links.

The client socket sends its name and public key first; the server socket answers with its own once its user knows the
caller or has accepted the request. Strangers, declined and blocked callers all hear the same: pending.
"""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

from babilu.engine.runtime.loop_thread import log_defect
from babilu.engine.transport.backoff import Backoff
from babilu.engine.transport.direct_connection import HANG_UP, DirectConnection, PeerHandlers
from babilu.engine.transport.direct_handshake import DirectHandshake, Expected, OwnFace, somebody_else
from babilu.engine.transport.direct_ports import DirectDuties, KnownPeer, RemovedPeer, UnknownPeer, UnwantedPeer
from babilu.identity.direct import DirectPeer, DirectTranscript
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError, TrustError
from babilu.kernel.ids import SHORT_ID_BYTES, DeviceId, IdentityKey
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Randomness
from babilu.net.direct_socket import DirectServer, DirectSocket, dial
from babilu.store.conversations import ONESELF
from babilu.wire.direct_frames import Bye, DirectFrame, DirectLink, Pending

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0
FAREWELL_SECONDS = 0.25
"""How long a client that ends waits for others to say goodbye, too."""

AT_ONCE_SECONDS = 10.0
"""Two links with one contact that are made within this time count as dialled at once."""

LINKING_SECONDS = 11 * 60.0
"""How long a connection may last by which a device is linked: a little more than a try."""

LINKING_AT_ONCE = 4
"""Connections of devices that want to be linked; more are closed."""

FINAL = frozenset(
    {
        ErrorCode.BAD_KEY,
        ErrorCode.BAD_SIGNATURE,
        ErrorCode.BLOCKED,
        ErrorCode.ROLLED_BACK,
        ErrorCode.DEVICE_REMOVED,
    }
)
"""Reasons for which calling again would be useless."""

CHANGED = "changed"
"""Farewell to an own device: the list of them has changed, and whoever has called calls again."""

NOT_NOW = "pending"
"""Farewell to whoever was not let in, for whatever reason."""


@dataclass(slots=True)
class _Call:
    """A call under way.

    Attributes:
        expected: Who should be there, or was when they last answered; None until somebody has answered a bare address.
        request_id: The id of the command that began it; None once a connection stood and was lost.
        task: Calls until a link stands and the user wants no other.
    """

    expected: Expected | None
    request_id: str | None
    task: "asyncio.Task[None] | None" = None

    @property
    def contact(self) -> int | None:
        return None if self.expected is None else self.expected.contact

    @property
    def is_for_sibling(self) -> bool:
        return self.expected is not None and self.expected.is_sibling

    def is_of(self, identity: IdentityKey) -> bool:
        return self.expected is not None and self.expected.identity == identity

    def give_up(self) -> None:
        if self.task is not None:
            self.task.cancel()


@dataclass(slots=True)
class _Decision:
    """What a caller waits for.

    Attributes:
        made: Set once the user has decided.
        request_id: The id of the command by which they did.
    """

    made: asyncio.Event = field(default_factory=asyncio.Event)
    request_id: str | None = None


class DirectCalls:
    """The server socket, the calls under way and the links of one client."""

    def __init__(self, face: OwnFace, limits: Limits, randomness: Randomness, duties: DirectDuties) -> None:
        self._face = face
        self._limits = limits
        self._randomness = randomness
        self._duties = duties
        self._handshake = DirectHandshake(face, limits, randomness, duties.own_bundle)
        self._server: DirectServer | None = None
        self._half_open: dict[DirectSocket, None] = {}
        self._waiting_callers = 0
        self._linking = 0
        self._calls: dict[tuple[str, int], _Call] = {}
        self._links: dict[int, dict[DeviceId, DirectConnection]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sockets: set[DirectSocket] = set()
        self._waiting: dict[bytes, list[_Decision]] = {}
        # When the user hung up, by the loop's clock.
        self._hung_up: dict[int, float] = {}
        self._hung_up_on_us: set[int] = set()
        self._closing = False

    def show_list(self, device_list: SignedDeviceList) -> None:
        """Show whoever calls and is called a newer own list from now on.

        Links with own devices that go by another one are made anew: without a relay, hellos alone bring it to them.
        """
        self._face.device_list = device_list
        for link in self.links_with(ONESELF):
            if link.peer.body.device_list != device_list:
                link.close(LinkError(ErrorCode.UNAVAILABLE, "The own devices have changed."), CHANGED)

    # The server socket.

    @property
    def listening(self) -> tuple[str, int] | None:
        """Address of the server socket, or None."""
        return self._server.address if self._server is not None else None

    async def listen(self, host: str, port: int) -> tuple[str, int]:
        """Open the server socket, in place of one that is open; answers with the real address."""
        previous = self._server
        if previous is not None and previous.address == (host, port):
            return previous.address
        server = await DirectServer.open(host, port, self._limits, self._incoming)
        if self._closing:
            await server.close()
            raise LinkError(ErrorCode.CLOSED, "The client is closing.")
        self._server = server
        self._handshake.listening_port = self._server.address[1]
        if previous is not None:
            await previous.close()
        return self._server.address

    async def stop_listening(self) -> None:
        """Close the server socket."""
        if self._server is not None:
            server, self._server = self._server, None
            self._handshake.listening_port = 0
            await server.close()

    def _incoming(self, socket: DirectSocket) -> None:
        if len(self._half_open) >= self._limits.half_open:
            # Whoever is honest is done in a moment: the oldest makes room, so that silence keeps nobody out.
            oldest = next(iter(self._half_open))
            del self._half_open[oldest]
            oldest.channel.close(LinkError(ErrorCode.BUSY, "Too many connections are half open."))
        self._half_open[socket] = None
        self._keep(socket)
        self._spawn(self._answer(socket))

    async def _answer(self, socket: DirectSocket) -> None:
        try:
            await self._let_in(socket)
        except BabiluError as error:
            log.info("an incoming direct connection ended: %s", error.code.value)
            socket.channel.close(error, Bye(NOT_NOW))
        except TimeoutError:
            log.info("an incoming direct connection said nothing")
        finally:
            self._half_open.pop(socket, None)
            socket.channel.close(LinkError(ErrorCode.CLOSED, "The call is over."), Bye(NOT_NOW))

    async def _let_in(self, socket: DirectSocket) -> None:
        begun = asyncio.get_running_loop().time()
        async with asyncio.timeout(self._limits.login_ms / 1000):
            introduction = await self._handshake.hear_caller(socket)
        self._half_open.pop(socket, None)
        if introduction is None:
            await asyncio.wrap_future(self._duties.judge_nobody())
            await self._keep_waiting(socket, _Decision())
            return
        if isinstance(introduction, DirectLink):
            await self._link(socket, introduction)
            return
        peer, transcript = introduction
        admitted = await self._admit(socket, peer, transcript)
        if admitted is None:
            return
        contact, cause = admitted
        await self._handshake.introduce_back(socket, transcript, contact)
        link = DirectConnection(contact, peer, socket, False, self._call_back(socket, peer), cause)
        await self._establish(link, begun)

    async def _link(self, socket: DirectSocket, first: DirectLink) -> None:
        """Carry what a device says that wants to be linked, for as long as a try may take.

        Raises:
            BabiluError: It is gone, or says something else.
        """
        if self._linking >= LINKING_AT_ONCE:
            return
        loop, channel = asyncio.get_running_loop(), self._randomness.token(SHORT_ID_BYTES)
        certificate = hashlib.sha256(socket.certificate).digest()

        def reply(message: bytes) -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(socket.channel.send, DirectLink(message))

        self._linking += 1
        try:
            async with asyncio.timeout(LINKING_SECONDS):
                message: DirectFrame = first
                while isinstance(message, DirectLink):
                    self._duties.link_asked(channel, certificate, message.message, reply)
                    message, _ = await socket.receive()
        finally:
            self._linking -= 1

    async def _admit(
        self, socket: DirectSocket, peer: DirectPeer, transcript: DirectTranscript
    ) -> tuple[int, str | None] | None:
        """Let the caller in: gives the contact, and the id of the command that accepted them just now."""
        address = self._call_back(socket, peer)
        # Noted before the verdict is asked for: the user may decide faster than it gets here.
        with self._decision_on(peer.devices.identity_key) as decided:
            while True:
                decided.made.clear()
                verdict = await asyncio.wrap_future(self._duties.judge_caller(peer, address))
                match verdict:
                    case KnownPeer(contact):
                        return contact, decided.request_id
                    case UnknownPeer():
                        if not await self._keep_waiting(socket, decided):
                            return None
                    case RemovedPeer(contact):
                        # It is shown the own list, by which it locks itself.
                        await self._handshake.introduce_back(socket, transcript, contact)
                        return None
                    case UnwantedPeer():
                        await self._keep_waiting(socket, _Decision())
                        return None

    @contextlib.contextmanager
    def _decision_on(self, identity: bytes) -> "Iterator[_Decision]":
        decided = _Decision()
        waiting = self._waiting.setdefault(identity, [])
        waiting.append(decided)
        try:
            yield decided
        finally:
            waiting.remove(decided)
            if not waiting:
                self._waiting.pop(identity, None)

    async def _keep_waiting(self, socket: DirectSocket, decided: "_Decision") -> bool:
        """Say pending and wait for the user; True when it was ``decided`` to let the caller in.

        Whoever it is waits the same; when too many wait, everybody is sent away at once.

        Raises:
            BabiluError: The caller is gone, or does not wait in silence.
        """
        socket.channel.send(Pending())
        if self._waiting_callers >= self._limits.waiting_callers:
            return False
        self._waiting_callers += 1
        decision = asyncio.ensure_future(decided.made.wait())
        word = asyncio.ensure_future(socket.receive())
        try:
            await asyncio.wait(
                {decision, word}, timeout=self._limits.pending_ms / 1000, return_when=asyncio.FIRST_COMPLETED
            )
            if word.done():
                word.result()
                raise ProtocolError(ErrorCode.NOT_ALLOWED, "A caller spoke before they were let in.")
            return decision.done()
        finally:
            decision.cancel()
            word.cancel()
            self._waiting_callers -= 1

    def accepted(self, identity: bytes, request_id: str | None = None) -> None:
        """Answer the calls of a stranger whose request the user has accepted, by the command of that id."""
        for decided in self._waiting.get(identity, ()):
            decided.request_id = request_id
            decided.made.set()

    @staticmethod
    def _call_back(socket: DirectSocket, peer: DirectPeer) -> tuple[str, int]:
        return socket.address[0], peer.body.listening_port or socket.address[1]

    # Calls.

    def call(self, address: tuple[str, int], expected: Expected | None, request_id: str | None = None) -> None:
        """Call an address until somebody answers, with growing pauses; a call under way is cut short.

        Conversations may still have mail while the client ends: a call that began then would outlive the loop.
        """
        if self._closing:
            return
        if expected is not None and expected.contact is not None:
            self._forget_hang_ups(expected.contact)
            if self._stands(expected):
                return
        running = self._calls.get(address)
        if running is not None:
            if self._stands(running.expected):
                if expected is not None and not running.is_of(expected.identity):
                    self._duties.call_failed(address, somebody_else(), None, request_id)
                return
            running.give_up()
        self._calls[address] = call = _Call(expected, request_id)
        call.task = self._spawn(self._keep_calling(address, call))
        call.task.add_done_callback(lambda _: self._forget(address, call))

    def _forget(self, address: tuple[str, int], call: _Call) -> None:
        if self._calls.get(address) is call:
            del self._calls[address]

    def _stands(self, expected: Expected | None) -> bool:
        """Tell whether there is a link with whom one expects: any device of a contact will do."""
        links = {} if expected is None or expected.contact is None else self._links.get(expected.contact, {})
        if expected is not None and expected.is_sibling:
            return expected.entry is not None and expected.entry.device in links
        return bool(links)

    def _forget_hang_ups(self, contact: int) -> None:
        self._hung_up.pop(contact, None)
        self._hung_up_on_us.discard(contact)

    def call_for_mail(self, address: tuple[str, int], expected: Expected, *, written: bool) -> None:
        """Call a contact for whom mail waits, unless that is under way or the user has hung up.

        Whoever has hung up on the user is called for what the user has ``written``, and not for a receipt or a repair.
        """
        contact = expected.contact
        under_way = address in self._calls or any(call.contact == contact for call in self._calls.values())
        unwanted = contact in self._hung_up or (contact in self._hung_up_on_us and not written)
        if not unwanted and contact not in self._links and not under_way:
            self.call(address, expected)

    async def _keep_calling(self, address: tuple[str, int], call: _Call) -> None:
        pause = Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, self._randomness)
        while True:
            try:
                ended = await self._call_once(address, call)
            except BabiluError as error:
                if self._stands(call.expected):
                    return
                final = isinstance(error, TrustError) or error.code in FINAL
                wait = None if final else pause.take()
                if call.request_id is not None or not call.is_for_sibling:
                    self._duties.call_failed(address, error, wait, call.request_id)
                if wait is None:
                    return
            else:
                # The link stood and is gone: whoever dialled it dials again.
                if self._stands(call.expected) or call.contact in self._hung_up or ended.code is ErrorCode.CLOSED:
                    return
                call.request_id = None
                pause.reset()
                wait = pause.take()
            await asyncio.sleep(wait)
            if self._stands(call.expected):
                return

    async def _call_once(self, address: tuple[str, int], call: _Call) -> BabiluError:
        socket = self._keep(await dial(*address, self._limits))
        try:
            peer = await self._handshake.introduce(
                socket, call.expected, lambda: self._duties.call_pending(address, call.request_id)
            )
            known = await asyncio.wrap_future(self._duties.judge_answerer(peer, address))
            # Who has answered a bare address is who is called from then on, whoever listens there later.
            identity = IdentityKey(peer.devices.identity_key)
            call.expected = Expected(known.contact, identity, peer.entry, is_sibling=known.contact == ONESELF)
            return await self._establish(DirectConnection(known.contact, peer, socket, True, address, call.request_id))
        except asyncio.CancelledError:
            socket.channel.close(LinkError(ErrorCode.CLOSED, "The call was given up."), Bye(HANG_UP))
            raise
        finally:
            socket.channel.close(LinkError(ErrorCode.CLOSED, "The call is over."))

    # Links.

    async def _establish(self, link: DirectConnection, begun: float | None = None) -> BabiluError:
        """Have a link stand until it ends, and return why it did; ``begun`` says since when a caller is here."""
        spare = await asyncio.wrap_future(self._duties.own_bundle(link.contact))
        if begun is not None and self._hung_up.get(link.contact, begun) > begun:
            # Of two calls that crossed, the user has hung up the first: the other one does not bring it back.
            hung_up = LinkError(ErrorCode.CLOSED, "The conversation was hung up.")
            link.close(hung_up, HANG_UP)
            return hung_up
        present = self._links.get(link.contact, {}).get(link.device)
        if present is not None:
            one_is_enough = LinkError(ErrorCode.REPLACED, "There is already a connection to this contact.")
            if not self._takes_over(link, present):
                link.close(one_is_enough, one_is_enough.code.value)
                return one_is_enough
            present.close(one_is_enough, one_is_enough.code.value)
            self._take_down(present, one_is_enough)
        links = self._links.setdefault(link.contact, {})
        links[link.device] = link
        self._forget_hang_ups(link.contact)
        self._duties.link_up(link, is_first=len(links) == 1)
        if not link.outgoing:
            # Who was let in ends it by themselves: that is nothing of the command that let them in.
            link.request_id = None
        # They may be waiting for an answer to a call of theirs, too: then the two of us find out which one stays.
        self.accepted(link.peer.devices.identity_key)
        link.give_prekeys(spare)
        reason: BabiluError = LinkError(ErrorCode.CLOSED, "The connection was closed here.")
        try:
            reason = await link.converse(
                PeerHandlers(
                    keep=lambda envelopes: self._duties.arrived_directly(link, envelopes),
                    spare=lambda bundle: self._duties.prekeys_came(link, bundle),
                    transient=lambda sealed: self._duties.transient_came(link, sealed),
                    read_parts=lambda gets: self._duties.read_parts(link, gets),
                    file_kept=lambda kept: self._duties.file_kept(link, kept),
                    file_waits=lambda waiting: self._duties.file_waits(link, waiting),
                )
            )
        finally:
            self._take_down(link, reason)
        return reason

    def _take_down(self, link: DirectConnection, reason: BabiluError) -> None:
        """Tell once that a link is gone, and before another one with the same device is up."""
        links = self._links.get(link.contact, {})
        if links.get(link.device) is not link:
            return
        del links[link.device]
        if not links:
            del self._links[link.contact]
            if reason.code is ErrorCode.CLOSED:
                self._hung_up_on_us.add(link.contact)
                self._give_up_crossing_calls(link.contact)
        self._duties.link_down(link, reason, is_last=not links)

    def _give_up_crossing_calls(self, contact: int) -> None:
        """End calls that were under way beside a link that was hung up: they would bring it back."""
        for call in self._calls.values():
            if call.contact == contact and call.task is not asyncio.current_task():
                call.give_up()

    def _takes_over(self, link: DirectConnection, present: DirectConnection) -> bool:
        if link.outgoing is present.outgoing or link.established - present.established > AT_ONCE_SECONDS:
            return True
        we_are_lower = (self._face.identity, self._face.device) < (link.peer.devices.identity_key, link.device)
        return link.outgoing is we_are_lower

    def hang_up(self, contact: int, request_id: str | None = None) -> bool:
        """Close the links with a contact's devices and stop calling them, by that command; False where none was."""
        links = tuple(self._links.get(contact, {}).values())
        calls = [call for call in self._calls.values() if call.contact == contact]
        if not links and not calls:
            return False
        self._hung_up[contact] = asyncio.get_running_loop().time()
        for link in links:
            if request_id is not None:
                link.request_id = request_id
            link.close(LinkError(ErrorCode.CLOSED, "The conversation was hung up."), HANG_UP)
        for call in calls:
            call.give_up()
        return True

    def pass_on(self, contact: int, device: DeviceId, sealed: bytes) -> bool:
        """Hand a transient to a contact's device; False where no connection with it stands."""
        link = self._links.get(contact, {}).get(device)
        if link is None:
            return False
        link.pass_on(sealed)
        return True

    def links_with(self, contact: int) -> tuple[DirectConnection, ...]:
        """Return the connections that stand with a contact's devices."""
        return tuple(self._links.get(contact, {}).values())

    def cut_off(self, contact: int, removed: tuple[DeviceId, ...]) -> None:
        """Close the links with a contact where the other end is a device that was removed from their list."""
        links = self._links.get(contact, {})
        # An own device that was removed calls once more, and is shown the list that says so.
        farewell = CHANGED if contact == ONESELF else HANG_UP
        for link in [links[device] for device in removed if device in links]:
            link.close(LinkError(ErrorCode.UNAVAILABLE, "The contact has this device no longer."), farewell)

    def stop_calling(self, address: tuple[str, int]) -> bool:
        """Give up a call; False when there was none."""
        call = self._calls.get(address)
        if call is None:
            return False
        call.give_up()
        return True

    async def close(self) -> None:
        """Close the server socket, the calls and the links; whoever says no goodbye is not waited for long."""
        self._closing = True
        loop = asyncio.get_running_loop()
        until = loop.time() + FAREWELL_SECONDS
        await self.stop_listening()
        links = [link for with_one in self._links.values() for link in with_one.values()]
        for link in links:
            self._hung_up[link.contact] = loop.time()
            link.close(LinkError(ErrorCode.CLOSED, "The client is closing."), ErrorCode.SHUTTING_DOWN.value)
        if links:
            # What they have sent before is kept first.
            await asyncio.wait([link.closed for link in links], timeout=until - loop.time())
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        sockets = tuple(self._sockets)
        if sockets:
            ended = [socket.closed for socket in sockets]
            await asyncio.wait(ended, timeout=max(until - loop.time(), 0))
            for socket in sockets:
                socket.channel.abort(LinkError(ErrorCode.CLOSED, "The client is closing."))
            await asyncio.wait(ended)

    def _keep(self, socket: DirectSocket) -> DirectSocket:
        """Remember a socket until it is closed: the loop must not end before."""
        self._sockets.add(socket)
        socket.closed.add_done_callback(lambda _: self._sockets.discard(socket))
        return socket

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        log_defect(task)
