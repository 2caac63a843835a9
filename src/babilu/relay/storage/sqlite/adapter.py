"""Storage port over SQLite: each method hands its transaction to the writer's thread and returns a future."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from babilu.identity.shapes import PrekeySet
from babilu.kernel.ids import BlobId, DeviceId, EnvelopeId
from babilu.kernel.limits import INTEGER_MAX
from babilu.relay.base.admin_requests import AccountRole
from babilu.relay.storage.administration import (
    AccountSummary,
    Action,
    Actor,
    AuditEntry,
    Performed,
    Statistics,
)
from babilu.relay.storage.records import (
    Account,
    AccountCreated,
    Admission,
    BlobRecord,
    Heirs,
    HeldPage,
    HeldPlace,
    ListRecord,
    LoginKey,
    MailboxStanding,
    MailPage,
    NewAccount,
    OpenInvitation,
    Outcome,
    Quota,
    Refused,
    Removed,
    Resumption,
    Stock,
    Submission,
    TakenBundle,
)
from babilu.relay.storage.sqlite.copying import copy_database
from babilu.relay.storage.sqlite.writer import Writer


class SqliteAccounts:
    """Accounts, invitations and the owner; see `AccountStore`."""

    def __init__(self, writer: Writer) -> None:
        self._call = writer.call

    def find(self, name: str) -> "asyncio.Future[Account | None]":
        return self._call(lambda tables: tables.accounts.find(name))

    def find_listing(self, name: str, device: DeviceId) -> "asyncio.Future[Account | None]":
        return self._call(lambda tables: tables.accounts.find_listing(name, device))

    def login_key(self, name: str) -> "asyncio.Future[LoginKey | None]":
        return self._call(lambda tables: tables.accounts.login_key(name))

    def holdings(self, account: int, place: HeldPlace, rows: int, size: int) -> "asyncio.Future[HeldPage]":
        return self._call(lambda tables: tables.holdings.page(account, place, rows, size))

    def register(self, new: NewAccount, admission: Admission) -> "asyncio.Future[AccountCreated | Refused]":
        return self._call(lambda tables: tables.accounts.register(new, admission))

    def change_login(self, account: int, before: bytes, login: LoginKey) -> "asyncio.Future[bool]":
        return self._call(lambda tables: tables.accounts.change_login(account, before, login))

    def reset_identity(
        self, account: int, device_list: ListRecord, device: DeviceId, prekeys: PrekeySet
    ) -> "asyncio.Future[Removed | Refused]":
        """Replace all devices by those of a new identity."""
        return self._call(lambda tables: tables.accounts.reset_identity(account, device_list, device, prekeys))

    def delete(self, account: int) -> "asyncio.Future[Removed]":
        return self._call(lambda tables: tables.accounts.delete(account))

    def owner_generation(self) -> "asyncio.Future[int | None]":
        """Count the owners so far, or return None while there is one."""
        return self._call(lambda tables: tables.accounts.owner_generation())

    def invite(
        self, token_hash: bytes, created_at: int, expires_at: int, uses: int
    ) -> "asyncio.Future[OpenInvitation]":
        return self._call(lambda tables: tables.accounts.invite(token_hash, created_at, expires_at, uses))

    def invitations(self, now: int) -> "asyncio.Future[tuple[OpenInvitation, ...]]":
        return self._call(lambda tables: tables.accounts.invitations(now))

    def revoke(self, invitation: int) -> "asyncio.Future[bool]":
        return self._call(lambda tables: tables.accounts.revoke(invitation))


class SqliteDirectory:
    """Device lists and prekeys; see `DirectoryStore`."""

    def __init__(self, writer: Writer) -> None:
        self._call = writer.call

    def replace_list(
        self, account: int, before: bytes, device_list: ListRecord, heirs: Heirs = ()
    ) -> "asyncio.Future[Removed | Refused]":
        return self._call(lambda tables: tables.directory.replace_list(account, before, device_list, heirs))

    def lists(self, names: Sequence[str]) -> "asyncio.Future[dict[str, ListRecord]]":
        return self._call(lambda tables: tables.directory.lists(names))

    def add_prekeys(self, device: DeviceId, prekeys: PrekeySet, most: int) -> "asyncio.Future[Stock | Refused]":
        return self._call(lambda tables: tables.directory.add_prekeys(device, prekeys, most))

    def stock(self, device: DeviceId) -> "asyncio.Future[Stock]":
        return self._call(lambda tables: tables.directory.stock(device))

    def take_bundle(self, name: str, device: DeviceId, one_time: bool) -> "asyncio.Future[TakenBundle | Refused]":
        return self._call(lambda tables: tables.directory.take_bundle(name, device, one_time))


class SqliteMail:
    """Mailboxes; see `MailStore`."""

    def __init__(self, writer: Writer) -> None:
        self._call = writer.call

    def submit(self, batch: Sequence[Submission], now: int, quota: Quota) -> "asyncio.Future[list[Outcome]]":
        return self._call(lambda tables: tables.mail.submit(batch, now, quota))

    def know(self, device: DeviceId, shares: frozenset[bytes]) -> "asyncio.Future[None]":
        return self._call(lambda tables: tables.mail.know(device, shares))

    def acknowledge(self, cursors: Sequence[tuple[DeviceId, int]]) -> "asyncio.Future[frozenset[DeviceId]]":
        return self._call(lambda tables: tables.mail.acknowledge(cursors))

    def standings(self, devices: Sequence[DeviceId]) -> "asyncio.Future[dict[DeviceId, MailboxStanding]]":
        return self._call(lambda tables: tables.mail.standings(devices))

    def resume(
        self, device: DeviceId, cursor: int, envelope: EnvelopeId | None, number: int
    ) -> "asyncio.Future[Resumption | Refused]":
        return self._call(lambda tables: tables.mail.resume(device, cursor, envelope, number))

    def read(self, device: DeviceId, after: int, messages: int, size: int) -> "asyncio.Future[MailPage]":
        return self._call(lambda tables: tables.mail.read(device, after, messages, size))

    def expire(self, stored_before: int, most: int) -> "asyncio.Future[int]":
        return self._call(lambda tables: tables.mail.expire(stored_before, most))

    def forget_repeats(self, stored_before: int, expired_before: int, most: int) -> "asyncio.Future[bool]":
        return self._call(lambda tables: tables.mail.forget_repeats(stored_before, expired_before, most))


class SqliteBlobs:
    """Which sealed files there are; see `BlobStore`."""

    def __init__(self, writer: Writer) -> None:
        self._call = writer.call

    def create(
        self, account: int, blob: BlobId, size: int, now: int, most: int
    ) -> "asyncio.Future[BlobRecord | Refused]":
        return self._call(lambda tables: tables.blobs.create(account, blob, size, now, most))

    def complete(self, blob: BlobId, now: int) -> "asyncio.Future[bool]":
        return self._call(lambda tables: tables.blobs.complete(blob, now))

    def reopen(self, blob: BlobId) -> "asyncio.Future[None]":
        return self._call(lambda tables: tables.blobs.reopen(blob))

    def release(self, account: int, blob: BlobId) -> "asyncio.Future[bool]":
        return self._call(lambda tables: tables.blobs.release(account, blob))

    def release_overdue(
        self, completed_before: int, created_before: int, most: int
    ) -> "asyncio.Future[tuple[BlobId, ...]]":
        return self._call(lambda tables: tables.blobs.release_overdue(completed_before, created_before, most))

    def release_greediest(self, account: int, needed: int, most: int) -> "asyncio.Future[tuple[BlobId, ...]]":
        return self._call(lambda tables: tables.blobs.release_greediest(account, needed, most))

    def forget(self, blobs: Sequence[BlobId]) -> "asyncio.Future[None]":
        return self._call(lambda tables: tables.blobs.forget(blobs))

    def known(self, blobs: Sequence[BlobId]) -> "asyncio.Future[frozenset[BlobId]]":
        return self._call(lambda tables: tables.blobs.known(blobs))


class SqliteAdministration:
    """Accounts and invitations as an operator sees and changes them; see `AdministrationStore`."""

    def __init__(self, writer: Writer) -> None:
        self._call = writer.call
        self._file = writer.path

    def accounts(self, after: str = "", most: int = INTEGER_MAX) -> "asyncio.Future[tuple[AccountSummary, ...]]":
        return self._call(lambda tables: tables.administration.accounts(after, most))

    def perform(self, action: Action, at: int, actor: Actor) -> "asyncio.Future[Performed | Refused]":
        return self._call(lambda tables: tables.administration.perform(action, at, actor))

    def role(self, account: int) -> "asyncio.Future[AccountRole | None]":
        return self._call(lambda tables: tables.administration.role(account))

    def audit(self, most: int) -> "asyncio.Future[tuple[AuditEntry, ...]]":
        return self._call(lambda tables: tables.administration.audit(most))

    def statistics(self) -> "asyncio.Future[Statistics]":
        return self._call(lambda tables: tables.administration.statistics())

    async def copy(self, file: Path) -> None:
        await copy_database(self._file, file)


class SqliteStorage:
    """Everything a relay keeps, in one SQLite file; make it with `open`."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.administration = SqliteAdministration(writer)
        self.accounts = SqliteAccounts(writer)
        self.directory = SqliteDirectory(writer)
        self.mail = SqliteMail(writer)
        self.blobs = SqliteBlobs(writer)

    @property
    def files(self) -> None:
        """They are in a folder of the relay."""

    @property
    def nodes(self) -> None:
        """There is one node alone."""

    @property
    def epoch(self) -> bytes:
        """Name of the history that the database holds."""
        return self._writer.epoch

    @classmethod
    async def open(cls, path: Path) -> "SqliteStorage":
        """Open or make the database at ``path``.

        Raises:
            ProfileError: ``profile_too_new``, ``profile_damaged`` or ``disk_full``.
        """
        return cls(await Writer.start(path))

    async def close(self) -> None:
        """Finish what was begun, close the file and end the thread."""
        await self._writer.stop()
