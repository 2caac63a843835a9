"""What is missing of a conversation is told as one number that grows, however many messages make it grow."""

from babilu.api import events
from babilu.engine.conversation.turn import Turn


def tell_missing(turn: Turn, missing: int) -> None:
    """Say that so many messages of the contact are missing; more in a row are told together, after a pause."""
    if turn.contact.blocked:
        return
    contact = turn.contact.contact
    turn.unit.gaps.add(contact, missing, turn.now)
    for place, event in enumerate(turn.after.told):
        if isinstance(event, events.GapNoticed):
            due = turn.unit.gaps.take(contact, turn.now, along=True)
            if due is not None:
                turn.after.told[place] = events.GapNoticed(event.conversation, event.missing + due.fresh, due.in_all)
            return
    tell_what_is_due(turn)


def tell_what_is_due(turn: Turn) -> None:
    """Tell of what has been missing since the last time, where it is time to; else have the conversation woken then."""
    contact = turn.contact.contact
    wait = None if turn.contact.blocked else turn.unit.gaps.wait(contact, turn.now)
    if wait is None:
        return
    due = turn.unit.gaps.take(contact, turn.now)
    if due is None:
        turn.after.wake_in(wait)
    else:
        turn.after.told.append(events.GapNoticed(turn.contact.name, due.fresh, due.in_all))
