"""A client and its relay about the account itself: what is wrong, what is held, what its role allows, by which pins."""

import json
import queue
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from babilu.api import commands, events
from babilu.api.views import LinkState, OwnKeys
from babilu.cli import main
from babilu.cli.admin_link import ask
from babilu.engine.profile.client import EngineClient
from babilu.engine.transport import relay_session
from babilu.identity.invitation import Invitation
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, TrustError, UsageError
from babilu.kernel.limits import PREKEYS_KEPT, Limits
from babilu.relay.base import admin_requests
from babilu.relay.base.admin_requests import AccountRole
from babilu.relay.storage.administration import AccountSummary
from tests.integration.engine.party import Party, account, direct, relayed
from tests.integration.engine.relays import DEADLINE_S, House, running_relay

T = TypeVar("T")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with running_relay(tmp_path / "relay", Limits(disclosures=1_000)) as house:
        yield house


def admin(tmp_path: Path, request: admin_requests.AdminRequest, kind: type[T]) -> T:
    return ask(tmp_path / "relay", request, kind)


def certificates(tmp_path: Path, request: admin_requests.AdminRequest) -> admin_requests.CertificatesAre:
    return admin(tmp_path, request, admin_requests.CertificatesAre)


def renew(tmp_path: Path) -> bytes:
    """Let the announced certificate take its place at once; returns its pin."""
    return bytes.fromhex(certificates(tmp_path, admin_requests.RenewCertificate(early=True)).fingerprint)


def test_an_account_in_good_order_is_found_to_be_so(tmp_path: Path, house: House) -> None:
    with relayed(tmp_path, house.address, "alice") as (alice,):
        alice.until(lambda: alice.ask(commands.Examine()).prekeys_kem == PREKEYS_KEPT, "prekeys at the relay")
        found = alice.ask(commands.Examine())

    assert (found.whole, found.reachable, found.refusal, found.keys) == (True, True, None, OwnKeys.SAME)
    assert found.prekeys_ec == PREKEYS_KEPT
    assert found.clock_ahead_ms is not None
    assert abs(found.clock_ahead_ms) < 30_000


def test_without_the_relay_the_rest_is_examined(tmp_path: Path, house: House) -> None:
    with relayed(tmp_path, house.address, "alice") as (alice,):
        house.stop()
        alice.until_offline()
        found = alice.ask(commands.Examine())

    assert (found.whole, found.reachable, found.keys, found.clock_ahead_ms) == (True, False, OwnKeys.UNKNOWN, None)
    assert found.refusal in {"unavailable", "shutting_down"}


def test_a_profile_without_a_relay_is_examined_too(tmp_path: Path) -> None:
    with direct(tmp_path, "carol") as (carol,):
        found = carol.ask(commands.Examine())
        with pytest.raises(BabiluError, match="no account"):
            carol.ask(commands.ReadHoldings())

    assert (found.whole, found.reachable, found.listening is None) == (True, None, False)


def test_an_account_reads_all_that_is_held_about_it(tmp_path: Path, house: House) -> None:
    with relayed(tmp_path, house.address, "alice", "bob") as (alice, bob):
        bob.until(lambda: bob.ask(commands.Examine()).prekeys_kem == PREKEYS_KEPT, "prekeys at the relay")
        bob.close()
        sent = alice.send("bob", "hi")
        alice.hear(events.MessageStateChanged, lambda event: event.message == sent.id)
        held = alice.ask(commands.ReadHoldings())
        with relayed(tmp_path, house.address, "bob") as (again,):
            again.until_arrived("alice", ["hi"])
            of_bob = again.ask(commands.ReadHoldings())

    assert held.account == "alice"
    assert {table.table for table in held.tables} >= {"account", "device", "prekey_kind", "prekey"}
    counted = {table.table: len(table.rows) for table in of_bob.tables}
    assert counted["prekey"] >= 2 * PREKEYS_KEPT - 1
    assert counted["stored"] == 1
    assert "alice" not in str(of_bob.tables)


