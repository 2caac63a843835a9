"""Database with one writer at a time and many readers: a transaction is committed whole or not at all.

SQLCipher with a raw 32-byte key, write-ahead log, every commit synced. The single writer connection stands behind
turns, which are the only lock that ratchets need; each reader sees one snapshot and blocks nobody.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, Literal

from sqlcipher3 import dbapi2

from babilu.crypto.secret import Secret
from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.kernel.ports import Clock
from babilu.migrations import Migration, check_version, migrate
from babilu.store import schema
from babilu.store.errors import damaged, profile_error
from babilu.store.fair_lock import FairLock
from babilu.store.profile_files import FILE_MODE, ProfilePaths
from babilu.store.unit_of_work import UnitOfWork

KEY_BYTES: Final = 32

_PROFILE: Final = "This profile"
_IDLE_READERS: Final = 4
_PREPARED_STATEMENTS: Final = 256
_PATIENCE_S: Final = 60.0
"""Longest wait for the turn to write; a transaction takes milliseconds."""

_BUSY_S: Final = 10.0
_LOG_BYTES: Final = 8 * 1024 * 1024
"""Size to which the write-ahead log is cut where it had grown beyond it."""

_SCRUB_PATIENCE_MS: Final = 50
_WRITER_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "fullfsync = ON",
    "checkpoint_fullfsync = ON",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "secure_delete = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    f"journal_size_limit = {_LOG_BYTES}",
)
_READER_PRAGMAS: Final = (
    "query_only = ON",
    "temp_store = MEMORY",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "cache_size = -2000",
)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a look at a closed database shows, without a change to any of its files.

    Attributes:
        stamp: The stamp it shares with the unlock file.
        log_frames: Frames of the write-ahead log that SQLite can read.
        has_identity: Whether the profile has its keys.
    """

    stamp: bytes
    log_frames: int
    has_identity: bool


