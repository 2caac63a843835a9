"""Administration socket on the relay's machine, for its own user and root alone (file modes, peer credentials)."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec

from babilu.kernel.errors import BabiluError, ErrorCode, UsageError
from babilu.local_socket import peer_uid, reachable
from babilu.relay.base import admin_requests
from babilu.relay.storage.administration import Actor, Operator

log = logging.getLogger(__name__)

SOCKET_MODE: Final = 0o600
BACKLOG: Final = 8
REQUEST_S: Final = 10.0
"""Longest wait for a request after somebody connected."""

Answering = Callable[[admin_requests.AnyRequest, Actor], Awaitable[object]]
"""Takes a request and who asks; gives the answer."""

_decoder: Final = msgspec.json.Decoder(admin_requests.AnyRequest)


class AdminListener:
    """Accepts operators' requests.

    Args:
        folder: The relay's folder, which is locked: a socket that lies in it is left over.
        answer: Carries requests out.

    Raises:
        UsageError: The socket cannot be made.
    """

    def __init__(self, folder: Path, answer: Answering) -> None:
        self._answer = answer
        self._path = folder / admin_requests.SOCKET_NAME
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            with reachable(self._path) as address:
                self._socket.bind(address)
            self._path.chmod(SOCKET_MODE)
            self._socket.listen(BACKLOG)
        except OSError as error:
            self._socket.close()
            raise UsageError(f"{self._path} cannot be listened on: {error.strerror or error}.") from error
        self._socket.setblocking(False)
        self._asked: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.get_running_loop().create_task(self._accept())

    async def stop(self) -> None:
        """Stop accepting requests, and cancel those under way."""
        tasks = {self._accepting, *self._asked}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        self._socket.close()
        self._path.unlink(missing_ok=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(self._socket)
            except OSError as error:
                log.warning("no operator is heard for a moment: %s", error.strerror)
                await asyncio.sleep(1)
                continue
            accepted.setblocking(False)
            task = loop.create_task(self._hear(accepted))
            self._asked.add(task)
            task.add_done_callback(self._asked.discard)

    async def _hear(self, accepted: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with accepted, contextlib.suppress(OSError, TimeoutError):
            uid = peer_uid(accepted)
            if uid is not None and uid not in {0, os.geteuid()}:
                log.warning("another user knocked at the door of administration")
                return
            async with asyncio.timeout(REQUEST_S):
                line = await _read_line(accepted)
            await loop.sock_sendall(accepted, await self._reply(line, os.geteuid() if uid is None else uid) + b"\n")

    async def _reply(self, line: bytes, uid: int) -> bytes:
        try:
            result = msgspec.json.encode(await self._answer(_decoder.decode(line), Operator(uid)))
            return msgspec.json.encode(admin_requests.AdminAnswer(msgspec.Raw(result)))
        except msgspec.DecodeError:
            refusal = admin_requests.AdminError(ErrorCode.MALFORMED.value, "This relay does not know that request.")
        except BabiluError as error:
            refusal = admin_requests.AdminError(error.code.value, error.text)
        except Exception:
            log.exception("a request of an operator failed")
            refusal = admin_requests.AdminError(ErrorCode.UNAVAILABLE.value, "The relay failed at this request.")
        return msgspec.json.encode(admin_requests.AdminErrorAnswer(refusal))


async def _read_line(accepted: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    line = b""
    while b"\n" not in line and len(line) <= admin_requests.REQUEST_BYTES_MAX:
        received = await loop.sock_recv(accepted, admin_requests.REQUEST_BYTES_MAX)
        if not received:
            break
        line += received
    return line
