import json
from pathlib import Path

import pytest

from babilu.api import commands as c
from babilu.kernel.ids import EntryHash
from babilu.kernel.limits import GROUP_MEMBERS
from babilu.kernel.states import GroupAdders, GroupRole
from babilu.presentation.strings import MisuseError
from babilu.terminal.command_line import parse_json, parse_line

LINK = "babilu://127.0.0.1:5050/+picnic#0a"
ID = "ab" * 32


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("#picnic hello", c.Send("#picnic", "hello")),
        ("#picnic  two  blanks", c.Send("#picnic", " two  blanks")),
        ("#notes buy bread", c.Send("#notes", "buy bread")),
        ("#3 stays a message", c.Send("#3", "stays a message")),
        ("##1 fan", c.Send("#tea", "#1 fan")),
        ("## heading", c.Send("#tea", "# heading")),
        ("@#picnic hello", c.Send("#picnic", "hello")),
        ("/group Sunday  picnic", c.StartGroup("Sunday  picnic")),
        ("/group @bob @carol Sunday picnic", c.StartGroup("Sunday picnic", ("bob", "carol"))),
        ("/group @@home", c.StartGroup("@home")),
        (f"/add {LINK}", c.AddByLink(LINK)),
        ("/add bob carol", c.AddToGroup("#tea", ("bob", "carol"))),
        ("/add #picnic bob", c.AddToGroup("#picnic", ("bob",))),
        (f"/add {ID} @bob", c.AddToGroup(ID, ("bob",))),
        ("/remove bob", c.RemoveFromGroup("#tea", ("bob",))),
        ("/remove #picnic bob carol", c.RemoveFromGroup("#picnic", ("bob", "carol"))),
        ("/role bob admin", c.SetRole("#tea", "bob", GroupRole.ADMIN)),
        ("/role #picnic bob member", c.SetRole("#picnic", "bob", GroupRole.MEMBER)),
        ("/follow bob", c.FollowGroup("#tea", "bob")),
        ("/follow #picnic bob", c.FollowGroup("#picnic", "bob")),
        ("/leave", c.QuitGroup("#tea")),
        ("/leave #picnic", c.QuitGroup("#picnic")),
        ("/title Sunday party", c.ChangeGroup("#tea", title="Sunday party")),
        ("/title #picnic Sunday party", c.ChangeGroup("#picnic", title="Sunday party")),
        ("/title ##1 fans", c.ChangeGroup("#tea", title="#1 fans")),
        ("/title #picnic ##1 fans", c.ChangeGroup("#picnic", title="#1 fans")),
        ("/topic At eight", c.ChangeGroup("#tea", topic="At eight")),
        ("/topic #picnic", c.ChangeGroup("#picnic", topic="")),
        ("/topic", c.ChangeGroup("#tea", topic="")),
        (
            "/policy adds:everybody posts:admins",
            c.ChangeGroup("#tea", everybody_adds=True, everybody_posts=False),
        ),
        ("/policy #picnic pins:everybody", c.ChangeGroup("#picnic", everybody_pins=True)),
        ("/group_picture off", c.ChangeGroup("#tea", picture="")),
        (f"/group_picture #picnic {__file__}", c.ChangeGroup("#picnic", picture=__file__)),
        ("/newcomers 0", c.ChangeGroup("#tea", history=0)),
        ("/newcomers #picnic 100 days:7", c.ChangeGroup("#picnic", history=100, history_days=7)),
        ("/members", c.GetGroup("#tea")),
        ("/members #picnic", c.GetGroup("#picnic")),
        ("/group_log", c.GroupLogOf("#tea", 20)),
        ("/group_log #picnic 5", c.GroupLogOf("#picnic", 5)),
        ("/invitations", c.GroupInvitations()),
        ("/link", c.MakeGroupLink("#tea")),
        ("/link #picnic uses:5 approval:on hours:24", c.MakeGroupLink("#picnic", 5, True, 24)),
        ("/link newcomers:on", c.MakeGroupLink("#tea", newcomers=True)),
        ("/links #picnic", c.GroupLinks("#picnic")),
        (f"/unlink {LINK}", c.RevokeGroupLink("#tea", LINK)),
        (f"/unlink #picnic {LINK}", c.RevokeGroupLink("#picnic", LINK)),
        (f"/join {LINK}", c.JoinGroup(LINK)),
        ("/join_requests", c.JoinRequests()),
        ("/who_may_add", c.WhoMayAdd()),
        ("/who_may_add nobody", c.WhoMayAdd(GroupAdders.NOBODY)),
        ("/accept #picnic", c.Accept("#picnic")),
        ("/timer #picnic 1h", c.SetTimer("#picnic", 3_600)),
    ],
)
def test_a_line_about_a_group_is_one_order(line: str, action: object) -> None:
    assert parse_line(line, "#tea").action == action


