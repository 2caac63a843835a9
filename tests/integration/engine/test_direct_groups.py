"""Groups without a relay: what is said reaches those with whom one is connected, and waits for the others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.kernel.states import MessageState
from tests.integration.engine.party import Party, befriend, direct
from tests.integration.engine.test_groups import join


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Party]]:
    with direct(tmp_path, "alice", "bob", "carol") as parties:
        alice, *others = parties
        for other in others:
            befriend(alice, other)
        yield parties


def test_what_is_said_waits_for_whom_one_is_not_connected_with(three: list[Party]) -> None:
    alice, bob, carol = three
    alice.ask(commands.StartGroup("Picnic", ("bob", "carol")))
    for each in (bob, carol):
        join(each)
    alice.send("#picnic", "hello")
    for each in (bob, carol):
        each.until_arrived("#picnic", ["hello"])
    said = bob.send("#picnic", "it waits")
    alice.until_arrived("#picnic", ["it waits"])
    bob.hear(
        events.MessageStateChanged,
        lambda event: event.message == said.id and event.audience is not None and event.audience.delivered == 1,
    )
    people = {each.name: each.state for each in bob.ask(commands.MessageInfo(said.id)).people}
    assert people == {"alice": MessageState.DELIVERED, "carol": MessageState.QUEUED}
    # Carol knows Bob by the group's log, and he has her address by other means.
    bob.ask(commands.Call(carol.address, "carol"))
    carol.accept_next()
    carol.until_arrived("#picnic", ["hello", "it waits"])
    bob.until_state(said.id, MessageState.DELIVERED)
