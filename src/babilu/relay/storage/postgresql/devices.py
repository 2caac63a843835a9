"""Devices: each comes and goes with its mailbox, whichever way the list of its account changes.

Rows are locked in one order everywhere: the account, then mailboxes by their numbers.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from babilu.identity.shapes import PrekeySet
from babilu.kernel.ids import DeviceId
from babilu.relay.storage.account_columns import DEVICE_COLUMNS, LIST_COLUMNS, device_from, list_from, list_values
from babilu.relay.storage.postgresql.connections import PgConnection
from babilu.relay.storage.prekey_rows import PrekeyCode, PrekeyRow, prekey_rows, replaced_kinds, stock_of
from babilu.relay.storage.records import CONFLICT, Heirs, ListedDevice, ListRecord, Refused, Removed, Stock

R = TypeVar("R")

Changed = Callable[[Iterable[DeviceId]], None]
"""Hears of devices whose account has changed."""


class DeviceTakenError(Exception):
    """A device of a list belongs to another account: the transaction is undone."""


async def change_list(
    connection: PgConnection,
    device_list: ListRecord,
    changed: Changed,
    work: Callable[[PgConnection], Awaitable[R]],
) -> R | Refused:
    """Do in one transaction what puts a device list in force, and tell of the devices that have come or gone.

    Returns:
        What the work has, or ``conflict`` where another account has taken one of the devices meanwhile.
    """
    try:
        async with connection.transaction():
            outcome = await work(connection)
    except DeviceTakenError:
        return CONFLICT
    changed(listed.device for listed in device_list.devices)
    if isinstance(outcome, Removed):
        changed(outcome.devices)
    return outcome


async def devices_of(connection: PgConnection, account: int) -> tuple[ListedDevice, ...]:
    """Return an account's devices, in the order of its list."""
    rows = await connection.fetch(f"SELECT {DEVICE_COLUMNS} FROM device WHERE account = $1 ORDER BY place", account)
    return tuple(map(device_from, rows))


async def belong_elsewhere(connection: PgConnection, account: int, device_list: ListRecord) -> bool:
    """Tell whether a device of the list is one of another account."""
    devices = [listed.device for listed in device_list.devices]
    other = "SELECT 1 FROM device WHERE device = ANY($1::uuid[]) AND account <> $2 LIMIT 1"
    return await connection.fetchval(other, devices, account) is not None


async def replace_devices(
    connection: PgConnection, account: int, device_list: ListRecord, heirs: Heirs = ()
) -> tuple[DeviceId, ...]:
    """Make an account's devices those of the list, hand mail on to heirs, and return the devices it lost.

    Raises:
        DeviceTakenError: Another account has taken one of them at this moment.
    """
    kept = {listed.device for listed in device_list.devices}
    lost = tuple(listed.device for listed in await devices_of(connection, account) if listed.device not in kept)
    for place, listed in enumerate(device_list.devices):
        number = await connection.fetchval(
            "INSERT INTO device (device, account, place, signing_key, agreement_key, signature)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (device) DO UPDATE SET place = excluded.place,"
            " signature = excluded.signature WHERE device.account = excluded.account RETURNING id",
            listed.device,
            account,
            place,
            listed.signing_key,
            listed.agreement_key,
            listed.signature,
        )
        if number is None:
            raise DeviceTakenError
        await connection.execute(
            "INSERT INTO mailbox (id, list_version, most_messages, most_bytes)"
            " SELECT $1, $2, mailbox_messages, mailbox_bytes FROM account WHERE id = $3"
            " ON CONFLICT (id) DO NOTHING",
            number,
            device_list.version,
            account,
        )
    await lock_mailboxes(connection, account)
    await connection.execute(
        "UPDATE mailbox SET list_version = $2 WHERE id IN (SELECT id FROM device WHERE account = $1)",
        account,
        device_list.version,
    )
    for former, heir in heirs:
        await _hand_on(connection, former, heir)
    await delete_devices(connection, lost)
    return lost


async def lock_mailboxes(connection: PgConnection, account: int) -> None:
    """Lock all mailboxes of an account, in their order."""
    await connection.execute(
        "SELECT 1 FROM mailbox WHERE id IN (SELECT id FROM device WHERE account = $1) ORDER BY id FOR UPDATE", account
    )


