"""What a face knows of voice notes: followed by events, asked for where one is, and of nobody else."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from babilu.api import commands as c
from babilu.api.events import RecordingChanged
from babilu.api.views import RecordingView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of
from babilu.bot.fake_voice import voice_note
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.states import PlayingState, RecordingState
from tests.unit.presentation.face import Face


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient()
    for name in ("carol", "bob"):
        made.add_contact(name)
    yield made
    made.close()


def asked(client: FakeClient) -> list[c.Command[object]]:
    voice = (c.StartRecording, c.StopRecording, c.DiscardRecording, c.SendRecording)
    return [each for each in client.commands if isinstance(each, (*voice, c.PlayVoice, c.PlayRecording, c.StopPlaying))]


def recording_of(face: Face) -> RecordingView | None:
    return face.model.recording


def test_a_recording_that_waits_is_known_after_a_start_and_followed_by_events(client: FakeClient) -> None:
    client.keep_recording("bob", 3_000)
    face = Face(client)
    face.model.open("bob")
    face.settle()
    waiting = recording_of(face)
    assert waiting is not None
    assert (waiting.state, waiting.duration) == (RecordingState.KEPT, 3_000)
    face.model.send_recording("bob", None, face.failed)
    face.settle()
    assert recording_of(face) is None
    assert [each.files[0].duration for each in face.model.room.messages] == [3_000]
    face.model.voice.start("bob", face.failed)
    face.settle()
    client.record("bob", 700, 99)
    face.settle()
    recording = recording_of(face)
    assert recording is not None
    assert (recording.state, recording.duration, recording.level) == (RecordingState.RECORDING, 700, 99)
    face.model.voice.discard("bob", face.failed)
    face.settle()
    assert recording_of(face) is None


def test_what_is_played_goes_on_from_where_it_was_stopped_and_is_heard(client: FakeClient) -> None:
    message = client.receive("bob", "", files=(voice_note(9_000),))
    face = Face(client)
    face.model.open("bob")
    face.settle()
    voice = face.model.voice
    shown = face.model.room.messages[0]
    assert shown.files[0].unheard
    voice.toggle(shown, face.failed)
    face.settle()
    client.play_on(4_000)
    face.settle()
    playing = voice.plays(message.id, conversation_of("bob"))
    assert playing is not None
    assert playing.state is PlayingState.PLAYING
    assert not face.model.room.messages[0].files[0].unheard
    voice.toggle(shown, face.failed)
    face.settle()
    stopped = voice.plays(message.id, conversation_of("bob"))
    assert stopped is not None
    assert (stopped.state, stopped.position) == (PlayingState.PAUSED, 4_000)
    voice.toggle(shown, face.failed)
    face.settle()
    voice.move(shown, 5_000, face.failed)
    voice.move(shown, -9_000, face.failed)
    face.settle()
    places = [each.at for each in asked(client) if isinstance(each, c.PlayVoice)]
    assert places == [0, 4_000, 8_999, 0]
    client.end_playing()
    face.settle()
    assert voice.plays(message.id, conversation_of("bob")) is None


def test_another_speed_is_for_what_is_played_and_for_the_next(client: FakeClient) -> None:
    client.receive("bob", "", files=(voice_note(9_000),))
    face = Face(client)
    face.model.open("bob")
    face.settle()
    voice = face.model.voice
    voice.change_speed(face.failed)
    assert voice.speed == 150
    assert asked(client) == []
    voice.toggle(face.model.room.messages[0], face.failed)
    face.settle()
    client.play_on(2_000)
    face.settle()
    voice.change_speed(face.failed)
    face.settle()
    played = [(each.at, each.speed) for each in asked(client) if isinstance(each, c.PlayVoice)]
    assert played == [(0, 150), (2_000, 200)]


def test_the_recording_that_waits_is_played_and_stopped(client: FakeClient) -> None:
    client.keep_recording("bob", 3_000)
    face = Face(client)
    face.model.open("bob")
    face.settle()
    waiting = recording_of(face)
    assert waiting is not None
    face.model.voice.toggle_recording(waiting, face.failed)
    face.settle()
    assert face.model.voice.plays(None, conversation_of("bob")) is not None
    assert face.model.voice.plays(None, conversation_of("carol")) is None
    face.model.voice.change_speed(face.failed)
    face.model.voice.toggle_recording(waiting, face.failed)
    face.settle()
    assert [type(each) for each in asked(client)] == [c.PlayRecording, c.PlayRecording, c.StopPlaying]


def test_why_there_is_no_sound_is_told_to_whoever_asked(client: FakeClient) -> None:
    client.lose_sound()
    face = Face(client)
    face.model.open("bob")
    face.settle()
    told: list[BabiluError] = []
    face.model.voice.start("bob", told.append)
    face.settle()
    assert [each.code for each in told] == [ErrorCode.NO_SOUND]
    assert recording_of(face) is None


def test_what_is_played_is_forgotten_with_its_profile(client: FakeClient) -> None:
    client.receive("bob", "", files=(voice_note(9_000),))
    face = Face(client)
    face.model.open("bob")
    face.settle()
    face.model.voice.toggle(face.model.room.messages[0], face.failed)
    face.settle()
    face.model.forget()
    assert face.model.voice.playing is None


def test_what_cannot_be_played_to_its_end_is_told(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.receive("bob", "", files=(voice_note(9_000),))
    face = Face(client)
    told: list[BabiluError] = []
    monkeypatch.setattr(face, "failed", told.append)
    face.model.open("bob")
    face.settle()
    face.model.voice.toggle(face.model.room.messages[0], told.append)
    face.settle()
    client.end_playing(ErrorCode.NO_SOUND)
    face.settle()
    assert [each.code for each in told] == [ErrorCode.NO_SOUND]
    assert face.model.voice.playing is None
    lost = client.keep_recording("bob", 0, ErrorCode.DISK_FULL)
    client.tell(RecordingChanged(replace(lost, state=RecordingState.GONE)))
    face.settle()
    assert [each.code for each in told] == [ErrorCode.NO_SOUND, ErrorCode.DISK_FULL]
