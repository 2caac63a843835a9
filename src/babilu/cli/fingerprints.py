"""Fingerprints on the command line: how they are read, and how they are written so that people can compare them."""

from typing import Final

from babilu.presentation.fingerprints import read_fingerprint
from babilu.presentation.strings import MisuseError

GROUP: Final = 4


def fingerprint(written: str) -> bytes:
    """Read the SHA-256 of a certificate.

    Raises:
        UsageError: It is not a fingerprint.
    """
    found = read_fingerprint(written)
    if found is None:
        raise MisuseError("fingerprint")
    return found


def grouped(digits: str) -> str:
    """Write a fingerprint so that people can compare it."""
    upper = digits.upper()
    return " ".join(upper[start : start + GROUP] for start in range(0, len(upper), GROUP))
