"""Messages disappear in time: at their sender, at whoever has seen them, unread ones too, and over closed clients."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from babilu.api import commands, events, views
from babilu.kernel.errors import UsageError
from babilu.kernel.ids import MessageId
from tests.integration.engine.party import Party, WrongClock, account
from tests.integration.engine.relays import House
from tests.unit.store.pages import places_of

DAY = 24 * 3_600_000
SECRET = "the treasure lies under the old oak"


@pytest.fixture
def bob(tmp_path: Path, house: House, stack: ExitStack) -> Party:
    return at(house, stack, tmp_path, "bob")


@pytest.fixture
def alice(tmp_path: Path, house: House, stack: ExitStack, bob: Party) -> Party:
    party = at(house, stack, tmp_path, "alice", WrongClock())
    party.send("bob", "hello")
    bob.until_arrived("alice", ["hello"])
    bob.send("alice", "hello back")
    party.until_arrived("bob", ["hello back"])
    return party


def at(house: House, stack: ExitStack, home: Path, name: str, clock: WrongClock | None = None) -> Party:
    party = Party(home / name, account(name, house.address), clock=clock)
    stack.callback(party.close)
    party.until_online()
    return party


def page(party: Party, name: str) -> dict[str, views.MessageView]:
    return {message.text: message for message in party.ask(commands.History(name)).messages}


def set_forward(party: Party, ms: int) -> None:
    """Let time pass for a client, and let it look at its clock."""
    clock = party.engine._base.clock
    assert isinstance(clock, WrongClock)
    clock.ahead_ms += ms
    party.engine._workers.commands.ask(party.engine._effect_runner.targets.clocks.look).result(20)


def test_a_message_is_gone_at_both_after_its_time(alice: Party, bob: Party) -> None:
    sent = alice.ask(commands.Send("bob", "soon gone", timer=1))
    assert sent.timer == 1
    bob.until(lambda: "soon gone" in page(bob, "alice"), "the message")
    assert page(bob, "alice")["soon gone"].expires_at is None

    bob.ask(commands.MarkRead("alice"))
    bob.hear(events.ClockStarted, lambda event: event.message == sent.id)

    for party, other in ((alice, "bob"), (bob, "alice")):
        party.hear(events.MessageExpired, lambda event: event.message == sent.id)
        assert "soon gone" not in page(party, other)
        assert party.ask(commands.Search("gone")) == ()


def test_a_conversation_has_a_timer_for_all_that_both_write_from_then_on(alice: Party, bob: Party) -> None:
    assert alice.ask(commands.SetTimer("bob", 3600)).seconds == 3600
    bob.hear(events.TimerChanged)

    bob.send("alice", "with the timer")
    alice.until(lambda: "with the timer" in page(alice, "bob"), "the message")
    assert page(alice, "bob")["with the timer"].timer == 3600
    assert page(alice, "bob")["hello"].timer is None

    for wrong in (0, 366 * 24 * 3600 + 1):
        with pytest.raises(UsageError):
            alice.ask(commands.SetTimer("bob", wrong))


def test_an_unread_message_is_gone_thirty_days_after_its_time(alice: Party, bob: Party) -> None:
    sent = bob.ask(commands.Send("alice", "unread", timer=3600))
    alice.until(lambda: "unread" in page(alice, "bob"), "the message")

    set_forward(alice, 29 * DAY)
    assert "unread" in page(alice, "bob")
    set_forward(alice, 2 * DAY)
    assert "unread" not in page(alice, "bob")
    assert alice.hear(events.MessageExpired).message == sent.id


def test_taking_a_message_to_see_it_starts_its_clock_and_noting_that_it_came_does_not(alice: Party, bob: Party) -> None:
    first = bob.ask(commands.Send("alice", "first", timer=3600))
    alice.until(lambda: "first" in page(alice, "bob"), "the message")
    alice.ask(commands.TakeUnshown(seen=False))
    second = bob.ask(commands.Send("alice", "second", timer=3600))
    alice.until(lambda: "second" in page(alice, "bob"), "the message")
    alice.ask(commands.TakeUnshown())

    started = [event.message for event in alice.of(events.ClockStarted)]
    assert second.id in started
    assert first.id not in started


def test_a_clock_that_is_set_back_makes_nothing_live_longer(alice: Party, bob: Party) -> None:
    bob.ask(commands.Send("alice", "an hour", timer=3600))
    alice.until(lambda: "an hour" in page(alice, "bob"), "the message")
    alice.ask(commands.MarkRead("bob"))

    set_forward(alice, -400 * DAY)
    assert "an hour" in page(alice, "bob")
    set_forward(alice, 3_601_000)

    assert "an hour" not in page(alice, "bob")


def test_what_ended_while_a_client_was_closed_is_gone_before_anything_is_shown(
    alice: Party, bob: Party, house: House, stack: ExitStack, tmp_path: Path
) -> None:
    gone: MessageId = bob.ask(commands.Send("alice", SECRET, timer=3600)).id
    alice.until(lambda: SECRET in page(alice, "bob"), "the message")
    bob.ask(commands.EditMessage(gone, f"{SECRET}!"))
    alice.hear(events.MessageEdited)
    quoting = bob.ask(commands.Send("alice", "as I said", reply_to=gone))
    alice.until(lambda: "as I said" in page(alice, "bob"), "the answer")
    alice.ask(commands.MarkRead("bob"))
    alice.close()

    again = Party(tmp_path / "alice", account("alice", house.address), clock=WrongClock(2 * 3_600_000))
    stack.callback(again.close)
    first_page = page(again, "bob")

    assert f"{SECRET}!" not in first_page
    assert first_page["as I said"].id == quoting.id
    quote = first_page["as I said"].reply_to
    assert quote is not None
    assert quote.text == ""
    database = again.engine._base.database
    again.until(
        lambda: places_of(SECRET.encode(), database._paths.database, database._key.reveal()) == 0, "its last trace"
    )
