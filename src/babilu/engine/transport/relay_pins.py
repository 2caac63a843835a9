"""Pins of the relay: its certificate, the next one that it has announced, and the key that signs both.

They are shared by all that connects to the relay, and looked at and changed in the loop's thread.
"""

from dataclasses import dataclass

from babilu.kernel.errors import ErrorCode, TrustError
from babilu.kernel.limits import Limits
from babilu.net.relay_connection import RelayConnection
from babilu.store.unit_of_work import UnitOfWork

CLIENT_NAME = "babilu"

_NEXT = "relay.next_pin"
_KEY = "relay.key"


@dataclass(slots=True)
class RelayPins:
    """What is known of the relay.

    Attributes:
        pin: SHA-256 of the present one; None takes any, which is trust on first use.
        next_pin: SHA-256 of the one that may take its place; None where none was announced.
        key: The relay's public key, by which device lists name it; None before the first connection.
    """

    pin: bytes | None = None
    next_pin: bytes | None = None
    key: bytes | None = None

    async def connect(self, host: str, port: int, limits: Limits) -> RelayConnection:
        """Connect to the relay; when it shows the next certificate, that is the present one from then on.

        Raises:
            BabiluError: As `RelayConnection.open`.
            TrustError: ``certificate_changed``, too, where the certificate is known and the relay's key is another.
        """
        connection = await RelayConnection.open(host, port, self.pin, limits, CLIENT_NAME, self.next_pin)
        if self.key not in {None, connection.relay_key}:
            await connection.abandoned()
            raise TrustError(
                ErrorCode.CERTIFICATE_CHANGED,
                "The relay shows the certificate that is known, and another key than before: it was set up anew. Ask "
                "its operator for the fingerprint, and name it when you connect (--certificate).",
            )
        self.key = connection.relay_key
        shown = connection.certificate_hash
        if shown != self.pin:
            self.pin, self.next_pin = shown, None
        return connection

    def only(self, pin: bytes) -> None:
        """Know the relay by a certificate and nothing else: one that was set up anew has another key as well."""
        self.pin, self.next_pin, self.key = pin, None, None

    def announced(self, pin: bytes | None) -> None:
        """Take note of what the relay says will come next, by a connection whose certificate was known."""
        self.next_pin = None if pin == self.pin else pin

    def copy(self) -> "RelayPins":
        """Give what is known now."""
        return RelayPins(self.pin, self.next_pin, self.key)


def load_pins(unit: UnitOfWork, pin: bytes | None) -> RelayPins:
    """Read what the profile knows besides the present certificate's ``pin``."""
    return RelayPins(pin, unit.settings.get(_NEXT), unit.settings.get(_KEY))


def save_pins(unit: UnitOfWork, pins: RelayPins) -> None:
    """Keep what is known."""
    if pins.pin is not None:
        unit.profile.set_pin(pins.pin)
    for name, value in ((_NEXT, pins.next_pin), (_KEY, pins.key)):
        if value is None:
            unit.settings.delete(name)
        else:
            unit.settings.set(name, value)
