"""A stranger's conversation request: a name anybody could choose, an address, a safety number, and no text."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from babilu.api.views import RequestView
from babilu.desktop.language import full_time, translate
from babilu.desktop.plain_text import grouped, person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import Avatar
from babilu.desktop.widgets.basics import Button, Card, PlainLabel, centred, column, retranslates, row, scrolling


class RequestPage(QWidget):
    """Shows a request and asks for a decision."""

    accepted = Signal(object)
    declined = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.request: RequestView | None = None
        self.avatar = Avatar(theme, m.AVATAR_LARGE)
        self.title = PlainLabel(theme, lambda t: t.fonts.title, wraps=True)
        self.place = PlainLabel(theme, lambda t: t.fonts.small, "muted", wraps=True)
        self.text = PlainLabel(theme, lambda t: t.fonts.body, wraps=True)
        self.digits = PlainLabel(theme, lambda t: t.fonts.digits, wraps=True)
        self.accept_button = Button("primary")
        self.decline_button = Button()
        card = Card(theme, 460)
        inside = column(card, m.MEDIUM, (m.HUGE, m.WIDE, m.HUGE, m.WIDE))
        centre = Qt.AlignmentFlag.AlignHCenter
        for label in (self.title, self.place, self.digits):
            label.setAlignment(centre)
        inset = QFrame()
        inset.setObjectName("inset")
        column(inset, 0, (m.MEDIUM, m.MEDIUM, m.MEDIUM, m.MEDIUM)).addWidget(self.digits)
        inside.addWidget(self.avatar, 0, centre)
        for widget in (self.title, self.place, inset, self.text):
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
        self.accept_button.clicked.connect(lambda: self.accepted.emit(self.request))
        self.decline_button.clicked.connect(lambda: self.declined.emit(self.request))
        self.setFocusProxy(self.decline_button)
        self.retranslate()

    def show_request(self, request: RequestView) -> None:
        self.request = request
        self.avatar.show_name(request.name)
        self.digits.setText(grouped(request.safety_number))
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.accept_button.setText(translate("Request", "Accept"))
        self.decline_button.setText(translate("Request", "Decline"))
        self.text.setText(
            translate(
                "Request",
                "Anybody can choose any name. Ask them by another way which thirty digits they see while they wait: "
                "those are one half of this safety number. "
                "Until you accept they learn nothing of you; a decline is not told to them.",
            )
        )
        if self.request is not None:
            name = person(self.request.name)
            self.title.setText(translate("Request", "{0} asks for a conversation").format(name))
            self.place.setText(f"{self.request.address} · {full_time(self.request.at)}")
            self.digits.setAccessibleName(translate("Request", "Safety number") + f" {self.request.safety_number}")

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()
