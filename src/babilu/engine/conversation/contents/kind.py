"""What the fold has to know of a kind of action."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from babilu.engine.conversation.contents.fold import Action, Fold
from babilu.kernel.ids import MessageId
from babilu.wire.part_base import ChainedPart

P = TypeVar("P", bound=ChainedPart)


class Named(Protocol):
    """What names a message."""

    @property
    def target(self) -> bytes:
        """Its id."""


@dataclass(frozen=True, slots=True)
class ActionKind(Generic[P]):
    """A kind of action.

    Attributes:
        part: How it travels.
        target: Gives the message that it is about; None for what is about the conversation.
        waits_for: Gives an id that has to be known before it can be taken; None where it can.
        take: Takes it into the rows.
        lasting: Whether it leaves last where those that wait must make room.
        timer: Gives how long it may wait at most, where its target would be gone by then.
        in_groups: Whether it does anything in a group; what needs a role there is an entry of the group's log.
    """

    part: type[P]
    target: Callable[[P], MessageId | None]
    waits_for: Callable[[Fold, P], MessageId | None]
    take: Callable[[Fold, Action, P], None]
    lasting: bool = False
    timer: Callable[[P], int | None] = lambda _: None
    in_groups: bool = True


def named_target(part: Named) -> MessageId:
    """Give the message that an action names."""
    return MessageId(part.target)


def unknown_target(fold: Fold, target: bytes) -> MessageId | None:
    """Give the id of a target that is not here."""
    message = MessageId(target)
    return None if fold.knows(message) else message
