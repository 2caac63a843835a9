import os
import runpy
import stat
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from babilu.bot.bot import BaseBot
from babilu.bot.testing import BotTest

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"

Begin = Callable[[BaseBot], BotTest]


def load(name: str) -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / name))


def test_the_echo_bot_echoes(babilu_bot: Begin) -> None:
    stage = babilu_bot(load("echo_bot.py")["bot"])
    assert stage.says("alice", "is anybody there?") == ["is anybody there?"]


def test_the_reminder_bot_reminds_also_after_a_restart(babilu_bot: Begin) -> None:
    stage = babilu_bot(load("reminder_bot.py")["bot"])
    assert stage.says("alice", "/remind 20m Take the bread out") == ["I will remind you in 20 m."]
    assert stage.says("bob", "/remind 10s Now") == ["I will remind you in 10 s."]
    assert stage.says("bob", "/list") == ["in 10 s: Now"]
    assert stage.advance(15) == [("bob", "Reminder: Now")]
    stage.restart()
    assert stage.says("bob", "/list") == ["Nothing."]
    assert stage.advance(1_200) == [("alice", "Reminder: Take the bread out")]
    assert stage.advance(3_600) == []
    assert "Write it like this" in stage.says("alice", "/remind me")[0]
    stage.says("alice", "/remind 1d Water the plants")
    assert stage.says("alice", "/forget") == ["Forgotten: 1."]
    assert "/list: What you will be reminded of" in stage.says("alice", "/help")[0]


def post(port: int, body: bytes, token: str | None) -> int:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/", body, headers)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def test_the_webhook_posts_for_those_who_have_the_token(babilu_bot: Begin, tmp_path: Path) -> None:
    example = load("webhook_bot.py")
    file = tmp_path / "webhook.token"
    token = example["read_token"](file)
    assert token == example["read_token"](file)
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600  # noqa: PTH116 -- the mode is what is looked at
    bot = BaseBot(lambda: pytest.fail("a rehearsed bot opens no client"))
    stage = babilu_bot(bot)
    with example["Door"](bot, "alice", token, 0) as door:
        port = door.server_address[1]
        serving = threading.Thread(target=door.serve_forever, args=(0.01,))
        serving.start()
        try:
            assert post(port, "Backup fertig, ünd ☕".encode(), token) == 202
            assert post(port, b"in a browser", None) == 401
            assert post(port, b"guessed", "wrong") == 401
            assert post(port, b"x" * 60_001, token) == 413
            assert post(port, b"\xff", token) == 400
        finally:
            door.shutdown()
            serving.join()
    assert stage.sent == [("alice", "Backup fertig, ünd ☕")]
