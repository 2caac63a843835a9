"""Several devices of one person at a real relay: what is said on one is there on all of them, as one's own."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.views import NOTES_LABEL, MessageView
from babilu.engine.files import missing_files
from babilu.identity.device_list import verify_device_list
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageState, TransferState
from tests.integration.engine.own_devices import open_another_device
from tests.integration.engine.party import Party, relayed
from tests.integration.engine.relays import House, running_relay


class Devices:
    """Alice with a phone and a laptop, and Bob, who know each other."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.house = stack.enter_context(running_relay(folder / "relay"))
        self.phone, self.bob = stack.enter_context(relayed(folder / "homes", self.house.address, "alice", "bob"))
        self.laptop = open_another_device(self.phone, folder / "laptop")
        stack.callback(self.laptop.close)
        # Both devices know Bob by what he writes to all of hers.
        self.bob.send("alice", "hello")
        for device in (self.phone, self.laptop):
            device.until_arrived("bob", ["hello"])
            device.accept("bob")


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[Devices]:
    with ExitStack() as stack:
        yield Devices(tmp_path, stack)


def message(party: Party, conversation: str, text: str) -> MessageView:
    """Wait for a message as it is kept, and return it."""
    found: list[MessageView] = []

    def is_there() -> bool:
        try:
            page = party.ask(commands.History(conversation, 1_000))
        except DeliveryError as error:
            # The conversation itself may be on its way.
            if error.code is not ErrorCode.NOT_FOUND:
                raise
            return False
        found[:] = [each for each in page.messages if each.text == text]
        return bool(found)

    party.until(is_there, f"{text!r} in {conversation}")
    (only,) = found
    return only


def is_quiet(party: Party) -> bool:
    """Tell whether nothing is under way to the own other devices."""
    with party.engine._base.database.read() as unit:
        owed = [contact for contact, _ in unit.receipts.devices()]
        return not unit.sync.is_due() and not unit.deliveries.under_way_to(0) and 0 not in owed


def until_view(party: Party, id_: MessageId, what: str, condition: object) -> None:
    party.until(lambda: condition(party.ask(commands.MessageInfo(id_)).message), what)  # type: ignore[operator]


def test_a_second_device_of_a_person_logs_in_by_its_own_keys_and_gets_what_is_sent_to_them(devices: Devices) -> None:
    own, other = devices.phone.engine._base.own, devices.laptop.engine._base.own
    listed = {entry.device for entry in verify_device_list(own.device_list).devices}
    assert listed == {own.device, other.device}


def test_what_is_sent_on_one_own_device_shows_as_sent_on_the_other(devices: Devices) -> None:
    sent = devices.phone.send("bob", "from the phone")
    copy = message(devices.laptop, "bob", "from the phone")
    assert (copy.id, copy.outgoing, copy.unread, copy.sender) == (sent.id, True, False, "alice")
    assert (copy.device, sent.device) == (devices.phone.engine._base.own.device, None)
    assert copy.state is not MessageState.QUEUED
    devices.bob.until_arrived("alice", ["from the phone"])
    # The other way round as well, in one conversation and one order.
    devices.laptop.send("bob", "from the laptop")
    message(devices.phone, "bob", "from the laptop")
    assert devices.phone.texts("bob") == devices.laptop.texts("bob") == ["hello", "from the phone", "from the laptop"]
    assert devices.laptop.of(events.AlarmRaised) == devices.phone.of(events.AlarmRaised) == []


def test_a_message_is_delivered_when_the_contact_has_it_whether_or_not_the_own_devices_do(devices: Devices) -> None:
    devices.laptop.close()
    sent = devices.phone.send("bob", "nobody waits for the laptop")
    devices.phone.until_state(sent.id, MessageState.DELIVERED)


def test_edits_reactions_deletions_pins_and_timers_of_one_own_device_are_done_on_the_other(devices: Devices) -> None:
    phone, laptop = devices.phone, devices.laptop
    first, second = phone.send("bob", "first"), phone.send("bob", "second")
    theirs = message(phone, "bob", "hello")
    message(laptop, "bob", "second")

    phone.ask(commands.EditMessage(first.id, "the first"))
    phone.ask(commands.SetReactions(theirs.id, ("👍",)))
    phone.ask(commands.PinMessage(first.id))
    phone.ask(commands.DeleteMessage(second.id, for_all=True))
    phone.ask(commands.SetTimer("bob", 3_600))

    until_view(laptop, first.id, "the edit", lambda view: view.text == "the first")
    until_view(laptop, first.id, "the pin", lambda view: view.pinned)
    until_view(laptop, theirs.id, "the reaction", lambda view: [each.people for each in view.reactions] == [("alice",)])
    until_view(laptop, second.id, "the deletion", lambda view: view.deleted)
    laptop.hear(events.TimerChanged)
    # What was written on one is one's own on the other: it can be changed there.
    laptop.ask(commands.EditMessage(first.id, "the very first"))
    until_view(phone, first.id, "the edit", lambda view: view.text == "the very first")
    until_view(devices.bob, first.id, "the edit", lambda view: view.text == "the very first")


