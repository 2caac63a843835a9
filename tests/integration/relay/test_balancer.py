"""A relay behind a balancer: limits by address hold for the clients that it names, and for nobody whom others name."""

import asyncio
import contextlib
import dataclasses
import ipaddress
import random
import socket

import pytest

from babilu.kernel.limits import Limits
from babilu.relay.base.addresses import Networks
from babilu.relay.base.settings import RelaySettings
from babilu.relay.node.server import Relay
from tests.balancer import own_header, proxy_header
from tests.integration.relay.conftest import House
from tests.relay_client import PATIENCE_S, ClosedError, RawClient

LOOPBACK: Networks = (ipaddress.ip_network("127.0.0.0/8"),)
ELSEWHERE: Networks = (ipaddress.ip_network("192.0.2.0/24"),)


def believe(house: House, relay: Relay, proxies: Networks) -> None:
    """Let the relay believe balancers of some networks."""
    settings = RelaySettings("127.0.0.1", 0, house.home, house.limits, house.registration, proxies=proxies)
    assert relay.reload(dataclasses.replace(settings, limits=house.limits)) == ()


async def come(house: House, first: bytes) -> RawClient:
    """Open a connection and say hello."""
    client = await house.clients.enter_async_context(RawClient.connect(house.relay.address, first=first))
    await client.hello()
    return client


async def test_a_limit_by_address_holds_for_each_client_of_a_balancer(house: House) -> None:
    believe(house, await house.start(Limits(connections_per_address=1, limit_loopback=True)), LOOPBACK)
    one = await come(house, proxy_header("203.0.113.1"))
    other = await come(house, proxy_header("203.0.113.2"))
    assert [await each.quiet() for each in (one, other)] == [[], []]
    again = await come(house, proxy_header("203.0.113.1"))
    assert await one.closed() == []
    assert [await each.quiet() for each in (other, again)] == [[], []]


async def test_a_network_of_ipv6_counts_as_one_client(house: House) -> None:
    believe(house, await house.start(Limits(connections_per_address=1)), LOOPBACK)
    one = await come(house, proxy_header("2001:db8:1:2::1"))
    await come(house, proxy_header("2001:db8:1:2:ffff::1"))
    assert await one.closed() == []


async def test_whoever_a_balancer_does_not_name_counts_as_the_balancer(house: House) -> None:
    believe(house, await house.start(Limits(connections_per_address=1, limit_loopback=True)), LOOPBACK)
    one = await come(house, own_header())
    await come(house, proxy_header("203.0.113.1"))
    assert await one.quiet() == []
    await come(house, own_header())
    assert await one.closed() == []


async def test_nobody_else_is_believed(house: House) -> None:
    believe(house, await house.start(), ELSEWHERE)
    with pytest.raises((ClosedError, OSError)):
        await come(house, proxy_header("203.0.113.1"))
    await come(house, b"")


async def test_a_client_that_comes_past_the_balancer_is_let_in_by_no_header_alone(house: House) -> None:
    relay = await house.start()
    believe(house, relay, LOOPBACK)
    with pytest.raises((ClosedError, OSError)):
        await come(house, b"")
    believe(house, relay, ())
    await come(house, b"")


async def test_strangers_of_a_balancer_that_say_nothing_are_bounded_in_all(house: House) -> None:
    believe(house, await house.start(Limits(connections=3)), LOOPBACK)
    waiting = [socket.create_connection(house.relay.address) for _ in range(8)]
    for each in waiting[::2]:
        each.sendall(proxy_header("203.0.113.1")[:20])
    client = await come(house, proxy_header("203.0.113.2"))
    assert await client.quiet() == []
    for each in waiting:
        each.close()


@pytest.mark.parametrize("seed", range(4))
async def test_noise_in_place_of_a_header_harms_nobody(house: House, seed: int) -> None:
    believe(house, await house.start(Limits(tls_ms=300)), LOOPBACK)
    client = await come(house, proxy_header("203.0.113.1"))
    chance = random.Random(seed)
    whole = proxy_header("2001:db8::1", bytes(40)) + b"\x16\x03\x01\x02\x00" + bytes(512)
    with contextlib.ExitStack() as noise:
        for _ in range(60):
            said = bytearray(whole[: chance.randrange(1, len(whole))])
            for _ in range(chance.randrange(3)):
                said[chance.randrange(len(said))] = chance.randrange(256)
            noisy = noise.enter_context(socket.create_connection(house.relay.address))
            noisy.sendall(said)
            if chance.random() < 0.3:
                noisy.close()
        assert await client.quiet() == []
        await come(house, proxy_header("203.0.113.2"))
        async with asyncio.timeout(PATIENCE_S):
            while house.relay._up.listener._arrivals:
                assert await client.quiet() == []
