import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from babilu.relay.transport.pre_tls import PreTlsQueue

RECORD = b"\x16\x03\x01\x02\x00" + bytes(512)


class Door:
    """Notes who entered and who was turned away."""

    def __init__(self) -> None:
        self.outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.pre_tls = PreTlsQueue(lambda _, seconds: self.note(f"in {seconds > 0}"), lambda _: self.note("away"))

    def note(self, outcome: str) -> None:
        self.outcome.set_result(outcome)


@contextmanager
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        client = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        accepted.setblocking(False)
        with client, accepted:
            yield client, accepted


@pytest.mark.parametrize("cut", [0, 1, 3, 4, 5, 6, 100, len(RECORD) - 1])
async def test_a_first_record_lets_in_when_it_is_whole_and_stays_unread(cut: int) -> None:
    with connection() as (client, accepted):
        door = Door()
        client.sendall(RECORD[:cut])
        door.pre_tls.receive(accepted, 5)
        await asyncio.sleep(0)
        assert not door.outcome.done()
        client.sendall(RECORD[cut:])
        assert await door.outcome == "in True"
        assert accepted.recv(1000) == RECORD
        assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT) == 1


async def test_what_is_there_at_once_is_let_in_at_once() -> None:
    with connection() as (client, accepted):
        client.sendall(RECORD + b"more")
        accepted.setblocking(True)
        accepted.recv(len(RECORD), socket.MSG_PEEK | socket.MSG_WAITALL)
        accepted.setblocking(False)
        door = Door()
        door.pre_tls.receive(accepted, 5)
        assert door.outcome.result() == "in True"


@pytest.mark.parametrize(
    "noise",
    [b"GET / HTTP/1.1\r\n", b"\x15\x03\x01\x00\x02", b"\x16\x02", b"\x16\x03\x01\xff\xff", b"\x16\x03\x01\x00\x00"],
)
async def test_what_is_no_handshake_is_turned_away(noise: bytes) -> None:
    with connection() as (client, accepted):
        door = Door()
        door.pre_tls.receive(accepted, 5)
        client.sendall(noise)
        client.shutdown(socket.SHUT_WR)
        assert await door.outcome == "away"


@pytest.mark.parametrize("said", [b"", RECORD[:2], RECORD[:50]])
async def test_who_leaves_before_the_record_is_whole_is_turned_away(said: bytes) -> None:
    with connection() as (client, accepted):
        door = Door()
        client.sendall(said)
        door.pre_tls.receive(accepted, 5)
        client.close()
        assert await door.outcome == "away"


@pytest.mark.parametrize("said", [b"", RECORD[:50]])
async def test_who_does_not_go_on_is_turned_away_in_time(said: bytes) -> None:
    with connection() as (client, accepted):
        door = Door()
        client.sendall(said)
        door.pre_tls.receive(accepted, 0.05)
        assert await door.outcome == "away"


async def test_a_reset_turns_away() -> None:
    with connection() as (client, accepted):
        door = Door()
        door.pre_tls.receive(accepted, 5)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        client.close()
        assert await door.outcome == "away"


async def test_who_waits_at_the_end_is_turned_away() -> None:
    with connection() as (_, accepted):
        door = Door()
        door.pre_tls.receive(accepted, 5)
        door.pre_tls.close()
        assert await door.outcome == "away"
