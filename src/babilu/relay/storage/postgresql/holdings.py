"""Rows about an account, read for its holder: whoever adds a table adds it here too.

A test compares this list with the schema. Left out on purpose, as with SQLite: an envelope itself, and what the account
sent to others and waits for them.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from babilu.relay.storage.held_rows import HoldingSource, held_size
from babilu.relay.storage.postgresql.connections import PgConnection
from babilu.relay.storage.records import HeldKey, HeldPage, HeldPlace, HeldTable, HeldValue

SOURCES: Final = (
    HoldingSource(
        "account",
        (
            "name",
            "skeleton",
            "owner",
            "moderator",
            "disabled",
            "created_at",
            "mailbox_messages",
            "mailbox_bytes",
            "salt",
            "memory_kib",
            "passes",
            "lanes",
            "login_key",
            "identity_key",
            "list_version",
            "list_hash",
            "list_body",
            "list_signature",
        ),
        "account WHERE id = $1",
        "id",
    ),
    HoldingSource(
        "device",
        ("device", "place", "signing_key", "agreement_key", "signature"),
        "device WHERE id = :number",
        "id",
    ),
    HoldingSource("prekey_kind", ("device", "kind", "last"), "prekey_kind WHERE device = :number", "kind"),
    HoldingSource(
        "prekey", ("device", "kind", "id", "key", "signature"), "prekey WHERE device = :number", "kind::int8 << 60 | id"
    ),
    HoldingSource("mail", ("device", "seq", "share", "size", "stored_at"), "mail WHERE mailbox = :number", "seq"),
    HoldingSource(
        "stored", ("device", "envelope", "seq", "stored_at", "day"), "stored WHERE mailbox = :number", "envelope"
    ),
    HoldingSource("known", ("device", "share"), "known WHERE mailbox = :number", "share"),
    HoldingSource("blob", ("blob", "size", "created_at", "completed_at"), "blob WHERE account = $1", "id"),
    HoldingSource(
        # Who did it is the operator's business; an earlier holder of the name is another person.
        "audit",
        ("at", "action", "subject"),
        (
            "audit JOIN account ON account.name IN (audit.subject, audit.officer)"
            " WHERE account.id = $1 AND at >= account.created_at"
        ),
        "audit.id",
    ),
    HoldingSource(
        "mailbox",
        (
            "device",
            "list_version",
            "head",
            "acknowledged",
            "submitted",
            "edition",
            "node",
            "fence",
            "most_messages",
            "most_bytes",
        ),
        "mailbox WHERE id = :number",
        "id",
    ),
)
"""Name of a table, its columns, and which of its rows are about an account, in a lasting order."""

_KEY_TYPES: Final = {"envelope": "uuid", "share": "uuid"}


async def read_holdings(connection: PgConnection, account: int, place: HeldPlace, rows: int, size: int) -> HeldPage:
    """Read a part of everything that is held about an account; see `AccountStore.holdings`."""
    devices = await connection.fetch("SELECT id, device FROM device WHERE account = $1 ORDER BY id", account)
    tables: list[HeldTable] = []
    first, behind = place
    for number, source in enumerate(SOURCES[first:], start=first):
        fitting: list[tuple[HeldValue, ...]] = []
        full = False
        for key, row in await _rows(connection, source, account, devices, behind, rows + 1):
            size -= held_size(row)
            full = rows == 0 or (size < 0 and bool(tables or fitting))
            if full:
                break
            rows -= 1
            behind = key
            fitting.append(row)
        if fitting:
            tables.append(HeldTable(source.name, source.columns, tuple(fitting)))
        if full:
            return HeldPage(tuple(tables), (number, behind))
        behind = ()
    return HeldPage(tuple(tables), None)


async def _rows(
    connection: PgConnection,
    source: HoldingSource,
    account: int,
    devices: Sequence[Any],
    behind: HeldKey,
    most: int,
) -> list[tuple[HeldKey, tuple[HeldValue, ...]]]:
    """Read the next rows of a table, with their keys."""
    last_number, last = behind or (0, 0)
    found: list[tuple[HeldKey, tuple[HeldValue, ...]]] = []
    owners = [(row[0], row[1]) for row in devices] if source.of_devices else [(0, b"")]
    for number, device in owners:
        if number < last_number or most == len(found):
            continue
        further = behind and number == last_number
        key_type = _KEY_TYPES.get(source.key, "int8")
        statement = (
            f"SELECT {source.key}, {', '.join(_selected(source))} FROM {source.which.replace(':number', '$1')}"
            f"{f' AND {source.key} > $3::{key_type}' if further else ''} ORDER BY {source.key} LIMIT $2"
        )
        arguments = (number if source.of_devices else account, most - len(found), *((last,) if further else ()))
        for key, *values in await connection.fetch(statement, *arguments):
            found.append(((number, key), tuple(_held(source, device, values))))
    return found


def _selected(source: HoldingSource) -> Iterator[str]:
    for column in source.columns:
        if column == "size" and source.name == "mail":
            yield "octet_length(envelope)"
        elif column == "device" and source.name != "device":
            # Elsewhere it is the device's number, or nothing: see `_held`.
            yield "NULL"
        else:
            yield column


def _held(source: HoldingSource, device: bytes, values: Sequence[Any]) -> Iterator[HeldValue]:
    for column, value in zip(source.columns, values, strict=True):
        if column == "device" and source.name != "device":
            yield device
        else:
            # The kinds of values are the same whatever the database.
            yield int(value) if isinstance(value, bool) else value
