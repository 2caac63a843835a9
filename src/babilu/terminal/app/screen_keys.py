"""What keys do on the screen, wherever the focus is; what they do is a sheet, or a step to another conversation."""

from abc import abstractmethod

from textual.screen import Screen

from babilu.api.views import ConversationView
from babilu.presentation.strings import Strings
from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.composer import ComposerField, EditTask, is_command, is_doubled
from babilu.terminal.app.dialogs.dialog_set import DialogSet
from babilu.terminal.app.drafts import Drafts
from babilu.terminal.app.frame_bars import FrameBars
from babilu.terminal.app.history_view import HistoryView
from babilu.terminal.app.palette import Palette
from babilu.terminal.app.voice_actions import VoiceActions


class ScreenKeys(Screen[None]):
    """A screen whose keys do this; its parts are made by who shows them."""

    bars: FrameBars
    composer: ComposerField
    dialogs: DialogSet
    history: HistoryView
    voice: VoiceActions
    writing: Drafts
    _client_model: TerminalModel
    _host: AppServices
    _palette: Palette
    _say: Strings

    @abstractmethod
    def open_conversation(self, name: str) -> None:
        """Open a conversation and write in it."""

    @abstractmethod
    def listed(self) -> list[ConversationView]:
        """Give the conversations of the list, in its order."""

    def action_switch(self) -> None:
        """Go to a conversation by a few letters."""
        self.dialogs.search_dialogs.switch()

    def action_begin(self) -> None:
        """Begin a conversation."""
        self.dialogs.search_dialogs.begin()

    def action_next_unread(self) -> None:
        """Go to the next request or conversation with something unread."""
        waiting = self._client_model.waiting()
        if waiting:
            self.dialogs.decide(waiting[0])
            return
        rows = self.listed()
        current = self._client_model.current_id
        start = next((place + 1 for place, each in enumerate(rows) if each.id == current), 0)
        for view in (*rows[start:], *rows[:start]):
            if (view.unread or view.marked_unread) and view.id != current:
                self.open_conversation(view.id.hex())
                return

    def action_step(self, steps: int) -> None:
        """Go to the next or the previous conversation."""
        ids = [each.id for each in self.listed()]
        if ids:
            current = self._client_model.current_id
            place = ids.index(current) + steps if current in ids else 0
            self.open_conversation(ids[place % len(ids)].hex())

    def action_search(self) -> None:
        """Look for messages in the open conversation."""
        self.dialogs.search_dialogs.search(self._client_model.here or None)

    def action_search_all(self) -> None:
        """Look for messages everywhere."""
        self.dialogs.search_dialogs.search(None)

    def action_details(self) -> None:
        """Show the contact, or the group, of the open conversation."""
        self.dialogs.details(self._client_model.here)

    def action_new_group(self) -> None:
        """Start a group."""
        self.dialogs.groups.start()

    def action_connection(self) -> None:
        """Show how one is reached."""
        self.dialogs.ways.connection()

    def action_matter(self, place: int) -> None:
        """Deal with what the banner says."""
        matter = self.bars.matter
        if matter is not None and place < len(matter.steps):
            self.dialogs.people.deal(matter.steps[place], matter.contact)

    def action_trouble(self) -> None:
        """Deal with what is wrong with the link."""
        trouble = self._client_model.connection_status.trouble
        if trouble is not None:
            self.dialogs.ways.deal(trouble)

    def action_try_now(self) -> None:
        """Try to reach the relay now."""
        self.dialogs.ways.try_now()

    def action_palette(self) -> None:
        """Show all that can be done."""
        self._palette.open()

    def action_help(self) -> None:
        """Show all keys and commands."""
        self._palette.show_help()

    def action_schedule(self) -> None:
        """Have what stands in the field sent later."""
        text, name, task = self.composer.text.strip(), self.composer.conversation, self.composer.errand
        if not (name and text) or isinstance(task, EditTask) or is_command(text):
            self._host.say_so(self._say("app.write_first"))
            return

        def kept() -> None:
            if self.composer.conversation == name:
                self.composer.errand = None
                self.composer.fill("")
                self.writing.done(None)

        plain = text[1:] if is_doubled(text) else text
        self.dialogs.scheduled.ask(name, plain, None if task is None else task.message, kept)

    def action_record(self) -> None:
        """Record a voice note, or end the recording."""
        self.voice.record()

    def action_listen(self) -> None:
        """Listen to the recording that waits, or stop it."""
        self.voice.listen()

    def action_discard(self) -> None:
        """Throw the recording away."""
        self.voice.discard()

    def action_scheduled(self) -> None:
        """Show what is sent later in the open conversation."""
        self.dialogs.scheduled.show(self._client_model.here or None)

    def action_want(self, what: str) -> None:
        """Do something with the message that is selected."""
        self.history.action_want(what)

    def action_edit(self) -> None:
        """Write in an editor of one's own."""
        self.composer.fill(self._host.edit(self.composer.text))

    def action_newest(self) -> None:
        """Go to the newest message."""
        self.history.select(None)
        if self._client_model.room.more_after:
            self._client_model.newest()
        else:
            self.history.end()
