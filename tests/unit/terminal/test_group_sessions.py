"""Groups as people and programs order and hear them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.group_views import GroupChangeView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import conversation_of, identity_of
from babilu.kernel.errors import ErrorCode
from babilu.kernel.states import GroupChangeKind, MessageState
from tests.unit.terminal.session import Session

PICNIC = conversation_of("#picnic").hex()


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient(accounts=["carol", "dave"])
    made.add_contact("bob")
    yield made
    made.close()


@pytest.fixture
def program(client: FakeClient) -> Session:
    return Session(client)


@pytest.fixture
def person(client: FakeClient) -> Session:
    return Session(client, json_output=False)


def do(**members: object) -> str:
    return json.dumps(members)


def tagged(session: Session, tag: object) -> list[dict[str, Any]]:
    return [event for event in session.events if event.get("tag") == tag]


def count(session: Session, text: str) -> int:
    return sum(text in line for line in session.heard.lines)


# Programs.


def test_a_group_begins_and_its_answer_says_all_of_it_once(program: Session) -> None:
    program.run(do(do="group", title="Picnic", members=["bob", "carol"], tag="g"), program.hears("group"))
    (answer,) = tagged(program, "g")
    assert answer == {
        "event": "group",
        "conversation": "#picnic",
        "conversation_id": PICNIC,
        "title": "Picnic",
        "topic": "",
        "members": [
            {"name": "alice", "role": "owner", "identity": "ab" * 32, "account": "alice", "contact": True, "own": True},
            {"name": "bob", "role": "member", "identity": identity_of("bob").hex(), "account": "bob", "contact": True},
            {
                "name": "carol",
                "role": "member",
                "identity": identity_of("carol").hex(),
                "account": "carol",
                "contact": False,
            },
        ],
        "policy": {"adds": "admins", "posts": "everybody", "pins": "admins"},
        "role": "owner",
        "accepted": True,
        "added_by": None,
        "may_post": True,
        "timer": None,
        "picture": None,
        "history": 0,
        "history_days": 0,
        "entries": 1,
        "heads": answer["heads"],
        "tag": "g",
    }
    assert len(answer["heads"]) == 1
    assert len(program.of("group")) == 1
    (line,) = program.of("line")
    assert (line["kind"], line["change"]) == ("group", {"kind": "created", "by": "alice", "value": "Picnic"})


def test_every_change_is_answered_by_the_group_and_told_no_second_time(client: FakeClient, program: Session) -> None:
    client.groups.begin("Picnic", "bob", told=False)
    program.run(
        do(do="add", conversation="#picnic", names=["carol"], tag=1),
        do(do="role", conversation="#picnic", name="carol", role="admin", tag=2),
        do(do="set", conversation="#picnic", title="Party", topic="At eight", policy={"adds": "everybody"}, tag=3),
        do(do="remove", conversation="#picnic", names=["bob"], tag=4),
        do(do="group_info", conversation="#picnic", tag=5),
        do(do="group_log", conversation="#picnic", n=2, tag=6),
        program.hears("group_log"),
    )
    answers = [tagged(program, tag) for tag in range(1, 6)]
    assert [len(each) for each in answers] == [1] * 5
    added, appointed, renamed, removed, told = (each[0] for each in answers)
    assert [member["name"] for member in added["members"]] == ["alice", "bob", "carol"]
    assert [member["role"] for member in appointed["members"]] == ["owner", "admin", "member"]
    assert (renamed["title"], renamed["topic"], renamed["policy"]["adds"]) == ("Party", "At eight", "everybody")
    assert renamed["conversation"] == "#picnic"
    assert [member["name"] for member in removed["members"]] == ["alice", "carol"]
    assert {**told, "tag": 4} == removed
    (log,) = tagged(program, 6)
    assert [(entry["kind"], entry["counts"]) for entry in log["entries"]] == [("removed", True), ("policy", True)]
    assert log["entries"][1]["value"] == "adds=everybody"
    assert len(program.of("group")) == 5


def test_whoever_leaves_is_answered_by_done_and_sees_the_group_without_themselves(
    client: FakeClient, program: Session
) -> None:
    client.groups.begin("Picnic", "carol", by="bob", told=False)
    program.run(do(do="leave", conversation="#picnic", tag="l"), program.hears("group", role=None))
    first, group = tagged(program, "l")
    assert first == {"event": "done", "do": "leave", "name": "#picnic", "tag": "l"}
    assert [member["name"] for member in group["members"]] == ["bob", "carol"]


def test_an_invitation_is_told_listed_and_answered_by_its_label_or_id(client: FakeClient, program: Session) -> None:
    program.run(
        lambda: client.groups.begin("Picnic", "carol", by="bob", accepted=False),
        lambda: client.groups.begin("Tea", by="bob", accepted=False),
        program.hears("group_invitation", count=2),
        do(do="invitations", tag="i"),
        do(do="accept", name="#picnic", tag="a"),
        do(do="decline", id=conversation_of("#tea").hex(), tag="d"),
        program.hears("done", do="decline"),
    )
    told = program.of("group_invitation")[0]
    assert {key: told[key] for key in ("id", "conversation", "title", "by", "members")} == {
        "id": PICNIC,
        "conversation": "#picnic",
        "title": "Picnic",
        "by": "bob",
        "members": 3,
    }
    (listed,) = program.of("group_invitations")
    assert [each["conversation"] for each in listed["invitations"]] == ["#picnic", "#tea"]
    closed, answered = tagged(program, "a")
    assert (closed["event"], answered["event"], answered["accepted"]) == ("group_invitation_closed", "group", True)
    assert [event["event"] for event in tagged(program, "d")][:2] == ["group_invitation_closed", "done"]


def test_an_own_message_says_how_far_it_has_come_for_how_many(client: FakeClient, program: Session) -> None:
    client.groups.begin("Picnic", "bob", "carol", told=False)

    def progress() -> None:
        (sent,) = (message for message in client.messages("#picnic") if message.outgoing)
        client.groups.advance(sent.id, "bob", MessageState.READ)
        client.groups.advance(sent.id, "carol", MessageState.FAILED, ErrorCode.EXPIRED)
        program.hears("state", failed=1)()

    program.run("#picnic tea?", program.hears("state", state="held"), progress)
    counts = [
        tuple(event[key] for key in ("recipients", "delivered", "read", "failed")) for event in program.of("state")
    ]
    assert counts == [(2, 0, 0, 0), (2, 1, 1, 0), (2, 1, 1, 1)]
    assert program.of("sent")[0]["to"] == "#picnic"


def test_the_state_of_a_message_names_the_people(client: FakeClient, program: Session) -> None:
    client.groups.begin("Picnic", "bob", "carol", told=False)
    message = client.request(c.Send("#picnic", "tea?")).result(10)
    client.groups.advance(message.id, "bob", MessageState.DELIVERED)
    client.groups.advance(message.id, "carol", MessageState.FAILED, ErrorCode.EXPIRED)
    program.run(do(do="state", id=message.id.hex()), program.hears("state"))
    (state,) = program.of("state")
    assert (state["recipients"], state["delivered"], state["failed"], state["devices"]) == (2, 1, 1, [])
    named = [(each["name"], each["state"], each.get("code")) for each in state["people"]]
    assert named == [("bob", "delivered", None), ("carol", "failed", "expired")]


def test_messages_of_a_group_come_under_its_label_from_whoever_wrote_them(client: FakeClient, program: Session) -> None:
    client.groups.begin("Picnic", "bob", "carol", told=False)
    program.run(
        lambda: client.receive("#picnic", "@all tea?", sender="carol", mentions=("all",)), program.hears("message")
    )
    (message,) = program.of("message")
    assert (message["conversation"], message["conversation_id"], message["from"]) == ("#picnic", PICNIC, "carol")
    assert message["mentioned"]
    assert message["identity"] is None


def test_a_message_that_an_admin_removed_names_the_admin(client: FakeClient, program: Session) -> None:
    client.groups.begin("Picnic", "bob", "carol", told=False)
    message = client.receive("#picnic", "spam", sender="carol")
    program.run(
        do(do="delete", id=message.id.hex(), **{"for": "all"}),
        do(do="history", name="#picnic"),
        program.hears("history"),
    )
    assert program.of("deleted")[0]["from"] == "alice"
    removed = next(each for each in program.of("history")[0]["messages"] if each["id"] == message.id.hex())
    assert (removed["deleted"], removed["hidden_by"], removed["text"]) == (True, "alice", "")


def test_links_are_made_listed_and_revoked(client: FakeClient, program: Session) -> None:
    client.groups.begin("Picnic", told=False)
    made = client.request(c.MakeGroupLink("#picnic", uses=2)).result(10)
    program.run(
        do(do="group_link", conversation="#picnic", uses=2, approval=True),
        program.hears("group_link"),
        do(do="links", conversation="#picnic"),
        do(do="unlink", conversation="#picnic", link=made.link),
        do(do="links", conversation="#picnic"),
        program.hears("group_links", count=2),
    )
    (link,) = program.of("group_link")
    assert (link["conversation"], link["uses"], link["left"], link["approval"]) == ("#picnic", 2, 2, True)
    assert link["expires_at"] > made.expires_at
    before, after = program.of("group_links")
    assert [each["link"] for each in before["links"]] == [made.link, link["link"]]
    assert [each["link"] for each in after["links"]] == [link["link"]]


def test_whoever_asks_to_join_is_listed_and_let_in(client: FakeClient, program: Session) -> None:
    client.groups.begin("Picnic", told=False)
    dave = client.groups.ask_to_join("#picnic", "dave")
    erin = client.groups.ask_to_join("#picnic", "erin")
    program.run(
        lambda: client.groups.ask_to_join("#picnic", "frank"),
        program.hears("join_request", name="frank", conversation="#picnic"),
        do(do="join_requests"),
        do(do="accept", id=dave.id, tag="a"),
        do(do="decline", id=erin.id, tag="d"),
        program.hears("done", do="decline"),
    )
    assert [each["name"] for each in program.of("join_requests")[0]["requests"]] == ["dave", "erin", "frank"]
    closed, group = tagged(program, "a")
    assert (closed["event"], closed["id"]) == ("join_request_closed", dave.id)
    assert [member["name"] for member in group["members"]] == ["alice", "dave"]


def shared_before(client: FakeClient) -> e.HistoryShared:
    """Have somebody share a message from before one came, and return the event that says so."""
    client.groups.begin("Picnic", by="bob", told=False)
    old = client.receive("#picnic", "from before", sender="bob")
    client.shape(old.id, shared_by="bob")
    return e.HistoryShared("#picnic", conversation_of("#picnic"), "bob", 1)


def test_programs_are_told_of_older_messages_that_somebody_gave(client: FakeClient, program: Session) -> None:
    shared = shared_before(client)
    program.run(
        lambda: client.tell(shared),
        program.hears("history_shared", conversation="#picnic", by="bob", count=1),
        do(do="history", name="#picnic"),
        program.hears("history"),
    )
    assert program.of("history")[0]["messages"][-1]["shared_by"] == "bob"


def test_people_are_told_of_older_messages_that_somebody_gave(client: FakeClient, person: Session) -> None:
    shared = shared_before(client)
    person.run(
        lambda: client.tell(shared),
        person.reads("bob shared 1 message of #picnic from before you came: /history #picnic"),
        "/history #picnic",
        person.reads("(shared by bob)"),
    )


def test_what_newcomers_are_given_is_set_and_shown(client: FakeClient, program: Session) -> None:
    client.groups.begin("Picnic", by="alice", told=False)
    program.run(
        do(do="set", conversation="#picnic", history=100, history_days=7, tag="s"),
        do(do="set", conversation="#picnic", history=1_001),
        program.hears("error", code="usage"),
    )
    answers = [event for event in tagged(program, "s") if event["event"] == "group"]
    assert [(each["history"], each["history_days"]) for each in answers] == [(100, 7)]


def test_a_person_hears_what_newcomers_are_given_and_reads_it_beside_who_is_in(
    client: FakeClient, person: Session
) -> None:
    client.groups.begin("Picnic", by="alice", told=False)
    person.run(
        "/newcomers #picnic 100 days:7",
        person.reads("You give whoever you let in: up to 100 messages, 7 days old at most."),
        "/members #picnic",
        person.reads("newcomers are given: up to 100 messages, 7 days old at most"),
        "/newcomers #picnic 0",
        person.reads("You give whoever you let in: nothing from before."),
    )


def test_a_label_that_nothing_has_is_not_found_and_the_error_says_how_such_a_text_begins(
    client: FakeClient, program: Session
) -> None:
    program.run("/to bob", "#hashtag of mine", "##hashtag of mine", program.hears("sent"))
    (error,) = program.of("error")
    assert (error["code"], error["name"]) == ("not_found", "#hashtag")
    assert "##hashtag" in error["text"]
    assert client.sent == (("bob", "#hashtag of mine"),)


def test_who_may_add_oneself_is_asked_for_and_set(program: Session) -> None:
    program.run(do(do="who_may_add"), do(do="who_may_add", who="nobody"), program.hears("who_may_add", who="nobody"))
    assert [event["who"] for event in program.of("who_may_add")] == ["everybody", "nobody"]


def test_a_refusal_in_a_group_has_its_code(client: FakeClient, program: Session) -> None:
    client.groups.begin("News", by="bob", told=False)
    client.groups.act("bob", c.ChangeGroup("#news", everybody_posts=False))
    program.run("#news me too", do(do="add", conversation="#news", names=["carol"]), program.hears("error", count=2))
    assert [error["code"] for error in program.of("error")] == ["admins_only", "admins_only"]


def test_the_list_of_conversations_has_what_a_group_is(client: FakeClient, program: Session) -> None:
    client.groups.begin("Picnic", "carol", by="bob", told=False)
    program.run(do(do="conversations"), program.hears("conversations"))
    (found,) = [each for each in program.of("conversations")[0]["conversations"] if each["kind"] == "group"]
    assert (found["conversation"], found["title"], found["members"], found["role"]) == (
        "#picnic",
        "Picnic",
        3,
        "member",
    )
    assert (found["contact"], found["accepted"], found["added_by"], found["may_post"]) == (None, True, "bob", True)


# People.


def test_a_person_starts_a_group_and_writes_to_it_by_its_label(client: FakeClient, person: Session) -> None:
    person.run(
        "/group @bob @carol Sunday picnic",
        person.reads("You are in #sunday-picnic"),
        "#sunday-picnic who brings tea, @carol?",
        "/members #sunday-picnic",
        person.reads("carol · no contact of yours"),
        "/title #sunday-picnic Party",
        "/role #sunday-picnic bob admin",
        "/remove #sunday-picnic carol",
        "/topic #sunday-picnic At eight",
        person.reads("You set the topic: At eight"),
    )
    for said in (
        "#sunday-picnic: You started the group.",
        "→ #sunday-picnic: who brings tea, @carol?",
        "  #sunday-picnic · Sunday picnic · 3 members",
        "  alice · owner · You",
        "#sunday-picnic: You called the group “Party”.",
        "#sunday-picnic: You made bob an admin.",
        "#sunday-picnic: You removed carol.",
    ):
        assert count(person, said) == 1, said
    assert person.complaints.lines == []
    (sent,) = (command for command in client.commands if isinstance(command, c.Send))
    assert sent.mentions == ("carol",)


def test_whoever_is_written_to_in_a_group_is_shown_with_the_label(client: FakeClient, person: Session) -> None:
    client.groups.begin("Picnic", "bob", "carol", told=False)
    person.run(
        lambda: client.receive("#picnic", "I bring tea", sender="carol"),
        person.reads("#picnic/carol: I bring tea"),
        lambda: client.groups.act("bob", c.QuitGroup("#picnic")),
        person.reads("#picnic: bob left."),
    )


def test_one_is_asked_with_whom_a_group_goes_on(client: FakeClient, person: Session) -> None:
    client.groups.begin("Picnic", "bob", "carol", by="bob", told=False)
    person.run(
        lambda: client.groups.split("#picnic", "bob", "carol"),
        person.reads("/follow #picnic bob"),
        "/follow #picnic carol",
        person.reads("You follow carol"),
    )
    assert count(person, "bob, carol go on with Picnic, each in a way of their own: choose whom you follow.") == 1
    assert c.FollowGroup("#picnic", "carol") in client.commands
    assert person.complaints.lines == []


def test_of_receipts_of_a_group_only_what_is_new_for_the_message_is_said(client: FakeClient, person: Session) -> None:
    client.groups.begin("Picnic", "bob", "carol", "dave", told=False)

    def progress() -> None:
        (sent,) = (message for message in client.messages("#picnic") if message.outgoing)
        client.groups.advance(sent.id, "bob", MessageState.DELIVERED)
        client.groups.advance(sent.id, "carol", MessageState.FAILED, ErrorCode.EXPIRED)
        person.reads("held")()
        client.groups.advance(sent.id, "dave", MessageState.DELIVERED)

    person.run("#picnic tea?", person.reads("✓ held"), progress, person.reads("✓✓ delivered"))
    said = [line.strip() for line in person.heard.lines if "· #picnic" in line]
    assert said[-1] == "✓✓ delivered, 2 of 3 have it, 1 does not get it · #picnic #1"
    assert len(said) <= 3, said


def test_invitations_and_people_who_want_to_join_are_said_with_what_answers_them(
    client: FakeClient, person: Session
) -> None:
    client.groups.begin("Tea", told=False)
    person.run(
        lambda: client.groups.begin("Picnic", "carol", by="bob", accepted=False),
        person.reads("/accept #picnic or /decline #picnic"),
        "/invitations",
        "/decline #picnic",
        person.reads("You declined #picnic. Its members see that you left."),
        "/link #tea uses:2 approval:on",
        person.reads("babilu://127.0.0.1:5050/+tea"),
        "/links #tea",
        lambda: client.groups.ask_to_join("#tea", "dave"),
        person.reads("dave wants to join"),
        "/join_requests",
        "/who_may_add nobody",
        person.reads("Nobody may add you to groups."),
    )
    assert count(person, "bob added you to “Picnic”, which has 3 members.") == 2
    assert count(person, "until") == 2
    assert count(person, "dave wants to join") == 2


def test_what_does_not_count_says_why_in_a_line_and_in_the_log(client: FakeClient, person: Session) -> None:
    client.groups.begin("Picnic", "bob", told=False)
    void = GroupChangeView(GroupChangeKind.ADDED, "bob", "dave", counts=False, why_not="ended")
    sentence = "bob added dave. This does not count: their place was ended by somebody who did not know of it."
    person.run(
        lambda: client.groups.say("#picnic", void),
        person.reads(f"#picnic: {sentence}"),
        "/group_log #picnic",
        person.reads("You started the group."),
    )
    assert count(person, sentence) == 2


def test_a_group_stands_in_the_list_with_title_and_members(client: FakeClient, person: Session) -> None:
    client.groups.begin("Picnic", "carol", by="bob")
    client.groups.begin("Tea", by="bob", accepted=False)
    person.run("/conversations", person.reads("#tea · Tea · waits for /accept or /decline"))
    assert count(person, "#picnic · Picnic · 3 members: bob started the group.") == 1


def test_a_person_is_told_how_a_text_begins_that_is_no_label(client: FakeClient) -> None:
    session = Session(client, json_output=False, language="es")
    session.run("/to bob", "#hashtag of mine", lambda: session.complaints.until(lambda: bool(session.complaints.lines)))
    (line,) = session.complaints.lines
    assert "Aquí nada se llama #hashtag" in line
    assert "##hashtag" in line


def test_a_removed_message_names_the_admin(client: FakeClient, person: Session) -> None:
    client.groups.begin("Picnic", "bob", "carol", told=False)
    message = client.receive("#picnic", "spam", sender="carol", announced=False)
    client.request(c.DeleteMessage(message.id, for_all=True)).result(10)
    person.run("/history #picnic", person.reads("You removed a message of carol"))


def test_the_state_of_a_message_lists_the_people(client: FakeClient, person: Session) -> None:
    client.groups.begin("Picnic", "bob", "carol", told=False)
    message = client.request(c.Send("#picnic", "tea?")).result(10)
    client.groups.advance(message.id, "bob", MessageState.READ)
    client.groups.advance(message.id, "carol", MessageState.FAILED, ErrorCode.EXPIRED)
    person.run(f"/state {message.id.hex()}", person.reads("carol: failed"))
    assert count(person, "  bob: read 20") == 1
    assert count(person, "00000000") == 1  # the message's own id, and no device's


def test_a_pin_and_a_timer_of_a_group_are_said_once_and_a_message_by_its_number(
    client: FakeClient, person: Session
) -> None:
    client.groups.begin("Picnic", "bob", told=False)
    message = client.receive("#picnic", "at eight", sender="bob")
    person.run(
        "/history #picnic",
        person.reads("#picnic/bob: at eight"),
        f"/pin {message.id.hex()}",
        f"/unpin {message.id.hex()}",
        "/timer #picnic 1h",
        person.reads("disappear after 1 hour"),
        lambda: client.groups.act("alice", c.SetTimer("#picnic", None)),
        person.reads("new messages stay"),
    )
    said = [line for line in person.heard.lines if "pinned" in line or "messages" in line]
    assert [line.split("· ", 1)[1] for line in said] == [
        "#picnic: You pinned #1.",
        "#picnic: You unpinned #1.",
        "#picnic: You let new messages disappear after 1 hour.",
        "#picnic: You let new messages stay.",
    ]


def outsider_of(client: FakeClient) -> e.OutsiderWrote:
    """Begin a group, and return the event that says that somebody writes who is out of it."""
    client.groups.begin("Picnic", by="bob", told=False)
    return e.OutsiderWrote("#picnic", conversation_of("#picnic"), "carol")


def test_programs_are_told_that_somebody_writes_who_is_out(client: FakeClient, program: Session) -> None:
    outside = outsider_of(client)
    program.run(
        lambda: client.tell(outside),
        program.hears("outsider_wrote", conversation="#picnic", name="carol"),
    )


def test_people_are_told_that_somebody_writes_who_is_out(client: FakeClient, person: Session) -> None:
    outside = outsider_of(client)
    person.run(
        lambda: client.tell(outside),
        person.reads("carol is out of #picnic, or may not write there: a message is not shown."),
    )
