"""Profile store: opened under its lock by a passphrase; a stamp shows when the database was rolled back.

The order of each step is what makes a crash at any moment harmless: the unlock file announces a stamp before the
database commits it, and forgets the old one afterwards.
"""

import logging
import shutil
import threading
import weakref
from contextlib import ExitStack
from typing import Final

import msgspec

from babilu.crypto.password import LoginCost
from babilu.crypto.secret import Passphrase, Secret
from babilu.kernel.errors import AccountError, ErrorCode, ProfileError
from babilu.kernel.ports import Clock, Randomness
from babilu.store.database import KEY_BYTES, Database
from babilu.store.errors import damaged, profile_error
from babilu.store.profile_files import ProfileLock, ProfilePaths
from babilu.store.unit_of_work import UnitOfWork
from babilu.store.unlock import (
    STAMP_BYTES,
    UnlockFile,
    UnlockKind,
    UnlockMethod,
    UnlockPhase,
    identity_by_passphrase,
    passphrase_way,
    read_unlock_file,
    unlock_by_passphrase,
    write_unlock_file,
)
from babilu.store.write_ahead_log import is_log_cut, is_log_lost

PASSPHRASES_MAX: Final = 8
"""Passphrases that open one profile: a relay that never answers a change of password leaves one more each time."""

_ROLLED_BACK: Final = "store.rolled_back"

_log = logging.getLogger(__name__)


