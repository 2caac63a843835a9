"""A device that leaves the own list does nothing more in any group, and one that is linked then is named first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.engine.conversation.conversation_cache import ConversationCache
from babilu.engine.conversation.encryption import ContentEncryption
from babilu.engine.conversation.groups import acts
from babilu.engine.conversation.groups.entries import say, take
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.groups.going_on import _carry_over
from babilu.engine.conversation.groups.group_turn import GroupTurn
from babilu.engine.conversation.runner import ConversationRunner
from babilu.engine.runtime.group_logs import GroupLogs, read_log
from babilu.group.changes import AppointAdmin, NameDevices, SetTitle
from babilu.group.entries import EntryAuthor, EntryPlace, LogEntry, encode_entry, sign_entry
from babilu.group.group_log import EntryTaken, GroupLog
from babilu.group.reasons import NotCounted
from babilu.identity.device_list import follow_up, make_entry, verify_device_list
from babilu.identity.shapes import DeviceEntry, SignedDeviceList
from babilu.store.group_records import GroupRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, know
from tests.unit.engine.rooms import Room
from tests.unit.engine.siblings import with_own_rows
from tests.unit.store.builders import NOW


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        yield home


class Stage:
    """Bob, who is an admin of Alice's group with Carol, and has a phone besides."""

    def __init__(self, home: Home, *, accepted: bool = True) -> None:
        self.home, self.logs = home, GroupLogs()
        self.alice, self.phone = Writer("alice"), Writer("phone")
        self.room = Room(home, self.alice, (Writer("carol"),))
        own = self.phone.own
        self.listed = make_entry(home.identity, own.signing, own.agreement.public)
        home.base.own.device_list = self.with_devices(*self.devices, self.listed)
        with home.base.database.write() as unit:
            contact = know(home, unit, self.alice)
            group = self.room.enters(unit, contact, self.logs, accepted=accepted)
            fellow = FellowTransaction(a_turn(home, unit, contact), group, self.logs)
            admin = self.room.write(self.alice, AppointAdmin(home.base.own.identity_key))
            take(fellow, self.alice.own.device, [admin], {}, NOW)
            self.number = group.log
        encryption = ContentEncryption(home.base.own, home.base.randomness)
        self.runner = ConversationRunner(home.base, encryption, lambda _: None)
        self.encryption = encryption

    @property
    def devices(self) -> tuple[DeviceEntry, ...]:
        """The devices of the own list."""
        return verify_device_list(self.home.base.own.device_list).devices

    def with_devices(self, *devices: DeviceEntry) -> SignedDeviceList:
        """Sign the next own list."""
        replaced = lambda body: type(body)(**{**_fields(body), "devices": devices})  # noqa: E731
        return follow_up(self.home.identity, self.home.base.own.device_list, replaced)

    def group(self, unit: UnitOfWork) -> GroupRecord:
        found = unit.groups.by_log(self.number)
        assert found is not None
        return found

    def turn(self, unit: UnitOfWork) -> GroupTurn:
        base = self.home.base
        return GroupTurn(
            unit,
            self.group(unit),
            self.logs,
            lambda _: ConversationCache(),
            self.encryption,
            base.show,
            base.randomness,
            self.home.clock,
        )

    @property
    def log(self) -> GroupLog:
        """The log, as it is in rows."""
        with self.home.base.database.read() as unit:
            return read_log(unit, self.group(unit))

    @property
    def written(self) -> list[int | str]:
        """What Bob has written: versions of lists, and names of other changes."""
        mine = (each for each in self.log.entries if each.author == self.home.base.own.identity_key)
        return [type(each.change).__name__ if each.listed is None else each.listed.version for each in mine]


def _fields(body: object) -> dict[str, object]:
    return {name: getattr(body, name) for name in type(body).__struct_fields__}  # type: ignore[attr-defined]


def by_phone(stage: Stage, log: GroupLog) -> LogEntry:
    """Have the phone write a title on a log."""
    own = stage.home.base.own.identity_key
    member = log.state.member(own)
    assert member is not None
    author = EntryAuthor(own, stage.listed.certificate, stage.phone.own.signing)
    return sign_entry(author, EntryPlace(log.group, log.heads, member.grants[0]), NOW, SetTitle("stolen"))


