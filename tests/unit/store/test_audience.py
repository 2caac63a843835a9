"""How far an own message has come for each of several people, and for all of them together."""

from random import Random

import pytest

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.identity.device_list import encode_device_list, make_device_list, make_entry
from babilu.kernel.ids import DeviceId, IdentityKey, MessageId
from babilu.kernel.states import DeliveryState, MessageState, Route
from babilu.store import message_receipts, new_messages
from babilu.store.conversations import ONESELF
from babilu.store.database import Database
from babilu.store.deliveries import Audience, Standing
from babilu.store.unit_of_work import UnitOfWork
from babilu.system import SystemRandomness
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
        made = unit.new_messages.add_outgoing(
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
    alone = unit.new_messages.add_outgoing(a_message_id(), room.place, "hello", NOW, some_bytes(24), recipients=0)
    assert unit.deliveries.standing(alone.id, alone.position) is None
    assert unit.deliveries.audience(alone.id, alone.position) == Audience(0, 0, 0, 0)
    pair = unit.new_messages.add_outgoing(a_message_id(), room.place, "hello", NOW, some_bytes(24))
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


def test_it_is_told_at_the_cost_of_its_own_people(database: Database) -> None:
    with database.write() as unit:
        room = Room(unit, {f"person{number}": 1 for number in range(20)})

        def cost() -> int:
            with counted(database) as steps:
                assert room.standing == Standing(MessageState.QUEUED)
                assert room.audience == (20, 0, 0, 0)
            return steps[0]

        before = cost()
        for number in range(2_000):
            message = MessageId(some_bytes(16))
            made = unit.new_messages.add_outgoing(message, room.place, "more", NOW, some_bytes(24), recipients=1)
            name = f"person{number % 20}"
            unit.deliveries.owe(message, room.place, room.people[name], [room.device(name)])
            unit.message_receipts.note(made.position, 1, room.device(name), NOW, read=True, is_first=True)
        assert cost() < 1.2 * before + 20


def slowly(room: Room) -> tuple[Standing | None, tuple[int, int, int, int]]:
    """Tell how far a message has come person by person, as the rule says it."""
    rows = room.unit.deliveries.of_message(room.message)
    receipts = room.unit.message_receipts.of(room.position)
    states: list[MessageState] = []
    ends: list[int] = []
    has_it = 0
    for devices in room.devices.values():
        there = [read_at for _, device, _, read_at in receipts if device in devices]
        theirs = [row for row in rows if row.device in devices]
        has_it += bool(there)
        if any(read_at is not None for read_at in there):
            states.append(MessageState.READ)
        elif any(row.state in {DeliveryState.OWED, DeliveryState.QUEUED} for row in theirs):
            states.append(MessageState.QUEUED)
        elif held := [row.held_until for row in theirs if row.state is DeliveryState.HELD]:
            states.append(MessageState.HELD)
            ends += [end for end in held if end is not None]
        elif theirs or there:
            states.append(MessageState.DELIVERED if there else MessageState.FAILED)
    counts = (len(room.people), has_it, states.count(MessageState.READ), states.count(MessageState.FAILED))
    for state in (MessageState.QUEUED, MessageState.HELD, MessageState.DELIVERED, MessageState.READ):
        if state in states:
            return Standing(state, min(ends) if state is MessageState.HELD else None), counts
    error = next((row.error for row in rows), None)
    return (Standing(MessageState.FAILED, error=error) if states else None), counts


@pytest.mark.parametrize("seed", range(20))
def test_what_is_counted_is_what_is_told_person_by_person(unit: UnitOfWork, seed: int) -> None:
    chance = Random(seed)
    room = Room(unit, {name: chance.randint(1, 3) for name in ("bob", "carol", "dave")[: chance.randint(1, 3)]})
    for _ in range(30):
        name = chance.choice(list(room.people))
        number = chance.randrange(len(room.devices[name]))
        match chance.randrange(5 if seed % 2 else 4):
            case 0:
                room.hold(name, number, NOW + chance.randrange(99))
            case 1:
                room.fail(name, number, chance.choice(("quota", "expired")))
            case 2 | 3:
                room.receipt(name, number)
            case _:
                room.receipt(name, number, read=True)
        assert (room.standing, room.audience) == slowly(room)


class TestOlderMessages:
    """Of messages of a group that are not among the newest only numbers are kept."""

    @pytest.fixture(autouse=True)
    def _few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert (message_receipts.RECEIPTS_OF_NEWEST, message_receipts.COUNTED_AT_ONCE) == (1_000, 64)
        monkeypatch.setattr(message_receipts, "RECEIPTS_OF_NEWEST", 2)

    def receipts(self, unit: UnitOfWork) -> int:
        return unit.statements.number("SELECT count(*) FROM message_receipt")

    def newer(self, unit: UnitOfWork, room: Room, count: int = 2) -> None:
        for _ in range(count):
            unit.new_messages.add_outgoing(a_message_id(), room.place, "newer", NOW, some_bytes(24), recipients=3)
        unit.message_receipts.count_older(room.place)

    def test_have_their_receipts_counted_and_given_up(self, unit: UnitOfWork) -> None:
        room = Room(unit, {"bob": 2, "carol": 1, "dave": 1})
        for name, number, read in (("bob", 0, True), ("bob", 1, False), ("carol", 0, False), ("dave", 0, False)):
            room.receipt(name, number, read=read)
        self.newer(unit, room, 1)
        assert self.receipts(unit) == 4
        before = (room.standing, room.audience)
        self.newer(unit, room, 1)
        assert self.receipts(unit) == 0
        assert (room.standing, room.audience) == before == (Standing(MessageState.DELIVERED), (3, 3, 1, 0))
        assert unit.message_receipts.any_of(room.message)
        assert not unit.deliveries.is_unsent(room.message, room.position)
        # Whoever reads it later is not counted any more.
        room.receipt("carol", read=True)
        assert (room.audience, self.receipts(unit)) == ((3, 3, 1, 0), 0)

    def test_keep_no_receipts_of_own_devices(self, unit: UnitOfWork) -> None:
        room = Room(unit, {"bob": 1})
        identity, signing = SigningKey.generate(SystemRandomness()), SigningKey.generate(SystemRandomness())
        entry = make_entry(identity, signing, AgreementKey.generate(SystemRandomness()).public)
        own_list = encode_device_list(make_device_list(identity, 1, [entry]))
        unit.contacts.keep_oneself(IdentityKey(identity.public), "alice", "", DeviceId(entry.device), own_list, NOW)
        room.receipt("bob")
        unit.message_receipts.note(room.position, ONESELF, a_device(), NOW, read=False, is_first=True)
        assert self.receipts(unit) == 2
        self.newer(unit, room)
        assert (self.receipts(unit), room.audience) == (0, (1, 1, 0, 0))

    def test_that_all_have_read_stay_read(self, unit: UnitOfWork) -> None:
        room = Room(unit, {"bob": 2, "carol": 1})
        for name, number in (("bob", 0), ("bob", 1), ("carol", 0)):
            room.receipt(name, number, read=True)
        self.newer(unit, room)
        assert (room.standing, room.audience) == (Standing(MessageState.READ), (2, 2, 2, 0))

    def test_keep_the_receipts_of_people_to_whom_they_are_still_under_way(self, unit: UnitOfWork) -> None:
        room = Room(unit, {"bob": 2, "carol": 1, "dave": 1})
        room.receipt("bob", 0, read=True)
        room.receipt("carol", read=True)
        room.fail("dave")
        self.newer(unit, room)
        assert unit.message_receipts.by_contact(room.position).keys() == {room.people["bob"]}
        assert (room.standing, room.audience) == (Standing(MessageState.READ), (3, 2, 2, 1))
        room.receipt("bob", 1)
        room.receipt("dave")
        assert (room.standing, room.audience) == (Standing(MessageState.DELIVERED), (3, 3, 2, 0))

    def test_are_counted_as_others_are_written_so_many_at_once(
        self, unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(new_messages, "RECEIPTS_BATCH", 1)
        monkeypatch.setattr(message_receipts, "COUNTED_AT_ONCE", 1)
        rooms = [Room(unit, {"bob": 1})]
        rooms[0].receipt("bob")
        other = Room(unit, {"carol": 1})
        other.receipt("carol")
        for _ in range(3):
            unit.new_messages.add_outgoing(a_message_id(), rooms[0].place, "newer", NOW, some_bytes(24), recipients=1)
        # Only what is written in a group has those of that group counted.
        assert (self.receipts(unit), other.audience) == (1, (1, 1, 0, 0))
        assert unit.message_receipts.by_contact(other.position).keys() == {other.people["carol"]}
        bob = rooms[0].people["bob"]
        place = unit.conversations.of_contact(bob).conversation
        pair = unit.new_messages.add_outgoing(a_message_id(), place, "hello", NOW, some_bytes(24))
        unit.message_receipts.note(pair.position, bob, rooms[0].device("bob"), NOW, read=True, is_first=True)
        for _ in range(4):
            unit.new_messages.add_outgoing(a_message_id(), place, "hello", NOW, some_bytes(24))
        assert unit.message_receipts.any_of(pair.id)
