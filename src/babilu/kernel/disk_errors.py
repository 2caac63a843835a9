"""Error codes of the file system: one table says what an `OSError` means, whoever writes the file."""

import errno
from typing import Final

from babilu.kernel.errors import ErrorCode

_BY_ERRNO: Final = {
    errno.ENOSPC: ErrorCode.DISK_FULL,
    errno.EDQUOT: ErrorCode.DISK_FULL,
    errno.EACCES: ErrorCode.NOT_ALLOWED,
    errno.EPERM: ErrorCode.NOT_ALLOWED,
    errno.EROFS: ErrorCode.NOT_ALLOWED,
    errno.ELOOP: ErrorCode.NOT_ALLOWED,
    errno.ENOTDIR: ErrorCode.NOT_ALLOWED,
    errno.EISDIR: ErrorCode.NOT_ALLOWED,
    errno.ENAMETOOLONG: ErrorCode.NOT_ALLOWED,
}


def disk_error_code(error: OSError) -> ErrorCode:
    """Give the code for what the file system reported: ``disk_full``, ``not_allowed``, or else ``unavailable``."""
    return _BY_ERRNO.get(error.errno or 0, ErrorCode.UNAVAILABLE)


def is_disk_full(error: OSError) -> bool:
    """Tell whether there is no room, be it on the disk or by a quota."""
    return disk_error_code(error) is ErrorCode.DISK_FULL
