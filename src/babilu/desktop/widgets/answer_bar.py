"""Above where one writes: what one replies to, or which message gets another wording and how long that is possible."""

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from babilu.api.views import MessageView
from babilu.desktop.language import translate
from babilu.desktop.models.message_words import body_line, duration
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import ElidedLabel, IconButton, column, retranslates, row
from babilu.kernel.ports import Clock

SECOND_MS = 1_000


class AnswerBar(QFrame):
    """Shows the message that one replies to or edits, with a button that leaves it."""

    left = Signal()

    def __init__(self, theme: Theme, clock: Clock) -> None:
        super().__init__()
        self._theme = theme
        self._clock = clock
        self._message: MessageView | None = None
        self._edits = False
        self.setObjectName("inset")
        self.title = ElidedLabel(theme, lambda t: t.fonts.strong, "accent")
        self.line = ElidedLabel(theme, lambda t: t.fonts.small, "muted")
        self.close_button = IconButton(theme, "close")
        self.close_button.clicked.connect(self.left)
        lines = column(spacing=0)
        lines.addWidget(self.title)
        lines.addWidget(self.line)
        words = QWidget()
        words.setLayout(lines)
        across = row(self, m.SMALL, (m.MEDIUM, m.TINY, m.TINY, m.TINY))
        across.addWidget(words, 1)
        across.addWidget(self.close_button)
        self._second = QTimer(self)
        self._second.setInterval(SECOND_MS)
        self._second.timeout.connect(self._say)
        self._say()
        self.hide()

    def show_reply(self, message: MessageView) -> None:
        """Show what one replies to."""
        self._show(message, edits=False)

    def show_edit(self, message: MessageView) -> None:
        """Show which message gets another wording, and what is left of the time for it."""
        self._show(message, edits=True)
        self._second.start()

    def clear(self) -> None:
        """Show nothing."""
        self._message = None
        self._second.stop()
        self.hide()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self._say()

    def _show(self, message: MessageView, *, edits: bool) -> None:
        self._message, self._edits = message, edits
        self._second.stop()
        self._say()
        self.show()

    def _say(self) -> None:
        as_it_is, no_reply = translate("AnswerBar", "Leave the message as it is"), translate("AnswerBar", "No reply")
        self.close_button.call_it(as_it_is if self._edits else no_reply, "Esc")
        message = self._message
        if message is None:
            return
        self.title.say(self._edit_title(message) if self._edits else reply_title(message))
        self.line.say(body_line(message))

    def _edit_title(self, message: MessageView) -> str:
        if message.editable_until is None:
            return translate("AnswerBar", "Another wording")
        seconds = max(0, (message.editable_until - self._clock.now_ms()) // SECOND_MS)
        if not seconds:
            return translate("AnswerBar", "It can no longer be edited")
        return translate("AnswerBar", "Another wording · {0} left").format(duration(seconds))


def reply_title(message: MessageView) -> str:
    """Say whom one replies to."""
    if message.outgoing:
        return translate("AnswerBar", "Reply to yourself")
    return translate("AnswerBar", "Reply to {0}").format(person(message.sender))
