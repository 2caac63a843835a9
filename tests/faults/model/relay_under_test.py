"""The relay's own code over pipes, with its database's commits in the hands of the test."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar, cast

from babilu.crypto.keys import SigningKey
from babilu.crypto.password import LoginCost
from babilu.crypto.secret import Secret
from babilu.identity.device_list import verify_device_list
from babilu.identity.shapes import PrekeySet, SignedDeviceList
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import Limits
from babilu.relay.base.keys import RelayKey
from babilu.relay.base.settings import Registration
from babilu.relay.bus.local import LocalBus
from babilu.relay.node.connections import ConnectionRegistry
from babilu.relay.services.accounts import Accounts, Entrance
from babilu.relay.services.blobs import BlobService
from babilu.relay.services.challenge import LoginChallenge
from babilu.relay.services.data_export import DataExport
from babilu.relay.services.delivery import DeliveryService
from babilu.relay.services.device_list_service import DeviceListService
from babilu.relay.services.device_lists import list_record
from babilu.relay.services.directory import Directory
from babilu.relay.services.dispatch import Services
from babilu.relay.services.invitations import Invitations
from babilu.relay.services.linking import LinkingService
from babilu.relay.services.presence import PresenceService
from babilu.relay.services.remote_admin import Answering, RemoteAdmin
from babilu.relay.services.sessions import SessionRegistry
from babilu.relay.services.shared_throttle import SharedThrottle
from babilu.relay.services.submission import SubmissionService
from babilu.relay.services.transients import TransientService
from babilu.relay.storage.administration import AdministrationStore
from babilu.relay.storage.blobs.port import BlobFiles
from babilu.relay.storage.port import BlobStore, Storage
from babilu.relay.storage.records import AccountCreated, Admission, LoginKey, NewAccount, Removed
from babilu.relay.storage.sqlite.adapter import SqliteAccounts, SqliteDirectory, SqliteMail
from babilu.relay.storage.sqlite.schema import begin_epoch, open_database, read_epoch
from babilu.relay.storage.sqlite.tables import Tables
from babilu.relay.storage.sqlite.writer import Writer
from babilu.relay.transport.login_queue import PendingPeer
from tests.faults.model.machine_room import Draws, Listener, Loop, StandingClock

T = TypeVar("T")

ADDRESS = ("relay", 5050)
CERTIFICATE = b"certificate of the relay"
SECRET = Secret(bytes(32))
PUBLIC = RelayKey(SECRET).public
PASSWORD = SigningKey.from_bytes(Secret(b"p" * 32))
"""What everybody's password comes to: to derive it would take longer than a story."""
LIMITS = Limits(
    bundle_fetches=10**6, target_bundles=10**6, publications=10**6, submissions=10**6, watches=10**6, look_ups=10**6
)
"""Throttles are tried elsewhere: here they would only slow everybody down."""


class Commits:
    """The writer of the storage: what one turn of the loop asked for is one transaction, and then it is answered.

    Attributes:
        crash_before: Lose the next transaction with the process, before its commit.
        crash_after: Lose the process after the next commit, before anybody is answered.
    """

    def __init__(
        self,
        loop: Loop,
        connection: sqlite3.Connection,
        on_crash: Callable[[], None],
        stored: set[tuple[DeviceId, bytes]],
    ) -> None:
        self._loop = loop
        self._connection = connection
        self._on_crash = on_crash
        self.tables = Tables(connection)
        self._calls: list[tuple[Callable[[Tables], object], asyncio.Future[object]]] = []
        self._stored = stored
        self.stored_twice = 0
        self._letters: set[tuple[int, DeviceId, bytes]] = set()
        self.overlook()
        self.crash_before = False
        self.crash_after = False
        self.is_gone = False

    def call(self, work: Callable[[Tables], T]) -> "asyncio.Future[T]":
        future: asyncio.Future[T] = self._loop.create_future()
        if not self._calls:
            self._loop.call_soon(self.commit)
        self._calls.append((work, cast("asyncio.Future[object]", future)))
        return future

    def commit(self) -> None:
        """Do in one transaction what was asked for, then answer."""
        calls, self._calls = self._calls, []
        if self.is_gone:
            return
        if self.crash_before:
            self._on_crash()
            return
        self.tables.begin()
        self._connection.execute("BEGIN")
        results = [work(self.tables) for work, _ in calls]
        self._connection.execute("COMMIT")
        self._count_stored()
        if self.crash_after:
            self._on_crash()
            return
        self.answer([future for _, future in calls], results)

    @staticmethod
    def answer(futures: "list[asyncio.Future[object]]", results: list[object]) -> None:
        """Give those who asked their results."""
        for future, result in zip(futures, results, strict=True):
            if not future.done():
                future.set_result(result)

    def overlook(self) -> None:
        """Count nothing that is in the mailboxes now."""
        self._letters = self._read()

    def _read(self) -> set[tuple[int, DeviceId, bytes]]:
        sql = "SELECT mail.id, device.device, mail.envelope FROM mail JOIN device ON device.id = mail.mailbox"
        return {(row, DeviceId(device), bytes(envelope)) for row, device, envelope in self._connection.execute(sql)}

    def _count_stored(self) -> None:
        letters = self._read()
        # What moves to the mailbox of an heir is not stored once more, however often somebody has doubled it before.
        there = {(row, envelope) for row, _, envelope in self._letters}
        for row, device, envelope in letters - self._letters:
            self.stored_twice += (device, envelope) in self._stored and (row, envelope) not in there
            self._stored.add((device, envelope))
        self._letters = letters


