from pathlib import Path

import pytest

from babilu.kernel.errors import LinkError
from babilu.relay.storage.administration import (
    Announce,
    AuditEntry,
    DeleteAccount,
    MakeInvitation,
    Performed,
    RevokeInvitation,
    Role,
    SetDisabled,
    SetLogin,
    SetRole,
)
from babilu.relay.storage.protocol import Storage
from tests.contract.storage.builders import NOW, login_key, octets, register, store

UID = 1000


async def roles(storage: Storage) -> dict[str, Role]:
    return {account.name: account.role for account in await storage.administration.accounts()}


async def test_accounts_are_listed_with_what_waits_for_them(storage: Storage) -> None:
    await register(storage, "bob", "alice")
    await store(storage, "alice", b"one", b"three")

    alice, bob = await storage.administration.accounts()

    assert (alice.name, alice.devices, alice.mail_messages, alice.mail_bytes) == ("alice", 1, 2, 8)
    assert (bob.name, bob.mail_messages, bob.role, bob.disabled, bob.created_at) == ("bob", 0, Role.MEMBER, False, NOW)


async def test_an_account_is_disabled_and_enabled_again(storage: Storage) -> None:
    (alice,) = await register(storage, "alice")

    done = await storage.administration.perform(SetDisabled("alice", disabled=True), NOW, UID)
    assert done == Performed(alice)
    found = await storage.accounts.find("alice")
    assert found is not None
    assert found.disabled
    await storage.administration.perform(SetDisabled("alice", disabled=False), NOW, UID)
    found = await storage.accounts.find("alice")
    assert found is not None
    assert not found.disabled


async def test_there_is_one_owner_at_most_and_the_first_one_voids_the_invitation_for_owners(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    assert await storage.accounts.owner_generation() == 0

    await storage.administration.perform(SetRole("alice", Role.OWNER), NOW, UID)
    await storage.administration.perform(SetRole("bob", Role.OWNER), NOW, UID)
    assert await roles(storage) == {"alice": Role.MEMBER, "bob": Role.OWNER}
    assert await storage.accounts.owner_generation() is None

    await storage.administration.perform(SetRole("bob", Role.MODERATOR), NOW, UID)
    assert await roles(storage) == {"alice": Role.MEMBER, "bob": Role.MODERATOR}
    assert await storage.accounts.owner_generation() == 1


async def test_a_login_is_replaced_whatever_it_was(storage: Storage) -> None:
    await register(storage, "alice")

    await storage.administration.perform(SetLogin("alice", login_key("another")), NOW, UID)

    found = await storage.accounts.find("alice")
    assert found is not None
    assert found.login == login_key("another")


async def test_each_action_leaves_an_entry_and_nothing_secret_in_it(storage: Storage) -> None:
    await register(storage, "alice")
    perform = storage.administration.perform
    made = await perform(MakeInvitation(octets("token"), NOW + 5, 2), NOW, UID)
    assert made is not None
    assert made.invitation is not None
    await perform(RevokeInvitation(made.invitation.invitation), NOW + 1, UID)
    await perform(Announce(), NOW + 2, 0)
    await perform(DeleteAccount("alice"), NOW + 3, UID)

    number = str(made.invitation.invitation)
    assert await storage.administration.audit(10) == (
        AuditEntry(NOW, UID, "invite", number),
        AuditEntry(NOW + 1, UID, "revoke", number),
        AuditEntry(NOW + 2, 0, "broadcast", ""),
        AuditEntry(NOW + 3, UID, "delete", "alice"),
    )
    assert await storage.administration.audit(1) == (AuditEntry(NOW + 3, UID, "delete", "alice"),)
    assert await storage.accounts.find("alice") is None


@pytest.mark.parametrize(
    "action",
    [
        SetDisabled("nobody", disabled=True),
        SetRole("nobody", Role.OWNER),
        SetLogin("nobody", login_key()),
        DeleteAccount("nobody"),
        RevokeInvitation(7),
    ],
)
async def test_what_is_not_there_is_not_acted_on_and_leaves_no_entry(
    storage: Storage, action: SetDisabled | SetRole | SetLogin | DeleteAccount | RevokeInvitation
) -> None:
    assert await storage.administration.perform(action, NOW, UID) is None
    assert await storage.administration.audit(10) == ()
    assert await storage.accounts.owner_generation() == 0


async def test_statistics_count_what_is_held(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    await store(storage, "alice", b"one", b"three")
    await storage.administration.perform(SetDisabled("bob", disabled=True), NOW, UID)
    await storage.administration.perform(MakeInvitation(octets("token"), NOW + 5, 1), NOW, UID)

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
