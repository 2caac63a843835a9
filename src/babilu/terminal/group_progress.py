"""Progress of own messages in groups: a line says what changes for a message, and not each of a hundred receipts."""

from typing import Final

from babilu.api.events import MessageStateChanged
from babilu.kernel.ids import MessageId
from babilu.kernel.states import MessageState

KEPT: Final = 1_000
"""Messages of which it is remembered how far they were when that was said; of more the oldest are forgotten."""


class GroupProgress:
    """How far own messages of groups were when that was said last."""

    def __init__(self) -> None:
        self._said: dict[MessageId, tuple[MessageState, int]] = {}

    def is_news(self, event: MessageStateChanged) -> bool:
        """Tell whether a state is worth a line: another one than before, or one that fails for somebody more."""
        if event.audience is None:
            return True
        now = event.state, event.audience.failed
        if self._said.get(event.message) == now:
            return False
        self._said[event.message] = now
        if len(self._said) > KEPT:
            del self._said[next(iter(self._said))]
        return True
