"""What a conversation's thread can be given: commands, and hints that something in the database wants looking after."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from babilu.engine.outbox import Kept, Refused, Stale
from babilu.identity.shapes import Bundle, SignedDeviceList
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import DeviceId

if TYPE_CHECKING:
    from babilu.engine.turn import Turn

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Ask(Generic[R]):
    """Do something inside the conversation's transaction and end ``future`` after the commit."""

    act: "Callable[[Turn], R]"
    future: "Future[R]"

    def abandon(self, error: BabiluError) -> None:
        """Fail the command."""
        if not self.future.done():
            self.future.set_exception(error)


@dataclass(frozen=True, slots=True)
class Hint:
    """Base of jobs that nobody waits for."""

    def abandon(self, error: BabiluError) -> None:
        """Nothing is lost: what it was about stands in the database."""


@dataclass(frozen=True, slots=True)
class Wake(Hint):
    """Look at what waits: arrived envelopes, messages without envelopes, receipts, unaccepted envelopes.

    Attributes:
        resend: Whether everything without a receipt is to be handed over again, because the route is another.
        after_number: Envelopes up to this number are in the outbox already.
    """

    resend: bool = False
    after_number: int = 0


@dataclass(frozen=True, slots=True)
class Outcomes(Hint):
    """What became of envelopes that were handed over."""

    outcomes: tuple[Kept | Refused | Stale, ...]


@dataclass(frozen=True, slots=True)
class BundleCame(Hint):
    """A bundle of the contact's device, or none for now."""

    device: DeviceId
    bundle: Bundle | None


@dataclass(frozen=True, slots=True)
class ListCame(Hint):
    """The contact's account has this device list now."""

    device_list: SignedDeviceList


Job = Ask[object] | Wake | Outcomes | BundleCame | ListCame
"""Everything that a conversation's inbox takes."""
