"""How far an own message has come for each of several people, and for all of them together."""

import pytest

from babilu.kernel.ids import DeviceId, MessageId
from babilu.kernel.states import MessageState, Route
from babilu.store.database import Database
from babilu.store.deliveries import Audience, Standing
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, a_device, a_message_id, add_contact, some_bytes
from tests.unit.store.test_costs import counted
from tests.unit.store.test_groups import add_group


class Room:
    """An own message in a group, and what becomes of it at the devices of its people."""

    def __init__(self, unit: UnitOfWork, people: dict[str, int]) -> None:
        self.unit = unit
        self.people = {name: add_contact(unit, name).contact for name in people}
        # The order of ids is another one than that in which they are owed something.
        self.devices = {name: [a_device() for _ in range(people[name])][::-1] for name in reversed(people)}
        self.place = add_group(unit).conversation
        made = unit.messages.add_outgoing(
            a_message_id(), self.place, "hello", NOW, some_bytes(24), recipients=len(people)
        )
        self.message, self.position = made.id, made.position
        for name in people:
            unit.deliveries.owe(self.message, self.place, self.people[name], self.devices[name])

    def device(self, name: str, number: int = 0) -> DeviceId:
        return self.devices[name][number]

    def hold(self, name: str, number: int = 0, until: int = NOW + 9) -> None:
        self.unit.deliveries.seal(self.device(name, number), [self.message])
        self.unit.deliveries.take_over(self.message, self.device(name, number), Route.RELAY, until)

    def fail(self, name: str, number: int = 0, error: str = "quota") -> None:
        self.unit.deliveries.fail(self.message, self.device(name, number), error)

    def receipt(self, name: str, number: int = 0, *, read: bool = False, now: int = NOW) -> None:
        first = self.unit.deliveries.settle(self.message, self.device(name, number))
        self.unit.message_receipts.note(
            self.position, self.people[name], self.device(name, number), now, read=read, is_first=first
        )

    @property
    def standing(self) -> Standing | None:
        return self.unit.deliveries.standing(self.message, self.position)

    @property
    def audience(self) -> tuple[int, int, int, int]:
        counted_people = self.unit.deliveries.audience(self.message, self.position)
        return counted_people.recipients, counted_people.delivered, counted_people.read, counted_people.failed


def test_a_message_stands_where_the_last_of_its_people_does(unit: UnitOfWork) -> None:
    room = Room(unit, {"bob": 1, "carol": 1})
    assert (room.standing, room.audience) == (Standing(MessageState.QUEUED), (2, 0, 0, 0))
    room.receipt("bob", read=True)
    assert (room.standing, room.audience) == (Standing(MessageState.QUEUED), (2, 1, 1, 0))
    room.hold("carol", until=NOW + 7)
    assert room.standing == Standing(MessageState.HELD, NOW + 7)
    room.receipt("carol")
    assert (room.standing, room.audience) == (Standing(MessageState.DELIVERED), (2, 2, 1, 0))
    room.receipt("carol", read=True)
    assert (room.standing, room.audience) == (Standing(MessageState.READ), (2, 2, 2, 0))


def test_it_has_failed_only_when_it_has_for_everybody(unit: UnitOfWork) -> None:
    room = Room(unit, {"bob": 2, "carol": 1})
    room.fail("bob")
    assert (room.standing, room.audience) == (Standing(MessageState.QUEUED), (2, 0, 0, 0))
    room.fail("bob", 1, "expired")
    assert (room.standing, room.audience) == (Standing(MessageState.QUEUED), (2, 0, 0, 1))
    room.hold("carol")
    assert room.standing == Standing(MessageState.HELD, NOW + 9)
    room.receipt("carol", read=True)
    # Of those for whom it has not failed all have read it.
    assert (room.standing, room.audience) == (Standing(MessageState.READ), (2, 1, 1, 1))


def test_that_it_has_failed_for_everybody_is_said_with_the_first_reason(unit: UnitOfWork) -> None:
    room = Room(unit, {"bob": 1, "carol": 1})
    room.fail("carol", error="expired")
    room.fail("bob", error="quota")
    assert (room.standing, room.audience) == (Standing(MessageState.FAILED, error="quota"), (2, 0, 0, 2))


def test_somebody_has_it_once_one_of_their_devices_has(unit: UnitOfWork) -> None:
    room = Room(unit, {"bob": 2, "carol": 1})
    room.receipt("bob")
    room.hold("bob", 1, NOW + 5)
    room.hold("carol", until=NOW + 3)
    assert (room.standing, room.audience) == (Standing(MessageState.HELD, NOW + 3), (2, 1, 0, 0))
    room.receipt("carol", read=True)
    # Bob's other device has not got it.
    assert (room.standing, room.audience) == (Standing(MessageState.HELD, NOW + 5), (2, 2, 1, 0))
    room.receipt("bob", read=True)
    assert (room.standing, room.audience) == (Standing(MessageState.READ), (2, 2, 2, 0))
    room.fail("bob", 1)
    assert room.audience == (2, 2, 2, 0)


def test_it_was_meant_for_as_many_people_as_were_written_to_whatever_devices_they_have(unit: UnitOfWork) -> None:
    room = Room(unit, {"bob": 1, "carol": 0})
    assert room.audience == (2, 0, 0, 0)
    alone = unit.messages.add_outgoing(a_message_id(), room.place, "hello", NOW, some_bytes(24), recipients=0)
    assert unit.deliveries.standing(alone.id, alone.position) is None
    assert unit.deliveries.audience(alone.id, alone.position) == Audience(0, 0, 0, 0)
    pair = unit.messages.add_outgoing(a_message_id(), room.place, "hello", NOW, some_bytes(24))
    unit.deliveries.owe(pair.id, room.place, room.people["bob"], room.devices["bob"])
    assert unit.deliveries.audience(pair.id, pair.position).recipients == 1


def test_who_has_it_since_when_is_told_by_person(unit: UnitOfWork) -> None:
    room = Room(unit, {"bob": 2, "carol": 1, "dave": 1})
    room.receipt("bob", 1, now=NOW + 4)
    room.receipt("bob", 0, now=NOW + 2)
    room.receipt("bob", 0, read=True, now=NOW + 8)
    room.receipt("bob", 1, read=True, now=NOW + 6)
    room.receipt("carol", now=NOW + 1)
    assert unit.message_receipts.by_contact(room.position) == {
        room.people["bob"]: (NOW + 2, NOW + 6),
        room.people["carol"]: (NOW + 1, None),
    }


@pytest.mark.parametrize("others", [10, 2_000])
def test_it_is_told_at_the_cost_of_its_own_people(database: Database, others: int) -> None:
    with database.write() as unit:
        room = Room(unit, {f"person{number}": 1 for number in range(20)})
        for number in range(others):
            message = MessageId(some_bytes(16))
            made = unit.messages.add_outgoing(message, room.place, "more", NOW, some_bytes(24), recipients=1)
            name = f"person{number % 20}"
            unit.deliveries.owe(message, room.place, room.people[name], [room.device(name)])
            unit.message_receipts.note(made.position, 1, room.device(name), NOW, read=True, is_first=True)
        with counted(database) as steps:
            assert room.standing == Standing(MessageState.QUEUED)
            assert room.audience == (20, 0, 0, 0)
    assert steps[0] < 1_000
