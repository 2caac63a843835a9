from itertools import product

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
    act_name,
    audience_line,
    group_line,
    invitation_sentence,
    join_sentence,
    lacking,
    lacking_line,
    lacking_reason,
    leaving_sentence,
    member_count,
    role_name,
    stepping_down_sentence,
    stop_sentence,
    why_not,
)
from babilu.presentation.plain_text import one_line
from babilu.presentation.strings import LANGUAGES, Strings
from tests.unit.presentation.groups_under_test import group

SAY = Strings("en")
CONVERSATION = ConversationId(bytes(32))


def line(
    kind: GroupChangeKind, by: str = "olga", who: str | None = None, value: str | None = None, say: Strings = SAY
) -> str:
    return group_line(GroupChangeView(kind, by, who, value), say, "alice", one_line)


def test_a_line_says_who_did_what_to_whom() -> None:
    assert line(GroupChangeKind.ADDED, who="bob") == "olga added bob."
    assert line(GroupChangeKind.ADDED, who="alice") == "olga added you."
    assert line(GroupChangeKind.REMOVED, by="alice", who="bob") == "You removed bob."
    assert line(GroupChangeKind.LEFT) == "olga left."
    assert line(GroupChangeKind.TITLE, value="Sunday") == "olga named the group “Sunday”."
    assert line(GroupChangeKind.MOVED) == "olga goes on as owner."
    assert line(GroupChangeKind.ADDED, who="bob", say=Strings("es")) == "olga añadió a bob."


def test_stepping_down_is_no_demotion_by_somebody_else() -> None:
    assert line(GroupChangeKind.DEMOTED, who="olga") == "olga stepped down, and stays as a member."
    assert line(GroupChangeKind.DEMOTED, by="alice", who="alice") == "You stepped down, and stay as a member."
    assert line(GroupChangeKind.DEMOTED, who="bob") == "olga made bob a member again, and no admin."


def test_what_was_taken_away_is_not_said_to_be_set() -> None:
    assert line(GroupChangeKind.TOPIC, value="food") == "olga wrote what the group is about: food"
    assert line(GroupChangeKind.TOPIC) == "olga removed the topic of the group."
    assert line(GroupChangeKind.TIMER, value="86400") == "olga lets new messages disappear after 1 day."
    assert line(GroupChangeKind.TIMER) == "olga lets new messages stay."


def test_a_line_about_the_policy_says_who_may_do_what() -> None:
    assert line(GroupChangeKind.POLICY, value="posts=admins") == "olga lets only admins write."
    assert line(GroupChangeKind.POLICY, value="adds=everybody") == "olga lets everybody add people."
    assert line(GroupChangeKind.POLICY, value="songs=nobody") == "olga changed who may do what."


def test_an_act_that_does_not_count_says_so_and_why() -> None:
    change = GroupChangeView(GroupChangeKind.ADDED, "olga", "bob", counts=False, why_not=NotCounted.ENDED.value)
    said = group_line(change, SAY, "alice", one_line)
    assert said == (
        "olga added bob. It does not count: its author was removed or demoted by somebody who did not know of it."
    )
    assert why_not("a_reason_of_tomorrow", SAY) == "It does not count."


def test_names_and_titles_of_others_steer_nothing() -> None:
    assert "\n" not in line(GroupChangeKind.TITLE, by="ol\nga", value="a\nb\u202e")
    assert "\u202e" not in line(GroupChangeKind.TITLE, by="ol\nga", value="a\nb\u202e")


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_change_role_reason_act_and_stop_has_words_in_every_language(language: str) -> None:
    say = Strings(language)
    values = (None, "3600", "adds=admins", "posts=everybody", "pins=admins", "other")
    for kind, by, who, value in product(GroupChangeKind, ("olga", "alice"), (None, "bob", "alice"), values):
        assert line(kind, by, who, value, say)
    told = {why_not(reason.value, say) for reason in NotCounted}
    assert len(told) == len(NotCounted)
    assert len({role_name(role, say) for role in GroupRole}) == len(GroupRole)
    assert len({act_name(act, say) for act in MemberAct}) == len(MemberAct)
    assert len({stop_sentence(stop, say) for stop in GroupStop}) == len(GroupStop)


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
