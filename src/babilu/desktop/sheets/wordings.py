"""Every wording of an edited message with its time, the newest first."""

from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.views import MessageView, WordingView
from babilu.desktop.bridge import QtBridge
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.language import full_time, translate
from babilu.desktop.plain_text import shown
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import PlainLabel, column, empty
from babilu.desktop.widgets.modal_sheet import ModalSheet
from babilu.kernel.errors import BabiluError


class WordingsSheet(ModalSheet):
    """Shows what a message said, and since when; its texts are shown as they were written, marks included."""

    def __init__(self, theme: Theme, bridge: QtBridge, message: MessageView) -> None:
        super().__init__(theme)
        self._wordings: tuple[WordingView, ...] = ()
        self.trouble = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.trouble.hide()
        self.lines = column(spacing=m.MEDIUM)
        self.body.addWidget(self.trouble)
        self.body.addLayout(self.lines)
        bridge.request(c.Wordings(message.id, message.conversation_id.hex()), self._take, self._refused)

    @override
    def first_focus(self) -> QWidget:
        return self.close_button

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(translate("Wordings", "Wordings"))
        empty(self.lines)
        for number, wording in enumerate(reversed(self._wordings)):
            at = full_time(wording.at)
            since = translate("Wordings", "Now, since {0}") if number == 0 else translate("Wordings", "From {0}")
            box = QFrame()
            box.setObjectName("inset")
            inside = column(box, m.TINY, (m.MEDIUM, m.SMALL, m.MEDIUM, m.SMALL))
            inside.addWidget(
                PlainLabel(self.theme, lambda t: t.fonts.small, "muted", wraps=True, text=since.format(at))
            )
            text = shown(wording.text).text
            inside.addWidget(PlainLabel(self.theme, lambda t: t.fonts.body, wraps=True, text=text))
            self.lines.addWidget(box)

    def _take(self, wordings: tuple[WordingView, ...]) -> None:
        self._wordings = wordings
        self.retranslate()

    def _refused(self, error: BabiluError) -> None:
        self.trouble.setText(sentence_for(error))
        self.trouble.show()
