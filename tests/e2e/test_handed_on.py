"""A password on the command line is gone from it while the program runs."""

import sys
from pathlib import Path

import pytest

from tests.e2e.processes import Processes

PASSWORD = "seven wet umbrellas"


@pytest.mark.skipif(sys.platform != "linux", reason="command lines are read from /proc here")
def test_a_password_on_the_command_line_does_not_stay_there(processes: Processes) -> None:
    relay = processes.relay()
    # Another password in the environment shows which of them was used.
    alice = processes.run("connect", relay.host, relay.port, "alice", PASSWORD, home="alice", password="another one")
    alice.take("link", state="online")
    seen = Path(f"/proc/{alice.process.pid}/cmdline").read_bytes().split(b"\0")
    assert b"connect" in seen
    assert PASSWORD.encode() not in seen
    assert alice.stop() == 0, alice.describe()
    again = processes.run("connect", relay.host, relay.port, "alice", home="alice", password=PASSWORD)
    again.take("link", state="online")
