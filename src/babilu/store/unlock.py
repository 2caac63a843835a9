"""Unlock file: it holds the database key only wrapped, once for each method of opening; it is replaced whole.

The identity key lies beside it, wrapped under the same passphrase, and never in the database: whoever has an open
profile has sessions and messages, and not the identity. Both change their passphrase in one replacement of the file.

Beside the key the file holds stamps. The database holds one of them, which changes at each opening and closing: the
file first gets the old and the new one, the database commits the new one, then the file drops the old one. So a
database whose stamp the file does not know is older than the file: it was rolled back (protocol, section 6, point 8).
"""

import contextlib
import hashlib
import os
from enum import StrEnum, unique
from pathlib import Path
from typing import Annotated, Final

import msgspec

from babilu.crypto.password import LoginCost, WrapPurpose, stretch, unwrap_key
from babilu.crypto.secret import Passphrase, Secret
from babilu.identity.shapes import Id16
from babilu.kernel.errors import AccountError, CryptoError, ErrorCode, ProfileError, Reason
from babilu.kernel.ports import Randomness
from babilu.store.errors import damaged, profile_error
from babilu.store.profile_files import FILE_MODE

STAMP_BYTES: Final = 16
_VERSION: Final = 1
_MAGIC: Final = b"babilu unlock\n"
_DIGEST_BYTES: Final = 32
_FILE_BYTES: Final = 64 * 1024


@unique
class UnlockKind(StrEnum):
    """By what a wrapped key is opened."""

    PASSPHRASE = "passphrase"  # noqa: S105  # the name of a kind
    KEYRING = "keyring"
    RECOVERY_CODE = "recovery_code"


@unique
class UnlockPhase(StrEnum):
    """What the database's files must look like.

    In `CREATING` nothing of worth is in them yet. In `OPEN` the write-ahead log holds at least the opening's stamp,
    so a missing log was lost. In the others the log may be there or not.
    """

    CREATING = "creating"
    OPEN = "open"
    CHANGING = "changing"
    CLOSED = "closed"


class UnlockMethod(msgspec.Struct, frozen=True, array_like=True):
    """One way of opening.

    Attributes:
        id: 16 random bytes that name it.
        kind: By what it opens.
        wrapped: The database key wrapped for it.
        identity: The identity key wrapped for it; None in the profile of a companion, which has none.
    """

    id: Id16
    kind: UnlockKind
    wrapped: Annotated[bytes, msgspec.Meta(max_length=4096)]
    identity: Annotated[bytes, msgspec.Meta(max_length=4096)] | None = None


class UnlockFile(msgspec.Struct, frozen=True, array_like=True):
    """What the unlock file says; each change makes another one.

    Attributes:
        phase: Where opening and closing stand.
        stamps: One or two stamps of 16 bytes, the newest last.
        ways: The ways of opening; never none.
    """

    phase: UnlockPhase
    stamps: Annotated[tuple[Id16, ...], msgspec.Meta(min_length=1, max_length=2)]
    ways: Annotated[tuple[UnlockMethod, ...], msgspec.Meta(min_length=1, max_length=16)]


class _Envelope(msgspec.Struct, frozen=True, array_like=True):
    version: int
    body: msgspec.Raw


_encoder = msgspec.msgpack.Encoder()
_envelope = msgspec.msgpack.Decoder(_Envelope)
_body = msgspec.msgpack.Decoder(UnlockFile)


def passphrase_way(
    passphrase: Passphrase,
    key: Secret,
    randomness: Randomness,
    cost: LoginCost | None = None,
    *,
    identity: Secret | None = None,
) -> UnlockMethod:
    """Wrap database key and identity key for a passphrase; takes the time and memory of one Argon2id."""
    stretched = stretch(passphrase, randomness, cost)
    wrapped = stretched.wrap(key, WrapPurpose.DATABASE)
    sealed = None if identity is None else stretched.wrap(identity, WrapPurpose.IDENTITY)
    return UnlockMethod(randomness.token(16), UnlockKind.PASSPHRASE, wrapped, sealed)


def unlock_by_passphrase(file: UnlockFile, passphrase: Passphrase) -> tuple[Secret, UnlockMethod]:
    """Open the database key.

    Returns:
        The key, and the way that opened it.

    Raises:
        AccountError: ``wrong_credentials``: no way of this file opens with the passphrase.
        ProfileError: ``profile_damaged``, ``profile_too_new``.
    """
    for way in file.ways:
        if way.kind is not UnlockKind.PASSPHRASE:
            continue
        try:
            return unwrap_key(passphrase, way.wrapped), way
        except CryptoError:
            # Another passphrase's: while a password changes, the old and the new one both open the profile.
            continue
    raise AccountError(ErrorCode.WRONG_CREDENTIALS, "The password does not open this profile.").because(Reason.PROFILE)


def identity_by_passphrase(file: UnlockFile, passphrase: Passphrase) -> Secret | None:
    """Open the identity key; None where the profile has none.

    Raises:
        AccountError: ``wrong_credentials``: no way of this file opens with the passphrase.
        ProfileError: ``profile_damaged``, ``profile_too_new``.
    """
    for way in file.ways:
        if way.kind is UnlockKind.PASSPHRASE and way.identity is not None:
            try:
                return unwrap_key(passphrase, way.identity, WrapPurpose.IDENTITY)
            except CryptoError:
                continue
    # A wrong password is told as such, also where it would open nothing.
    unlock_by_passphrase(file, passphrase)
    return None


def read_unlock_file(path: Path) -> UnlockFile:
    """Read and check an unlock file.

    Raises:
        ProfileError: ``profile_damaged`` where it is missing or does not hold together, ``profile_too_new``,
            ``not_allowed``, ``unavailable``.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise damaged() from error
    except OSError as error:
        raise profile_error(error) from error
    digest, encoded = content[len(_MAGIC) :][:_DIGEST_BYTES], content[len(_MAGIC) + _DIGEST_BYTES :]
    # A passphrase that does not open it is wrong only while the file is whole.
    if not content.startswith(_MAGIC) or hashlib.sha256(_MAGIC + encoded).digest() != digest:
        raise damaged()
    try:
        envelope = _envelope.decode(encoded)
        if envelope.version > _VERSION:
            raise ProfileError(ErrorCode.PROFILE_TOO_NEW, "This profile was used by a newer version of Babilu.")
        return _body.decode(envelope.body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise damaged() from error


def write_unlock_file(path: Path, file: UnlockFile) -> None:
    """Replace an unlock file: after a crash at any moment the old or the new one is there, whole.

    Raises:
        ProfileError: ``disk_full``, ``not_allowed``, ``unavailable``; the old file stays.
    """
    encoded = _encoder.encode(_Envelope(_VERSION, msgspec.Raw(_encoder.encode(file))))
    content = _MAGIC + hashlib.sha256(_MAGIC + encoded).digest() + encoded
    temporary = path.with_name(path.name + ".new")
    try:
        temporary.unlink(missing_ok=True)
        _write_new(temporary, content)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise profile_error(error) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can.

    Raises:
        OSError: The disk failed.
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), FILE_MODE)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
