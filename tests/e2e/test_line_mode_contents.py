"""Two people do everything that can be done with messages, each in a process of its own, by a relay and without one."""

from tests.e2e.pairs import Event, Pair, history, meet, shown
from tests.e2e.processes import Processes

FOR_ALL: Event = {"for": "all"}
FOR_ME: Event = {"for": "me"}
FROM_ALICE: Event = {"from": "alice"}


def test_a_reply_and_a_mention_arrive_as_such(pair: Pair) -> None:
    tea = pair.alice.send("bob", "tea?")
    pair.bob.take("message", id=tea)
    reply = pair.bob.send("alice", "yes, @alice", reply_to=tea, mentions=["alice"])
    arrived = pair.alice.take("message", id=reply)
    assert arrived["reply_to"] == {"id": tea, "from": "alice", "text": "tea?", "known": True}
    assert arrived["mentioned"] is True
    assert [(each["name"], each["start"]) for each in arrived["mentions"]] == [("alice", 5)]
    pair.bob.do("send", to="alice", text="nobody", mentions=["alice"], tag="wrong")
    pair.bob.take("error", tag="wrong", code="usage")


def test_an_edit_is_told_once_at_each_end_and_keeps_every_wording(pair: Pair) -> None:
    sent = pair.alice.send("bob", "tee?")
    pair.bob.take("message", id=sent)
    pair.alice.do("edit", id=sent, text="tea?", tag="e")
    edited = pair.alice.take("edited", id=sent, text="tea?", tag="e")
    heard = pair.bob.take("edited", id=sent, conversation="alice", text="tea?")
    assert (heard["from"], heard["at"], "tag" in heard) == ("alice", edited["at"], False)
    for process, name in ((pair.alice, "bob"), (pair.bob, "alice")):
        process.do("wordings", id=sent, tag="w")
        wordings = process.take("wordings", id=sent, tag="w")["wordings"]
        assert [each["text"] for each in wordings] == ["tee?", "tea?"]
        assert shown(process, name, sent)["edited_at"] == edited["at"]
        assert len(process.of("edited", id=sent)) == 1
    pair.bob.do("edit", id=sent, text="coffee!", tag="no")
    pair.bob.take("error", tag="no", code="usage")


def test_reactions_are_the_whole_set_of_each(pair: Pair) -> None:
    sent = pair.alice.send("bob", "tea?")
    pair.bob.take("message", id=sent)
    pair.bob.do("react", id=sent, emoji=["👍", "🎉"], tag=1)
    pair.bob.take("reactions", id=sent, tag=1)
    assert {each["emoji"] for each in pair.alice.take("reactions", id=sent)["reactions"]} == {"👍", "🎉"}
    pair.alice.do("react", id=sent, emoji=["👍"], tag=1)
    pair.alice.take("reactions", id=sent, tag=1)
    pair.bob.take("reactions", id=sent)
    pair.bob.do("react", id=sent, emoji=["👍"], tag=2)
    pair.bob.take("reactions", id=sent, tag=2)
    pair.alice.take("reactions", id=sent)
    for process, name in ((pair.alice, "bob"), (pair.bob, "alice")):
        (reaction,) = shown(process, name, sent)["reactions"]
        assert (reaction["emoji"], set(reaction["from"])) == ("👍", {"alice", "bob"})
    assert len(pair.bob.of("reactions", id=sent)) == 3
    pair.bob.do("react", id=sent, emoji=["words"], tag=3)
    pair.bob.take("error", tag=3, code="usage")


def test_a_deletion_for_all_leaves_no_words_at_either_end(pair: Pair) -> None:
    sent = pair.alice.send("bob", "a secret")
    pair.bob.take("message", id=sent)
    reply = pair.bob.send("alice", "oh", reply_to=sent)
    pair.alice.take("message", id=reply)
    pair.bob.do("delete", id=sent, **FOR_ALL, tag="not mine")
    pair.bob.take("error", tag="not mine", code="usage")
    pair.alice.do("delete", id=sent, **FOR_ALL, tag="d")
    pair.alice.take("deleted", id=sent, **FOR_ALL, **FROM_ALICE, tag="d")
    pair.alice.take("done", do="delete", tag="d")
    pair.bob.take("deleted", id=sent, **FOR_ALL, **FROM_ALICE)
    for process, name in ((pair.alice, "bob"), (pair.bob, "alice")):
        gone = shown(process, name, sent)
        assert (gone["text"], gone["deleted"]) == ("", True)
        assert shown(process, name, reply)["reply_to"]["text"] == ""
        process.do("search", text="secret", tag="s")
        assert process.take("search", tag="s")["messages"] == []
    pair.bob.do("delete", id=reply, tag="me")
    pair.bob.take("deleted", id=reply, **FOR_ME, tag="me")
    assert shown(pair.alice, "bob", reply)["text"] == "oh"


