"""Groups as programs order and hear them, between real processes: rooms of people who need not know each other."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.pairs import meet
from tests.e2e.processes import DEADLINE_S, Event, JsonProcess, Processes, RelayProcess

PICNIC = "#picnic"
CHOIR, LUNCH, GARDEN, MARKET, HARBOUR = "#choir", "#lunch", "#garden", "#market", "#harbour"
"""Labels of groups: people whom several tests share are in one of each."""


@pytest.fixture
def relay(processes: Processes) -> RelayProcess:
    return processes.relay()


def who_know_each_other(processes: Processes, relay: RelayProcess) -> tuple[JsonProcess, JsonProcess, JsonProcess]:
    alice, bob, carol = (processes.client(relay, name) for name in ("alice", "bob", "carol"))
    for each in (alice, bob, carol):
        each.take("link", state="online")
    meet(alice, bob)
    meet(alice, carol, ("alice", "carol"))
    return alice, bob, carol


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[JsonProcess, JsonProcess, JsonProcess]]:
    """Alice, who knows bob and carol; these two have never met. Each test has a group of another title."""
    with Processes(tmp_path_factory.mktemp("three")) as processes:
        people = who_know_each_other(processes, processes.relay())
        yield people
        for each in people:
            each.end_input()
            assert each.wait() == 0, each.describe()
            assert [line for line in each.errors if "Traceback" in line] == []
            assert each.garbage == []


def begin(owner: JsonProcess, *members: tuple[str, JsonProcess], title: str = "Picnic") -> Event:
    """Have somebody start a group, and everybody accept."""
    owner.do("group", title=title, members=[name for name, _ in members], tag="begin")
    group = owner.take("group", tag="begin")
    for _, member in members:
        join(member)
    return group


def join(member: JsonProcess) -> Event:
    invitation = member.take("group_invitation")
    member.do("accept", id=invitation["id"], tag="join")
    return member.take("group", tag="join")


def names(group: Event) -> list[tuple[str, str]]:
    return [(member["name"], member["role"]) for member in group["members"]]


def until(process: JsonProcess, label: str, **members: Any) -> Event:
    """Give the next state of a group that has these members."""
    return process.take("group", conversation=label, **members)


def until_members(process: JsonProcess, label: str, *wanted: str) -> Event:
    """Give the next state of a group with exactly these people."""
    while True:
        group = until(process, label)
        if [name for name, _ in names(group)] == list(wanted):
            return group


def test_a_group_is_started_accepted_and_talked_in(three: tuple[JsonProcess, JsonProcess, JsonProcess]) -> None:
    alice, bob, carol = three
    alice.do("group", title="Picnic", members=["bob", "carol"], topic="Sunday", tag="g")
    group = alice.take("group", tag="g")
    assert (group["conversation"], group["title"], group["topic"], group["role"]) == (
        PICNIC,
        "Picnic",
        "Sunday",
        "owner",
    )
    assert names(group) == [("alice", "owner"), ("bob", "member"), ("carol", "member")]

    invitation = bob.take("group_invitation")
    assert (invitation["conversation"], invitation["title"], invitation["by"]) == (PICNIC, "Picnic", "alice")
    assert invitation["members"] == 3
    bob.write(f"/accept {PICNIC}")
    assert until(bob, PICNIC, accepted=True)["added_by"] == "alice"
    join(carol)

    alice.write(f"{PICNIC} who brings tea?")
    sent = alice.take("sent", to=PICNIC)["id"]
    for each in (bob, carol):
        message = each.take("message", id=sent)
        assert (message["conversation"], message["from"], message["text"]) == (PICNIC, "alice", "who brings tea?")
        assert message["identity"] is None
    alice.take("state", id=sent, state="delivered")

    bob.do("send", to=PICNIC, text="@carol?", mentions=["carol"], reply_to=sent)
    asked = carol.take("message", conversation=PICNIC, text="@carol?")
    assert (asked["from"], asked["mentioned"]) == ("bob", True)
    assert (asked["reply_to"]["id"], asked["reply_to"]["from"]) == (sent, "alice")
    carol.do("contacts", tag="c")
    assert [each["name"] for each in carol.take("contacts", tag="c")["contacts"]] == ["alice"]


def test_what_changes_is_a_line_for_everybody_and_the_label_stays(
    three: tuple[JsonProcess, JsonProcess, JsonProcess],
) -> None:
    alice, bob, carol = three
    begin(alice, ("bob", bob), ("carol", carol), title="Choir")
    alice.do("set", conversation=CHOIR, title="Party", topic="At eight", policy={"posts": "admins"}, tag="s")
    changed = alice.take("group", tag="s")
    assert (changed["conversation"], changed["title"], changed["topic"]) == (CHOIR, "Party", "At eight")
    assert changed["policy"] == {"adds": "admins", "posts": "admins", "pins": "admins"}
    for each in (bob, carol):
        group = until(each, CHOIR, may_post=False)
        assert (group["title"], group["role"], group["conversation"]) == ("Party", "reader", CHOIR)
        each.do("send", to=CHOIR, text="me too", tag="no")
        assert each.take("error", tag="no")["code"] == "admins_only"

    alice.do("role", conversation=CHOIR, name="bob", role="admin", tag="r")
    assert names(alice.take("group", tag="r")) == [("alice", "owner"), ("bob", "admin"), ("carol", "reader")]
    until(bob, CHOIR, role="admin")
    bob.do("add", conversation=CHOIR, names=["alice"], tag="twice")
    assert bob.take("error", tag="twice")["code"] == "conflict"
    bob.do("remove", conversation=CHOIR, names=["alice"], tag="senior")
    assert bob.take("error", tag="senior")["code"] == "admins_only"
    bob.do("timer", conversation=CHOIR, seconds=3_600, tag="t")
    assert bob.take("timer", tag="t")["seconds"] == 3_600
    assert until(carol, CHOIR, timer=3_600)["policy"]["posts"] == "admins"
    assert carol.take("timer", conversation=CHOIR, seconds=3_600)["from"] == "bob"
    kinds = {line["change"]["kind"] for line in carol.of("line", kind="group", conversation=CHOIR)}
    assert kinds >= {"title", "topic", "policy", "appointed", "timer"}
    alice.do("group_log", conversation=CHOIR, tag="l")
    entries = alice.take("group_log", tag="l")["entries"]
    assert entries[-1]["kind"] == "created"
    assert all(entry["counts"] for entry in entries)


def test_whoever_is_removed_is_out_and_whoever_leaves_too(three: tuple[JsonProcess, JsonProcess, JsonProcess]) -> None:
    alice, bob, carol = three
    begin(alice, ("bob", bob), ("carol", carol), title="Lunch")
    alice.do("remove", conversation=LUNCH, names=["carol"], tag="r")
    assert [name for name, _ in names(alice.take("group", tag="r"))] == ["alice", "bob"]
    until(carol, LUNCH, role=None)
    until_members(bob, LUNCH, "alice", "bob")
    after = bob.send(LUNCH, "without carol")
    alice.take("message", id=after)
    carol.do("send", to=LUNCH, text="still here?", tag="out")
    assert carol.take("error", tag="out")["code"] == "not_member"

    alice.do("leave", conversation=LUNCH, tag="l")
    assert alice.take_any(tag="l")["event"] in {"done", "group"}
    until(alice, LUNCH, role=None)
    assert names(until_members(bob, LUNCH, "bob"))[0][0] == "bob"
    alice.do("history", name=LUNCH, tag="h")
    texts = [message["text"] for message in alice.take("history", tag="h")["messages"] if "kind" not in message]
    assert texts == ["without carol"]
    assert carol.of("message", id=after) == []


def test_somebody_is_added_later_and_hears_from_then_on(three: tuple[JsonProcess, JsonProcess, JsonProcess]) -> None:
    alice, bob, carol = three
    begin(alice, ("bob", bob), title="Garden")
    before = alice.send(GARDEN, "before")
    bob.take("message", id=before)
    alice.write(f"/add {GARDEN} carol")
    joined = join(carol)
    assert [name for name, _ in names(joined)] == ["alice", "bob", "carol"]
    until_members(bob, GARDEN, "alice", "bob", "carol")
    after = bob.send(GARDEN, "after")
    assert carol.take("message", id=after)["from"] == "bob"
    assert carol.of("message", id=before) == []


def test_a_declined_invitation_leaves_nothing(three: tuple[JsonProcess, JsonProcess, JsonProcess]) -> None:
    alice, bob, _ = three
    alice.do("group", title="Market", members=["bob"], tag="g")
    alice.take("group", tag="g")
    invitation = bob.take("group_invitation")
    bob.do("invitations", tag="i")
    assert [each["id"] for each in bob.take("group_invitations", tag="i")["invitations"]] == [invitation["id"]]
    bob.do("decline", id=invitation["id"], tag="d")
    bob.take("done", do="decline", tag="d")
    until_members(alice, MARKET, "alice")
    bob.do("invitations", tag="i")
    assert bob.take("group_invitations", tag="i")["invitations"] == []


def test_a_group_outlives_a_kill_and_an_unknown_label_is_never_a_text(
    processes: Processes, relay: RelayProcess
) -> None:
    alice, bob, carol = who_know_each_other(processes, relay)
    group = begin(alice, ("bob", bob), ("carol", carol))
    bob.kill()
    missed = alice.send(PICNIC, "while bob was away")
    again = processes.client(relay, "bob")
    assert again.take("message", id=missed, seconds=2 * DEADLINE_S)["conversation"] == PICNIC
    again.do("group_info", conversation=group["conversation_id"], tag="i")
    assert names(again.take("group", tag="i")) == [("alice", "owner"), ("bob", "member"), ("carol", "member")]
    again.write("/to alice", "#picnik hello", "##picnik hello")
    error = again.take("error", name="#picnik")
    assert error["code"] == "not_found"
    assert "##picnik" in error["text"]
    alice.take("message", conversation="bob", text="#picnik hello")
    again.end_input()
    assert again.wait() == 0


def test_an_own_message_counts_the_people_whom_it_has_reached(
    three: tuple[JsonProcess, JsonProcess, JsonProcess],
) -> None:
    alice, bob, carol = three
    begin(alice, ("bob", bob), ("carol", carol), title="Harbour")
    sent = alice.send(HARBOUR, "who brings tea?")
    state = alice.take("state", id=sent, state="delivered", delivered=2)
    assert (state["recipients"], state["read"], state["failed"]) == (2, 0, 0)
    carol.take("message", id=sent)
    carol.do("read", name=HARBOUR)
    alice.take("state", id=sent, read=1)
    alice.do("state", id=sent, tag="who")
    people = {person["name"]: person["state"] for person in alice.take("state", tag="who")["people"]}
    assert people == {"bob": "delivered", "carol": "read"}


def test_a_group_without_a_relay_reaches_those_who_are_connected_and_says_who_waits(processes: Processes) -> None:
    alice, bob, carol = (processes.peer(name) for name in ("alice", "bob", "carol"))
    for other, name in ((bob, "bob"), (carol, "carol")):
        alice.do("call", address=other.of("listening")[0]["address"])
        other.take("request", name="alice")
        other.do("accept", name="alice")
        alice.take("peer", name=name, state="connected")
        meet(alice, other, ("alice", name))
    begin(alice, ("bob", bob), ("carol", carol))
    for_all = alice.send(PICNIC, "for all")
    assert [each.take("message", id=for_all)["route"] for each in (bob, carol)] == ["direct", "direct"]
    alice.take("state", id=for_all, state="delivered", delivered=2)
    # Bob and carol do not know each other's addresses.
    for_some = bob.send(PICNIC, "for whom I reach")
    alice.take("message", id=for_some)
    bob.take("state", id=for_some, state="queued", delivered=1, recipients=2)
    bob.do("state", id=for_some, tag="who")
    people = {person["name"]: person["state"] for person in bob.take("state", tag="who")["people"]}
    assert people == {"alice": "delivered", "carol": "queued"}
