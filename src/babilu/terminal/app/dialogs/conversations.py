"""Conversations: what is pinned, how long messages stay, when one is silent, what is told, and their end here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from babilu.api import commands as c
from babilu.api.views import ContactView, ConversationView, MessageView, PrivacySwitch, ReceiptsView
from babilu.presentation.durations import duration
from babilu.presentation.fuzzy import score
from babilu.presentation.receipts import receipts_command
from babilu.presentation.strings import MisuseError
from babilu.terminal.app.cells import label
from babilu.terminal.app.chooser import Chooser, ChooserItem
from babilu.terminal.app.conversation_names import shown_conversation
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.file_words import words_of
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.pages import Act
from babilu.terminal.app.parts import paragraph, paragraphs, table
from babilu.terminal.app.sheets import Blank, FormSheet, Sheet, titled
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.themes import Ink
from babilu.terminal.local_time import end_of_day, moment_of

TIMERS: Final = (None, 30, 300, 3_600, 28_800, 86_400, 7 * 86_400, 30 * 86_400, 90 * 86_400, 365 * 86_400)
"""Seconds that are offered, after which messages disappear."""

SILENCES: Final = (3_600, 8 * 3_600, 86_400, 7 * 86_400, None)
"""Seconds that are offered, for which a conversation is silent; None for good."""

EXCERPT: Final = 200
SEARCHED: Final = 100


@dataclass(frozen=True, slots=True)
class SwitchSentences:
    """Ids of the sentences about one switch: what it tells, its title and act in a conversation, and on and off."""

    tells: str
    title: str
    act: str
    turn_on: str
    turn_off: str


SWITCHES: Final = {
    PrivacySwitch.READ: SwitchSentences(
        "app.receipts.read", "app.receipts.read_in", "app.do.read", "app.do.read_on", "app.do.read_off"
    ),
    PrivacySwitch.TYPING: SwitchSentences(
        "app.receipts.typing", "app.receipts.typing_in", "app.do.typing", "app.do.typing_on", "app.do.typing_off"
    ),
    PrivacySwitch.PRESENCE: SwitchSentences(
        "app.receipts.presence",
        "app.receipts.presence_in",
        "app.do.presence",
        "app.do.presence_on",
        "app.do.presence_off",
    ),
}

CHOICES: Final = ((None, "app.inherited"), (True, "app.on"), (False, "app.off"))
"""What a conversation can have, of each that is told: None is as everywhere."""


class ConversationDialogs(Dialogs):
    """Sheets about conversations."""

    def pins(self, name: str) -> None:
        """Show what is pinned, and go to what is chosen."""

        def show(messages: tuple[MessageView, ...]) -> None:
            self._choose_message(titled(self._say("app.do.pins")), messages, self._say("app.no_pins"))

        self._client_model.ask(c.Pins(self._client_model.address(name)), show)

    def timer(self, name: str) -> None:
        """Let the person choose after how long new messages disappear, for all."""
        place = self._client_model.address(name)

        def order(seconds: int | None) -> Callable[[], None]:
            return lambda: self._client_model.ask(c.SetTimer(place, seconds))

        offers = [
            (self._say("app.timer.never") if each is None else duration(self._say, each), order(each))
            for each in TIMERS
        ]
        self._choose(titled(self._say("app.do.timer")), offers)

    def mute(self, name: str) -> None:
        """Let the person choose how long a conversation is silent."""
        now = self._around.clock.now_ms()

        place = self._client_model.address(name)

        def order(seconds: int | None) -> Callable[[], None]:
            until = None if seconds is None else now + 1000 * seconds
            return lambda: self._client_model.ask(c.SetMuted(place, True, until))

        offers = [
            (self._say("app.mute.always") if each is None else duration(self._say, each), order(each))
            for each in SILENCES
        ]
        self._choose(titled(self._say("app.do.mute_until")), offers)

    def archive(self, view: ConversationView) -> None:
        """Put a conversation away, or bring it back."""
        name = shown_conversation(self._say, view)
        key = "did.archive.off" if view.archived else "did.archive"
        self._client_model.ask(
            c.SetArchived(view.id.hex(), not view.archived), lambda _: self._host.say_so(self._say(key, name=name))
        )

    def archived(self) -> None:
        """Show the conversations that were put away."""
        known = self._client_model.conversations
        offers = [
            (shown_conversation(self._say, each), lambda each=each: self._host.open_conversation(each.id.hex()))
            for each in known.values()
            if each.archived
        ]
        self._choose(titled(self._say("app.do.archived")), offers, nothing="app.no_archived")

    def mark_unread(self, view: ConversationView) -> None:
        """Mark a conversation as unread, or no longer."""
        unread = not (view.marked_unread or view.unread)
        command: c.Command[Any] = c.MarkUnread(view.id.hex()) if unread else c.MarkRead(view.id.hex())
        self._client_model.ask(command)

    def clear(self, name: str) -> None:
        """Ask whether everything that was said is deleted here."""
        place = self._client_model.address(name)

        def order(*, hide: bool) -> Callable[[], None]:
            def done(count: int) -> None:
                self._host.say_so(self._say("app.did.cleared", count=count))

            return lambda: self._client_model.ask(c.ClearConversation(place, hide), done)

        acts = (
            Act(self._say("app.do.cancel"), bool),
            Act(self._say("app.do.clear"), order(hide=False), grave=True),
            Act(self._say("app.do.clear_and_hide"), order(hide=True), grave=True),
        )
        title = self._say("app.clear_question", name=self._called(name))
        self._host.put(Sheet(title, paragraphs(self._say("app.clear_note")), acts))

    def rename(self, contact: ContactView) -> None:
        """Let the person give somebody another local name."""
        place = self._client_model.address(contact.name)

        def submit(form: FormSheet, values: list[str]) -> None:
            def done(_: ContactView) -> None:
                form.done()
                if self._client_model.here == place:
                    self._host.open_conversation(place)

            self._client_model.ask(c.Rename(place, values[0].strip(), contact.identity), done, form.fail)

        blank = Blank(self._say("app.name"), contact.name)
        title = self._say("app.rename_title", name=label(contact.name, NAME_CELLS))
        self._host.put(FormSheet(title, self._say("app.rename_note"), (blank,), submit, self._say))

    def receipts(self, name: str | None) -> None:
        """Show what is told and shown of reading, typing and presence, and switch it."""
        where = None if name is None else self._client_model.address(name)
        self._client_model.ask(c.ReceiptSettings(where), self._show_receipts)

    def _show_receipts(self, view: ReceiptsView) -> None:
        where = view.conversation
        acts = [Act(self._say("app.do.close"), bool)]
        rows = []
        for each, sentences in SWITCHES.items():
            on = bool(getattr(view, each.value))
            state = self._say("app.on" if on else "app.off")
            state = self._say("app.is_inherited", state=state) if each in view.inherited else state
            rows.append((self._say(sentences.tells), state))
            if where is None:
                turn = self._say(sentences.turn_off if on else sentences.turn_on)
                acts.append(Act(turn, self._switcher(where, each, on=not on)))
            else:
                acts.append(Act(self._say(sentences.act), self._receipt_choice(where, each)))
        title = (
            self._say("app.receipts_everywhere")
            if where is None
            else self._say("app.receipts_in", name=self._called(where))
        )

        def lines(width: int) -> list[Line]:
            return [*table(rows, width), (), *paragraph(self._say("app.receipts_note"), width, Ink.FAINT)]

        self._host.put(Sheet(title, lines, acts))

    def _receipt_choice(self, where: str, switch: PrivacySwitch) -> Callable[[], None]:
        """Let the person choose what one conversation has."""
        offers = [(self._say(key), self._switcher(where, switch, on=on)) for on, key in CHOICES]
        title = self._say(SWITCHES[switch].title, name=self._called(where))
        return lambda: self._choose(title, offers)

    def _switcher(self, where: str | None, switch: PrivacySwitch, *, on: bool | None) -> Callable[[], None]:
        place = None if where is None else self._client_model.address(where)
        return lambda: self._client_model.ask(receipts_command(place, {switch: on}), self._show_receipts)

    def go_to_date(self, name: str) -> None:
        """Let the person go to what was said on a day."""

        def submit(form: FormSheet, values: list[str]) -> None:
            at = self._day(values[0])
            if at is None:
                raise MisuseError("nothing_given")
            form.done()
            self._client_model.show_since(name, at, lambda: self._host.say_so(self._say("app.nothing_since")))

        blank = Blank(self._say("app.date_blank"))
        self._host.put(
            FormSheet(titled(self._say("app.do.date")), self._say("app.date_note"), (blank,), submit, self._say)
        )

    def search(self, conversation: str | None) -> None:
        """Let the person look for messages by words, person and days."""

        def submit(form: FormSheet, values: list[str]) -> None:
            words, person, since, until = (value.strip() for value in values)
            last = self._day(until)
            if last is not None and "-" in until and ":" not in until:
                last = end_of_day(last)
            command = c.Search(words, conversation, SEARCHED, person or None, self._day(since), last)

            def found(messages: tuple[MessageView, ...]) -> None:
                form.done()
                self._choose_message(self._say("app.found"), messages, self._say("app.nothing_found"))

            self._client_model.ask(command, found, form.fail)

        blanks = [
            Blank(self._say(key))
            for key in ("app.words_blank", "app.person_blank", "app.since_blank", "app.until_blank")
        ]
        title = titled(self._say("app.do.search_exactly"))
        self._host.put(FormSheet(title, self._say("app.search_note"), blanks, submit, self._say))

    def _day(self, text: str) -> int | None:
        """Read a day, or a time; None where nothing is written."""
        if not text.strip():
            return None
        at = moment_of(text.strip(), self._around.clock.now_ms(), past=True)
        if at is None:
            raise MisuseError("not_a_time")
        return at

    def _choose_message(self, title: str, messages: Sequence[MessageView], nothing: str) -> None:
        """Let the person go to one of several messages."""

        def item(message: MessageView) -> ChooserItem:
            sender = self._say("app.you") if message.outgoing else label(message.sender, NAME_CELLS)
            words = Span(label(words_of(self._say, message, EXCERPT), EXCERPT))
            left = (Span(f"{sender}: ", Ink.OWN if message.outgoing else Ink.OTHER), words)
            right = (Span(f"  {self._around.time_format.brief(message.at)}", Ink.FAINT),)
            return ChooserItem(left, right, lambda: self._client_model.around(message))

        def find(query: str) -> list[ChooserItem]:
            return [item(message) for message in messages if score(query, message.text) is not None]

        self._host.put(Chooser(title, find, nothing))
