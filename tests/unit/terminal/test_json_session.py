import json
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import Address, LinkState, PresenceState
from babilu.bot.fake_client import FakeClient
from babilu.bot.fake_people import PENDING_NUMBER, SAFETY_NUMBER
from babilu.bot.fake_profile import claimed_identity_of, conversation_of, identity_of
from babilu.bot.fake_world import FakeWorld
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import AccountError, BabiluError, ErrorCode, LinkError, Reason
from babilu.kernel.ids import DeviceId
from babilu.kernel.states import MessageState, Route, Trust
from babilu.presentation.strings import MisuseError
from babilu.terminal import line_mode
from babilu.terminal.line_session import Broken, SessionEnd
from tests.unit.terminal.session import DEADLINE_S, Session, stall


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient(accounts=["carol", "erin"])
    made.add_contact("bob")
    yield made
    made.close()


@pytest.fixture
def session(client: FakeClient) -> Session:
    return Session(client)


def do(**members: object) -> str:
    return json.dumps(members)


def names_of(session: Session) -> list[str]:
    return [event["event"] for event in session.events if event["event"] != "contact_changed"]


def test_the_session_begins_with_ready_and_ends_done_at_the_end_of_input(session: Session) -> None:
    assert session.run() is SessionEnd.DONE
    assert session.events == [
        {"event": "ready", "name": "alice", "relay": "127.0.0.1:5050"},
        {"event": "link", "state": "online"},
        {"event": "closed"},
    ]
    assert session.client.closed.is_set()


def test_quit_is_answered_as_any_other_order_is(session: Session) -> None:
    assert session.run(do(do="quit", tag="q"), do(do="status")) is SessionEnd.DONE
    assert session.events[-2:] == [{"event": "done", "do": "quit", "tag": "q"}, {"event": "closed"}]
    assert "status" not in names_of(session)


def test_a_sent_message_is_told_with_its_later_states_under_the_tag_of_its_order(session: Session) -> None:
    def deliver() -> None:
        for state in (MessageState.DELIVERED, MessageState.READ):
            session.client.advance(session.client.messages("bob")[-1].id, state)

    session.run(do(do="send", to="bob", text="a\nb", tag="t1"), session.hears("sent"), deliver)
    sent, *states = [event for event in session.events if event["event"] in {"sent", "state"}]
    assert {"event": "sent", "to": "bob", "state": "queued", "tag": "t1"}.items() <= sent.items()
    assert len(sent["id"]) == 32
    assert [(event["id"], event["state"], event["tag"]) for event in states] == [
        (sent["id"], "held", "t1"),
        (sent["id"], "delivered", "t1"),
        (sent["id"], "read", "t1"),
    ]
    assert session.client.messages("bob")[-1].text == "a\nb"


def test_what_another_own_device_has_sent_is_told_with_its_words(client: FakeClient, session: Session) -> None:
    other = DeviceId(b"d" * 16)
    copy = replace(client.receive("bob", "from the phone"), outgoing=True, sender="alice", state=MessageState.HELD)

    def come() -> None:
        client.tell(e.MessageQueued(replace(copy, device=other)))

    session.run(come, session.hears("sent"))
    (sent,) = session.of("sent")
    told = {"to": "bob", "from": "alice", "text": "from the phone", "state": "held", "device": other.hex()}
    assert told.items() <= sent.items()
    assert "tag" not in sent


def test_no_state_overtakes_the_answer_that_names_the_message(client: FakeClient, session: Session) -> None:
    lines = [f"@bob {number}" for number in range(200)]
    session.run(*lines)
    assert [message.text for message in client.messages("bob")] == [str(number) for number in range(200)]
    seen: set[str] = set()
    for event in session.events:
        if event["event"] == "sent":
            seen.add(event["id"])
        if event["event"] == "state":
            assert event["id"] in seen
    assert len(seen) == 200
    assert len(session.of("state", state="held")) == 200


