import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from babilu.api.group_views import (
    AudienceView,
    GroupChangeView,
    GroupInvitationView,
    JoinRequestView,
    PersonReceiptView,
)
from babilu.group.reasons import NotCounted
from babilu.kernel.ids import ConversationId, IdentityKey
from babilu.kernel.states import GroupChangeKind, GroupRole, MessageState
from babilu.presentation.group_rights import GroupStop, MemberAct
from babilu.presentation.group_words import (
    ABOUT_PEOPLE,
    act_name,
    audience_line,
    change_text,
    invitation_sentence,
    join_sentence,
    lacking,
    lacking_line,
    lacking_reason,
    leaving_sentence,
    member_count,
    pinned_message,
    reason_text,
    removed_line,
    role_text,
    stepping_down_sentence,
    stop_sentence,
)
from babilu.presentation.plain_text import one_line
from babilu.presentation.strings import LANGUAGES, Strings
from tests.unit.presentation.groups_under_test import group
from tests.unit.presentation.pages import message

SAY = Strings("en")
CONVERSATION = ConversationId(bytes(32))
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


def test_every_act_and_every_stop_has_words() -> None:
    for language in LANGUAGES:
        say = Strings(language)
        assert len({act_name(act, say) for act in MemberAct}) == len(MemberAct)
        assert len({stop_sentence(stop, say) for stop in GroupStop}) == len(GroupStop)


def test_a_message_that_an_admin_removed_names_the_admin() -> None:
    gone = replace(message(1), sender="bob", text="", deleted=True, hidden_by="olga")
    assert removed_line(gone, SAY, "alice") == "olga removed a message of bob"
    assert removed_line(gone, SAY, "olga") == "You removed a message of bob"
    assert removed_line(replace(gone, outgoing=True), SAY, "bob") == "olga removed your message"


def test_an_invitation_names_who_adds_the_title_and_how_many_are_in() -> None:
    said = GroupInvitationView("07", "#picnic", CONVERSATION, "Picnic", 1, "olga", 0)
    assert invitation_sentence(said, SAY, one_line) == "olga added you to “Picnic”, which has 1 member."
    untitled = GroupInvitationView("07", "#group", CONVERSATION, "", 5, "olga", 0)
    assert invitation_sentence(untitled, SAY, one_line) == "olga added you to a group that has 5 members."


def test_a_request_to_join_names_the_group_by_its_label_where_the_title_is_not_known() -> None:
    request = JoinRequestView("1", "#picnic", CONVERSATION, "bob", IdentityKey(bytes(32)), 0)
    assert join_sentence(request, SAY, "Picnic", one_line) == "bob wants to join “Picnic”."
    assert join_sentence(request, SAY, "", one_line) == "bob wants to join “#picnic”."


def test_who_leaves_is_told_who_follows() -> None:
    stays = "What was written stays here; nothing more comes. To come back, somebody has to add you."
    assert leaving_sentence(group("olga"), SAY, one_line) == f"alice goes on as owner. {stays}"
    assert leaving_sentence(group("alice"), SAY, one_line) == stays
    alone = leaving_sentence(group("olga", ("olga",)), SAY, one_line)
    assert alone == f"Nobody else is in the group: it ends with you. {stays}"


def test_who_steps_down_is_told_who_follows() -> None:
    stays = "You stay as a member; an admin can appoint you again."
    assert stepping_down_sentence(group("olga"), SAY, one_line) == f"alice goes on as owner. {stays}"
    assert stepping_down_sentence(group("alice"), SAY, one_line) == stays


def test_members_are_counted_in_words() -> None:
    assert [member_count(count, SAY) for count in (1, 2)] == ["1 member", "2 members"]


def test_the_message_that_was_pinned_is_known_where_the_change_names_it() -> None:
    named = GroupChangeView(GroupChangeKind.PINNED, "olga", value="0f" * 16)
    assert pinned_message(named) == bytes.fromhex("0f" * 16)
    assert pinned_message(replace(named, value="nonsense")) is None
    assert pinned_message(replace(named, kind=GroupChangeKind.TITLE)) is None


def test_receipts_are_counted_in_people() -> None:
    assert audience_line(AudienceView(5, 4, 3, 0), SAY) == "Read by 3 of 5"
    assert audience_line(AudienceView(5, 4, 0, 0), SAY) == "Delivered to 4 of 5"
    assert lacking_line(AudienceView(14, 12, 0, 1), SAY) == "2 of 14 have not got it"
    assert lacking_line(AudienceView(14, 13, 0, 1), SAY) == "1 of 14 has not got it"
    assert lacking_line(AudienceView(14, 14, 3, 0), SAY) == ""


def receipt(name: str, state: MessageState, error: str | None = None) -> PersonReceiptView:
    return PersonReceiptView(name, IdentityKey(bytes(32)), state, error=error)


def test_who_has_not_got_a_message_is_named_with_the_reason_the_hopeless_first() -> None:
    people = (
        receipt("ann", MessageState.HELD),
        receipt("bob", MessageState.READ),
        receipt("cleo", MessageState.FAILED, "not_found"),
        receipt("dan", MessageState.QUEUED),
        receipt("eve", MessageState.DELIVERED),
    )
    without = lacking(people)
    assert [person.name for person in without] == ["cleo", "dan", "ann"]
    reasons = [lacking_reason(person, SAY) for person in without]
    assert reasons[0] == SAY.problem("not_found", "")
    assert reasons[1:] == [
        "It waits here until it can be sent.",
        "The relay holds it until they are online.",
    ]
