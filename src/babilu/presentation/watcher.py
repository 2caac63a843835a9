"""Watcher: whoever draws hears from the client's state what of the screen has changed."""

from enum import Flag, auto
from typing import Protocol

from babilu.api import events as e
from babilu.api.views import MessageView
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import ConversationId


class ScreenPart(Flag):
    """What a face shows."""

    LIST = auto()
    ROOM = auto()
    CONTACT = auto()
    STANDING = auto()
    SCHEDULED = auto()
    VOICE = auto()
    """What is recorded and played; rows of voice notes have changed with it."""


class Stale(Flag):
    """What is to be asked for again, because an event says only that it changed."""

    LIST = auto()
    STATUS = auto()
    UNSHOWN = auto()


class Watcher(Protocol):
    """Whoever draws; called where one draws."""

    def changed(self, parts: ScreenPart) -> None:
        """Something that is shown has changed."""

    def turned(self, here: str) -> None:
        """From now on one writes in a conversation, whose messages are still to come: see `ClientState.here`."""

    def opened(self, here: str) -> None:
        """A conversation was opened and its first page is there; empty for none: see `ClientState.here`."""

    def jumped(self, message: MessageView) -> None:
        """The messages around one are there."""

    def arrived(self, messages: tuple[MessageView, ...]) -> None:
        """Messages of others came."""

    def mentioned(self, message: MessageView) -> None:
        """Another wording of somebody's message names oneself, and none before did; a message that came is no such."""

    def told(self, event: e.Event) -> None:
        """Something happened, and the model has taken it over; not of messages."""

    def read(self, conversation: ConversationId) -> None:
        """Nothing is unread any more of a conversation of which something had come, whoever read it."""

    def failed(self, error: BabiluError) -> None:
        """Something failed that belongs to no field and no message."""

    def gather(self) -> None:
        """See that `ClientModel.refresh` is called soon, once for all that comes until then."""
