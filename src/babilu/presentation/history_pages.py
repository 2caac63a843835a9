"""Pages of the open conversation: only the load that was asked for last moves what is shown."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from babilu.api import commands as c
from babilu.api.views import HistoryPage, MessageView
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import ConversationId
from babilu.presentation.client_bridge import ClientBridge
from babilu.presentation.message_window import PAGE, Window


@dataclass(frozen=True, slots=True)
class PageSource:
    """A conversation of which pages are read: what people call it, and its id; None where there is none yet."""

    label: str
    conversation: ConversationId | None

    @property
    def named(self) -> str:
        """What commands call it: by its id it stays the same one."""
        return self.label if self.conversation is None else self.conversation.hex()

    def page(self) -> HistoryPage:
        """Give a page of it on which nothing stands."""
        empty = HistoryPage(self.label, (), more_before=False, more_after=False)
        return empty if self.conversation is None else replace(empty, conversation_id=self.conversation)


class Pages:
    """Loads what is before, after and around.

    A jump, a conversation that opens and a page further up may be under way at once, and the client's answers come in
    any order. Each load has a number, and an answer to another than the last one is dropped: it would tear the reader
    away from where they went since, or leave a hole between two pages.

    Args:
        bridge: The way to the client.
        window: What is loaded.
        shown: Called when the window was filled with a conversation.
        grown: Called when a page was added to what is shown.
        failed: Called with what could not be read.
    """

    def __init__(
        self,
        bridge: ClientBridge,
        window: Window,
        shown: Callable[[], None],
        grown: Callable[[], None],
        failed: Callable[[BabiluError], None],
    ) -> None:
        self._bridge = bridge
        self._window = window
        self._shown = shown
        self._grown = grown
        self._failed = failed
        self._load = 0
        self._loading = False
        self._paging = False

    def open(self, place: PageSource, limit: int, *, keep_unread: bool = False, is_new: bool = False) -> None:
        """Show the newest messages of a conversation; nothing was ever written in one that is new."""
        load = self._begin()

        def failed(error: BabiluError) -> None:
            self._not_shown(load, place, None if is_new else error)

        def came(page: HistoryPage) -> None:
            self._show(load, page, keep_unread=keep_unread)

        self._bridge.request(c.History(place.named, limit), came, failed)

    def oldest(self, place: PageSource, done: Callable[[MessageView], None]) -> None:
        """Show the first messages of a conversation, and call back with the very first."""
        load = self._begin()

        def came(page: HistoryPage) -> None:
            if self._show(load, page, keep_unread=True) and page.messages:
                done(page.messages[0])

        first = c.History(place.named, PAGE, after=0)
        self._bridge.request(first, came, lambda error: self._not_shown(load, place, error))

    def around(self, message: MessageView, done: Callable[[], None]) -> None:
        """Show the messages around one, and call back when they are there."""
        window = self._window
        place = PageSource(message.conversation, message.conversation_id)
        if not self._loading and window.conversation_id == place.conversation and window.row_of(message.id) is not None:
            done()
            return
        load = self._begin()

        def failed(error: BabiluError) -> None:
            self._not_shown(load, place, error)

        def join(older: HistoryPage, newer: HistoryPage) -> None:
            messages = older.messages + newer.messages
            both = HistoryPage(place.label, messages, older.more_before, newer.more_after, older.conversation_id)
            if self._show(load, both):
                done()

        def then(older: HistoryPage) -> None:
            after = older.messages[-1].position if older.messages else message.position - 1
            self._bridge.request(c.History(place.named, PAGE, after=after), lambda newer: join(older, newer), failed)

        self._bridge.request(c.History(place.named, PAGE, before=message.position + 1), then, failed)

    def older(self) -> None:
        """Load the page before the oldest message that is shown."""
        first = self._window.first
        if self._window.more_before and first is not None:
            self._page(c.History(self._shown_place(), PAGE, before=first), self._window.add_older)

    def newer(self) -> None:
        """Load the page after the newest message that is shown."""
        last = self._window.last
        if self._window.more_after and last is not None:
            self._page(c.History(self._shown_place(), PAGE, after=last), self._window.add_newer)

    def clear(self) -> None:
        """Show nothing, whatever is under way."""
        self._begin()
        self._loading = False
        self._window.clear()

    def _shown_place(self) -> str:
        return PageSource(self._window.conversation, self._window.conversation_id).named

    def _begin(self) -> int:
        self._load += 1
        self._loading = True
        self._paging = False
        return self._load

    def _show(self, load: int, page: HistoryPage, *, keep_unread: bool = False) -> bool:
        if load != self._load:
            return False
        self._loading = False
        self._window.show(page, keep_unread=keep_unread)
        self._shown()
        return True

    def _not_shown(self, load: int, place: PageSource, error: BabiluError | None) -> None:
        """Show nothing rather than somebody else's messages."""
        self._show(load, place.page())
        if error is not None:
            self._failed(error)

    def _page(self, command: c.History, add: Callable[[HistoryPage], None]) -> None:
        if self._paging or self._loading:
            return
        self._paging = True
        load = self._load

        def came(page: HistoryPage) -> None:
            if load == self._load:
                self._paging = False
                add(page)
                self._grown()

        def failed(error: BabiluError) -> None:
            if load == self._load:
                self._paging = False
            self._failed(error)

        self._bridge.request(command, came, failed)
