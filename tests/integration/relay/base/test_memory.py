"""A stranger leaves little at a relay, and nothing when it has gone."""

import gc
from collections.abc import Iterator

import pytest

from babilu.relay.node.server import Relay
from babilu.relay.transport.connection import Connection
from babilu.wire.client_frames import Hello
from babilu.wire.codec import encode
from babilu.wire.connection import HELLO_BYTES, STRANGER_BYTES
from babilu.wire.framing import frame
from babilu.wire.relay_frames import Error
from tests.integration.relay.conftest import House


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Nothing is freed but what nobody refers to any more."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def connections(relay: Relay) -> set[Connection]:
    return relay._up.registry._connections


async def test_before_a_hello_a_frame_longer_than_one_is_refused_before_it_comes(house: House) -> None:
    await house.start()
    client = await house.connect()
    client.writer.write((HELLO_BYTES).to_bytes(4, "big"))
    (error,) = await client.closed()
    assert isinstance(error, Error)
    assert error.code == "too_large"


async def test_the_longest_hello_is_no_such_frame(house: House) -> None:
    await house.start()
    client = await house.connect()
    longest = Hello(1, (1, *[2**63 - 1] * 15), "\U0001f512" * 64)
    assert len(frame(encode(longest))) <= HELLO_BYTES // 2
    client.send(longest)
    assert (await client.receive()).__class__.__name__ == "Welcome"


async def test_what_is_kept_of_a_stranger_is_bounded_before_and_after_a_hello(house: House) -> None:
    relay = await house.start()
    client = await house.connect()
    client.writer.write((HELLO_BYTES - 5).to_bytes(4, "big") + bytes(HELLO_BYTES - 6))
    await house.until(lambda: any(each._wire.kept for each in connections(relay)))
    (begun,) = (each for each in connections(relay) if each._wire.kept)
    assert begun._wire.kept < HELLO_BYTES
    assert len(begun.get_buffer(-1)) + begun._wire.kept <= HELLO_BYTES
    greeted = await house.pending_peer()
    size = house.limits.frame_bytes
    greeted.writer.write(size.to_bytes(4, "big") + bytes(size - 1))
    await house.until(lambda: any(each._wire.kept == size + 3 for each in connections(relay)))
    (said,) = (each for each in connections(relay) if each._wire.kept == size + 3)
    assert len(said.get_buffer(-1)) + said._wire.kept <= STRANGER_BYTES


@pytest.mark.usefixtures("no_collector")
async def test_a_connection_that_is_lost_is_freed_at_once(house: House) -> None:
    relay = await house.start()
    alice, _ = await house.register("alice")
    left = [await house.pending_peer(), (await house.enter(alice))[0]]
    await house.until_online(1)
    assert in_memory() >= 3
    for client in left:
        client.writer.transport.abort()
    await house.until_online(0)
    await house.until(lambda: in_memory() == len(connections(relay)) <= 4)


def in_memory() -> int:
    return sum(type(each) is Connection for each in gc.get_objects())
