"""Sync of own devices: whatever is set where, when and by whose clock, all of them end equal, in any order."""

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from babilu.api import events
from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.own_values import pack
from babilu.engine.conversation.sync import RECEIPTS_PAUSE_MS, SYNC_PAUSE_MS, compare, take_sync, tell_siblings
from babilu.engine.conversation.sync_notes import note_gone
from babilu.engine.profile.own_keys import keep_notes, own_device
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.event_bus import EventBus
from babilu.engine.runtime.own_devices import DEVICE_NAME, device_name, machine_name
from babilu.engine.runtime.presence import Presences
from babilu.engine.runtime.views import ViewMaker
from babilu.identity.device_list import encode_device_list, make_device_list, make_entry
from babilu.identity.link_messages import DEVICE_NAME_CHARACTERS
from babilu.identity.shapes import ListedAccount
from babilu.kernel.errors import DeliveryError
from babilu.kernel.ids import DeviceId, IdentityKey, MessageId, device_id
from babilu.kernel.limits import INTEGER_MAX, SYNC_WRITES, Limits
from babilu.kernel.states import GroupAdders, MessageState
from babilu.store import sync_state
from babilu.store.profile_records import ProfileRecord
from babilu.store.sync_state import DirtyKind, ItemKind, SyncItem
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.content_reading import read_part
from babilu.wire.device_parts import Sync
from babilu.wire.message_parts import Text
from babilu.wire.sync_entries import RegisterKind, SyncRead, SyncReceipt, SyncWrite
from tests.unit.engine.correspondent import Correspondent, nothing_encrypted
from tests.unit.engine.homes import RANDOMNESS, Home, Writer, a_home, id_with, know, told_in
from tests.unit.engine.siblings import Sibling, keep_own_list, own_list_with, own_turn, with_own_rows
from tests.unit.session.devices import RELAY
from tests.unit.store.builders import NOW, SetClock, database_in

SALT = bytes(16)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as made, nothing_encrypted():
        yield made


@pytest.fixture
def unit(home: Home) -> Iterator[UnitOfWork]:
    with with_own_rows(home) as unit:
        yield unit


def said_by(unit: UnitOfWork, device: DeviceId) -> list[Sync]:
    """Read what is owed to a device in the notes."""
    parts = [read_part(each.said.part, chained=True) for each in unit.deliveries.owed(device, 1_000)]
    return [part for part in parts if isinstance(part, Sync)]


def met(home: Home, unit: UnitOfWork, phone: Sibling) -> ConversationCache:
    """Have a device told all there is, so that only news follow."""
    cache = ConversationCache()
    tell_siblings(own_turn(home, unit, cache))
    unit.deliveries.forget_all(0)
    home.clock.now += SYNC_PAUSE_MS
    assert unit.sync.devices() == {phone.writer.own.device}
    return cache


