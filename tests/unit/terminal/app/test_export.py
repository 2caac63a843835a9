"""Exports in the full screen: found in the palette, written where one says; what was imported says so."""

from pathlib import Path

from babilu.bot.fake_client import FakeClient
from babilu.kernel.states import ImportSource
from tests.unit.terminal.app.stage import on_stage


async def test_a_conversation_is_written_by_the_palette_into_a_folder(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "hello")
    place = tmp_path / "there"
    place.mkdir()
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("ctrl+p", *"export this", "enter")
        await stage.press(*"plain", "enter")
        assert stage.shows("not encrypted")
        await stage.press("ctrl+u", *str(place), "enter")
        while not stage.shows("1 message written"):
            await stage.settle()
    (file,) = place.iterdir()
    assert file.name.startswith("bob ")
    assert "bob: hello" in file.read_text(encoding="utf-8")


async def test_a_line_writes_them_all(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "hello")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.write(f"/export {tmp_path / 'all'} format:json")
        await stage.press("enter")
        while not stage.shows("1 message written"):
            await stage.settle()
    assert (tmp_path / "all" / "conversations" / "bob.json").exists()


async def test_what_was_imported_says_so_and_cannot_be_deleted_for_all(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "from elsewhere")
    client.shape(message.id, imported=ImportSource.MATTERMOST, outgoing=True, state=None)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.shows("imported from Mattermost")
        await stage.press("escape", "delete")
        assert stage.shows("Delete")
        assert not stage.shows("for all")
