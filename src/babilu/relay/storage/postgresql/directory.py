"""Directory over PostgreSQL; see `DirectoryStore`: whoever takes a prekey at the same moment takes the next one."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from babilu.identity.shapes import PrekeySet
from babilu.kernel.ids import DeviceId
from babilu.relay.storage.nodes import ChangeKind
from babilu.relay.storage.postgresql.change_log import note_change
from babilu.relay.storage.postgresql.connections import PgConnection, Pool, storable
from babilu.relay.storage.postgresql.devices import (
    Changed,
    belong_elsewhere,
    change_list,
    count_prekeys,
    insert_prekeys,
    number_of,
    read_lists,
    replace_devices,
    write_list,
)
from babilu.relay.storage.prekey_rows import PrekeyCode, PrekeyRow, bundle_of, plan_addition, prekey_rows
from babilu.relay.storage.records import (
    CONFLICT,
    NOT_FOUND,
    Heirs,
    ListRecord,
    Refused,
    Removed,
    Stock,
    TakenBundle,
)

_FIRST: Final = "SELECT id, key, signature FROM prekey WHERE device = $1 AND kind = $2 ORDER BY id LIMIT 1"
_TAKE: Final = (
    "DELETE FROM prekey WHERE (device, kind, id) = (SELECT device, kind, id FROM prekey WHERE device = $1"
    " AND kind = $2 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, key, signature"
)


class PostgresDirectory:
    """Device lists and prekeys.

    Args:
        pool: Connections.
        changed: Hears of devices whose mailboxes go by another list now, or are gone.
    """

    def __init__(self, pool: Pool, changed: Changed) -> None:
        self._pool = pool
        self._changed = changed

    def replace_list(
        self, account: int, before: bytes, device_list: ListRecord, heirs: Heirs = ()
    ) -> "asyncio.Future[Removed | Refused]":
        async def work(connection: PgConnection) -> Removed | Refused:
            row = await connection.fetchrow(
                "SELECT list_hash, name FROM account WHERE id = $1 FOR NO KEY UPDATE", account
            )
            if row is not None and row[0] == device_list.hash:
                return Removed(())
            if row is None or row[0] != before or await belong_elsewhere(connection, account, device_list):
                return CONFLICT
            await write_list(connection, account, device_list)
            lost = await replace_devices(connection, account, device_list, heirs)
            await note_change(connection, ChangeKind.LIST_CHANGED, account, text=row[1])
            await note_change(connection, ChangeKind.DEVICE_REMOVED, account, lost, row[1])
            return Removed(lost)

        return self._pool.begin(lambda connection: change_list(connection, device_list, self._changed, work))

    def lists(self, names: Sequence[str]) -> "asyncio.Future[dict[str, ListRecord]]":
        return self._pool.begin(lambda connection: read_lists(connection, [storable(name) for name in names]))

    def add_prekeys(self, device: DeviceId, prekeys: PrekeySet, most: int) -> "asyncio.Future[Stock | Refused]":
        return self._pool.transact(lambda connection: _add(connection, device, list(prekey_rows(prekeys)), most))

    def stock(self, device: DeviceId) -> "asyncio.Future[Stock]":
        async def work(connection: PgConnection) -> Stock:
            number = await number_of(connection, device)
            return Stock(0, 0) if number is None else await count_prekeys(connection, number)

        return self._pool.begin(work)

    def take_bundle(self, name: str, device: DeviceId, one_time: bool) -> "asyncio.Future[TakenBundle | Refused]":
        return self._pool.transact(lambda connection: _take_bundle(connection, storable(name), device, one_time))


async def _add(connection: PgConnection, device: DeviceId, rows: list[PrekeyRow], most: int) -> Stock | Refused:
    number = await connection.fetchval("SELECT id FROM device WHERE device = $1 FOR NO KEY UPDATE", device)
    if number is None:
        return NOT_FOUND
    kept = await connection.fetch(
        "SELECT p.kind, p.id, p.key FROM prekey p JOIN unnest($2::int2[], $3::int8[]) u(kind, id)"
        " ON p.kind = u.kind AND p.id = u.id WHERE p.device = $1",
        number,
        [int(row[0]) for row in rows],
        [row[1] for row in rows],
    )
    keys = {(kind, prekey): key for kind, prekey, key in kept}
    lasts = dict(await connection.fetch("SELECT kind, last FROM prekey_kind WHERE device = $1", number))
    plan = plan_addition(rows, keys, lasts, await count_prekeys(connection, number), most)
    if isinstance(plan, Refused):
        return plan
    await insert_prekeys(connection, number, plan.added)
    return plan.stock


async def _take_bundle(connection: PgConnection, name: str, device: DeviceId, one_time: bool) -> TakenBundle | Refused:
    number = await connection.fetchval(
        "SELECT d.id FROM device d JOIN account a ON a.id = d.account WHERE d.device = $1 AND a.name = $2", device, name
    )
    if number is None:
        return NOT_FOUND

    async def first(kind: PrekeyCode, statement: str = _FIRST) -> Any:
        return await connection.fetchrow(statement, number, int(kind))

    signed, last_resort = await first(PrekeyCode.SIGNED), await first(PrekeyCode.LAST_RESORT)
    if signed is None or last_resort is None:
        return NOT_FOUND
    ec = await first(PrekeyCode.ONE_TIME_EC, _TAKE) if one_time else None
    kem = await first(PrekeyCode.ONE_TIME_KEM, _TAKE) if one_time else None
    return TakenBundle(bundle_of(device, signed, kem or last_resort, ec), await count_prekeys(connection, number))
