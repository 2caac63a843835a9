"""What newcomers of a group are given of what was written before, over a real relay."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from babilu.api import commands, events
from babilu.api.views import MessageView
from babilu.kernel.errors import DeliveryError, UsageError
from babilu.kernel.states import MessageKind
from tests.integration.engine.party import Party, relayed
from tests.integration.engine.relays import running_relay
from tests.integration.engine.test_groups import join, meet, start
from tests.integration.engine.test_joining import came


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Party]]:
    """Alice and Bob in a group in which something was said, and Carol, whom Alice knows."""
    with ExitStack() as stack:
        house = stack.enter_context(running_relay(tmp_path / "relay"))
        parties = stack.enter_context(relayed(tmp_path, house.address, "alice", "bob", "carol"))
        alice, bob, carol = parties
        meet(alice, bob)
        meet(alice, carol)
        start(alice, bob)
        yield parties


def said(party: Party) -> list[MessageView]:
    """Everything that was said in the group, as somebody sees it."""
    page = party.ask(commands.History("#picnic", 200))
    return [each for each in page.messages if each.kind is MessageKind.TEXT]


def told(party: Party) -> list[tuple[str, str, str | None]]:
    return [(each.sender, each.text, each.shared_by) for each in said(party)]


def test_a_newcomer_is_given_nothing_unless_that_is_set(three: list[Party]) -> None:
    alice, bob, carol = three
    alice.send("#picnic", "one")
    bob.until_arrived("#picnic", ["one"])
    assert (view := alice.ask(commands.GetGroup("#picnic"))).history == 0
    assert view.history_days == 0
    alice.ask(commands.AddToGroup("#picnic", ("carol",)))
    join(carol)
    alice.send("#picnic", "two")
    carol.until_arrived("#picnic", ["two"])
    assert told(carol) == [("alice", "two", None)]


def test_a_newcomer_sees_what_was_written_before_as_given_by_whoever_let_them_in(three: list[Party]) -> None:
    alice, bob, carol = three
    first = alice.send("#picnic", "one")
    bob.until_arrived("#picnic", ["one"])
    reply = bob.ask(commands.Send("#picnic", "yes", reply_to=first.id))
    alice.until_arrived("#picnic", ["yes"])
    view = alice.ask(commands.ChangeGroup("#picnic", history=100))
    assert (view.history, view.history_days) == (100, 30)
    alice.ask(commands.AddToGroup("#picnic", ("carol",)))
    join(carol)
    heard = carol.hear(events.HistoryShared)
    assert (heard.conversation, heard.by, heard.count) == ("#picnic", "alice", 2)
    assert told(carol) == [("alice", "one", "alice"), ("bob", "yes", "alice")]
    older = said(carol)
    # The same messages as everybody has, by the same ids: one answers and reacts to them as all others do.
    assert [each.id for each in older] == [first.id, reply.id]
    assert older[1].reply_to is not None
    assert older[1].reply_to.known
    assert all(not each.unread for each in older)
    assert not [event for event in carol.of(events.MessageArrived) if event.message.conversation == "#picnic"]
    carol.ask(commands.SetReactions(first.id, ("👍",), "#picnic"))
    alice.hear(events.ReactionsChanged, lambda event: event.message.id == first.id)
    # Its author's word counts from now on.
    alice.ask(commands.EditMessage(first.id, "ONE", conversation="#picnic"))
    carol.hear(events.MessageEdited, lambda event: event.message.text == "ONE")
    bob.ask(commands.DeleteMessage(reply.id, "#picnic", for_all=True))
    carol.hear(events.MessageDeleted, lambda event: event.message == reply.id)


def test_it_stands_before_what_came_by_itself_and_is_found(three: list[Party]) -> None:
    alice, bob, carol = three
    alice.send("#picnic", "strawberries")
    bob.until_arrived("#picnic", ["strawberries"])
    alice.ask(commands.ChangeGroup("#picnic", history=100, history_days=1))
    alice.ask(commands.AddToGroup("#picnic", ("carol",)))
    join(carol)
    alice.send("#picnic", "welcome")
    carol.until_arrived("#picnic", ["welcome"])
    carol.hear(events.HistoryShared)
    page = carol.ask(commands.History("#picnic", 200)).messages
    assert [each.text for each in page if each.kind is MessageKind.TEXT] == ["strawberries", "welcome"]
    assert page[0].text == "strawberries"
    assert [each.text for each in carol.ask(commands.Search("strawb"))] == ["strawberries"]


def test_nothing_that_is_gone_or_will_be_is_given_and_an_edit_is(three: list[Party]) -> None:
    alice, bob, carol = three
    deleted = alice.send("#picnic", "deleted")
    hidden = bob.send("#picnic", "hidden")
    alice.until_arrived("#picnic", ["hidden"])
    alice.ask(commands.DeleteMessage(deleted.id, "#picnic", for_all=True))
    alice.ask(commands.DeleteMessage(hidden.id, "#picnic", for_all=True))
    alice.ask(commands.Send("#picnic", "disappears", timer=3_600))
    edited = alice.send("#picnic", "edted")
    alice.ask(commands.EditMessage(edited.id, "edited", conversation="#picnic"))
    alice.ask(commands.ChangeGroup("#picnic", history=100))
    alice.ask(commands.AddToGroup("#picnic", ("carol",)))
    join(carol)
    carol.hear(events.HistoryShared)
    assert told(carol) == [("alice", "edited", "alice")]
    assert [each.text for each in carol.ask(commands.Wordings(edited.id, "#picnic"))] == ["edted", "edited"]


def test_only_the_newest_are_given_and_whoever_comes_by_a_link_gets_them_too(three: list[Party]) -> None:
    alice, bob, carol = three
    texts = ["0", "1", "2", "3" * 60_000, "4" * 60_000]
    for text in texts:
        alice.send("#picnic", text)
    bob.until_arrived("#picnic", texts)
    alice.ask(commands.ChangeGroup("#picnic", history=2))
    link = alice.ask(commands.MakeGroupLink("#picnic"))
    carol.ask(commands.JoinGroup(link.link))
    came(carol)
    carol.until(lambda: sum(event.count for event in carol.of(events.HistoryShared)) == 2)
    assert [text for _, text, _ in told(carol)] == texts[3:]


def test_a_deleted_message_is_not_given_by_what_was_under_way(three: list[Party]) -> None:
    alice, bob, carol = three
    gone = bob.send("#picnic", "gone soon")
    alice.until_arrived("#picnic", ["gone soon"])
    alice.ask(commands.ChangeGroup("#picnic", history=100))
    carol.close()
    alice.ask(commands.AddToGroup("#picnic", ("carol",)))
    bob.ask(commands.DeleteMessage(gone.id, "#picnic", for_all=True))
    alice.hear(events.MessageDeleted, lambda event: event.message == gone.id)
    with alice.engine._base.database.read() as unit:
        kept = unit.statements.number("SELECT count(*) FROM own_action WHERE instr(part, 'gone soon') > 0")
    assert kept == 0


def test_how_much_is_given_is_bounded_and_is_one_s_own_setting(three: list[Party]) -> None:
    alice, bob, _ = three
    for messages, days in ((1_001, None), (-1, None), (None, 0), (None, 366)):
        with pytest.raises(UsageError):
            alice.ask(commands.ChangeGroup("#picnic", history=messages, history_days=days))
    alice.ask(commands.ChangeGroup("#picnic", history=10, history_days=7))
    # It concerns nobody else, and needs no role.
    assert bob.ask(commands.GetGroup("#picnic")).history == 0
    assert bob.ask(commands.ChangeGroup("#picnic", history=5)).history == 5
    bob.ask(commands.QuitGroup("#picnic"))
    with pytest.raises(DeliveryError):
        bob.ask(commands.ChangeGroup("#picnic", history=5))
