"""A relay in a process of its own, to be killed: prints its port, and lets its disk fill up and empty by signals."""

import asyncio
import resource
import signal
import sys
from pathlib import Path

import uvloop

from babilu.kernel.limits import Limits
from babilu.relay.base.settings import RelaySettings
from babilu.relay.node.server import Relay
from babilu.system import SystemClock, SystemRandomness

LIMITS = Limits(
    submissions=1_000_000,
    submissions_per_second=100_000,
    sender_messages=100_000,
    mailbox_messages=400_000,
    envelope_bytes=1,
)

FULL_BYTES = 200_000
"""No file grows beyond this while the disk plays full."""


def fill_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_BYTES, resource.RLIM_INFINITY))


def empty_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


async def run(home: Path) -> None:
    relay = Relay(RelaySettings("127.0.0.1", 0, home, LIMITS), SystemClock(), SystemRandomness())
    await relay.start()
    loop = asyncio.get_running_loop()
    ending = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ending.set)
    loop.add_signal_handler(signal.SIGUSR1, fill_disk)
    loop.add_signal_handler(signal.SIGUSR2, empty_disk)
    sys.stdout.write(f"{relay.address[1]}\n")
    sys.stdout.flush()
    await ending.wait()
    await relay.stop()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(Path(sys.argv[1])))
