"""Rows of administration: an operator's action and its entry in the audit log are one transaction."""

import sqlite3
from typing import assert_never

from babilu.kernel.ids import DeviceId
from babilu.relay.base.admin_requests import (
    AboutAccount,
    AccountRole,
    AppointUser,
    DeleteUser,
    DisableUser,
    EnableUser,
    ResetLogin,
    Revoke,
    SetQuota,
    UserRequest,
)
from babilu.relay.storage.administration import (
    AccountSummary,
    Action,
    Actor,
    AuditEntry,
    MakeInvitation,
    Officer,
    Performed,
    Statistics,
)
from babilu.relay.storage.administration_rules import (
    AUDIT_COLUMNS,
    AUDIT_KEPT,
    AccountPage,
    ActionFacts,
    audit_values,
    refusal_of,
    role_of,
)
from babilu.relay.storage.records import NOT_FOUND, LoginKey, Refused
from babilu.relay.storage.sqlite.account_rows import AccountTable
from babilu.relay.storage.sqlite.blob_rows import BlobTable
from babilu.relay.storage.sqlite.mail import MailTable

_MAIL_OF_ACCOUNT = (
    "SELECT count(*), coalesce(sum(size), 0) FROM device JOIN mail ON mail.mailbox = device.id WHERE account = ?"
)


class AdministrationTable:
    """Accounts and invitations as an operator sees and changes them."""

    def __init__(
        self, connection: sqlite3.Connection, accounts: AccountTable, mail: MailTable, blobs: BlobTable
    ) -> None:
        self._connection = connection
        self._accounts = accounts
        self._mail = mail
        self._blobs = blobs

    def accounts(self, after: str, most: int) -> tuple[AccountSummary, ...]:
        """Return accounts by name."""
        rows = self._connection.execute(
            "SELECT id, name, owner, moderator, disabled, created_at,"
            " (SELECT count(*) FROM device WHERE account = account.id), mailbox_messages, mailbox_bytes"
            " FROM account WHERE name > ? ORDER BY name LIMIT ?",
            (after, most),
        ).fetchall()
        page = AccountPage()
        for row in rows:
            mail = self._connection.execute(_MAIL_OF_ACCOUNT, (row[0],)).fetchone()
            page.add((*row[:7], *mail, *row[7:]))
            if page.full:
                break
        return page.accounts()

    def role(self, account: int) -> AccountRole | None:
        row = self._connection.execute(
            "SELECT owner, moderator FROM account WHERE id = ? AND disabled = 0", (account,)
        ).fetchone()
        return None if row is None else role_of(*row)

    def perform(self, action: Action, at: int, actor: Actor) -> Performed | Refused:
        """Do something and note it."""
        refusal = refusal_of(action, actor, self._facts(action, actor))
        performed = refusal or self._do(action, at)
        if isinstance(performed, Performed):
            cursor = self._connection.execute(
                f"INSERT INTO audit ({AUDIT_COLUMNS}) VALUES (?, ?, ?, ?, ?)",
                audit_values(at, actor, action, performed),
            )
            self._connection.execute("DELETE FROM audit WHERE id <= ?", ((cursor.lastrowid or 0) - AUDIT_KEPT,))
        return performed

    def _facts(self, action: Action, actor: Actor) -> ActionFacts:
        return ActionFacts(
            acting=self.role(actor.account) if isinstance(actor, Officer) else None,
            subject=self._role_of(action.name) if isinstance(action, UserRequest) else None,
            invitations=self._accounts.count_invitations() if isinstance(action, MakeInvitation) else 0,
        )

    def _do(self, action: Action, at: int) -> Performed | Refused:
        """Do it, whatever allows it."""
        if isinstance(action, UserRequest):
            account = self._number(action.name)
            self._do_to(action, account)
            return Performed(account)
        match action:
            case MakeInvitation(token_hash, expires_at, uses):
                return Performed(invitation=self._accounts.invite(token_hash, at, expires_at, uses))
            case Revoke(invitation):
                return Performed() if self._accounts.revoke(invitation) else NOT_FOUND
            case _:
                return Performed()

    def _do_to(self, action: AboutAccount, account: int) -> None:
        """Do something to an account that is there."""
        match action:
            case EnableUser() | DisableUser():
                disabled = isinstance(action, DisableUser)
                self._connection.execute("UPDATE account SET disabled = ? WHERE id = ?", (int(disabled), account))
            case AppointUser(_, role):
                self._set_role(account, role)
            case ResetLogin(_, salt, cost, public):
                self._accounts.force_login(account, LoginKey(salt, cost, public))
            case SetQuota(_, messages, size):
                self._connection.execute(
                    "UPDATE account SET mailbox_messages = ?, mailbox_bytes = ? WHERE id = ?", (messages, size, account)
                )
                self._forget_mailboxes(account)
            case DeleteUser():
                self._accounts.delete(account)
            case _:
                assert_never(action)

    def _forget_mailboxes(self, account: int) -> None:
        for (device,) in self._connection.execute("SELECT device FROM device WHERE account = ?", (account,)).fetchall():
            self._mail.forget_mailbox(DeviceId(device))

    def audit(self, most: int) -> tuple[AuditEntry, ...]:
        """Return the latest entries."""
        rows = self._connection.execute(f"SELECT {AUDIT_COLUMNS} FROM audit ORDER BY id DESC LIMIT ?", (most,))
        return tuple(AuditEntry(*row) for row in reversed(rows.fetchall()))

    def statistics(self) -> Statistics:
        """Count what is held."""
        accounts, disabled, devices, oldest, invitations, prekeys = self._connection.execute(
            "SELECT (SELECT count(*) FROM account), (SELECT coalesce(sum(disabled), 0) FROM account),"
            " (SELECT count(*) FROM device), (SELECT stored_at FROM mail ORDER BY id LIMIT 1),"
            " (SELECT count(*) FROM invitation), (SELECT count(*) FROM prekey)"
        ).fetchone()
        pages, page_bytes, schema = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "page_size", "user_version")
        )
        mail = (*self._mail.waiting(), oldest)
        database = pages * page_bytes
        return Statistics(
            accounts, disabled, devices, *mail, invitations, prekeys, database, schema, *self._blobs.totals()
        )

    def _number(self, name: str) -> int:
        (account,) = self._connection.execute("SELECT id FROM account WHERE name = ?", (name,)).fetchone()
        return int(account)

    def _role_of(self, name: str) -> AccountRole | None:
        row = self._connection.execute("SELECT owner, moderator FROM account WHERE name = ?", (name,)).fetchone()
        return None if row is None else role_of(*row)

    def _set_role(self, account: int, role: AccountRole) -> None:
        if role is AccountRole.OWNER:
            if self._accounts.owner_generation() is not None:
                # The invitation that waited for an owner is void.
                self._connection.execute("UPDATE relay SET owners = owners + 1")
            self._connection.execute("UPDATE account SET owner = 0 WHERE owner = 1")
        self._connection.execute(
            "UPDATE account SET owner = ?, moderator = ? WHERE id = ?",
            (int(role is AccountRole.OWNER), int(role is AccountRole.MODERATOR), account),
        )
