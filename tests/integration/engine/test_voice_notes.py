"""Voice notes: recorded by the programs of the system, kept through a kill, sent, played, and followed by the next."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api import events, views
from babilu.engine.commands import voice_commands
from babilu.engine.commands.file_commands import FileCommands
from babilu.engine.files.folder import FileFolder
from babilu.engine.voice import recorder as recorder_module
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import PEAKS
from babilu.kernel.states import FileState, MediaKind, PlayingState, RecordingState
from babilu.media import sound
from babilu.media.ogg import WholeSound
from babilu.media.sound import RATE
from tests.fakes.sound_programs import SoundPrograms, pitch, tone
from tests.integration.engine.party import Party, account, direct
from tests.integration.engine.relays import House

SECOND = RATE * 2
NOTES = views.NOTES_LABEL


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundPrograms]:
    with SoundPrograms(tmp_path / "bin") as programs:
        monkeypatch.setenv("PATH", str(programs.folder))
        yield programs


@pytest.fixture
def alone(tmp_path: Path, programs: SoundPrograms) -> Iterator[Party]:
    """A person with notes, and no relay."""
    del programs
    with direct(tmp_path, "alice", listen=None) as (alice,):
        yield alice


@pytest.fixture
def pair(tmp_path: Path, house: House, programs: SoundPrograms) -> Iterator[tuple[Party, Party]]:
    del programs
    with contextlib.ExitStack() as stack:
        parties = []
        for name in ("alice", "bob"):
            party = Party(tmp_path / name, account(name, house.address))
            stack.callback(party.close)
            party.until_online()
            parties.append(party)
        parties[0].send("bob", "hello")
        parties[1].hear(events.MessageArrived)
        yield parties[0], parties[1]


def record(party: Party, programs: SoundPrograms, samples: bytes, name: str = NOTES) -> views.RecordingView:
    """Record all of some samples."""
    before = len(party.told)
    programs.speak(samples[:9_600])
    party.ask(c.StartRecording(name))
    programs.speak(samples[9_600:])
    length = len(samples) // 2 * 1000 // RATE
    party.hear(events.RecordingChanged, lambda event: event.recording.duration >= length, after=before)
    return party.ask(c.StopRecording(name))


def waiting(party: Party, name: str = NOTES) -> views.RecordingView | None:
    return next(each.recording for each in party.ask(c.Conversations()) if each.label == name)


def refusal(party: Party, command: c.Command[object]) -> BabiluError:
    with pytest.raises(BabiluError) as refused:
        party.ask(command)
    return refused.value


def states(party: Party, message: object = None) -> list[PlayingState]:
    told = [each.state for each in party.of(events.PlayingChanged) if each.message == message]
    return [state for at, state in enumerate(told) if not at or told[at - 1] is not state]


def ended(party: Party, programs: SoundPrograms, message: object = None) -> tuple[events.PlayingChanged, bytes]:
    """Listen until a voice note has come to its end; gives what was told then, and heard meanwhile."""
    heard = b""

    def at_the_end() -> bool:
        nonlocal heard
        over = any(
            each.message == message and each.state is PlayingState.ENDED for each in party.of(events.PlayingChanged)
        )
        heard += programs.rest()
        return over

    party.until(at_the_end, "the end of a voice note")
    return [each for each in party.of(events.PlayingChanged) if each.message == message][-1], heard


def test_a_voice_note_is_recorded_sent_and_heard(pair: tuple[Party, Party], programs: SoundPrograms) -> None:
    alice, bob = pair
    kept = record(alice, programs, tone(3_000) + tone(1_000, loudness=0.05), "bob")
    assert (kept.state, kept.duration, len(kept.peaks)) == (RecordingState.KEPT, 4_000, PEAKS)
    assert min(kept.peaks[:40]) > 2 * max(kept.peaks[-10:])
    levels = [each.recording.level for each in alice.of(events.RecordingChanged)]
    assert max(levels) > 100

    sent = alice.ask(c.SendRecording("bob"))
    arrived = bob.hear(events.MessageArrived, lambda event: bool(event.message.files)).message
    (file,) = arrived.files
    assert (file.duration, file.peaks, file.unheard, file.kind) == (4_000, kept.peaks, True, MediaKind.VOICE)
    assert (file.name, file.type) == ("voice-note.ogg", "audio/ogg")
    assert file.size < 250_000 * 4 // 60
    assert not sent.files[0].unheard
    assert waiting(alice, "bob") is None

    bob.ask(c.PlayVoice(arrived.id))
    _, heard = ended(bob, programs, arrived.id)
    assert abs(len(heard) - 4 * SECOND) < SECOND // 10
    assert abs(pitch(heard[: 2 * SECOND]) - 220) < 3
    assert states(bob, arrived.id) == [PlayingState.PLAYING, PlayingState.ENDED]
    after = bob.ask(c.MessageInfo(arrived.id)).message.files[0]
    assert (after.unheard, after.state) == (False, FileState.HERE)


@pytest.mark.usefixtures("profile_of_another_process")
def test_a_kill_costs_the_last_two_seconds_at_most(tmp_path: Path, programs: SoundPrograms) -> None:
    script = (
        "import sys\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from pathlib import Path\n"
        "from babilu.api import commands as c\n"
        "from tests.integration.engine.party import Party\n"
        "from babilu.api.client import DirectProfile\n"
        "from babilu.crypto.secret import Passphrase\n"
        f"alice = Party(Path({str(tmp_path)!r}), DirectProfile('alice', Passphrase('passphrase of alice'), None))\n"
        f"alice.ask(c.StartRecording({NOTES!r}))\n"
        "from babilu.api import events\n"
        "alice.until(lambda: any(e.recording.duration >= 5000 for e in alice.of(events.RecordingChanged)))\n"
        "print('recorded', flush=True)\n"
        "sys.stdin.read()\n"
    )
    pace = threading.Event()
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as killed:
        # As fast as a microphone: the encoder is not behind.
        for at in range(50):
            programs.speak(tone(5_000)[at * SECOND // 10 : (at + 1) * SECOND // 10])
            pace.wait(0.1)
        assert killed.stdout is not None
        assert killed.stdout.readline() == "recorded\n"
        killed.send_signal(signal.SIGKILL)
    with direct(tmp_path, "alice", listen=None) as (alice,):
        kept = waiting(alice)
        assert kept is not None
        assert kept.duration >= 3_000
        alice.ask(c.PlayRecording(NOTES))
        _, heard = ended(alice, programs)
        assert len(heard) >= 3 * SECOND - SECOND // 20
        assert abs(pitch(heard) - 220) < 3
        sent = alice.ask(c.SendRecording(NOTES))
        assert 2_950 <= (sent.files[0].duration or 0) <= 5_000
        assert waiting(alice) is None


def test_nothing_that_is_recorded_lies_readable_on_the_disk(
    tmp_path: Path, alone: Party, programs: SoundPrograms
) -> None:
    record(alone, programs, tone(3_000))
    written = [path.read_bytes() for path in tmp_path.glob("alice*") if path.is_file()]
    assert written
    assert not any(b"OggS" in content or b"OpusHead" in content for content in written)


def test_what_is_discarded_is_gone(alone: Party, programs: SoundPrograms) -> None:
    record(alone, programs, tone(1_000))
    alone.ask(c.DiscardRecording(NOTES))
    assert waiting(alone) is None
    assert alone.of(events.RecordingChanged)[-1].recording.state is RecordingState.GONE
    for command in (c.DiscardRecording(NOTES), c.SendRecording(NOTES), c.PlayRecording(NOTES), c.StopRecording(NOTES)):
        assert refusal(alone, command).code is ErrorCode.NOT_FOUND


def test_a_recording_is_discarded_while_it_is_made(alone: Party, programs: SoundPrograms) -> None:
    programs.speak(tone(500))
    alone.ask(c.StartRecording(NOTES))
    alone.ask(c.DiscardRecording(NOTES))
    assert waiting(alone) is None
    programs.speak(tone(500))
    assert alone.ask(c.StartRecording(NOTES)).state is RecordingState.RECORDING


def test_a_recording_is_sent_while_it_is_made(alone: Party, programs: SoundPrograms) -> None:
    programs.speak(tone(1_000))
    alone.ask(c.StartRecording(NOTES))
    alone.until(lambda: any(each.recording.duration >= 1_000 for each in alone.of(events.RecordingChanged)))
    assert alone.ask(c.SendRecording(NOTES)).files[0].duration == 1_000


def test_one_is_recorded_at_a_time_and_one_waits_in_a_conversation(alone: Party, programs: SoundPrograms) -> None:
    programs.speak(tone(400))
    alone.ask(c.StartRecording(NOTES))
    assert refusal(alone, c.StartRecording(NOTES)).code is ErrorCode.USAGE
    assert refusal(alone, c.PlayRecording(NOTES)).code is ErrorCode.USAGE
    alone.ask(c.StopRecording(NOTES))
    assert refusal(alone, c.StartRecording(NOTES)).code is ErrorCode.USAGE


def test_without_a_program_or_a_microphone_nothing_begins(alone: Party, programs: SoundPrograms) -> None:
    programs.put("arecord", "exit 1")
    missing = refusal(alone, c.StartRecording(NOTES))
    assert (missing.code, "microphone" in missing.text) == (ErrorCode.NO_SOUND, True)
    programs.take_away("arecord", "aplay")
    nothing = refusal(alone, c.StartRecording(NOTES))
    assert (nothing.code, "alsa-utils" in nothing.text) == (ErrorCode.NO_SOUND, True)
    assert not alone.of(events.RecordingChanged)
    assert waiting(alone) is None


def test_a_program_that_hears_nothing_makes_way_for_the_next(alone: Party, programs: SoundPrograms) -> None:
    programs.put("pw-record", "exit 1")
    programs.put("pw-play", "exit 1")
    programs.put("pacat", "exit 1")
    record(alone, programs, tone(1_000))
    alone.ask(c.PlayRecording(NOTES))
    assert programs.heard(SECOND)


def test_a_microphone_that_is_lost_leaves_what_was_recorded(alone: Party, programs: SoundPrograms) -> None:
    programs.put("arecord", f"exec /usr/bin/head -c {SECOND} {programs.folder}/microphone")
    programs.speak(tone(1_200))
    alone.ask(c.StartRecording(NOTES))
    lost = alone.hear(events.RecordingChanged, lambda event: event.recording.state is RecordingState.KEPT).recording
    assert (lost.error, lost.duration) == ("no_sound", 1_000)
    assert alone.ask(c.SendRecording(NOTES)).files[0].duration == 1_000


def test_a_voice_note_ends_where_it_is_as_long_as_one_may_be(
    alone: Party, programs: SoundPrograms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "VOICE_NOTE_MS", 800)
    programs.speak(tone(1_200))
    alone.ask(c.StartRecording(NOTES))
    longest = alone.hear(events.RecordingChanged, lambda event: event.recording.state is RecordingState.KEPT)
    assert (longest.recording.error, longest.recording.duration) == (None, 800)


def test_what_is_no_sound_cannot_be_played_and_can_be_saved(
    pair: tuple[Party, Party], programs: SoundPrograms, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    alice, bob = pair
    record(alice, programs, tone(1_000), "bob")
    for content in (b"RIFF" + bytes(5_000), b"OggS" + bytes(24) + b"OpusHead" + os.urandom(5_000)):
        monkeypatch.setattr(voice_commands, "made_whole", lambda _, content=content: WholeSound(content, 1_000))
        before = len(bob.told)
        alice.ask(c.SendRecording("bob"))
        arrived = bob.hear(events.MessageArrived, lambda event: bool(event.message.files), after=before).message
        assert refusal(bob, c.PlayVoice(arrived.id)).code is ErrorCode.CANNOT_PLAY
        assert bob.ask(c.MessageInfo(arrived.id)).message.files[0].unheard
        saved = bob.ask(c.FetchFile(arrived.id, 0, str(tmp_path))).path
        assert Path(saved or "").read_bytes() == content
        record(alice, programs, tone(1_000), "bob")


def test_what_is_deleted_while_it_is_fetched_is_not_played(
    pair: tuple[Party, Party], programs: SoundPrograms, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = pair
    record(alice, programs, tone(1_000), "bob")
    alice.ask(c.SendRecording("bob"))
    message = bob.hear(events.MessageArrived, lambda event: bool(event.message.files)).message.id
    fetch = FileCommands.do

    def fetch_and_delete(files: FileCommands, command: c.FetchFile, future: "Future[Any]") -> None:
        def came(done: "Future[Any]") -> None:
            bob.ask(c.DeleteMessage(message))
            future.set_result(done.result())

        fetched: Future[Any] = Future()
        fetched.add_done_callback(came)
        fetch(files, command, fetched)

    monkeypatch.setattr(FileCommands, "do", fetch_and_delete)
    # The bytes of what is deleted are still here for a moment.
    monkeypatch.setattr(FileFolder, "delete", lambda *_: None)
    assert refusal(bob, c.PlayVoice(message)).code is ErrorCode.NOT_FOUND
    assert programs.rest() == b""


def test_the_next_one_that_nobody_has_heard_follows(pair: tuple[Party, Party], programs: SoundPrograms) -> None:
    alice, bob = pair
    sent = []
    for hertz in (220, 330, 440):
        record(alice, programs, tone(600, hertz), "bob")
        sent.append(alice.ask(c.SendRecording("bob")).id)
    bob.until(lambda: len([each for each in bob.of(events.MessageArrived) if each.message.files]) == 3)
    bob.ask(c.PlayVoice(sent[1], speed=200))
    _, heard = ended(bob, programs, sent[2])
    assert abs(pitch(heard[: SECOND // 4]) - 330) < 10
    assert abs(pitch(heard[-SECOND // 4 :]) - 440) < 10
    assert not states(bob, sent[0])
    unheard = [bob.ask(c.MessageInfo(each)).message.files[0].unheard for each in sent]
    assert unheard == [True, False, False]
    assert {each.speed for each in bob.of(events.PlayingChanged)} == {200}


def test_what_is_played_is_stopped_and_goes_on_anywhere(alone: Party, programs: SoundPrograms) -> None:
    record(alone, programs, tone(3_000) + tone(3_000, 440))
    alone.ask(c.PlayRecording(NOTES))
    programs.heard(SECOND)
    alone.ask(c.StopPlaying())
    stopped = alone.of(events.PlayingChanged)[-1]
    assert stopped.state is PlayingState.PAUSED
    assert 500 <= stopped.position <= 3_000
    programs.rest()
    alone.ask(c.PlayRecording(NOTES, 5_000, 200))
    end, heard = ended(alone, programs)
    assert end.position > 5_500
    assert abs(len(heard) - SECOND // 2) < SECOND // 10
    assert abs(pitch(heard) - 440) < 10


def test_a_loudspeaker_that_is_lost_is_told(alone: Party, programs: SoundPrograms) -> None:
    record(alone, programs, tone(6_000))
    programs.put("aplay", f"exec /usr/bin/head -c {SECOND} > {programs.folder}/loudspeaker")
    alone.ask(c.PlayRecording(NOTES))
    failed = alone.hear(events.PlayingChanged, lambda event: event.state is PlayingState.FAILED)
    assert failed.error == "no_sound"
    programs.put("aplay", "exit 1")
    assert refusal(alone, c.PlayRecording(NOTES)).code is ErrorCode.NO_SOUND
    assert refusal(alone, c.PlayRecording(NOTES, -1)).code is ErrorCode.USAGE
    assert refusal(alone, c.PlayRecording(NOTES, 0, 1_000)).code is ErrorCode.USAGE


def test_a_conversation_that_is_cleared_keeps_no_recording(alone: Party, programs: SoundPrograms) -> None:
    record(alone, programs, tone(1_000))
    alone.ask(c.ClearConversation(NOTES))
    assert waiting(alone) is None


def test_the_client_ends_while_it_records_and_keeps_what_came(tmp_path: Path, programs: SoundPrograms) -> None:
    with direct(tmp_path, "alice", listen=None) as (alice,):
        programs.speak(tone(1_000))
        alice.ask(c.StartRecording(NOTES))
        alice.until(lambda: any(each.recording.duration >= 1_000 for each in alice.of(events.RecordingChanged)))
    with direct(tmp_path, "alice", listen=None) as (alice,):
        kept = waiting(alice)
        assert kept is not None
        assert kept.duration == 1_000


def test_what_cannot_be_sent_waits_as_before(pair: tuple[Party, Party], programs: SoundPrograms) -> None:
    alice, _ = pair
    kept = record(alice, programs, tone(1_000), "bob")
    alice.ask(c.Block("bob"))
    assert refusal(alice, c.SendRecording("bob")).code is ErrorCode.BLOCKED
    assert waiting(alice, "bob") == kept
    alice.ask(c.Unblock("bob"))
    assert alice.ask(c.SendRecording("bob")).files[0].duration == 1_000


def test_a_codec_that_does_not_work_is_told(
    alone: Party, programs: SoundPrograms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound, "_START", "raise SystemExit(1)")
    programs.speak(tone(1_200))
    alone.ask(c.StartRecording(NOTES))
    told = alone.hear(events.RecordingChanged, lambda event: event.recording.error is not None).recording
    assert (told.error, told.state) == ("no_sound", RecordingState.GONE)


@pytest.mark.parametrize("gone", ["deleted", "cleared"])
def test_what_is_gone_sounds_no_longer(alone: Party, programs: SoundPrograms, gone: str) -> None:
    record(alone, programs, tone(6_000))
    message = alone.ask(c.SendRecording(NOTES)).id
    alone.ask(c.PlayVoice(message))
    alone.ask(c.DeleteMessage(message) if gone == "deleted" else c.ClearConversation(NOTES))
    alone.hear(events.PlayingChanged, lambda event: event.state is PlayingState.PAUSED)
