import asyncio
from pathlib import Path

import pytest

from babilu.kernel.errors import ErrorCode, LinkError
from babilu.relay.base.admin_requests import (
    AccountRole,
    AppointUser,
    BackUpRequest,
    Broadcast,
    DeleteUser,
    DisableUser,
    EnableUser,
    RenewCertificate,
    ResetLogin,
    Revoke,
    SetQuota,
)
from babilu.relay.storage.administration import Action, AuditEntry, MakeInvitation, Officer, Operator, Performed
from babilu.relay.storage.port import Storage
from babilu.relay.storage.postgresql import PostgresOptions
from babilu.relay.storage.records import Outcome, Refused, Stored
from tests.contract.storage.builders import NOW, QUOTA, device, login_key, octets, register, store, submission

OPERATOR = Operator(1000)


def reset_login(name: str, password: str = "correct horse") -> ResetLogin:
    key = login_key(password)
    return ResetLogin(name, key.salt, key.cost, key.public)


async def roles(storage: Storage) -> dict[str, AccountRole]:
    return {account.name: account.role for account in await storage.administration.accounts()}


async def test_accounts_are_listed_with_what_waits_for_them(storage: Storage) -> None:
    await register(storage, "bob", "alice")
    await store(storage, "alice", b"one", b"three")

    alice, bob = await storage.administration.accounts()

    assert (alice.name, alice.devices, alice.mail_messages, alice.mail_bytes) == ("alice", 1, 2, 8)
    assert (bob.name, bob.mail_messages, bob.role, bob.disabled, bob.created_at) == (
        "bob",
        0,
        AccountRole.MEMBER,
        False,
        NOW,
    )


async def test_an_account_is_disabled_and_enabled_again(storage: Storage) -> None:
    (alice,) = await register(storage, "alice")

    done = await storage.administration.perform(DisableUser("alice"), NOW, OPERATOR)
    assert done == Performed(alice)
    found = await storage.accounts.find("alice")
    assert found is not None
    assert found.disabled
    await storage.administration.perform(EnableUser("alice"), NOW, OPERATOR)
    found = await storage.accounts.find("alice")
    assert found is not None
    assert not found.disabled


