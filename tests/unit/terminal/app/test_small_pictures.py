"""A picture is seen under its message in any terminal that has colours, and named by its name, size and kind in all."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.color import Color
from rich.segment import Segment

from babilu.api.views import FileView, PreviewView
from babilu.bot.fake_client import FakeClient
from babilu.kernel.states import FileState
from babilu.presentation.rasters import Raster
from babilu.terminal.app.half_blocks import pixel_rows, segments_of
from babilu.terminal.app.symbols import PICTURES, PLAIN, signs_for
from tests.unit.terminal.app.stage import NARROW, Stage, on_stage

RED, BLUE = b"\xd0\x10\x10", b"\x10\x10\xd0"
PHOTO = FileView(
    0,
    "photo.jpg",
    1_500_000,
    "image/jpeg",
    FileState.OFFERED,
    0,
    width=1600,
    height=1200,
    preview=PreviewView(32, 24, RED * 32 * 12 + BLUE * 32 * 12),
)


def cells(stage: Stage) -> list[list[Segment]]:
    """Give the cells of pictures on the screen, line by line."""
    strips = stage.app.screen._compositor.render_strips()
    lines = [[segment for segment in strip if "▀" in segment.text] for strip in strips]
    return [line for line in lines if line]


def colours_of(segment: Segment) -> tuple[Color | None, Color | None]:
    assert segment.style is not None
    return segment.style.color, segment.style.bgcolor


async def test_a_picture_stands_under_its_message_in_its_colours_and_proportions(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "see", files=(PHOTO,))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        lines = cells(stage)
        wide = sum(len(segment.text) for segment in lines[0])
        assert len(lines) == 9
        assert wide == 24
        red, blue = Color.from_rgb(*RED), Color.from_rgb(*BLUE)
        assert colours_of(lines[0][0]) == (red, red)
        assert colours_of(lines[4][0]) == (red, blue)
        assert colours_of(lines[-1][0]) == (blue, blue)
        assert stage.shows("▤ photo.jpg  1.5 MB  JPG 1600\N{MULTIPLICATION SIGN}1200")
        assert stage.shows("not fetched")


async def test_several_pictures_stand_beside_each_other_as_far_as_there_is_room(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "", files=tuple(replace(PHOTO, name=f"{number}.jpg") for number in range(10)))
    async with on_stage(client, tmp_path, size=(100, 50)) as stage:
        await stage.open("bob")
        lines = cells(stage)
        assert len(lines) == 3 * 5
        assert [sum(len(segment.text) for segment in line) for line in lines[::5]] == [4 * 13, 4 * 13, 2 * 13]
        assert all(stage.shows(f"▤ {number}.jpg") for number in range(10))
        assert stage.shows("10 pictures")


async def test_a_low_terminal_shows_a_lower_picture(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "", files=(PHOTO,))
    async with on_stage(client, tmp_path, size=NARROW) as stage:
        await stage.open("bob")
        assert len(cells(stage)) == 5


async def test_what_was_deleted_and_what_has_no_preview_shows_no_picture(tmp_path: Path) -> None:
    client = FakeClient()
    gone = client.receive("bob", "", files=(PHOTO,))
    client.receive("bob", "", files=(replace(PHOTO, name="bare.jpg", preview=None),))
    client.receive("bob", "", files=(replace(PHOTO, name="photo.jpg.exe"),))
    client.delete_for_all("bob", gone.id)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert cells(stage) == []
        assert stage.shows("▤ bare.jpg")
        assert stage.shows("▤ photo.jpg.exe  1.5 MB\n")


@pytest.mark.parametrize("symbols", [PLAIN, replace(PICTURES, half="")])
async def test_where_there_are_no_colours_the_name_stands_alone(tmp_path: Path, symbols: object) -> None:
    client = FakeClient()
    client.receive("bob", "", files=(PHOTO,))
    async with on_stage(client, tmp_path, symbols=symbols) as stage:  # type: ignore[arg-type]
        await stage.open("bob")
        assert cells(stage) == []
        assert stage.shows("photo.jpg  1.5 MB  JPG 1600\N{MULTIPLICATION SIGN}1200")


@pytest.mark.parametrize(
    ("environment", "pictures"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, True),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm"}, False),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, True),
        ({"TERM": "linux", "COLORTERM": ""}, False),
        ({}, False),
    ],
)
def test_pictures_need_more_than_sixteen_colours(environment: dict[str, str], pictures: bool) -> None:
    assert bool(signs_for(environment).half) is pictures


@pytest.mark.parametrize(("width", "height"), [(1, 32), (32, 1), (1, 1), (31, 29)])
def test_a_picture_of_any_proportions_fills_whole_cells(width: int, height: int) -> None:
    rows = pixel_rows(Raster(width, height, RED * width * height), 32, 9)
    assert 1 <= len(rows) <= 9
    for row in rows:
        assert len(segments_of(row)) == row.width <= 32
