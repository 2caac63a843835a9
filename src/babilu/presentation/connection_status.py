"""Connection status: the client's link, server socket, calls and long work, as it last told of them.

Each face says it in words of its own; what a call has come to is kept as the event that told it, so that a face can
say it in the language in force.
"""

from dataclasses import dataclass

from babilu.api.events import CallFailed, CallPending, LinkChanged, Progress
from babilu.api.views import Address, LinkState, StatusView
from babilu.kernel.errors import Reason
from babilu.kernel.ports import Clock
from babilu.presentation.link_troubles import LinkTrouble, link_trouble


@dataclass(frozen=True, slots=True)
class DirectCall:
    """A call that is under way.

    Attributes:
        address: Who was called.
        outcome: What became of it so far; None where nobody has answered anything yet.
    """

    address: Address
    outcome: CallPending | CallFailed | None = None

    @property
    def given_up(self) -> bool:
        """Whether it is not tried again."""
        return isinstance(self.outcome, CallFailed) and self.outcome.retry_in_ms is None


class ConnectionStatus:
    """Follows the client's link, server socket, calls and long work.

    Args:
        clock: Tells when the next attempt is due.

    Attributes:
        clock: The time.
        link_code: Code of the error for which the relay cannot be used, or None.
        link_reason: What that code leaves open, or None.
        link_text: What the engine says about it, in English.
        file_bytes: Largest file that the relay takes, where it is known.
        files_kept_ms: How long the relay stores files (milliseconds), where it is known.
        picture: What names the own profile picture, or None.
        reached_at: Where the relay is connected, or None.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.name = ""
        self.relay: Address | None = None
        self.reached_at: Address | None = None
        self.link = LinkState.NONE
        self.link_code: str | None = None
        self.link_text = ""
        self.link_reason: Reason | None = None
        self.queued = 0
        self.file_bytes: int | None = None
        self.files_kept_ms: int | None = None
        self.picture: bytes | None = None
        self.listening: Address | None = None
        self.connected: tuple[str, ...] = ()
        self.calls: dict[str, DirectCall] = {}
        self.progress: Progress | None = None
        self._retry_at: int | None = None

    def take_status(self, status: StatusView) -> None:
        """Take over where the client says it stands."""
        self.name = status.name
        self.relay = status.relay
        self.queued = status.queued
        self.listening = status.listening
        self.file_bytes, self.files_kept_ms = status.file_bytes, status.files_kept_ms
        self.picture = status.picture
        self.reached_at = status.reached_at
        self._take_link(status.link, status.link_code, status.link_text, status.link_reason, status.retry_in_ms)

    def take_link(self, event: LinkChanged) -> None:
        """Follow the link to the relay."""
        self.reached_at = event.address
        self._take_link(event.state, event.code, event.text, event.reason, event.retry_in_ms)

    def take_call(self, event: CallPending | CallFailed) -> None:
        """Follow a call."""
        self.calls[str(event.address)] = DirectCall(event.address, event)

    def begin_call(self, address: Address) -> None:
        """Show a call from the moment it is asked for."""
        self.calls[str(address)] = DirectCall(address)

    def end_call(self, address: Address) -> None:
        """Forget a call."""
        self.calls.pop(str(address), None)

    def take_progress(self, progress: Progress) -> None:
        """Follow long work; it is over when all its steps are done."""
        over = progress.total > 0 and progress.done >= progress.total
        self.progress = None if over else progress

    @property
    def trouble(self) -> LinkTrouble | None:
        """What is wrong with the link and does not mend itself."""
        return link_trouble(self.link, self.link_code, self.link_text)

    @property
    def detour(self) -> Address | None:
        """Where the relay is connected, if that is not the address by which the profile has it."""
        return None if self.reached_at == self.relay else self.reached_at

    @property
    def is_counting(self) -> bool:
        """Whether what is said of it changes by itself from second to second."""
        return self._retry_at is not None and self.link is not LinkState.ONLINE

    @property
    def retry_in_s(self) -> int | None:
        """Whole seconds until the next attempt; None where none is due."""
        if self._retry_at is None:
            return None
        return max(0, self._retry_at - self.clock.monotonic_ms()) // 1000

    def _take_link(
        self, link: LinkState, code: str | None, text: str, reason: Reason | None, retry_in_ms: int | None
    ) -> None:
        self.link, self.link_code, self.link_text, self.link_reason = link, code, text, reason
        self._retry_at = None if retry_in_ms is None else self.clock.monotonic_ms() + retry_in_ms
