"""How a contact is connected directly, in the words of every terminal."""

from babilu.api.views import ContactView
from babilu.presentation.strings import Strings


def connection_mark(say: Strings, contact: ContactView) -> str:
    """Say that a contact is connected, and where; nobody knows the address of one who called and told none."""
    if contact.address is None:
        return say("mark.connected_in")
    return say("mark.connected", address=str(contact.address))
