"""Sheets show all that they have on a small screen: what is to be read scrolls, what can be done stays in sight."""

import re
from pathlib import Path

import pytest

from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_people import QR
from babilu.terminal.app.keys import KEYS
from babilu.terminal.app.pages import ScrollPage
from babilu.terminal.app.qr import qr_lines
from babilu.terminal.command_forms import FORMS
from tests.unit.terminal.app.stage import NARROW, Stage, on_stage

COMMON = (80, 24)


async def read_all(stage: Stage, key: str = "pagedown") -> str:
    """Read a sheet from its first line to its last one."""
    seen = [stage.text()]
    for _ in range(100):
        await stage.press(key)
        if stage.text() == seen[-1]:
            return "\n".join(seen)
        seen.append(stage.text())
    raise AssertionError("the sheet has no end")


@pytest.mark.parametrize("size", [COMMON, NARROW, (100, 30)])
async def test_every_key_and_every_command_of_the_help_can_be_read(tmp_path: Path, size: tuple[int, int]) -> None:
    async with on_stage(FakeClient(), tmp_path, size=size) as stage:
        await stage.press("f1")
        first = stage.text()
        # A scroll bar says that there is more.
        assert stage.app.screen.query_one(ScrollPage).show_vertical_scrollbar
        said = await read_all(stage)
        assert all(key.written in said for key in KEYS)
        # A long one goes on in the next line, between frame and scroll bar.
        flat = " ".join(re.sub(r"[│▁-▇█▔]", " ", said).split())
        assert [form.usage() for form in FORMS if form.on_line and form.usage() not in flat] == []
        assert "[ Close ]" in stage.text()
        await stage.press("home")
        assert stage.text() == first


@pytest.mark.parametrize("key", ["down", "j", "space", "end"])
async def test_a_sheet_scrolls_by_each_of_its_keys(tmp_path: Path, key: str) -> None:
    async with on_stage(FakeClient(), tmp_path, size=COMMON) as stage:
        await stage.press("f1")
        first = stage.text()
        await stage.press(key)
        assert stage.text() != first


@pytest.mark.parametrize("size", [COMMON, NARROW])
@pytest.mark.parametrize("language", ["en", "es"])
async def test_all_that_can_be_done_about_a_contact_is_in_sight(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    client = FakeClient()
    client.receive("bob", "hello")
    async with on_stage(client, tmp_path, size=size, language=language) as stage:
        await stage.open("bob")
        await stage.press("f2")
        bar = stage.app.screen.query_one(".acts")
        for act in bar._acts:  # type: ignore[attr-defined]  # what it was made of
            assert stage.shows(act.text), act.text
        for _ in bar._acts:  # type: ignore[attr-defined]
            await stage.press("right")
            assert stage.shows("[ ")


@pytest.mark.parametrize("size", [COMMON, (100, 30)])
async def test_the_whole_code_of_a_safety_number_is_in_sight(tmp_path: Path, size: tuple[int, int]) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path, size=size) as stage:
        await stage.open("bob")
        await stage.write("/verify bob")
        code = ["".join(span.text for span in line) for line in qr_lines(QR, 60)]
        rows = stage.rows()
        start = next(number for number, row in enumerate(rows) if code[0] in row)
        assert all(line in row for line, row in zip(code, rows[start : start + len(code)], strict=True))


async def test_a_name_is_shown_as_it_is_written(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("f2")
        assert not stage.shows("Bob")


async def test_the_view_stays_at_the_newest_message_where_it_becomes_lower(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.fill_history("bob", 60, "number {}".format)
    async with on_stage(client, tmp_path, size=(100, 30)) as stage:
        await stage.open("bob")
        assert stage.shows("number 59")
        await stage.pilot.resize_terminal(100, 20)
        await stage.settle()
        assert stage.shows("number 59")
        client.change_identity("bob")  # a banner
        await stage.settle()
        assert stage.shows("number 59")
        await stage.write("text that is refused")
        assert stage.shows("number 59")
        client.receive("bob", "with the banner")
        await stage.settle()
        assert stage.shows("with the banner")
        assert not stage.shows("1 new")