def test_a_moderator_administers_through_the_client_and_a_member_does_not(tmp_path: Path, house: House) -> None:
    with relayed(tmp_path, house.address, "mia", "ben") as (mia, ben):
        admin(tmp_path, admin_requests.AppointUser("mia", AccountRole.MODERATOR), admin_requests.Done)

        answer = json.loads(mia.ask(commands.Administer('{"do": "broadcast", "text": "Back at noon."}')))

        assert answer == {"connections": 2}
        assert ben.hear(events.NoticeArrived).text == "Back at noon."
        with pytest.raises(BabiluError) as refused:
            ben.ask(commands.Administer('{"do": "listusers"}'))
        assert refused.value.code is ErrorCode.NOT_ALLOWED


def test_a_client_follows_a_renewed_certificate_that_was_announced_while_it_was_there(
    tmp_path: Path, house: House
) -> None:
    with relayed(tmp_path, house.address, "alice") as (alice,):
        certificates(tmp_path, admin_requests.PrepareCertificate())
        pin = renew(tmp_path)
        assert alice.ask(commands.Examine()).reachable
        house.stop()
        alice.until_offline()
        house.start()
        alice.until_online()

    with relayed(tmp_path, house.address, "alice") as (again,):
        assert again.online()
        assert again.engine._login is not None
        assert (again.engine._login.pins.pin, again.engine._login.pins.next_pin) == (pin, None)


def test_a_client_that_heard_the_announcement_and_was_away_at_the_renewal_comes_back(
    tmp_path: Path, house: House
) -> None:
    certificates(tmp_path, admin_requests.PrepareCertificate())
    with relayed(tmp_path, house.address, "alice"):
        pass
    renew(tmp_path)

    with relayed(tmp_path, house.address, "alice") as (alice,):
        assert alice.online()


def test_a_client_that_was_away_all_the_time_is_told_and_let_in_by_the_fingerprint(
    tmp_path: Path, house: House
) -> None:
    with relayed(tmp_path, house.address, "alice"):
        pass
    certificates(tmp_path, admin_requests.PrepareCertificate())
    pin = renew(tmp_path)
    profile = account("alice", house.address)

    with closing(Party(tmp_path, profile)) as lost:
        warned = lost.hear(events.LinkChanged, lambda event: event.code == ErrorCode.CERTIFICATE_CHANGED.value)
        assert lost.ask(commands.Examine()).refusal == ErrorCode.CERTIFICATE_CHANGED.value
    assert warned.refused
    assert warned.retry_in_ms is not None
    with closing(Party(tmp_path, profile)) as named:
        named.ask(commands.TrustCertificate(bytes(32)))
        with named.engine._base.database.read() as unit:
            kept = unit.profile.relay()
        # Kept at once, whether or not the relay can be reached by it.
        assert kept is not None
        assert kept.pin == bytes(32)
        named.hear(events.LinkChanged, lambda event: event.code == ErrorCode.CERTIFICATE_CHANGED.value)
        for wrong in (b"short", pin + b"x"):
            with pytest.raises(UsageError):
                named.ask(commands.TrustCertificate(wrong))
        named.ask(commands.TrustCertificate(pin))
        named.until_online()
        with pytest.raises(UsageError):
            named.ask(commands.TrustCertificate(bytes(32)))
    for present in (profile, replace(profile, certificate=pin)):
        with closing(Party(tmp_path, present)) as told:
            told.until_online()
    with relayed(tmp_path, house.address, "alice") as (again,):
        assert again.online()


