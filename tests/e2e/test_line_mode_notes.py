"""Notes to oneself, as programs and people order and hear them; no other client and no relay is there."""

from tests.e2e.processes import JsonProcess, Processes

NOTES = "#notes"


def listed(person: JsonProcess) -> dict[str, object]:
    person.do("conversations", tag="list")
    (notes,) = person.take("conversations", tag="list")["conversations"]
    return dict(notes)


def test_notes_are_a_conversation_in_json_and_outlive_a_kill(processes: Processes) -> None:
    alice = processes.peer("alice")
    empty = listed(alice)
    assert (empty["conversation"], empty["kind"], empty["contact"], empty["last"]) == (NOTES, "notes", None, None)

    alice.do("send", to=NOTES, text="buy bread", tag="s")
    sent = alice.take("sent", tag="s")
    assert (sent["to"], sent["state"], sent["conversation_id"]) == (NOTES, "delivered", empty["conversation_id"])
    note = sent["id"]
    assert alice.take("state", id=note, state="delivered")["conversation_id"] == empty["conversation_id"]

    alice.do("send", to=empty["conversation_id"], text="two, @alice", reply_to=note, mentions=["alice"], tag="r")
    answer = alice.take("sent", tag="r")["id"]
    alice.do("edit", id=note, text="buy rye bread", tag="e")
    assert alice.take("edited", tag="e")["conversation"] == NOTES
    alice.do("react", id=note, emoji=["👍"], tag="a")
    assert alice.take("reactions", tag="a")["reactions"] == [{"emoji": "👍", "from": ["alice"]}]
    alice.do("pin", id=note, tag="p")
    assert alice.take("pinned", tag="p")["conversation"] == NOTES
    alice.do("timer", conversation=NOTES, seconds=86_400, tag="t")
    assert alice.take("timer", tag="t")["seconds"] == 86_400
    alice.do("forward", id=note, to=[NOTES], tag="f")
    alice.take("done", do="forward", tag="f")
    alice.do("draft", conversation=NOTES, text="and", tag="d")
    alice.take("done", do="draft", tag="d")
    alice.do("delete", id=answer, **{"for": "all"}, tag="x")
    assert alice.take("deleted", tag="x")["for"] == "me"
    alice.do("read", name=NOTES, tag="m")
    assert alice.take("read", tag="m")["count"] == 0
    alice.kill()

    again = processes.peer("alice")
    again.do("history", name=NOTES, tag="h")
    texts = [(each["text"], each["state"]) for each in again.take("history", tag="h")["messages"]]
    assert texts == [("buy rye bread", "delivered"), ("buy rye bread", "delivered")]
    assert listed(again)["draft"] == "and"
    for do in ("verify", "block", "typing", "rename"):
        more = {"to": "carla"} if do == "rename" else {}
        again.do(do, name=NOTES, tag=do, **more)
        assert again.take("error", tag=do)["code"] == "usage"


def test_notes_are_a_conversation_in_sentences_and_outlive_a_kill(processes: Processes) -> None:
    words = ("peer", "127.0.0.1", "0", "alice")
    alice = processes.run(*words, home="alice", json_output=False)

    alice.write("@#notes buy bread")
    assert "#notes: buy bread  #1" in alice.read("buy bread")
    alice.write("/to #notes", "/reply 1 two, @alice", "/edit 1 buy rye bread")
    alice.read("#notes: two, @alice  #2")
    alice.read("buy rye bread")
    alice.write("/react 1 👍", "/pin 1", "/timer 1d", "/forward 1 #notes", "/delete 2 all", "/draft and")
    for said in ("Reactions to #1: 👍 alice", "pinned", "1 day", "buy rye bread", "#2", "kept"):
        alice.read(said)
    alice.kill()

    again = processes.run(*words, home="alice", json_output=False)
    again.write("/history #notes")
    said = again.read("forwarded")
    assert "buy rye bread" in said
    again.write("/to #notes", "/verify", "/block #notes", "/receipts #notes read:off")
    again.end_input()
    assert again.wait() == 0, again.describe()
    assert sum("there is nobody whom this could concern" in line for line in again.errors) == 3
