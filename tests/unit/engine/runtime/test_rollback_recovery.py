"""A profile that was rolled back: what was deleted before is not sent again, and does not stay under way for ever."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.engine.runtime.rollback_recovery import owe_again
from babilu.kernel.ids import DeviceId, MessageId
from babilu.kernel.states import DeliveryState, MessageState, Route
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, a_device, add_contact, add_outgoing, an_envelope, database_in


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[UnitOfWork]:
    with database_in(tmp_path) as database, database.write() as made:
        yield made


def held(unit: UnitOfWork, contact: int, *devices: DeviceId) -> MessageId:
    """Send a message that a relay holds for devices."""
    message = add_outgoing(unit, contact)
    for device in devices:
        an_envelope(unit, contact, device, message)
        unit.deliveries.take_over(message, device, Route.RELAY, NOW + 9)
    unit.messages.advance_state(message, MessageState.HELD, Route.RELAY, NOW + 9)
    return message


def state(unit: UnitOfWork, message: MessageId) -> MessageState | None:
    record = unit.messages.by_id(message)
    assert record is not None
    return record.state


def test_what_was_deleted_for_all_ends_where_it_has_come(unit: UnitOfWork) -> None:
    bob, phone, laptop = add_contact(unit).contact, a_device(), a_device()
    kept, had, unseen = held(unit, bob, phone), held(unit, bob, phone, laptop), held(unit, bob, phone)
    record = unit.messages.by_id(had)
    assert record is not None
    unit.deliveries.settle(had, laptop)
    unit.message_receipts.note(record.position, bob, laptop, NOW, read=False, is_first=True)
    for message in (had, unseen):
        deleted = unit.messages.by_id(message)
        assert deleted is not None
        unit.contents.erase(deleted.position)
    owe_again(unit)
    assert [state(unit, message) for message in (kept, had, unseen)] == [
        MessageState.QUEUED,
        MessageState.DELIVERED,
        MessageState.FAILED,
    ]
    assert [row.state for row in unit.deliveries.of_message(kept)] == [DeliveryState.OWED]
    assert unit.deliveries.of_message(had) == unit.deliveries.of_message(unseen) == []
