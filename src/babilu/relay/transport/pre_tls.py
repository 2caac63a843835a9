"""Peers before TLS: each costs only a socket until its first TLS record has come whole.

TLS takes tens of kilobytes for each connection from its first byte on. Those who say nothing, dribble, or speak
something else never get that far: the record is looked at where it lies, in the system's receive buffer, and the
system is asked to wake us only when all of it is there. A balancer's PROXY header is read before it, byte for byte as
much as belongs to it.
"""

import asyncio
import logging
import math
import socket
from collections.abc import Callable
from typing import Final

from babilu.relay.transport.proxy_protocol import ProxyHeader

log = logging.getLogger(__name__)

_HEADER_BYTES: Final = 5
_HANDSHAKE: Final = 0x16
_MAJOR_VERSION: Final = 3
_RECORD_MAX: Final = 2**14

_LOW_WATER: Final[int | None] = getattr(socket, "SO_RCVLOWAT", None)

Entering = Callable[[socket.socket, float], None]
"""Called with a socket whose first record is there, and the seconds that are left for its handshake."""


Naming = Callable[[socket.socket, str | None], None]
"""Called with a balancer's socket and the address of the client whose connection it passes on."""

WARNED_EVERY_S: Final = 60.0
"""How often the log says that a balancer sends no header."""


class PreTlsQueue:
    """Sockets that wait for the rest of their first record.

    Args:
        enter: Called when it is there.
        leave: Called for a socket that is to be closed: it said something else, nothing in time, or is gone.
        name: Called for a balancer's socket with the address of the client, or None where it names none.
    """

    def __init__(self, enter: Entering, leave: Callable[[socket.socket], None], name: Naming) -> None:
        self._loop = asyncio.get_running_loop()
        self._enter = enter
        self._leave = leave
        self._name = name
        self._warned_at = -math.inf
        self._waiting: dict[socket.socket, asyncio.TimerHandle] = {}

    def receive(self, accepted: socket.socket, seconds: float, *, from_balancer: bool = False) -> None:
        """Let a non-blocking socket wait, at most for ``seconds``.

        Args:
            accepted: The socket.
            seconds: For its PROXY header, its first record and its handshake together.
            from_balancer: Whether a PROXY header must come first.
        """
        self._waiting[accepted] = self._loop.call_later(seconds, self.turn_away, accepted)
        # Whoever spoke at once is looked at at once.
        if from_balancer:
            self._read_header(accepted, ProxyHeader())
        else:
            self._await_record(accepted)

    def _read_header(self, waiting: socket.socket, header: ProxyHeader) -> None:
        """Read what has come of a balancer's header, and nothing of what follows it."""
        self._loop.remove_reader(waiting.fileno())
        try:
            while octets := waiting.recv(header.missing):
                header.receive(octets)
                if not header.missing:
                    self._name(waiting, header.source)
                    self._await_record(waiting)
                    return
        except BlockingIOError:
            self._loop.add_reader(waiting.fileno(), self._read_header, waiting, header)
            return
        except ValueError:
            self._warn()
        except OSError:
            pass
        self.turn_away(waiting)

    def _warn(self) -> None:
        now = self._loop.time()
        if now - self._warned_at >= WARNED_EVERY_S:
            self._warned_at = now
            log.warning("a connection from a network of cluster.proxies begins with no PROXY header of version 2")

    def _await_record(self, waiting: socket.socket) -> None:
        if _LOW_WATER is None:
            self._let_in(waiting)
        else:
            self._look(waiting, 0)

    def close(self) -> None:
        """Turn everybody away."""
        for waiting in tuple(self._waiting):
            self.turn_away(waiting)

    def _look(self, waiting: socket.socket, promised: int) -> None:
        """Look at what has come; the system has promised that it is so many bytes, or that no more will come."""
        self._loop.remove_reader(waiting.fileno())
        try:
            head = waiting.recv(_HEADER_BYTES, socket.MSG_PEEK)
            needed = _needed(head)
            there = len(waiting.recv(needed, socket.MSG_PEEK)) if needed else 0
        except BlockingIOError:
            needed, there = _HEADER_BYTES, 0
        except OSError:
            self.turn_away(waiting)
            return
        if needed == 0 or (there < needed and there < promised):
            self.turn_away(waiting)
        elif there < needed or needed == _HEADER_BYTES:
            self._wait_for(waiting, needed)
        else:
            self._let_in(waiting)

    def _wait_for(self, waiting: socket.socket, needed: int) -> None:
        try:
            _set_low_water(waiting, needed)
        except OSError:
            self.turn_away(waiting)
            return
        self._loop.add_reader(waiting.fileno(), self._look, waiting, needed)

    def _let_in(self, waiting: socket.socket) -> None:
        timer = self._waiting.pop(waiting)
        timer.cancel()
        try:
            _set_low_water(waiting, 1)
        except OSError:
            self._leave(waiting)
            return
        self._enter(waiting, max(timer.when() - self._loop.time(), 0.0))

    def turn_away(self, waiting: socket.socket) -> None:
        """Let a socket that waits go."""
        self._waiting.pop(waiting).cancel()
        self._loop.remove_reader(waiting.fileno())
        self._leave(waiting)


def _needed(head: bytes) -> int:
    """Return how many bytes the first record takes, 5 while its header is not whole, 0 for what is no handshake."""
    expected = bytes([_HANDSHAKE, _MAJOR_VERSION])
    if not head or not (head.startswith(expected) or expected.startswith(head)):
        return 0
    if len(head) < _HEADER_BYTES:
        return _HEADER_BYTES
    length = int.from_bytes(head[3:5], "big")
    return _HEADER_BYTES + length if 0 < length <= _RECORD_MAX else 0


def _set_low_water(waiting: socket.socket, octets: int) -> None:
    if _LOW_WATER is not None:
        waiting.setsockopt(socket.SOL_SOCKET, _LOW_WATER, octets)
