"""Own devices as they are shown: who is on the own list, and what each is called here."""

import platform
import string
from collections.abc import Sequence
from functools import cache
from typing import Final

from babilu.api.views import OwnDeviceView
from babilu.identity.codec import decode_shape
from babilu.identity.device_list import find_device
from babilu.identity.link_messages import DEVICE_NAME_CHARACTERS, DeviceName
from babilu.identity.shapes import DeviceEntry, DeviceKind, DeviceListBody, SignedDeviceList
from babilu.kernel.errors import DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import SHORT_ID_BYTES, DeviceId
from babilu.kernel.plain_text import cleaned
from babilu.session.sessions import OwnDevice
from babilu.store.unit_of_work import UnitOfWork

SEEN_STEP_MS: Final = 60_000
"""Time within which it is not noted anew that a device has said something."""

DEVICE_NAME: Final = "device.name:"
"""How the settings begin that say what own devices are called; the id follows, in hexadecimal digits."""

_SEEN = "device.seen:"
DEVICE_ADDRESS: Final = "device.address:"
"""How the settings begin that say where own devices listen; the id follows, in hexadecimal digits."""


def own_list(own: OwnDevice) -> DeviceListBody:
    """Return what the own device list says; it was verified when it was kept."""
    return decode_shape(own.device_list.body, DeviceListBody)


def device_name(unit: UnitOfWork, own: OwnDevice, device: bytes) -> str:
    """Return what an own device is called, the present one as its machine is; empty where that is not known."""
    kept = unit.settings.get(DEVICE_NAME + device.hex())
    if kept is None:
        return machine_name() if device == own.device else ""
    return kept.decode()


def named(unit: UnitOfWork, device: bytes) -> str:
    """Return the name that is kept of an own device; empty where none is."""
    return (unit.settings.get(DEVICE_NAME + device.hex()) or b"").decode()


@cache
def machine_name() -> str:
    """Return what this machine is called in its network."""
    return cleaned(platform.node().strip(), DEVICE_NAME_CHARACTERS)


def name_this_device(unit: UnitOfWork, own: OwnDevice) -> None:
    """Keep what the present device is called, where it was given no name: as its machine is."""
    if unit.settings.get(DEVICE_NAME + own.device.hex()) is None:
        name_device(unit, own.device, machine_name())


def name_follows(unit: UnitOfWork, setting: str, name: bytes) -> None:
    """Keep what another own device says that a device is called; what is no device's name is passed over."""
    device = setting.removeprefix(DEVICE_NAME)
    if len(device) != 2 * SHORT_ID_BYTES or not set(device) <= set(string.hexdigits.lower()):
        return
    name_device(unit, bytes.fromhex(device), cleaned(name.decode("utf-8", "replace"), DEVICE_NAME_CHARACTERS))


def name_device(unit: UnitOfWork, device: bytes, name: str) -> None:
    """Keep what an own device is called, the present one included."""
    unit.settings.set(DEVICE_NAME + device.hex(), name.encode())


def device_names(unit: UnitOfWork, own: OwnDevice, signed: SignedDeviceList) -> tuple[DeviceName, ...]:
    """Return what the devices of a list are called, as far as it is known."""
    listed = decode_shape(signed.body, DeviceListBody).devices
    named = ((entry.device, device_name(unit, own, entry.device)) for entry in listed)
    return tuple(DeviceName(device, name) for device, name in named if name)


def forget_names(unit: UnitOfWork, listed: DeviceListBody) -> None:
    """Forget what is known of devices that are on the own list no longer."""
    for kind in (DEVICE_NAME, _SEEN, DEVICE_ADDRESS):
        for name in unit.settings.names(kind):
            if find_device(listed, bytes.fromhex(name.removeprefix(kind))) is None:
                unit.settings.delete(name)


def note_seen(unit: UnitOfWork, device: bytes, at: int) -> None:
    """Keep that another own device has just said something; once a minute is enough."""
    before = last_seen(unit, device)
    if before is None or at >= before + SEEN_STEP_MS:
        unit.settings.set(_SEEN + device.hex(), at.to_bytes(8, "big"))


def last_seen(unit: UnitOfWork, device: bytes) -> int | None:
    """Return when another own device last said something (Unix milliseconds); None where it never did."""
    kept = unit.settings.get(_SEEN + device.hex())
    return None if kept is None else int.from_bytes(kept, "big")


def device_view(unit: UnitOfWork, own: OwnDevice, entry: DeviceEntry) -> OwnDeviceView:
    """Show one of the own devices."""
    device = DeviceId(entry.device)
    full = entry.certificate.kind is DeviceKind.FULL
    seen = None if device == own.device else last_seen(unit, device)
    return OwnDeviceView(device.hex(), device_name(unit, own, device), device == own.device, full, seen)


def device_views(unit: UnitOfWork, own: OwnDevice) -> tuple[OwnDeviceView, ...]:
    """Show all own devices, the present one first."""
    listed = own_list(own).devices
    ordered = sorted(listed, key=lambda entry: entry.device != own.device)
    return tuple(device_view(unit, own, entry) for entry in ordered)


def named_device(devices: Sequence[OwnDeviceView], text: str) -> OwnDeviceView:
    """Find the own device of an id, or of a name that no other one has.

    Raises:
        DeliveryError: ``not_found``.
        UsageError: Several have that name.
    """
    found = [each for each in devices if each.device == text.casefold()]
    found = found or [each for each in devices if each.name.casefold() == text.casefold()]
    if not found:
        raise DeliveryError(ErrorCode.NOT_FOUND, "None of your devices has this name or id.")
    if len(found) > 1:
        raise UsageError("Several of your devices have this name: give the id.")
    return found[0]
