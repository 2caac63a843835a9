import codecs
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.rpc import messages, session
from babilu.rpc.methods import Attachment, api_digest
from babilu.rpc.session import Hosted, Session


class Outlet:
    """What a caller has been sent."""

    def __init__(self, events_max: int = 1_000) -> None:
        self.lines: list[Any] = []
        self.closed = False
        self.events = 0
        self.events_max = events_max

    def send(self, line: bytes) -> None:
        assert not self.closed
        self.lines.append(json.loads(line))

    def send_event(self, line: bytes) -> bool:
        self.events += 1
        if self.events > self.events_max:
            return False
        self.send(line)
        return True

    def close(self) -> None:
        self.closed = True


class Caller:
    """A session whose context is the test's thread."""

    def __init__(self, client: FakeClient, *, locked: bool = False, events_max: int = 1_000) -> None:
        self.client = client
        self.sink = Outlet(events_max)
        self.posted: list[Callable[[], None]] = []
        self.stopped: list[bool] = []
        attachment = Attachment("alice", 7, True, "1.2.3", api_digest())
        hosted = Hosted(client, attachment, lambda: 0, lambda: self.stopped.append(True))
        self.session = Session(hosted, self.sink, self.posted.append, locked=locked)

    def run(self) -> None:
        """Do all that was posted, until the client has nothing more to say."""
        self.client.settle()
        while self.posted:
            self.posted.pop(0)()
            self.client.settle()

    def say(self, line: object) -> list[Any]:
        """Say a line and give what came of it."""
        before = len(self.sink.lines)
        self.session.take(line if isinstance(line, bytes) else json.dumps(line).encode())
        self.run()
        return self.sink.lines[before:]

    def ask(self, method: str, **params: object) -> Any:
        """Ask for something and give its answer."""
        (answer,) = self.say({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        return answer


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient()
    yield made
    made.close()


@pytest.fixture
def caller(client: FakeClient) -> Caller:
    return Caller(client)


def code_of(answer: Any) -> tuple[int, str]:
    return answer["error"]["code"], answer["error"]["data"]["code"]


def test_a_request_is_answered_under_its_id(caller: Caller) -> None:
    caller.client.add_contact("bob")
    answer = caller.ask("send", to="bob", text="hi")
    assert (answer["jsonrpc"], answer["id"]) == ("2.0", 1)
    assert (answer["result"]["text"], answer["result"]["id"]) == ("hi", f"{1:032x}")


@pytest.mark.parametrize(
    ("method", "params", "number", "code"),
    [
        ("dance", {}, messages.METHOD_NOT_FOUND, "unsupported"),
        ("__init__", {}, messages.METHOD_NOT_FOUND, "unsupported"),
        ("send", {"to": "bob"}, messages.INVALID_PARAMS, "usage"),
        ("send", {"to": "bob", "text": "hi", "extra": 1}, messages.INVALID_PARAMS, "usage"),
        ("check_passphrase", {"passphrase": ""}, messages.INVALID_PARAMS, "usage"),
        ("send", {"to": "nobody", "text": "hi"}, messages.REFUSED, "not_found"),
        ("unsubscribe", {"subscription": 9}, messages.REFUSED, "usage"),
    ],
)
def test_a_refusal_has_a_number_of_the_specification_and_babilus_code(
    caller: Caller, method: str, params: dict[str, object], number: int, code: str
) -> None:
    assert code_of(caller.ask(method, **params)) == (number, code)


def test_a_defect_is_told_without_a_traceback(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller.client._world, "answer", lambda _: 1 / 0)
    answer = caller.ask("status")
    assert code_of(answer) == (messages.REFUSED, "internal")
    assert "division" not in json.dumps(answer)


def test_a_notification_is_carried_out_and_not_answered(caller: Caller) -> None:
    assert caller.say({"jsonrpc": "2.0", "method": "store_value", "params": {"key": "a", "value": "b"}}) == []
    assert caller.say({"jsonrpc": "2.0", "method": "dance"}) == []
    assert caller.ask("read_value", key="a")["result"] == "b"


def test_a_batch_is_answered_together_and_its_notifications_are_not(caller: Caller) -> None:
    calls = [
        {"jsonrpc": "2.0", "id": 1, "method": "threads"},
        {"jsonrpc": "2.0", "method": "threads"},
        {"jsonrpc": "2.0", "id": 2, "method": "dance"},
        3,
    ]
    (answers,) = caller.say(calls)
    assert {answer["id"]: "result" in answer for answer in answers} == {1: True, 2: False, None: False}
    assert caller.say([{"jsonrpc": "2.0", "method": "threads"}]) == []


def test_a_byte_order_mark_is_passed_over_before_the_first_line_and_is_noise_later(caller: Caller) -> None:
    line = codecs.BOM_UTF8 + b'{"jsonrpc":"2.0","id":1,"method":"contacts"}'
    (first,) = caller.say(line)
    assert first["result"] == []
    (later,) = caller.say(line)
    assert code_of(later) == (messages.PARSE_ERROR, "malformed")


def test_empty_lines_are_passed_over_and_noise_is_answered(caller: Caller) -> None:
    assert caller.say(b" \r") == []
    (answer,) = caller.say(b"GET / HTTP/1.1")
    assert code_of(answer) == (messages.PARSE_ERROR, "malformed")


def test_events_follow_the_answer_of_their_subscription(caller: Caller) -> None:
    caller.client.tell(e.NoticeArrived("before"))
    answer, event = caller.say({"jsonrpc": "2.0", "id": 1, "method": "subscribe", "params": {"since": 0}})
    number = answer["result"]["subscription"]
    assert event == {
        "jsonrpc": "2.0",
        "method": "notice_arrived",
        "params": {"subscription": number, "cursor": 1, "event": {"text": "before"}},
    }
    assert caller.ask("unsubscribe", subscription=number)["result"] is None
    caller.client.tell(e.NoticeArrived("after"))
    caller.run()
    assert len(caller.sink.lines) == 3


def test_a_locked_session_takes_nothing_but_the_passphrase(client: FakeClient) -> None:
    caller = Caller(client, locked=True)
    for method in ("status", "subscribe", "stop", "check_passphrase"):
        params = {"passphrase": "correct horse"} if method == "check_passphrase" else {}
        assert code_of(caller.ask(method, **params)) == (messages.REFUSED, "not_allowed")
    assert not caller.stopped
    assert client.commands == []
    assert code_of(caller.ask("attach", passphrase="wrong")) == (messages.REFUSED, "wrong_credentials")
    assert code_of(caller.ask("status")) == (messages.REFUSED, "not_allowed")
    attached = caller.ask("attach", passphrase="correct horse")["result"]
    assert attached == {
        "name": "alice",
        "process": 7,
        "daemon": True,
        "version": "1.2.3",
        "api": api_digest(),
        "reads": False,
    }
    assert caller.ask("status")["result"]["name"] == "alice"


def test_three_wrong_passphrases_end_the_connection_also_when_they_come_at_once(client: FakeClient) -> None:
    caller = Caller(client, locked=True)
    attempts = [
        {"jsonrpc": "2.0", "id": n, "method": "attach", "params": {"passphrase": f"guess {n}"}} for n in range(5)
    ]
    (answers,) = caller.say(attempts)
    codes = [answer["error"]["data"]["code"] for answer in sorted(answers, key=lambda answer: answer["id"])]
    assert codes == ["wrong_credentials"] * 3 + ["not_allowed"] * 2
    assert caller.sink.closed
    assert sum(isinstance(command, c.CheckPassphrase) for command in client.commands) == 3


def test_a_daemon_is_ended_by_its_callers_after_the_answer(caller: Caller) -> None:
    caller.session.take(b'{"jsonrpc":"2.0","id":1,"method":"stop"}')
    assert caller.sink.lines == [{"jsonrpc": "2.0", "id": 1, "result": None}]
    assert not caller.stopped
    caller.run()
    assert caller.stopped


def test_who_does_not_read_is_told_why_and_let_go(client: FakeClient) -> None:
    caller = Caller(client, events_max=2)
    caller.ask("subscribe")
    for number in range(3):
        client.tell(e.NoticeArrived(str(number)))
    caller.run()
    last = caller.sink.lines[-1]
    assert (last["method"], last["params"]["code"]) == ("ended", "busy")
    assert caller.sink.closed
    assert caller.say({"jsonrpc": "2.0", "id": 1, "method": "status"}) == []


def test_events_do_not_pile_up_where_the_context_is_stuck(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "EVENTS_WAITING_MAX", 5)
    caller = Caller(client)
    caller.ask("subscribe")
    for number in range(50):
        client.tell(e.NoticeArrived(str(number)))
    assert len(caller.posted) == 6
    caller.run()
    assert caller.sink.lines[-1]["params"]["code"] == "busy"


def test_subscriptions_are_counted(caller: Caller) -> None:
    for _ in range(session.SUBSCRIPTIONS_MAX):
        assert "result" in caller.ask("subscribe")
    assert code_of(caller.ask("subscribe")) == (messages.REFUSED, "busy")


def test_an_answer_that_fits_no_line_is_refused(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "ANSWER_BYTES_MAX", 2_000)
    caller.client.fill_history("bob", 50)
    assert code_of(caller.ask("history", conversation="bob")) == (messages.REFUSED, "too_large")
    assert "result" in caller.ask("history", conversation="bob", limit=1)


def test_the_last_word_says_why(caller: Caller) -> None:
    caller.session.end(LinkError(ErrorCode.HOST_ENDED, "Over."))
    caller.session.end()
    assert caller.sink.lines == [
        {"jsonrpc": "2.0", "method": "ended", "params": {"code": "host_ended", "text": "Over."}}
    ]


def test_a_caller_that_leaves_leaves_no_microphone_on(client: FakeClient) -> None:
    client.add_contact("bob")
    leaves = Caller(client)
    leaves.ask("start_recording", conversation="bob")
    client.record("bob", 2_000)
    leaves.session.end()
    client.settle()
    assert c.StopRecording("bob") in client.commands


def test_a_caller_leaves_even_before_its_microphone_is_on(client: FakeClient) -> None:
    client.add_contact("bob")
    client.hold(c.StartRecording)
    leaves = Caller(client)
    leaves.say({"jsonrpc": "2.0", "id": 1, "method": "start_recording", "params": {"conversation": "bob"}})
    leaves.session.end()
    client.release(c.StartRecording)
    leaves.run()
    assert c.StopRecording("bob") in client.commands


@pytest.mark.parametrize("ends", ["stop_recording", "discard_recording", "send_recording"])
def test_a_recording_of_others_is_not_ended_by_whoever_leaves(client: FakeClient, ends: str) -> None:
    client.add_contact("bob")
    leaves = Caller(client)
    leaves.ask("start_recording", conversation="bob")
    leaves.ask(ends, conversation="bob")
    before = list(client.commands)
    leaves.session.end()
    client.settle()
    assert client.commands == before


def test_whoever_was_refused_a_recording_ends_none(client: FakeClient) -> None:
    client.add_contact("bob")
    client.keep_recording("bob", 1_000)
    leaves = Caller(client)
    assert "error" in leaves.ask("start_recording", conversation="bob")
    leaves.session.end()
    client.settle()
    assert c.StopRecording("bob") not in client.commands
