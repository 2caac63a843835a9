"""Peers in groups: what each was told about a group, and which ends of its log each of their devices has named."""

from collections.abc import Sequence
from typing import Final

from babilu.kernel.ids import DeviceId, EntryHash
from babilu.kernel.limits import DEVICES, GROUP_MEMBERS
from babilu.store.groups import split_hashes
from babilu.store.statements import Statements

HEADS_NAMED_KEPT: Final = GROUP_MEMBERS * DEVICES
"""Devices of one group of which it is kept what they named last; of more, those of its members."""

_SILENT: Final = (
    "FROM group_member AS f JOIN group_log AS g ON g.conversation = f.conversation AND g.accepted = 1"
    " JOIN conversation AS v ON v.conversation = g.conversation AND v.id = g.id"
    " WHERE NOT EXISTS (SELECT 1 FROM group_told AS t WHERE t.log = g.log AND t.contact = f.contact AND t.kind = ?2)"
    " AND NOT EXISTS (SELECT 1 FROM contact_device AS c JOIN group_heads_named AS h ON h.device = c.device"
    " WHERE c.contact = f.contact AND h.log = g.log)"
    # Last, as only of the silent ones there is to be looked for what waits: that may be much.
    " AND EXISTS (SELECT 1 FROM delivery AS d JOIN message AS m ON m.id = d.message AND m.conversation = d.conversation"
    " WHERE d.contact = f.contact AND d.conversation = f.conversation AND d.state = 'held' AND m.sent_at <= ?1)"
)


class GroupPeers:
    """What is noted of other people in groups, inside one transaction.

    Args:
        statements: The connection's statements.
    """

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def told_at(self, log: int, contact: int, kind: str) -> int:
        """Return when somebody was last told something of a kind about a group; 0 for never."""
        return self._sql.number(
            "SELECT at FROM group_told WHERE log = ? AND contact = ? AND kind = ?", log, contact, kind
        )

    def note_told(self, log: int, contact: int, kind: str, now: int) -> None:
        """Record that somebody is told something of a kind about a group."""
        self._sql.run(
            "INSERT INTO group_told (log, contact, kind, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (log, contact, kind) DO UPDATE SET at = excluded.at",
            log,
            contact,
            kind,
            now,
        )

    def logs_told(self, contact: int, kind: str) -> list[tuple[int, int]]:
        """Return the groups about which something of a kind is noted of somebody, each with its time."""
        rows = self._sql.all(
            "SELECT log, at FROM group_told WHERE contact = ? AND kind = ? ORDER BY log", contact, kind
        )
        return [(log, at) for log, at in rows]

    def contacts_told(self, kind: str) -> list[int]:
        """Return the contacts of whom something of a kind is noted about any group."""
        rows = self._sql.all("SELECT DISTINCT contact FROM group_told WHERE kind = ? ORDER BY contact", kind)
        return [row[0] for row in rows]

    def forget_told(self, log: int, contact: int, kind: str) -> None:
        """Forget what is noted of somebody about a group."""
        self._sql.run("DELETE FROM group_told WHERE log = ? AND contact = ? AND kind = ?", log, contact, kind)

    def silent_in(self, contact: int, since: int, kind: str) -> list[int]:
        """Return the groups in which somebody else was never heard.

        Something that was written there before ``since`` is held for them, no device of theirs has named an end of the
        log, and nothing of a kind is noted of them.
        """
        return [row[0] for row in self._sql.all(f"SELECT g.log {_SILENT} AND f.contact = ?3", since, kind, contact)]

    def contacts_silent(self, since: int, kind: str) -> list[int]:
        """Return everybody who was never heard in some group; see `silent_in`."""
        return [row[0] for row in self._sql.all(f"SELECT DISTINCT f.contact {_SILENT}", since, kind)]

    def has_answered(self, conversation: int, contact: int) -> bool:
        """Tell whether somebody has given a receipt of any of the newest own messages of a group."""
        return bool(
            self._sql.number(
                "SELECT EXISTS (SELECT 1 FROM (SELECT position FROM message WHERE conversation = ? AND outgoing = 1"
                " ORDER BY position DESC LIMIT 1000) AS m JOIN message_receipt AS r USING (position)"
                " WHERE r.contact = ?)",
                conversation,
                contact,
            )
        )

    def heads_named(self, log: int, device: DeviceId) -> tuple[tuple[EntryHash, ...], int]:
        """Return the ends of the log that a device has named last, and the place of that content in its chain."""
        row = self._sql.one("SELECT heads, counter FROM group_heads_named WHERE log = ? AND device = ?", log, device)
        return ((), 0) if row is None else (split_hashes(row[0]), row[1])

    def forget_places(self) -> None:
        """Forget the places of all contents that name ends of a log: others' chains begin anew."""
        self._sql.run("UPDATE group_heads_named SET counter = 0")

    def note_heads(self, log: int, device: DeviceId, heads: Sequence[EntryHash], counter: int = 0) -> None:
        """Keep which ends of the log a device names, and the place of that content in its chain."""
        named = b"".join(heads)
        update = "UPDATE group_heads_named SET heads = ?, counter = ? WHERE log = ? AND device = ?"
        if self._sql.run(update, named, counter, log, device):
            return
        self._sql.run(
            "INSERT INTO group_heads_named (log, device, heads, counter) VALUES (?, ?, ?, ?)",
            log,
            device,
            named,
            counter,
        )
        if self._sql.number("SELECT count(*) FROM group_heads_named WHERE log = ?", log) > HEADS_NAMED_KEPT:
            # Members show ever new devices: of what is listed for nobody who is in, nothing is kept.
            self._sql.run(
                "DELETE FROM group_heads_named WHERE log = ?1 AND device <> ?2 AND device NOT IN"
                " (SELECT d.device FROM contact_device AS d JOIN group_member AS f ON f.contact = d.contact"
                " WHERE f.conversation = (SELECT conversation FROM group_log WHERE log = ?1))",
                log,
                device,
            )
