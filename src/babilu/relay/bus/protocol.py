"""Hints between the nodes of a relay: something has changed, look into the storage."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from babilu.kernel.ids import DeviceId


@dataclass(frozen=True, slots=True)
class MailStored:
    """A mailbox has given out numbers up to ``head``."""

    device: DeviceId
    head: int


@dataclass(frozen=True, slots=True)
class ListChanged:
    """The device list of an account is another one."""

    name: str


Hint = MailStored | ListChanged


class Bus(Protocol):
    """Carries hints to every node, the sender's own included; in no order, and not every one arrives."""

    def publish(self, hint: Hint) -> None:
        """Tell every node."""

    def subscribe(self, listener: Callable[[Hint], None]) -> None:
        """Let ``listener`` hear all hints, in the loop's thread."""

    async def close(self) -> None:
        """Hear and tell no more."""
