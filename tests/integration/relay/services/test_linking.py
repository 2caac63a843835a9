"""Messages by which a device is linked, between connections of one account and nobody else."""

from babilu.kernel.limits import LINK_BYTES, Limits
from babilu.wire.client_frames import LinkAnswerFrame, LinkAskFrame
from babilu.wire.relay_frames import Error, LinkAnsweredFrame, LinkAskedFrame, Ok
from tests.integration.relay.conftest import House
from tests.relay_client import Person, RawClient

LINK, OTHER_LINK = b"a try of sixteen", b"another of sixte"


async def new_device_of(house: House, person: Person) -> RawClient:
    """Connect as somebody who has the account's password and no device of it."""
    client = await house.connect()
    await client.hello()
    await client.login(person)
    return client


async def live(house: House, person: Person) -> RawClient:
    client, _ = await house.enter(person)
    await client.resume()
    await client.quiet()
    return client


def ask(client: RawClient, message: bytes, *, device: bytes | None = None, link: bytes = LINK) -> LinkAskFrame:
    frame = LinkAskFrame(client.number(), link, device, message)
    client.send(frame)
    return frame


def answer(client: RawClient, message: bytes, link: bytes = LINK) -> LinkAnswerFrame:
    frame = LinkAnswerFrame(client.number(), link, message)
    client.send(frame)
    return frame


async def test_messages_go_to_the_account_s_live_devices_and_back(house: House) -> None:
    await house.start()
    alice, _ = await house.register("alice")
    bob, _ = await house.register("bob")
    a, b = await live(house, alice), await live(house, bob)
    new = await new_device_of(house, alice)
    asked = ask(new, b"ask")
    assert await new.quiet() == [Ok(asked.request)]
    assert await a.quiet() == [LinkAskedFrame(LINK, b"ask")]
    answered = answer(a, b"offer")
    assert await a.quiet() == [Ok(answered.request)]
    assert await new.quiet() == [LinkAnsweredFrame(LINK, alice.device.id, b"offer")]
    asked = ask(new, b"reveal", device=alice.device.id)
    assert await new.quiet() == [Ok(asked.request)]
    assert await a.quiet() == [LinkAskedFrame(LINK, b"reveal")]
    assert await b.quiet() == []


async def test_nobody_else_is_told_and_nobody_else_tells(house: House) -> None:
    await house.start()
    alice, _ = await house.register("alice")
    bob, _ = await house.register("bob")
    b, new = await live(house, bob), await new_device_of(house, alice)
    asked = ask(new, b"for bob's device", device=bob.device.id)
    assert await new.quiet() == [Ok(asked.request)]
    answer(b, b"from bob")
    await b.quiet()
    assert await new.quiet() == []
    second = await new_device_of(house, alice)
    ask(second, b"ask", link=OTHER_LINK)
    await second.quiet()
    a = await live(house, alice)
    answer(a, b"for the second try", OTHER_LINK)
    await a.quiet()
    assert await new.quiet() == []
    assert await second.quiet() == [LinkAnsweredFrame(OTHER_LINK, alice.device.id, b"for the second try")]


async def test_only_the_password_asks_and_only_a_live_device_answers(house: House) -> None:
    await house.start()
    alice, _ = await house.register("alice")
    a, new = await live(house, alice), await new_device_of(house, alice)
    stranger = await house.connect()
    await stranger.hello()
    asked, again, told = ask(a, b"from a device"), ask(stranger, b"from nobody"), answer(new, b"from the password")
    for client, frame in ((a, asked), (stranger, again), (new, told)):
        (refused,) = await client.quiet()
        assert isinstance(refused, Error)
        assert (refused.code, refused.request) == ("not_allowed", frame.request)


async def test_a_message_over_its_limit_is_malformed_and_is_kept_nowhere(house: House) -> None:
    await house.start()
    alice, _ = await house.register("alice")
    a, new = await live(house, alice), await new_device_of(house, alice)
    secret = b"what two devices say"
    ask(new, secret)
    await new.quiet()
    assert await a.quiet() == [LinkAskedFrame(LINK, secret)]
    ask(new, bytes(LINK_BYTES + 1))
    refused = (await new.closed())[-1]
    assert isinstance(refused, Error)
    assert refused.code == "malformed"
    await house.stop()
    files = [file for file in house.home.rglob("*") if file.is_file()]
    assert files
    assert all(secret not in file.read_bytes() for file in files)


async def test_both_ends_are_heard_at_a_pace(house: House) -> None:
    await house.start(Limits(links=2, link_ms=1_000))
    alice, _ = await house.register("alice")
    a, new = await live(house, alice), await new_device_of(house, alice)
    for say in (ask, answer):
        client = new if say is ask else a
        for word in (b"1", b"2", b"3"):
            say(client, word)
        heard = await client.quiet()
        assert [each.code for each in heard if isinstance(each, Error)] == ["rate_limited"]
        assert len([each for each in heard if isinstance(each, Ok)]) == 2
    house.clock.pass_ms(1_000)
    asked = ask(new, b"4")
    heard = await new.quiet()
    assert Ok(asked.request) in heard
