"""What stands above the messages until it is dealt with: a changed identity, a block, a new contact, a gap."""

from dataclasses import dataclass
from enum import Enum, unique

from babilu.api.views import ContactView
from babilu.kernel.states import Trust


@unique
class BannerKind(Enum):
    """What a person must know about a conversation."""

    CHANGED = "changed"
    CHANGED_VERIFIED = "changed_verified"
    BLOCKED = "blocked"
    NEW = "new"
    GAP = "gap"


@unique
class Step(Enum):
    """What can be done about it."""

    COMPARE = "compare"
    TRUST = "trust"
    REJECT = "reject"
    UNBLOCK = "unblock"
    ACCEPT = "accept"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Matter:
    """What a banner says.

    Attributes:
        kind: What it is about.
        contact: Who that is, as it was shown: what is done about it is done about nobody else.
        missing: Messages that are waited for.
        steps: What can be done, the most usual first.
        urgent: Whether it is a warning.
        stops: Whether nothing can be sent until it is dealt with.
    """

    kind: BannerKind
    contact: ContactView
    missing: int = 0
    steps: tuple[Step, ...] = ()
    urgent: bool = False
    stops: bool = False

    @property
    def name(self) -> str:
        """Whom it is about, as the client has the name."""
        return self.contact.name


def matter_of(contact: ContactView, *, has_messages: bool, missing: int) -> Matter | None:
    """Tell what must be said about a conversation, if anything; what stops sending comes first.

    Args:
        contact: With whom it is.
        has_messages: Whether anything was written.
        missing: Messages that are waited for.
    """
    if contact.trust is Trust.CHANGED:
        kind = BannerKind.CHANGED_VERIFIED if contact.was_verified else BannerKind.CHANGED
        return Matter(
            kind, contact, steps=(Step.COMPARE, Step.TRUST, Step.REJECT), urgent=True, stops=not contact.connected
        )
    if contact.blocked:
        return Matter(BannerKind.BLOCKED, contact, steps=(Step.UNBLOCK,), stops=True)
    if not contact.accepted and has_messages:
        return Matter(BannerKind.NEW, contact, steps=(Step.ACCEPT, Step.BLOCK))
    return Matter(BannerKind.GAP, contact, missing) if missing else None
