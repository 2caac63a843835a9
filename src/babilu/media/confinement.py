"""Confinement of a process that decodes: from then on it computes, reads its input and writes its answer.

Resource limits hold on every POSIX system: memory, processor time, no bytes written to a file, no process begun, and no
descriptor beyond those that are open, so that neither a file nor a socket can be opened. On Linux a filter of system
calls (seccomp, in its allow-list form) is put on top: whoever takes the process over can still read, write, allocate
and end, and nothing else. `docs/threat-model.md` says what holds where.
"""

import ctypes
import os
import platform
import struct
import sys
from typing import Final

MEMORY_BYTES: Final = 512 * 1024 * 1024
"""Address space of the process."""

CPU_SECONDS: Final = 5
"""Processor time of the process."""

DESCRIPTORS: Final = 3
"""Standard input, output and error: no further one can be opened."""

_PR_SET_DUMPABLE: Final = 4
_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_MODE_FILTER: Final = 2

_KILL: Final = 0x8000_0000
_REFUSE: Final = 0x0005_0000 | 1  # with EPERM
_UNKNOWN: Final = 0x0005_0000 | 38  # with ENOSYS
_ALLOW: Final = 0x7FFF_0000

# Instructions of the classic Berkeley packet filter (linux/filter.h).
_LOAD: Final = 0x20
_IF_EQUAL: Final = 0x15
_IF_AT_LEAST: Final = 0x35
_AND: Final = 0x54
_RETURN: Final = 0x06
_NUMBER_AT: Final = 0
_ARCHITECTURE_AT: Final = 4
_FIRST_ARGUMENT_AT: Final = 16
_X32: Final = 0x4000_0000

_CLONE3: Final = 435
_THREAD_FLAGS: Final = 0x0001_0100  # CLONE_THREAD | CLONE_VM

_CALLS: Final = {
    # Memory, its input and output, locks, signals, clocks, its own end (asm/unistd_64.h).
    "x86_64": (
        0xC000_003E,
        56,
        (0, 1, 3, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 28, 39, 60, 96, 131, 186, 202, 228, 231, 318, 324, 334),
    ),
    # The same (asm-generic/unistd.h).
    "aarch64": (
        0xC000_00B7,
        220,
        (
            57,
            62,
            63,
            64,
            93,
            94,
            98,
            113,
            124,
            132,
            134,
            135,
            139,
            169,
            172,
            178,
            214,
            215,
            216,
            222,
            226,
            233,
            278,
            293,
        ),
    ),
}


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def confine(*, threads: bool = False, cpu_seconds: int = CPU_SECONDS) -> bool:
    """Give up everything but computing; returns whether system calls are filtered, too.

    Args:
        threads: Whether threads may be begun, which the decoder of HEIC needs.
        cpu_seconds: Processor time of the process.

    Raises:
        OSError: This system has no limits, or cannot tell threads from processes: nothing may be decoded here.
        ValueError: The same.
    """
    _limit(cpu_seconds, threads=threads)
    filtered = sys.platform == "linux" and _filter_calls(threads=threads)
    if threads and not filtered:
        raise OSError("Nothing here tells a thread from a process.")
    return filtered


def _limit(cpu_seconds: int, *, threads: bool) -> None:
    try:
        import resource  # noqa: PLC0415 -- there is none on Windows
    except ImportError as error:
        raise OSError("This system has no resource limits.") from error
    bounds = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: DESCRIPTORS,
    }
    if not threads:
        bounds[resource.RLIMIT_NPROC] = 0
    for limit, wanted in bounds.items():
        _, most = resource.getrlimit(limit)
        # Whoever started the client may have set narrower ones.
        value = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        try:
            resource.setrlimit(limit, (value, value))
        except ValueError:
            # macOS maps more than this before a program begins, and bounds no memory.
            if sys.platform != "darwin" or limit != resource.RLIMIT_AS:
                raise


def _filter_calls(*, threads: bool) -> bool:
    """Put the filter on; False where this machine's calls are not known, or the kernel has no filters."""
    known = _CALLS.get(platform.machine())
    if known is None or struct.calcsize("P") != 8:
        return False
    prctl = ctypes.CDLL(None).prctl
    prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong)
    prctl(_PR_SET_DUMPABLE, 0, None, 0, 0)
    program = ctypes.create_string_buffer(_filter(*known, threads=threads))
    wrapped = _Program(len(program.raw) // 8, ctypes.cast(program, ctypes.c_void_p))
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, None, 0, 0):
        return False
    return bool(prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(wrapped), 0, 0) == 0)


def _filter(architecture: int, clone: int, calls: tuple[int, ...], *, threads: bool) -> bytes:
    """Write the filter: a call of another architecture kills, an unknown one fails."""
    thread = (
        # Its flags stand in memory, where no filter looks: the C library falls back to the older call.
        (_IF_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _UNKNOWN),
        (_IF_EQUAL, 0, 3, clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        (_AND, 0, 0, _THREAD_FLAGS),
        (_IF_EQUAL, 1, 0, _THREAD_FLAGS),
    )
    rest = thread if threads else ()
    past = len(calls) + len(rest)
    return b"".join(
        struct.pack("=HBBI", *instruction)
        for instruction in (
            (_LOAD, 0, 0, _ARCHITECTURE_AT),
            (_IF_EQUAL, 1, 0, architecture),
            (_RETURN, 0, 0, _KILL),
            (_LOAD, 0, 0, _NUMBER_AT),
            # The 32-bit calls of the same processor have numbers of their own.
            (_IF_AT_LEAST, past, 0, _X32),
            *((_IF_EQUAL, past - place, 0, call) for place, call in enumerate(calls)),
            *rest,
            (_RETURN, 0, 0, _REFUSE),
            (_RETURN, 0, 0, _ALLOW),
        )
    )


def leave_environment() -> None:
    """Forget what the process was started with and does not need."""
    os.chdir("/")
    os.environ.clear()
