"""Rules of administration that hold whatever the database: who may do what, and what the audit log says of it."""

from collections.abc import Sequence
from typing import Any, Final, assert_never

from babilu.kernel.errors import ErrorCode
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
    AboutRelay,
    AccountSummary,
    Action,
    Actor,
    MakeInvitation,
    Officer,
    Operator,
    Performed,
)
from babilu.relay.storage.records import NOT_FOUND, QUOTA, Refused, StorageRecord

AUDIT_KEPT: Final = 10_000
"""Entries of the audit log that are kept: the latest."""

INVITATIONS_WAITING: Final = 1_000
"""Invitations that can wait at once: an officer whose device was stolen must not fill the disk with them."""

LETTERS_COUNTED: Final = 100_000
"""Letters that are counted for one page of accounts; a page ends earlier where it takes more."""


AUDIT_COLUMNS: Final = "at, uid, officer, action, subject"
"""What an entry of the audit log says, in the order of `AuditEntry`; a storage with several nodes adds which one."""


class ActionFacts(StorageRecord, frozen=True, gc=False):
    """What a storage reads before it does something, in the same transaction.

    Attributes:
        acting: Role of the officer; None for an operator, and for an account that is gone or disabled.
        subject: Role of the account that it is about; None where it is about none, or there is none of that name.
        invitations: Invitations that wait; only an invitation needs it.
    """

    acting: AccountRole | None = None
    subject: AccountRole | None = None
    invitations: int = 0


def refusal_of(action: Action, actor: Actor, facts: ActionFacts) -> Refused | None:
    """Decide whether somebody may do something; an officer without power learns not even who is there."""
    if isinstance(actor, Officer) and (facts.acting is None or not may(facts.acting, action, facts.subject)):
        return Refused(ErrorCode.NOT_ALLOWED)
    if isinstance(action, UserRequest) and facts.subject is None:
        return NOT_FOUND
    if isinstance(action, MakeInvitation) and facts.invitations >= INVITATIONS_WAITING:
        return QUOTA
    return None


def may(role: AccountRole, action: Action, subject: AccountRole | None) -> bool:
    """Tell whether a role gives the power to act over the wire.

    Nobody acts on the owner: an owner who wants to be none appoints another one. Backups and certificates are files
    of the relay's machine, and only who is there deals with them.

    Args:
        role: The actor's role.
        action: What is to be done.
        subject: Role of the account that it is about; None where it is about none, or there is none of that name.
    """
    match action:
        case BackUpRequest() | PrepareCertificate() | WithdrawCertificate() | RenewCertificate():
            return False
        case DrainNode() | UndrainNode():
            return False
        case EnableUser() | DisableUser():
            members = {AccountRole.MEMBER, None}
            return (
                subject in (members | {AccountRole.MODERATOR} if role is AccountRole.OWNER else members)
                and role is not AccountRole.MEMBER
            )
        case AppointUser() | ResetLogin() | SetQuota() | DeleteUser():
            return role is AccountRole.OWNER and (subject is not AccountRole.OWNER or isinstance(action, SetQuota))
        case MakeInvitation() | Revoke() | Broadcast():
            return role is not AccountRole.MEMBER
        case _:
            assert_never(action)


def role_of(owner: bool, moderator: bool) -> AccountRole:
    """Tell what an account is."""
    if owner:
        return AccountRole.OWNER
    return AccountRole.MODERATOR if moderator else AccountRole.MEMBER


def audit_values(
    at: int, actor: Actor, action: Action, performed: Performed
) -> tuple[int, int | None, str | None, str, str]:
    """Return what the audit log says of an action that was done, in the order of `AUDIT_COLUMNS`."""
    words = _words(action, performed)
    match actor:
        case Operator(uid):
            return (at, uid, None, *words)
        case Officer(name=officer):
            return (at, None, officer, *words)
        case _:
            assert_never(actor)


def _words(action: Action, performed: Performed) -> tuple[str, str]:
    """Name an action and its subject."""
    match action:
        case MakeInvitation():
            return "invite", "" if performed.invitation is None else str(performed.invitation.invitation)
        case Revoke(invitation):
            return "revoke", str(invitation)
        case EnableUser() | DisableUser() | AppointUser() | ResetLogin() | SetQuota() | DeleteUser():
            return _words_about_account(action), action.name
        case _:
            return _words_about_relay(action), ""


def _words_about_account(action: AboutAccount) -> str:
    match action:
        case EnableUser():
            return "enable"
        case DisableUser():
            return "disable"
        case AppointUser(_, role):
            return f"role {role}"
        case ResetLogin():
            return "reset login"
        case SetQuota():
            return "quota"
        case DeleteUser():
            return "delete"
        case _:
            assert_never(action)


def _words_about_relay(action: AboutRelay) -> str:
    match action:
        case Broadcast():
            return "broadcast"
        case BackUpRequest():
            return "backup"
        case PrepareCertificate():
            return "certificate prepare"
        case WithdrawCertificate():
            return "certificate withdraw"
        case RenewCertificate():
            return "certificate renew"
        case DrainNode():
            return "drain"
        case UndrainNode():
            return "undrain"
        case _:
            assert_never(action)


class AccountPage:
    """Page of accounts that fills: it ends where more would have to be counted than for one page."""

    def __init__(self) -> None:
        self._accounts: list[AccountSummary] = []
        self._letters = 0

    @property
    def full(self) -> bool:
        """Whether so many letters were counted that the page ends."""
        return self._letters >= LETTERS_COUNTED

    def add(self, row: Sequence[Any]) -> None:
        """Add an account: its number, name, two roles, whether it is disabled, and the rest as `AccountSummary`."""
        account, name, owner, moderator, disabled, created_at, devices, messages, *sizes = row
        role = role_of(owner, moderator)
        self._accounts.append(
            AccountSummary(account, name, role, bool(disabled), created_at, devices, messages, *sizes)
        )
        self._letters += messages

    def accounts(self) -> tuple[AccountSummary, ...]:
        """Return what was added."""
        return tuple(self._accounts)
