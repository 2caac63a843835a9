import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import babilu
from babilu import BabiluError, Client, ErrorCode, Message
from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import ChatClient, Listener
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import LinkError, UsageError
from babilu.kernel.states import MessageState, Trust
from babilu.library import client as client_module
from tests.integration.engine.relays import running_relay

pytestmark = pytest.mark.usefixtures("passwords_are_quick")

SOURCE = Path(babilu.__file__).parent.parent
DEADLINE_S = 60.0

SCRIPT = """
from babilu import Client

with Client("127.0.0.1", {port}, "alice", "correct horse") as alice:
    alice.send("bob", "hello")
    for message in alice:
        print(message.sender, message.text)
        break
"""

Pair = tuple[Client, Client]


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Whatever is opened in a test is closed with it."""
    with ExitStack() as stack:
        yield stack


def direct(opened: ExitStack, home: Path, name: str) -> Client:
    return opened.enter_context(Client.direct(name, f"passphrase of {name}", listen=("127.0.0.1", 0), home=home))


def request_of(client: Client, deadline_s: float = DEADLINE_S) -> str:
    arrived = threading.Event()
    subscription = client.chat.subscribe(lambda *_: arrived.set(), since=0)
    deadline = time.monotonic() + deadline_s
    try:
        while not (requests := client.requests()):
            assert arrived.wait(deadline - time.monotonic())
            arrived.clear()
        return requests[0].id
    finally:
        subscription.cancel()


def meet(one: Client, other: Client) -> None:
    listening = one.status().listening
    assert listening is not None
    other.call(listening.host, listening.port)
    one.accept(request_of(one))


@pytest.fixture
def friends(opened: ExitStack, tmp_path: Path) -> Pair:
    alice, bob = direct(opened, tmp_path, "alice"), direct(opened, tmp_path, "bob")
    meet(alice, bob)
    # The caller knows the other one when something comes.
    alice.send("bob", "first")
    assert next(iter(bob)).text == "first"
    return alice, bob


def run_script(folder: Path, text: str) -> "subprocess.Popen[str]":
    script = folder / "script.py"
    script.write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    return subprocess.Popen(
        [sys.executable, str(script)],
        cwd="/",
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_script_of_five_lines_chats_and_keeps_its_database_in_its_own_folder(
    opened: ExitStack, tmp_path: Path
) -> None:
    house = opened.enter_context(running_relay(tmp_path / "relay"))
    bob = opened.enter_context(
        Client(house.address.host, house.address.port, "bob", "battery staple", home=tmp_path / "bob")
    )
    folder = tmp_path / "scripts"
    folder.mkdir()
    running = run_script(folder, SCRIPT.format(port=house.address.port))
    heard = next(iter(bob))
    assert (heard.sender, heard.text) == ("alice", "hello")
    bob.send("alice", "hi alice")
    said, complaints = running.communicate(timeout=DEADLINE_S)
    assert (said, complaints, running.returncode) == ("bob hi alice\n", "", 0)
    database = f"alice@127.0.0.1_{house.address.port}.db"
    assert {each.name for each in folder.iterdir()} >= {"script.py", database, f"{database}.unlock"}


def test_what_is_sent_arrives_by_iteration_in_order(friends: Pair) -> None:
    alice, bob = friends
    for number in range(10):
        alice.send("bob", f"number {number}")
    messages = iter(bob)
    assert [next(messages).text for _ in range(10)] == [f"number {number}" for number in range(10)]


def test_what_is_sent_arrives_by_callback_in_its_own_thread(friends: Pair) -> None:
    alice, bob = friends
    heard: list[tuple[str, str]] = []
    all_heard = threading.Event()

    def hear(message: Message) -> None:
        heard.append((message.text, threading.current_thread().name))
        if len(heard) == 3:
            all_heard.set()

    bob.on_message(hear)
    for number in range(3):
        alice.send("bob", str(number))
    assert all_heard.wait(DEADLINE_S)
    assert heard == [(str(number), "babilu-messages") for number in range(3)]
    with pytest.raises(UsageError, match="callback"):
        bob.on_message(hear)


def test_a_callback_that_fails_is_logged_and_called_for_the_next_message(
    friends: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    alice, bob = friends
    heard: list[str] = []
    second = threading.Event()

    def fail_first(message: Message) -> None:
        heard.append(message.text)
        if len(heard) == 1:
            raise ZeroDivisionError
        second.set()

    bob.on_message(fail_first)
    alice.send("bob", "one")
    alice.send("bob", "two")
    assert second.wait(DEADLINE_S)
    assert heard == ["one", "two"]
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == [
        "the callback for messages failed"
    ]


def test_a_callback_may_close_its_client(friends: Pair) -> None:
    alice, bob = friends
    closed = threading.Event()

    def close(message: Message) -> None:
        del message
        bob.close()
        closed.set()

    bob.on_message(close)
    alice.send("bob", "enough")
    assert closed.wait(DEADLINE_S)


def test_waiting_ends_after_the_time_it_was_given(opened: ExitStack, tmp_path: Path) -> None:
    alice = direct(opened, tmp_path, "alice")
    begun = time.monotonic()
    assert alice.receive(timeout=0.1) is None
    assert time.monotonic() - begun >= 0.1
    assert alice.receive(timeout=0) is None


def test_closing_from_another_thread_ends_the_iteration(opened: ExitStack, tmp_path: Path) -> None:
    alice = direct(opened, tmp_path, "alice")
    iterating = threading.Event()
    heard: list[Message] = []

    def iterate() -> None:
        iterating.set()
        heard.extend(alice)

    reader = threading.Thread(target=iterate)
    reader.start()
    assert iterating.wait(DEADLINE_S)
    alice.close()
    reader.join(DEADLINE_S)
    assert not reader.is_alive()
    assert heard == []
    with pytest.raises(BabiluError) as refused:
        alice.send("bob", "too late")
    assert refused.value.code is ErrorCode.CLOSED
    assert alice.receive() is None


def test_each_message_is_handed_to_one_of_several_readers(friends: Pair) -> None:
    alice, bob = friends
    count = 30
    heard: list[str] = []
    lock = threading.Lock()
    complete = threading.Event()

    def read() -> None:
        for message in bob:
            with lock:
                heard.append(message.text)
                if len(heard) == count:
                    complete.set()

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(count):
        alice.send("bob", str(number))
    assert complete.wait(DEADLINE_S)
    bob.close()
    for reader in readers:
        reader.join(DEADLINE_S)
    assert sorted(heard, key=int) == [str(number) for number in range(count)]


def test_a_message_is_handed_out_once_also_across_restarts(friends: Pair, opened: ExitStack, tmp_path: Path) -> None:
    alice, bob = friends
    sent = [alice.send("bob", text) for text in ("taken", "left")]
    assert next(iter(bob)).text == "taken"
    deadline = time.monotonic() + DEADLINE_S
    told = threading.Event()
    alice.chat.subscribe(lambda *_: told.set())
    while alice.state(sent[-1].id).state is not MessageState.DELIVERED:
        assert told.wait(deadline - time.monotonic())
        told.clear()
    bob.close()
    again = direct(opened, tmp_path, "bob")
    assert next(iter(again)).text == "left"
    assert again.receive(timeout=0) is None
    assert [message.text for message in again.history("alice").messages] == ["first", "taken", "left"]


def test_both_sides_see_one_safety_number_and_each_the_other_as_contact(friends: Pair) -> None:
    alice, bob = friends
    assert alice.safety_number("bob").digits == bob.safety_number("alice").digits
    assert alice.safety_number("bob").trust is Trust.FIRST_USE
    assert [contact.name for contact in alice.contacts()] == ["bob"]
    assert bob.read("alice") == 1
    assert bob.read("alice") == 0


def test_two_clients_of_one_profile_are_one_engine_and_both_need_the_passphrase(
    opened: ExitStack, tmp_path: Path
) -> None:
    alice = direct(opened, tmp_path, "alice")
    again = direct(opened, tmp_path, "alice")
    assert again.status() == alice.status()
    with pytest.raises(BabiluError) as refused:
        Client.direct("alice", "something else", home=tmp_path)
    assert refused.value.code is ErrorCode.WRONG_CREDENTIALS
    alice.close()
    with pytest.raises(BabiluError) as wrong:
        Client.direct("alice", "something else", home=tmp_path)
    assert wrong.value.code is ErrorCode.WRONG_CREDENTIALS


def test_where_there_is_no_relay_a_new_account_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(BabiluError) as refused:
        Client("127.0.0.1", 1, "alice", "correct horse", home=tmp_path / "home")
    assert refused.value.code is ErrorCode.UNAVAILABLE
    assert not (tmp_path / "home").exists() or list((tmp_path / "home").iterdir()) == []


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeClient]:
    """The client underneath every `Client` of a test."""
    made = FakeClient()

    def open_client(_profile: object, _home: object, listener: Listener) -> ChatClient:
        made.subscribe(listener, since=0)
        return made

    monkeypatch.setattr(client_module, "open_client", open_client)
    yield made
    made.close()


def test_a_client_that_has_too_much_to_do_is_asked_again_for_what_came(fake: FakeClient, tmp_path: Path) -> None:
    fake.add_contact("bob")
    fake.fail_next(c.TakeUnshown, LinkError(ErrorCode.BUSY, "Too much is waiting to be done.", 20))
    with Client.direct("alice", "passphrase", home=tmp_path) as client:
        fake.receive("bob", "hello")
        message = client.receive(DEADLINE_S)
    assert message is not None
    assert message.text == "hello"


def test_a_client_that_ends_by_itself_says_why(fake: FakeClient, tmp_path: Path) -> None:
    with Client.direct("alice", "passphrase", home=tmp_path) as client:
        fake.tell(e.Warned(ErrorCode.HOST_ENDED.value, "The program has ended.", fatal=True))
        fake.tell(e.Closed())
        with pytest.raises(BabiluError, match="has ended") as caught:
            client.receive(DEADLINE_S)
    assert caught.value.code is ErrorCode.HOST_ENDED


def test_a_file_is_sent_and_fetched(opened: ExitStack, tmp_path: Path) -> None:
    house = opened.enter_context(running_relay(tmp_path / "relay"))
    alice, bob = (
        opened.enter_context(
            Client(house.address.host, house.address.port, name, f"password {name}", home=tmp_path / name)
        )
        for name in ("alice", "bob")
    )
    report, inbox = tmp_path / "report.txt", tmp_path / "inbox"
    report.write_text("All is well.")
    inbox.mkdir()
    alice.send("bob", files=[report])
    message = next(iter(bob))
    assert [file.name for file in message.files] == ["report.txt"]
    saved = bob.fetch(message.id, inbox)
    assert (saved, saved.read_text()) == (inbox / "report.txt", "All is well.")
    with pytest.raises(UsageError):
        alice.send("bob", "look", files=[tmp_path / "nowhere"])


def test_a_script_starts_a_group_changes_who_is_in_and_leaves_it(fake: FakeClient, tmp_path: Path) -> None:
    for name in ("bob", "carol"):
        fake.add_contact(name)
    with Client.direct("alice", "passphrase", home=tmp_path) as alice:
        group = alice.start_group("Picnic", ["bob"], "Sunday")
        assert (group.conversation, group.topic, [each.name for each in group.members]) == (
            "#picnic",
            "Sunday",
            ["alice", "bob"],
        )
        assert [each.name for each in alice.add_to_group("#picnic", "carol").members] == ["alice", "bob", "carol"]
        assert [each.name for each in alice.remove_from_group("#picnic", "bob").members] == ["alice", "carol"]
        assert alice.send("#picnic", "tea?").conversation == "#picnic"
        alice.leave_group("#picnic")
        assert alice.group("#picnic").role is None


def test_a_script_lists_invitations_and_accepts_one(fake: FakeClient, tmp_path: Path) -> None:
    fake.groups.begin("Picnic", by="bob", accepted=False)
    with Client.direct("alice", "passphrase", home=tmp_path) as alice:
        (invitation,) = alice.invitations()
        assert alice.accept(invitation.id) == alice.group("#picnic")
        assert alice.invitations() == ()
