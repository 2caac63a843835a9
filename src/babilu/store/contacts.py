"""Contacts: a person is one row, whatever route they come by, and keeps the local name that they were given once.

Nobody else's act moves a name. A newcomer whose name is taken, or looks like one that is (UTS #39), is ``name~2``, also
where a relay vouches for the account of that name: the user has to be able to rely on whom a name means.
"""

import unicodedata
from collections.abc import Collection, Sequence
from typing import Final

from babilu.identity.device_list import others_of
from babilu.identity.names import skeleton
from babilu.identity.shapes import DeviceEntry
from babilu.kernel.errors import DeliveryError, ErrorCode, ProtocolError
from babilu.kernel.ids import ConversationId, DeviceId, IdentityKey
from babilu.kernel.states import Trust
from babilu.store.contact_records import ContactRecord, DeviceRecord, PendingIdentity
from babilu.store.conversations import ONESELF, ConversationTable
from babilu.store.delivery_records import ReceiptKind
from babilu.store.departed import Departed
from babilu.store.statements import Row, Statements

CONTACT_COLUMNS: Final = (
    "contact", "identity_key", "name", "account", "trust", "pending_key", "pending_list", "pending_at",
    "blocked", "accepted", "direct_allowed", "host", "port", "device_list", "created_at", "picture",
    "fellow", "given_name", "here",
)  # fmt: skip
"""What `contact_record` takes, in order."""

_CONTACTS = f"SELECT {', '.join(CONTACT_COLUMNS)} FROM contact"
_DEVICES = "SELECT device, contact, signing_key, agreement_key FROM contact_device"


