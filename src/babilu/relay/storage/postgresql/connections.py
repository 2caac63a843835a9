"""Connections to PostgreSQL: all with the same settings, each call with an end, each looked at for another history.

Whatever goes wrong with the database is `LinkError` ``unavailable`` to whoever asked: the driver's own errors say
nothing of whether a transaction was carried out.
"""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Final, Protocol, TypeVar

import asyncpg

from babilu.kernel.errors import ErrorCode, LinkError

T = TypeVar("T")

log = logging.getLogger(__name__)

DEADLINE_S: Final = 4.0
"""Time for a call. The driver's own deadline asks the server to stop and waits for its yes: a frozen one says none."""

LONG_DEADLINE_S: Final = 120.0
"""The same for what goes through a whole table."""

RETRY_AFTER_MS: Final = 5_000
"""When it makes sense to ask again after the database refused."""

BUSY_AFTER_MS: Final = 1_000

WAITING_AT_MOST: Final = 256
"""Calls that wait for a connection of the pool; one more is refused at once."""

EPOCH_BYTES: Final = 8

REFUSALS: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # What a connection raises that ends amid a result; it is none of the others.
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""What the driver raises where the database cannot be used."""

_SETTINGS: Final = {
    "synchronous_commit": "on",
    # Young tables have no statistics: along an index every plan is good enough, and none is terrible.
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "10s",
    "tcp_keepalives_idle": "5",
    "tcp_user_timeout": "4000",
    "timezone": "UTC",
}

HISTORY: Final = (
    "SELECT system_identifier::text || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) FROM pg_control_system()"
)
"""Which server's data this is, and how often a copy of it has taken over: the timeline changes then, at once."""


class PgConnection(Protocol):
    """Connection of the driver, which has no types of its own."""

    async def fetch(self, query: str, *arguments: object) -> Sequence[Any]:
        """Return all rows."""

    async def fetchrow(self, query: str, *arguments: object) -> Any:
        """Return the first row, or None."""

    async def fetchval(self, query: str, *arguments: object) -> Any:
        """Return the first value of the first row, or None."""

    async def execute(self, query: str, *arguments: object) -> str:
        """Return what the server says was done, as ``DELETE 3``."""

    async def executemany(self, query: str, arguments: Sequence[Sequence[object]]) -> None:
        """Carry out one statement many times."""

    def transaction(self, *, isolation: str | None = None, readonly: bool = False) -> Any:
        """Begin a transaction, as a context."""

    def is_closed(self) -> bool:
        """Tell whether the connection has ended."""

    def terminate(self) -> None:
        """End the connection without a word to the server."""

    async def close(self) -> None:
        """End the connection."""


Work = Callable[[PgConnection], Awaitable[T]]
"""What is done with a connection."""


def refusal(error: BaseException) -> LinkError:
    """Say what a failure of the database is to whoever asked; what the server says of it may name accounts."""
    state = getattr(error, "sqlstate", None) or ""
    log.warning("the database refused: %s %s", type(error).__name__, state)
    return LinkError(ErrorCode.UNAVAILABLE, "The relay cannot store anything at present.", RETRY_AFTER_MS)


def is_bad_data(error: BaseException) -> bool:
    """Tell whether a statement was refused for what it was to store, and not for the state of the database."""
    # The driver's own refusal of a value is a ValueError too.
    return isinstance(error, (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError))


def storable(text: str) -> str:
    """Give a text that is looked for; an empty one, which is nobody's, for what the database cannot hold."""
    return "" if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text) else text


@contextlib.contextmanager
def patience(connection: PgConnection, seconds: float) -> Iterator[None]:
    """End a connection whose server does not answer in time: what was asked for may be carried out all the same."""
    timer = asyncio.get_running_loop().call_later(seconds, connection.terminate)
    try:
        yield
    finally:
        timer.cancel()


