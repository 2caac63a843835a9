"""Commands about voice notes: recording them into the profile, sending them from there, and playing them.

All of it runs in one thread, in order. A recording lies in the database from its first second on: what ends this
process costs the last two seconds of it, and the rest waits as a draft.
"""

import functools
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from babilu.api import commands as ask_for
from babilu.api import events, views
from babilu.engine.commands.contacts import believed, check_believed, find_conversation, find_message
from babilu.engine.commands.file_commands import FileCommands, Post
from babilu.engine.conversation.contents.text import BesideWords
from babilu.engine.conversation.effects import Effect, EraseTraces, Tell
from babilu.engine.conversation.jobs import Ask
from babilu.engine.conversation.turn import ConversationTurn
from babilu.engine.files.folder import FileFolder
from babilu.engine.runtime.context import ClientContext
from babilu.engine.runtime.places import Place, check_writable, place_of
from babilu.engine.runtime.threads import Worker, busy, settle
from babilu.engine.runtime.views import kept_recording
from babilu.engine.voice.playback import Playback, Track, stopped
from babilu.engine.voice.programs import players, recorders
from babilu.engine.voice.recorder import Recorder
from babilu.kernel.errors import BabiluError, DeliveryError, ErrorCode, UsageError
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.limits import RECORDING_MS, VOICE_NOTE_BYTES
from babilu.kernel.states import RecordingState
from babilu.media.ogg import made_whole
from babilu.media.sound import LEVEL_MS, RATE, peaks_of, unplayable
from babilu.store.file_records import AttachmentRecord
from babilu.wire.file_entry import FileEntry

NAME: Final = "voice-note.ogg"
KIND: Final = "audio/ogg"
SLOWEST: Final = 50
FASTEST: Final = 300

