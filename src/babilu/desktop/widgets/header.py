"""The head of a conversation: who it is with, how sure that is, and which way messages go."""

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget
from typing_extensions import override

from babilu.api.views import ContactView, ConversationView, LinkState, PresenceState
from babilu.desktop.language import translate
from babilu.desktop.models.connection_status import Overview
from babilu.desktop.models.group_words import members_words, stop_words_of
from babilu.desktop.models.labels import label_of
from babilu.desktop.models.message_words import imported_words
from babilu.desktop.models.timer_words import timer_name
from babilu.desktop.plain_text import one_line
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.avatar import Avatar
from babilu.desktop.widgets.basics import ElidedLabel, IconButton, column, retranslates, row
from babilu.kernel.states import ConversationKind, Trust
from babilu.presentation.group_rights import is_admin

NARROW: Final = 300
"""Width, at the usual size of text, below which the name has the room of all buttons but the last one."""


class Header(QWidget):
    """Name, badge and route of the open conversation, and what can be done with it."""

    details_wanted = Signal()
    timer_wanted = Signal()

    def __init__(self, theme: Theme, overview: Overview) -> None:
        super().__init__()
        self._theme = theme
        self._overview = overview
        self._view: ConversationView | None = None
        self._topic = ""
        self._typing = ""
        self.setObjectName("header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.avatar = Avatar(theme, m.AVATAR_SMALL)
        self.name = ElidedLabel(theme, lambda t: t.fonts.strong)
        self.badge = QLabel()
        self.badge.setTextFormat(Qt.TextFormat.PlainText)
        self.way = ElidedLabel(theme, lambda t: t.fonts.small, "muted")
        self.search_button = IconButton(theme, "search")
        self.timer_button = IconButton(theme, "timer")
        self.timer_button.clicked.connect(self.timer_wanted)
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
        self.buttons = (self.search_button, self.timer_button, self.call_button, self.details_button)
        for button in self.buttons:
            across.addWidget(button)
        overview.changed.connect(self._say_way)
        theme.changed.connect(self._refresh)
        self.retranslate()

    def show_conversation(self, view: ConversationView, *, typing: str, topic: str = "") -> None:
        """Show a conversation as it stands now.

        Args:
            view: The conversation.
            typing: Who types in it, in words; empty for nobody.
            topic: Of a group: what it is about.
        """
        self._view = view
        self._topic = topic
        self._typing = typing
        self._refresh()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.search_button.call_it(translate("Header", "Search in this conversation"), "Ctrl+F")
        self.call_button.call_it(translate("Header", "Talk directly"))
        self._refresh()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_buttons()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.childAt(event.position().toPoint()) not in self.buttons:
            self.details_wanted.emit()

    def _refresh(self) -> None:
        self.setFixedHeight(round(m.HEADER_HEIGHT * self._theme.scale))
        view = self._view
        if view is None:
            return
        contact = view.contact
        titled = view.kind in {ConversationKind.GROUP, ConversationKind.IMPORTED}
        self.avatar.show_name(view.label, title=label_of(view) if titled else "")
        self.name.say(label_of(view))
        about, of_group = translate("Header", "About this contact"), translate("Header", "About this group")
        self.details_button.call_it(of_group if view.kind is ConversationKind.GROUP else about, "Ctrl+I")
        self._show_buttons()
        self._say_timer(view.timer)
        icon, colour, words = ("", "", "") if contact is None else badge_of(contact, self._theme)
        self.badge.setVisible(bool(icon))
        if icon:
            self.badge.setPixmap(self._theme.pixmap(icon, colour, self._theme.scaled(18)))
            self.badge.setAccessibleName(words)
            self.badge.setToolTip(words)
        self._say_way()

    def _show_buttons(self) -> None:
        """Show what there is room for; what the others do is in the sheet about the contact, or has a key."""
        view = self._view
        person = view is not None and view.contact is not None
        group = view is not None and view.kind is ConversationKind.GROUP
        # In a group only admins say how long messages stay.
        may_time = view is not None and view.imported is None and (not group or is_admin(view.role))
        roomy = self.width() >= self._theme.scaled(NARROW)
        self.search_button.setVisible(roomy)
        self.timer_button.setVisible(may_time and (roomy or not (person or group)))
        self.call_button.setVisible(roomy and person)
        self.details_button.setVisible(person or group)

    def _say_timer(self, seconds: int | None) -> None:
        name = translate("Header", "Messages disappear: {0}").format(timer_name(seconds))
        self.timer_button.call_it(name)
        self.timer_button.colour_by(
            (lambda t: t.colours.muted) if seconds is None else (lambda t: t.colours.accent_text)
        )

    def _say_way(self) -> None:
        if self._view is None:
            return
        contact = self._view.contact
        if self._typing:
            self.way.say(self._typing)
        elif self._view.kind is ConversationKind.GROUP:
            self.way.say(group_way(self._view, self._topic))
        elif self._view.imported is not None:
            self.way.say(imported_words(self._view.imported))
        elif contact is None:
            self.way.say(translate("Header", "only for you"))
        else:
            self.way.say(way_of(contact, self._overview))
        self.way.tone("accent" if self._typing else "muted")


def badge_of(contact: ContactView, theme: Theme) -> tuple[str, str, str]:
    """Give icon, colour and words for what is known about a contact; the words come from the engine's view alone."""
    if contact.trust is Trust.VERIFIED:
        return "verified", theme.colours.positive, translate("Header", "Verified")
    if contact.trust is Trust.CHANGED:
        return "warning", theme.colours.danger, translate("Header", "Identity changed")
    return "", "", ""


def group_way(view: ConversationView, topic: str) -> str:
    """Say how many are in a group, and what it is about."""
    if view.role is None:
        return stop_words_of(view)
    return " · ".join(filter(None, (members_words(view), one_line(topic))))


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
