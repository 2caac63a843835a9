"""What files cost: a large one to the relay, from it and directly, beside plain TLS; many small ones; texts meanwhile.

    python3 main.py bench files [--mebibytes 256] [--small 500] [--texts 100] [--json FILE]

The relay, and the other end of the plain copy, are processes of their own. Plain TLS is the same loop writing the same
number of bytes, 64 KiB at a time, to somebody who counts them (`bench/plain_copy.py`). Sealing is given by itself, and
so is saving, which opens the file and writes it. Figures are ratios of one sitting. Whoever measures waits for events:
to ask again and again would take the client's time.
"""

import argparse
import asyncio
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import uvloop

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from babilu.api import commands, events  # noqa: E402  # the path has to be set before
from babilu.kernel.ids import MessageId  # noqa: E402
from babilu.kernel.states import TransferState  # noqa: E402
from babilu.library import Client  # noqa: E402
from babilu.relay.base.certificate import make_certificate  # noqa: E402
from bench.client import PASSWORD, PATIENCE_S, Figures, acquainted, online  # noqa: E402
from bench.figures import add_option, write  # noqa: E402
from bench.served import our_server  # noqa: E402

PIECE = 64 * 1024
MEBIBYTE = 1024 * 1024
LONGEST_S = 1_800.0


class Writing(asyncio.Protocol):
    """Writes pieces as fast as they are taken."""

    def __init__(self, wanted: int) -> None:
        self._left = wanted
        self._piece = os.urandom(PIECE)
        self._paused = False
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport
        self._write()

    def pause_writing(self) -> None:
        """Wait."""
        self._paused = True

    def resume_writing(self) -> None:
        """Go on."""
        self._paused = False
        self._write()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        del data
        self.done.set_result(None)

    def _write(self) -> None:
        while self._left > 0 and not self._paused:
            self._transport.write(self._piece)  # type: ignore[attr-defined]  # a transport that can be written to
            self._left -= PIECE


