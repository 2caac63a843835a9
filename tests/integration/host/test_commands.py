"""One-shot commands and JSON-RPC as the program runs them: over a host's socket, and alone where nobody hosts."""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import ChatClient, RelayProfile
from babilu.cli import main
from babilu.cli.profile_choice import VARIABLE
from babilu.crypto.secret import Passphrase
from babilu.host.opening import HostingFactory
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageState
from babilu.system import SystemClock, SystemRandomness
from tests.integration.engine.relays import House, running_relay

DONE, FAILED, USAGE, CREDENTIALS, UNAVAILABLE = 0, 1, 2, 3, 5
WAIT_S = 30.0


class Person:
    """Runs commands on one person's profile, which a client of the test's may host."""

    def __init__(
        self, name: str, house: House, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        self.home = folder / name
        self.password = f"the password of {name}"
        self.profile = RelayProfile(house.address, name, Passphrase(self.password))
        self._capsys = capsys
        self._patch = patch
        self.host().close()

    def host(self) -> ChatClient:
        """Open the profile in this process, as its host."""
        return HostingFactory(self.home, SystemClock(), SystemRandomness()).open(self.profile).result(WAIT_S)

    def run(self, *words: str, code: int = DONE, given: str = "", password: str | None = None) -> str:
        """Run a command line and give what it printed."""
        self._patch.setenv("BABILU_PASSWORD", password or self.password)
        self._patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        self._capsys.readouterr()
        assert main([*words, "--home", str(self.home)]) == code, self._capsys.readouterr()
        return self._capsys.readouterr().out

    def events(self, *words: str, code: int = DONE, given: str = "") -> list[Any]:
        """Run a command with `--json` and give its events."""
        return [json.loads(line) for line in self.run(*words, "--json", code=code, given=given).splitlines()]


Pair = tuple[Person, Person]


def until_held(client: ChatClient, message: MessageId) -> None:
    """Wait until the relay has a message: who closes before that takes it along."""
    held = threading.Event()

    def hear(_: int, event: e.Event) -> None:
        if isinstance(event, e.MessageStateChanged) and event.message == message and event.state is MessageState.HELD:
            held.set()

    subscription = client.subscribe(hear, since=0)
    try:
        assert held.wait(WAIT_S)
    finally:
        subscription.cancel()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with running_relay(tmp_path / "relay") as made:
        yield made


@pytest.fixture
def people(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Pair:
    alice, bob = (Person(name, house, tmp_path, capsys, monkeypatch) for name in ("alice", "bob"))
    return alice, bob


def test_commands_work_where_nobody_hosts(people: Pair) -> None:
    alice, bob = people
    sent, state = alice.events("send", "bob", "tea", "at", "five?")
    assert (sent["event"], state["event"], state["state"]) == ("sent", "state", "held")
    alice.run("send", "bob", given="two\nlines\n")
    assert [event["text"] for event in bob.events("receive")] == ["tea at five?", "two\nlines"]
    assert bob.events("receive") == []
    (status,) = bob.events("status", "--profile", "bob")
    assert (status["event"], status["name"], status["link"]) == ("status", "bob", "online")


def test_commands_attach_to_the_host_and_hold_to_their_exit_codes(people: Pair, house: House) -> None:
    alice, bob = people
    with ExitStack() as stack:
        host = bob.host()
        stack.callback(host.close)
        alice.run("send", "bob", "hello")
        assert [event["text"] for event in bob.events("receive")] == ["hello"]
        bob.events("send", "alice", "hello yourself", "--no-wait")
        (history,) = bob.events("history", "alice", "1")
        assert [message["text"] for message in history["messages"]] == ["hello yourself"]
        assert "hello" in bob.run("history", "alice")
        (number,) = bob.events("verify", "alice")
        bob.run("verify", "alice", "--compared", "0" * 60, code=FAILED)
        (contact,) = bob.events("verify", "alice", "--compared", number["digits"])
        assert contact["contact"]["verified"]
        assert [each["name"] for each in bob.events("contacts")[0]["contacts"]] == ["alice"]
        bob.run("contacts", code=CREDENTIALS, password="not the password of bob")
        bob.run("send", "nobody", "hi", code=FAILED)
        bob.run("send", "alice", code=USAGE)
        bob.run("stop", "--profile", "bob", code=FAILED)
        assert host.request(c.Status()).result(WAIT_S).name == "bob"
        house.end()
        waiting = bob.events("send", "alice", "later", "--wait", "0.1", code=FAILED)
        assert (waiting[-1]["event"], waiting[-1]["code"]) == ("error", "unavailable")
        bob.run("status", "--profile", "bob", code=UNAVAILABLE)


def test_a_history_by_itself_says_you_of_its_owner(people: Pair) -> None:
    alice, bob = people
    with ExitStack() as stack:
        host = alice.host()
        stack.callback(host.close)
        said = host.request(c.Send("bob", "tea?")).result(WAIT_S)
        answer = host.request(c.Send("bob", "or coffee?", reply_to=said.id)).result(WAIT_S)
        assert "In reply to you: tea?" in alice.run("history", "bob")
        until_held(host, answer.id)
    bob.run("receive")
    assert "In reply to alice: tea?" in bob.run("history", "alice")


def test_a_profile_is_chosen_by_as_little_as_is_clear(people: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, _ = people
    address = alice.profile.address
    for words in ((), ("--profile", "alice"), ("--profile", "Alice"), ("--profile", f"alice@{address}")):
        assert alice.events("contacts", *words)[0]["event"] == "contacts"
    for words in (("--profile", "bob"), ("--profile", "alice@direct"), ("--profile", f"alice@127.0.0.1:{1}")):
        assert "There is no profile" in alice.events("contacts", *words, code=USAGE)[0]["text"]
    monkeypatch.setenv(VARIABLE, "bob")
    alice.run("contacts", code=USAGE)
    monkeypatch.delenv(VARIABLE)
    (alice.home / "alice@direct.db").touch()
    assert "--profile" in alice.events("contacts", code=USAGE)[0]["text"]


def test_rpc_answers_every_request_and_ends_with_its_input(people: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, _ = people
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, write_through=True))
    requests = [
        {"jsonrpc": "2.0", "id": 1, "method": "subscribe", "params": {"since": 0}},
        {"jsonrpc": "2.0", "id": 2, "method": "status"},
        {"jsonrpc": "2.0", "id": 3, "method": "history", "params": {"conversation": "nobody"}},
        {"jsonrpc": "2.0", "id": 4, "method": "stop"},
        *({"jsonrpc": "2.0", "id": number, "method": "threads"} for number in range(5, 300)),
    ]
    alice.run("rpc", given="".join(json.dumps(request) + "\n" for request in requests))
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    answers = {line["id"]: line for line in lines if "id" in line}
    assert answers.keys() == set(range(1, 300))
    assert answers[2]["result"]["name"] == "alice"
    assert answers[3]["error"]["data"]["code"] == "not_found"
    assert answers[4]["error"]["data"]["code"] == "not_allowed"
    assert "ready" in {line.get("method") for line in lines}
