"""A name means whom it was given to: nobody takes it by an account, a call or a word of the relay."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.client import DirectProfile
from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.crypto.secret import Passphrase
from babilu.engine.conversation.effects import GiveHint
from babilu.engine.conversation.wakeups import ListCame
from babilu.identity.device_list import (
    decode_device_list,
    encode_device_list,
    make_device_list,
    make_entry,
    verify_device_list,
)
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import ErrorCode, TrustError, UsageError
from babilu.kernel.ids import conversation_id
from babilu.kernel.states import MessageState, Route, Trust
from babilu.system import SystemRandomness
from tests.integration.engine.insiders import contact_of
from tests.integration.engine.party import LOOPBACK, Party, account, befriend, direct
from tests.integration.engine.relays import House
from tests.integration.engine.strangers import Stranger, Wires, wires

RANDOMNESS = SystemRandomness()


@pytest.fixture
def net() -> Iterator[Wires]:
    with wires() as net:
        yield net


def test_an_account_of_the_same_name_gets_no_message_that_was_meant_for_a_direct_contact(
    tmp_path: Path, house: House, stack: ExitStack
) -> None:
    alice = Party(tmp_path, replace(account("alice", house.address), listen=LOOPBACK))
    stack.callback(alice.close)
    bob = Party(tmp_path / "bob", DirectProfile("bob", Passphrase("passphrase of bob"), LOOPBACK))
    stack.callback(bob.close)
    alice.until_online()
    befriend(bob, alice)
    known = alice.ask(commands.MarkVerified("bob"))
    mallory = Party(tmp_path, account("bob", house.address))
    stack.callback(mallory.close)
    mallory.until_online()
    mallory.send("alice", "it is me")
    alice.until_arrived("bob~2", ["it is me"])
    assert alice.contact("bob").identity == known.identity
    assert (alice.contact("bob").trust, alice.contact("bob").account) == (Trust.VERIFIED, "")
    assert alice.contact("bob~2").account == "bob"
    alice.send("bob", "the code of the safe is 4711")
    bob.until_arrived("alice", ["the code of the safe is 4711"])
    alice.send("bob@", "who are you?")
    mallory.until_arrived("alice", ["who are you?"])
    with pytest.raises(TrustError) as refused:
        alice.ask(commands.Send("bob@", "the code of the safe is 4711", known.identity))
    assert refused.value.code is ErrorCode.MISMATCH


def claim_for(party: Party, name: str) -> SignedDeviceList:
    """Make the list of an identity of nobody's, as a relay could show it under a contact's account."""
    with party.engine._base.database.read() as unit:
        body = verify_device_list(decode_device_list(contact_of(unit, name).device_list))
    identity = SigningKey.generate(RANDOMNESS)
    entry = make_entry(identity, SigningKey.generate(RANDOMNESS), AgreementKey.generate(RANDOMNESS).public)
    return make_device_list(identity, body.version, [entry], accounts=body.accounts)


def test_a_false_word_of_the_relay_falls_away_when_the_verified_contact_speaks(
    tmp_path: Path, house: House, stack: ExitStack
) -> None:
    alice, bob = (Party(tmp_path, account(name, house.address)) for name in ("alice", "bob"))
    for party in (alice, bob):
        stack.callback(party.close)
        party.until_online()
    alice.send("bob", "first")
    bob.until_arrived("alice", ["first"])
    before = alice.ask(commands.MarkVerified("bob"))
    with alice.engine._base.database.read() as unit:
        contact = contact_of(unit, "bob")
    alice.engine._effect_runner.run([GiveHint(contact, ListCame(claim_for(alice, "bob")))])
    assert alice.hear(events.IdentityChanged).was_verified
    assert alice.ask(commands.Verify("bob")).identity == before.identity
    with pytest.raises(TrustError):
        alice.send("bob", "not now")
    said = bob.send("alice", "still me")
    alice.until_arrived("bob", ["still me"])
    alice.until(lambda: alice.contact("bob").pending is None, "the end of the claim")
    assert alice.contact("bob").trust is Trust.VERIFIED
    bob.until_state(said.id, MessageState.DELIVERED)
    alice.send("bob", "good to hear")
    bob.until_arrived("alice", ["first", "good to hear"])


def test_a_verified_contact_comes_in_directly_whatever_the_relay_claims(
    tmp_path: Path, house: House, stack: ExitStack
) -> None:
    alice, bob = (Party(tmp_path, replace(account(name, house.address), listen=LOOPBACK)) for name in ("alice", "bob"))
    for party in (alice, bob):
        stack.callback(party.close)
        party.until_online()
    alice.send("bob", "first")
    bob.until_arrived("alice", ["first"])
    alice.ask(commands.MarkVerified("bob"))
    with alice.engine._base.database.read() as unit:
        contact = contact_of(unit, "bob")
    alice.engine._effect_runner.run([GiveHint(contact, ListCame(claim_for(alice, "bob")))])
    alice.hear(events.IdentityChanged)
    bob.ask(commands.Call(alice.address, "alice"))
    alice.until_connected("bob")
    alice.until(lambda: alice.contact("bob").pending is None, "the end of the claim")
    # Claimed again while the two are connected, it stops the relay and not their conversation, which puts it away.
    seen = len(alice.told)
    alice.engine._effect_runner.run([GiveHint(contact, ListCame(claim_for(alice, "bob")))])
    alice.hear(events.ContactChanged, lambda event: event.contact.pending is not None, after=seen)
    said = alice.send("bob", "and yet we talk")
    alice.until_state(said.id, MessageState.DELIVERED)
    bob.until_arrived("alice", ["first", "and yet we talk"])
    assert alice.ask(commands.MessageInfo(said.id)).message.route is Route.DIRECT
    alice.until(lambda: alice.contact("bob").pending is None, "the end of the second claim")


def test_a_request_keeps_the_name_that_was_shown_and_is_marked_where_it_is_taken(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice") as (alice,):
        eve, mallory = Stranger("plumber"), Stranger("plumber")
        net.dial(alice.address).hello(eve)
        shown = alice.hear(events.RequestArrived).request
        assert (shown.name, shown.identity) == ("plumber", eve.own.identity_key)
        eve.name = "mum"
        line = net.dial(alice.address)
        line.hello(eve)
        line.hear()
        net.dial(alice.address).hello(mallory)
        alice.hear(events.RequestArrived, lambda event: event.request.name == "plumber~2")
        assert [request.name for request in alice.ask(commands.Requests())] == ["plumber", "plumber~2"]
        with pytest.raises(TrustError) as refused:
            alice.ask(commands.Accept("plumber", mallory.own.identity_key))
        assert refused.value.code is ErrorCode.MISMATCH
        accepted = alice.accept(shown.id, shown.identity)
        assert (accepted.name, accepted.identity) == ("plumber", eve.own.identity_key)
        assert alice.accept("plumber~2").identity == mallory.own.identity_key


def test_whoever_has_a_name_here_already_asks_by_that_one_whatever_they_call_themselves(
    tmp_path: Path, net: Wires
) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(bob, alice)
        mallory = Stranger("mallory")
        with alice.engine._base.database.write() as unit:
            # As whoever has written by a relay and was not answered.
            unit.contacts.add(
                mallory.own.identity_key,
                "mallory",
                "",
                conversation_id(alice.engine._base.own.identity_key, mallory.own.identity_key),
                encode_device_list(mallory.own.device_list),
                verify_device_list(mallory.own.device_list).devices,
                1,
                accepted=False,
            )
        mallory.name = "bob"
        net.dial(alice.address).hello(mallory)
        asks = alice.hear(events.RequestArrived, lambda event: event.request.identity == mallory.own.identity_key)
        assert asks.request.name == "mallory"
        assert alice.accept(asks.request.id).name == "mallory"


def test_a_name_of_a_request_and_of_a_contact_is_no_answer_to_who_is_meant(tmp_path: Path, net: Wires) -> None:
    with direct(tmp_path, "alice") as (alice,):
        first, second = Stranger("dave"), Stranger("dave")
        net.dial(alice.address).hello(first)
        request = alice.hear(events.RequestArrived).request
        with alice.engine._base.database.write() as unit:
            unit.contacts.add(
                second.own.identity_key,
                "dave",
                "",
                second.own.identity_key,  # type: ignore[arg-type]  # any 32 bytes will do
                b"list",
                [],
                1,
                accepted=False,
            )
        with pytest.raises(UsageError):
            alice.ask(commands.Accept("dave"))
        assert alice.accept("dave", request.identity).identity == first.own.identity_key
