"""The picture of oneself in the full screen: shown, refused and taken away from the palette."""

from pathlib import Path

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from tests.unit.terminal.app.stage import Stage, on_stage


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
