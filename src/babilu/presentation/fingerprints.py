"""Fingerprints and safety numbers as people read and write them: in groups, with colons, in any case."""

from typing import Final

DIGITS: Final = 64


def read_fingerprint(written: str) -> bytes | None:
    """Read the SHA-256 of a certificate (32 bytes); None where it is none."""
    digits = "".join(character for character in written if character not in ": -\t")
    if len(digits) != DIGITS or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        return None
    return bytes.fromhex(digits)


def in_fives(digits: str) -> str:
    """Write digits of a safety number in one line, in groups of five."""
    return " ".join(digits[start : start + 5] for start in range(0, len(digits), 5))
