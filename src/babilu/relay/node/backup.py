"""Backups: a folder that is there whole or not at all, and whose manifest proves that nothing in it was changed.

It holds the database, the relay's secret and its own certificates: whoever has it can stand in for the relay. Sealed
files of users are in it only where they were added (`add_blobs`).
"""

import asyncio
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from babilu.kernel.errors import ErrorCode, ProfileError, UsageError
from babilu.kernel.ports import Randomness
from babilu.relay.base.certificate import load_certificate
from babilu.relay.base.keys import KEY_BYTES
from babilu.relay.base.state_dir import BLOBS, CERTIFICATE, DATABASE, PREPARED, StateDir, make_folder
from babilu.relay.node.backup_files import PIECE_BYTES, BackupFile, copy_file, digest_file, sync_folder, write_file
from babilu.relay.node.blob_backup import BlobList, lay_out, verify_blobs
from babilu.relay.storage.administration import AdministrationStore
from babilu.relay.storage.sqlite import begin_epoch, examine_database

SECRET: Final = "relay.key"  # noqa: S105 -- the name of a file
DUMP: Final = "relay.dump"
"""Copy of a database that nodes share, where a relay of one node has its file."""

_DUMP_MAGIC: Final = b"PGDMP"

FILES: Final = (DATABASE, DUMP, SECRET, CERTIFICATE, PREPARED)
MANIFEST: Final = "backup.json"
FORMAT: Final = 1

_FOLDER_MODE: Final = 0o700
_MANIFEST_BYTES_MAX: Final = 64 * 1024


