"""Merging of device lists: of two that devices of a person without a relay made at once, neither is lost.

Nobody puts such lists in order while they are made. So each names the devices that were removed, too, and none of
those ever comes back: what several lists lead to can be told from them alone, in any order. Their versions go by the
clock, so that the list of one device hardly ever passes for another's of the same version.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from babilu.crypto.keys import SigningKey
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import list_hash, make_device_list, verify_device_list
from babilu.identity.shapes import DeviceEntry, DeviceListBody, ListWithRemoved, SignedDeviceList
from babilu.kernel.errors import ErrorCode, TrustError
from babilu.kernel.limits import DEVICES, REMOVED_DEVICES

_APART: Final = 2
"""Versions between a list and those that it merges: the very next one of each would have to name that one."""


@dataclass(frozen=True, slots=True)
class ListClaims:
    """What a verified list says of devices.

    Attributes:
        version: Its version.
        hash: What names its very bytes.
        devices: Ids of those that it names.
        removed: Ids of those that it, or a list that it follows, has removed; the latest last.
    """

    version: int
    hash: bytes
    devices: frozenset[bytes]
    removed: tuple[bytes, ...]

    @property
    def rank(self) -> tuple[int, bytes]:
        """By what lists are compared: until they are merged, the highest is in force."""
        return self.version, self.hash

    def lacks(self, other: "ListClaims") -> bool:
        """Tell whether another list says something that would be lost if this one alone counted."""
        if other.devices - self.devices - set(self.removed) or self.devices & set(other.removed):
            return True
        # A third list may name what was removed: it is remembered as long as there is room.
        return len(self.removed) < REMOVED_DEVICES and not set(other.removed) <= set(self.removed)

    def removes(self, device: bytes, own: "ListClaims") -> bool:
        """Tell whether this list takes a device off that goes by another list of the same person.

        Of two devices that have removed each other, the one that did so later stays.
        """
        if device not in self.removed:
            return False
        is_mutual = bool(self.devices & set(own.removed)) and device in own.devices
        return not is_mutual or self.rank > own.rank


def claims_of(signed: SignedDeviceList) -> ListClaims:
    """Read what a verified list says of devices.

    Raises:
        ProtocolError: ``malformed``.
    """
    body = decode_shape(signed.body, ListWithRemoved)
    named = frozenset(entry.device for entry in body.devices)
    return ListClaims(body.version, list_hash(signed), named, body.removed)


def merge_lists(
    identity: SigningKey,
    present: SignedDeviceList,
    others: Sequence[SignedDeviceList],
    change: Callable[[DeviceListBody], DeviceListBody],
    now: int,
) -> SignedDeviceList:
    """Sign the list that follows the present one of a person without a relay, with a change made to it.

    It also has what lists say that were made beside the present one. Devices for which there is no room are removed.

    Args:
        identity: The identity key.
        present: The list that is in force.
        others: Those beside it; none where it is the only one.
        change: Gives the devices that the next list has.
        now: Unix milliseconds.

    Raises:
        CryptoError: ``bad_signature`` or ``bad_key``: a list does not hold.
        ProtocolError: ``malformed``: one does not fit its shape, or what the change makes is no list.
        TrustError: ``identity_changed``: one belongs to somebody else.
    """
    lists = (present, *others)
    bodies = [verify_device_list(each) for each in lists]
    if any(body.identity_key != identity.public for body in bodies):
        raise TrustError(ErrorCode.IDENTITY_CHANGED, "A device list belongs to another identity key.")
    removed = dict.fromkeys(device for each in reversed(lists) for device in claims_of(each).removed)
    entries: dict[bytes, DeviceEntry] = {}
    for body in bodies:
        for entry in body.devices:
            entries.setdefault(entry.device, entry)
    left = tuple(entry for device, entry in entries.items() if device not in removed)
    changed = change(msgspec.structs.replace(bodies[0], devices=left[:DEVICES]))
    named = {entry.device for entry in changed.devices}
    gone = dict.fromkeys(device for device in (*removed, *entries) if device not in named)
    version = max(max(body.version for body in bodies) + (_APART if others else 1), now)
    return make_device_list(
        identity, version, changed.devices, before=list_hash(present), removed=tuple(gone)[-REMOVED_DEVICES:]
    )
