"""A small bar beside the message under the pointer: reply, react, and all else."""

from typing import Final

from PySide6.QtCore import QEvent, QRectF, Signal
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from babilu.desktop.language import translate
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import IconButton, retranslates, row
from babilu.desktop.widgets.message_acts import ICONS, KEYS, MessageAct, act_name
from babilu.kernel.ids import MessageId

OFFERED: Final = (MessageAct.REPLY, MessageAct.REACT)


class HoverBar(QFrame):
    """Offers acts for one message.

    Attributes:
        message: The message that it belongs to, or None.
    """

    act_chosen = Signal(object, object)
    """Id of the message, and `MessageAct`."""

    menu_wanted = Signal(object)
    """Id of the message whose menu is wanted."""

    def __init__(self, theme: Theme, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.message: MessageId | None = None
        self.setObjectName("popup")
        self.buttons = {act: IconButton(theme, ICONS[act]) for act in OFFERED}
        self.more_button = IconButton(theme, "more")
        across = row(self, 0, (2, 2, 2, 2))
        for act, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, act=act: self.act_chosen.emit(self.message, act))
            across.addWidget(button)
        self.more_button.clicked.connect(lambda: self.menu_wanted.emit(self.message))
        across.addWidget(self.more_button)
        self.retranslate()
        self.hide()

    def put(self, message: MessageId, box: QRectF, *, outgoing: bool) -> None:
        """Show it beside a bubble."""
        if message == self.message and self.isVisible():
            return
        self.message = message
        self.adjustSize()
        room = self._over.rect()
        left = box.left() - self.width() - m.SMALL if outgoing else box.right() + m.SMALL
        left = min(max(left, 0.0), room.width() - self.width())
        top = min(max(box.top(), 0.0), max(0.0, room.height() - self.height()))
        self.move(round(left), round(top))
        self.show()

    def leave(self) -> None:
        """Belong to no message."""
        self.message = None
        self.hide()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        for act, button in self.buttons.items():
            button.call_it(act_name(act), KEYS.get(act, ""))
        self.more_button.call_it(translate("HoverBar", "More"), "Menu")

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()
