"""Order of submissions: while one is refused for the moment, those on the way behind it are refused as well.

A client submits many messages without waiting for each answer, and pauses once it hears of a refusal. Until then,
those behind the refused one would be taken and stand before it in the recipient's mailbox.
"""

from typing import Final

from babilu.kernel.ids import DeviceId

ON_THE_WAY_MS: Final = 3_000
"""For how long there may be more on the way that its sender would not have sent had it known."""

RECIPIENTS_AT_MOST: Final = 1_000


class SubmissionOrder:
    """For each recipient of one sender the submission that was refused last, and until when that matters."""

    __slots__ = ("_refused",)

    def __init__(self) -> None:
        self._refused: dict[DeviceId, tuple[int, int]] = {}

    def refuse(self, recipient: DeviceId, number: int, now: int) -> None:
        """Record that a submission was refused for the moment.

        Args:
            recipient: Whom it is for.
            number: The sender's number of it.
            now: Monotonic milliseconds.
        """
        first, _ = self._refused.pop(recipient, (number, 0))
        self._refused[recipient] = (min(first, number), now + ON_THE_WAY_MS)
        if len(self._refused) > RECIPIENTS_AT_MOST:
            del self._refused[next(iter(self._refused))]

    def overtakes(self, recipient: DeviceId, number: int, now: int) -> bool:
        """Tell whether a submission would overtake a refused one; a repetition of that one goes before others again."""
        if not self._refused:
            return False
        first, until = self._refused.get(recipient, (number, 0))
        if number > first and now < until:
            return True
        self._refused.pop(recipient, None)
        return False
