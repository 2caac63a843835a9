"""Rows of the directory: lists are replaced whole; prekey ids are added once; one-time ones leave with their bundle."""

import sqlite3
from collections.abc import Sequence

from babilu.identity.shapes import Bundle, EcPrekey, PrekeySet, SignedDeviceList, SignedEcPrekey, SignedKemPrekey
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import DeviceId
from babilu.relay.storage.prekey_rows import PrekeyCode, PrekeyRow, prekey_rows
from babilu.relay.storage.records import Heirs, ListRecord, Refused, Removed, Stock, TakenBundle
from babilu.relay.storage.sqlite.devices import DeviceTable


class DirectoryTable:
    """Device lists and prekeys."""

    def __init__(self, connection: sqlite3.Connection, devices: DeviceTable) -> None:
        self._connection = connection
        self._devices = devices

    def lists(self, names: Sequence[str]) -> dict[str, ListRecord]:
        found = {}
        for name in names:
            row = self._connection.execute(
                "SELECT id, list_body, list_signature, list_hash, list_version, identity_key"
                " FROM account WHERE name = ?",
                (name,),
            ).fetchone()
            if row is not None:
                account, body, signature, list_hash, version, identity_key = row
                signed = SignedDeviceList(body, signature)
                found[name] = ListRecord(signed, list_hash, version, identity_key, self._devices.of(account))
        return found

    def replace_list(
        self, account: int, before: bytes, device_list: ListRecord, heirs: Heirs = ()
    ) -> Removed | Refused:
        """Replace a list that is still the one its successor was checked against."""
        row = self._connection.execute("SELECT list_hash FROM account WHERE id = ?", (account,)).fetchone()
        if row is not None and row[0] == device_list.hash:
            return Removed(())
        if row is None or row[0] != before or self._devices.belong_elsewhere(account, device_list):
            return Refused(ErrorCode.CONFLICT)
        self.write_list(account, device_list)
        return Removed(self._devices.replace(account, device_list, heirs))

    def write_list(self, account: int, device_list: ListRecord) -> None:
        """Write the list itself; the devices in it are another table's."""
        self._connection.execute(
            "UPDATE account SET identity_key = ?, list_version = ?, list_hash = ?, list_body = ?, list_signature = ?"
            " WHERE id = ?",
            (
                device_list.identity_key,
                device_list.version,
                device_list.hash,
                device_list.signed.body,
                device_list.signed.signature,
                account,
            ),
        )

    def add_prekeys(self, device: DeviceId, prekeys: PrekeySet, most: int) -> Stock | Refused:
        """Add what is new of a set."""
        number = self._number(device)
        if number is None:
            return Refused(ErrorCode.NOT_FOUND)
        rows = list(prekey_rows(prekeys))
        if any(self._differs(number, row) for row in rows):
            return Refused(ErrorCode.CONFLICT)
        lasts = self._lasts(number)
        added = [row for row in rows if row[1] > lasts.get(row[0], -1)]
        # Those under a former signed prekey go with it: their owner forgets them some time after.
        left = Stock(0, 0) if any(row[0] is PrekeyCode.SIGNED for row in added) else self._count(number)
        new_ec = sum(row[0] is PrekeyCode.ONE_TIME_EC for row in added)
        new_kem = sum(row[0] is PrekeyCode.ONE_TIME_KEM for row in added)
        if left.ec + new_ec > most or left.kem + new_kem > most:
            return Refused(ErrorCode.QUOTA)
        self._insert(number, added)
        return Stock(left.ec + new_ec, left.kem + new_kem)

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
            return Refused(ErrorCode.NOT_FOUND)
        number = int(row[0])
        signed, last_resort = self._first(number, PrekeyCode.SIGNED), self._first(number, PrekeyCode.LAST_RESORT)
        if signed is None or last_resort is None:
            return Refused(ErrorCode.NOT_FOUND)
        ec = self._take(number, PrekeyCode.ONE_TIME_EC) if one_time else None
        kem = self._take(number, PrekeyCode.ONE_TIME_KEM) if one_time else None
        bundle = Bundle(
            device,
            SignedEcPrekey(*signed),
            SignedKemPrekey(*(last_resort if kem is None else kem)),
            None if ec is None else EcPrekey(ec[0], ec[1]),
        )
        return TakenBundle(bundle, self._count(number))

    def _number(self, device: DeviceId) -> int | None:
        row = self._connection.execute("SELECT id FROM device WHERE device = ?", (device,)).fetchone()
        return None if row is None else int(row[0])

    def _count(self, number: int) -> Stock:
        rows = self._connection.execute(
            "SELECT kind, count(*) FROM prekey WHERE device = ? AND kind IN (?, ?) GROUP BY kind",
            (number, PrekeyCode.ONE_TIME_EC, PrekeyCode.ONE_TIME_KEM),
        )
        counts = dict(rows.fetchall())
        return Stock(counts.get(PrekeyCode.ONE_TIME_EC, 0), counts.get(PrekeyCode.ONE_TIME_KEM, 0))

    def _lasts(self, number: int) -> dict[int, int]:
        return dict(self._connection.execute("SELECT kind, last FROM prekey_kind WHERE device = ?", (number,)))

    def _differs(self, number: int, row: PrekeyRow) -> bool:
        kind, prekey, key, _ = row
        kept = self._connection.execute(
            "SELECT key FROM prekey WHERE device = ? AND kind = ? AND id = ?", (number, kind, prekey)
        ).fetchone()
        return kept is not None and kept[0] != key

    def _insert(self, number: int, rows: list[PrekeyRow]) -> None:
        replaced = {row[0] for row in rows} & {PrekeyCode.SIGNED, PrekeyCode.LAST_RESORT}
        if PrekeyCode.SIGNED in replaced:
            replaced |= {PrekeyCode.ONE_TIME_EC, PrekeyCode.ONE_TIME_KEM}
        for kind in replaced:
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
