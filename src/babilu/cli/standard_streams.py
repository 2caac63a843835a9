"""Standard streams that somebody closed lead nowhere, so that no file or socket takes their numbers.

A process may be started without them, by a service manager or by ``>&-``. The next file it opens would become its
standard output, and libraries end a process in which one of these numbers is free.
"""

import os
import sys


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
