"""Writing in the open conversation: what is sent, kept as its draft, and shown again where it could not be sent."""

from functools import partial

from PySide6.QtCore import QModelIndex, QObject, Signal

from babilu.api import commands as c
from babilu.api.views import MessageView as Message
from babilu.desktop.error_texts import sentence_for
from babilu.desktop.models.client_model import DesktopModel
from babilu.desktop.widgets.composer import Composer, Written
from babilu.desktop.widgets.message_acts import may_edit
from babilu.desktop.widgets.message_view import MessageListView
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import MessageId
from babilu.kernel.states import ConversationKind


class WritingControl(QObject):
    """Does what is asked where one writes.

    Args:
        client_model: The client.
        composer: Where one writes.
        messages: The messages.
    """

    sent = Signal()
    """Something was sent, so that there are messages."""

    def __init__(self, client_model: DesktopModel, composer: Composer, messages: MessageListView) -> None:
        super().__init__(composer)
        self._client_model = client_model
        self._composer = composer
        self._messages = messages
        self._replies: dict[str, Message] = {}
        composer.sent.connect(self._send)
        composer.drafted.connect(self._keep_draft)
        composer.typing.connect(self._tell_typing)
        composer.edit_wanted.connect(self.edit_last)
        composer.files.unknown.connect(self._look_into)
        client_model.room_changed.connect(self.show_sealing)
        client_model.overview.changed.connect(self.follow_rule)
        client_model.erased.connect(self._erased)

    def turn_to(self, name: str) -> None:
        """Write in another conversation, where one has left off."""
        self._composer.keep()
        known = self._client_model.view(name)
        self._composer.open(name, known.draft if known is not None else "", self._replies.get(name))
        self.show_sealing()
        self._composer.mentions.offer(self._client_model.people_of(name))

    def _erased(self, message: MessageId) -> None:
        self._replies = {name: each for name, each in self._replies.items() if each.id != message}
        self._composer.erased(message)

    def edit_last(self) -> None:
        """Give the own message that was sent last another wording, if that is still possible."""
        now = self._client_model.clock.now_ms()
        own = next((each for each in reversed(self._client_model.messages.window.messages) if each.outgoing), None)
        if own is not None and may_edit(own, now):
            self._composer.edit(own)

    def _send(self, written: Written) -> None:
        name = self._composer.conversation

        def failed(error: BabiluError) -> None:
            if name == self._composer.conversation:
                self._composer.give_back(written, sentence_for(error))

        if written.edits is not None:
            self._client_model.edit(written.edits, written.text, failed)
            return
        self._client_model.messages.window.end_unread()
        # Whoever goes to the messages next begins at the newest one.
        self._messages.setCurrentIndex(QModelIndex())
        if self._client_model.messages.window.more_after:
            self._client_model.newest()
        else:
            self._messages.scroll_to_bottom()
        reply_to = None if written.reply_to is None else written.reply_to.id
        done = partial(self._composer.files.release, written.files)
        self._client_model.send(name, written.text, failed, done, reply_to, written.to_send)
        self.sent.emit()

    def scheduled(self, name: str, written: Written) -> None:
        """Take away what is kept elsewhere until its time comes."""
        present = self._composer.editor.toPlainText(), self._composer.files.chosen
        if name == self._composer.conversation and present == (written.text, written.files):
            self._composer.take()
            self._composer.files.release(written.files)

    def show_sealing(self) -> None:
        view = self._client_model.view(self._composer.conversation)
        self._composer.show_sealing(None if view is None else self._client_model.files.sealing.get(view.id))

    def _look_into(self, path: str) -> None:
        self._client_model.files.inspect(path, self._composer.files.learn)

    def follow_rule(self) -> None:
        """Say which files can be sent; notes go to no relay, and who is connected fetches what it does not take."""
        view, known = self._client_model.view(self._composer.conversation), self._client_model.overview
        connected = view is not None and view.contact is not None and view.contact.connected
        if view is None or view.kind is ConversationKind.NOTES or connected:
            self._composer.files.follow_rule(None, None)
        else:
            self._composer.files.follow_rule(known.file_bytes, known.files_kept_ms)

    def _keep_draft(self, name: str, text: str, reply_to: MessageId | None) -> None:
        message = self._composer.reply_to
        if message is not None and message.id == reply_to:
            self._replies[name] = message
        else:
            self._replies.pop(name, None)
        self._client_model.ask(c.SetDraft(self._client_model.address(name), text, reply_to))

    def restore_reply(self, name: str) -> None:
        """Show again what a draft replies to that was written before this window was opened."""
        view = self._client_model.view(name)
        reply_to = None if view is None else view.draft_reply
        if reply_to is None or name in self._replies or self._composer.reply_to is not None:
            return

        def found(message: Message) -> None:
            if name == self._composer.conversation and self._composer.reply_to is None:
                self._replies[name] = message
                self._composer.take_up(message)

        row = self._client_model.messages.window.row_of(reply_to)
        if row is not None:
            found(self._client_model.messages.message(row))
            return
        about = c.MessageInfo(reply_to, self._client_model.address(name))
        self._client_model.bridge.request(about, lambda info: found(info.message), lambda _: None)

    def _tell_typing(self, name: str) -> None:
        """Tell that one types; nobody is told where that is impossible."""
        self._client_model.bridge.request(c.Typing(self._client_model.address(name)), None, lambda _: None)
