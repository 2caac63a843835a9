"""Chooses to whom a message is forwarded: several people, found by a few letters of their names."""

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from babilu.api.views import MessageView
from babilu.desktop.language import translate
from babilu.desktop.models.message_words import body_line
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, column, row
from babilu.desktop.widgets.controls import Switch
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.desktop.widgets.people_picker import PeoplePicker
from babilu.kernel.states import MediaKind

MOST: Final = 20
"""So many people at once; the client takes no more."""


class ForwardSheet(ModalSheet):
    """Chooses people.

    Args:
        theme: Fonts and colours.
        message: What is forwarded.
        names: Whom one can choose: labels of conversations, with what they are called.
        forward: What is done with the names; also told whether pictures keep every byte.
    """

    def __init__(
        self,
        theme: Theme,
        message: MessageView,
        names: Mapping[str, str],
        forward: Callable[[tuple[str, ...], bool], None],
    ) -> None:
        super().__init__(theme)
        self._message = message
        self._forward = forward
        quote = QFrame()
        quote.setObjectName("inset")
        self.quote = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        column(quote, 0, (m.MEDIUM, m.SMALL, m.MEDIUM, m.SMALL)).addWidget(self.quote)
        self.picker = PeoplePicker(theme, names, MOST)
        self.field, self.list = self.picker.field, self.picker.list
        self.bytes_switch = Switch(theme)
        self.bytes_switch.setVisible(any(file.kind is MediaKind.PICTURE for file in message.files))
        self.hint = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.button = Button("primary")
        buttons = row()
        buttons.addWidget(self.hint, 1)
        buttons.addWidget(self.button)
        for widget in (quote, self.picker, self.bytes_switch):
            self.body.addWidget(widget)
        self.body.addLayout(buttons)
        self.picker.changed.connect(self._say)
        self.picker.finished.connect(self._send)
        self.button.clicked.connect(self._send)

    @property
    def chosen(self) -> list[str]:
        """To whom it is forwarded."""
        return self.picker.chosen

    def choose(self, name: str) -> None:
        """Choose somebody, or no longer."""
        self.picker.choose(name)

    @override
    def first_focus(self) -> QWidget:
        return self.field

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Forward", "Forward to"))
        self.quote.setText(body_line(self._message))
        self.picker.retranslate()
        self.bytes_switch.setText(translate("Attachments", "Send pictures as files, with all that they contain"))
        self._say()

    def _say(self) -> None:
        count = len(self.chosen)
        self.button.setEnabled(count > 0)
        self.button.setText(
            translate("Forward", "Forward to %n", None, count) if count else translate("Forward", "Forward")
        )
        full = translate("Forward", "At most %n people at once.", None, MOST)
        self.hint.setText(full if self.picker.is_full else self.picker.chosen_names())

    def _send(self) -> None:
        if self.chosen:
            self.close_sheet()
            self._forward(tuple(self.chosen), self.bytes_switch.isChecked())
