"""What the link to a relay makes of numbers that no honest relay gives."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, cast

import pytest

from babilu.engine.transport.relay_pins import RelayPins
from babilu.engine.transport.relay_ports import MailboxPosition, RelayDuties, RelayLogin
from babilu.engine.transport.relay_session import RelaySession
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import device_id
from babilu.kernel.limits import INTEGER_MAX, MAILBOX_NUMBER_MAX, Limits
from babilu.net.relay_connection import RelayConnection
from babilu.wire.client_frames import Resume
from babilu.wire.relay_frames import Deliver, RelayFrame, Resumed
from tests.unit.engine.homes import RANDOMNESS, Writer

pytestmark = pytest.mark.asyncio


class Duties:
    """The client behind the link: what it has, and what it is told."""

    def __init__(self, cursor: int = 0) -> None:
        self.cursor = cursor
        self.heads: list[int] = []
        self.delivered: list[int] = []

    def position(self) -> "Future[MailboxPosition]":
        future: Future[MailboxPosition] = Future()
        future.set_result(MailboxPosition(self.cursor, None, 0))
        return future

    def resumed(self, head: int) -> None:
        self.heads.append(head)

    def arrived(self, deliveries: list[Deliver]) -> None:
        self.delivered += [each.seq for each in deliveries]


class Connection:
    """A relay that answers a resume and pushes what a test wants."""

    def __init__(self, head: int, *pushed: RelayFrame) -> None:
        self._head = head
        self._pushed = pushed
        self.asked = 0

    def listen(self, take: Callable[[RelayFrame], None]) -> None:
        for frame in self._pushed:
            take(frame)

    async def request(self, make: Callable[[int], Resume], _: type[Resumed]) -> Resumed:
        self.asked += 1
        return Resumed(1, make(1).cursor, self._head)


@pytest.fixture
def login() -> RelayLogin:
    writer = Writer("alice")
    signing = writer.own.signing
    device = device_id(signing.public, writer.own.agreement.public)
    return RelayLogin("relay.example", 5050, RelayPins(), "alice", device, signing)


async def refusal(login: RelayLogin, duties: Duties, connection: Connection) -> str:
    session = RelaySession(login, Limits(), RANDOMNESS, cast(RelayDuties, duties))
    with pytest.raises(BabiluError) as refused:
        await session._resume(cast(RelayConnection, cast(Any, connection)))
    return refused.value.code.value


@pytest.mark.parametrize("number", [MAILBOX_NUMBER_MAX + 1, INTEGER_MAX])
async def test_mail_with_a_number_out_of_bounds_is_not_taken(login: RelayLogin, number: int) -> None:
    duties = Duties()
    connection = Connection(0, Deliver(number, 0, bytes(40)))
    assert await refusal(login, duties, connection) == "not_allowed"
    assert duties.delivered == []


async def test_a_cursor_out_of_bounds_counts_as_rolled_back_and_asks_no_relay(login: RelayLogin) -> None:
    connection = Connection(INTEGER_MAX)
    assert await refusal(login, Duties(INTEGER_MAX), connection) == "rolled_back"
    assert connection.asked == 0


async def test_a_mailbox_that_is_numbered_out_of_bounds_counts_as_rolled_back(login: RelayLogin) -> None:
    duties = Duties(7)
    assert await refusal(login, duties, Connection(INTEGER_MAX)) == "rolled_back"
    assert duties.heads == []
