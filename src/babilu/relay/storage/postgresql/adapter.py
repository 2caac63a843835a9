"""Storage port over PostgreSQL: put together here, opened and closed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from babilu.kernel.ids import DeviceId
from babilu.migrations import Migration
from babilu.relay.storage.postgresql.accounts import PostgresAccounts
from babilu.relay.storage.postgresql.administration import PostgresAdministration
from babilu.relay.storage.postgresql.blob_files import PostgresBlobFiles
from babilu.relay.storage.postgresql.blobs import PostgresBlobs
from babilu.relay.storage.postgresql.connections import Pool, PostgresDatabase
from babilu.relay.storage.postgresql.directory import PostgresDirectory
from babilu.relay.storage.postgresql.dumping import Dumper
from babilu.relay.storage.postgresql.mail import PostgresMail
from babilu.relay.storage.postgresql.nodes import PostgresNodes
from babilu.relay.storage.postgresql.schema import prepare


@dataclass(frozen=True, slots=True)
class PostgresOptions:
    """How a node uses its database.

    Attributes:
        lanes: Connections that write letters.
        pool: Connections for all else.
        gather_s: How long a letter waits for others, so that there are fewer commits.
        deadline_s: Time for one call.
        unsafe: Whether a server may forget what it has said is stored.
        name: What the node is called.
        now_ms: The time by which is counted what was done too often; None for the database's own.
        steps: Steps of the schema that the node's program knows; None for all of them.
    """

    lanes: int = 1
    pool: int = 4
    gather_s: float = 0.0
    deadline_s: float = 4.0
    unsafe: bool = False
    name: str = ""
    now_ms: Callable[[], int] | None = None
    steps: Sequence[Migration] | None = None


class PostgresStorage:
    """Everything a relay keeps, in a database that other nodes share; make it with `open`.

    Attributes:
        database: What opens connections to it.
        pool: Connections for what needs no order.
    """

    def __init__(self, url: str, options: PostgresOptions, node: int) -> None:
        self.database = PostgresDatabase(url, f"babilu/{options.name}" if options.name else "babilu")
        self.database.deadline_s = options.deadline_s
        self.pool = Pool(self.database, options.pool)
        self.mail = PostgresMail(self.database, self.pool, options.lanes, options.gather_s, node)
        self.database.when_other = self._go_on_with_another_history
        self._nodes = PostgresNodes(self.database, self.pool, node, options.now_ms, options.steps)
        self.accounts = PostgresAccounts(self.pool, self._forget)
        self.directory = PostgresDirectory(self.pool, self._forget)
        self.blobs = PostgresBlobs(self.pool)
        self._files = PostgresBlobFiles(self.pool)
        self.administration = PostgresAdministration(self.pool, Dumper(url), options.name, self._forget)

    @classmethod
    async def open(cls, url: str, options: PostgresOptions | None = None, node: int | None = None) -> "PostgresStorage":
        """Open a database, and make or change its tables where needed.

        Args:
            url: Where it is.
            options: How it is used.
            node: Number of this node among those that share it.

        Raises:
            UsageError: The server or the database is none that a relay can be kept in.
            ProfileError: ``profile_too_new``, ``profile_too_old`` or ``profile_in_use``.
            LinkError: ``unavailable``.
        """
        options = options or PostgresOptions()
        node = await prepare(PostgresDatabase(url), unsafe=options.unsafe, steps=options.steps)
        storage = cls(url, options, node)
        try:
            # The first connection says which history the database holds.
            await storage.files.count()
        except BaseException:
            await storage.close()
            raise
        return storage

    @property
    def files(self) -> PostgresBlobFiles:
        """The bytes of sealed files."""
        return self._files

    @property
    def nodes(self) -> PostgresNodes:
        """The nodes that share it."""
        return self._nodes

    @property
    def epoch(self) -> bytes:
        """Name of the history that the database holds."""
        return self.database.epoch

    async def close(self) -> None:
        """Finish what was begun and end all connections."""
        await self._files.close()
        await self.mail.close()
        await self.pool.close()

    def _go_on_with_another_history(self) -> None:
        self.mail.begin_anew()
        self._nodes.when_other()

    def _forget(self, devices: Iterable[DeviceId]) -> None:
        for device in devices:
            self.mail.cache.forget(device)
