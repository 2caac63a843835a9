"""Messages of a device show in the order of their counters; a hole is waited for a while, then shows as a gap.

A gap leaves places free in the conversation, and what comes late after all takes its own.
"""

from dataclasses import replace
from itertools import groupby

from babilu.api import events
from babilu.engine.turn import Turn
from babilu.session.chain import Chain
from babilu.store.records import HeldBackRecord

PATIENCE_MS = 10_000
"""How long later messages wait for one in front of them."""

HELD_BACK_AT_MOST = 200
"""Messages of a device that wait at most; one more, and all of them show, so that no hole fills the disk."""


PLACES_AT_MOST = 1_000
"""Places that one gap leaves free; a longer one is a lie or beyond repair."""


def place_message(turn: Turn, arrived: HeldBackRecord, *, late: bool) -> None:
    """Show a message that has come, or hold it back while one in front of it is missing.

    Args:
        turn: The turn.
        arrived: The message, with ``missing_from`` where it came after a hole that was not known before.
        late: Whether it comes into a hole.
    """
    messages = turn.unit.messages
    waiting = turn.unit.held_back.waiting(turn.contact.contact, arrived.device)
    if waiting is None and not arrived.missing_from:
        place = messages.late_position(arrived.contact, arrived.device, arrived.counter) if late else None
        _show(turn, arrived, place)
        return
    count, missing_from, release_at = waiting or (0, arrived.missing_from, turn.now + PATIENCE_MS)
    if count >= HELD_BACK_AT_MOST:
        release_at = turn.now
    turn.unit.held_back.add(replace(arrived, missing_from=missing_from, release_at=release_at))


def show_in_order(turn: Turn) -> None:
    """Show what waits for nothing any more, and what has waited long enough."""
    for device, group in groupby(turn.unit.held_back.of(turn.contact.contact), key=lambda held: held.device):
        waiting = list(group)
        chain = turn.unit.chains.received(device, waiting[0].conversation)
        missing = _missing(chain, waiting)
        patience = min(held.release_at for held in waiting) - turn.now
        if missing and 0 < patience <= PATIENCE_MS:
            turn.after.wake_in(patience)
            continue
        if missing:
            turn.after.told.append(events.GapNoticed(turn.contact.name, missing))
        for held in waiting:
            turn.unit.held_back.remove(held)
            _show(turn, held, _place(turn, chain, held) if missing else None)


def _missing(chain: Chain, waiting: list[HeldBackRecord]) -> int:
    """Count the contents that are missing in front of the last message that waits."""
    first, last = waiting[0].missing_from, waiting[-1].counter
    return sum(hole.last - hole.first + 1 for hole in chain.holes if hole.first >= first and hole.last < last)


def _place(turn: Turn, chain: Chain, message: HeldBackRecord) -> int | None:
    """Give a message its place: that of a late one, or one behind the places of those that are missing before it."""
    late = turn.unit.messages.late_position(message.contact, message.device, message.counter)
    if late is not None:
        return late
    before = next((hole for hole in chain.holes if hole.last == message.counter - 1), None)
    if before is None:
        return None
    return turn.unit.messages.position_after(min(before.last - before.first + 1, PLACES_AT_MOST))


def _show(turn: Turn, message: HeldBackRecord, position: int | None) -> None:
    record = turn.unit.messages.add_incoming(
        message.id,
        message.contact,
        message.device,
        message.counter,
        message.text,
        message.sent_at,
        turn.now,
        route=message.route,
        first=message.first,
        stranger=not turn.contact.accepted,
        position=position,
    )
    turn.after.told.append(events.MessageArrived(turn.show.message(record, turn.contact.name)))
