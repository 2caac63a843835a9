"""Hints for a conversation's thread: something in the database or on the network needs its attention.

Nobody waits for a hint, and one that is dropped loses nothing: what it is about stands in the database, or is asked for
again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from babilu.engine.transport.outbound_queue import Answered
from babilu.identity.shapes import Bundle, SignedDeviceList
from babilu.kernel.ids import DeviceId


@dataclass(frozen=True, slots=True)
class Wake:
    """Look at what waits: arrived envelopes, messages without envelopes, receipts, unaccepted envelopes.

    Attributes:
        device: Only the envelopes for this device are to be looked at, or those for all (None).
        resend: Whether everything without a receipt is to be handed over again, because the route is another.
        after_number: Envelopes up to this number are in the outbox already.
    """

    device: DeviceId | None = None
    resend: bool = False
    after_number: int = 0


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of envelopes that were handed over."""

    outcomes: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class BundleCame:
    """A bundle of the contact's device, or none for now, and the milliseconds until it makes sense to ask again."""

    device: DeviceId
    bundle: Bundle | None
    retry_after_ms: int = 0


@dataclass(frozen=True, slots=True)
class ListCame:
    """The contact's account has this device list now.

    Attributes:
        device_list: The list.
        enclosed: Whether it came inside an envelope: then it was the list when that was written, and may be no more.
    """

    device_list: SignedDeviceList
    enclosed: bool = False


@dataclass(frozen=True, slots=True)
class ShowPicture:
    """The contact is to be told of the own profile picture, where they were not."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Envelopes of several contacts that a relay or their devices have by now, by contact."""

    taken: Mapping[int, tuple[Answered, ...]]


Hint = Wake | Outcomes | BundleCame | ListCame | ShowPicture | TakenOver
"""Everything that a conversation's inbox takes besides commands."""