def test_a_device_that_is_taken_off_does_nothing_more_in_any_group(home: Home) -> None:
    stage = Stage(home)
    before, known = stage.log, len(stage.log)
    removal = stage.with_devices(stage.devices[0])
    stage.runner.adopt_own_list(removal)
    assert home.base.own.device_list == removal
    with home.base.database.read() as unit:
        assert unit.profile.load().device_list[-64:] == removal.signature  # type: ignore[union-attr]
        told = unit.statements.all("SELECT DISTINCT c.name FROM delivery JOIN contact AS c USING (contact)")
    assert [name for (name,) in told] == ["alice", "carol"]
    after = stage.log
    assert len(after) == known + 1
    for each in (before, stage.log):
        assert isinstance(after.add(by_phone(stage, each)), EntryTaken)
    reasons = [why.reason for entry in after.entries[-2:] if (why := after.why_not(entry.hash)) is not None]
    assert reasons == [NotCounted.DEVICE_OFF, NotCounted.DEVICE_OFF]
    assert after.state.title == "Picnic"


def test_nothing_waits_any_more_for_a_device_that_was_taken_off(home: Home) -> None:
    stage = Stage(home)
    with with_own_rows(home) as unit:
        assert unit.contacts.oneself() is not None
    stage.runner.adopt_own_list(stage.with_devices(*stage.devices))
    with home.base.database.write() as unit:
        stage.turn(unit).send_text("who brings bread?")

        def owed() -> bool:
            return unit.statements.number("SELECT count(*) FROM delivery WHERE device = ?", stage.listed.device) > 0

        assert owed()
    stage.runner.adopt_own_list(stage.with_devices(stage.devices[0]))
    with home.base.database.write() as unit:
        assert not unit.statements.number("SELECT count(*) FROM delivery WHERE device = ?", stage.listed.device)


def test_a_device_that_is_added_is_told_nobody_where_none_was_removed(home: Home) -> None:
    stage = Stage(home)
    third = Writer("third").own
    entry = make_entry(home.identity, third.signing, third.agreement.public)
    stage.runner.adopt_own_list(stage.with_devices(*stage.devices, entry))
    with home.base.database.write() as unit:
        say(stage.turn(unit), SetTitle("Another"))
    assert stage.written == ["SetTitle"]


def test_a_device_that_is_linked_after_a_removal_is_named_before_its_first_entry(home: Home) -> None:
    stage = Stage(home)
    stage.runner.adopt_own_list(stage.with_devices(stage.devices[0]))
    third = Writer("third").own
    entry = make_entry(home.identity, third.signing, third.agreement.public)
    stage.runner.adopt_own_list(stage.with_devices(*stage.devices, entry))
    assert stage.written == [3]
    with home.base.database.write() as unit:
        say(stage.turn(unit), SetTitle("Another"))
        say(stage.turn(unit), SetTitle("And another"))
    assert stage.written == [3, 4, "SetTitle", "SetTitle"]
    assert stage.log.state.title == "And another"


def test_a_group_that_is_accepted_after_a_removal_is_told_of_it(home: Home) -> None:
    stage = Stage(home, accepted=False)
    stage.runner.adopt_own_list(stage.with_devices(stage.devices[0]))
    assert stage.written == []
    with home.base.database.write() as unit:
        acts.accept(stage.turn(unit))
    assert stage.written == [3]


def test_whoever_is_off_the_list_themselves_writes_nothing(home: Home) -> None:
    stage = Stage(home)
    stage.runner.adopt_own_list(stage.with_devices(stage.listed))
    assert stage.written == []


def test_where_a_group_goes_on_the_list_is_written_anew_once(home: Home) -> None:
    stage = Stage(home)
    removal = home.base.own.device_list = stage.with_devices(stage.devices[0])
    with home.base.database.write() as unit:
        for _ in range(2):
            _carry_over(stage.turn(unit), NameDevices(removal))
    assert stage.written == [3]
    assert len(encode_entry(stage.log.entries[-1])) < 2_000
