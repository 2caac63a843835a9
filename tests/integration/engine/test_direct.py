from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.views import MessageState
from tests.integration.engine.party import befriend, direct


def test_two_strangers_meet_and_talk(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        bob.ask(commands.Call(alice.address))
        assert bob.hear(events.CallPending).address == alice.address
        request = alice.hear(events.RequestArrived).request
        assert (request.name, request.address) == ("bob", bob.address)
        assert alice.ask(commands.Accept(request.id)).accepted
        alice.until_connected("bob")
        bob.until_connected("alice")
        digits = {event.safety_number for party in (alice, bob) for event in party.of(events.PeerChanged)}
        assert digits == {request.safety_number}
        said = alice.send("bob", "hi")
        alice.until_state(said.id, MessageState.DELIVERED)
        answer = bob.send("alice", "hello")
        bob.until_state(answer.id, MessageState.DELIVERED)
        alice.until_arrived("bob", ["hello"])
        bob.until_arrived("alice", ["hi"])


@pytest.mark.parametrize("attempt", range(20))
def test_of_two_calls_at_once_one_stays_and_carries_both_ways(tmp_path: Path, attempt: int) -> None:
    del attempt
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(alice, bob)
        alice.ask(commands.HangUp("bob"))
        bob.until_disconnected("alice")
        calls = [
            alice.client.request(commands.Call(bob.address, "bob")),
            bob.client.request(commands.Call(alice.address, "alice")),
        ]
        for call in calls:
            call.result(10)
        said = [alice.send("bob", "from alice"), bob.send("alice", "from bob")]
        alice.until_state(said[0].id, MessageState.DELIVERED)
        bob.until_state(said[1].id, MessageState.DELIVERED)
        bob.until_arrived("alice", ["from alice"])
        alice.until_arrived("bob", ["from bob"])
        alice.until_connected("bob")
        bob.until_connected("alice")
