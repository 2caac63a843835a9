"""Voice notes of a face: what is recorded and played is applied as it is told, and the client is asked for it."""

from collections.abc import Callable
from dataclasses import replace

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import MessageView, RecordingView
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.states import PlayingState, RecordingState
from babilu.presentation.client_bridge import ClientBridge, Failed
from babilu.presentation.message_window import Window
from babilu.presentation.voice_notes import is_voice, next_speed


class VoiceModel:
    """Records and plays.

    Args:
        bridge: The way to the client.
        room: The window on the conversation that is open.
        changed: Called when what is played, or a voice note that is shown, has changed.

    Attributes:
        playing: What is played, or was stopped; None for nothing.
        speed: Percent at which the next one is played.
    """

    def __init__(self, bridge: ClientBridge, room: Window, changed: Callable[[], None]) -> None:
        self._bridge = bridge
        self._room = room
        self._changed = changed
        self.playing: e.PlayingChanged | None = None
        self.speed = 100

    def plays(self, message: MessageId | None, conversation: ConversationId | None) -> e.PlayingChanged | None:
        """Give how the playing of a message's voice note goes, or with None that of a conversation's recording."""
        playing = self.playing
        is_meant = playing is not None and playing.message == message and playing.conversation_id == conversation
        return playing if is_meant else None

    def take(self, event: e.PlayingChanged) -> None:
        """Apply what an event says of what is played."""
        before = self.playing
        self.playing = None if event.state in {PlayingState.ENDED, PlayingState.FAILED} else event
        if before is None or (before.message, before.state) != (event.message, event.state):
            for each in (before, event):
                if each is not None and each.message is not None and each.conversation_id == self._room.conversation_id:
                    self._room.touch(each.message)
        if event.state is PlayingState.PLAYING and event.message is not None:
            self._mark_heard(event)
        self._changed()

    def forget(self) -> None:
        """Forget a client that was left."""
        self.playing = None

    # Recording.

    def start(self, conversation: str, failed: Failed) -> None:
        """Begin to record."""
        self._bridge.request(c.StartRecording(conversation), None, failed)

    def stop(self, conversation: str, failed: Failed) -> None:
        """End the recording, which waits then."""
        self._bridge.request(c.StopRecording(conversation), None, failed)

    def discard(self, conversation: str, failed: Failed) -> None:
        """Throw the recording away."""
        self._bridge.request(c.DiscardRecording(conversation), None, failed)

    # Playing.

    def toggle(self, message: MessageView, failed: Failed, index: int = 0) -> None:
        """Play a voice note of a message from where it was stopped, or stop it."""
        playing = self.plays(message.id, message.conversation_id)
        if playing is None or playing.index != index:
            self.play(message, 0, failed, index)
        elif playing.state is PlayingState.PLAYING:
            self.be_silent()
        else:
            self.play(message, playing.position, failed, index)

    def play(self, message: MessageView, at: int, failed: Failed, index: int = 0) -> None:
        """Play a voice note of a message from a place on (milliseconds)."""
        file = next((each for each in message.files if each.index == index and is_voice(each)), None)
        if file is not None:
            place = min(max(at, 0), max((file.duration or 0) - 1, 0))
            command = c.PlayVoice(message.id, file.index, place, self.speed, message.conversation_id.hex())
            self._bridge.request(command, None, failed)

    def move(self, message: MessageView, by: int, failed: Failed) -> None:
        """Go back or ahead in what is played."""
        playing = self.plays(message.id, message.conversation_id)
        self.play(message, (0 if playing is None else playing.position) + by, failed)

    def toggle_recording(self, recording: RecordingView, failed: Failed) -> None:
        """Play the recording of a conversation from where it was stopped, or stop it."""
        playing = self.plays(None, recording.conversation_id)
        if playing is not None and playing.state is PlayingState.PLAYING:
            self.be_silent()
        else:
            self.play_recording(recording, 0 if playing is None else playing.position, failed)

    def play_recording(self, recording: RecordingView, at: int, failed: Failed) -> None:
        """Play the recording of a conversation from a place on (milliseconds)."""
        self._bridge.request(c.PlayRecording(recording.conversation_id.hex(), at, self.speed), None, failed)

    def be_silent(self) -> None:
        """Stop what is played."""
        self._bridge.request(c.StopPlaying())

    def change_speed(self, failed: Failed) -> None:
        """Take the next speed, also for what is played now."""
        self.speed = next_speed(self.speed)
        playing = self.playing
        if playing is not None and playing.state is PlayingState.PLAYING:
            place = playing.conversation_id.hex()
            command: c.Command[None] = (
                c.PlayRecording(place, playing.position, self.speed)
                if playing.message is None
                else c.PlayVoice(playing.message, playing.index, playing.position, self.speed, place)
            )
            self._bridge.request(command, None, failed)
        self._changed()

    def _mark_heard(self, event: e.PlayingChanged) -> None:
        row = self._room.row_of(event.message)
        if event.conversation_id != self._room.conversation_id or row is None:
            return
        view = self._room.messages[row]
        if any(file.index == event.index and file.unheard for file in view.files):
            files = tuple(replace(file, unheard=False) if file.index == event.index else file for file in view.files)
            self._room.change(replace(view, files=files))


def kept_of(recording: RecordingView) -> RecordingView | None:
    """Give the recording as a conversation has it from now on; None for one that was sent or discarded."""
    return None if recording.state is RecordingState.GONE else recording


def refusal_of(code: str | None) -> BabiluError:
    """Give the error by which a voice note came to its end; one of a later version is unknown."""
    known = {each.value: each for each in ErrorCode}
    return BabiluError(known.get(code or "", ErrorCode.INTERNAL), "")
