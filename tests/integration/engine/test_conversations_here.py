"""What one does to a conversation here alone: nobody else learns of it, and nothing that is not meant changes."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from babilu.api import commands, events, views
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import MessageId
from tests.integration.engine.party import Party, account
from tests.integration.engine.relays import House
from tests.unit.store.pages import places_of


@pytest.fixture
def alice(tmp_path: Path, house: House, stack: ExitStack) -> Party:
    return at(house, stack, tmp_path, "alice")


@pytest.fixture
def bob(tmp_path: Path, house: House, stack: ExitStack) -> Party:
    return at(house, stack, tmp_path, "bob")


def at(house: House, stack: ExitStack, home: Path, name: str) -> Party:
    party = Party(home / name, account(name, house.address))
    stack.callback(party.close)
    party.until_online()
    return party


def row(party: Party, name: str) -> views.ConversationView | None:
    return next((each for each in party.ask(commands.Conversations()) if each.label == name), None)


def shown(party: Party, name: str) -> views.ConversationView:
    found = row(party, name)
    assert found is not None
    return found


def texts(party: Party, name: str) -> list[str]:
    return [message.text for message in party.ask(commands.History(name)).messages]


def test_an_archived_conversation_comes_back_with_a_message_unless_it_is_muted(alice: Party, bob: Party) -> None:
    bob.send("alice", "one")
    alice.until_arrived("bob", ["one"])
    alice.ask(commands.SetMuted("bob", muted=True))
    alice.ask(commands.SetArchived("bob", archived=True))
    bob.send("alice", "two")
    alice.until_arrived("bob", ["one", "two"])
    assert shown(alice, "bob").archived

    alice.ask(commands.SetMuted("bob", muted=False))
    bob.send("alice", "three")
    alice.until_arrived("bob", ["one", "two", "three"])
    assert not shown(alice, "bob").archived


def test_a_mute_ends_by_itself(alice: Party, bob: Party) -> None:
    bob.send("alice", "one")
    alice.until_arrived("bob", ["one"])

    alice.ask(commands.SetMuted("bob", muted=True, until=1))
    assert not shown(alice, "bob").muted
    alice.ask(commands.SetMuted("bob", muted=True, until=2**53))
    assert (shown(alice, "bob").muted, shown(alice, "bob").muted_until) == (True, 2**53)


def test_a_conversation_is_marked_as_unread_until_it_is_read(alice: Party, bob: Party) -> None:
    bob.send("alice", "one")
    alice.until_arrived("bob", ["one"])
    alice.ask(commands.MarkRead("bob"))

    alice.ask(commands.MarkUnread("bob"))
    assert (shown(alice, "bob").marked_unread, shown(alice, "bob").unread) == (True, 0)

    assert alice.ask(commands.MarkRead("bob")) == 0
    assert not shown(alice, "bob").marked_unread


@pytest.mark.parametrize("octets", [0, 15, 17, 32])
def test_a_draft_answers_what_can_be_a_message(alice: Party, bob: Party, octets: int) -> None:
    bob.send("alice", "one")
    alice.until_arrived("bob", ["one"])
    with pytest.raises(UsageError):
        alice.ask(commands.SetDraft("bob", "half a", MessageId(bytes(octets))))
    assert shown(alice, "bob").draft == ""
    alice.ask(commands.SetDraft("bob", "half a", MessageId(bytes(16))))
    assert shown(alice, "bob").draft == "half a"


def test_a_cleared_conversation_is_empty_here_and_as_it_was_there(alice: Party, bob: Party) -> None:
    for number in range(5):
        bob.send("alice", f"text {number}")
    alice.until_arrived("bob", [f"text {number}" for number in range(5)])
    alice.ask(commands.SetDraft("bob", "half a"))

    assert alice.ask(commands.ClearConversation("bob")) == 5

    assert texts(alice, "bob") == []
    assert alice.ask(commands.Search("text")) == ()
    assert shown(alice, "bob").draft == ""
    assert len(texts(bob, "alice")) == 5
    assert alice.hear(events.ConversationCleared).conversation == "bob"


def test_a_conversation_that_was_deleted_here_leaves_the_list_until_somebody_writes(alice: Party, bob: Party) -> None:
    bob.send("alice", "one")
    alice.until_arrived("bob", ["one"])

    alice.ask(commands.ClearConversation("bob", hide=True))
    assert row(alice, "bob") is None
    assert alice.contact("bob").accepted is False

    bob.send("alice", "two")
    alice.until(lambda: texts(alice, "bob") == ["two"], "the second message")
    assert shown(alice, "bob").unread == 1


def test_a_person_is_called_otherwise_here_and_stays_who_they_are(alice: Party, bob: Party) -> None:
    bob.send("alice", "one")
    alice.until_arrived("bob", ["one"])
    before = alice.contact("bob")

    renamed = alice.ask(commands.Rename("bob", "Robert", before.identity))

    assert (renamed.name, renamed.account, renamed.identity) == ("robert", "bob", before.identity)
    assert texts(alice, "robert") == ["one"]
    assert alice.hear(events.ContactRenamed).before == "bob"
    alice.send("robert", "two")
    bob.until_arrived("alice", ["two"])
    assert bob.ask(commands.Contacts())[0].name == "alice"


def test_no_name_is_given_twice(alice: Party, bob: Party, house: House, stack: ExitStack, tmp_path: Path) -> None:
    carol = at(house, stack, tmp_path, "carol")
    for party in (bob, carol):
        party.send("alice", "hello")
        alice.until_arrived(party.name, ["hello"])

    for taken in ("carol", "CAROL", "car0l"):
        with pytest.raises(DeliveryError) as refused:
            alice.ask(commands.Rename("bob", taken))
        assert refused.value.code is ErrorCode.CONFLICT
    assert alice.ask(commands.Rename("bob", "bob")).name == "bob"


def test_what_is_deleted_here_is_soon_in_no_page_of_the_profile(alice: Party, bob: Party) -> None:
    secret = "the treasure lies under the old oak"
    bob.send("alice", secret)
    alice.until_arrived("bob", [secret])
    database = alice.engine._base.database
    paths, key = database._paths, database._key.reveal()
    assert places_of(secret.encode(), paths.database, key) > 0

    (message,) = alice.ask(commands.History("bob")).messages
    alice.ask(commands.DeleteMessage(message.id))

    alice.until(lambda: places_of(secret.encode(), paths.database, key) == 0, "its end")
    assert all(secret.encode() not in file.read_bytes() for file in alice.home.rglob("*") if file.is_file())


def test_messages_are_found_by_person_and_date(alice: Party, bob: Party) -> None:
    bob.send("alice", "where is the key?")
    alice.until_arrived("bob", ["where is the key?"])
    sent = alice.send("bob", "the key is under the mat")

    def found(**filters: object) -> list[str]:
        return [each.text for each in alice.ask(commands.Search("key", **filters))]  # type: ignore[arg-type]

    assert len(found()) == 2
    assert found(sender="bob") == ["where is the key?"]
    assert found(sender="alice") == ["the key is under the mat"]
    assert found(since=sent.at, sender="alice") == ["the key is under the mat"]
    assert found(until=sent.at, sender="alice") == []
    assert len(alice.ask(commands.Search("", sender="bob"))) == 1
    assert alice.ask(commands.Search("")) == ()
    with pytest.raises(DeliveryError):
        found(sender="nobody")


def test_a_page_begins_with_the_first_message_since_a_time(alice: Party, bob: Party) -> None:
    bob.send("alice", "one")
    alice.until_arrived("bob", ["one"])
    second: MessageId = alice.send("bob", "two").id
    moment = alice.ask(commands.MessageInfo(second)).message.arrived_at

    page = alice.ask(commands.History("bob", since=moment))

    assert page.messages[-1].id == second
    assert alice.ask(commands.History("bob", since=moment + 60_000)).messages == ()
