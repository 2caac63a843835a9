"""Events about the own devices."""

from dataclasses import dataclass

from babilu.api.event import CausedEvent
from babilu.api.profile_views import OwnDeviceView


@dataclass(frozen=True, slots=True)
class LinkCodeShown:
    """A try to link a device has come to its code: people compare what the two devices show.

    Attributes:
        digits: Six digits.
        words: Four words, which say the same and more.
        line: On the new device, what it shows as text or as a QR code for a device that can read it; None on the other.
    """

    digits: str
    words: tuple[str, ...]
    line: str | None = None


@dataclass(frozen=True, slots=True)
class LinkAsked:
    """A new device asks to be linked; it is decided by `LinkApprove` or `LinkRefuse`.

    Attributes:
        device: Its id, as 32 hexadecimal digits.
        name: What it calls itself; a claim.
        digits: Six digits, to be compared with those that it shows.
        words: Four words, to be compared in their place.
        full: Whether it asks to be a full device.
        failed: Tries before this one that came to nothing within an hour: many say that somebody tampers.
    """

    device: str
    name: str
    digits: str
    words: tuple[str, ...]
    full: bool
    failed: int


@dataclass(frozen=True, slots=True)
class LinkEnded(CausedEvent):
    """A try to link a device came to nothing.

    Attributes:
        code: Stable code of why.
        text: A sentence about it.
        failed: Tries that came to nothing within an hour, this one included.
    """

    code: str
    text: str
    failed: int


@dataclass(frozen=True, slots=True)
class DeviceLinked(CausedEvent):
    """A device is one of the own ones from now on."""

    device: OwnDeviceView


@dataclass(frozen=True, slots=True)
class DeviceRemoved(CausedEvent):
    """A device is none of the own ones any more."""

    device: OwnDeviceView


@dataclass(frozen=True, slots=True)
class OwnHistoryCame:
    """Another own device has given contacts, conversations or older messages that were not here: read the lists anew.

    Attributes:
        messages: How many messages.
    """

    messages: int
