"""Contents to groups that wait: so many of a device and of a group, in the order of coming."""

import pytest

from babilu.kernel.ids import DeviceId
from babilu.kernel.states import Route
from babilu.store import group_contents
from babilu.store.group_contents import CONTENTS_OF_DEVICE, CONTENTS_OF_GROUP
from babilu.store.group_records import WaitingContent
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, a_device, a_message_id, add_contact, an_envelope_id, some_bytes
from tests.unit.store.test_groups import add_group


def a_content(log: int, contact: int, device: DeviceId) -> WaitingContent:
    return WaitingContent(
        log=log,
        contact=contact,
        device=device,
        message=a_message_id(),
        counter=3,
        route=Route.RELAY,
        stored_at=NOW - 5,
        received_at=NOW,
        content=some_bytes(200),
        recipient=some_bytes(16),
        envelope=an_envelope_id(),
    )


def test_contents_wait_in_the_order_of_coming_and_are_kept_once(unit: UnitOfWork) -> None:
    bob, log, other = add_contact(unit).contact, add_group(unit).log, add_group(unit).log
    first, second = (a_content(log, bob, a_device()) for _ in range(2))
    for content in (first, second, first, a_content(other, bob, a_device())):
        assert unit.group_contents.keep(content)
    waiting = unit.group_contents.waiting(log)
    assert [(one.message, one.content, one.envelope) for one in waiting] == [
        (one.message, one.content, one.envelope) for one in (first, second)
    ]
    unit.group_contents.remove(waiting[0].number)
    assert [one.message for one in unit.group_contents.waiting(log)] == [second.message]


def test_of_a_device_and_of_a_group_so_many_wait(unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (CONTENTS_OF_DEVICE, CONTENTS_OF_GROUP) == (100, 1_000)
    monkeypatch.setattr(group_contents, "CONTENTS_OF_DEVICE", 3)
    monkeypatch.setattr(group_contents, "CONTENTS_OF_GROUP", 8)
    bob, log = add_contact(unit).contact, add_group(unit).log
    kept = {}
    for device in (a_device(), a_device(), a_device()):
        contents = [a_content(log, bob, device) for _ in range(4)]
        kept[device] = [unit.group_contents.keep(content) for content in contents]
        # What waits already is kept, however little room there is.
        assert unit.group_contents.keep(contents[0])
    assert list(kept.values()) == [[True, True, True, False], [True, True, True, False], [True, True, False, False]]
    assert unit.group_contents.keep(a_content(add_group(unit).log, bob, a_device()))