class BackupManifest(msgspec.Struct, frozen=True):
    """What a backup holds.

    Attributes:
        format: 1.
        made_at: Unix milliseconds.
        files: Each file by its name.
    """

    format: int
    made_at: int
    files: dict[str, BackupFile]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(kept.size for kept in self.files.values())


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was verified.

    Attributes:
        manifest: What it holds.
        blobs: Its sealed files; None where they were left out.
    """

    manifest: BackupManifest
    blobs: BlobList | None

    @property
    def size(self) -> int:
        """Bytes of all that is in it."""
        return self.manifest.size + (0 if self.blobs is None else self.blobs.size)


async def write_backup(home: StateDir, store: AdministrationStore, folder: str, now: int) -> BackupManifest:
    """Back a running relay up.

    Args:
        home: The relay's folder.
        store: Copies the database.
        folder: Absolute path of the backup, where nothing is yet.
        now: The time.

    Raises:
        UsageError: Something is there already, or the folder cannot be made.
        LinkError: ``unavailable`` where the database cannot be copied.
    """
    place = Path(folder)
    draft = _begin(place)
    try:
        await store.copy(draft / DATABASE)
        if _is_dump(draft / DATABASE):
            (draft / DATABASE).rename(draft / DUMP)
        for name in (SECRET, CERTIFICATE, PREPARED):
            _copy_if_there(home.path / name, draft / name)
        manifest = BackupManifest(FORMAT, now, {name: await _keep(draft / name) for name in _names(draft)})
        _finish(draft, place, manifest)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise UsageError(f"{place} cannot be written: {error.strerror}.") from error
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return manifest


def _begin(place: Path) -> Path:
    """Make the folder that becomes the backup once all is in it.

    Raises:
        UsageError: It cannot be made.
    """
    draft = place.with_name(f"{place.name}.unfinished")
    if not place.is_absolute():
        raise UsageError("The folder of a backup is given as an absolute path.")
    if place.exists():
        raise UsageError(f"{place} is there already.")
    try:
        draft.mkdir(mode=_FOLDER_MODE, parents=True)
    except OSError as error:
        raise UsageError(f"{draft} cannot be made: {error.strerror}.") from error
    return draft


def _names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def _finish(draft: Path, place: Path, manifest: BackupManifest) -> None:
    write_file(draft / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    sync_folder(draft)
    draft.rename(place)
    sync_folder(place.parent)


def verify_backup(place: Path) -> Backup:
    """Check that a backup is whole, unchanged and can be used by this version.

    Raises:
        ProfileError: ``profile_damaged`` where it is not, ``profile_too_new`` or ``profile_too_old`` where another
            version wrote it.
        UsageError: There is none.
    """
    try:
        with (place / MANIFEST).open("rb") as stream:
            manifest = msgspec.json.decode(stream.read(_MANIFEST_BYTES_MAX), type=BackupManifest)
        if manifest.format != FORMAT:
            raise ProfileError(ErrorCode.PROFILE_TOO_NEW, "The backup was written by a newer version of Babilu.")
        kinds = {DATABASE, DUMP} & manifest.files.keys()
        if len(kinds) != 1 or not {SECRET} <= manifest.files.keys() <= set(FILES):
            raise _damaged(f"{place / MANIFEST} does not name the files of a backup.")
        for name, kept in manifest.files.items():
            if digest_file(place / name) != kept:
                raise _damaged(f"{place / name} is not what was backed up.")
        if manifest.files[SECRET].size != KEY_BYTES:
            raise _damaged(f"{place / SECRET} is not a relay's key.")
        for name in {CERTIFICATE, PREPARED} & manifest.files.keys():
            load_certificate(place / name)
        if DATABASE in kinds:
            examine_database(place / DATABASE)
        elif not _is_dump(place / DUMP):
            raise _damaged(f"{place / DUMP} is no copy of a database.")
        blobs = verify_blobs(place)
    except FileNotFoundError as error:
        raise UsageError(f"{place} is no backup: {Path(error.filename).name} is missing.") from error
    except OSError as error:
        raise UsageError(f"The backup {place} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, ValueError, sqlite3.Error) as error:
        raise _damaged(f"The backup {place} is damaged.") from error
    return Backup(manifest, blobs)


def restore_backup(
    place: Path, home: Path, randomness: Randomness, *, replace: bool, database: str = ""
) -> Path | None:
    """Put a backup, which is verified first, in the place of a relay that does not run.

    Args:
        place: The backup.
        home: The relay's folder.
        randomness: For the name under which what is there is put aside.
        replace: Whether a relay may be there already.
        database: The empty database into which a copy of one goes.

    Returns:
        Where the former files lie now, or None where there were none.

    Raises:
        ProfileError: The backup is damaged, or the relay runs (``profile_in_use``).
        UsageError: A relay is there and must not be replaced, or a folder cannot be used.
    """
    backup = verify_backup(place)
    dumped = DUMP in backup.manifest.files
    if dumped != bool(database):
        text = "The backup is of a database: say by --storage into which new one it goes."
        raise UsageError(text if dumped else "The backup is of a relay without a database: leave --storage out.")
    make_folder(home)
    try:
        with StateDir.locked(home):
            former = [file for file in _state_files(home) if file.exists()]
            if former and not replace:
                raise UsageError(f"{home} holds a relay already: --replace puts its files aside.")
            aside = home / f"replaced-{randomness.token(4).hex()}" if former else None
            draft = home / "restoring"
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(mode=_FOLDER_MODE)
            names = sorted(backup.manifest.files.keys() - {DUMP}, key=lambda name: name == DATABASE)
            for name in names:
                copy_file(place / name, draft / name)
            # What was accepted since the backup is not in it.
            if dumped:
                _restore_dump(place / DUMP, database)
            else:
                begin_epoch(draft / DATABASE)
            if backup.blobs is not None:
                lay_out(place, backup.blobs, draft / BLOBS)
                names.insert(0, BLOBS)
                former += [home / BLOBS] if former and (home / BLOBS).exists() else []
            if aside is not None:
                aside.mkdir(mode=_FOLDER_MODE)
                for file in former:
                    file.rename(aside / file.name)
            # The database last: a start that comes in between finds no account and no half of one.
            for name in names:
                (draft / name).rename(home / name)
            draft.rmdir()
            sync_folder(home)
    except OSError as error:
        raise UsageError(f"{home} cannot be written: {error.strerror}.") from error
    except sqlite3.Error as error:
        raise UsageError(f"{home} cannot be written: {error}.") from error
    return aside


def _state_files(home: Path) -> Iterator[Path]:
    yield from (home / name for name in FILES)
    yield from (home / f"{DATABASE}{ending}" for ending in ("-wal", "-shm", "-journal"))


def _restore_dump(file: Path, database: str) -> None:
    # A relay of one node needs neither this nor its packages.
    from babilu.relay.storage.postgresql.dumping import Dumper  # noqa: PLC0415

    asyncio.run(Dumper(database).restore(file))


def _is_dump(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(len(_DUMP_MAGIC)) == _DUMP_MAGIC


def _copy_if_there(source: Path, target: Path) -> None:
    if source.exists():
        copy_file(source, target)


async def _keep(file: Path) -> BackupFile:
    """Digest a file piece by piece, so that mail flows in between."""
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as stream:
        while piece := stream.read(PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
            await asyncio.sleep(0)
    return BackupFile(size, digest.hexdigest())


def _damaged(text: str) -> ProfileError:
    return ProfileError(ErrorCode.PROFILE_DAMAGED, text)
