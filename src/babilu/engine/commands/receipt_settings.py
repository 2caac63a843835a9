"""Switches of a user: what is told to others and shown of them, everywhere or in one conversation."""

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.engine.commands.contacts import find_contact
from babilu.engine.conversation.effects import RunEffects, Tell, WatchAnew
from babilu.engine.conversation.switches import Switches, choices_with, switch, switches_everywhere, switches_with
from babilu.kernel.errors import UsageError
from babilu.store.database import Database
from babilu.store.records import ContactRecord
from babilu.store.unit_of_work import UnitOfWork


def read_receipts(database: Database, conversation: str | None) -> views.ReceiptsView:
    """Tell what holds everywhere (None), or in the conversation with a contact.

    Raises:
        DeliveryError: ``not_found``.
    """
    with database.read() as unit:
        if conversation is None:
            return _view(None, switches_everywhere(unit))
        contact = find_contact(unit, conversation)
        return _view_with(unit, contact)


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
        contact = None if command.conversation is None else find_contact(unit, command.conversation)
        held = switch(unit, contact, wanted, command.inherit)
        view = _view(None, held) if contact is None else _view_with(unit, contact)
    changed = events.ReceiptsChanged(view, request_id=command.request_id)
    watches = wanted.presence is not None or views.PrivacySwitch.PRESENCE in command.inherit
    run([Tell(changed), *([WatchAnew()] if watches else [])])
    return view


def _view_with(unit: UnitOfWork, contact: ContactRecord) -> views.ReceiptsView:
    inherited = choices_with(unit, contact).unsaid()
    return _view(contact.name, switches_with(unit, contact), inherited)


def _view(
    conversation: str | None, held: Switches, inherited: tuple[views.PrivacySwitch, ...] = ()
) -> views.ReceiptsView:
    return views.ReceiptsView(conversation, bool(held.read), bool(held.typing), bool(held.presence), inherited)
