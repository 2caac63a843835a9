"""Backups on the full screen: how old the last one is, and one that is made with a code that is typed back."""

from pathlib import Path

from babilu.api import commands as c
from babilu.api.credentials import Passphrase
from babilu.bot.fake_archives import FAKE_CODE
from babilu.bot.fake_client import FakeClient
from tests.unit.terminal.app.stage import Stage, on_stage


async def show(stage: Stage) -> None:
    stage.main.dialogs.backups.show()
    await stage.settle()


def typed(text: str) -> list[str]:
    """Give the keys of a text."""
    return ["space" if letter == " " else letter for letter in text]


async def test_one_is_made_with_a_code_that_is_shown_and_typed_back(tmp_path: Path) -> None:
    async with on_stage(FakeClient(), tmp_path) as stage:
        await show(stage)
        assert stage.shows("There is no backup yet.")

        await stage.press("right", "enter")
        assert stage.shows(" 1 abandon")
        assert stage.shows("24 art")
        await stage.press("right", "enter")
        assert stage.shows("Type the words back")
        await stage.press(*typed("aban " * 23 + "art"), "enter", "enter")

        await show(stage)
        assert stage.shows("The last good backup was made")


async def test_other_words_make_none(tmp_path: Path) -> None:
    async with on_stage(FakeClient(), tmp_path) as stage:
        await show(stage)
        await stage.press("right", "enter", "right", "enter")
        await stage.press(*typed("zoo zoo"), "enter", "enter")
        assert stage.shows("These are not the words")
        await stage.press("escape")

        await show(stage)
        assert stage.shows("There is no backup yet.")


async def test_one_is_made_every_day_and_then_no_more(tmp_path: Path) -> None:
    client = FakeClient()
    async with on_stage(client, tmp_path) as stage:
        await show(stage)
        assert not stage.shows("No daily backups")
        await stage.press("right", "right", "enter", "right", "enter")
        await stage.press(*typed("aban " * 23 + "art"), "enter", *typed(str(tmp_path)), "enter")
        assert client.request(c.ArchiveStatus()).result().folder == str(tmp_path)

        await show(stage)
        assert stage.shows("A backup is made every day")
        await stage.press("left", "enter")
        assert client.request(c.ArchiveStatus()).result().folder is None


async def test_a_file_is_said_to_be_good_or_of_another_code(tmp_path: Path) -> None:
    client = FakeClient()
    client.request(c.CreateArchive("/kept/me.babilu", Passphrase(FAKE_CODE))).result()
    async with on_stage(client, tmp_path) as stage:
        for words, said in (("zoo zoo", "opens with another recovery code"), (FAKE_CODE, "This backup is good")):
            await show(stage)
            await stage.press("right", "right", "right", "enter")
            await stage.press(*typed(words), "enter", *typed("/kept/me.babilu"), "enter")
            assert stage.shows(said)
            await stage.press("enter")


async def test_who_has_something_to_lose_is_reminded_once(tmp_path: Path) -> None:
    client = FakeClient()
    client._world.archives.since = 0
    async with on_stage(client, tmp_path) as stage:
        await stage.settle()
        assert stage.shows("You have no backup yet")
    assert client._world.values["backup.reminded"] == "1"
