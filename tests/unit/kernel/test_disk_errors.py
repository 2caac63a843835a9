"""An error of the file system has one code, whoever writes the file."""

import errno

import pytest

from babilu.kernel.disk_errors import disk_error_code, is_disk_full
from babilu.kernel.errors import ErrorCode


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, ErrorCode.DISK_FULL),
        (errno.EDQUOT, ErrorCode.DISK_FULL),
        (errno.EACCES, ErrorCode.NOT_ALLOWED),
        (errno.EROFS, ErrorCode.NOT_ALLOWED),
        (errno.EIO, ErrorCode.UNAVAILABLE),
        (None, ErrorCode.UNAVAILABLE),
    ],
)
def test_what_a_disk_reports_has_a_code(number: int | None, code: ErrorCode) -> None:
    error = OSError("no number") if number is None else OSError(number, "why")
    assert disk_error_code(error) is code
    assert is_disk_full(error) is (code is ErrorCode.DISK_FULL)
