"""Switches of a user: what is told to others and shown of them, everywhere or in one conversation."""

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.engine.commands.contacts import find_conversation
from babilu.engine.conversation.effects import RunEffects, Tell, WatchAnew
from babilu.engine.conversation.switches import Switches, choices_in, switch, switches_everywhere, switches_in
from babilu.engine.runtime.places import Place, check_writable
from babilu.kernel.errors import UsageError
from babilu.store.database import Database
from babilu.store.unit_of_work import UnitOfWork


def read_receipts(database: Database, conversation: str | None) -> views.ReceiptsView:
    """Tell what holds everywhere (None), or in the conversation with a contact.

    Raises:
        DeliveryError: ``not_found``.
    """
    with database.read() as unit:
        if conversation is None:
            return _view(None, switches_everywhere(unit))
        return _view_in(unit, _place(unit, conversation))


def set_receipts(database: Database, run: RunEffects, command: ask_for.SetReceipts) -> views.ReceiptsView:
    """Switch what is said, and tell what holds now.

    Raises:
        DeliveryError: ``not_found``.
        UsageError: What is to be inherited is also switched, or nothing is above it.
    """
    wanted = Switches(command.read, command.typing, command.presence)
    if command.inherit and command.conversation is None:
        raise UsageError("What holds everywhere is inherited from nothing.")
    if not set(command.inherit) <= set(wanted.unsaid()):
        raise UsageError("What is switched is not inherited.")
    with database.write() as unit:
        place = None if command.conversation is None else _place(unit, command.conversation)
        held = switch(unit, None if place is None else place.conversation, wanted, command.inherit)
        view = _view(None, held) if command.conversation is None else _view_in(unit, _place(unit, command.conversation))
    changed = events.ReceiptsChanged(view, request_id=command.request_id)
    watches = wanted.presence is not None or views.PrivacySwitch.PRESENCE in command.inherit
    run([Tell(changed), *([WatchAnew()] if watches else [])])
    return view


def _place(unit: UnitOfWork, named: str) -> Place:
    place = find_conversation(unit, named)
    check_writable(place)
    if place.is_notes:
        raise UsageError("Notes are with yourself: there is nobody whom this could concern.")
    return place


def _view_in(unit: UnitOfWork, place: Place) -> views.ReceiptsView:
    inherited = choices_in(place.conversation).unsaid()
    return _view(place.label, switches_in(unit, place.conversation), inherited)


def _view(
    conversation: str | None, held: Switches, inherited: tuple[views.PrivacySwitch, ...] = ()
) -> views.ReceiptsView:
    return views.ReceiptsView(conversation, bool(held.read), bool(held.typing), bool(held.presence), inherited)
