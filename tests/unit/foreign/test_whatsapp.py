from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from babilu.foreign.model import ForeignFile, ForeignMessage
from babilu.foreign.whatsapp import LINE_BYTES, MESSAGE_CHARACTERS, WhatsAppExport
from babilu.kernel.errors import ErrorCode, UsageError
from babilu.kernel.limits import TEXT_BYTES
from babilu.kernel.states import DateOrder, ImportLoss
from tests.unit.foreign.chats import MARK, a_chat, a_zip


def read(path: Path, title: str | None = None, order: DateOrder | None = None) -> list[ForeignMessage]:
    export = WhatsAppExport(path, title, order)
    try:
        export.survey()
        return list(export.messages())
    finally:
        export.close()


def lost(path: Path) -> dict[ImportLoss, int]:
    with closing(WhatsAppExport(path)) as export:
        return dict(export.survey().lost)


def shown_at(message: ForeignMessage) -> str:
    return datetime.fromtimestamp(message.at / 1000).strftime("%Y-%m-%d %H:%M:%S")  # noqa: DTZ006  # as a phone shows it


@pytest.mark.parametrize(
    ("line", "when"),
    [
        ("13/06/2018, 21:25 - Luke: hey", "2018-06-13 21:25:00"),
        ("13/06/18, 9:25 pm - Luke: hey", "2018-06-13 21:25:00"),
        ("6/13/18, 9:25 PM - Luke: hey", "2018-06-13 21:25:00"),
        ("6/13/18, 9:25\u202fPM - Luke: hey", "2018-06-13 21:25:00"),
        ("13/06/2018, 9:25 p.\u00a0m. - Luke: hey", "2018-06-13 21:25:00"),
        ("13/06/2018, 12:05 a.m. - Luke: hey", "2018-06-13 00:05:00"),
        ("13/06/2018, 12:05 p.m. - Luke: hey", "2018-06-13 12:05:00"),
        ("13.06.18, 21:25 - Luke: hey", "2018-06-13 21:25:00"),
        ("13-06-2018 21.25 - Luke: hey", "2018-06-13 21:25:00"),
        ("[13.06.18, 21:25:15] Luke: hey", "2018-06-13 21:25:15"),
        (f"{MARK}[13/6/18, 9:25:15 PM] Luke: hey", "2018-06-13 21:25:15"),
        ("[2018/06/13, 21:25:15] Luke: hey", "2018-06-13 21:25:15"),
        ("[13.6.2018 klo 21.25.15] Luke: hey", "2018-06-13 21:25:15"),
        ("13. 6. 2018. 21:25 - Luke: hey", "2018-06-13 21:25:00"),
        ("2018/6/13 下午9:25 - Luke: hey", "2018-06-13 21:25:00"),
    ],
)
def test_phones_write_dates_and_times_in_many_ways(tmp_path: Path, line: str, when: str) -> None:
    (message,) = read(a_chat(tmp_path, line))
    assert (message.author, message.text, shown_at(message)) == ("Luke", "hey", when)


def test_a_message_goes_on_until_the_next_one_begins(tmp_path: Path) -> None:
    chat = a_chat(
        tmp_path,
        "\ufeff13/06/2018, 21:25 - Luke: one",
        "",
        "2016-04-29 10:30:00 is no beginning of this phone's",
        "13.06.2018, 21:26 - nor: is this",
        "13/06/2018, 21:26 - Leia: two",
        end="\r\n",
    )
    first, second = read(chat)
    assert first.text == (
        "one\n\n2016-04-29 10:30:00 is no beginning of this phone's\n13.06.2018, 21:26 - nor: is this"
    )
    assert (second.author, second.text) == ("Leia", "two")


def test_lines_of_whatsapp_itself_are_left_out_and_counted(tmp_path: Path) -> None:
    chat = a_chat(
        tmp_path,
        "13/06/2018, 21:25 - Messages and calls are end-to-end encrypted.",
        '13/06/2018, 21:25 - Luke changed the subject from "Jedi" to "Plan: B"',
        "13/06/2018, 21:26 - Luke: that is: a text",
    )
    assert [message.text for message in read(chat)] == ["that is: a text"]
    assert lost(chat) == {ImportLoss.SYSTEM: 2}


def test_an_iphone_marks_lines_of_its_own_with_the_name_of_the_group(tmp_path: Path) -> None:
    chat = a_chat(
        tmp_path,
        f"[13/06/2018, 21:25:00] Jedi: {MARK}Messages and calls are end-to-end encrypted.",
        f"[13/06/2018, 21:25:01] Jedi: {MARK}Luke created this group",
        "[13/06/2018, 21:25:02] Luke: hi",
        "[13/06/2018, 21:25:03] Leia: hi Luke",
        f"[13/06/2018, 21:25:04] Leia: {MARK}You deleted this message.",
    )
    assert [(message.author, message.text) for message in read(chat)] == [
        ("Luke", "hi"),
        ("Leia", "hi Luke"),
        ("Leia", "You deleted this message."),
    ]


