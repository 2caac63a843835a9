"""Voice notes of the client in memory: as the real one answers and tells, without a sound."""

from collections.abc import Iterator

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_voice import voice_note
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.states import MediaKind, PlayingState, RecordingState


@pytest.fixture
def client() -> Iterator[FakeClient]:
    client = FakeClient()
    client.add_contact("bob")
    yield client
    client.close()


def told(client: FakeClient) -> list[object]:
    heard: list[object] = []
    client.subscribe(lambda _, event: heard.append(event))
    return heard


def ask(client: FakeClient, command: c.Command[object]) -> object:
    return client.request(command).result(10)


def refusal(client: FakeClient, command: c.Command[object]) -> ErrorCode:
    with pytest.raises(BabiluError) as refused:
        ask(client, command)
    return refused.value.code


def test_a_recording_goes_on_waits_and_is_sent(client: FakeClient) -> None:
    heard = told(client)
    ask(client, c.StartRecording("bob"))
    client.record("bob", 2_000, 90)
    ask(client, c.StopRecording("bob"))
    (row,) = client.request(c.Conversations()).result(10)
    assert row.recording is not None
    assert (row.recording.state, row.recording.duration) == (RecordingState.KEPT, 2_000)
    assert refusal(client, c.StartRecording("bob")) is ErrorCode.USAGE
    sent = client.request(c.SendRecording("bob")).result(10)
    assert (sent.files[0].kind, sent.files[0].duration) == (MediaKind.VOICE, 2_000)
    states = [each.recording.state for each in heard if isinstance(each, e.RecordingChanged)]
    assert states == [RecordingState.RECORDING] * 2 + [RecordingState.KEPT, RecordingState.GONE]
    assert refusal(client, c.SendRecording("bob")) is ErrorCode.NOT_FOUND


def test_one_is_discarded(client: FakeClient) -> None:
    client.keep_recording("bob", 3_000)
    ask(client, c.PlayRecording("bob"))
    heard = told(client)
    ask(client, c.DiscardRecording("bob"))
    assert [type(event) for event in heard] == [e.PlayingChanged, e.RecordingChanged]
    assert refusal(client, c.DiscardRecording("bob")) is ErrorCode.NOT_FOUND


def test_one_is_played_and_is_unheard_no_longer(client: FakeClient) -> None:
    message = client.receive("bob", "", files=(voice_note(4_000), ("a.txt", 3)))
    heard = told(client)
    ask(client, c.PlayVoice(message.id, speed=150))
    client.play_on(2_000)
    ask(client, c.StopPlaying())
    ask(client, c.StopPlaying())
    playing = [(each.state, each.position, each.speed) for each in heard if isinstance(each, e.PlayingChanged)]
    assert playing == [
        (PlayingState.PLAYING, 0, 150),
        (PlayingState.PLAYING, 2_000, 150),
        (PlayingState.PAUSED, 2_000, 150),
    ]
    assert not client.messages("bob")[0].files[0].unheard
    assert refusal(client, c.PlayVoice(message.id, 1)) is ErrorCode.CANNOT_PLAY


def test_without_sound_nothing_begins(client: FakeClient) -> None:
    message = client.receive("bob", "", files=(voice_note(4_000),))
    client.lose_sound()
    for command in (c.StartRecording("bob"), c.PlayVoice(message.id)):
        assert refusal(client, command) is ErrorCode.NO_SOUND
    assert client.messages("bob")[0].files[0].unheard
