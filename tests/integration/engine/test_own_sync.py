"""What is set, read, deleted and receipted on one device of a person is so on the others within a moment."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.client import RelayProfile
from babilu.api.views import ConversationView
from babilu.kernel.errors import ErrorCode
from babilu.kernel.states import MessageState, Trust
from tests.integration.engine.own_devices import open_another_device
from tests.integration.engine.party import Party, account, relayed
from tests.integration.engine.relays import running_relay
from tests.integration.engine.test_own_devices import Devices, message


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[Devices]:
    with ExitStack() as stack:
        yield Devices(tmp_path, stack)


def conversation(party: Party, label: str) -> ConversationView:
    return next(each for each in party.ask(commands.Conversations()) if each.label == label)


def until(party: Party, what: str, condition: Callable[[ConversationView], bool], label: str = "bob") -> None:
    party.until(lambda: condition(conversation(party, label)), what)


def test_what_is_read_on_one_is_read_on_the_other(devices: Devices) -> None:
    phone, laptop, bob = devices.phone, devices.laptop, devices.bob
    said = bob.send("alice", "read me")
    for device in (phone, laptop):
        device.until_arrived("bob", ["hello", "read me"])
    assert conversation(laptop, "bob").unread == 2
    phone.ask(commands.MarkRead("bob"))
    until(laptop, "that it was read", lambda view: view.unread == 0)
    # The event by which faces take notifications away.
    assert laptop.of(events.ConversationChanged)
    bob.until_state(said.id, MessageState.READ)


def test_settings_of_a_conversation_are_the_same_on_both(devices: Devices) -> None:
    phone, laptop = devices.phone, devices.laptop
    phone.ask(commands.SetPinned("bob", True))
    phone.ask(commands.SetDraft("bob", "not yet"))
    phone.ask(commands.SetMuted("bob", True))
    until(laptop, "what is set", lambda view: view.pinned and view.muted and view.draft == "not yet")
    laptop.ask(commands.SetDraft("bob", ""))
    laptop.ask(commands.SetArchived("bob", True))
    until(phone, "what is set", lambda view: view.archived and not view.draft)


def test_what_one_knows_of_a_contact_is_the_same_on_both(devices: Devices) -> None:
    phone, laptop = devices.phone, devices.laptop
    phone.ask(commands.Rename("bob", "robert"))
    laptop.until(lambda: any(each.name == "robert" for each in laptop.ask(commands.Contacts())), "the name")
    laptop.ask(commands.MarkVerified("robert", True, laptop.contact("robert").identity))
    phone.until(lambda: phone.contact("robert").trust is Trust.VERIFIED, "that he was verified")
    phone.ask(commands.Block("robert"))
    laptop.until(lambda: laptop.contact("robert").blocked, "that he is blocked")


def test_a_message_deleted_for_oneself_is_gone_on_both(devices: Devices) -> None:
    sent = devices.phone.send("bob", "forget this")
    copy = message(devices.laptop, "bob", "forget this")
    assert copy.id == sent.id
    devices.laptop.ask(commands.DeleteMessage(copy.id))
    devices.phone.hear(events.MessageDeleted, lambda event: event.message == sent.id)
    assert devices.phone.texts("bob") == ["hello"]


def test_what_recipients_tell_the_sending_device_the_others_learn(devices: Devices) -> None:
    sent = devices.phone.send("bob", "did you get it?")
    message(devices.laptop, "bob", "did you get it?")
    devices.laptop.until_state(sent.id, MessageState.DELIVERED)
    devices.bob.ask(commands.MarkRead("alice"))
    devices.laptop.until_state(sent.id, MessageState.READ)


def test_switches_and_who_may_add_one_to_groups_are_the_same_on_both(devices: Devices) -> None:
    devices.phone.ask(commands.SetReceipts(read=False))
    told = devices.laptop.hear(events.ReceiptsChanged)
    assert not told.receipts.read
    assert not devices.laptop.ask(commands.ReceiptSettings()).read


def test_a_contact_whom_one_device_makes_is_known_to_the_other(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice", "carol") as (phone, carol),
    ):
        laptop = open_another_device(phone, tmp_path / "laptop")
        try:
            phone.send("carol", "hello, carol")
            laptop.until(lambda: [each.name for each in laptop.ask(commands.Contacts())] == ["carol"], "the contact")
            copy = message(laptop, "carol", "hello, carol")
            assert copy.outgoing
            carol.until_arrived("alice", ["hello, carol"])
            laptop.send("carol", "and from here")
            carol.until_arrived("alice", ["hello, carol", "and from here"])
        finally:
            laptop.close()


def test_a_device_that_comes_later_learns_what_was_set_before(tmp_path: Path) -> None:
    with (
        running_relay(tmp_path / "relay") as house,
        relayed(tmp_path / "homes", house.address, "alice", "bob") as (phone, bob),
    ):
        phone.send("bob", "hello")
        bob.until_arrived("alice", ["hello"])
        phone.ask(commands.Rename("bob", "robert"))
        phone.ask(commands.SetPinned("robert", True))
        laptop = open_another_device(phone, tmp_path / "laptop")
        try:
            laptop.until(
                lambda: (
                    [(each.label, each.pinned) for each in laptop.ask(commands.Conversations()) if each.contact]
                    == [("robert", True)]
                ),
                "what was set",
            )
            tablet = open_another_device(phone, tmp_path / "tablet")
            try:
                tablet.until(
                    lambda: (
                        [(each.label, each.pinned) for each in tablet.ask(commands.Conversations()) if each.contact]
                        == [("robert", True)]
                    ),
                    "what was set",
                )
            finally:
                tablet.close()
        finally:
            laptop.close()


def test_a_disappearing_message_that_was_read_on_one_disappears_on_both(devices: Devices) -> None:
    phone, laptop, bob = devices.phone, devices.laptop, devices.bob
    said = bob.ask(commands.Send("alice", "soon gone", timer=3_600))
    for device in (phone, laptop):
        device.until_arrived("bob", ["hello", "soon gone"])
    phone.ask(commands.MarkRead("bob"))
    ends = [device.hear(events.ClockStarted, lambda event: event.message == said.id) for device in (phone, laptop)]
    assert ends[0].expires_at == ends[1].expires_at


def test_an_invitation_that_is_accepted_on_one_is_accepted_on_the_other(devices: Devices) -> None:
    phone, laptop, bob = devices.phone, devices.laptop, devices.bob
    bob.ask(commands.StartGroup("Picnic", ("alice",)))
    for device in (phone, laptop):
        device.hear(events.GroupInvited)
    phone.ask(commands.Accept(phone.hear(events.GroupInvited).invitation.id))
    laptop.hear(events.GroupInvitationClosed)
    bob.send("#picnic", "welcome")
    for device in (phone, laptop):
        device.until_arrived("#picnic", ["welcome"])


def test_that_a_message_has_failed_and_is_under_way_again_shows_on_all(devices: Devices) -> None:
    phone, laptop = devices.phone, devices.laptop
    devices.bob.close()
    sent = phone.send("bob", "in vain")
    message(laptop, "bob", "in vain")
    phone.until_state(sent.id, MessageState.HELD)
    with phone.engine._base.database.write() as unit:
        for row in unit.deliveries.of_message(sent.id):
            unit.deliveries.fail(sent.id, row.device, ErrorCode.EXPIRED.value)
        unit.messages.advance_state(sent.id, MessageState.FAILED, error=ErrorCode.EXPIRED.value)
    laptop.until_state(sent.id, MessageState.FAILED)
    copy = laptop.ask(commands.MessageInfo(sent.id)).message
    assert copy.error == ErrorCode.EXPIRED
    assert laptop.hear(events.MessageStateChanged, lambda each: each.state is MessageState.FAILED).message == sent.id
    phone.ask(commands.Retry(sent.id))
    laptop.until_state(sent.id, MessageState.HELD)


def test_an_identity_that_was_approved_on_one_goes_on_all(devices: Devices, tmp_path: Path) -> None:
    phone, laptop = devices.phone, devices.laptop
    former = laptop.contact("bob").identity
    devices.bob.close()
    assert isinstance(phone.profile, RelayProfile)
    with closing(Party(tmp_path / "another bob", account("bob", phone.profile.address, start_over=True))) as bob:
        bob.until_online()
        bob.send("alice", "it is me")
        for device in (phone, laptop):
            device.hear(events.IdentityChanged)
        pending = phone.contact("bob").pending
        assert pending is not None
        phone.ask(commands.TrustIdentity("bob", pending))
        laptop.until(lambda: laptop.contact("bob").identity == pending, "the approved identity")
        assert laptop.contact("bob").pending is None
        laptop.until(lambda: laptop.texts("bob")[-1] == "it is me", "what waited for it")
        laptop.send("bob", "welcome back")
        bob.until_arrived("alice", ["welcome back"])
        # Nobody else has become a contact by it.
        assert [each.name for each in laptop.ask(commands.Contacts())] == ["bob"]
        assert former != pending


def test_whoever_has_left_a_group_on_one_device_is_asked_on_both_when_added_again(devices: Devices) -> None:
    phone, laptop, bob = devices.phone, devices.laptop, devices.bob
    bob.ask(commands.StartGroup("Picnic", ("alice",)))
    phone.ask(commands.Accept(phone.hear(events.GroupInvited).invitation.id))
    laptop.hear(events.GroupChanged, lambda event: event.group.accepted)
    phone.ask(commands.QuitGroup("#picnic"))
    laptop.hear(events.GroupChanged, lambda event: event.group.role is None and not event.group.accepted)
    bob.hear(events.GroupChanged, lambda event: len(event.group.members) == 1)
    before = [len(each.told) for each in (phone, laptop)]
    bob.ask(commands.AddToGroup("#picnic", ("alice",)))
    for device, after in zip((phone, laptop), before, strict=True):
        device.hear(events.GroupInvited, after=after)
        assert not device.ask(commands.GetGroup("#picnic")).accepted
    laptop.ask(commands.Accept("#picnic"))
    phone.hear(events.GroupChanged, lambda event: event.group.accepted, after=before[0])
    bob.send("#picnic", "welcome back")
    for device in (phone, laptop):
        device.until_arrived("#picnic", ["welcome back"])
