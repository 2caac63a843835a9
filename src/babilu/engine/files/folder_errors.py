"""Errors of the disk that sealed files lie on, as errors of ours."""

import contextlib
from collections.abc import Iterator

from babilu.kernel.disk_errors import is_disk_full
from babilu.kernel.errors import ErrorCode, ProfileError


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Make of an error of the disk one of ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise ProfileError(ErrorCode.NOT_FOUND, "This file is not here.") from error
    except OSError as error:
        if is_disk_full(error):
            raise ProfileError(ErrorCode.DISK_FULL, "The disk is full.") from error
        raise ProfileError(ErrorCode.UNAVAILABLE, f"A file cannot be used: {error.strerror}.") from error
