"""How conversations are called on the screen: a person by their name, a group by its title, notes by what they are."""

from collections import Counter
from collections.abc import Iterable, Mapping

from babilu.api.views import NOTES_LABEL, ConversationView
from babilu.desktop.language import translate
from babilu.desktop.plain_text import person
from babilu.presentation.fuzzy import best_by
from babilu.presentation.group_model import is_group_label


def label_text(label: str, title: str = "") -> str:
    """Give a conversation's label as it is shown; a group has a title in its place."""
    return translate("Conversations", "Notes") if label == NOTES_LABEL else person(title or label)


def label_of(view: ConversationView) -> str:
    """Give what a conversation is called on the screen."""
    return label_text(view.label, view.title)


def shown_labels(views: Iterable[ConversationView]) -> dict[str, str]:
    """Give by their labels what conversations are called where one is chosen.

    Anybody can give a group any title: where another conversation is called the same, its label stands behind it.
    """
    names = {view.label: label_of(view) for view in views}
    often = Counter(name.casefold() for name in names.values())
    return {
        label: f"{name} ({person(label)})" if is_group_label(label) and often[name.casefold()] > 1 else name
        for label, name in names.items()
    }


def fitting_labels(query: str, names: Mapping[str, str]) -> list[str]:
    """Give the labels of the conversations whose names on the screen fit a query, the best first.

    A group is found by its label, too, which stays when its title changes.
    """
    if not query.strip():
        return list(names)
    return best_by(query, names, lambda label: f"{names[label]} {label}" if is_group_label(label) else names[label])
