import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from babilu.api import commands, events
from babilu.engine.commands import relay_callbacks
from babilu.engine.conversation import ordering
from babilu.engine.transport.relay_session import RelaySession
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, ProfileError, ProtocolError, TrustError
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import TEXT_BYTES
from babilu.kernel.states import MessageKind, MessageState, Route, Trust
from babilu.kernel.states import MessageState as StoredState
from babilu.store.database import Database
from babilu.store.delivery_records import ReceiptKind
from babilu.store.message_records import MessageRecord
from babilu.store.new_messages import NewMessages
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.content import Content
from babilu.wire.delivery_parts import Delivered, Read
from babilu.wire.relay_frames import DeviceListIs
from tests.integration.engine.insiders import a_text, contact_of, say, words_of
from tests.integration.engine.party import DEADLINE_S, Party, account, relayed
from tests.integration.engine.relays import House
from tests.unit.store.builders import an_incoming


@pytest.fixture
def stage(tmp_path: Path, house: House) -> Iterator["Stage"]:
    with ExitStack() as stack:
        yield Stage(tmp_path, house, stack)


class Stage:
    """A relay and whoever comes to it; all of them leave with the test."""

    def __init__(self, home: Path, house: House, stack: ExitStack) -> None:
        self.home = home
        self.house = house
        self._stack = stack

    def enter(self, *names: str) -> list[Party]:
        return self._stack.enter_context(relayed(self.home, self.house.address, *names))

    def friends(self) -> tuple[Party, Party]:
        """Let alice and bob have written to each other once."""
        alice, bob = self.enter("alice", "bob")
        alice.send("bob", "first")
        bob.until_arrived("alice", ["first"])
        bob.send("alice", "answer")
        alice.until_arrived("bob", ["answer"])
        return alice, bob


# Sending.


def test_a_message_to_somebody_new_is_held_delivered_and_read(stage: Stage) -> None:
    alice, bob = stage.enter("alice", "bob")
    said = alice.send("bob", "hi")
    assert (said.state, said.conversation, said.route) == (MessageState.QUEUED, "bob", None)
    bob.until_arrived("alice", ["hi"])
    arrived = bob.of(events.MessageArrived)[0].message
    assert (arrived.id, arrived.sender, arrived.route, arrived.first) == (said.id, "alice", Route.RELAY, True)
    alice.until_state(said.id, MessageState.DELIVERED)
    bob.send("alice", "hello")
    assert bob.ask(commands.MarkRead("alice")) == 1
    alice.until_state(said.id, MessageState.READ)
    (device,) = alice.ask(commands.MessageInfo(said.id)).devices
    assert device.state is MessageState.READ
    assert said.at <= (device.delivered_at or 0) <= (device.read_at or 0)
    states = [event.state for event in alice.of(events.MessageStateChanged) if event.message == said.id]
    assert states == [MessageState.HELD, MessageState.DELIVERED, MessageState.READ]
    alice.until_arrived("bob", ["hello"])
    assert not alice.of(events.MessageArrived)[0].message.first


def test_who_was_read_before_they_were_answered_sees_it_with_the_answer(stage: Stage) -> None:
    alice, bob = stage.enter("alice", "bob")
    sent = alice.send("bob", "Hello, I am new here.")
    bob.until_arrived("alice", ["Hello, I am new here."])
    assert bob.ask(commands.MarkRead("alice")) == 1
    alice.until_state(sent.id, MessageState.DELIVERED)
    bob.send("alice", "Welcome.")
    alice.until_state(sent.id, MessageState.READ)


def test_with_a_session_messages_go_both_ways_in_order(stage: Stage) -> None:
    alice, bob = stage.friends()
    for number in range(20):
        alice.send("bob", f"a{number}")
        bob.send("alice", f"b{number}")
    bob.until_arrived("alice", ["first", *[f"a{number}" for number in range(20)]])
    alice.until_arrived("bob", ["answer", *[f"b{number}" for number in range(20)]])
    assert alice.of(events.GapNoticed) == bob.of(events.GapNoticed) == []