def test_lines_and_objects_are_understood_alike(client: FakeClient, session: Session) -> None:
    session.run(
        "/to bob", "//slash", "bare", do(do="send", to="bob", text="object"), "@bob line", "/contacts", "   ", ""
    )
    assert [message.text for message in client.messages("bob")] == ["/slash", "bare", "object", "line"]
    assert session.of("current", name="bob")
    assert session.of("contacts")[0]["contacts"][0]["name"] == "bob"


def test_a_line_that_makes_no_sense_is_an_error_and_never_the_end(client: FakeClient, session: Session) -> None:
    unreadable = MisuseError("line_encoding", encoding="utf-8")
    ending = session.run("{", '{"do":"nonsense","tag":"t1"}', "bare", unreadable, "@bob still here")
    assert ending is SessionEnd.DONE
    assert [event.get("tag") for event in session.of("error", code="usage")] == [None, "t1", None, None]
    assert [message.text for message in client.messages("bob")] == ["still here"]


def test_errors_come_in_the_order_of_the_lines(session: Session) -> None:
    session.run(do(do="history", name="bob", tag=1), "{", do(do="history", name="bob", tag=2))
    assert [event["event"] for event in session.events if event["event"] in {"history", "error"}] == [
        "history",
        "error",
        "history",
    ]


def test_a_refused_message_is_an_error_with_the_tag(session: Session) -> None:
    assert session.run(do(do="send", to="nobody", text="x", tag="t9")) is SessionEnd.DONE
    assert session.of("error", code="not_found", tag="t9", do="send", name="nobody")


def test_arrived_messages_show_once_also_those_from_before(client: FakeClient, session: Session) -> None:
    client.receive("bob", "before", announced=False)
    session.run(
        session.hears("message", text="before"),
        lambda: client.receive("bob", "hi", route=Route.DIRECT, at=1795337792000),
        lambda: client.receive("mallory", "\x1b[2J first"),
        lambda: client.receive("bob", "sent before hi", belongs_before=client.messages("bob")[-1].id),
        lambda: client.receive("bob", "stands for it", needs_newer=True),
        session.hears("message", 5),
    )
    before, hi, first, late, newer = session.of("message")
    assert before["text"] == "before"
    assert hi == {
        "event": "message",
        "id": hi["id"],
        "conversation": "bob",
        "conversation_id": conversation_of("bob").hex(),
        "from": "bob",
        "text": "hi",
        "at": 1795337792000,
        "route": "direct",
        "identity": identity_of("bob").hex(),
    }
    assert first["first"] is True
    assert (late["late"], late["belongs_before"]) == (True, hi["id"])
    assert (newer["text"], newer["needs_newer"]) == ("stands for it", True)
    assert "\x1b" not in "".join(session.heard.lines)
    assert not [command for command in client.commands if isinstance(command, c.MarkRead)]


def test_a_burst_of_arrivals_shows_whole_and_in_order(client: FakeClient, session: Session) -> None:
    def burst() -> None:
        for number in range(1_000):
            client.receive("bob", str(number))

    session.run(burst, session.hears("message", 1_000))
    assert [event["text"] for event in session.of("message")] == [str(number) for number in range(1_000)]


def test_a_warning_about_a_changed_identity_stands_above_the_messages_that_follow_it(
    client: FakeClient, session: Session
) -> None:
    def happen() -> None:
        client.receive("bob", "old key")
        client.change_identity("bob")
        client.receive("bob", "new key")

    session.run(
        "/contacts",
        session.hears("contacts"),
        happen,
        session.hears("message", 2),
        do(do="send", to="bob", text="x", tag="t"),
        "/trust bob",
        "@bob y",
    )
    told = [
        event.get("text", event["event"])
        for event in session.events
        if event["event"] in {"message", "identity_changed"}
    ]
    assert told == ["old key", "identity_changed", "new key"]
    assert session.of("error", code="identity_changed", tag="t")
    assert session.of("contact")
    assert client.messages("bob")[-1].text == "y"


