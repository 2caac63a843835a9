"""Voice notes in the full screen: recorded, listened to, sent and played by keys, and drawn in blocks."""

from dataclasses import replace
from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of
from babilu.bot.fake_voice import voice_note
from babilu.kernel.errors import ErrorCode
from babilu.terminal.app.symbols import PLAIN
from tests.unit.terminal.app.stage import NARROW, WIDE, on_stage


def asked(client: FakeClient, *kinds: type[c.Command[object]]) -> list[c.Command[object]]:
    return [each for each in client.commands if isinstance(each, kinds)]


async def test_a_voice_note_is_recorded_ended_and_sent_by_keys(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("alt+r")
        client.record("bob", 3_000, 200)
        await stage.settle()
        assert stage.shows("● 0:03 ")
        assert stage.shows("Enter sends, Alt+R ends")
        await stage.press("alt+r")
        assert stage.shows("▶ 0:03 ")
        await stage.press("alt+l")
        client.play_on(1_000)
        await stage.settle()
        assert stage.shows("‖ 0:01 / 0:03 ")
        await stage.press("alt+l")
        await stage.press("enter")
        assert not stage.shows("Enter sends, ")
        assert len(asked(client, c.SendRecording)) == 1
        assert any("voice note 0:03" in row[:32] for row in stage.rows())


async def test_escape_ends_a_recording_and_a_key_throws_it_away(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("alt+r")
        await stage.press("escape")
        assert len(asked(client, c.StopRecording)) == 1
        assert stage.main.focused is stage.main.composer
        await stage.press("alt+r")
        assert stage.shows("A voice note waits here")
        await stage.press("alt+x")
        assert len(asked(client, c.DiscardRecording)) == 1
        assert not stage.shows("Enter sends, ")
        await stage.press("alt+x")
        assert stage.shows("No voice note waits here.")


async def test_a_recording_of_an_earlier_run_is_offered_and_a_text_goes_beside_it(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.keep_recording("bob", 65_000)
    client.add_contact("carol")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("carol")
        assert any("Draft: voice note 1:05" in row[:32] for row in stage.rows())
        await stage.open("bob")
        assert stage.shows("▶ 1:05 ")
        await stage.write("hello")
        assert len(asked(client, c.Send)) == 1
        assert asked(client, c.SendRecording) == []
        assert stage.shows("▶ 1:05 ")


async def test_a_conversation_that_is_left_has_no_microphone_on(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.add_contact("carol")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("alt+r")
        await stage.open("carol")
        assert asked(client, c.StopRecording) == [c.StopRecording(conversation_of("bob").hex())]
        assert not stage.shows("Enter sends, ")


async def test_where_there_is_no_sound_the_screen_says_so(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "", files=(voice_note(3_000),))
    client.lose_sound()
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("alt+r")
        assert stage.shows("install PipeWire's or PulseAudio's tools")
        client.keep_recording("bob", 2_000, ErrorCode.NO_SOUND)
        await stage.settle()
        assert stage.shows("There is no sound here")


async def test_a_voice_note_is_drawn_and_played_by_keys(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "", files=(voice_note(12_000),))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        (row,) = (row for row in stage.rows() if " 0:12" in row and "▶" in row)
        assert "▁" in row
        assert "█" in row
        assert "0:12 ●" in row
        await stage.press("escape")
        assert stage.shows("l play")
        await stage.press("l")
        client.play_on(6_000)
        await stage.settle()
        (row,) = (row for row in stage.rows() if "0:06 / 0:12" in row)
        assert "‖ " in row
        assert "●" not in row
        await stage.press("right", "left", "t", "l")
        played = [(each.at, each.speed) for each in asked(client, c.PlayVoice) if isinstance(each, c.PlayVoice)]
        assert played[0] == (0, 100)
        assert (11_000, 100) in played
        assert played[-1][1] == 150
        assert len(asked(client, c.StopPlaying)) == 1
        stage.main.composer.focus()
        await stage.write("/play")
        assert len(asked(client, c.PlayVoice)) == len(played) + 1


async def test_a_key_says_where_a_message_has_no_voice_note(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "", files=(replace(voice_note(3_000), name="invoice.exe"),))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.shows("invoice.exe")
        await stage.press("escape")
        assert not stage.shows("l play")
        await stage.press("l")
        assert stage.shows("This message has no voice note.")
        assert asked(client, c.PlayVoice) == []


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_terminal_without_blocks_draws_a_voice_note_too(tmp_path: Path, size: tuple[int, int]) -> None:
    client = FakeClient()
    client.receive("bob", "", files=(voice_note(12_000),))
    async with on_stage(client, tmp_path, size=size, symbols=PLAIN) as stage:
        await stage.open("bob")
        (row,) = (row for row in stage.rows() if "0:12" in row and "|" in row)
        assert row.isascii()
        assert "> ." in row
        assert "@ 0:12" in row


async def test_a_quote_of_a_voice_note_says_what_it_is(tmp_path: Path) -> None:
    client = FakeClient()
    voice = client.receive("bob", "", files=(voice_note(12_000),))
    client.receive("bob", "as I said", reply_to=voice.id)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.shows("bob: ▤ voice note")
        assert not stage.shows("voice-note.ogg")
