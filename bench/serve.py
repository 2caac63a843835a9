"""A process that serves until it is told to end, and prints its port: `serve.py babilu|durable|bare FOLDER`.

A relay over a database is given its URL, that of the bus, and the file with the relay's key, each empty for none.
"""

import asyncio
import signal
import sys
from pathlib import Path

import uvloop

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "src"), str(Path(__file__).resolve().parents[1])]

from babilu.kernel.limits import Limits  # noqa: E402  # the path has to be set before
from babilu.relay.base.settings import ClusterSettings, RelaySettings, StorageSettings  # noqa: E402
from babilu.relay.node.server import Relay  # noqa: E402
from babilu.system import SystemClock, SystemRandomness  # noqa: E402
from bench.floor import serve_floor  # noqa: E402

NOTHING_REFUSED = Limits(
    max_users=1_000_000,
    connections=100_000,
    registrations=10**6,
    submissions=10**9,
    submissions_per_second=10**9,
    mailbox_messages=10**7,
    mailbox_bytes=10**11,
    sender_messages=10**7,
    sender_bytes=10**11,
    file_bytes=2**31,
    account_file_bytes=2**40,
    all_file_bytes=2**40,
    disk_reserve_bytes=0,
    file_creations=10**7,
)
"""Every limit stays in force; those that bound one client's share are set where a load does not meet them."""


async def serve_relay(home: Path, database: str, bus: str, key: str) -> None:
    """Run a relay, as a node of one with several where a database is named, until it is told to end."""
    settings = RelaySettings(
        "127.0.0.1",
        0,
        home,
        NOTHING_REFUSED,
        own_process=True,
        storage=StorageSettings(database),
        cluster=ClusterSettings(node=home.name, bus=bus),
        node_key=Path(key) if key else None,
    )
    relay = Relay(settings, SystemClock(), SystemRandomness())
    await relay.start()
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    sys.stdout.write(f"{relay.address[1]}\n")
    sys.stdout.flush()
    await ending.wait()
    await relay.stop()


def main(what: str, home: Path, database: str = "", bus: str = "", key: str = "") -> None:
    """Serve."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        match what:
            case "babilu":
                runner.run(serve_relay(home, database, bus, key))
            case "durable" | "bare":
                runner.run(serve_floor(home, durable=what == "durable"))
            case _:
                raise SystemExit(f"There is no server {what!r}.")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
