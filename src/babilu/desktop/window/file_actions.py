"""Doing what one wants with the files of messages: asking where to save, and nothing is ever opened by itself."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import assert_never

from PySide6.QtCore import QObject, QStandardPaths, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from babilu.api import commands as c
from babilu.api.views import FileView, MessageView, PictureView, SavedFileView
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.file_words import file_name
from babilu.desktop.models.picture_shelf import image_of
from babilu.desktop.preferences import PreferenceStore
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.file_acts import FILE_ICONS, FileAct, file_act_name, file_acts
from babilu.kernel.errors import BabiluError
from babilu.kernel.limits import SHOWN_SIDE
from babilu.local_paths import is_folder_at
from babilu.presentation.pictures import pictures_of


class FileActor(QObject):
    """Acts on files of messages.

    Args:
        client_model: The client.
        theme: Fonts and colours.
        preferences: Remember where files were saved last.
        window: Over which the dialog opens.
        tell: Says something in passing.

    Attributes:
        dialog: The question where to save, or None.
    """

    view_wanted = Signal(object, int)
    """`MessageView`, and which of its pictures is to be looked at."""

    def __init__(
        self,
        client_model: DesktopModel,
        theme: Theme,
        preferences: PreferenceStore,
        window: QWidget,
        tell: Callable[[str], object],
    ) -> None:
        super().__init__(window)
        self._client_model = client_model
        self._theme = theme
        self._preferences = preferences
        self._window = window
        self._tell = tell
        self.dialog: QFileDialog | None = None

    def press(self, message: MessageView, index: int) -> None:
        """Do what a press on a file means now."""
        file = _file_of(message, index)
        if file is not None:
            self.do(message, file, self.acts(message, file)[0])

    def do(self, message: MessageView, file: FileView, act: FileAct) -> None:
        """Act on a file, if that is possible now."""
        files = self._client_model.files
        row = self._client_model.messages.window.row_of(message.id)
        # A menu may have been open while the file moved.
        newest = message if row is None else self._client_model.messages.message(row)
        present = _file_of(newest, file.index)
        if present is None or act not in self.acts(newest, present):
            return
        match act:
            case FileAct.VIEW:
                self.view_wanted.emit(newest, file.index)
            case FileAct.PLAY:
                self._client_model.voice.toggle(newest, self._failed, file.index)
            case FileAct.FETCH:
                files.fetch(newest, file.index, None, self._failed)
            case FileAct.COPY:
                self.copy(newest, present)
            case FileAct.SAVE:
                self._ask(newest, (present,))
            case FileAct.SHOW_FOLDER:
                self._show_folder(files.saved_at(newest, file.index))
            case FileAct.PAUSE:
                files.pause(newest, file.index, self._failed)
            case FileAct.RESUME | FileAct.RETRY:
                files.resume(newest, file.index, self._failed)
            case FileAct.CANCEL:
                files.cancel(newest, file.index, self._failed)
            case _:
                assert_never(act)

    def acts(self, message: MessageView, file: FileView) -> tuple[FileAct, ...]:
        """Give what can be done with a file now."""
        saved = self._client_model.files.saved_at(message, file.index) is not None
        return file_acts(file, outgoing=message.outgoing, saved=saved)

    def copy(self, message: MessageView, file: FileView) -> None:
        """Put a picture on the clipboard, as large as it is shown."""

        def came(picture: PictureView) -> None:
            QGuiApplication.clipboard().setImage(image_of(picture))
            self._tell(translate("Picture", "The picture is copied."))

        command = c.GetPicture(message.id, file.index, SHOWN_SIDE, message.conversation_id.hex())
        self._client_model.bridge.request(command, came, self._failed)

    def look_at(self, message: MessageView) -> None:
        """Look at the first picture of a message."""
        for file in pictures_of(message)[:1]:
            self.view_wanted.emit(message, file.index)

    def save_all(self, message: MessageView) -> None:
        """Save all files of a message into one folder."""
        self._ask(message, message.files)

    def add_to(self, menu: QMenu, message: MessageView) -> None:
        """Put into a menu what can be done with the files of a message; several have a menu each."""
        for file in message.files:
            inner = menu
            if len(message.files) > 1:
                inner = menu.addMenu(self._theme.icon("file"), file_name(file.name).replace("&", "&&"))
            for act in self.acts(message, file):
                action = inner.addAction(self._theme.icon(FILE_ICONS[act]), file_act_name(act))
                action.triggered.connect(partial(self._triggered, message, file, act))
        if message.files:
            menu.addSeparator()

    def leave(self) -> None:
        """Ask no more where to save."""
        if self.dialog is not None:
            self.dialog.reject()

    def _triggered(self, message: MessageView, file: FileView, act: FileAct, _checked: bool = False) -> None:
        self.do(message, file, act)

    def _ask(self, message: MessageView, files: tuple[FileView, ...]) -> None:
        self.leave()
        names = file_name(files[0].name) if len(files) == 1 else translate("File", "%n file(s)", None, len(files))
        title = translate("File", "Save {0} in…").format(names)
        dialog = self.dialog = QFileDialog(self._window, title, self._folder())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, translate("File", "Save here"))
        dialog.fileSelected.connect(lambda folder: self._save(message, files, folder))
        dialog.finished.connect(self._asked)
        dialog.open()

    def _asked(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def _folder(self) -> str:
        """Give the folder that was chosen last, while it is there, or else the one for downloads."""
        downloads = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        wanted = (self._preferences.value.save_folder, downloads)
        # A dialog that begins at a folder that is not there offers to save nowhere.
        return next((folder for folder in wanted if folder and is_folder_at(folder)), str(Path.home()))

    def _save(self, message: MessageView, files: tuple[FileView, ...], folder: str) -> None:
        self._preferences.change(save_folder=folder)
        for file in files:
            self._client_model.files.fetch(message, file.index, folder, self._failed, self._saved)

    def _saved(self, file: SavedFileView) -> None:
        if file.path is not None:
            path = Path(file.path)
            text = translate("File", "{0} is saved in {1}.")
            self._tell(text.format(file_name(path.name), file_name(path.parent.name or str(path.parent))))

    def _show_folder(self, path: str | None) -> None:
        if path is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent))):
            self._tell(translate("File", "It is in {0}.").format(file_name(str(Path(path).parent))))

    def _failed(self, error: BabiluError) -> None:
        self._tell(sentence_for(error))


def _file_of(message: MessageView, index: int) -> FileView | None:
    return next((file for file in message.files if file.index == index), None)
