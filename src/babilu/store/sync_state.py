"""State that own devices agree on: registers, what they are not told of yet, and what waits for its message.

Triggers note in `sync_dirty` whose rows something wrote to, in the transaction of the change. What that makes of the
registers is found later, by comparing (`babilu.engine.conversation.own_state`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from babilu.kernel.ids import ConversationId, DeviceId, IdentityKey, MessageId
from babilu.store.statements import Row, Statements
from babilu.wire.sync_entries import SyncWrite

REGISTERS_KEPT: Final = 200_000
"""Registers that are kept; further ones are not taken."""

ITEMS_WAITING: Final = 10_000
"""What was told about messages that have not come here; the oldest makes room."""


@unique
class DirtyKind(StrEnum):
    """Whose registers are to be compared with the rows that they are about."""

    PERSON = "person"
    CONVERSATION = "conversation"
    GROUP = "group"
    SETTING = "setting"
    PICTURE = "picture"
    MESSAGE = "message"


@unique
class ItemKind(StrEnum):
    """What happened to a message: one has read or deleted it, or others have it or have read it."""

    READ = "read"
    GONE = "gone"
    DELIVERED = "delivered"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class SyncItem:
    """Something that happened to a message on one of the own devices.

    Attributes:
        kind: What.
        message: The message.
        at: When, Unix milliseconds.
        conversation: Where it stands; None for a receipt.
        person: Who gave a receipt.
        device: With which device.
    """

    kind: ItemKind
    message: MessageId
    at: int
    conversation: ConversationId | None = None
    person: IdentityKey | None = None
    device: DeviceId | None = None


class SyncState:
    """What own devices agree on, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def is_due(self) -> bool:
        """Tell whether there is something that the own other devices are not told of yet."""
        return bool(
            self._sql.number(
                "SELECT EXISTS (SELECT 1 FROM sync_dirty) OR EXISTS (SELECT 1 FROM sync_register WHERE owed = 1)"
                " OR EXISTS (SELECT 1 FROM sync_item WHERE waits = 0)"
                " OR EXISTS (SELECT 1 FROM contact_device WHERE contact = 0"
                " AND device NOT IN (SELECT device FROM sync_device))"
            )
        )

    def has_siblings(self) -> bool:
        """Tell whether there are own other devices."""
        return bool(self._sql.number("SELECT EXISTS (SELECT 1 FROM contact_device WHERE contact = 0)"))

    # What something wrote to.

    def dirty(self, limit: int) -> list[tuple[DirtyKind, bytes]]:
        """Return whose rows something wrote to."""
        rows = self._sql.all("SELECT kind, subject FROM sync_dirty ORDER BY kind, subject LIMIT ?", limit)
        return [(DirtyKind(kind), subject) for kind, subject in rows]

    def note_dirty(self, kind: DirtyKind, subject: bytes) -> None:
        """Have somebody's registers compared with their rows."""
        self._sql.run("INSERT OR IGNORE INTO sync_dirty (kind, subject) VALUES (?, ?)", kind.value, subject)

    def clean(self, kind: DirtyKind, subject: bytes) -> None:
        """Note that the registers are as the rows are."""
        self._sql.run("DELETE FROM sync_dirty WHERE kind = ? AND subject = ?", kind.value, subject)

    def clean_all(self) -> None:
        """Note that all registers are as the rows are, as far as these can be."""
        self._sql.run("DELETE FROM sync_dirty")

    # Registers.

    def get(self, kind: int, subject: bytes) -> SyncWrite | None:
        """Return the write that counts."""
        row = self._sql.one(
            "SELECT kind, subject, value, at, device FROM sync_register WHERE kind = ? AND subject = ?", kind, subject
        )
        return None if row is None else _write(row)

    def of(self, subject: bytes) -> dict[int, SyncWrite]:
        """Return the writes that count about a subject, by kind."""
        rows = self._sql.all(
            "SELECT kind, subject, value, at, device FROM sync_register WHERE subject = ? ORDER BY kind", subject
        )
        return {row[0]: _write(row) for row in rows}

    def of_kind(self, kind: int) -> list[SyncWrite]:
        """Return the writes of a kind that count."""
        rows = self._sql.all(
            "SELECT kind, subject, value, at, device FROM sync_register WHERE kind = ? ORDER BY subject", kind
        )
        return [_write(row) for row in rows]

    def merge(self, write: SyncWrite, *, owed: bool = False) -> bool:
        """Take a write, where it is above the one that counts; tells whether it counts now.

        Args:
            write: The write.
            owed: Whether the others are to be told of it: it was made here.
        """
        present = self.get(write.kind, write.subject)
        if present is not None and write.rank <= present.rank:
            return False
        if present is None and not owed and self._sql.number("SELECT count(*) FROM sync_register") >= REGISTERS_KEPT:
            return False
        self._sql.run(
            "INSERT INTO sync_register (kind, subject, value, at, device, owed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
            " ON CONFLICT (kind, subject) DO UPDATE SET value = ?3, at = ?4, device = ?5, owed = ?6",
            write.kind,
            write.subject,
            write.value,
            write.at,
            write.device,
            int(owed),
        )
        return True

    def owed(self, limit: int) -> list[SyncWrite]:
        """Return writes that the others are not told of yet."""
        rows = self._sql.all(
            "SELECT kind, subject, value, at, device FROM sync_register WHERE owed = 1 ORDER BY kind, subject LIMIT ?",
            limit,
        )
        return [_write(row) for row in rows]

    def told(self, writes: Iterable[SyncWrite]) -> None:
        """Note that the others are told of writes."""
        self._sql.run_many(
            "UPDATE sync_register SET owed = 0 WHERE kind = ? AND subject = ?",
            [(write.kind, write.subject) for write in writes],
        )

    def for_newcomer(self, own: DeviceId, listed: Sequence[DeviceId]) -> list[SyncWrite]:
        """Return what a new device is told here: what this one wrote, and those who are listed no longer."""
        others = [device for device in listed if device != own]
        marks = ", ".join("?" * len(others))
        rows = self._sql.all(
            "SELECT kind, subject, value, at, device FROM sync_register"
            f" WHERE owed = 0 AND device NOT IN ({marks}) ORDER BY kind, subject",
            *others,
        )
        return [_write(row) for row in rows]

    # What happened to messages.

    def add_items(self, items: Iterable[SyncItem]) -> None:
        """Have the others told what happened to messages."""
        for item in items:
            self._add(item, waits=False)

    def items(self, limit: int, *, receipts: bool) -> list[tuple[int, SyncItem]]:
        """Return what the others are to be told, in order, each with its number; without receipts where not asked."""
        which = "" if receipts else " AND kind IN ('read', 'gone')"
        rows = self._sql.all(
            "SELECT number, kind, message, at, conversation, person, device FROM sync_item"
            f" WHERE waits = 0{which} ORDER BY number LIMIT ?",
            limit,
        )
        return [(row[0], _item(row[1:])) for row in rows]

    def told_items(self, numbers: Iterable[int]) -> None:
        """Note that the others are told."""
        self._sql.run_many("DELETE FROM sync_item WHERE number = ?", [(number,) for number in numbers])

    def wait(self, item: SyncItem) -> None:
        """Keep what was told about a message until that comes."""
        self._add(item, waits=True)
        self._sql.run(
            "DELETE FROM sync_item WHERE waits = 1 AND number <= (SELECT number FROM sync_item WHERE waits = 1"
            " ORDER BY number DESC LIMIT 1 OFFSET ?)",
            ITEMS_WAITING,
        )

    def take_waiting(self, message: MessageId) -> list[SyncItem]:
        """Return what has waited for a message, and forget it here."""
        rows = self._sql.all(
            "DELETE FROM sync_item WHERE waits = 1 AND message = ?"
            " RETURNING kind, message, at, conversation, person, device, number",
            message,
        )
        return [_item(row[:6]) for row in sorted(rows, key=lambda row: int(row[6]))]

    def _add(self, item: SyncItem, *, waits: bool) -> None:
        self._sql.run(
            "INSERT INTO sync_item (kind, waits, conversation, message, person, device, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            item.kind.value,
            int(waits),
            item.conversation,
            item.message,
            item.person,
            item.device,
            item.at,
        )

    # Whom it is told.

    def devices(self) -> set[DeviceId]:
        """Return the own other devices that were told all there is."""
        return {DeviceId(row[0]) for row in self._sql.all("SELECT device FROM sync_device")}

    def set_devices(self, devices: Iterable[DeviceId]) -> None:
        """Note which own other devices were told all there is, or are about to be."""
        self._sql.run("DELETE FROM sync_device")
        self._sql.run_many("INSERT INTO sync_device (device) VALUES (?)", [(device,) for device in devices])

    def forget_owed(self) -> None:
        """Owe nothing any more: there is nobody who is to be told."""
        self.clean_all()
        self._sql.run("UPDATE sync_register SET owed = 0 WHERE owed = 1")
        self._sql.run("DELETE FROM sync_item WHERE waits = 0")


def _write(row: Row) -> SyncWrite:
    return SyncWrite(*row)


def _item(row: Row) -> SyncItem:
    kind, message, at, conversation, person, device = row
    return SyncItem(
        ItemKind(kind),
        MessageId(message),
        at,
        None if conversation is None else ConversationId(conversation),
        None if person is None else IdentityKey(person),
        None if device is None else DeviceId(device),
    )
