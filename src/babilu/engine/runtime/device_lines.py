"""Lines in the notes about the own devices: which of them came and went, each with the name that it had then."""

from collections.abc import Iterable
from typing import Final

import msgspec

from babilu.engine.runtime.own_devices import named
from babilu.identity.shapes import DeviceEntry
from babilu.store.unit_of_work import UnitOfWork


class ChangedDevice(msgspec.Struct, frozen=True, array_like=True):
    """A device that came or went.

    Attributes:
        device: Its id.
        added: Whether it came.
        name: What it was called then; empty where that was not known yet.
    """

    device: bytes
    added: bool
    name: str


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(tuple[ChangedDevice, ...])


def encode_changed_devices(unit: UnitOfWork, before: Iterable[DeviceEntry], after: Iterable[DeviceEntry]) -> bytes:
    """Encode which devices are on the later of two lists alone, and on the earlier one."""
    former, present = ({entry.device for entry in entries} for entries in (before, after))
    changed = [(device, True) for device in sorted(present - former)]
    changed += [(device, False) for device in sorted(former - present)]
    return _encoder.encode([ChangedDevice(device, added, named(unit, device)) for device, added in changed])


def decode_changed_devices(line: bytes) -> tuple[ChangedDevice, ...]:
    """Decode what such a line says."""
    return _decoder.decode(line)
