"""A text from a friend costs its recipient one write transaction until it is shown, where the conversation rests."""

from pathlib import Path

import pytest

from babilu.api import events
from babilu.kernel.states import MessageState
from tests.integration.engine.party import Party, account
from tests.integration.engine.relays import running_relay

TRIES = 10


class Writes:
    """Counts the write transactions that a client begins, and notes how many there were when a text was shown."""

    def __init__(self, party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.when_shown: list[int] = []
        database = party.engine._base.database
        take_turn = database._take_turn

        def counted(*, behind: bool = False) -> None:
            self.count += 1
            take_turn(behind=behind)

        monkeypatch.setattr(database, "_take_turn", counted)
        party.client.subscribe(
            lambda _, event: self.when_shown.append(self.count) if isinstance(event, events.MessageArrived) else None
        )


def is_at_rest(party: Party) -> bool:
    """Tell whether nothing is under way to anybody."""
    with party.engine._base.database.read() as unit:
        return not unit.outbox.devices_with_mail()


def test_a_text_to_a_resting_conversation_is_shown_by_one_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_relay(tmp_path / "relay") as house:
        alice = Party(tmp_path / "alice", account("alice", house.address))
        bob = Party(tmp_path / "bob", account("bob", house.address))
        try:
            alice.until_state(alice.send("bob", "hello").id, MessageState.DELIVERED)
            bob.send("alice", "hello")
            alice.until_arrived("bob", ["hello"])
            writes, cost = Writes(bob, monkeypatch), list[int]()
            for number in range(TRIES):
                bob.until(lambda: is_at_rest(bob), "rest")
                before = writes.count
                alice.until_state(alice.send("bob", f"text {number}").id, MessageState.DELIVERED)
                cost.append(writes.when_shown[-1] - before)
            # Where the conversation is still about what came before, the text is kept first, by a commit of its own.
            assert min(cost) == 1
            assert bob.arrived("alice") == ["hello", *(f"text {number}" for number in range(TRIES))]
        finally:
            alice.client.close()
            bob.client.close()
