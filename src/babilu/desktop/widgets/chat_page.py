"""The open profile: the list on the left, and on the right a conversation, a request, or nothing yet."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget
from typing_extensions import override

from babilu.api import commands as c
from babilu.api.group_views import GroupInvitationView
from babilu.api.views import ContactView, RequestView
from babilu.desktop.error_texts import sentence_for_certificate
from babilu.desktop.language import translate
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.group_words import decision_title
from babilu.desktop.preferences import PreferenceStore
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.basics import PlainLabel, column, retranslates
from babilu.desktop.widgets.brand import brand
from babilu.desktop.widgets.conversation_page import ConversationPage
from babilu.desktop.widgets.decision_page import DecisionPage, Waiting
from babilu.desktop.widgets.link_banner import LinkBanner
from babilu.desktop.widgets.request_page import RequestPage
from babilu.desktop.widgets.sidebar import Sidebar


class ChatPage(QWidget):
    """List and conversation side by side."""

    def __init__(self, client_model: DesktopModel, theme: Theme, preferences: PreferenceStore) -> None:
        super().__init__()
        self._client_model = client_model
        self._accepted = ""
        self.setObjectName("page")
        self.sidebar = Sidebar(client_model, theme)
        self.conversation = ConversationPage(client_model, theme, preferences)
        self.request = RequestPage(theme)
        self.decision = DecisionPage(theme, lambda waiting: decision_title(waiting, client_model.conversations))
        self.placeholder = QWidget()
        self.placeholder.setObjectName("canvas")
        self.placeholder.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.hint = PlainLabel(theme, lambda t: t.fonts.body, "muted", wraps=True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        centre = Qt.AlignmentFlag.AlignHCenter
        stack = column(self.placeholder, m.LARGE, (m.LARGE, 0, m.LARGE, 0))
        stack.addStretch(1)
        stack.addWidget(brand(64), 0, centre)
        stack.addWidget(self.hint)
        stack.addStretch(1)
        self.right = QStackedWidget()
        self.right.setMinimumWidth(m.PAGE_MIN)
        for page in (self.placeholder, self.conversation, self.request, self.decision):
            self.right.addWidget(page)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.sidebar)
        self.splitter.addWidget(self.right)
        self.splitter.setStretchFactor(1, 1)
        self._theme = theme
        self._is_divided = False
        self.link_banner = LinkBanner(theme)
        outer = column(self)
        outer.addWidget(self.link_banner)
        outer.addWidget(self.splitter, 1)
        self.sidebar.conversation_chosen.connect(self.open)
        self.sidebar.request_chosen.connect(self.show_request)
        self.sidebar.decision_chosen.connect(self.show_decision)
        self.sidebar.found_chosen.connect(self.conversation.show_message)
        self.sidebar.typed.connect(self.typed)
        self.request.accepted.connect(self._accept)
        self.request.declined.connect(self._decline)
        self.decision.accepted.connect(self._accept_group)
        self.decision.declined.connect(self._decline_group)
        self.link_banner.try_wanted.connect(client_model.try_now)
        self.link_banner.left_with_focus.connect(self._focus_talk)
        self.link_banner.fingerprint_given.connect(self._trust_certificate)
        theme.changed.connect(self._divide)
        self.splitter.splitterMoved.connect(self._take_over)
        client_model.overview.changed.connect(self._follow_link)
        client_model.opened.connect(self._opened)
        client_model.ready.connect(self._ready)
        client_model.rows.layoutChanged.connect(self._requests_changed)
        self.retranslate()

    def open(self, name: str) -> None:
        """Open a conversation."""
        self._client_model.open(name)
        self.right.setCurrentWidget(self.conversation)
        self.conversation.composer.setFocus()

    def show_request(self, request: RequestView) -> None:
        """Show a conversation request."""
        self.conversation.composer.keep()
        self._client_model.write_to_nobody()
        self.request.show_request(request)
        self.right.setCurrentWidget(self.request)
        self.request.setFocus()

    def show_decision(self, waiting: Waiting) -> None:
        """Show a group that one was added to, or somebody who wants to join one."""
        self.conversation.composer.keep()
        self._client_model.write_to_nobody()
        self.decision.show_waiting(waiting)
        self.right.setCurrentWidget(self.decision)
        self.decision.setFocus()

    def leave_conversation(self) -> None:
        """Show no conversation."""
        self.conversation.composer.keep()
        self._client_model.write_to_nobody()
        self.sidebar.select("")
        self.right.setCurrentWidget(self.placeholder)
        self.sidebar.list.setFocus()

    def open_when_listed(self, name: str) -> None:
        """Open a conversation as soon as the list has it."""
        self._wait_for(name)

    def step(self, by: int) -> None:
        """Go to the conversation that is so many rows further."""
        names = self._names()
        if names:
            now = names.index(self._client_model.here) if self._client_model.here in names else (-1 if by > 0 else 0)
            self.open(names[(now + by) % len(names)])

    def open_number(self, number: int) -> None:
        """Open a conversation by its place in the list, counted from 0."""
        names = self._names()
        if number < len(names):
            self.open(names[number])

    def _names(self) -> list[str]:
        return [view.id.hex() for view in self._client_model.conversations.values() if not view.archived]

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.hint.setText(translate("ChatPage", "Choose a conversation, or begin one with Ctrl+N"))

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._divide()

    def _divide(self) -> None:
        """Give the list its share, which grows with the text, until the user has moved the border."""
        if not self._is_divided:
            left = min(self._theme.scaled(m.SIDEBAR), max(m.SIDEBAR, round(self.width() * m.SIDEBAR_SHARE)))
            self.splitter.setSizes([left, max(0, self.width() - left)])

    def _take_over(self) -> None:
        self._is_divided = True

    def _opened(self, name: str) -> None:
        if name:
            self.right.setCurrentWidget(self.conversation)
        else:
            self.right.setCurrentWidget(self.placeholder)

    def _follow_link(self) -> None:
        self.link_banner.show_trouble(self._client_model.overview.trouble)
        self.link_banner.follow(self._client_model.overview.link)

    def _trust_certificate(self, certificate: bytes) -> None:
        self._client_model.ask(
            c.TrustCertificate(certificate),
            failed=lambda error: self.link_banner.refuse(sentence_for_certificate(error)),
        )

    def _focus_talk(self) -> None:
        """Give the focus to where one writes, or chooses to whom; Qt would give it to the next button."""
        place: QWidget = self.conversation.composer if self.conversation.isVisible() else self.sidebar.list
        place.setFocus()

    def typed(self, text: str) -> None:
        """Write what was typed where nobody wanted it."""
        if self.right.currentWidget() is self.conversation:
            self.conversation.type_text(text)

    def _accept(self, request: RequestView) -> None:
        self._client_model.bridge.request(
            c.Accept(request.id, request.identity),
            lambda accepted: self._wait_for(
                accepted.name if isinstance(accepted, ContactView) else accepted.conversation_id.hex()
            ),
        )

    def _accept_group(self, waiting: Waiting) -> None:
        def accepted(_: object) -> None:
            if isinstance(waiting, GroupInvitationView):
                self._wait_for(waiting.conversation_id.hex())

        self._client_model.ask(c.Accept(waiting.id), accepted, self.decision.refuse)

    def _decline_group(self, waiting: Waiting) -> None:
        self._client_model.ask(c.Decline(waiting.id), None, self.decision.refuse)

    def _wait_for(self, name: str) -> None:
        self._accepted = name
        self._ready()

    def _ready(self) -> None:
        """What was accepted is opened as soon as the list has it."""
        known = self._client_model.view(self._accepted)
        if self._accepted and known is not None and known.accepted:
            self._accepted = ""
            self.open(known.id.hex())

    def _decline(self, request: RequestView) -> None:
        self._client_model.ask(c.Decline(request.id, request.identity))

    def _requests_changed(self) -> None:
        shown = self.request.request
        if self.right.currentWidget() is self.request and shown not in self._client_model.requests.values():
            self.right.setCurrentWidget(self.placeholder)
        waiting, groups = self.decision.waiting, self._client_model.groups
        known = (*groups.invitations.values(), *groups.joining.values())
        if self.right.currentWidget() is self.decision and waiting not in known:
            self.right.setCurrentWidget(self.placeholder)
