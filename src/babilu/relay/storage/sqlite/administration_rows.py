"""Rows of administration: an operator's action and its entry in the audit log are one transaction."""

import sqlite3
from typing import assert_never

from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import DeviceId
from babilu.relay.base.admin_requests import (
    AboutAccount,
    AccountRole,
    AppointUser,
    BackUpRequest,
    Broadcast,
    DeleteUser,
    DisableUser,
    DrainNode,
    EnableUser,
    PrepareCertificate,
    RenewCertificate,
    ResetLogin,
    Revoke,
    SetQuota,
    UndrainNode,
    UserRequest,
    WithdrawCertificate,
)
from babilu.relay.storage.administration import (
    AUDIT_KEPT,
    INVITATIONS_WAITING,
    LETTERS_COUNTED,
    AccountSummary,
    Action,
    Actor,
    AuditEntry,
    MakeInvitation,
    Officer,
    Operator,
    Performed,
    Statistics,
    may,
    role_of,
)
from babilu.relay.storage.records import LoginKey, Refused
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
        found: list[AccountSummary] = []
        counted = 0
        for account, name, owner, moderator, disabled, created_at, devices, *allowance in rows:
            messages, size = self._connection.execute(_MAIL_OF_ACCOUNT, (account,)).fetchone()
            role = role_of(owner, moderator)
            found.append(
                AccountSummary(account, name, role, bool(disabled), created_at, devices, messages, size, *allowance)
            )
            counted += messages
            if counted >= LETTERS_COUNTED:
                break
        return tuple(found)

    def role(self, account: int) -> AccountRole | None:
        row = self._connection.execute(
            "SELECT owner, moderator FROM account WHERE id = ? AND disabled = 0", (account,)
        ).fetchone()
        return None if row is None else role_of(*row)

    def perform(self, action: Action, at: int, actor: Actor) -> Performed | Refused:
        """Do something and note it."""
        refusal = self._refusal(action, actor)
        if refusal is not None:
            return Refused(refusal)
        performed, entry = self._do(action, at)
        if isinstance(performed, Refused):
            return performed
        match actor:
            case Operator(uid):
                by: tuple[int | None, str | None] = (uid, None)
            case Officer(name=officer):
                by = (None, officer)
            case _:
                assert_never(actor)
        cursor = self._connection.execute(
            "INSERT INTO audit (at, uid, officer, action, subject) VALUES (?, ?, ?, ?, ?)", (at, *by, *entry)
        )
        self._connection.execute("DELETE FROM audit WHERE id <= ?", ((cursor.lastrowid or 0) - AUDIT_KEPT,))
        return performed

    def _refusal(self, action: Action, actor: Actor) -> ErrorCode | None:
        """Decide whether somebody may do something; an officer without power learns not even who is there."""
        subject = self._role_of(action.name) if isinstance(action, UserRequest) else None
        if isinstance(actor, Officer):
            role = self.role(actor.account)
            if role is None or not may(role, action, subject):
                return ErrorCode.NOT_ALLOWED
        if isinstance(action, UserRequest) and subject is None:
            return ErrorCode.NOT_FOUND
        if isinstance(action, MakeInvitation) and self._accounts.count_invitations() >= INVITATIONS_WAITING:
            return ErrorCode.QUOTA
        return None

    def _do(self, action: Action, at: int) -> tuple[Performed | Refused, tuple[str, str]]:
        """Do it; return what became of it, and what the audit log says: action and subject."""
        match action:
            case MakeInvitation(token_hash, expires_at, uses):
                made = self._accounts.invite(token_hash, at, expires_at, uses)
                return Performed(invitation=made), ("invite", str(made.invitation))
            case Revoke(invitation):
                revoked = self._accounts.revoke(invitation)
                return Performed() if revoked else Refused(ErrorCode.NOT_FOUND), ("revoke", str(invitation))
            case Broadcast():
                return Performed(), ("broadcast", "")
            case BackUpRequest():
                return Performed(), ("backup", "")
            case PrepareCertificate():
                return Performed(), ("certificate prepare", "")
            case WithdrawCertificate():
                return Performed(), ("certificate withdraw", "")
            case DrainNode():
                return Performed(), ("drain", "")
            case UndrainNode():
                return Performed(), ("undrain", "")
            case RenewCertificate():
                return Performed(), ("certificate renew", "")
            case _:
                account = self._number(action.name)
                return Performed(account), (self._do_to(action, account), action.name)

    def _do_to(self, action: AboutAccount, account: int) -> str:
        """Do something to an account that is there; return what the audit log calls it."""
        match action:
            case EnableUser() | DisableUser():
                disabled = isinstance(action, DisableUser)
                self._connection.execute("UPDATE account SET disabled = ? WHERE id = ?", (int(disabled), account))
                return "disable" if disabled else "enable"
            case AppointUser(_, role):
                self._set_role(account, role)
                return f"role {role}"
            case ResetLogin(_, salt, cost, public):
                self._accounts.force_login(account, LoginKey(salt, cost, public))
                return "reset login"
            case SetQuota(_, messages, size):
                self._connection.execute(
                    "UPDATE account SET mailbox_messages = ?, mailbox_bytes = ? WHERE id = ?", (messages, size, account)
                )
                self._forget_mailboxes(account)
                return "quota"
            case DeleteUser():
                self._accounts.delete(account)
                return "delete"
            case _:
                assert_never(action)

    def _forget_mailboxes(self, account: int) -> None:
        for (device,) in self._connection.execute("SELECT device FROM device WHERE account = ?", (account,)).fetchall():
            self._mail.forget_mailbox(DeviceId(device))

    def audit(self, most: int) -> tuple[AuditEntry, ...]:
        """Return the latest entries."""
        rows = self._connection.execute(
            "SELECT at, uid, officer, action, subject FROM audit ORDER BY id DESC LIMIT ?", (most,)
        )
        return tuple(AuditEntry(*row) for row in reversed(rows.fetchall()))

    def statistics(self) -> Statistics:
        """Count what is held."""
        accounts, disabled, devices, oldest, invitations, prekeys = self._connection.execute(
            "SELECT (SELECT count(*) FROM account), (SELECT coalesce(sum(disabled), 0) FROM account),"
            " (SELECT count(*) FROM device), (SELECT stored_at FROM mail ORDER BY id LIMIT 1),"
            " (SELECT count(*) FROM invitation), (SELECT count(*) FROM prekey)"
        ).fetchone()
        messages, size = self._mail.waiting()
        pages, page_bytes, schema = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "page_size", "user_version")
        )
        database = pages * page_bytes
        files, file_bytes = self._blobs.totals()
        return Statistics(
            accounts,
            disabled,
            devices,
            messages,
            size,
            oldest,
            invitations,
            prekeys,
            database,
            schema,
            files,
            file_bytes,
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
