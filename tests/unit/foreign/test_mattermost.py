from contextlib import closing
from pathlib import Path

import pytest

from babilu.foreign.mattermost import LINE_BYTES, MattermostExport
from babilu.foreign.mattermost_emoji import emoji_named
from babilu.foreign.model import ForeignFile, ForeignMessage, ForeignReaction, Survey
from babilu.kernel.errors import ErrorCode, UsageError
from babilu.kernel.states import ImportLoss
from tests.unit.foreign.chats import BOB, TOWN, VERSION, a_direct_post, a_post, a_zip, json_lines

AT = 1_600_000_000_000


def export_of(
    folder: Path, *objects: object, own: tuple[str, ...] = (), only: tuple[str, ...] = ()
) -> MattermostExport:
    path = folder / "export.jsonl"
    path.write_text(json_lines(VERSION, TOWN, BOB, *objects), encoding="utf-8")
    return MattermostExport(path, only, own)


def read(export: MattermostExport) -> tuple[Survey, list[ForeignMessage]]:
    return export.survey(), list(export.messages())


def test_a_channel_is_a_conversation_and_a_reply_answers_what_it_stands_in(tmp_path: Path) -> None:
    reply = {"user": "alice", "message": "yes", "create_at": AT + 5}
    survey, messages = read(
        export_of(tmp_path, a_post("bob", "tea?", AT, replies=[reply]), a_post("carol", "hello", AT - 9))
    )
    (chat,) = survey.chats.values()
    assert (chat.title, chat.messages, chat.first, chat.last) == ("Town Square", 3, AT - 9, AT + 5)
    assert [(each.author, each.text, each.is_reply) for each in messages] == [
        ("bob", "tea?", False),
        ("alice", "yes", True),
        ("carol", "hello", False),
    ]
    # In the order of time, the last of the file comes first.
    assert survey.order == [1, 2, 0]


def test_a_direct_conversation_is_called_like_the_others_in_it(tmp_path: Path) -> None:
    post = a_direct_post(["bob", "me"], "bob", "psst", AT)
    survey, _ = read(export_of(tmp_path, post, own=("me",)))
    assert [chat.title for chat in survey.chats.values()] == ["Bob Builder"]
    survey, _ = read(export_of(tmp_path, post))
    assert [chat.title for chat in survey.chats.values()] == ["Bob Builder, me"]


def test_only_what_is_wanted_is_read(tmp_path: Path) -> None:
    posts = a_post("bob", "tea?", AT), a_direct_post(["bob", "me"], "bob", "psst", AT)
    _, messages = read(export_of(tmp_path, *posts, only=("town square",)))
    assert [each.text for each in messages] == ["tea?"]


def test_edits_reactions_and_pins_are_seen(tmp_path: Path) -> None:
    given = [
        {"user": "alice", "create_at": AT + 2, "emoji_name": "+1"},
        {"user": "", "emoji_name": "x", "create_at": 1},
    ]
    survey, (message,) = read(
        export_of(tmp_path, a_post("bob", "tea?", AT, edit_at=AT + 1, reactions=given, is_pinned=True))
    )
    assert message.edited_at == AT + 1
    assert message.reactions == (ForeignReaction("alice", "👍", AT + 2),)
    assert survey.lost[ImportLoss.PINNED] == 1


def test_files_lie_in_the_archive_and_the_names_of_missing_ones_stay(tmp_path: Path) -> None:
    files = [{"path": "20200913/photo.jpg"}, {"path": "gone/../../plan.pdf"}]
    lines = json_lines(VERSION, a_post("bob", "look", AT, attachments=files))
    path = a_zip(tmp_path, {"import.jsonl": lines, "data/20200913/photo.jpg": b"x"}, "export.zip")
    export = MattermostExport(path)
    survey, (message,) = read(export)
    assert message.files == (ForeignFile("photo.jpg", "data/20200913/photo.jpg"),)
    assert message.text == "look\n[plan.pdf]"
    assert survey.lost[ImportLoss.MISSING] == 1
    with export.open(message.files[0]) as file:
        assert file.read() == b"x"
    export.close()


def test_lines_of_the_server_and_of_nobody_are_left_out(tmp_path: Path) -> None:
    survey, messages = read(
        export_of(tmp_path, a_post("bob", "bob joined", AT, type="system_join_channel"), a_post("", "who?", AT))
    )
    assert messages == []
    assert survey.chats == {}
    assert (survey.lost[ImportLoss.SYSTEM], survey.lost[ImportLoss.NAMELESS]) == (1, 1)


def test_what_is_of_a_later_version_is_passed_over(tmp_path: Path) -> None:
    _, messages = read(
        export_of(tmp_path, {"type": "bot", "bot": {"x": [1]}}, a_post("bob", "tea?", AT, wholly_new={}))
    )
    assert [each.text for each in messages] == ["tea?"]


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]\n", '{"type":"post"}\n', "hello\n", json_lines(VERSION) + '{"type":1}\n', "[" * 100_000],
)
def test_other_lines_are_no_export(tmp_path: Path, content: str) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text(content, encoding="utf-8")
    with closing(MattermostExport(path)) as export, pytest.raises(UsageError) as error:
        export.survey()
    assert error.value.code is ErrorCode.NOT_AN_EXPORT


def test_a_line_has_a_longest_size(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes(json_lines(VERSION).encode() + b" " * (LINE_BYTES + 1))
    with closing(MattermostExport(path)) as export, pytest.raises(UsageError) as error:
        export.survey()
    assert error.value.code is ErrorCode.EXPORT_TOO_LARGE


def test_names_of_emoji_are_signs_and_those_of_a_server_stay_names() -> None:
    assert [emoji_named(name) for name in ("heart", "rocket", "octopus", "party-parrot", "a" * 99)] == [
        "❤️",
        "🚀",
        "🐙",
        ":party-parrot:",
        f":{'a' * 38}:",
    ]


def test_people_who_only_react_count_as_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("babilu.foreign.model.PEOPLE_AT_MOST", 3)
    given = [{"user": f"person{number}", "create_at": AT, "emoji_name": "+1"} for number in range(3)]
    read(export_of(tmp_path, a_post("bob", "tea?", AT, reactions=given[:2])))
    with pytest.raises(UsageError) as refused:
        read(export_of(tmp_path, a_post("bob", "tea?", AT, reactions=given)))
    assert refused.value.code is ErrorCode.EXPORT_TOO_LARGE
