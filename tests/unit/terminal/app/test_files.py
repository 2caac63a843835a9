"""Files stand under their message with size and state, and in one line by their name."""

from pathlib import Path

from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import ErrorCode
from babilu.kernel.states import TransferState
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
        assert stage.shows("Not moved: ")
        assert not stage.shows("█")


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
