"""Whether the other end of a pipe has read what was written: only then has a program that reads it seen it.

A pipe takes 64 KiB although nobody may ever read them: `receive | head -1` would lose what `head` left there.
"""

import array
import os
import select
import stat
import sys
import time
from typing import Final, Protocol, TextIO

from babilu.terminal.output import OutputLostError

if sys.platform == "linux":
    import fcntl
    import termios

LOOK_MS: Final = 5
PATIENCE_S: Final = 2.0
"""How long somebody who lets the pipe fill is waited for; from then on what is in the pipe counts as read."""


class Reader(Protocol):
    """Whoever reads what is written."""

    def wait(self) -> None:
        """Wait until all that was written is read.

        Raises:
            OutputLostError: The reader has ended, and left something unread.
        """


class PipeReader:
    """The program at the other end of standard output.

    Args:
        stream: Standard output, or None where there is none.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._descriptor = _pipe_of(stream)

    def wait(self) -> None:
        """Wait until all that was written is read; returns at once where the output is no pipe.

        Raises:
            OutputLostError: The reader has ended, and left something unread.
        """
        if self._descriptor is None:
            return
        gone = select.poll()
        gone.register(self._descriptor, 0)
        deadline = time.monotonic() + PATIENCE_S
        while unread(self._descriptor):
            if gone.poll(LOOK_MS):
                # It may have read the rest right before its end.
                if unread(self._descriptor):
                    raise OutputLostError
                return
            if time.monotonic() >= deadline:
                self._descriptor = None
                return


def unread(descriptor: int) -> int:
    """Count the bytes that wait in a pipe."""
    count = array.array("i", [0])
    if sys.platform == "linux":
        fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]


def _pipe_of(stream: TextIO | None) -> int | None:
    if stream is None or sys.platform != "linux":
        return None
    try:
        descriptor = stream.fileno()
        return descriptor if stat.S_ISFIFO(os.fstat(descriptor).st_mode) else None
    except (OSError, ValueError):
        return None
