"""Copies of the database: one moment of it, read from a snapshot by its own connection while the writer goes on."""

import asyncio
import logging
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from babilu.kernel.errors import ErrorCode, LinkError

log = logging.getLogger(__name__)


async def copy_database(source: Path, target: Path) -> None:
    """Copy a database that is in use into a new file, readable by its owner alone, and see it onto the disk.

    Raises:
        LinkError: ``unavailable`` where one cannot be read or the other not be written.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Exception | None] = loop.create_future()

    def work() -> None:
        error: Exception | None = None
        try:
            _copy(source, target)
        except (OSError, sqlite3.Error) as failure:
            error = failure
        loop.call_soon_threadsafe(done.set_result, error)

    thread = threading.Thread(target=work, name="relay-backup")
    thread.start()
    try:
        error = await asyncio.shield(done)
    finally:
        # Whoever is cancelled here waits all the same: the relay's end must find the database closed.
        thread.join()
    if error is not None:
        log.warning("the database could not be copied: %s", error)
        raise LinkError(ErrorCode.UNAVAILABLE, "The database cannot be copied there.") from error


def _copy(source: Path, target: Path) -> None:
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(target, isolation_level=None)) as writing,
    ):
        writing.execute("PRAGMA synchronous = FULL")
        # All pages in one step: what is committed meanwhile belongs to the next copy.
        reading.backup(writing)
        # The copy is one file, without a log beside it.
        writing.execute("PRAGMA journal_mode = DELETE")
    descriptor = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
