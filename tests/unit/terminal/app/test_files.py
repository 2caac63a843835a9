"""Files stand under their message with size and state, and in one line by their name."""

from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api.views import FileView, InspectedFileView
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import ErrorCode
from babilu.kernel.states import FileState, PictureDetail, TransferState
from babilu.terminal.app.client_model import SAVE_FOLDER
from babilu.terminal.app.dialogs.files import downloads
from babilu.terminal.app.pages import LineInput
from tests.unit.terminal.app.stage import NARROW, on_stage


async def test_a_message_of_files_alone_shows_them_in_its_place_and_in_the_list(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "", files=(("plan.pdf", 1_500_000),))
    client.receive("carol", "", files=(("a.txt", 1), ("b.txt", 2)))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.shows("▤ plan.pdf  1.5 MB")
        assert stage.shows("not fetched")
        assert any("plan.pdf" in row[:32] for row in stage.rows())
        assert any("2 files" in row[:32] for row in stage.rows())


async def test_a_transfer_moves_a_bar_and_its_failure_says_why(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "the plan", files=(("plan.pdf", 1_000),))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.move_file(message.id, 0, 500)
        await stage.settle()
        assert stage.shows("█████████░░░░░░░░░░ 50 % done")
        client.move_file(message.id, 0, 500, TransferState.FAILED, ErrorCode.NOT_FOUND)
        await stage.settle()
        assert stage.shows("Not moved: The file is not there any more:")
        assert not stage.shows("█")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (ErrorCode.DISK_FULL, "waits until this device has room for it"),
        (ErrorCode.QUOTA, "waits until the relay has room for it"),
        (ErrorCode.NOT_FOUND, "is not at the relay any more: its sender is asked for it"),
    ],
)
async def test_a_file_that_does_not_move_says_what_it_waits_for(tmp_path: Path, code: ErrorCode, said: str) -> None:
    client = FakeClient()
    message = client.receive("bob", "the plan", files=(("plan.pdf", 1_000),))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.move_file(message.id, 0, 500, TransferState.RUNNING, code)
        await stage.settle()
        assert stage.shows(said)
        client.move_file(message.id, 0, 600)
        await stage.settle()
        assert stage.shows("60 % done")
        assert not stage.shows(said)


async def test_a_long_name_keeps_its_ending_in_a_narrow_terminal(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "", files=((f"{'holiday' * 12}.pdf.exe", 1_000),))
    async with on_stage(client, tmp_path, size=NARROW) as stage:
        await stage.open("bob")
        assert stage.shows("….pdf.exe") or stage.shows(".pdf.exe  1 kB")


async def test_what_was_deleted_shows_no_files(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "", files=(("plan.pdf", 1_000),))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.delete_for_all("bob", message.id)
        await stage.settle()
        assert not stage.shows("plan.pdf")
        assert stage.shows("bob deleted this message")


