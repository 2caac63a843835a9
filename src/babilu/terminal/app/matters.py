"""What stands above the messages until it is dealt with: a changed identity, a block, a new contact, a gap."""

from dataclasses import dataclass
from enum import Enum, unique

from babilu.api.views import ContactView, Trust
from babilu.terminal.app.cells import label
from babilu.terminal.app.paper import NAME_CELLS
from babilu.terminal.strings import Strings


@unique
class Step(Enum):
    """What can be done about it."""

    COMPARE = "compare"
    TRUST = "trust"
    UNBLOCK = "unblock"
    ACCEPT = "accept"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Matter:
    """What the banner says.

    Attributes:
        text: The sentence.
        steps: What can be done, the most usual first.
        urgent: Whether it is a warning.
        stops: Whether nothing can be sent until it is dealt with.
    """

    text: str
    steps: tuple[Step, ...]
    urgent: bool
    stops: bool


def matter_of(say: Strings, contact: ContactView, *, has_messages: bool, missing: int) -> Matter | None:
    """Tell what must be said about a conversation, if anything; what stops sending comes first."""
    name = label(contact.name, NAME_CELLS)
    if contact.trust is Trust.CHANGED:
        key = "app.matter.changed_verified" if contact.was_verified else "app.matter.changed"
        return Matter(say(key, name=name), (Step.COMPARE, Step.TRUST), urgent=True, stops=True)
    if contact.blocked:
        return Matter(say("app.matter.blocked", name=name), (Step.UNBLOCK,), urgent=False, stops=True)
    if not contact.accepted and has_messages:
        return Matter(say("app.matter.new", name=name), (Step.ACCEPT, Step.BLOCK), urgent=False, stops=False)
    if missing:
        return Matter(say("gap", name=name, missing=missing), (), urgent=False, stops=False)
    return None
