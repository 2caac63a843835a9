import asyncio
import socket
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, closing
from types import SimpleNamespace
from typing import Any, cast

import pytest

from babilu.engine.transport.direct_calls import DirectCalls
from babilu.engine.transport.direct_connection import DirectConnection
from babilu.engine.transport.direct_handshake import Expected
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import Limits
from babilu.system import SystemRandomness

BOB = 1
IDENTITY = bytes(32)
PHONE, LAPTOP = DeviceId(bytes(16)), DeviceId(bytes([1]) * 16)
HUNG_UP = LinkError(ErrorCode.CLOSED, "The other side hung up.")
LOST = LinkError(ErrorCode.UNAVAILABLE, "The other end closed the connection.")


class Duties:
    """A client that has nothing to do with links."""

    def own_bundle(self, _contact: int | None) -> "Future[None]":
        made: Future[None] = Future()
        made.set_result(None)
        return made

    def __init__(self) -> None:
        self.told: list[tuple[str, DeviceId, bool]] = []

    def link_up(self, link: DirectConnection, *, is_first: bool) -> None:
        self.told.append(("up", link.device, is_first))

    def link_down(self, link: DirectConnection, _reason: BabiluError, *, is_last: bool) -> None:
        self.told.append(("down", link.device, is_last))

    def call_failed(self, *_: object) -> None: ...


class Link:
    """A link with Bob that has ended already, for a reason."""

    contact = BOB
    outgoing = False
    established = 0.0
    peer = SimpleNamespace(devices=SimpleNamespace(identity_key=IDENTITY))

    def __init__(self, reason: BabiluError, device: DeviceId = PHONE) -> None:
        self._reason = reason
        self.device = device
        self.passed_on: list[bytes] = []
        self.closed_with: list[str] = []

    def give_prekeys(self, _bundle: object) -> None: ...

    def pass_on(self, sealed: bytes) -> None:
        self.passed_on.append(sealed)

    def close(self, _reason: object, farewell: str) -> None:
        self.closed_with.append(farewell)

    async def converse(self, *_: object) -> BabiluError:
        return self._reason


class Client:
    """Direct conversations with Bob, at whose address somebody listens and never answers."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.duties = Duties()
        self.calls = DirectCalls(cast("Any", None), Limits(), SystemRandomness(), cast("Any", self.duties))

    async def link_ends(self, reason: BabiluError) -> None:
        await self.calls.links.establish(cast("Any", Link(reason)))

    def has_for_bob(self, *, written: bool) -> bool:
        """Have something for Bob; tells whether he is called for it."""
        self.calls.call_for_mail(self.address, Expected(BOB, cast("Any", IDENTITY), cast("Any", None)), written=written)
        return self.address in self.calls._calls


@asynccontextmanager
async def client() -> AsyncIterator[Client]:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        made = Client(silent.getsockname())
        try:
            yield made
        finally:
            await made.calls.close()


async def test_whoever_hung_up_is_called_for_what_the_user_writes_and_not_for_a_receipt() -> None:
    async with client() as alice:
        await alice.link_ends(HUNG_UP)
        assert not alice.has_for_bob(written=False)
        assert alice.has_for_bob(written=True)


async def test_a_line_that_was_lost_is_called_again_for_a_receipt_as_well() -> None:
    async with client() as alice:
        await alice.link_ends(LOST)
        assert alice.has_for_bob(written=False)


async def test_that_somebody_hung_up_counts_until_the_next_link() -> None:
    async with client() as alice:
        await alice.link_ends(HUNG_UP)
        await alice.link_ends(LOST)
        assert alice.has_for_bob(written=False)


async def test_whom_the_user_has_hung_up_on_is_not_called_for_what_is_written_either() -> None:
    async with client() as alice:
        alice.calls.links._links[BOB] = {PHONE: cast("Any", Link(HUNG_UP))}
        assert alice.calls.hang_up(BOB)
        del alice.calls.links._links[BOB]
        assert not alice.has_for_bob(written=True)


async def test_a_call_that_crossed_one_that_was_hung_up_is_given_up() -> None:
    async with client() as alice:
        bob = Expected(BOB, cast("Any", IDENTITY), cast("Any", None))
        alice.calls.call(alice.address, bob)
        alice.calls.call(("127.0.0.2", 9), None)
        call = alice.calls._calls[alice.address].task
        assert call is not None
        await alice.link_ends(LOST)
        assert not call.cancelling()
        await alice.link_ends(HUNG_UP)
        assert call.cancelling()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert alice.address not in alice.calls._calls
        assert ("127.0.0.2", 9) in alice.calls._calls


@pytest.mark.parametrize("later", [False, True])
async def test_whoever_called_before_the_user_hung_up_is_not_let_in_and_whoever_calls_later_is(later: bool) -> None:
    async with client() as alice:
        now = asyncio.get_running_loop().time()
        alice.calls.links._links[BOB] = {PHONE: cast("Any", Link(HUNG_UP))}
        assert alice.calls.hang_up(BOB)
        del alice.calls.links._links[BOB]
        crossed = Link(LOST)
        await alice.calls.links.establish(cast("Any", crossed), now + 60 if later else now - 1)
        assert crossed.closed_with == ([] if later else ["done"])
        assert [told for told, *_ in alice.duties.told] == (["up", "down"] if later else [])


class StandingLink(Link):
    """A link that stands until the test ends it."""

    def __init__(self, device: DeviceId) -> None:
        super().__init__(LOST, device)
        self.stands, self.over = asyncio.Event(), asyncio.Event()

    async def converse(self, *_: object) -> BabiluError:
        self.stands.set()
        await self.over.wait()
        return self._reason


async def test_two_devices_of_a_contact_are_connected_beside_each_other() -> None:
    async with client() as alice:
        phone, laptop = StandingLink(PHONE), StandingLink(LAPTOP)
        links = [asyncio.create_task(alice.calls.links.establish(cast("Any", link))) for link in (phone, laptop)]
        for link in (phone, laptop):
            await link.stands.wait()
        assert alice.duties.told == [("up", PHONE, True), ("up", LAPTOP, False)]
        assert alice.calls.links.pass_on(BOB, LAPTOP, b"typing")
        assert (phone.passed_on, laptop.passed_on) == ([], [b"typing"])
        phone.over.set()
        await links[0]
        assert not alice.calls.links.pass_on(BOB, PHONE, b"typing")
        alice.calls.links.cut_off(BOB, (PHONE, LAPTOP))
        assert (phone.closed_with, laptop.closed_with) == ([], ["done"])
        laptop.over.set()
        await links[1]
        assert alice.duties.told[2:] == [("down", PHONE, False), ("down", LAPTOP, True)]


async def test_whoever_hangs_up_does_so_on_all_devices_of_a_contact() -> None:
    async with client() as alice:
        links = {device: Link(HUNG_UP, device) for device in (PHONE, LAPTOP)}
        alice.calls.links._links[BOB] = cast("Any", links)
        assert alice.calls.hang_up(BOB)
        assert [link.closed_with for link in links.values()] == [["done"], ["done"]]
        alice.calls.links._links.clear()


async def test_a_client_that_ends_begins_no_call_and_opens_no_server_socket() -> None:
    async with client() as alice:
        await alice.calls.close()
        assert not alice.has_for_bob(written=True)
        assert not alice.calls._tasks._tasks
        with pytest.raises(LinkError, match="closing"):
            await alice.calls.callers.listen("127.0.0.1", 0)
        assert alice.calls.callers.listening is None
