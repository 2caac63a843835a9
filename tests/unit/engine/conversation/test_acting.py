"""Own actions: what may be done to which message, and when it is said to be."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.engine.commands import queries
from babilu.engine.commands.queries import QueryDispatcher
from babilu.engine.conversation.acting import delete_for_all, edit_message, pin_message, set_reactions, set_timer
from babilu.engine.conversation.contents.text import BesideWords, find_mentions
from babilu.engine.conversation.received_receipts import take_receipts
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.trust import trust_identity
from babilu.engine.transport.outbound_queue import Rejected
from babilu.identity.device_list import encode_device_list
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import DeviceId, IdentityKey, MessageId
from babilu.kernel.limits import EDITABLE_MS
from babilu.kernel.states import MessageState, Route
from babilu.session.chain import content_hash
from babilu.store.contact_records import PendingIdentity
from babilu.store.delivery_records import OutboxRecord
from babilu.store.message_records import UnsealedMessage
from babilu.wire.content_reading import read_part
from babilu.wire.message_parts import Edit, React, Text
from tests.unit.engine.correspondent import Correspondent, nothing_encrypted
from tests.unit.engine.homes import Home, Writer, a_home, a_turn, told_in
from tests.unit.store.builders import NOW, a_device, an_envelope, owe

Do = Callable[[ConversationTransaction, MessageId], object]

DOINGS: dict[str, Do] = {
    "edit": lambda turn, message: edit_message(turn, message, "new words", ()),
    "delete": delete_for_all,
    "react": lambda turn, message: set_reactions(turn, message, ("👍",)),
    "pin": lambda turn, message: pin_message(turn, message, on=True),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with a_home(Path(tmp_path_factory.mktemp("home"))) as home, nothing_encrypted():
        yield home


@pytest.fixture
def alice(home: Home) -> Iterator[Correspondent]:
    with home.base.database.write() as unit:
        yield Correspondent(home, unit)
    home.clock.now = NOW


def turn(alice: Correspondent) -> ConversationTransaction:
    return a_turn(alice.home, alice.unit, alice.contact)


def owed_to(alice: Correspondent) -> list[UnsealedMessage]:
    (device,) = alice.unit.contacts.devices(alice.contact.contact)
    return [owed.said for owed in alice.unit.deliveries.owed(device.device, 100)]


def refused(do: Do, alice: Correspondent, message: MessageId) -> ErrorCode:
    with pytest.raises(BabiluError) as refusal:
        do(turn(alice), message)
    return refusal.value.code


@pytest.mark.parametrize("name", DOINGS)
def test_nothing_is_done_to_what_is_unknown_or_deleted(alice: Correspondent, name: str) -> None:
    assert refused(DOINGS[name], alice, MessageId(bytes(16))) is ErrorCode.NOT_FOUND
    said = turn(alice).send_text("words")
    on_its_way(alice, said.id)
    delete_for_all(turn(alice), said.id)
    assert refused(DOINGS[name], alice, said.id) is ErrorCode.USAGE


def on_its_way(alice: Correspondent, message: MessageId) -> None:
    """Let an envelope of a message have been made, so that somebody may have it."""
    (listed,) = alice.unit.contacts.devices(alice.contact.contact)
    alice.unit.deliveries.seal(listed.device, [message])


def test_what_nobody_can_have_is_deleted_for_all_without_a_word(alice: Correspondent) -> None:
    said = turn(alice).send_text("words")
    set_reactions(turn(alice), said.id, ("👍",))
    deleting = turn(alice)
    delete_for_all(deleting, said.id)
    (told,) = told_in(deleting.effects)
    assert isinstance(told, events.MessageDeleted)
    assert (told.message, told.for_all) == (said.id, False)
    assert owed_to(alice) == []
    assert alice.unit.own_actions.about(alice.conversation, said.id) == []
    assert refused(delete_for_all, alice, said.id) is ErrorCode.NOT_FOUND


def test_what_has_failed_after_it_had_left_is_deleted_for_all_by_a_word(alice: Correspondent) -> None:
    said = turn(alice).send_text("words")
    on_its_way(alice, said.id)
    (listed,) = alice.unit.contacts.devices(alice.contact.contact)
    alice.unit.deliveries.take_over(said.id, listed.device, Route.RELAY, NOW)
    alice.unit.deliveries.fail(said.id, listed.device, "expired")
    delete_for_all(turn(alice), said.id)
    assert len(owed_to(alice)) == 1


def test_what_may_have_left_before_a_profile_was_set_back_is_deleted_for_all_by_a_word(alice: Correspondent) -> None:
    said = turn(alice).send_text("words")
    on_its_way(alice, said.id)
    assert said.id in alice.unit.deliveries.begin_anew()[0]
    delete_for_all(turn(alice), said.id)
    assert len(owed_to(alice)) == 1


@pytest.mark.parametrize("name", DOINGS)
def test_nothing_is_done_to_what_was_written_under_another_identity(alice: Correspondent, name: str) -> None:
    said = turn(alice).send_text("words")
    unsent = turn(alice)
    set_reactions(unsent, said.id, ("👍",))
    other = Writer("alice again")
    alice.unit.contacts.set_pending(
        alice.contact.contact,
        PendingIdentity(other.own.identity_key, encode_device_list(other.own.device_list), NOW),
    )
    trust_identity(turn(alice), commands.TrustIdentity(alice.contact.name, other.own.identity_key))
    assert refused(DOINGS[name], alice, said.id) is ErrorCode.USAGE
    assert alice.unit.own_actions.forget_all(alice.conversation) == []
    assert alice.unit.deliveries.under_way_to(alice.contact.contact) == []
    answer = turn(alice).send_text("an answer", BesideWords(reply_to=said.id))
    record = alice.unit.messages.by_id(answer.id)
    assert record is not None
    text = read_part(alice.unit.messages.part_of(record.position), chained=True)
    assert isinstance(text, Text)
    assert (text.reply_to, text.quote) == (None, "words")
    assert answer.reply_to is not None


def test_what_was_written_under_another_identity_is_not_shown_as_editable(alice: Correspondent) -> None:
    said = turn(alice).send_text("words")
    assert said.editable_until == NOW + EDITABLE_MS
    other = Writer("alice again")
    claim = PendingIdentity(other.own.identity_key, encode_device_list(other.own.device_list), NOW)
    alice.unit.contacts.set_pending(alice.contact.contact, claim)
    trust_identity(turn(alice), commands.TrustIdentity(alice.contact.name, other.own.identity_key))

    before = alice.unit.messages.by_id(said.id)
    assert before is not None
    assert turn(alice).view(before).editable_until is None
    assert turn(alice).send_text("to the new one").editable_until == NOW + EDITABLE_MS


@pytest.mark.parametrize("name", ["edit", "delete"])
def test_only_its_author_edits_a_message_or_deletes_it_for_all(alice: Correspondent, name: str) -> None:
    text = alice.says(Text(bytes(16), None, "hers"))
    alice.arrives(text)
    assert refused(DOINGS[name], alice, text.id) is ErrorCode.USAGE
    set_reactions(turn(alice), text.id, ("👍",))
    pin_message(turn(alice), text.id, on=True)


@pytest.mark.parametrize(("after", "may"), [(EDITABLE_MS, True), (EDITABLE_MS + 1, False)])
def test_a_message_is_edited_for_a_day(alice: Correspondent, after: int, may: bool) -> None:
    said = turn(alice).send_text("words")
    alice.home.clock.now += after
    if may:
        assert edit_message(turn(alice), said.id, "new words", ()).text == "new words"
    else:
        assert refused(DOINGS["edit"], alice, said.id) is ErrorCode.EXPIRED


def test_each_own_action_is_later_than_its_message_and_those_before_whatever_the_clock(alice: Correspondent) -> None:
    said = turn(alice).send_text("words")
    alice.home.clock.now -= 90_000
    for number in range(3):
        edit_message(turn(alice), said.id, f"wording {number}", ())
    kept = alice.unit.edits.of(alice.conversation, said.id)
    assert [wording.said_at for wording in kept] == [NOW + 1, NOW + 2, NOW + 3]
    set_reactions(turn(alice), said.id, ("👍",))
    assert alice.unit.reactions.last(alice.conversation, said.id, 0) == NOW + 4


def test_what_is_done_is_kept_to_be_sent_by_the_same_commit_in_the_order_in_which_it_was_said(
    alice: Correspondent,
) -> None:
    said = turn(alice).send_text("words")
    transaction = turn(alice)
    edit_message(transaction, said.id, "new words", ())
    set_reactions(transaction, said.id, ("👍", "👍", "🎉"))
    assert [type(event) for event in told_in(transaction.effects)] == [events.MessageEdited, events.ReactionsChanged]
    waiting = owed_to(alice)
    assert waiting[0].id == said.id
    edit, react = (read_part(each.part, chained=True) for each in waiting[1:])
    assert isinstance(edit, Edit)
    assert isinstance(react, React)
    assert react.reactions == ("👍", "🎉")
    (device,) = alice.unit.contacts.devices(alice.contact.contact)
    alice.unit.deliveries.seal(device.device, [each.id for each in waiting])
    assert owed_to(alice) == []


def test_a_deletion_leaves_no_words_in_what_is_under_way(alice: Correspondent) -> None:
    said = turn(alice).send_text("secret")
    edit_message(turn(alice), said.id, "another secret", ())
    (message, edit) = owed_to(alice)
    (device,) = alice.unit.contacts.devices(alice.contact.contact)
    sent = [an_envelope(alice.unit, alice.contact.contact, device.device, each.id) for each in (message, edit)]
    hashes = [content_hash(alice.unit.outbox.content_of(row)) for row in sent]
    delete_for_all(turn(alice), said.id)
    for before, hashed in zip(sent, hashes, strict=True):
        (row,) = alice.unit.outbox.of_message(before.message or MessageId(b""))
        assert (row.gone, row.head, row.envelope_bytes) == (True, hashed, before.envelope_bytes)
    (deletion,) = owed_to(alice)
    assert edit.id not in {*alice.unit.own_actions.about(alice.conversation, said.id)} - {deletion.id}
    alice.unit.deliveries.begin_anew()
    owe(alice.unit, alice.contact.contact, said.id, a_device())
    assert alice.unit.deliveries.of_message(said.id) == []
    assert owed_to(alice) == [deletion]


def refuse(alice: Correspondent, *made: OutboxRecord) -> list[events.Warned]:
    """Let the contact's relay refuse envelopes for good, and give what the user is warned of."""
    told: list[events.Warned] = []
    for each in made:
        transaction = turn(alice)
        transaction.outcome(Rejected(each.envelope, DeliveryError(ErrorCode.TOO_LARGE, "Too large.")))
        told += [event for event in told_in(transaction.effects) if isinstance(event, events.Warned)]
    return told


