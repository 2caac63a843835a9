"""A device that was removed is shown the list that says so, and nobody else is."""

from babilu.kernel.errors import ErrorCode
from tests.integration.relay.conftest import House
from tests.relay_client import Device, Person, refused


async def test_a_device_that_was_removed_is_shown_the_list_by_which_it_was(house: House) -> None:
    await house.start()
    alice, client = await house.register("alice")
    laptop = Device()
    both = await client.publish(alice, alice.device, laptop)
    present = await client.publish(alice, alice.device)
    with refused(ErrorCode.DEVICE_UNKNOWN):
        await (await house.connect()).login_device(alice, laptop)
    answer = await (await house.connect()).fetch_own_list(alice, both, laptop)
    assert (answer.name, answer.device_list) == ("alice", present)


async def test_whoever_proves_nothing_is_shown_nothing(house: House) -> None:
    await house.start()
    alice, client = await house.register("alice")
    first, laptop, stranger = alice.device_list, Device(), Device()
    both = await client.publish(alice, alice.device, laptop)
    mallory = Person("mallory")
    mallory.name = "alice"
    nobody = Person("nobody")
    for person, shown, device in (
        (alice, both, laptop),  # It is listed, by the present list.
        (alice, first, laptop),  # The list does not name it.
        (mallory, mallory.device_list, mallory.device),  # The list is another person's.
        (nobody, nobody.device_list, nobody.device),  # There is no such account.
    ):
        with refused(ErrorCode.DEVICE_UNKNOWN):
            await (await house.connect()).fetch_own_list(person, shown, device)
    stranger.id = laptop.id
    with refused(ErrorCode.WRONG_CREDENTIALS):
        await (await house.connect()).fetch_own_list(alice, both, stranger)
