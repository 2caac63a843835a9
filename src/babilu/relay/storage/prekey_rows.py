"""Rows of prekeys: how their kinds are numbered in a database, and what a set of them is made of."""

from collections.abc import Iterable
from enum import IntEnum, unique

from babilu.identity.shapes import PrekeySet

_UNSIGNED = b""


@unique
class PrekeyCode(IntEnum):
    """How the kinds of prekeys are numbered in the database."""

    SIGNED = 1
    LAST_RESORT = 2
    ONE_TIME_EC = 3
    ONE_TIME_KEM = 4


PrekeyRow = tuple[PrekeyCode, int, bytes, bytes]
"""Kind, id, public key and signature of a prekey."""


def prekey_rows(prekeys: PrekeySet) -> Iterable[PrekeyRow]:
    """List what a set holds."""
    if prekeys.signed is not None:
        yield (PrekeyCode.SIGNED, prekeys.signed.id, prekeys.signed.key, prekeys.signed.signature)
    if prekeys.last_resort is not None:
        yield (PrekeyCode.LAST_RESORT, prekeys.last_resort.id, prekeys.last_resort.key, prekeys.last_resort.signature)
    for ec in prekeys.one_time_ec:
        yield (PrekeyCode.ONE_TIME_EC, ec.id, ec.key, _UNSIGNED)
    for kem in prekeys.one_time_kem:
        yield (PrekeyCode.ONE_TIME_KEM, kem.id, kem.key, kem.signature)
