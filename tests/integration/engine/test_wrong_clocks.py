"""Clocks that are wrong, or set while a conversation goes on, change neither what arrives nor its order."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.kernel.limits import DAY_MS
from babilu.kernel.states import MessageState
from tests.integration.engine.party import Party, WrongClock, account
from tests.integration.engine.relays import running_relay

YEAR_MS = 365 * DAY_MS


@pytest.mark.parametrize("days", [30, -30])
def test_a_clock_that_is_set_by_a_month_amid_a_conversation_loses_and_moves_nothing(tmp_path: Path, days: int) -> None:
    clock = WrongClock()
    with ExitStack() as stack:
        house = stack.enter_context(running_relay(tmp_path / "relay"))
        alice = Party(tmp_path, account("alice", house.address), clock=clock)
        stack.callback(alice.close)
        bob = Party(tmp_path, account("bob", house.address))
        stack.callback(bob.close)
        _talk(alice, bob, "before")
        clock.ahead_ms = days * DAY_MS
        _talk(alice, bob, "after")
        clock.ahead_ms = 0
        _talk(alice, bob, "and back")
        for party, other in ((alice, bob), (bob, alice)):
            assert party.texts(other.name) == [
                f"{who} {word}" for word in ("before", "after", "and back") for who in ("alice", "bob")
            ]
            assert party.of(events.GapNoticed) == []
            assert [*party.of(events.Warned), *party.of(events.AlarmRaised)] == []


@pytest.mark.parametrize("years", [1, -1])
def test_a_relay_whose_clock_is_a_year_off_delivers_like_any_other(tmp_path: Path, years: int) -> None:
    with ExitStack() as stack:
        house = stack.enter_context(running_relay(tmp_path / "relay", clock=WrongClock(years * YEAR_MS)))
        alice, bob = (Party(tmp_path, account(name, house.address)) for name in ("alice", "bob"))
        stack.callback(alice.close)
        stack.callback(bob.close)
        _talk(alice, bob, "hello")
        (shown,) = bob.of(events.MessageArrived)
        now = WrongClock().now_ms()
        assert now - DAY_MS < shown.message.at <= now
        alice.until(lambda: alice.ask(commands.Status()).unsettled == 0, "nothing left to be told of")


def _talk(alice: Party, bob: Party, word: str) -> None:
    for one, other in ((alice, bob), (bob, alice)):
        one.until_online()
        said = one.send(other.name, f"{one.name} {word}")
        one.until_state(said.id, MessageState.DELIVERED)
        other.until(lambda one=one, other=other: other.arrived(one.name)[-1:] == [f"{one.name} {word}"], "the message")  # type: ignore[misc]  # bound here
