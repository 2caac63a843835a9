"""Administration as a storage offers it: each action is one transaction with its entry in the audit log.

The log says who did what to whom and when; no password, token or text is ever in it. Whoever acts over the wire does
so by a role, which is looked at in the same transaction: one that was taken away gives no power any more.
"""

import asyncio
from pathlib import Path
from typing import Protocol

from babilu.kernel.limits import INTEGER_MAX
from babilu.relay.base.admin_requests import (
    AboutAccount,
    AccountRole,
    BackUpRequest,
    Broadcast,
    CertificateStep,
    DrainNode,
    Revoke,
    UndrainNode,
)
from babilu.relay.storage.records import OpenInvitation, Refused, StorageRecord


class AccountSummary(StorageRecord, frozen=True, gc=False):
    """An account as an operator sees it.

    Attributes:
        account: Its number.
        name: Its normalised name.
        role: What it is.
        disabled: Whether nobody can log in to it.
        created_at: When it was made.
        devices: Listed devices.
        mail_messages: Envelopes that wait for them.
        mail_bytes: The same in bytes.
        mailbox_messages: Envelopes that may wait for each of its devices; None for the relay's usual number.
        mailbox_bytes: The same in bytes.
    """

    account: int
    name: str
    role: AccountRole
    disabled: bool
    created_at: int
    devices: int
    mail_messages: int
    mail_bytes: int
    mailbox_messages: int | None = None
    mailbox_bytes: int | None = None


class MakeInvitation(StorageRecord, frozen=True, gc=False):
    """What becomes of a request to invite: an invitation, of which only a hash is known here."""

    token_hash: bytes
    expires_at: int
    uses: int


AboutRelay = Broadcast | BackUpRequest | CertificateStep | DrainNode | UndrainNode
"""What is about no account: in the storage nothing comes of it but its entry in the audit log."""

Action = AboutAccount | AboutRelay | MakeInvitation | Revoke
"""What is done, named by the request for it: nothing of it that is secret is kept in the audit log."""


class Operator(StorageRecord, frozen=True, gc=False):
    """Somebody at the relay's machine, who may do everything: the number of a user there."""

    uid: int


class Officer(StorageRecord, frozen=True, gc=False):
    """An account that acts over the wire, by the role that it has at that moment."""

    account: int
    name: str


Actor = Operator | Officer


class AuditEntry(StorageRecord, frozen=True, gc=False):
    """Something that an operator or an officer did.

    Attributes:
        at: When.
        uid: Number of the operator's user on the relay's machine; None for an officer.
        officer: The account that did it over the wire; None for an operator.
        action: What.
        subject: To which account or invitation; empty for none.
        node: At which node; empty in a storage that has one.
    """

    at: int
    uid: int | None
    officer: str | None
    action: str
    subject: str
    node: str = ""


class Performed(StorageRecord, frozen=True, gc=False):
    """What became of an action.

    Attributes:
        account: Number of the account that it was about, or None.
        invitation: The invitation that was made, or None.
    """

    account: int | None = None
    invitation: OpenInvitation | None = None


class Statistics(StorageRecord, frozen=True, gc=False):
    """How much a storage holds: numbers of rows, and bytes of what waits, of files and of the database."""

    accounts: int
    disabled: int
    devices: int
    mail_messages: int
    mail_bytes: int
    oldest_mail_at: int | None
    invitations: int
    prekeys: int
    database_bytes: int
    schema: int
    files: int = 0
    file_bytes: int = 0


class AdministrationStore(Protocol):
    """Accounts and invitations as an operator sees and changes them."""

    def accounts(self, after: str = "", most: int = INTEGER_MAX) -> "asyncio.Future[tuple[AccountSummary, ...]]":
        """Return accounts by name, at most ``most`` of those behind the name ``after``.

        Where much waits for them there are fewer, and at least one: only an empty page is the end.
        """

    def perform(self, action: Action, at: int, actor: Actor) -> "asyncio.Future[Performed | Refused]":
        """Do something and note it in the audit log; a refusal leaves no note.

        Args:
            action: What to do.
            at: When.
            actor: Who does it.

        Refusals: ``not_found`` for an account or invitation that is not there; ``not_allowed`` for what an officer's
        role gives no power to do; ``quota`` for an invitation too many.
        """

    def role(self, account: int) -> "asyncio.Future[AccountRole | None]":
        """Tell what an account is; None where there is none of this number, and for one that is disabled."""

    def audit(self, most: int) -> "asyncio.Future[tuple[AuditEntry, ...]]":
        """Return the latest entries of the audit log, the oldest of them first."""

    def statistics(self) -> "asyncio.Future[Statistics]":
        """Count what is held."""

    async def copy(self, file: Path) -> None:
        """Write a consistent copy of the database into a new file while everything goes on.

        Raises:
            LinkError: ``unavailable`` where it cannot be read or written.
        """
