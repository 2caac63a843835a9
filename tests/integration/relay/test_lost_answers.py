"""Where a database fails midway, nobody knows whether it did what was asked: nothing is lost, doubled or left open."""

import asyncio
from pathlib import Path

import pytest

from babilu.cli.admin_link import ask
from babilu.identity.invitation import Invitation
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.relay.base import admin_requests
from babilu.relay.base.settings import Registration
from babilu.relay.storage.port import Storage
from babilu.wire.client_frames import Ack, Watch, Watched
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import Accepted, Ok, StaleDevices
from tests.fakes.losing_storage import Fate, Held, LosingStorage
from tests.integration.relay.conftest import House
from tests.relay_client import Device, Person, RawClient, envelopes, refused

LOST = Bye(ErrorCode.UNAVAILABLE.value, 5_000)

EITHER = pytest.mark.parametrize("fate", [Fate.DONE, Fate.NOT_DONE])


async def losing(house: House, registration: Registration | None = None) -> LosingStorage:
    """Start the relay over a storage that loses answers."""
    opened: list[LosingStorage] = []

    async def open_storage(path: Path) -> Storage:
        opened.append(await LosingStorage.open(path))
        return opened[-1]

    house.open_storage = open_storage
    await house.start(registration=registration)
    return opened[0]


async def submit_in_vain(client: RawClient, recipient: Person, envelope: bytes) -> None:
    submit = client.submit_frame(recipient, envelope)
    client.send(submit)
    with refused(ErrorCode.UNAVAILABLE):
        await client.answer(submit.request, Accepted)
    client.submitted -= 1


class TestALetter:
    async def test_that_was_stored_reaches_its_recipient_before_it_is_sent_again(self, house: House) -> None:
        storage = await losing(house)
        _, alice = await house.register("alice")
        bob, b = await house.register("bob")

        storage.fates["submit"] = Fate.DONE
        await submit_in_vain(alice, bob, b"one")
        assert [each.envelope for each in await b.deliveries(1)] == [b"one"]

    @pytest.mark.parametrize("fate", Fate)
    async def test_that_is_sent_again_is_accepted_and_delivered_once(self, house: House, fate: Fate) -> None:
        storage = await losing(house)
        _, alice = await house.register("alice")
        bob, b = await house.register("bob")

        storage.fates["submit"] = fate
        await submit_in_vain(alice, bob, b"one")
        await alice.quiet()
        await storage.catch_up()
        for number, body in enumerate([b"one", b"two"], start=1):
            await alice.submit(bob, body)
            assert [(each.seq, each.envelope) for each in await b.deliveries(1)] == [(number, body)]
        assert await b.quiet() == []

    async def test_waits_for_room_where_the_window_is_full(self, house: House) -> None:
        storage = await losing(house)
        _, alice = await house.register("alice")
        bob, b = await house.register("bob")
        full = house.limits.push_messages
        await alice.submit(bob, *envelopes(full))
        await b.deliveries(full)

        storage.fates["submit"] = Fate.DONE
        await submit_in_vain(alice, bob, b"one")
        b.send(Ack(full))
        assert [each.envelope for each in await b.deliveries(1)] == [b"one"]


@EITHER
async def test_a_device_that_resumes_again_gets_its_mail(house: House, fate: Fate) -> None:
    storage = await losing(house)
    _, alice = await house.register("alice")
    bob = Person("bob")
    b = await house.connect()
    await b.register(bob)
    await alice.submit(bob, b"one")

    storage.fates["resume"] = fate
    with refused(ErrorCode.UNAVAILABLE):
        await b.resume()
    assert (await b.resume()).head == 1
    assert [each.envelope for each in await b.deliveries(1)] == [b"one"]


async def test_whose_mail_is_wanted_is_said_again_until_the_storage_has_it(house: House) -> None:
    storage = await losing(house)
    alice, client = await house.register("alice")

    storage.fates["know"] = Fate.NOT_DONE
    with refused(ErrorCode.UNAVAILABLE):
        await client.watch(alice, kind=Ok)
    await client.watch(alice, kind=Ok)
    known = await house.database._call(
        lambda tables: tables.mail._connection.execute("SELECT count(*) FROM known").fetchone()
    )
    assert known == (1,)


@EITHER
async def test_an_account_that_may_be_there_is_asked_for_again(house: House, fate: Fate) -> None:
    storage = await losing(house)
    alice = Person("alice")
    storage.fates["register"] = fate
    with refused(ErrorCode.UNAVAILABLE):
        await (await house.connect()).register(alice)

    again = await house.connect()
    if fate is Fate.DONE:
        with refused(ErrorCode.NAME_TAKEN):
            await again.register(alice)
        await (await house.connect()).login_device(alice)
    else:
        await again.register(alice)


async def test_the_owners_invitation_that_may_be_used_is_not_shown_for_long(house: House) -> None:
    storage = await losing(house, Registration.INVITE)
    invitation = house.relay.owner_invitation
    assert isinstance(invitation, Invitation)
    storage.fates["register"] = Fate.DONE
    with refused(ErrorCode.UNAVAILABLE):
        await (await house.connect()).register(Person("alice"), invitation.token)

    await house.relay.tidy()
    assert house.relay.owner_invitation is None


