from babilu.identity.shapes import EcPrekey, PrekeySet
from babilu.kernel.errors import ErrorCode
from babilu.relay.storage.port import Storage
from babilu.relay.storage.records import Refused, Removed, Stock, TakenBundle
from tests.contract.storage.builders import (
    NOW,
    QUOTA,
    device,
    device_list,
    envelope_id,
    octets,
    prekeys,
    register,
    stand,
    store,
    submission,
)
from tests.contract.storage.conftest import Reopen

MOST = 100


async def test_a_list_is_replaced_only_where_it_is_still_the_one_compared_with(storage: Storage) -> None:
    (account,) = await register(storage, "alice")
    first, second, third = (device_list("alice", version=version) for version in (1, 2, 3))
    assert await storage.directory.replace_list(account, first.hash, second) == Removed(())
    assert await storage.directory.replace_list(account, first.hash, third) == Refused(ErrorCode.CONFLICT)
    assert await storage.directory.lists(["alice", "nobody"]) == {"alice": second}


async def test_a_device_that_is_no_longer_listed_goes_with_its_mail(storage: Storage) -> None:
    (account, _) = await register(storage, "alice", "bob")
    both = device_list("alice", "phone", version=2)
    await storage.directory.replace_list(account, device_list("alice").hash, both)
    stored_envelope = submission("alice", b"for the phone", to_device="phone", list_version=2)
    await storage.mail.submit([stored_envelope], NOW, QUOTA)
    alone = device_list("alice", version=3)
    assert await storage.directory.replace_list(account, both.hash, alone) == Removed((device("phone"),))
    assert (await storage.mail.read(device("phone"), 0, 10, 1000)).stored_envelopes == ()


async def test_an_heir_gets_what_waited_for_the_device_that_goes(storage: Storage, reopen: Reopen) -> None:
    (account, _) = await register(storage, "alice", "bob")
    await store(storage, "alice", b"1", b"2", b"3")
    await storage.mail.acknowledge([(device("alice"), 1)])
    heir = device_list("phone", version=2, identity="alice")
    heirs = [(device("alice"), device("phone"))]
    outcome = await storage.directory.replace_list(account, device_list("alice").hash, heir, heirs)
    assert outcome == Removed((device("alice"),))
    for _ in range(2):
        page = await storage.mail.read(device("phone"), 0, 10, 1000)
        assert [(each.seq, each.envelope) for each in page.stored_envelopes] == [(1, b"2"), (2, b"3")]
        storage = await reopen()
    # The client kept the first of them, and its acknowledgement was lost.
    resumed = await storage.mail.resume(device("phone"), 1, envelope_id(b"2"), 0)
    assert stand(resumed) == (1, 2)
    assert [each.seq for each in (await storage.mail.read(device("phone"), 1, 10, 1000)).stored_envelopes] == [2]


async def test_a_device_that_stays_keeps_its_mail_and_prekeys(storage: Storage) -> None:
    (account, _) = await register(storage, "alice", "bob")
    await store(storage, "alice", b"kept")
    await storage.directory.replace_list(
        account, device_list("alice").hash, device_list("phone", "alice", version=2, identity="alice")
    )
    assert len((await storage.mail.read(device("alice"), 0, 10, 1000)).stored_envelopes) == 1
    assert await storage.directory.stock(device("alice")) == Stock(2, 2)
    assert await storage.directory.stock(device("phone")) == Stock(0, 0)


async def test_a_device_of_another_account_cannot_be_listed(storage: Storage) -> None:
    (account, _) = await register(storage, "alice", "bob")
    stolen = device_list("alice", "bob", version=2)
    outcome = await storage.directory.replace_list(account, device_list("alice").hash, stolen)
    assert outcome == Refused(ErrorCode.CONFLICT)
    assert (await storage.directory.lists(["alice"]))["alice"] == device_list("alice")


async def test_a_bundle_takes_one_prekey_of_each_kind_and_then_the_last_resort(storage: Storage) -> None:
    await register(storage, "alice")
    taken = [await storage.directory.take_bundle("alice", device("alice"), True) for _ in range(3)]
    assert all(isinstance(bundle, TakenBundle) for bundle in taken)
    first, second, third = (bundle for bundle in taken if isinstance(bundle, TakenBundle))
    assert first.bundle.one_time == EcPrekey(1, octets("ec 1"))
    assert second.bundle.one_time == EcPrekey(2, octets("ec 2"))
    assert third.bundle.one_time is None
    assert [bundle.bundle.kem for bundle in (first, second, third)] == [
        *prekeys().one_time_kem,
        prekeys().last_resort,
    ]
    assert [bundle.left for bundle in (first, second, third)] == [Stock(1, 1), Stock(0, 0), Stock(0, 0)]


