"""State directory of a relay: one folder, readable by its owner alone and used by one relay at a time."""

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babilu.crypto.secret import Secret
from babilu.kernel.errors import BabiluError, ErrorCode, ProfileError, UsageError
from babilu.kernel.ports import Randomness
from babilu.local_paths import read_small
from babilu.relay.base.certificate import Certificate, load_certificate, make_certificate, read_certificate
from babilu.relay.base.keys import KEY_BYTES, RelayKey
from babilu.relay.base.settings import TlsFiles

DATABASE: Final = "relay.db"
CERTIFICATE: Final = "certificate.pem"
PREPARED: Final = "certificate.next.pem"
BLOBS: Final = "blobs"

_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_OTHERS: Final = 0o077
_OTHERS_WRITE: Final = 0o022
_KEY: Final = "relay.key"


class StateDir:
    """An open and locked state folder.

    Attributes:
        path: The folder.
        database: Path of the database.
        key: The relay's secret.
        certificate: The relay's certificate.
    """

    def __init__(self, path: Path, lock: int, key: RelayKey, certificate: Certificate) -> None:
        self.path = path
        self.database = path / DATABASE
        self.key = key
        self.certificate = certificate
        self._lock = lock

    @property
    def blobs(self) -> Path:
        """Folder of the sealed files."""
        return self.path / BLOBS

    @property
    def prepared(self) -> Path:
        """Where the relay's own next certificate lies, once it is prepared."""
        return self.path / PREPARED

    @classmethod
    def open(
        cls, path: Path, randomness: Randomness, tls: TlsFiles | None = None, node_key: Path | None = None
    ) -> "StateDir":
        """Lock the folder at ``path``; what a relay needs in it is made where it is missing.

        Args:
            path: The folder.
            randomness: For the relay's secret.
            tls: A certificate from elsewhere, in place of the relay's own.
            node_key: File with the secret of the relay that this becomes a node of; None for a secret of its own.

        Raises:
            ProfileError: ``profile_in_use`` where another relay has it, ``profile_damaged`` where its key or
                certificate cannot be read.
            UsageError: The folder cannot be made or written, the certificate from elsewhere or the node's key cannot be
                used, or the folder is another relay's (``conflict``).
        """
        make_folder(path)
        try:
            lock = _lock(path / "lock")
        except OSError as error:
            raise UsageError(f"The folder {path} cannot be used: {error.strerror}.") from error
        try:
            if node_key is not None:
                _take_key(path, node_key)
            key = _key(path, randomness)
            return cls(path, lock, key, _certificate(path) if tls is None else certificate_from(tls))
        except OSError as error:
            os.close(lock)
            raise UsageError(f"The folder {path} cannot be used: {error.strerror}.") from error
        except BabiluError:
            os.close(lock)
            raise

    def renewed_certificate(self, tls: TlsFiles | None) -> Certificate:
        """Read the relay's certificate anew.

        Raises:
            UsageError: It cannot be read.
            ProfileError: ``profile_damaged``.
        """
        try:
            return _certificate(self.path) if tls is None else certificate_from(tls)
        except OSError as error:
            raise UsageError(f"The folder {self.path} cannot be used: {error.strerror}.") from error

    def next_certificate(self, tls: TlsFiles | None, announced: Path | None) -> bytes | None:
        """Read the certificate (DER) that will take the place of the present one; None where none is prepared.

        Args:
            tls: A certificate from elsewhere, in place of the relay's own.
            announced: File of the next one, where that is one from elsewhere.

        Raises:
            UsageError: It cannot be read.
            ProfileError: ``profile_damaged``: so it is with the relay's own.
        """
        if announced is not None:
            return announced_from(announced)
        if tls is not None or not self.prepared.exists():
            return None
        try:
            return load_certificate(self.prepared).der
        except OSError as error:
            raise UsageError(f"{self.prepared} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise ProfileError(ErrorCode.PROFILE_DAMAGED, f"{self.prepared} is not a relay's certificate.") from error

    def prepare_certificate(self) -> None:
        """Make the relay's own next certificate.

        Raises:
            UsageError: It cannot be written.
        """
        try:
            _write(self.prepared, make_certificate())
        except OSError as error:
            raise UsageError(f"The folder {self.path} cannot be written: {error.strerror}.") from error

    def withdraw_certificate(self) -> None:
        """Forget the relay's own next certificate."""
        try:
            self.prepared.unlink(missing_ok=True)
            _sync(self.path)
        except OSError as error:
            raise UsageError(f"The folder {self.path} cannot be written: {error.strerror}.") from error

    def renew_certificate(self) -> None:
        """Let the relay's own next certificate take the place of the present one.

        Raises:
            UsageError: It cannot be written.
        """
        try:
            self.prepared.replace(self.path / CERTIFICATE)
            _sync(self.path)
        except OSError as error:
            raise UsageError(f"The folder {self.path} cannot be written: {error.strerror}.") from error

    def take_certificate(self, pem: bytes) -> None:
        """Use a certificate with its key, as all nodes do.

        Raises:
            UsageError: It cannot be written.
        """
        self._replace(self.path / CERTIFICATE, pem)

    def take_next(self, following: tuple[bytes, int] | None) -> None:
        """Announce a certificate with its key, and since when it is (Unix milliseconds); None for none.

        Raises:
            UsageError: It cannot be written.
        """
        if following is None:
            self.withdraw_certificate()
            return
        pem, announced_at = following
        self._replace(self.prepared, pem)
        os.utime(self.prepared, (announced_at / 1000, announced_at / 1000))

    def _replace(self, file: Path, pem: bytes) -> None:
        try:
            if not file.exists() or file.read_bytes() != pem:
                _write(file, pem)
        except OSError as error:
            raise UsageError(f"The folder {self.path} cannot be written: {error.strerror}.") from error

    @staticmethod
    @contextlib.contextmanager
    def locked(path: Path) -> Iterator[None]:
        """Keep relays from a folder that is there.

        Raises:
            ProfileError: ``profile_in_use``.
            UsageError: It cannot be used.
        """
        try:
            lock = _lock(path / "lock")
        except OSError as error:
            raise UsageError(f"The folder {path} cannot be used: {error.strerror}.") from error
        try:
            yield
        finally:
            os.close(lock)

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._lock)


