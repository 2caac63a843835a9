"""Recipient devices of what is said, in a pair, a group or the notes: all of everybody in it, and one's own others."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from babilu.engine.conversation.encryption import devices_in_force
from babilu.identity.codec import decode_shape
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.kernel.ids import DeviceId
from babilu.session.sessions import OwnDevice
from babilu.store.contact_records import ContactRecord
from babilu.store.unit_of_work import UnitOfWork


@lru_cache(maxsize=4)
def _names_others(signed: SignedDeviceList) -> bool:
    return len(decode_shape(signed.body, DeviceListBody).devices) > 1


def has_siblings(own: OwnDevice) -> bool:
    """Tell whether the own list names other devices, without a question to the database."""
    return _names_others(own.device_list)


def person_of_siblings(unit: UnitOfWork, own: OwnDevice) -> ContactRecord | None:
    """Return oneself, as whom the own other devices are sent things; None where there are none."""
    return unit.contacts.oneself() if has_siblings(own) else None


def recipient_devices(
    people: Iterable[ContactRecord], siblings: ContactRecord | None
) -> Iterator[tuple[ContactRecord, list[DeviceId]]]:
    """Give all devices that something said goes to, by their persons.

    Args:
        people: Everybody in the conversation but oneself.
        siblings: Oneself, where one has other devices that are to have it; they are all that notes go to.
    """
    for person in people if siblings is None else (*people, siblings):
        yield person, [DeviceId(entry.device) for entry in devices_in_force(person).devices]