@pytest.mark.parametrize("name", DOINGS)
def test_the_user_is_warned_once_of_what_is_done_here_and_refused_there(alice: Correspondent, name: str) -> None:
    said = turn(alice).send_text("words")
    contact, (listed,) = alice.contact.contact, alice.unit.contacts.devices(alice.contact.contact)
    alice.unit.deliveries.leave(contact, listed.device)
    alice.unit.message_receipts.note(position(alice, said.id), contact, listed.device, NOW, read=False, is_first=True)
    DOINGS[name](turn(alice), said.id)
    (action,) = owed_to(alice)
    alice.unit.deliveries.settle(action.id, listed.device)
    sent = [an_envelope(alice.unit, contact, device, action.id) for device in (a_device(), a_device())]

    (warned,) = refuse(alice, *sent)

    assert (warned.code, warned.fatal) == ("not_told", False)
    assert alice.contact.name in warned.text
    assert alice.unit.outbox.of_message(action.id) == []
    # A deletion is remembered: nobody is to be told that it was confirmed.
    left = [action.id] if name == "delete" else []
    assert alice.unit.own_actions.about(alice.conversation, said.id) == left


def test_a_device_counts_as_having_confirmed_a_deletion_once_it_has_and_never_where_that_was_refused(
    alice: Correspondent,
) -> None:
    said = turn(alice).send_text("words")
    contact = alice.contact.contact
    (listed,) = alice.unit.contacts.devices(contact)
    alice.unit.deliveries.leave(contact, listed.device)
    devices = first, second, third = a_device(), a_device(), a_device()
    for device in devices:
        alice.unit.message_receipts.note(position(alice, said.id), contact, device, NOW, read=False, is_first=True)
    delete_for_all(turn(alice), said.id)
    (action,) = owed_to(alice)
    nobody = dict.fromkeys(devices, False)
    owe(alice.unit, alice.contact.contact, action.id, *devices)
    assert confirmed(alice, said.id) == nobody
    sent = [an_envelope(alice.unit, alice.contact.contact, device, action.id) for device in devices]
    assert confirmed(alice, said.id) == nobody

    take_receipts(turn(alice), second, (action.id,), MessageState.DELIVERED)
    assert confirmed(alice, said.id) == {first: False, second: True, third: False}

    refuse(alice, sent[0])
    take_receipts(turn(alice), third, (action.id,), MessageState.DELIVERED)
    take_receipts(turn(alice), listed.device, (action.id,), MessageState.DELIVERED)
    assert confirmed(alice, said.id) == {first: False, second: True, third: True}