def test_notes_reach_the_own_other_devices_and_are_delivered_then(devices: Devices) -> None:
    note = devices.phone.send(NOTES_LABEL, "milk")
    copy = message(devices.laptop, NOTES_LABEL, "milk")
    assert (copy.id, copy.outgoing) == (note.id, True)
    devices.phone.until_state(note.id, MessageState.DELIVERED)
    devices.laptop.ask(commands.EditMessage(note.id, "milk and tea"))
    until_view(devices.phone, note.id, "the edit", lambda view: view.text == "milk and tea")


def test_a_note_to_a_device_that_is_away_is_not_delivered(devices: Devices) -> None:
    devices.laptop.close()
    note = devices.phone.send(NOTES_LABEL, "milk")
    devices.phone.until_state(note.id, MessageState.HELD)
    assert devices.phone.state(note.id) is MessageState.HELD


def test_a_group_that_is_begun_on_one_own_device_is_there_on_the_other(devices: Devices) -> None:
    phone, laptop, bob = devices.phone, devices.laptop, devices.bob
    phone.ask(commands.StartGroup("Picnic", ("bob",)))
    bob.ask(commands.Accept(bob.hear(events.GroupInvited).invitation.id))
    phone.send("#picnic", "from the phone")
    bob.until_arrived("#picnic", ["from the phone"])
    assert message(laptop, "#picnic", "from the phone").outgoing
    laptop.send("#picnic", "from the laptop")
    bob.until_arrived("#picnic", ["from the phone", "from the laptop"])
    assert message(phone, "#picnic", "from the laptop").outgoing
    bob.send("#picnic", "hello, both of you")
    for device in (phone, laptop):
        device.until_arrived("#picnic", ["hello, both of you"])
    # What one does with the group is done with it on the other.
    laptop.ask(commands.ChangeGroup("#picnic", title="Feast"))
    phone.until(lambda: phone.ask(commands.GetGroup("#picnic")).title == "Feast", "the title")
    assert laptop.of(events.GroupInvited) == []
    assert phone.of(events.AlarmRaised) == laptop.of(events.AlarmRaised) == []


def test_a_file_that_is_sent_on_one_own_device_can_be_had_on_the_other(devices: Devices, tmp_path: Path) -> None:
    path, into = tmp_path / "holiday.bin", tmp_path / "into"
    path.write_bytes(bytes(range(256)) * 1_000)
    into.mkdir()
    devices.phone.ask(commands.Send("bob", "look", files=(str(path),)))
    copy = message(devices.laptop, "bob", "look")
    devices.laptop.ask(commands.FetchFile(copy.id, 0, str(into)))
    assert (into / "holiday.bin").read_bytes() == path.read_bytes()


def forget_files(house: House) -> None:
    """Have a relay without the files that it stores, as when their time there is over."""
    house.stop()
    for blob in [path for path in (house.home / "blobs").rglob("*") if path.is_file()]:
        blob.unlink()
    with closing(sqlite3.connect(house.home / "relay.db")) as database, database:
        assert database.execute("DELETE FROM blob").rowcount == 1
    house.start()


def test_what_the_relay_has_no_longer_is_brought_by_an_own_device_that_has_it(
    devices: Devices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missing_files, "STILL_COMING_MS", 0)
    path, into = tmp_path / "holiday.bin", tmp_path / "into"
    path.write_bytes(bytes(range(256)) * 1_000)
    into.mkdir()
    devices.bob.ask(commands.Send("alice", "look", files=(str(path),)))
    for device in (devices.phone, devices.laptop):
        device.until_arrived("bob", ["hello", "look"])
    devices.phone.ask(commands.FetchFile(message(devices.phone, "bob", "look").id, 0))
    # Whoever sent it is away, and hears only later that somebody misses it.
    devices.bob.close()
    forget_files(devices.house)
    for device in (devices.phone, devices.laptop):
        device.until_online()
    devices.laptop.ask(commands.FetchFile(message(devices.laptop, "bob", "look").id, 0, str(into)))
    assert (into / "holiday.bin").read_bytes() == path.read_bytes()
    bob = Party(devices.bob.home, devices.bob.profile)
    try:
        sent = message(bob, "alice", "look").id
        bob.hear(events.FileTransfer, lambda event: event.message == sent and event.state is TransferState.DONE)
    finally:
        bob.close()


def test_what_an_own_other_device_could_not_decrypt_is_sent_once_more(devices: Devices) -> None:
    sent = devices.phone.send(NOTES_LABEL, "first")
    message(devices.laptop, NOTES_LABEL, "first")
    # Else what is on its way is asked for, and what comes after that not for a while.
    devices.phone.until(lambda: is_quiet(devices.phone) and is_quiet(devices.laptop), "that all is told")
    base = devices.laptop.engine._base
    with base.database.write() as unit:
        unit.sessions.delete_sessions_with(devices.phone.engine._base.own.device)
    devices.phone.send(NOTES_LABEL, "second")
    message(devices.laptop, NOTES_LABEL, "second")
    assert devices.laptop.texts(NOTES_LABEL) == ["first", "second"]
    devices.phone.until_state(sent.id, MessageState.DELIVERED)