@pytest.mark.parametrize(
    "line",
    [
        "#",
        "# heading",
        "#picnic",
        "#picnic ",
        "/group",
        "/group @bob",
        "/add",
        "/add #picnic",
        "/remove #picnic",
        "/role bob",
        "/role bob owner",
        "/role #picnic bob reader",
        "/leave now",
        "/title",
        "/title #picnic",
        "/policy",
        "/policy adds:me",
        "/policy #picnic colour:red",
        "/link uses:0",
        "/unlink not-a-link",
        "/join https://example.org",
        "/who_may_add me",
        "/set title",
        "/group_link",
    ],
)
def test_a_line_about_a_group_that_makes_no_sense_is_refused_with_a_sentence(line: str) -> None:
    with pytest.raises(MisuseError):
        parse_line(line, "#tea")


@pytest.mark.parametrize("line", ["/members", "/add bob", "/title Party", "/leave"])
def test_a_line_that_names_no_group_needs_a_conversation(line: str) -> None:
    with pytest.raises(MisuseError):
        parse_line(line, "")


@pytest.mark.parametrize("line", ["#", "# heading", "#picnic"])
def test_what_could_be_meant_as_a_text_is_told_how_such_a_text_begins(line: str) -> None:
    with pytest.raises(MisuseError, match="##"):
        parse_line(line, "#tea")


