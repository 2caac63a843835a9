"""Puts the same work on every server: deliveries at full speed and at fixed rates, mail for who is away, logins.

A figure is a number under a name; what costs processor time is read from the server's processes, not from a clock.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice, pairwise, product, starmap
from typing import Any

from bench.client_protocol import LoadClient
from bench.served import Served

Client = LoadClient[Any]
Figures = dict[str, float]
Address = tuple[str, int]

SIGNED_IN_AT_ONCE = 20
OFFLINE_UNDER_WAY = 200
SETTLE_S = 0.5
PATIENCE_S = 300.0


@dataclass(frozen=True)
class Work:
    """How much is put on a server.

    Attributes:
        pairs: Pairs of accounts, one of which writes to the other.
        in_flight: Messages of a pair under way at full speed.
        size: Bytes of a message.
        seconds: Length of a measurement.
        rates: Messages a second at fixed rates.
        offline: Messages for the device that is away.
        logins: Logins, one by one.
        idle: Numbers of idle connections.
    """

    pairs: int
    in_flight: int
    size: int
    seconds: float
    rates: tuple[int, ...]
    offline: int
    logins: int
    idle: tuple[int, ...]


class Pair:
    """Two accounts, one of which writes to the other and may keep so many messages under way."""

    def __init__(self, writer: Client, reader: Client) -> None:
        self.delivered = 0
        self.latencies: list[int] = []
        self.writer = writer
        self.reader = reader
        reader.delivered = self._count

    def write(self) -> None:
        """Submit one message."""
        self.writer.submit(self.reader.account, time.perf_counter_ns())

    def keep_writing(self, in_flight: int) -> None:
        """Submit a new message for each that is accepted."""
        self.writer.accepted = self._write_on
        for _ in range(in_flight):
            self.write()

    def stop_writing(self) -> None:
        """Submit no more."""
        self.writer.accepted = lambda _: None

    def _write_on(self, accepted: int) -> None:
        for _ in range(accepted):
            self.write()

    def _count(self, stamp: int) -> None:
        self.delivered += 1
        self.latencies.append(time.perf_counter_ns() - stamp)


class Load:
    """The clients of one kind that work on one server.

    Args:
        kind: The class of the clients.
        served: The server.
        work: How much.
    """

    def __init__(self, kind: type[Client], served: Served, work: Work) -> None:
        self.served = served
        self.work = work
        self._kind = kind
        self.pairs: list[Pair] = []

    async def live(self, name: str, address: Address | None = None) -> Client:
        """Register an account, where nothing else is said at the first node, and let its mail flow."""
        address = address or self.served.address
        client = await self._kind.connect(self._kind.make_account(name), address, self.work.size)
        await client.register()
        await client.go_live()
        return client

    async def all_live(self, named: Iterable[tuple[str, Address]]) -> list[Client]:
        """Register accounts, a few at once and each at its node, and let their mail flow."""
        places = asyncio.Semaphore(SIGNED_IN_AT_ONCE)

        async def one(name: str, address: Address) -> Client:
            async with places:
                return await self.live(name, address)

        return list(await asyncio.gather(*starmap(one, named)))

    async def make_pairs(self) -> None:
        """Make the pairs: with two nodes, half of them across, as many to the one as to the other."""
        places = list(pair_places(self.work.pairs, self.served.addresses))
        writers = await self.all_live((f"writer{each}", writer) for each, (writer, _) in enumerate(places))
        readers = await self.all_live((f"reader{each}", reader) for each, (_, reader) in enumerate(places))
        self.pairs = [Pair(writer, reader) for writer, reader in zip(writers, readers, strict=True)]
        await asyncio.sleep(SETTLE_S)

    async def saturated(self, seconds: float | None = None) -> Figures:
        """Measure deliveries while there is always another one to make."""
        for pair in self.pairs:
            pair.keep_writing(self.work.in_flight)
        await asyncio.sleep(1)
        before, cpu, began = self._delivered(), self.served.cpu_by_part(), time.perf_counter()
        own = time.process_time()
        await asyncio.sleep(seconds or self.work.seconds)
        own = time.process_time() - own
        count = max(self._delivered() - before, 1)
        used = {part: (seconds - cpu[part]) / count * 1e6 for part, seconds in self.served.cpu_by_part().items()}
        passed = time.perf_counter() - began
        for pair in self.pairs:
            pair.stop_writing()
        await asyncio.sleep(2 * SETTLE_S)
        figures = {
            "saturated: deliveries/s": count / passed,
            "saturated: CPU µs a delivery": sum(used.values()),
            "saturated: the load's own CPU µs": own / count * 1e6,
        }
        if len(used) > 1:
            figures |= {f"saturated: of it, µs of the {part}": share for part, share in used.items()}
        return figures

    async def at_rate(self, rate: int, seconds: float | None = None) -> Figures:
        """Measure deliveries at a fixed rate, and how late they come."""
        for pair in self.pairs:
            pair.latencies.clear()
        cpu, began, sent = self.served.cpu_seconds(), time.perf_counter(), 0
        while (passed := time.perf_counter() - began) < (seconds or self.work.seconds):
            while sent < passed * rate:
                self.pairs[sent % len(self.pairs)].write()
                sent += 1
            await asyncio.sleep(0.001)
        await asyncio.sleep(SETTLE_S)
        used = self.served.cpu_seconds() - cpu
        latencies = sorted(latency for pair in self.pairs for latency in pair.latencies)
        if not latencies:
            return {}
        return {
            f"at {rate}/s: CPU µs a delivery": used / len(latencies) * 1e6,
            f"at {rate}/s: p50 ms": percentile(latencies, 0.50) / 1e6,
            f"at {rate}/s: p95 ms": percentile(latencies, 0.95) / 1e6,
            f"at {rate}/s: p99 ms": percentile(latencies, 0.99) / 1e6,
        }

    async def offline(self) -> Figures:
        """Measure mail for one device that is away, and how it comes when the device returns."""
        number = self.work.offline
        writer = await self.live("offline-writer")
        account = self._kind.make_account("offline-reader")
        reader = await self._kind.connect(account, self.served.addresses[-1], self.work.size)
        await reader.register()
        reader.close()
        await asyncio.sleep(SETTLE_S)
        cpu = self.served.cpu_seconds()
        halves = await self.store_for(writer, account, number, parts=2)
        stored_cpu = self.served.cpu_seconds() - cpu
        figures = {
            "offline: stored/s": number / sum(halves),
            "offline: second half to first, time": halves[1] / halves[0],
            "offline: CPU µs stored": stored_cpu / number * 1e6,
        }
        reader = await self._kind.connect(account, self.served.addresses[-1], self.work.size)
        await reader.log_in()
        cpu, began = self.served.cpu_seconds(), time.perf_counter()
        await self._drain(reader, number)
        figures["offline: drained/s"] = number / (time.perf_counter() - began)
        figures["offline: CPU µs drained"] = (self.served.cpu_seconds() - cpu) / number * 1e6
        reader.close()
        writer.close()
        return figures

    async def store_for(self, writer: Client, account: object, number: int, parts: int) -> list[float]:
        """Store so many messages; return the seconds that each of the parts took."""
        accepted, submitted = 0, min(OFFLINE_UNDER_WAY, number)
        marks = [time.perf_counter()]
        done = asyncio.get_running_loop().create_future()

        def count(more: int) -> None:
            nonlocal accepted, submitted
            accepted += more
            while accepted >= number * len(marks) // parts and len(marks) <= parts:
                marks.append(time.perf_counter())
            if accepted >= number and not done.done():
                done.set_result(None)
            for _ in range(min(more, number - submitted)):
                writer.submit(account, time.perf_counter_ns())
                submitted += 1

        writer.accepted = count
        for _ in range(submitted):
            writer.submit(account, time.perf_counter_ns())
        await asyncio.wait_for(done, PATIENCE_S)
        return [after - before for before, after in pairwise(marks)]

    async def _drain(self, reader: Client, number: int) -> None:
        fetched = 0
        drained = asyncio.get_running_loop().create_future()

        def fetch(_: int) -> None:
            nonlocal fetched
            fetched += 1
            if fetched == number:
                drained.set_result(None)

        reader.delivered = fetch
        await reader.go_live()
        await asyncio.wait_for(drained, PATIENCE_S)

    async def logins(self) -> Figures:
        """Measure logins to an account that is there, one after the other, TLS included."""
        account = self._kind.make_account("often")
        client = await self._kind.connect(account, self.served.address, self.work.size)
        await client.register()
        client.close()
        await asyncio.sleep(SETTLE_S)
        number = self.work.logins
        cpu, began = self.served.cpu_seconds(), time.perf_counter()
        for _ in range(number):
            client = await self._kind.connect(account, self.served.address, self.work.size)
            await client.log_in()
            client.close()
        used, passed = self.served.cpu_seconds() - cpu, time.perf_counter() - began
        return {"login: CPU ms": used / number * 1e3, "login: one by one, a second": number / passed}

    async def register_only(self, accounts: list[Any]) -> None:
        """Make accounts and leave again."""
        places = asyncio.Semaphore(SIGNED_IN_AT_ONCE)

        async def one(account: object) -> None:
            async with places:
                client = await self._kind.connect(account, self.served.address, self.work.size)
                await client.register()
                client.close()

        await asyncio.gather(*map(one, accounts))

    async def sign_in(self, accounts: list[Any]) -> list[Client]:
        """Sign in to accounts that are there, and let their mail flow."""
        places = asyncio.Semaphore(SIGNED_IN_AT_ONCE)

        async def one(account: object) -> Client:
            async with places:
                client = await self._kind.connect(account, self.served.address, self.work.size)
                await client.log_in()
                await client.go_live()
                return client

        return list(await asyncio.gather(*map(one, accounts)))

    def make_accounts(self, prefix: str, number: int) -> list[Any]:
        """Make what so many accounts need."""
        return [self._kind.make_account(f"{prefix}{each}") for each in range(number)]

    def _delivered(self) -> int:
        return sum(pair.delivered for pair in self.pairs)


def pair_places(pairs: int, addresses: Sequence[Address]) -> Iterator[tuple[Address, Address]]:
    """Give where the writer and where the reader of each pair are: all combinations of the nodes in turn."""
    return islice(cycle(list(product(addresses, addresses))), pairs)


def percentile(ordered: list[int], share: float) -> int:
    """Return the value that ``share`` of all do not exceed."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