class TestADeviceThatMayBeListedNoMore:
    """Is sent away, and comes back only if it is listed."""

    async def comes_back(self, house: House, person: Person, device: Device, fate: Fate, why: ErrorCode) -> None:
        back = await house.connect()
        if fate is Fate.DONE:
            with refused(why):
                await back.login_device(person, device)
        else:
            await back.login_device(person, device)

    @EITHER
    async def test_after_a_list_was_published(self, house: House, fate: Fate) -> None:
        storage = await losing(house)
        alice, client = await house.register("alice")
        before = alice.device
        _, b = await house.register("bob")
        await b.watch(alice, kind=Ok)

        storage.fates["replace_list"] = fate
        with refused(ErrorCode.UNAVAILABLE):
            await (await house.connect()).publish(alice, Device())
        assert (await client.closed())[-1] == LOST
        if fate is Fate.DONE:
            await b.expect(StaleDevices)
        assert await b.quiet() == []
        await self.comes_back(house, alice, before, fate, ErrorCode.DEVICE_UNKNOWN)

    @EITHER
    async def test_after_an_identity_was_started_over(self, house: House, fate: Fate) -> None:
        storage = await losing(house)
        alice, client = await house.register("alice")
        anew = Person("alice")
        anew.salt, anew.login_key = alice.salt, alice.login_key

        storage.fates["reset_identity"] = fate
        with refused(ErrorCode.UNAVAILABLE):
            await (await house.connect()).reset_identity(anew)
        assert (await client.closed())[-1] == LOST
        await self.comes_back(house, alice, alice.device, fate, ErrorCode.DEVICE_UNKNOWN)

    @EITHER
    async def test_after_its_account_was_deleted(self, house: House, fate: Fate) -> None:
        storage = await losing(house)
        alice, client = await house.register("alice")

        storage.fates["delete"] = fate
        with refused(ErrorCode.UNAVAILABLE):
            await (await house.connect()).delete_account(alice, alice.login_key, Ok)
        assert (await client.closed())[-1] == LOST
        await self.comes_back(house, alice, alice.device, fate, ErrorCode.DEVICE_UNKNOWN)

    @EITHER
    @pytest.mark.parametrize(
        ("order", "why"),
        [
            (admin_requests.DisableUser("alice"), ErrorCode.ACCOUNT_DISABLED),
            (admin_requests.DeleteUser("alice"), ErrorCode.DEVICE_UNKNOWN),
        ],
    )
    async def test_after_an_operator_closed_its_account(
        self, house: House, fate: Fate, order: admin_requests.AdminRequest, why: ErrorCode
    ) -> None:
        storage = await losing(house)
        alice, client = await house.register("alice")

        storage.fates["perform"] = fate
        with pytest.raises(BabiluError):
            await asyncio.to_thread(ask, house.home, order, admin_requests.Done)
        assert (await client.closed())[-1] == LOST
        await self.comes_back(house, alice, alice.device, fate, why)


class TestAnAnswerThatComesLate:
    async def test_lets_no_device_in_that_was_removed_meanwhile(self, house: House) -> None:
        storage = await losing(house)
        alice, _ = await house.register("alice")
        before, held = alice.device, Held()

        storage.fates["find_listing"] = held
        client = await house.connect()
        login = asyncio.create_task(client.login_device(alice, before))
        await held.done.wait()
        await (await house.connect()).publish(alice, Device())
        held.answered.set()
        with refused(ErrorCode.BUSY):
            await login
        await self.comes_no_more(house, alice, before, ErrorCode.DEVICE_UNKNOWN)

    async def test_lets_nobody_into_an_account_that_was_disabled_meanwhile(self, house: House) -> None:
        storage = await losing(house)
        alice, _ = await house.register("alice")
        held = Held()

        storage.fates["find_listing"] = held
        client = await house.connect()
        login = asyncio.create_task(client.login_device(alice))
        await held.done.wait()
        await asyncio.to_thread(ask, house.home, admin_requests.DisableUser("alice"), admin_requests.Done)
        held.answered.set()
        with refused(ErrorCode.BUSY):
            await login
        await self.comes_no_more(house, alice, alice.device, ErrorCode.ACCOUNT_DISABLED)

    async def comes_no_more(self, house: House, person: Person, device: Device, why: ErrorCode) -> None:
        with refused(why):
            await (await house.connect()).login_device(person, device)

    async def test_tells_no_list_that_was_replaced_meanwhile(self, house: House) -> None:
        storage = await losing(house)
        alice, _ = await house.register("alice")
        _, b = await house.register("bob")
        held = Held()

        storage.fates["lists"] = held
        watch = Watch(b.number(), (Watched("alice", bytes(32)),))
        b.send(watch)
        await held.done.wait()
        after = await (await house.connect()).publish(alice, Device())
        assert (await b.expect(StaleDevices)).device_list == after
        held.answered.set()
        assert await b.receive() == Ok(watch.request)