@pytest.mark.parametrize(
    ("given", "action"),
    [
        ({"do": "group", "title": "Picnic", "members": ["bob"]}, c.StartGroup("Picnic", ("bob",))),
        ({"do": "group", "title": "Picnic", "topic": "Tea"}, c.StartGroup("Picnic", (), "Tea")),
        ({"do": "add", "conversation": "#picnic", "names": ["bob"]}, c.AddToGroup("#picnic", ("bob",))),
        ({"do": "add", "link": LINK}, c.AddByLink(LINK)),
        ({"do": "remove", "conversation_id": ID, "names": ["bob"]}, c.RemoveFromGroup(ID, ("bob",))),
        (
            {"do": "role", "conversation": "#picnic", "name": "bob", "role": "admin"},
            c.SetRole("#picnic", "bob", GroupRole.ADMIN),
        ),
        ({"do": "leave", "conversation": "#picnic"}, c.QuitGroup("#picnic")),
        ({"do": "follow", "conversation": "#picnic", "of": "bob"}, c.FollowGroup("#picnic", "bob")),
        ({"do": "set", "conversation": "#picnic", "title": "Tea"}, c.ChangeGroup("#picnic", "Tea")),
        ({"do": "set", "conversation": "#picnic", "topic": ""}, c.ChangeGroup("#picnic", topic="")),
        (
            {"do": "set", "conversation": "#picnic", "policy": {"adds": "everybody", "posts": "admins"}},
            c.ChangeGroup("#picnic", everybody_adds=True, everybody_posts=False),
        ),
        (
            {"do": "set", "conversation": "#picnic", "history": 100, "history_days": 7},
            c.ChangeGroup("#picnic", history=100, history_days=7),
        ),
        ({"do": "set", "conversation": "#picnic", "picture": None}, c.ChangeGroup("#picnic", picture="")),
        ({"do": "set", "conversation": "#picnic", "picture": "/a"}, c.ChangeGroup("#picnic", picture="/a")),
        (
            {"do": "group_link", "conversation": "#picnic", "uses": 5, "approval": True, "newcomers": True},
            c.MakeGroupLink("#picnic", 5, True, newcomers=True),
        ),
        ({"do": "unlink", "conversation": "#picnic", "link": LINK}, c.RevokeGroupLink("#picnic", LINK)),
        ({"do": "links", "conversation": "#picnic"}, c.GroupLinks("#picnic")),
        ({"do": "join", "link": LINK}, c.JoinGroup(LINK)),
        ({"do": "group_info", "conversation": "#picnic"}, c.GetGroup("#picnic")),
        (
            {"do": "group_log", "conversation": "#picnic", "n": 2, "before": ID},
            c.GroupLogOf("#picnic", 2, EntryHash(bytes.fromhex(ID))),
        ),
        ({"do": "invitations"}, c.GroupInvitations()),
        ({"do": "join_requests"}, c.JoinRequests()),
        ({"do": "who_may_add", "who": "everybody"}, c.WhoMayAdd(GroupAdders.EVERYBODY)),
        ({"do": "who_may_add"}, c.WhoMayAdd()),
        ({"do": "accept", "id": ID}, c.Accept(ID)),
        (
            {"do": "send", "to": "#picnic", "text": "@all hi", "mention_all": "all"},
            c.Send("#picnic", "@all hi", mentions=("all",)),
        ),
    ],
)
def test_an_object_about_a_group_is_one_order(given: dict[str, object], action: object) -> None:
    assert parse_json(json.dumps(given)).action == action


@pytest.mark.parametrize(
    "line",
    [
        '{"do":"group"}',
        '{"do":"group","title":"x","members":"bob"}',
        '{"do":"add"}',
        '{"do":"add","names":["bob"]}',
        '{"do":"add","conversation":"#picnic","names":[]}',
        '{"do":"remove","conversation":"#picnic","names":[]}',
        '{"do":"role","conversation":"#picnic","name":"bob","role":"owner"}',
        '{"do":"role","conversation":"#picnic","name":"bob","role":7}',
        '{"do":"set","conversation":"#picnic"}',
        '{"do":"set","conversation":"#picnic","policy":{}}',
        '{"do":"set","conversation":"#picnic","policy":"everybody"}',
        '{"do":"set","conversation":"#picnic","policy":{"adds":true}}',
        '{"do":"set","conversation":"#picnic","policy":{"colours":"everybody"}}',
        '{"do":"who_may_add","who":"me"}',
        '{"do":"title","conversation":"#picnic","title":"x"}',
        '{"do":"members","conversation":"#picnic"}',
        '{"do":"send","to":"#picnic","text":"@all hi","mention_all":"everybody"}',
    ],
)
def test_an_object_about_a_group_that_makes_no_sense_is_refused(line: str) -> None:
    with pytest.raises(MisuseError):
        parse_json(line)


def test_as_many_people_are_named_as_a_group_can_have() -> None:
    names = [f"guest{number}" for number in range(GROUP_MEMBERS)]
    given = {"do": "add", "conversation": "#picnic", "names": names}
    assert parse_json(json.dumps(given)).action == c.AddToGroup("#picnic", tuple(names))
    with pytest.raises(MisuseError):
        parse_json(json.dumps({**given, "names": [*names, "one more"]}))


def test_a_path_of_a_picture_is_made_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"do": "set", "conversation": "#picnic", "picture": "a.png"}
    assert parse_json(json.dumps(given)).action == c.ChangeGroup("#picnic", picture=str(tmp_path / "a.png"))
