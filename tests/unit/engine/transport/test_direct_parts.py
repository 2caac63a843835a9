"""Parts of files over one direct connection: few at a time, after all else, and no question stays without an end."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future

import msgspec
import pytest

from babilu.engine.transport.direct_parts import GETS_WAITING, READ_TOGETHER, DirectParts, PartAnswer
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.kernel.ids import BlobId
from babilu.wire.direct_frames import BlobData, BlobGet, BlobKept, BlobRefused

BLOB = BlobId(bytes(16))
TOKEN = bytes(32)


class Channel:
    """Takes frames; it is drained as often as somebody lets it."""

    def __init__(self) -> None:
        self.sent: list[msgspec.Struct] = []
        self.leaving = asyncio.Semaphore(0)

    def send(self, message: msgspec.Struct) -> None:
        self.sent.append(message)

    async def drained(self) -> None:
        await self.leaving.acquire()

    @property
    def parts(self) -> list[int]:
        """Numbers of the questions that were answered by a part."""
        return [each.request for each in self.sent if isinstance(each, BlobData)]


class Disk:
    """Reads parts, and remembers which together."""

    def __init__(self) -> None:
        self.read: list[list[int]] = []

    def __call__(self, gets: Sequence[BlobGet]) -> "Future[list[PartAnswer]]":
        self.read.append([get.request for get in gets])
        future: Future[list[PartAnswer]] = Future()
        future.set_result([BlobData(get.request, get.blob, get.offset, 4, b"part") for get in gets])
        return future


def get(number: int) -> BlobGet:
    return BlobGet(number, BLOB, TOKEN, 0)


async def turns() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_part_leaves_only_after_what_waits_and_few_are_read_ahead() -> None:
    channel, disk = Channel(), Disk()
    parts = DirectParts(channel)
    serving = asyncio.ensure_future(parts.serve(disk))
    for number in range(READ_TOGETHER + 2):
        parts.asked(get(number))
    await turns()
    assert channel.parts == []
    assert disk.read == [list(range(READ_TOGETHER))]
    for done in range(1, READ_TOGETHER + 1):
        channel.leaving.release()
        await turns()
        assert channel.parts == list(range(done))
    assert disk.read[1:] == [[READ_TOGETHER, READ_TOGETHER + 1]]
    serving.cancel()
    await asyncio.wait([serving])


async def test_whoever_asks_for_more_than_they_have_read_is_refused() -> None:
    channel = Channel()
    parts = DirectParts(channel)
    serving = asyncio.ensure_future(parts.serve(Disk()))
    for number in range(GETS_WAITING):
        parts.asked(get(number))
    await turns()
    parts.asked(get(99))
    assert channel.sent == [BlobRefused(99, "busy")]
    channel.leaving.release()
    await turns()
    parts.asked(get(100))
    assert channel.sent[1:] == [BlobData(0, BLOB, 0, 4, b"part")]
    serving.cancel()
    await asyncio.wait([serving])


async def test_what_cannot_be_read_is_refused() -> None:
    channel = Channel()
    parts = DirectParts(channel)
    broken: Future[list[PartAnswer]] = Future()
    broken.set_exception(LinkError(ErrorCode.BUSY, "Too much is to be done."))
    serving = asyncio.ensure_future(parts.serve(lambda _: broken))
    parts.asked(get(1))
    channel.leaving.release()
    await turns()
    assert channel.sent == [BlobRefused(1, "busy")]
    serving.cancel()
    await asyncio.wait([serving])


async def test_each_answer_finds_its_question_and_what_nobody_asked_for_is_passed_over() -> None:
    channel = Channel()
    parts = DirectParts(channel)
    one, two = parts.ask(BLOB, TOKEN, 0), parts.ask(BLOB, TOKEN, 65_552)
    assert channel.sent == [BlobGet(1, BLOB, TOKEN, 0), BlobGet(2, BLOB, TOKEN, 65_552)]
    parts.answered(BlobData(7, BLOB, 0, 4, b"part"))
    parts.answered(BlobData(2, BLOB, 65_552, 65_556, b"part"))
    parts.answered(BlobRefused(1, "not_found"))
    parts.answered(BlobRefused(1, "not_found"))
    assert (await two).offset == 65_552
    with pytest.raises(BabiluError) as refused:
        await one
    assert refused.value.code is ErrorCode.NOT_FOUND


async def test_of_whoever_never_answers_no_more_is_asked() -> None:
    channel = Channel()
    parts = DirectParts(channel)
    for place in range(GETS_WAITING):
        parts.ask(BLOB, TOKEN, place)
    one_more = parts.ask(BLOB, TOKEN, GETS_WAITING)
    assert one_more.done()
    with pytest.raises(BabiluError) as refused:
        await one_more
    assert refused.value.code is ErrorCode.BUSY
    assert len(channel.sent) == GETS_WAITING
    parts.answered(BlobRefused(1, "busy"))
    parts.ask(BLOB, TOKEN, GETS_WAITING)
    assert len(channel.sent) == GETS_WAITING + 1
    parts.end(LinkError(ErrorCode.CLOSED, "Gone."))


async def test_with_the_connection_every_question_ends_and_no_other_is_asked() -> None:
    channel = Channel()
    parts = DirectParts(channel)
    question = parts.ask(BLOB, TOKEN, 0)
    parts.tell_kept(BLOB, TOKEN)
    parts.end(LinkError(ErrorCode.CLOSED, "Gone."))
    parts.tell_kept(BLOB, TOKEN)
    for each in (question, parts.ask(BLOB, TOKEN, 0)):
        with pytest.raises(BabiluError) as ended:
            await each
        assert ended.value.code is ErrorCode.UNAVAILABLE
    assert channel.sent == [BlobGet(1, BLOB, TOKEN, 0), BlobKept(BLOB, TOKEN)]
