"""Connection status in the desktop's words: one line says how one is reached, and what is done where one is not."""

from enum import Enum, unique
from typing import assert_never

from PySide6.QtCore import QObject, QTimer, Signal

from babilu.api.events import CallFailed, CallPending
from babilu.api.views import Address, LinkState
from babilu.desktop.error_texts import sentence_for_code, short_reason
from babilu.desktop.language import translate
from babilu.kernel.ports import Clock
from babilu.presentation.connection_status import ConnectionStatus, DirectCall
from babilu.presentation.fingerprints import in_fives

SECOND_MS = 1000


@unique
class StatusMark(Enum):
    """How the status line's mark looks."""

    GOOD = "good"
    WORKING = "working"
    BAD = "bad"


class Overview(ConnectionStatus, QObject):
    """Says where the client stands; whoever changes it emits `changed`.

    Args:
        clock: Tells when the next attempt is due.
    """

    changed = Signal()

    def __init__(self, clock: Clock) -> None:
        QObject.__init__(self)
        ConnectionStatus.__init__(self, clock)
        self._second = QTimer(self)
        self._second.setInterval(SECOND_MS)
        self._second.timeout.connect(self.changed)
        self.changed.connect(self._count)

    @property
    def reason(self) -> str:
        """Why the relay cannot be used, in the language in force, or empty."""
        return "" if self.link_code is None else sentence_for_code(self.link_code, self.link_reason)

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
            case LinkState.ONLINE if self.detour is not None:
                return translate("Overview", "Connected to {0} at {1}").format(self.relay, self.detour)
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
        why = "" if self.link_code is None else short_reason(self.link_code, self.link_reason)
        offline = translate("Overview", "Offline: {0}").format(why) if why else translate("Overview", "Offline")
        left = self.retry_in_s
        if left is None:
            return offline
        if left == 0:
            return f"{offline} · {translate('Overview', 'trying again…')}"
        return f"{offline} · {translate('Overview', 'next try in %n s', None, left)}"

    def _direct(self) -> str:
        if self.connected:
            return translate("Overview", "Direct · %n connected", None, len(self.connected))
        if self.listening:
            return translate("Overview", "Direct · listening at {0}").format(self.listening)
        return translate("Overview", "Direct · not listening")

    def _count(self) -> None:
        if not self.is_counting:
            self._second.stop()
        elif not self._second.isActive():
            self._second.start()


def call_text(call: DirectCall) -> str:
    """Say what became of a call so far."""
    match call.outcome:
        case None:
            return translate("Overview", "Calling {0}…").format(call.address)
        case CallPending(address, own_digits):
            return translate(
                "Overview",
                "Calling {0}: somebody listens there and has not answered yet. "
                "One half of the safety number that they see is {1}.",
            ).format(address, in_fives(own_digits))
        case CallFailed(address, code, _, retry_in_ms, why):
            return _failed(address, sentence_for_code(code, why), retry_in_ms)
        case _:
            assert_never(call.outcome)


def _failed(address: Address, reason: str, retry_in_ms: int | None) -> str:
    if retry_in_ms is None:
        return translate("Overview", "The call to {0} has ended. {1}").format(address, reason)
    seconds = max(1, retry_in_ms // SECOND_MS)
    again = translate("Overview", "It is tried again in %n second(s).", None, seconds)
    return f"{translate('Overview', 'No answer from {0}.').format(address)} {reason} {again}"
