"""How far own devices were given what this one has, kept as settings: a step is noted by the commit that owes it."""

from typing import Final

import msgspec

from babilu.kernel.ids import DeviceId
from babilu.store.unit_of_work import UnitOfWork

_GIVING: Final = "device.history:"


class GivenSoFar(msgspec.Struct, frozen=True, array_like=True):
    """How far a device was given what there is.

    Attributes:
        since: Only messages said from here on (Unix milliseconds).
        below: All messages from this place on are owed to it; None before people and conversations are.
    """

    since: int
    below: int | None = None


_encoder: Final = msgspec.msgpack.Encoder()
_given: Final = msgspec.msgpack.Decoder(GivenSoFar)


def begin_giving(unit: UnitOfWork, device: DeviceId, since: int) -> None:
    """Note that a device is to be given what there is.

    What is given to it already goes on, unless it is less than what is wanted: then it begins anew.

    Args:
        unit: The write transaction.
        device: Which own device.
        since: Only messages said from here on (Unix milliseconds).
    """
    present = given_so_far(unit, device)
    if present is None or since < present.since:
        _keep(unit, device, GivenSoFar(since))


def given_so_far(unit: UnitOfWork, device: DeviceId) -> GivenSoFar | None:
    """Return how far a device was given what it is to have; None where it is to have nothing more."""
    kept = unit.settings.get(_GIVING + device.hex())
    return None if kept is None else _given.decode(kept)


def note_given(unit: UnitOfWork, device: DeviceId, given: GivenSoFar) -> bool:
    """Note how far a device was given; tells whether it is to have that still, and not more by now."""
    present = given_so_far(unit, device)
    if present is None or present.since != given.since:
        return False
    _keep(unit, device, given)
    return True


def end_giving(unit: UnitOfWork, device: DeviceId, since: int | None = None) -> None:
    """Note that a device was given all that it is to have; with a time, only where it is to have no more than that."""
    present = given_so_far(unit, device)
    if present is not None and since in {None, present.since}:
        unit.settings.delete(_GIVING + device.hex())


def devices_given_to(unit: UnitOfWork) -> tuple[DeviceId, ...]:
    """Return the devices that are to be given something."""
    names = unit.settings.names(_GIVING)
    return tuple(DeviceId(bytes.fromhex(name.removeprefix(_GIVING))) for name in names)


def _keep(unit: UnitOfWork, device: DeviceId, given: GivenSoFar) -> None:
    unit.settings.set(_GIVING + device.hex(), _encoder.encode(given))
