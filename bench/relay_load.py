"""Measures a relay under load: what a delivery costs and how late it comes, what waiting mail and logins cost.

    python bench/relay_load.py [--seconds 8] [--pairs 100] [--size 600]

The relay is a process of its own on one core, this one runs on another where there is one. Every message is
submitted, committed with fsync, accepted, delivered, acknowledged and deleted, over TLS 1.3.
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from babilu.kernel.limits import Limits  # noqa: E402  # the path has to be set before
from babilu.relay.server import Relay  # noqa: E402
from babilu.relay.settings import RelaySettings  # noqa: E402
from babilu.system import SystemClock, SystemRandomness  # noqa: E402
from babilu.wire.relay_frames import Accepted, Deliver  # noqa: E402
from bench.floor import serve_floor  # noqa: E402
from bench.load_client import Account, LoadClient  # noqa: E402

NOTHING_REFUSED = Limits(
    max_users=100_000,
    connections=100_000,
    submissions=10**9,
    submissions_per_second=10**9,
    mailbox_messages=10**7,
    mailbox_bytes=10**11,
    sender_messages=10**7,
    sender_bytes=10**11,
)


async def serve(home: Path) -> None:
    """Run a relay until it is told to end."""
    relay = Relay(
        RelaySettings("127.0.0.1", 0, home, NOTHING_REFUSED, own_process=True), SystemClock(), SystemRandomness()
    )
    await relay.start()
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    sys.stdout.write(f"{relay.address[1]}\n")
    sys.stdout.flush()
    await ending.wait()
    await relay.stop()


@dataclass(frozen=True)
class Served:
    """A relay's process."""

    pid: int
    address: tuple[str, int]

    def cpu_seconds(self) -> float:
        """Return the processor time it has used, in user and kernel mode."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_kib(self) -> int:
        """Return the memory it has resident."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


@contextmanager
def relay_process(cpu: int | None, what: str = "--serve") -> Iterator[Served]:
    """Run a relay in a process and folder of its own."""
    with tempfile.TemporaryDirectory(prefix="babilu-bench-") as home:
        process = subprocess.Popen(  # this file itself
            [sys.executable, __file__, what, str(Path(home) / "relay")], stdout=subprocess.PIPE, text=True
        )
        try:
            if cpu is not None:
                os.sched_setaffinity(process.pid, {cpu})
            told = "" if process.stdout is None else process.stdout.readline()
            yield Served(process.pid, ("127.0.0.1", int(told)))
        finally:
            process.send_signal(signal.SIGTERM if what == "--serve" else signal.SIGKILL)
            process.wait(30)


class Pair:
    """Two accounts, one of which writes to the other and keeps so many messages under way."""

    def __init__(self, writer: LoadClient, reader: LoadClient, size: int) -> None:
        self.delivered = 0
        self.latencies: list[float] = []
        self._writer = writer
        self._recipient = reader.account
        self._tail = bytes(size - 16)
        self._number = 0
        reader.delivered = self._count

    def write(self) -> None:
        """Submit one message, which carries the time."""
        self._number += 1
        octets = self._number.to_bytes(8, "big") + int(time.perf_counter() * 1e9).to_bytes(8, "big")
        self._writer.submit(self._recipient, octets + self._tail)

    def keep_writing(self, in_flight: int) -> None:
        """Submit a new message for each that is accepted."""
        self._writer.accepted = lambda _: self.write()
        for _ in range(in_flight):
            self.write()

    def stop_writing(self) -> None:
        """Submit no more."""
        self._writer.accepted = lambda _: None

    def _count(self, delivered: Deliver) -> None:
        self.delivered += 1
        sent_at = int.from_bytes(delivered.envelope[8:16], "big") / 1e9
        self.latencies.append(time.perf_counter() - sent_at)


async def live_client(name: str, address: tuple[str, int]) -> LoadClient:
    """Register an account and let its mail flow."""
    client = await LoadClient.connect(Account.make(name), address)
    await client.register()
    await client.resume()
    return client