VoiceCommand = (
    ask_for.StartRecording
    | ask_for.StopRecording
    | ask_for.DiscardRecording
    | ask_for.SendRecording
    | ask_for.PlayVoice
    | ask_for.PlayRecording
    | ask_for.StopPlaying
)
"""Everything about voice notes."""


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A recording that is being made, and for which conversation."""

    recorder: Recorder
    place: Place

    @property
    def conversation(self) -> int:
        return self.place.conversation.conversation


class VoiceCommands:
    """Does commands about voice notes.

    Args:
        base: The profile and the ports.
        folder: The sealed files.
        files: Fetches files, and seals them.
        post: Gives a conversation something to do.
        run: Runs what follows from a commit.
    """

    def __init__(
        self,
        base: ClientContext,
        folder: FileFolder,
        files: FileCommands,
        post: Post,
        run: Callable[[Iterable[Effect]], None],
    ) -> None:
        self._base = base
        self._folder = folder
        self._files = files
        self._post = post
        self._run = run
        self._worker = Worker("babilu-voice")
        self._playback = Playback(base.bus, self._worker.post, self._heard, self._follow)
        self._recording: _UnderWay | None = None
        self._sending: set[int] = set()
        # What was asked for last: what is fetched for something else by then is not played.
        self._wish = 0

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()
        self._base.bus.subscribe(self._told)

    def stop(self) -> None:
        """Keep what is being recorded, be silent, and end the thread."""
        self._worker.post(self._end)
        self._worker.stop()

    def do(self, command: VoiceCommand, future: "Future[Any]") -> None:
        """Do a command."""
        if not self._worker.post(lambda: self._do(command, future)):
            raise busy()

    def _do(self, command: VoiceCommand, future: "Future[Any]") -> None:
        match command:
            case ask_for.StartRecording():
                settle(future, lambda: self._start(command))
            case ask_for.StopRecording(name):
                settle(future, lambda: self._stop(name, command.request_id))
            case ask_for.DiscardRecording(name):
                settle(future, lambda: self._discard(name))
            case ask_for.StopPlaying():
                settle(future, self._fall_silent)
            case _:
                try:
                    self._send_or_play(command, future)
                except BabiluError as error:
                    future.set_exception(error)

    def _send_or_play(
        self, command: "ask_for.SendRecording | ask_for.PlayVoice | ask_for.PlayRecording", future: "Future[Any]"
    ) -> None:
        match command:
            case ask_for.SendRecording():
                self._send(command, future)
            case ask_for.PlayVoice():
                self._check_may_play(command.at, command.speed)
                self._wish += 1
                self._play_message(command, future)
            case ask_for.PlayRecording():
                self._check_may_play(command.at, command.speed)
                self._wish += 1
                self._play_recording(command, future)

    # Recording.

    def _start(self, command: ask_for.StartRecording) -> views.RecordingView:
        place = self._place(command.conversation)
        number = place.conversation.conversation
        if self._recording is not None:
            raise UsageError("A voice note is being recorded already: end it first.")
        with self._base.database.read() as unit:
            waiting = unit.recordings.find(number)
        # Of one that was ended before anything was kept nothing is left.
        if waiting is not None and waiting.levels:
            raise UsageError("A voice note waits in this conversation: send it or discard it first.")
        self._fall_silent()
        told = functools.partial(self._view, place, RecordingState.RECORDING)
        cause = command.request_id
        recorder = Recorder(
            recorders(RATE),
            lambda sound, levels: self._keep(number, sound, levels),
            lambda duration, level: self._tell(told(duration, level=level), cause),
            lambda error: self._after_end(recorder, error),
        )
        with self._base.database.write() as unit:
            unit.recordings.begin(number, self._base.clock.now_ms())
        try:
            recorder.start()
        except BabiluError:
            with self._base.database.write() as unit:
                unit.recordings.delete(number)
            raise
        self._recording = _UnderWay(recorder, place)
        view = told(0)
        self._tell(view, cause)
        return view

    def _keep(self, conversation: int, sound: bytes, levels: bytes) -> bool:
        with self._base.database.write() as unit:
            return unit.recordings.append(conversation, sound, levels)

    def _after_end(self, recorder: Recorder, error: BabiluError | None) -> None:
        """Hear in its thread that a recording has ended by itself."""

        def finish() -> None:
            if self._recording is not None and self._recording.recorder is recorder:
                self._finish(self._recording, None if error is None else error.code.value)

        self._worker.post(finish)

    def _finish(self, under_way: _UnderWay, error: str | None = None, cause: str | None = None) -> views.RecordingView:
        """End what is being recorded, and tell what was kept of it."""
        self._recording = None
        under_way.recorder.stop()
        view = self._kept(under_way.place)
        if view is None:
            with self._base.database.write() as unit:
                unit.recordings.delete(under_way.conversation)
            view = self._view(under_way.place, RecordingState.GONE, 0)
        view = self._view(under_way.place, view.state, view.duration, view.peaks, error=error)
        self._tell(view, cause)
        return view

    def _stop(self, name: str, cause: str | None) -> views.RecordingView:
        number = self._place(name).conversation.conversation
        if self._recording is None or self._recording.conversation != number:
            raise DeliveryError(ErrorCode.NOT_FOUND, "Nothing is being recorded in this conversation.")
        return self._finish(self._recording, cause=cause)

    def _discard(self, name: str) -> None:
        place = self._place(name)
        number = place.conversation.conversation
        self._check_not_sent(number)
        if self._recording is not None and self._recording.conversation == number:
            self._recording.recorder.stop()
            self._recording = None
        self._fall_silent_about(number)
        with self._base.database.write() as unit:
            found = unit.recordings.delete(number)
        if not found:
            raise nothing_recorded()
        gone = self._view(place, RecordingState.GONE, 0)
        self._run([Tell(events.RecordingChanged(gone)), EraseTraces()])

    def _send(self, command: ask_for.SendRecording, future: "Future[views.MessageView]") -> None:
        place = self._place(command.conversation)
        number = place.conversation.conversation
        self._check_not_sent(number)
        if not place.is_notes:
            check_believed(command.identity, place.identity(self._base.own.identity_key))
        if self._recording is not None and self._recording.conversation == number:
            self._finish(self._recording)
        with self._base.database.read() as unit:
            record, sound = unit.recordings.find(number), unit.recordings.sound(number)
        if record is None:
            raise nothing_recorded()
        whole = made_whole(sound)
        self._fall_silent_about(number)
        peaks = peaks_of(record.levels[: -(-whole.duration // LEVEL_MS)])

        def seal(most: int | None) -> FileEntry:
            entry = self._folder.seal_bytes(whole.content, NAME, KIND, most)
            return msgspec.structs.replace(entry, duration=max(whole.duration, 1), peaks=peaks)

        def act(files: tuple[FileEntry, ...]) -> Ask[ConversationTurn, views.MessageView]:
            beside = BesideWords(command.reply_to, timer=command.timer, files=files)

            def send(turn: ConversationTurn) -> views.MessageView:
                # One commit: what was sent is no draft any more, whatever ends this process.
                if not turn.unit.recordings.delete(number):
                    raise nothing_recorded()
                view = turn.send_text("", beside)
                turn.tell(events.RecordingChanged(self._view(place, RecordingState.GONE, 0)))
                return view

            return Ask(believed(command.identity, send), future, command.request_id)

        self._files.send_bytes(place, seal, act, self._post, future)
        self._sending.add(number)
        future.add_done_callback(lambda _: self._worker.post(lambda: self._sending.discard(number)))

    def _check_not_sent(self, conversation: int) -> None:
        if conversation in self._sending:
            raise busy()

    # Playing.

    def _play_recording(self, command: ask_for.PlayRecording, future: "Future[Any]") -> None:
        place = self._place(command.conversation)
        conversation = place.conversation
        with self._base.database.read() as unit:
            sound = unit.recordings.sound(conversation.conversation)
        if not sound:
            raise nothing_recorded()
        track = Track(conversation.conversation, place.label, conversation.id, request_id=command.request_id)
        self._playback.play(track, made_whole(sound).content, command.at, command.speed, future)

    def _play_message(self, command: ask_for.PlayVoice, future: "Future[Any] | None") -> None:
        with self._base.database.read() as unit:
            message, place = find_message(unit, command.message, command.conversation, own_first=False)
        record = next((each for each in message.files if each.place == command.index), None)
        if record is None:
            raise DeliveryError(ErrorCode.NOT_FOUND, "The message has no such file.")
        if not record.entry.is_voice or record.entry.size > VOICE_NOTE_BYTES:
            raise unplayable()
        players(RATE)
        track = Track(
            place.conversation.conversation,
            place.label,
            place.conversation.id,
            message.id,
            command.index,
            record.number,
            message.position,
            command.request_id,
        )
        if self._folder.is_whole(record.entry.blob):
            self._play_file(track, record, command, future)
        else:
            self._fetch_first(track, command, future)

    def _play_file(
        self, track: Track, record: AttachmentRecord, command: ask_for.PlayVoice, future: "Future[Any] | None"
    ) -> None:
        content = self._folder.content(record.entry)
        self._playback.play(track, content, command.at, command.speed, future)

    def _fetch_first(self, track: Track, command: ask_for.PlayVoice, future: "Future[Any] | None") -> None:
        wish = self._wish
        self._playback.stop()
        fetched: Future[views.SavedFileView] = Future()

        def go_on() -> None:
            try:
                fetched.result()
                if wish != self._wish or self._recording is not None:
                    raise stopped()
                # It may be deleted by now, and its bytes still be here for a moment.
                self._play_message(command, future)
            except BabiluError as error:
                if future is not None and not future.done():
                    future.set_exception(error)

        fetched.add_done_callback(lambda _: self._worker.post(go_on))
        fetch = ask_for.FetchFile(command.message, command.index, None, track.conversation_id.hex())
        self._files.do(fetch, fetched)

    def _heard(self, track: Track) -> None:
        """Note that a voice note is heard."""
        if track.attachment is not None:
            with self._base.database.write() as unit:
                unit.attachments.mark_heard(track.attachment)

    def _follow(self, track: Track, speed: int) -> None:
        """Play the next voice note of a conversation that nobody has listened to."""
        if track.message is None:
            return
        with self._base.database.read() as unit:
            following = unit.attachments.next_unheard(track.conversation, track.position, track.index)
        if following is not None:
            message, index = following
            self._wish += 1
            conversation = track.conversation_id.hex()
            command = ask_for.PlayVoice(message, index, 0, speed, conversation, request_id=track.request_id)
            self._play_message(command, None)

    def _told(self, _cursor: int, event: events.Event) -> None:
        """Hear, in whatever thread tells it, that a message is gone: it sounds no longer."""
        match event:
            case events.MessageDeleted(message, conversation_id=place) | events.MessageExpired(
                message, conversation_id=place
            ):
                self._worker.post(lambda: self._fall_silent_of(place, message))
            case events.ConversationCleared(conversation_id=place):
                self._worker.post(lambda: self._fall_silent_of(place, None))

    def _fall_silent_of(self, conversation: ConversationId, message: MessageId | None) -> None:
        track = self._playback.track
        if track is not None and track.conversation_id == conversation and message in {None, track.message}:
            self._fall_silent()

    def _check_may_play(self, at: int, speed: int) -> None:
        if self._recording is not None:
            raise UsageError("A voice note is being recorded: end it first.")
        if not 0 <= at <= RECORDING_MS or not SLOWEST <= speed <= FASTEST:
            raise UsageError(f"A speed is {SLOWEST} to {FASTEST} percent, and a place lies within the voice note.")

    def _fall_silent(self) -> None:
        self._wish += 1
        self._playback.stop()

    def _fall_silent_about(self, conversation: int) -> None:
        """Stop playing the recording of a conversation."""
        track = self._playback.track
        if track is not None and track.message is None and track.conversation == conversation:
            self._playback.stop()

    # What all share.

    def _end(self) -> None:
        self._fall_silent()
        if self._recording is not None:
            self._finish(self._recording)

    def _place(self, name: str) -> Place:
        with self._base.database.read() as unit:
            place = find_conversation(unit, name)
        check_writable(place)
        return place

    def _kept(self, place: Place) -> views.RecordingView | None:
        with self._base.database.read() as unit:
            record = unit.recordings.find(place.conversation.conversation)
            present = place_of(unit, place.conversation.conversation)
        return None if record is None else kept_recording(record, present)

    def _view(
        self,
        place: Place,
        state: RecordingState,
        duration: int,
        peaks: bytes = b"",
        level: int = 0,
        error: str | None = None,
    ) -> views.RecordingView:
        return views.RecordingView(place.label, place.conversation.id, state, duration, peaks, level, error)

    def _tell(self, view: views.RecordingView, cause: str | None = None) -> None:
        self._base.bus.tell(events.RecordingChanged(view, request_id=cause))


def nothing_recorded() -> DeliveryError:
    """Build the refusal where a conversation has no recording."""
    return DeliveryError(ErrorCode.NOT_FOUND, "No voice note waits in this conversation.")
