"""A group that somebody added oneself to, or somebody who wants to join one: no text is shown until one decides."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api.group_views import GroupInvitationView, JoinRequestView
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import full_time, translate
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import Avatar
from babilu.desktop.widgets.basics import Button, Card, PlainLabel, centred, column, retranslates, row, scrolling
from babilu.kernel.errors import BabiluError

Waiting = GroupInvitationView | JoinRequestView


class DecisionPage(QWidget):
    """Shows what waits, and asks for a decision.

    Args:
        theme: Fonts and colours.
        sentence: Says what waits, in the language in force.
    """

    accepted = Signal(object)
    declined = Signal(object)
    verify_wanted = Signal(str)
    """Name of whoever wants to join: the safety number is to be compared."""

    def __init__(self, theme: Theme, sentence: Callable[[Waiting], str]) -> None:
        super().__init__()
        self.setObjectName("canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.waiting: Waiting | None = None
        self._sentence = sentence
        self.avatar = Avatar(theme, m.AVATAR_LARGE)
        self.title = PlainLabel(theme, lambda t: t.fonts.title, wraps=True)
        self.when = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.text = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.error = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.error.hide()
        self.verify_button = Button("row")
        self.accept_button = Button("primary")
        self.decline_button = Button()
        card = Card(theme, 460)
        inside = column(card, m.MEDIUM, (m.HUGE, m.WIDE, m.HUGE, m.WIDE))
        centre = Qt.AlignmentFlag.AlignHCenter
        for label in (self.title, self.when):
            label.setAlignment(centre)
        inside.addWidget(self.avatar, 0, centre)
        for widget in (self.title, self.when, self.text, self.verify_button, self.error):
            inside.addWidget(widget)
        buttons = row(spacing=m.SMALL)
        buttons.addWidget(self.decline_button, 1)
        buttons.addWidget(self.accept_button, 1)
        inside.addLayout(buttons)
        middle = QWidget()
        stack = column(middle, 0, (m.LARGE, m.LARGE, m.LARGE, m.LARGE))
        stack.addStretch(2)
        stack.addLayout(centred(card))
        stack.addStretch(3)
        column(self).addWidget(scrolling(middle))
        self.verify_button.show_icon(theme, "shield")
        self.verify_button.clicked.connect(self._verify)
        self.accept_button.clicked.connect(lambda: self._decide(self.accepted))
        self.decline_button.clicked.connect(lambda: self._decide(self.declined))
        self.setFocusProxy(self.decline_button)
        self.retranslate()

    def show_waiting(self, waiting: Waiting) -> None:
        """Show what waits."""
        self.waiting = waiting
        self._hold(on=False)
        self.error.hide()
        if isinstance(waiting, GroupInvitationView):
            self.avatar.show_name(waiting.conversation, title=waiting.title)
        else:
            self.avatar.show_name(waiting.name)
        self.retranslate()

    def refuse(self, error: BabiluError) -> None:
        """Show why the decision could not be carried out."""
        self._hold(on=False)
        self.error.setText(sentence_for(error))
        self.error.show()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.accept_button.setText(translate("Decision", "Accept"))
        self.decline_button.setText(translate("Decision", "Decline"))
        self.verify_button.setText(translate("Decision", "Compare the safety number…"))
        waiting = self.waiting
        if waiting is None:
            return
        self.verify_button.setVisible(isinstance(waiting, JoinRequestView))
        self.title.setText(self._sentence(waiting))
        self.when.setText(full_time(waiting.at))
        if isinstance(waiting, GroupInvitationView):
            text = translate(
                "Decision",
                "Until you accept nothing that is written there is shown, and nobody learns that you have seen this. "
                "Whoever is in the group sees who else is in it.",
            )
        else:
            text = translate(
                "Decision",
                "They have a link to this group. Anybody can choose any name: ask {0} by another way whether it is "
                "them. Once they are in, everybody in the group sees what they write.",
            ).format(person(waiting.name))
        self.text.setText(text)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    def _decide(self, decided: SignalInstance) -> None:
        if self.waiting is not None and not self.accept_button.is_held:
            self._hold(on=True)
            decided.emit(self.waiting)

    def _verify(self) -> None:
        if isinstance(self.waiting, JoinRequestView):
            self.verify_wanted.emit(self.waiting.name)

    def _hold(self, *, on: bool) -> None:
        for button in (self.accept_button, self.decline_button):
            button.hold(on=on)
