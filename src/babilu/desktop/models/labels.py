"""How conversations are called on the screen: a person by their name, notes to oneself by what they are."""

from collections.abc import Sequence

from babilu.api.views import NOTES_LABEL, ConversationView
from babilu.desktop.language import translate
from babilu.desktop.plain_text import person
from babilu.presentation.fuzzy import best


def label_text(label: str) -> str:
    """Give a conversation's label as it is shown."""
    return translate("Conversations", "Notes") if label == NOTES_LABEL else person(label)


def fitting_labels(query: str, labels: Sequence[str]) -> list[str]:
    """Give the labels of the conversations whose names on the screen fit a query, the best first."""
    names = {label_text(label): label for label in labels}
    return [names[name] for name in best(query, names)] if query.strip() else list(labels)


def label_of(view: ConversationView) -> str:
    """Give what a conversation is called on the screen."""
    return label_text(view.label)
