"""What Babilu was asked to be in the first place, line by line, shown with real processes."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.processes import ROOT, JsonProcess, Processes, surroundings

SCRIPT = """
from babilu import Client

alice = Client("{host}", {port}, "alice", "correct horse")
print(alice.status().name, flush=True)
alice.close()
"""


def threads_from_outside(process: JsonProcess) -> set[str]:
    """Name the threads of a process as a stranger to it sees them."""
    dump = subprocess.run(
        [Path(sys.executable).with_name("py-spy"), "dump", "--json", "--pid", str(process.process.pid)],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return {str(thread["thread_name"]) for thread in json.loads(dump.stdout)}


def call_and_accept(caller: JsonProcess, called: JsonProcess, name: str) -> None:
    host, _, port = str(called.of("listening")[-1]["address"]).rpartition(":")
    caller.write(f"/call {host} {port}")
    called.take("request", name=name)
    called.write(f"/accept {name}")
    called.take("peer", name=name, state="connected")
    caller.take("peer", state="connected")


@pytest.mark.skipif(os.geteuid() != 0 if hasattr(os, "geteuid") else True, reason="py-spy needs rights to look")
def test_each_conversation_incoming_or_outgoing_has_a_thread_of_its_own(processes: Processes) -> None:
    relay = processes.relay()
    alice = processes.client(relay, "alice")
    bob = processes.client(relay, "bob")
    carol = processes.client(relay, "carol")
    alice.send("bob", "outgoing")
    carol.send("alice", "incoming")
    bob.take("message", text="outgoing")
    alice.take("message", text="incoming")
    alice.write("/threads")
    told = set(alice.take("threads")["names"])
    assert len(told) == 2
    assert all(re.fullmatch(r"conversation-[0-9a-f]{8}", name) for name in told)
    assert told <= threads_from_outside(alice)


def test_two_clients_talk_with_no_relay_name_and_key_first_then_encrypted(processes: Processes) -> None:
    carol = processes.peer("carol")
    dave = processes.peer("dave")
    host, _, port = str(carol.of("listening")[0]["address"]).rpartition(":")
    dave.write(f"/call {host} {port}")
    request = carol.take("request", name="dave")
    dave.take("pending", address=f"{host}:{port}")
    assert not dave.of("peer"), "a stranger learns nothing before the user has accepted"
    carol.write("/accept dave")
    connected = carol.take("peer", name="dave", state="connected", route="direct")
    assert connected["safety_number"] == request["safety_number"]
    assert dave.take("peer", name="carol", state="connected")["safety_number"] == request["safety_number"]
    there = dave.send("carol", "hello carol")
    assert carol.take("message", id=there)["route"] == "direct"
    dave.take("state", id=there, state="delivered")
    back = carol.send("dave", "hello dave")
    assert dave.take("message", id=back)["text"] == "hello dave"
    assert not dave.of("state", id=there, state="held"), "nothing held it: there was no relay"


def test_a_client_of_a_relay_has_a_server_socket_too_and_calls_addresses_typed_by_hand(processes: Processes) -> None:
    relay = processes.relay()
    alice = processes.client(relay, "alice", "--listen", "127.0.0.1:0")
    alice.take("listening")
    dave = processes.peer("dave")
    call_and_accept(dave, alice, "dave")
    sent = alice.send("dave", "past the relay")
    assert dave.take("message", id=sent)["route"] == "direct"


def test_a_server_socket_is_opened_by_a_command(processes: Processes) -> None:
    relay = processes.relay()
    alice = processes.client(relay, "alice")
    alice.write("/listen 127.0.0.1 0")
    assert alice.take("listening")["address"].startswith("127.0.0.1:")


def test_the_database_lies_in_the_folder_of_main_py(processes: Processes, tmp_path: Path) -> None:
    relay = processes.relay()
    folder = tmp_path / "clone"
    folder.mkdir()
    shutil.copy(ROOT / "main.py", folder)
    shutil.copy(ROOT / "requirements.txt", folder)
    (folder / "src").symlink_to(ROOT / "src")
    done = subprocess.run(
        [sys.executable, folder / "main.py", "connect", relay.host, relay.port, "alice", "--json"],
        env=surroundings({"BABILU_PASSWORD": "correct horse"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=tmp_path,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert (folder / f"alice@127.0.0.1_{relay.port}.db").is_file()


def test_the_database_lies_in_the_folder_of_the_script_that_makes_the_client(
    processes: Processes, tmp_path: Path
) -> None:
    relay = processes.relay()
    folder = tmp_path / "scripts"
    folder.mkdir()
    script = folder / "chat.py"
    script.write_text(SCRIPT.format(host=relay.host, port=relay.port))
    done = subprocess.run(
        [sys.executable, script],
        env=surroundings({"PYTHONPATH": str(ROOT / "src")}),
        capture_output=True,
        cwd=tmp_path,
        check=False,
        timeout=60,
    )
    assert done.stdout.decode().strip() == "alice", done.stderr.decode()
    assert (folder / f"alice@127.0.0.1_{relay.port}.db").is_file()


def test_the_installed_command_keeps_its_database_in_the_user_s_data_folder(
    processes: Processes, tmp_path: Path
) -> None:
    relay = processes.relay()
    done = subprocess.run(
        [sys.executable, "-m", "babilu", "connect", relay.host, relay.port, "alice", "--json"],
        env=surroundings(
            {
                "PYTHONPATH": str(ROOT / "src"),
                "XDG_DATA_HOME": str(tmp_path / "data"),
                "BABILU_PASSWORD": "correct horse",
            }
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=tmp_path,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "data" / "babilu" / f"alice@127.0.0.1_{relay.port}.db").is_file()


def test_ten_messages_wait_while_the_other_is_away_and_the_relay_is_killed(processes: Processes) -> None:
    relay = processes.relay()
    bob = processes.client(relay, "bob")
    assert bob.stop() == 0
    alice = processes.client(relay, "alice", "--wait-sent=30")
    texts = [f"message {number}" for number in range(10)]
    for text in texts:
        alice.send("bob", text)
    alice.end_input()
    assert alice.wait() == 0
    relay.kill()
    again = processes.relay(port=relay.port)
    bob = processes.client(again, "bob")
    for text in texts:
        bob.take("message", text=text)
    assert [event["text"] for event in bob.of("message")] == texts


def test_a_client_notices_that_the_relay_is_gone_queues_and_delivers_once_it_is_back(processes: Processes) -> None:
    relay = processes.relay()
    alice = processes.client(relay, "alice")
    bob = processes.client(relay, "bob")
    first = alice.send("bob", "before")
    alice.take("state", id=first, state="delivered")
    relay.kill()
    alice.take("link", state="offline")
    bob.take("link", state="offline")
    second = alice.send("bob", "meanwhile")
    again = processes.relay(port=relay.port)
    assert again.address == relay.address
    assert bob.take("message", id=second)["text"] == "meanwhile"
    alice.take("state", id=second, state="delivered")
    assert len(bob.of("message")) == 2


def test_reading_is_told_to_the_sender_and_states_never_go_backwards(processes: Processes) -> None:
    relay = processes.relay()
    alice = processes.client(relay, "alice")
    bob = processes.client(relay, "bob")
    first = alice.send("bob", "please answer")
    bob.take("message", id=first)
    bob.send("alice", "here I am")
    alice.take("message", text="here I am")
    bob.write("/read alice")
    alice.take("state", id=first, state="read")
    order = ["queued", "held", "delivered", "read"]
    states = [str(event["state"]) for event in alice.of("state", id=first)]
    assert states == sorted(states, key=order.index)


def test_the_program_logs_and_prints_nothing_but_events(processes: Processes, tmp_path: Path) -> None:
    relay = processes.relay("--log-level", "debug", "--log-file", str(tmp_path / "relay.log"))
    alice = processes.client(relay, "alice", "--log-level", "debug", "--log-file", str(tmp_path / "alice.log"))
    bob = processes.client(relay, "bob")
    sent = alice.send("bob", "the word is xylophone")
    bob.take("message", id=sent)
    assert alice.stop() == 0
    assert relay.stop() == 0
    logs = (tmp_path / "relay.log").read_text() + (tmp_path / "alice.log").read_text()
    assert logs.strip()
    assert "xylophone" not in logs
    assert "bob" not in logs
    assert not alice.garbage
    assert not relay.garbage
