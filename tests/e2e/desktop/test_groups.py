"""A group is started, talked in and left in the window by keys alone, between real processes."""

from pathlib import Path

import pytest

from tests.e2e.desktop.stage import Person, Stage, missing_tools, until
from tests.e2e.processes import JsonProcess, Processes

PICNIC = "#picnic"


def join(member: JsonProcess) -> None:
    invitation = member.take("group_invitation")
    assert (invitation["title"], invitation["by"], invitation["members"]) == ("Picnic", "alice", 3)
    member.do("accept", id=invitation["id"], tag="join")
    member.take("group", tag="join")


@pytest.mark.skipif(bool(missing_tools()), reason=f"not installed: {', '.join(missing_tools())}")
def test_a_group_is_started_talked_in_and_left_by_keys(processes: Processes, tmp_path: Path) -> None:
    relay = processes.relay()
    bob, carol = processes.client(relay, "bob"), processes.client(relay, "carol")
    for each in (bob, carol):
        each.take("link", state="online")
    with Stage(tmp_path) as stage:
        alice = Person(stage, tmp_path / "alice", [relay.host, relay.port, "alice", "correct horse battery"])
        alice.wait_title("alice")
        for each in (bob, carol):
            each.do("send", to="alice", text="hello")
        alice.wait_title("(2)")
        alice.press("ctrl+shift+n")
        alice.wait_title("New group")
        alice.write("Picnic")
        alice.press("Return", "Return")
        for letters in ("bob", "carol"):
            alice.write(letters)
            alice.press("Return")
        alice.press("Return")
        alice.wait_title("Picnic")
        for each in (bob, carol):
            join(each)
        bob.do("send", to=PICNIC, text="I bring the salad")
        alice.wait_newest("I bring the salad")
        alice.say("then I bake")
        for each in (bob, carol):
            heard = each.take("message", conversation=PICNIC, text="then I bake")
            assert heard["from"] == "alice"
        # The way out is the last thing about a group; *Cancel* has the focus of the question.
        alice.press("ctrl+i")
        alice.wait_title("Group")
        alice.press("shift+Tab", "shift+Tab", "Return")
        alice.wait_title("Leave Picnic?")
        alice.press("Tab", "Return")
        bob.take("group", role="owner")
        until(lambda: "Leave" not in alice.title(), "the question is closed")
        assert alice.close() == 0
