"""Two people put their conversations in order, and say what they tell each other, by a relay and without one."""

from tests.e2e.pairs import Event, Pair, history


def test_what_is_typed_is_told_to_whom_is_there(pair: Pair) -> None:
    pair.alice.do("typing", conversation="bob", tag="t")
    pair.alice.take("done", do="typing", tag="t")
    assert pair.bob.take("typing", conversation="alice")["active"] is True
    sent = pair.alice.send("bob", "written")
    pair.bob.take("message", id=sent)
    pair.bob.take("typing", conversation="alice", active=False)


def test_a_text_for_later_is_kept_and_sent_at_will(pair: Pair) -> None:
    now = int(history(pair.alice, "bob")[-1]["at"])
    pair.alice.do("send", to="bob", text="later", send_at=now + 3_600_000, tag="s")
    number = pair.alice.take("scheduled", conversation="bob", tag="s")["number"]
    pair.alice.do("scheduled", conversation="bob", tag="l")
    assert [each["text"] for each in pair.alice.take("scheduled_texts", tag="l")["texts"]] == ["later"]
    pair.alice.do("send_now", number=number, tag="n")
    sent = pair.alice.take("sent", tag="n")["id"]
    assert pair.bob.take("message", id=sent)["text"] == "later"
    pair.alice.take("scheduled", number=number, gone=True, tag="s")


def test_conversations_are_put_in_order(own_pair: Pair) -> None:
    alice, bob = own_pair.alice, own_pair.bob
    own = history(alice, "bob")[0]["id"]
    orders: dict[str, Event] = {
        "unread": {},
        "archive": {},
        "mute": {"until": None},
        "keep": {},
        "draft": {"text": "not yet", "reply_to": own},
    }
    for tag, (do, members) in enumerate(orders.items()):
        alice.do(do, conversation="bob", tag=tag, **members)
        alice.take("done", do=do, tag=tag)
    alice.do("rename", name="bob", to="robert", tag="n")
    assert alice.take("contact", tag="n")["contact"]["name"] == "robert"
    alice.do("clear", conversation="robert", tag="c")
    assert alice.take("done", do="clear", tag="c")["count"] >= 2
    alice.take("cleared", conversation="robert", tag="c")
    assert history(alice, "robert") == []
    assert len(history(bob, "alice")) >= 2


def test_who_does_not_tell_of_reading_tells_it_nobody_and_is_told_nothing(pair: Pair) -> None:
    pair.bob.do("receipts", conversation="alice", read=False, tag="r")
    switched = pair.bob.take("receipts", conversation="alice", tag="r")
    assert (switched["read"], switched["typing"]) == (False, True)
    sent = pair.alice.send("bob", "read?")
    pair.bob.take("message", id=sent)
    pair.bob.do("read", name="alice")
    pair.bob.take("read", name="alice")
    other = pair.bob.send("alice", "no")
    pair.alice.take("message", id=other)
    pair.alice.take("state", id=sent, state="delivered")
    assert pair.alice.of("state", id=sent, state="read") == []
    pair.bob.do("receipts", conversation="alice", read=True, tag="again")
    assert pair.bob.take("receipts", conversation="alice", tag="again")["read"] is True
