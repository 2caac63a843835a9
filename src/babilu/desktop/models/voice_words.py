"""How voice notes are said in words."""

from PySide6.QtCore import QLocale

from babilu.api.events import PlayingChanged
from babilu.api.views import FileView, RecordingView
from babilu.desktop.language import translate
from babilu.kernel.states import PlayingState
from babilu.presentation.voice_notes import TIMES, clock_of_ms


def speed_words(speed: int) -> str:
    """Write a speed, with the sign for decimals that the language has."""
    return f"{QLocale().toString(speed / 100, 'g', 3)}{TIMES}"


def voice_line(file: FileView | RecordingView) -> str:
    """Give what stands for a voice note in one line."""
    return translate("Voice", "Voice note, {0}").format(clock_of_ms(file.duration or 0))


def voice_spoken(file: FileView) -> str:
    """Say a voice note for a screen reader."""
    line = voice_line(file)
    return translate("Voice", "{0}, not heard yet").format(line) if file.unheard else line


def playing_words(playing: PlayingChanged) -> str:
    """Say that a voice note sounds, or where it was stopped."""
    if playing.state is PlayingState.PLAYING:
        return translate("Voice", "playing")
    return translate("Voice", "stopped at {0}").format(clock_of_ms(playing.position))
