import asyncio
import errno
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from babilu.kernel.errors import Reason
from babilu.net import racing
from babilu.net.racing import ADDRESSES_TRIED, RaceRules, Target, in_turns, is_gone, nobody_answers, open_socket

DEADLINE_S = 10.0
V4, V6 = socket.AF_INET, socket.AF_INET6


class Resolver:
    """Names lead where the test says."""

    def __init__(self) -> None:
        self.targets: list[Target] = []

    async def resolve(self, _host: str, _port: int) -> list[Target]:
        return self.targets


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    made = Resolver()
    monkeypatch.setattr(racing, "resolve", made.resolve)
    return made


@pytest.fixture
def silent() -> Iterator[tuple[Any, ...]]:
    """An address at which connections are neither taken nor refused: its backlog is full."""
    with ExitStack() as open_sockets:
        server = open_sockets.enter_context(socket.socket(V6))
        server.bind(("::1", 0))
        server.listen(0)
        address = server.getsockname()
        while True:
            client = open_sockets.enter_context(socket.socket(V6))
            client.settimeout(0.2)
            try:
                client.connect(address)
            except TimeoutError:
                break
        yield address


@pytest.fixture
def alive() -> Iterator[tuple[Any, ...]]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()


def refusing() -> tuple[Any, ...]:
    """An address at which nothing listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return tuple(server.getsockname())


async def reached(host: str = "dual.test") -> tuple[Any, ...]:
    async with asyncio.timeout(DEADLINE_S):
        made = await open_socket(host, 1)
    with closing(made):
        return tuple(made.getpeername())


async def test_an_address_that_says_nothing_keeps_nobody_from_the_next_one(
    resolver: Resolver, silent: tuple[Any, ...], alive: tuple[Any, ...]
) -> None:
    resolver.targets = [(V6, silent), (V4, alive)]
    assert await reached() == alive


async def test_an_address_that_refuses_lets_the_next_one_begin_at_once(
    resolver: Resolver, alive: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(racing, "ATTEMPT_DELAY_S", 10 * DEADLINE_S)
    resolver.targets = [(V4, refusing()), (V4, alive)]
    assert await reached() == alive


async def test_that_nothing_listens_is_told_rather_than_that_another_address_leads_nowhere(resolver: Resolver) -> None:
    resolver.targets = [(V6, ("::ffff:0:0:1", 1, 0, 0)), (V4, refusing())]
    with pytest.raises(ConnectionRefusedError) as refused:
        await reached()
    told = nobody_answers("No relay answers there", refused.value)
    assert (told.text, told.reason) == ("No relay answers there: nothing listens there.", Reason.REFUSED)


async def test_a_name_without_an_address_is_an_error_and_so_is_one_that_is_not_found(resolver: Resolver) -> None:
    resolver.targets = []
    with pytest.raises(OSError, match="no address"):
        await reached()
    told = nobody_answers("No relay answers there", socket.gaierror())
    assert (told.text, told.reason) == ("No relay answers there: this name cannot be found.", Reason.NAME_UNKNOWN)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (socket.gaierror(), Reason.NAME_UNKNOWN),
        (ConnectionRefusedError(), Reason.REFUSED),
        (TimeoutError(), Reason.SILENT),
        (OSError(errno.ENETUNREACH, ""), Reason.NO_WAY),
        (OSError(errno.EHOSTUNREACH, ""), Reason.NO_WAY),
        (ssl.SSLError(1, "wrong version number"), Reason.FOREIGN),
        (ssl.SSLEOFError(8, "EOF occurred"), Reason.ENDED),
        (ConnectionResetError(), Reason.ENDED),
        (ValueError(), None),
    ],
)
def test_every_end_of_an_attempt_has_its_reason_and_its_words(error: BaseException, reason: Reason | None) -> None:
    told = nobody_answers("No relay answers there", error)
    assert told.reason is reason
    assert (told.text == "No relay answers there: the connection failed.") is (reason is None)


async def test_only_so_many_addresses_of_a_name_are_tried(
    resolver: Resolver, alive: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(racing, "ATTEMPT_DELAY_S", 10 * DEADLINE_S)
    monkeypatch.setattr(racing, "shuffle", lambda _: None)
    resolver.targets = [*[(V4, refusing()) for _ in range(ADDRESSES_TRIED)], (V4, alive)]
    with pytest.raises(ConnectionRefusedError):
        await reached()


async def test_those_who_share_a_name_share_its_machines(resolver: Resolver) -> None:
    with ExitStack() as machines:
        servers = [machines.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64)) for _ in range(3)]
        resolver.targets = [(V4, server.getsockname()) for server in servers]
        came = {await reached() for _ in range(64)}
    assert came == {address for _, address in resolver.targets}


async def test_who_gives_up_leaves_no_attempt_behind(resolver: Resolver, silent: tuple[Any, ...]) -> None:
    resolver.targets = [(V6, silent), (V6, silent)]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await open_socket("dual.test", 1)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_machine_is_gone_where_nothing_listens_or_nobody_answers(
    alive: tuple[Any, ...], silent: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not await is_gone((V4, alive))
    assert await is_gone((V4, refusing()))
    monkeypatch.setattr(racing, "LOOK_S", 0.05)
    assert await is_gone((V6, silent))


@pytest.mark.parametrize(("number", "gone"), [(errno.EHOSTUNREACH, True), (errno.ENETUNREACH, False)])
async def test_what_is_wrong_with_the_own_network_says_nothing_about_a_machine(
    number: int, gone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> socket.socket:
        raise OSError(number, "so it is")

    monkeypatch.setattr(racing, "_attempt", fail)
    assert await is_gone((V4, ("192.0.2.1", 1))) is gone


class Race:
    """A race whose attempts the test plays, and who was closed."""

    def __init__(self, *attempts: racing.Attempt[str]) -> None:
        self.closed: list[str] = []
        rules: RaceRules[str, OSError] = RaceRules(OSError, lambda _: 0.0, lambda _: 0, self._close)
        self.task = asyncio.get_running_loop().create_task(racing.race(attempts, rules))

    async def _close(self, late: str) -> None:
        self.closed.append(late)

    async def give_up(self) -> None:
        """Cancel again and again, as whoever gives up and a loop that winds up do one after the other."""
        while not self.task.done():
            self.task.cancel()
            await asyncio.sleep(0)


async def test_what_has_won_while_its_race_is_given_up_twice_is_closed() -> None:
    over = asyncio.Event()

    async def win() -> str:
        over.set()
        return "won"

    made = Race(win)
    await over.wait()
    await made.give_up()
    assert made.task.cancelled()
    assert made.closed == ["won"]


async def test_a_winner_is_closed_that_waits_for_a_late_one_when_the_race_is_given_up() -> None:
    over = asyncio.Event()

    async def win() -> str:
        await asyncio.sleep(0)
        return "first"

    async def win_late() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            over.set()
        for _ in range(5):
            await asyncio.sleep(0)
        return "late"

    made = Race(win_late, win)
    await over.wait()
    await made.give_up()
    assert made.task.cancelled()
    assert sorted(made.closed) == ["first", "late"]


async def test_a_winner_is_given_and_a_late_one_closed_once() -> None:
    async def win() -> str:
        return "first"

    async def win_late() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "late"
        return "never"

    made = Race(win_late, win)
    assert await made.task == "first"
    assert made.closed == ["late"]


def test_families_take_turns_and_the_first_one_is_first() -> None:
    def of(family: int, *places: int) -> list[Target]:
        return [(family, (str(place), 1)) for place in places]

    assert in_turns([*of(V6, 1, 2, 3), *of(V4, 4, 5)], lambda family: family.reverse()) == [
        *(*of(V6, 3), *of(V4, 5), *of(V6, 2), *of(V4, 4), *of(V6, 1)),
    ]
