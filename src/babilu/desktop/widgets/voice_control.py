"""Voice control of a conversation: what is recorded is shown where one writes, and what is pressed is asked for."""

from PySide6.QtCore import QObject

from babilu.api.views import MessageView
from babilu.desktop.error_texts import sentence_for, sentence_for_code
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.widgets.composer import Composer
from babilu.desktop.widgets.message_view import MessageListView
from babilu.desktop.widgets.voice_row import VoiceHit
from babilu.kernel.errors import BabiluError
from babilu.kernel.states import RecordingState
from babilu.presentation.voice_notes import STEP_MS, voice_file


class VoiceControl(QObject):
    """Connects voice notes of the open conversation with the client.

    Args:
        client_model: The client.
        composer: Where one writes.
        messages: The messages.
    """

    def __init__(self, client_model: DesktopModel, composer: Composer, messages: MessageListView) -> None:
        super().__init__(composer)
        self._client_model = client_model
        self._voice = client_model.voice
        self._composer = composer
        self._messages = messages
        self._bar = composer.recording
        # Where this window has a microphone on; it is not left on where nobody sees it.
        self._records = ""
        # What was told of a recording that has ended by itself.
        self._complained = ""
        composer.record_wanted.connect(self.record)
        composer.recording_sent.connect(self.send)
        self._bar.discarded.connect(self.discard)
        self._bar.stopped.connect(self.stop)
        self._bar.played.connect(self._listen)
        self._bar.wave.sought.connect(self._seek)
        self._bar.sent.connect(self.send)
        self._bar.left.connect(self.leave)
        client_model.voice_changed.connect(self.show)
        client_model.turned.connect(self._turned)
        client_model.ready.connect(self.show)
        messages.voice_key.connect(self._key)

    def record(self) -> None:
        """Begin to record, or end what is being recorded."""
        name = self._client_model.here
        if self._bar.is_recording:
            self.stop()
        elif self._composer.may_record:
            self._records = name
            self._voice.start(self._client_model.address(name), self._failed)

    def stop(self) -> None:
        """End what is being recorded; it waits then."""
        self._voice.stop(self._client_model.address(self._client_model.here), self._failed)

    def discard(self) -> None:
        """Throw the recording away."""
        self._voice.discard(self._client_model.address(self._client_model.here), self._failed)
        self._composer.setFocus()

    def send(self) -> None:
        """Send the recording, as the reply that one was about to write."""
        reply_to = self._composer.reply_to
        self._client_model.send_recording(
            self._client_model.here, None if reply_to is None else reply_to.id, self._failed
        )
        self._composer.end_reply()
        self._messages.scroll_to_bottom()
        self._composer.setFocus()

    def leave(self) -> bool:
        """Do what Escape means: what is being recorded ends, what waits is thrown away; tells whether there was any."""
        if self._bar.recording is None:
            return False
        if self._bar.is_recording:
            self.stop()
        else:
            self.discard()
        return True

    def rest(self) -> None:
        """Leave no microphone on: nobody looks at the window any more."""
        name, self._records = self._records, ""
        known = self._client_model.view(name)
        recording = None if known is None else known.recording
        if recording is not None and recording.state is RecordingState.RECORDING:
            self._voice.stop(self._client_model.address(name), lambda _: None)

    def show(self) -> None:
        """Show the recording of the open conversation, and how far what is played has come."""
        name = self._client_model.here
        recording = self._client_model.recording
        begins = recording is not None and recording.state is RecordingState.RECORDING and not self._bar.is_recording
        self._bar.show_recording(recording, self._voice.plays(None, self._client_model.current_id))
        self._composer.follow_recording()
        if begins and self._records == name:
            self._bar.send_button.setFocus()
        error = "" if recording is None else recording.error or ""
        if error and error != self._complained:
            self._composer.complain(sentence_for_code(error))
        self._complained = error
        playing = self._voice.playing
        if playing is not None and playing.message is not None:
            self._messages.repaint_message(playing.message)

    def hit(self, message: MessageView, hit: VoiceHit) -> None:
        """Do what a press on a voice note means."""
        file = voice_file(message)
        if hit.speed:
            self._voice.change_speed(self._failed)
            self._messages.viewport().update()
        elif hit.part is None:
            self._voice.toggle(message, self._failed)
        elif file is not None:
            self._voice.play(message, round((file.duration or 0) * hit.part), self._failed)

    def toggle(self, message: MessageView) -> None:
        """Play the voice note of a message, or stop it."""
        self._voice.toggle(message, self._failed)

    def _key(self, row: int, key: str) -> None:
        message = self._client_model.messages.message(row)
        match key:
            case "toggle":
                self._voice.toggle(message, self._failed)
            case "speed":
                self.hit(message, VoiceHit(speed=True))
            case "back":
                self._voice.move(message, -STEP_MS, self._failed)
            case _:
                self._voice.move(message, STEP_MS, self._failed)

    def _listen(self) -> None:
        if self._bar.recording is not None:
            self._voice.toggle_recording(self._bar.recording, self._failed)

    def _seek(self, part: float) -> None:
        recording = self._bar.recording
        if recording is not None and not self._bar.is_recording:
            self._voice.play_recording(recording, round(recording.duration * part), self._failed)

    def _turned(self, name: str) -> None:
        if name != self._records:
            self.rest()
        self._complained = ""
        self.show()

    def _failed(self, error: BabiluError) -> None:
        self._composer.complain(sentence_for(error))