class RelayUnderTest:
    """A relay that can be killed at its commits and started again on the same database."""

    def __init__(self, loop: Loop, clock: StandingClock, path: Path) -> None:
        self._loop = loop
        self._clock = clock
        self._draws = Draws("relay")
        self._path = path
        self._open()
        self.commits: Commits
        self.stored: set[tuple[DeviceId, bytes]] = set()
        self.start()

    def _open(self) -> None:
        self.connection = open_database(self._path)
        self.connection.execute("PRAGMA synchronous = OFF")

    def back_up(self, copy: Path) -> None:
        """Copy the database as it is."""
        with closing(sqlite3.connect(copy)) as target:
            self.connection.backup(target)

    def restore(self, copy: Path) -> None:
        """Put a copy in the place of the database, as the operator's command does, and begin a new life on it."""
        self.crash()
        self.connection.close()
        for ending in ("-wal", "-shm"):
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
        shutil.copy(copy, self._path)
        begin_epoch(self._path)
        self._open()
        # What had been stored since is stored again, and what had been delivered may come once more.
        self.stored.clear()
        rows = "SELECT device.device, mail.envelope FROM mail JOIN device ON device.id = mail.mailbox"
        self.stored.update((DeviceId(device), bytes(envelope)) for device, envelope in self.connection.execute(rows))
        self.start()

    def start(self) -> None:
        """Begin a new life on what is on disk."""
        self._loop.run(self._start())

    async def _start(self) -> None:
        loop, clock, draws = self._loop, self._clock, self._draws
        self.commits = Commits(loop, self.connection, self.crash, self.stored)
        writer = cast("Writer", self.commits)
        tables = SimpleNamespace(
            accounts=SqliteAccounts(writer),
            directory=SqliteDirectory(writer),
            mail=SqliteMail(writer),
            epoch=read_epoch(self.connection),
            nodes=None,
        )
        storage = cast("Storage", tables)
        key = RelayKey(SECRET)
        bus = LocalBus()
        requests: set[asyncio.Task[None]] = set()
        roster = SessionRegistry(LIMITS)
        bus.subscribe(roster.hear)
        gate = LoginChallenge("relay", key, Registration.OPEN, LIMITS, draws)
        invitations = Invitations(storage.accounts, key, Registration.OPEN, LIMITS, clock, draws)
        entrance = Entrance(storage, bus, roster, gate, invitations, key, LIMITS, lambda _: None, clock, draws)
        accounts = Accounts(entrance)
        nobody = cast("AdministrationStore", SimpleNamespace())
        presence = PresenceService(storage.directory, storage.mail, key, bus, requests, LIMITS, clock)
        delivery = DeliveryService(storage.mail, bus, LIMITS)
        services = Services(
            gate,
            accounts,
            DeviceListService(entrance, accounts),
            Directory(storage.directory, roster, bus, SharedThrottle(key, None), LIMITS, clock),
            delivery,
            SubmissionService(storage.mail, delivery, key, LIMITS, clock),
            presence,
            TransientService(roster, presence, bus, LIMITS, clock),
            LinkingService(roster, bus, LIMITS, clock),
            roster,
            BlobService(cast("BlobStore", nobody), cast("BlobFiles", nobody), LIMITS, clock),
            DataExport(storage.accounts, LIMITS, clock),
            RemoteAdmin(nobody, cast("Answering", nobody), LIMITS, clock),
        )
        switchboard = ConnectionRegistry(services, LIMITS, requests)
        loop.listening[ADDRESS] = Listener(lambda: switchboard.make(PendingPeer(None, CERTIFICATE)), CERTIFICATE)
        self._registry = switchboard

    def crash(self) -> None:
        """End without a word."""
        self.commits.is_gone = True
        self._registry._timing_wheel.stop()
        self._loop.listening.pop(ADDRESS, None)
        for wire in self._loop.wires:
            if wire.address == ADDRESS:
                # What it has written is on its way still.
                wire.ends[1].die()

    @property
    def is_up(self) -> bool:
        return not self.commits.is_gone

    # What the operator, or an earlier time, has done.

    def register(self, name: str, device_list: SignedDeviceList, device: DeviceId, prekeys: PrekeySet) -> None:
        """Make an account."""
        record = list_record(device_list, verify_device_list(device_list))
        login = LoginKey(bytes(32), LoginCost(), PASSWORD.public)
        new = NewAccount(name, name, login, record, device, prekeys, self._clock.now_ms())
        made = self._at_once(lambda tables: tables.accounts.register(new, Admission(True, None, False)))
        assert isinstance(made, AccountCreated)

    def reset_identity(self, name: str, device_list: SignedDeviceList, device: DeviceId, prekeys: PrekeySet) -> None:
        """Give an account to another identity, as its password allows."""
        record = list_record(device_list, verify_device_list(device_list))
        row = self.connection.execute("SELECT id FROM account WHERE name = ?", (name,)).fetchone()
        done = self._at_once(lambda tables: tables.accounts.reset_identity(row[0], record, device, prekeys))
        assert isinstance(done, Removed)
        self.commits.tables.forget()

    def letters(self, device: DeviceId) -> list[tuple[int, int, bytes]]:
        """Return row, number and envelope of what waits for a device."""
        return self.connection.execute(
            "SELECT mail.id, seq, envelope FROM mail JOIN device ON device.id = mail.mailbox WHERE device.device = ?"
            " ORDER BY seq",
            (device,),
        ).fetchall()

    def lists(self, device: DeviceId) -> bool:
        """Tell whether a device is one of an account's."""
        return self.connection.execute("SELECT 1 FROM device WHERE device = ?", (device,)).fetchone() is not None

    def lose_letter(self, row: int) -> None:
        """Let a letter vanish that was accepted."""

        def lose(_: Tables) -> None:
            self.connection.execute("DELETE FROM mail WHERE id = ?", (row,))

        self._at_once(lose)
        self.commits.tables.forget()

    def swap_letters(self, one: int, other: int) -> None:
        """Deliver two letters in the wrong order."""

        def swap(_: Tables) -> None:
            rows = [
                self.connection.execute("SELECT envelope FROM mail WHERE id = ?", (row,)).fetchone()[0]
                for row in (one, other)
            ]
            for row, envelope in zip((other, one), rows, strict=True):
                self.connection.execute("UPDATE mail SET envelope = ? WHERE id = ?", (envelope, row))

        self._at_once(swap)
        self.commits.overlook()

    def double_letter(self, device: DeviceId, envelope: bytes) -> None:
        """Put a letter into a mailbox once more, under the next number."""
        mailbox = self.commits.tables.mail._find(device)
        if mailbox is None:
            return

        def put(_: Tables) -> None:
            mailbox.head += 1
            self.connection.execute(
                "INSERT INTO mail (mailbox, seq, share, size, stored_at, envelope) VALUES (?, ?, ?, ?, ?, ?)",
                (mailbox.number, mailbox.head, bytes(16), len(envelope), self._clock.now_ms(), envelope),
            )
            self.connection.execute("UPDATE device SET head = ? WHERE id = ?", (mailbox.head, mailbox.number))

        self._at_once(put)
        self.commits.overlook()

    def _at_once(self, work: Callable[[Tables], T]) -> T:
        self.connection.execute("BEGIN")
        result = work(self.commits.tables)
        self.connection.execute("COMMIT")
        return result
