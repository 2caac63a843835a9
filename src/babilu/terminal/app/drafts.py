"""What is being written: kept soon as the draft of its conversation, and given back where it cannot be sent.

What a text is written for stands above the field: what it replies to, or that it is another wording of a message. While
a message is edited, its draft waits, and comes back when that ends.
"""

import asyncio
from typing import Final

from babilu.api.views import ConversationView, MessageView
from babilu.kernel.errors import BabiluError, UsageError
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import TEXT_BYTES
from babilu.kernel.states import ConversationKind
from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.cells import label, safe, wrap
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.composer import ComposerField, ComposerTask, EditTask, ReplyTask, is_command
from babilu.terminal.app.file_words import words_of
from babilu.terminal.app.hints import Hints
from babilu.terminal.app.later import call_after
from babilu.terminal.app.message_renderer import LEAST, NAME_CELLS, QUOTED_CHARACTERS
from babilu.terminal.app.spans import Span
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.top_bar import Bar
from babilu.terminal.app.ui_context import UiContext

DRAFT_S: Final = 0.4
"""What is written is kept so long after the last key."""

TYPING_MS: Final = 3_000
"""It is told at most so often that one types."""

EXCERPT_CELLS: Final = 200


class Drafts:
    """Looks after the field for the text and the lines above it.

    Args:
        client_model: Keeps drafts.
        host: Tells what went wrong in a conversation that was left.
        ui_context: What they are shown with.

    Attributes:
        composer: The field.
        complaint: The line that says what is wrong.
        hints: The commands that fit to what is written.
        purpose: The line that says what it is written for.
    """

    def __init__(self, client_model: TerminalModel, host: AppServices, ui_context: UiContext) -> None:
        self._client_model = client_model
        self._host = host
        self._around = ui_context
        self._say = ui_context.say
        self.composer = ComposerField()
        self.complaint = Bar(id="complaint")
        self.hints = Hints(ui_context.say, lambda: client_model.status.file_rule)
        self.purpose = Bar(id="purpose")
        self._kept: tuple[str, ReplyTask | None] = "", None
        self._replies: dict[str, ReplyTask] = {}
        self._soon: asyncio.TimerHandle | None = None
        self._complained_of: str | None = None
        self._typed_at: int | None = None

    @property
    def is_to_be_kept(self) -> bool:
        """Whether something written is still to be kept."""
        return self._soon is not None

    def turn_to(self, name: str) -> None:
        """Take up the draft of another conversation; what was written to nobody yet comes along."""
        if name == self.composer.conversation:
            return
        self.end_edit()
        self.keep()
        homeless = "" if self.composer.conversation else self.composer.text
        self.composer.conversation = name
        known = self._client_model.view(name)
        draft = known.draft if known else ""
        reply = self._reply_of(known)
        self._kept = draft, reply
        self.composer.fill("\n".join(text for text in (draft, homeless) if text.strip()))
        self._turn_task(reply)
        self._complain("")

    def changed(self) -> None:
        """Keep what was written, soon; a complaint stands as long as the text that it is about."""
        text = self.composer.text
        edits = isinstance(self.composer.errand, EditTask)
        people = self._client_model.people_of(self.composer.conversation)
        self.hints.follow(text, people, edits=edits)
        if self._complained_of is not None and text != self._complained_of:
            self._complain("")
        if text and text != self.composer.filled and not isinstance(self.composer.errand, EditTask):
            self._tell_typing(text)
        self.show_task()
        if self._soon is not None:
            self._soon.cancel()
        self._soon = call_after(DRAFT_S, self.composer, self.keep)

    def keep(self) -> None:
        """Keep what was written, now."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        composer, task = self.composer, self.composer.errand
        name = composer.conversation
        written = (task.before, task.reply) if isinstance(task, EditTask) else (composer.text, task)
        if written != self._kept and self._client_model.view(name) is not None:
            self._kept = written
            text, reply = written
            self._remember(name, reply)
            self._client_model.keep_draft(name, text, None if reply is None else reply.message)

    # What it is written for.

    def reply(self, message: MessageView) -> None:
        """Write a reply."""
        self.end_edit()
        self._turn_task(self._replying_to(message))
        self.changed()

    def _replying_to(self, message: MessageView) -> ReplyTask:
        return ReplyTask(message.id, message.sender, words_of(self._say, message, QUOTED_CHARACTERS))

    def edit(self, message: MessageView) -> None:
        """Write another wording of an own message."""
        self.end_edit()
        task = self.composer.errand
        reply = task if isinstance(task, ReplyTask) else None
        before = self.composer.text
        self._turn_task(EditTask(message, before, reply))
        self.composer.fill(message.text)

    def leave_task(self) -> bool:
        """Leave what it is written for; tells whether there was something."""
        task = self.composer.errand
        if task is None:
            return False
        if isinstance(task, EditTask):
            self.end_edit()
        else:
            self._turn_task(None)
            self.changed()
        return True

    def end_edit(self) -> None:
        """Write on what was written before a message was edited."""
        task = self.composer.errand
        if isinstance(task, EditTask):
            self._restore(task)

    def done(self, task: ComposerTask) -> None:
        """Take note that a text has left the field with what it was written for."""
        if isinstance(task, EditTask):
            self._restore(task)
        self.show_task()
        self.keep()

    def show_task(self) -> None:
        """Show what is written for what."""
        task, symbols = self.composer.errand, self._around.symbols
        self.purpose.display = task is not None
        leave = (Span(f" {self._say('app.leave_task')}", Ink.FAINT),)
        match task:
            case None:
                return
            case EditTask(message):
                until = message.editable_until
                left = "" if until is None else self._around.time_format.left(until)
                self.purpose.show(((Span(self._say("app.editing", left=left), Ink.WARNING),), leave))
            case ReplyTask(_, sender, text):
                name = label(sender, NAME_CELLS)
                named = self._say("app.replying", name=name) if name else self._say("app.replying_to_unknown")
                words = label(text, EXCERPT_CELLS)
                edge = Span(f"{symbols.back} ", Ink.FAINT)
                self.purpose.show(((edge, Span(f"{named} ", Ink.QUOTED), Span(words, Ink.FAINT)), leave))

    def _reply_of(self, known: ConversationView | None) -> ReplyTask | None:
        """Give what a draft replies to; of what was kept in an earlier run only the id is known until it is loaded."""
        if known is None:
            return None
        if known.id.hex() in self._replies or known.draft_reply is None:
            return self._replies.get(known.id.hex())
        return ReplyTask(known.draft_reply, "", "")

    def learn_reply(self) -> None:
        """Show the words of what a draft replies to, once they are loaded."""
        task, room = self.composer.errand, self._client_model.room
        if not isinstance(task, ReplyTask):
            return
        row = room.row_of(task.message)
        here = self._client_model.view(self.composer.conversation)
        if here is None or room.conversation_id != here.id:
            return
        if row is not None and not room.messages[row].deleted:
            message = room.messages[row]
            learned = self._replying_to(message)
            if learned != task:
                self._kept = (self._kept[0], learned) if self._kept[1] == task else self._kept
                self._turn_task(learned)

    def forget(self, message: MessageId) -> None:
        """Show nothing more of a message that is gone, neither as what is replied to nor as what is edited."""
        blank = {
            name: ReplyTask(message, each.sender, "") for name, each in self._replies.items() if each.message == message
        }
        self._replies.update(blank)
        match self.composer.errand:
            case EditTask(edited) if edited.id == message:
                self.end_edit()
            case ReplyTask(replied, sender, _) if replied == message:
                self._turn_task(ReplyTask(message, sender, ""))
            case _:
                pass

    def _restore(self, task: EditTask) -> None:
        self.composer.errand = task.reply
        self.composer.fill(task.before)
        self.show_task()

    def _turn_task(self, task: ComposerTask) -> None:
        self.composer.errand = task
        self.show_task()

    def _remember(self, name: str, reply: ReplyTask | None) -> None:
        if reply is None:
            self._replies.pop(self._client_model.address(name), None)
        else:
            self._replies[self._client_model.address(name)] = reply

    def _tell_typing(self, text: str) -> None:
        """Tell that one types, unless that was told a moment ago or a command is typed."""
        name, now = self.composer.conversation, self._around.clock.monotonic_ms()
        if is_command(text):
            return
        known = self._client_model.view(name)
        if known is None or known.kind is ConversationKind.NOTES or not known.may_post:
            return
        if self._typed_at is None or now - self._typed_at >= TYPING_MS:
            self._typed_at = now
            self._client_model.tell_typing(name)

    # What cannot be sent.

    def check(self, text: str, stop: str) -> None:
        """Refuse what is stopped or too long, before it leaves the field.

        Args:
            text: What was written.
            stop: Why nothing can be sent to the conversation now; empty where something can.

        Raises:
            UsageError: It cannot be sent.
        """
        if stop and not is_command(text):
            raise UsageError(stop)
        if len(text.encode("utf-8", "replace")) > TEXT_BYTES:
            raise UsageError(self._say("app.too_long", count=TEXT_BYTES))

    def give_back(self, where: str, text: str, error: BabiluError, task: ComposerTask = None) -> None:
        """Show again what could not be done, and why; in a conversation that was left it becomes the draft."""
        reply = task if isinstance(task, ReplyTask) else None
        if where != self.composer.conversation:
            self._remember(where, reply)
            self._client_model.keep_draft(where, text, None if reply is None else reply.message)
            self._host.fail(error)
            return
        if isinstance(task, EditTask):
            self.edit(task.message)
            self.composer.fill(text)
        else:
            self.end_edit()
            self.composer.put_back(text)
            self._turn_task(reply or self.composer.errand)
        self._complain(self._say.error(error))

    def _complain(self, text: str) -> None:
        self._complained_of = self.composer.text if text else None
        self.complaint.display = bool(text)
        width = max(LEAST, self.complaint.screen.size.width // 2)
        self.complaint.show(*(((Span(line),), ()) for line in wrap(safe(text), width)))