class TestWhatIsTold:
    def test_is_told_by_the_commit_of_the_change_whatever_changes_it(self, home: Home, unit: UnitOfWork) -> None:
        alice = Correspondent(home, unit)
        phone = Sibling(home, unit)
        cache = met(home, unit, phone)
        unit.contacts.rename(alice.contact.contact, "alicia")
        unit.conversations.set_pinned(alice.conversation, True)
        unit.settings.set("switched_off.read", b"")
        assert unit.sync.is_due()
        tell_siblings(own_turn(home, unit, cache))
        (told,) = said_by(unit, phone.writer.own.device)
        identity, where = alice.contact.identity_key, bytes(id_with(home, alice.contact))
        assert {(write.kind, write.subject, write.value) for write in told.writes} == {
            (RegisterKind.NAME, bytes(identity), pack("alicia")),
            (RegisterKind.PINNED, where, pack(True)),
            (RegisterKind.SETTING, b"switched_off.read", pack(b"")),
        }
        assert {(write.at, write.device) for write in told.writes} == {(home.clock.now, home.base.own.device)}
        assert not unit.sync.is_due()

    def test_is_also_what_own_devices_are_called(self, home: Home, unit: UnitOfWork) -> None:
        phone = Sibling(home, unit)
        tell_siblings(own_turn(home, unit, ConversationCache()))
        setting = DEVICE_NAME + home.base.own.device.hex()
        named = SyncWrite(
            RegisterKind.SETTING, setting.encode(), pack(machine_name().encode()), home.clock.now, home.base.own.device
        )
        assert named in [write for told in said_by(unit, phone.writer.own.device) for write in told.writes]

    def test_is_the_last_of_what_is_set_again_and_again(self, home: Home, unit: UnitOfWork) -> None:
        phone = Sibling(home, unit)
        cache = met(home, unit, phone)
        for who in (GroupAdders.NOBODY, GroupAdders.EVERYBODY, GroupAdders.CONTACTS):
            unit.settings.set("groups.who_may_add", who.value.encode())
        for at in (NOW + 1, NOW + 2):
            unit.pictures.set_own(b"picture", at)
        tell_siblings(own_turn(home, unit, cache))
        (told,) = said_by(unit, phone.writer.own.device)
        assert {(write.kind, write.value) for write in told.writes} == {
            (RegisterKind.SETTING, pack(GroupAdders.CONTACTS.value.encode())),
            (RegisterKind.OWN_PICTURE, pack([NOW + 2, b"picture"])),
        }

    def test_is_nothing_where_nothing_is_another_than_before(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        cache = met(home, unit, phone)
        unit.conversations.set_pinned(alice.conversation, False)
        unit.contacts.set_blocked(alice.contact.contact, False)
        tell_siblings(own_turn(home, unit, cache))
        assert said_by(unit, phone.writer.own.device) == []

    def test_is_nothing_without_other_devices(self, home: Home, unit: UnitOfWork) -> None:
        alice = Correspondent(home, unit)
        unit.conversations.set_pinned(alice.conversation, True)
        unit.contacts.rename(alice.contact.contact, "alicia")
        assert unit.sync.dirty(10) == []

    def test_leaves_in_one_content_each_half_second(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        cache = met(home, unit, phone)
        for draft in ("a", "ab", "abc"):
            unit.conversations.set_draft(alice.conversation, draft)
            tell_siblings(own_turn(home, unit, cache))
            home.clock.now += SYNC_PAUSE_MS // 4
        assert len(said_by(unit, phone.writer.own.device)) == 1
        home.clock.now += SYNC_PAUSE_MS
        tell_siblings(own_turn(home, unit, cache))
        last = said_by(unit, phone.writer.own.device)[-1]
        assert [write.value for write in last.writes] == [pack(["abc", None])]

    def test_of_receipts_leaves_together_each_two_seconds(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        cache = met(home, unit, phone)
        person, device = alice.contact.identity_key, alice.writer.own.device
        for number in range(3):
            item = SyncItem(ItemKind.DELIVERED, MessageId(bytes([number]) * 16), NOW, None, person, device)
            unit.sync.add_items([item])
            home.clock.now += SYNC_PAUSE_MS
            tell_siblings(own_turn(home, unit, cache))
        assert [len(told.receipts) for told in said_by(unit, phone.writer.own.device)] == [1]
        home.clock.now += RECEIPTS_PAUSE_MS
        tell_siblings(own_turn(home, unit, cache))
        assert [len(told.receipts) for told in said_by(unit, phone.writer.own.device)] == [1, 2]

    def test_is_all_there_is_to_the_first_other_device(self, home: Home, unit: UnitOfWork) -> None:
        alice = Correspondent(home, unit)
        unit.contacts.rename(alice.contact.contact, "alicia")
        phone = Sibling(home, unit)
        tell_siblings(own_turn(home, unit))
        (told,) = said_by(unit, phone.writer.own.device)
        kinds = {write.kind for write in told.writes if write.subject == alice.contact.identity_key}
        assert kinds >= {RegisterKind.KNOWN, RegisterKind.DEVICE_LIST, RegisterKind.NAME, RegisterKind.ACCEPTED}

    def test_is_divided_by_what_fits_into_a_content(self, home: Home, unit: UnitOfWork) -> None:
        phone = Sibling(home, unit)
        cache = met(home, unit, phone)
        for number in range(SYNC_WRITES + 1):
            write = SyncWrite(RegisterKind.SETTING, b"%d" % number, pack(b""), NOW, home.base.own.device)
            unit.sync.merge(write, owed=True)
        while unit.sync.is_due():
            tell_siblings(own_turn(home, unit, cache))
            home.clock.now += SYNC_PAUSE_MS
        assert [len(told.writes) for told in said_by(unit, phone.writer.own.device)] == [SYNC_WRITES, 1]

    def test_is_owed_to_nobody_once_there_is_no_other_device(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        met(home, unit, phone)
        note_gone(unit, home.base.own, id_with(home, alice.contact), [MessageId(SALT)], NOW)
        keep_own_list(home, unit, own_list_with(home, without=(phone.writer.own.device,)))
        tell_siblings(own_turn(home, unit))
        assert not unit.sync.is_due()
        assert unit.sync.devices() == set()


class TestWhatIsTaken:
    def test_counts_by_its_time_and_not_by_when_it_came(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        where, device = bytes(id_with(home, alice.contact)), phone.writer.own.device
        for at, draft in ((NOW + 5, "newer"), (NOW + 4, "older")):
            phone.arrives(
                phone.says(Sync(SALT, None, (SyncWrite(RegisterKind.DRAFT, where, pack([draft, None]), at, device),)))
            )
        record = unit.conversations.by_number(alice.conversation)
        assert record is not None
        assert record.draft == "newer"

    def test_names_own_devices_and_nothing_else_by_that(self, home: Home, unit: UnitOfWork) -> None:
        phone = Sibling(home, unit)
        device, third = phone.writer.own.device, "ab" * 16
        names = {third: b"Kitchen\x1b[2J" + b"!" * 90, "cd" * 15: b"short", "zz" * 16: b"none"}
        writes = tuple(
            SyncWrite(RegisterKind.SETTING, (DEVICE_NAME + each).encode(), pack(name), NOW, device)
            for each, name in names.items()
        )
        phone.arrives(phone.says(Sync(SALT, None, writes)))
        called = device_name(unit, home.base.own, bytes.fromhex(third))
        assert called.startswith("Kitchen")
        assert "\x1b" not in called
        assert len(called) <= DEVICE_NAME_CHARACTERS
        assert [name for name in unit.settings.names(DEVICE_NAME) if third not in name] == []

    def test_of_a_contact_does_nothing(self, home: Home, unit: UnitOfWork) -> None:
        alice, _ = Correspondent(home, unit), Sibling(home, unit)
        where, device = bytes(id_with(home, alice.contact)), alice.writer.own.device
        alice.arrives(alice.says(Sync(SALT, None, (SyncWrite(RegisterKind.PINNED, where, pack(True), NOW, device),))))
        record = unit.conversations.by_number(alice.conversation)
        assert record is not None
        assert not record.pinned

    def test_is_kept_where_only_a_newer_version_knows_the_register(self, home: Home, unit: UnitOfWork) -> None:
        phone = Sibling(home, unit)
        write = SyncWrite(9_999, b"x", b"\xc1 no value at all", NOW, phone.writer.own.device)
        phone.arrives(phone.says(Sync(SALT, None, (write,))))
        assert unit.sync.get(9_999, b"x") == write

    def test_of_what_is_full_is_not_kept(self, home: Home, unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sync_state, "REGISTERS_KEPT", 2)
        phone = Sibling(home, unit)
        device = phone.writer.own.device
        writes = tuple(SyncWrite(9_999, bytes([number]), b"", NOW, device) for number in range(3))
        phone.arrives(phone.says(Sync(SALT, None, writes)))
        assert [write.subject for write in unit.sync.of_kind(9_999)] == [b"\0", b"\1"]

    def test_of_a_message_that_has_not_come_waits_for_it(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        said = alice.says(Text(SALT, None, "read me"))
        where = bytes(id_with(home, alice.contact))
        phone.arrives(phone.says(Sync(SALT, None, reads=(SyncRead(where, (said.id,), NOW),))))
        turn = alice.arrives(said)
        record = unit.messages.by_id(said.id, alice.conversation)
        assert record is not None
        assert not record.unread
        (arrived,) = [event for event in told_in(turn.effects) if isinstance(event, events.MessageArrived)]
        assert not arrived.message.unread

    def test_of_messages_that_never_come_makes_room(self, unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sync_state, "ITEMS_WAITING", 2)
        for number in range(3):
            unit.sync.wait(SyncItem(ItemKind.READ, MessageId(bytes([number]) * 16), NOW))
        assert [len(unit.sync.take_waiting(MessageId(bytes([number]) * 16))) for number in range(3)] == [0, 1, 1]

    def test_of_receipts_brings_the_copy_as_far_as_they_say(self, home: Home, unit: UnitOfWork) -> None:
        alice, phone = Correspondent(home, unit), Sibling(home, unit)
        said = phone.says(Text(SALT, None, "hi"), id_with(home, alice.contact))
        person, device = alice.contact.identity_key, alice.writer.own.device
        # The receipt may come before the message that it is for.
        phone.arrives(phone.says(Sync(SALT, None, receipts=(SyncReceipt(said.id, person, device, False, NOW),))))
        phone.arrives(said)
        assert _state(unit, said.id) is MessageState.DELIVERED
        phone.arrives(phone.says(Sync(b"1" * 16, None, receipts=(SyncReceipt(said.id, person, device, True, NOW),))))
        assert _state(unit, said.id) is MessageState.READ


def _state(unit: UnitOfWork, message: MessageId) -> MessageState | None:
    record = unit.messages.by_id(message)
    assert record is not None
    return record.state


# All end equal.


@dataclass
class OwnDevice:
    """One of several devices of a person, each with a profile and a clock of its own."""

    home: Home
    unit: UnitOfWork
    told: list[Sync]

    def sets(self, what: int, value: int, ahead: int) -> None:
        """Change something, by a clock that is as far ahead as it is."""
        self.home.clock.now = max(1, NOW + ahead)
        people = self.unit.contacts.all()
        contact = sorted(people, key=lambda each: each.identity_key)[what % len(people)]
        conversation = self.unit.conversations.of_contact(contact.contact).conversation
        match what % 5:
            case 0:
                self.unit.conversations.set_draft(conversation, f"draft {value}")
            case 1:
                self.unit.conversations.set_pinned(conversation, bool(value % 2))
            case 2:
                self.unit.contacts.set_blocked(contact.contact, bool(value % 2))
            case 3:
                # One that is taken here is refused, as it is to the user.
                with suppress(DeliveryError):
                    self.unit.contacts.rename(contact.contact, f"name{value % 2}")
            case 4:
                self.unit.settings.set("switched_off.typing", b"") if value % 2 else self.unit.settings.delete(
                    "switched_off.typing"
                )
        compare(own_turn(self.home, self.unit))
        writes = tuple(self.unit.sync.owed(SYNC_WRITES))
        self.unit.sync.told(writes)
        if writes:
            self.told.append(Sync(RANDOMNESS.token(16), None, writes))

    def hears(self, told: Sync) -> None:
        take_sync(own_turn(self.home, self.unit), told)

    def state(self) -> object:
        """Give all that is to be equal."""
        people = sorted(self.unit.contacts.all(), key=lambda each: each.identity_key)
        registers = self.unit.statements.all(
            "SELECT kind, subject, value, at, device FROM sync_register ORDER BY kind, subject"
        )
        rows = [
            (each.name, each.blocked, record.draft, record.pinned)
            for each in people
            for record in (self.unit.conversations.of_contact(each.contact),)
        ]
        return registers, rows, self.unit.settings.get("switched_off.typing")


@contextmanager
def several(folder: Path, count: int = 3, people: int = 3) -> Iterator[list[OwnDevice]]:
    identity = SigningKey.generate(RANDOMNESS)
    keys = [(SigningKey.generate(RANDOMNESS), AgreementKey.generate(RANDOMNESS)) for _ in range(count)]
    entries = [make_entry(identity, signing, agreement.public) for signing, agreement in keys]
    signed = make_device_list(identity, 1, entries, accounts=[ListedAccount(RELAY, "bob")])
    writers = [Writer(f"friend{number}") for number in range(people)]
    with ExitStack() as stack:
        devices = []
        for number, (signing, agreement) in enumerate(keys):
            place = folder / str(number)
            place.mkdir()
            clock, presences = SetClock(), Presences()
            database = stack.enter_context(database_in(place, clock))
            record = ProfileRecord(
                "bob",
                signing.private_bytes(),
                agreement.private_bytes(),
                device_id(signing.public, agreement.public),
                encode_device_list(signed),
                NOW,
            )
            with database.write() as first:
                first.profile.create(record)
                keep_notes(first, record, NOW)
            own = own_device(record, "bob")
            show = ViewMaker("bob", presences, own.identity_key)
            base = ClientContext(database, own, EventBus(), show, presences, Limits(), clock, RANDOMNESS)
            home = Home(base, clock, [], identity)
            unit = stack.enter_context(database.write())
            for writer in writers:
                know(home, unit, writer)
            unit.sync.set_devices([DeviceId(entry.device) for entry in entries if entry.device != own.device])
            unit.sync.clean_all()
            devices.append(OwnDevice(home, unit, []))
        yield devices


def exchange(devices: Sequence[OwnDevice], order: random.Random) -> None:
    """Have everybody hear everything, in an order of their own, and some of it twice."""
    for device in devices:
        news = [told for other in devices if other is not device for told in other.told]
        order.shuffle(news)
        for told in (*news, *news[: len(news) // 2]):
            device.hears(told)


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 14),
        st.integers(0, 9),
        st.sampled_from([-3_600_000, -1, 0, 0, 0, 1, 3_600_000, INTEGER_MAX - NOW]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=20, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate), database=None)
@given(changes=CHANGES, seed=st.integers(0, 1_000))
def test_devices_that_hear_everything_in_any_order_end_equal(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int, int, int, bool]], seed: int
) -> None:
    order = random.Random(seed)
    with several(tmp_path_factory.mktemp("devices")) as devices:
        for who, what, value, ahead, together in changes:
            devices[who].sets(what, value, ahead)
            if together:
                exchange(devices, order)
        exchange(devices, order)
        first, *others = (device.state() for device in devices)
        for other in others:
            assert other == first


def test_two_who_are_given_one_name_apart_are_told_apart_alike(tmp_path: Path) -> None:
    with several(tmp_path, count=2, people=2) as devices:
        one, other = devices
        people = sorted(one.unit.contacts.all(), key=lambda each: each.identity_key)
        one.home.clock.now = NOW + 1
        one.unit.contacts.rename(people[0].contact, "sam")
        other.home.clock.now = NOW + 2
        second = other.unit.contacts.by_identity(IdentityKey(people[1].identity_key))
        assert second is not None
        other.unit.contacts.rename(second.contact, "sam")
        for device in devices:
            compare(own_turn(device.home, device.unit))
            device.told.append(Sync(SALT, None, tuple(device.unit.sync.owed(SYNC_WRITES))))
        exchange(devices, random.Random(1))
        for device in devices:
            named = {each.identity_key: each.name for each in device.unit.contacts.all()}
            assert [named[each.identity_key] for each in people] == ["sam", "sam~2"]


def renamed_before_it_was_told(devices: Sequence[OwnDevice], later_at: int) -> None:
    """Have one device call somebody otherwise, and another one note later how they are called from the beginning."""
    one, other = devices
    (person,) = one.unit.contacts.all()
    one.home.clock.now = NOW + 1
    one.unit.contacts.rename(person.contact, "robert")
    other.home.clock.now = later_at
    other.unit.sync.note_dirty(DirtyKind.PERSON, person.identity_key)
    for device in devices:
        compare(own_turn(device.home, device.unit))
        device.told.append(Sync(SALT, None, tuple(device.unit.sync.owed(SYNC_WRITES))))


@pytest.mark.parametrize("later_by", [1, 86_400_000])
def test_what_somebody_decided_is_above_what_each_device_comes_to_by_itself(tmp_path: Path, later_by: int) -> None:
    with several(tmp_path, count=2, people=1) as devices:
        renamed_before_it_was_told(devices, NOW + 1 + later_by)
        exchange(devices, random.Random(1))
        assert [[each.name for each in device.unit.contacts.all()] for device in devices] == [["robert"]] * 2


def test_an_address_that_one_device_knows_is_above_that_another_knows_none(tmp_path: Path) -> None:
    with several(tmp_path, count=2, people=1) as devices:
        one, other = devices
        (person,) = one.unit.contacts.all()
        one.unit.contacts.set_address(person.contact, ("bob.example", 7400))
        other.home.clock.now = NOW + 86_400_000
        other.unit.sync.note_dirty(DirtyKind.PERSON, person.identity_key)
        for device in devices:
            compare(own_turn(device.home, device.unit))
            device.told.append(Sync(SALT, None, tuple(device.unit.sync.owed(SYNC_WRITES))))
        exchange(devices, random.Random(1))
        assert [[each.address for each in device.unit.contacts.all()] for device in devices] == [
            [("bob.example", 7400)]
        ] * 2


def test_whom_nobody_named_keeps_a_name_before_those_who_are_given_it_later(tmp_path: Path) -> None:
    with several(tmp_path, count=2, people=2) as devices:
        one, _ = devices
        people = sorted(one.unit.contacts.all(), key=lambda each: each.name)
        one.unit.sync.note_dirty(DirtyKind.PERSON, people[0].identity_key)
        compare(own_turn(one.home, one.unit))
        one.home.clock.now = NOW + 5_000
        one.unit.contacts.rename(people[1].contact, one.unit.contacts.free_name(people[0].name))
        compare(own_turn(one.home, one.unit))
        one.told.append(Sync(SALT, None, tuple(one.unit.sync.owed(SYNC_WRITES))))
        exchange(devices, random.Random(1))
        for device in devices:
            named = {each.identity_key: each.name for each in device.unit.contacts.all()}
            assert [named[each.identity_key] for each in people] == [people[0].name, f"{people[0].name}~2"]


def test_whom_somebody_named_keeps_the_name_before_those_who_come_with_it_later(tmp_path: Path) -> None:
    with several(tmp_path, count=2, people=1) as devices:
        one, _ = devices
        (first,) = one.unit.contacts.all()
        one.unit.contacts.rename(first.contact, "sam")
        compare(own_turn(one.home, one.unit))
        newcomer = Writer("sam")
        for device in devices:
            device.home.clock.now = NOW + 5_000
            know(device.home, device.unit, newcomer, account="")
        compare(own_turn(one.home, one.unit))
        one.told.append(Sync(SALT, None, tuple(one.unit.sync.owed(SYNC_WRITES))))
        exchange(devices, random.Random(1))
        for device in devices:
            named = {each.identity_key: each.name for each in device.unit.contacts.all()}
            assert (named[first.identity_key], named[newcomer.own.identity_key]) == ("sam", "sam~2")


def test_a_write_is_above_all_that_its_device_knew_of_the_register(home: Home, unit: UnitOfWork) -> None:
    alice, phone = Correspondent(home, unit), Sibling(home, unit)
    where = bytes(id_with(home, alice.contact))
    ahead = SyncWrite(RegisterKind.PINNED, where, pack(True), NOW + 86_400_000, phone.writer.own.device)
    phone.arrives(phone.says(Sync(SALT, None, (ahead,))))
    unit.conversations.set_pinned(alice.conversation, False)
    compare(own_turn(home, unit))
    write = unit.sync.get(RegisterKind.PINNED, where)
    assert write is not None
    assert (write.value, write.at, write.device) == (pack(False), ahead.at + 1, home.base.own.device)


def test_a_change_that_waits_to_be_told_is_not_undone_by_an_older_one(home: Home, unit: UnitOfWork) -> None:
    alice, phone = Correspondent(home, unit), Sibling(home, unit)
    met(home, unit, phone)
    where = bytes(id_with(home, alice.contact))
    unit.conversations.set_draft(alice.conversation, "mine")
    older = SyncWrite(RegisterKind.DRAFT, where, pack(["theirs", None]), NOW - 1, phone.writer.own.device)
    phone.arrives(phone.says(Sync(SALT, None, (older,))))
    record = unit.conversations.by_number(alice.conversation)
    assert record is not None
    assert record.draft == "mine"