def test_a_new_name_waits_for_the_network_and_others_go_on(client: FakeClient, session: Session) -> None:
    client.hold(c.Verify)
    session.run(
        do(do="verify", name="carol", tag="v"),
        "@carol behind",
        "@carol the verification",
        "@bob goes on",
        "/contacts",
        session.hears("sent", to="bob"),
        session.hears("contacts"),
        lambda: client.release(c.Verify),
        session.hears("sent", 2, to="carol"),
    )
    assert [m.text for m in client.messages("carol")] == ["behind", "the verification"]
    assert names_of(session).index("safety_number") > names_of(session).index("contacts")
    assert session.of("safety_number", tag="v", name="carol", digits="12345" * 12)


@pytest.mark.parametrize("place", ["ab" * 32, "#notes"])
def test_a_conversation_that_is_named_itself_takes_no_journey(client: FakeClient, session: Session, place: str) -> None:
    client.hold(c.Pins)
    asked: list[type[c.Command[Any]]] = []

    def look() -> None:
        client.tell(e.NoticeArrived("What stands before this was dealt with."))
        session.hears("notice")()
        client.settle()
        asked.extend(type(command) for command in client.commands)
        client.release(c.Pins)

    session.run(do(do="pins", conversation=place, tag=1), "/status", look, session.hears("status"))
    assert c.Pins in asked
    assert c.Status not in asked


def test_orders_about_a_contact_wait_for_each_other(session: Session) -> None:
    session.run(*[f"@bob {n}" for n in range(5)], do(do="history", name="bob", n=3))
    page = session.of("history")[0]
    assert [message["text"] for message in page["messages"]] == ["2", "3", "4"]
    assert page["conversation"] == "bob"
    assert page["more_before"] is True
    assert {"id", "from", "text", "at", "state", "outgoing", "position"} <= page["messages"][0].keys()


def test_the_link_going_and_coming_is_told_once_each(client: FakeClient, session: Session) -> None:
    session.run(
        lambda: client.tell(e.LinkChanged(LinkState.CONNECTING, None, "", None)),
        client.go_offline,
        "@bob later",
        session.hears("sent"),
        client.go_online,
        session.hears("state", state="held"),
    )
    states = [(event["state"], event.get("code")) for event in session.of("link")]
    assert states == [("online", None), ("offline", "unavailable"), ("online", None)]


def test_the_reason_of_an_end_is_told_where_it_is_known(client: FakeClient, session: Session) -> None:
    there = Address("127.0.0.1", 5051)
    code = ErrorCode.UNAVAILABLE
    session.run(
        session.hears("link", state="online"),
        partial(client.go_offline, reason=Reason.NAME_UNKNOWN),
        do(do="status"),
        session.hears("status"),
        client.go_offline,
        lambda: client.tell(e.CallFailed(there, code.value, "No.", 1_000, Reason.SILENT)),
        session.hears("error"),
        lambda: client.tell(e.CallFailed(there, code.value, "No.", None)),
        lambda: session.heard.until(lambda: len(session.of("error")) == 2),
    )
    assert [link.get("reason") for link in session.of("link")] == [None, "name_unknown", None]
    assert "reason" not in session.of("link")[-1]
    (status,) = session.of("status")
    assert (status["link_code"], status["link_reason"]) == ("unavailable", "name_unknown")
    assert [call.get("reason", "none") for call in session.of("error")] == ["silent", "none"]


def test_a_call_and_what_comes_of_it_carry_its_tag(client: FakeClient, session: Session) -> None:
    there = Address("127.0.0.1", 5051)
    session.run(
        do(do="call", ip="127.0.0.1", port=5051, tag="c1"),
        session.hears("done"),
        lambda: client.connect_peer("dave", there, incoming=False),
        session.hears("peer", state="connected"),
        lambda: client.tell(e.CallFailed(there, "declined", "No.", None)),
        do(do="hangup", name="dave", tag="h1"),
        session.hears("peer", state="disconnected"),
        lambda: client.connect_peer("dave"),
        session.hears("peer", 2, state="connected"),
    )
    assert session.of("pending", address="127.0.0.1:5051", tag="c1")
    assert session.of("error", code="declined", address="127.0.0.1:5051", tag="c1")
    connected, disconnected, again = session.of("peer")
    assert (connected["name"], connected["route"], connected["tag"]) == ("dave", "direct", "c1")
    assert disconnected["tag"] == "h1"
    assert "tag" not in again


