"""Newcomers with nothing but a link into a group: it gets them an account at the relay, and into the group."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.client import RelayProfile
from babilu.api.credentials import JoinLink, Passphrase, pasted_invitation
from babilu.api.group_views import GroupLinkView
from babilu.api.views import Address
from babilu.cli.admin_link import ask
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode
from babilu.relay.base import admin_requests
from babilu.relay.base.admin_requests import AccountRole
from babilu.relay.base.settings import Registration
from babilu.relay.storage.records import OpenInvitation
from tests.integration.engine.party import Party, relayed
from tests.integration.engine.relays import House
from tests.integration.engine.test_joining import came


@contextmanager
def invited_by(house: House, *, officer: bool) -> Iterator[Party]:
    """Open Alice's client at a relay that takes people by invitation, in which she is an officer or not."""
    with relayed(house.home.parent, house.address, "alice") as (alice,):
        alice.ask(commands.StartGroup("Picnic"))
    if officer:
        ask(house.home, admin_requests.AppointUser("alice", AccountRole.MODERATOR), admin_requests.Done)
    house.stop()
    house.registration = Registration.INVITE
    house.start()
    with relayed(house.home.parent, house.address, "alice") as (alice,):
        yield alice


def newcomer(home: Path, name: str, link: str) -> Party:
    """Have somebody with nothing paste a link and choose a name."""
    pasted = pasted_invitation(link)
    assert isinstance(pasted, JoinLink)
    address = Address(pasted.host, pasted.port)
    return Party(home, RelayProfile(address, name, Passphrase(f"password of {name}"), pasted))


def open_invitations(house: House) -> list[OpenInvitation]:
    return ask(house.home, admin_requests.ListInvitations(), list[OpenInvitation])


def test_whoever_pastes_a_link_has_a_name_and_is_in_the_group(tmp_path: Path, house: House) -> None:
    with relayed(tmp_path, house.address, "alice") as (alice,):
        alice.ask(commands.StartGroup("Picnic"))
        link = alice.ask(commands.MakeGroupLink("#picnic"))
        assert not link.newcomers
        dave = newcomer(tmp_path, "dave", link.link)
        try:
            assert [each.name for each in came(dave).members] == ["alice", "dave"]
            dave.send("#picnic", "hello")
            alice.until_arrived("#picnic", ["hello"])
        finally:
            dave.close()


def test_an_officer_s_link_brings_an_invitation_to_the_relay_until_it_is_taken_back(
    tmp_path: Path, house: House
) -> None:
    with invited_by(house, officer=True) as alice:
        link = alice.ask(commands.MakeGroupLink("#picnic", uses=2, newcomers=True))
        assert link.newcomers
        assert [each.uses for each in open_invitations(house)] == [2]
        dave = newcomer(tmp_path, "dave", link.link)
        try:
            came(dave)
        finally:
            dave.close()
        alice.ask(commands.RevokeGroupLink("#picnic", link.link))
        alice.until(lambda: not open_invitations(house), "the end of the invitation")
        assert not alice.of(events.Warned)


def test_a_link_without_an_invitation_says_so_where_the_relay_asks_for_one(tmp_path: Path, house: House) -> None:
    with invited_by(house, officer=False) as alice:
        with pytest.raises(BabiluError) as refused:
            alice.ask(commands.MakeGroupLink("#picnic", newcomers=True))
        assert refused.value.code is ErrorCode.NOT_ALLOWED
        assert alice.ask(commands.GroupLinks("#picnic")) == ()
        link: GroupLinkView = alice.ask(commands.MakeGroupLink("#picnic"))
        with pytest.raises(AccountError) as needed:
            newcomer(tmp_path, "dave", link.link)
        assert needed.value.code is ErrorCode.INVITATION_NEEDED
        assert "the link into the group brings none" in needed.value.text


def test_nobody_is_invited_to_the_relay_for_a_link_that_cannot_be(house: House) -> None:
    with invited_by(house, officer=True) as alice:
        alice.ask(commands.QuitGroup("#picnic"))
        with pytest.raises(BabiluError) as refused:
            alice.ask(commands.MakeGroupLink("#picnic", newcomers=True))
        assert refused.value.code is ErrorCode.NOT_MEMBER
        assert open_invitations(house) == []


def test_a_group_is_asked_for_once_the_relay_is_there(tmp_path: Path, house: House) -> None:
    with relayed(tmp_path, house.address, "alice") as (alice,):
        alice.ask(commands.StartGroup("Picnic"))
        link = alice.ask(commands.MakeGroupLink("#picnic"))
        with relayed(tmp_path, house.address, "dave"):
            pass
        house.stop()
        dave = newcomer(tmp_path, "dave", link.link)
        try:
            house.start()
            came(dave)
        finally:
            dave.close()


def test_a_link_that_leads_nowhere_is_told_of_once(tmp_path: Path, house: House) -> None:
    with relayed(tmp_path, house.address, "alice", "dave") as (alice, _):
        alice.ask(commands.StartGroup("Picnic"))
        link = JoinLink.decode(alice.ask(commands.MakeGroupLink("#picnic")).link)
    dave = newcomer(tmp_path, "dave", replace(link, admins=("nobody",)).encode())
    try:
        assert "could not be joined" in dave.hear(events.Warned).text
    finally:
        dave.close()
    with relayed(tmp_path, house.address, "dave") as (again,):
        again.ask(commands.Examine())
        assert not again.of(events.Warned)
