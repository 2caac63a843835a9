"""What one says about messages, as programs order and hear it."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import FileView, InspectedFileView, PreviewView, ReactionView
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_profile import START_MS, conversation_of, identity_of
from babilu.bot.fake_voice import voice_note
from babilu.crypto.secret import Passphrase
from babilu.kernel.errors import DeliveryError, ErrorCode
from babilu.kernel.ids import MessageId
from babilu.kernel.states import FileState, MediaKind, MessageState, PictureDetail, TextState, TransferState
from tests.unit.terminal.session import DEADLINE_S, Session, Step

BOB = conversation_of("bob").hex()


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient()
    made.add_contact("bob")
    made.add_contact("carol")
    yield made
    made.close()


@pytest.fixture
def session(client: FakeClient) -> Session:
    return Session(client)


def do(**members: object) -> str:
    return json.dumps(members)


def is_asked(client: FakeClient, kind: type[c.Command[Any]]) -> None:
    """Wait until the session has asked for something."""
    deadline = time.monotonic() + DEADLINE_S
    while not any(isinstance(command, kind) for command in tuple(client.commands)):
        assert time.monotonic() < deadline
        client.settle()


def tagged(session: Session, tag: object) -> list[dict[str, Any]]:
    return [event for event in session.events if event.get("tag") == tag]


def test_a_reply_to_files_alone_names_them(client: FakeClient, session: Session) -> None:
    files = client.receive("bob", "", files=(("plan.pdf", 9), ("map.png", 8)))
    session.run(
        lambda: client.receive("bob", "thanks", reply_to=files.id),
        session.hears("message", text="thanks"),
        lambda: client.delete_for_all("bob", files.id),
        do(do="history", name="bob", n=1),
        session.hears("history"),
    )
    quote = session.of("message")[-1]["reply_to"]
    named = [{"name": "plan.pdf", "kind": "file"}, {"name": "map.png", "kind": "picture"}]
    assert (quote["text"], quote["known"], quote["files"]) == ("", True, named)
    assert "files" not in session.of("history")[0]["messages"][0]["reply_to"]


def test_the_status_says_which_files_the_relay_takes(client: FakeClient, session: Session) -> None:
    client.limit_files(5_000_000)
    session.run(do(do="status"), session.hears("status"))
    (status,) = session.of("status")
    assert (status["file_bytes"], status["files_kept_ms"]) == (5_000_000, 30 * 86_400_000)


def test_each_order_is_answered_once_under_its_tag_and_its_event_does_not_repeat_it(
    client: FakeClient, session: Session
) -> None:
    client.fill_history("bob", 2)
    own = client.messages("bob")[1].id.hex()
    theirs = client.messages("bob")[0].id.hex()
    session.run(
        do(do="edit", id=own, text="better", tag=1),
        do(do="react", id=theirs, emoji=["👍", "🎉"], tag=2),
        do(do="react", id=theirs, emoji=[], tag=3),
        do(do="pin", id=own, tag=4),
        do(do="pin", id=own, on=False, tag=5),
        do(do="timer", conversation="bob", seconds=3600, tag=6),
        do(do="timer", conversation="bob", seconds=None, tag=7),
        do(do="receipts", conversation=None, read=False, tag=8),
        do(do="send", to="bob", text="later", send_at=START_MS + 10**9, tag=9),
        do(do="typing", conversation="bob", tag=10),
        do(do="receipts", conversation="bob", typing=False, tag=11),
        do(do="receipts", conversation="bob", typing=None, tag=12),
    )
    told = {"edited", "reactions", "pinned", "timer", "receipts", "scheduled", "done"}
    assert all("tag" in event for event in session.events if event["event"] in told)
    place = {"conversation": "bob", "conversation_id": BOB}
    edited = {"event": "edited", "id": own, **place, "from": "alice", "text": "better", "tag": 1}
    assert [{**event, "at": None} for event in tagged(session, 1)] == [{**edited, "at": None}]
    reactions = [{"emoji": "👍", "from": ["alice"]}, {"emoji": "🎉", "from": ["alice"]}]
    answer = {"event": "reactions", "id": theirs, **place}
    assert tagged(session, 2) == [{**answer, "reactions": reactions, "tag": 2}]
    assert tagged(session, 3) == [{**answer, "reactions": [], "tag": 3}]
    assert tagged(session, 4) == [{"event": "pinned", "id": own, **place, "from": "alice", "on": True, "tag": 4}]
    assert tagged(session, 5) == [{"event": "pinned", "id": own, **place, "from": "alice", "on": False, "tag": 5}]
    assert tagged(session, 6) == [{"event": "timer", **place, "from": "alice", "seconds": 3600, "tag": 6}]
    assert tagged(session, 7) == [{"event": "timer", **place, "from": "alice", "seconds": None, "tag": 7}]
    receipts = {"event": "receipts", "conversation": None, "read": False, "typing": True, "presence": True}
    assert tagged(session, 8) == [{**receipts, "tag": 8}]
    receipts = {**receipts, "conversation": "bob"}
    others = ["read", "presence"]
    assert tagged(session, 11) == [{**receipts, "typing": False, "inherited": others, "tag": 11}]
    assert tagged(session, 12) == [{**receipts, "inherited": ["read", "typing", "presence"], "tag": 12}]
    due = {"number": 1, "text": "later", "at": START_MS + 10**9, "overdue": False}
    assert tagged(session, 9) == [{"event": "scheduled", **place, **due, "tag": 9}]
    assert tagged(session, 10) == [{"event": "done", "do": "typing", "name": "bob", "tag": 10}]
    assert all(line.isascii() for line in session.heard.lines)


def test_what_others_do_to_messages_is_told(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 2)
    own, theirs = client.messages("bob")[1].id, client.messages("bob")[0].id
    session.run(
        session.hears("link"),
        lambda: client.edit("bob", theirs, "other words"),
        lambda: client.react("bob", own, "👍"),
        lambda: client.pin("bob", own),
        lambda: client.set_timer("bob", 60),
        lambda: client.type("bob"),
        lambda: client.type("bob", active=False),
        lambda: client.delete_for_all("bob", theirs),
        lambda: client.expire(own),
        session.hears("expired"),
    )
    place = {"conversation": "bob", "conversation_id": BOB}
    assert session.of("edited", id=theirs.hex(), **{"from": "bob"}, text="other words")
    assert session.of("reactions", id=own.hex(), reactions=[{"emoji": "👍", "from": ["bob"]}])
    assert session.of("pinned", id=own.hex(), **place, **{"from": "bob"}, on=True)
    assert session.of("timer", **place, **{"from": "bob"}, seconds=60)
    assert [event["active"] for event in session.of("typing", **place, **{"from": "bob"})] == [True, False]
    assert session.of("deleted", id=theirs.hex(), conversation="bob", **{"from": "bob", "for": "all"})
    assert session.of("expired", id=own.hex(), **place)
    assert not [event for event in session.events if "tag" in event]


def test_an_edit_says_once_that_it_mentions_oneself(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 2)
    theirs = next(message.id for message in client.messages("bob") if not message.outgoing)
    session.run(
        lambda: client.edit("bob", theirs, "see"),
        lambda: client.edit("bob", theirs, "see @alice", ("alice",)),
        lambda: client.edit("bob", theirs, "@alice, see", ("alice",)),
        session.hears("edited", text="@alice, see"),
    )
    edits = [event for event in session.events if event["event"] == "edited"]
    assert [(event["text"], event.get("mentioned")) for event in edits] == [
        ("see", None),
        ("see @alice", True),
        ("@alice, see", None),
    ]


def test_a_message_says_what_it_replies_to_whom_it_mentions_and_how_long_it_stays(
    client: FakeClient, session: Session
) -> None:
    client.fill_history("bob", 2)
    first = client.messages("bob")[1]
    unknown = MessageId(bytes([255] * 16))
    session.run(
        session.hears("link"),
        lambda: client.set_timer("bob", 60),
        lambda: client.receive("bob", "yes @alice", reply_to=first.id, mentions=("alice",)),
        lambda: client.receive("bob", "what?", reply_to=unknown),
        session.hears("message", 2),
        do(do="send", to="bob", text="@bob so", reply_to=first.id.hex(), mentions=["bob"], timer=5, tag=1),
        do(do="history", conversation="bob", tag=2),
    )
    reply, asked = session.of("message")
    assert reply["reply_to"] == {"id": first.id.hex(), "from": "alice", "text": "message 1", "known": True}
    assert reply["mentioned"] is True
    mention = {"name": "alice", "start": 4, "length": 6, "identity": "ab" * 32}
    assert (reply["mentions"], reply["timer"]) == ([mention], 60)
    assert asked["reply_to"]["known"] is False
    assert "mentioned" not in asked
    (page,) = session.of("history")
    old, *_, own = page["messages"]
    optional = {"reply_to", "mentions", "mentioned", "timer", "expires_at", "edited_at", "deleted", "reactions"}
    assert not (optional | {"pinned", "forwarded"}) & old.keys()
    assert (own["timer"], own["expires_at"]) == (5, own["at"] + 5_000)
    assert own["mentions"][0]["identity"] == identity_of("bob").hex()
    assert own["reply_to"]["id"] == first.id.hex()


def test_a_history_shows_what_has_become_of_messages(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 4)
    edited, pinned, gone, _ = (message.id for message in client.messages("bob"))
    session.run(
        lambda: client.edit("bob", edited, "better"),
        do(do="pin", id=pinned.hex()),
        do(do="react", id=pinned.hex(), emoji=["👍"]),
        lambda: client.react("bob", pinned, "👍"),
        lambda: client.delete_for_all("bob", gone),
        do(do="wordings", id=edited.hex(), tag="w"),
        do(do="pins", conversation="bob", tag="p"),
        do(do="history", conversation="bob"),
    )
    one, two, three, _ = session.of("history")[0]["messages"]
    assert one["text"] == "better"
    assert one["edited_at"] > one["at"]
    assert two["pinned"] is True
    assert two["reactions"] == [{"emoji": "👍", "from": ["alice", "bob"]}]
    assert (three["text"], three["deleted"]) == ("", True)
    (wordings,) = session.of("wordings", tag="w", id=edited.hex())
    assert [each["text"] for each in wordings["wordings"]] == ["message 0", "better"]
    (pins,) = session.of("pins", tag="p", conversation="bob")
    assert [message["id"] for message in pins["messages"]] == [pinned.hex()]


def test_a_deletion_is_done_and_told_under_its_tag(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 4)
    _, all_, _, me = (message.id.hex() for message in client.messages("bob"))
    theirs = client.messages("bob")[0].id
    session.run(
        do(do="delete", id=all_, **{"for": "all"}, tag=1),
        do(do="delete", id=me, tag=2),
        do(do="delete", id=theirs.hex(), **{"for": "all"}, tag=3),
        session.hears("error", tag=3),
        lambda: client.delete_for_all("bob", theirs),
        session.hears("deleted", 3),
    )
    for tag, message, whom in ((1, all_, "all"), (2, me, "me")):
        assert {event["event"] for event in tagged(session, tag)} == {"done", "deleted"}
        assert session.of("deleted", id=message, conversation="bob", **{"for": whom, "from": "alice"}, tag=tag)
    # The order that failed is not what deleted it later.
    assert [event["event"] for event in tagged(session, 3)] == ["error"]


def test_forwarding_names_the_new_ids_before_each_is_sent(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 1)
    session.run(
        do(do="forward", id=client.messages("bob")[0].id.hex(), to=["bob", "carol"], tag="f"),
        session.hears("state", 2, tag="f"),
    )
    done, *sent = [event for event in tagged(session, "f") if event["event"] != "state"]
    assert (done["event"], done["do"], len(done["ids"])) == ("done", "forward", 2)
    assert [(event["event"], event["id"], event["to"]) for event in sent] == [
        ("sent", done["ids"][0], "bob"),
        ("sent", done["ids"][1], "carol"),
    ]
    session_events = [event["event"] for event in tagged(session, "f")]
    assert session_events.index("done") == 0
    assert len(session.of("sent")) == 2


def test_a_text_for_later_keeps_its_tag_until_it_waits_no_longer(client: FakeClient, session: Session) -> None:
    due = START_MS + 10**9
    session.run(
        do(do="send", to="bob", text="one", send_at=due, tag="s"),
        do(do="send", to="carol", text="two", send_at=due, tag="t"),
        do(do="scheduled", conversation="bob", tag="l"),
        do(do="send_now", number=1, tag="n"),
        do(do="unschedule", number=2, tag="u"),
        session.hears("scheduled", 2, gone=True),
    )
    (listed,) = session.of("scheduled_texts", tag="l")
    assert [(each["number"], each["text"]) for each in listed["texts"]] == [(1, "one")]
    assert [event.get("gone") for event in session.of("scheduled", tag="s")] == [None, True]
    assert [event.get("gone") for event in session.of("scheduled", tag="t")] == [None, True]
    assert [event["event"] for event in tagged(session, "n")] == ["sent", "state"]
    assert session.of("done", do="unschedule", tag="u")
    assert [message.text for message in client.messages("bob")] == ["one"]


def test_the_list_of_conversations_is_put_in_order_by_programs(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 3)
    orders: list[Step] = [
        do(do="unread", conversation="bob", tag=1),
        do(do="archive", conversation="bob", on=True, tag=2),
        do(do="mute", conversation="bob", on=True, until=START_MS, tag=3),
        do(do="keep", conversation="bob", on=True, tag=4),
        do(do="draft", conversation="bob", text="not yet", reply_to=client.messages("bob")[0].id.hex(), tag=5),
    ]
    session.run(*orders, do(do="clear", conversation="bob", tag=6), do(do="rename", name="bob", to="robert", tag=7))
    for tag, name in enumerate(("unread", "archive", "mute", "keep", "draft"), start=1):
        assert tagged(session, tag) == [{"event": "done", "do": name, "name": "bob", "tag": tag}]
    done, cleared = sorted(tagged(session, 6), key=lambda event: event["event"], reverse=True)
    assert done == {"event": "done", "do": "clear", "name": "bob", "count": 3, "tag": 6}
    assert cleared == {"event": "cleared", "conversation": "bob", "conversation_id": BOB, "tag": 6}
    assert session.of("contact", tag=7)[0]["contact"]["name"] == "robert"
    assert c.SetMuted("bob", muted=True, until=START_MS) in client.commands


def test_what_happened_before_ones_own_change_is_told_before_its_answer(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 1)
    message = client.messages("bob")[0]
    client.hold(c.SetReactions)

    def happen() -> None:
        client.react("bob", message.id, "🎉")
        client.release(c.SetReactions)
        client.react("bob", message.id, "😢")

    session.run(
        do(do="react", id=message.id.hex(), emoji=["👍"], tag=1),
        lambda: is_asked(client, c.SetReactions),
        happen,
        session.hears("reactions", 3),
    )
    told = [
        ({each["emoji"]: each["from"] for each in event["reactions"]}, event.get("tag"))
        for event in session.of("reactions")
    ]
    assert told == [
        ({"🎉": ["bob"]}, None),
        ({"👍": ["alice"], "🎉": ["bob"]}, 1),
        ({"👍": ["alice"], "😢": ["bob"]}, None),
    ]


def test_what_others_changed_meanwhile_is_told_although_ones_own_order_failed(
    client: FakeClient, session: Session
) -> None:
    client.fill_history("bob", 1)
    message = client.messages("bob")[0]
    client.fail_next(c.SetReactions, DeliveryError(ErrorCode.NOT_FOUND, "Gone."))
    client.hold(c.SetReactions)

    def happen() -> None:
        client.react("bob", message.id, "🎉")
        client.release(c.SetReactions)

    session.run(
        do(do="react", id=message.id.hex(), emoji=["👍"], tag=1),
        lambda: is_asked(client, c.SetReactions),
        happen,
        session.hears("reactions"),
    )
    assert session.of("error", tag=1)
    (told,) = session.of("reactions")
    assert "tag" not in told


def test_a_change_that_undoes_itself_is_told_although_the_awaited_event_never_came(
    client: FakeClient, session: Session
) -> None:
    client.fill_history("bob", 1)
    message = client.messages("bob")[0]
    shown = client.shape(message.id, reactions=(ReactionView("👍", ("alice",)),))
    session.run(
        do(do="react", id=message.id.hex(), emoji=["👍"], tag=1),
        session.hears("reactions"),
        lambda: client.react("bob", message.id, "🎉"),
        lambda: client.tell(e.ReactionsChanged(shown)),
        session.hears("reactions", 3),
    )
    assert [event.get("tag") for event in session.of("reactions")] == [1, None, None]


def test_ones_own_link_is_given_and_anothers_adds_a_contact(session: Session) -> None:
    session.run(
        do(do="own_link", tag=1), do(do="add", link="babilu://127.0.0.1:5050/@bob#kiCr", tag=2), do(do="add", tag=3)
    )
    (link,) = tagged(session, 1)
    assert link.keys() == {"event", "text", "name", "identity", "tag"}
    assert (link["event"], link["name"]) == ("contact_link", "alice")
    assert [event["event"] for event in tagged(session, 2)] == ["contact"]
    assert session.of("error", tag=3, code="usage")


def test_a_picture_and_a_recording_say_their_size_and_length_and_no_preview(
    client: FakeClient, session: Session
) -> None:
    preview = PreviewView(1, 1, b"\xff\x00\x00")
    picture = FileView(0, "a.jpg", 9, "image/jpeg", FileState.OFFERED, 0, width=640, height=480, preview=preview)
    voice = FileView(0, "b.ogg", 8, "audio/ogg", FileState.OFFERED, 0, duration=1_500, peaks=b"\x01")
    session.run(lambda: client.receive("bob", "", files=(picture, voice, ("c.pdf", 7))), session.hears("message"))
    (message,) = session.of("message")
    usual = {"state": "offered", "done": 0}
    assert message["files"] == [
        {
            "index": 0,
            "name": "a.jpg",
            "size": 9,
            "type": "image/jpeg",
            "kind": "picture",
            **usual,
            "width": 640,
            "height": 480,
        },
        {
            "index": 1,
            "name": "b.ogg",
            "size": 8,
            "type": "audio/ogg",
            "kind": "voice",
            **usual,
            "duration": 1_500,
            "peaks": "01",
        },
        {"index": 2, "name": "c.pdf", "size": 7, "type": "", "kind": "file", **usual},
    ]


def test_media_are_listed_by_kind_and_page_after_page(client: FakeClient, session: Session) -> None:
    for number in range(3):
        client.receive("bob", f"https://a.example/{number}", files=((f"{number}.png", 9), (f"{number}.pdf", 9)))
    client.receive("bob", "words")
    second = client.messages("bob")[1].position
    session.run(
        do(do="media", conversation="bob", kind="links", n=2, tag=1),
        do(do="media", conversation="bob", kind="link", before=second, tag=2),
        do(do="media", conversation="bob", tag=3),
        do(do="media", conversation="bob", kind="voice", tag=4),
        do(do="media", conversation="bob", kind="poems", tag=5),
        lambda: session.heard.until(lambda: bool(tagged(session, 5))),
    )
    (first,), (second_page,), (pictures,), (voice,), (error,) = (tagged(session, tag) for tag in range(1, 6))
    assert [each["text"][-1] for each in first["messages"]] == ["2", "1"]
    assert (first["kind"], first["more"], first["conversation_id"]) == ("link", True, BOB)
    assert [each["text"][-1] for each in second_page["messages"]] == ["0"]
    assert second_page["more"] is False
    assert [each["files"][0]["kind"] for each in pictures["messages"]] == ["picture"] * 3
    assert (voice["kind"], voice["messages"]) == ("voice", [])
    assert error["code"] == "usage"


def test_a_voice_note_is_recorded_and_sent_each_order_with_one_answer(client: FakeClient, session: Session) -> None:
    client.add_contact("bob")
    session.run(
        do(do="record", conversation="bob", tag=1),
        session.hears("recording", state="recording"),
        lambda: client.record("bob", 1_200, 96),
        session.hears("recording", duration=1_200),
        do(do="stop_recording", conversation="bob", tag=2),
        session.hears("recording", state="kept"),
        do(do="conversations"),
        session.hears("conversations"),
        do(do="play_recording", conversation="bob", speed=150, tag=3),
        session.hears("playing"),
        do(do="stop_playing", tag=4),
        session.hears("playing", state="paused"),
        do(do="send_recording", conversation="bob", tag=5),
        session.hears("sent"),
        session.hears("recording", state="gone"),
    )
    told = [(each["tag"], each["state"], each["duration"]) for each in session.of("recording") if "tag" in each]
    assert (1, "recording", 0) in told
    assert (2, "kept", 1_200) in told
    assert [(tag, state) for tag, state, _ in told].count((1, "recording")) == 1
    assert [state for _, state, _ in told].count("kept") == 1
    (level,) = session.of("recording", duration=1_200, state="recording")
    assert (level["level"], level["peaks"]) == (96, "")
    listed = next(each for each in session.of("conversations")[0]["conversations"] if each["recording"])
    assert (listed["recording"]["state"], len(listed["recording"]["peaks"])) == ("kept", 128)
    playing = session.of("playing", state="playing")[0]
    assert (playing["id"], playing["speed"], playing["position"]) == (None, 150, 0)
    assert session.of("sent")[0]["tag"] == 5


def test_a_voice_note_is_played_and_says_whether_it_was_heard(client: FakeClient, session: Session) -> None:
    voice = client.receive("bob", "", files=(voice_note(4_000),)).id.hex()
    session.run(
        session.hears("message"),
        do(do="play", id=voice, at=1_000, tag=1),
        session.hears("done", do="play"),
        client.end_playing,
        session.hears("playing", state="ended"),
        do(do="history", name="bob"),
        session.hears("history"),
        client.lose_sound,
        do(do="play", id=voice, tag=2),
        do(do="discard_recording", conversation="bob", tag=3),
        session.hears("error", count=2),
    )
    (file,) = session.of("message")[0]["files"]
    assert (file["kind"], file["duration"], file["unheard"], len(file["peaks"])) == ("voice", 4_000, True, 128)
    assert "unheard" not in session.of("history")[0]["messages"][0]["files"][0]
    assert session.of("playing")[0]["id"] == voice
    assert [each["code"] for each in session.of("error")] == ["no_sound", "not_found"]


def test_room_is_described_planned_and_made_by_the_approval_of_the_plan(client: FakeClient, session: Session) -> None:
    message = client.receive("bob", "", files=(("a.png", 3_000), ("b.pdf", 2_000)))
    for index in (0, 1):
        client.move_file(message.id, index, 9, TransferState.DONE)
    own = client.request(c.Send("bob", "", files=(__file__,))).result()
    client.move_file(own.id, 0, 9, TransferState.DONE)
    client.shape(own.id, state=MessageState.DELIVERED)
    late, pictures = 2**60, ["picture"]
    approval = client.request(c.PlanFreeing(late, None, (MediaKind.PICTURE,))).result().approval
    session.run(
        do(do="space", tag=1),
        do(do="free", before=late, kinds=pictures, tag=2),
        do(do="free", before=late, approval="00", tag=3),
        do(do="free", before=late, tag=5),
        do(do="free", before=late, kinds=pictures, approval=approval, tag=4),
        session.hears("freed"),
    )
    (space,), (plan,), (error,) = tagged(session, 1), tagged(session, 2), tagged(session, 3)
    (room,) = [each for each in space["conversations"] if each["conversation"] == "bob"]
    sizes = (room["pictures"], room["files"], room["voice"], room["messages"])
    assert sizes == (3_000, 2_000 + Path(__file__).stat().st_size, 0, 2)
    assert (plan["own"], tagged(session, 5)[0]["own"]) == (0, 1)
    assert plan["event"] == "free_plan"
    assert (plan["files"], plan["bytes"], plan["kept"], plan["approval"]) == (1, 3_000, 0, approval)
    assert error["code"] == "mismatch"
    freed, told = tagged(session, 4)
    assert (told["event"], told["conversation"]) == ("freed", "bob")
    assert told["files"] == [{"id": message.id.hex(), "index": 0}]
    assert (freed["event"], freed["files"], freed["bytes"]) == ("freed_space", 1, 3_000)


def test_files_are_inspected_and_sent_with_every_byte(client: FakeClient, session: Session, tmp_path: Path) -> None:
    details = (PictureDetail.PLACE, PictureDetail.TEXT)
    client.know_picture("a.jpg", InspectedFileView("", 0, True, 40, 30, details))
    client.know_picture("b.tif", InspectedFileView("", 0, picture=True, error="cannot_clean"))
    paths = [str(tmp_path / name) for name in ("a.jpg", "b.tif", "c.pdf")]
    for path in paths:
        Path(path).write_bytes(b"12345")
    session.run(
        do(do="inspect", files=paths, tag="i"),
        session.hears("inspected", tag="i"),
        do(do="send", to="bob", files=paths, tag="s"),
        session.hears("error", tag="s"),
        do(do="send", to="bob", files=paths, as_files=True, tag="f"),
        session.hears("sent", tag="f"),
    )
    (inspected,) = session.of("inspected", tag="i")
    assert inspected["files"] == [
        {
            "path": paths[0],
            "size": 5,
            "picture": True,
            "width": 40,
            "height": 30,
            "contains": ["place", "text"],
        },
        {"path": paths[1], "size": 5, "picture": True, "contains": [], "code": "cannot_clean"},
        {"path": paths[2], "size": 5, "picture": False},
    ]
    assert [event["code"] for event in session.of("error", tag="s")] == ["cannot_clean"]


def test_a_picture_of_oneself_is_set_and_taken_away_and_those_of_contacts_are_named(
    client: FakeClient, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "me.png"
    path.write_bytes(b"pixels")
    client.show_picture("bob", b"\x01" * 16)
    session.run(
        do(do="picture", path=str(path), tag=1),
        do(do="status", tag=2),
        do(do="picture", path=None, tag=3),
        do(do="picture", tag=4),
        do(do="contacts", tag=5),
        lambda: session.heard.until(lambda: bool(tagged(session, 5))),
    )
    (set_, told), (status,), (_, gone), (error,), (contacts,) = (tagged(session, tag) for tag in range(1, 6))
    assert (set_["event"], set_["do"]) == ("done", "picture")
    assert (told["event"], status["picture"], gone["picture"]) == ("own_picture", told["picture"], None)
    assert len(told["picture"]) == 32
    assert error["code"] == "usage"
    assert [(each["name"], each["picture"]) for each in contacts["contacts"]] == [("bob", "01" * 16), ("carol", None)]


def test_backups_are_described_with_the_last_good_one(client: FakeClient, session: Session) -> None:
    made = client.request(c.CreateArchive("/x.babilu", Passphrase("words"))).result()
    session.run(do(do="backup", tag=1))
    (status,) = tagged(session, 1)
    assert (status["event"], status["folder"], status["error"]) == ("archive_status", None, None)
    assert (status["last"]["sha256"], status["last"]["counts"]["messages"]) == (made.sha256, made.counts.messages)


def test_a_long_text_that_is_on_its_way_is_a_line_and_then_says_how_it_stands(
    client: FakeClient, session: Session
) -> None:
    first = client.receive("bob", "one")
    coming = replace(first, id=MessageId(bytes(16)), text="It begins", text_state=TextState.COMING)
    session.run(
        session.hears("message", text="one"),
        lambda: client.tell(e.LineAdded(coming)),
        lambda: client.tell(e.TextStateChanged(replace(coming, text_state=TextState.FAILED), TextState.COMING)),
        lambda: client.tell(e.TextStateChanged(replace(coming, text="whole", text_state=None), TextState.FAILED)),
        session.hears("text_state", text="whole"),
    )
    (line,) = session.of("line")
    assert (line["text"], line["text_state"]) == ("It begins", "coming")
    assert [(each["text"], each["text_state"], each["before"]) for each in session.of("text_state")] == [
        ("It begins", "failed", "coming"),
        ("whole", None, "failed"),
    ]
