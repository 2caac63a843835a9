"""What a conversation is called on the screen: by its contact's name, by a group's title, or as notes to oneself."""

from typing import Final

from babilu.api.views import NOTES_LABEL, ConversationView
from babilu.kernel.states import ConversationKind
from babilu.presentation.strings import Strings
from babilu.terminal.app.cells import cut, label
from babilu.terminal.app.message_renderer import NAME_CELLS

TITLE_CELLS: Final = 48
"""Most cells of a group's title."""


def shown_name(say: Strings, name: str, most: int = NAME_CELLS) -> str:
    """Give what a conversation is called that is known by its label alone, in at most so many cells."""
    return cut(say("app.notes"), most) if name == NOTES_LABEL else label(name, most)


def shown_conversation(say: Strings, view: ConversationView, most: int = NAME_CELLS) -> str:
    """Give what a conversation is called, in at most so many cells; of a group or an import that is its title."""
    # Only what the client says to be notes is called so: a group can have any title.
    if view.kind in {ConversationKind.GROUP, ConversationKind.IMPORTED}:
        return label(view.title or view.label, most)
    return shown_name(say, view.label, most)


def typing_words(say: Strings, view: ConversationView | None, people: frozenset[str]) -> str:
    """Say who is typing; in a conversation of two everybody knows who that is."""
    if view is None or view.kind is not ConversationKind.GROUP:
        return say("app.typing")
    if len(people) == 1:
        return say("app.typing_one", name=label(next(iter(people)), NAME_CELLS))
    return say("app.typing_many", count=len(people))
