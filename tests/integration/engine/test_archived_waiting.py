"""What waited when a backup was made: what has come is shown, and of what was not sent its user decides."""

from pathlib import Path

from babilu.api import commands as c
from babilu.identity.codec import encode_shape
from babilu.kernel.ids import DeviceId, MessageId, message_id
from babilu.kernel.states import FileState, Route
from babilu.store.message_records import BufferedMessage, WaitingRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.message_parts import Delete, Text
from tests.integration.engine.party import Party, account, relayed
from tests.integration.engine.relays import running_relay
from tests.integration.engine.test_archives import RANDOMNESS, archived, restored

LATER_MS = 60 * 60 * 1000


def came_early(party: Party, sender: str, texts: list[str]) -> list[MessageId]:
    """Have messages of a contact wait behind one that never comes, as they are for some seconds on the real way."""
    with party.engine._base.database.write() as unit:
        return [_hold(unit, sender, number, text) for number, text in enumerate(texts)]


def _hold(unit: UnitOfWork, sender: str, number: int, text: str) -> MessageId:
    (contact,) = [each for each in unit.contacts.all() if each.name == sender]
    place = unit.conversations.of_contact(contact.contact)
    at = place.created_at + number
    part = encode_shape(Text(RANDOMNESS.token(16), None, text))
    message = message_id(place.id, contact.identity_key, at, part)
    device = unit.contacts.devices(contact.contact)[0].device
    unit.held_back.add(
        BufferedMessage(
            conversation=place.conversation, author=contact.contact, device=device, chain=place.id,
            counter=1000 + number, id=message, text=text, sent_at=at, said_at=at, part=part, route=Route.RELAY,
            first=False, missing_from=999, release_at=at + LATER_MS,
        )
    )  # fmt: skip
    return message


def deleted_early(party: Party, sender: str, message: MessageId) -> None:
    """Have the deletion of a message wait for it."""
    with party.engine._base.database.write() as unit:
        (contact,) = [each for each in unit.contacts.all() if each.name == sender]
        place = unit.conversations.of_contact(contact.contact)
        part = encode_shape(Delete(RANDOMNESS.token(16), None, message))
        at, device = place.created_at + LATER_MS, unit.contacts.devices(contact.contact)[0].device
        action = message_id(place.id, contact.identity_key, at, part)
        unit.waiting_actions.add(
            WaitingRecord(
                place.conversation, message, action, contact.contact, DeviceId(device), at, True, 2 * at, part
            )
        )


def test_messages_that_waited_for_others_are_shown_with_what_was_said_of_them(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice", "bob") as (alice, bob),
    ):
        bob.send("alice", "first")
        alice.until_arrived("bob", ["first"])
        kept, regretted = came_early(alice, "bob", ["kept", "regretted"])
        deleted_early(alice, "bob", regretted)
        assert alice.texts("bob") == ["first"]
        archived(alice, tmp_path / "archive.babilu")

        restored(tmp_path / "archive.babilu", tmp_path / "laptop", "alice")
        laptop = Party(tmp_path / "laptop", account("alice", house.address))
        try:
            laptop.until(lambda: len(laptop.ask(c.History("bob", 5)).messages) == 3, "what has waited")
            shown = {each.id: each for each in laptop.ask(c.History("bob", 5)).messages}
            assert shown[kept].text == "kept"
            assert shown[kept].unread
            assert shown[regretted].deleted
            assert not shown[regretted].text
            with laptop.engine._base.database.read() as unit:
                assert not unit.held_back.authors()
        finally:
            laptop.close()


def test_of_what_was_not_sent_its_user_decides_once(tmp_path: Path) -> None:
    picture = tmp_path / "plan.txt"
    picture.write_text("the plan" * 1000)
    with running_relay(tmp_path / "relay") as house:
        with relayed(tmp_path / "homes", house.address, "alice", "bob") as (alice, bob):
            alice.send("bob", "hello")
            bob.until_arrived("alice", ["hello"])
            at = alice.engine._base.clock.now_ms() + LATER_MS
            alice.ask(c.Schedule("bob", "happy birthday", at, files=(str(picture),)))
            with alice.engine._base.database.write() as unit:
                pair = next(each for each in unit.contacts.all() if each.name == "bob").contact
                number = unit.conversations.of_contact(pair).conversation
                unit.recordings.begin(number, at)
                unit.recordings.append(number, b"sound", bytes(10))
            archived(alice, tmp_path / "archive.babilu")
        picture.unlink()
        restored(tmp_path / "archive.babilu", tmp_path / "laptop", "alice")
        laptop = Party(tmp_path / "laptop", account("alice", house.address))
        try:
            laptop.until_online()
            (text,) = laptop.ask(c.Scheduled())
            assert (text.text, text.at, text.overdue, text.files) == ("happy birthday", at, True, ("plan.txt",))
            (pair_view,) = [each for each in laptop.ask(c.Conversations()) if each.label == "bob"]
            assert pair_view.recording is not None
            sent = laptop.ask(c.SendNow(text.number))
            laptop.until(lambda: laptop.state(sent.id) is not None, "a message")
            (message,) = [each for each in laptop.ask(c.History("bob", 5)).messages if each.files]
            assert message.files[0].state is not FileState.FREED
            laptop.ask(c.DiscardRecording("bob"))
        finally:
            laptop.close()
        restored(tmp_path / "archive.babilu", tmp_path / "laptop", "alice")
        laptop = Party(tmp_path / "laptop", account("alice", house.address))
        try:
            assert laptop.ask(c.Scheduled()) == ()
            (pair_view,) = [each for each in laptop.ask(c.Conversations()) if each.label == "bob"]
            assert pair_view.recording is None
        finally:
            laptop.close()
