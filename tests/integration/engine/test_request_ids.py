"""What a command causes brings the command's id back, told by whatever thread and however much later."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import PeerState
from babilu.kernel.errors import UsageError
from babilu.kernel.limits import REQUEST_ID_CHARACTERS
from babilu.kernel.states import MessageState
from tests.integration.engine.party import Party, direct, relayed
from tests.integration.engine.relays import running_relay

HOUR = 3_600_000


def caused(party: Party, request_id: str) -> list[e.CausedEvent]:
    return [event for event in list(party.told) if isinstance(event, e.CausedEvent) and event.request_id == request_id]


def until_caused(party: Party, request_id: str, last: type, matches: Callable[[Any], bool] = lambda _: True) -> None:
    def came() -> bool:
        return any(isinstance(event, last) and matches(event) for event in caused(party, request_id))

    party.until(came, f"what {request_id} causes")


def kinds(told: Iterable[object]) -> list[str]:
    return [type(event).__name__ for event in told]


def test_every_event_that_a_command_causes_brings_its_id_back(tmp_path: Path) -> None:
    with running_relay(tmp_path / "relay") as house, relayed(tmp_path, house.address, "alice", "bob") as (alice, bob):
        bob.ask(c.Send("alice", "hello"))
        alice.until_arrived("bob", ["hello"])
        said = alice.ask(c.Send("bob", "hi", request_id="send"))
        alice.until_state(said.id, MessageState.DELIVERED)
        bob.until_arrived("alice", ["hi"])
        bob.ask(c.MarkRead("alice"))
        alice.until_state(said.id, MessageState.READ)
        alice.ask(c.EditMessage(said.id, "hey", request_id="edit"))
        alice.ask(c.SetReactions(said.id, ("👍",), request_id="react"))
        alice.ask(c.PinMessage(said.id, request_id="pin"))
        alice.ask(c.SetTimer("bob", 3_600, request_id="timer"))
        alice.ask(c.SetReceipts("bob", typing=False, request_id="receipts"))
        alice.ask(c.Forward(said.id, ("bob", "#notes"), request_id="forward"))
        at = said.at + HOUR
        alice.ask(c.Schedule("bob", "later", at, request_id="schedule"))
        number = alice.ask(c.Schedule("bob", "much later", at, request_id="other")).number
        alice.ask(c.Unschedule(number, request_id="give up"))
        sent = alice.ask(c.SendNow(number - 1, request_id="now"))
        alice.until_state(sent.id, MessageState.DELIVERED)
        alice.ask(c.DeleteMessage(said.id, for_all=True, request_id="delete"))
        alice.ask(c.ClearConversation("bob", request_id="clear"))
        assert kinds(caused(alice, "send"))[0] == "MessageQueued"
        assert set(kinds(caused(alice, "send"))[1:]) == {"MessageStateChanged"}
        assert kinds(caused(alice, "forward")).count("MessageQueued") == 2
        assert kinds(caused(alice, "schedule")) == ["ScheduledChanged", "ScheduledChanged"]
        assert kinds(caused(alice, "other")) == ["ScheduledChanged", "ScheduledChanged"]
        assert "MessageStateChanged" in kinds(caused(alice, "now"))
        single = {
            "edit": "MessageEdited",
            "react": "ReactionsChanged",
            "pin": "MessagePinned",
            "timer": "TimerChanged",
            "receipts": "ReceiptsChanged",
            "delete": "MessageDeleted",
            "clear": "ConversationCleared",
        }
        assert {each: kinds(caused(alice, each)) for each in single} == {each: [kind] for each, kind in single.items()}
        assert caused(alice, "give up") == []
        assert all(event.request_id is None for event in bob.told if isinstance(event, e.CausedEvent))


def test_what_becomes_of_a_call_brings_back_the_id_of_who_began_it_accepted_it_or_ended_it(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        bob.ask(c.Call(alice.address, request_id="call"))
        request = alice.hear(e.RequestArrived).request
        until_caused(bob, "call", e.CallPending)
        alice.ask(c.Accept(request.id, request_id="accept"))
        until_caused(alice, "accept", e.PeerChanged)
        until_caused(bob, "call", e.PeerChanged)
        bob.ask(c.HangUp("alice", request_id="hang up"))
        until_caused(bob, "hang up", e.PeerChanged)
        alice.until_disconnected("bob")
        assert kinds(caused(alice, "accept")) == ["RequestClosed", "PeerChanged"]
        assert kinds(caused(bob, "call")) == ["CallPending", "PeerChanged"]
        (ended,) = caused(bob, "hang up")
        assert isinstance(ended, e.PeerChanged)
        assert ended.state is PeerState.DISCONNECTED


def test_a_server_socket_that_was_asked_for_is_told_under_that_id(tmp_path: Path) -> None:
    with direct(tmp_path, "alice") as (alice,):
        alice.ask(c.StopListening(request_id="stop"))
        assert caused(alice, "stop") == [e.ListeningChanged(None, request_id="stop")]


@pytest.mark.parametrize("request_id", ["x" * (REQUEST_ID_CHARACTERS + 1), "é", "a\nb", "\ud800"])
def test_an_id_that_is_too_long_or_no_printable_ascii_is_refused(tmp_path: Path, request_id: str) -> None:
    with direct(tmp_path, "alice") as (alice,):
        with pytest.raises(UsageError, match="request id"):
            alice.ask(c.Contacts(request_id=request_id))
        assert alice.ask(c.Contacts(request_id="x" * REQUEST_ID_CHARACTERS)) == ()
