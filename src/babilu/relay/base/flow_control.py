"""Flow control of mail: it leaves in mailbox order, at most a window of it unacknowledged; the rest waits on disk.

This is the state of one live device's flow, without input or output.
"""

from collections import deque
from enum import Enum, auto, unique

from babilu.kernel.limits import Limits


@unique
class MailSource(Enum):
    """Where the next letters come from."""

    STARTING = auto()  # nothing may be pushed before `Resumed`
    MEMORY = auto()  # straight from the submission that was just committed
    DISK = auto()  # a page of the mailbox is being read


class FlowControl:
    """What was delivered to a live device and what is still to come.

    Attributes:
        source: Where the next letters come from.
        delivered: Highest mailbox number pushed, or announced as a gap.
        acknowledged: Highest number the client has acknowledged.
        head: Highest number known to be given out.
        fence: Which of its device's connections it is, as the storage counts them; of two the higher one stays.
        in_doubt: Whether more may have been stored than is known of.
    """

    __slots__ = (
        "_bytes",
        "_limits",
        "_unacknowledged",
        "acknowledged",
        "delivered",
        "fence",
        "head",
        "in_doubt",
        "source",
    )

    def __init__(self, limits: Limits) -> None:
        self.source = MailSource.STARTING
        self.delivered = 0
        self.acknowledged = 0
        self.head = 0
        self.fence = 0
        self.in_doubt = False
        self._limits = limits
        self._unacknowledged: deque[tuple[int, int]] = deque()
        self._bytes = 0

    def start(self, acknowledged: int, head: int) -> None:
        """Begin above what the client has."""
        self.source = MailSource.MEMORY
        self.delivered = self.acknowledged = acknowledged
        self.head = max(self.head, head)

    @property
    def is_behind(self) -> bool:
        """Whether something waits, or may wait, that was not pushed."""
        return self.delivered < self.head or self.in_doubt

    def takes_next(self, seq: int, size: int) -> bool:
        """Tell whether the letter ``seq`` of ``size`` bytes is the next one and may be pushed straight from memory."""
        return self.source is MailSource.MEMORY and seq == self.delivered + 1 and self.fits(size)

    def fits(self, size: int) -> bool:
        """Tell whether the window takes another letter; one that is larger than the window goes alone."""
        if not self._unacknowledged:
            return True
        limits = self._limits
        return len(self._unacknowledged) < limits.push_messages and self._bytes + size <= limits.push_bytes

    def room(self) -> tuple[int, int]:
        """Return how many messages and bytes may be read from the disk; (0, 0) while it is not worth a read."""
        messages = self._limits.push_messages - len(self._unacknowledged)
        size = self._limits.push_bytes - self._bytes
        # A client that acknowledges each message by itself must not cause a read for each.
        if self._unacknowledged and (2 * messages < self._limits.push_messages or 2 * size < self._limits.push_bytes):
            return 0, 0
        return messages, size

    def push(self, seq: int, size: int) -> None:
        """Count a letter as pushed."""
        self._unacknowledged.append((seq, size))
        self._bytes += size
        self.delivered = seq
        self.head = max(self.head, seq)

    def pass_over(self, last: int) -> None:
        """Count numbers up to ``last`` as announced to be missing."""
        self.delivered = last

    def acknowledge(self, cursor: int) -> int:
        """Record that the client has everything up to ``cursor``.

        Returns:
            How many letters were acknowledged.
        """
        self.acknowledged = cursor
        unacknowledged = self._unacknowledged
        count = 0
        while unacknowledged and unacknowledged[0][0] <= cursor:
            self._bytes -= unacknowledged.popleft()[1]
            count += 1
        return count
