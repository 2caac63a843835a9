"""Base of everything that is asked of a client; the type of the answer is that of the command."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Command(Generic[R_co]):
    """Base of all commands; ``R_co`` is what its future ends with.

    Attributes:
        request_id: What the events bring back that the command causes (`babilu.api.events.CausedEvent`), also later
            ones: up to 4,096 printable ASCII characters, which nobody but whoever asks needs to understand. It is no
            part of what is asked for: commands that differ in it alone are equal.
    """

    request_id: str | None = field(default=None, kw_only=True, compare=False)