def test_a_request_is_told_and_its_acceptance_carries_the_tag(client: FakeClient, session: Session) -> None:
    session.run(
        lambda: client.ask_for_conversation("dave"),
        session.hears("request"),
        "/requests",
        do(do="accept", name="dave", tag="a1"),
        session.hears("peer"),
        lambda: client.ask_for_conversation("erin"),
        session.hears("request", name="erin"),
        do(do="decline", id="00000002", tag="d1"),
    )
    request = session.of("request")[0]
    assert {"name": "dave", "safety_number": "12345" * 12, "address": "127.0.0.1:40112"}.items() <= request.items()
    assert session.of("requests")[0]["requests"][0]["id"] == request["id"]
    assert session.of("peer", name="dave", state="connected", tag="a1")
    assert session.of("contact", tag="a1")
    assert session.of("request_closed", tag="d1")
    assert session.of("done", do="decline", tag="d1")


def test_listening_is_told_once_by_the_answer(client: FakeClient, session: Session) -> None:
    session.run(
        do(do="listen", ip="127.0.0.1", port=0, tag="l1"),
        do(do="listen", ip="127.0.0.1", port=80, tag="l2"),
        do(do="listen", state="off", tag="l3"),
        session.hears("listening", tag="l3"),
        lambda: client.tell(e.ListeningChanged(Address("::1", 5051))),
        session.hears("listening", address="[::1]:5051"),
    )
    assert [(event["address"], event.get("tag")) for event in session.of("listening")] == [
        ("127.0.0.1:40000", "l1"),
        (None, "l3"),
        ("[::1]:5051", None),
    ]
    assert session.of("error", code="unavailable", tag="l2")


def test_every_event_of_the_client_is_told(client: FakeClient, session: Session) -> None:
    session.run(
        lambda: client.tell(e.Registered("alice")),
        lambda: client.tell(e.GapNoticed("bob", 1, 2, conversation_of("bob"))),
        lambda: client.set_presence("bob", PresenceState.ONLINE),
        lambda: client.tell(e.NoticeArrived("tea")),
        lambda: client.tell(e.Progress("migration", 1, 2)),
        lambda: client.tell(e.Warned("disk_full", "The disk is full.", fatal=False)),
        session.hears("error"),
    )
    assert session.of("registered", name="alice")
    assert session.of("gap", conversation="bob", missing=1, in_all=2)
    assert session.of("presence", name="bob", state="online")
    assert session.of("notice", text="tea")
    assert session.of("progress", task="migration", done=1, total=2)
    assert session.of("error", code="disk_full")
    assert "fatal" not in session.of("error")[0]


def test_an_alarm_is_told_by_its_own_name_and_as_the_error_that_it_was(client: FakeClient, session: Session) -> None:
    session.run(
        lambda: client.tell(e.AlarmRaised(AlarmKind.CHAIN_BROKEN, "bob", "conflict")),
        session.hears("error"),
    )
    (alarm,) = session.of("alarm", alarm="chain_broken", name="bob")
    assert alarm["text"].startswith("A message of bob contradicts those before it. Somebody may have tampered")
    (former,) = session.of("error", code="conflict")
    assert former["text"] == "A message of bob contradicts those before it."


def test_what_was_read_is_what_a_program_acts_on(client: FakeClient, session: Session) -> None:
    other = identity_of("mallory").hex()
    right = identity_of("bob").hex()
    session.run(
        do(do="send", to="bob", text="for bob", identity=other, tag=1),
        do(do="block", name="bob", identity=other, tag=2),
        do(do="send", to="bob", text="for bob", identity=right, tag=3),
        session.hears("sent", tag=3),
        lambda: client.change_identity("bob"),
        do(do="verify", name="bob", tag=4),
        do(do="trust", name="bob", digits=SAFETY_NUMBER, tag=5),
        do(do="reject", name="bob", identity=claimed_identity_of("bob").hex(), tag=6),
        do(do="send", to="bob", text="x", identity="123", tag=7),
        session.hears("error", tag=7),
    )
    assert [session.of("error", tag=tag)[0]["code"] for tag in (1, 2, 5, 7)] == ["mismatch"] * 3 + ["usage"]
    assert session.of("sent", tag=3)
    (numbers,) = session.of("safety_number", tag=4)
    assert (numbers["identity"], numbers["digits"]) == (right, SAFETY_NUMBER)
    assert numbers["pending"] == {"identity": claimed_identity_of("bob").hex(), "digits": PENDING_NUMBER}
    (contact,) = session.of("contact", tag=6)
    assert (contact["contact"]["identity"], contact["contact"]["pending"]) == (right, None)
    assert [message.text for message in client.messages("bob")] == ["for bob"]


