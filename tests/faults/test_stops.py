"""Processes are stopped and go on as if nothing had been: what was accepted arrives once, whoever slept."""

import signal
import threading

import pytest

from tests.e2e.processes import JsonProcess, Processes
from tests.faults.conftest import Record, Times
from tests.faults.tools.town import Town


@pytest.mark.timeout(900)
def test_what_was_accepted_arrives_once_when_somebody_sleeps_for_a_while(
    processes: Processes, times: Times, record: Record
) -> None:
    town = Town(processes, record)
    town.greet()
    # Past a minute of silence the others have given up on who sleeps, and both ends of the link learn it apart.
    seconds = times(1, 120)
    with town.chatting(20):
        for sleeper in (town.relay, town.bob.now, town.alice.now):
            _stop_for(sleeper, seconds)
            threading.Event().wait(0.5)
    town.judge(f"relay, bob and alice stopped for {seconds} s each")
    assert not town.dead


def _stop_for(process: JsonProcess, seconds: float) -> None:
    process.process.send_signal(signal.SIGSTOP)
    try:
        threading.Event().wait(seconds)
    finally:
        process.process.send_signal(signal.SIGCONT)
