import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.bot.fake_client import FakeClient
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, LinkError, ProtocolError, UsageError
from babilu.rpc import client as caller_side
from babilu.rpc import server as host_side
from babilu.rpc.messages import LINE_BYTES_MAX
from tests.fakes.sockets import DEADLINE_S, Host

ATTACH = b'{"jsonrpc":"2.0","id":0,"method":"attach","params":{"passphrase":"correct horse"}}\n'
SUBSCRIBE = b'{"jsonrpc":"2.0","id":1,"method":"subscribe"}\n'


class Told:
    def __init__(self) -> None:
        self.events: list[e.Event] = []
        self.cursor = 0
        self.closed = threading.Event()

    def __call__(self, cursor: int, event: e.Event) -> None:
        assert cursor > self.cursor
        self.cursor = cursor
        self.events.append(event)
        if isinstance(event, e.Closed):
            self.closed.set()


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient()
    yield made
    made.close()


@pytest.fixture
def host(client: FakeClient, tmp_path: Path) -> Iterator[Host]:
    with Host(client, tmp_path) as made:
        yield made


def told_of_the_end(told: Told) -> e.Warned:
    assert told.closed.wait(DEADLINE_S)
    warned, closed = told.events[-2:]
    assert isinstance(warned, e.Warned)
    assert warned.fatal
    assert closed == e.Closed()
    return warned


def test_a_wrong_passphrase_attaches_nobody(host: Host) -> None:
    with pytest.raises(AccountError) as refused:
        host.attach(Passphrase("battery staple"))
    assert refused.value.code is ErrorCode.WRONG_CREDENTIALS


def test_a_host_of_another_version_is_refused_by_its_name(client: FakeClient, tmp_path: Path) -> None:
    with Host(client, tmp_path, api="0123456789abcdef") as host, pytest.raises(ProtocolError, match=r"1\.2\.3"):
        host.attach()


@pytest.mark.parametrize("end", [Host.end, Host.die])
def test_the_end_of_the_host_is_told_and_fails_what_waits(
    client: FakeClient, host: Host, end: Callable[[Host], None]
) -> None:
    attached = host.attach()
    told = Told()
    attached.subscribe(told)
    client.hold(c.Status)
    waiting = attached.request(c.Status())
    attached.request(c.Threads()).result(DEADLINE_S)
    end(host)
    assert told_of_the_end(told).code == "host_ended"
    with pytest.raises(LinkError) as lost:
        waiting.result(DEADLINE_S)
    assert lost.value.code is ErrorCode.HOST_ENDED
    with pytest.raises(LinkError) as later:
        attached.request(c.Status()).result(DEADLINE_S)
    assert later.value.code is ErrorCode.HOST_ENDED
    attached.close()
    assert told.events.count(e.Closed()) == 1
    client.release(c.Status)


def test_a_caller_that_does_not_read_loses_its_connection_and_holds_up_nobody(
    client: FakeClient, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_side, "EVENTS_BYTES_MAX", 100_000)
    monkeypatch.setattr(host_side, "LAST_WORDS_S", 30.0)
    with host.connect() as lazy:
        stream = lazy.makefile("rb")
        for line in (ATTACH, SUBSCRIBE):
            lazy.sendall(line)
            assert "result" in json.loads(stream.readline())
        brisk = host.attach()
        for number in range(200):
            client.tell(e.NoticeArrived("x" * 10_000 + str(number)))
        assert brisk.request(c.Status()).result(DEADLINE_S).name == "alice"
        lines = [json.loads(line) for line in stream]
        stream.close()
    notices = [line for line in lines if line.get("method") == "notice_arrived"]
    assert 0 < len(notices) < 200
    assert (lines[-1]["method"], lines[-1]["params"]["code"]) == ("ended", "busy")
    assert [line["params"]["cursor"] for line in notices] == list(range(1, len(notices) + 1))


def test_an_attached_client_is_told_when_it_was_too_slow(
    client: FakeClient, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_side, "EVENTS_BYTES_MAX", 100_000)
    attached = host.attach()
    told, gate = Told(), threading.Event()

    def slowly(cursor: int, event: e.Event) -> None:
        gate.wait(DEADLINE_S)
        told(cursor, event)

    attached.subscribe(slowly)
    for number in range(200):
        client.tell(e.NoticeArrived("x" * 10_000 + str(number)))
    brisk = host.attach()
    brisk.request(c.Status()).result(DEADLINE_S)
    gate.set()
    assert told_of_the_end(told).code == "busy"


