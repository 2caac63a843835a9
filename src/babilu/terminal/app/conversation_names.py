"""What a conversation is called on the screen: by its contact's name, or as notes to oneself."""

from babilu.api.views import NOTES_LABEL
from babilu.presentation.strings import Strings
from babilu.terminal.app.cells import cut, label
from babilu.terminal.app.message_renderer import NAME_CELLS


def shown_name(say: Strings, name: str, most: int = NAME_CELLS) -> str:
    """Give the name of a conversation in at most so many cells."""
    return cut(say("app.notes"), most) if name == NOTES_LABEL else label(name, most)