class ProfileStore:
    """An open profile: lock, unlock file and database together. Made by `create` and `open`; `close` it.

    Attributes:
        paths: Its files.
        database: Its database.
        opened_by: Id of the way that opened it, to be removed when its passphrase is changed.
    """

    def __init__(self, held: "_Held", opened_by: bytes, *, rolled_back: bool) -> None:
        self.paths: Final = held.paths
        self.database: Final = held.database
        self.opened_by: Final = opened_by
        self._held: Final = held
        self._rolled_back = rolled_back
        # A client that ends without closing still leaves files that hold together.
        self._unclosed: Final = weakref.finalize(self, held.close)

    @staticmethod
    def exists(paths: ProfilePaths) -> bool:
        """Tell whether there is a profile to open; one whose making was interrupted holds nothing and does not count.

        Raises:
            ProfileError: ``profile_damaged``, ``profile_too_new``, ``profile_too_old``, ``not_allowed``,
                ``unavailable``.
        """
        paths.check()
        if paths.unlock.exists():
            return read_unlock_file(paths.unlock).phase is not UnlockPhase.CREATING
        return paths.database.exists()

    @classmethod
    def create(
        cls,
        paths: ProfilePaths,
        passphrase: Passphrase,
        randomness: Randomness,
        clock: Clock,
        cost: LoginCost | None = None,
        *,
        identity: Secret | None = None,
    ) -> "ProfileStore":
        """Make a new profile with empty tables and open it.

        Args:
            paths: Where it is to lie; the folder is made where it is missing.
            passphrase: What opens it from now on.
            randomness: For the database key and the stamps.
            clock: For what is past its time.
            cost: Cost of Argon2id, or None for the default.
            identity: Seed of the identity key, kept wrapped under the passphrase; None for a companion, or until it is
                known.

        Raises:
            ProfileError: ``conflict`` where there is a profile already, ``profile_in_use``, ``disk_full``,
                ``not_allowed``, ``unavailable``.
        """
        paths.make_home()
        paths.check()
        with ExitStack() as undo:
            lock = undo.enter_context(ProfileLock.acquire(paths))
            if cls.exists(paths):
                raise ProfileError(ErrorCode.CONFLICT, "There is a profile of this name already.")
            _remove_files(paths)
            key = Secret(randomness.token(KEY_BYTES))
            way = passphrase_way(passphrase, key, randomness, cost, identity=identity)
            stamp = randomness.token(STAMP_BYTES)
            file = UnlockFile(UnlockPhase.CREATING, (stamp,), (way,))
            write_unlock_file(paths.unlock, file)
            undo.callback(_remove_files, paths)
            database = Database.create(paths, key, clock)
            undo.callback(database.close)
            with database.write() as unit:
                database.set_stamp(unit, stamp)
            held = _Held(paths, lock, key, database, randomness, file, cost)
            held.write(phase=UnlockPhase.OPEN)
            undo.pop_all()
        return cls(held, way.id, rolled_back=False)

    @classmethod
    def open(
        cls,
        paths: ProfilePaths,
        passphrase: Passphrase,
        randomness: Randomness,
        clock: Clock,
        cost: LoginCost | None = None,
    ) -> "ProfileStore":
        """Open a profile.

        Args:
            paths: Where it lies.
            passphrase: What opens it.
            randomness: For the stamps.
            clock: For what is past its time.
            cost: Cost of Argon2id for passphrases added later, or None for the default.

        Raises:
            AccountError: ``wrong_credentials``.
            ProfileError: ``not_found``, ``profile_in_use``, ``profile_damaged``, ``profile_too_new``,
                ``profile_too_old``, ``disk_full``,
                ``not_allowed``, ``unavailable``.
        """
        paths.check()
        if not cls.exists(paths):
            raise ProfileError(ErrorCode.NOT_FOUND, "There is no such profile.")
        with ExitStack() as undo:
            lock = undo.enter_context(ProfileLock.acquire(paths))
            file = read_unlock_file(paths.unlock)
            if not paths.database.exists():
                raise damaged()
            key, way = unlock_by_passphrase(file, passphrase)
            # Before anything touches the log: opening and closing a database may end it.
            lost = file.phase is UnlockPhase.OPEN and is_log_lost(paths.log)
            probe = Database.probe(paths, key)
            cut = file.phase is UnlockPhase.OPEN and is_log_cut(paths.log, probe.log_frames)
            rolled_back = lost or cut or probe.stamp not in file.stamps
            if rolled_back and not probe.has_identity:
                # Going on would end in a new identity where there had been one.
                raise damaged()
            stamp = randomness.token(STAMP_BYTES)
            # A rolled-back database's own stamp stays unknown, so that a crash here leaves it rolled back.
            announced = (stamp,) if rolled_back else (probe.stamp, stamp)
            file = UnlockFile(UnlockPhase.CHANGING, announced, file.ways)
            write_unlock_file(paths.unlock, file)
            database = Database.open(paths, key, clock)
            undo.callback(database.close)
            with database.write() as unit:
                database.set_stamp(unit, stamp)
                if rolled_back:
                    unit.settings.set(_ROLLED_BACK, b"")
                rolled_back = unit.settings.get(_ROLLED_BACK) is not None
            held = _Held(paths, lock, key, database, randomness, file, cost)
            held.write(phase=UnlockPhase.OPEN, stamps=(stamp,))
            undo.pop_all()
        return cls(held, way.id, rolled_back=rolled_back)

    @property
    def is_rolled_back(self) -> bool:
        """Whether the database is older than what was committed once, and nobody has dealt with it since."""
        return self._rolled_back

    def note_rollback(self) -> None:
        """Record that somebody else, such as the relay, remembers more than this database."""
        with self.database.write() as unit:
            unit.settings.set(_ROLLED_BACK, b"")
        self._rolled_back = True

    def forget_rollback(self, unit: UnitOfWork) -> None:
        """Record, in the transaction that makes it so, that the profile has come back as a new device."""
        unit.settings.delete(_ROLLED_BACK)
        self._rolled_back = False

    def way_of(self, passphrase: Passphrase) -> bytes:
        """Return the id of the way that a passphrase opens.

        Raises:
            AccountError: ``wrong_credentials``.
        """
        _, way = unlock_by_passphrase(self._held.file, passphrase)
        return way.id

    @property
    def has_identity(self) -> bool:
        """Whether the identity key is kept here, wrapped: that of a full device, not of a companion."""
        return any(way.identity is not None for way in self._held.file.ways)

    @property
    def wrapped_identities(self) -> tuple[bytes, ...]:
        """The seed of the identity key as it is kept, once for each passphrase that opens the profile."""
        return tuple(way.identity for way in self._held.file.ways if way.identity is not None)

    def identity(self, passphrase: Passphrase) -> Secret:
        """Open the seed of the identity key; whoever asks forgets it again at once.

        Raises:
            AccountError: ``wrong_credentials``, or ``companion`` where it is not kept here.
        """
        opened = identity_by_passphrase(self._held.file, passphrase)
        if opened is None:
            text = "This device is a companion: it does not hold your identity. Do this on a full device of yours."
            raise AccountError(ErrorCode.COMPANION, text)
        return opened

    def keep_identity(self, passphrase: Passphrase, identity: Secret) -> None:
        """Keep the seed of the identity key, wrapped under a passphrase that opens the profile.

        Raises:
            AccountError: ``wrong_credentials``.
            ProfileError: ``disk_full``, ``not_allowed``, ``unavailable``.
        """
        self._held.renew_way(self.way_of(passphrase), passphrase, identity)

    def add_passphrase(self, passphrase: Passphrase, present: bytes, identity: Secret | None) -> bytes:
        """Let another passphrase open the profile too, and return the id of this way.

        Where `PASSPHRASES_MAX` open it already, the oldest of them but the present one no longer does.

        Args:
            passphrase: The other one.
            present: Id of the way that goes on opening it.
            identity: Seed of the identity key, which the passphrase is to open as well; None for a companion.

        Raises:
            ProfileError: ``disk_full``, ``not_allowed``, ``unavailable``.
        """
        return self._held.add_way(passphrase, present, identity)

    def keep_passphrase_alone(self, way: bytes) -> None:
        """Let no passphrase open the profile but that of one way.

        Raises:
            ProfileError: ``disk_full``, ``not_allowed``, ``unavailable``.
        """
        self._held.keep_way(way)

    def remove_way(self, way: bytes) -> None:
        """Let a way open the profile no longer; an unknown one is ignored.

        Raises:
            ValueError: It is the last one.
            ProfileError: ``disk_full``, ``not_allowed``, ``unavailable``.
        """
        self._held.remove_way(way)

    def close(self) -> None:
        """Finish the transaction under way, leave the closing stamp, release the lock; safe to repeat.

        It ends the database too: nobody else closes that one.
        """
        if self._unclosed.detach() is not None:
            self._held.close()

    def wipe(self) -> None:
        """Close and remove every file of the profile, files of messages included.

        Raises:
            ProfileError: ``not_allowed``, ``unavailable``: something of it may be left; it counts as no profile.
        """
        if self._unclosed.detach() is not None:
            self._held.discard(with_files=True)

    def discard(self) -> None:
        """Close and remove every file of the profile, such as one whose registration was refused."""
        if self._unclosed.detach() is not None:
            self._held.discard()


