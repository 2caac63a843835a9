"""Standard streams that somebody closed: the null device replaces them, so that no file or socket gets their numbers.

A process may be started without them, by a service manager or by ``>&-``. The next file it opens would become its
standard output, and libraries end a process in which one of these numbers is free. At the end it is the program that
learns whether all was written: the interpreter would complain in its own words and with an exit code of its own.
"""

import os
import sys
from typing import TextIO

from babilu.terminal.output import lead_nowhere


def fill_standard_streams() -> None:
    """Open the null device in place of each standard stream that is closed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is given out: those below are taken by now.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 -- stays open


def unwritten() -> OSError | None:
    """Write what standard output still holds; give the reason where that cannot be done."""
    return _flush(sys.stdout)


def end_standard_streams() -> OSError | None:
    """Write what both streams still hold, and lead nowhere what cannot be written.

    Returns:
        Why standard output is not whole, or None.
    """
    lost = unwritten()
    if lost is not None:
        lead_nowhere(sys.stdout)
    if _flush(sys.stderr) is not None:
        lead_nowhere(sys.stderr)
    return lost


def _flush(stream: TextIO | None) -> OSError | None:
    if stream is None or stream.closed:
        return None
    try:
        stream.flush()
    except OSError as error:
        return error
    return None
