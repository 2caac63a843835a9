"""Strangers and users throw everything at the relay's port: they are refused or closed, and others chat on."""

import asyncio
import contextlib
import multiprocessing
import secrets
import struct
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from babilu.kernel.limits import FRAME_BYTES
from babilu.wire.client_frames import Ack, FetchBundle, Hello, Submit
from babilu.wire.codec import encode
from babilu.wire.frame_base import Ping
from babilu.wire.framing import frame
from babilu.wire.relay_frames import Error
from tests.e2e.processes import Processes
from tests.faults.conftest import Record, Times
from tests.faults.tools.bad_clients import noise, old_tls
from tests.faults.tools.judge import ANSWER_S, Judge
from tests.faults.tools.town import Town
from tests.relay_client import ClosedError, Person, RawClient, RefusedError, envelopes

Address = tuple[str, int]
Attack = Callable[[Address], Coroutine[Any, Any, None]]
SPAWN = multiprocessing.get_context("spawn")

SOCKETS = 500
FLOOD = 10_000
LONGEST_S = 60.0
GOODBYES = (ClosedError, RefusedError, ConnectionError, TimeoutError)


@asynccontextmanager
async def _live(address: Address, name: str) -> AsyncIterator[tuple[Person, RawClient]]:
    person = Person(f"{name}-{secrets.token_hex(6)}")
    async with RawClient.connect(address) as client:
        await client.register(person)
        await client.resume()
        yield person, client


async def _is_refused(client: RawClient) -> None:
    """Demand that a client is told an error, or sees its connection closed, in time."""
    async with asyncio.timeout(ANSWER_S):
        with contextlib.suppress(ClosedError):
            while not isinstance(await client.receive(), Error):
                continue


async def _silent_sockets(address: Address) -> None:
    writers = [(await asyncio.open_connection(*address))[1] for _ in range(SOCKETS)]
    await asyncio.sleep(1)
    for writer in writers:
        writer.transport.abort()


async def _lengths(address: Address) -> None:
    for length in (0, FRAME_BYTES + 1, 2**31, 2**32 - 1):
        async with RawClient.connect(address) as client:
            client.write(struct.pack(">I", length) + b"x" * 100)
            await _is_refused(client)


async def _bodies(address: Address) -> None:
    nested = b"\x91" * 10_000 + b"\xc0"
    bodies = [
        nested,
        b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00",
        b"\x92\xa5hello\xff",
        b"\x94\xa5hello\x01\x91\x01\xa2\xff\xfe",
        b"\xc1",
        b"\x93\xa6submit\x01",
        b"\xdf\xff\xff\xff\xff",
        b"\xdd\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
    ]
    for body in bodies:
        async with RawClient.connect(address) as client:
            client.write(frame(body))
            await _is_refused(client)


async def _cut_frames(address: Address) -> None:
    whole = frame(encode(Hello(1, (1,), "raw")))
    for end in range(len(whole)):
        async with RawClient.connect(address) as client:
            client.write(whole[:end])
            await client.writer.drain()


async def _reader_that_never_reads(address: Address) -> None:
    async with _live(address, "deafdeaf") as (_, client):
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport of a socket reads
        pings = frame(encode(Ping())) * FLOOD
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                while True:
                    client.write(pings)
                    await client.writer.drain()


async def _flood_of_submissions(address: Address) -> None:
    async with _live(address, "victim") as (victim, _), _live(address, "flooder") as (_, flooder):
        frames = [flooder.submit_frame(victim, envelope) for envelope in envelopes(FLOOD)]
        flooder.send(*frames)
        refused = accepted = 0
        with contextlib.suppress(*GOODBYES):
            async with asyncio.timeout(60):
                for _ in frames:
                    answer = await flooder.receive()
                    refused += isinstance(answer, Error)
                    accepted += not isinstance(answer, Error)
        assert refused
        assert accepted


async def _frames_out_of_place(address: Address) -> None:
    async with RawClient.connect(address) as client:
        await client.hello()
        for early in (Ack(1), Submit(9, "x", 1, bytes(16), 1, b"e"), FetchBundle(8, "x", bytes(16))):
            client.send(early)
            assert isinstance(await client.receive(), Error)
    async with _live(address, "hasty") as (_, client):
        client.send(Ack(2**60))
        await _is_refused(client)
        client.send(Submit(7, "%s\r\n\x1b[31m", 1, bytes(16), 1, b"e"))
        await _is_refused(client)


async def _strangers_at_once(address: Address) -> None:
    async def one() -> None:
        with contextlib.suppress(*GOODBYES):
            async with RawClient.connect(address) as client:
                await client.register(Person(f"crowd-{secrets.token_hex(6)}"))

    await asyncio.gather(*(one() for _ in range(60)))


ATTACKS: list[Attack] = [
    _silent_sockets,
    noise,
    old_tls,
    _lengths,
    _bodies,
    _cut_frames,
    _reader_that_never_reads,
    _flood_of_submissions,
    _frames_out_of_place,
]

CROWDS: list[Attack] = [_strangers_at_once]
"""Attacks that cost much of a processor: with all of them, and not beside other tests."""


def _run(attacks: list[Attack], address: Address) -> None:
    """Attack from a process of its own, so that the attacker's work is nobody else's."""
    attacker = SPAWN.Process(target=_attack, args=(attacks, address))
    attacker.start()
    attacker.join()
    assert attacker.exitcode == 0, _title(attacks)
    attacker.close()


def _attack(attacks: list[Attack], address: Address) -> None:
    for attack in attacks:
        asyncio.run(attack(address))


def _title(attacks: list[Attack]) -> str:
    return ", ".join(attack.__name__.strip("_").replace("_", " ") for attack in attacks)


@pytest.mark.timeout(1200)
def test_the_relay_and_bystanders_live_through_every_attack_on_its_port(
    processes: Processes, times: Times, record: Record, pytestconfig: pytest.Config
) -> None:
    enough = times(5, 100)
    # For each attack a judgement of its own in the full counts; one for all of them in the short selection.
    groups = [[each] for each in ATTACKS + CROWDS] if pytestconfig.getoption("--all-faults") else [ATTACKS]
    town = Town(processes, record, processes.relay(users=200))
    town.greet()
    address = (town.relay.host, int(town.relay.port))
    for group in groups:
        with Judge(_title(group), town.relay, (town.alice, town.bob)) as judge:
            begun = time.monotonic()
            while judge.messages < enough and time.monotonic() - begun < LONGEST_S:
                _run(group, address)
        record(judge.verdict)
    town.alice.settle("bob")
    assert town.relay.process.poll() is None
    assert town.relay.garbage == []
