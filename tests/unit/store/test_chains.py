from babilu.kernel.ids import DeviceId
from babilu.session.chain import Chain, extend, receive
from babilu.store.chains import CHAINS_KEPT, former_chain
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import a_conversation, a_device, add_contact, an_entry


def test_a_chain_begins_empty(unit: UnitOfWork) -> None:
    device, conversation = a_device(), a_conversation()
    assert unit.chains.sent(device, conversation) == Chain()
    assert unit.chains.received(device, conversation) == Chain()


def test_both_directions_are_kept_apart(unit: UnitOfWork) -> None:
    device, conversation = a_device(), a_conversation()
    sent = extend(Chain(), b"mine")
    received, _ = receive(Chain(), 3, bytes(32), b"theirs")
    unit.chains.set_sent(device, conversation, sent)
    assert unit.chains.received(device, conversation) == Chain()
    unit.chains.set_received(device, conversation, received)
    assert unit.chains.sent(device, conversation) == sent
    assert unit.chains.received(device, conversation) == received


def test_a_chain_belongs_to_a_device_and_a_conversation(unit: UnitOfWork) -> None:
    device, conversation = a_device(), a_conversation()
    unit.chains.set_received(device, conversation, extend(Chain(), b"content"))
    assert unit.chains.received(device, a_conversation()) == Chain()
    assert unit.chains.received(a_device(), conversation) == Chain()


def test_a_chain_goes_on_from_where_it_was(unit: UnitOfWork) -> None:
    device, conversation = a_device(), a_conversation()
    for content in (b"one", b"two", b"three"):
        unit.chains.set_sent(device, conversation, extend(unit.chains.sent(device, conversation), content))
    assert unit.chains.sent(device, conversation).counter == 3


def test_of_a_former_own_device_what_was_received_goes_on_under_a_name_of_its_own(unit: UnitOfWork) -> None:
    own, device, conversation = a_device(), a_device(), a_conversation()
    unit.chains.set_sent(device, conversation, extend(Chain(), b"content"))
    unit.chains.set_received(device, conversation, Chain(7))
    unit.chains.become_former(own)
    assert unit.chains.sent(device, conversation) == unit.chains.received(device, conversation) == Chain()
    assert unit.chains.received(device, former_chain(own, conversation)) == Chain(7)


def test_chains_with_devices_that_are_listed_no_more_are_given_up_where_there_are_too_many(unit: UnitOfWork) -> None:
    entries = tuple(an_entry() for _ in range(2 * CHAINS_KEPT))
    add_contact(unit, "alice", entries=entries)
    listed, conversation = [DeviceId(entry.device) for entry in entries], a_conversation()
    departed = [a_device() for _ in range(CHAINS_KEPT + 2)]
    for number, device in enumerate([*departed[:-2], *listed]):
        unit.chains.set_received(device, conversation, Chain(number + 1))
    # However many are listed, as in a group, what the others have sent goes on.
    assert unit.chains.received(departed[0], conversation) == Chain(1)

    for number, device in enumerate(departed[-2:]):
        unit.chains.set_received(device, conversation, Chain(number + 1))

    assert unit.statements.number("SELECT count(*) FROM chain") == len(listed) + 1
    assert unit.chains.received(listed[0], conversation) == Chain(CHAINS_KEPT + 1)
    assert unit.chains.received(departed[-1], conversation) == Chain(2)
