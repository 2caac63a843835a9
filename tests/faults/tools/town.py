"""A relay that can be killed and two people who chat by it, judged at the end by their ledgers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.e2e.processes import Processes, RelayProcess
from tests.faults.tools.account import Account, Load
from tests.faults.tools.ledger import balance

PER_SECOND = 50.0


class Town:
    """A relay, and alice and bob.

    Args:
        processes: Where they live.
        record: Takes each line of the books.
        relay: The relay, where there is one already.
        address: Where clients connect, as host and port, when that is not the relay itself.
        options: More options of every client.
        relay_options: More options of the relay, whenever it starts.
    """

    def __init__(
        self,
        processes: Processes,
        record: Callable[[str], None],
        relay: RelayProcess | None = None,
        address: tuple[str, str] | None = None,
        options: tuple[str, ...] = (),
        relay_options: tuple[str, ...] = (),
    ) -> None:
        self.processes = processes
        self._record = record
        self._relay_options = relay_options
        self.relay = relay or processes.relay(*relay_options)
        self._options = options
        self.dead: list[RelayProcess] = []
        self._port = self.relay.port
        self._address = address or (self.relay.host, self.relay.port)
        self.alice = self.account("alice")
        self.bob = self.account("bob")

    def account(self, name: str) -> Account:
        """Register somebody, and wait until they are online."""
        return Account.registered(self.processes, self._address, name, self._options)

    def greet(self) -> None:
        """Let both write once and settle, so that they know each other and have a session."""
        for one, other in ((self.alice, self.bob), (self.bob, self.alice)):
            one.say(other.name, f"{one.name} 000000")
            one.settle(other.name)

    def kill_relay(self) -> None:
        """End the relay without giving it a chance, and start it again."""
        self.relay.kill()
        self.dead.append(self.relay)
        self.relay = self.processes.relay(*self._relay_options, port=self._port)

    @contextmanager
    def chatting(self, per_second: float = PER_SECOND) -> Iterator[None]:
        """Let both write to each other at a common pace."""
        half = per_second / 2
        with Load(self.alice, self.bob, half), Load(self.bob, self.alice, half):
            yield

    def judge(self, title: str) -> None:
        """Wait until all is settled, balance the books of both directions, print them and fail by what they show."""
        self.alice.settle("bob")
        self.bob.settle("alice")
        books = [
            balance(f"{title}, {one.name} to {other.name}", one, other)
            for one, other in ((self.alice, self.bob), (self.bob, self.alice))
        ]
        for ledger in books:
            self._record(ledger.line())
        faults = [fault for ledger in books for fault in ledger.faults]
        for relay in (*self.dead, self.relay):
            faults += [f"relay: {line}" for line in relay.errors if "Traceback" in line or "ERROR" in line]
        assert not faults, "\n".join(faults[:50])
        assert all(ledger.kept for ledger in books)
