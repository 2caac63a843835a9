import msgspec
import pytest

from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.limits import Limits
from babilu.wire.client_frames import StatusFrame, Watch, Watched
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import Notice, Ok, PresenceFrame, StaleDevices, StatusIs
from tests.integration.relay.conftest import House
from tests.relay_client import Device, Person, RawClient, refused


async def watching(client: RawClient, *people: Person | Watched) -> None:
    await client.watch(*people, kind=Ok)


def unshown(person: Person) -> Watched:
    return msgspec.structs.replace(person.watched(), shown=False)


async def leave(client: RawClient) -> None:
    client.send(Bye("done"))
    await client.closed()


class TestPresence:
    async def test_is_shown_to_both_as_soon_as_both_watch(self, house: House) -> None:
        await house.start()
        alice, a = await house.register("alice")
        bob, b = await house.register("bob")
        await watching(a, bob)
        assert await a.quiet() == []
        await watching(b, alice)
        assert await b.quiet() == [PresenceFrame("alice", "online")]
        assert await a.quiet() == [PresenceFrame("bob", "online")]

    async def test_is_shown_to_nobody_who_is_not_watched_in_turn(self, house: House) -> None:
        await house.start()
        alice, a = await house.register("alice")
        mallory, m = await house.register("mallory")
        await watching(m, alice)
        await leave(a)
        a, _ = await house.enter(alice)
        await watching(a)
        assert await m.quiet() == []
        assert mallory.name == "mallory"

    async def test_ends_with_the_connection_and_returns_with_another(self, house: House) -> None:
        await house.start()
        alice, a = await house.register("alice")
        bob, b = await house.register("bob")
        await watching(a, bob)
        await watching(b, alice)
        await a.quiet()
        await leave(b)
        assert await a.receive() == PresenceFrame("bob", "offline")
        b, _ = await house.enter(bob)
        assert await a.quiet() == []
        await watching(b, alice)
        assert await a.quiet() == [PresenceFrame("bob", "online")]

    async def test_ends_for_who_is_watched_no_more(self, house: House) -> None:
        await house.start()
        alice, a = await house.register("alice")
        bob, b = await house.register("bob")
        await watching(a, bob)
        await watching(b, alice)
        await a.quiet()
        await b.quiet()
        await watching(b)
        assert await a.quiet() == [PresenceFrame("bob", "offline")]
        assert await b.quiet() == []

    async def test_is_shown_to_neither_where_one_does_not_want_it(self, house: House) -> None:
        await house.start()
        alice, a = await house.register("alice")
        bob, b = await house.register("bob")
        await watching(a, unshown(bob))
        await watching(b, alice)
        assert await a.quiet() == await b.quiet() == []
        await watching(a, bob)
        assert await a.quiet() == [PresenceFrame("bob", "online")]
        assert await b.quiet() == [PresenceFrame("alice", "online")]
        await watching(a, unshown(bob))
        assert await a.quiet() == []
        assert await b.quiet() == [PresenceFrame("alice", "offline")]
        await leave(b)
        assert await a.quiet() == []

    async def test_that_is_not_wanted_keeps_no_changed_list_from_being_told(self, house: House) -> None:
        await house.start()
        _, a = await house.register("alice")
        bob, _ = await house.register("bob")
        await watching(a, unshown(bob))
        await (await house.connect()).publish(bob, bob.device, Device())
        told = await a.expect(StaleDevices)
        assert told.name == "bob"

    async def test_of_an_account_lasts_as_long_as_one_of_its_devices(self, house: House) -> None:
        await house.start()
        alice, a = await house.register("alice")
        bob, b = await house.register("bob")
        phone = Device()
        await b.publish(bob, bob.device, phone)
        p = await house.connect()
        await p.login_device(bob, phone)
        await watching(a, bob)
        await watching(b, alice)
        await watching(p, alice)
        assert await a.quiet() == [PresenceFrame("bob", "online")]
        await leave(b)
        assert await a.quiet() == []
        await leave(p)
        assert await a.receive() == PresenceFrame("bob", "offline")

    async def test_is_none_where_the_connection_is_lost_before_its_turn(self, house: House) -> None:
        relay = await house.start()
        alice, a = await house.register("alice")
        wish = Watch(a.number(), (Watched("bob", bytes(32)),))
        (connection,) = relay._up.services.sessions.everybody()
        watch = relay._up.services.presence.watch(connection, wish)
        await leave(a)
        await house.until_online(0)
        with pytest.raises(LinkError, match="closed"):
            await watch
        _, b = await house.register("bob")
        await watching(b, alice)
        assert await b.quiet() == []

    async def test_is_not_told_of_names_that_nobody_has(self, house: House) -> None:
        await house.start()
        _, a = await house.register("alice")
        await watching(a, Watched("nobody", bytes(32)), Watched("\x1b[2J", bytes(32)))
        assert await a.quiet() == []


