"""A command for a conversation's thread: done inside the turn's transaction, answered after its commit."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from babilu.engine.conversation.turn import ConversationTurn
from babilu.kernel.errors import BabiluError

T_contra = TypeVar("T_contra", bound=ConversationTurn, contravariant=True)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Ask(Generic[T_contra, R]):
    """A command.

    Attributes:
        act: What to do.
        future: What becomes its answer.
        request_id: What the events bring back that it causes.
    """

    act: Callable[[T_contra], R]
    future: "Future[R]"
    request_id: str | None = None

    def abandon(self, error: BabiluError) -> None:
        """Fail the command."""
        if not self.future.done():
            self.future.set_exception(error)
