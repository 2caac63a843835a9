"""A relay with several addresses: whoever does not reach the one they know comes by another, and says so."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.views import Address, LinkState
from babilu.engine.transport.relay_session import LONGEST_SPREAD_IN_DOUBT_MS, LONGEST_SPREAD_MS
from babilu.identity.invitation import Invitation
from babilu.identity.join_link import JoinLink
from babilu.kernel.ids import ConversationId
from babilu.relay.base.settings import Registration
from tests.integration.engine.cables import Cable, cable
from tests.integration.engine.party import Party, account, relayed
from tests.integration.engine.relays import House, running_relay


class Places:
    """A relay behind two cables, whose second end it names as another address of its own."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self.home = home
        self.house: House = stack.enter_context(running_relay(home / "relay"))
        self.first: Cable = stack.enter_context(cable(self.house.address))
        self.second: Cable = stack.enter_context(cable(self.house.address))
        self.name_others(str(self.second.address))

    def name_others(self, *also: str) -> None:
        self.house.stop()
        self.house.also = also
        self.house.start()


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    with ExitStack() as stack:
        yield Places(tmp_path, stack)


def online_at(party: Party, address: Address, *, after: int = 0) -> None:
    party.hear(
        events.LinkChanged, lambda event: event.state is LinkState.ONLINE and event.address == address, after=after
    )
    status = party.ask(commands.Status())
    assert (status.relay, status.reached_at) == (party.profile.address, address)  # type: ignore[union-attr]


def test_who_does_not_reach_the_relay_comes_by_another_address_and_goes_on(places: Places) -> None:
    first, second = places.first.address, places.second.address
    with relayed(places.home, first, "alice", "bob") as (alice, bob):
        online_at(alice, first)
        alice.send("bob", "hello")
        bob.until_arrived("alice", ["hello"])
        places.first.cut()
        for party in (alice, bob):
            online_at(party, second)
        alice.send("bob", "by another way")
        bob.until_arrived("alice", ["hello", "by another way"])
        told = len(alice.told)
        places.first.mend()
        places.second.cut()
        online_at(alice, first, after=told)


def test_an_invitation_whose_relay_cannot_be_reached_leads_by_another_address(places: Places) -> None:
    first, second = places.first.address, places.second.address
    places.house.registration = Registration.INVITE
    places.name_others(str(second))
    made = Invitation.decode(places.house.invite())
    assert made.also == (str(second),)
    places.first.cut()
    profile = replace(account("alice", first), invitation=replace(made, host=first.host, port=first.port))
    alice = Party(places.home, profile)
    try:
        online_at(alice, second)
    finally:
        alice.close()


def test_a_link_into_a_group_leads_a_newcomer_by_another_address(places: Places) -> None:
    first, second = places.first.address, places.second.address
    made = Invitation.decode(places.house.invite())
    link = JoinLink(
        host=first.host,
        port=first.port,
        relay_key=bytes(32),
        pin=made.pin,
        next_pin=None,
        group=ConversationId(bytes(32)),
        token=bytes(16),
        admins=("bob",),
        expires_at=2**40,
        also=(str(second),),
    )
    places.first.cut()
    alice = Party(places.home, replace(account("alice", first), invitation=JoinLink.decode(link.encode())))
    try:
        online_at(alice, second)
    finally:
        alice.close()


def offline(party: Party, after: int) -> float:
    """Wait until somebody is offline, and return the seconds until they try again."""
    event = party.hear(events.LinkChanged, lambda event: event.state is LinkState.OFFLINE, after=after)
    assert event.retry_in_ms is not None
    return event.retry_in_ms / 1000


@pytest.fixture
def crowded(places: Places, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Let the relay say of two clients what it says of many, and chance be what it is on the average."""
    monkeypatch.setattr("babilu.relay.node.farewells.LOGIN_MS", 10**9)
    monkeypatch.setattr("babilu.relay.node.farewells.LONGEST_SPREAD_MS", 10**9)
    monkeypatch.setattr("babilu.engine.transport.relay_session.by_chance", lambda _: 0.5)
    return places


def test_whoever_sees_a_node_gone_comes_back_at_a_moment_of_chance(crowded: Places) -> None:
    first, second = crowded.first.address, crowded.second.address
    with relayed(crowded.home, first, "alice") as (alice,):
        online_at(alice, first)
        told = len(alice.told)
        crowded.first.cut()
        half = LONGEST_SPREAD_MS / 1000 / 2
        assert half < offline(alice, told) < half + 1
        alice.ask(commands.TryNow())
        online_at(alice, second)


def test_whoever_cannot_see_whether_a_node_is_gone_comes_back_within_seconds(crowded: Places) -> None:
    first = crowded.first.address
    with relayed(crowded.home, first, "alice") as (alice,):
        online_at(alice, first)
        told = len(alice.told)
        crowded.first.sever()
        half = LONGEST_SPREAD_IN_DOUBT_MS / 1000 / 2
        assert half < offline(alice, told) < half + 1
        alice.ask(commands.TryNow())
        online_at(alice, first, after=told)


def test_whoever_loses_their_line_to_a_relay_of_few_comes_back_at_once(places: Places) -> None:
    first = places.first.address
    with relayed(places.home, first, "alice") as (alice,):
        online_at(alice, first)
        told = len(alice.told)
        places.first.sever()
        assert offline(alice, told) < 1
        online_at(alice, first, after=told)


def test_another_address_is_known_after_a_new_start(places: Places) -> None:
    first, second = places.first.address, places.second.address
    with relayed(places.home, first, "alice"):
        pass
    places.first.cut()
    alice = Party(places.home, account("alice", first))
    try:
        online_at(alice, second)
    finally:
        alice.close()


def test_an_address_that_the_relay_names_no_more_is_forgotten(places: Places) -> None:
    first = places.first.address
    with relayed(places.home, first, "alice"):
        pass
    places.name_others()
    with relayed(places.home, first, "alice"):
        pass
    places.first.cut()
    alice = Party(places.home, account("alice", first))
    try:
        alice.hear(events.LinkChanged, lambda event: event.state is LinkState.OFFLINE)
        assert alice.ask(commands.Status()).reached_at is None
    finally:
        alice.close()


def test_another_relay_at_an_address_that_was_named_is_not_taken_for_this_one(places: Places) -> None:
    first = places.first.address
    with running_relay(places.home / "foreign") as foreign:
        places.name_others(str(foreign.address))
        with relayed(places.home, first, "alice") as (alice,):
            places.first.cut()
            told = alice.hear(events.LinkChanged, lambda event: event.state is LinkState.OFFLINE)
            assert told.code == "unavailable"
            for _ in range(2):
                after = len(alice.told)
                told = alice.hear(events.LinkChanged, lambda event: event.state is LinkState.OFFLINE, after=after)
                assert (told.code, told.refused) == ("unavailable", False)


def test_who_is_sent_away_by_a_node_comes_by_another_address(places: Places) -> None:
    first, second = places.first.address, places.second.address
    with relayed(places.home, first, "alice") as (alice,):
        online_at(alice, first)
        places.house.stop()
        places.house.start()
        online_at(alice, second)
