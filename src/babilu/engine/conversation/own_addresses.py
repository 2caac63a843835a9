"""Addresses of own devices: where each listens, as it was found here, and as others of them have told.

Without a relay own devices reach each other by these alone. Who has found one tells the others by a register, so that
each knows of all of them.
"""

from typing import Final

from babilu.engine.conversation.own_values import unpack
from babilu.engine.runtime.own_devices import DEVICE_ADDRESS, own_list
from babilu.identity.relay_addresses import is_loopback
from babilu.identity.shapes import DeviceEntry
from babilu.session.sessions import OwnDevice
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.sync_entries import RegisterKind

Address = tuple[str, int]
"""Host and port."""

OWN_PORTS: Final = 1024
"""Ports below belong to services of a machine, and to no client."""

HOST_CHARACTERS: Final = 255


def note_address(unit: UnitOfWork, device: bytes, address: Address) -> None:
    """Keep where another own device was found to listen; the others are told."""
    host, port = address
    name, kept = DEVICE_ADDRESS + device.hex(), f"{port} {host}".encode()
    # Devices may reach one by different addresses: each says what is new to it, and not what it knew before.
    if unit.settings.get(name) != kept:
        unit.settings.set(name, kept)


def sibling_addresses(unit: UnitOfWork, own: OwnDevice) -> list[tuple[DeviceEntry, Address]]:
    """Return the other own devices of which it is known where they listen, each once for each address."""
    found = []
    for entry in own_list(own).devices:
        if entry.device != own.device:
            known = (_found_address(unit, entry.device), _told_address(unit, entry.device))
            found += [(entry, address) for address in dict.fromkeys(known) if address is not None]
    return found


def _found_address(unit: UnitOfWork, device: bytes) -> Address | None:
    kept = unit.settings.get(DEVICE_ADDRESS + device.hex())
    return None if kept is None else _read_address(kept)


def _told_address(unit: UnitOfWork, device: bytes) -> Address | None:
    """Return where another own device has found one; None where it says nothing that makes sense here.

    An address of the machine itself means something only to those who are on that machine, too.
    """
    write = unit.sync.get(RegisterKind.SETTING, (DEVICE_ADDRESS + device.hex()).encode())
    value = None if write is None else unpack(write.value)
    address = _read_address(value) if isinstance(value, bytes) else None
    if write is None or address is None or address[1] < OWN_PORTS:
        return None
    if is_loopback(address[0]):
        teller = _found_address(unit, write.device)
        if teller is None or not is_loopback(teller[0]):
            return None
    return address


def _read_address(value: bytes) -> Address | None:
    try:
        port, host = value.decode().split(" ")
        number = int(port)
    except ValueError:
        return None
    fits = 0 < number < 65_536 and 0 < len(host) <= HOST_CHARACTERS and host.isprintable()
    return (host, number) if fits else None
