"""Requests and answers of administration: one JSON object each way on a connection of its own, a line each.

A request names what to ``do``. An answer has either ``ok``, whose shape belongs to the request, or ``error``. Requests
that change something go to the storage as they are (`babilu.relay.storage.administration`).
"""

from enum import StrEnum, unique
from typing import Annotated, Final

import msgspec

from babilu.crypto.password import SALT_BYTES, LoginCost
from babilu.kernel.limits import INTEGER_MAX

SOCKET_NAME: Final = "admin.sock"
REQUEST_BYTES_MAX: Final = 64 * 1024
NOTICE_CHARACTERS: Final = 500
USES_MAX: Final = 100_000
AUDIT_MAX: Final = 10_000
USERS_MAX: Final = 250
"""Accounts of one answer: so many fit a frame."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Count = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]


@unique
class AccountRole(StrEnum):
    """Role of an account on its relay."""

    OWNER = "owner"
    MODERATOR = "moderator"
    MEMBER = "member"


def _tag(class_name: str) -> str:
    return class_name.removesuffix("Request").lower()


class AdminRequest(msgspec.Struct, frozen=True, tag_field="do", tag=_tag, forbid_unknown_fields=True):
    """Base of all requests; the tag is the name of the class without ``Request``, in lower case."""


class StatusRequest(AdminRequest, frozen=True):
    """Request for the relay's status: answered by `RelayStatus`."""


class StatisticsRequest(AdminRequest, frozen=True):
    """Request for how much the relay holds: answered by the storage's `StatisticsRequest`."""


class ListUsers(AdminRequest, frozen=True):
    """Request for accounts by name, ``most`` behind the name ``after``: answered by a list of `AccountSummary`."""

    after: Annotated[str, msgspec.Meta(max_length=128)] = ""
    most: Annotated[int, msgspec.Meta(ge=1, le=USERS_MAX)] = USERS_MAX


class UserRequest(AdminRequest, frozen=True):
    """Base of requests about an account, which they name."""

    name: Name


class EnableUser(UserRequest, frozen=True):
    """Let somebody log in again."""


class DisableUser(UserRequest, frozen=True):
    """Let nobody log in to an account, and close its connections."""


class DeleteUser(UserRequest, frozen=True):
    """Delete an account with everything that belongs to it: keys and mail."""


class ResetLogin(UserRequest, frozen=True):
    """Let an account log in with another password, of which this is what a relay knows."""

    salt: Annotated[bytes, msgspec.Meta(min_length=SALT_BYTES, max_length=SALT_BYTES)]
    cost: LoginCost
    public: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class AppointUser(UserRequest, frozen=True):
    """Change what an account is; a new owner takes the place of the one before."""

    role: AccountRole


class SetQuota(UserRequest, frozen=True):
    """Let so many envelopes, and bytes of them, wait for each device of an account; None for the relay's numbers."""

    messages: Count | None = None
    size: Count | None = None


class Invite(AdminRequest, frozen=True):
    """Make an invitation: answered by `InvitationIs`."""

    lifetime_ms: Annotated[int, msgspec.Meta(ge=1, le=INTEGER_MAX)] | None = None
    uses: Annotated[int, msgspec.Meta(ge=1, le=USES_MAX)] = 1


class ListInvitations(AdminRequest, frozen=True):
    """Request for the invitations that can still be used: answered by a list of `Invitation`, without tokens."""


class Revoke(AdminRequest, frozen=True):
    """Make an invitation unusable."""

    invitation: Count


class Broadcast(AdminRequest, frozen=True):
    """Tell a sentence to everybody who is connected: answered by `NoticeSent`."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=NOTICE_CHARACTERS)]


class ReadAudit(AdminRequest, frozen=True):
    """Request for the latest entries of the audit log: answered by a list of `AuditEntry`."""

    most: Annotated[int, msgspec.Meta(ge=1, le=AUDIT_MAX)] = 100


class Certificates(AdminRequest, frozen=True):
    """Request for the present certificate and the next one: answered by `CertificatesAre`."""


class PrepareCertificate(AdminRequest, frozen=True):
    """Make the relay's next certificate and announce it: answered by `CertificatesAre`."""


