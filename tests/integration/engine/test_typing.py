"""Typing between clients with real sockets: told to who is there, ended by the message, kept by nobody."""

from contextlib import ExitStack
from functools import reduce
from operator import or_
from pathlib import Path

import msgspec
import pytest

from babilu.api import commands, events
from babilu.api.views import LinkState, PresenceState
from babilu.engine.commands.typing import TypingNotices
from babilu.engine.transport.relay_session import RelaySession
from babilu.kernel.ids import DeviceId, conversation_id
from babilu.relay.transport import driver
from babilu.wire.client_frames import ClientFrame, Transient
from babilu.wire.codec import Codec, client_frames
from tests.integration.engine.party import Party, befriend, direct, relayed
from tests.integration.engine.relays import running_relay


def typing_of(party: Party) -> list[tuple[str, str, bool]]:
    return [(each.conversation, each.sender, each.active) for each in party.of(events.TypingChanged)]


def until_typing(party: Party, *told: tuple[str, str, bool]) -> None:
    party.until(lambda: len(typing_of(party)) >= len(told), "typing")
    assert typing_of(party) == list(told)


def acquainted(alice: Party, bob: Party) -> None:
    """Let two have written to each other and see each other online."""
    alice.send("bob", "hello")
    bob.until_arrived("alice", ["hello"])
    bob.send("alice", "hello")
    alice.until_arrived("bob", ["hello"])
    alice.until(lambda: is_online(alice, "bob"), "bob's presence")
    bob.until(lambda: is_online(bob, "alice"), "alice's presence")


def is_online(party: Party, name: str) -> bool:
    return party.contact(name).presence is PresenceState.ONLINE


def test_is_shown_by_relay_and_ends_with_the_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TypingNotices, "_set_timer", lambda _: None)  # so that time does not end it
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path, house.address, "alice", "bob") as (alice, bob),
    ):
        acquainted(alice, bob)
        alice.ask(commands.Typing("bob"))
        until_typing(bob, ("alice", "alice", True))
        assert bob.of(events.TypingChanged)[0].conversation_id == alice_and_bob(bob)
        alice.send("bob", "written")
        until_typing(bob, ("alice", "alice", True), ("alice", "alice", False))
        assert typing_of(alice) == []


def alice_and_bob(bob: Party) -> bytes:
    with bob.engine._base.database.read() as unit:
        contact = unit.contacts.by_name("alice")
    assert contact is not None
    return conversation_id(bob.engine._base.own.identity_key, contact.identity_key)


def test_is_shown_over_a_direct_connection(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(alice, bob)
        alice.ask(commands.Typing("bob"))
        until_typing(bob, ("alice", "alice", True))
        alice.send("bob", "written")
        until_typing(bob, ("alice", "alice", True), ("alice", "alice", False))
        assert typing_of(alice) == []


def test_waits_for_nobody_who_is_away(tmp_path: Path) -> None:
    with ExitStack() as stack:
        house = stack.enter_context(running_relay(tmp_path / "relay"))
        (alice,) = stack.enter_context(relayed(tmp_path, house.address, "alice"))
        with relayed(tmp_path, house.address, "bob") as (bob,):
            acquainted(alice, bob)
        alice.until(lambda: not is_online(alice, "bob"), "bob's absence")
        alice.ask(commands.Typing("bob"))
        (bob,) = stack.enter_context(relayed(tmp_path, house.address, "bob"))
        alice.send("bob", "later")
        bob.until_arrived("alice", ["later"])
        assert typing_of(bob) == []


def test_is_said_to_nobody_who_is_not_accepted_and_believed_of_no_stranger(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path, house.address, "alice", "bob") as (alice, bob),
    ):
        alice.send("bob", "hello")
        bob.until_arrived("alice", ["hello"])
        bob.ask(commands.Typing("alice"))
        alice.ask(commands.Typing("bob"))
        bob.send("alice", "hello")
        alice.until_arrived("bob", ["hello"])
        assert typing_of(alice) == typing_of(bob) == []


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What clients gave to the relay, which it could keep."""
    noted: list[bytes] = []
    hand_over = RelaySession.pass_on

    def note(session: RelaySession, name: str, device: DeviceId, sealed: bytes) -> None:
        noted.append(sealed)
        hand_over(session, name, device, sealed)

    monkeypatch.setattr(RelaySession, "pass_on", note)
    return noted


def play(party: Party, sealed: bytes) -> None:
    """Have the relay hand something to a client, and wait until that has been judged."""
    engine = party.engine
    engine._loop.run(_hand(party, sealed)).result(30)
    engine._workers.callers.ask(int).result(30)


async def _hand(party: Party, sealed: bytes) -> None:
    party.engine._relay_duties.transient(sealed)


def test_a_relay_that_plays_it_again_or_changes_it_shows_nobody_typing(tmp_path: Path, passed: list[bytes]) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path, house.address, "alice", "bob") as (alice, bob),
    ):
        acquainted(alice, bob)
        alice.ask(commands.Typing("bob"))
        until_typing(bob, ("alice", "alice", True))
        alice.send("bob", "written")
        shown = (("alice", "alice", True), ("alice", "alice", False))
        until_typing(bob, *shown)
        (sealed,) = passed
        for place in (0, 1, 40, len(sealed) - 1):
            play(bob, sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :])
        play(bob, sealed)
        play(alice, sealed)
        assert typing_of(bob) == list(shown)
        assert typing_of(alice) == []


def test_a_relay_that_does_not_know_it_refuses_it_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = tuple(kind for kind in ClientFrame.__args__ if kind is not Transient)
    decoder = msgspec.msgpack.Decoder(reduce(or_, former))
    monkeypatch.setattr(driver, "client_frames", Codec(decoder, client_frames._tags - {"transient"}))
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path, house.address, "alice", "bob") as (alice, bob),
    ):
        acquainted(alice, bob)
        alice.ask(commands.Typing("bob"))
        alice.send("bob", "written")
        bob.until_arrived("alice", ["hello", "written"])
        assert typing_of(bob) == []
        assert [each.state for each in alice.of(events.LinkChanged)][-1] is LinkState.ONLINE
        assert LinkState.OFFLINE not in [each.state for each in alice.of(events.LinkChanged)]
