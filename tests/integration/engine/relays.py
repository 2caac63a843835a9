"""A relay in this process, on a loop of its own, for clients that run in threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from babilu.api.views import Address
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.kernel.limits import Limits
from babilu.kernel.ports import Clock
from babilu.relay.base.settings import Registration, RelaySettings
from babilu.relay.node.server import Relay
from babilu.system import SystemClock, SystemRandomness

DEADLINE_S = 30.0


class House:
    """A relay that can be stopped and started again at the same address.

    Args:
        home: The relay's folder.
        limits: What clients may spend.
        clock: The time.

    Attributes:
        registration: Who may make an account from the next start on; None lets the address decide.
        also: Other addresses that it names from the next start on.
    """

    def __init__(self, home: Path, limits: Limits | None = None, clock: Clock | None = None) -> None:
        self.home = home
        self._limits = limits or Limits()
        self._clock = clock or SystemClock()
        self._loop = LoopThread()
        self._loop.start()
        self._relay: Relay | None = None
        self.address = Address("127.0.0.1", 0)
        self.registration: Registration | None = None
        self.also: tuple[str, ...] = ()

    def start(self) -> None:
        settings = RelaySettings(
            self.address.host,
            self.address.port,
            self.home,
            self._limits,
            registration=self.registration,
            also=self.also,
        )
        self._relay = Relay(settings, self._clock, SystemRandomness())
        self._loop.run(self._relay.start()).result(DEADLINE_S)
        self.address = Address(*self._relay.address)

    def invite(self) -> str:
        """Make an invitation."""
        if self._relay is None:
            raise AssertionError("a relay that is stopped invites nobody")
        return self._loop.run(self._relay.invite()).result(DEADLINE_S).encode()

    def stop(self) -> None:
        if self._relay is not None:
            self._loop.run(self._relay.stop()).result(DEADLINE_S)
            self._relay = None

    def end(self) -> None:
        self.stop()
        self._loop.stop()


@contextmanager
def running_relay(home: Path, limits: Limits | None = None, clock: Clock | None = None) -> Iterator[House]:
    """Run a relay for the time of a test."""
    house = House(home, limits, clock)
    try:
        house.start()
        yield house
    finally:
        house.end()