class Database:
    """The open database of a profile. Any thread may call `write` and `read`.

    Made by `create` and `open`.

    Attributes:
        before_commit: Looks at what a transaction has done at its end, and may have something done after its commit.
    """

    def __init__(self, paths: ProfilePaths, key: Secret, clock: Clock, writer: dbapi2.Connection) -> None:
        self._paths = paths
        self._key = key
        self._clock = clock
        self._writer = writer
        self._writing = UnitOfWork(writer, paths.home)
        self._turns = FairLock()
        self._pool = threading.Lock()
        self._idle: list[_Reader] = []
        self._closed = False
        self.before_commit: Callable[[UnitOfWork], None] | None = None

    @classmethod
    def create(cls, paths: ProfilePaths, key: Secret, clock: Clock) -> "Database":
        """Make a new database where there is no file yet.

        Args:
            paths: Its place, in a folder that exists.
            key: 32 random bytes.
            clock: Tells what is past its time.

        Raises:
            ProfileError: ``profile_damaged`` where a file is there already, ``disk_full``, ``not_allowed``,
                ``unavailable``.
        """
        paths.check()
        try:
            # SQLite would make it as readable as the umask allows; its log takes over the rights of this file.
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
            os.close(os.open(paths.database, flags, FILE_MODE))
        except FileExistsError as error:
            raise damaged() from error
        except OSError as error:
            raise profile_error(error) from error
        return cls._opened(paths, key, clock, version=0, migrations=schema.migrations())

    @classmethod
    def open(
        cls, paths: ProfilePaths, key: Secret, clock: Clock, migrations: tuple[Migration, ...] | None = None
    ) -> "Database":
        """Open a database and bring its tables up to date.

        Args:
            paths: Its place.
            key: The key it was made with.
            clock: Tells what is past its time.
            migrations: The steps of the schema; None for those of the program.

        Raises:
            ProfileError: ``profile_damaged`` (another key included), ``profile_too_new``, ``profile_too_old``,
                ``disk_full``, ``not_allowed``, ``unavailable``.
        """
        paths.check()
        steps = schema.migrations() if migrations is None else migrations
        with _typed_errors(paths):
            probe = _connect(paths, key, "ro", _READER_PRAGMAS)
            try:
                version = schema.schema_version(probe)
            finally:
                probe.close()
        check_version(version, steps, _PROFILE)
        return cls._opened(paths, key, clock, version, steps)

    @staticmethod
    def probe(paths: ProfilePaths, key: Secret) -> Probe:
        """Look at a database without changing its files, the write-ahead log of a crash included.

        Raises:
            ProfileError: As `open`.
        """
        paths.check()
        with _typed_errors(paths):
            connection = _connect(paths, key, "ro", _READER_PRAGMAS)
            try:
                check_version(schema.schema_version(connection), schema.migrations(), _PROFILE)
                row = connection.execute("SELECT stamp FROM stamp").fetchone()
                has_identity = connection.execute("SELECT 1 FROM profile").fetchone() is not None
                _, frames, _ = connection.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()
            finally:
                connection.close()
        if row is None:
            raise damaged()
        return Probe(bytes(row[0]), max(int(frames), 0), has_identity)

    @contextmanager
    def write(self, *, behind: bool = False) -> Iterator[UnitOfWork]:
        """Open a transaction that may change things: committed at the end of the block, rolled back by an exception.

        Threads get their turns in the order of asking; one that writes already must not ask again. Whoever asks to go
        ``behind`` lets the others go first, but for every so often. What stands in `UnitOfWork.following` is done
        after the commit and before the next thread's turn.

        Raises:
            ProfileError: ``disk_full``, ``profile_damaged``, ``unavailable``, ``not_allowed``, ``closed``, or
                ``profile_in_use`` when the turn does not come; then nothing was changed.
        """
        self._take_turn(behind=behind)
        unit = self._writing
        try:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                unit.following.clear()
                unit.statements.begin()
                yield unit
                if self.before_commit is not None:
                    self.before_commit(unit)
                unit.statements.end()
                self._writer.execute("COMMIT")
                for act in unit.following:
                    act()
            except BaseException:
                unit.statements.end()
                # SQLite has rolled back by itself after some errors, such as a full disk.
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise
        except dbapi2.Error as error:
            raise profile_error(error, self._paths.home) from error
        finally:
            self._turns.release()

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """Open a snapshot for reading; what others commit meanwhile is not seen in it.

        Raises:
            ProfileError: ``profile_damaged``, ``unavailable``, ``not_allowed``, ``closed``.
        """
        try:
            reader = self._borrow()
            sound = False
            try:
                reader.connection.execute("BEGIN")
                reader.unit.statements.begin()
                yield reader.unit
                sound = True
            finally:
                reader.unit.statements.end()
                self._give_back(reader, sound=sound)
        except dbapi2.Error as error:
            raise profile_error(error, self._paths.home) from error

    @property
    def is_writing(self) -> bool:
        """Whether it is the calling thread's turn to write."""
        return self._turns.is_mine

    def set_stamp(self, unit: UnitOfWork, stamp: bytes) -> None:
        """Replace the stamp, inside a transaction."""
        unit.statements.run("INSERT OR REPLACE INTO stamp (only_row, stamp) VALUES (1, ?)", stamp)

    def is_whole(self) -> bool:
        """Check every page, every index and every reference; what others do goes on meanwhile."""
        with _typed_errors(self._paths):
            if self._looks_whole():
                return True
            # A page that was just being moved from the log looks torn: nothing is moved while it is looked at again.
            self._take_turn()
            try:
                return self._looks_whole()
            finally:
                self._turns.release()

    def _looks_whole(self) -> bool:
        connection = self._borrow().connection
        try:
            pages = connection.execute("PRAGMA cipher_integrity_check").fetchone() is None
            order = connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
            return pages and order and connection.execute("PRAGMA foreign_key_check").fetchone() is None
        finally:
            connection.close()

    def tidy(self) -> None:
        """Forget what is past its time, such as old sessions, prekeys and quarantine; index the newest texts.

        Work for when nobody waits.
        """
        now = self._clock.now_ms()
        with self.write() as unit:
            unit.sessions.delete_expired(now)
            unit.departed.delete_expired(now)
            unit.profile.delete_expired(now)
            unit.inbox.forget_seen(now)
            unit.inbox.forget_quarantined(now)
            unit.repairs.forget_old(now)
            unit.search.index_waiting()

    def scrub(self) -> bool:
        """Rid the write-ahead log of what was overwritten or deleted; `secure_delete` has seen to the database.

        The log keeps each page as it was at each commit, until it is begun anew and written over. So it is moved into
        the database, begun anew, and cut behind the first commit. A crash at any moment finds a log that is whole.

        Returns:
            Whether that is done. Not while somebody reads what the log has: try again soon.
        """
        self._take_turn()
        try:
            with _typed_errors(self._paths):
                writer = self._writer
                writer.execute(f"PRAGMA busy_timeout = {_SCRUB_PATIENCE_MS}")
                writer.execute("PRAGMA journal_size_limit = 0")
                try:
                    busy, _, _ = writer.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
                    if busy:
                        return False
                    writer.execute("BEGIN IMMEDIATE")
                    # Any change will do that is one: SQLite writes no page that stays as it was.
                    writer.execute(
                        "INSERT INTO counter (name, value) VALUES ('scrubbed', 1)"
                        " ON CONFLICT (name) DO UPDATE SET value = value + 1"
                    )
                    writer.execute("COMMIT")
                    return True
                finally:
                    writer.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
                    writer.execute(f"PRAGMA busy_timeout = {round(_BUSY_S * 1000)}")
        finally:
            self._turns.release()

    def close(self, *, keep_log: bool = False) -> None:
        """Wait for the transaction under way, move the write-ahead log into the database and close; safe to repeat.

        Args:
            keep_log: Leave the log as after a crash, to be read at the next opening.
        """
        if self._closed:
            return
        self._take_turn()
        try:
            with self._pool:
                self._closed = True
                idle, self._idle = self._idle, []
            for reader in idle:
                reader.connection.close()
            with _typed_errors(self._paths):
                if keep_log:
                    self._close_keeping_log()
                else:
                    self._writer.close()
        finally:
            self._turns.release()

    @classmethod
    def _opened(
        cls, paths: ProfilePaths, key: Secret, clock: Clock, version: int, migrations: tuple[Migration, ...]
    ) -> "Database":
        with _typed_errors(paths):
            writer = _connect(paths, key, "rw", _WRITER_PRAGMAS)
            try:
                migrate(writer, version, migrations, schema.APPLICATION_ID)
            except BaseException:
                writer.close()
                raise
        return cls(paths, key, clock, writer)

    def _take_turn(self, *, behind: bool = False) -> None:
        if self._turns.is_mine:
            raise RuntimeError("a thread that writes already asked to write again")
        if not self._turns.acquire(_PATIENCE_S, behind=behind):
            raise ProfileError(ErrorCode.PROFILE_IN_USE, "The profile's database is busy.")
        if self._closed:
            self._turns.release()
            raise _closed()

    def _borrow(self) -> "_Reader":
        with self._pool:
            if self._closed:
                raise _closed()
            if self._idle:
                return self._idle.pop()
        return _Reader(_connect(self._paths, self._key, "ro", _READER_PRAGMAS))

    def _give_back(self, reader: "_Reader", *, sound: bool) -> None:
        if sound:
            reader.connection.execute("COMMIT")
            with self._pool:
                if not self._closed and len(self._idle) < _IDLE_READERS:
                    self._idle.append(reader)
                    return
        reader.connection.close()

    def _close_keeping_log(self) -> None:
        # Only the last connection to close moves the log; one that may not write cannot.
        guard = _connect(self._paths, self._key, "ro", _READER_PRAGMAS)
        try:
            guard.execute("SELECT stamp FROM stamp").fetchone()
            self._writer.close()
        finally:
            guard.close()


class _Reader:
    """A connection of the pool and its unit."""

    __slots__ = ("connection", "unit")

    def __init__(self, connection: dbapi2.Connection) -> None:
        self.connection = connection
        self.unit = UnitOfWork(connection)


def _connect(
    paths: ProfilePaths, key: Secret, mode: Literal["ro", "rw"], pragmas: tuple[str, ...]
) -> dbapi2.Connection:
    if len(key) != KEY_BYTES:
        raise ValueError("a database key has 32 bytes")
    connection = dbapi2.connect(
        f"{paths.database.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_S,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_PREPARED_STATEMENTS,
    )
    try:
        # First of all: SQLCipher would write its complaints to standard error.
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.set_key(f"x'{key.reveal().hex()}'")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        with suppress(dbapi2.Error):
            connection.close()
        raise
    return connection


@contextmanager
def _typed_errors(paths: ProfilePaths) -> Iterator[None]:
    try:
        yield
    except dbapi2.Error as error:
        raise profile_error(error, paths.home) from error


def _closed() -> ProfileError:
    return ProfileError(ErrorCode.CLOSED, "The profile is closed.")
