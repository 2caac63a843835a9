from babilu.kernel.errors import ErrorCode
from babilu.relay.storage.port import Storage
from babilu.relay.storage.records import AccountCreated, Admission, Refused, Removed, Repeated
from tests.contract.storage.builders import (
    NOW,
    OPEN,
    QUOTA,
    device,
    device_list,
    login_key,
    new_account,
    octets,
    prekeys,
    register,
    store,
    submission,
)
from tests.contract.storage.conftest import Reopen

CLOSED = Admission(open=False, token_hash=None, owner=False)
OWNER = Admission(open=False, token_hash=octets("owner"), owner=True)


def invited(label: str) -> Admission:
    return Admission(open=False, token_hash=octets(label), owner=False)


async def test_an_account_is_found_as_it_was_made_even_after_reopening(storage: Storage, reopen: Reopen) -> None:
    await register(storage, "alice")
    found = await (await reopen()).accounts.find("alice")
    assert found is not None
    assert (found.name, found.owner, found.login) == ("alice", False, login_key("alice"))
    assert found.device_list == device_list("alice")


async def test_an_unknown_name_is_no_account(storage: Storage) -> None:
    assert await storage.accounts.find("nobody") is None
    assert await storage.accounts.login_key("nobody") is None
    assert await storage.accounts.find_listing("nobody", device("alice")) is None


async def test_what_a_login_is_checked_with_is_found_by_itself(storage: Storage) -> None:
    await register(storage, "alice")
    assert await storage.accounts.login_key("alice") == login_key("alice")


