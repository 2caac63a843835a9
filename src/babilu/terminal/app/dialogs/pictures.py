"""Pictures: those of messages over the whole screen or in another program, and the one of oneself."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from babilu.api import commands as c
from babilu.api.views import FileView, MessageView
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import SHOWN_SIDE
from babilu.kernel.states import FileState
from babilu.local_paths import is_file_at
from babilu.presentation.client_bridge import Failed
from babilu.presentation.files import MOVING, waits_for
from babilu.presentation.picture_look import PictureLook
from babilu.presentation.pictures import picture_words, pictures_of
from babilu.presentation.sizes import size_text
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.cells import label, safe
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.file_words import progress_text, shown_file_name, state_text
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.pages import Act
from babilu.terminal.app.parts import question
from babilu.terminal.app.picture_screen import PictureScreen, PictureWords
from babilu.terminal.app.sheets import Blank, FormSheet, titled

NAMED_CELLS: Final = 50
HELD: Final = frozenset({FileState.PAUSED, FileState.FAILED})

AskWhere = Callable[[MessageView, tuple[FileView, ...]], None]
"""Asks where to save files of a message."""


class PictureDialogs(Dialogs):
    """What is done with the pictures of a message, and with those that stand for somebody."""

    _screen: PictureScreen | None = None

    def look_at(self, message: MessageView, ask_where: AskWhere, left: Callable[[MessageId], None]) -> None:
        """Show the first picture of a message.

        Args:
            message: The message.
            ask_where: Asks where to save it.
            left: Called with the message of the picture that was seen last.
        """
        pictures = pictures_of(message)
        if not pictures:
            self._host.say_so(self._say("app.no_pictures"))
            return
        model = self._client_model
        look = PictureLook(model.request, model.room, model.pages, message, pictures[0].index)
        self._screen = PictureScreen(
            look,
            lambda: self._words(look),
            lambda: self._acts(look, ask_where),
            left,
            coloured=bool(self._around.symbols.half),
        )
        self._host.put(self._screen)

    def follow(self) -> None:
        """Take over what has become of the picture that is looked at."""
        if self._screen is not None and self._screen.is_mounted:
            self._screen.picture_look.follow()
            self._screen.renew()

    def erased(self, message: MessageId) -> None:
        """Hear that a message is gone."""
        if self._screen is not None and self._screen.is_mounted:
            self._screen.picture_look.erased(message)

    def ask_own(self) -> None:
        """Ask for the path of a picture that contacts are to see of oneself."""

        def submit(form: FormSheet, values: list[str]) -> None:
            self._change_own(picture_path(values[0]), form.done, form.fail)

        title, note = titled(self._say("app.do.own_picture")), self._say("app.own_picture_note")
        blank = Blank(self._say("app.picture_path"))
        self._host.put(FormSheet(title, note, (blank,), submit, self._say))

    def take_own_away(self) -> None:
        """Show contacts no picture of oneself any more."""
        self._change_own(None, bool, self._host.fail)

    def _change_own(self, path: str | None, done: Callable[[], object], failed: Failed) -> None:
        def changed(_: object) -> None:
            done()
            self._host.say_so(self._say("did.picture" if path is not None else "did.picture.off"))

        self._client_model.ask(c.SetProfilePicture(path), changed, failed)

    def _words(self, look: PictureLook) -> PictureWords:
        file, message = look.file, look.message
        if file is None:
            return PictureWords("", "", self._say("app.picture.gone"))
        place, count = look.number
        number = "  " + self._say("app.picture.number", place=place, all=count) if count > 1 else ""
        who = self._say("app.you") if message.outgoing else label(message.sender, NAME_CELLS)
        at = self._around.time_format.whole(message.at)
        about = "  ".join((who, at, size_text(file.size, self._say.point), picture_words(file)))
        return PictureWords(f"{shown_file_name(file.name, NAMED_CELLS)}{number}", about, self._state(look, file))

    def _state(self, look: PictureLook, file: FileView) -> str:
        """Say why nothing sharp is seen, or what becomes of the file; nothing where there is nothing to say."""
        if look.error is not None:
            return safe(self._say.file_problem(look.error.code))
        if file.state in MOVING and not look.message.outgoing and file.size and waits_for(file) is None:
            return progress_text(self._say, file, self._client_model.files.pace(look.message, file.index))
        if not look.is_here or file.state in HELD:
            return safe(state_text(self._say, file, None))
        if not self._around.symbols.half:
            return self._say("app.picture.no_colours")
        return "" if look.picture is not None else self._say("app.picture.opening")

    def _acts(self, look: PictureLook, ask_where: AskWhere) -> list[Act]:
        file, message, files = look.file, look.message, self._client_model.files
        acts: list[Act] = []
        if file is None:
            return acts
        index, fail = file.index, self._host.fail
        if file.state in {FileState.OFFERED, FileState.FREED}:
            acts.append(Act(self._say("app.do.fetch"), lambda: files.fetch(message, index, None, fail)))
        elif file.state in MOVING and not message.outgoing:
            acts.append(Act(self._say("app.do.pause"), lambda: files.pause(message, index, fail)))
        elif file.state in HELD:
            acts.append(Act(self._say("app.do.go_on"), lambda: files.resume(message, index, fail)))
        if look.error is not None and not look.is_broken:
            acts.append(Act(self._say("app.do.again"), look.again))
        acts.append(Act(self._say("app.do.save_file"), lambda: ask_where(message, (file,))))
        if look.is_here and not look.is_broken:
            acts.append(Act(self._say("app.do.outside"), lambda: self._ask_outside(message, file)))
        return acts

    def _ask_outside(self, message: MessageView, file: FileView) -> None:
        """Ask whether another program may show it; that program gets a copy made of pixels, and no stranger's bytes."""
        command = c.GetPicture(message.id, file.index, SHOWN_SIDE, message.conversation_id.hex())
        request = lambda: self._client_model.request(command, self._host.open_outside, self._host.fail)  # noqa: E731
        act = Act(self._say("app.do.outside"), request)
        self._host.put(question(self._say, titled(self._say("app.outside")), self._say("app.outside_note"), act))


def picture_path(written: str) -> str:
    """Give the absolute path that somebody has written.

    Raises:
        MisuseError: It names no file.
    """
    path = Path(written.strip()).expanduser().absolute()
    if not written.strip() or not is_file_at(path):
        raise MisuseError("no_such_file", path=safe(written.strip()))
    return str(path)
