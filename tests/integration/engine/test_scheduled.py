"""A text that is sent later is sent once, when it is due, by the device on which it was written."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from tests.integration.engine.party import Party, WrongClock, account
from tests.integration.engine.relays import House

HOUR = 3_600_000


def at(house: House, stack: ExitStack, home: Path, name: str, clock: WrongClock | None = None) -> Party:
    party = Party(home / name, account(name, house.address), clock=clock)
    stack.callback(party.close)
    party.until_online()
    return party


def later(party: Party, text: str, after_ms: int, to: str = "bob") -> int:
    now = party.engine._base.clock.now_ms()
    return party.ask(commands.Schedule(to, text, now + after_ms)).number


def waiting(party: Party) -> list[tuple[str, bool]]:
    return [(each.text, each.overdue) for each in party.ask(commands.Scheduled())]


def test_a_text_is_sent_when_it_is_due(tmp_path: Path, house: House, stack: ExitStack) -> None:
    alice, bob = at(house, stack, tmp_path, "alice"), at(house, stack, tmp_path, "bob")
    later(alice, "much later", HOUR)
    later(alice, "soon", 1_500)
    assert [text for text, _ in waiting(alice)] == ["soon", "much later"]
    assert bob.of(events.MessageArrived) == []

    bob.until_arrived("alice", ["soon"])

    assert waiting(alice) == [("much later", False)]
    assert [event.scheduled.text for event in alice.of(events.ScheduledChanged) if event.gone] == ["soon"]


def test_what_was_due_while_nothing_ran_is_sent_at_the_next_start_and_after_a_day_waits_for_a_decision(
    tmp_path: Path, house: House, stack: ExitStack
) -> None:
    bob = at(house, stack, tmp_path, "bob")
    alice = at(house, stack, tmp_path, "alice")
    later(alice, "yesterday", HOUR)
    later(alice, "this morning", 20 * HOUR)
    later(alice, "tomorrow", 60 * HOUR)
    alice.close()

    again = at(house, stack, tmp_path, "alice", WrongClock(26 * HOUR))
    bob.until_arrived("alice", ["this morning"])

    assert waiting(again) == [("yesterday", True), ("tomorrow", False)]
    (number, _) = (each.number for each in again.ask(commands.Scheduled()))
    again.ask(commands.SendNow(number))
    bob.until_arrived("alice", ["this morning", "yesterday"])
    assert waiting(again) == [("tomorrow", False)]


def test_a_text_that_cannot_be_sent_waits_for_a_decision(tmp_path: Path, house: House, stack: ExitStack) -> None:
    alice, bob = at(house, stack, tmp_path, "alice"), at(house, stack, tmp_path, "bob")
    alice.send("bob", "hello")
    bob.until_arrived("alice", ["hello"])
    number = later(alice, "soon", 1_000)
    alice.ask(commands.Block("bob"))

    alice.hear(events.ScheduledChanged, lambda event: event.scheduled.overdue)

    assert waiting(alice) == [("soon", True)]
    with pytest.raises(DeliveryError) as refused:
        alice.ask(commands.SendNow(number))
    assert refused.value.code is ErrorCode.BLOCKED
    alice.ask(commands.Unschedule(number))
    assert waiting(alice) == []


def test_what_makes_no_sense_is_refused(tmp_path: Path, house: House, stack: ExitStack) -> None:
    alice = at(house, stack, tmp_path, "alice")
    at(house, stack, tmp_path, "bob")

    for after, text in ((-HOUR, "past"), (400 * 24 * HOUR, "far"), (HOUR, "  ")):
        with pytest.raises(UsageError):
            later(alice, text, after)
    with pytest.raises(DeliveryError) as unknown:
        later(alice, "hello", HOUR, to="nobody")
    assert unknown.value.code is ErrorCode.NOT_FOUND
    with pytest.raises(DeliveryError):
        alice.ask(commands.Unschedule(99))
