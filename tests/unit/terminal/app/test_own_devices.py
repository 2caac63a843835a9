"""The own devices on the full screen: which they are, one that asks, and one that goes, by the keyboard alone."""

from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import OwnDeviceView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import START_MS
from tests.unit.terminal.app.stage import NARROW, WIDE, Stage, on_stage

PASSWORD = "correct horse"
ASKED = e.LinkAsked("ab" * 16, "Study\u202e box", "482913", ("acid", "zebra", "mango", "quiz"), full=True, failed=2)
SHOWN = e.LinkCodeShown("482913", ("acid", "zebra", "mango", "quiz"), "babilu-device:" + "00" * 48)


def with_devices() -> FakeClient:
    """Somebody with three devices, one of them without a name."""
    client = FakeClient()
    client.add_contact("bob")
    client._world.devices.devices += [
        OwnDeviceView("cd" * 16, "Laptop", own=False, full=True, last_seen=START_MS),
        OwnDeviceView("ef" * 16, "", own=False, full=False),
        OwnDeviceView("01" * 16, "A name as long as one can be " * 2, own=False, full=False, last_seen=START_MS),
    ]
    return client


async def show(stage: Stage) -> None:
    stage.main.dialogs.own_devices.show()
    await stage.settle()


@pytest.mark.parametrize("size", [WIDE, (80, 24), NARROW])
async def test_each_is_shown_with_what_it_is_and_when_it_was_seen(tmp_path: Path, size: tuple[int, int]) -> None:
    async with on_stage(with_devices(), tmp_path, size=size) as stage:
        await show(stage)
        assert stage.shows("full device, this")
        assert stage.shows("Laptop")
        assert stage.shows("companion")
        assert stage.shows("without a name")
        assert stage.text().count("companion") == 2


async def test_one_goes_by_the_password_and_a_wrong_one_is_said_where_it_was_typed(tmp_path: Path) -> None:
    client = with_devices()
    async with on_stage(client, tmp_path) as stage:
        await show(stage)
        await stage.press("left", "enter")
        assert stage.shows("Laptop (")
        await stage.press("enter")
        assert stage.shows("Laptop")
        await stage.press(*"wrong", "enter")
        assert len(client._world.devices.devices) == 4
        await stage.press(*["backspace"] * 5, *keys(PASSWORD), "enter")
        assert next(each.name for each in client._world.devices.devices if not each.own) == ""
        assert PASSWORD not in stage.text()


async def test_one_that_asks_shows_its_code_and_is_let_in_by_the_password(tmp_path: Path) -> None:
    client = with_devices()
    async with on_stage(client, tmp_path) as stage:
        client.ask_to_link(ASKED)
        await stage.settle()
        assert stage.shows("482 913")
        assert stage.shows("acid zebra mango quiz")
        assert "\u202e" not in stage.text()
        await stage.press("right", "right", "enter", *keys(PASSWORD), "enter")
        (approved,) = [each for each in client.commands if isinstance(each, c.LinkApprove)]
        assert (approved.history_days, approved.device) == (30, ASKED.device)
        assert len(client._world.devices.devices) == 5


async def test_no_is_what_enter_says_to_one_that_asks(tmp_path: Path) -> None:
    client = with_devices()
    async with on_stage(client, tmp_path) as stage:
        client.ask_to_link(ASKED)
        await stage.settle()
        await stage.press("enter")
        assert any(isinstance(each, c.LinkRefuse) for each in client.commands)
        assert len(client._world.devices.devices) == 4


async def test_this_device_shows_its_code_while_it_is_being_linked(tmp_path: Path) -> None:
    client = FakeClient()
    async with on_stage(client, tmp_path) as stage:
        client.show_link_code(SHOWN)
        await stage.settle()
        assert stage.shows("482 913")
        assert stage.shows("babilu-device:")
        await stage.press("right", "enter")
        assert any(isinstance(each, c.LinkConfirm) for each in client.commands)


def keys(text: str) -> list[str]:
    return ["space" if letter == " " else letter for letter in text]


async def test_they_are_found_among_all_that_can_be_done(tmp_path: Path) -> None:
    async with on_stage(with_devices(), tmp_path) as stage:
        await stage.press("ctrl+p", *"your", "space", *"dev", "enter")
        assert stage.shows("full device, this one")