def position(alice: Correspondent, message: MessageId) -> int:
    record = alice.unit.messages.by_id(message, alice.conversation)
    assert record is not None
    return record.position


def confirmed(alice: Correspondent, message: MessageId) -> dict[DeviceId, bool | None]:
    """Tell which devices have confirmed that a message was deleted for all, as its user is shown."""
    record = alice.unit.messages.by_id(message, alice.conversation)
    assert record is not None
    shown = queries._with_deletion(alice.unit, record, queries._devices_of(alice.unit, record))
    return {DeviceId(bytes.fromhex(each.device)): each.deleted for each in shown}


def test_of_a_receipt_that_is_refused_nobody_is_warned(alice: Correspondent) -> None:
    assert refuse(alice, an_envelope(alice.unit, alice.contact.contact, a_device(), None)) == []


def test_a_pin_and_a_timer_that_are_as_they_were_say_nothing(alice: Correspondent) -> None:
    said = turn(alice).send_text("words")
    for _ in range(2):
        assert pin_message(turn(alice), said.id, on=True).on
        assert set_timer(turn(alice), 60).seconds == 60
    assert len(owed_to(alice)) == 3


@pytest.mark.parametrize("seconds", [0, -1, 365 * 86_400 + 1])
def test_a_timer_is_between_a_second_and_a_year(alice: Correspondent, seconds: int) -> None:
    with pytest.raises(UsageError):
        set_timer(turn(alice), seconds)
    with pytest.raises(UsageError):
        turn(alice).send_text("words", BesideWords(timer=seconds))


