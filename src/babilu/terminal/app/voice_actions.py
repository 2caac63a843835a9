"""Voice notes on the screen: a line above the field with what is recorded or waits, and what keys do with it."""

from collections import deque
from typing import Final

from babilu.api.views import MessageView, RecordingView
from babilu.kernel.states import PlayingState, RecordingState
from babilu.presentation.strings import Strings
from babilu.presentation.voice_notes import STEP_MS, blocks, clock_of_ms, is_voice
from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.history_view import Want
from babilu.terminal.app.keys import shown
from babilu.terminal.app.spans import Span
from babilu.terminal.app.symbols import Symbols
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.top_bar import Bar
from babilu.terminal.app.ui_context import UiContext

CELLS: Final = 24
"""Characters in which a recording is drawn."""

RECORD_KEY: Final = "Alt+R"
LISTEN_KEY: Final = "Alt+L"
DISCARD_KEY: Final = "Alt+X"


class VoiceActions:
    """Records, listens and plays.

    Args:
        host: The screen.
        client_model: What is recorded and played.
        ui_context: What is shown with.

    Attributes:
        line: Shows the recording of the open conversation, where there is one.
    """

    def __init__(self, host: AppServices, client_model: TerminalModel, ui_context: UiContext) -> None:
        self._host = host
        self._client_model = client_model
        self._voice = client_model.voice
        self._say: Strings = ui_context.say
        self._symbols: Symbols = ui_context.symbols
        self.line = Bar(id="recording")
        # Where this screen has a microphone on; it is not left on where nobody sees it.
        self._records = ""
        self._levels: deque[int] = deque(maxlen=CELLS)
        self._complained = ""

    @property
    def is_recording(self) -> bool:
        """Whether a microphone is heard for the open conversation."""
        recording = self._client_model.recording
        return recording is not None and recording.state is RecordingState.RECORDING

    def makes_sense(self, message: MessageView) -> bool:
        """Tell whether a message has a voice note."""
        return not message.deleted and any(map(is_voice, message.files))

    def do(self, what: Want, message: MessageView) -> None:
        """Do what a key says with the voice note of a message."""
        file = next(filter(is_voice, message.files), None)
        if file is None:
            self._host.say_so(self._say("app.no_voice"))
            return
        match what:
            case Want.PLAY:
                self._voice.toggle(message, self._host.fail, file.index)
            case Want.SPEED:
                self._voice.change_speed(self._host.fail)
            case _:
                self._voice.move(message, STEP_MS if what is Want.AHEAD else -STEP_MS, self._host.fail)

    def record(self) -> None:
        """Begin to record, or end what is being recorded."""
        name = self._client_model.here
        if self.is_recording:
            self._voice.stop(self._client_model.address(name), self._host.fail)
        elif self._client_model.recording is not None:
            self._host.say_so(self._say("app.voice.waits"))
        elif name:
            self._records = name
            self._voice.start(self._client_model.address(name), self._host.fail)

    def listen(self) -> None:
        """Play the recording that waits, or stop it."""
        recording = self._client_model.recording
        if recording is None or self.is_recording:
            self._host.say_so(self._say("app.voice.none"))
        else:
            self._voice.toggle_recording(recording, self._host.fail)

    def discard(self) -> None:
        """Throw the recording away."""
        if self._client_model.recording is None:
            self._host.say_so(self._say("app.voice.none"))
        else:
            self._voice.discard(self._client_model.address(self._client_model.here), self._host.fail)

    def end(self) -> bool:
        """End what is being recorded; tells whether anything was."""
        if not self.is_recording:
            return False
        self.record()
        return True

    def turned(self, name: str) -> None:
        """Leave no microphone on in a conversation that is left."""
        left, self._records = self._records, name if name == self._records else ""
        known = self._client_model.view(left)
        recording = None if known is None or left == name else known.recording
        if recording is not None and recording.state is RecordingState.RECORDING:
            self._voice.stop(self._client_model.address(left), self._host.fail)
        self._complained = ""
        self.show()

    def show(self) -> None:
        """Show the recording of the open conversation."""
        recording = self._client_model.recording
        self.line.display = recording is not None
        if recording is None:
            self._levels.clear()
            return
        error = recording.error or ""
        if error and error != self._complained:
            self._host.say_so(self._say.problem(error, ""))
        self._complained = error
        if recording.state is RecordingState.RECORDING:
            self._show_recorded(recording)
        else:
            self._show_kept(recording)

    def _show_recorded(self, recording: RecordingView) -> None:
        self._levels.append(recording.level)
        drawn = blocks(bytes(CELLS - len(self._levels)) + bytes(self._levels), CELLS, self._symbols.bars)
        ink = Span(f"{self._symbols.link} {clock_of_ms(recording.duration)} ", Ink.BAD)
        keys = self._say("app.voice.recording", record=shown(RECORD_KEY, self._say))
        self.line.show(((ink, Span(drawn, Ink.GOOD)), (Span(f" {keys}", Ink.FAINT),)))

    def _show_kept(self, recording: RecordingView) -> None:
        self._levels.clear()
        playing = self._voice.plays(None, recording.conversation_id)
        sounds = playing is not None and playing.state is PlayingState.PLAYING
        length = clock_of_ms(recording.duration)
        time = length if playing is None else f"{clock_of_ms(playing.position)} / {length}"
        done = 0 if playing is None else playing.position * CELLS // max(recording.duration, 1)
        drawn = blocks(recording.peaks, CELLS, self._symbols.bars)
        sign = self._symbols.pause if sounds else self._symbols.play
        keys = self._say("app.voice.kept", listen=shown(LISTEN_KEY, self._say), discard=shown(DISCARD_KEY, self._say))
        left = (Span(f"{sign} {time} ", Ink.STRONG), Span(drawn[:done], Ink.GOOD), Span(drawn[done:], Ink.FAINT))
        self.line.show((left, (Span(f" {keys}", Ink.FAINT),)))
