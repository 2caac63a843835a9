"""Passwords on the command line: the process starts again without them, so that no list of processes shows them.

Everybody on a machine can read the command line of every process, for as long as that lives. A process that may hold
one begins again in its own place, and is handed its words by a pipe: what others see then is the command alone. It is
there for a moment all the same, and in the shell's memory; so the person is told.
"""

import os
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

VARIABLE: Final = "BABILU_WORDS_FROM"
"""Number of the descriptor that the words come from."""

WITH_PASSWORD: Final = frozenset({"connect", "desktop"})
"""Commands whose words may end with a password."""

FEWEST: Final = 3
"""Words that such a command has at least, behind its name, where one of them is a password."""

MOST_BYTES: Final = 32 * 1024
"""What a pipe takes at once on every system; nobody writes a longer command line by hand."""


def words_of(arguments: Sequence[str]) -> list[str]:
    """Give the words of a command line; where they must not be seen, the process begins anew and this never returns.

    Args:
        arguments: What the process was started with, or what a caller within it asks for.
    """
    given = list(arguments)
    handed = os.environ.pop(VARIABLE, "")
    if handed.isdecimal():
        return _read(int(handed))
    if given == sys.argv[1:] and may_hold_password(given) and hasattr(os, "fork"):
        _begin_anew(given)
    return given


def may_hold_password(given: Sequence[str]) -> bool:
    """Tell whether a command line may hold a password: options are not understood here, and count as words of it."""
    return len(given) > FEWEST and given[0] in WITH_PASSWORD


def _read(descriptor: int) -> list[str]:
    with os.fdopen(descriptor, "rb") as pipe:
        return [os.fsdecode(word) for word in pipe.read().split(b"\0")]


def _begin_anew(given: list[str]) -> None:
    """Take the own place with the command alone; where that cannot be done, all stays as it is."""
    packed = b"\0".join(os.fsencode(word) for word in given)
    if len(packed) > MOST_BYTES:
        return
    reading, writing = os.pipe()
    try:
        os.write(writing, packed)
        os.close(writing)
        os.set_inheritable(reading, True)
        _replace(given[0], len(given), {**os.environ, VARIABLE: str(reading)})
    except OSError:
        os.close(reading)


def _replace(command: str, words: int, variables: dict[str, str]) -> NoReturn:
    before = sys.orig_argv[1 : len(sys.orig_argv) - words]
    os.execve(sys.executable, [sys.executable, *before, command], variables)  # noqa: S606 -- this very program again
