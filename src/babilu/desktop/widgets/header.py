"""The head of a conversation: who it is with, how sure that is, and which way messages go."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget
from typing_extensions import override

from babilu.api.views import ContactView, LinkState, PresenceState
from babilu.desktop.language import translate
from babilu.desktop.models.connection_status import Overview
from babilu.desktop.plain_text import person
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import Avatar
from babilu.desktop.widgets.basics import ElidedLabel, IconButton, column, retranslates, row
from babilu.kernel.states import Trust


class Header(QWidget):
    """Name, badge and route of the open conversation, and what can be done with it."""

    details_wanted = Signal()

    def __init__(self, theme: Theme, overview: Overview) -> None:
        super().__init__()
        self._theme = theme
        self._overview = overview
        self._contact: ContactView | None = None
        self.setObjectName("header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.avatar = Avatar(theme, m.AVATAR_SMALL)
        self.name = ElidedLabel(theme, lambda t: t.fonts.strong)
        self.badge = QLabel()
        self.badge.setTextFormat(Qt.TextFormat.PlainText)
        self.way = ElidedLabel(theme, lambda t: t.fonts.small, "muted")
        self.search_button = IconButton(theme, "search")
        self.call_button = IconButton(theme, "direct")
        self.details_button = IconButton(theme, "info")
        self.details_button.clicked.connect(self.details_wanted)
        names = row(spacing=6)
        self.name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        names.addWidget(self.name, 1)
        names.addWidget(self.badge, 0)
        names.addStretch(0)
        lines = column(spacing=1)
        lines.addStretch()
        lines.addLayout(names)
        lines.addWidget(self.way)
        lines.addStretch()
        across = row(self, m.SMALL, (m.LARGE, 0, m.SMALL, 0))
        across.addWidget(self.avatar)
        across.addSpacing(m.TINY)
        across.addLayout(lines, 1)
        for button in (self.search_button, self.call_button, self.details_button):
            across.addWidget(button)
        overview.changed.connect(self._say_way)
        theme.changed.connect(self._refresh)
        self.retranslate()

    def show_contact(self, contact: ContactView) -> None:
        """Show a contact as it stands now."""
        self._contact = contact
        self._refresh()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.search_button.call_it(translate("Header", "Search in this conversation"), "Ctrl+F")
        self.call_button.call_it(translate("Header", "Talk directly"))
        self.details_button.call_it(translate("Header", "About this contact"), "Ctrl+I")
        self._refresh()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.position().x() < self.search_button.x():
            self.details_wanted.emit()

    def _refresh(self) -> None:
        self.setFixedHeight(round(m.HEADER_HEIGHT * self._theme.scale))
        contact = self._contact
        if contact is None:
            return
        self.avatar.show_name(contact.name)
        self.name.say(person(contact.name))
        icon, colour, words = badge_of(contact, self._theme)
        self.badge.setVisible(bool(icon))
        if icon:
            self.badge.setPixmap(self._theme.pixmap(icon, colour, self._theme.scaled(18)))
            self.badge.setAccessibleName(words)
            self.badge.setToolTip(words)
        self._say_way()

    def _say_way(self) -> None:
        if self._contact is not None:
            self.way.say(way_of(self._contact, self._overview))


def badge_of(contact: ContactView, theme: Theme) -> tuple[str, str, str]:
    """Give icon, colour and words for what is known about a contact; the words come from the engine's view alone."""
    if contact.trust is Trust.VERIFIED:
        return "verified", theme.colours.positive, translate("Header", "Verified")
    if contact.trust is Trust.CHANGED:
        return "warning", theme.colours.danger, translate("Header", "Identity changed")
    return "", "", ""


def way_of(contact: ContactView, overview: Overview) -> str:
    """Say which way messages of a contact go now."""
    parts = []
    if contact.trust is Trust.VERIFIED:
        parts.append(translate("Header", "verified"))
    if contact.blocked:
        parts.append(translate("Header", "blocked"))
    elif contact.connected:
        address = f" {contact.address}" if contact.address else ""
        parts.append(translate("Header", "direct connection{0}").format(address))
    elif overview.link is LinkState.ONLINE and contact.account:
        online = contact.presence is PresenceState.ONLINE
        parts.extend([translate("Header", "online")] if online else [])
        parts.append(translate("Header", "through the relay"))
    elif overview.link is LinkState.NONE or not contact.account:
        parts.append(translate("Header", "not connected: messages wait here"))
    else:
        parts.append(translate("Header", "offline: messages wait here"))
    return " · ".join(parts)