async def test_there_is_one_owner_at_most_and_the_first_one_voids_the_invitation_for_owners(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    assert await storage.accounts.owner_generation() == 0

    await storage.administration.perform(AppointUser("alice", AccountRole.OWNER), NOW, OPERATOR)
    await storage.administration.perform(AppointUser("bob", AccountRole.OWNER), NOW, OPERATOR)
    assert await roles(storage) == {"alice": AccountRole.MEMBER, "bob": AccountRole.OWNER}
    assert await storage.accounts.owner_generation() is None

    await storage.administration.perform(AppointUser("bob", AccountRole.MODERATOR), NOW, OPERATOR)
    assert await roles(storage) == {"alice": AccountRole.MEMBER, "bob": AccountRole.MODERATOR}
    assert await storage.accounts.owner_generation() == 1


async def test_a_login_is_replaced_whatever_it_was(storage: Storage) -> None:
    await register(storage, "alice")

    await storage.administration.perform(reset_login("alice", "another"), NOW, OPERATOR)

    found = await storage.accounts.find("alice")
    assert found is not None
    assert found.login == login_key("another")


async def test_each_action_leaves_an_entry_and_nothing_secret_in_it(storage: Storage) -> None:
    await register(storage, "alice")
    perform = storage.administration.perform
    made = await perform(MakeInvitation(octets("token"), NOW + 5, 2), NOW, OPERATOR)
    assert isinstance(made, Performed)
    assert made.invitation is not None
    await perform(Revoke(made.invitation.invitation), NOW + 1, OPERATOR)
    await perform(Broadcast("Back at noon."), NOW + 2, Operator(0))
    await perform(DeleteUser("alice"), NOW + 3, OPERATOR)

    number = str(made.invitation.invitation)
    assert await storage.administration.audit(10) == (
        AuditEntry(NOW, 1000, None, "invite", number),
        AuditEntry(NOW + 1, 1000, None, "revoke", number),
        AuditEntry(NOW + 2, 0, None, "broadcast", ""),
        AuditEntry(NOW + 3, 1000, None, "delete", "alice"),
    )
    assert await storage.administration.audit(1) == (AuditEntry(NOW + 3, 1000, None, "delete", "alice"),)
    assert await storage.accounts.find("alice") is None


@pytest.mark.parametrize(
    "action",
    [
        DisableUser("nobody"),
        AppointUser("nobody", AccountRole.OWNER),
        reset_login("nobody"),
        SetQuota("nobody", 1, 1),
        DeleteUser("nobody"),
        Revoke(7),
    ],
)
async def test_what_is_not_there_is_not_acted_on_and_leaves_no_entry(
    storage: Storage, action: DisableUser | AppointUser | ResetLogin | SetQuota | DeleteUser | Revoke
) -> None:
    assert await storage.administration.perform(action, NOW, OPERATOR) == Refused(ErrorCode.NOT_FOUND)
    assert await storage.administration.audit(10) == ()
    assert await storage.accounts.owner_generation() == 0


NOT_ALLOWED = Refused(ErrorCode.NOT_ALLOWED)


async def appoint(storage: Storage, **posts: AccountRole) -> dict[str, Officer]:
    """Make accounts with these roles."""
    numbers = await register(storage, *posts)
    for name, role in posts.items():
        await storage.administration.perform(AppointUser(name, role), NOW, OPERATOR)
    return {name: Officer(number, name) for name, number in zip(posts, numbers, strict=True)}


async def allowed(storage: Storage, actor: Officer, action: Action) -> bool:
    return await storage.administration.perform(action, NOW, actor) != NOT_ALLOWED


async def test_an_owner_does_all_but_what_concerns_the_machine_or_the_owner(storage: Storage) -> None:
    remote_admin = await appoint(storage, olga=AccountRole.OWNER, mia=AccountRole.MODERATOR, ben=AccountRole.MEMBER)
    owner = remote_admin["olga"]

    granted: tuple[Action, ...] = (
        DisableUser("mia"),
        AppointUser("ben", AccountRole.MODERATOR),
        reset_login("ben", "another"),
        SetQuota("olga", 1, 1),
        MakeInvitation(octets("token"), NOW + 5, 2),
        Broadcast("Back at noon."),
        DeleteUser("mia"),
    )
    for action in granted:
        assert await allowed(storage, owner, action), action
    refused: tuple[Action, ...] = (
        DisableUser("olga"),
        AppointUser("olga", AccountRole.MEMBER),
        reset_login("olga", "another"),
        DeleteUser("olga"),
        BackUpRequest("/backup"),
        RenewCertificate(),
    )
    for action in refused:
        assert not await allowed(storage, owner, action), action


async def test_a_moderator_disables_members_invites_and_announces_and_nothing_else(storage: Storage) -> None:
    remote_admin = await appoint(
        storage, olga=AccountRole.OWNER, mia=AccountRole.MODERATOR, max=AccountRole.MODERATOR, ben=AccountRole.MEMBER
    )
    moderator = remote_admin["mia"]

    granted: tuple[Action, ...] = (
        DisableUser("ben"),
        EnableUser("ben"),
        MakeInvitation(octets("token"), NOW + 5, 2),
        Revoke(1),
        Broadcast("Back at noon."),
    )
    for action in granted:
        assert await allowed(storage, moderator, action), action
    refused: tuple[Action, ...] = (
        DisableUser("max"),
        DisableUser("olga"),
        AppointUser("mia", AccountRole.OWNER),
        reset_login("ben", "another"),
        SetQuota("ben", 1, 1),
        DeleteUser("ben"),
        BackUpRequest("/backup"),
        RenewCertificate(),
    )
    for action in refused:
        assert not await allowed(storage, moderator, action), action


async def test_a_member_and_whoever_is_disabled_or_demoted_has_no_power(storage: Storage) -> None:
    remote_admin = await appoint(storage, mia=AccountRole.MODERATOR, max=AccountRole.MODERATOR, ben=AccountRole.MEMBER)
    await storage.administration.perform(DisableUser("mia"), NOW, OPERATOR)
    await storage.administration.perform(AppointUser("max", AccountRole.MEMBER), NOW, OPERATOR)

    assert [await allowed(storage, officer, Broadcast("Back at noon.")) for officer in remote_admin.values()] == [
        False,
        False,
        False,
    ]
    assert [entry.action for entry in await storage.administration.audit(1)] == ["role member"]
    assert await storage.administration.role(remote_admin["mia"].account) is None


async def test_the_record_names_the_officer_who_did_something(storage: Storage) -> None:
    remote_admin = await appoint(storage, mia=AccountRole.MODERATOR, ben=AccountRole.MEMBER)

    await storage.administration.perform(DisableUser("ben"), NOW, remote_admin["mia"])

    assert await storage.administration.audit(1) == (AuditEntry(NOW, None, "mia", "disable", "ben"),)


AT_ONCE = PostgresOptions().pool


async def test_invitations_that_wait_are_bounded(storage: Storage) -> None:
    last, *make = [MakeInvitation(octets(f"token {number}"), NOW + 5, 1) for number in range(1_001)]
    # No more at once than a storage has connections: whoever waits for one is told `busy` after a time.
    for first in range(0, len(make), AT_ONCE):
        some = (storage.administration.perform(each, NOW, OPERATOR) for each in make[first : first + AT_ONCE])
        assert all(isinstance(outcome, Performed) for outcome in await asyncio.gather(*some))

    assert await storage.administration.perform(last, NOW, OPERATOR) == Refused(ErrorCode.QUOTA)


async def submit(storage: Storage, body: bytes) -> Outcome:
    (outcome,) = await storage.mail.submit([submission("alice", body)], NOW, QUOTA)
    return outcome


async def test_an_allowance_takes_the_place_of_the_relays_and_goes_again(storage: Storage) -> None:
    await register(storage, "alice")
    await store(storage, "alice", b"one")

    await storage.administration.perform(SetQuota("alice", 1, None), NOW, OPERATOR)
    assert await submit(storage, b"two") == Refused(ErrorCode.QUOTA)
    await storage.administration.perform(SetQuota("alice", None, 8), NOW, OPERATOR)
    assert isinstance(await submit(storage, b"two"), Stored)
    assert await submit(storage, b"three") == Refused(ErrorCode.QUOTA)
    (alice,) = await storage.administration.accounts()
    assert (alice.mailbox_messages, alice.mailbox_bytes) == (None, 8)
    await storage.administration.perform(SetQuota("alice", None, None), NOW, OPERATOR)
    assert isinstance(await submit(storage, b"three"), Stored)


async def test_accounts_are_listed_a_part_at_a_time(storage: Storage) -> None:
    await register(storage, "bob", "alice", "carol")

    assert [each.name for each in await storage.administration.accounts("", 2)] == ["alice", "bob"]
    assert [each.name for each in await storage.administration.accounts("bob", 2)] == ["carol"]


async def test_statistics_count_what_is_held(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    await store(storage, "alice", b"one", b"three")
    await storage.administration.perform(DisableUser("bob"), NOW, OPERATOR)
    await storage.administration.perform(MakeInvitation(octets("token"), NOW + 5, 1), NOW, OPERATOR)

    counted = await storage.administration.statistics()

    assert (counted.accounts, counted.disabled, counted.devices) == (2, 1, 2)
    assert (counted.mail_messages, counted.mail_bytes, counted.oldest_mail_at) == (2, 8, NOW)
    assert (counted.invitations, counted.prekeys) == (1, 12)
    assert counted.database_bytes > 0


async def test_a_copy_is_refused_where_something_is_already(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"mine")

    with pytest.raises(LinkError):
        await storage.administration.copy(tmp_path / "copy.db")

    assert (tmp_path / "copy.db").read_bytes() == b"mine"


async def test_a_page_of_accounts_ends_where_much_was_counted(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("babilu.relay.storage.administration_rules.LETTERS_COUNTED", 2)
    await register(storage, "alice", "bob", "carol")
    await store(storage, "alice", b"1", b"2")
    assert [each.name for each in await storage.administration.accounts()] == ["alice"]
    assert [each.name for each in await storage.administration.accounts("alice")] == ["bob", "carol"]


async def test_what_waits_is_counted_right_whatever_becomes_of_it(storage: Storage) -> None:
    await register(storage, "alice", "bob", "carol")
    await store(storage, "alice", b"before it is counted", now=NOW - 10)
    counted = [await storage.administration.statistics()]
    await store(storage, "bob", b"1", b"22", b"333", now=NOW)
    await store(storage, "carol", b"4444")
    counted.append(await storage.administration.statistics())
    await storage.mail.acknowledge([(device("bob"), 2)])
    await storage.mail.expire(NOW, 100)
    await storage.administration.perform(DeleteUser("carol"), NOW, Operator(0))
    counted.append(await storage.administration.statistics())
    assert [(each.mail_messages, each.mail_bytes) for each in counted] == [(1, 20), (5, 30), (1, 3)]
    assert [each.oldest_mail_at for each in counted] == [NOW - 10, NOW - 10, NOW]
