"""Words about groups in the language of the window; most of them stand in the catalogues that every face shares."""

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QLocale

from babilu.api.group_views import GroupInvitationView, GroupView, JoinRequestView
from babilu.api.views import ConversationView, MessageView
from babilu.desktop.language import translate
from babilu.desktop.plain_text import one_line, person
from babilu.kernel.states import ConversationKind
from babilu.presentation import group_words as words
from babilu.presentation.group_rights import group_stop
from babilu.presentation.strings import Strings

TOPIC_SHOWN: Final = 160
TYPING_NAMED: Final = 2
"""So many who type are named; of more it is said how many they are."""


def say() -> Strings:
    """Give the sentences of the language in force."""
    return Strings(QLocale().name())


def change_line(message: MessageView, own: str) -> str:
    """Say what has changed in a group."""
    return "" if message.change is None else words.change_text(message.change, say(), own, safe)


def safe(text: str) -> str:
    """Make a name, title or topic fit for a sentence."""
    return one_line(text, TOPIC_SHOWN)


def members_words(view: ConversationView) -> str:
    """Say how many people are in a group."""
    return words.member_count(view.members, say())


def stop_words_of(view: ConversationView) -> str:
    """Say why one cannot write in a group; empty where one can."""
    stop = group_stop(view)
    return "" if stop is None else words.stop_sentence(stop, say())


def typing_words(kind: ConversationKind, people: Iterable[str]) -> str:
    """Say who is typing; with one person it is clear who that is."""
    names = sorted(people)
    if kind is not ConversationKind.GROUP:
        return translate("Conversations", "is typing…")
    if len(names) > TYPING_NAMED:
        return translate("Conversations", "%n people are typing…", None, len(names))
    if len(names) == TYPING_NAMED:
        return translate("Conversations", "{0} and {1} are typing…").format(*map(person, names))
    return translate("Conversations", "{0} is typing…").format(person(names[0]) if names else "")


def decision_title(waiting: GroupInvitationView | JoinRequestView, titles: dict[str, ConversationView]) -> str:
    """Say what a decision is about."""
    if isinstance(waiting, GroupInvitationView):
        return words.invitation_sentence(waiting, say(), safe)
    known = titles.get(waiting.conversation)
    return words.join_sentence(waiting, say(), "" if known is None else known.title, safe)


def split_words(title: str, names: Sequence[str]) -> str:
    """Say who goes on with a group in different ways."""
    return words.split_sentence(title, names, say(), safe)


def follow_words(name: str) -> str:
    """Say what follows one of them."""
    return say()("group.follow", name=safe(name))


def stepping_down_words(group: GroupView) -> str:
    """Say what it means to give up the own role, and who goes on as owner."""
    return words.stepping_down_sentence(group, say(), safe)


def leaving_words(group: GroupView) -> str:
    """Say what it means to leave, and who goes on as owner."""
    return words.leaving_sentence(group, say(), safe)
