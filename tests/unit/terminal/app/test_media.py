"""What a conversation has besides words is listed by kind in the full screen, and leads to its message."""

from pathlib import Path

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import ErrorCode, LinkError
from tests.unit.terminal.app.stage import on_stage


def shared() -> FakeClient:
    client = FakeClient()
    client.receive("bob", "", files=(("dunes.jpg", 800_000), ("plan.pdf", 1_500_000)))
    client.receive("bob", "see https://a.example/x")
    client.fill_history("bob", 60)
    return client


async def test_a_command_lists_each_kind_and_enter_leads_to_the_message(tmp_path: Path) -> None:
    client = shared()
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"/media", "enter")
        assert stage.shows("Shared with bob")
        assert stage.shows("dunes.jpg  800 kB  not fetched")
        assert not stage.shows("1.5 MB")
        await stage.press("tab")
        assert stage.shows("plan.pdf  1.5 MB")
        await stage.press("tab")
        assert stage.shows("https://a.example/x")
        await stage.press("tab")
        assert stage.shows("No voice notes yet.")
        await stage.press("shift+tab", "enter")
        assert not stage.shows("Shared with bob")
        assert stage.shows("see https://a.example/x")


async def test_typing_finds_a_file_and_older_ones_follow_the_cursor(tmp_path: Path) -> None:
    client = FakeClient()
    for number in range(100):
        client.receive("bob", "", files=((f"{number}.pdf", 9),))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"/media files", "enter")
        assert stage.shows("99.pdf")
        assert sum(isinstance(each, c.Media) for each in client.commands) == 1
        await stage.press("pagedown", "pagedown", "pagedown", "pagedown", "pagedown")
        assert sum(isinstance(each, c.Media) for each in client.commands) == 2
        await stage.press("pagedown", "pagedown", "pagedown", "pagedown", "pagedown")
        assert stage.shows(" 0.pdf")
        await stage.press(*"57")
        assert stage.shows("57.pdf")
        assert not stage.shows("58.pdf")


async def test_what_cannot_be_read_is_said_and_what_is_deleted_leaves(tmp_path: Path) -> None:
    client = shared()
    first = client.messages("bob")[0].id
    client.fail_next(c.Media, LinkError(ErrorCode.UNAVAILABLE, "Not now."))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"/media", "enter")
        assert stage.shows("Not now. Enter tries again.")
        await stage.press("enter")
        assert stage.shows("dunes.jpg")
        client.delete_for_all("bob", first)
        await stage.settle()
        assert stage.shows("No pictures yet.")
