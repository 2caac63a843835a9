"""A picture over the screen of a terminal: seen in half blocks, saved, and shown outside only after a question."""

import stat
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from rich.segment import Segment

from babilu.api import commands as c
from babilu.api.views import FileView, PictureView, PreviewView
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError
from babilu.kernel.ids import MessageId
from babilu.kernel.states import FileState, TransferState
from babilu.terminal.app import outside
from babilu.terminal.app.outside import OutsidePictures, opener_of
from babilu.terminal.app.pages import LineInput
from babilu.terminal.app.picture_screen import PictureScreen
from babilu.terminal.app.symbols import PLAIN
from babilu.terminal.png import png_of
from tests.unit.terminal.app.stage import NARROW, Stage, on_stage

RED, BLUE = b"\xd0\x10\x10", b"\x10\x10\xd0"
PHOTO = FileView(
    0,
    "photo.jpg",
    1_000_000,
    "image/jpeg",
    FileState.HERE,
    1_000_000,
    width=1600,
    height=1200,
    preview=PreviewView(32, 24, (RED * 16 + BLUE * 16) * 24),
)
OFFERED = replace(PHOTO, state=FileState.OFFERED, done=0)
PIXELS = PictureView(MessageId(bytes(16)), 0, 2, 2, b"\xff\x00\x00\xff" * 3 + b"\x00\x00\x00\x00")


def lines_of_pixels(stage: Stage) -> list[list[Segment]]:
    strips = stage.app.screen._compositor.render_strips()
    lines = [[segment for segment in strip if "▀" in segment.text] for strip in strips]
    return [line for line in lines if line]


def asked(client: FakeClient) -> list[c.GetPicture]:
    client.settle()
    return [command for command in client.commands if isinstance(command, c.GetPicture)]


async def look(stage: Stage) -> PictureScreen:
    """Choose the newest message and look at its pictures."""
    await stage.press("escape")
    await stage.press("v")
    await stage.settle()
    screen = stage.app.screen
    assert isinstance(screen, PictureScreen)
    return screen


async def test_a_key_shows_a_picture_as_large_as_the_screen_with_as_many_pixels_as_it_has_cells(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "", files=(PHOTO,))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert asked(client) == []
        screen = await look(stage)
        lines = lines_of_pixels(stage)
        wide = sum(len(segment.text) for segment in lines[0])
        assert wide / (2 * len(lines)) == pytest.approx(4 / 3, abs=0.05)
        assert len(lines) > 20
        assert [command.side for command in asked(client)] == [wide]
        assert screen.picture_look.picture is not None
        assert stage.shows("photo.jpg")
        assert stage.shows("1 MB  JPG 1600\N{MULTIPLICATION SIGN}1200")
        await stage.press("escape")
        assert not isinstance(stage.app.screen, PictureScreen)


async def test_what_is_not_here_is_fetched_there_and_then_seen(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "", files=(OFFERED,))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await look(stage)
        assert stage.shows("not fetched")
        assert stage.shows("[ Fetch ]")
        assert lines_of_pixels(stage)
        client.move_file(message.id, 0, 250_000)
        await stage.settle()
        assert stage.shows("25 % done")
        assert stage.shows("[ Pause ]")
        await stage.press("enter")
        assert stage.shows("[ Go on ]")
        await stage.press("enter")
        client.move_file(message.id, 0, 1_000_000, TransferState.DONE)
        await stage.settle()
        assert len(asked(client)) == 1
        assert not stage.shows("not fetched")


async def test_fetching_saves_nothing(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "", files=(OFFERED,))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await look(stage)
        await stage.press("enter")
        fetched = [command for command in client.commands if isinstance(command, c.FetchFile)]
        assert fetched == [c.FetchFile(message.id, 0, None, message.conversation_id.hex())]


async def test_one_goes_through_all_pictures_of_the_conversation(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "", files=(replace(PHOTO, name="a.jpg"), replace(OFFERED, name="b.jpg")))
    client.receive("bob", "words")
    last = client.receive("bob", "", files=(replace(OFFERED, name="c.jpg"),))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await look(stage)
        assert stage.shows("c.jpg")
        for name in ("b.jpg  2 of 2", "a.jpg  1 of 2", "a.jpg  1 of 2"):
            await stage.press("pageup")
            assert stage.shows(name)
        await stage.press("pagedown", "pagedown", "pagedown")
        assert stage.shows("c.jpg")
        await stage.press("escape")
        chosen = stage.main.history.selected
        assert chosen is not None
        assert chosen.id == last.id


