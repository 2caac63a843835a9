"""The screen: conversations left, messages right, one line for where the client stands and one for keys.

It is the `Watcher` of the desk: what the client tells reaches widgets here and nowhere else.
"""

import asyncio
from typing import ClassVar, Final, assert_never

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import TextArea
from typing_extensions import override

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import ConversationView, MessageView
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import ConversationId
from babilu.presentation.watcher import ScreenPart
from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.client_model import EVERYTHING, TerminalModel
from babilu.terminal.app.completion import complete
from babilu.terminal.app.composer import ComposerField, ComposerTask, EditTask, ReplyTask, without_controls
from babilu.terminal.app.composer_frame import ComposerFrame
from babilu.terminal.app.connection_status_bar import ConnectionStatusBar
from babilu.terminal.app.conversation_list import ConversationListWidget, RowDrawing, RowMark
from babilu.terminal.app.dialogs.dialog_set import DialogSet
from babilu.terminal.app.drafts import Drafts
from babilu.terminal.app.frame_bars import FrameBars
from babilu.terminal.app.headers import Headers
from babilu.terminal.app.history_view import HistoryView, Want
from babilu.terminal.app.input_handler import InputHandler
from babilu.terminal.app.keys import KeyBinding, Where, bindings
from babilu.terminal.app.later import call_after
from babilu.terminal.app.message_actions import MessageActions
from babilu.terminal.app.message_renderer import MessageRenderer
from babilu.terminal.app.note_bar import NoteBar
from babilu.terminal.app.palette import Palette
from babilu.terminal.app.screen_keys import ScreenKeys
from babilu.terminal.app.spans import Span
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.ui_context import UiContext
from babilu.terminal.app.voice_actions import VoiceActions

NARROW: Final = 80
"""Cells of a screen below which one pane is shown at a time."""

LEFT_CELLS: Final = 32
"""Cells of the left pane beside another one: see client.tcss."""

GATHER_S: Final = 0.06
"""Changes of the list are gathered so long before the client is asked for it."""

CLOCK_S: Final = 10.0
"""How often it is looked whether the day or the time zone is another one."""


