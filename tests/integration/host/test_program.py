"""The client's daemon as a program: what its service manager hears, and that whoever attaches can end it."""

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.client import DirectProfile
from babilu.cli.exit_codes import ExitCode
from babilu.cli.host_program import ENDING, HostAnnouncer, HostProgram
from babilu.cli.service_manager import ServiceManager
from babilu.crypto.secret import Passphrase
from babilu.host.opening import HostingFactory
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.system import SystemClock, SystemRandomness

WAIT_S = 30.0
PROFILE = DirectProfile("dora", Passphrase("the passphrase of dora"))


class Manager(ServiceManager):
    """A service manager that wants a sign of life often, and remembers what it heard."""

    def __init__(self) -> None:
        super().__init__({})
        self.sign_every_s = 0.01
        self.heard: list[str] = []
        self.alive = threading.Event()

    def tell(self, *assignments: str) -> None:
        self.heard += assignments
        if self.heard.count("WATCHDOG=1") >= 2:
            self.alive.set()


class Says(HostAnnouncer):
    """Remembers what was announced."""

    def __init__(self) -> None:
        super().__init__(None)
        self.told: list[Mapping[str, object] | None] = []
        self.is_ready = threading.Event()

    def ready(self, about: Mapping[str, object]) -> None:
        self.told.append(about)
        self.is_ready.set()

    def stopped(self) -> None:
        self.told.append(None)


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_daemon_tells_its_manager_that_it_lives_and_is_ended_by_who_attaches(tmp_path: Path) -> None:
    manager, says = Manager(), Says()
    factory = HostingFactory(tmp_path, SystemClock(), SystemRandomness())
    stopped: list[int | None] = []

    def play() -> None:
        says.is_ready.wait(WAIT_S)
        manager.alive.wait(WAIT_S)
        stopped.append(factory.stop(PROFILE, WAIT_S))

    player = threading.Thread(target=play)
    player.start()
    assert HostProgram(PROFILE, tmp_path, manager, outlives_terminal=False).run(says) is ExitCode.DONE
    player.join(WAIT_S)
    assert says.told == [{"name": "dora", "relay": None}, None]
    assert (manager.heard[0], manager.heard[-1]) == ("READY=1", "STOPPING=1")
    assert len(stopped) == 1
    assert factory.stop(PROFILE, WAIT_S) is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_daemon_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    says = Says()
    told: list[e.Event] = []

    def play() -> None:
        says.is_ready.wait(WAIT_S)
        factory = HostingFactory(tmp_path, SystemClock(), SystemRandomness())
        client = factory.attach(PROFILE, hear).result(WAIT_S)
        client.request(c.Status()).result(WAIT_S)
        # To the process, as others send it: `raise_signal` would send it to this thread.
        os.kill(os.getpid(), number)
        warned.wait(WAIT_S)
        client.close()

    def hear(_cursor: int, event: e.Event) -> None:
        told.append(event)
        if isinstance(event, e.Warned):
            warned.set()

    warned = threading.Event()
    player = threading.Thread(target=play)
    player.start()
    code = HostProgram(PROFILE, tmp_path, ServiceManager({}), outlives_terminal=True).run(says)
    player.join(WAIT_S)
    assert code is ExitCode.DONE
    assert [event.code for event in told if isinstance(event, e.Warned)] == ["host_ended"]
    assert says.told[-1] is None


def test_a_profile_that_is_open_elsewhere_has_no_second_daemon(tmp_path: Path) -> None:
    factory = HostingFactory(tmp_path, SystemClock(), SystemRandomness())
    client = factory.open(PROFILE).result(WAIT_S)
    try:
        with pytest.raises(BabiluError) as refused:
            HostProgram(PROFILE, tmp_path, ServiceManager({}), outlives_terminal=False).run(Says())
        assert refused.value.code is ErrorCode.PROFILE_IN_USE
        with pytest.raises(BabiluError) as kept:
            factory.stop(PROFILE, WAIT_S)
        assert kept.value.code is ErrorCode.NOT_ALLOWED
    finally:
        client.close()