def make_folder(path: Path) -> None:
    """Make a relay's folder where it is missing; one that is there is closed to others all the same.

    Where other things lie in it too, others may still look into it.

    Raises:
        UsageError: It cannot be made.
    """
    try:
        path.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        _close_to_others(path)
    except OSError as error:
        raise UsageError(f"The folder {path} cannot be used: {error.strerror}.") from error


def _close_to_others(path: Path) -> None:
    found = path.stat()
    if sys.platform == "win32" or found.st_uid != os.getuid():
        return
    relays_own = (path / _KEY).exists() or not any(path.iterdir())
    mode = stat.S_IMODE(found.st_mode)
    closed = mode & ~(_OTHERS if relays_own else _OTHERS_WRITE)
    if closed != mode:
        path.chmod(closed)


def _key(path: Path, randomness: Randomness) -> RelayKey:
    file = path / _KEY
    if not file.exists():
        if (path / DATABASE).exists():
            # With another key it would be another relay: no device list of its accounts would be good for it.
            text = f"{file} is missing, and the relay is known by it: put it back from a backup."
            raise ProfileError(ErrorCode.PROFILE_DAMAGED, text)
        _write(file, randomness.token(KEY_BYTES))
    secret = file.read_bytes()
    if len(secret) != KEY_BYTES:
        raise ProfileError(ErrorCode.PROFILE_DAMAGED, f"{file} is not a relay's key.")
    return RelayKey(Secret(secret))


def _take_key(path: Path, node_key: Path) -> None:
    """Put another node's copy of the relay's secret into a folder that has none.

    Raises:
        UsageError: It cannot be read; ``conflict``: the folder has another relay's.
    """
    try:
        secret = read_small(node_key, KEY_BYTES)
    except OSError as error:
        raise UsageError(f"The node's key {node_key} cannot be read: {error.strerror}.") from error
    if len(secret) != KEY_BYTES:
        raise UsageError(f"{node_key} is not a node's key: `babilu admin node-key` writes one.")
    file = path / _KEY
    if not file.exists():
        _write(file, secret)
    elif file.read_bytes() != secret:
        text = f"The folder {path} is that of another relay: give this node one of its own."
        raise UsageError(text, ErrorCode.CONFLICT)


def read_key(home: Path) -> RelayKey:
    """Read the secret of a relay that is there.

    Raises:
        UsageError: There is none.
    """
    source = home / _KEY
    try:
        secret = source.read_bytes()
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}.") from error
    return RelayKey(Secret(secret))


def copy_key(home: Path, file: Path) -> None:
    """Write a relay's secret into a new file that its owner alone can read.

    Raises:
        UsageError: There is no relay, or the file is there already or cannot be written.
    """
    source = home / _KEY
    try:
        secret = source.read_bytes()
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}.") from error
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from error
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(secret)


def _certificate(path: Path) -> Certificate:
    file = path / CERTIFICATE
    if not file.exists():
        _write(file, make_certificate())
    try:
        return load_certificate(file)
    except ValueError as error:
        raise ProfileError(ErrorCode.PROFILE_DAMAGED, f"{file} is not a relay's certificate.") from error


def certificate_from(tls: TlsFiles) -> Certificate:
    """Read a certificate from elsewhere.

    Raises:
        UsageError: It cannot be read, or the key is not its own.
    """
    try:
        return load_certificate(tls.certificate, tls.key)
    except OSError as error:
        raise UsageError(f"The certificate's file {error.filename} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(
            f"{tls.certificate} and {tls.key} are no certificate in PEM with its own, open key."
        ) from error


def announced_from(file: Path) -> bytes:
    """Read a certificate (DER) of which the key is not needed yet.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        return read_certificate(file)
    except OSError as error:
        raise UsageError(f"The certificate's file {file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"{file} is no certificate in PEM.") from error


def _write(file: Path, octets: bytes) -> None:
    """Write a file that is there whole or not at all, even if the power fails."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(octets)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
    _sync(file.parent)


def _sync(path: Path) -> None:
    if sys.platform != "win32":
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _lock(file: Path) -> int:
    """Open and lock a file; the lock ends with the process, however that ends."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, _FILE_MODE)
    with contextlib.ExitStack() as undo:
        undo.callback(os.close, descriptor)
        try:
            if sys.platform == "win32":
                import msvcrt  # noqa: PLC0415  # there on Windows only

                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl  # noqa: PLC0415  # there on Unix only

                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            raise ProfileError(ErrorCode.PROFILE_IN_USE, f"Another relay uses the folder {file.parent}.") from error
        undo.pop_all()
    return descriptor
