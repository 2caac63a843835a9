"""The program `babilu`: composition root of the command line, one module for each command."""

import atexit
import gc
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None, *, folder: Path | None = None) -> int:
    """Run one command line and return the process's exit code.

    Args:
        arguments: What follows the program's name; the process's own arguments when None.
        folder: Where profiles and relays keep their files: that of `main.py` when it was run from a clone. None for
            the installed program, whose files lie in the user's data directory.
    """
    from babilu.cli.handed_on import words_of
    from babilu.cli.standard_streams import fill_standard_streams

    fill_standard_streams()
    # The end of a process would look for garbage among all its objects again and again, for a fifth of the processor's
    # time that a short command takes. Everything that has to be closed is closed by whoever opened it.
    atexit.register(gc.freeze)

    words = words_of(sys.argv[1:] if arguments is None else arguments)
    from babilu.cli.app import run

    return run(words, folder=folder)
