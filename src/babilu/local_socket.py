"""Sockets of this machine alone: an address however deep its folder lies, and who the kernel says the other end is."""

import contextlib
import os
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SUN_PATH: Final = 100
"""Longest path of a Unix socket that every system takes, in bytes."""

_XUCRED_BYTES: Final = 76


def peer_uid(connected: socket.socket) -> int | None:
    """Ask the kernel which user is at the other end of a Unix socket; None where it cannot say."""
    if hasattr(socket, "SO_PEERCRED"):
        credentials = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", credentials)[1])
    if hasattr(socket, "LOCAL_PEERCRED"):
        # BSD and macOS: struct xucred at level SOL_LOCAL (0) begins with its version and the user.
        return int(struct.unpack_from("2I", connected.getsockopt(0, 1, _XUCRED_BYTES))[1])
    return None


@contextlib.contextmanager
def reachable(path: Path) -> Iterator[str]:
    """Give an address of a Unix socket that is short enough, however deep its folder lies.

    Raises:
        OSError: The folder cannot be opened.
    """
    if len(os.fsencode(path)) <= SUN_PATH or sys.platform != "linux":
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
