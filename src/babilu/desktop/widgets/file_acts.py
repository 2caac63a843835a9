"""What can be done with a file of a message, once for a press on it, the menu and the keys."""

from enum import StrEnum, unique
from typing import Final, assert_never

from babilu.api.views import FileView
from babilu.desktop.language import translate
from babilu.kernel.states import FileState


@unique
class FileAct(StrEnum):
    """What one does with a file."""

    SAVE = "save"
    SHOW_FOLDER = "show_folder"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    CANCEL = "cancel"


FILE_ICONS: Final = {
    FileAct.SAVE: "download",
    FileAct.SHOW_FOLDER: "folder",
    FileAct.PAUSE: "pause",
    FileAct.RESUME: "retry",
    FileAct.RETRY: "retry",
    FileAct.CANCEL: "close",
}

MOVED: Final = frozenset({FileState.SENDING, FileState.FETCHING})


def file_acts(file: FileView, *, outgoing: bool, saved: bool) -> tuple[FileAct, ...]:
    """Give what can be done with a file now; the first is what a press on it does."""
    match file.state:
        case FileState.SENDING | FileState.FETCHING:
            return FileAct.PAUSE, FileAct.CANCEL
        case FileState.PAUSED:
            return FileAct.RESUME, FileAct.CANCEL
        case FileState.FAILED if outgoing:
            return FileAct.RETRY, FileAct.SAVE
        case FileState.FAILED:
            return (FileAct.RETRY,)
        case FileState.OFFERED:
            return (FileAct.SAVE,)
        case FileState.SENT | FileState.HERE:
            return (FileAct.SHOW_FOLDER, FileAct.SAVE) if saved else (FileAct.SAVE,)
        case _:
            assert_never(file.state)


def file_act_name(act: FileAct) -> str:
    """Name an act."""
    match act:
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
