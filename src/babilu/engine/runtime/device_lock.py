"""Lock of a device that was removed: it is shown an own list, signed by its own identity, that takes it off.

The word of a relay alone locks nothing. What is locked stays so over restarts: it sends and receives nothing more, and
what it has can be read by its password, or wiped.
"""

from babilu.identity.device_list import check_successor, find_device, verify_device_list
from babilu.identity.list_merging import claims_of
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode
from babilu.session.sessions import OwnDevice
from babilu.store.unit_of_work import UnitOfWork

_LOCKED = "device.locked"


def removes(own: OwnDevice, shown: SignedDeviceList) -> bool:
    """Tell whether a list of the own identity removes the own device: a newer one that does not name it.

    Without a relay the list says so in so many words: one that was made beside that of the own device does not know it.
    """
    try:
        if not own.account:
            is_own = verify_device_list(shown).identity_key == own.identity_key
            return is_own and claims_of(shown).removes(own.device, claims_of(own.device_list))
        body = check_successor(own.device_list, shown)
    except BabiluError:
        return False
    return shown != own.device_list and find_device(body, own.device) is None


def lock(unit: UnitOfWork) -> None:
    """Keep that this device was removed."""
    unit.settings.set(_LOCKED, b"")


def is_locked(unit: UnitOfWork) -> bool:
    """Tell whether this device was removed."""
    return unit.settings.get(_LOCKED) is not None


def removed_error() -> AccountError:
    """Build the refusal of what a removed device may not do."""
    text = "This device was removed from your devices: it can be read, or wiped, and links anew after that."
    return AccountError(ErrorCode.DEVICE_REMOVED, text)
