"""Finding: conversations by a few letters, messages by what they say, and people by their names."""

from collections.abc import Sequence
from typing import Final

from babilu.api import commands as c
from babilu.api.views import ContactView, ConversationView, MessageView, SafetyNumberView
from babilu.presentation.invitations import SCHEME
from babilu.terminal.app.app_services import AppServices
from babilu.terminal.app.cells import label
from babilu.terminal.app.chooser import Chooser, ChooserItem
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.conversation_names import shown_conversation
from babilu.terminal.app.dialogs.connections import ConnectionDialogs
from babilu.terminal.app.dialogs.dialogs import Dialogs
from babilu.terminal.app.dialogs.joining import JoiningDialogs
from babilu.terminal.app.file_words import words_of
from babilu.terminal.app.message_renderer import NAME_CELLS
from babilu.terminal.app.sheets import Blank, FormSheet, titled
from babilu.terminal.app.spans import Line, Span
from babilu.terminal.app.themes import Ink
from babilu.terminal.app.ui_context import UiContext
from babilu.terminal.arguments import check_name, is_address, parse_address

CONTACT_PATH: Final = "/@"
"""What stands in a link of somebody before their name."""

EXCERPT_CELLS: Final = 200
SEARCHED: Final = 100
"""Most messages that are shown."""


class SearchDialogs(Dialogs):
    """Sheets in which one finds.

    Args:
        host: Shows them.
        client_model: What they show and change.
        ui_context: What they are shown with.
        ways: Calls an address that is written for a name.
        joining: Joins the group of a link that is written for one.
    """

    def __init__(
        self,
        host: AppServices,
        client_model: TerminalModel,
        ui_context: UiContext,
        ways: ConnectionDialogs,
        joining: JoiningDialogs,
    ) -> None:
        super().__init__(host, client_model, ui_context)
        self._ways = ways
        self._joining = joining

    def switch(self) -> None:
        """Let the person go to a conversation."""
        self._host.put(Chooser(self._say("app.go_to"), self._conversations, self._say("app.nobody")))

    def search(self, conversation: str | None, typed: str = "") -> None:
        """Let the person look for messages, in one conversation or in all."""
        title = self._say("app.search_everywhere")
        if conversation:
            title = self._say("app.search_in", name=self._called(conversation))
            conversation = self._client_model.address(conversation)
        chooser: Chooser

        def find(query: str) -> Sequence[ChooserItem] | None:
            if len(query.strip()) < 2:
                return ()

            def found(messages: tuple[MessageView, ...]) -> None:
                chooser.show(query, [self._found(message, named=conversation is None) for message in messages])

            self._client_model.ask(c.Search(query, conversation, SEARCHED), found)
            return None

        chooser = Chooser(title, find, self._say("app.nothing_found"), typed)
        self._host.put(chooser)

    def begin(self) -> None:
        """Let the person begin a conversation, by a name, an address or a link."""

        def submit(form: FormSheet, values: list[str]) -> None:
            target = values[0].strip()
            if target.startswith(SCHEME):
                self._begin_by_link(form, target)
            elif is_address(target):
                self._ways.begin_call(form, parse_address(target), None)
            else:
                self._begin_with(form, check_name("name", target))

        blank = Blank(self._say("app.name_or_address"))
        self._host.put(
            FormSheet(titled(self._say("app.key.begin")), self._say("app.begin_note"), (blank,), submit, self._say)
        )

    def _begin_by_link(self, form: FormSheet, link: str) -> None:
        """Begin with whom a link is of, or join the group that it leads to."""
        if CONTACT_PATH not in link:
            self._joining.join_by(form, link)
            return

        def added(contact: ContactView | None) -> None:
            form.done()
            if contact is not None:
                self._client_model.open_when_listed(contact.name, self._host.open_conversation)

        self._client_model.ask(c.AddByLink(link), added, form.fail)

    def _conversations(self, query: str) -> list[ChooserItem]:
        known = self._client_model.conversations
        return [self._conversation(known[name]) for name in self._client_model.found(query)]

    def _conversation(self, view: ConversationView) -> ChooserItem:
        name = Span(shown_conversation(self._say, view))
        line = (self._around.symbols.conversation(view), Span(" "), name)
        return ChooserItem(line, self._mark(view), lambda: self._host.open_conversation(view.id.hex()))

    def _mark(self, view: ConversationView) -> Line:
        """Say what is to be known of a conversation that one may go to."""
        if view.unread:
            return (Span(f" {view.unread} ", Ink.BADGE),)
        return (Span(self._say("app.archived_mark"), Ink.FAINT),) if view.archived else ()

    def _found(self, message: MessageView, *, named: bool) -> ChooserItem:
        sender = self._say("app.you") if message.outgoing else label(message.sender, NAME_CELLS)
        words = label(words_of(self._say, message, EXCERPT_CELLS), EXCERPT_CELLS)
        who = f"{self._called(message.conversation)}: " if named else f"{sender}: "
        left = (Span(who, Ink.OWN if message.outgoing else Ink.OTHER), Span(words))
        right = (Span(f"  {self._around.time_format.brief(message.at)}", Ink.FAINT),)
        return ChooserItem(left, right, lambda: self._client_model.around(message))

    def _begin_with(self, form: FormSheet, name: str) -> None:
        def known(view: SafetyNumberView) -> None:
            form.done()
            self._host.open_conversation(view.name)

        self._client_model.ask(c.Verify(name), known, form.fail)
