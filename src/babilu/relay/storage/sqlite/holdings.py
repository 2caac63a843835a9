"""Rows about an account, read from SQLite for its holder; see `babilu.relay.storage.held_rows`."""

import sqlite3
from typing import Final

from babilu.relay.storage.held_rows import HeldRow, HoldingSource, HoldingsPager, held_sources
from babilu.relay.storage.records import HeldKey, HeldPage, HeldPlace

SOURCES: Final = held_sources("number", of_device=("head", "acknowledged", "submitted"))
"""All tables that hold something about an account."""


class HoldingsTable:
    """What is held about one account."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def page(self, account: int, place: HeldPlace, rows: int, size: int) -> HeldPage:
        """Read on from a place."""
        devices = self._connection.execute(
            "SELECT id, device FROM device WHERE account = ? ORDER BY id", (account,)
        ).fetchall()
        pager = HoldingsPager(SOURCES, place, rows, size)
        while (source := pager.source) is not None:
            pager.add(self._rows(source, pager, account, devices))
        return pager.page()

    def _rows(
        self, source: HoldingSource, pager: HoldingsPager, account: int, devices: list[tuple[int, bytes]]
    ) -> list[tuple[HeldKey, HeldRow]]:
        """Read the next rows of a table, with their keys."""
        columns = (":device" if each == "device" and source.name != "device" else each for each in source.columns)
        selected = f"SELECT {source.key}, {', '.join(columns)} FROM {source.which}"
        found: list[tuple[HeldKey, HeldRow]] = []
        for number, device, last in pager.parts(devices):
            further = "" if last is None else f" AND {source.key} > :last"
            rows = self._connection.execute(
                f"{selected}{further} ORDER BY {source.key} LIMIT :most",
                {
                    "account": account,
                    "number": number,
                    "device": device,
                    "last": last,
                    "most": pager.most - len(found),
                },
            )
            found += [((number, key), tuple(row)) for key, *row in rows.fetchall()]
            if len(found) == pager.most:
                break
        return found
