"""What an operator asks of a storage: each action is one transaction with its entry in the audit log.

The log says who did what to whom and when; no password, token or text is ever in it.
"""

import asyncio
from enum import StrEnum, unique
from pathlib import Path
from typing import Protocol

from babilu.relay.storage.records import Invitation, LoginKey, Record


@unique
class Role(StrEnum):
    """What an account is on its relay."""

    OWNER = "owner"
    MODERATOR = "moderator"
    MEMBER = "member"


class AccountSummary(Record, frozen=True, gc=False):
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
    """

    account: int
    name: str
    role: Role
    disabled: bool
    created_at: int
    devices: int
    mail_messages: int
    mail_bytes: int


class SetDisabled(Record, frozen=True, gc=False):
    """Let nobody log in to an account, or again."""

    name: str
    disabled: bool


class SetRole(Record, frozen=True, gc=False):
    """Change what an account is; a new owner takes the place of the one before."""

    name: str
    role: Role


class SetLogin(Record, frozen=True, gc=False):
    """Replace the key that an account's password logs in with."""

    name: str
    login: LoginKey


class DeleteAccount(Record, frozen=True, gc=False):
    """Delete an account with everything that belongs to it."""

    name: str


class MakeInvitation(Record, frozen=True, gc=False):
    """Keep an invitation, of which only a hash is known here."""

    token_hash: bytes
    expires_at: int
    uses: int


class RevokeInvitation(Record, frozen=True, gc=False):
    """Make an invitation unusable."""

    invitation: int


class Announce(Record, frozen=True, gc=False):
    """Note that a notice was told to everybody; its text is not kept."""


class BackUp(Record, frozen=True, gc=False):
    """Note that a backup was made."""


Action = SetDisabled | SetRole | SetLogin | DeleteAccount | MakeInvitation | RevokeInvitation | Announce | BackUp


class AuditEntry(Record, frozen=True, gc=False):
    """Something that an operator did.

    Attributes:
        at: When.
        uid: Number of the operator's user on the relay's machine.
        action: What.
        subject: To which account or invitation; empty for none.
    """

    at: int
    uid: int
    action: str
    subject: str


class Performed(Record, frozen=True, gc=False):
    """What became of an action.

    Attributes:
        account: Number of the account that it was about, or None.
        invitation: The invitation that was made, or None.
    """

    account: int | None = None
    invitation: Invitation | None = None


class Statistics(Record, frozen=True, gc=False):
    """How much a storage holds: numbers of rows, and bytes of what waits and of the database."""

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


class AdministrationStore(Protocol):
    """Accounts and invitations as an operator sees and changes them."""

    def accounts(self) -> "asyncio.Future[tuple[AccountSummary, ...]]":
        """Return all accounts by name."""

    def perform(self, action: Action, at: int, uid: int) -> "asyncio.Future[Performed | None]":
        """Do something and note it in the audit log; None, and no note, where there is no such account or invitation.

        Args:
            action: What to do.
            at: When.
            uid: Who does it.
        """

    def audit(self, most: int) -> "asyncio.Future[tuple[AuditEntry, ...]]":
        """Return the latest entries of the audit log, the oldest of them first."""

    def statistics(self) -> "asyncio.Future[Statistics]":
        """Count what is held."""

    async def copy(self, file: Path) -> None:
        """Write a consistent copy of the database into a new file while everything goes on.

        Raises:
            LinkError: ``unavailable`` where it cannot be read or written.
        """