def test_a_pin_and_a_timer_are_the_conversations(pair: Pair) -> None:
    sent = pair.alice.send("bob", "the address")
    pair.bob.take("message", id=sent)
    pair.bob.do("pin", id=sent, tag="p")
    assert pair.bob.take("pinned", id=sent, tag="p")["on"] is True
    assert pair.alice.take("pinned", id=sent)["from"] == "bob"
    pair.alice.do("pins", conversation="bob", tag="l")
    assert [each["id"] for each in pair.alice.take("pins", tag="l")["messages"]] == [sent]
    pair.alice.do("pin", id=sent, on=False, tag="u")
    pair.alice.take("pinned", id=sent, on=False, tag="u")
    pair.bob.take("pinned", id=sent, on=False)
    assert "pinned" not in shown(pair.bob, "alice", sent)

    pair.alice.do("timer", conversation="bob", seconds=3600, tag="t")
    assert pair.alice.take("timer", conversation="bob", tag="t")["seconds"] == 3600
    assert pair.bob.take("timer", conversation="alice")["seconds"] == 3600
    later = pair.bob.send("alice", "for an hour")
    assert pair.alice.take("message", id=later)["timer"] == 3600
    pair.alice.do("timer", conversation="bob", seconds=None, tag="off")
    assert pair.alice.take("timer", conversation="bob", tag="off")["seconds"] is None
    assert pair.bob.take("timer", conversation="alice")["seconds"] is None


def test_a_message_of_a_second_is_gone_at_both_ends(pair: Pair) -> None:
    sent = pair.alice.send("bob", "a moment", timer=1)
    assert pair.bob.take("message", id=sent)["timer"] == 1
    pair.bob.do("read", name="alice")
    pair.alice.take("expired", id=sent)
    pair.bob.take("expired", id=sent)
    for process, name in ((pair.alice, "bob"), (pair.bob, "alice")):
        assert sent not in [each["id"] for each in history(process, name)]


def test_a_forwarded_message_says_so(pair: Pair) -> None:
    sent = pair.alice.send("bob", "pass it on")
    pair.bob.take("message", id=sent)
    pair.bob.do("forward", id=sent, to=["alice"], tag="f")
    (forwarded,) = pair.bob.take("done", do="forward", tag="f")["ids"]
    pair.bob.take("sent", id=forwarded, to="alice", tag="f")
    arrived = pair.alice.take("message", id=forwarded)
    assert (arrived["text"], arrived["forwarded"]) == ("pass it on", True)
    pair.bob.take("state", id=forwarded, state="delivered", tag="f")


def test_what_happens_while_one_is_away_is_there_when_they_come_back(processes: Processes) -> None:
    relay = processes.relay()
    alice, bob = processes.client(relay, "alice"), processes.client(relay, "bob")
    bob.take("link", state="online")
    meet(alice, bob)
    edited, deleted, liked = (bob.send("alice", text) for text in ("one", "two", "three"))
    alice.take("message", id=liked)
    alice.end_input()
    assert alice.wait() == 0
    bob.do("edit", id=edited, text="better")
    bob.do("delete", id=deleted, **FOR_ALL)
    bob.do("react", id=liked, emoji=["🎉"])
    bob.do("timer", conversation="alice", seconds=60)
    bob.do("pin", id=liked)
    late = bob.send("alice", "four", reply_to=edited)
    bob.take("state", id=late, state="held")

    alice = processes.client(relay, "alice")
    message = alice.take("message", id=late)
    assert (message["reply_to"]["text"], message["timer"]) == ("better", 60)
    alice.take("edited", id=edited, text="better")
    alice.take("deleted", id=deleted, **FOR_ALL)
    alice.take("reactions", id=liked)
    alice.take("pinned", id=liked, on=True)
    bob.take("state", id=late, state="delivered")
    seen, known = history(alice, "bob"), history(bob, "alice")
    members = ("id", "text", "deleted", "edited_at", "reactions", "pinned")
    assert [[each.get(name) for name in members] for each in seen] == [
        [each.get(name) for name in members] for each in known
    ]


def test_two_people_read_and_write_lines_about_messages(processes: Processes) -> None:
    relay = processes.relay()
    place = (relay.host, relay.port)
    alice = processes.run("connect", *place, "alice", home="alice", json_output=False)
    bob = processes.run("connect", *place, "bob", home="bob", json_output=False)
    bob.read("Connected to the relay")
    alice.write("@bob tea?")
    alice.read("→ bob: tea?  #1")
    bob.read("alice: tea?  #1")
    bob.write("/reply 1 yes!", "/react 1 👍", "/pin 1")
    bob.read("Reactions to #1: 👍 bob")
    alice.read("In reply to you: tea?")
    alice.read("bob: yes!  #2")
    alice.read("Reactions to #1: 👍 bob")
    alice.read("bob pinned #1.")
    alice.write("/edit 1 tea at four?", "/timer bob 1h", "/forward 2 bob", "/delete 1 all")
    alice.read("You edited #1: tea at four?")
    bob.read("alice edited #1: tea at four?")
    bob.read("alice has new messages disappear after 1 hour.")
    bob.read("(forwarded, ")
    bob.read("alice deleted #1 for all.")
    bob.write("/history alice", "/quit")
    bob.read("alice: (deleted)  #1")
    alice.write("/quit")
    for process in (alice, bob):
        assert process.wait() == 0
        assert process.errors == []
