"""Members of groups who were never heard there, and those of whom no device is known."""

from collections.abc import Sequence

from babilu.kernel.ids import DeviceId, EntryHash, IdentityKey
from babilu.kernel.states import DeliveryState, GroupRole
from babilu.store.group_records import GroupRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, a_device, a_message_id, add_contact, an_entry, an_identity, some_bytes
from tests.unit.store.test_groups import add_group


def a_group_with(unit: UnitOfWork, *contacts: int, accepted: bool = True) -> GroupRecord:
    group = add_group(unit, accepted=accepted)
    unit.groups.set_state(group, [(each, GroupRole.MEMBER) for each in contacts])
    return group


def a_member(unit: UnitOfWork, name: str = "bob") -> tuple[int, DeviceId]:
    device = a_device()
    return add_contact(unit, name, entries=(an_entry(device),)).contact, device


def write_to(unit: UnitOfWork, group: GroupRecord, contact: int, device: DeviceId, state: DeliveryState) -> None:
    """Write something in a group, and bring it as far for one device."""
    message = unit.new_messages.add_outgoing(
        a_message_id(), group.conversation, "hello", NOW, some_bytes(24), recipients=1
    )
    unit.deliveries.owe(message.id, group.conversation, contact, [device])
    unit.statements.run("UPDATE delivery SET state = ? WHERE message = ?", state.value, message.id)


def silent(unit: UnitOfWork, contact: int, since: int = NOW) -> Sequence[int]:
    found = unit.group_peers.silent_in(contact, since, "brought")
    assert (contact in unit.group_peers.contacts_silent(since, "brought")) is bool(found)
    return found


def test_whoever_answers_nothing_that_is_held_for_them_is_silent(unit: UnitOfWork) -> None:
    bob, device = a_member(unit)
    group = a_group_with(unit, bob)
    assert silent(unit, bob) == []
    write_to(unit, group, bob, device, DeliveryState.QUEUED)
    assert silent(unit, bob) == []
    write_to(unit, group, bob, device, DeliveryState.HELD)
    assert silent(unit, bob, NOW - 1) == []
    assert silent(unit, bob) == [group.log]
    unit.group_peers.note_told(group.log, bob, "brought", NOW)
    assert silent(unit, bob) == []


def test_whoever_has_named_an_end_of_the_log_is_heard(unit: UnitOfWork) -> None:
    bob, device = a_member(unit)
    group = a_group_with(unit, bob)
    write_to(unit, group, bob, device, DeliveryState.HELD)
    unit.group_peers.note_heads(group.log, device, [EntryHash(some_bytes(32))])
    assert silent(unit, bob) == []


def test_nobody_is_silent_in_a_group_that_is_not_accepted(unit: UnitOfWork) -> None:
    bob, device = a_member(unit)
    group = a_group_with(unit, bob, accepted=False)
    write_to(unit, group, bob, device, DeliveryState.HELD)
    assert silent(unit, bob) == []


def test_whoever_has_given_a_receipt_in_a_group_has_answered(unit: UnitOfWork) -> None:
    bob, device = a_member(unit)
    group = a_group_with(unit, bob)
    message = unit.new_messages.add_outgoing(
        a_message_id(), group.conversation, "hello", NOW, some_bytes(24), recipients=1
    )
    assert not unit.group_peers.has_answered(group.conversation, bob)
    unit.statements.run(
        "INSERT INTO message_receipt (position, device, contact, delivered_at) VALUES (?, ?, ?, ?)",
        message.position,
        device,
        bob,
        NOW,
    )
    assert unit.group_peers.has_answered(group.conversation, bob)


def test_a_group_lacks_exactly_those_who_were_named_last(unit: UnitOfWork) -> None:
    one, other = IdentityKey(an_identity()), IdentityKey(an_identity())
    group, second = add_group(unit), add_group(unit, "Choir")
    unit.groups.set_lacking(group.log, [one, other])
    unit.groups.set_lacking(second.log, [one])
    assert [each.log for each in unit.groups.lacking(one)] == [group.log, second.log]
    unit.groups.set_lacking(group.log, [other])
    assert [each.log for each in unit.groups.lacking(one)] == [second.log]
    assert [each.log for each in unit.groups.lacking(other)] == [group.log]
