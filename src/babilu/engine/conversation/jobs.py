"""A command for a conversation's thread: done inside the turn's transaction, answered after its commit."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.kernel.errors import BabiluError

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Ask(Generic[R]):
    """What to do, and the future of its answer."""

    act: Callable[[ConversationTransaction], R]
    future: "Future[R]"

    def abandon(self, error: BabiluError) -> None:
        """Fail the command."""
        if not self.future.done():
            self.future.set_exception(error)
