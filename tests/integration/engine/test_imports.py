"""What other programs have exported: taken over once, read like the rest, and never written in."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api import events, views
from babilu.api.client import DirectProfile
from babilu.crypto.secret import Passphrase
from babilu.engine.commands import chat_import
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, UsageError
from babilu.kernel.states import ConversationKind, FileState, ImportLoss, ImportSource
from babilu.store.imports import Imports
from tests.integration.engine.party import Party
from tests.unit.foreign.chats import BOB, MARK, TOWN, VERSION, a_chat, a_post, a_zip, json_lines

AT = 1_600_000_000_000
HOUR = 3_600_000
LINES = (
    "13/06/2018, 21:25 - Messages and calls are end-to-end encrypted.",
    "13/06/2018, 21:25 - Alice: tea?",
    "13/06/2018, 21:26 - Carol B: yes",
    "13/06/2018, 21:26 - Carol B: yes",
    "13/06/2018, 21:27 - Alice: IMG-1.jpg (file attached)",
)


@pytest.fixture
def carol(tmp_path: Path) -> Iterator[Party]:
    party = Party(tmp_path / "home", DirectProfile("carol", Passphrase("passphrase of carol"), None))
    yield party
    party.close()


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    files: dict[str, str | bytes] = {"_chat.txt": "".join(f"{line}\n" for line in LINES), "IMG-1.jpg": b"a picture"}
    return a_zip(tmp_path, files)


def wanted(path: Path, source: ImportSource = ImportSource.WHATSAPP, **more: object) -> c.ImportChats:
    return c.ImportChats(source, str(path), **more)  # type: ignore[arg-type]  # as a test writes them


def rows(party: Party, label: str) -> tuple[views.MessageView, ...]:
    return party.ask(c.History(label, 1_000)).messages


def refusal(party: Party, command: c.Command[object]) -> BabiluError:
    with pytest.raises(BabiluError) as refused:
        party.ask(command)
    return refused.value


def test_a_dry_run_tells_who_is_who_and_changes_nothing(carol: Party, chat: Path) -> None:
    view = carol.ask(wanted(chat, dry_run=True))
    (found,) = view.chats
    assert (found.title, found.conversation, found.messages, found.new, found.files) == ("Alice", None, 4, 4, 1)
    people = [(each.name, each.messages, each.own) for each in found.people]
    assert people == [("Alice", 2, False), ("Carol B", 2, True)]
    assert [(each.kind, each.count) for each in view.lost] == [(ImportLoss.SYSTEM, 1)]
    assert [each.kind for each in carol.ask(c.Conversations())] == [ConversationKind.NOTES]


def test_a_chat_is_taken_over_once_with_its_files(carol: Party, chat: Path, tmp_path: Path) -> None:
    view = carol.ask(wanted(chat))
    assert [(each.conversation, each.new) for each in view.chats] == [("#alice", 4)]
    first, second, third, fourth = rows(carol, "#alice")
    assert [(each.sender, each.text, each.outgoing) for each in (first, second, third)] == [
        ("Alice", "tea?", False),
        ("carol", "yes", True),
        ("carol", "yes", True),
    ]
    assert {each.imported for each in (first, second, third, fourth)} == {ImportSource.WHATSAPP}
    assert {each.state for each in (first, second, third, fourth)} == {None}
    (file,) = fourth.files
    assert (file.name, file.type, file.state) == ("IMG-1.jpg", "image/jpeg", FileState.HERE)
    saved = carol.ask(c.FetchFile(fourth.id, 0, str(tmp_path)))
    assert saved.path is not None
    assert Path(saved.path).read_bytes() == b"a picture"
    assert [each.new for each in carol.ask(wanted(chat)).chats] == [0]
    assert len(rows(carol, "#alice")) == 4


def test_a_longer_export_of_the_same_chat_adds_what_is_new(carol: Party, tmp_path: Path) -> None:
    carol.ask(wanted(a_chat(tmp_path, *LINES[:3])))
    view = carol.ask(wanted(a_chat(tmp_path, *LINES[:4], "13/06/2018, 22:00 - Alice: later")))
    assert [each.new for each in view.chats] == [2]
    assert [each.text for each in rows(carol, "#alice")] == ["tea?", "yes", "yes", "later"]


def test_what_was_deleted_here_does_not_come_back(carol: Party, chat: Path) -> None:
    carol.ask(wanted(chat))
    carol.ask(c.DeleteMessage(rows(carol, "#alice")[0].id))
    assert [each.new for each in carol.ask(wanted(chat)).chats] == [0]
    assert [each.text for each in rows(carol, "#alice")] == ["yes", "yes", ""]


def test_it_is_found_and_stands_in_the_list_by_its_own_time(carol: Party, chat: Path) -> None:
    carol.ask(wanted(chat))
    carol.send(views.NOTES_LABEL, "a note")
    notes, imported = carol.ask(c.Conversations())
    assert (notes.kind, imported.kind, imported.title, imported.imported) == (
        ConversationKind.NOTES,
        ConversationKind.IMPORTED,
        "Alice",
        ImportSource.WHATSAPP,
    )
    assert (imported.unread, imported.may_post) == (0, False)
    assert [each.text for each in carol.ask(c.Search("TEA"))] == ["tea?"]
    assert [each.text for each in carol.ask(c.Search("yes", sender="carol"))] == ["yes", "yes"]


def test_nobody_writes_in_it(carol: Party, chat: Path) -> None:
    carol.ask(wanted(chat))
    own = rows(carol, "#alice")[1]
    for command in (
        c.Send("#alice", "hello"),
        c.Schedule("#alice", "hello", int(time.time() * 1_000) + HOUR),
        c.SetReactions(own.id, ("👍",)),
        c.EditMessage(own.id, "no"),
        c.DeleteMessage(own.id, for_all=True),
        c.PinMessage(own.id, on=True),
        c.SetTimer("#alice", 60),
        c.Typing("#alice"),
        c.SetReceipts("#alice", read=False),
        c.StartRecording("#alice"),
        c.Verify("#alice"),
        c.Forward(own.id, ("#alice",)),
    ):
        assert refusal(carol, command).code is ErrorCode.READ_ONLY, command
    assert carol.ask(c.MarkRead("#alice")) == 0
    assert carol.ask(c.Forward(own.id, (views.NOTES_LABEL,)))
    assert [each.text for each in rows(carol, views.NOTES_LABEL)] == ["yes"]
    carol.ask(c.SetArchived("#alice", archived=True))
    assert carol.ask(c.ClearConversation("#alice")) == 4
    assert rows(carol, "#alice") == ()


def test_who_has_cleared_it_can_import_it_again(carol: Party, chat: Path) -> None:
    carol.ask(wanted(chat))
    carol.ask(c.DeleteMessage(rows(carol, "#alice")[0].id))
    carol.ask(c.ClearConversation("#alice", hide=True))
    assert [each.new for each in carol.ask(wanted(chat)).chats] == [4]
    assert len(rows(carol, "#alice")) == 4
    assert "#alice" in [each.label for each in carol.ask(c.Conversations())]


def test_people_are_who_the_user_says_and_stay_that(carol: Party, chat: Path) -> None:
    view = carol.ask(wanted(chat, own=("Alice",), dry_run=True))
    assert [(each.name, each.own) for each in view.chats[0].people] == [("Alice", True), ("Carol B", False)]
    carol.ask(wanted(chat, own=("Alice",)))
    assert [each.outgoing for each in rows(carol, "#alice")] == [True, False, False, True]
    carol.ask(wanted(chat))
    assert [each.outgoing for each in rows(carol, "#alice")] == [True, False, False, True]
    assert refusal(carol, wanted(chat, own=("Nobody",))).code is ErrorCode.USAGE
    nobody = (c.PersonMapping("Alice", "nobody"),)
    assert isinstance(refusal(carol, wanted(chat, people=nobody)), DeliveryError)


def test_threads_of_mattermost_stand_in_the_order_of_time_with_what_they_answer(carol: Party, tmp_path: Path) -> None:
    reply = {"user": "alice", "message": "yes", "create_at": AT + 50}
    given = [{"user": "alice", "create_at": AT + 2, "emoji_name": "+1"}]
    posts = (
        a_post("bob", "tea?", AT, replies=[reply], reactions=given),
        a_post("carol", "between", AT + 20),
        a_post("carol", "before", AT - 20),
    )
    path = tmp_path / "export.jsonl"
    path.write_text(json_lines(VERSION, TOWN, BOB, *posts), encoding="utf-8")
    carol.ask(wanted(path, ImportSource.MATTERMOST))
    before, asked, between, answer = rows(carol, "#town-square")
    assert [each.text for each in (before, asked, between, answer)] == ["before", "tea?", "between", "yes"]
    assert (between.sender, between.outgoing) == ("carol", True)
    assert asked.reactions == (views.ReactionView("👍", ("alice",)),)
    assert answer.reply_to is not None
    assert (answer.reply_to.sender, answer.reply_to.text, answer.reply_to.id) == ("bob", "tea?", asked.id)
    assert answer.imported is ImportSource.MATTERMOST


def test_a_damaged_file_costs_no_words(carol: Party, tmp_path: Path) -> None:
    path = a_zip(tmp_path, {"_chat.txt": "".join(f"{line}\n" for line in LINES), "IMG-1.jpg": b"a picture" * 99})
    content = bytearray(path.read_bytes())
    at = content.index(b"IMG-1.jpg") + len(b"IMG-1.jpg") + 4
    content[at] ^= 0xFF
    path.write_bytes(content)
    view = carol.ask(wanted(path))
    assert [(each.kind, each.count) for each in view.lost] == [(ImportLoss.MISSING, 1), (ImportLoss.SYSTEM, 1)]
    assert [each.text for each in rows(carol, "#alice")] == ["tea?", "yes", "yes", "[IMG-1.jpg]"]


def test_it_tells_how_far_it_is_and_that_the_list_has_changed(
    carol: Party, chat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_import, "TOLD_EVERY_MS", 0)
    monkeypatch.setattr(chat_import, "AT_ONCE", 2)
    carol.client.request(wanted(chat, request_id="r")).result(30)
    told = [(event.done, event.total, event.request_id) for event in carol.of(events.ImportProgress)]
    assert told == [(2, 4, "r"), (4, 4, "r"), (4, 4, "r")]
    assert carol.of(events.ConversationChanged)[-1].name == "#alice"


def test_a_path_is_whole_and_a_file_is_an_export(carol: Party, tmp_path: Path) -> None:
    assert refusal(carol, c.ImportChats(ImportSource.WHATSAPP, "chat.txt")).code is ErrorCode.USAGE
    assert refusal(carol, wanted(tmp_path / "none.txt")).code is ErrorCode.NOT_FOUND
    other = a_chat(tmp_path, f"{MARK}hello")
    error = refusal(carol, wanted(other))
    assert isinstance(error, UsageError)
    assert error.code is ErrorCode.NOT_AN_EXPORT


def test_an_import_that_is_cut_short_is_done_again_and_nothing_is_there_twice(
    carol: Party, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"13/06/2018, 21:{number:02} - Alice: line {number}" for number in range(60)]
    path = a_chat(tmp_path, *lines)
    monkeypatch.setattr(chat_import, "AT_ONCE", 5)
    stored = chat_import.ChatImport._store
    parts = []

    def store(self: chat_import.ChatImport, part: list[Any], first: int) -> int:
        parts.append(part)
        if len(parts) == 4:
            self._stopping.set()
        return stored(self, part, first)

    monkeypatch.setattr(chat_import.ChatImport, "_store", store)
    assert refusal(carol, wanted(path)).code is ErrorCode.CLOSED
    assert [each.text for each in rows(carol, "#alice")] == [f"line {number}" for number in range(20)]
    carol.close()
    again = Party(carol.home, carol.profile)
    try:
        assert [each.new for each in again.ask(wanted(path)).chats] == [40]
        assert [each.text for each in rows(again, "#alice")] == [f"line {number}" for number in range(60)]
    finally:
        again.close()


OLDER = (
    "01/01/2018, 09:00 - Carol B: happy new year",
    "13/06/2018, 21:20 - Alice: are you there?",
    "13/06/2018, 21:25 - Alice: tea?",
    "14/06/2018, 08:00 - Carol B: good morning",
)


def test_what_is_older_than_an_earlier_import_takes_its_place_in_time(carol: Party, chat: Path, tmp_path: Path) -> None:
    carol.ask(wanted(chat))
    view = carol.ask(wanted(a_chat(tmp_path, *OLDER)))
    assert [each.new for each in view.chats] == [3]
    shown = rows(carol, "#alice")
    assert [each.text for each in shown] == [
        "happy new year", "are you there?", "tea?", "yes", "yes", "", "good morning",
    ]  # fmt: skip
    assert [each.position for each in shown] == sorted(each.position for each in shown)
    # Files and what is found went along.
    (file,) = shown[5].files
    saved = carol.ask(c.FetchFile(shown[5].id, 0, str(tmp_path)))
    assert (file.state, saved.path is not None) == (FileState.HERE, True)
    assert [each.id for each in carol.ask(c.Search("tea?"))] == [shown[2].id]
    assert [each.id for each in carol.ask(c.Search("IMG-1"))] == [shown[5].id]
    assert [each.id for each in carol.ask(c.Search("new year"))] == [shown[0].id]
    with carol.engine._base.database.read() as unit:
        assert unit.settings.names("import.unordered:") == ()
    assert carol.engine._base.database.is_whole()


def test_an_order_that_was_cut_off_is_gone_on_with_by_the_next_import(
    carol: Party, chat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carol.ask(wanted(chat))
    with monkeypatch.context() as cut:
        cut.setattr(chat_import, "AT_ONCE", 1)
        move, moved = Imports.move, []

        def fail(imports: Imports, position: int, to: int) -> None:
            moved.append(position)
            if len(moved) == 3:
                raise DeliveryError(ErrorCode.CLOSED, "killed")
            move(imports, position, to)

        cut.setattr(Imports, "move", fail)
        assert refusal(carol, wanted(a_chat(tmp_path, *OLDER))).code is ErrorCode.CLOSED
    assert [each.text for each in rows(carol, "#alice")][-2:] == ["", "good morning"]
    assert [each.new for each in carol.ask(wanted(a_chat(tmp_path, *OLDER))).chats] == [0]
    assert [each.text for each in rows(carol, "#alice")] == [
        "happy new year", "are you there?", "tea?", "yes", "yes", "", "good morning",
    ]  # fmt: skip
