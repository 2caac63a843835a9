"""Accounts over PostgreSQL; see `AccountStore`: of two nodes at the same name, one finds it taken."""

import asyncio
from typing import Final

from babilu.identity.shapes import PrekeySet
from babilu.kernel.errors import ErrorCode
from babilu.kernel.ids import DeviceId
from babilu.relay.storage.account_columns import (
    ACCOUNT_COLUMNS,
    ACCOUNT_WIDTH,
    DEVICE_COLUMNS,
    LOGIN_COLUMNS,
    NEW_ACCOUNT_COLUMNS,
    account_from,
    device_from,
    login_from,
    login_values,
    new_account_values,
)
from babilu.relay.storage.nodes import ChangeKind
from babilu.relay.storage.postgresql.change_log import note_change
from babilu.relay.storage.postgresql.connections import PgConnection, Pool, storable
from babilu.relay.storage.postgresql.devices import (
    Changed,
    belong_elsewhere,
    change_list,
    delete_devices,
    devices_of,
    insert_first_prekeys,
    lock_mailboxes,
    replace_devices,
    write_list,
)
from babilu.relay.storage.postgresql.holdings import read_holdings
from babilu.relay.storage.records import (
    CONFLICT,
    NO_ACCOUNT,
    NOT_FOUND,
    Account,
    AccountCreated,
    Admission,
    HeldPage,
    HeldPlace,
    ListRecord,
    LoginKey,
    NewAccount,
    OpenInvitation,
    Refused,
    Removed,
)

_ACCOUNT: Final = (
    f"SELECT a.id, {ACCOUNT_COLUMNS}, {DEVICE_COLUMNS} FROM account a LEFT JOIN device d ON d.account = a.id"
)

_NAME_TAKEN: Final = Refused(ErrorCode.NAME_TAKEN)


class PostgresAccounts:
    """Accounts, invitations and the owner.

    Args:
        pool: Connections.
        changed: Hears of devices that have gone or come.
    """

    def __init__(self, pool: Pool, changed: Changed) -> None:
        self._pool = pool
        self._changed = changed

    def find(self, name: str) -> "asyncio.Future[Account | None]":
        return self._pool.begin(lambda connection: _find(connection, "name = $1", storable(name)))

    def find_listing(self, name: str, device: DeviceId) -> "asyncio.Future[Account | None]":
        # By the device first: what is listed nowhere is found by no name, known or not.
        which = "a.id = (SELECT account FROM device WHERE device = $1) AND name = $2"
        return self._pool.begin(lambda connection: _find(connection, which, device, storable(name)))

    def login_key(self, name: str) -> "asyncio.Future[LoginKey | None]":
        async def work(connection: PgConnection) -> LoginKey | None:
            row = await connection.fetchrow(f"SELECT {LOGIN_COLUMNS} FROM account WHERE name = $1", storable(name))
            return None if row is None else login_from(row)

        return self._pool.begin(work)

    def holdings(self, account: int, place: HeldPlace, rows: int, size: int) -> "asyncio.Future[HeldPage]":
        return self._pool.begin(lambda connection: read_holdings(connection, account, place, rows, size))

    def register(self, new: NewAccount, admission: Admission) -> "asyncio.Future[AccountCreated | Refused]":
        async def work(connection: PgConnection) -> AccountCreated | Refused:
            return await _register(connection, new, admission)

        return self._pool.begin(lambda connection: change_list(connection, new.device_list, self._changed, work))

    def change_login(self, account: int, before: bytes, login: LoginKey) -> "asyncio.Future[bool]":
        async def work(connection: PgConnection) -> bool:
            found = await connection.fetchval(
                "SELECT 1 FROM account WHERE id = $1 AND login_key IN ($2, $3) FOR NO KEY UPDATE",
                account,
                before,
                login.public,
            )
            if found is not None:
                await force_login(connection, account, login)
            return found is not None

        return self._pool.transact(work)

    def reset_identity(
        self, account: int, device_list: ListRecord, device: DeviceId, prekeys: PrekeySet
    ) -> "asyncio.Future[Removed | Refused]":
        async def work(connection: PgConnection) -> Removed | Refused:
            return await _reset(connection, account, device_list, device, prekeys)

        return self._pool.begin(lambda connection: change_list(connection, device_list, self._changed, work))

    def delete(self, account: int) -> "asyncio.Future[Removed]":
        async def work(connection: PgConnection) -> Removed:
            async with connection.transaction():
                removed = await delete_account(connection, account)
            self._changed(removed.devices)
            return removed

        return self._pool.begin(work)

    def owner_generation(self) -> "asyncio.Future[int | None]":
        return self._pool.begin(count_owners)

    def invite(
        self, token_hash: bytes, created_at: int, expires_at: int, uses: int
    ) -> "asyncio.Future[OpenInvitation]":
        return self._pool.transact(
            lambda connection: insert_invitation(connection, token_hash, created_at, expires_at, uses)
        )

    def invitations(self, now: int) -> "asyncio.Future[tuple[OpenInvitation, ...]]":
        async def work(connection: PgConnection) -> tuple[OpenInvitation, ...]:
            await connection.execute("DELETE FROM invitation WHERE expires_at <= $1", now)
            rows = await connection.fetch("SELECT id, created_at, expires_at, uses FROM invitation ORDER BY id")
            return tuple(OpenInvitation(*row) for row in rows)

        return self._pool.begin(work)

    def revoke(self, invitation: int) -> "asyncio.Future[bool]":
        return self._pool.begin(lambda connection: delete_invitation(connection, invitation))


