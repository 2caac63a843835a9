"""Sound through its process: what is encoded is small and comes back, any speed keeps the pitch, and nothing bites."""

import contextlib
import io
import os
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import PEAKS
from babilu.media import sound_child
from babilu.media.ogg import CLOCK, made_whole
from babilu.media.sound import LEVEL_MS, RATE, SoundDecoder, SoundEncoder, levels_of, peaks_of
from tests.fakes.sound_programs import pitch, tone

SECOND = RATE * 2


def encoded(samples: bytes) -> bytes:
    with contextlib.closing(SoundEncoder()) as encoder:
        return encoder.feed(samples) + encoder.finish()


def decoded(content: bytes, at: int = 0, speed: int = 100) -> bytes:
    with contextlib.closing(SoundDecoder(at, speed)) as decoder:
        assert decoder.open(content) == RATE
        return b"".join(iter(lambda: decoder.read(4_800), b""))


@pytest.fixture(scope="module")
def note() -> bytes:
    return encoded(tone(2_000))


def test_ctrl_c_in_a_terminal_does_not_reach_it() -> None:
    with contextlib.closing(SoundEncoder()) as encoder:
        assert os.getpgid(encoder.process) != os.getpgrp()


def refused(content: bytes) -> ErrorCode:
    with contextlib.closing(SoundDecoder(0, 100)) as decoder, pytest.raises(BabiluError) as refusal:
        decoder.open(content)
    return refusal.value.code


def test_a_minute_has_at_most_250_kilobytes() -> None:
    noise = os.urandom(SECOND * 10)
    assert len(encoded(noise)) * 6 <= 250_000


def test_what_is_encoded_comes_back(note: bytes) -> None:
    samples = decoded(note)
    assert len(samples) == 2 * SECOND
    assert abs(pitch(samples) - 220) < 3


@pytest.mark.parametrize("speed", [50, 150, 200])
def test_another_speed_keeps_the_pitch(note: bytes, speed: int) -> None:
    samples = decoded(note, speed=speed)
    assert abs(len(samples) - 2 * SECOND * 100 // speed) < SECOND // 10
    assert abs(pitch(samples) - 220) < 4


def test_it_is_decoded_from_a_place_on(note: bytes) -> None:
    assert len(decoded(note, at=1_500)) == SECOND // 2
    assert len(decoded(note, at=60_000)) <= 2


def test_the_end_is_made_of_what_was_written_before_a_kill() -> None:
    content = encoded(tone(3_000))
    whole = made_whole(content)
    assert (whole.content, whole.duration) == (content, 3_000)
    broken = made_whole(content[: len(content) * 2 // 3])
    assert 0 < broken.duration < 3_000
    assert abs(len(decoded(broken.content)) - broken.duration * RATE * 2 // 1_000) < RATE // 500
    # The last page says that it is one, as RFC 3533 wants it.
    assert broken.content[broken.content.rindex(b"OggS") + 5] & 4
    assert CLOCK * 1_000 == 48_000


@pytest.mark.parametrize("content", [b"", b"OggS", b"no sound at all"])
def test_of_nothing_nothing_is_made(content: bytes) -> None:
    with pytest.raises(BabiluError) as refusal:
        made_whole(content)
    assert refusal.value.code is ErrorCode.CANNOT_PLAY


def wave_file() -> bytes:
    """Give sound of a kind that the decoder's library knows, and that no voice note has."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, RATE, 0, "NONE", ""))
        written.writeframes(tone(200))
    return file.getvalue()


def hostile(note: bytes) -> Iterator[bytes]:
    yield b""
    yield wave_file()
    yield b"fLaC" + bytes(100)
    yield note[:40]
    yield b"OggS" + bytes(24) + b"OpusHead" + os.urandom(10_000)
    yield note + bytes(sound_child.CONTENT_BYTES)


def test_what_is_no_voice_note_is_refused(note: bytes) -> None:
    assert {refused(content) for content in hostile(note)} == {ErrorCode.CANNOT_PLAY}


def test_what_was_changed_anywhere_ends_nothing_but_its_process(note: bytes) -> None:
    for at in range(60, len(note), len(note) // 12):
        changed = note[:at] + bytes(octet ^ 0xFF for octet in note[at : at + 30]) + note[at + 30 :]
        with contextlib.closing(SoundDecoder(0, 100)) as decoder, contextlib.suppress(BabiluError):
            decoder.open(changed)
            while decoder.read(48_000):
                pass
    # The next one is heard whole all the same.
    with contextlib.closing(SoundDecoder(0, 100)) as decoder:
        decoder.open(note)
        assert decoder.read(48_000)


def test_the_process_has_little_memory_and_opens_nothing() -> None:
    script = (
        f"import sys; sys.path.extend({sys.path!r})\n"
        "import os, socket\n"
        "from babilu.media import sound_child\n"
        "sound_child.prepare()\n"
        "sound_child.confine(cpu_seconds=5)\n"
        "for act in (lambda: open('/etc/passwd'), socket.socket, os.fork, lambda: bytes(600 * 1024 * 1024)):\n"
        "    try:\n"
        "        act()\n"
        "    except (OSError, MemoryError):\n"
        "        os.write(1, b'refused ')\n"
        "os._exit(0)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "refused " * 4


@pytest.mark.skipif(sys.platform != "linux", reason="system calls are filtered on Linux alone")
def test_a_sound_is_decoded_by_a_process_that_is_confined(note: bytes) -> None:
    with contextlib.closing(SoundDecoder(0, 100)) as decoder:
        decoder.open(note)
        status = Path(f"/proc/{decoder.process}/status").read_text(encoding="ascii")
    assert "Seccomp:\t2" in status


def test_a_file_that_never_ends_is_heard_for_an_hour_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless:
        """A file that goes on for ever."""

    class Array(list[float]):
        def mean(self, axis: int) -> "Array":
            del axis
            return self

    monkeypatch.setattr(Endless, "read", lambda _, size, **__: Array([0.0] * size), raising=False)
    monkeypatch.setattr(sound_child, "LONGEST_MS", 2_000)
    assert sum(len(part) for part in sound_child.mixed(Endless(), 8_000)) == 16_000


def test_how_loud_it_is_is_drawn_in_64_parts() -> None:
    levels = levels_of(tone(1_000, loudness=0.01) + tone(1_000, loudness=1.0))
    assert len(levels) == 2_000 // LEVEL_MS
    peaks = peaks_of(levels)
    assert len(peaks) == PEAKS
    assert max(peaks[:31]) < 40
    assert min(peaks[32:]) > 250
    assert len(peaks_of(b"\x07")) == len(peaks_of(b"")) == PEAKS


def test_the_client_itself_loads_no_codec() -> None:
    script = f"import sys; sys.path[:0] = {sys.path!r}; import babilu.engine.profile.client as _; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert not {"numpy", "soundfile", "_soundfile"} & set(done.stdout.split())
