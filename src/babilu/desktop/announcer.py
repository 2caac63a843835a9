"""Announcer: what arrives is told to the desktop unless its user sees it, and taken back once it is read or gone."""

from PySide6.QtCore import QObject, QTime
from PySide6.QtWidgets import QApplication

from babilu.api.events import GroupSplit
from babilu.api.group_views import GroupInvitationView, JoinRequestView
from babilu.api.views import MessageView, RequestView
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.models.group_words import decision_title, split_words
from babilu.desktop.notifications import (
    REQUEST,
    Notifier,
    for_request,
    words_for_decision,
    words_for_message,
    words_for_request,
    words_for_split,
)
from babilu.desktop.preferences import PreferenceStore, is_quiet
from babilu.desktop.tray import Tray
from babilu.desktop.window.main_window import MainWindow
from babilu.kernel.ids import ConversationId, MessageId
from babilu.presentation.group_model import is_group_label


class Announcer(QObject):
    """Decides what the desktop is told of.

    Args:
        application: Has the window asked for attention.
        client_model: What arrives.
        window: What its user sees, and where a press on a notification leads.
        preferences: What may be told, and when.
        tray: Says it where there is no bus.

    Attributes:
        notifier: The way to the desktop.
    """

    def __init__(
        self,
        application: QApplication,
        client_model: DesktopModel,
        window: MainWindow,
        preferences: PreferenceStore,
        tray: Tray,
    ) -> None:
        super().__init__()
        self._application = application
        self._client_model = client_model
        self._window = window
        self._preferences = preferences
        self.notifier = Notifier(tray.announce)
        self._notified: dict[ConversationId, MessageId] = {}
        tray.pressed.connect(self._tray_pressed)
        self.notifier.opened.connect(self._notification_pressed)
        client_model.arrived.connect(self._notify_all)
        client_model.mention_added.connect(self._notify)
        client_model.requested.connect(self._notify_request)
        client_model.decision_wanted.connect(self._notify_decision)
        client_model.group_split.connect(self._notify_split)
        client_model.opened.connect(lambda _: self._opened_one())
        client_model.read.connect(lambda conversation: self.notifier.take_back(conversation.hex()))
        client_model.erased.connect(self._unnotify)
        client_model.request_closed.connect(lambda request: self.notifier.take_back(for_request(request)))

    def forget(self) -> None:
        """Take back all that was told: the profile is left."""
        self.notifier.take_all_back()
        self._notified.clear()

    def _notify_all(self, messages: tuple[MessageView, ...]) -> None:
        """Announce the newest message of each conversation."""
        heard = [message for message in messages if message.mentioned or not self._is_muted(message.conversation_id)]
        for message in {message.conversation_id: message for message in heard}.values():
            self._notify(message)

    def _is_muted(self, conversation: ConversationId) -> bool:
        view = self._client_model.listed.get(conversation)
        return view is not None and view.muted

    def _notify(self, message: MessageView) -> None:
        seen = (
            self._window.isActiveWindow()
            and not self._window.is_locked
            and self._client_model.current_id == message.conversation_id
        )
        if seen or not self._may_notify():
            return
        name = message.conversation
        group = self._client_model.label(name) if is_group_label(name) else ""
        locked = self._window.is_locked
        title, text = words_for_message(message, self._preferences.value, locked=locked, group=group)
        self._notified[message.conversation_id] = message.id
        self.notifier.tell(message.conversation_id.hex(), title, text)
        self._application.alert(self._window)

    def _unnotify(self, message: MessageId) -> None:
        """Take back what was told of a message that is gone."""
        for conversation in [each for each, told in self._notified.items() if told == message]:
            del self._notified[conversation]
            self.notifier.take_back(conversation.hex())

    def _notify_request(self, request: RequestView) -> None:
        if self._may_notify():
            title, text = words_for_request(request, self._preferences.value, locked=self._window.is_locked)
            self.notifier.tell(for_request(request.id), title, text)
            self._application.alert(self._window)

    def _notify_decision(self, waiting: GroupInvitationView | JoinRequestView) -> None:
        if self._may_notify():
            sentence = decision_title(waiting, self._client_model.conversations)
            locked = self._window.is_locked
            title, text = words_for_decision(waiting, sentence, self._preferences.value, locked=locked)
            self.notifier.tell(for_request(waiting.id), title, text)
            self._application.alert(self._window)

    def _notify_split(self, split: GroupSplit) -> None:
        """Say that somebody is to be chosen: the group's sheet asks."""
        sentence, locked = split_words(split.title or split.conversation, split.names), self._window.is_locked
        if not locked:
            self._window.toast.say(sentence)
        if self._may_notify():
            title, text = words_for_split(split, sentence, self._preferences.value, locked=locked)
            self.notifier.tell(split.conversation_id.hex(), title, text)
            self._application.alert(self._window)

    def _opened_one(self) -> None:
        """Take back what was told of the conversation that is open."""
        if self._client_model.current_id is not None:
            self.notifier.take_back(self._client_model.current_id.hex())

    def _tray_pressed(self) -> None:
        self._window.bring()
        self.notifier.pressed_beside()

    def _notification_pressed(self, what: str) -> None:
        if what.startswith(REQUEST):
            self._window.open_request(what.removeprefix(REQUEST))
        else:
            self._window.open_conversation(what)

    def _may_notify(self) -> bool:
        value = self._preferences.value
        now = QTime.currentTime()
        return value.notify and not is_quiet(value, now.hour() * 60 + now.minute())