class ContactTable:
    """Contacts and their devices, inside one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements

    def by_name(self, name: str) -> ContactRecord | None:
        """Return the contact of a local name, whatever the case of its letters."""
        return self._find(" WHERE name_key = ? AND contact > 0", _name_key(name))

    def called(self, name: str) -> ContactRecord | None:
        """Return whom a user means by a name: the contact of that local name, else the one with an account of it.

        ``bob@`` is the account's contact, also where somebody else is locally called bob.
        """
        if name.endswith("@"):
            return self.by_account(_name_key(name[:-1]))
        return self.by_name(name) or self.by_account(_name_key(name))

    def by_account(self, account: str) -> ContactRecord | None:
        """Return the contact of a normalised account name."""
        return self._find(" WHERE account = ? AND account <> '' AND contact > 0", account)

    def by_identity(self, identity_key: IdentityKey) -> ContactRecord | None:
        """Return the contact with this identity key in force; one that waits for approval does not count."""
        return self._find(" WHERE identity_key = ? AND contact > 0", identity_key)

    def by_contact(self, contact: int) -> ContactRecord | None:
        """Return the contact of a row number."""
        return self._find(" WHERE contact = ?", contact)

    def of_device(self, device: DeviceId) -> ContactRecord | None:
        """Return the contact whose list in force names a device."""
        return self._find(" WHERE contact = (SELECT contact FROM contact_device WHERE device = ?)", device)

    def by_device(self, device: DeviceId) -> tuple[ContactRecord, DeviceRecord] | None:
        """Return a device that a list in force names, and whose it is."""
        row = self._sql.one(_DEVICES + " WHERE device = ?", device)
        if row is None:
            return None
        found = device_record(row)
        contact = self.by_contact(found.contact)
        return None if contact is None else (contact, found)

    def all(self) -> list[ContactRecord]:
        """Return every contact, by name."""
        return [contact_record(row) for row in self._sql.all(_CONTACTS + " WHERE contact > 0 ORDER BY name_key")]

    def listed(self) -> list[ContactRecord]:
        """Return everybody who is in the list of contacts, by name.

        Whom groups alone have brought here is not, as long as neither of the two has written to the other.
        """
        of_group = "EXISTS (SELECT 1 FROM group_member AS m WHERE m.contact = contact.contact)"
        is_shown = "EXISTS (SELECT 1 FROM conversation AS v WHERE v.contact = contact.contact AND v.hidden = 0)"
        who = f" WHERE contact > 0 AND (accepted = 1 OR (fellow = 0 AND ({is_shown} OR NOT {of_group})))"
        return [contact_record(row) for row in self._sql.all(f"{_CONTACTS}{who} ORDER BY name_key")]

    def devices(self, contact: int) -> list[DeviceRecord]:
        """Return the devices of a contact, in the order of their list."""
        return [device_record(row) for row in self._sql.all(_DEVICES + " WHERE contact = ? ORDER BY place", contact)]

    def free_name(self, wanted: str, also_taken: Collection[str] = ()) -> str:
        """Return the local name that a newcomer gets: ``wanted``, or ``wanted~2`` and so on.

        A name has a tilde in no other way, so the numbered ones meet no account's.

        Args:
            wanted: The name that the newcomer goes by.
            also_taken: Names that are no contacts' and that this one must not look like either.
        """
        looks = {skeleton(name) for name in also_taken}
        name, number = wanted, 1
        while skeleton(name) in looks or self._is_taken(name):
            number += 1
            name = f"{wanted}~{number}"
        return name

    def _is_taken(self, name: str) -> bool:
        # An account is called by its name too, where nobody else bears it.
        taken = (
            "SELECT 1 FROM contact WHERE contact > 0"
            " AND (name_key = ?1 OR skeleton = ?2 OR (account = ?1 AND account <> ''))"
        )
        return self._sql.one(taken, _name_key(name), skeleton(name)) is not None

    def add(  # noqa: PLR0913  # one argument for each thing that is known of a new person
        self,
        identity_key: IdentityKey,
        wanted_name: str,
        account: str,
        conversation: ConversationId,
        device_list: bytes,
        entries: Sequence[DeviceEntry],
        now: int,
        *,
        accepted: bool,
        address: tuple[str, int] | None = None,
    ) -> ContactRecord:
        """Store a new contact, and the conversation with them.

        Args:
            identity_key: The person; not known yet.
            wanted_name: The local name; ``bob~2`` and so on where somebody has it, or one that looks like it.
            account: Normalised account name, or empty.
            conversation: Id of the conversation of the two.
            device_list: The verified signed device list, encoded.
            entries: Its devices.
            now: Unix milliseconds.
            accepted: Whether the user knows of them already.
            address: Host and port for direct connections, where known.

        Raises:
            DeliveryError: ``conflict``: the account belongs to another contact.
            ProtocolError: ``not_allowed``: a device belongs to another contact.
        """
        host, port = (None, None) if address is None else address
        contact = self._sql.insert(
            "INSERT INTO contact (identity_key, name, name_key, skeleton, given_name, account, trust, blocked,"
            " accepted, direct_allowed, host, port, device_list, created_at)"
            " VALUES (?, ?, ?, ?, ?, '', 'first_use', 0, ?, 0, ?, ?, ?, ?)",
            identity_key,
            *self._name_row(self.free_name(wanted_name)),
            wanted_name,
            int(accepted),
            host,
            port,
            device_list,
            now,
        )
        if accepted:
            self._sql.run(
                "INSERT OR IGNORE INTO sync_dirty (kind, subject)"
                " SELECT 'person', ? WHERE EXISTS (SELECT 1 FROM contact_device WHERE contact = 0)",
                identity_key,
            )
        ConversationTable(self._sql).add_pair(conversation, contact, now)
        if account:
            self.set_account(contact, account)
        self._replace_devices(contact, entries)
        Departed(self._sql).learned(contact, now)
        return self._present(contact)

    def oneself(self) -> ContactRecord | None:
        """Return the person that this profile is, whose devices are the others of one's own."""
        return self._find(" WHERE contact = ?", ONESELF)

    def keep_oneself(
        self, identity_key: IdentityKey, name: str, account: str, here: DeviceId, device_list: bytes, now: int
    ) -> None:
        """Have oneself among the people who are sent things, or under other keys where one is already.

        Args:
            identity_key: The own identity.
            name: The own name.
            account: Normalised account name, or empty.
            here: The own device, which is sent nothing.
            device_list: The own signed device list, encoded.
            now: Unix milliseconds.
        """
        self._sql.run(
            "INSERT INTO contact (contact, identity_key, name, name_key, skeleton, given_name, account, trust, blocked,"
            " accepted, direct_allowed, device_list, here, created_at)"
            " VALUES (?1, ?2, ?3, '', '', ?3, ?4, 'verified', 0, 1, 0, ?5, ?6, ?7)"
            " ON CONFLICT (contact) DO UPDATE SET identity_key = ?2, account = ?4, device_list = ?5, here = ?6",
            ONESELF,
            identity_key,
            name,
            account,
            device_list,
            here,
            now,
        )
        self._replace_devices(ONESELF, others_of(device_list, here).devices)

    def list_own_devices(self, device_list: bytes, here: DeviceId | None = None) -> list[DeviceId]:
        """Store a newer own list, where one is among the people; and which of its devices this one is, if another.

        Returns:
            The other own devices that are on it no longer.
        """
        oneself = self.oneself()
        if oneself is None or oneself.here is None:
            return []
        present = here or oneself.here
        self._sql.run("UPDATE contact SET device_list = ?, here = ? WHERE contact = ?", device_list, present, ONESELF)
        return self._replace_devices(ONESELF, others_of(device_list, present).devices)

    def set_device_list(self, contact: int, device_list: bytes, entries: Sequence[DeviceEntry]) -> list[DeviceId]:
        """Store a newer list of the same identity.

        Returns:
            The devices that are on it no longer.

        Raises:
            ProtocolError: ``not_allowed``: a device belongs to another contact.
        """
        self._sql.run("UPDATE contact SET device_list = ? WHERE contact = ?", device_list, contact)
        return self._replace_devices(contact, entries)

    def set_pending(self, contact: int, pending: PendingIdentity | None) -> None:
        """Store that another identity is claimed to be the contact's, beside the one in force, or that none is."""
        self._sql.run(
            "UPDATE contact SET pending_key = ?, pending_list = ?, pending_at = ? WHERE contact = ?",
            *((None,) * 3 if pending is None else (pending.identity_key, pending.device_list, pending.at)),
            contact,
        )

    def adopt_pending(
        self,
        contact: int,
        identity_key: IdentityKey,
        conversation: ConversationId,
        device_list: bytes,
        entries: Sequence[DeviceEntry],
    ) -> list[DeviceId]:
        """Put an approved new identity in the place of the old one: row and name stay, trust starts anew.

        The conversation goes on under its new id, with its history and all that is set for it.

        Returns:
            The devices of the old identity.

        Raises:
            DeliveryError: ``conflict``: the identity is another contact already; move the account there instead.
            ProtocolError: ``not_allowed``: a device belongs to another contact.
        """
        other = self.by_identity(identity_key)
        if other is not None and other.contact != contact:
            raise DeliveryError(ErrorCode.CONFLICT, "This identity is known as another contact.")
        self._sql.run(
            "UPDATE contact SET identity_key = ?, device_list = ?, trust = 'first_use',"
            " pending_key = NULL, pending_list = NULL, pending_at = NULL WHERE contact = ?",
            identity_key,
            device_list,
            contact,
        )
        ConversationTable(self._sql).set_id(contact, conversation)
        return self._replace_devices(contact, entries)

    def set_trust(self, contact: int, trust: Trust) -> None:
        """Record what the user knows about the identity in force."""
        self._sql.run("UPDATE contact SET trust = ? WHERE contact = ?", trust.value, contact)

    def set_blocked(self, contact: int, blocked: bool) -> None:
        """Record whether what they send is dropped."""
        self._sql.run("UPDATE contact SET blocked = ? WHERE contact = ?", int(blocked), contact)

    def accept(self, contact: int) -> None:
        """Record that the user has answered or accepted them, and owe receipts for all that was read before.

        What a device has written that is listed no longer is not among it, as in `Receipts.queue`.
        """
        if self._sql.run("UPDATE contact SET accepted = 1 WHERE contact = ? AND accepted = 0", contact):
            self._sql.run(
                "INSERT INTO receipt (device, kind, message, contact)"
                " SELECT d.device, ?, m.id, m.author FROM message AS m"
                " JOIN contact_device AS d ON d.device = m.sender_device AND d.contact = m.author"
                " WHERE m.conversation = (SELECT conversation FROM conversation WHERE contact = ?)"
                " AND m.outgoing = 0 AND m.unread = 0"
                " ON CONFLICT (device, kind, message) DO NOTHING",
                ReceiptKind.READ.value,
                contact,
            )

    def rename(self, contact: int, name: str) -> None:
        """Give a person another local name.

        Args:
            contact: The person.
            name: A normalised name.

        Raises:
            DeliveryError: ``conflict``: somebody else bears it, or a name that looks like it.
        """
        taken = (
            "SELECT 1 FROM contact WHERE contact <> ?3 AND contact > 0"
            " AND (name_key = ?1 OR skeleton = ?2 OR (account = ?1 AND account <> ''))"
        )
        if self._sql.one(taken, _name_key(name), skeleton(name), contact) is not None:
            raise DeliveryError(ErrorCode.CONFLICT, "Somebody else has that name, or one that looks like it.")
        self._sql.run(
            "UPDATE contact SET name = ?, name_key = ?, skeleton = ? WHERE contact = ?",
            *self._name_row(name),
            contact,
        )

    def set_direct_allowed(self, contact: int, allowed: bool) -> None:
        """Record whether they may be shown our address."""
        self._sql.run("UPDATE contact SET direct_allowed = ? WHERE contact = ?", int(allowed), contact)

    def set_address(self, contact: int, address: tuple[str, int] | None) -> None:
        """Record host and port for direct connections."""
        host, port = (None, None) if address is None else address
        self._sql.run("UPDATE contact SET host = ?, port = ? WHERE contact = ?", host, port, contact)

    def set_account(self, contact: int, account: str) -> None:
        """Record the account name, empty where the account is theirs no longer; the local name stays what it is.

        Raises:
            DeliveryError: ``conflict``: the account belongs to another contact.
        """
        if not account:
            self._sql.run("UPDATE contact SET account = '' WHERE contact = ?", contact)
            return
        holder = self.by_account(account)
        if holder is not None and holder.contact != contact:
            raise DeliveryError(ErrorCode.CONFLICT, "This account belongs to another contact.")
        self._sql.run("UPDATE contact SET account = ? WHERE contact = ?", account, contact)

    def _find(self, condition: str, value: str | int | bytes) -> ContactRecord | None:
        row = self._sql.one(_CONTACTS + condition, value)
        return None if row is None else contact_record(row)

    def _present(self, contact: int) -> ContactRecord:
        record = self.by_contact(contact)
        if record is None:
            raise LookupError("there is no such contact")
        return record

    @staticmethod
    def _name_row(name: str) -> tuple[str, str, str]:
        return name, _name_key(name), skeleton(name)

    def _replace_devices(self, contact: int, entries: Sequence[DeviceEntry]) -> list[DeviceId]:
        before = [one.device for one in self.devices(contact)]
        self._sql.run("DELETE FROM contact_device WHERE contact = ?", contact)
        for place, entry in enumerate(entries):
            if self._sql.one("SELECT 1 FROM contact_device WHERE device = ?", entry.device) is not None:
                raise ProtocolError(ErrorCode.NOT_ALLOWED, "A device list names a device of somebody else.")
            self._sql.run(
                "INSERT INTO contact_device (device, contact, place, signing_key, agreement_key)"
                " VALUES (?, ?, ?, ?, ?)",
                entry.device,
                contact,
                place,
                entry.signing_key,
                entry.agreement_key,
            )
        present = {entry.device for entry in entries}
        return [device for device in before if device not in present]


def contact_record(row: Row) -> ContactRecord:
    """Build the record of a row of `CONTACT_COLUMNS`."""
    return ContactRecord(
        contact=row[0],
        identity_key=IdentityKey(row[1]),
        name=row[2],
        account=row[3],
        trust=Trust(row[4]),
        pending=None if row[5] is None else PendingIdentity(IdentityKey(row[5]), row[6], row[7]),
        blocked=bool(row[8]),
        accepted=bool(row[9]),
        direct_allowed=bool(row[10]),
        address=None if row[11] is None else (row[11], row[12]),
        device_list=row[13],
        created_at=row[14],
        picture=row[15],
        fellow=bool(row[16]),
        given_name=row[17],
        here=None if row[18] is None else DeviceId(row[18]),
    )


def device_record(row: Row) -> DeviceRecord:
    """Build the record of a row of `_DEVICES`' columns."""
    device, contact, signing_key, agreement_key = row
    return DeviceRecord(DeviceId(device), contact, signing_key, agreement_key)


def _name_key(name: str) -> str:
    return unicodedata.normalize("NFC", name).lower()
