"""The line mode in pipes: scripts write lines, read lines, and trust the exit code."""

import signal
import subprocess
import sys

import pytest

from tests.e2e.processes import ROOT, Processes, RelayProcess, surroundings


def piped(processes: Processes, relay: RelayProcess, name: str, lines: str, *options: str) -> tuple[int, str, str]:
    """Run a session of the line mode with all its input at once; give exit code, output and errors."""
    done = subprocess.run(
        [
            *(sys.executable, str(ROOT / "main.py"), "connect", relay.host, relay.port, name),
            *("--home", str(processes.home(name)), *options),
        ],
        env=surroundings({"BABILU_PASSWORD": f"the password of {name}"}),
        input=lines.encode(),
        capture_output=True,
        timeout=90,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_script_sends_and_is_told_that_everything_left(processes: Processes) -> None:
    relay = processes.relay()
    bob = processes.client(relay, "bob")
    bob.take("link", state="online")
    code, output, errors = piped(processes, relay, "alice", "@bob one\n/to bob\n//two\n", "--wait-sent")
    assert (code, errors) == (0, "")
    assert "→ bob: one" in output
    assert "\x1b" not in output
    assert [bob.take("message")["text"] for _ in range(2)] == ["one", "/two"]
    code, _, errors = piped(processes, relay, "alice", "@nobody-of-that-name hi\n", "--wait-sent=5")
    assert code == 1
    assert errors.count("\n") == 1
    bob.stop()
    code, output, _ = piped(processes, relay, "bob", "/history alice\n")
    assert code == 0
    assert "alice: one" in output
    relay.stop()
    code, output, _ = piped(processes, relay, "alice", "@bob later\n", "--wait-sent=3")
    assert code == 1
    assert "Offline" in output
    assert piped(processes, relay, "alice", "@bob later still\n")[0] == 0


def test_nonsense_is_answered_and_ends_nothing(processes: Processes) -> None:
    relay = processes.relay()
    alice = processes.client(relay, "alice")
    nonsense = ["{", '{"do":"nonsense","tag":"t"}', "[" * 20_000, "/nonsense", "bare", '{"do":"send","to":"x"}']
    alice.write(*nonsense)
    assert alice.process.stdin is not None
    alice.process.stdin.write(b"\xff\xfe\x00\n" + b"x" * 2_000_000 + b"\n")
    alice.do("status", tag="last")
    alice.take("status", tag="last", name="alice")
    assert len(alice.of("error", code="usage")) == len(nonsense) + 2
    assert alice.of("error", tag="t")
    alice.end_input()
    assert alice.wait() == 0
    assert alice.garbage == []


def test_whoever_stops_reading_ends_the_session_quietly(processes: Processes) -> None:
    relay = processes.relay()
    carol = subprocess.Popen(
        [
            *(sys.executable, str(ROOT / "main.py"), "connect", relay.host, relay.port, "carol", "--json"),
            *("--home", str(processes.home("carol"))),
        ],
        env=surroundings({"BABILU_PASSWORD": "the password of carol"}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert carol.stdin is not None
    assert carol.stdout is not None
    assert carol.stderr is not None
    while b'"online"' not in carol.stdout.readline():
        pass
    carol.stdout.close()
    carol.stdin.write(b"/status\n")
    carol.stdin.flush()
    assert carol.wait(20) == 0
    assert carol.stderr.read() == b""
    carol.stdin.close()
    carol.stderr.close()


def test_the_first_relay_of_a_client_may_speak_ipv6(processes: Processes) -> None:
    try:
        relay = processes.relay(host="::1")
    except AssertionError:
        pytest.skip("this machine has no IPv6")
    assert relay.address == f"[::1]:{relay.port}"
    alice = processes.client(relay, "alice")
    alice.take("link", state="online")
    assert alice.of("ready")[0]["relay"] == relay.address
    bob = processes.run("connect", relay.invitation, "bob", home="bob")
    bob.take("link", state="online")
    alice.send("bob", "over six")
    bob.take("message", text="over six")


def test_two_hundred_lines_keep_their_order(processes: Processes) -> None:
    relay = processes.relay()
    bob = processes.client(relay, "bob")
    bob.take("link", state="online")
    alice = processes.client(relay, "alice")
    alice.write(*[f"@bob {number}" for number in range(200)])
    assert [bob.take("message")["text"] for _ in range(200)] == [str(number) for number in range(200)]
    assert alice.stop(signal.SIGTERM) == 0
    assert bob.errors == relay.errors == []
