"""Loop thread: sockets, TLS and timers live in it; others enter it by `call_soon_threadsafe` alone."""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import partial
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger(__name__)

STOP_SECONDS = 5.0

CLOSING_TURNS = 4
"""Turns of a loop in which a cut TLS connection is gone: TLS and socket are told, and each tells what it served."""


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Make the platform's best event loop: uvloop where there is one."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop  # noqa: PLC0415 - not installed on Windows

    return uvloop.new_event_loop()


def log_defect(task: "asyncio.Task[None]") -> None:
    """Log what ended a task that nobody waits for, unless it was cancelled."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.error("a task failed by a defect", exc_info=error)


class LoopThread:
    """An event loop running in a thread named ``babilu-loop``."""

    def __init__(self) -> None:
        self.loop = new_event_loop()
        self._thread = threading.Thread(target=self._run, name="babilu-loop")
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopped = False

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()

    def call(self, function: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have ``function`` called in the loop's thread; dropped without a word once the loop has stopped."""
        try:
            self.loop.call_soon_threadsafe(partial(function, *args, **kwargs))
        except RuntimeError:
            if not self._stopped:
                raise

    def run(self, coroutine: Coroutine[Any, Any, R]) -> "Future[R]":
        """Run a coroutine in the loop from another thread; cancelled at once where the loop has been stopped."""
        if not self._stopped:
            return asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        coroutine.close()
        future: Future[R] = Future()
        future.cancel()
        return future

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run a coroutine as a task, from the loop's own thread; it is kept until done and cancelled at the stop."""
        task = self.loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        log_defect(task)

    def stop(self) -> None:
        """Cancel what runs, close the loop and wait for the thread."""
        if self._stopped:
            return
        self._stopped = True
        if not self._thread.is_alive():
            return
        try:
            asyncio.run_coroutine_threadsafe(self._wind_up(), self.loop).result(STOP_SECONDS)
        except TimeoutError:
            log.warning("something in the loop is stuck and is not waited for")
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(STOP_SECONDS)

    async def _wind_up(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SECONDS / 2)
        # A cancelled handshake has cut its socket, and the loop must not close under it.
        for _ in range(CLOSING_TURNS):
            await asyncio.sleep(0)
        await self.loop.shutdown_asyncgens()
