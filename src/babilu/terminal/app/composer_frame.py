"""Frame of the field for the text: how long messages stay, and why nothing can be written where that is so."""

from babilu.presentation.durations import duration
from babilu.presentation.group_rights import group_stop
from babilu.presentation.group_words import stop_sentence
from babilu.presentation.strings import Strings
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.composer import ComposerField
from babilu.terminal.app.frame_bars import FrameBars


class ComposerFrame:
    """Says it around the field.

    Args:
        composer: The field.
        client_model: What is known of the conversation.
        bars: What must be dealt with before anything is sent.
        say: The language.
    """

    def __init__(self, composer: ComposerField, client_model: TerminalModel, bars: FrameBars, say: Strings) -> None:
        self._composer = composer
        self._client_model = client_model
        self._bars = bars
        self._say = say

    def renew(self) -> None:
        """Show what holds of the open conversation now."""
        known, matter = self._client_model.view(self._client_model.here), self._bars.matter
        timer = None if known is None else known.timer
        until = "" if timer is None else self._say("app.timer_here", span=duration(self._say, timer))
        self._composer.border_subtitle = until
        self._composer.set_class(matter is not None and matter.stops, "stopped")
        stop = None if known is None else group_stop(known)
        self._composer.placeholder = self._say("app.write") if stop is None else stop_sentence(stop, self._say)

    def why_stopped(self, name: str) -> str:
        """Say why nothing can be sent to a conversation now; empty where something can."""
        known, matter = self._client_model.view(name), self._bars.matter
        stop = None if known is None else group_stop(known)
        if stop is not None:
            return stop_sentence(stop, self._say)
        stops = matter is not None and matter.stops and known is not None and matter.name == known.label
        return self._say("app.stopped") if stops else ""
