"""Every row that is about an account is read here for its holder; a table that is added is added here too.

A test compares this list with the schema. Two things are left out on purpose: an envelope itself, which is delivered
anyway, and what the account sent to others and waits for them, which would tell when others fetch their mail.
"""

import sqlite3
from typing import Final

from babilu.relay.storage.records import HeldPage, HeldTable, HeldValue

VALUE_BYTES: Final = 9
"""Most bytes that a number, or the head of a text or of bytes, takes on the wire."""

_OF_DEVICE = "JOIN device ON device.id = {} WHERE device.account = :account"

SOURCES: Final[tuple[tuple[str, tuple[str, ...], str], ...]] = (
    (
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
        "FROM account WHERE id = :account",
    ),
    (
        "device",
        ("device", "place", "signing_key", "agreement_key", "signature", "head", "acknowledged", "submitted"),
        "FROM device WHERE account = :account ORDER BY place",
    ),
    (
        "prekey_kind",
        ("device.device", "kind", "last"),
        f"FROM prekey_kind {_OF_DEVICE.format('prekey_kind.device')} ORDER BY place, kind",
    ),
    (
        "prekey",
        ("device.device", "kind", "prekey.id", "key", "prekey.signature"),
        f"FROM prekey {_OF_DEVICE.format('prekey.device')} ORDER BY place, kind, prekey.id",
    ),
    (
        "mail",
        ("device.device", "seq", "share", "size", "stored_at"),
        f"FROM mail {_OF_DEVICE.format('mail.mailbox')} ORDER BY place, seq",
    ),
    (
        "stored",
        ("device.device", "envelope", "seq", "stored_at"),
        f"FROM stored {_OF_DEVICE.format('stored.mailbox')} ORDER BY place, envelope",
    ),
    (
        # Who did it is the operator's business; an earlier holder of the name is another person.
        "audit",
        ("at", "action", "subject"),
        (
            "FROM audit JOIN account ON account.name IN (audit.subject, audit.officer)"
            " WHERE account.id = :account AND at >= account.created_at ORDER BY audit.id"
        ),
    ),
)
"""Name of a table, its columns, and which of its rows are about an account, in a lasting order."""


class HoldingsTable:
    """What is held about one account."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def page(self, account: int, place: tuple[int, int], rows: int, size: int) -> HeldPage:
        """Read on from a place."""
        tables: list[HeldTable] = []
        source, offset = place
        while source < len(SOURCES):
            name, columns, which = SOURCES[source]
            found = self._connection.execute(
                f"SELECT {', '.join(columns)} {which} LIMIT :rows OFFSET :offset",
                {"account": account, "rows": rows, "offset": offset},
            ).fetchall()
            fitting = _fitting(found, size, at_least=0 if tables else 1)
            if fitting:
                plain = tuple(column.rpartition(".")[2] for column in columns)
                tables.append(HeldTable(name, plain, tuple(fitting)))
            rows -= len(fitting)
            size -= sum(_size(row) for row in fitting)
            if len(fitting) < len(found) or rows == 0:
                return HeldPage(tuple(tables), (source, offset + len(fitting)))
            source, offset = source + 1, 0
        return HeldPage(tuple(tables), None)


def _fitting(rows: list[tuple[HeldValue, ...]], size: int, at_least: int) -> list[tuple[HeldValue, ...]]:
    fitting: list[tuple[HeldValue, ...]] = []
    for row in rows:
        size -= _size(row)
        if size < 0 and len(fitting) >= at_least:
            break
        fitting.append(row)
    return fitting


def _size(row: tuple[HeldValue, ...]) -> int:
    texts = sum(len(value.encode("utf-8")) for value in row if isinstance(value, str))
    return VALUE_BYTES * (len(row) + 1) + texts + sum(len(value) for value in row if isinstance(value, bytes))