def test_to_answer_a_message_it_has_to_be_here(alice: Correspondent) -> None:
    with pytest.raises(DeliveryError) as refusal:
        turn(alice).send_text("an answer", BesideWords(reply_to=MessageId(bytes(16))))
    assert refusal.value.code is ErrorCode.NOT_FOUND


BOB, ROBERT = IdentityKey(bytes(32)), IdentityKey(bytes([1]) * 32)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@bob", [(0, 4)]),
        ("hi @bob, and @bob!", [(3, 4), (13, 4)]),
        ("𝄞 @bob", [(2, 4)]),
        ("@bob~2 or @bob", [(10, 4)]),
    ],
)
def test_a_mention_is_each_place_where_the_name_stands_as_a_word(text: str, found: list[tuple[int, int]]) -> None:
    people = {"bob": BOB, "bob~2": ROBERT}
    assert [(each.start, each.length) for each in find_mentions(text, ("bob",), people)] == found


@pytest.mark.parametrize("text", ["bob", "@bobby", "me@bob", "@bob~2", "@Bob"])
def test_a_name_that_does_not_stand_in_the_text_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        find_mentions(text, ("bob",), {"bob": BOB})


def test_so_many_pins_are_shown_the_newest_first(alice: Correspondent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PINS_SHOWN", 2)
    for number in range(3):
        pin_message(turn(alice), turn(alice).send_text(f"words {number}").id, on=True)
        alice.home.clock.now += 1
    records = alice.unit.contents.pinned(alice.conversation, queries.PINS_SHOWN)
    assert [record.text for record in records] == ["words 2", "words 1"]
    assert QueryDispatcher.answers(commands.Pins(alice.contact.name))