def test_more_requests_than_are_carried_out_at_a_time_are_all_answered_in_the_end(
    client: FakeClient, host: Host
) -> None:
    attached = host.attach()
    client.hold(c.ReadValue)
    futures = [attached.request(c.ReadValue(str(number))) for number in range(500)]
    attached.request(c.Status())
    client.settle()
    taken = sum(isinstance(command, c.ReadValue) for command in client.commands)
    assert taken <= host_side.UNDER_WAY_MAX
    client.release(c.ReadValue)
    assert [future.result(DEADLINE_S) for future in futures] == [None] * 500


def test_requests_that_nobody_answers_are_bounded(
    client: FakeClient, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caller_side, "PENDING_MAX", 3)
    attached = host.attach()
    client.hold(c.Status)
    waiting = [attached.request(c.Status()) for _ in range(4)]
    with pytest.raises(LinkError, match="busy"):
        waiting[3].result(DEADLINE_S)
    client.release(c.Status)
    assert [future.result(DEADLINE_S).name for future in waiting[:3]] == ["alice"] * 3


def test_a_line_without_end_ends_the_connection(host: Host) -> None:
    with host.connect() as endless:
        endless.sendall(b"x" * (LINE_BYTES_MAX + 1))
        stream = endless.makefile("rb")
        (last,) = [json.loads(line) for line in stream]
        stream.close()
    assert last["params"]["code"] == "too_large"


def test_who_does_not_attach_in_time_is_sent_away(
    client: FakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_side, "ATTACH_S", 0.01)
    with Host(client, tmp_path) as host, host.connect() as silent:
        stream = silent.makefile("rb")
        (last,) = [json.loads(line) for line in stream]
        stream.close()
    assert last["method"] == "ended"


def test_another_user_is_not_heard(client: FakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_side, "peer_uid", lambda _: 4_294_967_294)
    with Host(client, tmp_path) as host, host.connect() as other:
        assert other.recv(1) == b""


def test_connections_are_counted(client: FakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_side, "CONNECTIONS_MAX", 1)
    with Host(client, tmp_path) as host:
        attached = host.attach()
        with host.connect() as second:
            assert second.recv(1) == b""
        assert attached.request(c.Status()).result(DEADLINE_S).name == "alice"


def test_a_caller_that_goes_leaves_no_subscription_behind(client: FakeClient, host: Host) -> None:
    before = len(client._listeners)
    attached = host.attach()
    attached.subscribe(Told())
    assert len(client._listeners) == before + 1
    attached.close()
    with pytest.raises(BabiluError):
        attached.request(c.Status()).result(DEADLINE_S)
    other = host.attach()
    other.request(c.Status()).result(DEADLINE_S)
    assert len(client._listeners) == before


def test_a_text_that_fits_no_line_is_refused_here(host: Host) -> None:
    attached = host.attach()
    with pytest.raises(ProtocolError, match="too_large"):
        attached.request(c.Send("bob", "\u2603" * LINE_BYTES_MAX)).result(DEADLINE_S)


def test_a_listener_that_subscribes_is_refused_rather_than_stuck(client: FakeClient, host: Host) -> None:
    attached = host.attach()
    refused: list[UsageError] = []
    done = threading.Event()

    def listener(cursor: int, event: e.Event) -> None:
        del cursor, event
        try:
            attached.subscribe(Told())
        except UsageError as error:
            refused.append(error)
        done.set()

    attached.subscribe(listener)
    client.tell(e.NoticeArrived("now"))
    assert done.wait(DEADLINE_S)
    assert refused


def test_a_listener_that_fails_harms_no_other(client: FakeClient, host: Host) -> None:
    attached = host.attach()
    told = Told()

    def broken(cursor: int, event: e.Event) -> None:
        raise RuntimeError(cursor, event)

    attached.subscribe(broken)
    attached.subscribe(told)
    client.tell(e.NoticeArrived("now"))
    attached.request(c.Status()).result(DEADLINE_S)
    assert told.events == [e.NoticeArrived("now")]


def test_noise_from_a_host_is_passed_over(tmp_path: Path) -> None:
    from babilu.engine.runtime.loop_thread import LoopThread  # noqa: PLC0415 -- of this test alone

    thread = LoopThread()
    thread.start()
    attached = caller_side.AttachedClient(thread)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:

        def answer() -> None:
            stream = theirs.makefile("rwb")
            stream.readline()
            stream.write(b'noise\n{"jsonrpc":"2.0","id":99,"result":1}\n{"jsonrpc":"2.0","method":"new_event"}\n')
            stream.write(b'{"jsonrpc":"2.0","id":1,"result":{"name":1}}\n')
            stream.close()

        host = threading.Thread(target=answer)
        host.start()
        with pytest.raises(ProtocolError, match="unsupported"):
            attached.attach(ours, Passphrase("correct horse"))
        host.join()
    attached.close()
    assert tmp_path.is_dir()
