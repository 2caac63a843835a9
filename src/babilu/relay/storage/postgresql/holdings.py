"""Rows about an account, read from PostgreSQL for its holder; see `babilu.relay.storage.held_rows`."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from babilu.relay.storage.held_rows import HeldRow, HoldingSource, HoldingsPager, held_sources
from babilu.relay.storage.postgresql.connections import PgConnection
from babilu.relay.storage.records import HeldKey, HeldPage, HeldPlace, HeldValue

SOURCES: Final = held_sources(
    "kind::int8 << 60 | id",
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
    of_stored=("day",),
)
"""All tables that hold something about an account."""

_KEY_TYPES: Final = {"envelope": "uuid", "share": "uuid"}


async def read_holdings(connection: PgConnection, account: int, place: HeldPlace, rows: int, size: int) -> HeldPage:
    """Read a part of everything that is held about an account; see `AccountStore.holdings`."""
    listed = await connection.fetch("SELECT id, device FROM device WHERE account = $1 ORDER BY id", account)
    devices = [(row[0], row[1]) for row in listed]
    pager = HoldingsPager(SOURCES, place, rows, size)
    while (source := pager.source) is not None:
        pager.add(await _rows(connection, source, pager, account, devices))
    return pager.page()


async def _rows(
    connection: PgConnection,
    source: HoldingSource,
    pager: HoldingsPager,
    account: int,
    devices: list[tuple[int, bytes]],
) -> list[tuple[HeldKey, HeldRow]]:
    """Read the next rows of a table, with their keys."""
    which = source.which.replace(":account", "$1").replace(":number", "$1")
    selected = f"SELECT {source.key}, {', '.join(_selected(source))} FROM {which}"
    found: list[tuple[HeldKey, HeldRow]] = []
    for number, device, last in pager.parts(devices):
        further = "" if last is None else f" AND {source.key} > $3::{_KEY_TYPES.get(source.key, 'int8')}"
        rows = await connection.fetch(
            f"{selected}{further} ORDER BY {source.key} LIMIT $2",
            number if source.of_devices else account,
            pager.most - len(found),
            *(() if last is None else (last,)),
        )
        found += [((number, key), tuple(_held(source, device, values))) for key, *values in rows]
        if len(found) == pager.most:
            break
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
