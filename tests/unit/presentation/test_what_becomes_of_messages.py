"""Edits, reactions and deletions change what is shown, in its place, in quotes and in the list, without a request."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import TEXT_INDEX
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of
from babilu.kernel.ids import MessageId
from babilu.kernel.states import TextState
from babilu.presentation.mentions import mentions
from tests.unit.presentation.face import Face


@pytest.fixture
def client() -> Iterator[FakeClient]:
    client = FakeClient(accounts=("dave",))
    client.add_contact("bob")
    yield client
    client.close()


def opened(client: FakeClient) -> Face:
    face = Face(client)
    face.model.open("bob")
    face.settle()
    face.asked()
    return face


def texts(face: Face) -> list[str]:
    return [message.text for message in face.model.room.messages]


def test_an_edit_changes_the_message_its_quotes_and_the_row_of_the_list(client: FakeClient) -> None:
    first = client.receive("bob", "one")
    client.receive("bob", "two", reply_to=first.id)
    face = opened(client)

    client.edit("bob", first.id, "ONE")
    face.settle()

    quote = face.model.room.messages[1].reply_to
    assert texts(face) == ["ONE", "two"]
    assert quote is not None
    assert (quote.text, quote.known) == ("ONE", True)
    assert "History" not in face.asked()


def test_a_mention_that_an_edit_adds_is_told_once_and_counted(client: FakeClient) -> None:
    client.add_contact("carol")
    first = client.receive("carol", "hello")
    client.receive("carol", "@alice", mentions=("alice",))
    face = opened(client)
    assert face.model.conversations["carol"].mentions == 1
    face.asked()

    client.edit("carol", first.id, "hello @alice", mentions=("alice",))
    client.edit("carol", first.id, "hello all")
    client.edit("carol", first.id, "hello @alice and all", mentions=("alice",))
    face.settle()

    assert face.mentions == ["hello @alice"]
    assert face.asked() == ["Conversations"]


def test_what_is_deleted_for_all_leaves_a_line_and_blank_quotes(client: FakeClient) -> None:
    first = client.receive("bob", "one")
    client.receive("bob", "two", reply_to=first.id)
    face = opened(client)

    client.delete_for_all("bob", first.id)
    face.settle()

    gone, answer = face.model.room.messages
    assert (gone.deleted, gone.text) == (True, "")
    assert answer.reply_to is not None
    assert answer.reply_to.text == ""


def test_a_message_whose_time_is_over_leaves_no_line(client: FakeClient) -> None:
    first = client.receive("bob", "one")
    face = opened(client)

    client.expire(first.id)
    face.settle()

    assert face.model.room.messages == []


def test_a_reaction_is_added_and_taken_back_as_a_whole_set(client: FakeClient) -> None:
    first = client.receive("bob", "one")
    client.react("bob", first.id, "👍")
    face = opened(client)

    face.model.toggle_reaction(face.model.room.messages[0], "🎉")
    face.settle()
    assert [(each.emoji, each.people) for each in face.model.room.messages[0].reactions] == [
        ("🎉", ("alice",)),
        ("👍", ("bob",)),
    ]

    face.model.toggle_reaction(face.model.room.messages[0], "🎉")
    face.settle()
    assert [each.emoji for each in face.model.room.messages[0].reactions] == ["👍"]


def test_a_message_is_forwarded_to_conversations_by_their_ids_once_each(client: FakeClient) -> None:
    first = client.receive("bob", "one")
    client.add_contact("carol")
    face = opened(client)
    done: list[int] = []

    face.model.forward(face.model.room.messages[0], ("carol", "bob"), lambda ids: done.append(len(ids)))
    face.settle()

    order = next(each for each in client.commands if isinstance(each, c.Forward))
    carol, bob = (face.model.conversations[name].id.hex() for name in ("carol", "bob"))
    assert order == c.Forward(first.id, (carol, bob), bob)
    assert done == [2]
    assert [message.forwarded for message in client.messages("carol")] == [True]


def test_who_types_is_known_until_they_stop(client: FakeClient) -> None:
    face = opened(client)

    client.type("bob")
    face.settle()
    assert face.model.typing[conversation_of("bob")] == {"bob"}

    client.type("bob", active=False)
    face.settle()
    assert not face.model.typing[conversation_of("bob")]


def test_a_name_in_a_text_mentions_its_bearer_and_nobody_whose_name_is_longer(client: FakeClient) -> None:
    client.add_contact("bobby")
    face = opened(client)

    assert face.model.mentioned("bob", "hi @bob!") == ("bob",)
    assert face.model.mentioned("bob", "hi @bobby") == ()
    assert not mentions("mail@bob", "bob")


def test_an_open_conversation_stays_open_under_the_new_name_of_its_person(client: FakeClient) -> None:
    client.receive("bob", "one")
    face = opened(client)

    face.model.ask(c.Rename("bob", "robert"))
    face.settle()

    assert face.model.current == face.model.room.conversation == "robert"
    assert list(face.model.conversations) == ["robert"]
    assert texts(face) == ["one"]


def test_what_is_written_goes_to_whom_it_was_written_for_whoever_has_their_name_by_now(client: FakeClient) -> None:
    client.add_contact("carol")
    face = opened(client)
    # Another face has renamed both, and this one has not heard of it.
    client.request(c.Rename("bob", "robert")).result(10)
    client.request(c.Rename("carol", "bob")).result(10)

    face.model.send(face.model.current, "for the first bob", face.failed)
    face.model.keep_draft(face.model.current, "half a thought")
    face.settle()

    assert client.sent == (("robert", "for the first bob"),)
    assert {name: view.draft for name, view in face.model.conversations.items()} == {
        "robert": "half a thought",
        "bob": "",
    }
    assert face.model.current == "robert"


def test_an_open_conversation_goes_on_with_an_identity_that_was_approved(client: FakeClient) -> None:
    client.receive("bob", "one")
    face = opened(client)
    former = face.model.current_id
    client.change_identity("bob")
    client.request(c.TrustIdentity("bob")).result(10)
    face.settle()

    client.receive("bob", "two")
    face.settle()

    assert former != face.model.current_id == face.model.room.conversation_id == face.model.conversations["bob"].id
    assert texts(face)[-1] == "two"
    face.model.send("bob", "three", face.failed)
    face.settle()
    assert texts(face)[-1] == "three"


def test_whom_one_writes_to_for_the_first_time_is_known_by_their_conversation_from_then_on(client: FakeClient) -> None:
    face = opened(client)
    face.model.open("dave")
    face.settle()
    assert (face.model.current, face.model.current_id) == ("dave", None)

    face.asked()
    face.model.send("dave", "hello", face.failed)
    face.settle()
    assert "History" not in face.asked()
    client.receive("dave", "hello yourself")
    face.settle()

    assert face.model.current_id == face.model.room.conversation_id == face.model.conversations["dave"].id
    assert texts(face) == ["hello", "hello yourself"]


def test_mentions_are_counted_beside_the_unread_and_heard_of_a_muted_conversation(client: FakeClient) -> None:
    client.add_contact("carol")
    face = opened(client)
    face.model.ask(c.SetMuted("carol", muted=True))
    face.settle()

    client.receive("carol", "hello")
    client.receive("carol", "@alice, look", mentions=("alice",))
    face.settle()

    row = face.model.conversations["carol"]
    assert (row.unread, row.mentions, face.model.unread()) == (2, 1, 1)
    client.request(c.MarkRead("carol")).result(10)
    face.settle()
    assert face.model.conversations["carol"].mentions == 0


def test_a_long_text_shows_its_beginning_and_is_told_of_when_it_is_whole(
    client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.receive("bob", "one")
    face = opened(client)
    told: list[tuple[str, ...]] = []
    monkeypatch.setattr(face, "arrived", lambda messages: told.append(tuple(each.text for each in messages)))
    coming = replace(
        first,
        id=MessageId(bytes(16)),
        position=first.position + 1,
        text="It begins",
        text_state=TextState.COMING,
        unread=True,
    )

    client.tell(e.LineAdded(coming))
    face.settle()
    assert texts(face) == ["one", "It begins"]
    assert told == []

    whole = replace(coming, text="It begins, and goes on", text_state=None)
    client.tell(e.TextStateChanged(whole, TextState.COMING))
    client.tell(e.MessageArrived(whole))
    face.settle()
    assert texts(face) == ["one", "It begins, and goes on"]
    assert told == [("It begins, and goes on",)]


def test_trying_again_fetches_the_rest_of_a_long_text(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.receive("bob", "It begins")
    face = opened(client)
    # This client has nothing to fetch, and says so.
    monkeypatch.setattr(face, "failed", bool)
    face.model.retry(replace(first, text_state=TextState.FAILED))
    face.settle()
    assert c.ResumeFile(first.id, TEXT_INDEX, first.conversation_id.hex()) in client.commands
