"""The model applies what events say, and asks the client again only for what they leave open."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import NOTES_LABEL
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of
from babilu.kernel.errors import BabiluError, UsageError
from babilu.kernel.states import FileDirection, FileState, TransferState
from babilu.presentation.files import FilesToSend
from tests.unit.presentation.face import Face


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient()
    for name in ("carol", "bob"):
        made.add_contact(name)
        made.fill_history(name, 3)
    yield made
    made.close()


def test_a_message_in_the_open_conversation_costs_the_one_request_that_marks_it_as_read(client: FakeClient) -> None:
    face = Face(client)
    face.model.open("bob")
    face.settle()
    face.asked()

    client.receive("bob", "hello")
    face.settle()

    assert face.asked() == ["MarkRead"]
    assert client.request(c.TakeUnshown()).result(10) == ()
    assert face.model.conversations["bob"].unread == 0
    assert face.were_read == [conversation_of("bob")]
    face.bridge.close(5_000)


def test_a_message_elsewhere_moves_its_row_up_and_counts_without_asking_for_the_list(client: FakeClient) -> None:
    face = Face(client)
    face.model.ask(c.SetPinned("bob", pinned=True))
    face.settle()
    face.asked()

    client.receive("carol", "one")
    client.receive("carol", "two")
    face.settle()

    assert set(face.asked()) == {"TakeUnshown"}
    assert list(face.model.conversations) == ["bob", "carol"]
    carol = face.model.conversations["carol"]
    assert carol.unread == 2
    assert carol.last is not None
    assert carol.last.text == "two"
    face.bridge.close(5_000)


def test_a_first_message_of_somebody_asks_for_the_list(client: FakeClient) -> None:
    face = Face(client)

    client.receive("dave", "hello")
    face.settle()

    assert face.model.conversations["dave"].unread == 1
    face.bridge.close(5_000)


def test_a_list_from_before_a_message_is_asked_for_again(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    face = Face(client)
    before = tuple(face.model.conversations.values())
    late: list[Callable[[object], None]] = []
    request = face.bridge.request

    def keep_the_first(command: Any, done: Any = None, failed: Any = None) -> None:
        if isinstance(command, c.Conversations) and not late:
            late.append(done)
        else:
            request(command, done, failed)

    monkeypatch.setattr(face.bridge, "request", keep_the_first)
    face.model.ask(c.SetMuted("carol", muted=True))
    face.settle()
    client.receive("bob", "meanwhile")
    face.settle()
    late[0](before)
    face.settle()

    bob = face.model.conversations["bob"]
    assert bob.unread == 1
    assert bob.last is not None
    assert bob.last.text == "meanwhile"
    face.bridge.close(5_000)


def test_what_another_face_reads_is_read_here_too(client: FakeClient) -> None:
    face = Face(client)
    client.receive("bob", "hello")
    face.settle()
    assert face.model.conversations["bob"].unread == 1

    client.request(c.MarkRead("bob"))
    face.settle()

    assert face.model.conversations["bob"].unread == 0
    assert face.were_read == [conversation_of("bob")]
    face.bridge.close(5_000)


def test_what_another_face_changes_is_asked_for(client: FakeClient) -> None:
    face = Face(client)
    client.request(c.SetDraft("bob", "half a thought"))
    face.settle()

    assert face.model.conversations["bob"].draft == "half a thought"
    face.bridge.close(5_000)


def test_what_was_missed_is_read_anew(client: FakeClient) -> None:
    face = Face(client, events_kept=3)
    for number in range(20):
        client.receive("bob", str(number))
    face.settle()

    bob = face.model.conversations["bob"]
    assert bob.unread == 20
    assert bob.last is not None
    assert bob.last.text == "19"
    face.bridge.close(5_000)


def test_a_jump_is_not_lost_to_a_conversation_that_is_still_loading(client: FakeClient) -> None:
    face = Face(client)
    target = client.messages("carol")[1]
    face.model.open("bob")
    face.model.around(target)
    face.settle()

    assert face.jumps == [target]
    assert face.model.room.conversation == face.model.current == "carol"
    face.bridge.close(5_000)


def test_the_people_of_a_profile_that_was_left_are_forgotten(client: FakeClient) -> None:
    face = Face(client)
    assert face.model.shown.meant(c.Send("bob", "hello")) != c.Send("bob", "hello")
    face.model.forget()

    assert face.model.conversations == {}
    assert face.model.shown.meant(c.Send("bob", "hello")) == c.Send("bob", "hello")
    face.bridge.close(5_000)


def test_notes_in_which_nothing_was_written_are_no_conversation_yet_and_mention_oneself_alone() -> None:
    client = FakeClient()
    client.begin_notes()
    face = Face(client)
    assert list(face.model.conversations) == [NOTES_LABEL]
    before = face.model.has_conversations
    own = face.model.connection_status.name
    assert face.model.mentioned(NOTES_LABEL, f"@{NOTES_LABEL} and @{own}") == (own,)
    face.model.send(NOTES_LABEL, "buy bread", face.failed)
    face.settle()
    assert (before, face.model.has_conversations) == (False, True)
    face.bridge.close(5_000)
    client.close()


def test_the_transfer_of_a_file_is_shown_without_asking_the_client(client: FakeClient) -> None:
    message = client.receive("bob", "", files=(("plan.pdf", 1_000),))
    face = Face(client)
    face.model.open("bob")
    face.settle()
    face.asked()

    client.move_file(message.id, 0, 400)
    face.settle()

    (file,) = face.model.room.messages[-1].files
    assert (file.state, file.done) == (FileState.FETCHING, 400)
    assert face.asked() == []
    face.bridge.close(5_000)


def test_a_file_that_is_fetched_shows_at_once_that_it_is_on_its_way_and_then_where_it_is(client: FakeClient) -> None:
    message = client.receive("bob", "", files=(("plan.pdf", 1_000),))
    face = Face(client)
    face.model.open("bob")
    face.settle()
    client.hold(c.FetchFile)

    face.model.files.fetch(message, 0, "/somewhere", face.failed)
    face.settle_held()
    assert face.model.room.messages[-1].files[0].state is FileState.FETCHING
    client.release(c.FetchFile)
    face.settle()

    shown = face.model.room.messages[-1]
    assert shown.files[0].state is FileState.HERE
    assert face.model.files.saved_at(shown, 0) == "/somewhere/plan.pdf"
    face.bridge.close(5_000)


def test_a_refused_command_about_a_file_shows_the_file_as_the_client_has_it(client: FakeClient) -> None:
    message = client.receive("bob", "", files=(("plan.pdf", 1_000),))
    face = Face(client)
    face.model.open("bob")
    face.settle()
    refusals: list[BabiluError] = []
    client.fail_next(c.FetchFile, UsageError("nowhere is no folder."))

    face.model.files.fetch(message, 0, "/nowhere", refusals.append)
    face.settle()

    assert [str(each) for each in refusals] == ["nowhere is no folder. (usage)"]
    assert face.model.room.messages[-1].files[0].state is FileState.OFFERED
    face.bridge.close(5_000)


def test_how_far_files_are_sealed_is_known_until_their_message_exists(client: FakeClient, tmp_path: Path) -> None:
    path = tmp_path / "plan.pdf"
    path.write_bytes(bytes(1_000))
    face = Face(client)
    face.model.open("bob")
    face.settle()
    client.hold(c.Send)
    face.model.send("bob", "", face.failed, files=FilesToSend((str(path),)))
    place = client.messages("bob")[0].conversation_id
    client.tell(e.FileTransfer(None, "bob", place, 0, FileDirection.OUT, 10, 1_000, TransferState.RUNNING))
    face.settle_held()
    assert face.model.files.sealing[conversation_of("bob")].done == 10
    client.release(c.Send)
    face.settle()
    assert face.model.files.sealing == {}
    assert face.model.room.messages[-1].files[0].name == "plan.pdf"
    face.bridge.close(5_000)


def test_a_conversation_that_is_looked_at_is_read_anew_once_older_messages_were_given(client: FakeClient) -> None:
    face = Face(client)
    face.model.open("bob")
    face.settle()
    face.asked()
    client.tell(e.HistoryShared("carol", conversation_of("carol"), "dave", 2))
    face.settle()
    assert "History" not in face.asked()
    client.tell(e.HistoryShared("bob", conversation_of("bob"), "dave", 2))
    face.settle()
    assert face.asked().count("History") == 1
    face.bridge.close(5_000)
