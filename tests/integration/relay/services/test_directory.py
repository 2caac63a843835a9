import pytest

from babilu.crypto.keys import SigningKey
from babilu.identity.codec import encode_shape
from babilu.identity.login import Heir, PublishDeviceListBody, Signer
from babilu.identity.prekeys import verify_bundle
from babilu.identity.shapes import Bundle, EcPrekey, PrekeySet, SignedDeviceList
from babilu.kernel.errors import ErrorCode
from babilu.kernel.limits import Limits
from babilu.wire.client_frames import FetchBundle, FetchDeviceList, PublishDeviceList, PublishPrekeys
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import BundleIs, DeviceListConflict, DeviceListIs, Ok, PrekeysLow, StaleDevices
from tests.integration.relay.conftest import House
from tests.relay_client import RANDOMNESS, Device, Person, RawClient, envelope_id_of, refused


async def publish_prekeys(client: RawClient, prekeys: PrekeySet) -> Ok:
    publish = PublishPrekeys(client.number(), prekeys)
    client.send(publish)
    return await client.answer(publish.request, Ok)


async def fetch_list(client: RawClient, name: str) -> DeviceListIs:
    fetch = FetchDeviceList(client.number(), name)
    client.send(fetch)
    return await client.answer(fetch.request, DeviceListIs)


async def fetch_bundle(client: RawClient, person: Person, device: Device | None = None) -> Bundle:
    fetch = FetchBundle(client.number(), person.name, (device or person.device).id)
    client.send(fetch)
    return (await client.answer(fetch.request, BundleIs)).bundle


