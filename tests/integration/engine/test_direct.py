import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import babilu
from babilu.api import commands, events
from babilu.api.client import DirectProfile
from babilu.api.views import Address
from babilu.crypto.secret import Passphrase
from babilu.kernel.states import MessageKind, MessageState, Route
from babilu.session.ports import SessionRecord
from babilu.store.delivery_records import InboxState
from babilu.store.unit_of_work import UnitOfWork
from tests.integration.engine.cables import cable
from tests.integration.engine.insiders import contact_of, deliver_directly, tampered
from tests.integration.engine.party import DEADLINE_S, LOOPBACK, Party, befriend, direct

SOURCE = Path(babilu.__file__).parent.parent


def part(caller: Party, called: Party) -> None:
    """End the connection of two; no mail makes one again until the caller calls."""
    caller.ask(commands.StopListening())
    caller.ask(commands.HangUp(called.name))
    called.until_disconnected(caller.name)
    caller.until_disconnected(called.name)


def test_two_strangers_meet_and_talk(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        bob.ask(commands.Call(alice.address))
        assert bob.hear(events.CallPending).address == alice.address
        request = alice.hear(events.RequestArrived).request
        assert (request.name, request.address) == ("bob", bob.address)
        assert alice.ask(commands.Accept(request.id)).accepted
        alice.until_connected("bob")
        bob.until_connected("alice")
        digits = {event.safety_number for party in (alice, bob) for event in party.of(events.PeerChanged)}
        assert digits == {request.safety_number}
        said = alice.send("bob", "hi")
        alice.until_state(said.id, MessageState.DELIVERED)
        answer = bob.send("alice", "hello")
        bob.until_state(answer.id, MessageState.DELIVERED)
        alice.until_arrived("bob", ["hello"])
        bob.until_arrived("alice", ["hi"])
        states = [event.state for event in alice.of(events.MessageStateChanged)]
        assert states == [MessageState.DELIVERED]
        assert alice.ask(commands.MessageInfo(said.id)).message.route is Route.DIRECT


@pytest.mark.parametrize("attempt", range(2))
def test_of_two_calls_at_once_one_stays_and_carries_both_ways(tmp_path: Path, attempt: int) -> None:
    del attempt
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(alice, bob)
        alice.ask(commands.HangUp("bob"))
        alice.until_disconnected("bob")
        bob.until_disconnected("alice")
        calls = [
            alice.client.request(commands.Call(bob.address, "bob")),
            bob.client.request(commands.Call(alice.address, "alice")),
        ]
        for call in calls:
            call.result(DEADLINE_S)
        said = [alice.send("bob", "from alice"), bob.send("alice", "from bob")]
        alice.until_state(said[0].id, MessageState.DELIVERED)
        bob.until_state(said[1].id, MessageState.DELIVERED)
        bob.until_arrived("alice", ["from alice"])
        alice.until_arrived("bob", ["from bob"])
        alice.until_connected("bob")
        bob.until_connected("alice")


@pytest.mark.parametrize("attempt", range(2))
def test_two_strangers_who_call_each_other_at_once_meet_when_one_accepts(tmp_path: Path, attempt: int) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        for call in [
            alice.client.request(commands.Call(bob.address)),
            bob.client.request(commands.Call(alice.address)),
        ]:
            call.result(DEADLINE_S)
        alice.hear(events.RequestArrived)
        bob.hear(events.RequestArrived)
        (alice if attempt % 2 else bob).accept_next()
        alice.until_connected("bob")
        bob.until_connected("alice")
        said = [alice.send("bob", "from alice"), bob.send("alice", "from bob")]
        alice.until_state(said[0].id, MessageState.DELIVERED)
        bob.until_state(said[1].id, MessageState.DELIVERED)
        alice.until(lambda: alice.ask(commands.Requests()) == (), "no open request")
        bob.until(lambda: bob.ask(commands.Requests()) == (), "no open request")


# Cut lines.


def test_what_is_sent_over_a_line_that_breaks_again_and_again_arrives_once_and_in_order(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob), cable(alice.address) as line:
        # The line is the only way: alice has no other address to call.
        bob.ask(commands.StopListening())
        bob.ask(commands.Call(line.address))
        alice.accept_next()
        bob.until_connected("alice")
        from_alice, from_bob = [], []
        for attempt in range(3):
            line.cut_after(3_000 + 997 * attempt)
            for number in range(10):
                from_alice.append(alice.send("bob", f"a{attempt}.{number}").text)
                from_bob.append(bob.send("alice", f"b{attempt}.{number}").text)
            bob.until_disconnected("alice")
            alice.until_disconnected("bob")
            line.mend()
            bob.until_connected("alice")
        bob.until_arrived("alice", from_alice)
        alice.until_arrived("bob", from_bob)
        for party in (alice, bob):
            for event in party.of(events.MessageQueued):
                party.until_state(event.message.id, MessageState.DELIVERED)
            assert party.of(events.GapNoticed) == []
            assert [*party.of(events.Warned), *party.of(events.AlarmRaised)] == []
            party.until(lambda: party.ask(commands.Status()).unsettled == 0, "an empty outbox")  # noqa: B023


def test_what_was_written_while_nobody_answered_goes_out_when_somebody_does(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(bob, alice)
        port = alice.address
        alice.close()
        bob.until_disconnected("alice")
        texts = [bob.send("alice", f"number {number}").text for number in range(3)]
        bob.hear(events.CallFailed)
        profile = DirectProfile("alice", Passphrase("passphrase of alice"), port)
        again = Party(tmp_path, profile)
        try:
            again.until_arrived("bob", texts)
            assert again.of(events.RequestArrived) == []
        finally:
            again.close()


def test_mail_is_also_brought_to_whoever_comes_by_themselves(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(bob, alice)
        part(bob, alice)
        said = alice.send("bob", "when you come back")
        assert alice.state(said.id) is MessageState.QUEUED
        bob.ask(commands.Call(alice.address, "alice"))
        bob.until_arrived("alice", ["when you come back"])
        alice.until_state(said.id, MessageState.DELIVERED)


def test_whoever_was_hung_up_on_does_not_call_again_by_itself(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(bob, alice)
        alice.send("bob", "bye")
        bob.until_arrived("alice", ["bye"])
        alice.ask(commands.HangUp("bob"))
        alice.until_disconnected("bob")
        bob.until_disconnected("alice")
        bob.settle("alice")
        alice.settle("bob")
        calls = [party.engine._effect_runner.targets.calls for party in (alice, bob)]
        bob.until(lambda: all(not each._calls for each in calls), "no call under way")
        assert not alice.connected("bob")
        bob.send("alice", "one more thing")
        alice.until_arrived("bob", ["one more thing"])


def test_reading_what_came_does_not_call_back_whoever_hung_up(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(bob, alice)
        alice.send("bob", "bye")
        bob.until_arrived("alice", ["bye"])
        alice.ask(commands.HangUp("bob"))
        alice.until_disconnected("bob")
        bob.until_disconnected("alice")
        assert bob.ask(commands.MarkRead("alice")) == 1
        bob.settle("alice")
        assert calls_under_way(bob) == 0
        assert not alice.connected("bob")
        bob.send("alice", "one more thing")
        alice.until_arrived("bob", ["one more thing"])


def calls_under_way(party: Party) -> int:
    """Count the calls once the loop has done all that it was given so far."""

    async def count() -> int:
        return len(party.engine._effect_runner.targets.calls._calls)

    return party.engine._effect_runner._loop.run(count()).result(DEADLINE_S)


def test_hanging_up_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    with direct(tmp_path, "alice") as (alice,):
        for name in ("bob", "127.0.0.1:5051", "", "::1"):
            with pytest.raises(Exception, match="not_found"):
                alice.ask(commands.HangUp(name))


def test_a_call_can_be_given_up_by_its_address(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        alice.ask(commands.Call(bob.address))
        alice.hear(events.CallPending)
        alice.ask(commands.HangUp(str(bob.address)))
        calls = alice.engine._effect_runner.targets.calls
        alice.until(lambda: not calls._calls, "no call under way")
        bob.accept_next()
        bob.until(lambda: bob.engine._effect_runner.targets.calls.callers._waiting_callers == 0, "nobody waiting")
        assert not bob.connected("alice")


# What cannot be decrypted.


def sessions_of(party: Party, name: str) -> list[SessionRecord]:
    def read(unit: UnitOfWork) -> list[SessionRecord]:
        device = unit.contacts.devices(contact_of(unit, name).contact)[0].device
        return unit.sessions.sessions_with(device)

    with party.engine._base.database.read() as unit:
        return read(unit)


def test_what_cannot_be_decrypted_is_set_aside_and_leaves_the_session_byte_for_byte_as_it_was(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(bob, alice)
        alice.send("bob", "first")
        bob.until_arrived("alice", ["first"])
        bob.send("alice", "answer")
        alice.until_arrived("bob", ["answer"])
        part(bob, alice)
        said = alice.send("bob", "for your eyes")
        with alice.engine._base.database.read() as unit:
            (row,) = unit.outbox.of_message(said.id)
        bob.settle("alice")
        before = sessions_of(bob, "alice")
        changed = deliver_directly(bob, alice, tampered(alice, bob, row.envelope_bytes))
        bob.settle("alice")
        assert sessions_of(bob, "alice") == before
        with bob.engine._base.database.read() as unit:
            (aside,) = unit.inbox.quarantined(10)
        assert (aside.envelope, aside.state, aside.reason) == (changed, InboxState.QUARANTINED, "decryption_failed")
        deliver_directly(bob, alice, row.envelope_bytes)
        bob.until_arrived("alice", ["first", "for your eyes"])


def test_an_envelope_of_another_device_over_a_direct_connection_is_dropped(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob", "carol") as (alice, bob, carol):
        befriend(alice, bob)
        befriend(carol, bob)
        carol.send("bob", "hello")
        bob.until_arrived("carol", ["hello"])
        part(carol, bob)
        said = carol.send("bob", "by my own way")
        with carol.engine._base.database.read() as unit:
            (row,) = unit.outbox.of_message(said.id)
        # Alice brings what is carol's as if it were her own.
        deliver_directly(bob, alice, row.envelope_bytes)
        bob.settle("alice")
        with bob.engine._base.database.read() as unit:
            assert unit.inbox.dropped() == {"wrong_device": 1}
        assert bob.arrived("alice") == []
        carol.ask(commands.Call(bob.address, "bob"))
        bob.until_arrived("carol", ["hello", "by my own way"])


def test_the_same_envelope_many_times_is_shown_once(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(bob, alice)
        part(bob, alice)
        said = alice.send("bob", "once")
        with alice.engine._base.database.read() as unit:
            (row,) = unit.outbox.of_message(said.id)
        for _ in range(20):
            deliver_directly(bob, alice, row.envelope_bytes)
        bob.settle("alice")
        bob.ask(commands.Call(alice.address, "alice"))
        alice.until_state(said.id, MessageState.DELIVERED)
        assert bob.arrived("alice") == ["once"]
        assert bob.texts("alice") == ["once"]


def test_messages_that_come_before_those_in_front_of_them_are_shown_in_order(tmp_path: Path) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(bob, alice)
        part(bob, alice)
        sent = [alice.send("bob", str(number)) for number in range(6)]
        with alice.engine._base.database.read() as unit:
            envelopes = [unit.outbox.of_message(message.id)[0].envelope_bytes for message in sent]
        for number in (0, 5, 2, 1, 4, 3):
            deliver_directly(bob, alice, envelopes[number])
        bob.until_arrived("alice", [str(number) for number in range(6)])
        assert bob.of(events.GapNoticed) == []


def test_a_device_that_leaves_one_out_cannot_make_us_keep_back_all_and_what_is_late_shows_where_it_came(
    tmp_path: Path,
) -> None:
    with direct(tmp_path, "alice", "bob") as (alice, bob):
        befriend(bob, alice)
        alice.send("bob", "0")
        bob.until_arrived("alice", ["0"])
        part(bob, alice)
        sent = [alice.send("bob", str(number)) for number in range(1, 205)]
        with alice.engine._base.database.read() as unit:
            envelopes = [unit.outbox.of_message(message.id)[0].envelope_bytes for message in sent]
        for envelope in envelopes[1:]:
            deliver_directly(bob, alice, envelope)
        bob.until(lambda: len(bob.arrived("alice")) >= 200, "what was kept back")
        assert bob.arrived("alice")[:200] == ["0", *map(str, range(2, 201))]
        assert bob.hear(events.GapNoticed) == events.GapNoticed("alice", 1, 1, sent[0].conversation_id)
        lines = [message for message in bob.ask(commands.History("alice", 300)).messages if message.missing is not None]
        assert [(line.kind, line.missing, line.text) for line in lines] == [(MessageKind.GAP, 1, "")]
        deliver_directly(bob, alice, envelopes[0])
        bob.until(lambda: "1" in bob.arrived("alice"), "the late one")
        assert bob.hear(events.LineRemoved).message == lines[0].id
        assert bob.of(events.GapNoticed)[1:] == [events.GapNoticed("alice", 0, 0, sent[0].conversation_id)]
        page = bob.ask(commands.History("alice", 300)).messages
        late = next(message for message in page if message.late)
        assert [message.text for message in page] == ["0", *map(str, range(2, 205)), "1"]
        assert late.text == "1"
        assert late.belongs_before == page[1].id


# Killed.

STREAM = """
import sys
from babilu import Client

with Client.direct("alice", "passphrase of alice", listen=("127.0.0.1", 0)) as alice:
    alice.call("127.0.0.1", int(sys.argv[1]))
    while not alice.contacts():
        alice.receive(timeout=0.01)
    for number in range(int(sys.argv[2]), 100_000):
        print(alice.send("bob", str(number)).text, flush=True)
"""


def stream(folder: Path, port: int, first: int) -> "subprocess.Popen[str]":
    script = folder / "stream.py"
    script.write_text(STREAM)
    return subprocess.Popen(
        [sys.executable, str(script), str(port), str(first)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.usefixtures("profile_of_another_process")
def test_a_client_that_is_killed_in_the_middle_loses_nothing_it_has_kept_and_nothing_is_shown_twice(
    tmp_path: Path,
) -> None:
    with direct(tmp_path, "bob") as (bob,):
        kept: list[str] = []
        for life in range(3):
            sender = stream(tmp_path, bob.address.port, len(kept))
            assert sender.stdout is not None
            assert sender.stderr is not None
            try:
                if life == 0:
                    bob.accept_next()
                wanted = 20 + 7 * life
                kept += [sender.stdout.readline().strip() for _ in range(wanted)]
                sender.send_signal(signal.SIGKILL)
                # What was written to the pipe before the end was committed as well.
                kept += sender.stdout.read().split()
            finally:
                sender.kill()
                sender.wait(DEADLINE_S)
                complaints = sender.stderr.read()
                sender.stdout.close()
                sender.stderr.close()
            assert complaints == ""
        profile = DirectProfile("alice", Passphrase("passphrase of alice"), Address("127.0.0.1", 0))
        alice = Party(tmp_path, profile)
        try:
            alice.ask(commands.Call(bob.address, "bob"))
            # A number that was committed and not printed any more is there too, and said again by the next life.
            written = alice.texts("bob")
            assert set(written) >= set(kept)
            bob.until(lambda: len(bob.arrived("alice")) >= len(written), f"{len(written)} messages")
            arrived = bob.arrived("alice")
            assert [text for place, text in enumerate(arrived) if text not in arrived[:place]] == sorted(
                set(arrived), key=int
            )
            ids = [event.message.id for event in bob.of(events.MessageArrived)]
            assert len(set(ids)) == len(ids)
            assert bob.texts("alice") == arrived
            assert written == arrived
        finally:
            alice.close()


@pytest.mark.usefixtures("profile_of_another_process")
def test_a_recipient_that_is_killed_is_given_everything_again(tmp_path: Path) -> None:
    script = tmp_path / "listen.py"
    script.write_text(
        "import sys\n"
        "from babilu import Client\n"
        "with Client.direct('bob', 'passphrase of bob', listen=('127.0.0.1', int(sys.argv[1]))) as bob:\n"
        "    print(bob.status().listening.port, flush=True)\n"
        "    while not bob.requests() and not bob.contacts():\n"
        "        bob.receive(timeout=0.01)\n"
        "    for request in bob.requests():\n"
        "        bob.accept(request.id)\n"
        "    for message in bob:\n"
        "        print(message.text, flush=True)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    heard: list[str] = []
    with direct(tmp_path, "alice") as (alice,):
        port = "0"
        for life in range(3):
            bob = subprocess.Popen(
                [sys.executable, str(script), port], env=environment, stdout=subprocess.PIPE, text=True
            )
            assert bob.stdout is not None
            try:
                port = bob.stdout.readline().strip()
                if life == 0:
                    alice.ask(commands.Call(Address("127.0.0.1", int(port))))
                    alice.until_connected("bob")
                for number in range(30):
                    alice.send("bob", f"{life}.{number}")
                for line in bob.stdout:
                    heard.append(line.strip())
                    if heard[-1] == "2.29" or (life < 2 and heard[-1] == f"{life}.9"):
                        break
            finally:
                bob.kill()
                bob.wait(DEADLINE_S)
                bob.stdout.close()
            alice.until_disconnected("bob")
    # What was handed out and not printed any more was shown to nobody, and is not given out again.
    assert heard == sorted(set(heard), key=lambda text: [int(part) for part in text.split(".")])
    again = Party(tmp_path, DirectProfile("bob", Passphrase("passphrase of bob"), LOOPBACK))
    try:
        assert again.texts("alice") == [f"{life}.{number}" for life in range(3) for number in range(30)]
    finally:
        again.close()
