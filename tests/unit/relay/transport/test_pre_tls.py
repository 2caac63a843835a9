import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from babilu.relay.transport.pre_tls import PreTlsQueue
from tests.balancer import own_header, proxy_header

RECORD = b"\x16\x03\x01\x02\x00" + bytes(512)


class Door:
    """Notes who entered and who was turned away."""

    def __init__(self) -> None:
        self.outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.named: list[str | None] = []
        self.pre_tls = PreTlsQueue(
            lambda _, seconds: self.note(f"in {seconds > 0}"),
            lambda _: self.note("away"),
            lambda _, client: self.named.append(client),
        )

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


HEADER = proxy_header("203.0.113.9", b"\x04\x00\x02ab")


@pytest.mark.parametrize("cut", [0, 1, 15, 16, 17, len(HEADER) - 1, len(HEADER), len(HEADER) + 3])
async def test_a_balancer_names_its_client_and_what_follows_stays_unread(cut: int) -> None:
    with connection() as (client, accepted):
        door = Door()
        said = HEADER + RECORD
        client.sendall(said[:cut])
        door.pre_tls.receive(accepted, 5, from_balancer=True)
        await asyncio.sleep(0)
        assert not door.outcome.done()
        client.sendall(said[cut:])
        assert await door.outcome == "in True"
        assert door.named == ["203.0.113.9"]
        assert accepted.recv(1000) == RECORD


async def test_a_balancer_that_comes_for_itself_names_nobody() -> None:
    with connection() as (client, accepted):
        door = Door()
        client.sendall(own_header() + RECORD)
        door.pre_tls.receive(accepted, 5, from_balancer=True)
        assert await door.outcome == "in True"
        assert door.named == [None]


@pytest.mark.parametrize(
    "said", [RECORD, HEADER[:3] + RECORD, b"PROXY TCP4 203.0.113.9 127.0.0.1 5000 5050\r\n" + RECORD]
)
async def test_a_balancer_that_says_no_header_is_turned_away_and_the_log_says_so_once(
    said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    outcomes = []
    with connection() as (client, accepted), connection() as (other, also_accepted):
        door = Door()
        for far, near in ((client, accepted), (other, also_accepted)):
            door.outcome = asyncio.get_running_loop().create_future()
            far.sendall(said)
            door.pre_tls.receive(near, 5, from_balancer=True)
            outcomes.append(await door.outcome)
    assert outcomes == ["away", "away"]
    assert door.named == []
    assert [record.message for record in caplog.records].count(caplog.records[0].message) == 1


@pytest.mark.parametrize("said", [b"", HEADER[:5], HEADER[:20], HEADER, HEADER + RECORD[:50]])
@pytest.mark.parametrize("leaves", [True, False])
async def test_a_balancer_has_as_long_for_all_of_it_as_anybody(said: bytes, leaves: bool) -> None:
    with connection() as (client, accepted):
        door = Door()
        client.sendall(said)
        door.pre_tls.receive(accepted, 5 if leaves else 0.05, from_balancer=True)
        if leaves:
            client.close()
        assert await door.outcome == "away"
