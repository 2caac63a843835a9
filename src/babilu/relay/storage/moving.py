"""Moves of everything that a relay keeps, from its file into a database and back: whole, or not at all.

All is written in one transaction and compared before its end. Numbers stay the same: shares of mailboxes are made with
those of accounts. A move that is interrupted has changed nothing, or is ended by being asked for again.
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final, NamedTuple

from babilu.kernel.errors import ErrorCode, LinkError, ProfileError, UsageError
from babilu.kernel.ids import BlobId, envelope_id
from babilu.kernel.limits import DAY_MS
from babilu.relay.base.state_dir import BLOBS, DATABASE
from babilu.relay.storage.blobs.filesystem import FilesystemBlobs, complete_files
from babilu.relay.storage.postgresql.blob_files import ROW_BYTES
from babilu.relay.storage.postgresql.connections import HISTORY, REFUSALS, PgConnection, PostgresDatabase, name_epoch
from babilu.relay.storage.postgresql.schema import prepare
from babilu.relay.storage.sqlite.schema import open_database

MOVED: Final = ".moved"
"""Ending of what was moved and is kept: nobody reads it any more."""

UP_S: Final = 30
"""Seconds after its last word in which a node counts as up, before everything is moved away from it."""

ROWS_AT_ONCE: Final = 2_000


class TableMove(NamedTuple):
    """A table, and how its rows are read at both ends.

    Attributes:
        name: The table, in PostgreSQL.
        columns: Its columns there.
        read: What reads them from SQLite.
        switches: Which of the columns are true or false.
    """

    name: str
    columns: tuple[str, ...]
    read: str
    switches: tuple[str, ...] = ()


_ACCOUNT: Final = (
    "id", "name", "skeleton", "owner", "salt", "memory_kib", "passes", "lanes", "login_key", "identity_key",
    "list_version", "list_hash", "list_body", "list_signature", "created_at", "disabled", "moderator",
    "mailbox_messages", "mailbox_bytes",
)  # fmt: skip
_AUDIT: Final = ("id", "at", "uid", "officer", "action", "subject")
_BLOB: Final = ("id", "blob", "account", "size", "created_at", "completed_at")
_DEVICE: Final = ("id", "device", "account", "place", "signing_key", "agreement_key", "signature")
_INVITATION: Final = ("id", "token_hash", "created_at", "expires_at", "uses")
_PREKEY: Final = ("device", "kind", "id", "key", "signature")

TABLES: Final = (
    TableMove("account", _ACCOUNT, f"SELECT {', '.join(_ACCOUNT)} FROM account", ("owner", "disabled", "moderator")),
    TableMove("invitation", _INVITATION, f"SELECT {', '.join(_INVITATION)} FROM invitation"),
    TableMove("device", _DEVICE, f"SELECT {', '.join(_DEVICE)} FROM device"),
    TableMove(
        "mailbox",
        ("id", "list_version", "head", "acknowledged", "submitted", "most_messages", "most_bytes"),
        "SELECT d.id, a.list_version, max(d.head, d.acknowledged,"
        " coalesce((SELECT max(seq) FROM mail WHERE mailbox = d.id), 0)), d.acknowledged, d.submitted,"
        " a.mailbox_messages, a.mailbox_bytes FROM device d JOIN account a ON a.id = d.account",
    ),
    TableMove("prekey_kind", ("device", "kind", "last"), "SELECT device, kind, last FROM prekey_kind"),
    TableMove("prekey", _PREKEY, f"SELECT {', '.join(_PREKEY)} FROM prekey"),
    TableMove(
        "mail",
        ("mailbox", "seq", "stored_at", "share", "envelope"),
        "SELECT mailbox, seq, stored_at, share, envelope FROM mail ORDER BY id",
    ),
    TableMove(
        "stored",
        ("mailbox", "envelope", "seq", "stored_at", "day"),
        f"SELECT mailbox, envelope, seq, stored_at, stored_at / {DAY_MS} FROM stored",
    ),
    TableMove("known", ("mailbox", "share"), "SELECT mailbox, share FROM known"),
    TableMove("audit", _AUDIT, f"SELECT {', '.join(_AUDIT)} FROM audit"),
    TableMove("blob", _BLOB, f"SELECT {', '.join(_BLOB)} FROM blob"),
)
"""All that is moved, in an order in which what others name comes first."""

NUMBERED: Final = ("account", "invitation", "device", "audit", "blob")
"""Tables whose numbers are never given again."""

_LETTERS: Final = "SELECT mailbox, seq, envelope FROM mail ORDER BY mailbox, seq"


class MoveReport(NamedTuple):
    """What was moved."""

    accounts: int
    letters: int
    files: int


def move(url: str, home: Path, key_check: bytes, *, back: bool, unsafe: bool = False) -> MoveReport:
    """Move everything of a relay that does not run into an empty database, or back into its folder.

    What was moved away from stays: the former file and folder of files get another name, the database is as it was.

    Args:
        url: The database.
        home: The relay's folder; nobody uses it.
        key_check: What shows the relay's key; the database is its relay's from then on.
        back: Whether everything goes from the database into the folder.
        unsafe: Whether the database may be one that can lose what it has said is stored.

    Raises:
        UsageError: There is nothing to move, or something where it would go; ``conflict``: the database holds something
            else.
        ProfileError: The file is damaged or another version's; ``profile_in_use``: nodes are up.
        LinkError: ``unavailable``.
    """
    database, file, blobs = PostgresDatabase(url, "babilu/move"), home / DATABASE, home / BLOBS
    if back:
        return _move_back(database, file, blobs, key_check, unsafe=unsafe)
    if not file.exists():
        raise UsageError(f"There is nothing to move: {file} is not there.")
    with closing(open_database(file)) as sqlite:
        report = asyncio.run(_to_database(database, sqlite, tuple(complete_files(blobs)), key_check, unsafe=unsafe))
        sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if blobs.exists():
        blobs.rename(blobs.with_name(blobs.name + MOVED))
    # The last step: until then the relay's folder says that all is there.
    file.rename(file.with_name(file.name + MOVED))
    return report


def _move_back(database: PostgresDatabase, file: Path, blobs: Path, key_check: bytes, *, unsafe: bool) -> MoveReport:
    if file.exists():
        raise UsageError(f"{file} is there already.")
    draft = file.with_name(f"{file.name}.moving")
    for left in (draft, *(draft.with_name(draft.name + ending) for ending in ("-wal", "-shm"))):
        left.unlink(missing_ok=True)
    with closing(open_database(draft)) as sqlite:
        report = asyncio.run(_from_database(database, sqlite, blobs, key_check, unsafe=unsafe))
        sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    draft.rename(file)
    return report


async def _to_database(
    database: PostgresDatabase, sqlite: sqlite3.Connection, files: Sequence[Path], key_check: bytes, *, unsafe: bool
) -> MoveReport:
    await prepare(database, unsafe=unsafe)
    async with _connected(database) as connection:
        if await _is_empty(connection):
            async with connection.transaction():
                await _fill(sqlite, connection, key_check)
                for path in files:
                    await _put_file(connection, path)
                await _compare(sqlite, connection)
        else:
            await _check_moved(sqlite, connection, key_check)
        return await _report(connection)


async def _from_database(
    database: PostgresDatabase, sqlite: sqlite3.Connection, blobs: Path, key_check: bytes, *, unsafe: bool
) -> MoveReport:
    await prepare(database, unsafe=unsafe)
    async with _connected(database) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await _refuse_others(connection, key_check)
        sqlite.execute("BEGIN")
        await _empty_out(connection, sqlite)
        sqlite.execute("COMMIT")
        await _compare(sqlite, connection)
        await _get_files(connection, blobs)
        return await _report(connection)


@asynccontextmanager
async def _connected(database: PostgresDatabase) -> AsyncIterator[PgConnection]:
    try:
        connection = await database.connect_bare()
        try:
            # What is read from or written to the other end in between takes as long as it takes.
            await connection.execute("SET idle_in_transaction_session_timeout = 0")
            yield connection
        finally:
            await connection.close()
    except REFUSALS as error:
        raise LinkError(ErrorCode.UNAVAILABLE, f"The database refused: {error}") from error


async def _is_empty(connection: PgConnection) -> bool:
    row = await connection.fetchrow("SELECT key_check = '' AND NOT EXISTS (SELECT 1 FROM account) FROM relay")
    return bool(row[0])


async def _check_moved(sqlite: sqlite3.Connection, connection: PgConnection, key_check: bytes) -> None:
    """Find out whether a database holds just this relay, as after a move that was interrupted at its very end."""
    same = await connection.fetchval("SELECT key_check FROM relay") == key_check
    try:
        if same:
            await _compare(sqlite, connection)
    except ProfileError:
        same = False
    if not same:
        text = "The database holds accounts or mail already: give the relay an empty one."
        raise UsageError(text, ErrorCode.CONFLICT)


async def _fill(sqlite: sqlite3.Connection, connection: PgConnection, key_check: bytes) -> None:
    for move in TABLES:
        await connection.copy_records_to_table(  # type: ignore[attr-defined]  # the driver has no types
            move.name, records=_rows(sqlite, move), columns=move.columns
        )
    for table in NUMBERED:
        row = sqlite.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        if row is not None and row[0] > 0:
            await connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), $1)", row[0])
    owners, epoch = sqlite.execute("SELECT owners, epoch FROM relay").fetchone()
    # Nothing was lost on the way: the history goes on.
    await connection.execute(
        f"UPDATE relay SET owners = $1, epoch = $2, history = ({HISTORY}), key_check = $3", owners, epoch, key_check
    )


def _rows(sqlite: sqlite3.Connection, move: TableMove) -> Iterator[tuple[object, ...]]:
    switches = [move.columns.index(column) for column in move.switches]
    for row in sqlite.execute(move.read):
        if switches:
            values = list(row)
            for place in switches:
                values[place] = bool(values[place])
            yield tuple(values)
        else:
            yield row


async def _put_file(connection: PgConnection, path: Path) -> None:
    blob, start = bytes.fromhex(path.name), 0
    # A kill can leave a file of which no row tells.
    if await connection.fetchval("SELECT 1 FROM blob WHERE blob = $1", blob) is None:
        return
    with open(path, "rb") as stream:  # noqa: ASYNC230, PTH123 -- nothing else is done in this loop
        while octets := stream.read(ROW_BYTES):
            await connection.execute("INSERT INTO blob_part VALUES ($1, $2, $3)", blob, start, octets)
            start += len(octets)
    await connection.execute("INSERT INTO blob_file VALUES ($1, $2, true)", blob, start)


async def _empty_out(connection: PgConnection, sqlite: sqlite3.Connection) -> None:
    for move in TABLES:
        if move.name == "mailbox":
            continue
        if move.name == "device":
            columns: Sequence[str] = (*_DEVICE, "head", "acknowledged", "submitted")
            source = "device JOIN mailbox USING (id)"
        elif move.name == "mail":
            columns, source = ("mailbox", "seq", "stored_at", "share", "size", "envelope"), "mail"
        else:
            columns, source = [column for column in move.columns if column != "day"], move.name
        read = [column if column != "size" or move.name != "mail" else "octet_length(envelope)" for column in columns]
        order = " ORDER BY stored_at, mailbox, seq" if move.name == "mail" else ""
        await _copy_out(connection, sqlite, move.name, columns, f"SELECT {', '.join(read)} FROM {source}{order}")
    for table in NUMBERED:
        last = await connection.fetchval(
            "SELECT last_value FROM pg_sequences WHERE schemaname = current_schema() AND sequencename = $1",
            f"{table}_id_seq",
        )
        sqlite.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        sqlite.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last or 0))
    owners, *history = await connection.fetchrow(f"SELECT owners, epoch, history, ({HISTORY}) FROM relay")
    sqlite.execute("UPDATE relay SET owners = ?, epoch = ?", (owners, name_epoch(*history)))


async def _copy_out(
    connection: PgConnection, sqlite: sqlite3.Connection, table: str, columns: Sequence[str], read: str
) -> None:
    marks = ", ".join("?" for _ in columns)
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
    cursor = await connection.cursor(read)  # type: ignore[attr-defined]  # the driver has no types
    while rows := await cursor.fetch(ROWS_AT_ONCE):
        sqlite.executemany(insert, [tuple(row) for row in rows])


async def _get_files(connection: PgConnection, folder: Path) -> None:
    files = await FilesystemBlobs.open(folder)
    try:
        for (octets,) in await connection.fetch("SELECT blob FROM blob_file WHERE complete"):
            blob, end = BlobId(octets), await files.offset(BlobId(octets))
            cursor = await connection.cursor(  # type: ignore[attr-defined]  # the driver has no types
                "SELECT start, octets FROM blob_part WHERE blob = $1 ORDER BY start", blob
            )
            while rows := await cursor.fetch(1):
                start, part = rows[0]
                if start >= end:
                    end = await files.write(blob, start, part)
            await files.complete(blob)
    finally:
        await files.close()


async def _refuse_others(connection: PgConnection, key_check: bytes) -> None:
    found = await connection.fetchval("SELECT key_check FROM relay")
    if found != key_check:
        raise UsageError("The database is another relay's.", ErrorCode.CONFLICT)
    name = await connection.fetchval(
        f"SELECT name FROM node WHERE seen_at > clock_timestamp() - interval '{UP_S} s' ORDER BY id LIMIT 1"
    )
    if name is not None:
        raise ProfileError(ErrorCode.PROFILE_IN_USE, f"The node {name} is up: stop it first.")


async def _compare(sqlite: sqlite3.Connection, connection: PgConnection) -> None:
    """Make sure that both ends hold the same rows and letters.

    Raises:
        ProfileError: They do not.
    """
    for move in TABLES:
        (here,) = sqlite.execute(f"SELECT count(*) FROM ({move.read})").fetchone()
        there = await connection.fetchval(f"SELECT count(*) FROM {move.name}")
        if here != there:
            raise ProfileError(ErrorCode.PROFILE_DAMAGED, f"The move lost rows of {move.name}: {here}, and {there}.")
    digest = hashlib.sha256()
    for row in sqlite.execute(_LETTERS):
        digest.update(_letter(row))
    other = hashlib.sha256()
    async with connection.transaction():
        async for row in connection.cursor(_LETTERS, prefetch=ROWS_AT_ONCE):  # type: ignore[attr-defined]
            other.update(_letter(row))
    if digest.digest() != other.digest():
        raise ProfileError(ErrorCode.PROFILE_DAMAGED, "The move changed letters.")


def _letter(row: Any) -> bytes:  # noqa: ANN401 -- of either driver
    mailbox, seq, envelope = row
    return b"%d %d %s" % (mailbox, seq, envelope_id(envelope))


async def _report(connection: PgConnection) -> MoveReport:
    counted = "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM mail), (SELECT count(*) FROM blob_file)"
    return MoveReport(*await connection.fetchrow(counted))
