"""Strangers throw everything at a client's server socket: they are put off or sent away, and friends talk on."""

import asyncio
import contextlib
import multiprocessing
import struct
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from babilu.api import commands
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.kernel.limits import FRAME_BYTES, Limits
from babilu.net.direct_socket import DirectSocket, dial
from babilu.net.tls import client_context
from babilu.wire.codec import encode
from babilu.wire.direct_frames import Bye, DirectEnvelope, DirectFrame, DirectHello, Greet, Pending
from babilu.wire.framing import frame
from tests.e2e.processes import Processes
from tests.faults.conftest import Record, Rounds, Times
from tests.faults.tools.account import Account
from tests.faults.tools.bad_clients import noise, old_tls
from tests.faults.tools.judge import ANSWER_S, Judge
from tests.faults.tools.ledger import troubles
from tests.integration.engine.party import befriend, direct
from tests.integration.engine.strangers import RANDOMNESS, Stranger

Address = tuple[str, int]
Attack = Callable[[Address], Coroutine[Any, Any, None]]
SPAWN = multiprocessing.get_context("spawn")

LIMITS = Limits()
SOCKETS = 200
STRANGERS = 80
LONGEST_S = 60.0


async def _silent_sockets(address: Address) -> None:
    writers = [(await asyncio.open_connection(*address))[1] for _ in range(SOCKETS)]
    await asyncio.sleep(1)
    for writer in writers:
        writer.transport.abort()


async def _silent_after_tls(address: Address) -> None:
    """Finish the handshake and say nothing: the oldest make room, and nobody honest is kept out."""
    sockets = [await dial(*address, LIMITS) for _ in range(2 * LIMITS.half_open)]
    async with asyncio.timeout(ANSWER_S):
        await sockets[0].closed
    async with _greeted(address) as (socket, greet):
        socket.channel.send(Stranger("patient").hello(socket.certificate, greet))
        assert await _hear(socket) == Pending()
    for socket in sockets:
        await _end(socket)


async def _broken_frames(address: Address) -> None:
    bodies = [
        b"\x91" * 10_000 + b"\xc0",
        b"\xc1",
        b"\x92\xa5hello\xff",
        b"\xdd\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
    ]
    lengths = [struct.pack(">I", length) + b"x" * 100 for length in (0, FRAME_BYTES + 1, 2**31, 2**32 - 1)]
    for octets in (*lengths, *(frame(body) for body in bodies)):
        reader, writer = await asyncio.open_connection(*address, ssl=client_context(), server_hostname="")
        writer.write(octets)
        async with asyncio.timeout(ANSWER_S):
            with contextlib.suppress(ConnectionError):
                await reader.read()
        writer.transport.abort()


async def _frames_out_of_place(address: Address) -> None:
    for early in (DirectEnvelope(b"let me in"), Pending(), Greet(bytes(32)), Bye("done"), DirectHello(b"", bytes(64))):
        async with _greeted(address) as (socket, _):
            socket.channel.send(early)
            await _is_sent_away(socket)
    async with _greeted(address) as (socket, greet):
        socket.channel.send(Stranger("impatient").hello(socket.certificate, greet))
        assert await _hear(socket) == Pending()
        socket.channel.send(DirectEnvelope(b"let me in"))
        await _is_sent_away(socket)


async def _hellos_of_others(address: Address) -> None:
    """Replay a good hello on another connection, change it, and reflect what was said."""
    stranger = Stranger("mallory")
    async with _greeted(address) as (socket, greet):
        good = stranger.hello(socket.certificate, greet)
        socket.channel.send(good)
        assert await _hear(socket) == Pending()
    body = stranger.body(RANDOMNESS.token(32))
    async with _greeted(address) as (socket, greet):
        swapped = msgspec.structs.replace(body, device_list=Stranger("other").own.device_list)
        for hello in (good, DirectHello(good.body, bytes(64)), stranger.hello(bytes(32), greet, body)):
            await _is_refused(address, hello)
        socket.channel.send(stranger.hello(socket.certificate, greet, swapped))
        await _is_sent_away(socket)


async def _is_refused(address: Address, hello: DirectHello) -> None:
    async with _greeted(address) as (socket, _):
        socket.channel.send(hello)
        await _is_sent_away(socket)


