"""Administration over PostgreSQL; see `AdministrationStore`: actions are done one at a time, on whichever node."""

import asyncio
from pathlib import Path
from typing import Any, Final, assert_never

from babilu.kernel.errors import ErrorCode
from babilu.kernel.limits import INTEGER_MAX
from babilu.relay.base.admin_requests import (
    AboutAccount,
    AccountRole,
    AppointUser,
    Broadcast,
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
from babilu.relay.storage.blob_rules import BYTES_HELD
from babilu.relay.storage.nodes import ChangeKind
from babilu.relay.storage.postgresql.accounts import (
    count_owners,
    delete_account,
    delete_invitation,
    force_login,
    insert_invitation,
)
from babilu.relay.storage.postgresql.change_log import note_change
from babilu.relay.storage.postgresql.connections import LONG_DEADLINE_S, PgConnection, Pool, storable
from babilu.relay.storage.postgresql.devices import Changed, devices_of, lock_mailboxes
from babilu.relay.storage.postgresql.dumping import Dumper
from babilu.relay.storage.records import NOT_FOUND, LoginKey, Refused

ACCOUNTS_AT_ONCE: Final = 20
"""Accounts whose mail is counted by one statement."""

COUNTED_EXACTLY: Final = 100_000
"""Letters up to which all are counted; beyond, the database's own estimate is given."""

ESTIMATED_S: Final = 60.0
"""How long an estimate is given again."""

_ACCOUNTS: Final = """
SELECT a.id, a.name, a.owner, a.moderator, a.disabled, a.created_at, d.devices, d.messages, d.size,
       a.mailbox_messages, a.mailbox_bytes
  FROM account a LEFT JOIN LATERAL (
       SELECT count(*) AS devices, coalesce(sum(m.messages), 0)::int8 AS messages,
              coalesce(sum(m.size), 0)::int8 AS size
         FROM device LEFT JOIN LATERAL (
              SELECT count(*) AS messages, sum(octet_length(envelope)) AS size FROM mail WHERE mailbox = device.id) m
           ON true
        WHERE device.account = a.id) d ON true
 WHERE a.name > $1 ORDER BY a.name LIMIT $2
"""

_ESTIMATE: Final = """
SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::int8, coalesce(sum(pg_relation_size(c.oid)), 0)::int8
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'mail'::regclass
"""

_COUNT: Final = f"""
SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM account WHERE disabled), (SELECT count(*) FROM device),
       (SELECT count(*) FROM invitation), (SELECT count(*) FROM prekey), pg_database_size(current_database()),
       (SELECT schema FROM relay), (SELECT count(*) FROM blob),
       (SELECT {BYTES_HELD} FROM blob)
"""

_COUNT_MAIL: Final = "SELECT count(*), coalesce(sum(octet_length(envelope)), 0)::int8, min(stored_at) FROM mail"


class PostgresAdministration:
    """Accounts and invitations as an operator sees and changes them.

    Args:
        pool: Connections.
        dumper: Writes copies of the database.
        node: What this node is called in the audit log.
        changed: Hears of devices whose account has changed.
    """

    def __init__(self, pool: Pool, dumper: Dumper, node: str, changed: Changed) -> None:
        self._pool = pool
        self._dumper = dumper
        self._node = node
        self._changed = changed
        self._estimate: tuple[float, tuple[int, int]] | None = None

    def accounts(self, after: str = "", most: int = INTEGER_MAX) -> "asyncio.Future[tuple[AccountSummary, ...]]":
        return self._pool.begin(lambda connection: _accounts(connection, storable(after), most), LONG_DEADLINE_S)

    def role(self, account: int) -> "asyncio.Future[AccountRole | None]":
        return self._pool.begin(lambda connection: _role(connection, account))

    def perform(self, action: Action, at: int, actor: Actor) -> "asyncio.Future[Performed | Refused]":
        async def work(connection: PgConnection) -> Performed | Refused:
            async with connection.transaction():
                outcome = await self._perform(connection, action, at, actor)
            if isinstance(outcome, Performed) and outcome.account is not None:
                self._changed(listed.device for listed in await devices_of(connection, outcome.account))
            return outcome

        return self._pool.begin(work)

    async def _perform(self, connection: PgConnection, action: Action, at: int, actor: Actor) -> Performed | Refused:
        # Roles, the owner and the number of invitations are judged and changed together.
        await connection.execute("SELECT 1 FROM relay FOR UPDATE")
        account: int | None = None
        subject: AccountRole | None = None
        if isinstance(action, UserRequest):
            row = await connection.fetchrow(
                "SELECT id, owner, moderator FROM account WHERE name = $1 FOR NO KEY UPDATE", storable(action.name)
            )
            if row is not None:
                account, subject = row[0], role_of(row[1], row[2])
        facts = ActionFacts(
            acting=await _role(connection, actor.account) if isinstance(actor, Officer) else None,
            subject=subject,
            invitations=await _count_invitations(connection) if isinstance(action, MakeInvitation) else 0,
        )
        performed = refusal_of(action, actor, facts) or await _do(connection, action, account, at)
        if isinstance(performed, Performed):
            number = await connection.fetchval(
                f"INSERT INTO audit ({AUDIT_COLUMNS}, node) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
                *audit_values(at, actor, action, performed),
                self._node,
            )
            await connection.execute("DELETE FROM audit WHERE id <= $1", number - AUDIT_KEPT)
        return performed

    def audit(self, most: int) -> "asyncio.Future[tuple[AuditEntry, ...]]":
        async def work(connection: PgConnection) -> tuple[AuditEntry, ...]:
            rows = await connection.fetch(f"SELECT {AUDIT_COLUMNS}, node FROM audit ORDER BY id DESC LIMIT $1", most)
            return tuple(AuditEntry(*row) for row in reversed(rows))

        return self._pool.begin(work)

    def statistics(self) -> "asyncio.Future[Statistics]":
        return self._pool.begin(self._statistics, LONG_DEADLINE_S)

    async def _statistics(self, connection: PgConnection) -> Statistics:
        accounts, disabled, devices, invitations, prekeys, size, schema, files, file_bytes = await connection.fetchrow(
            _COUNT
        )
        mail = await self._mail(connection)
        return Statistics(accounts, disabled, devices, *mail, invitations, prekeys, size, schema, files, file_bytes)

    async def _mail(self, connection: PgConnection) -> tuple[int, int, int | None]:
        """Count what waits, as far as that is soon done."""
        now = asyncio.get_running_loop().time()
        if self._estimate is None or now - self._estimate[0] > ESTIMATED_S:
            self._estimate = (now, tuple(await connection.fetchrow(_ESTIMATE)))
        messages, size = self._estimate[1]
        if messages > COUNTED_EXACTLY:
            return messages, size, None
        counted, size, oldest = await connection.fetchrow(_COUNT_MAIL)
        return counted, size, oldest

    async def copy(self, file: Path) -> None:
        await self._dumper.dump(file)


async def _accounts(connection: PgConnection, after: str, most: int) -> tuple[AccountSummary, ...]:
    page = AccountPage()
    while most > 0:
        rows = await connection.fetch(_ACCOUNTS, after, min(ACCOUNTS_AT_ONCE, most))
        for row in rows:
            page.add(row)
            if page.full:
                return page.accounts()
        if len(rows) < ACCOUNTS_AT_ONCE:
            break
        after = rows[-1][1]
        most -= len(rows)
    return page.accounts()


async def _role(connection: PgConnection, account: int) -> AccountRole | None:
    row = await connection.fetchrow("SELECT owner, moderator FROM account WHERE id = $1 AND NOT disabled", account)
    return None if row is None else role_of(*row)


async def _count_invitations(connection: PgConnection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM invitation"))


async def _do(connection: PgConnection, action: Action, account: int | None, at: int) -> Performed | Refused:
    """Do it, whatever allows it."""
    if isinstance(action, UserRequest):
        await _do_to(connection, action, account)
        return Performed(account)
    match action:
        case MakeInvitation(token_hash, expires_at, uses):
            return Performed(invitation=await insert_invitation(connection, token_hash, at, expires_at, uses))
        case Revoke(invitation):
            return Performed() if await delete_invitation(connection, invitation) else NOT_FOUND
        case Broadcast(text):
            await note_change(connection, ChangeKind.NOTICE, text=text)
            return Performed()
        case _:
            return Performed()


async def _do_to(connection: PgConnection, action: AboutAccount, account: Any) -> None:
    """Do something to an account that is there."""
    match action:
        case EnableUser() | DisableUser():
            disabled = isinstance(action, DisableUser)
            await connection.execute("UPDATE account SET disabled = $2 WHERE id = $1", account, disabled)
            if disabled:
                why = str(ErrorCode.ACCOUNT_DISABLED)
                await note_change(connection, ChangeKind.ACCOUNT_CLOSED, account, text=why)
            else:
                await note_change(connection, ChangeKind.ACCOUNT_OPENED, account)
        case AppointUser(_, role):
            await _set_role(connection, account, role)
            await note_change(connection, ChangeKind.OWNER)
        case ResetLogin(_, salt, cost, public):
            await force_login(connection, account, LoginKey(salt, cost, public))
        case SetQuota(_, messages, size):
            await connection.execute(
                "UPDATE account SET mailbox_messages = $2, mailbox_bytes = $3 WHERE id = $1", account, messages, size
            )
            await lock_mailboxes(connection, account)
            await connection.execute(
                "UPDATE mailbox SET most_messages = $2, most_bytes = $3, edition = edition + 1"
                " WHERE id IN (SELECT id FROM device WHERE account = $1)",
                account,
                messages,
                size,
            )
        case DeleteUser():
            await delete_account(connection, account)
        case _:
            assert_never(action)


async def _set_role(connection: PgConnection, account: int, role: AccountRole) -> None:
    if role is AccountRole.OWNER:
        if await count_owners(connection) is not None:
            # The invitation that waited for an owner is void.
            await connection.execute("UPDATE relay SET owners = owners + 1")
        await connection.execute("UPDATE account SET owner = false WHERE owner")
    await connection.execute(
        "UPDATE account SET owner = $2, moderator = $3 WHERE id = $1",
        account,
        role is AccountRole.OWNER,
        role is AccountRole.MODERATOR,
    )
