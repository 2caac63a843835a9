"""A node of a relay in a process of its own, to be killed: prints a line once clients can come."""

import asyncio
import signal
import sys
from functools import partial
from pathlib import Path

import msgspec
import uvloop

from babilu.kernel.limits import Limits
from babilu.relay.base.settings import ClusterSettings, Registration, RelaySettings
from babilu.relay.node.server import Relay
from babilu.relay.storage.port import Storage
from babilu.relay.storage.postgresql import PostgresOptions, PostgresStorage
from babilu.system import SystemClock, SystemRandomness

LIMITS = Limits(
    submissions=1_000_000,
    submissions_per_second=100_000,
    sender_messages=100_000,
    mailbox_messages=400_000,
    envelope_bytes=1,
    registrations=1_000,
)


class NodePlan(msgspec.Struct):
    """How a node is started.

    Attributes:
        home: Its folder.
        port: Its port.
        storage: URL of the database that nodes share.
        bus: URL of the bus; empty for the database's own.
        key: File with the relay's key; None for the first node.
    """

    home: str
    port: int
    storage: str
    bus: str = ""
    key: str | None = None


async def open_storage(url: str, path: Path) -> Storage:
    del path
    return await PostgresStorage.open(url, PostgresOptions(unsafe=True))


async def run(plan: NodePlan) -> None:
    settings = RelaySettings(
        "127.0.0.1",
        plan.port,
        Path(plan.home),
        LIMITS,
        Registration.OPEN,
        cluster=ClusterSettings(node=Path(plan.home).name, bus=plan.bus),
        node_key=None if plan.key is None else Path(plan.key),
    )
    relay = Relay(settings, SystemClock(), SystemRandomness(), partial(open_storage, plan.storage))
    await relay.start()
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await ending.wait()
    await relay.stop()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(msgspec.json.decode(sys.argv[1], type=NodePlan)))
