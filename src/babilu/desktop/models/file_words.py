"""How files of messages are said in words: in one line, in their rows, and to screen readers."""

from collections.abc import Sequence
from typing import assert_never

from babilu.api.views import FileView, MessageView, QuoteView
from babilu.desktop.error_texts import sentence_for_file, why_file_waits
from babilu.desktop.language import countable, size_words, translate
from babilu.desktop.models.voice_words import voice_line, voice_spoken
from babilu.desktop.plain_text import one_line
from babilu.kernel.errors import ErrorCode
from babilu.kernel.states import FileState
from babilu.presentation.files import files_line, names_of, quoted_line, waits_for
from babilu.presentation.pictures import are_pictures, is_picture
from babilu.presentation.voice_notes import is_voice, voice_file

NAME_CHARACTERS = 240
"""Characters of a file's name; an engine gives fewer."""


def file_name(name: str) -> str:
    """Give the name of a file as it is shown."""
    return one_line(name, NAME_CHARACTERS)


def files_words(message: MessageView) -> str:
    """Give what stands for the files of a message in one line: a name, or how many they are."""
    voice = voice_file(message)
    several = number_of_pictures if are_pictures(message) else number_of_files
    return files_line(names_of(message.files), several) if voice is None else voice_line(voice)


def quoted_files_words(quote: QuoteView) -> str:
    """Give what stands for the files of a quoted message: a name, or how many they are."""
    return one_line(quoted_line(quote, number_of_files, translate("Voice", "Voice note")), NAME_CHARACTERS)


def number_of_pictures(count: int) -> str:
    """Say how many pictures there are."""
    return translate("File", "%n picture(s)", None, countable(count))


def number_of_files(count: int) -> str:
    """Say how many files there are."""
    return translate("File", "%n file(s)", None, countable(count))


def files_spoken(files: Sequence[FileView]) -> str:
    """Say files for a screen reader: name, size, and how each stands."""
    return "; ".join(
        voice_spoken(file) if is_voice(file) else f"{_named(file)}, {size_words(file.size)}, {state_words(file)}"
        for file in files
    )


def _named(file: FileView) -> str:
    name = file_name(file.name)
    return translate("File", "picture {0}").format(name) if is_picture(file) else name


def brief_words(file: FileView) -> str:
    """Say how a file stands where there is little room."""
    match file.state:
        case FileState.WAITING:
            return translate("File", "waits")
        case FileState.FREED:
            return translate("File", "deleted here")
        case _:
            return state_words(file)


def state_words(file: FileView) -> str:
    """Say how a file stands, or what it waits for."""
    return why_file_waits(waits_for(file)) or _state_words(file)


def _state_words(file: FileView) -> str:
    match file.state:
        case FileState.WAITING:
            return translate("File", "waits to be fetched directly")
        case FileState.SENDING:
            return translate("File", "on its way to the relay")
        case FileState.SENT if file.kept_until is not None:
            return translate("File", "with the relay")
        case FileState.SENT:
            return translate("File", "sent")
        case FileState.OFFERED:
            return translate("File", "not fetched")
        case FileState.FETCHING:
            return translate("File", "being fetched")
        case FileState.HERE:
            return translate("File", "here, not saved")
        case FileState.PAUSED:
            return translate("File", "paused")
        case FileState.FREED:
            return translate("File", "deleted here to make room")
        case FileState.FAILED if file.error == ErrorCode.CLOSED:
            return translate("File", "cancelled")
        case FileState.FAILED:
            return translate("File", "not moved: {0}").format(sentence_for_file(file.error or ErrorCode.INTERNAL.value))
        case _:
            assert_never(file.state)
