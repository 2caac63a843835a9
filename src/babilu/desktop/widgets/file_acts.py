"""What can be done with a file of a message, once for a press on it, the menu and the keys."""

from enum import StrEnum, unique
from typing import Final, assert_never

from babilu.api.views import FileView
from babilu.desktop.language import translate
from babilu.kernel.states import FileState
from babilu.presentation.pictures import is_picture
from babilu.presentation.voice_notes import is_voice


@unique
class FileAct(StrEnum):
    """What one does with a file."""

    VIEW = "view"
    PLAY = "play"
    FETCH = "fetch"
    SAVE = "save"
    SHOW_FOLDER = "show_folder"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    CANCEL = "cancel"
    COPY = "copy"


FILE_ICONS: Final = {
    FileAct.VIEW: "show",
    FileAct.PLAY: "play",
    FileAct.FETCH: "download",
    FileAct.COPY: "copy",
    FileAct.SAVE: "download",
    FileAct.SHOW_FOLDER: "folder",
    FileAct.PAUSE: "pause",
    FileAct.RESUME: "retry",
    FileAct.RETRY: "retry",
    FileAct.CANCEL: "close",
}

MOVED: Final = frozenset({FileState.WAITING, FileState.SENDING, FileState.FETCHING})


def file_acts(file: FileView, *, outgoing: bool, saved: bool) -> tuple[FileAct, ...]:
    """Give what can be done with a file now; the first is what a press on it does.

    A picture that is here, and an own one, is looked at; one that is not here is fetched without being saved.
    """
    acts = _acts(file, outgoing=outgoing, saved=saved)
    if is_voice(file) and file.state is not FileState.FAILED:
        return FileAct.PLAY, *acts
    if not is_picture(file):
        return acts
    if file.state in {FileState.OFFERED, FileState.FREED}:
        return FileAct.FETCH, FileAct.VIEW, *acts
    if file.state in {FileState.SENT, FileState.HERE}:
        return FileAct.VIEW, *acts, FileAct.COPY
    own = file.state in {FileState.WAITING, FileState.SENDING}
    return (FileAct.VIEW, *acts) if own else (acts[0], FileAct.VIEW, *acts[1:])


def _acts(file: FileView, *, outgoing: bool, saved: bool) -> tuple[FileAct, ...]:
    match file.state:
        case FileState.WAITING | FileState.SENDING | FileState.FETCHING:
            return FileAct.PAUSE, FileAct.CANCEL
        case FileState.PAUSED:
            return FileAct.RESUME, FileAct.CANCEL
        case FileState.FAILED if outgoing:
            return FileAct.RETRY, FileAct.SAVE
        case FileState.FAILED:
            return (FileAct.RETRY,)
        case FileState.OFFERED | FileState.FREED:
            return (FileAct.SAVE,)
        case FileState.SENT | FileState.HERE:
            return (FileAct.SHOW_FOLDER, FileAct.SAVE) if saved else (FileAct.SAVE,)
        case _:
            assert_never(file.state)


def file_act_name(act: FileAct) -> str:
    """Name an act."""
    match act:
        case FileAct.VIEW:
            return translate("Menu", "Look at it")
        case FileAct.PLAY:
            return translate("Menu", "Play it, or stop it")
        case FileAct.FETCH:
            return translate("Menu", "Fetch")
        case FileAct.COPY:
            return translate("Menu", "Copy the picture")
        case FileAct.SAVE:
            return translate("Menu", "Save as…")
        case FileAct.SHOW_FOLDER:
            return translate("Menu", "Open folder")
        case FileAct.PAUSE:
            return translate("Menu", "Pause")
        case FileAct.RESUME:
            return translate("Menu", "Go on")
        case FileAct.RETRY:
            return translate("Menu", "Try to move it again")
        case FileAct.CANCEL:
            return translate("Menu", "Cancel the transfer")
        case _:
            assert_never(act)