async def make_pairs(number: int, size: int, address: tuple[str, int]) -> list[Pair]:
    """Make so many pairs."""
    return [
        Pair(await live_client(f"writer{each}", address), await live_client(f"reader{each}", address), size)
        for each in range(number)
    ]


def percentile(values: list[float], share: float) -> float:
    """Return the value that ``share`` of all do not exceed."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def say(what: str, figure: str) -> None:
    """Print one line of the result."""
    sys.stdout.write(f"{what:<44}{figure}\n")
    sys.stdout.flush()


async def measure_saturated(relay: Served, pairs: list[Pair], seconds: float, in_flight: int) -> None:
    """Print what a delivery costs while there is always another one to make."""
    for pair in pairs:
        pair.keep_writing(in_flight)
    await asyncio.sleep(1)
    before, cpu, began = sum(pair.delivered for pair in pairs), relay.cpu_seconds(), time.perf_counter()
    await asyncio.sleep(seconds)
    count = sum(pair.delivered for pair in pairs) - before
    used, passed = relay.cpu_seconds() - cpu, time.perf_counter() - began
    for pair in pairs:
        pair.stop_writing()
    say("saturated: deliveries a second", f"{count / passed:,.0f}")
    say("saturated: CPU µs a delivery", f"{used / count * 1e6:.1f}")
    await asyncio.sleep(0.5)


async def measure_rate(relay: Served, pairs: list[Pair], seconds: float, rate: int) -> None:
    """Print what a delivery costs and how late it comes at a fixed rate."""
    for pair in pairs:
        pair.latencies.clear()
    cpu, began, sent = relay.cpu_seconds(), time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < seconds:
        while sent < passed * rate:
            pairs[sent % len(pairs)].write()
            sent += 1
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.5)
    latencies = [latency for pair in pairs for latency in pair.latencies]
    say(f"at {rate}/s: CPU µs a delivery", f"{(relay.cpu_seconds() - cpu) / len(latencies) * 1e6:.0f}")
    shares = ", ".join(f"p{share * 100:g} {percentile(latencies, share) * 1e3:.1f}" for share in (0.5, 0.95, 0.99))
    say(f"at {rate}/s: ms from send to receipt", shares)


async def measure_offline(relay: Served, number: int, size: int) -> None:
    """Print how fast mail is stored for one device that is away, and fetched when it returns."""
    writer = await live_client("offline-writer", relay.address)
    account = Account.make("offline-reader")
    reader = await LoadClient.connect(account, relay.address)
    await reader.register()
    reader.close()
    pair_tail, half = bytes(size - 8), number // 2
    accepted = 0
    done = asyncio.get_running_loop().create_future()
    began = time.perf_counter()
    marks: list[float] = []

    def count(_: Accepted) -> None:
        nonlocal accepted
        accepted += 1
        if accepted in {half, number}:
            marks.append(time.perf_counter())
        if accepted == number:
            done.set_result(None)
        elif accepted + 200 <= number:
            writer.submit(account, (accepted + 200).to_bytes(8, "big") + pair_tail)

    writer.accepted = count
    cpu = relay.cpu_seconds()
    for each in range(1, 201):
        writer.submit(account, each.to_bytes(8, "big") + pair_tail)
    await done
    used = relay.cpu_seconds() - cpu
    say("offline: stored for one device a second", f"{number / (marks[1] - began):,.0f}")
    say("offline: first and second half", f"{half / (marks[0] - began):,.0f}, {half / (marks[1] - marks[0]):,.0f}")
    say("offline: CPU µs a stored message", f"{used / number * 1e6:.1f}")
    reader = await LoadClient.connect(account, relay.address)
    await reader.log_in()
    fetched = 0
    drained = asyncio.get_running_loop().create_future()

    def fetch(_: Deliver) -> None:
        nonlocal fetched
        fetched += 1
        if fetched == number:
            drained.set_result(None)

    reader.delivered = fetch
    cpu, began = relay.cpu_seconds(), time.perf_counter()
    await reader.resume()
    await drained
    say("offline: drained by one device a second", f"{number / (time.perf_counter() - began):,.0f}")
    say("offline: CPU µs a drained message", f"{(relay.cpu_seconds() - cpu) / number * 1e6:.1f}")


async def measure_logins(relay: Served, number: int) -> None:
    """Print what a login by device key costs, TLS included."""
    account = Account.make("often")
    client = await LoadClient.connect(account, relay.address)
    await client.register()
    client.close()
    cpu, began = relay.cpu_seconds(), time.perf_counter()
    for _ in range(number):
        client = await LoadClient.connect(account, relay.address)
        await client.log_in()
        client.close()
    say("login by device key: CPU ms", f"{(relay.cpu_seconds() - cpu) / number * 1e3:.2f}")
    say("login by device key: a second, one by one", f"{number / (time.perf_counter() - began):.0f}")


async def measure_idle(relay: Served, number: int) -> None:
    """Print what an idle connection that is logged in costs."""
    accounts = [Account.make(f"idle{each}") for each in range(number)]
    before = relay.resident_kib()
    clients = []
    for account in accounts:
        client = await LoadClient.connect(account, relay.address)
        await client.register()
        await client.resume()
        clients.append(client)
    await asyncio.sleep(1)
    say("idle: KiB a connection", f"{(relay.resident_kib() - before) / number:.1f}")
    cpu = relay.cpu_seconds()
    await asyncio.sleep(5)
    say(f"idle: CPU of {number} connections", f"{(relay.cpu_seconds() - cpu) / 5 * 100:.2f} %")
    for client in clients:
        client.close()


async def measure(relay: Served, options: argparse.Namespace) -> None:
    """Run what was asked for."""
    wanted: dict[str, Callable[[], object]] = {}
    pairs = await make_pairs(options.pairs, options.size, relay.address)
    wanted["saturated"] = lambda: measure_saturated(relay, pairs, options.seconds, options.in_flight)
    wanted["rate"] = lambda: measure_rate(relay, pairs, options.seconds, options.rate)
    wanted["offline"] = lambda: measure_offline(relay, options.offline, options.size)
    wanted["logins"] = lambda: measure_logins(relay, options.logins)
    wanted["idle"] = lambda: measure_idle(relay, options.idle)
    for name in options.only or wanted:
        await wanted[name]()  # type: ignore[misc]  # every one of them is a coroutine


def main() -> None:
    """Measure, or be the relay that is measured."""
    parser = argparse.ArgumentParser(description="Measure a relay.")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--serve-floor", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--floor", action="store_true", help="measure the least there can be in the relay's place")
    parser.add_argument("--pairs", type=int, default=100, help="pairs of accounts")
    parser.add_argument("--in-flight", type=int, default=8, help="messages of a pair under way")
    parser.add_argument("--size", type=int, default=600, help="bytes of an envelope")
    parser.add_argument("--seconds", type=float, default=8, help="length of each measurement")
    parser.add_argument("--rate", type=int, default=500, help="messages a second at the fixed rate")
    parser.add_argument("--offline", type=int, default=20_000, help="messages for the device that is away")
    parser.add_argument("--logins", type=int, default=300)
    parser.add_argument("--idle", type=int, default=500, help="idle connections")
    parser.add_argument("--only", nargs="*", help="saturated, rate, offline, logins, idle")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if options.serve is not None:
            runner.run(serve(options.serve))
            return
        if options.serve_floor is not None:
            runner.run(serve_floor(options.serve_floor))
            return
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            os.sched_setaffinity(0, {cores[1]})
        what = "--serve-floor" if options.floor else "--serve"
        with relay_process(cores[0] if len(cores) > 1 else None, what) as relay:
            runner.run(measure(relay, options))


if __name__ == "__main__":
    main()
