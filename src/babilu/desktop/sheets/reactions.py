"""Who reacted to a message and how; a button beside each joins or leaves."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api.views import MessageView, ReactionView
from babilu.desktop.language import spoken, translate
from babilu.desktop.models.message_words import who_reacted
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import Button, PlainLabel, column, empty, row
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.presentation.emoji import name_of


class ReactionsSheet(ModalSheet):
    """Shows reactions with the names of those who chose them.

    Args:
        theme: Fonts and colours.
        message: The message.
        own: The own name.
        toggle: Joins or leaves a reaction.
        other: Lets the user choose another one.
    """

    def __init__(
        self,
        theme: Theme,
        message: MessageView,
        own: str,
        toggle: Callable[[str], None],
        other: Callable[[], None],
    ) -> None:
        super().__init__(theme)
        self._message = message
        self._own = own
        self._toggle = toggle
        self.lines = column(spacing=m.TINY)
        self.buttons: list[Button] = []
        self.said: list[PlainLabel] = []
        self.other_button = Button("quiet")
        self.body.addLayout(self.lines)
        self.body.addWidget(self.other_button)
        self.other_button.clicked.connect(self.close_sheet)
        self.other_button.clicked.connect(other)

    @override
    def first_focus(self) -> QWidget:
        return self.buttons[0] if self.buttons else self.other_button

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Reactions", "Who reacted"))
        self.other_button.setText(translate("Reactions", "React otherwise…"))
        empty(self.lines)
        self.buttons, self.said = [], []
        for each in self._message.reactions:
            self.lines.addWidget(self._line(each))

    def _line(self, reaction: ReactionView) -> QWidget:
        made = QWidget()
        across = row(made, m.MEDIUM)
        who = PlainLabel(self.theme, lambda t: t.fonts.body, wraps=True, text=who_reacted(reaction, self._own))
        button = Button("quiet")
        mine = self._own in reaction.people
        button.setText(translate("Reactions", "Take back") if mine else translate("Reactions", "React so, too"))
        button.setAccessibleName(f"{button.text()}: {name_of(reaction.emoji, spoken())}")
        button.clicked.connect(lambda: self._take(reaction.emoji))
        across.addWidget(who, 1)
        across.addWidget(button)
        self.said.append(who)
        self.buttons.append(button)
        return made

    def _take(self, emoji: str) -> None:
        self.close_sheet()
        self._toggle(emoji)