async def _strangers(address: Address) -> None:
    """Call with more good hellos of different people than may ask, all of them at once."""
    strangers = [Stranger(f"stranger{number}") for number in range(STRANGERS)]

    async def call(stranger: Stranger) -> None:
        async with _greeted(address) as (socket, greet):
            socket.channel.send(stranger.hello(socket.certificate, greet))
            assert await _hear(socket) == Pending()

    # No more at once than may be half open: the others would be sent away before they have spoken.
    for start in range(0, STRANGERS, LIMITS.half_open):
        await asyncio.gather(*(call(stranger) for stranger in strangers[start : start + LIMITS.half_open]))


ATTACKS: list[Attack] = [
    _silent_sockets,
    _silent_after_tls,
    noise,
    old_tls,
    _broken_frames,
    _frames_out_of_place,
    _hellos_of_others,
    _strangers,
]


@asynccontextmanager
async def _greeted(address: Address) -> AsyncIterator[tuple[DirectSocket, Greet]]:
    socket = await dial(*address, LIMITS)
    try:
        greet = await _hear(socket)
        assert isinstance(greet, Greet)
        yield socket, greet
    finally:
        await _end(socket)


async def _end(socket: DirectSocket) -> None:
    socket.channel.close(LinkError(ErrorCode.CLOSED, "Closed here."))
    await socket.closed


async def _hear(socket: DirectSocket) -> DirectFrame:
    async with asyncio.timeout(ANSWER_S):
        message, _ = await socket.receive()
        return message


async def _is_sent_away(socket: DirectSocket) -> None:
    """Demand a farewell that says nothing, or a closed connection, in time."""
    async with asyncio.timeout(ANSWER_S):
        with contextlib.suppress(BabiluError):
            while True:
                message, body = await socket.receive()
                assert message == Bye("pending") or body == encode(Pending()), message


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


def _friend(processes: Processes, name: str) -> Account:
    log = processes.folder / f"{name}.log"
    account = Account(name, lambda: processes.peer(name, "--log-file", str(log)), log)
    account.start()
    return account


def _address_of(account: Account) -> Address:
    host, _, port = str(account.now.of("listening")[0]["address"]).rpartition(":")
    return host, int(port)


@pytest.mark.timeout(1200)
def test_a_client_and_its_friends_live_through_every_attack_on_its_port(
    processes: Processes, times: Times, record: Record, pytestconfig: pytest.Config
) -> None:
    enough = times(3, 100)
    # For each attack a judgement of its own in the full counts; one for all of them in the short selection.
    groups = [[attack] for attack in ATTACKS] if pytestconfig.getoption("--all-faults") else [ATTACKS]
    alice, bob = _friend(processes, "alice"), _friend(processes, "bob")
    address = _address_of(alice)
    bob.now.do("call", ip=address[0], port=address[1])
    alice.now.do("accept", id=alice.now.take("request")["id"])
    bob.now.take("peer", name="alice", state="connected")
    for group in groups:
        with Judge(_title(group), alice.now, (bob, alice)) as judge:
            begun = time.monotonic()
            while judge.messages < enough and time.monotonic() - begun < LONGEST_S:
                _run(group, address)
        record(judge.verdict)
    bob.settle("alice")
    sent = [kept.id for kept in bob.history("alice") if kept.outgoing]
    assert [kept.id for kept in alice.history("bob") if not kept.outgoing] == sent
    assert [event["id"] for event in alice.printed()] == sent
    assert len(alice.ask("requests")["requests"]) == LIMITS.pending_requests
    assert len(alice.now.of("request")) == LIMITS.pending_requests + 1
    assert [trouble for account in (alice, bob) for trouble in troubles(account)] == []
    assert not bob.now.of("peer", name="alice", state="disconnected")


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_of_two_calls_at_once_one_stays_however_often(
    tmp_path: Path, times: Times, rounds: Rounds, record: Record
) -> None:
    pairs = times(10, 200)
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(alice, bob)
        both = ((alice, bob), (bob, alice))
        for number in rounds(pairs):
            alice.ask(commands.HangUp("bob"))
            for one, other in both:
                one.until_disconnected(other.name)
            calls = [one.client.request(commands.Call(other.address, other.name)) for one, other in both]
            for call in calls:
                call.result(LONGEST_S)
            for one, other in both:
                one.send(other.name, f"{number}")
            for one, other in both:
                other.until_arrived(one.name, [f"{earlier}" for earlier in range(number + 1)])
                one.until_connected(other.name)
    record(f"{pairs} pairs of calls at once: one connection each time, {2 * pairs} messages, each shown once")
