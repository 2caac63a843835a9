"""Base of the events that commands cause."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CausedEvent:
    """Base of the events that commands cause, and others too.

    Attributes:
        request_id: That of the command: the one that was carried out just now; of a message or a scheduled text that
            changes by itself the one that made it; of a call the one that began it. None where it had none, or where
            something else was the cause.
    """

    request_id: str | None = field(default=None, kw_only=True)
