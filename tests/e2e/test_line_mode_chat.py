"""Two people chat by a relay, each in a process of its own."""

import signal

from tests.e2e.processes import Processes


def test_a_new_name_is_registered_and_the_relay_can_be_chatted_by(processes: Processes) -> None:
    relay = processes.relay()
    alice = processes.client(relay, "alice")
    alice.take("registered", name="alice")
    alice.take("link", state="online")
    bob = processes.client(relay, "bob")
    bob.take("link", state="online")

    alice.do("send", to="bob", text="hello\nbob", tag="t1")
    sent = alice.take("sent", to="bob", state="queued", tag="t1")
    message = bob.take("message", conversation="alice", text="hello\nbob", route="relay")
    assert message["id"] == sent["id"]
    assert message["from"] == "alice"
    assert message["first"] is True
    alice.take("state", id=sent["id"], state="held", tag="t1")
    alice.take("state", id=sent["id"], state="delivered", tag="t1")

    bob.write("@alice hi yourself")
    answer = bob.take("sent", to="alice")["id"]
    assert alice.take("message", text="hi yourself")["id"] == answer
    bob.take("state", id=answer, state="delivered")
    bob.do("read", name="alice")
    alice.take("state", id=sent["id"], state="read", tag="t1")

    for process in (alice, bob):
        process.end_input()
        assert process.wait() == 0
        assert process.garbage == []
    assert relay.stop() == 0
    assert relay.garbage == []


def test_safety_numbers_are_equal_at_both_ends(processes: Processes) -> None:
    relay = processes.relay()
    alice, bob = processes.client(relay, "alice"), processes.client(relay, "bob")
    bob.take("link", state="online")
    alice.do("verify", name="bob", tag=1)
    bob.do("verify", name="alice")
    ours, theirs = alice.take("safety_number", name="bob", tag=1), bob.take("safety_number", name="alice")
    assert ours["digits"] == theirs["digits"]
    assert len(ours["digits"]) == 60
    assert ours["digits"].isdecimal()


def test_signals_end_relay_and_clients_with_success(processes: Processes) -> None:
    relay = processes.relay()
    alice, bob = processes.client(relay, "alice"), processes.client(relay, "bob")
    bob.take("link", state="online")
    assert alice.stop(signal.SIGTERM, seconds=5) == 0
    assert bob.stop(signal.SIGINT, seconds=5) == 0
    assert relay.stop(signal.SIGINT, seconds=5) == 0
    for process in (alice, bob, relay):
        assert not [line for line in process.errors if "Traceback" in line], process.describe()
