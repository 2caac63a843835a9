import itertools
from collections.abc import Iterator

import pytest

from babilu.api.group_views import GroupChangeView
from babilu.group.reasons import NotCounted
from babilu.kernel.states import GroupChangeKind, GroupRole
from babilu.presentation.group_words import ABOUT_PEOPLE, change_text, reason_text, role_text
from babilu.presentation.strings import LANGUAGES, Strings

POLICIES = [f"{field}={who}" for field in ("adds", "posts", "pins") for who in ("everybody", "admins")]


def changes() -> Iterator[GroupChangeView]:
    """Give every change that there can be: by and to oneself and others, with a value and without."""
    for kind in GroupChangeKind:
        values = {GroupChangeKind.POLICY: POLICIES, GroupChangeKind.TIMER: ["3600", ""]}.get(kind, ["Tea", ""])
        for value, by in itertools.product(values, ("alice", "bob")):
            for who in ("alice", "bob", "carol") if kind in ABOUT_PEOPLE else (None,):
                if who != by or kind is GroupChangeKind.DEMOTED:
                    yield GroupChangeView(kind, by, who, value or None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_change_has_its_sentence(language: str) -> None:
    say = Strings(language)

    sentences = {change: change_text(change, say, "alice") for change in changes()}

    assert all(sentence.strip() for sentence in sentences.values())
    assert [change for change, sentence in sentences.items() if change.by == "alice" and "alice" in sentence] == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (GroupChangeView(GroupChangeKind.ADDED, "bob", "carol"), "bob added carol."),
        (GroupChangeView(GroupChangeKind.ADDED, "bob", "alice"), "bob added you."),
        (GroupChangeView(GroupChangeKind.ADDED, "alice", "carol"), "You added carol."),
        (GroupChangeView(GroupChangeKind.DEMOTED, "bob", "bob"), "bob is no admin any more, by their own choice."),
        (GroupChangeView(GroupChangeKind.TIMER, "bob", value="3600"), "bob lets new messages disappear after 1 hour."),
        (GroupChangeView(GroupChangeKind.POLICY, "bob", value="posts=admins"), "bob lets only admins write."),
        (
            GroupChangeView(GroupChangeKind.TITLE, "bob\u202e", value="Tea\nparty"),
            "bob\\u202e called the group “Tea\\nparty”.",
        ),
        (
            GroupChangeView(GroupChangeKind.ADDED, "bob", "carol", counts=False, why_not="ended"),
            "bob added carol. This does not count: their place was ended by somebody who did not know of it.",
        ),
    ],
)
def test_a_change_is_said_as_it_concerns_oneself(change: GroupChangeView, sentence: str) -> None:
    assert change_text(change, Strings(), "alice") == sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_role_and_every_reason_has_words(language: str) -> None:
    say = Strings(language)

    assert len({role_text(role, say) for role in GroupRole}) == len(GroupRole)
    assert len({reason_text(reason, say) for reason in NotCounted}) == len(NotCounted)
    assert reason_text("of_tomorrow", say) == "of_tomorrow"
