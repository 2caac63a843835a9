"""What is said about messages is shown where they stand: quotes, formatting, edits, reactions, ends."""

from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.style import Style

from babilu.api import commands as c
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import START_MS
from babilu.kernel.ids import MessageId
from tests.unit.terminal.app.stage import Stage, on_stage

HOUR_MS = 3_600_000


def style_of(stage: Stage, text: str) -> Style:
    """Give the style in which a piece of text is drawn in the history."""
    for strip in stage.app.screen._compositor.render_strips():
        for segment in strip:
            if segment.text.strip() == text and segment.style is not None:
                return segment.style
    raise AssertionError(f"{text} is not drawn by itself:\n{stage.text()}")


async def test_a_quote_shows_the_own_copy_and_a_claim_says_whose_it_is(tmp_path: Path) -> None:
    client = FakeClient()
    original = client.receive("bob", "at *seven*, then?")
    client.receive("bob", "or at eight", reply_to=original.id)
    client.receive("bob", "as before", reply_to=MessageId(b"elsewhere......."[:16]))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.shows("↩ bob: at seven, then?")
        assert stage.shows("↩ as quoted by bob: what was written before")
        client.edit("bob", original.id, "at nine")
        await stage.settle()
        assert stage.shows("↩ bob: at nine")


async def test_a_message_deleted_for_all_leaves_a_line_and_blanks_every_quote_of_it(tmp_path: Path) -> None:
    client = FakeClient()
    secret = client.receive("bob", "the secret")
    client.receive("bob", "see above", reply_to=secret.id)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.delete_for_all("bob", secret.id)
        await stage.settle()
        assert not stage.shows("the secret")
        assert stage.shows("bob deleted this message")
        assert stage.shows("↩ This message is gone")
        client.delete_for_all("bob", client.messages("bob")[-1].id)
        await stage.settle()
        assert any("deleted message" in row[:32] for row in stage.rows())


async def test_enter_on_a_reply_goes_to_what_it_replies_to(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    client.fill_history("bob", 600, "number {}".format)
    first = client.messages("bob")[10]
    client.receive("bob", "this one", reply_to=first.id)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", "enter")
        assert stage.main.history.selected is not None
        assert stage.main.history.selected.id == first.id
        assert stage.shows("number 10")


async def test_formatting_is_shown_as_styles_and_its_marks_go(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "a *bold* and _slanted_ and ~struck~ word `x*y*z` 2*3*4")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.shows("a bold and slanted and struck word x*y*z 2*3*4")
        assert style_of(stage, "bold").bold
        assert style_of(stage, "slanted").italic
        assert style_of(stage, "struck").strike
        assert style_of(stage, "x*y*z").bgcolor != style_of(stage, "bold").bgcolor


async def test_code_between_fences_keeps_every_blank_and_a_quote_has_an_edge(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "```\nif  x:\n    pass\n```\n> said before\nmine")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.shows("▎ if  x:")
        assert stage.shows("▎     pass")
        assert stage.shows("▎ │ said before")
        assert stage.shows("▎ mine")


async def test_a_spoiler_is_hidden_until_a_key_shows_it(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "he is ||the butler|| after all")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert not stage.shows("butler")
        assert stage.shows("he is ▒▒▒▒▒▒▒▒ after all")
        await stage.press("escape", "s")
        assert stage.shows("he is the butler after all")
        await stage.press("s")
        assert not stage.shows("the butler")


async def test_an_edit_a_pin_and_what_was_forwarded_are_marked(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "seven")
    client.edit("bob", message.id, "eight")
    client.pin("bob", message.id)
    client.shape(message.id, forwarded=True, shared_by="carol")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.shows("eight")
        assert stage.shows("shared by carol")
        assert stage.shows("pinned · edited")
        assert stage.shows("forwarded")
        client.pin("bob", message.id, on=False)
        await stage.settle()
        assert not stage.shows("pinned")


async def test_reactions_stand_under_their_message_with_their_number(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "well done")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        client.react("bob", message.id, "👍", "🎉")
        client.react("alice", message.id, "👍")
        await stage.settle()
        assert stage.shows("👍 2")
        assert stage.shows("🎉 1")
        assert style_of(stage, "👍 2").bgcolor != style_of(stage, "🎉 1").bgcolor


@pytest.mark.parametrize(
    ("left", "shown"),
    [(2 * 86_400_000, "2 d"), (5 * HOUR_MS, "5 h"), (90_000, "1 min"), (30_000, "under a minute")],
)
async def test_a_message_with_a_timer_shows_what_is_left_of_it(tmp_path: Path, left: int, shown: str) -> None:
    client = FakeClient()
    message = client.receive("bob", "soon gone")
    client.shape(message.id, timer=60, expires_at=START_MS + HOUR_MS + left)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.shows(f"disappears in {shown}")
        client.expire(message.id)
        await stage.settle()
        assert not stage.shows("soon gone")


async def test_a_timer_that_has_not_begun_says_how_long_it_is(tmp_path: Path) -> None:
    client = FakeClient()
    message = client.receive("bob", "soon gone")
    client.shape(message.id, timer=7_200, expires_at=None)
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert stage.shows("disappears 2 hours after reading")


async def test_a_mention_is_highlighted_and_nothing_else_of_the_text(tmp_path: Path) -> None:
    client = FakeClient()
    client.receive("bob", "ask @alice about it", mentions=("alice",))
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        assert style_of(stage, "@alice").color != style_of(stage, "about it").color


async def test_what_others_format_steers_no_terminal_and_fits(tmp_path: Path) -> None:
    client = FakeClient()
    hostile = "*\x1b[31m\u202ered* `\x9b1m` ||\x07|| " + "*wide " * 40 + "*\n> \x1b]0;x\x07\n```\n\x1b[2J\t王王\n```"
    message = client.receive("bob", hostile, mentions=())
    client.receive("bob", "again", reply_to=message.id)
    client.react("bob", message.id, "👍")
    client.shape(message.id, sender="b\x1b]0;evil\x07b")
    async with on_stage(client, tmp_path, size=(60, 40)) as stage:
        await stage.open("bob")
        await stage.press("escape", "up", "s")
        drawn = stage.text()
        assert not any(character in drawn for character in "\x1b\x9b\x07\u202e")
        assert stage.shows("\\x1b[2J    王王")
        assert all(cell_len(row) <= 60 for row in stage.rows())


async def test_the_first_letter_of_a_text_is_a_key_only_while_a_message_is_selected(tmp_path: Path) -> None:
    client = FakeClient()
    client.add_contact("bob")
    async with on_stage(client, tmp_path) as stage:
        await stage.open("bob")
        await stage.press("escape", *"so it goes")
        assert stage.main.composer.text == "so it goes"
        assert not [each for each in client.commands if isinstance(each, c.MessageInfo)]
