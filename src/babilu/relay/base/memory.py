"""Memory and the C library: large blocks are kept for the next ones, and what is free for long is given back."""

import ctypes
import sys
from collections.abc import Callable
from functools import cache
from typing import Final

KEPT_BLOCK_BYTES: Final = 4 * 1024 * 1024
"""Blocks up to this size come from the heap: several times what one connection has under way."""

KEPT_FREE_BYTES: Final = 8 * 1024 * 1024
"""Free memory at the end of the heap that stays there, until `give_back`."""

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3


@cache
def _glibc(name: str, *arguments: type) -> Callable[..., int] | None:
    """Find a function of glibc; other libraries have none like it."""
    if sys.platform != "linux":
        return None
    found = getattr(ctypes.CDLL(None), name, None)
    if found is not None:
        found.argtypes, found.restype = arguments, ctypes.c_int
    return found


def give_back() -> bool:
    """Give free memory back to the system, where that can be asked for (malloc_trim).

    Returns:
        Whether there was something to give back.
    """
    trim = _glibc("malloc_trim", ctypes.c_size_t)
    return trim is not None and trim(0) == 1


def keep_large_blocks() -> None:
    """Have blocks of up to `KEPT_BLOCK_BYTES` taken from what was freed before (mallopt), for the whole process.

    glibc asks the system for each block from 128 KiB on and gives it back when it is freed, so that each of its pages
    is cleared and mapped anew. For files that cost a relay more than to encrypt them.
    """
    set_option = _glibc("mallopt", ctypes.c_int, ctypes.c_int)
    if set_option is not None:
        set_option(_M_MMAP_THRESHOLD, KEPT_BLOCK_BYTES)
        set_option(_M_TRIM_THRESHOLD, KEPT_FREE_BYTES)