def test_files_lie_beside_the_text_and_their_words_stay(tmp_path: Path) -> None:
    chat = a_zip(
        tmp_path,
        {
            "WhatsApp Chat with Alice.txt": "13/06/2018, 21:25 - Luke: IMG-1.jpg (file attached)\nlook at\nthis\n"
            "13/06/2018, 21:26 - Luke: IMG-2.jpg (archivo adjunto)\n"
            "13/06/2018, 21:27 - Luke: <Media omitted>\n",
            "IMG-1.jpg": b"a picture",
        },
    )
    first, second, third = read(chat)
    assert (first.text, first.files) == ("look at\nthis", (ForeignFile("IMG-1.jpg", "IMG-1.jpg"),))
    assert (second.text, second.files) == ("IMG-2.jpg (archivo adjunto)", ())
    assert third.text == "<Media omitted>"
    assert lost(chat) == {ImportLoss.MISSING: 1, ImportLoss.OMITTED: 1}


def test_an_iphone_names_a_file_behind_its_words(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "_chat.txt": f"[13/06/2018, 21:25:00] Luke: look {MARK}<adjunto: 0001-PHOTO.jpg>\n",
        "0001-PHOTO.jpg": b"x",
    }
    export = WhatsAppExport(a_zip(tmp_path, files))
    (chat,) = export.survey().chats.values()
    (message,) = export.messages()
    with export.open(message.files[0]) as file:
        assert (message.text, file.read(), export.size(message.files[0])) == ("look", b"x", 1)
    export.close()
    assert (chat.title, chat.files) == ("Alice", 1)


def test_an_edited_message_says_so_and_not_in_its_text(tmp_path: Path) -> None:
    chat = a_chat(
        tmp_path,
        "13/06/2018, 21:25 - Luke: hi <This message was edited>",
        "13/06/2018, 21:26 - Luke: <b> is no mark",
    )
    edited, plain = read(chat)
    assert (edited.text, edited.edited_at) == ("hi", edited.at)
    assert (plain.text, plain.edited_at) == ("<b> is no mark", None)


@pytest.mark.parametrize(
    ("file", "title"),
    [
        ("WhatsApp Chat with Alice.txt", "Alice"),
        ("Chat de WhatsApp con José.txt", "José"),
        ("jedi.txt", "jedi"),
    ],
)
def test_a_chat_is_called_as_its_file_says(tmp_path: Path, file: str, title: str) -> None:
    chat = a_chat(tmp_path, "13/06/2018, 21:25 - Luke: hi", name=file)
    assert list(WhatsAppExport(chat).survey().chats) == [title]
    assert list(WhatsAppExport(chat, "Jedi").survey().chats) == ["Jedi"]


def test_what_the_dates_do_not_tell_can_be_said(tmp_path: Path) -> None:
    chat = a_chat(tmp_path, "3/4/2021, 21:25 - Luke: hi")
    with pytest.raises(UsageError) as error:
        read(chat)
    assert error.value.code is ErrorCode.DATES_UNCLEAR
    (message,) = read(chat, order=DateOrder.MONTH_FIRST)
    assert shown_at(message) == "2021-03-04 21:25:00"


def test_a_text_that_is_too_long_for_a_message_is_several_and_nothing_is_lost(tmp_path: Path) -> None:
    text = "é" * TEXT_BYTES
    pieces = [message.text for message in read(a_chat(tmp_path, f"13/06/2018, 21:25 - Luke: {text}"))]
    assert all(len(piece.encode()) <= TEXT_BYTES for piece in pieces)
    assert "".join(pieces) == text


def test_a_name_is_cleaned_where_it_enters(tmp_path: Path) -> None:
    (message,) = read(a_chat(tmp_path, f"13/06/2018, 21:25 - ~\u202fLu\x1bke\u202e{'e' * 99}: hi"))
    assert message.author.startswith("Lu\\x1bke\\u202e")
    assert len(message.author) == 64


@pytest.mark.parametrize("content", ["", "hello\n", "a: b\n" * 500, "\x00\xff\n"])
def test_a_text_without_a_message_is_no_export(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        read(path)
    assert error.value.code is ErrorCode.NOT_AN_EXPORT


@pytest.mark.parametrize("lines", [["x" * (LINE_BYTES + 1)], ["x" * 1_000_000] * (MESSAGE_CHARACTERS // 1_000_000 + 1)])
def test_lines_and_messages_have_a_longest_size(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(UsageError) as error:
        read(a_chat(tmp_path, "13/06/2018, 21:25 - Luke: hi", *lines))
    assert error.value.code is ErrorCode.EXPORT_TOO_LARGE


def test_a_file_that_is_too_large_leaves_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("babilu.foreign.whatsapp.FILE_BYTES", 3)
    files: dict[str, str | bytes] = {"_chat.txt": "13/06/2018, 21:25 - Luke: a.jpg (file attached)\n", "a.jpg": b"1234"}
    chat = a_zip(tmp_path, files)
    (message,) = read(chat)
    assert (message.text, message.files) == ("a.jpg (file attached)", ())
    assert lost(chat) == {ImportLoss.TOO_LARGE: 1}
