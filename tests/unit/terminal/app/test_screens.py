"""Whole screens, compared with how they are meant to look; `BABILU_DRAW=1` draws them anew."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from babilu.api.views import LinkState, PresenceState
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import START_MS
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageState, Route, Trust
from babilu.terminal.app.symbols import PLAIN
from tests.unit.terminal.app.stage import NARROW, WIDE, Stage, on_stage

SCREENS = Path(__file__).parent / "screens"


def town() -> FakeClient:
    """Some people, each in another state."""
    client = FakeClient(accounts=["zoe"])
    client.add_contact("bob", trust=Trust.VERIFIED)
    client.add_contact("carol")
    client.add_contact("dave")
    client.fill_history(
        "bob", 4, lambda number: f"Number {number} says enough to need a second line on a narrow screen."
    )
    client.fill_history("carol", 2, "Directly {}".format)
    client.change_identity("dave")
    client.connect_peer("carol")
    client.set_presence("bob", PresenceState.ONLINE)
    client.receive("erin", "Hello, this is Erin.")
    client.receive("bob", "Two lines:\nthe second one", route=Route.DIRECT)
    return client


async def conversation(stage: Stage) -> None:
    await stage.open("bob")
    await stage.write("Yes!")
    stage.client.advance(stage.client.messages("bob")[-1].id, MessageState.READ)
    stage.client.go_offline(retry_in_ms=30_000)
    await stage.write("This one waits.")


async def beginning(stage: Stage) -> None:
    del stage


async def changed_identity(stage: Stage) -> None:
    await stage.open("dave")
    await stage.press("f4")


async def request(stage: Stage) -> None:
    stage.client.ask_for_conversation("mallory")
    await stage.settle()
    await stage.press("ctrl+n")


async def connection(stage: Stage) -> None:
    await stage.write("/listen 127.0.0.1 5051")
    await stage.press("f3")


async def help_page(stage: Stage) -> None:
    await stage.press("f1")


async def contents(stage: Stage) -> None:
    """Everything that is said about messages, once."""
    client = stage.client
    client.add_contact("frank")
    question = client.receive("frank", "Shall we meet at *seven*, at the ||secret|| place?")
    await stage.open("frank")
    await stage.press("escape", "r", *"Yes, `seven`, I tell @frank", "enter")
    answer = client.messages("frank")[-1]
    client.react("frank", answer.id, "👍", "🎉")
    client.react("alice", answer.id, "👍")
    client.edit("alice", answer.id, "Yes, `seven`, I told @frank")
    client.pin("frank", answer.id)
    claimed = client.receive("frank", "```\ndef f(x):\n    return x\n```\n> as you said\nok", reply_to=answer.id)
    client.shape(claimed.id, forwarded=True, timer=3_600, expires_at=START_MS + 2 * 3_600_000)
    client.receive("frank", "see there", reply_to=MessageId(bytes(16)))
    gone = client.receive("frank", "oops")
    client.delete_for_all("frank", gone.id)
    client.set_timer("frank", 28_800)
    client.type("frank")
    stage.app.client_model.newest()
    await stage.settle()
    stage.main.history.focus()
    stage.main.history.select(question.id)
    await stage.press("r")


CASES: tuple[tuple[str, Callable[[Stage], Awaitable[None]], tuple[int, int], str], ...] = (
    ("beginning-en", beginning, WIDE, "en"),
    ("conversation-en", conversation, WIDE, "en"),
    ("conversation-es-narrow", conversation, NARROW, "es"),
    ("changed-identity-en", changed_identity, WIDE, "en"),
    ("request-es", request, WIDE, "es"),
    ("connection-en", connection, WIDE, "en"),
    ("contents-en", contents, (80, 34), "en"),
    ("contents-es-wide", contents, (200, 30), "es"),
    ("help-es-narrow", help_page, NARROW, "es"),
)


@pytest.mark.parametrize(("name", "act", "size", "language"), CASES, ids=[case[0] for case in CASES])
async def test_the_screen_looks_as_it_is_meant_to(
    name: str, act: Callable[[Stage], Awaitable[None]], size: tuple[int, int], language: str, tmp_path: Path
) -> None:
    async with on_stage(town(), tmp_path, size=size, language=language) as stage:
        await act(stage)
        drawn = stage.text() + "\n"
    meant = SCREENS / f"{name}.txt"
    if os.environ.get("BABILU_DRAW"):
        meant.write_text(drawn, encoding="utf-8")
    assert drawn == meant.read_text(encoding="utf-8")


async def test_a_terminal_of_few_characters_gets_signs_of_ascii(tmp_path: Path) -> None:
    async with on_stage(town(), tmp_path, symbols=PLAIN) as stage:
        await conversation(stage)
        assert stage.app.client_model.connection_status.link is LinkState.OFFLINE
        inner = [row for row in stage.rows() if not row.strip().startswith(("╭", "│", "╰")) and "╭" not in row]
        symbols = {character for row in inner for character in row if not character.isascii()}
    assert symbols <= set("│╭╮╰╯▁▂▃▄▅▆▇█…▎")
