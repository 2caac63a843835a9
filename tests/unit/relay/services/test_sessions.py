"""Seats of a relay that is full: an older account's device takes one of the crowd's."""

from typing import cast

import pytest

from babilu.kernel.errors import AccountError, ErrorCode, LinkError
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import Limits
from babilu.relay.base.states import Connected, DeviceAuthenticated, State
from babilu.relay.bus.port import AccountClosed, AccountInDoubt, DevicesRemoved, Hint
from babilu.relay.services.sessions import CLOSINGS_KEPT, SessionRegistry
from babilu.relay.transport.connection import Connection
from babilu.wire.frame_base import Bye


class Client:
    """A connection as a roster sees it."""

    is_open = True

    def __init__(self, address: str | None) -> None:
        self.address_key = address
        self.state: State = Connected()
        self.told: list[Bye] = []

    def become(self, state: State) -> None:
        self.state = state

    def close(self, farewell: Bye) -> None:
        self.told.append(farewell)


def come(
    sessions: SessionRegistry,
    account: int,
    address: str | None,
    created_at: int,
    *,
    known: bool = False,
    since: int | None = None,
) -> Client:
    client = Client(address)
    state = DeviceAuthenticated(account, f"name{account}", DeviceId(bytes([account] * 16)))
    sessions.join(cast("Connection", client), state, created_at, known=known, since=since)
    return client


def test_the_youngest_of_the_address_that_holds_most_makes_room_for_a_known_device() -> None:
    sessions = SessionRegistry(Limits(max_users=4))
    alone = come(sessions, 1, "10.0.0.9", created_at=900)
    login_queue = [come(sessions, number, "10.0.0.1", created_at=number) for number in (20, 30, 25)]
    come(sessions, 5, "10.0.0.5", created_at=3, known=True)
    assert [bool(client.told) for client in (alone, *login_queue)] == [False, False, True, False]
    assert login_queue[1].told[0].reason == ErrorCode.BUSY.value
    assert sessions.online == 4


def test_on_loopback_each_account_is_an_address_of_its_own() -> None:
    sessions = SessionRegistry(Limits(max_users=2))
    older, younger = come(sessions, 1, None, created_at=10), come(sessions, 2, None, created_at=20)
    come(sessions, 3, None, created_at=5, known=True)
    assert (older.told, len(younger.told)) == ([], 1)


@pytest.mark.parametrize(("created_at", "known"), [(5, False), (20, True), (30, True)])
def test_newcomers_and_younger_accounts_take_nobodys_seat(created_at: int, known: bool) -> None:
    sessions = SessionRegistry(Limits(max_users=1))
    there = come(sessions, 1, "10.0.0.1", created_at=20)
    with pytest.raises(AccountError) as refused:
        come(sessions, 2, "10.0.0.2", created_at, known=known)
    assert refused.value.code is ErrorCode.SERVER_FULL
    assert there.told == []


def test_who_is_connected_already_takes_no_further_seat() -> None:
    sessions = SessionRegistry(Limits(max_users=2))
    come(sessions, 1, "10.0.0.1", created_at=1)
    other = come(sessions, 2, "10.0.0.1", created_at=2)
    come(sessions, 1, "10.0.0.1", created_at=1, known=True)
    assert other.told == []


@pytest.mark.parametrize(
    "closing",
    [
        DevicesRemoved((DeviceId(bytes([1] * 16)),)),
        AccountClosed(1, ErrorCode.ACCOUNT_DISABLED),
        AccountInDoubt("name1"),
    ],
)
def test_a_login_that_asked_before_a_closing_is_repeated(closing: Hint) -> None:
    sessions = SessionRegistry(Limits())
    since = sessions.closings
    sessions.hear(closing)
    with pytest.raises(LinkError) as refused:
        come(sessions, 1, None, created_at=1, since=since)
    assert refused.value.code is ErrorCode.BUSY
    come(sessions, 2, None, created_at=1, since=since)
    come(sessions, 1, None, created_at=1, since=sessions.closings)


def test_a_login_that_took_longer_than_closings_are_remembered_is_repeated() -> None:
    sessions = SessionRegistry(Limits())
    for _ in range(CLOSINGS_KEPT + 1):
        sessions.hear(AccountClosed(9, ErrorCode.ACCOUNT_DISABLED))
    with pytest.raises(LinkError):
        come(sessions, 1, None, created_at=1, since=0)
    come(sessions, 1, None, created_at=1, since=1)
    assert len(sessions._closings) == CLOSINGS_KEPT
