"""Bounds for numbers of the other side, applied before they are kept: none does harm for ever, or at once.

A relay that lies about its clock or its numbers dates nothing far back, lets nothing expire early and leaves no cursor
behind with which an honest relay could do nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from babilu.kernel.errors import ErrorCode, LinkError, ProtocolError
from babilu.kernel.limits import DAY_MS, MAILBOX_NUMBER_MAX
from babilu.store.delivery_records import IncomingEnvelope

HELD_AT_LEAST_MS = 60 * 60 * 1000
"""A relay that says that it holds an envelope for less than this, or until a time that is over, is not believed."""

HELD_AT_MOST_MS = 60 * DAY_MS
"""Nor one that says that it holds it for longer: what it loses would count as held for years."""


def held_until(named: int, now: int) -> int:
    """Return until when a relay holds an envelope, as far as it can be believed (Unix ms)."""
    return min(max(named, now + HELD_AT_LEAST_MS), now + HELD_AT_MOST_MS)


def stored_in_order(arrivals: Sequence[IncomingEnvelope], newest: int, now: int) -> list[IncomingEnvelope]:
    """Bound when envelopes were stored: a mailbox is filled in its order, and never in the future.

    Args:
        arrivals: As they came.
        newest: When the last one that came before was stored (Unix ms).
        now: The own time.

    Returns:
        The same, none of them stored before the one in front of it.
    """
    bounded = []
    for arrival in arrivals:
        newest = min(max(arrival.stored_at, newest), now)
        bounded.append(arrival if arrival.stored_at == newest else replace(arrival, stored_at=newest))
    return bounded


def check_mailbox_number(number: int) -> None:
    """Refuse a number at which no honest relay arrives, before it becomes the cursor.

    Raises:
        ProtocolError: ``not_allowed``.
    """
    if number > MAILBOX_NUMBER_MAX:
        raise ProtocolError(ErrorCode.NOT_ALLOWED, "The relay numbers its mail beyond what is allowed.")


def check_position(cursor: int, head: int) -> None:
    """Refuse to go on from a mailbox whose numbers are used up, as after a relay that lied: another device begins anew.

    Raises:
        LinkError: ``rolled_back``.
    """
    if max(cursor, head) > MAILBOX_NUMBER_MAX:
        raise LinkError(ErrorCode.ROLLED_BACK, "The numbers of this device's mailbox are out of bounds.")