def test_a_pause_is_cut_short_where_the_user_wants_to_try_now(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FIRST_PAUSE_SECONDS", "LONGEST_PAUSE_SECONDS"):
        monkeypatch.setattr(relay_session, name, 3_600.0)
    with relayed(tmp_path, house.address, "alice") as (alice,):
        house.stop()
        waiting = alice.hear(events.LinkChanged, lambda event: event.state is LinkState.OFFLINE)
        assert (waiting.retry_in_ms or 0) >= 3_600_000
        house.start()
        alice.ask(commands.TryNow())
        alice.until_online()
    with direct(tmp_path, "carol") as (carol,), pytest.raises(UsageError):
        carol.ask(commands.TryNow())


def test_an_account_that_the_relay_forgot_is_registered_again_with_the_keys_at_hand(
    tmp_path: Path, house: House
) -> None:
    with relayed(tmp_path, house.address, "alice", "bob") as (alice, bob):
        bob.send("alice", "before")
        alice.until_arrived("bob", ["before"])
        alice.send("bob", "known")
        bob.until_arrived("alice", ["known"])
        admin(tmp_path, admin_requests.DeleteUser("alice"), admin_requests.Done)
        alice.until_offline()
        profile = replace(account("alice", house.address), start_over=True)
    with relayed(tmp_path, house.address, "bob") as (bob,):
        again = Party(tmp_path, profile)
        try:
            again.until_online()
            again.send("bob", "back again")
            bob.until_arrived("alice", ["back again"])
            bob.send("alice", "I see")
            again.until_arrived("bob", ["I see"])
            assert [*bob.of(events.Warned), *bob.of(events.AlarmRaised), *bob.of(events.IdentityChanged)] == []
        finally:
            again.close()


def test_a_free_name_is_not_registered_where_that_is_not_wanted(tmp_path: Path, house: House) -> None:
    wanted = replace(account("alcie", house.address), register=False)
    with pytest.raises(AccountError) as refused:
        Party(tmp_path, wanted).close()
    assert refused.value.code is ErrorCode.WRONG_CREDENTIALS
    assert not list(tmp_path.rglob("alcie@*.db"))
    assert "alcie" not in str(admin(tmp_path, admin_requests.ListUsers(), list[AccountSummary]))


def test_a_fingerprint_that_is_not_the_relays_opens_no_link(tmp_path: Path, house: House) -> None:
    with pytest.raises((TrustError, AccountError)) as refused:
        Party(tmp_path, replace(account("alice", house.address), certificate=bytes(32))).close()
    assert refused.value.code is ErrorCode.CERTIFICATE_CHANGED


def test_an_invitation_made_before_the_renewal_is_good_after_it(tmp_path: Path, house: House) -> None:
    certificates(tmp_path, admin_requests.PrepareCertificate())
    made = admin(tmp_path, admin_requests.Invite(), admin_requests.InvitationIs)
    renew(tmp_path)
    invitation = Invitation.decode(made.text)

    party = Party(tmp_path, replace(account("alice", house.address), invitation=invitation))
    party.until_online()
    party.close()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run a command line; returns its exit code and what it printed."""
    code = main(arguments)
    return code, capsys.readouterr().out


def test_the_command_line_administers_from_afar(
    tmp_path: Path, house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with relayed(tmp_path, house.address, "mia"):
        admin(tmp_path, admin_requests.AppointUser("mia", AccountRole.MODERATOR), admin_requests.Done)
    monkeypatch.setenv("BABILU_PASSWORD", account("mia", house.address).passphrase.reveal().decode())
    home = ("--json", "--home", str(tmp_path))

    code, told = run(capsys, "admin", "--as", "mia", "users", "list", *home)
    assert code == 0, told
    assert [user["role"] for user in json.loads(told)["users"]] == ["moderator"]
    code, told = run(capsys, "admin", "--as", "mia", "backup", *home)
    assert (code, json.loads(told)["code"]) == (2, "usage")
    code, told = run(capsys, "privacy", "report", "--profile", "zoe", *home)
    assert (code, json.loads(told)["code"]) == (2, "usage")


def test_who_asks_before_the_link_has_begun_does_not_keep_it_from_beginning(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with relayed(tmp_path, house.address, "mia"):
        pass
    begun: queue.Queue[EngineClient] = queue.Queue()
    begin = EngineClient._keep_linked

    def hold(client: EngineClient) -> None:
        begun.put(client)

    monkeypatch.setattr(EngineClient, "_keep_linked", hold)

    party = Party(tmp_path, account("mia", house.address))
    try:
        client = begun.get(timeout=DEADLINE_S)
        asked = party.client.request(commands.ReadHoldings())
        client._workers.commands.ask(int).result(DEADLINE_S)
        client._loop.call(lambda: begin(client))
        assert asked.result(DEADLINE_S).account == "mia"
    finally:
        party.close()


def test_contacts_that_the_relay_does_not_want_to_hear_of_yet_are_told_later_in_one_go(tmp_path: Path) -> None:
    # Once at the login, and then each fifth of a second.
    with (
        running_relay(tmp_path / "relay", Limits(watches=1, watch_ms=200)) as house,
        relayed(tmp_path, house.address, "alice", "bob") as (alice, bob),
    ):
        alice.send("bob", "hello")
        bob.until_arrived("alice", ["hello"])
        bob.send("alice", "hello")
        alice.hear(events.PresenceChanged, lambda event: event.name == "bob")
        bob.hear(events.PresenceChanged, lambda event: event.name == "alice")
