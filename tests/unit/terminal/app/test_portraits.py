"""Pictures of people and of groups: set in the palette, and seen beside what is known of whom they show."""

from pathlib import Path

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from tests.unit.terminal.app.stage import NARROW, Stage, on_stage


async def choose(stage: Stage, words: str) -> None:
    """Find something in the palette and do it."""
    await stage.press("ctrl+p", *words, "enter")


async def test_a_picture_of_oneself_is_found_in_the_palette_and_taken_away_there(tmp_path: Path) -> None:
    client, picture = FakeClient(), tmp_path / "me.png"
    picture.write_bytes(b"pixels")
    async with on_stage(client, tmp_path) as stage:
        await stage.press("ctrl+p", *"no picture of yourself")
        assert stage.shows("Nothing found.")
        await stage.press("escape")
        await choose(stage, "a picture of yourself")
        await stage.press(*str(tmp_path / "no.png"), "enter")
        assert stage.shows("There is no file")
        await stage.press("ctrl+u", *str(picture), "enter")
        assert c.SetProfilePicture(str(picture)) in client.commands
        assert stage.shows("Your contacts see this picture of you from now on.")
        await choose(stage, "no picture of yourself")
        assert c.SetProfilePicture(None) in client.commands
        assert stage.shows("Your contacts see no picture of you any more.")


def portraits(stage: Stage) -> int:
    """Count the lines of a picture that a sheet shows."""
    strips = stage.app.screen._compositor.render_strips()
    return sum(strip.text.count("▀") >= 10 for strip in strips)


async def test_what_somebody_shows_of_themselves_stands_beside_what_is_known_of_them(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.show_picture("bob", bytes.fromhex("f2b5a7385a7c") + bytes(10))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("f2")
        assert portraits(stage) == 8
        assert stage.shows("safety number")


async def test_a_group_has_a_picture_that_an_admin_sets_and_takes_away(tmp_path: Path) -> None:
    client, picture = FakeClient(), tmp_path / "lake.png"
    picture.write_bytes(b"pixels")
    client.add_contact("bob")
    client.groups.begin("Picnic", "bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("#picnic")
        await choose(stage, "give this group a picture")
        await stage.press(*str(picture), "enter")
        assert c.ChangeGroup("#picnic", picture=str(picture)) in client.commands
        await stage.press("f2")
        assert portraits(stage) == 8
        assert stage.shows("who adds people")
        await stage.press("escape")
        await choose(stage, "take the picture")
        await stage.press("f2")
        assert portraits(stage) == 0


async def test_a_narrow_sheet_leaves_its_room_to_the_words(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.show_picture("bob", bytes(16))
    async with on_stage(client, tmp_path, size=NARROW) as stage:
        await stage.open("bob")
        await stage.press("f2")
        assert portraits(stage) == 0
        assert stage.shows("safety number")