def test_an_account_is_addressed_where_somebody_else_has_its_name(client: FakeClient, session: Session) -> None:
    session.run(do(do="send", account="bob", text="hi", tag=1), session.hears("error", tag=1))
    assert [command.to for command in client.commands if isinstance(command, c.Send)] == ["bob@"]


def test_every_command_has_an_answer_with_its_tag(client: FakeClient, session: Session) -> None:
    client.fill_history("bob", 4)
    failed = client.messages("bob")[1].id
    client.advance(failed, MessageState.FAILED, ErrorCode.QUOTA)
    orders = [
        do(do="contacts", tag=1),
        do(do="conversations", tag=2),
        do(do="search", text="MESSAGE 3", tag=3),
        do(do="read", name="bob", tag=4),
        do(do="state", id=failed.hex(), tag=5),
        do(do="retry", id=failed.hex(), tag=6),
        do(do="delete", id=failed.hex(), tag=7),
        do(do="verify", name="bob", tag=8),
        do(do="verified", name="bob", tag=9),
        do(do="block", name="bob", tag=10),
        do(do="unblock", name="bob", tag=11),
        do(do="direct", name="bob", allowed=True, tag=12),
        do(do="status", tag=13),
        do(do="threads", tag=14),
        do(do="password", old="correct horse", new="battery staple", tag=15),
        do(do="password", old="correct horse", new="x", tag=16),
        do(do="help", tag=17),
        do(do="password", tag=18),
    ]
    session.run(*orders)
    by_tag: dict[int, list[str]] = {}
    for event in session.events:
        if "tag" in event:
            by_tag.setdefault(event["tag"], []).append(event["event"])
    assert by_tag == {
        1: ["contacts"],
        2: ["conversations"],
        3: ["search"],
        4: ["read"],
        5: ["state"],
        6: ["sent", "state"],
        7: ["deleted", "done"],
        8: ["safety_number"],
        9: ["contact"],
        10: ["contact"],
        11: ["contact"],
        12: ["contact"],
        13: ["status"],
        14: ["threads"],
        15: ["done"],
        16: ["error"],
        17: ["help"],
        18: ["error"],
    }
    (device,) = session.of("state", tag=5, state="failed", code="quota")[0]["devices"]
    assert (device["state"], device["code"]) == ("failed", "quota")
    assert session.of("contact", tag=9)[0]["contact"]["trust"] == Trust.VERIFIED.value
    assert session.of("error", tag=16, code="wrong_credentials")


def test_a_refused_opening_is_fatal_and_said_to_people_too(client: FakeClient, session: Session) -> None:
    session.factory.refuse(AccountError(ErrorCode.WRONG_CREDENTIALS, "Name and password do not fit."))
    ending = session.run("@bob never")
    assert isinstance(ending, Broken)
    assert ending.error.code is ErrorCode.WRONG_CREDENTIALS
    assert session.events == [
        {"event": "error", "code": "wrong_credentials", "text": "Name and password do not fit.", "fatal": True}
    ]
    assert session.complaints.lines == ["Name and password do not fit."]
    assert client.commands == []


def test_a_client_that_closes_while_it_opens_says_why_by_failing_to_open(client: FakeClient, session: Session) -> None:
    session.factory.when_opened = client.close
    session.factory.refuse_after_opening(LinkError(ErrorCode.UNAVAILABLE, "That port is taken."))
    ending = session.run()
    assert isinstance(ending, Broken)
    assert ending.error.code is ErrorCode.UNAVAILABLE
    assert [event["code"] for event in session.of("error")] == ["unavailable"]


