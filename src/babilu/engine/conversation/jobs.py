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
    """What to do, and the future of its answer."""

    act: Callable[[T_contra], R]
    future: "Future[R]"

    def abandon(self, error: BabiluError) -> None:
        """Fail the command."""
        if not self.future.done():
            self.future.set_exception(error)
