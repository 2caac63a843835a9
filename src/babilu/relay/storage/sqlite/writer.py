"""Thread that owns SQLite (group commit): a transaction is whatever was asked for while the last one went to disk.

Everything that came in one batch is answered by one crossing back to the loop, after the commit.
"""

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

from babilu.kernel.errors import BabiluError, ErrorCode, LinkError
from babilu.relay.storage.sqlite.schema import open_database, read_epoch
from babilu.relay.storage.sqlite.tables import Tables

T = TypeVar("T")

log = logging.getLogger(__name__)

RETRY_AFTER_MS: Final = 5_000
"""When it makes sense to ask again after the disk refused."""


class _Call(Generic[T]):
    """Something to be done inside a transaction, and where its result goes."""

    __slots__ = ("error", "future", "result", "work")

    def __init__(self, work: Callable[[Tables], T], future: "asyncio.Future[T]") -> None:
        self.work = work
        self.future = future
        self.result: T
        self.error: BaseException | None = None

    def attempt(self, tables: Tables) -> None:
        self.result = self.work(tables)

    def settle(self) -> None:
        """Hand the outcome to whoever still waits for it."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Writer:
    """The thread that owns the database.

    Use `start`; then `call` from the thread of the loop it was started in.

    Attributes:
        path: The database's file.
        epoch: The name of its history; see `Storage`.
    """

    epoch: bytes

    def __init__(self, path: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._calls: queue.SimpleQueue[_Call[object] | None] = queue.SimpleQueue()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self.path = path
        self._open = True
        self._thread = threading.Thread(target=self._run, name="relay-storage")

    @classmethod
    async def start(cls, path: Path) -> "Writer":
        """Open the database in a new thread.

        Raises:
            ProfileError: It cannot be used.
        """
        writer = cls(path)
        writer._thread.start()
        try:
            await writer._opened
        except BaseException:
            writer._calls.put(None)
            writer._thread.join()
            raise
        return writer

    def call(self, work: Callable[[Tables], T]) -> "asyncio.Future[T]":
        """Do ``work`` inside a transaction, after everything that was asked for before.

        Returns:
            A future of its result, done when the transaction is on disk. It fails with `LinkError` ``unavailable``
            where the database refuses.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        if self._open:
            self._calls.put(_Call(work, future))  # type: ignore[arg-type]  # results of any type share the queue
        else:
            future.set_exception(_unavailable())
        return future

    async def stop(self) -> None:
        """Finish what was asked for, close the database and end the thread."""
        if self._open:
            self._open = False
            self._calls.put(None)
        await asyncio.shield(self._ended)
        self._thread.join()

    def _run(self) -> None:
        try:
            connection = open_database(self.path)
            self.epoch = read_epoch(connection)
        except BabiluError as error:
            self._cross(_fail, self._opened, error)
            return
        tables = Tables(connection)
        self._cross(_succeed, self._opened)
        while (calls := self._next()) is not None:
            self._transact(connection, tables, calls)
            self._cross(_settle, calls)
        connection.close()
        self._cross(_succeed, self._ended)

    def _next(self) -> list[_Call[object]] | None:
        """Wait for a call and take all that are there; None at the end."""
        first = self._calls.get()
        if first is None:
            return None
        calls = [first]
        for _ in range(self._calls.qsize()):
            call = self._calls.get()
            if call is None:
                self._calls.put(None)
                break
            calls.append(call)
        return calls

    def _transact(self, connection: sqlite3.Connection, tables: Tables, calls: list[_Call[object]]) -> None:
        error = _commit(connection, tables, calls)
        if error is None:
            return
        if len(calls) == 1:
            calls[0].error = error
            return
        # One of them failed, and with it all: each alone shows which.
        for call in calls:
            call.error = _commit(connection, tables, [call])

    def _cross(self, callback: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:
            # The loop was closed under us: nobody is left who could be told, and what was asked for is on disk.
            log.warning("the loop ended before the storage did")


def _commit(connection: sqlite3.Connection, tables: Tables, calls: list[_Call[object]]) -> Exception | None:
    """Do the calls in one transaction; on an error nothing of it is kept."""
    tables.begin()
    try:
        connection.execute("BEGIN")
        for call in calls:
            call.attempt(tables)
        connection.execute("COMMIT")
    except Exception as error:
        # Whatever went wrong belongs to those who asked, not to this thread.
        _roll_back(connection)
        tables.forget()
        if isinstance(error, sqlite3.OperationalError):
            # A disk that is full or fails; the sentence is SQLite's own and holds no content.
            log.warning("the database refused: %s", error)
            return _unavailable()
        log.exception("a transaction failed")
        return _unavailable() if isinstance(error, sqlite3.Error) else error
    return None


def _roll_back(connection: sqlite3.Connection) -> None:
    if not connection.in_transaction:
        # SQLite has done it already, as it does on a full disk.
        return
    try:
        connection.execute("ROLLBACK")
    except sqlite3.Error:
        log.exception("a rollback failed")


def _unavailable() -> LinkError:
    return LinkError(ErrorCode.UNAVAILABLE, "The relay cannot store anything at present.", RETRY_AFTER_MS)


def _settle(calls: list[_Call[object]]) -> None:
    for call in calls:
        call.settle()


def _succeed(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _fail(future: "asyncio.Future[None]", error: BabiluError) -> None:
    if not future.done():
        future.set_exception(error)
