"""The screen: conversations left, messages right, one line for where the client stands and one for keys.

It is the `Watcher` of the desk: what the client tells reaches widgets here and nowhere else.
"""

from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import TextArea
from typing_extensions import override

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import MessageView, RequestView
from babilu.kernel.errors import BabiluError
from babilu.presentation.matters import Matter, matter_of
from babilu.terminal.app.bar import Bar
from babilu.terminal.app.completion import complete
from babilu.terminal.app.composer import Composer, without_controls
from babilu.terminal.app.conversation_list import ConversationList, Drawing
from babilu.terminal.app.desk import EVERYTHING, Desk, Part
from babilu.terminal.app.dialogs.errands import Errands
from babilu.terminal.app.headlines import Headlines
from babilu.terminal.app.history_view import HistoryView, Want
from babilu.terminal.app.host import Host
from babilu.terminal.app.keys import Where, bindings
from babilu.terminal.app.note_bar import NoteBar
from babilu.terminal.app.palette import Palette
from babilu.terminal.app.paper import Paper
from babilu.terminal.app.spans import Span
from babilu.terminal.app.standing_bar import StandingBar
from babilu.terminal.app.surroundings import Surroundings
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.typed import Typed
from babilu.terminal.app.writing import Writing

NARROW: Final = 80
"""Cells of a screen below which one pane is shown at a time."""

BANNER_SIDES: Final = 4
"""Cells at both sides of what a banner says."""

GATHER_S: Final = 0.06
"""Changes of the list are gathered so long before the client is asked for it."""

CLOCK_S: Final = 10.0
"""How often it is looked whether the day or the time zone is another one."""


