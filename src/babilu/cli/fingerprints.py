"""A fingerprint is read as people and other programs write it: in groups, with colons, in any case."""

from typing import Final

from babilu.terminal.strings import MisuseError

DIGITS: Final = 64
GROUP: Final = 4


def fingerprint(written: str) -> bytes:
    """Read the SHA-256 of a certificate.

    Raises:
        UsageError: It is none.
    """
    digits = "".join(character for character in written if character not in ": -\t")
    if len(digits) != DIGITS or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise MisuseError("fingerprint")
    return bytes.fromhex(digits)


def grouped(digits: str) -> str:
    """Write a fingerprint so that people can compare it."""
    upper = digits.upper()
    return " ".join(upper[start : start + GROUP] for start in range(0, len(upper), GROUP))
