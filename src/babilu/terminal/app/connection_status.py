"""Connection status in the terminal's words: one line says how one is reached, and what is done where one is not."""

from typing import Final, assert_never

from babilu.api.events import CallFailed, CallPending
from babilu.api.views import LinkState
from babilu.kernel.ports import Clock
from babilu.presentation.connection_status import ConnectionStatus, DirectCall
from babilu.presentation.files import file_rule
from babilu.presentation.fingerprints import in_fives
from babilu.presentation.strings import Strings
from babilu.terminal.app.cells import safe
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.symbols import Symbols
from babilu.terminal.app.themes import Ink

SECOND_MS: Final = 1000


class TerminalStatus(ConnectionStatus):
    """Says where the client stands.

    Args:
        say: The language.
        symbols: Signs that the terminal has.
        clock: Tells when the next attempt is due.
    """

    def __init__(self, say: Strings, symbols: Symbols, clock: Clock) -> None:
        super().__init__(clock)
        self._say = say
        self._symbols = symbols

    @property
    def reason(self) -> str:
        """Why the relay cannot be used, or empty."""
        return "" if self.link_code is None else self._say.problem(self.link_code, self.link_text, self.link_reason)

    @property
    def file_rule(self) -> str:
        """Which files the relay takes and how long it stores them, as far as that is known."""
        return file_rule(self._say, self.file_bytes, self.files_kept_ms)

    def call_text(self, call: DirectCall) -> str:
        """Say what became of a call so far."""
        address = str(call.address)
        match call.outcome:
            case None:
                return self._say("app.calling", address=address)
            case CallPending(_, own_digits):
                return f"{self._say('pending', address=address)} {in_fives(own_digits)}"
            case CallFailed(_, code, text, retry_in_ms, why):
                reason = self._say.problem(code, text, why)
                key = "call_failed" if retry_in_ms is None else "call_failed_again"
                seconds = -(-(retry_in_ms or 0) // SECOND_MS)
                return self._say(key, address=address, reason=reason, seconds=seconds)
            case _:
                assert_never(call.outcome)

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
            case LinkState.ONLINE if self.detour is not None:
                return self._say("app.online_at", relay=str(self.relay), address=str(self.detour))
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
        reason = "" if self.link_code is None else self._say.briefly(self.link_code, self.link_reason)
        left = self.retry_in_s
        if left is None:
            return self._say("app.offline_why", reason=reason) if reason else self._say("app.offline")
        if left == 0:
            return self._say("app.offline_why_now", reason=reason) if reason else self._say("app.offline_now")
        if not reason:
            return self._say("app.offline_retry", seconds=left)
        return self._say("app.offline_why_retry", reason=reason, seconds=left)
