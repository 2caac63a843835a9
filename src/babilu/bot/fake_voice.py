"""What a `FakeClient` does with voice notes: nothing sounds; a test says how long one is, and how far it has come."""

from dataclasses import replace
from typing import Any

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import FileView, MessageView, RecordingView
from babilu.bot.fake_profile import FakeProfile
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import PEAKS
from babilu.kernel.states import FileState, MediaKind, PlayingState, RecordingState

BYTES_OF_MS = 3
"""About so much is a millisecond of a voice note."""


def voice_note(duration: int, peaks: bytes = b"", *, unheard: bool = True, here: bool = False) -> FileView:
    """Give a voice note as somebody's message brings it.

    Args:
        duration: Milliseconds.
        peaks: How it is drawn; else it rises.
        unheard: Whether nobody has listened to it.
        here: Whether it was fetched.
    """
    state = FileState.HERE if here else FileState.OFFERED
    size = duration * BYTES_OF_MS
    return FileView(
        0,
        "voice-note.ogg",
        size,
        "audio/ogg",
        state,
        size if here else 0,
        duration=duration,
        peaks=peaks or bytes(range(0, 4 * PEAKS, 4)),
        kind=MediaKind.VOICE,
        unheard=unheard,
    )


class FakeVoice:
    """Voice notes.

    Args:
        profile: What the client has.

    Attributes:
        has_sound: Whether there is a microphone, and something that plays.
        playing: What is played; None for nothing.
    """

    def __init__(self, profile: FakeProfile) -> None:
        self._profile = profile
        self.has_sound = True
        self.playing: e.PlayingChanged | None = None

    def answer(self, command: c.Command[Any]) -> object:
        """Answer a command about voice notes, but for sending one."""
        match command:
            case c.StartRecording(name):
                return self._start(name)
            case c.StopRecording(name):
                return self._stop(name)
            case c.DiscardRecording(name):
                self.take(name)
            case c.PlayVoice(message, index, at, speed):
                self._play(message, index, at, speed)
            case c.PlayRecording(name, at, speed):
                self._check_sound()
                label = self._profile.known(name).contact.name
                self.look(name)
                self._hear(
                    e.PlayingChanged(label, self._profile.id_of(label), None, 0, PlayingState.PLAYING, at, speed)
                )
            case c.StopPlaying():
                self.end_playing(PlayingState.PAUSED)
            case _:
                raise TypeError(type(command).__name__)
        return None

    def look(self, name: str) -> RecordingView:
        """Give the recording of a conversation."""
        recording = self._profile.known(name).recording
        if recording is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "No voice note waits in this conversation.")
        return recording

    def take(self, name: str) -> RecordingView:
        """Take the recording of a conversation away: it was sent or discarded."""
        recording = self.look(name)
        if self.playing is not None and self.playing.message is None:
            self.end_playing(PlayingState.PAUSED)
        self._profile.known(name).recording = None
        gone = replace(recording, state=RecordingState.GONE, duration=0, peaks=b"", level=0)
        self._profile.tell(e.RecordingChanged(gone))
        return recording

    def come_to(self, name: str, duration: int, level: int) -> None:
        """Let a recording go on."""
        self._put(replace(self.look(name), duration=duration, level=level))

    def keep(self, name: str, duration: int, error: ErrorCode | None = None) -> RecordingView:
        """Have a recording wait, as one does after a start anew, or that has ended by itself."""
        label = self._profile.known(name).contact.name
        peaks = bytes(min(255, 40 + at * 3) for at in range(PEAKS))
        code = None if error is None else error.value
        return self._put(
            RecordingView(label, self._profile.id_of(label), RecordingState.KEPT, duration, peaks, error=code)
        )

    def play_on(self, position: int) -> None:
        """Let what is played come further."""
        if self.playing is not None:
            self._hear(replace(self.playing, position=position))

    def end_playing(self, state: PlayingState, error: ErrorCode | None = None) -> None:
        """Let what is played come to an end."""
        playing, self.playing = self.playing, None
        if playing is not None:
            self._profile.tell(replace(playing, state=state, error=None if error is None else error.value))

    def _start(self, name: str) -> RecordingView:
        self._check_sound()
        conversation = self._profile.known(name)
        if conversation.recording is not None:
            raise UsageError("A voice note waits in this conversation: send it or discard it first.")
        self.end_playing(PlayingState.PAUSED)
        label = conversation.contact.name
        return self._put(RecordingView(label, self._profile.id_of(label), RecordingState.RECORDING, 0))

    def _stop(self, name: str) -> RecordingView:
        recording = self.look(name)
        if recording.state is not RecordingState.RECORDING:
            raise DeliveryError(ErrorCode.NOT_FOUND, "Nothing is being recorded in this conversation.")
        return self.keep(name, recording.duration)

    def _put(self, recording: RecordingView) -> RecordingView:
        self._profile.known(recording.conversation).recording = recording
        self._profile.tell(e.RecordingChanged(recording))
        return recording

    def _play(self, message: MessageId, index: int, at: int, speed: int) -> None:
        _, view = self._profile.look(message)
        file = next((each for each in view.files if each.index == index), None)
        if file is None or file.kind is not MediaKind.VOICE:
            raise BabiluError(ErrorCode.CANNOT_PLAY, "This voice note cannot be played.")
        self._check_sound()
        heard = replace(file, unheard=False, state=FileState.SENT if view.outgoing else FileState.HERE)
        self._profile.put(replace(view, files=tuple(heard if each is file else each for each in view.files)))
        self._hear(
            e.PlayingChanged(view.conversation, view.conversation_id, message, index, PlayingState.PLAYING, at, speed)
        )

    def _hear(self, playing: e.PlayingChanged) -> None:
        if self.playing is not None and self.playing.message != playing.message:
            self.end_playing(PlayingState.PAUSED)
        self.playing = playing
        self._profile.tell(playing)

    def _check_sound(self) -> None:
        if not self.has_sound:
            raise BabiluError(
                ErrorCode.NO_SOUND,
                "This machine has no program for sound: install PipeWire's or PulseAudio's tools, alsa-utils or SoX.",
            )

    def file_of(self, recording: RecordingView) -> FileView:
        """Give what a message brings of a recording that is sent."""
        return replace(
            voice_note(max(recording.duration, 1), recording.peaks, unheard=False, here=True), state=FileState.SENDING
        )


def with_voice(message: MessageView, file: FileView) -> MessageView:
    """Give a message that brings a voice note."""
    return replace(message, files=(file,))
