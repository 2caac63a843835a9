"""The bars around list and messages: who one is, with whom one talks, what must be dealt with, what the keys do."""

from collections.abc import Callable
from typing import Final

from babilu.presentation.banners import Matter, matter_of
from babilu.terminal.app.client_model import TerminalModel
from babilu.terminal.app.headers import Headers, HeaderState
from babilu.terminal.app.keys import KeyBinding, Where
from babilu.terminal.app.top_bar import Bar

BANNER_SIDES: Final = 4
"""Cells at both sides of what a banner says."""

NARROWEST: Final = 20
"""Cells that a sentence gets at least, however narrow the screen is."""


class FrameBars:
    """Fills the bars.

    Args:
        client_model: What they say.
        headers: Writes it.

    Attributes:
        trouble: What is wrong with the link.
        own: Who one is, and how much is unread.
        header: With whom one talks.
        banner: What must be dealt with in the open conversation.
        keys: What the keys do.
        matter: What the banner is about, or None.
    """

    def __init__(self, client_model: TerminalModel, headers: Headers) -> None:
        self._client_model = client_model
        self._headers = headers
        self.trouble = Bar(id="trouble")
        self.own = Bar(id="own")
        self.header = Bar(id="header")
        self.banner = Bar(id="banner")
        self.keys = Bar(id="keys")
        self.matter: Matter | None = None

    def show_own(self, unread: int) -> None:
        """Show who one is."""
        self.own.show(self._headers.own(self._client_model.connection_status.name, unread))

    def show_trouble(self, width: int) -> None:
        """Show what is wrong with the link above everything, on a screen of so many cells."""
        trouble = self._client_model.connection_status.trouble
        self.trouble.display = trouble is not None
        if trouble is not None:
            self.trouble.set_class(trouble.urgent, "urgent")
            self.trouble.show(*self._headers.trouble(trouble, max(NARROWEST, width - BANNER_SIDES)))

    def show_contact(self, width: int) -> None:
        """Show with whom one talks, and what must be dealt with, in a pane of so many cells."""
        model = self._client_model
        contact, name = model.contact(), model.current
        known, group = model.listed.get(model.current_id), model.groups.of(name)
        state = HeaderState(
            frozenset() if known is None else model.typing.get(known.id, frozenset()),
            len(model.scheduled_in(name)),
            muted=known is not None and known.muted,
            archived=known is not None and known.archived,
            topic="" if group is None else group.topic,
        )
        self.header.show(self._headers.header(name, known, state, width))
        self.matter = None
        if contact is not None:
            missing = 0 if known is None else model.gaps.get(known.id, 0)
            self.matter = matter_of(contact, has_messages=bool(model.room.messages), missing=missing)
        self.banner.display = self.matter is not None
        if self.matter is not None:
            self.banner.set_class(self.matter.urgent, "urgent")
            self.banner.show(*self._headers.banner(self.matter, max(NARROWEST, width - BANNER_SIDES)))

    def show_keys(self, where: Where, width: int, makes_sense: Callable[[KeyBinding], bool]) -> None:
        """Show what the keys do there now."""
        self.keys.show(self._headers.keys(where, width, makes_sense))
