"""Where the client stands: its link, its server socket, its calls; one line says what is done about it."""

from dataclasses import dataclass
from enum import Enum, unique
from typing import assert_never

from PySide6.QtCore import QObject, QTimer, Signal

from babilu.api.events import CallFailed, CallPending, LinkChanged, Progress
from babilu.api.views import Address, LinkState, StatusView
from babilu.desktop.error_texts import sentence_for_code, short_reason
from babilu.desktop.language import translate
from babilu.kernel.errors import Reason
from babilu.kernel.ports import Clock
from babilu.presentation.fingerprints import in_fives
from babilu.presentation.link_troubles import LinkTrouble, link_trouble

SECOND_MS = 1000


@unique
class StatusMark(Enum):
    """How the status line's mark looks."""

    GOOD = "good"
    WORKING = "working"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call that is under way: where to, and what became of it so far.

    Attributes:
        address: Who was called.
        text: A sentence about it.
        given_up: Whether it is not tried again.
    """

    address: Address
    text: str
    given_up: bool


class Overview(QObject):
    """Follows the client's link, server socket, calls and long work.

    Args:
        clock: Tells when the next attempt is due.
    """

    changed = Signal()

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.name = ""
        self.relay: Address | None = None
        self.link = LinkState.NONE
        self.code: str | None = None
        self._why: Reason | None = None
        self.trouble: LinkTrouble | None = None
        self.queued = 0
        self.listening: Address | None = None
        self.connected: tuple[str, ...] = ()
        self.calls: dict[str, CallLine] = {}
        self.progress: Progress | None = None
        self._retry_at: int | None = None
        self._second = QTimer(self)
        self._second.setInterval(SECOND_MS)
        self._second.timeout.connect(self.changed)

    def take_status(self, status: StatusView) -> None:
        """Take over where the client says it stands."""
        self.name = status.name
        self.relay = status.relay
        self.link = status.link
        self.queued = status.queued
        self.listening = status.listening
        self._take_reason(status.link_code, status.link_text, status.link_reason)
        self._retry(status.retry_in_ms)
        self.changed.emit()

    def take_link(self, event: LinkChanged) -> None:
        """Follow the link to the relay."""
        self.link = event.state
        self._take_reason(event.code, event.text, event.reason)
        self._retry(event.retry_in_ms)
        self.changed.emit()

    def _take_reason(self, code: str | None, text: str, why: Reason | None) -> None:
        self.code, self._why = code, why
        self.trouble = link_trouble(self.link, code, text)

    @property
    def reason(self) -> str:
        """Why the relay cannot be used, in the language in force, or empty."""
        return "" if self.code is None else sentence_for_code(self.code, self._why)

    def take_listening(self, address: Address | None) -> None:
        """Follow the server socket."""
        self.listening = address
        self.changed.emit()

    def take_call(self, event: CallPending | CallFailed) -> None:
        """Follow a call."""
        match event:
            case CallPending(address, own_digits):
                text = translate(
                    "Overview",
                    "Calling {0}: somebody listens there and has not answered yet. "
                    "One half of the safety number that they see is {1}.",
                ).format(address, in_fives(own_digits))
                self.calls[str(address)] = CallLine(address, text, given_up=False)
            case CallFailed(address, code, _, retry_in_ms, why):
                reason = sentence_for_code(code, why)
                if retry_in_ms is None:
                    text = translate("Overview", "The call to {0} has ended. {1}").format(address, reason)
                else:
                    seconds = max(1, retry_in_ms // SECOND_MS)
                    again = translate("Overview", "It is tried again in %n second(s).", None, seconds)
                    text = f"{translate('Overview', 'No answer from {0}.').format(address)} {reason} {again}"
                self.calls[str(address)] = CallLine(address, text, given_up=retry_in_ms is None)
            case _:
                assert_never(event)
        self.changed.emit()

    def begin_call(self, address: Address) -> None:
        """Show a call from the moment it is asked for."""
        text = translate("Overview", "Calling {0}…").format(address)
        self.calls[str(address)] = CallLine(address, text, given_up=False)
        self.changed.emit()

    def end_call(self, address: Address) -> None:
        """Forget a call."""
        if self.calls.pop(str(address), None) is not None:
            self.changed.emit()

    def take_connected(self, names: tuple[str, ...]) -> None:
        """Follow who is connected directly."""
        if names != self.connected:
            self.connected = names
            self.changed.emit()

    def take_progress(self, progress: Progress) -> None:
        """Follow long work; it is over when all its steps are done."""
        over = progress.total > 0 and progress.done >= progress.total
        self.progress = None if over else progress
        self.changed.emit()

    @property
    def standing(self) -> StatusMark:
        """How good things are."""
        match self.link:
            case LinkState.ONLINE:
                return StatusMark.GOOD
            case LinkState.CONNECTING:
                return StatusMark.WORKING
            case LinkState.OFFLINE:
                return StatusMark.BAD
            case LinkState.NONE:
                return StatusMark.GOOD if self.listening or self.connected else StatusMark.WORKING
            case _:
                assert_never(self.link)

    def line(self) -> str:
        """Say in one line how one is reached, and what is done where one is not."""
        parts = [self._way()]
        if self.queued:
            parts.append(translate("Overview", "%n waiting", None, self.queued))
        if self.connected and self.link is not LinkState.NONE:
            parts.append(translate("Overview", "%n direct", None, len(self.connected)))
        calls = sum(not call.given_up for call in self.calls.values())
        if calls:
            parts.append(translate("Overview", "%n call(s) under way", None, calls))
        return " · ".join(parts)

    def _way(self) -> str:
        match self.link:
            case LinkState.ONLINE:
                return translate("Overview", "Connected to {0}").format(self.relay)
            case LinkState.CONNECTING:
                return translate("Overview", "Connecting to {0}…").format(self.relay)
            case LinkState.OFFLINE:
                return self._offline()
            case LinkState.NONE:
                return self._direct()
            case _:
                assert_never(self.link)

    def _offline(self) -> str:
        why = "" if self.code is None else short_reason(self.code, self._why)
        offline = translate("Overview", "Offline: {0}").format(why) if why else translate("Overview", "Offline")
        if self._retry_at is None:
            return offline
        left = max(0, self._retry_at - self._clock.monotonic_ms())
        if left < SECOND_MS:
            return f"{offline} · {translate('Overview', 'trying again…')}"
        return f"{offline} · {translate('Overview', 'next try in %n s', None, left // SECOND_MS)}"

    def _direct(self) -> str:
        if self.connected:
            return translate("Overview", "Direct · %n connected", None, len(self.connected))
        if self.listening:
            return translate("Overview", "Direct · listening at {0}").format(self.listening)
        return translate("Overview", "Direct · not listening")

    def _retry(self, retry_in_ms: int | None) -> None:
        self._retry_at = None if retry_in_ms is None else self._clock.monotonic_ms() + retry_in_ms
        if self._retry_at is None:
            self._second.stop()
        else:
            self._second.start()
