"""Free memory of closed connections: given back to the system, as the C library keeps it for itself."""

import ctypes
import sys
from collections.abc import Callable
from functools import cache


@cache
def _trim() -> Callable[[int], int] | None:
    """Find glibc's malloc_trim(3); other libraries give back by themselves, or offer nothing."""
    if sys.platform != "linux":
        return None
    found = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if found is not None:
        found.argtypes, found.restype = [ctypes.c_size_t], ctypes.c_int
    return found


def give_back() -> bool:
    """Give free memory back to the system, where that can be asked for.

    Returns:
        Whether there was something to give back.
    """
    trim = _trim()
    return trim is not None and trim(0) == 1