class MainScreen(ScreenKeys):
    """Shows a desk.

    Args:
        client_model: What is shown.
        host: Shows sheets, and does what the terminal itself does.
        ui_context: What it is shown with.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(Where.ANYWHERE, Where.WRITING)

    def __init__(self, client_model: TerminalModel, host: AppServices, ui_context: UiContext) -> None:
        super().__init__(id="main")
        self._client_model = client_model
        self._host = host
        self._around = ui_context
        self._say = ui_context.say
        symbols, time_format = ui_context.symbols, ui_context.time_format
        self._time_format = time_format
        own_name = lambda: client_model.connection_status.name  # noqa: E731
        drawing = RowDrawing(ui_context.say, symbols, time_format, client_model.title_of, own_name)
        self.list = ConversationListWidget(drawing)
        self._headers = Headers(ui_context.say, symbols)
        self.bars = FrameBars(client_model, self._headers)
        renderer = MessageRenderer(
            ui_context.say, symbols, time_format, own_name, client_model.files, client_model.voice
        )
        self.history = HistoryView(client_model.room, renderer, self._headers.newer)
        self.writing = Drafts(client_model, host, ui_context)
        self.composer = self.writing.composer
        self._frame = ComposerFrame(self.composer, client_model, self.bars, ui_context.say)
        self._notes = NoteBar(symbols, id="note")
        self._connection_status = ConnectionStatusBar(client_model.status, id="standing")
        self.dialogs = DialogSet(host, client_model, ui_context)
        self.voice = VoiceActions(host, client_model, ui_context)
        self._message_actions = MessageActions(
            host, client_model, self.dialogs, self.writing, self.history, self.voice, ui_context
        )
        self._input_handler = InputHandler(self, client_model, self.dialogs, ui_context)
        self._palette = Palette(
            self, host, self.dialogs, client_model, ui_context, lambda: self.history.selected is not None
        )
        self._gathering: asyncio.TimerHandle | None = None
        self._shown = ""
        self._asked: set[int] = set()

    @override
    def compose(self) -> ComposeResult:
        yield self.bars.trouble
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield self.bars.own
                yield self.list
            with Vertical(id="right"):
                yield self.bars.header
                yield self.bars.banner
                yield self.history
                yield self.writing.complaint
                yield self.writing.hints
                yield self.writing.purpose
                yield self.voice.line
                yield self.composer
        yield self._notes
        yield self._connection_status
        yield self.bars.keys

    def on_mount(self) -> None:
        """Show that a profile is being opened."""
        self.composer.placeholder = self._say("app.write")
        self.history.say_when_empty(((Span(self._say("app.opening"), Ink.FAINT),),))
        self.composer.focus()
        # Told once the terminal is known to have the focus: an event of its coming would be too early.
        self.watch(self.app, "app_focus", self._read, init=False)
        self.set_interval(CLOCK_S, self.look_at_the_clock)
        self._fold()

    # What the desk tells.

    def changed(self, parts: ScreenPart) -> None:
        """Show what has changed."""
        if not self.is_mounted:
            return
        if ScreenPart.LIST in parts:
            self._read()
            model = self._client_model
            self.list.show((*model.waiting(), *self.listed()), model.address(model.here), model.typing)
            self._show_own()
            if self.has_class("blank"):
                self._fold()
        if ScreenPart.ROOM in parts:
            self.history.renew()
            self.dialogs.pictures.follow()
            self.writing.learn_reply()
        if parts & (ScreenPart.VOICE | ScreenPart.LIST):
            self.voice.show()
        if ScreenPart.VOICE in parts:
            self.history.renew()
            self._show_keys()
        if ScreenPart.CONTACT in parts:
            self.dialogs.groups.members.follow()
        if parts & (ScreenPart.CONTACT | ScreenPart.ROOM | ScreenPart.SCHEDULED):
            self._show_contact()
            self._show_keys()
        if ScreenPart.SCHEDULED in parts:
            self._ask_about_overdue()
        if ScreenPart.STANDING in parts:
            self._connection_status.renew()
            self._show_trouble()

    def turned(self, name: str) -> None:
        """Write to somebody else from this key on."""
        self._client_model.remember(name)
        self.writing.turn_to(name)
        self.voice.turned(name)

    def opened(self, name: str) -> None:
        """Show a conversation from where its unread messages begin."""
        if name != self._shown:
            self._shown = name
            self.set_class(bool(name), "chat")
        self.history.say_when_empty(self._headers.nothing_yet(self._client_model.current))
        self.history.reset()
        self.writing.learn_reply()
        self.changed(EVERYTHING & ~ScreenPart.ROOM)
        self._fold()
        self._read()

    def jumped(self, message: MessageView) -> None:
        """Select a message that was looked for, with what was said around it."""
        self._show_right(writing=False)
        self.history.select(message.id, centred=True)

    def arrived(self, messages: tuple[MessageView, ...]) -> None:
        """Count what is not seen; ring where nobody looks."""
        here = [message for message in messages if message.conversation_id == self._client_model.current_id]
        seen = bool(here) and self._is_looking()
        if here and not seen:
            self._client_model.room.begin_unread(here[0])
            self.history.renew()
        self.history.arrived(0 if seen else len(here))
        self._read()
        muted = {each.id for each in self._client_model.conversations.values() if each.muted}
        heard = [each for each in messages if each.mentioned or each.conversation_id not in muted]
        if heard and not (seen and len(here) == len(messages)):
            self._host.ring()

    def mentioned(self, message: MessageView) -> None:
        """Ring where nobody looks, also for a silent conversation."""
        if not (message.conversation_id == self._client_model.current_id and self._is_looking()):
            self._host.ring()

    def told(self, event: e.Event) -> None:
        """Say what is worth a sentence of its own."""
        if isinstance(event, e.MessageDeleted | e.MessageExpired):
            self.writing.forget(event.message)
            self.dialogs.pictures.erased(event.message)
        if isinstance(event, e.FileTransfer) and event.message is None and event.total:
            percent = event.done * 100 // event.total
            self.say_so(self._say("app.sealing", number=event.index + 1, percent=percent))
        self._host.told(event)
        self._show_own()

    def read(self, conversation: ConversationId) -> None:
        """Nothing is announced that would have to be taken back."""

    def failed(self, error: BabiluError) -> None:
        """Say what went wrong."""
        self._host.fail(error)

    def gather(self) -> None:
        """Read anew soon what many events touch."""
        if self._gathering is None:
            self._gathering = call_after(GATHER_S, self, self._gathered)

    def note(self, text: str, *, grave: bool) -> None:
        """Tell something in passing."""
        self._notes.tell(text, grave=grave)

    # What is written.

    def give_back(self, where: str, text: str, error: BabiluError, task: ComposerTask = None) -> None:
        """Show again what could not be done, and why; in a conversation that was left it becomes the draft."""
        self.writing.give_back(where, text, error, task)

    def on_text_area_changed(self, _event: TextArea.Changed) -> None:
        """Keep what was written, soon."""
        self.writing.changed()
        self._show_keys()

    def on_composer_field_submitted(self, event: ComposerField.Submitted) -> None:
        """Do what was written."""
        text = event.text
        if not text.strip():
            if self._client_model.recording is not None and not isinstance(event.task, EditTask):
                self._send_recording(event.task)
            return
        try:
            self.writing.check(text, self._frame.why_stopped(event.conversation))
            self._input_handler.obey(text, event.conversation, event.task)
        except BabiluError as error:
            self.writing.give_back(event.conversation, text, error, event.task)
            return
        self.writing.done(event.task)
        self.history.select(None)
        if not isinstance(event.task, EditTask):
            self.history.end()

    def _send_recording(self, task: ComposerTask) -> None:
        """Send the voice note of the open conversation: nothing else is written."""
        reply = task.message if isinstance(task, ReplyTask) else None
        self._client_model.send_recording(self._client_model.here, reply, self._host.fail)
        if reply is not None:
            self.writing.leave_task()
        self.history.select(None)
        self.history.end()

    def on_composer_field_left(self, event: ComposerField.Left) -> None:
        """Go from writing to reading."""
        match event.key:
            case "pageup":
                self.history.page(-1)
            case "pagedown":
                self.history.page(1)
            case "tab":
                people = self._client_model.people_of(self._client_model.here)
                self.composer.fill(complete(self.composer.text, self._client_model.conversations, people))
            case "escape" if self.writing.leave_task() or self.voice.end():
                pass
            case "up" if self.composer.errand is None and self._message_actions.edit_last():
                pass
            case _:
                if self._client_model.here:
                    self.set_focus(self.history)
                    if self.history.selected is None:
                        self.history.move(-1)
                else:
                    self._show_left()
        self._show_keys()

    def on_key(self, event: events.Key) -> None:
        """Write what is typed outside of the field into it: a letter is never a command."""
        if event.is_printable and event.character is not None and not event.key.startswith(("alt+", "ctrl+")):
            event.stop()
            self._write(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """Write what is pasted outside of the field into it."""
        event.stop()
        self._write(without_controls(event.text))

    # What is read.

    def on_history_view_reached(self, event: HistoryView.Reached) -> None:
        """Load more where an end of what is loaded comes near."""
        if event.upper:
            self._client_model.pages.older()
        else:
            self._client_model.pages.newer()
            self._read()

    def on_history_view_wanted(self, event: HistoryView.Wanted) -> None:
        """Do something with the message that is selected."""
        message = self.history.selected
        match event.what:
            case Want.OLDEST:
                self._client_model.oldest()
            case Want.NEWEST:
                self.action_newest()
            case Want.BACK:
                self.history.select(None)
                self._show_left() if self.has_class("narrow") else self.set_focus(self.composer)
            case _ if message is not None:
                self.act_on(event.what, message)
            case _:
                pass

    def on_history_view_pointed(self, _event: HistoryView.Pointed) -> None:
        """Show what can be done with the message that is selected now."""
        self._show_keys()

    def on_conversation_list_widget_opened(self, event: ConversationListWidget.Opened) -> None:
        """Open a row."""
        if isinstance(event.row, ConversationView):
            self.open_conversation(event.row.id.hex())
        else:
            self.dialogs.decide(event.row)

    def on_conversation_list_widget_marked(self, event: ConversationListWidget.Marked) -> None:
        """Mark a row, or no longer."""
        row = event.row
        match event.what:
            case RowMark.PINNED:
                self._client_model.ask(c.SetPinned(row.id.hex(), not row.pinned))
            case RowMark.MUTED:
                self._client_model.ask(c.SetMuted(row.id.hex(), not row.muted))
            case RowMark.ARCHIVED:
                self.dialogs.rooms.archive(row)
            case RowMark.UNREAD:
                self.dialogs.rooms.mark_unread(row)
            case _:
                assert_never(event.what)

    @override
    def open_conversation(self, name: str) -> None:
        """Open a conversation and write in it."""
        model = self._client_model
        known = model.view(name)
        if name != model.here and (known is None or known.id != model.current_id):
            model.open(name)
        if known is not None and known.marked_unread:
            model.ask(c.MarkUnread(known.id.hex(), unread=False))
        self._show_right(writing=True)

    def say_so(self, text: str) -> None:
        """Tell something in passing."""
        self._host.say_so(text)

    def message_meant(self) -> MessageView | None:
        """Give the message that is selected, or else one's own newest one."""
        own = (message for message in reversed(self._client_model.room.messages) if message.outgoing)
        return self.history.selected or next(own, None)

    def act_on(self, what: Want, message: MessageView) -> None:
        """Do something with a message."""
        if self._message_actions.do(what, message):
            self.history.select(None)
            self._show_right(writing=True)

    def show_help(self) -> None:
        """Show all keys and commands."""
        self._palette.show_help()

    def leave(self) -> None:
        """End."""
        self._host.leave()

    # Places and sizes.

    def on_resize(self, _event: events.Resize) -> None:
        """Fold panes where there is no room for two."""
        self._fold()
        self.changed(ScreenPart.CONTACT | ScreenPart.STANDING)

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        """Show the keys that work there."""
        self._show_keys()

    def on_screen_resume(self) -> None:
        """Look again at what was hidden by a sheet."""
        if self.is_mounted:
            self._read()
            self._show_keys()
            self._ask_about_overdue()

    def retheme(self) -> None:
        """Draw everything in other colours."""
        self.history.retheme()
        self.list.refresh()

    def look_at_the_clock(self) -> None:
        """Write times anew where midnight has passed, or the machine is in another time zone."""
        if self._time_format.have_moved():
            self.retheme()
        elif any(message.expires_at is not None for message in self._client_model.room.messages):
            self.history.renew()

    def stop(self) -> None:
        """Keep what was written."""
        self.writing.keep()

    # Parts.

    def _write(self, text: str) -> None:
        self._show_right(writing=True)
        self.composer.insert(text)

    def _is_looking(self) -> bool:
        """Tell whether the person sees what arrives in the open conversation."""
        shown = not self.has_class("narrow") or self.has_class("chat")
        loaded = self._client_model.room.conversation_id == self._client_model.current_id
        return self.app.app_focus and self.is_current and shown and loaded and self.history.is_at_end

    def _right_width(self) -> int:
        """Count the cells of the right pane, also where it is still to be laid out."""
        width = self.app.size.width
        return width if self.has_class("narrow") else width - LEFT_CELLS

    @override
    def listed(self) -> list[ConversationView]:
        """Give the conversations of the list: those put away are not in it, unless they are open."""
        model = self._client_model
        return [each for each in model.conversations.values() if not each.archived or each.id == model.current_id]

    def _ask_about_overdue(self) -> None:
        """Ask about each text whose time passed long ago what is to become of it, once."""
        overdue = (each for each in self._client_model.scheduled.values() if each.overdue)
        view = next((each for each in overdue if each.number not in self._asked), None)
        if view is not None and self.is_current:
            self._asked.add(view.number)
            self.dialogs.scheduled.decide(view)

    def _read(self) -> None:
        known = self._client_model.listed.get(self._client_model.current_id)
        # What one has marked as unread oneself stays so until it is opened again.
        if known is not None and known.unread and self._is_looking():
            self._client_model.mark_read()

    def _gathered(self) -> None:
        self._gathering = None
        self._client_model.refresh()

    def _show_left(self) -> None:
        self.set_class(False, "chat")
        self.set_focus(self.list)

    def _show_right(self, *, writing: bool) -> None:
        self.set_class(True, "chat")
        # At once: the next key is on its way already.
        self.set_focus(self.composer if writing else self.history)

    def _fold(self) -> None:
        # The terminal's own size: while a new one is being laid out, the screen still has the old one.
        self.set_class(self.app.size.width < NARROW, "narrow")
        client_model = self._client_model
        self.set_class(not (client_model.here or client_model.has_conversations or client_model.waiting()), "blank")
        if self.has_class("narrow") and not self.has_class("blank"):
            if self.has_class("chat"):
                self._show_right(writing=self.focused is not self.history)
            else:
                self._show_left()
        self._show_keys()

    # Lines.

    def _show_own(self) -> None:
        unread = self._client_model.unread()
        self.bars.show_own(unread)
        self._host.entitle(unread)

    def _show_trouble(self) -> None:
        self.bars.show_trouble(self.app.size.width)

    def _show_contact(self) -> None:
        self.bars.show_contact(self._right_width())
        self._frame.renew()

    def _show_keys(self) -> None:
        focused = self.focused
        where = Where.LIST if focused is self.list else Where.READING if focused is self.history else Where.WRITING
        self.bars.show_keys(where, self.app.size.width - 2, self._makes_sense)

    def _makes_sense(self, key: KeyBinding) -> bool:
        """Tell whether a key does something now; what it leaves first stands at the field."""
        if key.wants:
            return self._message_actions.makes_sense(Want(key.wants), self.history.selected)
        return key.text != "app.key.read" or self.composer.errand is None
