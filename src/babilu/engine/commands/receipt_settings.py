"""Switches of a user: what is told to others and shown of them, everywhere or in one conversation."""

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.engine.commands.contacts import find_contact
from babilu.engine.conversation.effects import RunEffects, Tell, WatchAnew
from babilu.engine.conversation.switches import Switches, switch, switches_everywhere, switches_with
from babilu.store.database import Database


def read_receipts(database: Database, conversation: str | None) -> views.ReceiptsView:
    """Tell what holds everywhere (None), or in the conversation with a contact.

    Raises:
        DeliveryError: ``not_found``.
    """
    with database.read() as unit:
        if conversation is None:
            return _view(None, switches_everywhere(unit))
        contact = find_contact(unit, conversation)
        return _view(contact.name, switches_with(unit, contact))


def set_receipts(database: Database, run: RunEffects, command: ask_for.SetReceipts) -> views.ReceiptsView:
    """Switch what is said, and tell what holds now.

    Raises:
        DeliveryError: ``not_found``.
    """
    wanted = Switches(command.read, command.typing, command.presence)
    with database.write() as unit:
        contact = None if command.conversation is None else find_contact(unit, command.conversation)
        view = _view(None if contact is None else contact.name, switch(unit, contact, wanted))
    run([Tell(events.ReceiptsChanged(view)), *([] if wanted.presence is None else [WatchAnew()])])
    return view


def _view(conversation: str | None, held: Switches) -> views.ReceiptsView:
    return views.ReceiptsView(conversation, bool(held.read), bool(held.typing), bool(held.presence))
