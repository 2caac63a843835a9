"""How conversations are called on the screen: a person by their name, notes to oneself by what they are."""

from babilu.api.views import NOTES_LABEL, ConversationView
from babilu.desktop.language import translate
from babilu.desktop.plain_text import person


def label_text(label: str) -> str:
    """Give a conversation's label as it is shown."""
    return translate("Conversations", "Notes") if label == NOTES_LABEL else person(label)


def label_of(view: ConversationView) -> str:
    """Give what a conversation is called on the screen."""
    return label_text(view.label)
