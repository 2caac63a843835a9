"""Profile row: who the profile is, its relay, and the numbers it gives out, none of them twice."""

from babilu.crypto.secret import Secret
from babilu.kernel.ids import DeviceId, EnvelopeId
from babilu.kernel.limits import OLD_KEYS_KEPT_MS
from babilu.session.ports import PrekeyKind
from babilu.store.contacts import ContactTable
from babilu.store.profile_records import FormerDevice, ProfileRecord, RelayRecord
from babilu.store.statements import Statements

_SUBMISSION = "submission"

FORMER_DEVICES = 4
"""Devices that this profile was before it was set back, whose keys are kept."""

OWN_LISTS = 64
"""Own device lists that are kept, the present one included."""


class Profile:
    """The profile's own rows, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def load(self) -> ProfileRecord | None:
        """Return who this profile is, or None before `create`."""
        row = self._sql.one("SELECT name, signing, agreement, device, device_list, created_at FROM profile")
        if row is None:
            return None
        name, signing, agreement, device, device_list, created_at = row
        return ProfileRecord(name, Secret(signing), Secret(agreement), DeviceId(device), device_list, created_at)

    def create(self, record: ProfileRecord) -> None:
        """Store who this profile is; there is one such row."""
        self._sql.run(
            "INSERT INTO profile (only_row, name, signing, agreement, device, device_list, created_at)"
            " VALUES (1, ?, ?, ?, ?, ?, ?)",
            record.name,
            record.signing.reveal(),
            record.agreement.reveal(),
            record.device,
            record.device_list,
            record.created_at,
        )
        self.keep_list(record.device_list)

    def replace_device(self, record: ProfileRecord) -> None:
        """Store another device of the same person in place of the present one: its mailbox begins anew."""
        self._sql.run(
            "UPDATE profile SET signing = ?, agreement = ?, device = ?, device_list = ?",
            record.signing.reveal(),
            record.agreement.reveal(),
            record.device,
            record.device_list,
        )
        self._sql.run("UPDATE relay SET mailbox_cursor = 0, cursor_envelope = NULL, newest_stored_at = 0")
        self.keep_list(record.device_list)
        ContactTable(self._sql).list_own_devices(record.device_list, record.device)

    def become_former(self, record: ProfileRecord, now: int) -> None:
        """Keep the present device's keys, to open what was sealed for it; the last few are kept."""
        self._sql.run(
            "INSERT OR REPLACE INTO former_device (device, signing, agreement, former_since) VALUES (?, ?, ?, ?)",
            record.device,
            record.signing.reveal(),
            record.agreement.reveal(),
            now,
        )
        self._sql.run(
            "DELETE FROM former_device WHERE device NOT IN"
            " (SELECT device FROM former_device ORDER BY former_since DESC, rowid DESC LIMIT ?)",
            FORMER_DEVICES,
        )

    def former_devices(self) -> list[FormerDevice]:
        """Return what this profile was before it was set back, the latest first."""
        rows = self._sql.all("SELECT device, signing, agreement FROM former_device ORDER BY former_since DESC")
        return [FormerDevice(DeviceId(device), Secret(signing), Secret(key)) for device, signing, key in rows]

    def delete_expired(self, now: int) -> None:
        """Forget what this profile was 60 days ago and longer."""
        self._sql.run("DELETE FROM former_device WHERE former_since <= ?", now - OLD_KEYS_KEPT_MS)

    def replace_device_list(self, device_list: bytes) -> list[DeviceId]:
        """Store a newer own device list: from now on the devices that it names are sent things.

        Returns:
            The other own devices that are on it no longer.
        """
        self._sql.run("UPDATE profile SET device_list = ?", device_list)
        self.keep_list(device_list)
        return ContactTable(self._sql).list_own_devices(device_list)

    def keep_list(self, device_list: bytes) -> None:
        """Keep an own device list, whether or not it is the present one; the last ones are kept."""
        self._sql.run("INSERT OR REPLACE INTO own_list (device_list) VALUES (?)", device_list)
        self._sql.run(
            "DELETE FROM own_list WHERE number NOT IN (SELECT number FROM own_list ORDER BY number DESC LIMIT ?)",
            OWN_LISTS,
        )

    def kept_lists(self) -> list[bytes]:
        """Return the own device lists that are kept, the latest first."""
        return [row[0] for row in self._sql.all("SELECT device_list FROM own_list ORDER BY number DESC")]

    def relay(self) -> RelayRecord | None:
        """Return the relay, or None for a profile without one."""
        row = self._sql.one("SELECT host, port, pin, registered, mailbox_cursor, cursor_envelope FROM relay")
        if row is None:
            return None
        host, port, pin, registered, cursor, envelope = row
        number = self._sql.number("SELECT value FROM counter WHERE name = ?", _SUBMISSION)
        return RelayRecord(
            host, port, pin, bool(registered), cursor, None if envelope is None else EnvelopeId(envelope), number
        )

    def set_relay(self, record: RelayRecord) -> None:
        """Store the relay; its submission number only raises the one that is kept."""
        self._sql.run(
            "INSERT OR REPLACE INTO relay (only_row, host, port, pin, registered, mailbox_cursor, cursor_envelope)"
            " VALUES (1, ?, ?, ?, ?, ?, ?)",
            record.host,
            record.port,
            record.pin,
            int(record.registered),
            record.cursor,
            record.cursor_envelope,
        )
        self._sql.run(
            "INSERT INTO counter (name, value) VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
            _SUBMISSION,
            record.number,
        )

    def mark_registered(self) -> None:
        """Record that the account exists at the relay."""
        self._sql.run("UPDATE relay SET registered = 1")

    def set_pin(self, pin: bytes) -> None:
        """Record the SHA-256 of the relay's certificate."""
        self._sql.run("UPDATE relay SET pin = ?", pin)

    def set_cursor(self, seq: int, envelope: EnvelopeId | None, stored_at: int) -> None:
        """Record the last envelope that is in the inbox, in the transaction that puts it there.

        A number below the present one changes no cursor: what is acknowledged stays so.

        Args:
            seq: Its number in the mailbox.
            envelope: Its id.
            stored_at: When the relay stored the newest that has come (Unix ms).
        """
        self._sql.run(
            "UPDATE relay SET newest_stored_at = ?3, mailbox_cursor = max(mailbox_cursor, ?1),"
            " cursor_envelope = CASE WHEN mailbox_cursor < ?1 THEN ?2 ELSE cursor_envelope END",
            seq,
            envelope,
            stored_at,
        )

    def newest_stored_at(self) -> int:
        """Return when the relay stored the newest envelope that has come (Unix ms); 0 before the first."""
        return self._sql.number("SELECT coalesce(max(newest_stored_at), 0) FROM relay")

    def next_number(self) -> int:
        """Give out the next submission number, with or without a relay."""
        return self.next_numbers(1)

    def next_numbers(self, count: int) -> int:
        """Give out the next ``count`` submission numbers and return the first."""
        return self._next(_SUBMISSION, count)

    def next_prekey_ids(self, kind: PrekeyKind, count: int) -> int:
        """Give out ``count`` ids for prekeys of a kind and return the first; ids are never used again."""
        return self._next(f"prekey:{kind.value}", count)

    def _next(self, counter: str, count: int) -> int:
        """Raise a counter by ``count`` and return the first number of the run."""
        row = self._sql.one(
            "INSERT INTO counter (name, value) VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET value = value + excluded.value RETURNING value",
            counter,
            count,
        )
        if row is None:
            raise RuntimeError("a counter gave no number")
        return int(row[0]) - count + 1
