"""Room on the disk in the full screen: what takes it, and what is deleted once it was shown and approved."""

from pathlib import Path

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.kernel.states import FileState, TransferState
from tests.unit.terminal.app.stage import on_stage


def stored() -> FakeClient:
    client = FakeClient()
    for name in ("bob", "carol"):
        message = client.receive(name, "", files=(("a.png", 3_000_000),))
        client.move_file(message.id, 0, 3_000_000, TransferState.DONE)
    return client


async def test_older_files_are_deleted_after_age_place_and_a_look_at_the_plan(tmp_path: Path) -> None:
    client = stored()
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"/space", "enter")
        assert stage.shows("3 MB of pictures")
        await stage.press("right", "enter")
        await stage.press(*"all", "enter")
        await stage.press(*"carol", "enter")
        assert stage.shows("1 file would be deleted here, which frees 3 MB.")
        assert not stage.shows("You sent")
        assert not stage.shows("\\n")  # two paragraphs, and nothing written where they part
        assert not any(isinstance(each, c.FreeSpace) for each in client.commands)
        await stage.press("right", "enter")
        assert stage.shows("1 file was deleted here, which freed 3 MB.")
    states = [client.messages(name)[0].files[0].state for name in ("bob", "carol")]
    assert states == [FileState.HERE, FileState.FREED]


async def test_a_line_shows_the_plan_too(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"/free 30d bob", "enter")
        assert stage.shows("No file of that age can be deleted here.")