class TestDeviceLists:
    async def test_are_handed_out_as_they_were_signed(self, house: House) -> None:
        await house.start()
        bob, _ = await house.register("bob")
        _, alice = await house.register("alice")
        answer = await fetch_list(alice, "BOB")
        assert (answer.name, answer.device_list) == ("bob", bob.device_list)

    async def test_of_nobody_are_not_found(self, house: House) -> None:
        await house.start()
        _, alice = await house.register("alice")
        with refused(ErrorCode.NOT_FOUND):
            await fetch_list(alice, "nobody")

    async def test_are_replaced_by_those_that_follow(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        newer = await client.publish(alice, alice.device, Device())
        assert (await fetch_list(client, "alice")).device_list == newer

    async def test_may_be_published_again_unchanged(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        await client.publish_list(alice, alice.device_list, Ok)

    async def test_change_by_the_password_alone(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        before = alice.device_list
        for key in (alice.device.signing, SigningKey.generate(RANDOMNESS)):
            with refused(ErrorCode.WRONG_CREDENTIALS):
                await client.publish_list(alice, alice.make_list(alice.device, version=2), Ok, key=key)
        assert (await fetch_list(client, "alice")).device_list == before
        pending_peer = await house.connect()
        await pending_peer.publish_list(alice, alice.make_list(alice.device, version=2), Ok)

    async def test_are_signed_for_one_connection_and_one_challenge(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        await client.hello()
        body = encode_shape(PublishDeviceListBody("alice", alice.make_list(alice.device, version=2)))
        signed = PublishDeviceList(7, body, client.sign(alice.login_key, Signer.LOGIN_KEY, body))
        other = await house.pending_peer()
        other.send(signed)
        with refused(ErrorCode.WRONG_CREDENTIALS):
            await other.answer(7, Ok)
        client.send(signed, signed)
        await client.answer(7, Ok)
        with refused(ErrorCode.NOT_ALLOWED):
            await client.answer(7, Ok)

    async def test_of_another_account_cannot_be_changed_on_this_connection(self, house: House) -> None:
        await house.start()
        bob, _ = await house.register("bob")
        _, client = await house.register("alice")
        with refused(ErrorCode.NOT_ALLOWED):
            await client.publish(bob, bob.device, Device())

    @pytest.mark.parametrize("version", [1, 2, 3, 4, 9])
    async def test_that_follow_another_list_are_shown_the_present_one(self, house: House, version: int) -> None:
        await house.start()
        alice, client = await house.register("alice")
        first = alice.device_list
        second = await client.publish(alice, alice.device, Device())
        third = await client.publish(alice, alice.device)
        assert first != second
        alice.device_list = second if version == 4 else first
        stray = alice.make_list(alice.device, Device(), version=version)
        answer = await client.publish_list(alice, stray, DeviceListConflict)
        assert answer.device_list == third
        assert (await fetch_list(client, "alice")).device_list == third

    async def test_may_leave_out_no_version(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        ahead = alice.make_list(alice.device, version=3)
        assert (await client.publish_list(alice, ahead, DeviceListConflict)).device_list == alice.device_list

    async def test_of_another_identity_are_shown_the_present_one(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        mallory = Person("alice")
        mallory.join(alice.relay)
        theirs = mallory.make_list(mallory.device, version=2)
        assert (await client.publish_list(alice, theirs, DeviceListConflict)).device_list == alice.device_list

    async def test_that_do_not_name_the_account_are_not_taken(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        with refused(ErrorCode.NOT_ALLOWED):
            await client.publish_list(alice, alice.make_list(alice.device, version=2, name="carol"), Ok)
        alice.relay = bytes(32)
        with refused(ErrorCode.NOT_ALLOWED):
            await client.publish_list(alice, alice.make_list(alice.device, version=2), Ok)

    async def test_with_a_forged_signature_are_malformed(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        newer = alice.make_list(alice.device, version=2)
        with refused(ErrorCode.MALFORMED):
            await client.publish_list(alice, SignedDeviceList(newer.body, bytes(64)), Ok)

    async def test_cannot_name_the_device_of_another_account(self, house: House) -> None:
        await house.start()
        bob, _ = await house.register("bob")
        alice, client = await house.register("alice")
        with refused(ErrorCode.CONFLICT):
            await client.publish(alice, alice.device, bob.device)

    async def test_without_a_device_send_it_away(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        phone = Device()
        await client.publish(alice, alice.device, phone)
        p = await house.connect()
        await p.login_device(alice, phone)
        signed = await client.publish(alice, alice.device)
        # It is shown the list by which it was removed, so that it believes that and not the relay alone.
        assert await p.closed() == [StaleDevices(None, "alice", signed), Bye("device_unknown")]
        with refused(ErrorCode.DEVICE_UNKNOWN):
            await (await house.connect()).login_device(alice, phone)

    async def test_published_too_often_are_refused(self, house: House) -> None:
        await house.start(Limits(publications=2))
        alice, client = await house.register("alice")
        for _ in range(2):
            await client.publish(alice, alice.device)
        with refused(ErrorCode.RATE_LIMITED):
            await client.publish(alice, alice.device)
        house.clock.pass_ms(house.limits.publication_ms)
        await client.publish(alice, alice.device)


class TestHeirs:
    async def test_get_what_waits_for_the_device_that_leaves(self, house: House) -> None:
        await house.start()
        _, a = await house.register("alice")
        bob, b = await house.register("bob")
        await a.submit(bob, b"1", b"2", b"3")
        await b.deliveries(3)
        fresh = Device()
        await b.publish(bob, fresh, heirs=[Heir(bob.device.id, fresh.id)])
        assert (await b.closed())[-1] == Bye("device_unknown")
        former, bob.device = bob.device, fresh
        again, _ = await house.enter(bob)
        assert (await again.resume()).head == 3
        waiting = [(each.seq, each.envelope) for each in await again.deliveries(3)]
        assert waiting == [(1, b"1"), (2, b"2"), (3, b"3")]
        await a.submit(bob, b"4")
        assert (await again.deliveries(1))[0].seq == 4
        back, _ = await house.enter(bob)
        await back.resume(3, envelope_id_of(b"3"), 0)
        assert [each.envelope for each in await back.deliveries(1)] == [b"4"]
        with refused(ErrorCode.DEVICE_UNKNOWN):
            await (await house.connect()).login_device(bob, former)

    async def test_are_new_devices_in_place_of_such_as_leave(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        phone, tablet = Device(), Device()
        await client.publish(alice, alice.device, phone)
        old, new = alice.device.id, tablet.id
        for heirs in ([Heir(old, phone.id)], [Heir(old, new)] * 2, [Heir(phone.id, new)], [Heir(old, Device().id)]):
            with refused(ErrorCode.MALFORMED):
                await client.publish(alice, phone, tablet, heirs=heirs)
        await client.publish(alice, phone, tablet, heirs=[Heir(old, new)])


class TestPrekeys:
    async def test_are_added_to_the_stock(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        await publish_prekeys(client, alice.device.prekeys(ec=5, kem=3, renewed=False))
        _, answer = await house.enter(alice)
        assert (answer.prekeys_ec, answer.prekeys_kem) == (7, 5)

    async def test_of_fifty_each_fit_a_frame(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        await publish_prekeys(client, alice.device.prekeys(ec=50, kem=50))

    async def test_that_another_device_signed_are_malformed(self, house: House) -> None:
        await house.start()
        _, client = await house.register("alice")
        with refused(ErrorCode.MALFORMED):
            await publish_prekeys(client, Device().prekeys())

    async def test_with_an_id_twice_are_malformed(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        (one, other) = alice.device.prekeys(renewed=False).one_time_ec
        with refused(ErrorCode.MALFORMED):
            await publish_prekeys(client, PrekeySet(None, None, (one, EcPrekey(one.id, other.key)), ()))

    async def test_under_an_id_that_has_another_key_conflict(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        (one, other) = alice.device.prekeys(renewed=False).one_time_ec
        await publish_prekeys(client, PrekeySet(None, None, (one,), ()))
        with refused(ErrorCode.CONFLICT):
            await publish_prekeys(client, PrekeySet(None, None, (EcPrekey(one.id, other.key),), ()))

    async def test_beyond_the_stock_are_refused(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        for _ in range(3):
            await publish_prekeys(client, alice.device.prekeys(ec=50, kem=0, renewed=False))
        with refused(ErrorCode.QUOTA):
            await publish_prekeys(client, alice.device.prekeys(ec=50, kem=0, renewed=False))


class TestBundles:
    async def test_hold_and_use_up_one_prekey_of_each_kind(self, house: House) -> None:
        await house.start()
        bob, _ = await house.register("bob")
        _, alice = await house.register("alice")
        bundles = [await fetch_bundle(alice, bob) for _ in range(3)]
        entry = bob.device.entry(bob.identity)
        for bundle in bundles:
            verify_bundle(entry, bundle)
        assert len({bundle.kem.id for bundle in bundles}) == 3
        assert [bundle.one_time is None for bundle in bundles] == [False, False, True]
        assert (await fetch_bundle(alice, bob)).kem == bundles[2].kem

    async def test_of_unknown_devices_are_not_found(self, house: House) -> None:
        await house.start()
        await house.register("bob")
        _, alice = await house.register("alice")
        for name in ("bob", "nobody"):
            fetch = FetchBundle(alice.number(), name, Device().id)
            alice.send(fetch)
            with refused(ErrorCode.NOT_FOUND):
                await alice.answer(fetch.request, BundleIs)

    async def test_of_a_device_that_has_published_nothing_are_not_found(self, house: House) -> None:
        await house.start()
        bob, b = await house.register("bob")
        phone = Device()
        await b.publish(bob, bob.device, phone)
        with refused(ErrorCode.NOT_FOUND):
            await fetch_bundle(b, bob, phone)

    async def test_make_their_owner_publish_more_when_few_are_left(self, house: House) -> None:
        await house.start()
        bob = Person("bob")
        b = await house.connect()
        await b.register(bob, prekeys=bob.device.prekeys(ec=21, kem=30))
        _, alice = await house.register("alice")
        await fetch_bundle(alice, bob)
        assert await b.quiet() == []
        await fetch_bundle(alice, bob)
        assert await b.quiet() == [PrekeysLow(19, 28)]

    async def test_of_one_device_are_fetched_a_few_times_and_then_one_each_interval(self, house: House) -> None:
        await house.start()
        bob, _ = await house.register("bob")
        carol, _ = await house.register("carol")
        _, alice = await house.register("alice")
        for _ in range(6):
            await fetch_bundle(alice, bob)
        with refused(ErrorCode.RATE_LIMITED):
            await fetch_bundle(alice, bob)
        await fetch_bundle(alice, carol)
        house.clock.pass_ms(10 * 60_000)
        await fetch_bundle(alice, bob)
        with refused(ErrorCode.RATE_LIMITED):
            await fetch_bundle(alice, bob)

    async def test_fetched_by_many_come_without_one_time_prekeys_and_leave_some_for_later(self, house: House) -> None:
        await house.start(Limits(target_bundles=4))
        bob = Person("bob")
        await (await house.connect()).register(bob, prekeys=bob.device.prekeys(ec=20, kem=20))
        fetched = []
        for number in range(6):
            _, requester = await house.register(f"requester{number}")
            fetched.append(await fetch_bundle(requester, bob))
        assert [bundle.one_time is None for bundle in fetched] == [False] * 4 + [True] * 2
        _, answer = await house.enter(bob)
        assert (answer.prekeys_ec, answer.prekeys_kem) == (16, 16)
        house.clock.pass_ms(house.limits.target_bundle_ms)
        _, late = await house.register("late")
        assert (await fetch_bundle(late, bob)).one_time is not None
