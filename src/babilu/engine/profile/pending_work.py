"""Work that the database has for conversations, whoever put it there: what only time or a former run has left."""

from collections.abc import Iterable
from dataclasses import dataclass

from babilu.engine.conversation.groups.asking import KNOWS_MORE
from babilu.engine.conversation.groups.healing import BROUGHT, SILENT_MS
from babilu.engine.conversation.recipients import has_siblings
from babilu.engine.runtime.places import Place, place_of
from babilu.session.sessions import OwnDevice
from babilu.store.contact_records import ContactRecord
from babilu.store.conversations import ONESELF
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.part_base import PARTS_VERSION


@dataclass(frozen=True, slots=True)
class PendingWork:
    """Whose turn there is something to do in.

    Attributes:
        groups: Groups in which something has waited too long.
        contacts: People to whom something is owed, or from whom something waits.
        shown_to: People who are to see one's picture.
    """

    groups: tuple[Place, ...]
    contacts: tuple[ContactRecord, ...]
    shown_to: tuple[ContactRecord, ...]


def find_pending(unit: UnitOfWork, own: OwnDevice, now: int) -> PendingWork:
    """Look through the database for everybody with work.

    Args:
        unit: A look into the database.
        own: Whose it is.
        now: The time, in Unix milliseconds.
    """
    overdue = unit.waiting_actions.conversations_overdue(now)
    numbers = {
        *(contact for contact, _ in unit.outbox.devices_with_mail()),
        *(contact for contact, _ in unit.receipts.devices()),
        *unit.inbox.contacts_with_mail(),
        *unit.inbox.contacts_in_quarantine(),
        *unit.gaps.contacts(),
        *unit.deliveries.contacts_with_expired(now),
        *unit.deliveries.contacts_owed(),
        *unit.held_back.authors(),
        *unit.group_peers.contacts_told(KNOWS_MORE),
        *unit.group_peers.contacts_silent(now - SILENT_MS, BROUGHT),
        *unit.conversations.contacts_of(
            *overdue,
            *unit.contents.conversations_older_than(PARTS_VERSION),
            *unit.hidden.conversations(PARTS_VERSION),
        ),
    }
    if has_siblings(own):
        # What they were not told, and who of them is new, its turn looks for.
        numbers.add(ONESELF)
    places = [place_of(unit, number) for number in overdue]
    return PendingWork(
        groups=tuple(place for place in places if place.contact is None),
        contacts=_contacts_of(unit, numbers),
        shown_to=_contacts_of(unit, unit.pictures.to_be_given()),
    )


def _contacts_of(unit: UnitOfWork, numbers: Iterable[int]) -> tuple[ContactRecord, ...]:
    found = map(unit.contacts.by_contact, sorted(numbers))
    return tuple(contact for contact in found if contact is not None)
