"""A newcomer of a group whose adder's device is lost before it sent them the log, over a real relay."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from babilu.api import commands, events
from babilu.engine.conversation.groups import entries
from babilu.engine.conversation.groups.healing import SILENT_MS
from babilu.kernel.ids import MessageId
from babilu.kernel.states import GroupAdders, GroupRole, MessageState
from babilu.store.contact_records import ContactRecord
from tests.integration.engine.party import Party, WrongClock, parties_at
from tests.integration.engine.relays import running_relay
from tests.integration.engine.test_groups import join, meet, start


def lost_before_it_told(monkeypatch: pytest.MonkeyPatch, adder: str, newcomer: str) -> None:
    """Have the entries of somebody never reach whom they add."""
    told = entries.tell_entries

    def some(turn: Any, whom: Sequence[ContactRecord], *rest: Any, **more: Any) -> None:
        if turn.show.own_name == adder:
            whom = [each for each in whom if each.name != newcomer]
        told(turn, whom, *rest, **more)

    monkeypatch.setattr(entries, "tell_entries", some)


def added_by_bob(alice: Party, bob: Party, carol: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have bob add carol, and his device lost before it told her."""
    meet(alice, bob)
    meet(bob, carol)
    start(alice, bob)
    alice.ask(commands.SetRole("#picnic", "bob", GroupRole.ADMIN))
    bob.hear(events.GroupChanged, lambda event: event.group.role is GroupRole.ADMIN)
    lost_before_it_told(monkeypatch, "bob", "carol")
    bob.ask(commands.AddToGroup("#picnic", ("carol",)))
    alice.hear(events.GroupChanged, lambda event: len(event.group.members) == 3)
    bob.close()
    monkeypatch.undo()


def test_is_sent_it_by_whoever_writes_to_them_in_vain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = WrongClock()
    with running_relay(tmp_path / "relay") as house, parties_at(house.address, tmp_path) as open_party:
        alice, bob, carol = open_party("alice", clock), open_party("bob"), open_party("carol")
        added_by_bob(alice, bob, carol, monkeypatch)
        said = alice.send("#picnic", "does carol hear this?")
        alice.until_state(said.id, MessageState.HELD)
        alice.engine._wake_all()
        carol.settle("bob")
        # It may still come by itself, and whoever has been added says nothing of it.
        assert not carol.of(events.GroupInvited)
        clock.ahead_ms = SILENT_MS + 1
        alice.engine._wake_all()
        invitation = carol.hear(events.GroupInvited).invitation
        assert (invitation.title, invitation.by, invitation.members) == ("Picnic", "bob", 3)
        join(carol)
        carol.until_arrived("#picnic", ["does carol hear this?"])
        alice.until(lambda: "carol" in _who_has(alice, said.id), "carol's receipt")
        carol.send("#picnic", "yes")
        alice.until_arrived("#picnic", ["yes"])
        # Once; and Bob, whom Alice has let in herself, is sent nothing for being silent.
        before = _told(alice)
        clock.ahead_ms = 3 * SILENT_MS
        alice.engine._wake_all()
        alice.settle("bob")
        assert _told(alice) == before


def test_is_asked_only_if_who_has_added_them_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = WrongClock()
    with running_relay(tmp_path / "relay") as house, parties_at(house.address, tmp_path) as open_party:
        alice, bob, carol = open_party("alice", clock), open_party("bob"), open_party("carol")
        carol.ask(commands.WhoMayAdd(GroupAdders.CONTACTS))
        added_by_bob(alice, bob, carol, monkeypatch)
        said = alice.send("#picnic", "does carol hear this?")
        alice.until_state(said.id, MessageState.HELD)
        clock.ahead_ms = SILENT_MS + 1
        alice.engine._wake_all()
        # Carol has never met Alice, who brings it: Bob is the one who has added her.
        assert carol.hear(events.GroupInvited).invitation.by == "bob"


def _who_has(party: Party, message: MessageId) -> list[str]:
    people = party.ask(commands.MessageInfo(message)).people
    return [each.name for each in people if each.state in {MessageState.DELIVERED, MessageState.READ}]


def _told(party: Party) -> int:
    with party.engine._base.database.read() as unit:
        return unit.statements.number("SELECT count(*) FROM own_action")