async def test_an_account_is_found_by_a_device_of_its_own_and_by_no_other(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    assert await storage.accounts.find_listing("alice", device("alice")) == await storage.accounts.find("alice")
    assert await storage.accounts.find_listing("alice", device("bob")) is None
    assert await storage.accounts.find_listing("alice", device("nobody")) is None


async def test_a_name_is_given_once(storage: Storage) -> None:
    await register(storage, "alice")
    again = new_account("alice", skeleton="other", devices=device_list("other"))
    assert await storage.accounts.register(again, OPEN) == Refused(ErrorCode.NAME_TAKEN)


async def test_the_twin_of_a_name_is_taken(storage: Storage) -> None:
    await register(storage, "alice")
    assert await storage.accounts.register(new_account("a1ice", skeleton="alice"), OPEN) == Refused(
        ErrorCode.NAME_TAKEN
    )


async def test_a_device_belongs_to_one_account(storage: Storage) -> None:
    await register(storage, "alice")
    mallory = new_account("mallory", devices=device_list("alice", identity="mallory"))
    assert await storage.accounts.register(mallory, OPEN) == Refused(ErrorCode.CONFLICT)
    assert await storage.accounts.find("mallory") is None


async def test_without_an_invitation_a_closed_relay_refuses_before_it_looks_at_the_name(storage: Storage) -> None:
    await register(storage, "alice")
    for name in ("alice", "bob"):
        refused = await storage.accounts.register(new_account(name, devices=device_list("new")), CLOSED)
        assert refused == Refused(ErrorCode.INVITATION_NEEDED)


async def test_an_invitation_is_good_as_often_as_it_says(storage: Storage) -> None:
    await storage.accounts.invite(octets("token"), NOW, NOW + 1000, 2)
    outcomes = [await storage.accounts.register(new_account(name), invited("token")) for name in ("a", "b", "c")]
    assert [type(outcome) for outcome in outcomes] == [AccountCreated, AccountCreated, Refused]


async def test_one_invitation_used_fifty_times_at_once_makes_one_account(storage: Storage) -> None:
    await storage.accounts.invite(octets("token"), NOW, NOW + 1000, 1)
    attempts = [storage.accounts.register(new_account(f"user{n}"), invited("token")) for n in range(50)]
    outcomes = [await attempt for attempt in attempts]
    assert sum(isinstance(outcome, AccountCreated) for outcome in outcomes) == 1
    assert outcomes.count(Refused(ErrorCode.INVITATION_NEEDED)) == 49


async def test_a_taken_name_does_not_use_the_invitation_up(storage: Storage) -> None:
    await register(storage, "alice")
    await storage.accounts.invite(octets("token"), NOW, NOW + 1000, 1)
    taken = new_account("alice", devices=device_list("new"))
    assert await storage.accounts.register(taken, invited("token")) == Refused(ErrorCode.NAME_TAKEN)
    assert isinstance(await storage.accounts.register(new_account("bob"), invited("token")), AccountCreated)


async def test_an_expired_invitation_is_none(storage: Storage) -> None:
    await storage.accounts.invite(octets("token"), NOW - 2000, NOW, 1)
    outcome = await storage.accounts.register(new_account("bob"), invited("token"))
    assert outcome == Refused(ErrorCode.INVITATION_NEEDED)
    assert await storage.accounts.invitations(NOW) == ()


async def test_invitations_are_listed_and_revoked(storage: Storage) -> None:
    made = [await storage.accounts.invite(octets(f"{n}"), NOW, NOW + 1000, 1) for n in range(3)]
    assert await storage.accounts.revoke(made[1].invitation)
    assert not await storage.accounts.revoke(made[1].invitation)
    assert await storage.accounts.invitations(NOW) == (made[0], made[2])
    assert await storage.accounts.register(new_account("x"), invited("1")) == Refused(ErrorCode.INVITATION_NEEDED)


async def test_the_owners_invitation_makes_one_owner(storage: Storage) -> None:
    assert await storage.accounts.owner_generation() == 0
    first = await storage.accounts.register(new_account("alice"), OWNER)
    second = await storage.accounts.register(new_account("bob"), OWNER)
    assert isinstance(first, AccountCreated)
    assert first.owner
    assert second == Refused(ErrorCode.INVITATION_NEEDED)
    assert await storage.accounts.owner_generation() is None


async def test_on_an_open_relay_the_owners_invitation_used_again_makes_an_ordinary_account(storage: Storage) -> None:
    await storage.accounts.register(new_account("alice"), OWNER)
    late = await storage.accounts.register(new_account("bob"), Admission(True, octets("owner"), owner=True))
    assert isinstance(late, AccountCreated)
    assert not late.owner


async def test_after_the_owner_left_there_may_be_another_of_the_next_generation(storage: Storage) -> None:
    made = await storage.accounts.register(new_account("alice"), OWNER)
    assert isinstance(made, AccountCreated)
    await storage.accounts.delete(made.account)
    assert await storage.accounts.owner_generation() == 1


async def test_the_login_key_is_changed_only_by_who_knows_the_current_one(storage: Storage) -> None:
    (account,) = await register(storage, "alice")
    before = login_key("alice").public
    assert await storage.accounts.change_login(account, before, login_key("new"))
    assert not await storage.accounts.change_login(account, before, login_key("newer"))
    found = await storage.accounts.find("alice")
    assert found is not None
    assert found.login == login_key("new")


async def test_a_reset_drops_devices_prekeys_and_mail_of_the_old_identity(storage: Storage) -> None:
    (account, _) = await register(storage, "alice", "bob")
    await store(storage, "alice", b"lost")
    fresh = device_list("phone", version=2)
    removed = await storage.accounts.reset_identity(account, fresh, device("phone"), prekeys())
    assert removed == Removed((device("alice"),))
    found = await storage.accounts.find("alice")
    assert found is not None
    assert found.device_list == fresh
    assert (await storage.mail.read(device("alice"), 0, 10, 1000)).stored_envelopes == ()
    old = await storage.mail.submit([submission("alice", b"x", list_version=2)], NOW, QUOTA)
    assert old == [Refused(ErrorCode.NOT_FOUND)]
    assert await storage.directory.take_bundle("alice", device("alice"), True) == Refused(ErrorCode.NOT_FOUND)


async def test_a_reset_may_list_the_same_device_again_with_an_empty_mailbox(storage: Storage) -> None:
    (account, _) = await register(storage, "alice", "bob")
    await store(storage, "alice", b"lost")
    await storage.accounts.reset_identity(account, device_list("alice", version=2), device("alice"), prekeys())
    page = await storage.mail.read(device("alice"), 0, 10, 1000)
    assert (page.stored_envelopes, page.head) == ((), 0)


async def test_a_deleted_account_leaves_nothing_and_frees_its_name(storage: Storage) -> None:
    (account, _) = await register(storage, "alice", "bob")
    await store(storage, "alice", b"lost")
    assert await storage.accounts.delete(account) == Removed((device("alice"),))
    assert await storage.accounts.find("alice") is None
    (again,) = await register(storage, "alice")
    assert again != account
    page = await storage.mail.read(device("alice"), 0, 10, 1000)
    assert page.stored_envelopes == ()
    outcomes = await storage.mail.submit([submission("alice", b"lost")], NOW, QUOTA)
    assert not isinstance(outcomes[0], Repeated)


async def test_one_account_more_than_there_may_be_is_refused_and_the_owner_comes_in_all_the_same(
    storage: Storage,
) -> None:
    few = Admission(open=True, token_hash=None, owner=False, accounts=1)
    assert isinstance(await storage.accounts.register(new_account("alice"), few), AccountCreated)
    assert await storage.accounts.register(new_account("bob"), few) == Refused(ErrorCode.SERVER_FULL)
    owner = Admission(open=False, token_hash=octets("owner"), owner=True, accounts=1)
    assert isinstance(await storage.accounts.register(new_account("bob"), owner), AccountCreated)
