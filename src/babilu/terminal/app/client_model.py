"""Client model of the terminal: that of every face, which here also remembers what was open last."""

from collections.abc import Callable
from typing import Final

from babilu.api import commands as c
from babilu.api.views import ConversationView, MessageView
from babilu.presentation.archive_model import remind_once
from babilu.presentation.client_bridge import ClientBridge
from babilu.presentation.client_model import ClientModel
from babilu.presentation.client_state import is_begun
from babilu.presentation.emoji import QUICK, with_recent
from babilu.presentation.message_window import Window
from babilu.presentation.watcher import ScreenPart
from babilu.terminal.app.connection_status import TerminalStatus
from babilu.terminal.local_time import day_of

LAST_OPENED: Final = "faces.last_conversation"
"""Key of the stored value that names the conversation that was open last, by its id in hex."""

RECENT_EMOJI: Final = "faces.recent_emoji"
"""Key of the stored value that names the reactions that were used last, parted by blanks."""

SAVE_FOLDER: Final = "faces.save_folder"
"""Key of the stored value that names the folder into which files were saved last."""

EVERYTHING: Final = ScreenPart.LIST | ScreenPart.ROOM | ScreenPart.CONTACT | ScreenPart.STANDING


class TerminalModel(ClientModel):
    """What the client has told, and actions for it.

    Args:
        bridge: The way to the client.
        status: Where the client stands, in words.

    Attributes:
        recent_emoji: Reactions that were used last, the last one first.
        request: Asks the client for what changes nothing that is shown: see `ClientBridge.request`.
        with_client: Begins what needs the client itself: see `ClientBridge.with_client`.
    """

    def __init__(self, bridge: ClientBridge, status: TerminalStatus) -> None:
        super().__init__(bridge, status, Window(day_of))
        self._bridge = bridge
        self.request = bridge.request
        self.with_client = bridge.with_client
        self.status = status
        self.recent_emoji: tuple[str, ...] = QUICK

    def reopen(self) -> None:
        """Open the conversation that was open last, or the only one, unless one is opened meanwhile."""

        def ask(name: str | None) -> None:
            self._bridge.request(c.Conversations(), lambda found: self._reopen(name or "", found))

        self._bridge.request(c.ReadValue(LAST_OPENED), ask, lambda _: ask(None))

    def remind_of_backups(self, now: int, remind: Callable[[], object]) -> None:
        """Remind whoever has something to lose and no backup, once; see `remind_once`."""
        remind_once(self._bridge, now, remind)

    def read_recent(self) -> None:
        """Read which reactions were used last."""

        def came(kept: str | None) -> None:
            for emoji in reversed((kept or "").split()):
                self.recent_emoji = with_recent(emoji, self.recent_emoji)

        self._bridge.request(c.ReadValue(RECENT_EMOJI), came, lambda _: None)

    def react(self, message: MessageView, emoji: str) -> None:
        """React to a message, or take that back; what was used is offered first from now on."""
        self.toggle_reaction(message, emoji)
        self.recent_emoji = with_recent(emoji, self.recent_emoji)
        self._bridge.request(c.StoreValue(RECENT_EMOJI, " ".join(self.recent_emoji)), None, lambda _: None)

    def read_save_folder(self, done: Callable[[str | None], None]) -> None:
        """Read into which folder files were saved last."""
        self._bridge.request(c.ReadValue(SAVE_FOLDER), done, lambda _: done(None))

    def keep_save_folder(self, folder: str) -> None:
        """Keep into which folder files are saved."""
        self._bridge.request(c.StoreValue(SAVE_FOLDER, folder), None, lambda _: None)

    def tell_typing(self, name: str) -> None:
        """Say that one is typing; nobody is told where that is impossible."""
        self._bridge.request(c.Typing(self.address(name)), None, lambda _: None)

    def remember(self, name: str) -> None:
        """Open a conversation again at the next start."""
        if self.view(name) is not None:
            self._bridge.request(c.StoreValue(LAST_OPENED, self.address(name)), None, lambda _: None)

    def _reopen(self, name: str, conversations: tuple[ConversationView, ...]) -> None:
        names = [each.id.hex() for each in conversations]
        begun = [each.id.hex() for each in conversations if is_begun(each)]
        only = begun[0] if len(begun) == 1 else ""
        name = name if name in names else only
        if name and not self.here:
            self.open(name)
