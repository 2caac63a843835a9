"""An operator's action and its entry in the audit log are one transaction."""

import sqlite3
from typing import Final, assert_never

from babilu.relay.storage.administration import (
    AccountSummary,
    Action,
    Announce,
    AuditEntry,
    BackUp,
    DeleteAccount,
    MakeInvitation,
    Performed,
    RevokeInvitation,
    Role,
    SetDisabled,
    SetLogin,
    SetRole,
    Statistics,
)
from babilu.relay.storage.sqlite.accounts import AccountTable

AUDIT_KEPT: Final = 10_000
"""Entries of the audit log that are kept: the latest."""


class AdministrationTable:
    """Accounts and invitations as an operator sees and changes them."""

    def __init__(self, connection: sqlite3.Connection, accounts: AccountTable) -> None:
        self._connection = connection
        self._accounts = accounts

    def accounts(self) -> tuple[AccountSummary, ...]:
        """Return all accounts by name."""
        rows = self._connection.execute(
            "SELECT account.id, name, owner, moderator, disabled, created_at, count(DISTINCT device.id),"
            " count(mail.id), coalesce(sum(mail.size), 0)"
            " FROM account LEFT JOIN device ON device.account = account.id LEFT JOIN mail ON mail.mailbox = device.id"
            " GROUP BY account.id ORDER BY name"
        )
        return tuple(
            AccountSummary(account, name, _role(owner, moderator), bool(disabled), created_at, devices, messages, size)
            for account, name, owner, moderator, disabled, created_at, devices, messages, size in rows
        )

    def perform(self, action: Action, at: int, uid: int) -> Performed | None:
        """Do something and note it."""
        performed, entry = self._do(action, at)
        if performed is not None:
            cursor = self._connection.execute(
                "INSERT INTO audit (at, uid, action, subject) VALUES (?, ?, ?, ?)", (at, uid, *entry)
            )
            self._connection.execute("DELETE FROM audit WHERE id <= ?", ((cursor.lastrowid or 0) - AUDIT_KEPT,))
        return performed

    def _do(self, action: Action, at: int) -> tuple[Performed | None, tuple[str, str]]:
        """Do it; return what became of it, and what the audit log says: action and subject."""
        match action:
            case SetDisabled(name, disabled):
                done = self._change("UPDATE account SET disabled = ? WHERE id = ?", name, int(disabled))
                return done, ("disable" if disabled else "enable", name)
            case SetRole(name, role):
                return self._set_role(name, role), (f"role {role}", name)
            case SetLogin(name, login):
                account = self._number(name)
                if account is not None:
                    self._accounts.force_login(account, login)
                return _about(account), ("reset login", name)
            case DeleteAccount(name):
                account = self._number(name)
                if account is not None:
                    self._accounts.delete(account)
                return _about(account), ("delete", name)
            case MakeInvitation(token_hash, expires_at, uses):
                made = self._accounts.invite(token_hash, at, expires_at, uses)
                return Performed(invitation=made), ("invite", str(made.invitation))
            case RevokeInvitation(invitation):
                revoked = self._accounts.revoke(invitation)
                return Performed() if revoked else None, ("revoke", str(invitation))
            case Announce():
                return Performed(), ("broadcast", "")
            case BackUp():
                return Performed(), ("backup", "")
            case _:
                assert_never(action)

    def audit(self, most: int) -> tuple[AuditEntry, ...]:
        """Return the latest entries."""
        rows = self._connection.execute("SELECT at, uid, action, subject FROM audit ORDER BY id DESC LIMIT ?", (most,))
        return tuple(AuditEntry(*row) for row in reversed(rows.fetchall()))

    def statistics(self) -> Statistics:
        """Count what is held."""
        row = self._connection.execute(
            "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM account WHERE disabled = 1),"
            " (SELECT count(*) FROM device), count(*), coalesce(sum(size), 0), min(stored_at),"
            " (SELECT count(*) FROM invitation), (SELECT count(*) FROM prekey) FROM mail"
        ).fetchone()
        pages, page_bytes, schema = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "page_size", "user_version")
        )
        accounts, disabled, devices, messages, size, oldest, invitations, prekeys = row
        database = pages * page_bytes
        return Statistics(accounts, disabled, devices, messages, size, oldest, invitations, prekeys, database, schema)

    def _number(self, name: str) -> int | None:
        row = self._connection.execute("SELECT id FROM account WHERE name = ?", (name,)).fetchone()
        return None if row is None else int(row[0])

    def _change(self, statement: str, name: str, value: int) -> Performed | None:
        account = self._number(name)
        if account is not None:
            self._connection.execute(statement, (value, account))
        return _about(account)

    def _set_role(self, name: str, role: Role) -> Performed | None:
        account = self._number(name)
        if account is None:
            return None
        if role is Role.OWNER:
            if self._accounts.owner_generation() is not None:
                # The invitation that waited for an owner is void.
                self._connection.execute("UPDATE relay SET owners = owners + 1")
            self._connection.execute("UPDATE account SET owner = 0 WHERE owner = 1")
        self._connection.execute(
            "UPDATE account SET owner = ?, moderator = ? WHERE id = ?",
            (int(role is Role.OWNER), int(role is Role.MODERATOR), account),
        )
        return Performed(account)


def _about(account: int | None) -> Performed | None:
    return None if account is None else Performed(account)


def _role(owner: int, moderator: int) -> Role:
    if owner:
        return Role.OWNER
    return Role.MODERATOR if moderator else Role.MEMBER
