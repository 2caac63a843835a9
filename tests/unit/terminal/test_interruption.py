"""Which signals end a session: also one that was started by nohup keeps what it was told to ignore."""

import signal

import pytest

from babilu.terminal.interruption import Interruption

if not hasattr(signal, "SIGHUP"):
    pytest.skip("there are no terminals that hang up", allow_module_level=True)


def test_a_session_takes_the_end_of_its_terminal_for_its_own_and_gives_the_signal_back() -> None:
    before = signal.getsignal(signal.SIGHUP)
    with Interruption():
        assert signal.getsignal(signal.SIGHUP) != before
    assert signal.getsignal(signal.SIGHUP) == before


def test_a_session_that_is_to_outlive_its_terminal_leaves_the_signal_alone() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interruption():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