async def copy(port: int, wanted: int) -> float:
    """Send so many bytes, and return the seconds."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    transport, protocol = await loop.create_connection(lambda: Writing(wanted), "127.0.0.1", port, ssl=context)
    await protocol.done
    seconds = time.perf_counter() - begun
    transport.close()
    return seconds


def plain_tls(folder: Path, wanted: int) -> float:
    """Return the seconds that a plain copy takes."""
    pem = folder / "plain.pem"
    pem.write_bytes(make_certificate())
    command = [sys.executable, str(Path(__file__).with_name("plain_copy.py")), str(wanted), str(pem)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as counting:
        try:
            port = int(counting.stdout.readline() if counting.stdout is not None else "0")
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return runner.run(copy(port, wanted))
        finally:
            counting.kill()


def resident_mebibytes() -> float:
    """Return the memory that this process has resident."""
    fields = Path("/proc/self/statm").read_text(encoding="utf-8").split()
    return int(fields[1]) * os.sysconf("SC_PAGESIZE") / MEBIBYTE


class Done:
    """When which file of which message was moved as a whole.

    Args:
        client: Whose messages.
    """

    def __init__(self, client: Client) -> None:
        self._changed = threading.Condition()
        self._at: dict[tuple[MessageId | None, int], float] = {}
        client.chat.subscribe(self._told)

    def _told(self, cursor: int, event: events.Event) -> None:
        del cursor
        if isinstance(event, events.FileTransfer) and event.state is TransferState.DONE:
            with self._changed:
                self._at[event.message, event.index] = time.perf_counter()
                self._changed.notify_all()

    def at(self, message: MessageId, index: int = 0) -> float:
        """Wait until a file is across, and return when that was told."""
        with self._changed:
            if not self._changed.wait_for(lambda: (message, index) in self._at, LONGEST_S):
                raise TimeoutError("a file did not come across in time")
            return self._at[message, index]


@contextmanager
def pair(folder: Path) -> Iterator[tuple[Client, Client]]:
    """Give two people at a relay in a process of its own."""
    with ExitStack() as stack:
        served = stack.enter_context(our_server("babilu", folder / "relay", None))
        acquainted(served, folder)
        alice, bob = (
            stack.enter_context(Client(*served.address, name, PASSWORD, home=folder)) for name in ("alice", "bob")
        )
        online(alice)
        online(bob)
        yield alice, bob


@contextmanager
def connected(folder: Path) -> Iterator[tuple[Client, Client]]:
    """Give two people who are connected directly, without a relay."""
    with ExitStack() as stack:
        carol, dora = (
            stack.enter_context(Client.direct(name, PASSWORD, listen=("127.0.0.1", 0), home=folder))
            for name in ("carol", "dora")
        )
        status = carol.ask(commands.Status())
        if status.listening is None:
            raise LookupError("carol does not listen")
        dora.ask(commands.Call(status.listening))
        deadline = time.monotonic() + PATIENCE_S
        while not (requests := carol.ask(commands.Requests())) and time.monotonic() < deadline:
            time.sleep(0.01)
        carol.ask(commands.Accept(requests[0].id))
        while not any(each.connected for each in carol.ask(commands.Contacts())) and time.monotonic() < deadline:
            time.sleep(0.01)
        yield carol, dora


def directly(carol: Client, dora: Client, folder: Path, texts: int, size: int, plain: float) -> Figures:
    """Measure a large file over a direct connection, and texts beside it, which take the same one.

    The plain copy is that of the beginning: later its sender, which is this process, keeps large blocks of memory.
    """
    source = folder / "large.bin"
    for name in ("alone", "with texts"):
        carol.ask(commands.Send("dora", name, files=(str(source),)), LONGEST_S)
        message = next(iter(dora))
        begun = time.perf_counter()
        fetched = dora.chat.request(commands.FetchFile(message.id))
        if name == "alone":
            fetched.result(LONGEST_S)
            seconds = time.perf_counter() - begun
            print(f"fetching directly: {size / MEBIBYTE / seconds:.0f} MiB/s, {plain / seconds:.2f} of plain TLS")
            figures = {"fetching directly: MiB/s": size / MEBIBYTE / seconds}
            figures["fetching directly: of plain TLS"] = plain / seconds
    took: list[float] = []
    while len(took) < texts and not fetched.done():
        begun = time.perf_counter()
        carol.send("dora", f"text {len(took)}")
        while dora.receive(PATIENCE_S) is None:
            pass
        took.append((time.perf_counter() - begun) * 1000)
    took.sort()
    median, p95 = statistics.median(took), took[int(len(took) * 0.95)]
    what = "texts on the connection of a fetch"
    print(f"{len(took)} {what}: median {median:.1f} ms, p95 {p95:.1f} ms")
    return figures | {f"{what}: median, ms": median, f"{what}: p95, ms": p95}


def large(alice: Client, bob: Client, folder: Path, size: int) -> Figures:
    """Measure one large file."""
    done = Done(alice)
    source, into = folder / "large.bin", folder / "into"
    into.mkdir()
    with source.open("wb") as file:
        for _ in range(size // MEBIBYTE):
            file.write(os.urandom(MEBIBYTE))
    plain = plain_tls(folder, size)
    before = resident_mebibytes()
    begun = time.perf_counter()
    sent = alice.ask(commands.Send("bob", "", files=(str(source),)), LONGEST_S)
    sealed = time.perf_counter() - begun
    uploaded = done.at(sent.id) - begun - sealed
    message = next(iter(bob))
    begun = time.perf_counter()
    bob.ask(commands.FetchFile(message.id), LONGEST_S)
    fetched = time.perf_counter() - begun
    begun = time.perf_counter()
    bob.fetch(message.id, into)
    saved = time.perf_counter() - begun
    steps = {"sealing": sealed, "uploading": uploaded, "fetching and comparing": fetched, "saving": saved}
    figures = {"plain TLS: MiB/s": size / MEBIBYTE / plain}
    for what, seconds in steps.items():
        figures |= {f"{what}: MiB/s": size / MEBIBYTE / seconds, f"{what}: of plain TLS": plain / seconds}
        print(f"{what:24} {size / MEBIBYTE / seconds:8.0f} MiB/s, {plain / seconds:.2f} of plain TLS ({seconds:.2f} s)")
    print(f"{'plain TLS':24} {size / MEBIBYTE / plain:8.0f} MiB/s")
    more = resident_mebibytes() - before
    print(f"{'memory meanwhile':24} {more:8.1f} MiB more, both clients together")
    return figures | {"memory meanwhile of both clients: MiB more": more}


def small(alice: Client, bob: Client, folder: Path, number: int) -> Figures:
    """Measure many small files, ten with a message."""
    done = Done(alice)
    paths = [folder / f"small-{place}.bin" for place in range(10)]
    for path in paths:
        path.write_bytes(os.urandom(10_000))
    begun = time.perf_counter()
    sent = [alice.send("bob", files=paths).id for _ in range(number // 10)]
    uploaded = max(done.at(message, index) for message in sent for index in range(10)) - begun
    begun = time.perf_counter()
    for _ in sent:
        came = next(iter(bob))
        answers = [bob.chat.request(commands.FetchFile(came.id, index)) for index in range(10)]
        for answer in answers:
            answer.result(LONGEST_S)
    fetched = time.perf_counter() - begun
    each = 10_000 / number
    what = "10,000 files of 10 kB"
    print(f"{what}: {uploaded * each:.0f} s to the relay, {fetched * each:.0f} s from it")
    return {f"{what}: s to the relay": uploaded * each, f"{what}: s from the relay": fetched * each}


def meanwhile(alice: Client, bob: Client, folder: Path, texts: int, size: int) -> Figures:
    """Measure how long texts take while a large file goes the same way."""
    source = folder / "large.bin"
    took: list[float] = []
    alice.ask(commands.Send("bob", "", files=(str(source),)), LONGEST_S)
    next(iter(bob))
    for number in range(texts):
        begun = time.perf_counter()
        alice.send("bob", f"text {number}")
        while bob.receive(PATIENCE_S) is None:
            pass
        took.append((time.perf_counter() - begun) * 1000)
    took.sort()
    median, p95 = statistics.median(took), took[int(len(took) * 0.95)]
    what = f"a text while {size // MEBIBYTE} MiB go up"
    print(f"{what}: median {median:.1f} ms, p95 {p95:.1f} ms")
    return {f"{what}: median, ms": median, f"{what}: p95, ms": p95}


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="main.py bench files")
    parser.add_argument("--mebibytes", type=int, default=256, help="size of the large file")
    parser.add_argument("--small", type=int, default=500, help="number of small files, a multiple of ten")
    parser.add_argument("--texts", type=int, default=100, help="texts beside a large file")
    add_option(parser)
    options = parser.parse_args()
    size = options.mebibytes * MEBIBYTE
    with tempfile.TemporaryDirectory(prefix="babilu-bench-") as name:
        folder = Path(name)
        with pair(folder) as (alice, bob):
            figures = large(alice, bob, folder, size)
            figures |= small(alice, bob, folder, options.small)
            figures |= meanwhile(alice, bob, folder, options.texts, size)
        with connected(folder) as (carol, dora):
            plain = size / MEBIBYTE / figures["plain TLS: MiB/s"]
            figures |= directly(carol, dora, folder, options.texts, size, plain)
    write(options.json, figures)


if __name__ == "__main__":
    main()
