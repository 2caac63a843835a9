"""Files of messages: where to save them, and holding and ending what moves them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from babilu.api.views import FileView, InspectedFileView, MessageView, SavedFileView
from babilu.kernel.states import FileState
from babilu.local_paths import is_folder_at
from babilu.presentation.files import MOVING, files_line, names_of
from babilu.presentation.picture_details import inspected_words
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.cells import safe
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.file_words import several, shown_file_name
from babilu.terminal.app.history_view import Want
from babilu.terminal.app.pages import Act
from babilu.terminal.app.parts import paragraphs
from babilu.terminal.app.sheets import Blank, FormSheet, Sheet, titled

Submit = Callable[[FormSheet, list[str]], object]

NAMED_CELLS: Final = 40
HELD: Final = frozenset({FileState.PAUSED, FileState.FAILED})
ENDED: Final = MOVING | {FileState.PAUSED}


class FileDialogs(Dialogs):
    """What is done with the files of a message; keys are about all of them."""

    def makes_sense(self, what: Want, message: MessageView) -> bool:
        """Tell whether a key about files does something with a message."""
        states = {file.state for file in message.files}
        if message.deleted or not states:
            return False
        return what is Want.SAVE or bool(states & (ENDED if what is Want.CANCEL else ENDED | HELD))

    def do(self, what: Want, message: MessageView) -> None:
        """Do what a key says with the files of a message."""
        if not self.makes_sense(what, message):
            self._host.say_so(self._say("app.no_files" if not message.files else "app.nothing_moves"))
        elif what is Want.SAVE:
            self.ask_where(message, message.files)
        elif what is Want.CANCEL:
            self._cancel(message)
        else:
            self._hold(message)

    def show_inspected(self, files: Sequence[InspectedFileView]) -> None:
        """Show what files contain that somebody means to send."""
        said = (inspected_words(self._say, file) for file in files)
        close = Act(self._say("app.do.close"), bool)
        self._host.put(Sheet(titled(self._say("app.inspected")), paragraphs(*said), (close,)))

    def ask_where(self, message: MessageView, files: tuple[FileView, ...]) -> None:
        """Ask into which folder files of a message are saved."""

        def submit(form: FormSheet, values: list[str]) -> None:
            folder = Path(values[0].strip()).expanduser().absolute()
            if not values[0].strip() or not is_folder_at(folder):
                raise MisuseError("no_such_folder", path=safe(values[0].strip()))
            self._client_model.keep_save_folder(str(folder))
            form.done()
            for file in files:
                self._client_model.files.fetch(message, file.index, str(folder), self._host.fail, self._saved)

        self._client_model.read_save_folder(lambda folder: self._show_form(files, folder, submit))

    def _show_form(
        self, files: tuple[FileView, ...], folder: str | None, submit: Callable[[FormSheet, list[str]], object]
    ) -> None:
        names = tuple(shown_file_name(name, NAMED_CELLS) for name in names_of(files))
        what = files_line(names, lambda count: several(self._say, count))
        blank = Blank(self._say("app.save_folder"), folder or downloads())
        title = titled(self._say("app.key.save_files"))
        self._host.put(FormSheet(title, self._say("app.save_note", what=what), (blank,), submit, self._say))

    def _saved(self, file: SavedFileView) -> None:
        if file.path is not None:
            self._host.say_so(safe(self._say("file.saved", path=file.path)))

    def _hold(self, message: MessageView) -> None:
        """Hold what moves; where nothing does, let all go on that was held or has failed."""
        files, moving = self._client_model.files, _in(message, MOVING)
        for file in moving:
            files.pause(message, file.index, self._host.fail)
        for file in () if moving else _in(message, HELD):
            files.resume(message, file.index, self._host.fail)

    def _cancel(self, message: MessageView) -> None:
        for file in _in(message, ENDED):
            self._client_model.files.cancel(message, file.index, self._host.fail)


def downloads() -> str:
    """Give the folder into which files are saved unless another was named."""
    folder = Path.home() / "Downloads"
    return str(folder if is_folder_at(folder) else Path.home())


def _in(message: MessageView, states: frozenset[FileState]) -> list[FileView]:
    return [file for file in message.files if file.state in states]