async def test_what_cannot_be_shown_says_so_and_is_not_opened_outside(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "", files=(PHOTO,))
    client.fail_next(c.GetPicture, ProtocolError(ErrorCode.CANNOT_SHOW, "damaged"))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await look(stage)
        assert stage.shows("This is no picture that can be shown.")
        assert stage.shows("[ Save ]")
        assert not stage.shows("Open outside")


async def test_what_is_refused_for_now_is_tried_again(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "", files=(PHOTO,))
    client.fail_next(c.GetPicture, LinkError(ErrorCode.BUSY, "too many"))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        screen = await look(stage)
        await stage.press("enter")
        await stage.settle()
        assert screen.picture_look.picture is not None


async def test_a_picture_that_is_deleted_meanwhile_is_gone(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "", files=(PHOTO,))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await look(stage)
        client.delete_for_all("bob", message.id)
        await stage.settle()
        assert stage.shows("This picture is gone.")
        assert lines_of_pixels(stage) == []


async def test_it_is_saved_into_a_folder_by_itself(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "", files=(replace(PHOTO, name="a.jpg"), replace(PHOTO, name="b.jpg")))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await look(stage)
        await stage.press("pagedown", "enter")
        await stage.settle()
        field = stage.app.screen.query_one(LineInput)
        field.value = str(tmp_path)
        await stage.press("enter")
        fetched = [command for command in client.commands if isinstance(command, c.FetchFile)]
        assert [(command.message, command.index, command.into) for command in fetched] == [
            (message.id, 1, str(tmp_path))
        ]


async def test_another_program_shows_it_only_after_a_question_and_gets_a_copy_of_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(outside, "opener_of", lambda _environment: "/usr/bin/xdg-open")
    monkeypatch.setattr(outside, "_start", lambda command, _environment: started.append(command))
    client = FakeClient()
    client.receive("bob", "", files=(replace(PHOTO, width=16, height=12),))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await look(stage)
        await stage.press("right", "enter")
        assert stage.shows("show this picture in another program?".capitalize())
        await stage.press("enter")
        assert started == []
        await stage.press("enter")
        await stage.press("right", "enter")
        await stage.settle()
        for thread in stage.app._outside._writing:
            thread.join()
        ((_, path),) = started
        assert_private_picture(Path(path))
    assert_gone(Path(path))


def assert_private_picture(copy: Path) -> None:
    assert copy.read_bytes().startswith(b"\x89PNG\r\n")
    assert copy.name == "picture-1.png"
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700


def assert_gone(copy: Path) -> None:
    assert not copy.exists()
    assert not copy.parent.exists()


async def test_where_there_are_no_colours_it_is_named_and_can_be_opened_outside(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "", files=(PHOTO,))
    async with on_stage(client, tmp_path, symbols=PLAIN) as stage:
        await stage.open("bob")
        await look(stage)
        assert stage.shows("This terminal has too few colours to show it.")
        assert stage.shows("Open outside")
        assert asked(client) == []


async def test_a_message_without_pictures_says_so(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "words")
    async with on_stage(client, tmp_path, size=NARROW) as stage:
        await stage.open("bob")
        await stage.press("escape")
        assert not stage.shows("v look")
        await stage.press("v")
        assert stage.shows("This message has no pictures.")


@pytest.mark.parametrize(
    ("environment", "platform", "found"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "darwin", True),
    ],
)
def test_a_program_is_looked_for_where_there_is_a_screen(
    tmp_path: Path, environment: dict[str, str], platform: str, found: bool
) -> None:
    for name in ("xdg-open", "open"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\n", encoding="ascii")
        program.chmod(0o755)
    opener = opener_of({**environment, "PATH": str(tmp_path)}, platform)
    assert (opener is not None) is found
    assert opener_of({**environment, "PATH": str(tmp_path / "nothing")}, platform) is None


def test_without_a_screen_it_is_refused_and_nothing_is_written() -> None:
    pictures = OutsidePictures(bool)
    with pytest.raises(BabiluError):
        pictures.show(PIXELS, {"PATH": ""})
    assert pictures._folder is None
    pictures.close()


def test_a_copy_is_a_picture_file_with_nothing_but_its_pixels() -> None:
    made = png_of(PIXELS)
    kinds, at = [], 8
    while at < len(made):
        size = int.from_bytes(made[at : at + 4], "big")
        kind, body = made[at + 4 : at + 8], made[at + 8 : at + 8 + size]
        assert int.from_bytes(made[at + 8 + size : at + 12 + size], "big") == zlib.crc32(kind + body)
        kinds.append(kind)
        if kind == b"IDAT":
            assert zlib.decompress(body) == b"\x00" + PIXELS.pixels[:8] + b"\x00" + PIXELS.pixels[8:]
        at += 12 + size
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