class TestDeviceListsOfTheWatched:
    async def test_are_sent_where_another_is_known(self, house: House) -> None:
        await house.start()
        bob, _ = await house.register("bob")
        _, a = await house.register("alice")
        await watching(a, Watched("bob", bytes(32)))
        assert await a.quiet() == [StaleDevices(None, "bob", bob.device_list)]
        await watching(a, bob)
        assert await a.quiet() == []

    async def test_are_sent_when_they_change_later(self, house: House) -> None:
        await house.start()
        bob, b = await house.register("bob")
        _, a = await house.register("alice")
        await watching(a, bob)
        await b.publish(bob, bob.device, Device())
        assert await a.receive() == StaleDevices(None, "bob", bob.device_list)
        assert await a.quiet() == []

    async def test_are_sent_when_the_identity_is_another(self, house: House) -> None:
        await house.start()
        bob, _ = await house.register("bob")
        _, a = await house.register("alice")
        await watching(a, bob)
        anew = Person("bob")
        await (await house.connect()).reset_identity(anew, bob.login_key)
        assert await a.receive() == StaleDevices(None, "bob", anew.device_list)

    async def test_of_a_thousand_are_all_sent(self, house: House) -> None:
        await house.start()
        people = [(await house.register(f"user{number}"))[0] for number in range(5)]
        _, a = await house.register("alice")
        unknown = [Watched(f"nobody{number}", bytes(32)) for number in range(990)]
        await watching(a, *unknown, *(Watched(person.name, bytes(32)) for person in people))
        told = await a.quiet()
        assert sorted(each.name for each in told if isinstance(each, StaleDevices)) == [
            person.name for person in people
        ]


async def test_status_counts_accounts(house: House) -> None:
    await house.start()
    _, a = await house.register("alice")
    await house.register("bob")
    a.send(StatusFrame(40))
    assert await a.receive() == StatusIs(40, 2, 100)


async def test_a_notice_reaches_everybody_who_is_logged_in(house: House) -> None:
    relay = await house.start()
    _, a = await house.register("alice")
    pending_peer = await house.pending_peer()
    relay.notify("back in five minutes")
    assert await a.expect(Notice) == Notice("back in five minutes")
    assert await pending_peer.quiet() == []


async def test_whom_one_watches_is_said_at_a_pace_and_holds_until_it_is_said_anew(house: House) -> None:
    await house.start(Limits(watches=2, watch_ms=1000))
    alice, a = await house.register("alice")
    bob, b = await house.register("bob")
    await watching(a, bob)
    await watching(a, bob)
    with refused(ErrorCode.RATE_LIMITED):
        await watching(a)
    await watching(b, alice)
    assert await a.quiet() == [PresenceFrame("bob", "online")]
    house.clock.pass_ms(1_000)
    await watching(a)
    assert await b.quiet() == [PresenceFrame("alice", "online"), PresenceFrame("alice", "offline")]


async def test_device_lists_are_looked_up_at_a_pace_and_none_twice(house: House) -> None:
    await house.start(Limits(look_ups=3, look_up_ms=1_000))
    alice, a = await house.register("alice")
    bob, b = await house.register("bob")
    strange = [Watched(f"nobody{number}", bytes(32)) for number in range(2)]
    await watching(a, bob, *strange)
    # What was compared already costs nothing.
    for _ in range(5):
        await watching(a, bob, *strange)
    with refused(ErrorCode.RATE_LIMITED):
        await watching(a, Watched("bob", bytes(32)))
    await watching(b, alice)
    assert await a.quiet() == [PresenceFrame("bob", "online")]
    house.clock.pass_ms(1_000)
    a.send(Watch(a.number(), (Watched("bob", bytes(32)),)))
    assert isinstance(await a.expect(StaleDevices), StaleDevices)
