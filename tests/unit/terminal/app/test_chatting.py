from pathlib import Path

import pytest

from babilu.api import commands as c
from tests.fakes.fake_client import FakeClient
from tests.unit.terminal.app.stage import on_stage


async def test_a_text_is_sent_and_shows_how_far_it_has_come(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press(*"hola")
        await stage.press("enter")
        assert any("hola" in row and row.endswith("✓") for row in stage.rows())
        assert client.messages("bob")[-1].text == "hola"
