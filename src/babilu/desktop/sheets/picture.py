"""A picture over the whole window: its pixels come from the client, and the conversation below follows what is seen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api.views import FileView, MessageView, PictureView
from babilu.desktop.error_texts import sentence_for_file
from babilu.desktop.language import full_time, size_words, translate
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
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import SHOWN_SIDE
from babilu.kernel.states import FileState
from babilu.presentation.picture_look import PictureLook
from babilu.presentation.pictures import place_of, sides_of

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
        room, pages = client_model.messages.window, client_model.pages
        self.look = PictureLook(client_model.bridge.request, room, pages, message, index)
        self._image: QImage | None = None
        self._drawn: PictureView | None = None
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
        self._show(anew=True)

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
        self._need()

    def step(self, steps: int) -> None:
        """Show the picture before this one (-1) or after it (1)."""
        if not self.look.step(steps):
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
        self.look.changed = lambda anew: self._show(anew=anew)
        self.destroyed.connect(self.look.leave)

    def _follow(self) -> None:
        self.look.follow()

    def _erased(self, message: MessageId) -> None:
        self.look.erased(message)

    def _show(self, *, anew: bool) -> None:
        """Show the picture, as well as it is here."""
        look = self.look
        if look.picture is not self._drawn:
            self._drawn = look.picture
            self._image = None if look.picture is None else image_of(look.picture)
        self.canvas.show_picture(self._best(), self._natural(), anew=anew)
        self._need()
        self._say()
        if anew and look.file is not None and self.isVisible():
            self.seen.emit(look.message)
            announce(self, self.canvas.accessibleName())

    def _best(self) -> QImage | None:
        """Give the sharpest pixels there are of the picture."""
        file, shelf = self.look.file, self._client_model.shelf
        if file is None or self._image is not None:
            return self._image
        place = place_of(self.look.message, file)
        sharp = shelf.sharp(place)
        return sharp if sharp is not None or file.preview is None else shelf.preview(place, file.preview)

    def _natural(self) -> QSizeF:
        """Give the picture's own size; proportions are those of its pixels, once they are here, and no claim."""
        if self.look.file is None:
            return QSizeF(1, 1)
        sides = QSizeF(*sides_of(self.look.file))
        longest = min(max(sides.width(), sides.height()), SHOWN_SIDE)
        if self._image is not None:
            sides = QSizeF(self._image.size())
            drawn = max(sides.width(), sides.height())
            # What has fewer pixels than were asked for has no more.
            longest = drawn if drawn < self.look.side else max(longest, drawn)
        return sides * (longest / max(sides.width(), sides.height()))

    def _need(self) -> None:
        """Have as many pixels as are drawn."""
        if self.isVisible():
            natural = self._natural()
            longest = max(natural.width(), natural.height())
            self.look.need(round(longest * min(1.0, self.canvas.scale * self.devicePixelRatioF())))

    def _zoomed(self) -> None:
        self._need()
        self.zoom_label.setText(translate("File", "{0} %").format(round(self.canvas.scale * 100)))

    def _do(self, act: FileAct) -> None:
        file = self.look.file
        if file is not None and act in self._acts.possible(self.look.message, file):
            self._acts.do(self.look.message, file, act)

    def _press(self) -> None:
        """Do what the button below the picture offers."""
        act = self._offered()
        if act is not None:
            self._do(act)
        elif self.look.error is not None:
            self.look.again()

    def _offered(self) -> FileAct | None:
        """Give what brings the picture here or, where it cannot be shown, what brings it elsewhere."""
        file = self.look.file
        if file is None:
            return None
        if self.look.is_broken:
            return FileAct.SAVE
        if self.look.is_here and file.state not in HELD:
            return None
        possible = self._acts.possible(self.look.message, file)
        return next((act for act in BRINGING if act in possible), None)

    def _say(self) -> None:
        file, act, words = self.look.file, self._offered(), self._state()
        self.words.setText(words)
        self.words.setVisible(bool(words))
        again = act is None and self.look.error is not None and file is not None
        self.act_button.setText(translate("Menu", "Try again") if again else file_act_name(act or FileAct.SAVE))
        self._show_button(shown=again or act is not None)
        possible = () if file is None else self._acts.possible(self.look.message, file)
        self.save_button.setEnabled(FileAct.SAVE in possible)
        self.copy_button.setEnabled(FileAct.COPY in possible and self._image is not None)
        self.previous_button.setEnabled(self.look.has_neighbour(-1))
        self.next_button.setEnabled(self.look.has_neighbour(1))
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
        look, file = self.look, self.look.file
        if file is None:
            return translate("Picture", "This picture is gone.")
        if look.error is not None:
            also = translate("Picture", "It can be saved all the same.") if look.is_broken else ""
            return f"{sentence_for_file(look.error.code)} {also}".strip()
        if not look.is_here or file.state in HELD:
            return line_of(file, look.message, self._client_model.files)
        return translate("Picture", "Opening…") if self._image is None else ""

    def _number(self) -> str:
        place, count = self.look.number
        return translate("Picture", "{0} of {1}").format(place, count) if place and count > 1 else ""

    def _about(self) -> str:
        file, message = self.look.file, self.look.message
        if file is None:
            return ""
        who = translate("Message", "You") if message.outgoing else person(message.sender)
        width, height = sides_of(file)
        sides = f"{width} \N{MULTIPLICATION SIGN} {height}"
        parts = (self._number(), who, full_time(message.at), sides, size_words(file.size))
        return " · ".join(part for part in parts if part)
