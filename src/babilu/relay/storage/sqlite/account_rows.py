"""Rows of accounts: made, changed and deleted as a whole; every refusal is decided before the first row is written."""

import sqlite3

from babilu.identity.shapes import PrekeySet
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import DeviceId
from babilu.relay.storage.account_columns import (
    ACCOUNT_COLUMNS,
    LOGIN_COLUMNS,
    NEW_ACCOUNT_COLUMNS,
    account_from,
    login_from,
    login_values,
    new_account_values,
)
from babilu.relay.storage.records import (
    CONFLICT,
    NO_ACCOUNT,
    NOT_FOUND,
    Account,
    AccountCreated,
    Admission,
    ListRecord,
    LoginKey,
    NewAccount,
    OpenInvitation,
    Refused,
    Removed,
)
from babilu.relay.storage.sqlite.devices import DeviceTable
from babilu.relay.storage.sqlite.directory_rows import DirectoryTable


class AccountTable:
    """Accounts, invitations and the owner."""

    def __init__(self, connection: sqlite3.Connection, devices: DeviceTable, directory: DirectoryTable) -> None:
        self._connection = connection
        self._devices = devices
        self._directory = directory

    def find(self, name: str) -> Account | None:
        row = self._connection.execute(f"SELECT id, {ACCOUNT_COLUMNS} FROM account WHERE name = ?", (name,)).fetchone()
        return None if row is None else account_from(row, self._devices.of(row[0]))

    def find_listing(self, name: str, device: DeviceId) -> Account | None:
        # By the device first: what is listed nowhere is found by no name, known or not.
        listed = self._connection.execute(
            "SELECT 1 FROM device CROSS JOIN account ON account.id = device.account"
            " WHERE device.device = ? AND account.name = ?",
            (device, name),
        ).fetchone()
        return None if listed is None else self.find(name)

    def login_key(self, name: str) -> LoginKey | None:
        """Return what a password login to a name is checked with."""
        row = self._connection.execute(f"SELECT {LOGIN_COLUMNS} FROM account WHERE name = ?", (name,)).fetchone()
        return None if row is None else login_from(row)

    def register(self, new: NewAccount, admission: Admission) -> AccountCreated | Refused:
        owner = admission.owner and self.owner_generation() is not None
        invitation = None if owner else self._invitation(admission.token_hash, new.created_at)
        if not admission.lets_in(owner=owner, invited=invitation is not None):
            return Refused(ErrorCode.INVITATION_NEEDED)
        (accounts,) = self._connection.execute("SELECT count(*) FROM account").fetchone()
        if not admission.has_room(accounts, owner=owner):
            return Refused(ErrorCode.SERVER_FULL)
        taken = self._connection.execute(
            "SELECT 1 FROM account WHERE name = ? OR skeleton = ?", (new.name, new.skeleton)
        ).fetchone()
        if taken:
            return Refused(ErrorCode.NAME_TAKEN)
        if self._devices.belong_elsewhere(NO_ACCOUNT, new.device_list):
            return CONFLICT
        account = self._insert(new, owner)
        self._devices.replace(account, new.device_list)
        self._directory.insert_prekeys(new.device, new.prekeys)
        if owner:
            self._connection.execute("UPDATE relay SET owners = owners + 1")
        if invitation is not None:
            self._use(invitation)
        return AccountCreated(account, owner)

    def _insert(self, new: NewAccount, owner: bool) -> int:
        values = new_account_values(new, owner=owner)
        cursor = self._connection.execute(
            f"INSERT INTO account ({NEW_ACCOUNT_COLUMNS}) VALUES ({', '.join('?' * len(values))})", values
        )
        if cursor.lastrowid is None:
            raise sqlite3.DatabaseError("an inserted account has no number")
        return cursor.lastrowid

    def change_login(self, account: int, before: bytes, login: LoginKey) -> bool:
        """Replace the login key."""
        found = self._connection.execute(
            "SELECT 1 FROM account WHERE id = ? AND login_key IN (?, ?)", (account, before, login.public)
        ).fetchone()
        if found:
            self.force_login(account, login)
        return found is not None

    def force_login(self, account: int, login: LoginKey) -> None:
        """Replace the login key, whatever it was."""
        self._connection.execute(
            f"UPDATE account SET ({LOGIN_COLUMNS}) = (?, ?, ?, ?, ?) WHERE id = ?", (*login_values(login), account)
        )

    def reset_identity(
        self, account: int, device_list: ListRecord, device: DeviceId, prekeys: PrekeySet
    ) -> Removed | Refused:
        """Replace all devices by those of a new identity."""
        row = self._connection.execute("SELECT list_hash FROM account WHERE id = ?", (account,)).fetchone()
        if row is None:
            return NOT_FOUND
        if row[0] == device_list.hash:
            return Removed(())
        if self._devices.belong_elsewhere(account, device_list):
            return CONFLICT
        before = tuple(listed.device for listed in self._devices.of(account))
        self._devices.delete(before)
        self._directory.write_list(account, device_list)
        self._devices.replace(account, device_list)
        self._directory.insert_prekeys(device, prekeys)
        return Removed(before)

    def delete(self, account: int) -> Removed:
        devices = tuple(listed.device for listed in self._devices.of(account))
        self._devices.delete(devices)
        self._connection.execute("DELETE FROM account WHERE id = ?", (account,))
        return Removed(devices)

    def owner_generation(self) -> int | None:
        """Count the owners so far, or return None while there is one."""
        if self._connection.execute("SELECT 1 FROM account WHERE owner = 1").fetchone():
            return None
        return int(self._connection.execute("SELECT owners FROM relay").fetchone()[0])

    def invite(self, token_hash: bytes, created_at: int, expires_at: int, uses: int) -> OpenInvitation:
        cursor = self._connection.execute(
            "INSERT INTO invitation (token_hash, created_at, expires_at, uses) VALUES (?, ?, ?, ?)",
            (token_hash, created_at, expires_at, uses),
        )
        if cursor.lastrowid is None:
            raise sqlite3.DatabaseError("an inserted invitation has no number")
        return OpenInvitation(cursor.lastrowid, created_at, expires_at, uses)

    def invitations(self, now: int) -> tuple[OpenInvitation, ...]:
        """Return what can still be used, and forget what cannot."""
        self._connection.execute("DELETE FROM invitation WHERE expires_at <= ?", (now,))
        rows = self._connection.execute("SELECT id, created_at, expires_at, uses FROM invitation ORDER BY id")
        return tuple(OpenInvitation(*row) for row in rows)

    def count_invitations(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM invitation").fetchone()[0])

    def revoke(self, invitation: int) -> bool:
        return self._connection.execute("DELETE FROM invitation WHERE id = ?", (invitation,)).rowcount == 1

    def _invitation(self, token_hash: bytes | None, now: int) -> int | None:
        if token_hash is None:
            return None
        row = self._connection.execute(
            "SELECT id FROM invitation WHERE token_hash = ? AND expires_at > ?", (token_hash, now)
        ).fetchone()
        return None if row is None else int(row[0])

    def _use(self, invitation: int) -> None:
        used_up = self._connection.execute("DELETE FROM invitation WHERE id = ? AND uses = 1", (invitation,))
        if used_up.rowcount == 0:
            self._connection.execute("UPDATE invitation SET uses = uses - 1 WHERE id = ?", (invitation,))
