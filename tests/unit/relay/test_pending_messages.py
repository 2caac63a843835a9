"""Messages between nodes that no carrier has taken yet: bounded, in order, and the oldest make room."""

import asyncio

from babilu.relay.bus.pending import PENDING_BYTES, PendingMessages
from babilu.relay.bus.port import BusCounts


async def test_messages_are_taken_in_order_and_so_many_at_once() -> None:
    pending = PendingMessages(BusCounts())
    for number in range(5):
        pending.put(None if number % 2 else number, b"%d" % number)
    assert await pending.take(3) == [(0, b"0"), (None, b"1"), (2, b"2")]
    assert await pending.take(3) == [(None, b"3"), (4, b"4")]


async def test_whoever_takes_waits_until_there_is_something() -> None:
    pending = PendingMessages(BusCounts())
    pending.put(1, b"first")
    await pending.take(10)
    taking = asyncio.ensure_future(pending.take(10))
    await asyncio.sleep(0)
    assert not taking.done()
    pending.put(1, b"second")
    assert await taking == [(1, b"second")]


async def test_what_waits_is_bounded_in_bytes_and_what_is_dropped_is_counted() -> None:
    counts = BusCounts()
    pending = PendingMessages(counts)
    size = PENDING_BYTES // 8
    for number in range(11):
        pending.put(number, bytes(size))
    assert [node for node, _ in await pending.take(100)] == list(range(3, 11))
    assert counts.lost == 3
    # What was taken makes room.
    for number in range(8):
        pending.put(number, bytes(size))
    assert counts.lost == 3
