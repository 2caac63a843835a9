"""Where one writes: grows with its text, sends by a key, and keeps what was written and not sent."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from babilu.api.events import FileTransfer
from babilu.api.views import MessageView
from babilu.desktop.language import translate
from babilu.desktop.models.timer_words import timer_name
from babilu.desktop.theme import metrics as m
from babilu.desktop.theme.theme import Theme
from babilu.desktop.widgets.answer_bar import AnswerBar
from babilu.desktop.widgets.basics import IconButton, PlainLabel, column, repolish, retranslates, row
from babilu.desktop.widgets.editor import EDGE, Editor
from babilu.desktop.widgets.mention_list import MentionList
from babilu.desktop.widgets.outgoing_files import ChosenFile, OutgoingFiles, sealing, too_large
from babilu.desktop.widgets.recording_bar import RecordingBar
from babilu.desktop.widgets.toast import announce
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import TEXT_BYTES
from babilu.kernel.ports import Clock
from babilu.presentation.files import FilesToSend

DRAFT_MS: Final = 400
WARN_BYTES: Final = 500
"""So close to the limit the number of bytes that are left is shown."""

NARROW: Final = 276
"""Width, at the usual size of text, below which the field has the room of all buttons but the one that sends."""

TYPING_MS: Final = 3_000
"""So often it is told at most that one types."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: a new text, a reply, or another wording.

    Attributes:
        text: The text.
        reply_to: The message that it replies to.
        edits: The own message whose wording it is.
        files: What goes with it.
    """

    text: str
    reply_to: MessageView | None = None
    edits: MessageView | None = None
    files: tuple[ChosenFile, ...] = ()

    @property
    def to_send(self) -> FilesToSend:
        """Its files as they are sent: pictures keep every byte where any of them shall."""
        return FilesToSend(tuple(file.path for file in self.files), any(file.as_file for file in self.files))


class Composer(QWidget):
    """The field, the buttons that send now or later, what one answers, and a line for what went wrong."""

    sent = Signal(object)
    """`Written`."""

    later_wanted = Signal(object)
    """`Written`: it is to be sent later."""

    drafted = Signal(str, str, object)
    """Conversation, text, and the id of what it replies to or None: what was written and not sent."""

    typing = Signal(str)
    """Conversation in which one types; told at most each 3 seconds."""

    edit_wanted = Signal()
    """The own message that was sent last is to get another wording."""

    emoji_wanted = Signal()
    """An emoji is to be chosen, and written where the cursor is."""

    record_wanted = Signal()
    """A voice note is to be recorded."""

    recording_sent = Signal()
    """The voice note that waits is to be sent: nothing else is written."""

    def __init__(self, theme: Theme, clock: Clock) -> None:
        super().__init__()
        self.setObjectName("composer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._clock = clock
        self.conversation = ""
        self.stopped = ""
        self._disappears: int | None = None
        self.reply_to: MessageView | None = None
        self.edits: MessageView | None = None
        self._put_aside = ""
        self._put_away: dict[str, tuple[ChosenFile, ...]] = {}
        self._kept: tuple[str, MessageId | None] = ("", None)
        self._typed_at: int | None = None
        self._opens = False
        self.answers = AnswerBar(theme, clock)
        self.editor = Editor(theme)
        self.mentions = MentionList(self.editor, theme)
        self.files = OutgoingFiles(theme)
        self.attach_button = IconButton(theme, "attach")
        self.emoji_button = IconButton(theme, "smile")
        self.recording = RecordingBar(theme)
        self.record_button = IconButton(theme, "microphone")
        self.later_button = IconButton(theme, "clock")
        self.send_button = IconButton(theme, "send", lambda t: t.colours.on_accent)
        self.send_button.setProperty("kind", "send")
        self.error = PlainLabel(theme, lambda t: t.fonts.small, "danger", wraps=True)
        self.error.hide()
        self.sealing = PlainLabel(theme, lambda t: t.fonts.small, "muted")
        self.sealing.hide()
        self._draft = QTimer(self)
        self._draft.setSingleShot(True)
        self._draft.setInterval(DRAFT_MS)
        self._draft.timeout.connect(self.keep)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.editor)
        self.retranslate()
        self._changed()

    def _lay_out(self) -> None:
        line = row(spacing=m.SMALL)
        line.addWidget(self.editor, 1)
        line.addWidget(self.attach_button, 0, Qt.AlignmentFlag.AlignBottom)
        line.addWidget(self.emoji_button, 0, Qt.AlignmentFlag.AlignBottom)
        line.addWidget(self.record_button, 0, Qt.AlignmentFlag.AlignBottom)
        line.addWidget(self.later_button, 0, Qt.AlignmentFlag.AlignBottom)
        line.addWidget(self.send_button, 0, Qt.AlignmentFlag.AlignBottom)
        outer = column(self, m.TINY, (m.LARGE, m.MEDIUM, m.MEDIUM, m.MEDIUM))
        outer.addWidget(self.error)
        outer.addWidget(self.sealing)
        outer.addWidget(self.answers)
        outer.addWidget(self.files)
        outer.addWidget(self.recording)
        outer.addLayout(line)

    def _connect(self) -> None:
        self.answers.left.connect(self.leave)
        self.editor.textChanged.connect(self._changed)
        self.editor.submitted.connect(self._submit)
        self.editor.too_much.connect(self._refuse_paste)
        self.editor.edit_wanted.connect(self.edit_wanted)
        self.editor.later_wanted.connect(self._submit_later)
        self.editor.emoji_wanted.connect(self.emoji_wanted)
        self.editor.files_pasted.connect(self.take_urls)
        self.attach_button.clicked.connect(self.attach)
        self.files.changed.connect(self._check)
        self.files.refused.connect(self._complain)
        self.emoji_button.clicked.connect(self.emoji_wanted)
        self.record_button.clicked.connect(self.record_wanted)
        self.send_button.clicked.connect(self._submit)
        self.later_button.clicked.connect(self._submit_later)
        self._theme.changed.connect(self._show_buttons)
        self.editor.installEventFilter(self)

    def open(self, conversation: str, draft: str, reply_to: MessageView | None = None) -> None:
        """Write in another conversation; what stands here is kept as the draft of the one before."""
        self.leave_edit()
        self.keep()
        self._put_away[self.conversation] = self.files.chosen
        self.conversation = conversation
        self._kept = (draft, None if reply_to is None else reply_to.id)
        self.error.hide()
        self._show_reply(reply_to)
        self._fill(draft)
        if not conversation:
            # They belong to the profile that was left.
            self.files.release(file for files in self._put_away.values() for file in files)
            self._put_away.clear()
        self.files.show_files(self._put_away.pop(conversation, ()))
        self._draft.stop()

    def keep(self) -> None:
        """Keep what was written and not sent; another wording of a message is none."""
        self._draft.stop()
        if self.edits is not None:
            return
        written = (self.editor.toPlainText(), None if self.reply_to is None else self.reply_to.id)
        if self.conversation and written != self._kept:
            self._kept = written
            self.drafted.emit(self.conversation, *written)

    @property
    def disappears(self) -> int | None:
        """Seconds after which what is written here disappears; None for good."""
        return self._disappears

    @disappears.setter
    def disappears(self, seconds: int | None) -> None:
        if seconds != self._disappears:
            self._disappears = seconds
            self.retranslate()

    def reply(self, message: MessageView) -> None:
        """Write a reply to a message."""
        self.leave_edit()
        self._show_reply(message)
        self.editor.setFocus()
        self._draft.start()

    def insert(self, text: str) -> None:
        """Write a text where the cursor is, in place of what is selected."""
        self.editor.insertPlainText(text)
        self.editor.setFocus()

    @property
    def takes_files(self) -> bool:
        """Whether files can be put to what is written."""
        return bool(self.conversation) and self.edits is None and not self.stopped

    @property
    def may_record(self) -> bool:
        """Whether a voice note can be begun: none waits, and nothing else is about to be sent."""
        return self.takes_files and self.recording.recording is None and not self._has_content

    @property
    def _has_content(self) -> bool:
        return bool(self.editor.toPlainText().strip() or self.files.chosen)

    def follow_recording(self) -> None:
        """Offer the microphone where there is no recording."""
        self._show_buttons()

    def end_reply(self) -> None:
        """Take note that the reply was sent by other means."""
        if self.edits is None and self.reply_to is not None:
            self._show_reply(None)
            self.keep()

    def show_sealing(self, transfer: FileTransfer | None) -> None:
        """Show how far the files of a message are encrypted that is still to be sent, or nothing."""
        self.sealing.setVisible(transfer is not None)
        if transfer is not None:
            self.sealing.setText(sealing(transfer))

    def attach(self) -> None:
        """Let the user choose files."""
        if self.takes_files:
            self.files.choose()

    def take_urls(self, data: QMimeData) -> None:
        """Take files or a picture that were dropped or pasted."""
        if self.takes_files and self.files.take(data):
            self.editor.setFocus()

    def take_up(self, message: MessageView) -> None:
        """Go on with the reply of a draft."""
        if self.edits is None and not message.deleted:
            self._kept = (self._kept[0], message.id)
            self._show_reply(message)

    def edit(self, message: MessageView) -> None:
        """Write another wording of an own message; what stood here comes back afterwards."""
        if self.edits is None:
            self._draft.stop()
            self._put_aside = self.editor.toPlainText()
        self.edits = message
        self.error.hide()
        self.answers.show_edit(message)
        self._fill(message.text)
        self.editor.setFocus()
        self.retranslate()

    def leave(self) -> bool:
        """Leave the edit, or else the reply; tell whether there was one."""
        if self.edits is not None:
            self.leave_edit()
        elif self.reply_to is not None:
            self._show_reply(None)
            self.keep()
        else:
            return False
        self.editor.setFocus()
        return True

    def leave_edit(self) -> None:
        """Leave a message as it is, and go on with what stood here before."""
        if self.edits is None:
            return
        self.edits = None
        self._show_reply(self.reply_to)
        self._fill(self._put_aside)
        self._put_aside = ""
        self.error.hide()
        self.retranslate()

    def erased(self, message: MessageId) -> None:
        """Hear that a message is gone: nothing is replied to it, and it gets no other wording."""
        if self.edits is not None and self.edits.id == message:
            self.leave_edit()
        if self.reply_to is not None and self.reply_to.id == message:
            self._show_reply(None)

    def _show_reply(self, message: MessageView | None) -> None:
        self.reply_to = message
        if message is None:
            self.answers.clear()
        else:
            self.answers.show_reply(message)

    def _fill(self, text: str) -> None:
        self._opens = True
        self.editor.setPlainText(text)
        self._opens = False
        cursor = self.editor.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.editor.setTextCursor(cursor)

    def stop(self, reason: str) -> None:
        """Send nothing for a reason, or again where there is none; what is written is kept, and the focus stays.

        Were the field disabled, Qt would move the focus on, and the rest of a sentence would be typed somewhere else.
        """
        if reason == self.stopped:
            return
        self.stopped = reason
        self.error.hide()
        self.editor.setProperty("stopped", bool(reason))
        repolish(self.editor)
        self.retranslate()
        self._changed()

    def give_back(self, written: Written, reason: str) -> None:
        """Show again what could not be sent, and why."""
        if not self.editor.toPlainText() and self.edits is None:
            if written.edits is not None:
                self.edit(written.edits)
            elif self.reply_to is None:
                self._show_reply(written.reply_to)
            self._fill(written.text)
            if not self.files.chosen:
                self.files.show_files(written.files)
        self._complain(reason)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self._say_empty()
        self.editor.setAccessibleDescription(self.stopped)
        self.editor.setAccessibleName(translate("Composer", "Message"))
        send = translate("Composer", "Send") if self.edits is None else translate("Composer", "Change the message")
        self.send_button.call_it(send, "Enter")
        self.attach_button.call_it(translate("Composer", "Attach files…"), "Ctrl+Shift+A")
        self.emoji_button.call_it(translate("Composer", "Insert an emoji…"), "Ctrl+E")
        self.record_button.call_it(translate("Composer", "Record a voice note"), "Ctrl+Shift+R")
        self.later_button.call_it(translate("Composer", "Send later…"), "Ctrl+Shift+Return")
        self.mentions.retranslate()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if retranslates(event):
            self.retranslate()

    def _say_empty(self) -> None:
        """Say in the empty field what it is for, in one line: of a second one nothing would be seen."""
        empty = translate("Composer", "Message")
        if self._disappears is not None:
            empty = translate("Composer", "Disappears after {0}").format(timer_name(self._disappears))
        room = self.editor.viewport().width() - 2 * EDGE
        whole = self.stopped or empty
        metrics = self.editor.fontMetrics()
        self.editor.setPlaceholderText(metrics.elidedText(whole, Qt.TextElideMode.ElideRight, room))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.editor and event.type() is QEvent.Type.Resize:
            self._say_empty()
        return super().eventFilter(watched, event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_buttons()

    def _show_buttons(self) -> None:
        """Leave the room to what is written where there is little; what the buttons do has keys."""
        roomy = self.width() >= self._theme.scaled(NARROW)
        for button in (self.attach_button, self.emoji_button):
            button.setVisible(roomy)
        # Nothing can be sent later where nothing is written.
        self.record_button.setVisible(roomy and self.may_record)
        self.later_button.setVisible(roomy and not self.may_record)

    def _changed(self) -> None:
        self._check()
        self._draft.start()
        if not self._opens and self.edits is None and not self.editor.document().isEmpty():
            self._tell_typing()

    def _check(self) -> None:
        """Let be sent what can be, and say why where it cannot."""
        text = self.editor.toPlainText()
        left = (
            TEXT_BYTES - len(text.encode("utf-8", "replace")) if len(text) * 4 > TEXT_BYTES - WARN_BYTES else TEXT_BYTES
        )
        files = self.files.chosen if self.edits is None else ()
        most = self.files.largest
        large = next((file for file in files if file.exceeds(most)), None)
        stuck = self.files.stuck if self.edits is None else None
        ready = bool(text.strip() or files) and left >= 0 and not self.stopped and large is None and stuck is None
        self.send_button.setEnabled(ready)
        self.attach_button.setEnabled(self.takes_files)
        self.later_button.setEnabled(ready and self.edits is None)
        self._show_buttons()
        if left < 0:
            self._complain(too_long(-left))
        elif large is not None and most is not None:
            self._complain(too_large(large, most))
        elif not self.error.isHidden():
            self.error.hide()

    def _tell_typing(self) -> None:
        now = self._clock.monotonic_ms()
        if self.conversation and (self._typed_at is None or now - self._typed_at >= TYPING_MS):
            self._typed_at = now
            self.typing.emit(self.conversation)

    def _refuse_paste(self) -> None:
        self._complain(too_much())

    def _complain(self, sentence: str) -> None:
        self.error.setText(sentence)
        self.error.show()
        announce(self.error, sentence)

    def complain(self, sentence: str) -> None:
        """Say what went wrong."""
        self._complain(sentence)

    def _submit(self) -> None:
        if self.recording.recording is not None and self.edits is None and not self._has_content and not self.stopped:
            self.recording_sent.emit()
            return
        if (written := self._take()) is not None:
            self.sent.emit(written)

    def _submit_later(self) -> None:
        """Let the user say when it is sent; it stays here until then."""
        if not self.stopped and self.send_button.isEnabled() and self.edits is None:
            self.later_wanted.emit(Written(self.editor.toPlainText(), self.reply_to, files=self.files.chosen))

    def take(self) -> None:
        """Empty the field, whose text is kept elsewhere from now on."""
        self._take()

    def _take(self) -> Written | None:
        if self.stopped:
            self._complain(self.stopped)
            return None
        if not self.send_button.isEnabled():
            return None
        # Sending empties the field and so disables the button: what is typed next belongs here.
        self.editor.setFocus()
        files = () if self.edits else self.files.chosen
        written = Written(self.editor.toPlainText(), None if self.edits else self.reply_to, self.edits, files)
        self._typed_at = None
        if self.edits is not None:
            self.leave_edit()
            return written
        self._show_reply(None)
        self._opens = True
        self.files.show_files(())
        self.editor.clear()
        self._opens = False
        self.keep()
        return written


def too_much() -> str:
    """Say that more was pasted than could ever be sent."""
    return translate("Composer", "This is too long to be pasted: a message has at most %n byte(s).", None, TEXT_BYTES)


def too_long(over: int) -> str:
    """Say by how many bytes a text is too long."""
    return translate("Composer", "This text is %n byte(s) too long to be sent.", None, over)