async def _hand_on(connection: PgConnection, device: DeviceId, heir: DeviceId) -> None:
    """Put what waits for a device at the end of another one's mailbox, in its order; both are locked."""
    rows = await connection.fetch(
        "SELECT d.device, m.id, m.head FROM device d JOIN mailbox m ON m.id = d.id WHERE d.device = ANY($1::uuid[])",
        [device, heir],
    )
    stands = {DeviceId(row[0]): (row[1], row[2]) for row in rows}
    if device not in stands or heir not in stands:
        return
    (former, _), (mailbox, head) = stands[device], stands[heir]
    moved = await connection.fetch(
        "WITH w AS MATERIALIZED (SELECT seq, stored_at, row_number() OVER (ORDER BY seq) AS place,"
        " substring(sha256(envelope) FOR 16) AS id FROM mail WHERE mailbox = $1),"
        " m AS (UPDATE mail SET mailbox = $2, seq = $3 + w.place FROM w"
        " WHERE mail.mailbox = $1 AND mail.seq = w.seq AND mail.stored_at = w.stored_at)"
        " SELECT id, $3 + place FROM w ORDER BY place",
        former,
        mailbox,
        head,
    )
    if not moved:
        return
    await connection.execute(
        "INSERT INTO stored (mailbox, envelope, seq, stored_at, day)"
        " SELECT $2, s.envelope, u.seq, s.stored_at, s.day FROM unnest($3::uuid[], $4::int8[]) u(envelope, seq)"
        " JOIN stored s ON s.mailbox = $1 AND s.envelope = u.envelope ON CONFLICT DO NOTHING",
        former,
        mailbox,
        [bytes(row[0]) for row in moved],
        [row[1] for row in moved],
    )
    await connection.execute("UPDATE mailbox SET head = $2, edition = edition + 1 WHERE id = $1", mailbox, moved[-1][1])


async def delete_devices(connection: PgConnection, devices: Iterable[DeviceId]) -> None:
    """Delete devices with their prekeys and mail."""
    rows = await connection.fetch(
        "SELECT id FROM mailbox WHERE id IN (SELECT id FROM device WHERE device = ANY($1::uuid[]))"
        " ORDER BY id FOR UPDATE",
        list(devices),
    )
    numbers = [row[0] for row in rows]
    if not numbers:
        return
    for table, column in (
        ("mail", "mailbox"),
        ("stored", "mailbox"),
        ("known", "mailbox"),
        ("mailbox", "id"),
        ("device", "id"),
    ):
        await connection.execute(f"DELETE FROM {table} WHERE {column} = ANY($1::int8[])", numbers)


async def read_lists(connection: PgConnection, names: Sequence[str]) -> dict[str, ListRecord]:
    """Return the device lists of those names that are accounts."""
    rows = await connection.fetch(
        f"SELECT name, {LIST_COLUMNS}, {DEVICE_COLUMNS} FROM account a LEFT JOIN device d ON d.account = a.id"
        " WHERE name = ANY($1::text[]) ORDER BY a.id, place",
        list(names),
    )
    heads: dict[str, Sequence[Any]] = {}
    devices: dict[str, list[ListedDevice]] = {}
    for row in rows:
        heads[row[0]] = row[1:6]
        listed = devices.setdefault(row[0], [])
        if row[6] is not None:
            listed.append(device_from(row[6:]))
    return {name: list_from(head, devices[name]) for name, head in heads.items()}


async def write_list(connection: PgConnection, account: int, device_list: ListRecord) -> None:
    """Write the list itself; the devices in it are another table's."""
    await connection.execute(
        f"UPDATE account SET ({LIST_COLUMNS}) = ($2, $3, $4, $5, $6) WHERE id = $1",
        account,
        *list_values(device_list),
    )


async def insert_prekeys(connection: PgConnection, number: int, rows: list[PrekeyRow]) -> None:
    """Write prekeys of a device; those that they replace go."""
    if not rows:
        return
    if replaced := sorted(int(kind) for kind in replaced_kinds(rows)):
        await connection.execute("DELETE FROM prekey WHERE device = $1 AND kind = ANY($2::int2[])", number, replaced)
    kinds, ids = [int(row[0]) for row in rows], [row[1] for row in rows]
    await connection.execute(
        "INSERT INTO prekey (device, kind, id, key, signature)"
        " SELECT $1, * FROM unnest($2::int2[], $3::int8[], $4::bytea[], $5::bytea[])",
        number,
        kinds,
        ids,
        [row[2] for row in rows],
        [row[3] for row in rows],
    )
    await connection.execute(
        "INSERT INTO prekey_kind (device, kind, last)"
        " SELECT $1, kind, max(id) FROM unnest($2::int2[], $3::int8[]) u(kind, id) GROUP BY kind"
        " ON CONFLICT (device, kind) DO UPDATE SET last = greatest(prekey_kind.last, excluded.last)",
        number,
        kinds,
        ids,
    )


async def insert_first_prekeys(connection: PgConnection, device: DeviceId, prekeys: PrekeySet) -> None:
    """Write the first prekeys of a device that was just made."""
    number = await number_of(connection, device)
    if number is None:
        raise LookupError("prekeys of a device that is not there")
    await insert_prekeys(connection, number, list(prekey_rows(prekeys)))


async def number_of(connection: PgConnection, device: DeviceId) -> int | None:
    """Return a device's number."""
    number: int | None = await connection.fetchval("SELECT id FROM device WHERE device = $1", device)
    return number


async def count_prekeys(connection: PgConnection, number: int) -> Stock:
    """Count the one-time prekeys that are left for a device."""
    counts = dict(
        await connection.fetch(
            "SELECT kind, count(*) FROM prekey WHERE device = $1 AND kind = ANY($2::int2[]) GROUP BY kind",
            number,
            [int(PrekeyCode.ONE_TIME_EC), int(PrekeyCode.ONE_TIME_KEM)],
        )
    )
    return stock_of(counts)
