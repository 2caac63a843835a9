"""Rows of the directory: lists are replaced whole; prekey ids are added once; one-time ones leave with their bundle."""

import sqlite3
from collections.abc import Sequence

from babilu.identity.shapes import PrekeySet
from babilu.kernel.ids import DeviceId
from babilu.relay.storage.account_columns import LIST_COLUMNS, list_from, list_values
from babilu.relay.storage.prekey_rows import (
    PrekeyCode,
    PrekeyRow,
    bundle_of,
    plan_addition,
    prekey_rows,
    replaced_kinds,
    stock_of,
)
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
from babilu.relay.storage.sqlite.devices import DeviceTable


class DirectoryTable:
    """Device lists and prekeys."""

    def __init__(self, connection: sqlite3.Connection, devices: DeviceTable) -> None:
        self._connection = connection
        self._devices = devices

    def lists(self, names: Sequence[str]) -> dict[str, ListRecord]:
        found = {}
        for name in names:
            row = self._connection.execute(f"SELECT id, {LIST_COLUMNS} FROM account WHERE name = ?", (name,)).fetchone()
            if row is not None:
                found[name] = list_from(row[1:], self._devices.of(row[0]))
        return found

    def replace_list(
        self, account: int, before: bytes, device_list: ListRecord, heirs: Heirs = ()
    ) -> Removed | Refused:
        """Replace a list that is still the one its successor was checked against."""
        row = self._connection.execute("SELECT list_hash FROM account WHERE id = ?", (account,)).fetchone()
        if row is not None and row[0] == device_list.hash:
            return Removed(())
        if row is None or row[0] != before or self._devices.belong_elsewhere(account, device_list):
            return CONFLICT
        self.write_list(account, device_list)
        return Removed(self._devices.replace(account, device_list, heirs))

    def write_list(self, account: int, device_list: ListRecord) -> None:
        """Write the list itself; the devices in it are another table's."""
        self._connection.execute(
            f"UPDATE account SET ({LIST_COLUMNS}) = (?, ?, ?, ?, ?) WHERE id = ?", (*list_values(device_list), account)
        )

    def add_prekeys(self, device: DeviceId, prekeys: PrekeySet, most: int) -> Stock | Refused:
        """Add what is new of a set."""
        number = self._number(device)
        if number is None:
            return NOT_FOUND
        rows = list(prekey_rows(prekeys))
        plan = plan_addition(rows, self._kept(number, rows), self._lasts(number), self._count(number), most)
        if isinstance(plan, Refused):
            return plan
        self._insert(number, plan.added)
        return plan.stock

    def insert_prekeys(self, device: DeviceId, prekeys: PrekeySet) -> None:
        """Write the first prekeys of a device that was just made."""
        number = self._number(device)
        if number is None:
            raise sqlite3.DatabaseError("prekeys of a device that is not there")
        self._insert(number, list(prekey_rows(prekeys)))

    def stock(self, device: DeviceId) -> Stock:
        number = self._number(device)
        return Stock(0, 0) if number is None else self._count(number)

    def take_bundle(self, name: str, device: DeviceId, one_time: bool) -> TakenBundle | Refused:
        row = self._connection.execute(
            "SELECT device.id FROM device JOIN account ON account.id = device.account"
            " WHERE device.device = ? AND account.name = ?",
            (device, name),
        ).fetchone()
        if row is None:
            return NOT_FOUND
        number = int(row[0])
        signed, last_resort = self._first(number, PrekeyCode.SIGNED), self._first(number, PrekeyCode.LAST_RESORT)
        if signed is None or last_resort is None:
            return NOT_FOUND
        ec = self._take(number, PrekeyCode.ONE_TIME_EC) if one_time else None
        kem = self._take(number, PrekeyCode.ONE_TIME_KEM) if one_time else None
        return TakenBundle(bundle_of(device, signed, kem or last_resort, ec), self._count(number))

    def _number(self, device: DeviceId) -> int | None:
        row = self._connection.execute("SELECT id FROM device WHERE device = ?", (device,)).fetchone()
        return None if row is None else int(row[0])

    def _count(self, number: int) -> Stock:
        rows = self._connection.execute(
            "SELECT kind, count(*) FROM prekey WHERE device = ? AND kind IN (?, ?) GROUP BY kind",
            (number, PrekeyCode.ONE_TIME_EC, PrekeyCode.ONE_TIME_KEM),
        )
        return stock_of(dict(rows.fetchall()))

    def _lasts(self, number: int) -> dict[int, int]:
        return dict(self._connection.execute("SELECT kind, last FROM prekey_kind WHERE device = ?", (number,)))

    def _kept(self, number: int, rows: list[PrekeyRow]) -> dict[tuple[int, int], bytes]:
        """Return the keys that are kept under the kinds and ids of these rows."""
        kept: dict[tuple[int, int], bytes] = {}
        for kind, prekey, _, _ in rows:
            row = self._connection.execute(
                "SELECT key FROM prekey WHERE device = ? AND kind = ? AND id = ?", (number, kind, prekey)
            ).fetchone()
            if row is not None:
                kept[kind, prekey] = row[0]
        return kept

    def _insert(self, number: int, rows: list[PrekeyRow]) -> None:
        for kind in replaced_kinds(rows):
            self._connection.execute("DELETE FROM prekey WHERE device = ? AND kind = ?", (number, kind))
        self._connection.executemany(
            "INSERT INTO prekey (device, kind, id, key, signature) VALUES (?, ?, ?, ?, ?)",
            [(number, *row) for row in rows],
        )
        self._connection.executemany(
            "INSERT INTO prekey_kind (device, kind, last) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
            [(number, row[0], row[1]) for row in rows],
        )

    def _first(self, number: int, kind: PrekeyCode) -> tuple[int, bytes, bytes] | None:
        row: tuple[int, bytes, bytes] | None = self._connection.execute(
            "SELECT id, key, signature FROM prekey WHERE device = ? AND kind = ? ORDER BY id LIMIT 1", (number, kind)
        ).fetchone()
        return row

    def _take(self, number: int, kind: PrekeyCode) -> tuple[int, bytes, bytes] | None:
        row = self._first(number, kind)
        if row is not None:
            self._connection.execute(
                "DELETE FROM prekey WHERE device = ? AND kind = ? AND id = ?", (number, kind, row[0])
            )
        return row
