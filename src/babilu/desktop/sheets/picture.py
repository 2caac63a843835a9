"""A picture over the whole window: its pixels come from the client, and the conversation below follows what is seen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import FileView, MessageView, PictureView
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import full_time, translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.file_words import file_name
from babilu.desktop.models.picture_shelf import image_of
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, ElidedLabel, IconButton, PlainLabel, Turning, centred, row
from babilu.desktop.widgets.file_acts import FileAct, file_act_name
from babilu.desktop.widgets.file_rows import line_of
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.desktop.widgets.picture_canvas import PictureCanvas
from babilu.desktop.widgets.toast import announce
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.limits import SHOWN_SIDE
from babilu.kernel.states import FileState
from babilu.presentation.pictures import is_on_disk, neighbour, pictures_of, place_of, sides_of
from babilu.presentation.sizes import size_text

BRINGING: Final = (FileAct.FETCH, FileAct.PAUSE, FileAct.RESUME, FileAct.RETRY)
"""What the button below a picture does, where that is possible: it brings the picture here."""

HELD: Final = frozenset({FileState.PAUSED, FileState.FAILED})
TITLE_CHARACTERS: Final = 80
CONTROLS: Final = 9
"""Buttons below a picture, the label of its size among them."""


@dataclass(frozen=True, slots=True)
class PictureActs:
    """What the sheet leaves to others.

    Attributes:
        possible: Gives what can be done with a file now.
        do: Does it.
    """

    possible: Callable[[MessageView, FileView], tuple[FileAct, ...]]
    do: Callable[[MessageView, FileView, FileAct], None]


class PictureSheet(ModalSheet):
    """Shows a picture of a message, and leads to those before and after it.

    Args:
        theme: Fonts and colours.
        client_model: The conversation.
        acts: What is done with files.
        message: The message.
        index: Which of its files.
    """

    seen = Signal(object)
    """`MessageView` whose picture is looked at now."""

    def __init__(
        self, theme: Theme, client_model: DesktopModel, acts: PictureActs, message: MessageView, index: int
    ) -> None:
        super().__init__(theme, fills=True)
        self.setObjectName("viewer")
        self._client_model = client_model
        self._acts = acts
        self._message = message
        self._file = _file_of(message, index)
        self._image: QImage | None = None
        self._image_side = 0
        self._side = 0
        self._asked = 0
        self._error: BabiluError | None = None
        self._seeking = 0
        self.canvas = PictureCanvas(theme)
        self.about = ElidedLabel(theme, lambda t: t.fonts.small, "muted")
        self.words = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.act_button = Button("primary")
        self.previous_button, self.next_button = IconButton(theme, "back"), IconButton(theme, "chevron")
        self.smaller_button, self.larger_button = IconButton(theme, "minus"), IconButton(theme, "plus")
        self.fit_button, self.natural_button = IconButton(theme, "fit"), IconButton(theme, "natural")
        self.copy_button, self.save_button = IconButton(theme, "copy"), IconButton(theme, "download")
        self.zoom_label = PlainLabel(theme, lambda t: t.fonts.small, "muted")
        self._put()
        self._connect()
        self._begin()

    @property
    def message(self) -> MessageView:
        """The message whose picture is looked at."""
        return self._message

    @property
    def shown(self) -> FileView | None:
        """The picture that is looked at, or None where it is gone."""
        return self._file

    @property
    def image(self) -> QImage | None:
        """The sharp pixels that are shown, or None where they are not here."""
        return self._image

    @override
    def first_focus(self) -> QWidget:
        return self.canvas if self.act_button.isHidden() else self.act_button

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.previous_button.call_it(translate("Picture", "Previous picture"), "PgUp")
        self.next_button.call_it(translate("Picture", "Next picture"), "PgDown")
        self.smaller_button.call_it(translate("Picture", "Smaller"), "-")
        self.larger_button.call_it(translate("Picture", "Larger"), "+")
        self.fit_button.call_it(translate("Picture", "All of it"), "0")
        self.natural_button.call_it(translate("Picture", "Its own size"), "1")
        self.copy_button.call_it(file_act_name(FileAct.COPY), "Ctrl+C")
        self.save_button.call_it(file_act_name(FileAct.SAVE), "Ctrl+S")
        self._say()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Not before: nobody knows how many pixels are seen.
        self._ask()

    def step(self, steps: int) -> None:
        """Show the picture before this one (-1) or after it (1), of this message or of another of the conversation."""
        window = self._client_model.messages.window
        found = neighbour(window.messages, self._message, self._index, steps)
        self._seeking = 0
        if found is not None:
            self._message, self._file = found
            self._begin()
            self.seen.emit(self._message)
            announce(self, self.canvas.accessibleName())
        elif window.more_before if steps < 0 else window.more_after:
            # It goes on when the page has come.
            self._seeking = steps
            pages = self._client_model.pages
            (pages.older if steps < 0 else pages.newer)()
        else:
            announce(self, translate("Picture", "There is no other picture."))

    def _put(self) -> None:
        self.body.setContentsMargins(m.MEDIUM, 0, m.MEDIUM, m.MEDIUM)
        self.body.setSpacing(m.SMALL)
        self.body.addWidget(self.canvas, 1)
        self.body.addWidget(self.words)
        self.body.addLayout(centred(self.act_button))
        buttons = Turning(self._buttons_width, m.MEDIUM)
        for group in (
            (self.previous_button, self.next_button, self.copy_button, self.save_button),
            (self.smaller_button, self.zoom_label, self.larger_button, self.fit_button, self.natural_button),
        ):
            across = row(spacing=m.TINY)
            for widget in group:
                across.addWidget(widget)
            across.addStretch(1)
            buttons.parts.addLayout(across)
        tools = Turning(lambda: self._buttons_width() + self.theme.scaled(m.TEXT_MIN), m.SMALL)
        tools.parts.addWidget(self.about, 1)
        tools.parts.addWidget(buttons)
        self.body.addWidget(tools)

    def _buttons_width(self) -> int:
        """Tell how much width the buttons need beside each other."""
        return CONTROLS * (self.theme.scaled(m.ICON_BUTTON) + m.TINY) + m.MEDIUM

    def _connect(self) -> None:
        canvas = self.canvas
        for button, keys, act in (
            (self.previous_button, ("PgUp",), lambda: self.step(-1)),
            (self.next_button, ("PgDown",), lambda: self.step(1)),
            (self.smaller_button, ("-",), lambda: canvas.zoom(-1)),
            (self.larger_button, ("+", "="), lambda: canvas.zoom(1)),
            (self.fit_button, ("0",), canvas.fit),
            (self.natural_button, ("1",), canvas.natural),
            (self.copy_button, ("Ctrl+C",), lambda: self._do(FileAct.COPY)),
            (self.save_button, ("Ctrl+S",), lambda: self._do(FileAct.SAVE)),
        ):
            button.clicked.connect(act)
            for each in keys:
                shortcut = QShortcut(QKeySequence(each), self)
                shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                shortcut.activated.connect(act)
        self.act_button.clicked.connect(self._press)
        canvas.stepped.connect(self.step)
        canvas.zoomed.connect(self._zoomed)
        model = self._client_model.messages
        for signal in (model.dataChanged, model.modelReset, model.rowsInserted, model.rowsRemoved):
            signal.connect(self._follow)
        self._client_model.room_changed.connect(self._say)
        self._client_model.erased.connect(self._erased)

    @property
    def _index(self) -> int:
        return -1 if self._file is None else self._file.index

    def _follow(self) -> None:
        """Take over what has become of the picture, and go on looking for another one where a page has come."""
        row_number = self._client_model.messages.window.row_of(self._message.id)
        if row_number is not None and self._file is not None:
            message = self._client_model.messages.message(row_number)
            file = _file_of(message, self._index)
            came = file is not None and is_on_disk(message, file) and not is_on_disk(self._message, self._file)
            self._message, self._file = message, file
            if file is None:
                self._begin()
            elif came:
                self._ask()
            self._say()
        if self._seeking:
            self.step(self._seeking)

    def _erased(self, message: object) -> None:
        if message == self._message.id and self._file is not None:
            self._file = None
            self._begin()

    def _begin(self) -> None:
        """Show another picture, as well as it is here."""
        self._image, self._image_side, self._side, self._error = None, 0, 0, None
        self._asked += 1
        self._draw(anew=True)
        self._ask()
        self._say()

    def _draw(self, *, anew: bool) -> None:
        file, shelf, image = self._file, self._client_model.shelf, self._image
        if file is not None and image is None:
            place = place_of(self._message, file)
            image = shelf.sharp(place)
            if image is None and file.preview is not None:
                image = shelf.preview(place, file.preview)
        self.canvas.show_picture(image, self._natural(), anew=anew)

    def _natural(self) -> QSizeF:
        """Give the picture's own size; proportions are those of its pixels, once they are here, and no claim."""
        if self._file is None:
            return QSizeF(1, 1)
        sides = QSizeF(*sides_of(self._file))
        longest = min(max(sides.width(), sides.height()), SHOWN_SIDE)
        if self._image is not None:
            sides = QSizeF(self._image.size())
            drawn = max(sides.width(), sides.height())
            # What has fewer pixels than were asked for has no more.
            longest = drawn if drawn < self._image_side else max(longest, drawn)
        return sides * (longest / max(sides.width(), sides.height()))

    def _ask(self) -> None:
        """Ask for as many pixels as are drawn, unless they are here or under way."""
        file = self._file
        if file is None or self._error is not None or not self.isVisible() or not is_on_disk(self._message, file):
            return
        natural = self._natural()
        drawn = max(natural.width(), natural.height()) * min(1.0, self.canvas.scale * self.devicePixelRatioF())
        side = max(1, min(SHOWN_SIDE, round(drawn)))
        if side <= self._side:
            return
        self._side = side
        self._asked += 1
        asked = self._asked

        def came(picture: PictureView) -> None:
            if isValid(self) and asked == self._asked:
                self._image, self._image_side = image_of(picture), side
                self._draw(anew=False)
                self._say()

        def failed(error: BabiluError) -> None:
            if isValid(self) and asked == self._asked:
                self._error, self._side = error, 0
                self._say()

        command = c.GetPicture(self._message.id, file.index, side, self._message.conversation_id.hex())
        self._client_model.bridge.request(command, came, failed)

    def _zoomed(self) -> None:
        self._ask()
        self.zoom_label.setText(translate("File", "{0} %").format(round(self.canvas.scale * 100)))

    def _do(self, act: FileAct) -> None:
        if self._file is not None and act in self._acts.possible(self._message, self._file):
            self._acts.do(self._message, self._file, act)

    def _press(self) -> None:
        """Do what the button below the picture offers."""
        act = self._offered()
        if act is not None:
            self._do(act)
        elif self._error is not None:
            self._begin()

    def _offered(self) -> FileAct | None:
        """Give what brings the picture here or, where it cannot be shown, what brings it elsewhere."""
        file = self._file
        if file is None:
            return None
        if self._error is not None and self._error.code is ErrorCode.CANNOT_SHOW:
            return FileAct.SAVE
        if is_on_disk(self._message, file) and file.state not in HELD:
            return None
        possible = self._acts.possible(self._message, file)
        return next((act for act in BRINGING if act in possible), None)

    def _say(self) -> None:
        file, act = self._file, self._offered()
        words = self._state()
        self.words.setText(words)
        self.words.setVisible(bool(words))
        retry = act is None and self._error is not None and file is not None
        self.act_button.setText(translate("Menu", "Try again") if retry else file_act_name(act or FileAct.SAVE))
        self._show_button(shown=retry or act is not None)
        possible = () if file is None else self._acts.possible(self._message, file)
        self.save_button.setEnabled(FileAct.SAVE in possible)
        self.copy_button.setEnabled(FileAct.COPY in possible and self._image is not None)
        window = self._client_model.messages.window
        for button, steps, more in (
            (self.previous_button, -1, window.more_before),
            (self.next_button, 1, window.more_after),
        ):
            found = neighbour(window.messages, self._message, self._index, steps)
            button.setEnabled(more or found is not None)
        name = "" if file is None else file_name(file.name)
        self.title.setText(name if len(name) <= TITLE_CHARACTERS else f"{name[:40]}…{name[-30:]}")
        self.about.say(self._about())
        self.canvas.setAccessibleName(", ".join(part for part in (name, self._number(), words) if part))
        self.canvas.setAccessibleDescription(
            translate("Picture", "Plus and minus zoom, the arrows move it, Page Up and Page Down lead to others.")
        )

    def _show_button(self, *, shown: bool) -> None:
        """Show the button or not; a focus that it had goes to the picture, and not to whatever comes next."""
        if not shown and self.act_button.hasFocus():
            self.canvas.setFocus()
        self.act_button.setVisible(shown)

    def _state(self) -> str:
        """Say why nothing sharp is seen, or what becomes of the file; nothing where there is nothing to say."""
        file = self._file
        if file is None:
            return translate("Picture", "This picture is gone.")
        if self._error is not None:
            broken = self._error.code is ErrorCode.CANNOT_SHOW
            also = translate("Picture", "It can be saved all the same.") if broken else ""
            return f"{sentence_for(self._error)} {also}".strip()
        if not is_on_disk(self._message, file) or file.state in HELD:
            return line_of(file, self._message, self._client_model.files)
        if self._image is None:
            return translate("Picture", "Opening…")
        return ""

    def _number(self) -> str:
        album = pictures_of(self._message)
        if self._file is None or len(album) < 2:
            return ""
        place = [file.index for file in album].index(self._file.index) + 1
        return translate("Picture", "{0} of {1}").format(place, len(album))

    def _about(self) -> str:
        file, message = self._file, self._message
        if file is None:
            return ""
        who = translate("Message", "You") if message.outgoing else person(message.sender)
        width, height = sides_of(file)
        parts = (self._number(), who, full_time(message.at), f"{width} × {height}", size_text(file.size))
        return " · ".join(part for part in parts if part)


def _file_of(message: MessageView, index: int) -> FileView | None:
    return next((file for file in pictures_of(message) if file.index == index), None)