def test_a_client_that_closes_by_itself_ends_the_session(client: FakeClient, session: Session) -> None:
    ending = session.run(session.hears("link"), client.close, stall)
    assert isinstance(ending, Broken)
    assert ending.error.code is ErrorCode.CLOSED


def test_a_fatal_warning_ends_the_session_while_it_waits_for_input(client: FakeClient, session: Session) -> None:
    ending = session.run(
        lambda: client.tell(e.Warned("profile_damaged", "The profile is damaged.", fatal=True)),
        stall,
        "@bob never",
    )
    assert isinstance(ending, Broken)
    assert ending.error.code is ErrorCode.PROFILE_DAMAGED
    assert len(session.of("error", code="profile_damaged", fatal=True)) == 1
    assert session.client.closed.is_set()


def test_a_device_that_wipes_itself_ends_in_good_order(client: FakeClient, session: Session) -> None:
    client.remove_this_device(fatal=False)
    ending = session.run(
        '{"do":"wipe","password":"wrong","tag":"x"}',
        session.hears("error", tag="x"),
        '{"do":"wipe","password":"correct horse","tag":"w"}',
        stall,
    )
    assert ending is SessionEnd.DONE
    assert [event["code"] for event in session.of("error", tag="x")] == ["wrong_credentials"]
    assert [event for event in session.of("error") if "fatal" in event] == []
    assert session.of("done", do="wipe", tag="w")
    assert session.of("closed")


def test_the_error_that_ends_a_session_is_its_last_event(client: FakeClient, session: Session) -> None:
    session.run(
        session.hears("link"),
        lambda: client.tell(e.Warned("profile_damaged", "The profile is damaged.", fatal=True)),
        stall,
    )
    assert session.client.closed.is_set()
    assert session.events[-1]["code"] == "profile_damaged"
    assert session.of("closed") == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_session_in_good_order(client: FakeClient, session: Session, number: int) -> None:
    before = signal.getsignal(number)
    ending = session.run(
        "@bob hi",
        session.hears("sent"),
        lambda: os.kill(os.getpid(), number),
        stall,
        "@bob never",
    )
    assert ending is SessionEnd.DONE
    assert client.closed.is_set()
    assert [message.text for message in client.messages("bob")] == ["hi"]
    assert signal.getsignal(number) is before


def test_a_signal_while_the_profile_opens_ends_the_session_and_closes_what_opens_late(
    client: FakeClient, session: Session
) -> None:
    session.factory.hold()
    killer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM))
    killer.start()
    assert session.run("@bob never") is SessionEnd.DONE
    killer.join()
    session.factory.release()
    assert client.closed.wait(10)


def test_a_signal_at_the_moment_of_opening_is_no_error(client: FakeClient, session: Session) -> None:
    client.tell(e.NoticeArrived("the profile is open"))
    session.factory.when_opened = lambda: os.kill(os.getpid(), signal.SIGTERM)
    assert session.run("@bob never") is SessionEnd.DONE
    assert client.closed.wait(10)
    assert session.of("error") == []


def test_a_lost_output_ends_the_session_quietly(client: FakeClient, session: Session) -> None:

    def close_pipe() -> None:
        session.heard.broken = True

    ending = session.run(close_pipe, "/contacts", stall, "@bob never")
    assert ending is SessionEnd.UNHEARD
    assert session.complaints.lines == []
    assert client.closed.is_set()


def test_quit_ends_after_what_was_ordered_before(session: Session) -> None:
    assert session.run("@bob hi", "/quit", "@bob never") is SessionEnd.DONE
    assert session.of("sent")
    assert len(session.of("sent")) == 1


def test_wait_sent_ends_once_everything_is_held(client: FakeClient) -> None:
    session = Session(client, wait_sent=30)
    client.go_offline()
    back = threading.Timer(0.05, client.go_online)
    assert session.run("@bob one", "@bob two", back.start) is SessionEnd.DONE
    back.join()
    assert len(session.of("state", state="held")) == 2


