"""Pending link: what a profile keeps that waits to be let in by another device of its person."""

import msgspec

from babilu.store.profile_store import ProfileStore
from babilu.store.unit_of_work import UnitOfWork

_PENDING = "link.pending"


class PendingLink(msgspec.Struct, frozen=True, array_like=True):
    """What a profile keeps that waits to be let in.

    Attributes:
        signing: Seed of the device's signing key.
        agreement: The device's agreement key.
        name: What the device is called.
        transcript: Of the try in which the user said yes; empty before.
        offered: What the full device has shown in it, encoded; empty before.
    """

    signing: bytes
    agreement: bytes
    name: str
    transcript: bytes = b""
    offered: bytes = b""


_pending = msgspec.msgpack.Decoder(PendingLink)


def read_pending(unit: UnitOfWork) -> PendingLink | None:
    """Return what a profile keeps whose user has said yes; None for any other."""
    kept = unit.settings.get(_PENDING)
    pending = None if kept is None else _pending.decode(kept)
    return None if pending is None or not pending.transcript else pending


def keep_pending(unit: UnitOfWork, pending: PendingLink) -> None:
    """Keep how far the linking has come."""
    unit.settings.set(_PENDING, msgspec.msgpack.encode(pending))


def forget_pending(unit: UnitOfWork) -> None:
    """Forget it: the profile is linked."""
    unit.settings.delete(_PENDING)


class WaitingToBeLinkedError(Exception):
    """A profile was opened that waits for its grant; whoever opens goes on with that."""

    def __init__(self, profile: ProfileStore) -> None:
        super().__init__()
        self.profile = profile
