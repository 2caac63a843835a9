"""Where the client stands: its link, its server socket, its calls; one line says what is done about it."""

from dataclasses import dataclass
from typing import Final, assert_never

from babilu.api.events import CallFailed, CallPending, LinkChanged, Progress
from babilu.api.views import Address, LinkState, StatusView
from babilu.kernel.errors import Reason
from babilu.kernel.ports import Clock
from babilu.presentation.fingerprints import in_fives
from babilu.presentation.link_troubles import LinkTrouble, link_trouble
from babilu.presentation.strings import Strings
from babilu.terminal.app.cells import safe
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.symbols import Symbols
from babilu.terminal.app.themes import Ink

SECOND_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Calling:
    """A call that is under way: where to, what became of it so far, and whether it is given up."""

    address: Address
    text: str
    given_up: bool


class ConnectionStatus:
    """Follows the client's link, server socket, calls and long work.

    Args:
        say: The language.
        symbols: Signs that the terminal has.
        clock: Tells when the next attempt is due.
    """

    def __init__(self, say: Strings, symbols: Symbols, clock: Clock) -> None:
        self._say = say
        self._symbols = symbols
        self._clock = clock
        self.name = ""
        self.relay: Address | None = None
        self.link = LinkState.NONE
        self.reason = ""
        self._code: str | None = None
        self._text = ""
        self._why: Reason | None = None
        self.queued = 0
        self.listening: Address | None = None
        self.connected: tuple[str, ...] = ()
        self.calls: dict[str, Calling] = {}
        self.progress: Progress | None = None
        self._retry_at: int | None = None

    def take_status(self, status: StatusView) -> None:
        """Take over where the client says it stands."""
        self.name = status.name
        self.relay = status.relay
        self.link = status.link
        self.queued = status.queued
        self.listening = status.listening
        self._take_why(status.link_code, status.link_text, status.link_reason)
        self._retry(status.retry_in_ms)

    def take_link(self, event: LinkChanged) -> None:
        """Follow the link to the relay."""
        self.link = event.state
        self._take_why(event.code, event.text, event.reason)
        self._retry(event.retry_in_ms)

    def take_call(self, event: CallPending | CallFailed) -> None:
        """Follow a call."""
        match event:
            case CallPending(address, own_digits):
                text = f"{self._say('pending', address=str(address))} {in_fives(own_digits)}"
                self.calls[str(address)] = Calling(address, text, given_up=False)
            case CallFailed(address, code, text, retry_in_ms, why):
                reason = self._say.problem(code, text, why)
                key = "call_failed" if retry_in_ms is None else "call_failed_again"
                seconds = -(-(retry_in_ms or 0) // SECOND_MS)
                sentence = self._say(key, address=str(address), reason=reason, seconds=seconds)
                self.calls[str(address)] = Calling(address, sentence, given_up=retry_in_ms is None)
            case _:
                assert_never(event)

    def begin_call(self, address: Address) -> None:
        """Show a call from the moment it is asked for."""
        self.calls[str(address)] = Calling(address, self._say("app.calling", address=str(address)), given_up=False)

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
        return link_trouble(self.link, self._code, self._text)

    @property
    def is_counting(self) -> bool:
        """Whether the line changes by itself from second to second."""
        return self._retry_at is not None and self.link is not LinkState.ONLINE

    def line(self) -> Line:
        """Say how one is reached, how much waits, and what is under way; the most important first."""
        if not self.name:
            return (Span(self._say("app.opening"), Ink.FAINT),)
        reachable = bool(self.listening or self.connected)
        spans = [self._symbols.connection_status(self.link, reachable=reachable), Span(f" {safe(self._way())}")]
        if self.queued:
            spans.append(Span(self._dot(self._say("app.waiting", count=self.queued)), Ink.WARNING))
        if self.connected:
            spans.append(Span(self._dot(f"{self._symbols.direct} {len(self.connected)}"), Ink.GOOD))
        if self.listening is not None and self.link is not LinkState.NONE:
            spans.append(Span(self._dot(self._say("app.listening", address=str(self.listening))), Ink.FAINT))
        calls = [call for call in self.calls.values() if not call.given_up]
        if calls:
            spans.append(Span(self._dot(self._say("app.calling", address=str(calls[0].address))), Ink.WARNING))
        if self.progress is not None and self.progress.total:
            percent = self.progress.done * 100 // self.progress.total
            spans.append(Span(self._dot(self._say("progress", percent=percent)), Ink.FAINT))
        return tuple(spans)

    def _dot(self, text: str) -> str:
        return f"  {self._symbols.dot}  {safe(text)}"

    def _way(self) -> str:
        match self.link:
            case LinkState.ONLINE:
                return self._say("app.online", relay=str(self.relay))
            case LinkState.CONNECTING:
                return self._say("app.connecting", relay=str(self.relay))
            case LinkState.OFFLINE:
                return self._offline()
            case LinkState.NONE:
                if self.listening is not None:
                    return self._say("app.direct_listening", address=str(self.listening))
                return self._say("app.direct")
            case _:
                assert_never(self.link)

    def _offline(self) -> str:
        """Say why there is no link, and what comes next."""
        reason = "" if self._code is None else self._say.briefly(self._code, self._why)
        if self._retry_at is None:
            return self._say("app.offline_why", reason=reason) if reason else self._say("app.offline")
        left = max(0, self._retry_at - self._clock.monotonic_ms())
        if left < SECOND_MS:
            return self._say("app.offline_why_now", reason=reason) if reason else self._say("app.offline_now")
        if not reason:
            return self._say("app.offline_retry", seconds=left // SECOND_MS)
        return self._say("app.offline_why_retry", reason=reason, seconds=left // SECOND_MS)

    def _take_why(self, code: str | None, text: str, why: Reason | None) -> None:
        self._code, self._text, self._why = code, text, why
        self.reason = "" if code is None else self._say.problem(code, text, why)

    def _retry(self, retry_in_ms: int | None) -> None:
        self._retry_at = None if retry_in_ms is None else self._clock.monotonic_ms() + retry_in_ms
