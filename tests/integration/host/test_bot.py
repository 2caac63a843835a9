"""A bot on a real client: it accepts a caller, answers, and has its memory in its encrypted profile."""

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from babilu import Bot, Client
from babilu.api import commands as c
from babilu.api.events import PeerChanged
from babilu.api.views import Address

WAIT_S = 30.0


def test_a_bot_accepts_answers_remembers_and_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BABILU_PASSWORD", "the passphrase of the bot")
    bot = Bot.direct("counter", listen=("127.0.0.1", 0), home=tmp_path)
    ready = threading.Event()
    bot.request(lambda request: request.name == "alice")
    bot.every(3_600)(ready.set)

    @bot.message
    def count(message: object) -> str:
        del message
        bot.memory["count"] = bot.memory.get("count", 0) + 1
        return str(bot.memory["count"])

    with ExitStack() as stack:
        running = threading.Thread(target=bot.run)
        running.start()
        stack.callback(running.join, WAIT_S)
        stack.callback(bot.stop)
        assert ready.wait(WAIT_S)
        address = bot.ask(c.Status()).listening
        assert isinstance(address, Address)
        alice = stack.enter_context(Client.direct("alice", "the passphrase of alice", home=tmp_path))
        met = threading.Event()
        subscription = alice.chat.subscribe(lambda _, event: met.set() if isinstance(event, PeerChanged) else None)
        stack.callback(subscription.cancel)
        alice.call(address.host, address.port)
        met.wait(WAIT_S)
        answers = []
        for _ in range(2):
            alice.send("counter", "one more")
            answer = alice.receive(WAIT_S)
            assert answer is not None
            answers.append(answer.text)
        assert answers == ["1", "2"]
    assert "one more" not in (tmp_path / "counter@direct.db").read_bytes().decode("latin-1")
