import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import ChatClient
from babilu.api.views import Address, MessageView, RequestView
from babilu.bot import runner
from babilu.bot.bot import BaseBot, ConnectionReporter
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of, identity_of
from babilu.bot.handlers import HandlerTable, Limit
from babilu.bot.testing import BEGIN_S, BotTest
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, LinkError, UsageError

WAIT_S = 10.0

Begin = Callable[[BaseBot], BotTest]


def nothing() -> ChatClient:
    raise AssertionError("a rehearsed bot opens no client")


def make(limit: Limit | None = None) -> BaseBot:
    return BaseBot(nothing, limit=limit)


def answer_yes(*_: object) -> str:
    return "yes"


def test_a_bot_answers_with_what_a_handler_returns(babilu_bot: Begin) -> None:
    bot = make()

    @bot.message
    def echo(message: MessageView) -> str:
        return f"{message.sender}: {message.text}"

    stage = babilu_bot(bot)
    assert stage.says("alice", "hi") == ["alice: hi"]
    assert stage.says("bob", "ho") == ["bob: ho"]
    assert stage.sent == [("alice", "alice: hi"), ("bob", "bob: ho")]


def test_a_client_that_has_too_much_to_do_is_asked_again_for_what_came(babilu_bot: Begin) -> None:
    bot = make()
    handled = threading.Event()

    @bot.message
    def note(message: MessageView) -> None:
        assert message.text == "hi"
        handled.set()

    stage = babilu_bot(bot)
    stage.client.fail_next(c.TakeUnshown, LinkError(ErrorCode.BUSY, "Too much is waiting to be done.", 20))
    stage.client.receive("alice", "hi")
    assert handled.wait(WAIT_S)


def test_handlers_may_be_coroutines_and_say_nothing(babilu_bot: Begin) -> None:
    bot = make()
    heard: list[str] = []

    @bot.message
    async def listen(message: MessageView) -> None:
        await asyncio.sleep(0)
        heard.append(message.text)

    @bot.message
    async def forward(message: MessageView) -> str:
        await bot.say("carol", message.text)
        return ""

    stage = babilu_bot(bot)
    assert stage.says("alice", "hi") == []
    assert heard == ["hi"]
    assert stage.sent == [("carol", "hi")]


def test_commands_take_their_words_and_messages_the_rest(babilu_bot: Begin) -> None:
    bot = make()

    @bot.command("add")
    def add(message: MessageView, words: str) -> str:
        """Add numbers."""
        del message
        return str(sum(map(int, words.split())))

    @bot.command("/Hush")
    async def hush(message: MessageView, words: str) -> None:
        del message, words

    @bot.message
    def other(message: MessageView) -> str:
        return f"no command: {message.text}"

    stage = babilu_bot(bot)
    assert stage.says("alice", "/add 1 2\n3") == ["6"]
    assert stage.says("alice", "/ADD 1") == ["1"]
    assert stage.says("alice", "/hush") == []
    assert stage.says("alice", "/help") == ["/add: Add numbers.\n/hush"]
    for text in ("/adder 1", "/", "/unknown", "add 1", " /add 1"):
        assert stage.says("alice", text) == [f"no command: {text}"]


@pytest.mark.parametrize("name", ["", "two words", "a/b", "-x", "add"])
def test_a_command_has_a_name_of_its_own(name: str) -> None:
    bot = make()
    bot.command("add")(answer_yes)
    with pytest.raises(UsageError):
        bot.command(name)(answer_yes)


def test_memory_outlives_a_restart_and_holds_what_json_can(babilu_bot: Begin) -> None:
    bot = make()

    @bot.message
    def count(message: MessageView) -> str:
        seen = bot.memory.get(message.sender, {"times": 0})
        bot.memory[message.sender] = {"times": seen["times"] + 1}
        return str(bot.memory[message.sender]["times"])

    stage = babilu_bot(bot)
    assert stage.says("alice", "hi") == ["1"]
    stage.restart()
    assert stage.says("alice", "hi") == ["2"]
    assert stage.says("bob", "hi") == ["1"]

    @bot.command("look")
    def look(message: MessageView, words: str) -> str:
        del bot.memory["bob"]
        missing = [key for key in ("bob", "nobody") if key not in bot.memory]
        with pytest.raises(KeyError):
            del bot.memory["bob"]
        with pytest.raises(KeyError):
            bot.memory[words]
        return f"{list(bot.memory)} {len(bot.memory)} {missing} {bot.memory.beginning_with('al')} {message.first}"

    assert stage.says("alice", "/look nobody") == ["['alice'] 1 ['bob', 'nobody'] ('alice',) False"]
    assert stage.client.values == {"bot/alice": '{"times":2}'}