class PostgresDatabase:
    """A database of a relay: opens connections to it.

    Args:
        url: Where it is, as ``postgresql://user@host/name``.
        name: What its connections are called in the server's lists.

    Attributes:
        epoch: Name of the history that it holds; see `Storage.epoch`.
        when_other: What is called when a connection finds another history than the ones before.
        deadline_s: Time for one call.
    """

    def __init__(self, url: str, name: str = "babilu") -> None:
        self._url = url
        self._name = name
        self.epoch = b""
        self.when_other: Callable[[], None] = lambda: None
        self.deadline_s = DEADLINE_S

    async def connect(self) -> PgConnection:
        """Open a connection to tables that are there.

        Raises:
            LinkError: ``unavailable``.
        """
        try:
            connection = await self.connect_bare()
            with patience(connection, self.deadline_s):
                await self._look_for_another_history(connection)
        except REFUSALS as error:
            raise refusal(error) from error
        return connection

    async def connect_bare(self) -> PgConnection:
        """Open a connection to a database that may be empty; failures are the driver's."""
        connection: PgConnection = await asyncpg.connect(
            self._url, timeout=self.deadline_s, server_settings={**_SETTINGS, "application_name": self._name}
        )
        try:
            with patience(connection, self.deadline_s):
                # Sixteen bytes, and not the driver's objects for them.
                await connection.set_type_codec(  # type: ignore[attr-defined]  # the driver has no types
                    "uuid", encoder=bytes, decoder=bytes, schema="pg_catalog", format="binary"
                )
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _look_for_another_history(self, connection: PgConnection) -> None:
        row = await connection.fetchrow(f"SELECT epoch, history, ({HISTORY}) FROM relay")
        epoch = name_epoch(*row)
        if self.epoch and epoch != self.epoch:
            log.warning("the database has another history: %s, before it was %s", epoch.hex(), self.epoch.hex())
            self.epoch = epoch
            self.when_other()
        self.epoch = epoch


def name_epoch(epoch: bytes, history: str, now: str) -> bytes:
    """Name the history that a database holds, of which it says which server's it was when it was named."""
    if now == history:
        return epoch
    return hashlib.sha256(epoch + now.encode()).digest()[:EPOCH_BYTES]


class Pool:
    """Some connections for calls that need no order.

    Args:
        database: What they are connected with.
        size: How many there are at most.
    """

    def __init__(self, database: PostgresDatabase, size: int) -> None:
        self._database = database
        self._free: asyncio.LifoQueue[PgConnection | None] = asyncio.LifoQueue()
        for _ in range(size):
            self._free.put_nowait(None)
        self._size = size
        self._waiting = 0
        self._under_way: set[asyncio.Task[Any]] = set()
        self._open = True

    def begin(self, work: Work[T], seconds: float | None = None) -> "asyncio.Future[T]":
        """Do something with a connection, at once where one is free."""
        task = asyncio.get_running_loop().create_task(self.run(work, seconds))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    def transact(self, work: Work[T], seconds: float | None = None) -> "asyncio.Future[T]":
        """Do something in a transaction of its own."""

        async def whole(connection: PgConnection) -> T:
            async with connection.transaction():
                return await work(connection)

        return self.begin(whole, seconds)

    async def run(self, work: Work[T], seconds: float | None = None) -> T:
        """Wait for a connection and do something with it.

        Raises:
            LinkError: ``unavailable``; ``busy`` where too many wait.
        """
        connection = await self._take()
        try:
            if connection is None or connection.is_closed():
                connection = None
                connection = await self._database.connect()
            with patience(connection, seconds or self._database.deadline_s):
                return await work(connection)
        except REFUSALS as error:
            raise refusal(error) from error
        finally:
            self._free.put_nowait(connection)

    async def _take(self) -> PgConnection | None:
        if not self._open:
            raise LinkError(ErrorCode.UNAVAILABLE, "The relay's storage is closed.", RETRY_AFTER_MS)
        if not self._free.empty():
            return self._free.get_nowait()
        if self._waiting >= WAITING_AT_MOST:
            raise _busy()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._database.deadline_s):
                return await self._free.get()
        except TimeoutError:
            raise _busy() from None
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Finish what was begun and end the connections."""
        self._open = False
        while self._under_way:
            await asyncio.wait(self._under_way)
        for _ in range(self._size):
            connection = await self._free.get()
            if connection is not None:
                await end(connection)


async def end(connection: PgConnection) -> None:
    """End a connection, in peace where the server hears it."""
    try:
        with patience(connection, DEADLINE_S):
            await connection.close()
    except REFUSALS:
        connection.terminate()


def _busy() -> LinkError:
    return LinkError(ErrorCode.BUSY, "Too much waits for the relay's database.", BUSY_AFTER_MS)