async def test_send_with_paths_sends_the_files_and_completes_their_names(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    path = tmp_path / "a plan.pdf"
    path.write_bytes(bytes(1_000))
    async with on_stage(client, tmp_path / "home") as stage:
        await stage.open("bob")
        stage.main.composer.fill(f"/send {tmp_path}/a")
        await stage.press("tab")
        assert stage.main.composer.text == f"/send {tmp_path}/a\\ plan.pdf "
        await stage.write(f"{stage.main.composer.text}the plan")
        command = next(each for each in client.commands if isinstance(each, c.Send))
        assert (command.text, command.files) == ("the plan", (str(path),))
        assert stage.shows("▤ a plan.pdf  1 kB")
        assert stage.shows("waits for the relay")


async def test_a_path_that_names_no_file_is_not_sent_as_a_text(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.write(f"/send {tmp_path}/nothing.pdf")
        assert not [each for each in client.commands if isinstance(each, c.Send)]
        assert stage.shows("There is no file")


async def test_a_key_saves_the_files_of_a_message_into_a_folder_that_is_remembered(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "", files=(("a.txt", 1), ("b.txt", 2)))
    folder = tmp_path / "saved"
    folder.mkdir()
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape")
        assert stage.shows("g save")
        await stage.press("g")
        await stage.settle()
        assert stage.shows("2 files: what is not here is fetched")
        field = stage.app.screen.query_one(LineInput)
        assert field.value == downloads()
        field.value = str(tmp_path / "nowhere")
        await stage.press("enter")
        assert stage.shows("There is no folder")
        field.value = str(folder)
        await stage.press("enter")
        fetched = [each for each in client.commands if isinstance(each, c.FetchFile)]
        assert [(each.message, each.index, each.into) for each in fetched] == [
            (message.id, 0, str(folder)),
            (message.id, 1, str(folder)),
        ]
        assert client.values[SAVE_FOLDER] == str(folder)
        assert sum("▎   Saved:" in row for row in stage.rows()) == 2


async def test_keys_hold_and_end_what_moves_and_are_hinted_only_then(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "", files=(("a.txt", 1_000),))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape")
        assert not stage.shows("z pause")
        client.move_file(message.id, 0, 100)
        await stage.settle()
        assert stage.shows("z pause")
        await stage.press("z")
        await stage.settle()
        assert stage.shows("paused")
        await stage.press("z")
        await stage.settle()
        assert client.messages("bob")[0].files[0].state is FileState.FETCHING
        await stage.press("x")
        await stage.settle()
        assert stage.shows("not fetched")


async def test_keys_about_files_say_where_a_message_has_none(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.request(c.Send("bob", "words")).result(10)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape")
        assert not stage.shows("g save")
        await stage.press("escape")
        await stage.write("/fetch")
        assert stage.shows("This message has no files.")


@pytest.mark.parametrize(
    ("language", "rule"),
    [("en", "Files: up to 105 MB, 30 days on the relay."), ("es", "Archivos: hasta 105 MB, guardados 30 días.")],
)
async def test_which_files_the_relay_takes_stands_below_the_command_that_sends_them(
    tmp_path: Path, language: str, rule: str
) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path, size=(80, 24), language=language) as stage:
        await stage.open("bob")
        await stage.press(*"/send")
        assert stage.shows(rule)
        await stage.press("backspace")
        assert not stage.shows(rule[:12])


async def test_a_quote_of_files_alone_names_them(tmp_path: Path) -> None:
    client = FakeClient()
    one = client.receive("bob", "", files=(("plan.pdf", 9),))
    client.receive("bob", "thanks", reply_to=one.id)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.shows("bob: ▤ plan.pdf")
        client.delete_for_all("bob", one.id)
        await stage.settle()
        assert not stage.shows("plan.pdf")


async def test_what_is_known_of_a_message_says_until_when_the_relay_has_its_files(tmp_path: Path) -> None:
    client = FakeClient()
    client.fill_history("bob", 2)
    own = client.messages("bob")[1].id
    client.shape(own, files=(FileView(0, "plan.pdf", 9, "", FileState.SENT, 9, kept_until=1_900_000_000_000),))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("up", "i")
        assert stage.shows("with the relay, until ")


PHOTO = InspectedFileView("", 0, picture=True, width=4, height=3, details=(PictureDetail.PLACE, PictureDetail.CAMERA))


async def test_as_a_file_a_picture_goes_once_it_was_said_what_it_contains(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.know_picture("a.jpg", PHOTO)
    (tmp_path / "a.jpg").write_bytes(b"12345")
    line = f"/send_as_file {tmp_path}/a.jpg the plan"
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.write(line)
        assert stage.shows("a.jpg contains: the place where it was taken")
        assert stage.main.composer.text == line
        assert not any(isinstance(each, c.Send) for each in client.commands)
        await stage.press("enter")
        await stage.settle()
        (sent,) = [each for each in client.commands if isinstance(each, c.Send)]
        assert (sent.files, sent.as_files, sent.text) == ((f"{tmp_path}/a.jpg",), True, "the plan")
        # Of another time it is said anew.
        await stage.write(line)
        assert stage.shows("a.jpg contains: the place where it was taken")


async def test_as_a_file_what_contains_nothing_goes_at_once(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    (tmp_path / "a.txt").write_bytes(b"12345")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.write(f"/send_as_file {tmp_path}/a.txt")
        assert [each.as_files for each in client.commands if isinstance(each, c.Send)] == [True]
        await stage.write(f"/send {tmp_path}/a.txt")
        assert [each.as_files for each in client.commands if isinstance(each, c.Send)] == [True, False]


async def test_what_files_contain_stands_on_a_sheet(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.know_picture("a.jpg", PHOTO)
    for name in ("a.jpg", "b.pdf"):
        (tmp_path / name).write_bytes(b"12345")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.write(f"/inspect {tmp_path}/a.jpg {tmp_path}/b.pdf")
        assert stage.shows("a.jpg contains: the place where it was taken")
        assert stage.shows("b.pdf is no picture")
