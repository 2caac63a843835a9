import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any, cast

from babilu.engine.transport.direct_connection import (
    MOST_KEPT,
    MOST_QUESTIONS,
    MOST_SPARES,
    DirectConnection,
    PeerHandlers,
)
from babilu.engine.transport.direct_parts import GETS_WAITING, PartAnswer, ReadParts
from babilu.identity.direct import DirectPeer
from babilu.identity.shapes import Bundle
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.ids import EnvelopeId
from babilu.net.direct_socket import DirectSocket
from babilu.wire.direct_frames import BlobGet, BlobKept, BlobRefused, BlobWaits, DirectFrame, DirectTransient, Prekeys


class Socket:
    """A socket on which frames came and then the end."""

    def __init__(self, *frames: DirectFrame) -> None:
        self._frames = list(frames)
        self.channel = SimpleNamespace(close=lambda _: None)

    @property
    def has_more(self) -> bool:
        return bool(self._frames)

    def let_in(self) -> None:
        """Give room."""

    async def receive(self) -> tuple[DirectFrame, bytes]:
        if not self._frames:
            raise LinkError(ErrorCode.CLOSED, "The end.")
        return self._frames.pop(0), b""


def keep_nothing(_: list[bytes]) -> "asyncio.Future[list[EnvelopeId]]":
    raise AssertionError("nothing came to be kept")


def hear_nothing(_: object) -> Any:
    raise AssertionError("nothing of this came")


def handlers(
    spare: Callable[[Bundle], None] = hear_nothing,
    transient: Callable[[bytes], None] = hear_nothing,
    waits: Callable[[BlobWaits], None] = hear_nothing,
    read_parts: ReadParts = hear_nothing,
    kept: Callable[[BlobKept], None] = hear_nothing,
) -> PeerHandlers:
    return PeerHandlers(cast("Any", keep_nothing), spare, transient, read_parts, kept, waits)


async def test_of_the_bundles_that_a_peer_gives_only_the_first_few_are_looked_at() -> None:
    bundle = cast("Bundle", SimpleNamespace())
    socket = cast("DirectSocket", Socket(*[Prekeys(bundle)] * (MOST_SPARES + 5)))
    link = DirectConnection(1, cast("DirectPeer", None), socket, True, ("here", 1))
    looked_at: list[Bundle] = []
    ended = await link.converse(handlers(spare=looked_at.append))
    assert ended.code is ErrorCode.CLOSED
    assert looked_at == [bundle] * MOST_SPARES


async def test_what_a_peer_says_that_is_not_kept_is_heard_at_a_pace() -> None:
    socket = cast("DirectSocket", Socket(*[DirectTransient(b"%d" % number) for number in range(1, 6)]))
    link = DirectConnection(1, cast("DirectPeer", None), socket, True, ("here", 1))
    heard: list[bytes] = []
    ended = await link.converse(handlers(transient=heard.append))
    assert ended.code is ErrorCode.CLOSED
    assert heard == [b"1"]


async def test_of_the_files_that_a_peer_asks_about_only_so_many_are_looked_for() -> None:
    waiting = BlobWaits(bytes(16), bytes(32))
    socket = cast("DirectSocket", Socket(*[waiting] * (MOST_QUESTIONS + 5)))
    link = DirectConnection(1, cast("DirectPeer", None), socket, True, ("here", 1))
    looked_for: list[BlobWaits] = []
    ended = await link.converse(handlers(waits=looked_for.append))
    assert ended.code is ErrorCode.CLOSED
    assert looked_for == [waiting] * MOST_QUESTIONS


async def test_of_the_files_that_a_peer_says_to_have_only_so_many_are_noted() -> None:
    told = BlobKept(bytes(16), bytes(32))
    socket = cast("DirectSocket", Socket(*[told] * (MOST_KEPT + 5)))
    link = DirectConnection(1, cast("DirectPeer", None), socket, True, ("here", 1))
    noted: list[BlobKept] = []
    ended = await link.converse(handlers(kept=noted.append))
    assert ended.code is ErrorCode.CLOSED
    assert noted == [told] * MOST_KEPT


async def test_a_peer_that_reads_no_refusals_is_not_read_either() -> None:
    refused: list[object] = []
    has_read = asyncio.Event()

    async def drained() -> None:
        await has_read.wait()

    gets = [BlobGet(number, bytes(16), bytes(32), 0) for number in range(GETS_WAITING + 3)]
    socket = Socket(*gets)
    socket.channel = SimpleNamespace(close=lambda _: None, send=refused.append, drained=drained)
    link = DirectConnection(1, cast("DirectPeer", None), cast("DirectSocket", socket), True, ("here", 1))
    read: Future[list[PartAnswer]] = Future()
    conversing = asyncio.ensure_future(link.converse(handlers(read_parts=lambda _: read)))
    for _ in range(20):
        await asyncio.sleep(0)
    assert refused == [BlobRefused(GETS_WAITING, "busy")]
    has_read.set()
    assert (await conversing).code is ErrorCode.CLOSED
    assert refused == [BlobRefused(GETS_WAITING + place, "busy") for place in range(3)]
