"""Sound programs: what this machine has with which a microphone is heard and a loudspeaker speaks.

Each is a program of the system that writes or reads samples by a pipe: 16 bits, one channel, the lower byte first. The
first that works is taken, in the order in which desktops of today prefer them.
"""

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from babilu.kernel.errors import BabiluError, ErrorCode

Which = Callable[[str], str | None]
"""Finds a program; None where there is none."""

_LATENCY_MS: Final = 100


@dataclass(frozen=True, slots=True)
class SoundProgram:
    """A program that records and one that plays.

    Attributes:
        recorder: Its name, and what follows it; ``{rate}`` stands for the samples a second.
        player: The same.
    """

    recorder: tuple[str, ...]
    player: tuple[str, ...]


PROGRAMS: Final = (
    SoundProgram(
        ("pw-record", "--rate={rate}", "--channels=1", "--format=s16", f"--latency={_LATENCY_MS}ms", "--raw", "-"),
        ("pw-play", "--rate={rate}", "--channels=1", "--format=s16", f"--latency={_LATENCY_MS}ms", "--raw", "-"),
    ),
    SoundProgram(
        ("parec", "--rate={rate}", "--channels=1", "--format=s16le", f"--latency-msec={_LATENCY_MS}", "--raw"),
        ("pacat", "--rate={rate}", "--channels=1", "--format=s16le", f"--latency-msec={_LATENCY_MS}", "--raw"),
    ),
    SoundProgram(
        ("arecord", "-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", "{rate}"),
        ("aplay", "-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", "{rate}", "--buffer-time=200000"),
    ),
    # SoX, which other systems have as well.
    SoundProgram(
        ("rec", "-q", "-t", "raw", "-e", "signed-integer", "-b", "16", "-L", "-c", "1", "-r", "{rate}", "-"),
        ("play", "-q", "-t", "raw", "-e", "signed-integer", "-b", "16", "-L", "-c", "1", "-r", "{rate}", "-"),
    ),
)
"""PipeWire, PulseAudio, ALSA and SoX."""


def recorders(rate: int, which: Which = shutil.which) -> list[list[str]]:
    """Give what records, the first choice first.

    Raises:
        BabiluError: ``no_sound``: nothing does.
    """
    return _found([each.recorder for each in PROGRAMS], rate, which)


def players(rate: int, which: Which = shutil.which) -> list[list[str]]:
    """Give what plays, the first choice first.

    Raises:
        BabiluError: ``no_sound``: nothing does.
    """
    return _found([each.player for each in PROGRAMS], rate, which)


def _found(programs: Sequence[Sequence[str]], rate: int, which: Which) -> list[list[str]]:
    # What is needed of pipes is there on no Windows.
    paths = [(None if sys.platform == "win32" else which(name), options) for name, *options in programs]
    found = [[path, *(option.format(rate=rate) for option in options)] for path, options in paths if path is not None]
    if not found:
        raise no_program()
    return found


def no_program() -> BabiluError:
    """Build the refusal where no program for sound is found."""
    return BabiluError(
        ErrorCode.NO_SOUND,
        "This machine has no program for sound: install PipeWire's or PulseAudio's tools, alsa-utils or SoX.",
    )


def no_microphone() -> BabiluError:
    """Build the refusal where no program hears anything."""
    return BabiluError(ErrorCode.NO_SOUND, "No microphone can be heard: see whether one is connected and allowed.")


def no_loudspeaker() -> BabiluError:
    """Build the refusal where no program can play."""
    return BabiluError(ErrorCode.NO_SOUND, "No sound can be played: see whether loudspeakers are connected.")