def test_what_waits_together_is_made_in_one_transaction(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob = stage.friends()
    database = alice.engine._base.database
    entered = 0
    made: set[int] = set()
    write, add_outgoing = Database.write, NewMessages.add_outgoing

    @contextmanager
    def counted(self: Database, *, behind: bool = False) -> Iterator[UnitOfWork]:
        nonlocal entered
        entered += self is database
        with write(self, behind=behind) as unit:
            yield unit

    def added(self: NewMessages, *said: Any, **more: Any) -> MessageRecord:
        made.add(entered)  # there is one writer at a time: this names its transaction
        return add_outgoing(self, *said, **more)

    monkeypatch.setattr(NewMessages, "add_outgoing", added)
    with database.write():
        waiting = [alice.client.request(commands.Send("bob", str(number))) for number in range(50)]
        # The questions' thread does not write, so its answer shows that the desk has passed everything on.
        alice.engine._workers.commands.ask(lambda: None).result(DEADLINE_S)
        monkeypatch.setattr(Database, "write", counted)
    for sent in waiting:
        sent.result(DEADLINE_S)
    # The one that had begun to wait for the database, and the one that found all the others.
    assert 1 <= len(made) <= 2
    monkeypatch.undo()
    bob.until_arrived("alice", ["first", *map(str, range(50))])


def test_more_than_a_turn_makes_goes_out_without_anything_else_happening(stage: Stage) -> None:
    alice, bob = stage.enter("alice", "bob")
    assert alice.ask(commands.Verify("bob")).name == "bob"
    stage.house.stop()
    alice.until_offline()
    texts = [f"number {number}" for number in range(300)]
    for sent in [alice.client.request(commands.Send("bob", text)) for text in texts]:
        sent.result(DEADLINE_S)
    stage.house.start()
    bob.until_arrived("alice", texts)


NO_MESSAGES = [
    ("", ErrorCode.MALFORMED),
    ("\udc80", ErrorCode.MALFORMED),
    ("x" * (TEXT_BYTES + 1), ErrorCode.TOO_LARGE),
    ("é" * (TEXT_BYTES // 2 + 1), ErrorCode.TOO_LARGE),
]
ODD_TEXTS = ["x" * TEXT_BYTES, "a\nb\r\nc", "\0", "\x1b[2J", "\u202eevil", "👩\u200d👩\u200d👧", "e\u0301" * 500, " "]


def test_what_is_no_message_is_refused_and_leaves_no_trace_and_every_text_arrives_as_it_was(stage: Stage) -> None:
    alice, bob = stage.friends()
    for text, code in NO_MESSAGES:
        with pytest.raises(ProtocolError) as refused:
            alice.send("bob", text)
        assert refused.value.code is code
    for text in ODD_TEXTS:
        alice.send("bob", text)
    bob.until_arrived("alice", ["first", *ODD_TEXTS])
    assert bob.texts("alice") == ["first", "answer", *ODD_TEXTS]
    assert alice.texts("bob") == ["first", "answer", *ODD_TEXTS]
    assert [event.message.text for event in alice.of(events.MessageQueued)] == ["first", *ODD_TEXTS]


def test_a_name_that_the_relay_does_not_know_is_not_found(stage: Stage) -> None:
    (alice,) = stage.enter("alice")
    for name in ("nobody", "@", "a b", "\x1b"):
        with pytest.raises(DeliveryError) as refused:
            alice.send(name, "hello?")
        assert refused.value.code is ErrorCode.NOT_FOUND
    with pytest.raises(BabiluError, match="your own name"):
        alice.send("Alice", "hello?")
    assert alice.ask(commands.Contacts()) == ()


# The disk.


@contextmanager
def full_disk(party: Party) -> Iterator[None]:
    """Let the database not grow by a page, as on a full disk."""
    database = party.engine._base.database
    with database.write() as unit:
        unit.statements.one("PRAGMA max_page_count = 1")
    try:
        yield
    finally:
        with database.write() as unit:
            unit.statements.one("PRAGMA max_page_count = 1000000")


def test_a_failed_commit_answers_with_the_error_tells_nothing_and_leaves_the_session_whole(stage: Stage) -> None:
    alice, bob = stage.friends()
    before = len(alice.of(events.MessageQueued))
    with full_disk(alice):
        sending = [alice.client.request(commands.Send("bob", "x" * 50_000)) for _ in range(5)]
        errors = [each.exception(DEADLINE_S) for each in sending]
        assert any(isinstance(error, ProfileError) and error.code is ErrorCode.DISK_FULL for error in errors)
        kept = [error for error in errors if error is None]
        alice.hear(events.Warned, lambda event: event.code == "disk_full")
        assert len(alice.of(events.MessageQueued)) == before + len(kept)
    alice.send("bob", "after")
    bob.until(lambda: "after" in bob.arrived("alice"), "the message after")
    assert bob.arrived("alice") == ["first", *["x" * 50_000] * len(kept), "after"]
    assert bob.of(events.GapNoticed) == []
    bob.send("alice", "still here")
    alice.until_arrived("bob", ["answer", "still here"])


def test_what_arrives_at_a_full_disk_is_kept_by_the_relay_and_shown_once_there_is_room(stage: Stage) -> None:
    alice, bob = stage.friends()
    with full_disk(bob):
        texts = [str(number) + "x" * 50_000 for number in range(8)]
        sent = [alice.send("bob", text) for text in texts]
        alice.until_state(sent[-1].id, MessageState.HELD)
        arrived = bob.arrived("alice")
        assert arrived == ["first", *texts][: len(arrived)]
    bob.until_arrived("alice", ["first", *texts])
    assert bob.texts("alice") == ["first", "answer", *texts]


# What a dishonest contact sends.


def test_words_that_were_said_before_are_shown_once_and_acknowledged_again(stage: Stage) -> None:
    alice, bob = stage.friends()
    said = alice.send("bob", "once")
    alice.until_state(said.id, MessageState.DELIVERED)
    part, at_its_time = words_of(alice, said.id)
    say(alice, "bob", part, chained=True, change=at_its_time)
    alice.send("bob", "after")
    bob.until_arrived("alice", ["first", "once", "after"])
    assert bob.texts("alice") == ["first", "answer", "once", "after"]


def test_a_receipt_counts_only_from_whom_the_message_was_sent_to(stage: Stage) -> None:
    alice, bob = stage.friends()
    (mallory,) = stage.enter("mallory")
    mallory.send("alice", "hi, I am new")
    alice.until_arrived("mallory", ["hi, I am new"])
    alice.send("mallory", "hello")
    mallory.until_arrived("alice", ["hello"])
    bob.close()
    said = alice.send("bob", "for bob alone")
    alice.until_state(said.id, MessageState.HELD)
    say(mallory, "alice", Delivered((said.id,)))
    say(mallory, "alice", Read((said.id,)))
    mallory.send("alice", "done")
    alice.until_arrived("mallory", ["hi, I am new", "done"])
    assert alice.state(said.id) is MessageState.HELD
    with alice.engine._base.database.read() as unit:
        assert len(unit.outbox.of_message(said.id)) == 1
    stage.enter("bob")
    alice.until_state(said.id, MessageState.DELIVERED)


def test_receipts_for_what_was_never_sent_change_nothing(stage: Stage) -> None:
    alice, bob = stage.friends()
    theirs = bob.of(events.MessageArrived)[0].message.id
    say(bob, "alice", Delivered((MessageId(bytes(16)), theirs)))
    mine = alice.of(events.MessageArrived)[0].message.id
    say(bob, "alice", Read((mine,)))
    bob.send("alice", "done")
    alice.until_arrived("bob", ["answer", "done"])
    assert alice.ask(commands.MessageInfo(mine)).message.state is None


def test_an_id_cannot_be_taken_to_another_conversation_or_author(stage: Stage) -> None:
    alice, bob = stage.friends()
    mine = alice.send("bob", "mine")
    bob.until_arrived("alice", ["first", "mine"])
    (mallory,) = stage.enter("mallory")
    mallory.send("alice", "hi")
    alice.until_arrived("mallory", ["hi"])
    part, at_its_time = words_of(alice, mine.id)
    say(mallory, "alice", part, chained=True, change=at_its_time)
    say(bob, "alice", part, chained=True, change=at_its_time)
    alice.until_arrived("mallory", ["hi", "mine"])
    alice.until_arrived("bob", ["answer", "mine"])
    alice.ask(commands.DeleteMessage(mine.id))
    assert alice.hear(events.MessageDeleted) == events.MessageDeleted(mine.id, "bob", mine.conversation_id, "alice")
    assert alice.texts("bob") == ["first", "answer", "mine"]
    assert alice.texts("mallory") == ["hi", "mine"]


def test_a_message_of_the_same_id_in_another_conversation_is_not_deleted_for_it(stage: Stage) -> None:
    alice, _ = stage.friends()
    mine = alice.send("bob", "mine")
    (mallory,) = stage.enter("mallory")
    mallory.send("alice", "hi")
    alice.until_arrived("mallory", ["hi"])
    with alice.engine._base.database.write() as unit:
        mallorys, now = contact_of(unit, "mallory").contact, alice.engine._base.clock.now_ms()
        place = unit.conversations.of_contact(mallorys)
        unit.new_messages.add_incoming(
            replace(an_incoming(place.conversation, "bait", message=mine.id), author=mallorys), now
        )
    with pytest.raises(DeliveryError) as refused:
        alice.ask(commands.DeleteMessage(mine.id))
    assert refused.value.code is ErrorCode.CONFLICT
    assert alice.ask(commands.MessageInfo(mine.id)).message.text == "mine"
    assert alice.ask(commands.MessageInfo(mine.id, "mallory")).message.text == "bait"
    alice.ask(commands.DeleteMessage(mine.id, "mallory"))
    assert alice.hear(events.MessageDeleted) == events.MessageDeleted(mine.id, "mallory", place.id, "alice")
    assert alice.texts("mallory") == ["hi"]
    assert alice.texts("bob")[-1] == "mine"
    alice.ask(commands.DeleteMessage(mine.id))
    assert "mine" not in alice.texts("bob")


ELSEWHERE: dict[str, object] = {
    "conversation": bytes(32),
    "heads": (bytes(32),),
    "link": None,
}


def test_contents_that_name_another_place_are_refused_and_the_session_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What was refused is missing: what follows is shown once it was waited for.
    monkeypatch.setattr(ordering, "PATIENCE_MS", 200)
    alice, bob = stage.friends()
    for field, value in ELSEWHERE.items():

        def misplace(content: Content, field: str = field, value: object = value) -> Content:
            return msgspec.structs.replace(content, **{field: value})

        say(alice, "bob", a_text(f"smuggled by {field}"), chained=True, change=misplace)
    alice.send("bob", "honest")
    bob.until(lambda: "honest" in bob.arrived("alice"), "the honest message")
    assert bob.arrived("alice") == ["first", "honest"]


# Blocking.


def test_what_a_blocked_contact_sends_is_dropped_and_they_cannot_tell(stage: Stage) -> None:
    alice, bob = stage.friends()
    bob.ask(commands.Block("alice"))
    before = _mail_taken(bob)
    unheard = alice.send("bob", "do you hear me?")
    alice.until_state(unheard.id, MessageState.HELD)
    with pytest.raises(DeliveryError) as refused:
        bob.send("alice", "no")
    assert refused.value.code is ErrorCode.BLOCKED
    # An inbox that is empty may not have been given anything yet.
    bob.until(lambda: _mail_taken(bob) > before and _inbox_is_empty(bob), "mail that was taken and put away")
    bob.ask(commands.Unblock("alice"))
    heard = alice.send("bob", "and now?")
    bob.until_arrived("alice", ["first", "and now?"])
    alice.until_state(heard.id, MessageState.DELIVERED)
    assert alice.state(unheard.id) is MessageState.HELD
    let_expire(alice, unheard.id)
    alice.ask(commands.Retry(unheard.id))
    alice.until_state(unheard.id, MessageState.DELIVERED)
    assert bob.texts("alice") == ["first", "answer", "and now?", "do you hear me?"]
    assert (bob.of(events.GapNoticed), bob.of(events.Warned), bob.of(events.AlarmRaised)) == ([], [], [])


def let_expire(party: Party, message: MessageId) -> None:
    """Have the relay hold a message in vain."""
    with party.engine._base.database.write() as unit:
        unit.messages.advance_state(message, StoredState.FAILED, error="expired")
        for delivery in unit.deliveries.of_message(message):
            unit.deliveries.fail(message, delivery.device, "expired")


def _mail_taken(party: Party) -> int:
    """Give the number of the last envelope that was taken from the relay."""
    with party.engine._base.database.read() as unit:
        relay = unit.profile.relay()
        return relay.cursor if relay else 0


def _inbox_is_empty(party: Party) -> bool:
    with party.engine._base.database.read() as unit:
        return unit.inbox.contacts_with_mail() == [] and unit.inbox.unassigned(1) == []


# Identities.


def set_aside(party: Party, name: str) -> int:
    with party.engine._base.database.read() as unit:
        return len(unit.inbox.quarantined(100, contact_of(unit, name).contact))


def test_a_changed_identity_stops_sending_and_trust_sends_what_waited(stage: Stage, tmp_path: Path) -> None:
    alice, bob = stage.friends()
    alice.ask(commands.MarkVerified("bob"))
    old = alice.ask(commands.Verify("bob")).digits
    bob.close()
    waiting = alice.send("bob", "for the old bob")
    alice.until_state(waiting.id, MessageState.HELD)
    new_bob = Party(tmp_path / "elsewhere", account("bob", stage.house.address, start_over=True))
    try:
        new_bob.until_online()
        new_bob.send("alice", "I have a new machine")
        assert alice.hear(events.IdentityChanged) == events.IdentityChanged("bob", was_verified=True)
        with pytest.raises(TrustError):
            alice.send("bob", "who are you?")
        assert alice.contact("bob").trust is Trust.CHANGED
        new_bob.send("alice", "trust me")
        alice.until(lambda: set_aside(alice, "bob") == 2, "what is not shown before it is trusted")
        assert alice.arrived("bob") == ["answer"]
        assert new_bob.arrived("alice") == []
        shown = alice.ask(commands.Verify("bob"))
        assert shown.digits == old
        assert shown.pending is not None
        assert shown.pending.digits == new_bob.ask(commands.Verify("alice")).digits
        for wrong in (commands.TrustIdentity("bob", shown.identity), commands.TrustIdentity("bob", digits=old)):
            with pytest.raises(TrustError) as refused:
                alice.ask(wrong)
            assert refused.value.code is ErrorCode.MISMATCH
        contact = alice.ask(commands.TrustIdentity("bob", shown.pending.identity, shown.pending.digits))
        assert (contact.trust, contact.was_verified, contact.pending) == (Trust.FIRST_USE, False, None)
        kinds = [message.kind for message in alice.ask(commands.History("bob")).messages if message.at]
        assert kinds.count(MessageKind.KEY_CHANGED) == 1
        alice.until_arrived("bob", ["answer", "I have a new machine", "trust me"])
        alice.until_state(waiting.id, MessageState.FAILED)
        said = alice.send("bob", "welcome back")
        alice.until_state(said.id, MessageState.DELIVERED)
        assert new_bob.arrived("alice") == ["welcome back"]
        anew = alice.ask(commands.Retry(waiting.id))
        assert (anew.replaces, anew.id != waiting.id, anew.text) == (waiting.id, True, "for the old bob")
        alice.until_state(anew.id, MessageState.DELIVERED)
        new_bob.until_arrived("alice", ["welcome back", "for the old bob"])
        assert alice.of(events.GapNoticed) == []
        sent = [event.message.id for event in new_bob.of(events.MessageQueued)]
        for message in sent:
            new_bob.until_state(message, MessageState.DELIVERED)
    finally:
        new_bob.close()


# Failing, and trying again.


def test_a_failed_message_keeps_id_and_place_when_it_is_tried_again(stage: Stage) -> None:
    alice, bob = stage.friends()
    bob.ask(commands.DeleteAccount(account("bob", stage.house.address).passphrase))
    bob.close()
    failed = alice.send("bob", "anybody there?")
    alice.until_state(failed.id, MessageState.FAILED)
    with alice.engine._base.database.read() as unit:
        (before,) = unit.outbox.of_message(failed.id)
    queued = alice.ask(commands.Retry(failed.id))
    assert (queued.id, queued.state) == (failed.id, MessageState.QUEUED)
    states = [MessageState.FAILED, MessageState.QUEUED, MessageState.FAILED]
    alice.until(
        lambda: [event.state for event in alice.of(events.MessageStateChanged) if event.message == failed.id] == states,
        "another failure",
    )
    with alice.engine._base.database.read() as unit:
        (after,) = unit.outbox.of_message(failed.id)
    assert (after.counter, after.head) == (before.counter, before.head)
    assert after.envelope != before.envelope
    with pytest.raises(DeliveryError, match="conflict"):
        alice.ask(commands.Retry(alice.of(events.MessageQueued)[0].message.id))


# Receipts.


def test_receipts_are_owed_until_they_are_sent_across_a_restart(stage: Stage) -> None:
    alice, bob = stage.friends()
    said = alice.send("bob", "hi")
    alice.until_state(said.id, MessageState.DELIVERED)
    stage.house.stop()
    bob.until_offline()
    assert bob.ask(commands.MarkRead("alice")) == 2
    with bob.engine._base.database.read() as unit:
        device = contact_of(unit, "alice").contact
        assert unit.outbox.count_unaccepted() + len(unit.receipts.devices()) == 1
        assert device
    bob.close()
    stage.house.start()
    stage.enter("bob")
    alice.until_state(said.id, MessageState.READ)
    with alice.engine._base.database.read() as unit:
        assert unit.receipts.take(bob.engine._base.own.device, 10).get(ReceiptKind.READ) is None


def test_fetching_much_that_waited_tells_its_progress_to_the_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_callbacks, "WORTH_TELLING", 3)
    alice, bob = stage.friends()
    bob.close()
    sent = [alice.send("bob", f"{number}") for number in range(5)]
    for message in sent:
        alice.until_state(message.id, MessageState.HELD)
    (again,) = stage.enter("bob")
    again.until_arrived("alice", [f"{number}" for number in range(5)])
    again.until(lambda: bool(done := fetched(again)) and done[-1][0] == done[-1][1], "the end of fetching")
    assert fetched(again)[0][0] == 0
    assert sorted(fetched(again)) == fetched(again)


def fetched(party: Party) -> list[tuple[int, int]]:
    return [(event.done, event.total) for event in party.of(events.Progress) if event.task == "sync"]


def test_somebody_who_was_never_answered_gets_no_receipt_of_reading_until_they_are_accepted(stage: Stage) -> None:
    alice, bob = stage.enter("alice", "bob")
    said = alice.send("bob", "hi")
    bob.until_arrived("alice", ["hi"])
    assert bob.ask(commands.MarkRead("alice")) == 1
    more = alice.send("bob", "more")
    bob.until_arrived("alice", ["hi", "more"])
    alice.until_state(more.id, MessageState.DELIVERED)
    assert alice.state(said.id) is MessageState.DELIVERED
    bob.ask(commands.Accept("alice"))
    alice.until_state(said.id, MessageState.READ)
    assert alice.state(more.id) is MessageState.DELIVERED
    assert bob.ask(commands.MarkRead("alice")) == 1
    alice.until_state(more.id, MessageState.READ)


def test_mail_of_somebody_whom_the_relay_has_not_named_yet_counts_as_still_to_come(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = stage.enter("alice", "bob")
    asked, told = threading.Event(), threading.Event()
    fetch = RelaySession.fetch_device_list

    async def fetch_late(session: RelaySession, name: str) -> DeviceListIs:
        if name == "alice":
            asked.set()
            await asyncio.to_thread(told.wait, DEADLINE_S)
        return await fetch(session, name)

    monkeypatch.setattr(RelaySession, "fetch_device_list", fetch_late)
    alice.send("bob", "first")
    assert asked.wait(DEADLINE_S)
    assert bob.ask(commands.Status()).behind == 1
    told.set()
    bob.until_arrived("alice", ["first"])
    bob.until(lambda: not bob.ask(commands.Status()).behind, "the end of what was to come")
