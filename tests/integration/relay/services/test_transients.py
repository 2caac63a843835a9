from babilu.kernel.limits import Limits
from babilu.wire.client_frames import Transient
from babilu.wire.relay_frames import Error, Ok, TransientFrame
from tests.integration.relay.conftest import House
from tests.relay_client import Person, RawClient


async def mutual(alice: Person, a: RawClient, bob: Person, b: RawClient) -> None:
    await a.watch(bob, kind=Ok)
    await b.watch(alice, kind=Ok)
    await a.quiet()
    await b.quiet()


def tell(client: RawClient, recipient: Person, sealed: bytes, *, device: bytes | None = None, name: str = "") -> None:
    client.send(Transient(client.number(), name or recipient.name, device or recipient.device.id, sealed))


class TestATransient:
    async def test_is_handed_to_a_live_device_in_order_and_is_not_answered(self, house: House) -> None:
        await house.start()
        alice, a = await house.register("alice")
        bob, b = await house.register("bob")
        await mutual(alice, a, bob, b)
        tell(a, bob, b"one")
        tell(a, bob, b"two")
        assert await a.quiet() == []
        assert await b.quiet() == [TransientFrame(b"one"), TransientFrame(b"two")]

    async def test_never_waits_for_a_device_that_is_away(self, house: House) -> None:
        await house.start()
        alice, a = await house.register("alice")
        bob, b = await house.register("bob")
        await mutual(alice, a, bob, b)
        b.writer.transport.abort()
        await house.until_online(1)
        tell(a, bob, b"gone")
        await a.quiet()
        b, _ = await house.enter(bob)
        await b.resume()
        await b.watch(alice, kind=Ok)
        tell(a, bob, b"come")
        await a.quiet()
        heard = [each for _ in range(3) for each in await b.quiet()]
        assert [each for each in heard if isinstance(each, TransientFrame)] == [TransientFrame(b"come")]

    async def test_is_nowhere_in_what_the_relay_keeps(self, house: House) -> None:
        await house.start()
        alice, a = await house.register("alice")
        bob, b = await house.register("bob")
        await mutual(alice, a, bob, b)
        secret = b"a transient that is on no disk"
        tell(a, bob, secret)
        assert await b.quiet() == [TransientFrame(secret)]
        await house.stop()
        files = [file for file in house.home.rglob("*") if file.is_file()]
        assert files
        assert all(secret not in file.read_bytes() for file in files)

    async def test_reaches_nobody_who_does_not_watch_its_sender(self, house: House) -> None:
        await house.start()
        alice, a = await house.register("alice")
        mallory, m = await house.register("mallory")
        await m.watch(alice, kind=Ok)
        tell(m, alice, b"here I am")
        assert await m.quiet() == []
        assert await a.quiet() == []
        await a.watch(kind=Ok)
        await m.watch(kind=Ok)
        tell(a, mallory, b"neither of them watches")
        assert await m.quiet() == []

    async def test_reaches_no_device_under_the_name_of_another_account(self, house: House) -> None:
        await house.start()
        alice, a = await house.register("alice")
        bob, b = await house.register("bob")
        carol, c = await house.register("carol")
        await mutual(alice, a, bob, b)
        tell(a, bob, b"misled", name=carol.name)
        tell(a, bob, b"misled", device=carol.device.id)
        assert await b.quiet() == []
        assert await c.quiet() == []

    async def test_has_no_place_before_mail_flows(self, house: House) -> None:
        await house.start()
        alice, a = await house.register("alice")
        bob, _ = await house.register("bob")
        a, _ = await house.enter(alice)
        tell(a, bob, b"early")
        (refused,) = await a.quiet()
        assert isinstance(refused, Error)
        assert refused.code == "not_allowed"

    async def test_over_the_limit_of_its_size_is_malformed(self, house: House) -> None:
        await house.start()
        _, a = await house.register("alice")
        bob, _ = await house.register("bob")
        tell(a, bob, bytes(513))
        (refused,) = await a.closed()
        assert isinstance(refused, Error)
        assert refused.code == "malformed"

    async def test_is_passed_on_at_a_pace_and_dropped_beyond_it(self, house: House) -> None:
        await house.start(Limits(transients=2, transient_ms=1_000))
        alice, a = await house.register("alice")
        bob, b = await house.register("bob")
        await mutual(alice, a, bob, b)
        for word in (b"1", b"2", b"3"):
            tell(a, bob, word)
        assert await a.quiet() == []
        assert await b.quiet() == [TransientFrame(b"1"), TransientFrame(b"2")]
        house.clock.pass_ms(1_000)
        tell(a, bob, b"4")
        await a.quiet()
        assert await b.quiet() == [TransientFrame(b"4")]
