from tests.integration.relay.conftest import House
from tests.relay_client import Person


async def test_a_free_name_is_registered(house: House) -> None:
    await house.start()
    client = await house.connect()
    answer = await client.register(Person("alice"))
    assert (answer.owner, answer.prekeys_ec, answer.prekeys_kem) == (False, 2, 2)


async def test_mail_flows(house: House) -> None:
    await house.start()
    alice, a = await house.register("alice")
    bob, b = await house.register("bob")
    await a.submit(bob, b"hello", b"there")
    assert [d.envelope for d in await b.deliveries(2)] == [b"hello", b"there"]
