"""A contact link brings two people together, and nobody else in the place of one of them."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.client import DirectProfile
from babilu.api.views import PeerState
from babilu.crypto.secret import Passphrase
from babilu.identity.contact_link import ContactLink
from babilu.kernel.errors import DeliveryError, ErrorCode, TrustError, UsageError
from tests.integration.engine.party import LOOPBACK, Party, account
from tests.integration.engine.relays import House


def at(house: House, stack: ExitStack, home: Path, name: str) -> Party:
    party = Party(home / name, account(name, house.address))
    stack.callback(party.close)
    party.until_online()
    return party


def test_whoever_follows_a_link_has_its_maker_as_an_accepted_contact(
    tmp_path: Path, house: House, stack: ExitStack
) -> None:
    alice, bob = at(house, stack, tmp_path, "alice"), at(house, stack, tmp_path, "bob")

    link = bob.ask(commands.OwnLink())
    added = alice.ask(commands.AddByLink(f" {link.text}\n"))

    assert added is not None
    assert (added.name, added.identity, added.accepted) == ("bob", link.identity, True)
    alice.send("bob", "hello")
    bob.until_arrived("alice", ["hello"])


def test_a_link_with_another_identity_than_the_relay_shows_adds_nobody_as_its_person(
    tmp_path: Path, house: House, stack: ExitStack
) -> None:
    alice, bob = at(house, stack, tmp_path, "alice"), at(house, stack, tmp_path, "bob")
    link = ContactLink.decode(bob.ask(commands.OwnLink()).text)
    carol = at(house, stack, tmp_path, "carol")
    forged = replace(link, identity=carol.ask(commands.OwnLink()).identity)

    with pytest.raises(TrustError) as refused:
        alice.ask(commands.AddByLink(forged.encode()))

    assert refused.value.code is ErrorCode.MISMATCH
    assert not alice.contact("bob").accepted


def test_own_links_those_of_other_relays_and_of_nobody_are_refused(
    tmp_path: Path, house: House, stack: ExitStack
) -> None:
    alice = at(house, stack, tmp_path, "alice")
    own = ContactLink.decode(alice.ask(commands.OwnLink()).text)
    elsewhere = replace(own, name="bob", identity=type(own.identity)(b"b" * 32), relay_key=b"r" * 32)

    for text in (own.encode(), elsewhere.encode(), "babilu://nothing"):
        with pytest.raises(UsageError):
            alice.ask(commands.AddByLink(text))
    with pytest.raises(DeliveryError) as refused:
        alice.ask(commands.AddByLink(replace(elsewhere, relay_key=own.relay_key).encode()))
    assert refused.value.code is ErrorCode.NOT_FOUND


def test_without_a_relay_a_link_leads_to_the_address_at_which_its_maker_listens(
    tmp_path: Path, stack: ExitStack
) -> None:
    bob = Party(tmp_path / "bob", DirectProfile("bob", Passphrase("passphrase of bob"), LOOPBACK))
    stack.callback(bob.close)
    alice = Party(tmp_path / "alice", DirectProfile("alice", Passphrase("passphrase of alice"), None))
    stack.callback(alice.close)
    with pytest.raises(UsageError):
        alice.ask(commands.OwnLink())

    alice.ask(commands.AddByLink(bob.ask(commands.OwnLink()).text))
    request = bob.hear(events.RequestArrived).request
    bob.ask(commands.Accept(request.id))

    connected = alice.hear(events.PeerChanged, lambda event: event.state is PeerState.CONNECTED)
    assert connected.name == "bob"


def test_without_a_relay_whoever_else_answers_at_the_address_of_a_link_is_refused_and_becomes_nobody(
    tmp_path: Path, stack: ExitStack
) -> None:
    bob = Party(tmp_path / "bob", DirectProfile("bob", Passphrase("passphrase of bob"), LOOPBACK))
    stack.callback(bob.close)
    mallory = Party(tmp_path / "mallory", DirectProfile("bob", Passphrase("passphrase of mallory"), LOOPBACK))
    stack.callback(mallory.close)
    alice = Party(tmp_path / "alice", DirectProfile("alice", Passphrase("passphrase of alice"), None))
    stack.callback(alice.close)
    real, other = (ContactLink.decode(party.ask(commands.OwnLink()).text) for party in (bob, mallory))

    alice.ask(commands.AddByLink(replace(real, host=other.host, port=other.port).encode()))
    mallory.ask(commands.Accept(mallory.hear(events.RequestArrived).request.id))

    failed = alice.hear(events.CallFailed)
    assert (failed.code, failed.retry_in_ms) == ("mismatch", None)
    assert alice.ask(commands.Contacts()) == ()
    assert [event.state for event in alice.of(events.PeerChanged)] == []


def test_the_link_of_somebody_else_is_not_said_to_be_followed_where_a_connection_stands_already(
    tmp_path: Path, stack: ExitStack
) -> None:
    mallory = Party(tmp_path / "mallory", DirectProfile("mallory", Passphrase("passphrase of mallory"), LOOPBACK))
    stack.callback(mallory.close)
    alice = Party(tmp_path / "alice", DirectProfile("alice", Passphrase("passphrase of alice"), None))
    stack.callback(alice.close)
    link = ContactLink.decode(mallory.ask(commands.OwnLink()).text)
    alice.ask(commands.AddByLink(link.encode()))
    mallory.ask(commands.Accept(mallory.hear(events.RequestArrived).request.id))
    alice.hear(events.PeerChanged, lambda event: event.state is PeerState.CONNECTED)

    alice.ask(commands.AddByLink(replace(link, identity=type(link.identity)(b"b" * 32)).encode()))

    assert alice.hear(events.CallFailed).code == "mismatch"
    assert [contact.identity for contact in alice.ask(commands.Contacts())] == [link.identity]


def test_a_call_by_the_link_of_somebody_who_is_known_shows_nothing_to_whoever_else_is_there(
    tmp_path: Path, stack: ExitStack
) -> None:
    bob = Party(tmp_path / "bob", DirectProfile("bob", Passphrase("passphrase of bob"), LOOPBACK))
    stack.callback(bob.close)
    alice = Party(tmp_path / "alice", DirectProfile("alice", Passphrase("passphrase of alice"), None))
    stack.callback(alice.close)
    link = ContactLink.decode(bob.ask(commands.OwnLink()).text)
    alice.ask(commands.AddByLink(link.encode()))
    bob.ask(commands.Accept(bob.hear(events.RequestArrived).request.id))
    alice.hear(events.PeerChanged, lambda event: event.state is PeerState.CONNECTED)

    network = alice.engine._command_dispatcher._handlers.network
    expected = network._expected(commands.Call(LOOPBACK, None, link.identity))

    assert expected is not None
    assert (expected.identity, expected.entry is None) == (link.identity, False)
