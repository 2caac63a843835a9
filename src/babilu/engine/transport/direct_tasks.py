"""Tasks and sockets of direct conversations: whoever ends waits for all of them, and the loop ends after them."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from babilu.engine.runtime.loop_thread import log_defect
from babilu.kernel.errors import ErrorCode, LinkError
from babilu.net.direct_socket import DirectSocket


class DirectTasks:
    """What runs and what is open for direct conversations, in the loop's thread."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._sockets: set[DirectSocket] = set()

    def keep(self, socket: DirectSocket) -> DirectSocket:
        """Remember a socket until it is closed: the loop must not end before."""
        self._sockets.add(socket)
        socket.closed.add_done_callback(lambda _: self._sockets.discard(socket))
        return socket

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run something until it ends by itself, or is cancelled by `end`."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    async def end(self, until: float) -> None:
        """Cancel what runs, and wait for all sockets to close.

        Args:
            until: The loop's time after which a socket that is still open is aborted.
        """
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        sockets = tuple(self._sockets)
        if sockets:
            ended = [socket.closed for socket in sockets]
            await asyncio.wait(ended, timeout=max(until - asyncio.get_running_loop().time(), 0))
            for socket in sockets:
                socket.channel.abort(LinkError(ErrorCode.CLOSED, "The client is closing."))
            await asyncio.wait(ended)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        log_defect(task)