def test_a_handler_that_fails_is_logged_by_its_place_and_the_bot_lives_on(
    babilu_bot: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    bot = make()

    @bot.message
    def broken(message: MessageView) -> str:
        if message.text == "secret":
            raise ValueError(message.text)
        return "fine"

    @bot.message
    async def broken_too(message: MessageView) -> None:
        if message.text == "secret":
            raise KeyError(message.text)

    @bot.every(10)
    def broken_three() -> None:
        raise RuntimeError("secret")

    stage = babilu_bot(bot)
    with caplog.at_level(logging.DEBUG):
        assert stage.says("alice", "secret") == []
        assert stage.says("alice", "hi") == ["fine"]
        stage.advance(10)
    assert "ValueError at line" in caplog.text
    assert "KeyError at line" in caplog.text
    assert "RuntimeError at line" in caplog.text
    assert "secret" not in caplog.text
    assert "alice" not in caplog.text


def test_an_answer_that_is_refused_is_no_end(babilu_bot: Begin, caplog: pytest.LogCaptureFixture) -> None:
    bot = make()
    bot.message(lambda message: message.text * 60_000)
    stage = babilu_bot(bot)
    assert stage.says("alice", "long") == []
    assert "too_large" in caplog.text
    assert len(stage.says("alice", "x")[0]) == 60_000


def test_a_conversation_beyond_its_limit_is_passed_over_and_others_are_not(
    babilu_bot: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    bot = make(Limit(3, 60))
    bot.message(answer_yes)
    stage = babilu_bot(bot)
    assert [len(stage.says("alice", "hi")) for _ in range(6)] == [1, 1, 1, 0, 0, 0]
    assert stage.says("bob", "hi") == ["yes"]
    stage.advance(20)
    assert [len(stage.says("alice", "hi")) for _ in range(2)] == [1, 0]
    stage.advance(600)
    assert [len(stage.says("alice", "hi")) for _ in range(4)] == [1, 1, 1, 0]
    assert caplog.text.count("passed over") == 3


def test_two_bots_do_not_chatter_for_ever(babilu_bot: Begin) -> None:
    stages = {}
    for name in ("one", "other"):
        bot = make(Limit(5, 60))
        bot.message(lambda message: message.text + "!")
        stages[name] = babilu_bot(bot)
    said, speaker = "hi", "one"
    for turn in range(100):  # noqa: B007 -- how far it went is what is asked for
        answers = stages[speaker].says("other" if speaker == "one" else "one", said)
        if not answers:
            break
        said, speaker = answers[0], "other" if speaker == "one" else "one"
    assert turn == 10


def test_messages_of_a_conversation_keep_their_order_and_hold_up_no_other(babilu_bot: Begin) -> None:
    bot = make()
    gate, reached = threading.Event(), threading.Event()
    handled: list[str] = []

    @bot.message
    def slow(message: MessageView) -> None:
        if message.text == "wait":
            reached.set()
            gate.wait(WAIT_S)
        handled.append(message.text)

    stage = babilu_bot(bot)
    stage.client.receive("alice", "wait")
    for number in range(5):
        stage.client.receive("alice", str(number))
    assert reached.wait(WAIT_S)
    done = threading.Event()
    bot.message(lambda message: done.set() if message.sender == "bob" else None)
    stage.client.receive("bob", "quick")
    assert done.wait(WAIT_S)
    gate.set()
    stage.settle()
    assert handled == ["quick", "wait", "0", "1", "2", "3", "4"]


def test_things_are_done_again_and_again(babilu_bot: Begin) -> None:
    bot = make()

    @bot.every(60)
    def tick() -> None:
        bot.send("alice", f"{bot.now() - BEGIN_S:.0f}")

    stage = babilu_bot(bot)
    assert stage.sent == [("alice", "0")]
    assert stage.advance(150) == [("alice", "60"), ("alice", "120")]
    assert stage.advance(29) == []
    assert stage.advance(1) == [("alice", "180")]
    with pytest.raises(UsageError):
        bot.every(0)


def test_strangers_are_let_in_as_the_bot_decides(babilu_bot: Begin) -> None:
    bot = make()

    @bot.request
    def decide(request: RequestView) -> bool | None:
        return {"friend": True, "foe": False}.get(request.name)

    stage = babilu_bot(bot)
    for name in ("friend", "foe", "nobody"):
        stage.calls(name)
    assert [request.name for request in stage.client.requests] == ["nobody"]


def test_what_needs_the_client_waits_for_the_bot_to_run() -> None:
    bot = make()
    for early in (lambda: bot.send("alice", "hi"), lambda: bot.memory["key"], lambda: bot.ask(c.Contacts())):
        with pytest.raises(UsageError, match="does not run"):
            early()
    bot.stop()


def test_a_bot_runs_once_at_a_time(babilu_bot: Begin) -> None:
    bot = make()
    babilu_bot(bot)
    with pytest.raises(UsageError, match="runs already"):
        babilu_bot(bot)


def test_a_bot_ends_with_its_client_and_says_why(babilu_bot: Begin) -> None:
    bot = make()
    stage = babilu_bot(bot)
    stage.client.tell(e.Warned("host_ended", "Over.", fatal=True))
    with pytest.raises(BabiluError) as ended:
        stage.settle()
    assert ended.value.code in {ErrorCode.HOST_ENDED, ErrorCode.CLOSED}


def test_a_command_that_no_client_in_memory_has_is_named(babilu_bot: Begin) -> None:
    bot = make()
    babilu_bot(bot)
    with pytest.raises(UsageError, match="in memory"):
        bot.ask(c.Examine())
    with pytest.raises(DeliveryError):
        bot.ask(c.Accept("nothing"))
    assert bot.ask(c.Status()).name == "bot"


def test_run_opens_and_closes_its_client_and_ends_when_it_is_stopped() -> None:
    client = FakeClient()
    client.receive("alice", "before", announced=False)
    bot = BaseBot(lambda: client)
    handled: list[str] = []

    @bot.message
    def last(message: MessageView) -> None:
        handled.append(message.text)
        bot.stop()

    bot.run()
    assert handled == ["before"]
    assert client.closed.is_set()


def test_a_bot_that_is_stopped_while_its_client_is_opened_ends_once_that_is_open() -> None:
    client = FakeClient()
    client.receive("alice", "before", announced=False)
    opening, asked_to_stop = threading.Event(), threading.Event()

    def opens() -> ChatClient:
        opening.set()
        assert asked_to_stop.wait(WAIT_S)
        return client

    bot = BaseBot(opens)
    bot.message(answer_yes)
    running = threading.Thread(target=bot.run)
    running.start()
    assert opening.wait(WAIT_S)
    bot.stop()
    asked_to_stop.set()
    running.join(WAIT_S)
    ended, handled = not running.is_alive(), c.TakeUnshown(1) in client.commands
    bot.stop()
    running.join(WAIT_S)
    assert (ended, handled) == (True, False)
    assert client.closed.is_set()


def test_an_answer_and_a_decision_are_for_whoever_the_handler_was_shown() -> None:
    client = FakeClient()
    client.receive("alice", "hi", announced=False)
    request = client.ask_for_conversation("eve")
    bot = BaseBot(lambda: client)
    bot.message(answer_yes)
    bot.request(lambda request: request.name == "eve")
    bot.every(0.1)(lambda: bot.stop() if len(client.messages("alice")) > 1 else None)
    bot.run()
    assert c.Send(conversation_of("alice").hex(), "yes", identity_of("alice")) in client.commands
    assert c.Accept(request.id, request.identity) in client.commands


def test_a_script_whose_bot_cannot_be_opened_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    others: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _, error, __: others.append(error))
    wrong, defect = LinkError(ErrorCode.UNAVAILABLE, "Nobody is there."), KeyError("x")

    def refuse() -> ChatClient:
        raise wrong

    with pytest.raises(LinkError):
        BaseBot(refuse).run()
    for error in (wrong, defect):
        sys.excepthook(type(error), error, None)

    assert capsys.readouterr().err == "Nobody is there.\n"
    assert others == [defect]


def test_run_tells_why_the_client_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    client = FakeClient()
    bot = BaseBot(lambda: client)
    bot.every(1)(lambda: client.tell(e.Warned("replaced", "Elsewhere.", fatal=True)))
    with pytest.raises(BabiluError) as ended:
        bot.run()
    assert ended.value.code is ErrorCode.REPLACED
    assert not isinstance(ended.value, LinkError)


def test_more_messages_than_can_wait_stay_in_the_profile(babilu_bot: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "WAITING_MAX", 3)
    bot = make(Limit(1_000, 1))
    gate, handled = threading.Event(), []

    @bot.message
    def slow(message: MessageView) -> None:
        gate.wait(WAIT_S)
        handled.append(message.text)

    stage = babilu_bot(bot)
    for number in range(10):
        stage.client.receive("alice", str(number))
    bot.ask(c.Status())
    gate.set()
    stage.settle()
    assert handled == [str(number) for number in range(10)]


def test_a_prefix_can_be_another() -> None:
    handlers = HandlerTable(prefix="!")
    handlers.add_command("!go", answer_yes)
    assert handlers.find_command("!go far") is not None
    assert handlers.find_command("/go far") is None


class NoText:
    def __str__(self) -> str:
        raise ValueError("this is no text")


class OfItsOwn(BaseException):
    pass


def raises(error: BaseException) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


@pytest.mark.parametrize(
    "failing", [NoText, raises(OfItsOwn()), raises(asyncio.CancelledError()), raises(ValueError())], ids=range(4)
)
@pytest.mark.parametrize("is_async", [True, False])
def test_a_handler_that_fails_in_an_unusual_way_keeps_no_other_message_from_being_answered(
    babilu_bot: Begin, failing: Callable[[], object], is_async: bool, caplog: pytest.LogCaptureFixture
) -> None:
    bot = make()

    def answer(message: MessageView) -> str:
        return cast("str", failing()) if message.text == "fail" else message.text

    async def answer_later(message: MessageView) -> str:
        return answer(message)

    if is_async:
        bot.message(answer_later)
    else:
        bot.message(answer)
    stage = babilu_bot(bot)
    assert stage.says("alice", "fail") == []
    assert stage.says("alice", "one") == ["one"]
    assert "a handler failed" in caplog.text
    caplog.clear()


def test_what_waited_behind_a_failing_message_is_answered(babilu_bot: Begin) -> None:
    bot = make()
    entered, go_on = threading.Event(), threading.Event()

    @bot.message
    def answer(message: MessageView) -> str:
        if message.text != "fail":
            return message.text
        entered.set()
        go_on.wait(WAIT_S)
        raise OfItsOwn

    stage = babilu_bot(bot)
    stage.client.receive("alice", "fail")
    assert entered.wait(WAIT_S)
    for number in range(9):
        stage.client.receive("alice", str(number))
    taken_all = time.monotonic() + WAIT_S
    while stage.client._profile.unshown:
        assert time.monotonic() < taken_all
        time.sleep(0.01)
    go_on.set()
    assert stage.says("bob", "done") == ["done"]
    assert [text for to, text in stage.sent if to == "alice"] == [str(number) for number in range(9)]


def test_whoever_runs_a_bot_sees_how_it_is_connected(capsys: pytest.CaptureFixture[str]) -> None:
    client = FakeClient("counter")
    connection = ConnectionReporter(client.request(c.Status()).result(WAIT_S))
    subscription = client.subscribe(connection.hear)
    client.go_offline(text="Nothing listens there.")
    client.go_offline(text="Nothing listens there.")
    client.go_online()
    client.go_offline(text="Nothing listens there.")
    client.go_online(Address("chat2.example.org", 443))
    client.settle()
    subscription.cancel()
    relay = client.request(c.Status()).result(WAIT_S).relay
    client.close()
    assert capsys.readouterr().err.splitlines() == [
        "counter is open. Ctrl+C ends it.",
        f"counter is connected to {relay}.",
        f"counter is not connected to {relay}: Nothing listens there.",
        f"counter is connected to {relay}.",
        f"counter is not connected to {relay}: Nothing listens there.",
        f"counter is connected to {relay} at chat2.example.org:443.",
    ]


def test_files_are_sent_and_pictures_as_files_where_that_is_asked(babilu_bot: Begin, tmp_path: Path) -> None:
    bot = make()
    path = tmp_path / "a.txt"
    path.write_bytes(b"12345")

    @bot.message
    async def answer(message: MessageView) -> None:
        await bot.say(message.conversation, "look", files=[path])
        await bot.say(message.conversation, files=[path], as_files=True)

    stage = babilu_bot(bot)
    stage.says("alice", "hi")
    sent = [each for each in stage.client.commands if isinstance(each, c.Send)]
    assert [(each.text, each.files, each.as_files) for each in sent] == [
        ("look", (str(path),), False),
        ("", (str(path),), True),
    ]
