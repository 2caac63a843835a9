"""Grants that are kept for new devices until these have taken them: committed before anybody may see the list.

What was promised to a device whose grant is kept stays promised, also where no list that is known here names it yet.
"""

from typing import Final

import msgspec

from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import DAY_MS
from babilu.store.unit_of_work import UnitOfWork

GRANTS_KEPT: Final = 12
GRANT_KEPT_MS: Final = 30 * DAY_MS
"""How long what a new device was granted is kept for it, until it has taken it."""

_GRANT: Final = "link.grant:"


class KeptGrant(msgspec.Struct, frozen=True, array_like=True):
    """One grant.

    Attributes:
        device: Whom it is for.
        message: What is said to that device.
        at: When it was made (Unix milliseconds).
    """

    device: bytes
    message: bytes
    at: int


_encoder: Final = msgspec.msgpack.Encoder()
_grants: Final = msgspec.msgpack.Decoder(KeptGrant)


def keep_grant(unit: UnitOfWork, transcript: bytes, grant: KeptGrant) -> None:
    """Keep a grant under the transcript of its try; too many and old ones go."""
    unit.settings.set(_GRANT + transcript.hex(), _encoder.encode(grant))
    kept = _all(unit)
    newest = sorted(kept, key=lambda name: kept[name].at, reverse=True)
    for place, name in enumerate(newest):
        if place >= GRANTS_KEPT or kept[name].at + GRANT_KEPT_MS <= grant.at:
            unit.settings.delete(name)


def kept_grant(unit: UnitOfWork, transcript: bytes) -> KeptGrant | None:
    """Return the grant of a try; None where none is kept."""
    kept = unit.settings.get(_GRANT + transcript.hex())
    return None if kept is None else _grants.decode(kept)


def forget_grant(unit: UnitOfWork, transcript: bytes) -> None:
    """Forget the grant of a try."""
    unit.settings.delete(_GRANT + transcript.hex())


def is_granted(unit: UnitOfWork, device: DeviceId) -> bool:
    """Tell whether a grant is kept for a device."""
    return any(kept.device == device for kept in _all(unit).values())


def _all(unit: UnitOfWork) -> dict[str, KeptGrant]:
    return {name: _grants.decode(unit.settings.get(name) or b"") for name in unit.settings.names(_GRANT)}
