"""Direct conversations in the loop's thread: calls to addresses, with growing pauses, until a link stands."""

import asyncio
import logging
from dataclasses import dataclass

from babilu.engine.transport.backoff import Backoff
from babilu.engine.transport.direct_callers import DirectCallers
from babilu.engine.transport.direct_connection import HANG_UP, DirectConnection
from babilu.engine.transport.direct_handshake import DirectHandshake, Expected, OwnFace, somebody_else
from babilu.engine.transport.direct_links import DirectLinks
from babilu.engine.transport.direct_ports import DirectDuties
from babilu.engine.transport.direct_tasks import DirectTasks
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, TrustError
from babilu.kernel.ids import IdentityKey
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Randomness
from babilu.net.direct_socket import dial
from babilu.store.conversations import ONESELF
from babilu.wire.direct_frames import Bye

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0
FAREWELL_SECONDS = 0.25
"""How long a client that ends waits for others to say goodbye, too."""


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


class DirectCalls:
    """The calls of one client to others, and with them its links and its server socket.

    Attributes:
        links: The links that stand.
        callers: The server socket, and who has called there.
    """

    def __init__(self, face: OwnFace, limits: Limits, randomness: Randomness, duties: DirectDuties) -> None:
        self._limits = limits
        self._randomness = randomness
        self._duties = duties
        self._handshake = DirectHandshake(face, limits, randomness, duties.own_bundle)
        self._tasks = DirectTasks()
        self.links = DirectLinks(face, duties, self._answered, self._give_up_crossing)
        self.callers = DirectCallers(self._handshake, limits, randomness, duties, self.links, self._tasks)
        self._calls: dict[tuple[str, int], _Call] = {}
        self._closing = False

    def call(self, address: tuple[str, int], expected: Expected | None, request_id: str | None = None) -> None:
        """Call an address until somebody answers, with growing pauses; a call under way is cut short.

        Conversations may still have mail while the client ends: a call that began then would outlive the loop.
        """
        if self._closing:
            return
        if expected is not None and expected.contact is not None:
            self.links.forget_hang_ups(expected.contact)
            if self.links.stands(expected):
                return
        running = self._calls.get(address)
        if running is not None:
            if self.links.stands(running.expected):
                if expected is not None and not running.is_of(expected.identity):
                    self._duties.call_failed(address, somebody_else(), None, request_id)
                return
            running.give_up()
        self._calls[address] = call = _Call(expected, request_id)
        call.task = self._tasks.spawn(self._keep_calling(address, call))
        call.task.add_done_callback(lambda _: self._forget(address, call))

    def _forget(self, address: tuple[str, int], call: _Call) -> None:
        if self._calls.get(address) is call:
            del self._calls[address]

    async def _keep_calling(self, address: tuple[str, int], call: _Call) -> None:
        pause = Backoff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, self._randomness)
        while True:
            try:
                ended = await self._call_once(address, call)
            except BabiluError as error:
                if self.links.stands(call.expected):
                    return
                final = isinstance(error, TrustError) or error.code in FINAL
                wait = None if final else pause.take()
                if call.request_id is not None or not call.is_for_sibling:
                    self._duties.call_failed(address, error, wait, call.request_id)
                if wait is None:
                    return
            else:
                # The link stood and is gone: whoever dialled it dials again.
                if (
                    self.links.stands(call.expected)
                    or self.links.was_hung_up(call.contact)
                    or ended.code is ErrorCode.CLOSED
                ):
                    return
                call.request_id = None
                pause.reset()
                wait = pause.take()
            await asyncio.sleep(wait)
            if self.links.stands(call.expected):
                return

    async def _call_once(self, address: tuple[str, int], call: _Call) -> BabiluError:
        socket = self._tasks.keep(await dial(*address, self._limits))
        try:
            peer = await self._handshake.introduce(
                socket, call.expected, lambda: self._duties.call_pending(address, call.request_id)
            )
            known = await asyncio.wrap_future(self._duties.judge_answerer(peer, address))
            # Who has answered a bare address is who is called from then on, whoever listens there later.
            identity = IdentityKey(peer.devices.identity_key)
            call.expected = Expected(known.contact, identity, peer.entry, is_sibling=known.contact == ONESELF)
            return await self.links.establish(
                DirectConnection(known.contact, peer, socket, True, address, call.request_id)
            )
        except asyncio.CancelledError:
            socket.channel.close(LinkError(ErrorCode.CLOSED, "The call was given up."), Bye(HANG_UP))
            raise
        finally:
            socket.channel.close(LinkError(ErrorCode.CLOSED, "The call is over."))

    def call_for_mail(self, address: tuple[str, int], expected: Expected, *, written: bool) -> None:
        """Call a contact for whom mail waits, unless that is under way or the user has hung up.

        Whoever has hung up on the user is called for what the user has ``written``, and not for a receipt or a repair.
        """
        contact = expected.contact
        under_way = address in self._calls or any(call.contact == contact for call in self._calls.values())
        stands = contact is not None and self.links.links_with(contact)
        if self.links.is_wanted(contact, written=written) and not stands and not under_way:
            self.call(address, expected)

    def _answered(self, identity: bytes) -> None:
        self.callers.accepted(identity)

    def _give_up_crossing(self, contact: int) -> None:
        """End calls that were under way beside a link that was hung up: they would bring it back."""
        for call in self._calls.values():
            if call.contact == contact and call.task is not asyncio.current_task():
                call.give_up()

    def hang_up(self, contact: int, request_id: str | None = None) -> bool:
        """Close the links with a contact's devices and stop calling them, by that command; False where none was."""
        calls = [call for call in self._calls.values() if call.contact == contact]
        if not self.links.links_with(contact) and not calls:
            return False
        self.links.hang_up(contact, request_id)
        for call in calls:
            call.give_up()
        return True

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
        until = asyncio.get_running_loop().time() + FAREWELL_SECONDS
        await self.callers.close()
        await self.links.close(until)
        await self._tasks.end(until)
