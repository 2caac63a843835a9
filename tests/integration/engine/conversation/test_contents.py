"""What two people say about messages reaches the other one, over a relay, and both see the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.api import commands, events, views
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageState
from tests.integration.engine.party import Party, relayed
from tests.integration.engine.relays import House
from tests.unit.store.pages import places_of


@pytest.fixture
def friends(tmp_path: Path, house: House) -> Iterator[tuple[Party, Party]]:
    """Let alice and bob have written to each other once."""
    with relayed(tmp_path, house.address, "alice", "bob") as (alice, bob):
        alice.send("bob", "first")
        bob.until_arrived("alice", ["first"])
        bob.send("alice", "answer")
        alice.until_arrived("bob", ["answer"])
        yield alice, bob


def shown(party: Party, conversation: str, message: MessageId) -> views.MessageView:
    page = party.ask(commands.History(conversation))
    (found,) = [each for each in page.messages if each.id == message]
    return found


def nothing_under_way(party: Party) -> bool:
    """Tell whether every own action has its receipt."""
    with party.engine._base.database.read() as unit:
        return unit.statements.number("SELECT count(*) FROM own_action") == 0


def test_an_edit_shows_at_both_ends_with_its_wordings_and_is_found_by_them(friends: tuple[Party, Party]) -> None:
    alice, bob = friends
    said = alice.send("bob", "a tpyo")
    bob.until_arrived("alice", ["first", "a tpyo"])
    assert bob.ask(commands.MarkRead("alice")) == 2
    edited = alice.ask(commands.EditMessage(said.id, "a typo"))
    assert (edited.text, edited.edited_at is not None) == ("a typo", True)
    heard = bob.hear(events.MessageEdited)
    assert (heard.message.text, heard.message.unread, heard.mentions) == ("a typo", False, False)
    for party, other in ((alice, "bob"), (bob, "alice")):
        assert shown(party, other, said.id).text == "a typo"
        assert [wording.text for wording in party.ask(commands.Wordings(said.id, other))] == ["a tpyo", "a typo"]
        assert party.ask(commands.Search("tpyo")) == ()
        assert [found.id for found in party.ask(commands.Search("typo"))] == [said.id]
    alice.until(lambda: nothing_under_way(alice), "the receipt of the edit")
    with pytest.raises(UsageError):
        bob.ask(commands.EditMessage(said.id, "mine"))


def test_a_message_that_its_author_deletes_leaves_a_line_and_nothing_of_what_it_said(
    friends: tuple[Party, Party],
) -> None:
    alice, bob = friends
    said = alice.send("bob", "a secret")
    bob.until_arrived("alice", ["first", "a secret"])
    answer = bob.ask(commands.Send("alice", "really?", reply_to=said.id))
    assert answer.reply_to == views.QuoteView(said.id, "alice", "a secret", known=True)
    alice.until_arrived("bob", ["answer", "really?"])
    alice.ask(commands.EditMessage(said.id, "another secret"))
    bob.hear(events.MessageEdited)
    alice.ask(commands.DeleteMessage(said.id, for_all=True))
    gone = bob.hear(events.MessageDeleted)
    assert (gone.message, gone.sender, gone.for_all) == (said.id, "alice", True)
    for party, other in ((alice, "bob"), (bob, "alice")):
        line = shown(party, other, said.id)
        assert (line.text, line.deleted, line.edited_at, line.unread) == ("", True, None, False)
        assert party.ask(commands.Wordings(said.id, other)) == ()
        assert party.ask(commands.Search("secret")) == ()
        assert shown(party, other, answer.id).reply_to == views.QuoteView(said.id, "alice", "", known=True)
    with pytest.raises(UsageError):
        alice.ask(commands.EditMessage(said.id, "once more"))
    with pytest.raises(UsageError):
        bob.ask(commands.SetReactions(said.id, ("👍",)))


def test_reactions_of_both_are_shown_and_taken_back(friends: tuple[Party, Party]) -> None:
    alice, bob = friends
    said = alice.send("bob", "dinner?")
    bob.until_arrived("alice", ["first", "dinner?"])
    bob.ask(commands.SetReactions(said.id, ("👍", "🎉")))
    alice.hear(events.ReactionsChanged)
    alice.ask(commands.SetReactions(said.id, ("👍",)))
    both = (views.ReactionView("👍", ("bob", "alice")), views.ReactionView("🎉", ("bob",)))
    bob.hear(events.ReactionsChanged, lambda event: event.message.reactions == both)
    bob.ask(commands.SetReactions(said.id, ()))
    alice.hear(
        events.ReactionsChanged, lambda event: event.message.reactions == (views.ReactionView("👍", ("alice",)),)
    )
    assert alice.ask(commands.Conversations())[0].unread == 1
    with pytest.raises(UsageError):
        bob.ask(commands.SetReactions(said.id, ("no",)))


def test_pins_and_the_timer_hold_for_both(friends: tuple[Party, Party]) -> None:
    alice, bob = friends
    said = alice.send("bob", "the address")
    bob.until_arrived("alice", ["first", "the address"])
    assert bob.ask(commands.PinMessage(said.id)).on
    pinned = alice.hear(events.MessagePinned).pin
    assert (pinned.message, pinned.sender, pinned.on) == (said.id, "bob", True)
    assert [each.id for each in alice.ask(commands.Pins("bob"))] == [said.id]
    alice.ask(commands.PinMessage(said.id, on=False))
    bob.hear(events.MessagePinned, lambda event: not event.pin.on)
    assert bob.ask(commands.Pins("alice")) == ()
    assert bob.ask(commands.SetTimer("alice", 60)).seconds == 60
    assert alice.hear(events.TimerChanged).timer.seconds == 60
    assert alice.send("bob", "for a while").timer == 60
    assert alice.ask(commands.Send("bob", "for a day", timer=86_400)).timer == 86_400
    alice.ask(commands.SetTimer("bob", None))
    assert bob.hear(events.TimerChanged, lambda event: event.timer.seconds is None).timer.sender == "alice"
    with pytest.raises(UsageError):
        alice.ask(commands.SetTimer("bob", 0))


def test_a_mention_stands_in_the_text_and_one_that_an_edit_adds_is_told_once(friends: tuple[Party, Party]) -> None:
    alice, bob = friends
    with pytest.raises(UsageError):
        alice.ask(commands.Send("bob", "hi bob", mentions=("bob",)))
    with pytest.raises(UsageError):
        alice.ask(commands.Send("bob", "hi @carol", mentions=("carol",)))
    said = alice.ask(commands.Send("bob", "hi @bob", mentions=("bob",)))
    assert [(each.start, each.length, each.name) for each in said.mentions] == [(3, 4, "bob")]
    assert not said.mentioned
    assert bob.hear(events.MessageArrived, lambda event: event.message.id == said.id).message.mentioned
    plain = alice.send("bob", "hi")
    bob.hear(events.MessageArrived, lambda event: event.message.id == plain.id)
    for text in ("hi @bob!", "hi @bob!!"):
        alice.ask(commands.EditMessage(plain.id, text, ("bob",)))
    bob.hear(events.MessageEdited, lambda event: event.message.text == "hi @bob!!")
    assert [event.mentions for event in bob.of(events.MessageEdited)] == [True, False]


def test_what_was_forwarded_says_so_and_not_from_whom(friends: tuple[Party, Party]) -> None:
    alice, bob = friends
    answer = alice.of(events.MessageArrived)[0].message
    (sent,) = alice.ask(commands.Forward(answer.id, ("bob",)))
    arrived = bob.hear(events.MessageArrived, lambda event: event.message.id == sent).message
    assert (arrived.text, arrived.forwarded, arrived.reply_to) == ("answer", True, None)
    with pytest.raises(DeliveryError) as refused:
        alice.ask(commands.Forward(answer.id, ("nobody",)))
    assert refused.value.code is ErrorCode.NOT_FOUND


def test_what_is_said_while_the_other_is_away_waits_for_them(tmp_path: Path, house: House) -> None:
    with relayed(tmp_path, house.address, "alice", "bob") as (alice, bob):
        said = alice.send("bob", "first")
        bob.until_arrived("alice", ["first"])
        bob.send("alice", "answer")
        alice.until_arrived("bob", ["answer"])
        bob.close()
        alice.ask(commands.EditMessage(said.id, "second"))
        alice.ask(commands.EditMessage(said.id, "third"))
        late = alice.send("bob", "not for long")
        alice.ask(commands.DeleteMessage(late.id, for_all=True))
        with relayed(tmp_path, house.address, "bob") as (back,):
            alice.until(lambda: nothing_under_way(alice), "the receipts")
            assert shown(back, "alice", said.id).text == "third"
            assert shown(back, "alice", late.id).deleted
            assert back.ask(commands.Search("not for long")) == ()


def test_its_author_sees_which_devices_have_confirmed_a_deletion(tmp_path: Path, house: House) -> None:
    def confirmed(party: Party) -> list[bool | None]:
        return [device.deleted for device in party.ask(commands.MessageInfo(said.id)).devices]

    with relayed(tmp_path, house.address, "alice", "bob") as (alice, bob):
        said = alice.send("bob", "hello")
        bob.until_arrived("alice", ["hello"])
        alice.until_state(said.id, MessageState.DELIVERED)
        assert confirmed(alice) == [None]
        bob.close()
        alice.ask(commands.DeleteMessage(said.id, for_all=True))
        assert confirmed(alice) == [False]
        with relayed(tmp_path, house.address, "bob") as (_again,):
            alice.until(lambda: confirmed(alice) == [True], "the receipt of the deletion")


def test_a_reply_that_waits_keeps_the_quote_of_a_deleted_message_only_until_it_is_delivered(
    tmp_path: Path, house: House
) -> None:
    secret = "the treasure lies under the old oak"
    with relayed(tmp_path, house.address, "alice", "bob") as (alice, bob):
        said = alice.send("bob", secret)
        bob.until_arrived("alice", [secret])
        alice.until_state(said.id, MessageState.DELIVERED)
        bob.close()
        reply = alice.ask(commands.Send("bob", "as I said", reply_to=said.id))
        alice.ask(commands.DeleteMessage(said.id, for_all=True))
        with relayed(tmp_path, house.address, "bob") as (_again,):
            alice.until_state(reply.id, MessageState.DELIVERED)
            database = alice.engine._base.database
            paths, key = database._paths, database._key.reveal()
            alice.ask(commands.DeleteMessage(reply.id))
            alice.until(lambda: places_of(secret.encode(), paths.database, key) == 0, "the end of the quote")


def test_a_reply_to_what_is_not_known_here_shows_as_quoted_and_gives_no_receipt(friends: tuple[Party, Party]) -> None:
    alice, bob = friends
    lost = alice.send("bob", "lost")
    bob.until_arrived("alice", ["first", "lost"])
    with bob.engine._base.database.write() as unit:
        unit.statements.run("DELETE FROM message WHERE id = ?", lost.id)
    said = alice.ask(commands.Send("bob", "an answer", reply_to=lost.id))
    arrived = bob.hear(events.MessageArrived, lambda event: event.message.id == said.id).message
    assert arrived.reply_to == views.QuoteView(lost.id, "", "lost", known=False)
    after = alice.send("bob", "after")
    alice.until_state(after.id, MessageState.DELIVERED)
    assert shown(alice, "bob", said.id).state is not MessageState.DELIVERED
