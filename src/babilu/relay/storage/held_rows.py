"""Rows about an account, read for its holder, whatever the database: which there are, and how pages of them are filled.

Whoever adds a table adds it to the sources of each database; a test compares those with the schema. Two things are left
out on purpose: an envelope itself, which is delivered anyway, and what the account sent to others and waits for them,
which would tell when others fetch their mail.

A page begins behind a key and reads on along an index: what it costs does not depend on how much there is.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from babilu.relay.storage.records import HeldKey, HeldPage, HeldPlace, HeldTable, HeldValue

VALUE_BYTES: Final = 9
"""Most bytes that a number, or the head of a text or of bytes, takes on the wire."""

HeldRow = tuple[HeldValue, ...]


class HoldingSource(NamedTuple):
    """A table, and which of its rows are about an account.

    Attributes:
        name: The table.
        columns: What is read of it.
        which: Its rows: those of ``:account``, or of one device of it at a time, ``:number``.
        key: What they are ordered by, along an index.
    """

    name: str
    columns: tuple[str, ...]
    which: str
    key: str

    @property
    def of_devices(self) -> bool:
        """Whether its rows are about a device of the account."""
        return ":number" in self.which

    def with_columns(self, *more: str) -> "HoldingSource":
        """Return the same source with columns that only one database has."""
        return self._replace(columns=self.columns + more)

    def ordered_by(self, key: str) -> "HoldingSource":
        """Return the same source in the order of another key."""
        return self._replace(key=key)


ACCOUNT: Final = HoldingSource(
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
)
DEVICE: Final = HoldingSource(
    "device", ("device", "place", "signing_key", "agreement_key", "signature"), "device WHERE id = :number", "id"
)
PREKEY_KIND: Final = HoldingSource(
    "prekey_kind", ("device", "kind", "last"), "prekey_kind WHERE device = :number", "kind"
)
PREKEY: Final = HoldingSource(
    "prekey", ("device", "kind", "id", "key", "signature"), "prekey WHERE device = :number", "id"
)
MAIL: Final = HoldingSource(
    "mail", ("device", "seq", "share", "size", "stored_at"), "mail WHERE mailbox = :number", "seq"
)
STORED: Final = HoldingSource(
    "stored", ("device", "envelope", "seq", "stored_at"), "stored WHERE mailbox = :number", "envelope"
)
KNOWN: Final = HoldingSource("known", ("device", "share"), "known WHERE mailbox = :number", "share")
BLOB: Final = HoldingSource(
    "blob", ("blob", "size", "created_at", "completed_at"), "blob WHERE account = :account", "id"
)
AUDIT: Final = HoldingSource(
    # Who did it is the operator's business; an earlier holder of the name is another person.
    "audit",
    ("at", "action", "subject"),
    (
        "audit JOIN account ON account.name IN (audit.subject, audit.officer)"
        " WHERE account.id = :account AND at >= account.created_at"
    ),
    "audit.id",
)


def held_sources(
    prekeys_by: str, *more: HoldingSource, of_device: tuple[str, ...] = (), of_stored: tuple[str, ...] = ()
) -> tuple[HoldingSource, ...]:
    """Return all tables that hold something about an account, in the order in which they are read.

    Args:
        prekeys_by: The key by which a database finds prekeys in order.
        more: Tables that only this database has.
        of_device: Columns of devices that only it has.
        of_stored: Columns of remembered envelope ids that only it has.
    """
    return (
        ACCOUNT,
        DEVICE.with_columns(*of_device),
        PREKEY_KIND,
        PREKEY.ordered_by(prekeys_by),
        MAIL,
        STORED.with_columns(*of_stored),
        KNOWN,
        BLOB,
        AUDIT,
        *more,
    )


class TablePart(NamedTuple):
    """Part of a table that is read at once: the rows of one device, or all that are the account's own.

    Attributes:
        number: Number of the device; 0 for rows of the account.
        device: Its id, which stands in the rows in place of that number.
        last: Key of the last row that was read; None before the first.
    """

    number: int
    device: bytes
    last: int | bytes | None


class HoldingsPager:
    """Pager over the sources of a database: it is given rows, and tells which to read next until its page is full.

    Args:
        sources: All tables, in a lasting order.
        place: Where to begin.
        rows: Most rows of the page.
        size: Most bytes of the page, but at least one row.
    """

    def __init__(self, sources: Sequence[HoldingSource], place: HeldPlace, rows: int, size: int) -> None:
        self._sources = sources
        self._number, self._behind = place
        self._rows = rows
        self._size = size
        self._full = False
        self._tables: list[HeldTable] = []

    @property
    def source(self) -> HoldingSource | None:
        """The table to read next; None once the page is full, or everything is read."""
        return None if self._full or self._number >= len(self._sources) else self._sources[self._number]

    def parts(self, devices: Sequence[tuple[int, bytes]]) -> list[TablePart]:
        """Return what of `source` is still to be read.

        Args:
            devices: Numbers and ids of the account's devices, in the order of the numbers.
        """
        last_number, last = self._behind or (0, None)
        owners = devices if self._sources[self._number].of_devices else [(0, b"")]
        return [
            TablePart(number, device, last if number == last_number else None)
            for number, device in owners
            if number >= last_number
        ]

    @property
    def most(self) -> int:
        """How many rows to read: one more than there is room for, which shows whether there are more."""
        return self._rows + 1

    def add(self, rows: Iterable[tuple[HeldKey, HeldRow]]) -> None:
        """Take the rows of `source` that come next, with their keys: at most `most`."""
        source = self._sources[self._number]
        fitting: list[HeldRow] = []
        for key, row in rows:
            self._size -= _wire_size(row)
            self._full = self._rows == 0 or (self._size < 0 and bool(self._tables or fitting))
            if self._full:
                break
            self._rows -= 1
            self._behind = key
            fitting.append(row)
        if fitting:
            self._tables.append(HeldTable(source.name, source.columns, tuple(fitting)))
        if not self._full:
            self._number += 1
            self._behind = ()

    def page(self) -> HeldPage:
        """Return what was taken, and where the rest begins."""
        return HeldPage(tuple(self._tables), (self._number, self._behind) if self._full else None)


def _wire_size(row: HeldRow) -> int:
    """Return most bytes that a row takes on the wire."""
    texts = sum(len(value.encode("utf-8")) for value in row if isinstance(value, str))
    return VALUE_BYTES * (len(row) + 1) + texts + sum(len(value) for value in row if isinstance(value, bytes))