class MainScreen(Screen[None]):
    """Shows a desk.

    Args:
        desk: What is shown.
        host: Shows sheets, and does what the terminal itself does.
        surroundings: What it is shown with.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(Where.ANYWHERE, Where.WRITING)

    def __init__(self, desk: Desk, host: Host, surroundings: Surroundings) -> None:
        super().__init__(id="main")
        self._desk = desk
        self._host = host
        self._around = surroundings
        self._say = surroundings.say
        signs, moments = surroundings.signs, surroundings.moments
        self._moments = moments
        self.list = ConversationList(Drawing(surroundings.say, signs, moments))
        self._headlines = Headlines(surroundings.say, signs)
        self.history = HistoryView(desk.room, Paper(surroundings.say, signs, moments), self._headlines.newer)
        self.writing = Writing(desk, host, surroundings.say)
        self.composer = self.writing.composer
        self._notes = NoteBar(signs, id="note")
        self._standing = StandingBar(desk.standing, id="standing")
        self.errands = Errands(host, desk, surroundings)
        self._typed = Typed(self, desk, self.errands, surroundings.say)
        self._palette = Palette(self, host, self.errands, desk, surroundings)
        self._gathering: Timer | None = None
        self._shown = ""
        self._matter: Matter | None = None

    @override
    def compose(self) -> ComposeResult:
        yield Bar(id="trouble")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield Bar(id="own")
                yield self.list
            with Vertical(id="right"):
                yield Bar(id="header")
                yield Bar(id="banner")
                yield self.history
                yield self.writing.complaint
                yield self.writing.hints
                yield self.composer
        yield self._notes
        yield self._standing
        yield Bar(id="keys")

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

    def changed(self, parts: Part) -> None:
        """Show what has changed."""
        if not self.is_mounted:
            return
        if Part.LIST in parts:
            self._read()
            self.list.show((*self._desk.requests.values(), *self._desk.conversations.values()), self._desk.current)
            self._show_own()
            if self.has_class("blank"):
                self._fold()
        if Part.ROOM in parts:
            self.history.renew()
        if parts & (Part.CONTACT | Part.ROOM):
            self._show_contact()
        if Part.STANDING in parts:
            self._standing.renew()
            self._show_trouble()

    def turned(self, name: str) -> None:
        """Write to somebody else from this key on."""
        self.writing.turn_to(name)

    def opened(self, name: str) -> None:
        """Show a conversation from where its unread messages begin."""
        if name != self._shown:
            self._shown = name
            self.set_class(bool(name), "chat")
        self.history.say_when_empty(self._headlines.nothing_yet(self._desk.current))
        self.history.reset()
        self.changed(EVERYTHING & ~Part.ROOM)
        self._fold()
        self._read()

    def jumped(self, message: MessageView) -> None:
        """Select a message that was looked for, with what was said around it."""
        self._show_right(writing=False)
        self.history.select(message.id, centred=True)

    def arrived(self, messages: tuple[MessageView, ...]) -> None:
        """Count what is not seen; ring where nobody looks."""
        here = [message for message in messages if message.conversation == self._desk.current]
        seen = bool(here) and self._is_looking()
        if here and not seen:
            self._desk.room.begin_unread(here[0])
            self.history.renew()
        self.history.arrived(0 if seen else len(here))
        self._read()
        known = self._desk.conversations
        heard = [each for each in messages if not (each.conversation in known and known[each.conversation].muted)]
        if heard and not (seen and len(here) == len(messages)):
            self._host.ring()

    def told(self, event: e.Event) -> None:
        """Say what is worth a sentence of its own."""
        self._host.told(event)
        self._show_own()

    def failed(self, error: BabiluError) -> None:
        """Say what went wrong."""
        self._host.fail(error)

    def gather(self) -> None:
        """Read anew soon what many events touch."""
        if self._gathering is None:
            self._gathering = self.set_timer(GATHER_S, self._gathered)

    def note(self, text: str, *, grave: bool) -> None:
        """Tell something in passing."""
        self._notes.tell(text, grave=grave)

    # What is written.

    def give_back(self, where: str, text: str, error: BabiluError) -> None:
        """Show again what could not be done, and why; in a conversation that was left it becomes the draft."""
        self.writing.give_back(where, text, error)

    def on_text_area_changed(self, _event: TextArea.Changed) -> None:
        """Keep what was written, soon."""
        self.writing.changed()

    def on_composer_submitted(self, event: Composer.Submitted) -> None:
        """Do what was written."""
        text = event.text
        if not text.strip():
            return
        try:
            matter = self._matter
            self.writing.check(text, stopped=matter is not None and matter.stops and matter.name == event.conversation)
            self._typed.obey(text, event.conversation)
        except BabiluError as error:
            self.writing.give_back(event.conversation, text, error)
            return
        self.writing.keep()
        self.history.end()

    def on_composer_left(self, event: Composer.Left) -> None:
        """Go from writing to reading."""
        match event.key:
            case "pageup":
                self.history.page(-1)
            case "pagedown":
                self.history.page(1)
            case "tab":
                self.composer.fill(complete(self.composer.text, self._desk.conversations))
            case _:
                if self._desk.current:
                    self.set_focus(self.history)
                    self.history.move(-1)
                else:
                    self._show_left()

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
            self._desk.older()
        else:
            self._desk.newer()
            self._read()

    def on_history_view_wanted(self, event: HistoryView.Wanted) -> None:
        """Do something with the message that is selected."""
        message = self.history.selected
        match event.what:
            case Want.OLDEST:
                self._desk.oldest()
            case Want.NEWEST:
                self.action_newest()
            case Want.BACK:
                self.history.select(None)
                self._show_left() if self.has_class("narrow") else self.set_focus(self.composer)
            case _ if message is not None:
                self._with(event.what, message)
            case _:
                pass

    def on_conversation_list_opened(self, event: ConversationList.Opened) -> None:
        """Open a row."""
        if isinstance(event.row, RequestView):
            self.errands.people.request(event.row)
        else:
            self.open_conversation(event.row.contact.name)

    def on_conversation_list_marked(self, event: ConversationList.Marked) -> None:
        """Pin or mute a row, or no longer."""
        row = event.row
        name = row.contact.name
        self._desk.ask(c.SetPinned(name, not row.pinned) if event.pin else c.SetMuted(name, not row.muted))

    def open_conversation(self, name: str) -> None:
        """Open a conversation and write in it."""
        if name != self._desk.current:
            self._desk.open(name)
        self._show_right(writing=True)

    def say_so(self, text: str) -> None:
        """Tell something in passing."""
        self._host.say_so(text)

    def message_meant(self) -> MessageView | None:
        """Give the message that is selected, or else one's own newest one."""
        own = (message for message in reversed(self._desk.room.messages) if message.outgoing)
        return self.history.selected or next(own, None)

    def show_help(self) -> None:
        """Show all keys and commands."""
        self._palette.show_help()

    def leave(self) -> None:
        """End."""
        self._host.leave()

    # Keys.

    def action_switch(self) -> None:
        """Go to a conversation by a few letters."""
        self.errands.finder.switch()

    def action_begin(self) -> None:
        """Begin a conversation."""
        self.errands.finder.begin()

    def action_next_unread(self) -> None:
        """Go to the next request or conversation with something unread."""
        if self._desk.requests:
            self.errands.people.request(next(iter(self._desk.requests.values())))
            return
        names = list(self._desk.conversations)
        start = names.index(self._desk.current) + 1 if self._desk.current in names else 0
        for name in (*names[start:], *names[:start]):
            if self._desk.conversations[name].unread and name != self._desk.current:
                self.open_conversation(name)
                return

    def action_step(self, steps: int) -> None:
        """Go to the next or the previous conversation."""
        names = list(self._desk.conversations)
        if names:
            place = names.index(self._desk.current) + steps if self._desk.current in names else 0
            self.open_conversation(names[place % len(names)])

    def action_search(self) -> None:
        """Look for messages in the open conversation."""
        self.errands.finder.search(self._desk.current or None)

    def action_search_all(self) -> None:
        """Look for messages everywhere."""
        self.errands.finder.search(None)

    def action_details(self) -> None:
        """Show the contact of the open conversation."""
        self.errands.people.details(self._desk.current)

    def action_connection(self) -> None:
        """Show how one is reached."""
        self.errands.ways.connection()

    def action_matter(self, place: int) -> None:
        """Deal with what the banner says."""
        if self._matter is not None and place < len(self._matter.steps):
            self.errands.people.deal(self._matter.steps[place], self._matter.contact)

    def action_trouble(self) -> None:
        """Deal with what is wrong with the link."""
        trouble = self._desk.standing.trouble
        if trouble is not None:
            self.errands.ways.deal(trouble)

    def action_try_now(self) -> None:
        """Try to reach the relay now."""
        self.errands.ways.try_now()

    def action_palette(self) -> None:
        """Show all that can be done."""
        self._palette.open()

    def action_help(self) -> None:
        """Show all keys and commands."""
        self._palette.show_help()

    def action_edit(self) -> None:
        """Write in an editor of one's own."""
        self.composer.fill(self._host.edit(self.composer.text))

    def action_newest(self) -> None:
        """Go to the newest message."""
        self.history.select(None)
        if self._desk.room.more_after:
            self._desk.newest()
        else:
            self.history.end()

    # Places and sizes.

    def on_resize(self, _event: events.Resize) -> None:
        """Fold panes where there is no room for two."""
        self._fold()
        self.changed(Part.CONTACT | Part.STANDING)

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        """Show the keys that work there."""
        self._show_keys()

    def on_screen_resume(self) -> None:
        """Look again at what was hidden by a sheet."""
        if self.is_mounted:
            self._read()
            self._show_keys()

    def retheme(self) -> None:
        """Draw everything in other colours."""
        self.history.retheme()
        self.list.refresh()

    def look_at_the_clock(self) -> None:
        """Write times anew where midnight has passed, or the machine is in another time zone."""
        if self._moments.have_moved():
            self.retheme()

    def stop(self) -> None:
        """Keep what was written."""
        self.writing.keep()

    # Parts.

    def _with(self, what: Want, message: MessageView) -> None:
        match what:
            case Want.INSPECT:
                self.errands.letters.inspect(message)
            case Want.COPY:
                self._host.copy(message.text)
            case Want.DELETE:
                self.errands.letters.delete(message)
            case _:
                pass

    def _write(self, text: str) -> None:
        self._show_right(writing=True)
        self.composer.insert(text)

    def _is_looking(self) -> bool:
        """Tell whether the person sees what arrives in the open conversation."""
        shown = not self.has_class("narrow") or self.has_class("chat")
        loaded = self._desk.room.conversation == self._desk.current
        return self.app.app_focus and self.is_current and shown and loaded and self.history.is_at_end

    def _read(self) -> None:
        if self._desk.current and self._is_looking():
            self._desk.mark_read()

    def _gathered(self) -> None:
        self._gathering = None
        self._desk.refresh()

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
        desk = self._desk
        self.set_class(not (desk.current or desk.conversations or desk.requests), "blank")
        if self.has_class("narrow") and not self.has_class("blank"):
            if self.has_class("chat"):
                self._show_right(writing=self.focused is not self.history)
            else:
                self._show_left()
        self._show_keys()

    # Lines.

    def _show_own(self) -> None:
        unread = self._desk.unread()
        self.query_one("#own", Bar).show(self._headlines.own(self._desk.standing.name, unread))
        self._host.entitle(unread)

    def _show_trouble(self) -> None:
        """Show what is wrong with the link above everything."""
        trouble = self._desk.standing.trouble
        banner = self.query_one("#trouble", Bar)
        banner.display = trouble is not None
        if trouble is not None:
            banner.set_class(trouble.urgent, "urgent")
            banner.show(*self._headlines.trouble(trouble, max(20, self.app.size.width - BANNER_SIDES)))

    def _show_contact(self) -> None:
        contact, name = self._desk.contact(), self._desk.current
        self._matter = None
        if contact is not None:
            missing = self._desk.gaps.get(name, 0)
            self._matter = matter_of(contact, has_messages=bool(self._desk.room.messages), missing=missing)
        self.query_one("#header", Bar).show(self._headlines.header(name, contact))
        banner = self.query_one("#banner", Bar)
        banner.display = self._matter is not None
        if self._matter is not None:
            banner.set_class(self._matter.urgent, "urgent")
            banner.show(
                *self._headlines.banner(self._matter, max(20, self.query_one("#right").size.width - BANNER_SIDES))
            )
        self.composer.set_class(self._matter is not None and self._matter.stops, "stopped")

    def _show_keys(self) -> None:
        focused = self.focused
        where = Where.LIST if focused is self.list else Where.READING if focused is self.history else Where.WRITING
        self.query_one("#keys", Bar).show(self._headlines.keys(where, self.app.size.width - 2))
