"""Choice of the storage: a file in the relay's folder, or a database that several nodes share."""

import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

from babilu.kernel.errors import ErrorCode, UsageError
from babilu.relay.base.settings import RelaySettings
from babilu.relay.storage.port import Storage
from babilu.relay.storage.sqlite import SqliteStorage

OpenStorage = Callable[[Path], Awaitable[Storage]]
"""Opens, or makes, what a relay keeps; the path is that of the database in its folder."""


def storage_of(settings: RelaySettings) -> OpenStorage:
    """Give what opens the storage that a relay's settings name."""
    chosen = settings.storage
    if not chosen.url:
        return SqliteStorage.open

    async def open_database(path: Path) -> Storage:
        # A relay of one node needs neither this nor its packages.
        from babilu.relay.storage.postgresql import PostgresOptions, PostgresStorage  # noqa: PLC0415

        _refuse_unmoved(path)
        options = PostgresOptions(
            lanes=chosen.lanes,
            pool=chosen.pool,
            gather_s=chosen.gather_ms / 1000,
            deadline_s=chosen.timeout_ms / 1000,
            unsafe=chosen.unsafe,
            name=settings.cluster.node or socket.gethostname(),
        )
        return await PostgresStorage.open(chosen.url, options)

    return open_database


def _refuse_unmoved(path: Path) -> None:
    """Refuse a folder whose accounts and mail lie in its file: they would seem to be gone.

    Raises:
        UsageError: ``conflict``.
    """
    if path.exists():
        text = (
            f"The accounts and the mail of this relay lie in {path}: `babilu admin migrate-storage` moves them into the"
            " database."
        )
        raise UsageError(text, ErrorCode.CONFLICT)
