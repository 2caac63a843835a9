"""What a client knows of its relay: the certificate, the next one, the key that signs both, and other addresses.

It is shared by all that connects to the relay, and looked at and changed in the loop's thread.
"""

import logging
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import msgspec

from babilu.identity.relay_addresses import other_addresses, parse_relay_address, show_relay_address
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, TrustError
from babilu.kernel.limits import RELAY_ADDRESSES, Limits
from babilu.kernel.ports import Randomness
from babilu.net.racing import RaceRules, race
from babilu.net.relay_connection import RelayConnection
from babilu.store.unit_of_work import UnitOfWork

CLIENT_NAME = "babilu"

HEAD_START_SECONDS: Final = 2.0
"""How long the relay's first address has to answer before others are tried beside it.

It is not cut off then: over a slow network it may still be the first that stands.
"""

NEXT_ADDRESS_SECONDS: Final = 0.3
"""How long each other address has before the next one is tried beside it."""

_NEXT = "relay.next_pin"
_KEY = "relay.key"
_ALSO = "relay.also"

_Place = tuple[str, int]

log = logging.getLogger(__name__)


class _OtherAddressError(LinkError):
    """Another address than the user's has failed."""


@dataclass(slots=True)
class RelayPins:
    """What is known of the relay.

    Attributes:
        pin: SHA-256 of the present one; None takes any, which is trust on first use.
        next_pin: SHA-256 of the one that may take its place; None where none was announced.
        key: The relay's public key, by which device lists name it; None before the first connection.
        also: Other addresses of the relay, ``host:port``.
        linked_at: Where the link stands now: what else is asked of the relay is asked there first.
        sent_away_from: Where the relay has said last that it cannot be used: that address is tried last.
    """

    pin: bytes | None = None
    next_pin: bytes | None = None
    key: bytes | None = None
    also: tuple[str, ...] = ()
    linked_at: _Place | None = field(default=None, compare=False)
    sent_away_from: _Place | None = field(default=None, compare=False)

    async def connect(self, host: str, port: int, limits: Limits, randomness: Randomness) -> RelayConnection:
        """Connect to the relay, by another address where the first one fails or is slow.

        When it shows the next certificate, that is the present one from then on.

        Raises:
            BabiluError: As `RelayConnection.open`.
            TrustError: ``certificate_changed``, too, where the certificate is known and the relay's key is another.
        """
        home = (host, port)
        attempts = [
            partial(self._open if place == home else self._open_other, place, limits)
            for place in self._places(home, randomness)
        ]
        connection = await race(attempts, RaceRules(BabiluError, _delay_s, _how_vague, _close))
        self.key = connection.relay_key
        shown = connection.certificate_hash
        if shown != self.pin:
            self.pin, self.next_pin = shown, None
        return connection

    def _places(self, home: _Place, randomness: Randomness) -> list[_Place]:
        """Put the addresses in the order in which they are tried."""
        # Whoever is trusted on first use is the one who was named: nobody else may take that place.
        known = [] if self.pin is None else [parse_relay_address(text) for text in self.also]
        first = self.linked_at if self.linked_at in known else home
        others = [place for place in (home, *known) if place != first]
        places = [first, *_shuffled(others, randomness)]
        if self.sent_away_from in places:
            places.remove(self.sent_away_from)
            places.append(self.sent_away_from)
        return places

    async def _open(self, place: _Place, limits: Limits) -> RelayConnection:
        connection = await RelayConnection.open(*place, self.pin, limits, CLIENT_NAME, self.next_pin)
        if self.key not in {None, connection.relay_key}:
            await connection.abandoned()
            raise TrustError(
                ErrorCode.CERTIFICATE_CHANGED,
                "The relay shows the certificate that is known, and another key than before: it was set up anew. Ask "
                "its operator for the fingerprint, and name it when you connect (--certificate).",
            )
        return connection

    async def _open_other(self, place: _Place, limits: Limits) -> RelayConnection:
        """Connect to an address that the relay has named: what is wrong there is no alarm about the relay itself."""
        try:
            return await self._open(place, limits)
        except BabiluError as error:
            log.info("another address of the relay is of no use: %s", error.code.value)
            raise _OtherAddressError(error.code, error.text) from error

    def only(self, pin: bytes) -> None:
        """Know the relay by a certificate and nothing else: one that was set up anew has another key as well."""
        self.pin, self.next_pin, self.key, self.also = pin, None, None, ()

    def announced(self, pin: bytes | None) -> None:
        """Take note of what the relay says will come next, by a connection whose certificate was known."""
        self.next_pin = None if pin == self.pin else pin

    def told_others(self, told: tuple[str, ...], home: _Place, reached_at: _Place) -> None:
        """Take note of the other addresses that the relay names.

        Args:
            told: What it says, ``host:port``.
            home: Where the profile has it.
            reached_at: Where it was reached. A node names others than itself: so this one is kept too.
        """
        self.also = other_addresses((show_relay_address(*reached_at), *told), *home)

    def copy(self) -> "RelayPins":
        """Give what is known now."""
        return RelayPins(self.pin, self.next_pin, self.key, self.also)


def _shuffled(places: list[_Place], randomness: Randomness) -> list[_Place]:
    return sorted(places, key=lambda _: randomness.token(8))


def _delay_s(begun: int) -> float:
    return HEAD_START_SECONDS if begun == 1 else NEXT_ADDRESS_SECONDS


def _how_vague(error: BabiluError) -> int:
    """Rank a failure: it is told why the relay cannot be reached where the user knows it to be."""
    return 1 if isinstance(error, _OtherAddressError) else 0


async def _close(late: RelayConnection) -> None:
    await late.abandoned()


def load_pins(unit: UnitOfWork, pin: bytes | None) -> RelayPins:
    """Read what the profile knows besides the present certificate's ``pin``."""
    also = unit.settings.get(_ALSO)
    return RelayPins(pin, unit.settings.get(_NEXT), unit.settings.get(_KEY), _decode(also))


def save_pins(unit: UnitOfWork, pins: RelayPins) -> None:
    """Keep what is known."""
    if pins.pin is not None:
        unit.profile.set_pin(pins.pin)
    also = msgspec.msgpack.encode(pins.also[:RELAY_ADDRESSES]) if pins.also else None
    for name, value in ((_NEXT, pins.next_pin), (_KEY, pins.key), (_ALSO, also)):
        if value is None:
            unit.settings.delete(name)
        else:
            unit.settings.set(name, value)


def _decode(also: bytes | None) -> tuple[str, ...]:
    return () if also is None else msgspec.msgpack.decode(also, type=tuple[str, ...])
