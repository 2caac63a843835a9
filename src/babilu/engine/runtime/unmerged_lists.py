"""Unmerged lists: own device lists that were made beside the one in force, until a password lets them be merged.

Only a person without a relay has them, whose devices change the list without anybody who puts that in order.
"""

from typing import Final

from babilu.identity.device_list import decode_device_list, encode_device_list
from babilu.identity.list_merging import claims_of
from babilu.identity.shapes import SignedDeviceList
from babilu.store.unit_of_work import UnitOfWork

UNMERGED_LISTS: Final = 8
"""Lists beside the one in force that are kept; the lowest goes, which others have as well."""

_UNMERGED: Final = "device.unmerged:"


def note_unmerged(unit: UnitOfWork, signed: SignedDeviceList) -> None:
    """Keep a list that says something which the one in force lacks."""
    unit.settings.set(_UNMERGED + claims_of(signed).hash.hex(), encode_device_list(signed))
    kept = sorted(_kept(unit), key=lambda each: claims_of(each).rank, reverse=True)
    for one in kept[UNMERGED_LISTS:]:
        unit.settings.delete(_UNMERGED + claims_of(one).hash.hex())


def unmerged_lists(unit: UnitOfWork, present: SignedDeviceList) -> list[SignedDeviceList]:
    """Return the lists that say something which the one in force lacks, the lowest first."""
    said = claims_of(present)
    found = [each for each in _kept(unit) if said.lacks(claims_of(each))]
    return sorted(found, key=lambda each: claims_of(each).rank)


def forget_merged(unit: UnitOfWork, present: SignedDeviceList) -> None:
    """Forget the lists of which the one in force lacks nothing."""
    said = claims_of(present)
    for each in _kept(unit):
        if not said.lacks(claims_of(each)):
            unit.settings.delete(_UNMERGED + claims_of(each).hash.hex())


def _kept(unit: UnitOfWork) -> list[SignedDeviceList]:
    return [decode_device_list(unit.settings.get(name) or b"") for name in unit.settings.names(_UNMERGED)]