class _Held:
    """What an open profile holds, apart from the object that others hold, so that it can be closed after that one."""

    def __init__(  # it is nothing but what it holds
        self,
        paths: ProfilePaths,
        lock: ProfileLock,
        key: Secret,
        database: Database,
        randomness: Randomness,
        file: UnlockFile,
        cost: LoginCost | None,
    ) -> None:
        self.paths = paths
        self.database = database
        self.file = file
        self._lock = lock
        self._key = key
        self._randomness = randomness
        self._cost = cost
        self._changing = threading.Lock()

    def write(
        self,
        *,
        phase: UnlockPhase | None = None,
        stamps: tuple[bytes, ...] | None = None,
        ways: tuple[UnlockMethod, ...] | None = None,
    ) -> None:
        """Replace the unlock file by one with other values for what is given."""
        file = UnlockFile(
            self.file.phase if phase is None else phase,
            self.file.stamps if stamps is None else stamps,
            self.file.ways if ways is None else ways,
        )
        write_unlock_file(self.paths.unlock, file)
        self.file = file

    def add_way(self, passphrase: Passphrase, present: bytes, identity: Secret | None) -> bytes:
        way = passphrase_way(passphrase, self._key, self._randomness, self._cost, identity=identity)
        with self._changing:
            others = [one.id for one in self.file.ways if one.kind is UnlockKind.PASSPHRASE and one.id != present]
            # The present one and the new one stay.
            surplus = others[: max(0, len(others) - (PASSPHRASES_MAX - 2))]
            self.write(ways=(*(one for one in self.file.ways if one.id not in surplus), way))
        return way.id

    def renew_way(self, way: bytes, passphrase: Passphrase, identity: Secret) -> None:
        renewed = passphrase_way(passphrase, self._key, self._randomness, self._cost, identity=identity)
        renewed = msgspec.structs.replace(renewed, id=way)
        with self._changing:
            self.write(ways=tuple(renewed if one.id == way else one for one in self.file.ways))

    def keep_way(self, way: bytes) -> None:
        with self._changing:
            ways = tuple(one for one in self.file.ways if one.id == way or one.kind is not UnlockKind.PASSPHRASE)
            self.write(ways=ways)

    def remove_way(self, way: bytes) -> None:
        with self._changing:
            remaining = tuple(one for one in self.file.ways if one.id != way)
            if not remaining:
                raise ValueError("the last way of opening a profile is never removed")
            self.write(ways=remaining)

    def close(self) -> None:
        with self._changing, self._lock:
            try:
                self._leave_stamp()
            except ProfileError as error:
                # The files still hold together, as after a crash; whoever closes can do nothing about it.
                _log.warning("the profile was closed without its closing stamp: %s", error.code.value)

    def _leave_stamp(self) -> None:
        stamp = self._randomness.token(STAMP_BYTES)
        try:
            self.write(phase=UnlockPhase.CHANGING, stamps=(self.file.stamps[-1], stamp))
        except ProfileError:
            # The file goes on saying that there is a log, so there must be one.
            self.database.close(keep_log=True)
            raise
        try:
            with self.database.write() as unit:
                self.database.set_stamp(unit, stamp)
        finally:
            self.database.close()
        self.write(phase=UnlockPhase.CLOSED, stamps=(stamp,))

    def discard(self, *, with_files: bool = False) -> None:
        with self._changing:
            # From here on an interrupted removal leaves what counts as no profile.
            self.write(phase=UnlockPhase.CREATING)
            self.database.close()
            if with_files:
                shutil.rmtree(self.paths.files, ignore_errors=True)
            _remove_files(self.paths)
            self._lock.release_and_remove()


def _remove_files(paths: ProfilePaths) -> None:
    """Remove the files of a profile that holds nothing; the unlock file, which says so, goes last."""
    try:
        for path in (paths.database, paths.log, paths.log_index, paths.unlock):
            path.unlink(missing_ok=True)
        if paths.files.is_dir():
            paths.files.rmdir()
    except OSError as error:
        raise profile_error(error) from error
