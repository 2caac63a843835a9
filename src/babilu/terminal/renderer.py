"""Renderer port of the line mode: one renderer writes lines for people, the other JSON for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from babilu.api.views import MessageView
from babilu.kernel.errors import BabiluError
from babilu.terminal.ordered_command import OrderedCommand
from babilu.terminal.tags import Tagged


@dataclass(frozen=True, slots=True)
class Problem:
    """An error on its way to whoever has to know.

    Attributes:
        error: What went wrong.
        order: The order that failed, or None.
        fatal: Whether the program ends by it.
    """

    error: BabiluError
    order: OrderedCommand | None = None
    fatal: bool = False


class Renderer(Protocol):
    """Says what happens, in the line mode's thread alone.

    Raises:
        babilu.terminal.output.OutputLostError: Nobody can hear it any more.
    """

    reads_aloud: bool
    """Whether what it shows counts as read by a person."""

    def event(self, tagged: Tagged) -> None:
        """Say what the client told; arrived messages come by `messages`."""

    def messages(self, messages: Sequence[MessageView]) -> None:
        """Show messages of others, each once in all time."""

    def answer(self, order: OrderedCommand, answer: object) -> None:
        """Say what came of an order; ``answer`` is None for what the line mode does by itself."""

    def problem(self, problem: Problem) -> None:
        """Say what went wrong."""

    def flush(self) -> None:
        """Say what was kept back to be said shorter."""
