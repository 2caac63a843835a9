"""Typed errors for what SQLite and the file system report: each has a sentence for people; nothing else leaks."""

import shutil
from pathlib import Path
from typing import Final

from sqlcipher3 import dbapi2

from babilu.kernel.disk_errors import disk_error_code
from babilu.kernel.errors import ErrorCode, ProfileError

# Primary result codes, https://www.sqlite.org/rescode.html
_BY_RESULT: Final = {
    3: ErrorCode.NOT_ALLOWED,  # SQLITE_PERM
    5: ErrorCode.PROFILE_IN_USE,  # SQLITE_BUSY: somebody who does not respect the lock file
    6: ErrorCode.PROFILE_IN_USE,  # SQLITE_LOCKED
    7: ErrorCode.UNAVAILABLE,  # SQLITE_NOMEM
    8: ErrorCode.NOT_ALLOWED,  # SQLITE_READONLY
    10: ErrorCode.UNAVAILABLE,  # SQLITE_IOERR
    11: ErrorCode.PROFILE_DAMAGED,  # SQLITE_CORRUPT
    13: ErrorCode.DISK_FULL,  # SQLITE_FULL
    14: ErrorCode.NOT_ALLOWED,  # SQLITE_CANTOPEN
    26: ErrorCode.PROFILE_DAMAGED,  # SQLITE_NOTADB
}
_SQLITE_IOERR: Final = 10
_NEARLY_FULL_BYTES: Final = 64 * 1024

_SENTENCES: Final = {
    ErrorCode.NOT_ALLOWED: "The profile's folder and files must be readable and writable for this user.",
    ErrorCode.PROFILE_IN_USE: "The profile is in use.",
    ErrorCode.PROFILE_DAMAGED: "The profile is damaged. Nothing was changed: restore it from a backup.",
    ErrorCode.DISK_FULL: "The disk is full.",
    ErrorCode.UNAVAILABLE: "The disk reports an error.",
    ErrorCode.INTERNAL: "The profile's database refused a change.",
}


def profile_error(error: dbapi2.Error | OSError, folder: Path | None = None) -> ProfileError:
    """Build the error that stands for what SQLite or the file system reported.

    Args:
        error: What was reported.
        folder: Where the profile lies, to tell a full disk from a broken one: SQLite calls both an I/O error when the
            index of its log cannot grow.
    """
    code = disk_error_code(error) if isinstance(error, OSError) else _code_of_result(error, folder)
    return ProfileError(code, _SENTENCES[code])


def damaged() -> ProfileError:
    """Build the refusal of files that do not hold together."""
    return ProfileError(ErrorCode.PROFILE_DAMAGED, _SENTENCES[ErrorCode.PROFILE_DAMAGED])


def _code_of_result(error: dbapi2.Error, folder: Path | None) -> ErrorCode:
    result = int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
    if result == _SQLITE_IOERR and folder is not None and _is_full(folder):
        return ErrorCode.DISK_FULL
    return _BY_RESULT.get(result, ErrorCode.INTERNAL)


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _NEARLY_FULL_BYTES
    except OSError:
        return False
