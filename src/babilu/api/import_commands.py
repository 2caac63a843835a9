"""Commands about what other programs have exported."""

from dataclasses import dataclass

from babilu.api.command import Command
from babilu.api.import_views import ImportView
from babilu.kernel.states import DateOrder, ImportSource


@dataclass(frozen=True, slots=True)
class PersonMapping:
    """Which contact somebody is whom another program calls by a name."""

    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class ImportChats(Command[ImportView]):
    """Take over what another program has exported, each of its conversations as one that is only read.

    What is here already is left as it is, so that it may be done again. Who wrote there is no identity: nobody has
    signed what they wrote. A person of an export who is called like a contact is shown as that contact, and one who is
    called like oneself as oneself, unless something else is said.

    Attributes:
        source: Which program.
        path: The whole path of the file, on the machine of the client.
        dry_run: Whether it is only told what there is.
        people: Who is which contact.
        own: What oneself is called there.
        only: Titles of the conversations that are wanted; none for all.
        title: What a conversation of WhatsApp is called; None for what the name of the file says.
        dates: In which order WhatsApp's dates stand; None where they tell it themselves.

    Raises:
        UsageError: ``not_found``, ``not_an_export``, ``export_too_large``, ``dates_unclear``; somebody was named
            who did not write there.
        DeliveryError: ``not_found``: there is no such contact.
    """

    source: ImportSource
    path: str
    dry_run: bool = False
    people: tuple[PersonMapping, ...] = ()
    own: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    title: str | None = None
    dates: DateOrder | None = None