def test_a_client_that_has_too_much_to_do_is_asked_again_for_what_came(client: FakeClient, session: Session) -> None:
    def arrive() -> None:
        client.fail_next(c.TakeUnshown, LinkError(ErrorCode.BUSY, "Too much is waiting to be done.", 20))
        client.receive("bob", "one")
        client.receive("bob", "two")

    assert session.run(session.hears("link"), arrive, session.hears("message", 2)) is SessionEnd.DONE
    assert [event["text"] for event in session.of("message")] == ["one", "two"]


def test_a_session_whose_output_nobody_reads_ends_all_the_same(
    client: FakeClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_mode, "JOIN_SECONDS", 0.05)
    full, read = threading.Event(), threading.Event()

    def wait_for_a_reader(text: str) -> None:
        full.set()
        assert read.wait(DEADLINE_S), text

    session.heard.line = wait_for_a_reader  # type: ignore[method-assign]
    session.run(lambda: full.wait(DEADLINE_S), lambda: os.kill(os.getpid(), signal.SIGTERM), stall)
    assert session.line_mode.is_stuck
    assert client.closed.is_set()
    read.set()


def test_wait_sent_ends_unsent_when_time_is_over(client: FakeClient) -> None:
    session = Session(client, wait_sent=0.05)
    client.go_offline()
    assert session.run("@bob one") is SessionEnd.UNSENT


def test_wait_sent_counts_what_was_refused_or_failed_as_unsent(client: FakeClient) -> None:
    assert Session(client, wait_sent=30).run("@nobody one") is SessionEnd.UNSENT


def test_wait_sent_with_a_failed_message_is_unsent() -> None:
    client = FakeClient(sent_state=MessageState.FAILED)
    client.add_contact("bob")
    assert Session(client, wait_sent=30).run("@bob one") is SessionEnd.UNSENT


def test_without_wait_sent_the_end_of_input_does_not_wait_for_the_relay(client: FakeClient, session: Session) -> None:
    client.go_offline()
    assert session.run("@bob one") is SessionEnd.DONE


def test_a_bug_in_the_client_is_an_internal_error_without_a_traceback(
    client: FakeClient, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    client.fail_next(c.Contacts, BabiluError(ErrorCode.BUSY, "Later."))
    client.fail_next(c.Status, ZeroDivisionError("oops"))  # type: ignore[arg-type]  # what no client should do
    assert session.run(session.hears("error", code="busy"), "/status", "@bob on") is SessionEnd.DONE
    assert session.of("error", code="internal", do="status")
    assert "Traceback" not in "".join(session.heard.lines)
    assert session.of("sent")
    assert "the client failed" in caplog.text


def test_an_unreachable_relay_at_the_first_use_is_unavailable(session: Session) -> None:
    session.factory.refuse(LinkError(ErrorCode.UNAVAILABLE, "The relay cannot be reached."))
    ending = session.run()
    assert isinstance(ending, Broken)
    assert ending.error.code is ErrorCode.UNAVAILABLE


def test_an_invitation_has_the_members_that_the_administration_gives_it(session: Session) -> None:
    session.run(do(do="invite", uses=2, tag="i1"), session.hears("invitation"))
    (made,) = session.of("invitation", tag="i1")
    assert made.keys() == {"event", "invitation", "text", "expires_at", "uses", "tag"}
    assert made["uses"] == 2


@pytest.mark.parametrize("answer", ["3", "[]", "{}", '{"invitation":true,"text":7,"expires_at":1,"uses":1}'])
def test_an_answer_that_is_no_invitation_is_an_error(
    session: Session, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    answers = FakeWorld.answer

    def told(world: FakeWorld, command: c.Command[Any]) -> object:
        return answer if isinstance(command, c.Administer) else answers(world, command)

    monkeypatch.setattr(FakeWorld, "answer", told)
    session.run(do(do="invite", tag="i1"), session.hears("error"))
    assert session.of("error", code="malformed", do="invite", tag="i1")
    assert session.of("invitation") == []
