"""What the port promises of every adapter besides the results of single calls: order, repetition, fences, an epoch."""

import asyncio
from collections.abc import Awaitable
from typing import Final

import pytest

from babilu.kernel.errors import ErrorCode
from babilu.relay.base.admin_requests import AccountRole, AppointUser, DisableUser
from babilu.relay.storage.administration import Operator
from babilu.relay.storage.port import Storage
from babilu.relay.storage.records import Refused, Removed, Repeated, Resumption, Stored
from tests.contract.storage.builders import (
    NOW,
    QUOTA,
    device,
    device_list,
    envelope_id,
    login_key,
    prekeys,
    register,
    stand,
    store,
    submission,
)
from tests.contract.storage.conftest import Reopen

EPOCH_BYTES: Final = 8


async def resume(storage: Storage, name: str, cursor: int = 0) -> Resumption:
    resumed = await storage.mail.resume(device(name), cursor, None, 10**6)
    assert isinstance(resumed, Resumption)
    return resumed


async def test_calls_about_one_mailbox_take_effect_in_the_order_in_which_they_were_made(storage: Storage) -> None:
    names = ["alice", "bob", "carol", "dave"]
    await register(storage, *names)
    begun: list[Awaitable[object]] = []
    for number in range(20):
        batch = [submission(name, b"%d" % number) for name in names]
        begun.append(storage.mail.submit(batch if number % 2 else batch[::-1], NOW, QUOTA))
        if number == 9:
            begun.append(storage.mail.acknowledge([(device(name), 5) for name in names]))
    read = [storage.mail.read(device(name), 0, 100, 10**6) for name in names]
    await asyncio.gather(*begun)

    for page in await asyncio.gather(*read):
        assert [(stored_envelope.seq, stored_envelope.envelope) for stored_envelope in page.stored_envelopes] == [
            (number + 1, b"%d" % number) for number in range(5, 20)
        ]


async def test_a_device_that_resumes_finds_what_was_submitted_before(storage: Storage) -> None:
    await register(storage, "alice", "bob")
    submitted = storage.mail.submit([submission("bob", b"1"), submission("alice", b"2")], NOW, QUOTA)
    resumed = storage.mail.resume(device("bob"), 0, None, 0)
    later = storage.mail.submit([submission("bob", b"3")], NOW, QUOTA)

    assert stand(await resumed) == (0, 1)
    assert await submitted == [Stored(1, NOW), Stored(1, NOW)]
    assert [type(outcome) for outcome in await later] == [Stored]


async def test_whoever_resumes_later_has_the_higher_fence(storage: Storage, reopen: Reopen) -> None:
    await register(storage, "alice", "bob")
    fences = [(await resume(storage, "bob")).fence]
    for _ in range(3):
        await resume(storage, "alice")
        fences.append((await resume(storage, "bob")).fence)
        storage = await reopen()

    assert fences == sorted(set(fences))


async def test_a_resumption_that_was_refused_takes_nobodys_place(storage: Storage) -> None:
    await register(storage, "bob")
    before = await resume(storage, "bob")
    assert await storage.mail.resume(device("bob"), 0, None, 0) == Refused(ErrorCode.ROLLED_BACK)
    after = await resume(storage, "bob")

    assert before.fence < after.fence


async def test_a_storage_keeps_its_epoch(storage: Storage, reopen: Reopen) -> None:
    epoch = storage.epoch
    await register(storage, "alice", "bob")
    await store(storage, "bob", b"1")

    assert len(epoch) == EPOCH_BYTES
    assert (await reopen()).epoch == epoch


class TestWhatIsDoneAgainAsItsAnswerWasLost:
    async def test_is_a_submission_that_was_stored(self, storage: Storage) -> None:
        await register(storage, "alice", "bob")
        batch = [submission("bob", b"1"), submission("alice", b"2")]
        await storage.mail.submit(batch, NOW, QUOTA)
        assert await storage.mail.submit(batch, NOW + 1, QUOTA) == [Repeated(NOW), Repeated(NOW)]

    async def test_is_an_acknowledgement(self, storage: Storage) -> None:
        await register(storage, "alice", "bob")
        await store(storage, "bob", b"1", b"2")
        for _ in range(2):
            await storage.mail.acknowledge([(device("bob"), 1)])
        assert [
            stored_envelope.seq
            for stored_envelope in (await storage.mail.read(device("bob"), 0, 9, 99)).stored_envelopes
        ] == [2]

    @pytest.mark.parametrize(("cursor", "envelope", "found"), [(1, b"1", (1, 3)), (50, b"fifty", (50, 53))])
    async def test_is_a_resumption_even_where_it_renumbered(
        self, storage: Storage, cursor: int, envelope: bytes, found: tuple[int, int]
    ) -> None:
        await register(storage, "alice", "bob")
        await store(storage, "bob", b"1", b"2", b"3")
        for _ in range(2):
            assert stand(await storage.mail.resume(device("bob"), cursor, envelope_id(envelope), 0)) == found

    async def test_are_prekeys_that_were_added(self, storage: Storage) -> None:
        await register(storage, "alice")
        more = prekeys(first=3, signed=None, last_resort=None)
        first = await storage.directory.add_prekeys(device("alice"), more, 100)
        assert await storage.directory.add_prekeys(device("alice"), more, 100) == first

    async def test_is_the_end_of_an_account(self, storage: Storage) -> None:
        (account,) = await register(storage, "alice")
        assert await storage.accounts.delete(account) == Removed((device("alice"),))
        assert await storage.accounts.delete(account) == Removed(())

    async def test_is_another_login_key(self, storage: Storage) -> None:
        (account,) = await register(storage, "alice")
        before, after = login_key("alice").public, login_key("new")
        for _ in range(2):
            assert await storage.accounts.change_login(account, before, after)
        assert not await storage.accounts.change_login(account, before, login_key("third"))

    async def test_is_a_list_that_replaced_another(self, storage: Storage) -> None:
        (account,) = await register(storage, "alice")
        before, after = device_list("alice"), device_list("phone", version=2, identity="alice")
        assert await storage.directory.replace_list(account, before.hash, after) == Removed((device("alice"),))
        assert await storage.directory.replace_list(account, before.hash, after) == Removed(())

    async def test_is_an_identity_that_was_started_over(self, storage: Storage) -> None:
        (account, _) = await register(storage, "alice", "bob")
        fresh = device_list("new phone", version=1, identity="another alice")
        first = await storage.accounts.reset_identity(account, fresh, device("new phone"), prekeys())
        arrived = submission("alice", b"1", to_device="new phone", sender="bob")
        await storage.mail.submit([arrived], NOW, QUOTA)
        again = await storage.accounts.reset_identity(account, fresh, device("new phone"), prekeys())

        assert (first, again) == (Removed((device("alice"),)), Removed(()))
        assert len((await storage.mail.read(device("new phone"), 0, 9, 99)).stored_envelopes) == 1

    @pytest.mark.parametrize("action", [DisableUser("alice"), AppointUser("alice", AccountRole.OWNER)])
    async def test_is_what_an_operator_did(self, storage: Storage, action: DisableUser | AppointUser) -> None:
        await register(storage, "alice")
        first = await storage.administration.perform(action, NOW, Operator(0))
        assert await storage.administration.perform(action, NOW, Operator(0)) == first
