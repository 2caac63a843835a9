"""The certificates by which the relay is known: the present one, and the next one that it has announced.

They are shared by all that connects to the relay, and looked at and changed in the loop's thread.
"""

from dataclasses import dataclass

from babilu.kernel.limits import Limits
from babilu.net.relay_connection import RelayConnection
from babilu.store.unit import Unit

CLIENT_NAME = "babilu"

_NEXT = "relay.next_pin"


@dataclass(slots=True)
class RelayPins:
    """What is known of the relay's certificates.

    Attributes:
        pin: SHA-256 of the present one; None takes any, which is trust on first use.
        next_pin: SHA-256 of the one that may take its place; None where none was announced.
    """

    pin: bytes | None = None
    next_pin: bytes | None = None

    async def connect(self, host: str, port: int, limits: Limits) -> RelayConnection:
        """Connect to the relay; when it shows the next certificate, that is the present one from then on.

        Raises:
            BabiluError: As `RelayConnection.open`.
        """
        connection = await RelayConnection.open(host, port, self.pin, limits, CLIENT_NAME, self.next_pin)
        shown = connection.certificate_hash
        if shown != self.pin:
            self.pin, self.next_pin = shown, None
        return connection

    def announced(self, pin: bytes | None) -> None:
        """Take note of what the relay says will come next, by a connection whose certificate was known."""
        self.next_pin = None if pin == self.pin else pin

    def copy(self) -> "RelayPins":
        """Give what is known now."""
        return RelayPins(self.pin, self.next_pin)


def load_pins(unit: Unit, pin: bytes | None) -> RelayPins:
    """Read what the profile knows besides the present certificate's ``pin``."""
    return RelayPins(pin, unit.settings.get(_NEXT))


def save_pins(unit: Unit, pins: RelayPins) -> None:
    """Keep what is known."""
    if pins.pin is not None:
        unit.profile.set_pin(pins.pin)
    if pins.next_pin is None:
        unit.settings.delete(_NEXT)
    else:
        unit.settings.set(_NEXT, pins.next_pin)
