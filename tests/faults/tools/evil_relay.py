"""A relay whose operator is the attacker: the real one, with a hand in between before each frame that it sends."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest

from babilu.crypto.secret import Secret
from babilu.engine.runtime.loop_thread import new_event_loop
from babilu.relay.base.keys import RelayKey
from babilu.relay.base.settings import RelaySettings
from babilu.relay.base.states import Connected
from babilu.relay.node.server import Relay
from babilu.relay.transport.connection import Connection
from babilu.system import SystemClock, SystemRandomness
from babilu.wire.relay_frames import Deliver, RelayFrame

R = TypeVar("R")

Tamper = Callable[[str, RelayFrame], Iterable[RelayFrame]]
"""Makes of a frame for an account (an empty name before the login) what is sent instead."""

PATIENCE_S = 20.0


def honest(_: str, message: RelayFrame) -> Iterable[RelayFrame]:
    """Change nothing."""
    return (message,)


class EvilRelay:
    """A relay in this process, in a thread of its own.

    Attributes:
        tamper: What is done to frames; may be replaced at any time.
        frames: Everything that was to be sent, with the account it was for, before tampering.
    """

    def __init__(self, home: Path, port: int = 0) -> None:
        self.tamper: Tamper = honest
        self.frames: list[tuple[str, RelayFrame]] = []
        self.address = ("127.0.0.1", port)
        self._home = home
        self._changed = threading.Condition()
        self._connections: dict[str, Connection] = {}
        self._loop = new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="evil-relay")
        self._patch = pytest.MonkeyPatch()
        self._relay: Relay

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._start())
        return self

    def __exit__(self, *exception: object) -> None:
        self._do(self._relay.stop(grace_ms=0))
        self._patch.undo()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    @property
    def words(self) -> tuple[str, str]:
        """The address as words of a command line."""
        return self.address[0], str(self.address[1])

    @property
    def key(self) -> bytes:
        """The relay's public key."""
        return RelayKey(Secret((self._home / "relay.key").read_bytes())).public

    def push(self, name: str, message: RelayFrame) -> None:
        """Say something to an account that nobody asked for."""
        self._loop.call_soon_threadsafe(self._say, name, message)

    def wait_for(self, wanted: Callable[[str, RelayFrame], bool]) -> RelayFrame:
        """Wait until a frame was to be sent, and give it."""
        with self._changed:
            found: list[RelayFrame] = []

            def is_there() -> bool:
                found[:] = [message for name, message in self.frames if wanted(name, message)]
                return bool(found)

            assert self._changed.wait_for(is_there, PATIENCE_S), self.frames
            return found[0]

    def _say(self, name: str, message: RelayFrame) -> None:
        self._honest_send(self._connections[name], message)

    def _do(self, work: Coroutine[Any, Any, R]) -> R:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _start(self) -> None:
        self._honest_send = Connection.send
        evil = self

        def send(connection: Connection, message: RelayFrame) -> None:
            evil._send(connection, message)

        self._patch.setattr(Connection, "send", send)
        settings = RelaySettings(self.address[0], self.address[1], self._home)
        self._relay = Relay(settings, SystemClock(), SystemRandomness())
        await self._relay.start()
        self.address = self._relay.address

    def _send(self, connection: Connection, message: RelayFrame) -> None:
        name = "" if isinstance(connection.state, Connected) else connection.state.name
        if name:
            self._connections[name] = connection
        with self._changed:
            self.frames.append((name, message))
            self._changed.notify_all()
        for each in self.tamper(name, message):
            self._honest_send(connection, each)


class Mail:
    """A hand in somebody's mail: sees letters only, numbered from 0 in the order in which they were to go.

    Args:
        name: Whose mail.
        change: Makes of a letter and its number what is delivered instead.
    """

    def __init__(self, name: str, change: Callable[[Deliver, int], Iterable[Deliver]]) -> None:
        self._name = name
        self._change = change
        self._count = 0

    def __call__(self, name: str, message: RelayFrame) -> Iterable[RelayFrame]:
        """Change letters, and let everything else be."""
        if name != self._name or not isinstance(message, Deliver):
            return (message,)
        number = self._count
        self._count += 1
        return tuple(self._change(message, number))