async def _find(connection: PgConnection, which: str, *arguments: object) -> Account | None:
    """Read an account and its devices by one statement, which sees both at one moment and is one round trip."""
    rows = await connection.fetch(f"{_ACCOUNT} WHERE {which} ORDER BY place", *arguments)
    if not rows:
        return None
    devices = [device_from(row[ACCOUNT_WIDTH:]) for row in rows if row[ACCOUNT_WIDTH] is not None]
    return account_from(rows[0], devices)


async def _register(connection: PgConnection, new: NewAccount, admission: Admission) -> AccountCreated | Refused:
    owner = False
    if admission.owner:
        # There is one owner at most: whoever wants to be it waits for others who do.
        await connection.execute("SELECT 1 FROM relay FOR UPDATE")
        owner = await count_owners(connection) is not None
    invitation = None
    if not owner and admission.token_hash is not None:
        invitation = await connection.fetchrow(
            "SELECT id, uses FROM invitation WHERE token_hash = $1 AND expires_at > $2 FOR UPDATE",
            admission.token_hash,
            new.created_at,
        )
    if not admission.lets_in(owner=owner, invited=invitation is not None):
        return Refused(ErrorCode.INVITATION_NEEDED)
    if not admission.has_room(await _count_accounts(connection, admission.accounts), owner=owner):
        return Refused(ErrorCode.SERVER_FULL)
    taken = "SELECT 1 FROM account WHERE name = $1 OR skeleton = $2"
    if await connection.fetchval(taken, new.name, new.skeleton) is not None:
        return _NAME_TAKEN
    if await belong_elsewhere(connection, NO_ACCOUNT, new.device_list):
        return CONFLICT
    account = await _insert(connection, new, owner)
    if account is None:
        return _NAME_TAKEN
    await replace_devices(connection, account, new.device_list)
    await insert_first_prekeys(connection, new.device, new.prekeys)
    if owner:
        await connection.execute("UPDATE relay SET owners = owners + 1")
        await note_change(connection, ChangeKind.OWNER)
    if invitation is not None:
        if invitation[1] == 1:
            await connection.execute("DELETE FROM invitation WHERE id = $1", invitation[0])
        else:
            await connection.execute("UPDATE invitation SET uses = uses - 1 WHERE id = $1", invitation[0])
    return AccountCreated(account, owner)


async def _count_accounts(connection: PgConnection, most: int) -> int:
    """Count accounts, and no further than matters; other nodes may make some at the same moment."""
    counted = await connection.fetchval("SELECT count(*) FROM (SELECT 1 FROM account LIMIT $1) a", most)
    return int(counted)


async def _insert(connection: PgConnection, new: NewAccount, owner: bool) -> int | None:
    """Write an account; None where another one of its name was written at this moment."""
    values = new_account_values(new, owner=owner)
    places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    account: int | None = await connection.fetchval(
        f"INSERT INTO account ({NEW_ACCOUNT_COLUMNS}) VALUES ({places}) ON CONFLICT DO NOTHING RETURNING id", *values
    )
    return account


async def _reset(
    connection: PgConnection, account: int, device_list: ListRecord, device: DeviceId, prekeys: PrekeySet
) -> Removed | Refused:
    row = await connection.fetchrow("SELECT list_hash, name FROM account WHERE id = $1 FOR UPDATE", account)
    if row is None:
        return NOT_FOUND
    if row[0] == device_list.hash:
        return Removed(())
    if await belong_elsewhere(connection, account, device_list):
        return CONFLICT
    before = tuple(listed.device for listed in await devices_of(connection, account))
    await delete_devices(connection, before)
    await write_list(connection, account, device_list)
    await replace_devices(connection, account, device_list)
    await insert_first_prekeys(connection, device, prekeys)
    await note_change(connection, ChangeKind.LIST_CHANGED, account, text=row[1])
    # The new list is another person's: those who are sent away are not shown it, so no name comes along.
    await note_change(connection, ChangeKind.DEVICE_REMOVED, account, [each for each in before if each != device])
    return Removed(before)


async def force_login(connection: PgConnection, account: int, login: LoginKey) -> None:
    """Replace a login key, whatever it was."""
    await connection.execute(
        f"UPDATE account SET ({LOGIN_COLUMNS}) = ($2, $3, $4, $5, $6) WHERE id = $1", account, *login_values(login)
    )


async def delete_account(connection: PgConnection, account: int) -> Removed:
    """Delete an account with everything that belongs to it."""
    await connection.execute("SELECT 1 FROM account WHERE id = $1 FOR UPDATE", account)
    await lock_mailboxes(connection, account)
    devices = tuple(listed.device for listed in await devices_of(connection, account))
    await delete_devices(connection, devices)
    await connection.execute("DELETE FROM account WHERE id = $1", account)
    await note_change(connection, ChangeKind.ACCOUNT_CLOSED, account, text=str(ErrorCode.DEVICE_UNKNOWN))
    await note_change(connection, ChangeKind.OWNER)
    return Removed(devices)


async def count_owners(connection: PgConnection) -> int | None:
    """Count the owners so far, or return None while there is one."""
    row = await connection.fetchrow("SELECT owners, EXISTS (SELECT 1 FROM account WHERE owner) FROM relay")
    return None if row[1] else int(row[0])


async def insert_invitation(
    connection: PgConnection, token_hash: bytes, created_at: int, expires_at: int, uses: int
) -> OpenInvitation:
    """Keep an invitation."""
    number = await connection.fetchval(
        "INSERT INTO invitation (token_hash, created_at, expires_at, uses) VALUES ($1, $2, $3, $4) RETURNING id",
        token_hash,
        created_at,
        expires_at,
        uses,
    )
    return OpenInvitation(number, created_at, expires_at, uses)


async def delete_invitation(connection: PgConnection, invitation: int) -> bool:
    """Make an invitation unusable; tell whether there was one."""
    return await connection.execute("DELETE FROM invitation WHERE id = $1", invitation) == "DELETE 1"