class WithdrawCertificate(AdminRequest, frozen=True):
    """Forget the next certificate: answered by `CertificatesAre`."""


class RenewCertificate(AdminRequest, frozen=True):
    """Use the next certificate from now on: answered by `CertificatesAre`.

    Attributes:
        early: Whether it does not matter how long it was announced.
    """

    early: bool = False


class ListNodes(AdminRequest, frozen=True):
    """Request for the relay's nodes, as this one heard of them last: answered by a list of `NodeEntry`."""


class DrainNode(AdminRequest, frozen=True):
    """Let this node take nobody in any more, and send those who are here to the others."""


class UndrainNode(AdminRequest, frozen=True):
    """Let this node take people in again."""


class BackUpRequest(AdminRequest, frozen=True):
    """Write a backup into a new folder: answered by `BackedUp`."""

    folder: str


AboutAccount = EnableUser | DisableUser | DeleteUser | ResetLogin | AppointUser | SetQuota
CertificateStep = PrepareCertificate | WithdrawCertificate | RenewCertificate
AnyRequest = (
    AboutAccount
    | CertificateStep
    | StatusRequest
    | StatisticsRequest
    | ListUsers
    | Invite
    | ListInvitations
    | Revoke
    | Broadcast
    | ReadAudit
    | Certificates
    | ListNodes
    | DrainNode
    | UndrainNode
    | BackUpRequest
)


class RelayStatus(msgspec.Struct, frozen=True):
    """Status of a relay.

    Attributes:
        name: Its name, for people.
        version: The program's version.
        host: Where it listens.
        port: Its port.
        fingerprint: SHA-256 of its certificate, in hexadecimal.
        registration: Who may make an account.
        since: When it was started, in Unix milliseconds.
        online: Accounts connected now.
        max_users: Accounts that may be connected at once.
        connections: Open connections, those of strangers too.
        owner_invitation: The owner's invitation, until there is one.
        public_host: What invitations name as its host.
        public_is_guess: Whether nobody said that, and the machine's own address was taken.
    """

    name: str
    version: str
    host: str
    port: int
    fingerprint: str
    registration: str
    since: int
    online: int
    max_users: int
    connections: int
    owner_invitation: str | None
    public_host: str
    public_is_guess: bool


class NodeEntry(msgspec.Struct, frozen=True):
    """A node of a relay, as it said of itself last.

    Attributes:
        node: Its number.
        name: Its name, for people.
        version: The program's version.
        address: Where clients reach it.
        since: When it was started, in Unix milliseconds.
        online: Accounts that are connected to it.
        state: ``up``, ``draining`` where it takes nobody in, or ``silent`` where nothing was heard of it lately.
        silent_ms: How long ago it said so, in milliseconds.
        here: Whether it is the one that answers.
    """

    node: int
    name: str
    version: str
    address: str
    since: int
    online: int
    state: str
    silent_ms: int
    here: bool


class InvitationIs(msgspec.Struct, frozen=True):
    """An invitation that was made; nobody can be told its text again."""

    invitation: int
    text: str
    expires_at: int
    uses: int


class CertificatesAre(msgspec.Struct, frozen=True):
    """The relay's certificate and the one after it.

    Attributes:
        fingerprint: SHA-256 of the present one, in hexadecimal.
        following: The same of the next one, or None.
        announced_at: Since when it is announced, in Unix milliseconds; None for one from elsewhere.
    """

    fingerprint: str
    following: str | None
    announced_at: int | None


class NoticeSent(msgspec.Struct, frozen=True):
    """How many connections were told a notice."""

    connections: int


class BackedUp(msgspec.Struct, frozen=True):
    """Where a backup lies, and how large it is in bytes."""

    folder: str
    size: int


class Done(msgspec.Struct, frozen=True):
    """Answer to a request that has no other answer: it was done."""


class AdminError(msgspec.Struct, frozen=True):
    """Error: the request was not carried out; a code of `ErrorCode` and a sentence for people."""

    code: str
    text: str


class AdminAnswer(msgspec.Struct, frozen=True):
    """Reply to a request that was carried out."""

    ok: msgspec.Raw


class AdminErrorAnswer(msgspec.Struct, frozen=True):
    """Reply to a request that was not carried out."""

    error: AdminError
