"""How a file of a message stands, in the words of the full screen."""

from typing import Final

from rich.cells import cell_len

from babilu.api.views import FileView, MessageView
from babilu.kernel.states import FileState
from babilu.presentation.durations import duration
from babilu.presentation.files import Pace, files_line, names_of, waits_for
from babilu.presentation.formatting import without_marks
from babilu.presentation.pictures import are_pictures
from babilu.presentation.plain_text import isolated
from babilu.presentation.sizes import size_text
from babilu.presentation.strings import Strings
from babilu.presentation.voice_notes import clock_of_ms, voice_file
from babilu.terminal.app.cells import cut, safe

ENDING_CHARACTERS: Final = 10
"""Characters at the end of a file's name that are shown always."""


def words_of(say: Strings, message: MessageView, characters: int) -> str:
    """Give what stands for a message in one line: its words, or its files where it has none."""
    voice = voice_file(message)
    if voice is not None and not message.text:
        return f"{say('voice.note')} {clock_of_ms(voice.duration or 0)}"
    key = "app.pictures" if are_pictures(message) else "app.files"
    names = names_of(message.files)
    return without_marks(message.text[:characters]) or files_line(names, lambda count: say(key, count=count))


def shown_file_name(name: str, most: int) -> str:
    """Give a file's name in ``most`` cells; of a long one the middle is left out, for its ending says what it is."""
    flat = safe(name)
    if cell_len(flat) <= most:
        return isolated(flat)
    ending = flat[-min(ENDING_CHARACTERS, most // 2) :]
    return isolated(cut(flat, most - cell_len(ending)) + ending)


def several(say: Strings, count: int) -> str:
    """Say how many files there are."""
    return say("app.files", count=count)


def state_text(say: Strings, file: FileView, saved_at: str | None) -> str:
    """Say how a file stands that is not on its way just now."""
    if file.state is FileState.FAILED:
        return say("app.file.failed", reason=say.file_problem(file.error or ""))
    waits = say.why_file_waits(waits_for(file))
    if waits:
        return waits
    if saved_at is not None and file.state not in {FileState.FETCHING, FileState.PAUSED}:
        return say("file.saved", path=saved_at)
    if file.state is FileState.SENT and file.kept_until is not None:
        return say("app.file.kept")
    return say(f"app.file.{file.state.value}")


def progress_text(say: Strings, file: FileView, pace: Pace | None) -> str:
    """Say how far a file has come, how fast it moves, and how long it still takes."""
    percent = file.done * 100 // file.size
    if pace is None:
        return say("app.file.progress", percent=percent)
    left = duration(say, pace.seconds_left)
    return say("app.file.pace", percent=percent, speed=size_text(pace.per_second, say.point), left=left)
