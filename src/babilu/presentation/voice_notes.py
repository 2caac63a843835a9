"""Voice notes as every face shows them: how long they are, how they are drawn, and how fast they are played."""

from typing import Final

from babilu.api.views import ConversationView, FileView, MessageView, QuotedFileView, RecordingView
from babilu.kernel.states import MediaKind, RecordingState

ENDINGS: Final = frozenset({"ogg", "oga", "opus"})
"""A file of another name stands with its name in sight: that says what it would be once it is saved."""

SPEEDS: Final = (100, 150, 200)
"""Percent: what one chooses between."""

STEP_MS: Final = 5_000
"""So far a key goes back or ahead."""

BLOCKS: Final = " ▁▂▃▄▅▆▇█"
PLAIN_BLOCKS: Final = " .:-=+*#@"
"""The same where an encoding has no blocks."""

TIMES: Final = "\N{MULTIPLICATION SIGN}"

_LOUD: Final = 48
"""A voice note that is nowhere louder is drawn low: silence is not to look like speech."""


def is_voice(file: FileView | QuotedFileView) -> bool:
    """Tell whether a file is shown as a voice note: it says that it is one, and has the name of one."""
    return file.kind is MediaKind.VOICE and file.name.rpartition(".")[2].casefold() in ENDINGS


def voice_file(message: MessageView) -> FileView | None:
    """Give the voice note of a message; None where it brings anything else."""
    files = message.files
    return files[0] if len(files) == 1 and is_voice(files[0]) and not message.deleted else None


def clock_of_ms(milliseconds: int) -> str:
    """Write a length or a place: minutes and seconds, as ``1:05``."""
    seconds = max(milliseconds, 0) // 1_000
    hours, minutes = seconds // 3_600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def heights(peaks: bytes | None, count: int) -> list[float]:
    """Give how high so many bars are, 0 to 1: the loudest one is whole, whatever number of peaks there is."""
    if not peaks or count < 1:
        return [0.0] * max(count, 0)
    loudest = max(*peaks, _LOUD)
    size = len(peaks)
    bars = (peaks[at * size // count : max((at + 1) * size // count, at * size // count + 1)] for at in range(count))
    return [max(bar) / loudest for bar in bars]


def blocks(peaks: bytes | None, count: int, signs: str = BLOCKS) -> str:
    """Draw a voice note in so many characters; also the quietest part is seen."""
    return "".join(signs[1 + round(height * (len(signs) - 2))] for height in heights(peaks, count))


def next_speed(speed: int) -> int:
    """Give the speed that follows one, the first after the last."""
    return next((each for each in SPEEDS if each > speed), SPEEDS[0])


def speed_text(speed: int, point: str) -> str:
    """Write a speed, as 1.5 and the sign that means times; ``point`` parts tenths, as `Strings.point` gives it."""
    return f"{speed / 100:g}{TIMES}".replace(".", point)


def voice_draft(conversation: ConversationView) -> RecordingView | None:
    """Give the voice note that waits in a conversation as its draft, where no text does."""
    recording = conversation.recording
    waits = recording is not None and recording.state is RecordingState.KEPT and not conversation.draft
    return recording if waits else None
