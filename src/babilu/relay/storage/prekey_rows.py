"""Rows of prekeys, whatever the database: how their kinds are numbered, which are added, and which others go then."""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum, unique
from typing import NamedTuple

from babilu.identity.shapes import Bundle, EcPrekey, PrekeySet, SignedEcPrekey, SignedKemPrekey
from babilu.kernel.ids import DeviceId
from babilu.relay.storage.records import CONFLICT, QUOTA, Refused, Stock

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


class PrekeyAddition(NamedTuple):
    """What is to be written of a set of prekeys, and how many one-time ones there are then."""

    added: list[PrekeyRow]
    stock: Stock


def plan_addition(
    rows: Sequence[PrekeyRow],
    kept: Mapping[tuple[int, int], bytes],
    lasts: Mapping[int, int],
    left: Stock,
    most: int,
) -> PrekeyAddition | Refused:
    """Decide what is new of a set; see `DirectoryStore.add_prekeys`.

    Args:
        rows: The set.
        kept: Keys that the device has already, by kind and id.
        lasts: Highest id that it ever had, by kind.
        left: One-time prekeys that it has left.
        most: How many of a kind it may have.
    """
    if any(kept.get((kind, prekey), key) != key for kind, prekey, key, _ in rows):
        return CONFLICT
    added = [row for row in rows if row[1] > lasts.get(row[0], -1)]
    if PrekeyCode.ONE_TIME_EC in replaced_kinds(added):
        left = Stock(0, 0)
    ec = left.ec + sum(row[0] is PrekeyCode.ONE_TIME_EC for row in added)
    kem = left.kem + sum(row[0] is PrekeyCode.ONE_TIME_KEM for row in added)
    return QUOTA if max(ec, kem) > most else PrekeyAddition(added, Stock(ec, kem))


def replaced_kinds(rows: Iterable[PrekeyRow]) -> set[PrekeyCode]:
    """Return the kinds of which these rows replace all that a device has."""
    replaced = {row[0] for row in rows} & {PrekeyCode.SIGNED, PrekeyCode.LAST_RESORT}
    if PrekeyCode.SIGNED in replaced:
        # Those under a former signed prekey go with it: their owner forgets them some time after.
        replaced |= {PrekeyCode.ONE_TIME_EC, PrekeyCode.ONE_TIME_KEM}
    return replaced


def stock_of(counts: Mapping[int, int]) -> Stock:
    """Make a stock of how many prekeys there are of each kind."""
    return Stock(counts.get(PrekeyCode.ONE_TIME_EC, 0), counts.get(PrekeyCode.ONE_TIME_KEM, 0))


def bundle_of(
    device: DeviceId,
    signed: tuple[int, bytes, bytes],
    kem: tuple[int, bytes, bytes],
    ec: tuple[int, bytes, bytes] | None,
) -> Bundle:
    """Make a bundle of prekeys, each as id, key and signature.

    Args:
        device: Whose.
        signed: The signed one.
        kem: A one-time one of the KEM, or the last resort.
        ec: A one-time one of the curve, or None.
    """
    return Bundle(device, SignedEcPrekey(*signed), SignedKemPrekey(*kem), None if ec is None else EcPrekey(*ec[:2]))
