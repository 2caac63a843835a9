"""A voice note between two real processes: recorded, killed in the middle, offered again, sent, heard and followed."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.media.sound import RATE
from tests.e2e.pairs import meet
from tests.e2e.processes import JsonProcess, Processes
from tests.fakes.sound_programs import SoundPrograms, pitch, tone

TENTH = RATE // 10 * 2


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[SoundPrograms]:
    with SoundPrograms(tmp_path / "bin") as programs:
        # Before those that this machine may have.
        (programs.folder / "pw-record").symlink_to("arecord")
        (programs.folder / "pw-play").symlink_to("aplay")
        yield programs


def speak(programs: SoundPrograms, samples: bytes) -> None:
    """Speak as fast as one does."""
    pace = threading.Event()
    for at in range(0, len(samples), TENTH):
        programs.speak(samples[at : at + TENTH])
        pace.wait(0.1)


def listen(programs: SoundPrograms, process: JsonProcess, message: str | None) -> bytes:
    """Listen until a voice note is over."""
    heard = b""
    while not process.of("playing", id=message, state="ended"):
        process.wait_for_more(0.1)
        heard += programs.rest()
    return heard + programs.rest()


def test_a_voice_note_outlives_a_kill_and_is_heard_at_the_other_end(
    processes: Processes, programs: SoundPrograms
) -> None:
    sound: dict[str, str | None] = {"PATH": f"{programs.folder}{os.pathsep}{os.environ['PATH']}"}
    relay = processes.relay()
    alice = processes.client(relay, "alice", environment=sound)
    bob = processes.client(relay, "bob", environment=sound)
    meet(alice, bob)

    alice.do("record", conversation="bob", tag="r")
    speak(programs, tone(4_000))
    alice.take("recording", tag="r", state="recording", duration=0)
    alice.take("recording", tag="r", duration=4_000)
    alice.stop(signal.SIGKILL)

    alice = processes.client(relay, "alice", environment=sound)
    alice.do("conversations")
    rows = alice.take("conversations")["conversations"]
    waiting = next(each["recording"] for each in rows if each["conversation"] == "bob")
    assert waiting["state"] == "kept"
    assert waiting["duration"] >= 2_000
    alice.do("play_recording", conversation="bob", speed=200)
    assert abs(pitch(listen(programs, alice, None)) - 220) < 5
    alice.do("send_recording", conversation="bob", tag="s")
    sent = alice.take("sent", tag="s")["id"]
    alice.take("recording", state="gone")

    (file,) = bob.take("message", id=sent)["files"]
    assert (file["kind"], file["unheard"], len(file["peaks"])) == ("voice", True, 128)
    bob.do("play", id=sent, tag="p")
    heard = listen(programs, bob, sent)
    bob.take("done", tag="p")
    assert abs(pitch(heard) - 220) < 5
    assert abs(len(heard) * 1_000 // (RATE * 2) - file["duration"]) < 100
    bob.do("history", name="alice", n=1)
    (after,) = bob.take("history")["messages"]
    assert "unheard" not in after["files"][0]


def test_a_machine_without_sound_says_what_to_install(processes: Processes, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    alice = processes.peer("alice")
    assert alice.process.poll() is None
    alice.stop()
    silent = processes.run(
        "peer", "127.0.0.1", "0", "alice", home="alice", environment={"PATH": str(tmp_path / "nothing")}
    )
    silent.do("record", conversation="#notes", tag="r")
    error = silent.take("error", tag="r")
    assert error["code"] == "no_sound"
    assert "alsa-utils" in error["text"]