async def test_a_bundle_can_be_had_without_using_one_time_prekeys_up(storage: Storage) -> None:
    await register(storage, "alice")
    taken = await storage.directory.take_bundle("alice", device("alice"), False)
    assert isinstance(taken, TakenBundle)
    assert taken.bundle.one_time is None
    assert taken.bundle.kem == prekeys().last_resort
    assert taken.left == Stock(2, 2)


async def test_a_device_is_found_under_its_own_account_only(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    assert await storage.directory.take_bundle("bob", device("alice"), True) == Refused(ErrorCode.NOT_FOUND)


async def test_a_device_without_prekeys_has_no_bundle(storage: Storage) -> None:
    (account,) = await register(storage, "alice")
    both = device_list("alice", "phone", version=2)
    await storage.directory.replace_list(account, device_list("alice").hash, both)
    assert await storage.directory.take_bundle("alice", device("phone"), True) == Refused(ErrorCode.NOT_FOUND)


async def test_prekeys_are_added_above_those_that_were_there(storage: Storage) -> None:
    await register(storage, "alice")
    more = prekeys(first=3, ec=5, kem=4, signed=None, last_resort=None)
    assert await storage.directory.add_prekeys(device("alice"), more, MOST) == Stock(7, 6)


async def test_publishing_the_same_again_adds_nothing_and_brings_nothing_back(storage: Storage) -> None:
    await register(storage, "alice")
    await storage.directory.take_bundle("alice", device("alice"), True)
    assert await storage.directory.add_prekeys(device("alice"), prekeys(), MOST) == Stock(1, 1)


async def test_a_prekey_that_was_used_up_never_comes_back_even_after_reopening(
    storage: Storage, reopen: Reopen
) -> None:
    await register(storage, "alice")
    for _ in range(2):
        await storage.directory.take_bundle("alice", device("alice"), True)
    storage = await reopen()
    assert await storage.directory.add_prekeys(device("alice"), prekeys(), MOST) == Stock(0, 0)


async def test_an_id_that_is_kept_with_another_key_is_refused_with_the_whole_set(storage: Storage) -> None:
    await register(storage, "alice")
    changed = PrekeySet(None, None, (EcPrekey(2, octets("another")), EcPrekey(9, octets("ec 9"))), ())
    assert await storage.directory.add_prekeys(device("alice"), changed, MOST) == Refused(ErrorCode.CONFLICT)
    assert await storage.directory.stock(device("alice")) == Stock(2, 2)


async def test_a_renewed_signed_prekey_takes_the_one_time_prekeys_of_the_one_before_along(storage: Storage) -> None:
    await register(storage, "alice")
    renewed = prekeys(first=3, ec=50, kem=40, signed=2, last_resort=2)
    assert await storage.directory.add_prekeys(device("alice"), renewed, 51) == Stock(50, 40)
    taken = await storage.directory.take_bundle("alice", device("alice"), True)
    assert isinstance(taken, TakenBundle)
    assert taken.bundle.one_time == EcPrekey(3, octets("ec 3"))
    assert await storage.directory.add_prekeys(device("alice"), renewed, 51) == Stock(49, 39)


async def test_the_stock_is_bounded(storage: Storage) -> None:
    await register(storage, "alice")
    more = prekeys(first=3, ec=50, kem=1, signed=None, last_resort=None)
    assert await storage.directory.add_prekeys(device("alice"), more, 51) == Refused(ErrorCode.QUOTA)
    assert await storage.directory.stock(device("alice")) == Stock(2, 2)


async def test_a_renewed_signed_prekey_takes_the_place_of_the_old_one(storage: Storage) -> None:
    await register(storage, "alice")
    renewed = prekeys(ec=0, kem=0, signed=2, last_resort=2)
    await storage.directory.add_prekeys(device("alice"), renewed, MOST)
    taken = await storage.directory.take_bundle("alice", device("alice"), False)
    assert isinstance(taken, TakenBundle)
    assert (taken.bundle.signed, taken.bundle.kem) == (renewed.signed, renewed.last_resort)


async def test_an_older_signed_prekey_does_not_come_back(storage: Storage) -> None:
    await register(storage, "alice")
    await storage.directory.add_prekeys(device("alice"), prekeys(ec=0, kem=0, signed=5, last_resort=5), MOST)
    await storage.directory.add_prekeys(device("alice"), prekeys(ec=0, kem=0, signed=4, last_resort=4), MOST)
    taken = await storage.directory.take_bundle("alice", device("alice"), False)
    assert isinstance(taken, TakenBundle)
    assert (taken.bundle.signed.id, taken.bundle.kem.id) == (5, 5)


async def test_prekeys_of_an_unknown_device_are_refused(storage: Storage) -> None:
    assert await storage.directory.add_prekeys(device("nobody"), prekeys(), MOST) == Refused(ErrorCode.NOT_FOUND)
