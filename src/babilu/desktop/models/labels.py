"""How conversations are called on the screen: a person by their name, notes to oneself by what they are."""

from babilu.api.views import NOTES_LABEL, ConversationView
from babilu.desktop.language import translate
from babilu.desktop.plain_text import person
from babilu.kernel.ids import ConversationId
from babilu.kernel.states import ConversationKind


def label_text(label: str) -> str:
    """Give a conversation's label as it is shown."""
    return translate("Conversations", "Notes to myself") if label == NOTES_LABEL else person(label)


def unwritten_notes() -> ConversationView:
    """Give the notes to oneself as they are before the first one is written."""
    return ConversationView(
        id=ConversationId(b""),
        kind=ConversationKind.NOTES,
        label=NOTES_LABEL,
        contact=None,
        last=None,
        unread=0,
        draft="",
        pinned=False,
        muted=False,
    )


def label_of(view: ConversationView) -> str:
    """Give what a conversation is called on the screen."""
    return label_text(view.label)
