"""Media list of a conversation: pictures, voice notes, other files or links, page after page, the newest first.

It holds what was asked for. What is deleted or worded otherwise meanwhile leaves it at once, wherever that happened.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto, unique
from typing import Final

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import FileView, MediaPage, MessageView
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import MessageId
from babilu.kernel.links import links
from babilu.kernel.states import MediaKind
from babilu.presentation.client_bridge import ClientBridge
from babilu.presentation.files import freed_places, with_freed
from babilu.presentation.formatting import TextStyle, format_text

MEDIA_PAGE: Final = 60
"""Messages asked for at once."""

ORDER: Final = (MediaKind.PICTURE, MediaKind.FILE, MediaKind.LINK, MediaKind.VOICE)
"""In this order faces offer the kinds."""


@unique
class MediaPhase(Enum):
    """How the list stands."""

    LOADING = auto()
    READY = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class MediaItem:
    """Something that a message brings.

    Attributes:
        message: The message.
        file: Which of its files; None for a link.
        address: The link; empty for a file, and where every link of the message stands in a spoiler or in code.
    """

    message: MessageView
    file: FileView | None = None
    address: str = ""


class MediaList:
    """Asks for one kind after another.

    Args:
        bridge: The way to the client.
        conversation: Its id as commands take it.
        changed: Called when something else is to be shown.

    Attributes:
        kind: What is shown.
        items: As far as it was asked for, the newest first.
        more: Whether there are older ones.
        phase: How the list stands.
        error: Why it could not be read, or None.
    """

    def __init__(self, bridge: ClientBridge, conversation: str, changed: Callable[[], None]) -> None:
        self._bridge = bridge
        self._conversation = conversation
        self._changed = changed
        self._messages: list[MessageView] = []
        self._asked = 0
        self.kind = ORDER[0]
        self.items: tuple[MediaItem, ...] = ()
        self.more = False
        self.phase = MediaPhase.LOADING
        self.error: BabiluError | None = None

    def show(self, kind: MediaKind) -> None:
        """Show a kind from its newest on."""
        self.kind, self._messages, self.items, self.more = kind, [], (), False
        self._ask(None)

    def older(self) -> None:
        """Ask for older ones, where there are any and nobody asks already; again where that failed."""
        if self.phase is MediaPhase.FAILED or (self.phase is MediaPhase.READY and self.more):
            self._ask(self._messages[-1].position if self._messages else None)

    def stop(self) -> None:
        """Take no answer any more: nobody looks at the list."""
        self._asked += 1
        self._changed = lambda: None

    def hear(self, event: e.Event) -> None:
        """Let go of what is deleted, and follow what changes."""
        match event:
            case e.MessageDeleted(message, conversation_id=place) | e.MessageExpired(message, conversation_id=place):
                if place.hex() == self._conversation:
                    self._drop(message)
            case e.ConversationCleared(conversation_id=place) if place.hex() == self._conversation:
                self._asked += 1
                self._messages, self.more, self.phase = [], False, MediaPhase.READY
                self._show()
            case e.MessageEdited(view) | e.TextStateChanged(view) if view.conversation_id.hex() == self._conversation:
                if any(each.id == view.id for each in self._messages):
                    self._messages = [view if each.id == view.id else each for each in self._messages]
                    self._show()
            case e.FilesFreed(conversation_id=place, files=files) if place.hex() == self._conversation:
                freed = freed_places(files)
                self._messages = [with_freed(each, freed.get(each.id, ())) for each in self._messages]
                self._show()
            case _:
                pass

    def _ask(self, before: int | None) -> None:
        self._asked += 1
        number = self._asked
        self.phase, self.error = MediaPhase.LOADING, None

        def take(page: MediaPage) -> None:
            if number == self._asked:
                self._messages += page.messages
                self.more, self.phase = page.more, MediaPhase.READY
                self._show()

        def refused(error: BabiluError) -> None:
            if number == self._asked:
                self.phase, self.error = MediaPhase.FAILED, error
                self._changed()

        self._bridge.request(c.Media(self._conversation, self.kind, MEDIA_PAGE, before), take, refused)
        self._changed()

    def _drop(self, message: MessageId) -> None:
        left = [each for each in self._messages if each.id != message]
        if len(left) < len(self._messages):
            self._messages = left
            self._show()

    def _show(self) -> None:
        self.items = tuple(item for message in self._messages for item in items_of(message, self.kind))
        self._changed()


def items_of(message: MessageView, kind: MediaKind) -> tuple[MediaItem, ...]:
    """Give what a message brings of a kind."""
    if kind is not MediaKind.LINK:
        return tuple(MediaItem(message, file) for file in message.files if file.kind is kind)
    found = visible_links(message.text)
    return tuple(MediaItem(message, None, address) for address in found or ("",))


def visible_links(text: str) -> tuple[str, ...]:
    """Give the links of a text, each once; what stands in a spoiler or in code is left out, as it is no link there."""
    hidden = TextStyle.SPOILER | TextStyle.CODE
    blocks = (block for block in format_text(text) if not block.code)
    shown = ("".join("\n" if run.style & hidden else run.text for run in block.runs) for block in blocks)
    return tuple(dict.fromkeys(link.address for words in shown for link in links(words)))
