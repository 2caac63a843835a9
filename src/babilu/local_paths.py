"""What lies at a path that a person or a program names: where that cannot be looked at, nothing is there.

`pathlib` answers so for a path that leads nowhere, but raises where it leads through a folder that is closed to us, or
is longer than the system takes (before Python 3.14). Whoever names a path wants an answer; what then reads or writes
there says why it cannot.
"""

import errno
import os
from pathlib import Path


def is_file_at(path: str | Path) -> bool:
    """Tell whether a file lies there."""
    return os.path.isfile(path)  # noqa: PTH113 -- see above


def is_folder_at(path: str | Path) -> bool:
    """Tell whether a folder lies there."""
    return os.path.isdir(path)  # noqa: PTH112 -- see above


def is_taken(path: str | Path) -> bool:
    """Tell whether anything lies there."""
    return os.path.exists(path)  # noqa: PTH110 -- see above


def read_small(path: Path, most: int) -> bytes:
    """Read a file that has to be small, such as a key or a configuration.

    Raises:
        OSError: It cannot be read, or has more than ``most`` bytes: what is no such file may never end.
    """
    with path.open("rb") as file:
        body = file.read(most + 1)
    if len(body) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return body
