"""The least that delivery over TLS costs, kept and not kept: what a relay is measured against.

The durable floor takes frames in, commits once for all that came meanwhile, then answers and pushes. The bare one
answers and pushes at once and keeps nothing. Both speak the relay's frames, so that the same load can be put on them,
believe everybody, and do nothing else: no limits, no quotas, no repeats recognised, no windows, no mail for who is
away.
"""

import asyncio
import queue
import sqlite3
import ssl
import sys
import threading
from pathlib import Path

from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.ids import envelope_id
from babilu.relay.base.certificate import load_certificate, make_certificate
from babilu.wire.client_frames import Ack, Hello, LoginDevice, Register, Resume, Submit
from babilu.wire.codec import client_frames, encode
from babilu.wire.framing import frame
from babilu.wire.relay_frames import Accepted, Deliver, LoggedIn, Resumed, Welcome

Batch = list[tuple["FloorConnection", Submit, int]]


class Floor:
    """What all connections share: the thread of the database, where there is one, and who is there."""

    def __init__(self, path: Path | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._batch: Batch = []
        self._deletions: list[tuple[bytes, int]] = []
        self._queue: queue.SimpleQueue[tuple[Batch, list[tuple[bytes, int]]]] = queue.SimpleQueue()
        self.devices: dict[bytes, FloorConnection] = {}
        self.dirty: list[FloorConnection] = []
        self._keeps = path is not None
        if path is not None:
            threading.Thread(target=self._store, args=(path,), daemon=True).start()

    def submit(self, connection: "FloorConnection", submit: Submit) -> None:
        """Store an envelope with all others of this turn, or hand it over."""
        target = self.devices[submit.device]
        target.seq += 1
        if not self._keeps:
            _answer(connection, target, submit, target.seq)
            return
        if not self._batch and not self._deletions:
            self._loop.call_soon(self._post)
        self._batch.append((connection, submit, target.seq))

    def delete(self, device: bytes, cursor: int) -> None:
        """Delete with the next batch."""
        if not self._keeps:
            return
        if not self._batch and not self._deletions:
            self._loop.call_soon(self._post)
        self._deletions.append((device, cursor))

    def _post(self) -> None:
        self._queue.put((self._batch, self._deletions))
        self._batch, self._deletions = [], []

    def _store(self, path: Path) -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8192;"
            "CREATE TABLE mail (id INTEGER PRIMARY KEY, device BLOB, seq INTEGER, envelope BLOB);"
            "CREATE INDEX by_device ON mail (device, seq);"
        )
        while True:
            batches = [self._queue.get()]
            batches += [self._queue.get() for _ in range(self._queue.qsize())]
            connection.execute("BEGIN")
            for batch, deletions in batches:
                connection.executemany(
                    "INSERT INTO mail (device, seq, envelope) VALUES (?, ?, ?)",
                    [(submit.device, seq, submit.envelope) for _, submit, seq in batch],
                )
                connection.executemany("DELETE FROM mail WHERE device = ? AND seq <= ?", deletions)
            connection.execute("COMMIT")
            self._loop.call_soon_threadsafe(self._stored, [batch for batch, _ in batches])

    def _stored(self, batches: list[Batch]) -> None:
        for batch in batches:
            for connection, submit, seq in batch:
                _answer(connection, self.devices[submit.device], submit, seq)

    def flush(self) -> None:
        """Write once for each connection."""
        dirty, self.dirty = self.dirty, []
        for connection in dirty:
            connection.flush()


class FloorConnection(asyncio.Protocol):
    """A connection that believes what it is told."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._rest = b""
        self._out: list[bytes] = []
        self._device = b""
        self._transport: asyncio.Transport
        self.seq = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        """Handle whole frames."""
        octets = self._rest + data if self._rest else data
        start, end = 0, len(octets)
        while end - start >= 4:
            stop = start + 4 + int.from_bytes(octets[start : start + 4], "big")
            if stop > end:
                break
            self._handle(client_frames.decode(octets[start + 4 : stop]))
            start = stop
        self._rest = octets[start:]

    def _handle(self, received: object) -> None:
        match received:
            case Submit():
                self._floor.submit(self, received)
            case Ack(cursor):
                self._floor.delete(self._device, cursor)
            case Hello(request):
                self.send(
                    Welcome(request, 1, "floor", 98304, 1, 1, bytes(32), "open", 30_000, 60_000, bytes(32), bytes(64))
                )
            case Register(request) | LoginDevice(request):
                self.send(floor_login(request))
            case Resume(request, _, device):
                self._device = device or b""
                self._floor.devices[self._device] = self
                self.send(Resumed(request, 0, 0))
            case _:
                pass

    def send(self, message: object) -> None:
        """Send at the end of this turn."""
        if not self._out:
            if not self._floor.dirty:
                asyncio.get_running_loop().call_soon(self._floor.flush)
            self._floor.dirty.append(self)
        self._out.append(frame(encode(message)))  # type: ignore[arg-type]  # frames only

    def flush(self) -> None:
        """Write what waits."""
        if not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out.clear()


def _answer(sender: FloorConnection, recipient: FloorConnection, submit: Submit, seq: int) -> None:
    sender.send(Accepted(submit.request, envelope_id(submit.envelope), 0))
    recipient.send(Deliver(seq, 0, submit.envelope))


def floor_login(request: int) -> LoggedIn:
    """Return the answer of a relay that knows nobody."""
    return LoggedIn(request, False, SignedDeviceList(b"", bytes(64)), 0, 0)


def prepare(home: Path) -> ssl.SSLContext:
    """Make the folder and the TLS context."""
    home.mkdir(parents=True)
    (home / "certificate.pem").write_bytes(make_certificate())
    return load_certificate(home / "certificate.pem").server_context()


async def serve_floor(home: Path, *, durable: bool) -> None:
    """Serve until killed."""
    context = prepare(home)
    floor = Floor(home / "floor.db" if durable else None)
    server = await asyncio.get_running_loop().create_server(
        lambda: FloorConnection(floor), "127.0.0.1", 0, ssl=context, backlog=1024
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()
