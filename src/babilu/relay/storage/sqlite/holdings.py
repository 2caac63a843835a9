"""Rows about an account, read for its holder: whoever adds a table adds it here too.

A test compares this list with the schema. Two things are left out on purpose: an envelope itself, which is delivered
anyway, and what the account sent to others and waits for them, which would tell when others fetch their mail.

A page begins behind a key and reads on along an index: what it costs does not depend on how much there is.
"""

import sqlite3
from collections.abc import Iterator
from typing import Final

from babilu.relay.storage.held_rows import HoldingSource, held_size
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
        "account WHERE id = :account",
        "id",
    ),
    HoldingSource(
        "device",
        ("device", "place", "signing_key", "agreement_key", "signature", "head", "acknowledged", "submitted"),
        "device WHERE id = :number",
        "id",
    ),
    HoldingSource("prekey_kind", ("device", "kind", "last"), "prekey_kind WHERE device = :number", "kind"),
    HoldingSource("prekey", ("device", "kind", "id", "key", "signature"), "prekey WHERE device = :number", "number"),
    HoldingSource("mail", ("device", "seq", "share", "size", "stored_at"), "mail WHERE mailbox = :number", "seq"),
    HoldingSource("stored", ("device", "envelope", "seq", "stored_at"), "stored WHERE mailbox = :number", "envelope"),
    HoldingSource("known", ("device", "share"), "known WHERE mailbox = :number", "share"),
    HoldingSource("blob", ("blob", "size", "created_at", "completed_at"), "blob WHERE account = :account", "id"),
    HoldingSource(
        # Who did it is the operator's business; an earlier holder of the name is another person.
        "audit",
        ("at", "action", "subject"),
        (
            "audit JOIN account ON account.name IN (audit.subject, audit.officer)"
            " WHERE account.id = :account AND at >= account.created_at"
        ),
        "audit.id",
    ),
)
"""Name of a table, its columns, and which of its rows are about an account, in a lasting order."""


class HoldingsTable:
    """What is held about one account."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def page(self, account: int, place: HeldPlace, rows: int, size: int) -> HeldPage:
        """Read on from a place."""
        tables: list[HeldTable] = []
        first, behind = place
        for number, source in enumerate(SOURCES[first:], start=first):
            fitting: list[tuple[HeldValue, ...]] = []
            full = False
            for key, row in self._rows(source, account, behind, rows + 1):
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

    def _rows(
        self, source: HoldingSource, account: int, behind: HeldKey, most: int
    ) -> Iterator[tuple[HeldKey, tuple[HeldValue, ...]]]:
        """Read the next rows of a table, with their keys."""
        last_number, last = behind or (0, 0)
        columns = (":device" if each == "device" and source.name != "device" else each for each in source.columns)
        selected = f"SELECT {source.key}, {', '.join(columns)} FROM {source.which}"
        for number, device in self._devices(account) if source.of_devices else [(0, b"")]:
            if number < last_number or most == 0:
                continue
            further = f" AND {source.key} > :last" if behind and number == last_number else ""
            found = self._connection.execute(
                f"{selected}{further} ORDER BY {source.key} LIMIT :most",
                {"account": account, "number": number, "device": device, "last": last, "most": most},
            ).fetchall()
            most -= len(found)
            yield from (((number, key), tuple(row)) for key, *row in found)

    def _devices(self, account: int) -> list[tuple[int, bytes]]:
        return self._connection.execute(
            "SELECT id, device FROM device WHERE account = ? ORDER BY id", (account,)
        ).fetchall()
