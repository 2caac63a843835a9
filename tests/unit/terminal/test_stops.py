"""A signal ends a session with success in every moment: whatever the main thread is doing, and its other threads."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import FrameType
from typing import Any, TypeVar

import pytest

from babilu.api import commands as c
from babilu.api.client import ChatClient, Listener
from babilu.api.client import DirectProfile as Direct
from babilu.api.client import RelayProfile as Relay
from babilu.bot.fake_client import FakeClient
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.terminal.interruption import Interrupted, Interruption
from babilu.terminal.line_session import SessionEnd
from tests.fakes.client_factory import FakeClientFactory
from tests.unit.terminal.session import DEADLINE_S, Session, stall

R = TypeVar("R")

MOMENTS = range(1, 2_500, 41)
"""Instructions of the main thread before which a signal comes; the last ones are beyond the end of most sessions."""


class SlowFactory(FakeClientFactory):
    """Opens a client in a thread of its own, which takes a moment."""

    def open(self, profile: Relay | Direct, listener: Listener | None = None) -> "Future[ChatClient]":
        opened = super().open(profile, listener)
        slow: Future[ChatClient] = Future()
        threading.Timer(0.001, lambda: slow.set_result(opened.result())).start()
        return slow


class Asked(FakeClient):
    """A client in which something happens when it is asked for what nobody has seen."""

    happens: Callable[[], object] = bool
    answers: BabiluError

    def request(self, command: c.Command[R]) -> "Future[R]":
        if not isinstance(command, c.TakeUnshown):
            return super().request(command)
        self.happens()
        refused: Future[R] = Future()
        refused.set_exception(self.answers)
        return refused


class Tracer:
    """Sends a signal to this process before an instruction of the main thread, counted from the first handler on."""

    def __init__(self, moment: int) -> None:
        self._left = moment
        self._before = signal.getsignal(signal.SIGTERM)
        self.place = "beyond the end"

    def trace(self, frame: FrameType, event: str, argument: Any) -> "Callable[..., Any] | None":
        del argument
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event != "opcode" or signal.getsignal(signal.SIGTERM) == self._before:
            return self.trace
        self._left -= 1
        if self._left:
            return self.trace
        sys.settrace(None)
        self.place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        signal.raise_signal(signal.SIGTERM)
        return None


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_session_ends_with_success_whatever_the_main_thread_is_doing(moment: int) -> None:
    client = FakeClient()
    session = Session(client)
    session.line_mode = session.line_mode_of(SlowFactory(client))
    tracer = Tracer(moment)
    sys.settrace(tracer.trace)
    try:
        ending = session.run("/status", stall if moment < MOMENTS[-1] // 2 else bool)
    finally:
        sys.settrace(None)
    assert ending is SessionEnd.DONE, tracer.place
    assert not session.line_mode.is_stuck, tracer.place
    assert client.closed.wait(DEADLINE_S), tracer.place


@pytest.mark.parametrize("code", [ErrorCode.CLOSED, ErrorCode.HOST_ENDED, ErrorCode.INTERNAL])
def test_what_a_client_answers_that_is_being_closed_is_no_reason_of_the_end(code: ErrorCode) -> None:
    client = Asked()
    session = Session(client)

    def stop() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        assert client.closed.wait(DEADLINE_S)

    client.happens, client.answers = stop, LinkError(code, "The client is closed.")
    assert session.run(stall) is SessionEnd.DONE
    said = [event["code"] for event in session.of("error")]
    assert said == ([code.value] if code is ErrorCode.INTERNAL else [])


def test_an_answer_that_the_client_is_closed_ends_a_session_that_nobody_stopped() -> None:
    client = Asked()
    session = Session(client)
    client.answers = LinkError(ErrorCode.CLOSED, "The client is closed.")
    assert session.run(stall) is not SessionEnd.DONE
    assert [event["code"] for event in session.of("error")] == ["closed"]


def test_the_bell_is_heard_also_after_a_prompt_has_taken_the_signals_for_itself() -> None:
    with Interruption() as interruption:
        signal.set_wakeup_fd(-1)
        killer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM))
        killer.start()
        with pytest.raises(Interrupted):
            interruption.rest()
        killer.join()


def test_a_bell_that_rings_after_the_end_is_heard_by_nobody() -> None:
    with Interruption() as interruption:
        pass
    interruption.ring()
    interruption.wake()


def test_a_wait_for_another_thread_ends_when_it_has_lasted_long_enough() -> None:
    with Interruption() as interruption, pytest.raises(TimeoutError):
        interruption.wait_for(Future[None](), 0.01)


def test_a_wait_for_another_thread_gives_what_came_of_it() -> None:
    with Interruption() as interruption:
        coming: Future[int] = Future()
        threading.Timer(0.01, coming.set_result, [7]).start()
        assert interruption.wait_for(coming, DEADLINE_S) == 7


KILL = "os.kill(os.getpid(), signal.SIGTERM)"


@pytest.mark.skipif(sys.platform == "win32", reason="signals kill nobody there")
@pytest.mark.parametrize(
    "later", [f"threading.Timer(0.05, lambda: {KILL}).start()", f"atexit.register(lambda: {KILL})"]
)
def test_a_signal_after_the_last_session_changes_nothing_of_its_end(later: str) -> None:
    # What is registered first is called last.
    script = f"""
import atexit, os, signal, sys, threading
sys.path[:] = {sys.path!r}
from babilu.terminal.interruption import Interruption
{later}
with Interruption(is_last=True):
    pass
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
